"""What the page of a study is made of: results that are already computed, and what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from radln.cohort.core import Unit
from radln.cohort.flow import Flow
from radln.designs import Partition
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
    training and test part, where there are such.
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

    @property
    def classes(self) -> tuple[str, str]:
        """What the two outcomes are called, the negative one first."""
        return self.negative, self.positive


@dataclass(frozen=True)
class Tested:
    """On whom the numbers rest: the held-out units and patients, ``how`` they were held out, and
    how many patients taught (of folds: each fold's models). ``drawn`` = at random, so many
    ``repeats``.
    """

    partition: Partition
    n: int
    n_positive: int
    n_patients: int
    n_training: int
    how: str
    drawn: bool
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
    ``coefficients`` and ``paths`` are of the linear models that have them.
    """

    attributions: Mapping[str, Attribution]
    waterfalls: tuple[Waterfall, ...]
    nomogram: Nomogram | None
    note: str
    chosen: pd.DataFrame
    scores: tuple[RadScore, ...]
    coefficients: tuple[CoefficientTable, ...] = ()
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


@dataclass(frozen=True, eq=False)
class StudyResults:
    """A run as the page needs it."""

    title: str
    cases: Cases
    tested: Tested
    measured: Measured
    modelled: Modelled
    evaluation: Evaluation
    asked: EvaluationSettings
    explained: Explained
    record: Record

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
