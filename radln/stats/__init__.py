"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.auc_many import AucMatrix, compare_aucs
from radln.stats.calibration import Calibration, calibration
from radln.stats.cutoffs import CutoffChoice, choose_cutoff
from radln.stats.decision import DecisionCurve, decision_curve
from radln.stats.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.matched import MatchedComparison, compare_matched
from radln.stats.multiplicity import adjust_pvalues, holm
from radln.stats.paired import CochranQ, PairedProportions, cochran_q, mcnemar
from radln.stats.paired_calls import CallComparison, PairedMetric, compare_calls
from radln.stats.partial_auc import (
    PartialAuc,
    PartialAucComparison,
    compare_partial_auc,
    partial_auc,
)
from radln.stats.proportions import Proportion, proportion
from radln.stats.repeats import (
    FoldAuc,
    FoldComparison,
    auc_over_folds,
    compare_over_folds,
    mean_over_repeats,
)
from radln.stats.resample import (
    patient_bootstrap,
    percentile_interval,
    permutation_pvalue,
    permute_by_patient,
)
from radln.stats.roc_band import RocBand, roc_band
from radln.stats.survival import (
    AucAt,
    AucAtComparison,
    BrierAt,
    CalibrationAt,
    Concordance,
    ConcordanceComparison,
    CoxFit,
    CumulativeIncidence,
    DecisionCurveAt,
    KaplanMeier,
    LogRank,
    ProportionalHazards,
    auc_at,
    brier_at,
    calibration_at,
    compare_auc_at,
    compare_concordance,
    concordance,
    cox,
    cumulative_incidence,
    decision_curve_at,
    kaplan_meier,
    logrank,
)
from radln.stats.thresholds import Cutoff, RocCurve, RocPoint, roc_curve, youden

__all__ = [
    "AucAt",
    "AucAtComparison",
    "AucComparison",
    "AucMatrix",
    "AucResult",
    "BrierAt",
    "Calibration",
    "CalibrationAt",
    "CallComparison",
    "CochranQ",
    "Concordance",
    "ConcordanceComparison",
    "CoxFit",
    "CumulativeIncidence",
    "Cutoff",
    "CutoffChoice",
    "DecisionCurve",
    "DecisionCurveAt",
    "DiagnosticTable",
    "FoldAuc",
    "FoldComparison",
    "KaplanMeier",
    "LogRank",
    "MatchedComparison",
    "PairedMetric",
    "PairedProportions",
    "PartialAuc",
    "PartialAucComparison",
    "Proportion",
    "ProportionalHazards",
    "RocBand",
    "RocCurve",
    "RocPoint",
    "adjust_pvalues",
    "auc",
    "auc_at",
    "auc_over_folds",
    "brier_at",
    "calibration",
    "calibration_at",
    "choose_cutoff",
    "cochran_q",
    "compare_auc",
    "compare_auc_at",
    "compare_aucs",
    "compare_calls",
    "compare_concordance",
    "compare_matched",
    "compare_over_folds",
    "compare_partial_auc",
    "concordance",
    "cox",
    "cumulative_incidence",
    "decision_curve",
    "decision_curve_at",
    "diagnostic_table",
    "holm",
    "kaplan_meier",
    "logrank",
    "mcnemar",
    "mean_over_repeats",
    "partial_auc",
    "patient_bootstrap",
    "percentile_interval",
    "permutation_pvalue",
    "permute_by_patient",
    "proportion",
    "roc_band",
    "roc_curve",
    "youden",
]
