"""What a report is made of: results that are already computed, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from radln._types import FloatArray
from radln.evaluation.result import Evaluation
from radln.explain.attribution import Attribution
from radln.explain.nomogram import Nomogram
from radln.stats.description.table_one import TableOne


@dataclass(frozen=True, eq=False)
class Waterfall:
    """One held-out case: labels, contributions (log-odds) and where they start from."""

    title: str
    labels: tuple[str, ...]
    contributions: FloatArray
    base: float


@dataclass(frozen=True, eq=False)
class ReportContent:
    """The report, before it is worded and drawn."""

    title: str
    simulated: bool
    image_is_patient: bool
    unit: str
    positive: str
    outcomes: str
    n: int
    n_positive: int
    n_patients: int
    n_mixed: int
    flow: pd.DataFrame
    table_one: TableOne
    evaluation: Evaluation
    attributions: dict[str, Attribution]
    feature_values: pd.DataFrame
    waterfalls: tuple[Waterfall, ...]
    nomogram: Nomogram | None
    nomogram_note: str
    findings: pd.DataFrame
    facts: dict[str, object]
    settings_text: str
    versions: dict[str, str]
    notes: tuple[str, ...] = field(default=())
