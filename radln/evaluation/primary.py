"""The one comparison that was named beforehand, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import t as student

from radln._result import Estimate

Z = 1.959963984540054  # two-sided 95 %, one-sided 97.5 %
Conclusion = Literal["better", "worse", "as_good", "undecided"]


@dataclass(frozen=True)
class Primary:
    """The primary comparison: ``difference`` is the AUC of ``full`` minus that of ``simple``.

    ``measure`` is that area: of several classes the macro average. ``df`` are the degrees of
    freedom of its interval; infinite for a normal one.
    """

    full: str
    simple: str
    margin: float
    difference: Estimate
    pvalue: float
    df: float = np.inf
    measure: str = "AUC"

    @property
    def upper_bound(self) -> float:
        """The one-sided 97.5 % upper bound of the difference."""
        if self.difference.se is None:
            return float("nan")
        quantile = Z if np.isinf(self.df) else float(student.ppf(0.975, self.df))
        return self.difference.value + quantile * self.difference.se

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
