"""Every number that a set of predictions was judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radln._result import Estimate
from radln._shown import ShortRepr
from radln._types import FloatArray
from radln.evaluation.primary import Primary
from radln.stats.discrimination.thresholds import RocCurve
from radln.stats.risks.calibration import Calibration
from radln.stats.risks.decision import DecisionCurve


@dataclass(frozen=True, eq=False, repr=False)
class Sites(ShortRepr):
    """Every site judged by models that learned from the others.

    ``table`` has a row a source, site and measure (``auc``, ``observed_expected``, ``slope``) with
    its counts, whether it is ``pooled``, and ``why`` not; ``summaries`` a row a source and measure
    that enough sites have: the mean of sites, the interval for a new site, and how sites differ.
    ``differences`` are those of the primary comparison, ``spread`` the smallest and largest of the
    ``n_pooled`` that count, ``prediction`` the interval for a new site. ``compared`` names both.
    """

    table: pd.DataFrame
    summaries: pd.DataFrame
    differences: pd.DataFrame
    compared: tuple[str, str]
    n_sites: int
    n_pooled: int
    spread: tuple[float, float]
    prediction: Estimate | None


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(ShortRepr):
    """Every judged number, as tidy tables and results.

    ``curves`` maps a source to the sensitivities of its mean within-fold ROC curve at the false
    positive rates ``grid``; calibration curves are those of the first repeat, the tables beside
    them and the decision curves are means over repeats. ``n_training`` patients taught each fold's
    models; ``variance_factor`` is what the variance of independent folds was raised by.
    ``reader_points`` are the operating points of readers at every value that they gave,
    ``reader_decisions`` the net benefit of their calls at their cut, ``reader_calls`` the primary
    model's sensitivity and specificity minus theirs. ``sites`` are there where every site was left
    out in turn: then areas are means over sites. ``by_site`` and ``subgroups`` have the primary
    model in every group of cases (:func:`radln.evaluation.groups.by_group`).
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
    reader_points: Mapping[str, RocCurve] = field(default_factory=dict)
    reader_decisions: Mapping[str, DecisionCurve] = field(default_factory=dict)
    reader_calls: pd.DataFrame = field(default_factory=pd.DataFrame)
    sites: Sites | None = None
    subgroups: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def sources(self) -> tuple[str, ...]:
        """The models and readers."""
        return tuple(self.aucs["source"])

    @property
    def interval(self) -> str:
        """What the intervals are called, such as "95 % CI"."""
        return f"{100 * self.confidence_level:g} % CI"

    @property
    def widest_range(self) -> float:
        """The largest range of one model's AUC over repeats; 0 where there is one repeat."""
        models = self.aucs[self.aucs["kind"] == "model"]
        ranges = (models["repeat_max"] - models["repeat_min"]).to_numpy(np.float64)
        return float(np.max(ranges, initial=0.0))

    def cut_off_ranges(self) -> pd.DataFrame:
        """One row a source: the median, smallest and largest cut-off of its folds."""
        rows = []
        for source, part in self.cut_offs.groupby("source", sort=False):
            low, middle, high = np.quantile(part["cut_off"], [0, 0.5, 1], method="inverted_cdf")
            rows.append((str(source), float(middle), float(low), float(high)))
        return pd.DataFrame(rows, columns=["source", "median", "low", "high"])

    def gap(self, rich: str, simple: str) -> Estimate | None:
        """The AUC of one source minus that of another; None where the two were not compared."""
        for _, row in self.pairs.iterrows():
            value, low, high, se = (float(row[name]) for name in ("value", "low", "high", "se"))
            if (row["first"], row["second"]) == (rich, simple):
                return Estimate(value, low, high, self.confidence_level, row["method"], se)
            if (row["first"], row["second"]) == (simple, rich):
                return Estimate(-value, -high, -low, self.confidence_level, row["method"], se)
        return None
