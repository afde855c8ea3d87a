"""radln: from masked lymph nodes to a published, usable score.

Public names load when they are first used, so that ``import radln`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from radln._collector import loading

__version__ = "0.1.0"

_HOMES = {
    "Study": "radln.study.core",
    "StudyResult": "radln.study.result",
    "Cohort": "radln.cohort.core",
    "Predictions": "radln.predictions",
    "Nomogram": "radln.explain.nomogram",
    "extract_features": "radln.features.extract",
    "FeatureSettings": "radln.features.settings",
    "FeatureTable": "radln.features.table",
    "Estimate": "radln._result",
    "auc": "radln.stats",
    "AucResult": "radln.stats",
    "roc_curve": "radln.stats",
    "RocCurve": "radln.stats",
    "compare_auc": "radln.stats",
    "AucComparison": "radln.stats",
    "proportion": "radln.stats",
    "Proportion": "radln.stats",
    "diagnostic_table": "radln.stats",
    "DiagnosticTable": "radln.stats",
    "calibration": "radln.stats",
    "Calibration": "radln.stats",
    "decision_curve": "radln.stats",
    "optimism_corrected": "radln.stats",
    "InternalValidation": "radln.stats",
    "DecisionCurve": "radln.stats",
    "icc": "radln.stats",
    "IntraclassCorrelation": "radln.stats",
    "kappa": "radln.stats",
    "Kappa": "radln.stats",
    "ReaderStudy": "radln.stats",
}

__all__ = list(_HOMES)

if TYPE_CHECKING:
    from radln._result import Estimate as Estimate
    from radln.cohort.core import Cohort as Cohort
    from radln.explain.nomogram import Nomogram as Nomogram
    from radln.features.extract import extract_features as extract_features
    from radln.features.settings import FeatureSettings as FeatureSettings
    from radln.features.table import FeatureTable as FeatureTable
    from radln.predictions import Predictions as Predictions
    from radln.stats.agreement.icc import IntraclassCorrelation as IntraclassCorrelation
    from radln.stats.agreement.icc import icc as icc
    from radln.stats.agreement.kappa import Kappa as Kappa
    from radln.stats.agreement.kappa import kappa as kappa
    from radln.stats.calls.diagnostic import DiagnosticTable as DiagnosticTable
    from radln.stats.calls.diagnostic import diagnostic_table as diagnostic_table
    from radln.stats.calls.proportions import Proportion as Proportion
    from radln.stats.calls.proportions import proportion as proportion
    from radln.stats.discrimination.auc import AucComparison as AucComparison
    from radln.stats.discrimination.auc import AucResult as AucResult
    from radln.stats.discrimination.auc import auc as auc
    from radln.stats.discrimination.auc import compare_auc as compare_auc
    from radln.stats.discrimination.thresholds import RocCurve as RocCurve
    from radln.stats.discrimination.thresholds import roc_curve as roc_curve
    from radln.stats.readers.study import ReaderStudy as ReaderStudy
    from radln.stats.risks.calibration import Calibration as Calibration
    from radln.stats.risks.calibration import calibration as calibration
    from radln.stats.risks.decision import DecisionCurve as DecisionCurve
    from radln.stats.risks.decision import decision_curve as decision_curve
    from radln.stats.validation.internal_validation import InternalValidation as InternalValidation
    from radln.stats.validation.internal_validation import optimism_corrected as optimism_corrected
    from radln.study.core import Study as Study
    from radln.study.result import StudyResult as StudyResult


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"radln has no {name!r}; it offers {', '.join(sorted(_HOMES))}.")
    with loading(home):
        found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
