"""What every sample size needs: checks of what was assumed, rounding up, power of a z test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from radln import _check
from radln._result import Result
from radln.errors import InputError

SIDES = ("two-sided", "one-sided")
MANY = 30
CANDIDATES = (
    "Candidate parameters are all that are considered before any selection (every feature, "
    "category and spline term), and events per candidate parameter count them all; the criteria "
    "speak of unpenalised regression, and neither penalties nor selection lower the number."
)
RADIOMICS = (
    "With this many candidates no formula rescues the model: reduce them without looking at the "
    "outcome (reproducibility, redundancy, one score fixed beforehand) and count what is left."
)


@dataclass(frozen=True)
class Clustering:
    """How many nodes a patient brings, and how alike they are."""

    nodes_per_patient: float
    icc: float

    @property
    def design_effect(self) -> float:
        """By how much the number of nodes grows."""
        return 1 + (self.nodes_per_patient - 1) * self.icc

    def nodes(self, n: float) -> int:
        """As many clustered nodes as carry the information of ``n`` independent ones."""
        return up(n * self.design_effect)

    def patients(self, nodes: int) -> int:
        """The patients who bring these nodes."""
        return up(nodes / self.nodes_per_patient)

    def __str__(self) -> str:
        if self.design_effect == 1:
            return ""
        return (
            f" The number is inflated by a design effect of {self.design_effect:.3g} "
            f"({self.nodes_per_patient:g} nodes a patient, intraclass correlation {self.icc:g})."
        )


def clustering(nodes_per_patient: float, icc: float) -> Clustering:
    """The clustering, checked."""
    if not _check.is_number(nodes_per_patient) or nodes_per_patient < 1:
        raise InputError(f"nodes_per_patient must be 1 or more; got {nodes_per_patient!r}.")
    _check.between(icc, name="icc")
    return Clustering(float(nodes_per_patient), float(icc))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SampleSize(Result):
    """How many cases a study needs.

    ``n`` cases, of which about ``n_positive`` carry the outcome, from ``n_patients`` patients.
    ``criteria`` holds what each requirement asks for by itself (one row a requirement, the largest
    decides), ``values`` what was assumed and what follows, by name. ``sentence`` is for the methods
    section.
    """

    criteria: tuple[dict[str, object], ...]
    values: dict[str, float]
    sentence: str
    design_effect: float

    def frame(self) -> pd.DataFrame:
        """One row a requirement."""
        return pd.DataFrame([dict(row) for row in self.criteria])

    def summary(self) -> str:
        """The sentence for the methods section."""
        return self.sentence


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PowerAnalysis(SampleSize):
    """How many cases a comparison needs for its power, or what power its cases have.

    ``exact`` is the number of cases (positive ones for areas, of one group for two groups) before
    rounding up; ``power`` holds at the rounded number.
    """

    exact: float
    power: float
    alpha: float
    alternative: str


def up(n: float) -> int:
    """The next whole number; a sliver of rounding error does not count."""
    return int(np.ceil(n - 1e-9 * max(1.0, abs(n))))


def positive(value: float, name: str) -> float:
    """A finite number above 0."""
    if not _check.is_number(value) or value <= 0:
        raise InputError(f"{name} must be a number above 0; got {value!r}.")
    return float(value)


@dataclass(frozen=True)
class ZTest:
    """A z test: variances (times n) without and with the difference, and the difference."""

    null_variance: float
    variance: float
    difference: float

    def n(self, power: float, z_alpha: float) -> float:
        """How many cases give this power."""
        reach = z_alpha * self.null_variance**0.5 + float(ndtri(power)) * self.variance**0.5
        return float((reach / self.difference) ** 2)

    def power(self, n: float, z_alpha: float) -> float:
        """The power of n cases."""
        left = n**0.5 * abs(self.difference) - z_alpha * self.null_variance**0.5
        if self.variance == 0:
            return float(left > 0)
        return float(ndtr(left / self.variance**0.5))


@dataclass(frozen=True)
class Plan:
    """A solved z test: cases before rounding up (as many independent ones), power at the next whole
    number or at the given one, and what was asked."""

    exact: float
    power: float
    alpha: float
    alternative: str
    cluster: Clustering

    def finished(
        self,
        n: int,
        n_positive: int,
        about: str,
        method: str,
        *,
        values: dict[str, float] | None = None,
        warnings: tuple[str, ...] = (),
    ) -> PowerAnalysis:
        """The result for ``n`` cases; ``about`` says how many there are and what they show."""
        values = {"power": self.power, **(values or {})}
        sentence = (
            f"A study of {about} with a power of {self.power:.2f} (alpha {self.alpha:g}, "
            f"{self.alternative}; {method}).{self.cluster}"
        )
        return PowerAnalysis(
            n=n,
            n_positive=n_positive,
            n_patients=self.cluster.patients(n),
            method=method,
            warnings=warnings,
            criteria=({"criterion": "power", "n": n, **values, "alpha": self.alpha},),
            values=values,
            sentence=sentence,
            design_effect=self.cluster.design_effect,
            exact=self.exact,
            power=self.power,
            alpha=self.alpha,
            alternative=self.alternative,
        )


def planned(
    test: ZTest,
    cluster: Clustering,
    *,
    power: float | None,
    n: float | None,
    alpha: float,
    alternative: str,
    name: str = "n",
) -> Plan:
    """The number of cases for the power, or the power of the cases."""
    _check.fraction(alpha, name="alpha")
    _check.choice(alternative, SIDES, name="alternative")
    z = float(ndtri(1 - (alpha / 2 if alternative == "two-sided" else alpha)))
    if power is not None and n is None:
        exact = test.n(_check.fraction(power, name="power", low=0.5), z)
        return Plan(exact, test.power(up(exact), z), alpha, alternative, cluster)
    if n is not None and power is None:
        exact = positive(n, name) / cluster.design_effect
        return Plan(exact, test.power(exact, z), alpha, alternative, cluster)
    raise InputError(f"give power or {name}, one of the two.")


def first(enough: Callable[[int], bool], start: int) -> int:
    """The first whole number from ``start`` on that is enough, which larger ones stay."""
    if enough(start):
        return start
    step = 1
    while not enough(start + step):
        step *= 2
        if step > 2**40:
            raise InputError("no number of cases is enough; expect a better fit or ask for less.")
    low, high = start + step // 2, start + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def about_candidates(n_parameters: int) -> tuple[str, ...]:
    """What counts as a candidate, and that a thousand of them stay a thousand."""
    return (CANDIDATES, RADIOMICS) if n_parameters > MANY else (CANDIDATES,)
