"""Do hazard ratios stay the same over time?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, format_p, frozen
from radln._types import FloatArray
from radln.stats.survival._incidence import incidence
from radln.stats.survival._risk_sets import RiskSets, information, terms, tie_means

Transform: TypeAlias = Literal["km", "rank", "identity"]
TRANSFORMS = ("km", "rank", "identity")


class Fitted(Protocol):
    """What the test takes from a fit."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def n(self) -> int: ...
    @property
    def n_positive(self) -> int: ...
    @property
    def n_patients(self) -> int: ...


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProportionalHazards(Result):
    """Score tests against hazard ratios that change over time; the last row is of all together."""

    names: tuple[str, ...]
    statistic: FloatArray
    df: FloatArray
    pvalue: FloatArray

    def __post_init__(self) -> None:
        for name in ("statistic", "df", "pvalue"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a column, and one for all (GLOBAL)."""
        columns = {name: getattr(self, name) for name in ("statistic", "df", "pvalue")}
        return pd.DataFrame({"name": self.names} | columns)

    def summary(self) -> str:
        """Which columns deviate."""
        parts = [
            f"{name}: chi-square {s:.2f}, {format_p(p)}"
            for name, s, p in zip(self.names, self.statistic, self.pvalue, strict=True)
        ]
        return f"{'; '.join(parts)}; {self.n_positive} events of {self.n}; {self.method}."


def score_tests(
    sets: RiskSets, X: FloatArray, lp: FloatArray, fit: Fitted, transform: Transform
) -> ProportionalHazards:
    """The score tests of Grambsch and Therneau, without their approximation of the variances."""
    _check.choice(transform, TRANSFORMS, name="transform")
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    at = terms(sets, X, lp)
    clock = _clock(sets, transform)
    clock = (clock - clock.mean()) / (clock.std() or 1.0)
    p = X.shape[1]
    slope = (clock[:, None] * (X[sets.rows] - tie_means(sets, at))).sum(axis=0)
    curvature = np.empty((2 * p, 2 * p))
    curvature[:p, :p] = information(sets, X, at)
    curvature[:p, p:] = curvature[p:, :p] = information(sets, X, at, clock)
    curvature[p:, p:] = information(sets, X, at, clock**2)
    inverse = np.linalg.pinv(curvature, hermitian=True)
    statistics = []
    for j in range(p):
        used = [*range(p), p + j]
        vector = np.r_[np.zeros(p), slope[j]]
        statistics.append(vector @ np.linalg.solve(curvature[np.ix_(used, used)], vector))
    vector = np.r_[np.zeros(p), slope]
    statistics.append(vector @ inverse @ vector)
    df = np.r_[np.ones(p), p]
    return ProportionalHazards(
        n=fit.n,
        n_positive=fit.n_positive,
        n_patients=fit.n_patients,
        method=f"score test, time transformed by {transform}",
        names=(*fit.names, "GLOBAL"),
        statistic=np.array(statistics),
        df=df,
        pvalue=chdtrc(df, np.array(statistics)),
    )


def _clock(sets: RiskSets, transform: Transform) -> FloatArray:
    """The transformed time of every event; ranks are among all times, as in cox.zph."""
    time = sets.time[sets.rows]
    if transform == "identity":
        return time
    if transform == "rank":
        _, place, sizes = np.unique(sets.time, return_inverse=True, return_counts=True)
        ranks = np.cumsum(sizes) - (sizes - 1) / 2
        return np.asarray(ranks[place][sets.rows])
    pooled = incidence(sets.time, sets.event)
    return np.asarray(1 - pooled.before[np.searchsorted(pooled.time, time)])
