"""What every statistic returns: frozen data with a table, a text and, where natural, a picture."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)
USUAL = 0.95  # the confidence level that goes without saying
WARNING = "\nWarning: "
NO_NUMBERS = (
    (re.compile(r"(?<![\w.'])nan(?: %)?(?![\w.'])"), "not estimable"),
    (re.compile(r"(?<![\w.'])inf(?: %)?(?![\w.'])"), "infinite"),
)


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
        high = "∞" if high == "inf" else high
        between = " to " if self.low < 0 else "–"
        return f"{value}{unit} ({low}{between}{high})"

    def __str__(self) -> str:
        level = self.confidence_level
        known = level == USUAL or np.isnan([self.value, self.low]).any()
        return self.format(3) + ("" if known else f" ({100 * level:g} % interval)")


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
    from ``n_patients`` patients. ``warnings`` are what must be said beside the numbers: they stand
    below the summary (and so in ``repr``), one a line, and joined by "; " in the last column of
    ``frame()``, ``warnings``, the same in every row and empty where there are none.

    Results of one main number have it as ``value``, mostly with ``low``, ``high`` and ``se``; of
    comparisons that is the difference.
    """

    n: int
    n_positive: int
    n_patients: int
    method: str
    warnings: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, also in (("frame", _in_table), ("summary", _below)):
            own = cls.__dict__.get(name)
            if own is not None and not getattr(own, "__isabstractmethod__", False):
                setattr(cls, name, also(own))

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """The result as a tidy table, unrounded."""

    @abstractmethod
    def summary(self) -> str:
        """The result in words and rounded numbers."""

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        told = escape(self.summary()).replace("\n", "<br>")
        return f"<p>{told}</p>{self.frame().to_html(index=False, na_rep='–')}"

    if not TYPE_CHECKING:  # a type checker must still find misspelt attributes

        def __getattr__(self, name: str) -> NoReturn:
            told = f"{type(self).__name__!r} object has no attribute {name!r}"
            if name == "value":
                told = (
                    f"{type(self).__name__} holds several numbers and no single value; read "
                    f"{', '.join(_numbers(type(self)))}, or .frame()."
                )
            raise AttributeError(told)


def _in_table(frame: Callable[[Result], pd.DataFrame]) -> Callable[[Result], pd.DataFrame]:
    """The table with what must be said beside it as its last column."""

    @wraps(frame)
    def with_warnings(self: Result) -> pd.DataFrame:
        table = frame(self)
        rest = table.drop(columns="warnings") if "warnings" in table else table
        return rest.assign(warnings="; ".join(self.warnings))

    return with_warnings


def _below(summary: Callable[[Result], str]) -> Callable[[Result], str]:
    """The words, the level of unusual intervals, and what must be said below, each note once."""

    @wraps(summary)
    def with_warnings(self: Result) -> str:
        words = in_words(summary(self))
        levels = sorted(f"{100 * level:g} %" for level in {*_levels(self)} - {USUAL})
        if levels and f"{levels[0]} interval" not in words:
            words += f" Intervals of {' and '.join(levels)}."
        return words + "".join(WARNING + note for note in self.warnings if note not in words)

    return with_warnings


def _levels(part: object) -> Iterator[float]:
    """The confidence levels of all intervals within a result."""
    if isinstance(part, Mapping):
        for value in part.values():
            yield from _levels(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _levels(value)
    elif is_dataclass(part):
        level = getattr(part, "confidence_level", None)
        if isinstance(level, float):
            yield level
        elif level is None:
            for own in fields(part):
                yield from _levels(getattr(part, own.name))


def in_words(text: str) -> str:
    """A sentence without the "nan" and "inf" of computers.

    Examples
    --------
    >>> in_words("chi-square nan on 0 df; LR+ inf")
    'chi-square not estimable on 0 df; LR+ infinite'
    """
    for pattern, word in NO_NUMBERS:
        text = pattern.sub(word, text)
    return text


def words_alone(summary: str) -> str:
    """A summary without the warnings below it, for a page that shows them elsewhere."""
    return summary.partition(WARNING)[0]


def _numbers(kind: type[Result]) -> list[str]:
    """What a kind of result holds of its own, as attributes."""
    common = Result.__dataclass_fields__
    return [f".{name}" for name in kind.__dataclass_fields__ if name not in common][:8]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MainResult(Result):
    """A result with one main estimate: ``value``, ``low``, ``high`` and ``se`` are its own."""

    @property
    @abstractmethod
    def main(self) -> Estimate:
        """The estimate that the result is about."""

    @property
    def value(self) -> float:
        """The main estimate itself."""
        return self.main.value

    @property
    def low(self) -> float:
        """The lower end of its interval."""
        return self.main.low

    @property
    def high(self) -> float:
        """The upper end of its interval."""
        return self.main.high

    @property
    def se(self) -> float | None:
        """Its standard error; None where the interval is not built from one."""
        return self.main.se


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EstimateResult(MainResult):
    """A result that is one estimate."""

    estimate: Estimate

    @property
    def main(self) -> Estimate:
        """The estimate."""
        return self.estimate


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DifferenceResult(MainResult):
    """A comparison of two, a minus b."""

    difference: Estimate

    @property
    def main(self) -> Estimate:
        """The difference."""
        return self.difference


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
