"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.multiplicity import holm
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
    "AucResult",
    "Cutoff",
    "DiagnosticTable",
    "FoldAuc",
    "FoldComparison",
    "Proportion",
    "RocCurve",
    "auc",
    "auc_over_folds",
    "compare_auc",
    "compare_over_folds",
    "diagnostic_table",
    "holm",
    "mean_over_repeats",
    "patient_bootstrap",
    "percentile_interval",
    "permutation_pvalue",
    "permute_by_patient",
    "proportion",
    "roc_curve",
    "youden",
]
