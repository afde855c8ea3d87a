"""What planning a study of readers needs: an error for every number of readers and of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import fdtri, ncfdtr, nctdtr, ndtr, stdtrit

from radln import _check
from radln.errors import InputError
from radln.stats.sample_size._planning import SIDES, PowerAnalysis, first, positive

MOST = 2**20  # cases beyond which no study goes
FEW_READERS = 4
NO_CASES = (
    "{readers} readers do not reach a power of {power:g} with any number of cases: the readers "
    "themselves vary too much. Plan more readers, a larger difference or a wider margin."
)


class Errors(Protocol):
    """The variance of the tested difference and its degrees of freedom."""

    def of(self, readers: int, cases: float) -> tuple[float, float]:
        """For so many readers and cases."""


@dataclass(frozen=True)
class Pilot:
    """How many cases a pilot had, of which so many positive; errors scale with its size."""

    cases: float
    positive: float

    def scale(self, cases: float) -> float:
        """By how much errors from cases grow for another number of cases."""
        return self.cases / cases

    def positives(self, cases: int) -> int:
        """How many of the planned cases are positive, at the pilot's share."""
        return int(np.clip(round(cases * self.positive / self.cases), 1, cases - 1))


def pilot(cases: float, n_positive: float) -> Pilot:
    """A pilot, checked."""
    whole = positive(cases, "pilot_cases")
    part = positive(n_positive, "pilot_positive")
    if part >= whole:
        raise InputError(f"pilot_positive ({part:g}) must be below pilot_cases ({whole:g}).")
    return Pilot(whole, part)


@dataclass(frozen=True)
class Aim:
    """What shall be shown: a difference, or that it is not below minus the margin."""

    difference: float
    margin: float | None
    alpha: float
    alternative: str

    def power(self, variance: float, df: float) -> tuple[float, float]:
        """The power, and the non-centrality (of F two-sided, of t one-sided)."""
        shift = (self.difference + (self.margin or 0.0)) / variance**0.5
        if self.alternative == "two-sided":
            critical = float(fdtri(1, df, 1 - self.alpha))
            power = 1 - float(ncfdtr(1, df, shift**2, critical))
            return _sure(power, abs(shift) - critical**0.5), shift**2
        shift = shift if self.margin is not None else abs(shift)
        critical = float(stdtrit(df, 1 - self.alpha))
        power = 1 - float(nctdtr(df, shift, critical))
        return _sure(power, shift - critical), shift

    def __str__(self) -> str:
        if self.margin is None:
            return f"a difference of {self.difference:g}"
        return (
            f"that a difference of {self.difference:g} is not below the non-inferiority margin of "
            f"−{self.margin:g}"
        )


def _sure(power: float, distance: float) -> float:
    """The power; far out, where the series gives up, that of a normal statistic."""
    return power if np.isfinite(power) and power >= 0 else float(ndtr(distance))


def aim(difference: float, margin: float | None, alpha: float, alternative: str) -> Aim:
    """What shall be shown, checked."""
    level = _check.fraction(alpha, name="alpha")
    _check.choice(alternative, SIDES, name="alternative")
    if not _check.is_number(difference) or not -1 < difference < 1:
        raise InputError(f"difference must lie between -1 and 1; got {difference!r}.")
    if margin is None:
        if difference == 0:
            raise InputError("difference must not be 0, unless a margin is given.")
        return Aim(float(difference), None, level, alternative)
    _check.fraction(margin, name="margin")
    if alternative != "one-sided":
        raise InputError(
            "margin needs alternative='one-sided': non-inferiority has one side (alpha=0.025 "
            "matches a two-sided interval of 95 %)."
        )
    if difference + margin <= 0:
        raise InputError(
            f"difference ({difference:g}) lies at or below minus the margin ({margin:g}): there "
            "is nothing to show."
        )
    return Aim(float(difference), float(margin), level, alternative)


def counted_readers(n_readers: int | Sequence[int], least: int) -> tuple[int, ...]:
    """One number of readers or several."""
    given = [n_readers] if isinstance(n_readers, int | float | np.number) else n_readers
    many = _check.listed(given, name="n_readers")
    if not many:
        raise InputError("n_readers is empty; give one number of readers or several.")
    return tuple(_check.whole(one, name="n_readers", least=least) for one in many)


@dataclass(frozen=True)
class Found:
    """A number of readers with the cases they need, or the power they have."""

    readers: int
    cases: int | None
    power: float
    noncentrality: float
    df: float
    se: float


def solved(
    errors: Errors, what: Aim, readers: int, power: float | None, cases: int | None
) -> Found:
    """The cases for the power, or the power of the cases."""

    def at(n: int) -> float:
        return what.power(*errors.of(readers, n))[0]

    n = cases
    if power is not None:
        step = 2
        while at(step) < power and step < MOST:
            step *= 2
        if at(step) < power:
            return Found(readers, None, np.nan, np.nan, np.nan, np.nan)
        n = first(lambda m: at(m) >= power, max(2, step // 2))
    size = 0 if n is None else n
    variance, df = errors.of(readers, size)
    reached, noncentrality = what.power(variance, df)
    return Found(readers, size, reached, noncentrality, df, variance**0.5)


def reader_plan(
    errors: Errors,
    what: Aim,
    base: Pilot,
    readers: tuple[int, ...],
    *,
    power: float | None,
    n_cases: int | None,
    task: str,
    method: str,
    warnings: tuple[str, ...],
) -> PowerAnalysis:
    """The result: the first number of readers is the plan, all of them are its table."""
    if (power is None) == (n_cases is None):
        raise InputError("give power or n_cases, one of the two.")
    if power is not None:
        _check.fraction(power, name="power", low=0.5)
    cases = None if n_cases is None else _check.whole(n_cases, name="n_cases", least=3)
    found = [solved(errors, what, number, power, cases) for number in readers]
    plan = found[0]
    if plan.cases is None:
        raise InputError(NO_CASES.format(readers=plan.readers, power=power))
    n_positive = base.positives(plan.cases)
    sentence = (
        f"A study of {plan.readers} readers and {plan.cases} cases ({n_positive} positive), "
        f"{task}, shows {what} with a power of {plan.power:.2f} (alpha {what.alpha:g}, "
        f"{what.alternative}; {method})."
    )
    return PowerAnalysis(
        n=plan.cases,
        n_positive=n_positive,
        n_patients=plan.cases,
        method=method,
        warnings=warnings,
        criteria=tuple(_table_row(one, base, what.alpha) for one in found),
        values={
            "n_readers": plan.readers,
            "power": plan.power,
            "difference": what.difference,
            "noncentrality": plan.noncentrality,
            "df": plan.df,
            "se": plan.se,
        },
        sentence=sentence,
        design_effect=1.0,
        exact=float(plan.cases),
        power=plan.power,
        alpha=what.alpha,
        alternative=what.alternative,
    )


def _table_row(found: Found, base: Pilot, alpha: float) -> dict[str, object]:
    cases = found.cases
    return {
        "criterion": f"{found.readers} readers",
        "n_readers": found.readers,
        "n": np.nan if cases is None else cases,
        "n_positive": np.nan if cases is None else base.positives(cases),
        "power": found.power,
        "se": found.se,
        "df": found.df,
        "noncentrality": found.noncentrality,
        "alpha": alpha,
    }


def few_readers(readers: tuple[int, ...], random: bool) -> tuple[str, ...]:
    """What must be said of few random readers."""
    if not random or min(readers) >= FEW_READERS:
        return ()
    return (
        f"below {FEW_READERS} readers a test that speaks of all readers rests on very few degrees "
        "of freedom; plan more readers, or a study of fixed readers.",
    )
