"""Arrays in, results out: the statistics of diagnostic and prognostic models.

Cases are taken by their place: arguments whose pandas indexes differ are refused. ``cluster``
names the patient of every case; below ten patients of the smallest class a result warns, and below
five it has neither interval nor p. Where every patient has one case, ``cluster`` changes nothing.
"""

from radln.stats.agreement.bland_altman import BlandAltman, bland_altman
from radln.stats.agreement.icc import IntraclassCorrelation, icc
from radln.stats.agreement.kappa import Kappa, kappa
from radln.stats.agreement.rater_agreement import RaterAgreement, rater_agreement
from radln.stats.calls.confusion import ConfusionMatrix, confusion_matrix
from radln.stats.calls.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.calls.paired import CochranQ, PairedProportions, cochran_q, mcnemar
from radln.stats.calls.paired_calls import CallComparison, PairedMetric, compare_calls
from radln.stats.calls.proportions import Proportion, proportion
from radln.stats.description.centres import BetweenCentres, between_centres
from radln.stats.description.groups import GroupComparison, compare_groups
from radln.stats.description.location import LocationMap, location_map
from radln.stats.description.logistic import LogisticTable, logistic_regression, spline_columns
from radln.stats.description.position import PositionRisk, risk_by_position
from radln.stats.description.table_one import TableOne, table_one
from radln.stats.discrimination.auc import AucComparison, AucResult, auc, compare_auc
from radln.stats.discrimination.auc_chance import AucAgainstChance, auc_against_chance
from radln.stats.discrimination.auc_many import AucMatrix, compare_aucs
from radln.stats.discrimination.cutoffs import CutoffChoice, choose_cutoff
from radln.stats.discrimination.fold_results import FoldAuc, FoldComparison
from radln.stats.discrimination.matched import MatchedComparison, compare_matched
from radln.stats.discrimination.multiclass import (
    MulticlassAuc,
    MulticlassComparison,
    compare_multiclass_auc,
    multiclass_auc,
)
from radln.stats.discrimination.ordered import OrderedAuc, ordered_auc
from radln.stats.discrimination.partial_auc import (
    PartialAuc,
    PartialAucComparison,
    compare_partial_auc,
    partial_auc,
)
from radln.stats.discrimination.repeats import (
    auc_over_folds,
    compare_over_folds,
    mean_over_repeats,
)
from radln.stats.discrimination.roc_band import RocBand, roc_band
from radln.stats.discrimination.thresholds import Cutoff, RocCurve, RocPoint, roc_curve, youden
from radln.stats.multiplicity import adjust_pvalues, holm
from radln.stats.readers.agreement import ReaderAgreement
from radln.stats.readers.aided import ModelBenefit
from radln.stats.readers.combinations.combination import Combination, every_combination
from radln.stats.readers.combinations.combine import combine_reads
from radln.stats.readers.combinations.combined_reads import CombinedReads, PrimaryComparison
from radln.stats.readers.combinations.fitted_combination import FittedCombination, fit_combination
from radln.stats.readers.groups import ReaderGroupComparison
from radln.stats.readers.mrmc_result import MrmcComparison
from radln.stats.readers.operating_points import OperatingPoints
from radln.stats.readers.partly_crossed._averages import ReaderAverage
from radln.stats.readers.partly_crossed.u_statistics import UStatistics, u_statistics
from radln.stats.readers.performance import ReaderPerformance
from radln.stats.readers.pseudovalues import PseudovalueAnova
from radln.stats.readers.standalone import StandaloneComparison
from radln.stats.readers.study import ReaderStudy
from radln.stats.resample import (
    patient_bootstrap,
    percentile_interval,
    permutation_pvalue,
    permute_by_patient,
)
from radln.stats.risks.brier import BrierComparison, compare_brier
from radln.stats.risks.calibration import Calibration, calibration
from radln.stats.risks.calibration_over_folds import FoldCalibration, calibration_over_folds
from radln.stats.risks.calibration_tests import (
    CalibrationTest,
    HosmerLemeshow,
    hosmer_lemeshow,
    recalibration_test,
    spiegelhalter_test,
)
from radln.stats.risks.decision import (
    DecisionCurve,
    NetBenefitComparison,
    compare_net_benefit,
    decision_curve,
)
from radln.stats.risks.decision_over_folds import decision_curve_over_folds
from radln.stats.risks.reclassification import Reclassification, reclassification
from radln.stats.sample_size._planning import PowerAnalysis, SampleSize
from radln.stats.sample_size.reader_assumptions import (
    assumed_mrmc_variance,
    assumed_standalone_variance,
)
from radln.stats.sample_size.size_agreement import size_icc, size_kappa
from radln.stats.sample_size.size_auc import size_auc, size_auc_difference, size_auc_difference_from
from radln.stats.sample_size.size_continuous import size_development_continuous
from radln.stats.sample_size.size_development import (
    size_development_binary,
    size_development_survival,
)
from radln.stats.sample_size.size_proportions import (
    size_diagnostic,
    size_mcnemar,
    size_two_proportions,
)
from radln.stats.sample_size.size_readers import size_mrmc, size_standalone
from radln.stats.sample_size.size_validation import size_validation
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
from radln.stats.validation.internal_validation import InternalValidation, optimism_corrected

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
    "Combination",
    "CombinedReads",
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
    "FittedCombination",
    "FoldAuc",
    "FoldCalibration",
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
    "ModelBenefit",
    "MrmcComparison",
    "MulticlassAuc",
    "MulticlassComparison",
    "NetBenefitComparison",
    "OperatingPoints",
    "OrderedAuc",
    "PairedMetric",
    "PairedProportions",
    "PartialAuc",
    "PartialAucComparison",
    "PositionRisk",
    "PowerAnalysis",
    "PrimaryComparison",
    "Proportion",
    "ProportionalHazards",
    "PseudovalueAnova",
    "RaterAgreement",
    "ReaderAgreement",
    "ReaderAverage",
    "ReaderGroupComparison",
    "ReaderPerformance",
    "ReaderStudy",
    "Reclassification",
    "ReclassificationAt",
    "RocBand",
    "RocCurve",
    "RocCurveAt",
    "RocPoint",
    "SampleSize",
    "StandaloneComparison",
    "TableOne",
    "UStatistics",
    "adjust_pvalues",
    "assumed_mrmc_variance",
    "assumed_standalone_variance",
    "auc",
    "auc_against_chance",
    "auc_at",
    "auc_over_folds",
    "between_centres",
    "bland_altman",
    "brier_at",
    "calibration",
    "calibration_at",
    "calibration_over_folds",
    "choose_cutoff",
    "cochran_q",
    "combine_reads",
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
    "decision_curve_over_folds",
    "diagnostic_table",
    "every_combination",
    "fit_combination",
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
    "size_icc",
    "size_kappa",
    "size_mcnemar",
    "size_mrmc",
    "size_standalone",
    "size_two_proportions",
    "size_validation",
    "spiegelhalter_test",
    "spline_columns",
    "split_marker",
    "table_one",
    "u_statistics",
    "youden",
]
