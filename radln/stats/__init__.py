"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats._planning import PowerAnalysis, SampleSize
from radln.stats.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.auc_chance import AucAgainstChance, auc_against_chance
from radln.stats.auc_many import AucMatrix, compare_aucs
from radln.stats.bland_altman import BlandAltman, bland_altman
from radln.stats.brier import BrierComparison, compare_brier
from radln.stats.calibration import Calibration, calibration
from radln.stats.calibration_tests import (
    CalibrationTest,
    HosmerLemeshow,
    hosmer_lemeshow,
    recalibration_test,
    spiegelhalter_test,
)
from radln.stats.centres import BetweenCentres, between_centres
from radln.stats.confusion import ConfusionMatrix, confusion_matrix
from radln.stats.cutoffs import CutoffChoice, choose_cutoff
from radln.stats.decision import (
    DecisionCurve,
    NetBenefitComparison,
    compare_net_benefit,
    decision_curve,
)
from radln.stats.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.groups import GroupComparison, compare_groups
from radln.stats.icc import IntraclassCorrelation, icc
from radln.stats.internal_validation import InternalValidation, optimism_corrected
from radln.stats.kappa import Kappa, kappa
from radln.stats.location import LocationMap, location_map
from radln.stats.logistic import LogisticTable, logistic_regression, spline_columns
from radln.stats.matched import MatchedComparison, compare_matched
from radln.stats.multiclass import (
    MulticlassAuc,
    MulticlassComparison,
    compare_multiclass_auc,
    multiclass_auc,
    ordered_auc,
)
from radln.stats.multiplicity import adjust_pvalues, holm
from radln.stats.paired import CochranQ, PairedProportions, cochran_q, mcnemar
from radln.stats.paired_calls import CallComparison, PairedMetric, compare_calls
from radln.stats.partial_auc import (
    PartialAuc,
    PartialAucComparison,
    compare_partial_auc,
    partial_auc,
)
from radln.stats.position import PositionRisk, risk_by_position
from radln.stats.proportions import Proportion, proportion
from radln.stats.rater_agreement import RaterAgreement, rater_agreement
from radln.stats.reclassification import Reclassification, reclassification
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
from radln.stats.survival import (
    AucAt,
    AucAtComparison,
    BrierAt,
    CalibrationAt,
    Concordance,
    ConcordanceComparison,
    CoxFit,
    CoxOptimism,
    CumulativeIncidence,
    DecisionCurveAt,
    KaplanMeier,
    LogRank,
    MarkerSplit,
    ProportionalHazards,
    ReclassificationAt,
    RocCurveAt,
    auc_at,
    brier_at,
    calibration_at,
    compare_auc_at,
    compare_concordance,
    concordance,
    cox,
    cox_optimism,
    cumulative_incidence,
    decision_curve_at,
    kaplan_meier,
    logrank,
    reclassification_at,
    roc_curve_at,
    split_marker,
)
from radln.stats.table_one import TableOne, table_one
from radln.stats.thresholds import Cutoff, RocCurve, RocPoint, roc_curve, youden

__all__ = [
    "AucAgainstChance",
    "AucAt",
    "AucAtComparison",
    "AucComparison",
    "AucMatrix",
    "AucResult",
    "BetweenCentres",
    "BlandAltman",
    "BrierAt",
    "BrierComparison",
    "Calibration",
    "CalibrationAt",
    "CalibrationTest",
    "CallComparison",
    "CochranQ",
    "Concordance",
    "ConcordanceComparison",
    "ConfusionMatrix",
    "CoxFit",
    "CoxOptimism",
    "CumulativeIncidence",
    "Cutoff",
    "CutoffChoice",
    "DecisionCurve",
    "DecisionCurveAt",
    "DiagnosticTable",
    "FoldAuc",
    "FoldComparison",
    "GroupComparison",
    "HosmerLemeshow",
    "InternalValidation",
    "IntraclassCorrelation",
    "KaplanMeier",
    "Kappa",
    "LocationMap",
    "LogRank",
    "LogisticTable",
    "MarkerSplit",
    "MatchedComparison",
    "MulticlassAuc",
    "MulticlassComparison",
    "NetBenefitComparison",
    "PairedMetric",
    "PairedProportions",
    "PartialAuc",
    "PartialAucComparison",
    "PositionRisk",
    "PowerAnalysis",
    "Proportion",
    "ProportionalHazards",
    "RaterAgreement",
    "Reclassification",
    "ReclassificationAt",
    "RocBand",
    "RocCurve",
    "RocCurveAt",
    "RocPoint",
    "SampleSize",
    "TableOne",
    "adjust_pvalues",
    "auc",
    "auc_against_chance",
    "auc_at",
    "auc_over_folds",
    "between_centres",
    "bland_altman",
    "brier_at",
    "calibration",
    "calibration_at",
    "choose_cutoff",
    "cochran_q",
    "compare_auc",
    "compare_auc_at",
    "compare_aucs",
    "compare_brier",
    "compare_calls",
    "compare_concordance",
    "compare_groups",
    "compare_matched",
    "compare_multiclass_auc",
    "compare_net_benefit",
    "compare_over_folds",
    "compare_partial_auc",
    "concordance",
    "confusion_matrix",
    "cox",
    "cox_optimism",
    "cumulative_incidence",
    "decision_curve",
    "decision_curve_at",
    "diagnostic_table",
    "holm",
    "hosmer_lemeshow",
    "icc",
    "kaplan_meier",
    "kappa",
    "location_map",
    "logistic_regression",
    "logrank",
    "mcnemar",
    "mean_over_repeats",
    "multiclass_auc",
    "optimism_corrected",
    "ordered_auc",
    "partial_auc",
    "patient_bootstrap",
    "percentile_interval",
    "permutation_pvalue",
    "permute_by_patient",
    "proportion",
    "rater_agreement",
    "recalibration_test",
    "reclassification",
    "reclassification_at",
    "risk_by_position",
    "roc_band",
    "roc_curve",
    "roc_curve_at",
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
    "spiegelhalter_test",
    "spline_columns",
    "split_marker",
    "table_one",
    "youden",
]
