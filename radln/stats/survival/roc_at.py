"""Sensitivity and specificity of a risk for having the event by a given time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result, frozen
from radln._types import ArrayLike, FloatArray
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.survival._incidence import censoring
from radln.stats.survival._inverse import refuse_empty, status_at
from radln.stats.survival._outcome import about_codes, competing_outcome, moment, vector
from radln.stats.survival.auc_at import CONTROLS, Controls

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RocCurveAt(Result):
    """The ROC curve at one time: those with a risk of at least the threshold are called positive.

    The first threshold is infinite: nobody is positive. ``auc`` has its interval in :func:`auc_at`.
    """

    at: float
    thresholds: FloatArray
    sensitivity: FloatArray
    specificity: FloatArray
    auc: float

    def __post_init__(self) -> None:
        for name in ("thresholds", "sensitivity", "specificity"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def value(self) -> float:
        """The area."""
        return self.auc

    def frame(self) -> pd.DataFrame:
        """One row a threshold, falling."""
        return pd.DataFrame(
            {
                "threshold": self.thresholds,
                "sensitivity": self.sensitivity,
                "specificity": self.specificity,
            }
        )

    def summary(self) -> str:
        """The area in words."""
        return (
            f"ROC curve for the event by {self.at:g}, {self.thresholds.size - 1} thresholds, AUC "
            f"{self.auc:.3f}; {self.n_positive} events of {self.n}; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_unit: str = "") -> Axes:
        """The curve; ``time_unit`` ("years") stands behind the time in the legend."""
        from radln._draw.survival import draw_roc_at

        label = f"by {self.at:g} {time_unit}".strip() + f": AUC {self.auc:.3f}"
        return draw_roc_at(
            {label: (1 - self.specificity, self.sensitivity)},
            n=self.n,
            n_events=self.n_positive,
            ax=ax,
        )


@case_wise()
def roc_curve_at(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    at: float,
    *,
    cause: int = 1,
    controls: Controls = "event-free",
) -> RocCurveAt:
    """At each threshold of a risk, what share of those with the event by a time is found?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1, or 0, 1, 2, ... with competing events
    risk : shape (n,), finite
        Higher means the event is expected earlier.
    at : above 0
    cause, controls
        As in :func:`auc_at`.

    Returns
    -------
    RocCurveAt

    Raises
    ------
    InputError, ShapeError, SingleClassError

    Notes
    -----
    Cumulative sensitivity and dynamic specificity, weighted for censoring as in :func:`auc_at`.

    References
    ----------
    Heagerty, Lumley and Pepe 2000, doi:10.1111/j.0006-341X.2000.00337.x; Blanche et al. 2013,
    doi:10.1002/sim.5958.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12], [1, 1, 1, 1, 0, 1]
    >>> curve = roc_curve_at(time, event, [9, 4, 7, 8, 2, 3], 6)
    >>> curve.sensitivity.round(2).tolist(), curve.specificity.round(2).tolist()
    ([0.0, 0.33, 0.33, 0.67, 1.0, 1.0, 1.0], [1.0, 1.0, 0.67, 0.67, 0.67, 0.33, 0.0])
    """
    _check.choice(controls, CONTROLS, name="controls")
    times, codes = competing_outcome(time, event, cause=cause)
    marker = vector(risk, times.size, "risk")
    t = moment(at)
    status = status_at(t, times, codes, cause, censoring(times, codes != 0))
    control = status.free + (status.other if controls == "without-cause" else 0.0)
    refuse_empty(t, status, control)
    values, place = np.unique(-marker, return_inverse=True)
    found = []
    for weight in (status.case, control):
        sums = np.r_[0.0, np.cumsum(np.bincount(place, weights=weight, minlength=values.size))]
        found.append(sums / sums[-1])
    sensitivity, alarms = found
    area = float((np.diff(alarms) * (sensitivity[1:] + sensitivity[:-1])).sum() / 2)
    return RocCurveAt(
        **counts(codes == cause, None),
        method="cumulative/dynamic, inverse probability of censoring weights",
        warnings=about_codes(codes),
        at=t,
        thresholds=np.r_[np.inf, -values],
        sensitivity=sensitivity,
        specificity=1 - alarms,
        auc=area,
    )
