# mypy: implicit-reexport
"""Arrays in, results out: the statistics of diagnostic and prognostic models.

Cases are taken by their place: arguments whose pandas indexes differ are refused. ``cluster``
names the patient of every case; below ten patients of the smallest class a result warns, and below
five it has neither interval nor p. Where every patient has one case, ``cluster`` changes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_ROOMS = {
    "agreement.bland_altman": "BlandAltman bland_altman",
    "agreement.icc": "IntraclassCorrelation icc",
    "agreement.kappa": "Kappa kappa",
    "agreement.rater_agreement": "RaterAgreement rater_agreement",
    "calls.confusion": "ConfusionMatrix confusion_matrix",
    "calls.diagnostic": "DiagnosticTable diagnostic_table",
    "calls.paired": "CochranQ PairedProportions cochran_q mcnemar",
    "calls.paired_calls": "CallComparison PairedMetric compare_calls",
    "calls.proportions": "Proportion proportion",
    "description.centres": "BetweenCentres between_centres",
    "description.groups": "GroupComparison compare_groups",
    "description.location": "LocationMap location_map",
    "description.logistic": "LogisticTable logistic_regression spline_columns",
    "description.position": "PositionRisk risk_by_position",
    "description.table_one": "TableOne table_one",
    "discrimination.auc": "AucComparison AucResult auc compare_auc",
    "discrimination.auc_chance": "AucAgainstChance auc_against_chance",
    "discrimination.auc_many": "AucMatrix compare_aucs",
    "discrimination.cutoffs": "CutoffChoice choose_cutoff",
    "discrimination.fold_results": "FoldAuc FoldComparison",
    "discrimination.matched": "MatchedComparison compare_matched",
    "discrimination.multiclass": (
        "MulticlassAuc MulticlassComparison compare_multiclass_auc multiclass_auc"
    ),
    "discrimination.multiclass_over_folds": (
        "FoldClassAreas FoldClassComparison compare_multiclass_over_folds multiclass_over_folds"
    ),
    "discrimination.ordered": "OrderedAuc ordered_auc",
    "discrimination.partial_auc": (
        "PartialAuc PartialAucComparison compare_partial_auc partial_auc"
    ),
    "discrimination.repeats": "auc_over_folds compare_over_folds mean_over_repeats",
    "discrimination.roc_band": "RocBand roc_band",
    "discrimination.thresholds": "Cutoff RocCurve RocPoint roc_curve youden",
    "multiplicity": "adjust_pvalues holm",
    "readers.agreement": "ReaderAgreement",
    "readers.aided": "ModelBenefit",
    "readers.combinations.combination": "Combination every_combination",
    "readers.combinations.combine": "combine_reads",
    "readers.combinations.combined_reads": "CombinedReads PrimaryComparison",
    "readers.combinations.fitted_combination": "FittedCombination fit_combination",
    "readers.groups": "ReaderGroupComparison",
    "readers.mrmc_result": "MrmcComparison",
    "readers.operating_points": "OperatingPoints",
    "readers.partly_crossed._averages": "ReaderAverage",
    "readers.partly_crossed.u_statistics": "UStatistics u_statistics",
    "readers.performance": "ReaderPerformance",
    "readers.pseudovalues": "PseudovalueAnova",
    "readers.standalone": "StandaloneComparison",
    "readers.study": "ReaderStudy",
    "resample": "patient_bootstrap percentile_interval permutation_pvalue permute_by_patient",
    "risks.brier": "BrierComparison compare_brier",
    "risks.calibration": "Calibration calibration",
    "risks.calibration_over_folds": "FoldCalibration calibration_over_folds",
    "risks.calibration_tests": (
        "CalibrationTest HosmerLemeshow hosmer_lemeshow recalibration_test spiegelhalter_test"
    ),
    "risks.decision": "DecisionCurve NetBenefitComparison compare_net_benefit decision_curve",
    "risks.decision_over_folds": "decision_curve_over_folds",
    "risks.reclassification": "Reclassification reclassification",
    "risks.update_test": "UpdateTest update_test",
    "sample_size._planning": "PowerAnalysis SampleSize",
    "sample_size.reader_assumptions": "assumed_mrmc_variance assumed_standalone_variance",
    "sample_size.size_agreement": "size_icc size_kappa",
    "sample_size.size_auc": "size_auc size_auc_difference size_auc_difference_from",
    "sample_size.size_continuous": "size_development_continuous",
    "sample_size.size_development": "size_development_binary size_development_survival",
    "sample_size.size_proportions": "size_diagnostic size_mcnemar size_two_proportions",
    "sample_size.size_readers": "size_mrmc size_standalone",
    "sample_size.size_validation": "size_validation",
    "survival.auc_at": "AucAt AucAtComparison auc_at compare_auc_at",
    "survival.brier": "BrierAt brier_at",
    "survival.calibration_at": "CalibrationAt calibration_at",
    "survival.concordance": "Concordance ConcordanceComparison compare_concordance concordance",
    "survival.cox": "cox",
    "survival.cox_result": "CoxFit",
    "survival.cumulative_incidence": "CumulativeIncidence cumulative_incidence",
    "survival.decision_at": "DecisionCurveAt decision_curve_at",
    "survival.kaplan_meier": "KaplanMeier kaplan_meier",
    "survival.log_rank": "LogRank logrank",
    "survival.optimism": "CoxOptimism cox_optimism",
    "survival.proportional": "ProportionalHazards",
    "survival.reclassification_at": "ReclassificationAt reclassification_at",
    "survival.roc_at": "RocCurveAt roc_curve_at",
    "survival.split_marker": "MarkerSplit split_marker",
    "validation.internal_validation": "InternalValidation optimism_corrected",
}
_HOMES = {name: f"radln.stats.{room}" for room, names in _ROOMS.items() for name in names.split()}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
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
    from radln.stats.discrimination.multiclass_over_folds import (
        FoldClassAreas,
        FoldClassComparison,
        compare_multiclass_over_folds,
        multiclass_over_folds,
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
    from radln.stats.readers.combinations.fitted_combination import (
        FittedCombination,
        fit_combination,
    )
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
    from radln.stats.risks.update_test import UpdateTest, update_test
    from radln.stats.sample_size._planning import PowerAnalysis, SampleSize
    from radln.stats.sample_size.reader_assumptions import (
        assumed_mrmc_variance,
        assumed_standalone_variance,
    )
    from radln.stats.sample_size.size_agreement import size_icc, size_kappa
    from radln.stats.sample_size.size_auc import (
        size_auc,
        size_auc_difference,
        size_auc_difference_from,
    )
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
    from radln.stats.validation.internal_validation import InternalValidation, optimism_corrected


def __getattr__(name: str) -> Any:
    """A public name loads the few modules that it needs when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"radln.stats has no {name!r}.")
    found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    return __all__
