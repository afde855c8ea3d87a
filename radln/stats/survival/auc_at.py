"""How well does a risk tell who has the event by a given time from who does not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, format_p, frozen
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, cluster_sums, counts, quantile
from radln.stats._widths import one_sided
from radln.stats._ztest import difference_test
from radln.stats.discrimination._area_interval import farthest_limits
from radln.stats.survival._incidence import censoring
from radln.stats.survival._inverse import (
    influence_covariance,
    refuse_empty,
    status_at,
    weighted_placements,
)
from radln.stats.survival._outcome import (
    about_codes,
    competing_outcome,
    marker_at,
    moments,
    patients,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Controls: TypeAlias = Literal["event-free", "without-cause"]
CONTROLS = ("event-free", "without-cause")
NO_SPREAD = 1e-12
FLAT = (
    "at some times the risk separates perfectly, or is one for all, so that the area has no "
    "spread; its limits there are Newcombe's (method 5), for so many patients."
)
COLUMNS = ("auc", "se", "low", "high", "n_cases", "n_controls", "n_censored")


@dataclass(frozen=True, eq=False)
class _Weighed:
    """The weights of cases and controls at one time, and how many were lost before it."""

    case: FloatArray
    control: FloatArray
    n_censored: int

    @property
    def n_cases(self) -> int:
        return int((self.case > 0).sum())

    @property
    def n_controls(self) -> int:
        return int((self.control > 0).sum())

    @property
    def lone(self) -> bool:
        """Whether there is but one case, or one control, whose own spread is unknown."""
        return min(self.n_cases, self.n_controls) < 2

    def worth(self, patient: IntArray | None) -> tuple[float, float]:
        """How many patients of equal weight tell as much (Kish), of cases and of controls."""
        cases, controls = (
            w if patient is None else cluster_sums(w, patient) for w in (self.case, self.control)
        )
        return (
            float(cases.sum() ** 2 / (cases**2).sum()),
            float(controls.sum() ** 2 / (controls**2).sum()),
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucAt(Result):
    """Areas under the time-dependent ROC curves at ``times``, with pointwise intervals."""

    times: FloatArray
    auc: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    n_cases: IntArray
    n_controls: IntArray
    n_censored: IntArray
    confidence_level: float

    def __post_init__(self) -> None:
        for name in ("times", *COLUMNS):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def value(self) -> FloatArray:
        """The areas at the times."""
        return self.auc

    def frame(self) -> pd.DataFrame:
        """One row a time; ``n_censored`` were lost before it and count through the weights."""
        return pd.DataFrame({"time": self.times} | {name: getattr(self, name) for name in COLUMNS})

    def summary(self) -> str:
        """The areas in words."""
        parts = [
            f"by {t:g}: {Estimate(a, low, high).format(3)}"
            for t, a, low, high in zip(self.times, self.auc, self.low, self.high, strict=True)
        ]
        return (
            f"AUC {'; '.join(parts)}; {self.n_positive} events of {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_label: str = "Time") -> Axes:
        """The areas over time with their intervals; ``time_label`` should name the unit."""
        from radln._draw.survival import draw_over_time

        return draw_over_time(
            {"": (self.times, self.auc, self.low, self.high)},
            ylabel="AUC",
            reference=0.5,
            n=self.n,
            n_events=self.n_positive,
            time_label=time_label,
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucAtComparison(Result):
    """Differences ``a - b`` of time-dependent areas, each time with its own test."""

    times: FloatArray
    auc_a: FloatArray
    auc_b: FloatArray
    difference: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    statistic: FloatArray
    pvalue: FloatArray
    alternative: Alternative
    confidence_level: float

    def __post_init__(self) -> None:
        for name in ("times", *self._columns):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def _columns(self) -> tuple[str, ...]:
        return ("auc_a", "auc_b", "difference", "se", "low", "high", "statistic", "pvalue")

    @property
    def value(self) -> FloatArray:
        """The differences at the times."""
        return self.difference

    def frame(self) -> pd.DataFrame:
        """One row a time."""
        table = {"time": self.times} | {name: getattr(self, name) for name in self._columns}
        return pd.DataFrame(table | {"alternative": self.alternative})

    def summary(self) -> str:
        """The differences in words."""
        columns = (self.times, self.auc_a, self.auc_b, self.difference, self.low, self.high)
        parts = [
            f"by {t:g}: {a:.3f} against {b:.3f}, difference {Estimate(d, low, high).format(3)}, "
            f"{format_p(p)}"
            for t, a, b, d, low, high, p in zip(*columns, self.pvalue, strict=True)
        ]
        return (
            f"{'; '.join(parts).replace('-', '−')} ({self.alternative}); {self.n_positive} events "
            f"of {self.n}, {self.n_patients} patients; {self.method}."
        )


@case_wise()
def auc_at(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    times: ArrayLike,
    *,
    cause: int = 1,
    controls: Controls = "event-free",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> AucAt:
    """Of one with the event by a time and one without, does the first have the higher risk?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1, or 0, 1, 2, ... with competing events
    risk : shape (n,), or (n, k) with a column for each of ``times``
        Higher means the event is expected earlier; any scale.
    times : shape (k,), above 0, increasing
    cause
        The code of the event of interest; other codes above 0 compete with it.
    controls
        Where events compete: "event-free" (nothing has happened by the time) or "without-cause"
        (those with a competing event before it belong to the controls as well).
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    AucAt

    Raises
    ------
    InputError, ShapeError, SingleClassError

    Notes
    -----
    Cases have the event at or before the time (cumulative), controls are followed beyond it
    (dynamic); both are weighted by the inverse probability of being followed so long, from a
    Kaplan-Meier estimate of censoring on these data. Censoring must not depend on the risk. The
    standard errors, from influence functions with the estimated weights, equal riskRegression's.
    Wald's limits collapse onto an area near 0 or 1; there Newcombe's (method 5) hold them off, as
    in :func:`auc`, patients counted as their weights allow. At a time with a single case or control
    there is none.

    References
    ----------
    Blanche, Dartigues and Jacqmin-Gadda 2013, doi:10.1002/sim.5958; Hung and Chiang 2010,
    doi:10.1002/cjs.10046; Newcombe 2006, doi:10.1002/sim.2324.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> result = auc_at(time, event, [9, 4, 7, 8, 2, 3, 5, 1], [6, 10])
    >>> result.auc.round(3).tolist()
    [0.892, 1.0]
    """
    _check.choice(controls, CONTROLS, name="controls")
    z = quantile(confidence_level)
    times_, codes = competing_outcome(time, event, cause=cause)
    asked = moments(times)
    marker = marker_at(risk, times_.size, asked.size, "risk")
    patient = patients(cluster, times_.size)
    area, influence, found = _areas(times_, codes, marker, asked, cause, controls)
    lone = np.array([part.lone for part in found])
    se = np.sqrt(np.diag(influence_covariance(influence, patient)))
    se = np.where(lone, np.nan, se)
    low, high = area - z * se, area + z * se
    flat = se < NO_SPREAD
    for k in np.flatnonzero(~lone):
        whole = round(float(area[k]), 12)  # 1 but for rounding is 1
        least, most = farthest_limits(whole, found[k].worth(patient), z**2)
        low[k], high[k] = np.fmin(low[k], least), np.fmax(high[k], most)
    return AucAt(
        **counts(codes == cause, patient),
        method=_described(controls, codes, cause, patient),
        warnings=about_codes(codes) + _about(asked, lone) + ((FLAT,) if flat.any() else ()),
        times=asked,
        auc=area,
        se=se,
        low=np.clip(low, 0, 1),
        high=np.clip(high, 0, 1),
        n_cases=np.array([part.n_cases for part in found]),
        n_controls=np.array([part.n_controls for part in found]),
        n_censored=np.array([part.n_censored for part in found]),
        confidence_level=confidence_level,
    )


@case_wise()
def compare_auc_at(
    time: ArrayLike,
    event: ArrayLike,
    risk_a: ArrayLike,
    risk_b: ArrayLike,
    times: ArrayLike,
    *,
    cause: int = 1,
    controls: Controls = "event-free",
    alternative: Alternative = "two-sided",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> AucAtComparison:
    """At each time, does risk a tell the same patients apart better than risk b?

    Parameters
    ----------
    time, event, times, cause, controls, cluster
        As in :func:`auc_at`.
    risk_a, risk_b : shape (n,) or (n, k)
    alternative
        "greater" means that a is better.
    confidence_level : in (0, 1)
        Of the two-sided pointwise intervals of the difference.

    Returns
    -------
    AucAtComparison
        One test a time, not adjusted for there being several: name one time beforehand.

    Raises
    ------
    InputError, ShapeError, SingleClassError

    References
    ----------
    Blanche, Dartigues and Jacqmin-Gadda 2013, doi:10.1002/sim.5958.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> a, b = [9, 4, 7, 8, 2, 3, 5, 1], [5, 6, 2, 8, 3, 7, 1, 4]
    >>> compare_auc_at(time, event, a, b, [6]).difference.round(3).tolist()
    [0.508]
    """
    _check.choice(controls, CONTROLS, name="controls")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    z = quantile(confidence_level)
    times_, codes = competing_outcome(time, event, cause=cause)
    asked = moments(times)
    patient = patients(cluster, times_.size)
    areas, influences = [], []
    for risk, name in ((risk_a, "risk_a"), (risk_b, "risk_b")):
        marker = marker_at(risk, times_.size, asked.size, name)
        area, influence, found = _areas(times_, codes, marker, asked, cause, controls)
        areas.append(area)
        influences.append(influence)
    gap = areas[0] - areas[1]
    spread = influence_covariance(influences[0] - influences[1], patient)
    se = np.sqrt(np.maximum(np.diag(spread), 0))
    lone = np.array([part.lone for part in found])
    se = np.where(lone, np.nan, np.where(se < NO_SPREAD, 0.0, se))
    tests = [difference_test(float(g), float(s), alternative) for g, s in zip(gap, se, strict=True)]
    told = [test.warnings for test, few in zip(tests, lone, strict=True) if not few]
    said = _about(asked, lone) + tuple(dict.fromkeys(note for notes in told for note in notes))
    sides = [np.diag(influence_covariance(one, patient)) for one in influences]
    said += one_sided(
        (f"at {at:g}", float(a), float(b))
        for at, a, b, few in zip(asked, *sides, lone, strict=True)
        if not few
    )
    return AucAtComparison(
        **counts(codes == cause, patient),
        method=f"{_described(controls, codes, cause, patient)}, paired",
        warnings=about_codes(codes) + said,
        times=asked,
        auc_a=areas[0],
        auc_b=areas[1],
        difference=gap,
        se=se,
        low=gap - z * se,
        high=gap + z * se,
        statistic=np.array([test.statistic for test in tests]),
        pvalue=np.array([test.pvalue for test in tests]),
        alternative=alternative,
        confidence_level=confidence_level,
    )


def _about(asked: FloatArray, lone: BoolArray) -> tuple[str, ...]:
    """What must be said of times with a single case or control."""
    if not lone.any():
        return ()
    times = ", ".join(f"{at:g}" for at in asked[lone])
    return (
        f"no interval and no p-value at {times}: each class needs at least two cases; ask for "
        "another time.",
    )


def _described(controls: str, codes: IntArray, cause: int, patient: IntArray | None) -> str:
    parts = ["cumulative/dynamic AUC, inverse probability of censoring weights"]
    if ((codes > 0) & (codes != cause)).any():
        parts.append(f"competing events, controls {controls}")
    return ", ".join([*parts, *(["clustered by patient"] if patient is not None else [])])


def _areas(
    time: FloatArray,
    codes: IntArray,
    marker: FloatArray,
    asked: FloatArray,
    cause: int,
    controls: str,
) -> tuple[FloatArray, FloatArray, list[_Weighed]]:
    """Areas (k,), their influences (n, k), and who is weighed at each time."""
    follow = censoring(time, codes != 0)
    areas, influences, found = [], [], []
    for k, at in enumerate(asked):
        status = status_at(float(at), time, codes, cause, follow)
        case = status.case
        control = status.free + (status.other if controls == "without-cause" else 0.0)
        refuse_empty(float(at), status, control)
        above, below = case.sum(), control.sum()
        placed = weighted_placements(marker[:, k], control)
        beaten = above - weighted_placements(marker[:, k], case)
        area = float((case * placed).sum() / above / below)
        own = case * (placed - area * below) + control * (beaten - area * above)
        influences.append((own + follow.spread(own, status.last)) / above / below)
        areas.append(area)
        found.append(_Weighed(case, control, int(((time <= at) & (codes == 0)).sum())))
    return np.array(areas), np.stack(influences, axis=1), found
