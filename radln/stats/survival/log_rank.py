"""Do groups differ in when the event comes?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, format_p, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import SingleClassError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.survival._outcome import labels, survival_outcome

Weights: TypeAlias = Literal["log-rank", "peto-peto"]
WEIGHTS = ("log-rank", "peto-peto")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LogRank(Result):
    """A test of equal survival; ``observed`` and ``expected`` events are weighted like the test."""

    statistic: float
    df: int
    pvalue: float
    groups: tuple[str, ...]
    sizes: IntArray
    observed: FloatArray
    expected: FloatArray

    def __post_init__(self) -> None:
        for name in ("sizes", "observed", "expected"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a group."""
        return pd.DataFrame(
            {
                "group": self.groups,
                "n": self.sizes,
                "observed": self.observed,
                "expected": self.expected,
                "statistic": self.statistic,
                "df": self.df,
                "pvalue": self.pvalue,
            }
        )

    def summary(self) -> str:
        """The test in words."""
        parts = [
            f"{group}: {o:.1f} observed, {e:.1f} expected"
            for group, o, e in zip(self.groups, self.observed, self.expected, strict=True)
        ]
        return (
            f"chi-square {self.statistic:.2f} on {self.df} df, {format_p(self.pvalue)}; "
            f"{'; '.join(parts)}; n = {self.n} ({self.n_positive} events); {self.method}."
        )


@case_wise()
def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    weights: Weights = "log-rank",
    strata: ArrayLike | None = None,
) -> LogRank:
    """Is the event equally frequent over time in all groups?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    group : shape (n,)
        Two groups or more, formed before the follow-up began.
    weights
        "log-rank" counts all times alike and is best where hazards are proportional; "peto-peto"
        weighs by the pooled survival just before, so that early events count more (rho = 1 of
        Harrington and Fleming).
    strata : shape (n,), optional
        Groups are compared within strata only, for example within sites.

    Returns
    -------
    LogRank

    Raises
    ------
    SingleClassError
        One group only, or nobody with the event.
    InputError, ShapeError

    Notes
    -----
    One row a patient; with several rows use the score test of :func:`cox` with ``cluster``. Groups
    of a marker cut where the groups differ most have no honest p-value here.

    References
    ----------
    Harrington and Fleming 1982, doi:10.1093/biomet/69.3.553.

    Examples
    --------
    >>> test = logrank([1, 3, 4, 6, 7, 9], [1, 1, 1, 1, 0, 1], ["a", "a", "b", "a", "b", "b"])
    >>> round(test.statistic, 3), round(test.pvalue, 3)
    (2.557, 0.11)
    """
    times, happened = survival_outcome(time, event)
    _check.choice(weights, WEIGHTS, name="weights")
    codes, names = labels(group, times.size, "group")
    if len(names) < 2:
        raise SingleClassError(f"group holds one group only ({names[0]!r}); two are compared.")
    stratum = labels(strata, times.size, "strata", many=True)[0]
    rho = WEIGHTS.index(weights)
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    for k in range(int(stratum.max()) + 1):
        inside = stratum == k
        if not happened[inside].any():
            continue
        part = _one_stratum(times[inside], happened[inside], codes[inside], len(names), rho)
        observed, expected = observed + part[0], expected + part[1]
        covariance = covariance + part[2]
    statistic, df = _chi_square(observed - expected, covariance, expected > 0)
    notes: tuple[str, ...] = ()
    if df < len(names) - 1:
        notes = (
            f"the groups can be compared in {df} way(s) only: some had nobody at risk at any "
            "event's time, or never together with the others (within strata).",
        )
    return LogRank(
        **counts(happened, None),
        method=f"{weights} test" + (", stratified" if strata is not None else ""),
        warnings=notes,
        statistic=statistic,
        df=df,
        pvalue=float(chdtrc(df, statistic)) if df else float("nan"),
        groups=names,
        sizes=np.bincount(codes, minlength=len(names)),
        observed=observed,
        expected=expected,
    )


def _one_stratum(
    time: FloatArray, happened: BoolArray, codes: IntArray, n_groups: int, rho: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted observed and expected events of every group, and the differences' covariance."""
    moments = np.unique(time[happened])
    at_risk, dead = np.empty((moments.size, n_groups)), np.empty((moments.size, n_groups))
    for g in range(n_groups):
        own = np.sort(time[codes == g])
        at_risk[:, g] = own.size - np.searchsorted(own, moments, side="left")
        ends = np.sort(time[(codes == g) & happened])
        dead[:, g] = np.searchsorted(ends, moments, "right") - np.searchsorted(ends, moments)
    n, d = at_risk.sum(axis=1), dead.sum(axis=1)
    weight = np.r_[1.0, np.cumprod((n - d) / n)[:-1]] ** rho
    share = at_risk / n[:, None]
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return weight @ dead, (weight * d) @ share, covariance


def _chi_square(
    difference: FloatArray, covariance: FloatArray, kept: BoolArray
) -> tuple[float, int]:
    """The quadratic form over all but one of the groups that were ever at risk."""
    used = np.flatnonzero(kept)[1:]
    spread = covariance[np.ix_(used, used)]
    if not spread.any():
        return float("nan"), 0
    roots, axes = np.linalg.eigh(spread)
    # groups that were never at risk together leave directions in which nothing is compared
    known = roots > 1e-10 * roots[-1]
    along = axes.T @ difference[used]
    return float((along[known] ** 2 / roots[known]).sum()), int(known.sum())
