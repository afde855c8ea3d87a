"""What the primary comparison allows one to say, and how models and numbers are worded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from radln._result import Estimate, format_p

Z = 1.959963984540054  # two-sided 95 %, one-sided 97.5 %
Conclusion = Literal["better", "worse", "as_good", "undecided"]
BLOCKS = {
    "size": "Size only",
    "shape": "Shape only",
    "clinical": "Clinical",
    "radiomics": "Radiomics",
    "deep": "Deep features",
    "combined": "Combined",
    "without_deep": "Combined without deep features",
    "nomogram": "Nomogram",
}
ESTIMATORS = {"logistic": "logistic", "xgboost": "XGBoost"}


def label(source: str) -> str:
    """A source in words; a reader keeps its name.

    Examples
    --------
    >>> label("combined_xgboost"), label("expert_1")
    ('Combined (XGBoost)', 'expert_1')
    """
    block, _, estimator = source.rpartition("_")
    if estimator in ESTIMATORS and block in BLOCKS:
        return f"{BLOCKS[block]} ({ESTIMATORS[estimator]})"
    return source


def signed(value: float) -> str:
    """A difference with its sign, a true minus and three decimals.

    Examples
    --------
    >>> signed(-0.0312), signed(0.2)
    ('−0.031', '+0.200')
    """
    return f"{value:+.3f}".replace("-", "−")


def with_limits(value: float, low: float, high: float) -> str:
    """A difference with its interval, or without where there is none.

    Examples
    --------
    >>> with_limits(0.2, -0.1, 0.5), with_limits(0.2, float("nan"), float("nan"))
    ('+0.200 (−0.100 to +0.500)', '+0.200 (no interval)')
    """
    if np.isnan(low):
        return f"{signed(value)} (no interval)"
    return f"{signed(value)} ({signed(low)} to {signed(high)})"


@dataclass(frozen=True)
class Primary:
    """The primary comparison: ``difference`` is the AUC of ``full`` minus that of ``simple``."""

    full: str
    simple: str
    margin: float
    difference: Estimate
    pvalue: float

    @property
    def upper_bound(self) -> float:
        """The one-sided 97.5 % upper bound of the difference."""
        if self.difference.se is None:
            return float("nan")
        return self.difference.value + Z * self.difference.se

    @property
    def conclusion(self) -> Conclusion:
        """What may be said.

        "better" or "worse" at p < 0.05; "as_good" (the simple one) where the upper bound lies
        below the margin; else "undecided".

        Examples
        --------
        >>> close = Estimate(0.01, -0.02, 0.04, se=0.015)
        >>> Primary("a", "b", 0.05, close, 0.5).conclusion
        'as_good'
        >>> Primary("a", "b", 0.03, close, 0.5).conclusion
        'undecided'
        """
        if np.isnan(self.pvalue):
            return "undecided"
        if self.pvalue < 0.05:
            return "better" if self.difference.value > 0 else "worse"
        return "as_good" if self.upper_bound < self.margin else "undecided"

    @property
    def verdict(self) -> str:
        """The conclusion as one sentence with its numbers."""
        full, simple, gap = label(self.full), label(self.simple), self.difference
        limits = f"{100 * gap.confidence_level:g} % CI {signed(gap.low)} to {signed(gap.high)}"
        if np.isnan(gap.low):
            limits = "no interval: too few patients of a class in some fold"
        numbers = (
            f"AUC difference {signed(gap.value)} ({limits}; {format_p(self.pvalue)}; "
            f"margin {self.margin:g})"
        )
        if self.conclusion == "better":
            small = self.upper_bound < self.margin
            tail = " The gain is smaller than the margin set beforehand." if small else ""
            return f"{full} ranks cases better than {simple}: {numbers}.{tail}"
        if self.conclusion == "worse":
            return f"{full} ranks cases worse than {simple}: {numbers}."
        if self.conclusion == "as_good":
            return f"{simple} does as well as {full} within the margin: {numbers}."
        return f"The data cannot tell whether {full} is better than {simple}: {numbers}."
