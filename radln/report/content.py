"""What a report is made of: results that are already computed, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from radln._result import Estimate
from radln._shown import ShortRepr
from radln._types import FloatArray
from radln.explain.attribution import Attribution
from radln.explain.nomogram import Nomogram
from radln.report.verdict import Primary
from radln.stats.description.table_one import TableOne
from radln.stats.risks.calibration import Calibration
from radln.stats.risks.decision import DecisionCurve


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(ShortRepr):
    """Every judged number, as tidy tables and results.

    ``curves`` maps a source to the sensitivities of its mean within-fold ROC curve at the false
    positive rates ``grid``; calibration curves are those of the first repeat, the tables beside
    them and the decision curves are means over repeats. ``n_training`` patients taught each fold's
    models; ``variance_factor`` is what the variance of independent folds was raised by.
    """

    aucs: pd.DataFrame
    primary: Primary | None
    ladder: pd.DataFrame
    pairs: pd.DataFrame
    operating: pd.DataFrame
    cut_offs: pd.DataFrame
    calibration_table: pd.DataFrame
    calibrations: dict[str, Calibration]
    decisions: dict[str, DecisionCurve]
    net_benefit: pd.DataFrame
    by_site: pd.DataFrame
    grid: FloatArray
    curves: dict[str, FloatArray]
    n_training: int
    variance_factor: float
    warnings: tuple[str, ...] = ()
    confidence_level: float = 0.95

    @property
    def interval(self) -> str:
        """What the intervals are called, such as "95 % CI"."""
        return f"{100 * self.confidence_level:g} % CI"

    def gap(self, rich: str, simple: str) -> Estimate | None:
        """The AUC of one source minus that of another; None where the two were not compared."""
        for _, row in self.pairs.iterrows():
            value, low, high, se = (float(row[name]) for name in ("value", "low", "high", "se"))
            if (row["first"], row["second"]) == (rich, simple):
                return Estimate(value, low, high, self.confidence_level, row["method"], se)
            if (row["first"], row["second"]) == (simple, rich):
                return Estimate(-value, -high, -low, self.confidence_level, row["method"], se)
        return None


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
