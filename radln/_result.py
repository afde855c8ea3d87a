"""What every statistic returns: frozen data with a table, a text and, where natural, a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval.

    ``se`` is None where the interval is not built from a standard error; ``low`` and ``high`` are
    NaN where no interval can be given, and ``method`` says why.

    Examples
    --------
    >>> Estimate(0.834, 0.781, 0.879).format()
    '0.83 (0.78–0.88)'
    """

    value: float
    low: float
    high: float
    confidence_level: float = 0.95
    method: str = ""
    se: float | None = None

    def format(self, digits: int = 2, *, percent: bool = False) -> str:
        """Text such as ``0.83 (0.78–0.88)``; the only place where an estimate is rounded."""
        if np.isnan(self.value):
            return "not estimable"
        scale, unit = (100.0, " %") if percent else (1.0, "")
        value, low, high = (
            f"{number * scale:.{digits}f}".replace("-", "−")
            for number in (self.value, self.low, self.high)
        )
        if np.isnan(self.low) or np.isnan(self.high):
            return f"{value}{unit} (no interval)"
        between = " to " if self.low < 0 else "–"
        return f"{value}{unit} ({low}{between}{high})"

    def __str__(self) -> str:
        return self.format(3)


def with_count(
    estimate: Estimate,
    counted: tuple[int, int] | None,
    digits: int = 2,
    *,
    percent: bool = False,
) -> str:
    """An estimate behind the numbers that it is a share of, where it is one.

    Examples
    --------
    >>> with_count(Estimate(0.8, 0.55, 0.93), (12, 15))
    '12/15 = 0.80 (0.55–0.93)'
    """
    text = estimate.format(digits, percent=percent)
    if counted is None or not counted[1]:
        return text
    return f"{counted[0]}/{counted[1]} = {text}"


def format_p(pvalue: float) -> str:
    """A p-value as papers print it.

    Examples
    --------
    >>> format_p(0.0004), format_p(0.0312)
    ('p < 0.001', 'p = 0.031')
    """
    if np.isnan(pvalue):
        return "p not estimable"
    return "p < 0.001" if pvalue < 0.001 else f"p = {pvalue:.3f}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result(ABC):
    """The protocol of results: ``frame()``, ``summary()``, and what was counted.

    ``n`` units, of which ``n_positive`` carry the outcome (0 where no class is the positive one),
    from ``n_patients`` patients.
    """

    n: int
    n_positive: int
    n_patients: int
    method: str
    warnings: tuple[str, ...] = ()

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """The result as a tidy table, unrounded."""

    @abstractmethod
    def summary(self) -> str:
        """The result in words and rounded numbers."""

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.summary())}</p>{self.frame().to_html(index=False)}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EstimateResult(Result):
    """A result that is one estimate: ``value``, ``low``, ``high`` and ``se`` are its own."""

    estimate: Estimate

    @property
    def value(self) -> float:
        """The estimate itself."""
        return self.estimate.value

    @property
    def low(self) -> float:
        """The lower end of its interval."""
        return self.estimate.low

    @property
    def high(self) -> float:
        """The upper end of its interval."""
        return self.estimate.high

    @property
    def se(self) -> float | None:
        """Its standard error; None where the interval is not built from one."""
        return self.estimate.se


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A read-only copy, for the fields of a result."""
    copy = np.array(array, copy=True)
    copy.setflags(write=False)
    return copy


def estimate_row(estimate: Estimate, **labels: object) -> Mapping[str, object]:
    """One row of a tidy table: the labels, then the estimate's fields."""
    return {
        **labels,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "se": np.nan if estimate.se is None else estimate.se,
        "confidence_level": estimate.confidence_level,
        "method": estimate.method,
    }
