"""All that a run found."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from radln.cohort.core import Cohort
from radln.evaluation.classes import ClassEvaluation
from radln.evaluation.result import Evaluation
from radln.explain.attribution import Attribution
from radln.explain.nomogram import Nomogram
from radln.features.extract import Extraction
from radln.models.cross_fit import CrossFit
from radln.models.fitted import FittedModel
from radln.models.recipe import Recipe
from radln.report.verdict import said
from radln.settings import Settings
from radln.study.check import CheckReport
from radln.study.intake import Intake
from radln.study.plan import PlanKept


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StudyRun:
    """What every run has, whatever the outcome; ``plan`` says whether a plan was kept."""

    settings: Settings
    intake: Intake
    checks: CheckReport
    extraction: Extraction
    cohort: Cohort
    fit: CrossFit
    recipes: tuple[Recipe, ...]
    final: tuple[FittedModel, ...]
    evaluation: Evaluation | ClassEvaluation
    study_id: str
    identity: dict[str, Any]
    seconds: dict[str, float]
    plan: PlanKept | None = None

    @property
    def verdict(self) -> str:
        """The primary comparison in one sentence."""
        return said(self.evaluation.primary, self.evaluation.sites)

    @property
    def learned(self) -> Cohort:
        """The units that the final models learned from: without a test part."""
        split = self.fit.folds[0].split
        return self.cohort.at(split.train) if split.locked else self.cohort

    @property
    def n_failed(self) -> int:
        """Cases without features: no file, or an extraction that failed."""
        return self.extraction.table.n_failed

    def __repr__(self) -> str:
        unit, n = self.cohort.unit, self.cohort.n_patients
        of_whom = "" if unit == "patient" else f" of {n} patients"
        return f"{type(self).__name__} of {len(self.cohort.units)} {unit}s{of_whom}. {self.verdict}"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StudyResult(StudyRun):
    """All that a run found; ``nomogram`` (of the model ``nomogram_of``) is None where
    ``nomogram_note`` says why.
    """

    evaluation: Evaluation
    attributions: dict[str, Attribution]
    nomogram: Nomogram | None
    nomogram_of: str
    nomogram_note: str


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ClassStudyResult(StudyRun):
    """All that a run with several classes found; ``attributions`` has of every class (of an ordinal
    model of all together) one by source.
    """

    evaluation: ClassEvaluation
    attributions: dict[str, dict[str, Attribution]]
