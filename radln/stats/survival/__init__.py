"""Outcomes that come with time: curves, models, their discrimination, calibration and use.

Every function takes ``time`` (above 0) and ``event`` (0 censored, 1 the event, further codes where
events compete) first. Own code in numpy throughout; docs/decisions/0009-survival.md says why.
"""

from radln.stats.survival.auc_at import AucAt, AucAtComparison, auc_at, compare_auc_at
from radln.stats.survival.brier import BrierAt, brier_at
from radln.stats.survival.calibration_at import CalibrationAt, calibration_at
from radln.stats.survival.concordance import (
    Concordance,
    ConcordanceComparison,
    compare_concordance,
    concordance,
)
from radln.stats.survival.cox import cox
from radln.stats.survival.cox_result import CoxFit
from radln.stats.survival.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from radln.stats.survival.decision_at import DecisionCurveAt, decision_curve_at
from radln.stats.survival.kaplan_meier import KaplanMeier, kaplan_meier
from radln.stats.survival.log_rank import LogRank, logrank
from radln.stats.survival.optimism import CoxOptimism, cox_optimism
from radln.stats.survival.proportional import ProportionalHazards
from radln.stats.survival.reclassification_at import ReclassificationAt, reclassification_at
from radln.stats.survival.roc_at import RocCurveAt, roc_curve_at
from radln.stats.survival.split_marker import MarkerSplit, split_marker

__all__ = [
    "AucAt",
    "AucAtComparison",
    "BrierAt",
    "CalibrationAt",
    "Concordance",
    "ConcordanceComparison",
    "CoxFit",
    "CoxOptimism",
    "CumulativeIncidence",
    "DecisionCurveAt",
    "KaplanMeier",
    "LogRank",
    "MarkerSplit",
    "ProportionalHazards",
    "ReclassificationAt",
    "RocCurveAt",
    "auc_at",
    "brier_at",
    "calibration_at",
    "compare_auc_at",
    "compare_concordance",
    "concordance",
    "cox",
    "cox_optimism",
    "cumulative_incidence",
    "decision_curve_at",
    "kaplan_meier",
    "logrank",
    "reclassification_at",
    "roc_curve_at",
    "split_marker",
]
