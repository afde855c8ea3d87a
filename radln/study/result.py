"""All that a run found."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from radln.cohort.core import Cohort
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


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult:
    """All that a run found; ``nomogram`` (of the model ``nomogram_of``) is None where
    ``nomogram_note`` says why; ``plan`` says whether the plan was kept, where there is one.
    """

    settings: Settings
    intake: Intake
    checks: CheckReport
    extraction: Extraction
    cohort: Cohort
    fit: CrossFit
    recipes: tuple[Recipe, ...]
    final: tuple[FittedModel, ...]
    evaluation: Evaluation
    attributions: dict[str, Attribution]
    nomogram: Nomogram | None
    nomogram_of: str
    nomogram_note: str
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
        return f"StudyResult of {len(self.cohort.units)} {unit}s{of_whom}. {self.verdict}"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"
