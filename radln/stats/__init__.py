"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats._planning import PowerAnalysis, SampleSize
from radln.stats.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.auc_many import AucMatrix, compare_aucs
from radln.stats.bland_altman import BlandAltman, bland_altman
from radln.stats.calibration import Calibration, calibration
from radln.stats.cutoffs import CutoffChoice, choose_cutoff
from radln.stats.decision import DecisionCurve, decision_curve
from radln.stats.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.icc import IntraclassCorrelation, icc
from radln.stats.kappa import Kappa, kappa
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
from radln.stats.rater_agreement import RaterAgreement, rater_agreement
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
from radln.stats.size_auc import size_auc, size_auc_difference, size_auc_difference_from
from radln.stats.size_continuous import size_development_continuous
from radln.stats.size_development import size_development_binary, size_development_survival
from radln.stats.size_proportions import size_diagnostic, size_mcnemar, size_two_proportions
from radln.stats.size_validation import size_validation
from radln.stats.thresholds import Cutoff, RocCurve, RocPoint, roc_curve, youden

__all__ = [
    "AucComparison",
    "AucMatrix",
    "AucResult",
    "BlandAltman",
    "Calibration",
    "CallComparison",
    "CochranQ",
    "Cutoff",
    "CutoffChoice",
    "DecisionCurve",
    "DiagnosticTable",
    "FoldAuc",
    "FoldComparison",
    "IntraclassCorrelation",
    "Kappa",
    "MatchedComparison",
    "PairedMetric",
    "PairedProportions",
    "PartialAuc",
    "PartialAucComparison",
    "PowerAnalysis",
    "Proportion",
    "RaterAgreement",
    "RocBand",
    "RocCurve",
    "RocPoint",
    "SampleSize",
    "adjust_pvalues",
    "auc",
    "auc_over_folds",
    "bland_altman",
    "calibration",
    "choose_cutoff",
    "cochran_q",
    "compare_auc",
    "compare_aucs",
    "compare_calls",
    "compare_matched",
    "compare_over_folds",
    "compare_partial_auc",
    "decision_curve",
    "diagnostic_table",
    "holm",
    "icc",
    "kappa",
    "mcnemar",
    "mean_over_repeats",
    "partial_auc",
    "patient_bootstrap",
    "percentile_interval",
    "permutation_pvalue",
    "permute_by_patient",
    "proportion",
    "rater_agreement",
    "roc_band",
    "roc_curve",
    "size_auc",
    "size_auc_difference",
    "size_auc_difference_from",
    "size_development_binary",
    "size_development_continuous",
    "size_development_survival",
    "size_diagnostic",
    "size_mcnemar",
    "size_two_proportions",
    "size_validation",
    "youden",
]
