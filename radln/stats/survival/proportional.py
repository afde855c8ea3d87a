"""Do hazard ratios stay the same over time?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, format_p, frozen
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats._intervals import quantile
from radln.stats._spline import knots_of, restricted_cubic
from radln.stats.survival._incidence import incidence
from radln.stats.survival._risk_sets import RiskSets, information, terms, tie_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    @property
    def coefficients(self) -> FloatArray: ...
    @property
    def model_covariance(self) -> FloatArray: ...


NO_TEST = (
    "too few different times of events for some tests of a change over time: no statistic, no p."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProportionalHazards(Result):
    """Score tests against hazard ratios that change over time; the last row is of all together.

    ``effects`` (m, p) are scaled Schoenfeld residuals around the coefficients: about what each log
    hazard ratio is at the event's time. ``clock`` is that time as the test transforms it.
    """

    names: tuple[str, ...]
    statistic: FloatArray
    df: FloatArray
    pvalue: FloatArray
    event_times: FloatArray
    clock: FloatArray
    effects: FloatArray
    coefficients: FloatArray

    def __post_init__(self) -> None:
        held = ("statistic", "df", "pvalue", "event_times", "clock", "effects", "coefficients")
        for name in held:
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

    def plot(
        self, ax: Axes | None = None, *, name: str | None = None, time_label: str = "Time"
    ) -> Axes:
        """The effect of one column over time, with a smooth curve and its 95 % band.

        Without ``name`` of the column with the smallest p-value. A level curve means that the
        hazard ratio does not change.
        """
        from radln._draw.survival import draw_effect

        chosen = self.names[int(np.argmin(self.pvalue[:-1]))] if name is None else name
        if chosen not in self.names[:-1]:
            raise InputError(f"name must be one of {', '.join(self.names[:-1])}; got {name!r}.")
        column = self.names.index(chosen)
        order = np.argsort(self.event_times, kind="stable")
        time, effect = self.event_times[order], self.effects[order, column]
        return draw_effect(
            time,
            effect,
            _smooth(self.clock[order], effect),
            level=float(self.coefficients[column]),
            name=chosen,
            pvalue=format_p(float(self.pvalue[column])),
            n=self.n,
            n_events=self.n_positive,
            time_label=time_label,
            ax=ax,
        )


def score_tests(
    sets: RiskSets, X: FloatArray, lp: FloatArray, fit: Fitted, transform: Transform
) -> ProportionalHazards:
    """The score tests of Grambsch and Therneau, without their approximation of the variances."""
    _check.choice(transform, TRANSFORMS, name="transform")
    spread = X.std(axis=0)
    X = (X - X.mean(axis=0)) / spread
    at = terms(sets, X, lp)
    clock = _clock(sets, transform)
    clock = (clock - clock.mean()) / (clock.std() or 1.0)
    p = X.shape[1]
    slope = (clock[:, None] * (X[sets.rows] - tie_means(sets, at))).sum(axis=0)
    curvature = np.empty((2 * p, 2 * p))
    curvature[:p, :p] = information(sets, X, at)
    curvature[:p, p:] = curvature[p:, :p] = information(sets, X, at, clock)
    curvature[p:, p:] = information(sets, X, at, clock**2)
    statistics = [_score(curvature, slope, [j]) for j in range(p)]
    statistics.append(_score(curvature, slope, list(range(p))))
    df = np.r_[np.ones(p), p]
    schoenfeld = (X[sets.rows] - tie_means(sets, at)) * spread
    scaled = sets.rows.size * schoenfeld @ fit.model_covariance
    return ProportionalHazards(
        n=fit.n,
        n_positive=fit.n_positive,
        n_patients=fit.n_patients,
        method=f"score test, time transformed by {transform}",
        warnings=(NO_TEST,) if np.isnan(statistics).any() else (),
        names=(*fit.names, "GLOBAL"),
        statistic=np.array(statistics),
        df=df,
        pvalue=chdtrc(df, np.array(statistics)),
        event_times=sets.time[sets.rows],
        clock=clock,
        effects=scaled + fit.coefficients,
        coefficients=fit.coefficients,
    )


def _score(curvature: FloatArray, slope: FloatArray, tested: list[int]) -> float:
    """The statistic of some products with time; NaN where the events tell too little of them."""
    p = slope.size
    used = [*range(p), *(p + j for j in tested)]
    part = curvature[np.ix_(used, used)]
    root = np.sqrt(np.diag(part))
    if not (root > 0).all() or np.linalg.matrix_rank(part / np.outer(root, root)) < len(used):
        return float("nan")
    vector = np.r_[np.zeros(p), slope[tested]] / root
    return float(vector @ np.linalg.solve(part / np.outer(root, root), vector))


def _smooth(clock: FloatArray, effect: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least squares on a 4-knot spline of the clock (a line with few different times)."""
    knots = knots_of(clock, 4)
    design = np.column_stack([np.ones(clock.size), clock])
    if np.unique(knots).size == 4 and clock.size > 8:
        design = np.column_stack([np.ones(clock.size), restricted_cubic(clock, knots)])
    inverse = np.linalg.pinv(design.T @ design)
    middle = design @ (inverse @ (design.T @ effect))
    left = max(clock.size - design.shape[1], 1)
    variance = ((effect - middle) ** 2).sum() / left
    arm = quantile(0.95) * np.sqrt(variance * ((design @ inverse) * design).sum(axis=1))
    return middle, middle - arm, middle + arm


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
