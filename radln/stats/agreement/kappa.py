"""Agreement of two raters on categories beyond chance: Cohen's kappa, plain and weighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, EstimateResult, estimate_row, format_p, frozen
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._crossed import crossed
from radln.stats._intervals import mean_covariance, normal_pvalue, wald
from radln.stats.agreement._codings import below_chance, other_coding
from radln.stats.agreement._mistaken import refuse_ids_of_two
from radln.stats.agreement._ratings import (
    Categories,
    categories,
    order_for,
    order_of,
    refuse_measurements,
    several,
)

Weights: TypeAlias = Literal["linear", "quadratic"]
ONE_CATEGORY = "both raters use one and the same category: chance agreement is 1, 0 / 0."
ONE_PATIENT = "all cases come from one patient: neither interval nor test."
PERFECT = (
    "the raters never disagree: the standard error is 0, no interval is given, since it could not "
    "show how other cases would differ."
)
ALIKE = (
    "the standard error is 0 (a rater uses one category only, or every case tells the same): no "
    "interval is given, since it could not show how other cases would differ."
)
SLIVER = 1e-12


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Kappa(EstimateResult):
    """Cohen's kappa of two raters.

    ``observed`` and ``expected`` are the (weighted) shares of agreement, seen and by chance;
    ``exact`` is the share of cases in one and the same category, ``unweighted`` the kappa that
    counts every disagreement alike: without weights they are ``observed`` and the estimate.
    ``table[i, j]`` counts the cases that a called ``labels[i]`` and b ``labels[j]``. ``se`` is the
    error behind the interval; ``se_null`` the error without agreement, behind ``statistic`` (z)
    and ``pvalue``. ``n_positive`` is 0: there is no outcome.
    """

    weights: Weights | None
    labels: tuple[Any, ...]
    table: IntArray
    observed: float
    expected: float
    exact: float
    unweighted: float
    se_null: float
    statistic: float
    pvalue: float

    def frame(self) -> pd.DataFrame:
        """One row: kappa with its interval, its parts and the test."""
        row = {
            **estimate_row(self.estimate, weights=self.weights or "none"),
            "observed": self.observed,
            "expected": self.expected,
            "exact": self.exact,
            "unweighted": self.unweighted,
            "se_null": self.se_null,
            "statistic": self.statistic,
            "pvalue": self.pvalue,
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """Kappa in words."""
        kind = f"{self.weights}ly weighted kappa" if self.weights == "linear" else "kappa"
        kind = "quadratically weighted kappa" if self.weights == "quadratic" else kind
        with_weights = f" with {self.weights} weights" if self.weights else ""
        exact = ""
        if self.weights:
            same = int(np.trace(self.table))
            exact = (
                f"; exact agreement {100 * self.exact:.1f} % ({same}/{self.n}), unweighted kappa "
                f"{Estimate(self.unweighted, np.nan, np.nan).format().partition(' (')[0]}"
            )
        return (
            f"{kind} {self.estimate.format()}, {format_p(self.pvalue)}; observed agreement"
            f"{with_weights} {100 * self.observed:.1f} %, by chance {100 * self.expected:.1f} %"
            f"{exact}; n = {self.n}, {self.n_patients} patients, {len(self.labels)} categories; "
            f"{self.method}."
        )


@case_wise()
def kappa(
    a: ArrayLike,
    b: ArrayLike | None = None,
    *,
    weights: Weights | None = None,
    labels: Sequence[Any] | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Kappa:
    """How far do two raters agree on categories, beyond what chance would give?

    Parameters
    ----------
    a, b : shape (n,)
        The categories that each rater gave to the same cases: numbers, text or bool. A missing
        rating is refused. Or ``a`` alone, their square table of counts: rows a, columns b, both
        from the lowest category to the highest, without margins. A 2 x 2 table of 20
        cases or fewer is refused: it may as well be two cases rated by two raters.
    weights
        None: every disagreement counts the same. ``linear`` or ``quadratic``: the less the closer
        the two categories are.
    labels
        All categories, from the lowest to the highest; also those that nobody used. Needed for
        weights where the categories (of a table its labels) are no numbers; an ordered Categorical
        brings its own, which labels must not contradict. With labels the categories are equally
        spaced; without, numbers are as far apart as their values (3 and 5 are two steps).
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    Kappa
        NaN where both raters use one and the same category. Without any disagreement it is 1
        without an interval. Negative values stay. ``warnings`` names the first two, and an interval
        wholly below 0.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    The interval is Wald's with the large-sample variance of Fleiss, Cohen and Everitt at the
    estimate, cut off at -1 and 1; z and p use their variance without agreement (psych's interval of
    a weighted kappa departs from it). With ``cluster`` the same linearisation is summed over each
    patient, and both use that error. Kappa depends on how common the categories are: compare it
    only between samples of like prevalence, and report the observed agreement beside it.

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104; Cohen 1968, doi:10.1037/h0026256; Fleiss, Cohen and
    Everitt 1969, doi:10.1037/h0028106; Kang et al. 2013, doi:10.1002/sim.5796 (clusters).

    Examples
    --------
    >>> a = [1, 1, 2, 2, 3, 3, 1, 2, 3, 1]
    >>> b = [1, 1, 2, 3, 3, 3, 1, 2, 2, 2]
    >>> kappa(a, b).estimate.format()
    '0.55 (0.14–0.97)'
    >>> kappa(a, b, weights="quadratic").estimate.format()
    '0.77 (0.52–1.00)'
    >>> round(kappa([[20, 5], [10, 15]]).value, 4)  # counts: rows a, columns b
    0.4
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    if b is None:
        if cluster is not None:
            raise InputError("a and b must be one value a case with cluster, not a table.")
        if isinstance(a, pd.DataFrame) and labels is not None:
            labels = order_for(labels, a.axes, weights, "the table a")
        by_value = labels is None and weights is not None and _numbered(a)
        if labels is None and weights is not None and not by_value:
            a, labels = _ordered_table(a)
        one, two, labels = crossed(a, labels, calls=False)
        names = np.array(labels, dtype=object)
        a, b = names[one], names[two]
        if by_value:
            labels = None  # numbers are as far apart as their values
    labels = order_for(labels, (a, b), weights, "a and b")
    first, second = np.asarray(a, dtype=object), np.asarray(b, dtype=object)
    for values, name in ((first, "a"), (second, "b")):
        if values.ndim != 1:
            raise ShapeError(f"{name} must be one-dimensional; got shape {values.shape}.")
    if first.size != second.size:
        raise ShapeError(f"a has {first.size} values but b has {second.size}; one per case.")
    doubts: tuple[str, ...] = ()
    if labels is None:
        both = np.stack([first, second], axis=1)
        doubts = (*refuse_ids_of_two(first, second), *refuse_measurements(both, "a and b"))
    rated = categories(
        np.stack([first, second], axis=1), labels=labels, weights=weights, name="a and b"
    )
    coded = other_coding(rated.codes, rated.labels, ("a", "b"))
    codes = several(_check.clusters(cluster, first.size))
    value, parts, influence = cohen(rated.codes[:, 0], rated.codes[:, 1], rated.weights)
    estimate, null, notes = _errors(value, parts, influence, codes, level)
    statistic = value / null if null > 0 else np.nan
    plain = cohen(rated.codes[:, 0], rated.codes[:, 1], np.eye(len(rated.labels)))
    return Kappa(
        n=first.size,
        n_positive=0,
        n_patients=first.size if codes is None else int(codes.max()) + 1,
        method=estimate.method,
        warnings=(*doubts, *notes, *(coded or below_chance(estimate))),
        estimate=estimate,
        weights=weights,
        labels=rated.labels,
        table=frozen(cross_table(rated)),
        observed=parts.observed,
        expected=parts.expected,
        exact=plain[1].observed,
        unweighted=plain[0],
        se_null=null,
        statistic=statistic,
        pvalue=normal_pvalue(statistic, "two-sided"),
    )


def _numbered(table: ArrayLike) -> bool:
    """Whether the categories of a table of counts are numbers."""
    return isinstance(table, pd.DataFrame) and all(
        isinstance(name, int | float | np.number) for axis in table.axes for name in axis
    )


def _ordered_table(table: ArrayLike) -> tuple[ArrayLike, list[Any] | None]:
    """A table with every category of its ordered labels, and these; numbers and arrays as they are.

    Labels of text alone are refused: a table has them in alphabetical order.
    """
    if not isinstance(table, pd.DataFrame):
        return table, None
    axes = [table.index, table.columns]
    order = order_of(axes, "rows and columns of the table a")
    names = {name for axis in axes for name in axis}
    if order is not None and names <= set(order) and all(axis.is_unique for axis in axes):
        plain = pd.DataFrame(table.to_numpy(), index=list(axes[0]), columns=list(axes[1]))
        return plain.reindex(index=order, columns=order, fill_value=0), order
    raise InputError(
        "weights need the order of the categories, and a table has labels of text in that of the "
        f"alphabet ({list(axes[0])[:6]}): give labels from the lowest to the highest."
    )


@dataclass(frozen=True)
class Parts:
    """Observed and expected agreement, and the variance of kappa without agreement."""

    observed: float
    expected: float
    null_variance: float


def cohen(a: IntArray, b: IntArray, weights: FloatArray) -> tuple[float, Parts, FloatArray]:
    """Weighted kappa of two raters' codes, its parts, and the influence (n,) of each case on it."""
    q = weights.shape[0]
    p, r = np.bincount(a, minlength=q) / a.size, np.bincount(b, minlength=q) / a.size
    agreement = weights[a, b]
    observed, expected = float(agreement.mean()), float(p @ weights @ r)
    if expected >= 1 - SLIVER:
        return np.nan, Parts(observed, 1.0, np.nan), np.full(a.size, np.nan)
    value = (observed - expected) / (1 - expected)
    if p.max() == 1 or r.max() == 1:
        # one rater's calls say nothing
        return 0.0, Parts(observed, expected, 0.0), np.zeros(a.size)
    rows, columns = weights @ r, weights.T @ p
    by_chance = rows[a] + columns[b] - 2 * expected
    influence = (agreement - observed - (1 - value) * by_chance) / (1 - expected)
    spread = p @ (weights - rows[:, None] - columns) ** 2 @ r - expected**2
    null = float(spread) / (a.size * (1 - expected) ** 2) if spread > 1e-14 else 0.0
    return value, Parts(observed, expected, null), influence


def no_spread(value: float) -> str:
    """What to say where the standard error is 0."""
    return PERFECT if value > 1 - SLIVER else ALIKE


def cross_table(rated: Categories) -> IntArray:
    """How often each pair of categories was given."""
    q = len(rated.labels)
    pairs = rated.codes[:, 0] * q + rated.codes[:, 1]
    return np.bincount(pairs, minlength=q * q).reshape(q, q)


def _errors(
    value: float, parts: Parts, influence: FloatArray, cluster: IntArray | None, level: float
) -> tuple[Estimate, float, tuple[str, ...]]:
    """The estimate with its interval, the error of the test, and what is to be said."""
    if np.isnan(value):
        method = "not estimable"
        return Estimate(value, np.nan, np.nan, level, method), np.nan, (ONE_CATEGORY,)
    if cluster is None:
        # Fleiss, Cohen and Everitt divide by n
        method = "Wald; Fleiss, Cohen and Everitt's variance"
        se, null = float(np.sqrt((influence**2).sum())) / influence.size, parts.null_variance**0.5
    else:
        method = "Wald, linearised, clustered by patient"
        se = null = float(np.sqrt(mean_covariance(influence[:, None], cluster)[0, 0]))
    notes: tuple[str, ...] = ()
    if np.isnan(se):
        notes = (ONE_PATIENT,)
    elif se < SLIVER:
        notes, se = (no_spread(value),), np.nan
        null = null if cluster is None else np.nan
    return wald(value, se, level, method, bounds=(-1.0, 1.0)), null, notes
