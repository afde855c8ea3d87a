"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.auc_many import AucMatrix, compare_aucs
from radln.stats.calibration import Calibration, calibration
from radln.stats.decision import DecisionCurve, decision_curve
from radln.stats.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.multiplicity import holm
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
from radln.stats.thresholds import Cutoff, RocCurve, roc_curve, youden

__all__ = [
    "AucComparison",
    "AucMatrix",
    "AucResult",
    "Calibration",
    "Cutoff",
    "DecisionCurve",
    "DiagnosticTable",
    "FoldAuc",
    "FoldComparison",
    "PartialAuc",
    "PartialAucComparison",
    "Proportion",
    "RocCurve",
    "auc",
    "auc_over_folds",
    "calibration",
    "compare_auc",
    "compare_aucs",
    "compare_over_folds",
    "compare_partial_auc",
    "decision_curve",
    "diagnostic_table",
    "holm",
    "mean_over_repeats",
    "partial_auc",
    "patient_bootstrap",
    "percentile_interval",
    "permutation_pvalue",
    "permute_by_patient",
    "proportion",
    "roc_curve",
    "youden",
]
