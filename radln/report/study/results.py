"""What the page of a study is made of: results that are already computed, and what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

import pandas as pd

from radln.cohort.core import Unit
from radln.cohort.flow import Flow
from radln.designs import Partition
from radln.evaluation.classes import ClassEvaluation
from radln.evaluation.primary import Primary
from radln.evaluation.result import Evaluation
from radln.evaluation.settings import EvaluationSettings
from radln.explain.attribution import Attribution
from radln.explain.coefficient_table import CoefficientTable
from radln.explain.nomogram import Nomogram
from radln.explain.penalty import PenaltyPath
from radln.explain.waterfall import Waterfall
from radln.features.settings import FeatureSettings
from radln.models.settings import ModelSettings
from radln.stats.description.table_one import TableOne


@dataclass(frozen=True, eq=False)
class Cases:
    """Who was analysed; ``outcomes`` names the values of the outcome as the table writes them.

    ``positive`` and ``negative`` are what the two classes are called; ``by_part`` describes
    training and test part, where there are such. Of several classes, ``ordered`` or not, ``counts``
    holds the units of each.
    """

    unit: Unit
    positive: str
    negative: str
    outcomes: str
    n: int
    n_positive: int
    n_patients: int
    n_mixed: int
    image_is_patient: bool
    simulated: bool
    flow: Flow
    table_one: TableOne
    by_part: TableOne | None = None
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    ordered: bool = False

    @property
    def classes(self) -> tuple[str, str]:
        """What the two outcomes are called, the negative one first."""
        return self.negative, self.positive

    @property
    def outcome_words(self) -> str:
        """What is positive, or the classes."""
        if not self.counts:
            return f"{self.positive} is positive"
        if self.ordered:
            return f"the classes in their order are {' < '.join(self.counts)}"
        return f"the classes are {', '.join(self.counts)}"


@dataclass(frozen=True)
class Tested:
    """On whom the numbers rest: the held-out units and patients, ``how`` they were held out, and
    how many patients taught (of folds: each fold's models). ``drawn`` = at random, so many
    ``repeats``; ``rarest`` are the held-out units of the rarest outcome.
    """

    partition: Partition
    n: int
    n_positive: int
    n_patients: int
    n_training: int
    how: str
    drawn: bool
    rarest: int
    repeats: int = 1

    @property
    def locked(self) -> bool:
        """Whether one part is tested, once, by models that are left as they are."""
        return self.partition in ("test", "external")


@dataclass(frozen=True)
class EncoderUsed:
    """The encoder behind deep features, and whether it lists the pictures it learned from."""

    name: str
    lists_pictures: bool


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured, by what; ``n_features`` counts the features of every family."""

    source: Literal["images", "file", "none"]
    n_features: Mapping[str, int]
    length_unit: str
    settings: FeatureSettings
    encoder: EncoderUsed | None = None


@dataclass(frozen=True, eq=False)
class Modelled:
    """What was fitted: of every model its learner (in words), its block and the models whose scores
    it takes; models with and without deep features, the columns beside the rad-score, and the model
    of the nomogram.
    """

    settings: ModelSettings
    fitted: tuple[tuple[str, str, tuple[str, ...]], ...]
    deep_added: tuple[tuple[str, str], ...]
    deep_alone: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    stacked: str


@dataclass(frozen=True, eq=False)
class RadScore:
    """The formula of a linear model whose log-odds another model takes as ``name``."""

    name: str
    source: str
    intercept: float
    coefficients: pd.Series


@dataclass(frozen=True, eq=False)
class Explained:
    """Why the models say what they say; ``nomogram`` is None where ``note`` says why.

    ``chosen`` has a row a model and predictor, ``scores`` the formulas of what models take,
    ``coefficients`` and ``paths`` are of the linear models that have them, ``odds_ratios`` of the
    clinical columns alone and together, and ``needed`` says how many patients models need.
    ``shuffled`` is the permutation importance of the models of ``attributions``.
    """

    attributions: Mapping[str, Attribution]
    waterfalls: tuple[Waterfall, ...]
    nomogram: Nomogram | None
    note: str
    chosen: pd.DataFrame
    scores: tuple[RadScore, ...]
    coefficients: tuple[CoefficientTable, ...] = ()
    odds_ratios: pd.DataFrame = field(default_factory=pd.DataFrame)
    needed: pd.DataFrame = field(default_factory=pd.DataFrame)
    shuffled: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    paths: tuple[PenaltyPath, ...] = ()


@dataclass(frozen=True, eq=False)
class Record:
    """What a run can be known by, what was wrong or doubtful with its data, and whether its
    ``plan`` was kept (blank without one).
    """

    study_id: str
    settings_text: str
    versions: Mapping[str, str]
    findings: pd.DataFrame
    plan: str = ""


class Judged(Protocol):
    """What the words about a design need of what was judged, of whatever outcome."""

    @property
    def n_training(self) -> int:
        """Patients that taught each fold's models."""

    @property
    def variance_factor(self) -> float:
        """What the variance of independent folds was raised by."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be said of the numbers."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The models and readers."""

    @property
    def primary(self) -> Primary | None:
        """The comparison that was named beforehand."""


E_co = TypeVar("E_co", bound=Judged, covariant=True)


@dataclass(frozen=True, eq=False)
class StudyParts(Generic[E_co]):
    """What the page of every study is made of, whatever its outcome."""

    title: str
    cases: Cases
    tested: Tested
    measured: Measured
    modelled: Modelled
    evaluation: E_co
    asked: EvaluationSettings
    record: Record


@dataclass(frozen=True, eq=False)
class ClassResults(StudyParts[ClassEvaluation]):
    """A run with several classes as the page needs it; of every class against the rest
    ``attributions`` by source, and what models ``chosen`` (with a column ``class``).
    """

    attributions: Mapping[str, Mapping[str, Attribution]]
    chosen: pd.DataFrame


@dataclass(frozen=True, eq=False)
class StudyResults(StudyParts[Evaluation]):
    """A run with two classes as the page needs it."""

    explained: Explained

    @property
    def drawn(self) -> tuple[str, ...]:
        """The sources whose ROC curves are shown."""
        primary = self.asked.primary
        return tuple(
            dict.fromkeys((*self.asked.ladder, primary.full, primary.simple, self.modelled.stacked))
        )

    @property
    def used(self) -> tuple[str, ...]:
        """The sources whose use is shown: what was compared, the simplest, and the stacked one."""
        primary = self.asked.primary
        simple = (*self.asked.ladder[:1], primary.simple)
        return tuple(dict.fromkeys((*simple, primary.full, self.modelled.stacked)))

    @property
    def named(self) -> tuple[str, ...]:
        """The sources whose comparison was named beforehand."""
        return (self.asked.primary.full, self.asked.primary.simple, *self.asked.ladder)


@dataclass(frozen=True)
class PageOptions:
    """How the page says and shows it: the study's own noun, and rows of a table before it folds."""

    noun: str = "node"
    most_rows: int = 12

    def called(self, unit: Unit) -> str:
        """What the unit of the analysis is called: a node by the study's own noun."""
        return self.noun if unit == "node" else unit

    def said(self, text: str) -> str:
        """Words about nodes, with the study's own noun."""
        return re.sub(r"\bnode(s?)\b", rf"{self.noun}\1", text)
