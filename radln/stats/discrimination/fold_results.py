"""What is known of areas over folds: an area, and the difference of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._result import DifferenceResult, Estimate, EstimateResult, estimate_row, format_p
from radln._types import Alternative, FloatArray
from radln.stats._intervals import quantile
from radln.stats._ztest import hypothesis


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldAuc(EstimateResult):
    """An out-of-fold area: the mean of within-fold areas, averaged over repeats.

    ``per_repeat`` holds the value of every repeat; ``n_training`` is the number of patients that
    a model was trained on, ``variance_factor`` what the variance of independent folds was raised
    by.
    """

    estimate: Estimate
    per_repeat: FloatArray
    n_folds: int
    n_training: int
    variance_factor: float

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest value over the repeats."""
        return float(self.per_repeat.min()), float(self.per_repeat.max())

    def frame(self) -> pd.DataFrame:
        """One row: the estimate, the spread over repeats, the counts."""
        return pd.DataFrame(
            [{**estimate_row(self.estimate, metric="auc"), **_spread_columns(self)}]
        )

    def summary(self) -> str:
        """The area in words."""
        return (
            f"out-of-fold AUC {self.estimate.format(3)}{_spread_words(self)}; "
            f"n = {self.n}, {self.n_patients} patients; {self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldComparison(DifferenceResult):
    """The difference of two out-of-fold areas, ``a - b``, with its test."""

    auc_a: Estimate
    auc_b: Estimate
    difference: Estimate
    per_repeat: FloatArray
    n_folds: int
    n_training: int
    statistic: float
    pvalue: float
    alternative: Alternative
    margin: float | None = None

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest difference over the repeats."""
        return float(self.per_repeat.min()), float(self.per_repeat.max())

    @property
    def lower_bound(self) -> float:
        """The one-sided 97.5 % lower bound of ``a - b``."""
        return self._bound(-1)

    @property
    def upper_bound(self) -> float:
        """The one-sided 97.5 % upper bound of ``a - b``.

        b is "as good as" a only where this lies below the margin.
        """
        return self._bound(1)

    def _bound(self, sign: int) -> float:
        se = np.nan if self.difference.se is None else self.difference.se
        return float(self.difference.value + sign * quantile(0.95) * se)

    def frame(self) -> pd.DataFrame:
        """One row: the difference, its test, bounds, spread and counts."""
        row = {
            **estimate_row(self.difference, metric="auc difference"),
            "auc_a": self.auc_a.value,
            "auc_b": self.auc_b.value,
            "statistic": self.statistic,
            "pvalue": self.pvalue,
            "alternative": self.alternative,
            "margin": np.nan if self.margin is None else self.margin,
            "lower_bound": self.lower_bound,
            "upper_bound": self.upper_bound,
        }
        return pd.DataFrame([{**row, **_spread_columns(self)}])

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"out-of-fold AUC {self.auc_a.value:.3f} against {self.auc_b.value:.3f}: difference "
            f"{self.difference.format(3)}{_spread_words(self)}, {format_p(self.pvalue)} "
            f"({hypothesis(self.alternative, self.margin)}); n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


def _spread_columns(result: FoldAuc | FoldComparison) -> dict[str, object]:
    """Spread and counts, for a table."""
    low, high = result.spread
    return {
        "repeat_min": low,
        "repeat_max": high,
        "n_repeats": result.per_repeat.size,
        "n_folds": result.n_folds,
        "n_training": result.n_training,
        "n": result.n,
        "n_positive": result.n_positive,
        "n_patients": result.n_patients,
    }


def _spread_words(result: FoldAuc | FoldComparison) -> str:
    """The spread over repeats, where there are several."""
    if result.per_repeat.size < 2:
        return ""
    low, high = result.spread
    return f" (over {result.per_repeat.size} repeats {low:.3f} to {high:.3f})"
