"""How many have had one kind of event, where another can come first?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._result import Result, frozen
from radln._types import ArrayLike, FloatArray, IntArray
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, quantile
from radln.stats._patients import ENOUGH_PATIENTS, Tally, without_inference
from radln.stats.survival._incidence import incidence
from radln.stats.survival._intervals import limits
from radln.stats.survival._outcome import about_codes, competing_outcome, labels, moments, patients

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLIC = ("time", "n_risk", "n_event", "incidence", "se", "low", "high")


@dataclass(frozen=True, eq=False, kw_only=True)
class IncidenceCurve:
    """One group's cumulative incidence of one cause at its distinct times.

    ``complete``: nobody was left at the end, so that the curve stays where it is. No limits are
    given where nobody has had the event yet, or everybody has.
    """

    label: str
    cause: int
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    incidence: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    complete: bool

    def __post_init__(self) -> None:
        for name in PUBLIC:
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a distinct time."""
        table = {"group": self.label, "cause": self.cause}
        return pd.DataFrame(table | {name: getattr(self, name) for name in PUBLIC})

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """The curve at chosen times; NaN beyond the last follow-up unless it is complete."""
        asked = moments(times)
        index = np.searchsorted(self.time, asked, side="right") - 1
        table: dict[str, object] = {"group": self.label, "cause": self.cause, "time": asked}
        table["n_risk"] = np.r_[self.n_risk, 0.0][np.searchsorted(self.time, asked, side="left")]
        known = (asked <= self.time[-1]) | self.complete
        starts = {"incidence": 0.0, "se": 0.0, "low": np.nan, "high": np.nan}
        for name, start in starts.items():
            values = np.r_[start, getattr(self, name)][index + 1]
            table[name] = np.where(known, values, np.nan)
        return pd.DataFrame(table)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CumulativeIncidence(Result):
    """Curves of every cause (and group); ``n_positive`` counts events of any cause."""

    curves: tuple[IncidenceCurve, ...]
    confidence_level: float

    def frame(self) -> pd.DataFrame:
        """One row a group, cause and distinct time."""
        return pd.concat([curve.frame() for curve in self.curves], ignore_index=True)

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """One row a group, cause and asked time."""
        return pd.concat([curve.at(times) for curve in self.curves], ignore_index=True)

    def summary(self) -> str:
        """Every curve's last value."""
        parts = [
            f"{_name(c)}: {100 * c.incidence[-1]:.1f} % by {c.time[-1]:.4g}" for c in self.curves
        ]
        return (
            f"cumulative incidence, {'; '.join(parts)}; n = {self.n}, {self.n_patients} patients; "
            f"{self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_label: str = "Time") -> Axes:
        """The curves with their bands; ``time_label`` should name the unit."""
        from radln._draw.survival import draw_incidence

        return draw_incidence(
            {_name(c): (c.time, c.incidence, c.low, c.high) for c in self.curves},
            n=self.n,
            n_events=self.n_positive,
            time_label=time_label,
            ax=ax,
        )


def _name(curve: IncidenceCurve) -> str:
    return f"cause {curve.cause}" + (f", {curve.label}" if curve.label else "")


@case_wise()
def cumulative_incidence(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> CumulativeIncidence:
    """What share of patients has had each kind of event by each time?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0, 1, 2, ...
        0 censored; 1, 2, ... which kind of event ended the follow-up.
    group : shape (n,), optional
        One curve a group and cause.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    InputError, ShapeError

    Notes
    -----
    Aalen-Johansen estimate with the infinitesimal jackknife's error and intervals on the log
    scale, as survfit of R's survival. 1 - Kaplan-Meier with the other causes censored is larger
    and answers no clinical question.

    References
    ----------
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704; Austin, Lee and Fine 2016,
    doi:10.1161/CIRCULATIONAHA.115.017719.

    Examples
    --------
    >>> result = cumulative_incidence([2, 3, 5, 8, 9, 12], [1, 0, 2, 1, 0, 2])
    >>> result.at([10])[["cause", "incidence"]].round(3).values.tolist()
    [[1.0, 0.375], [2.0, 0.208]]
    """
    times, codes = competing_outcome(time, event, cause=_first(event))
    level = (confidence_level, quantile(confidence_level))[0]
    groups, names = labels(group, times.size, "group")
    patient = patients(cluster, times.size)
    causes = [int(cause) for cause in np.unique(codes[codes > 0])]
    curves: list[IncidenceCurve] = []
    notes: list[str] = []
    enough = patient is None or np.unique(patient[codes > 0]).size >= ENOUGH_PATIENTS
    for k, name in enumerate(names):
        inside = groups == k
        own = None
        if patient is not None:
            own = np.unique(patient[inside], return_inverse=True)[1]
        for cause in causes:
            curve = _curve(name, cause, times[inside], codes[inside], own, level)
            if own is not None and np.bincount(own).max() > 1:
                who = f"have an event of cause {cause}" + (f" in group {name!r}" if name else "")
                tally = Tally(np.unique(own[codes[inside] == cause]).size, who, alone=False)
                notes += tally.notes if enough or tally.withheld else ()
                curve = without_inference(curve, tally.why) if tally.withheld else curve
            curves.append(curve)
    errors = "infinitesimal jackknife" + (", by patient" if patient is not None else "")
    return CumulativeIncidence(
        **counts(codes > 0, patient),
        method=f"Aalen-Johansen, {errors}, log intervals",
        warnings=(*about_codes(codes), *notes),
        curves=tuple(curves),
        confidence_level=level,
    )


def _first(event: ArrayLike) -> int:
    """The smallest code of an event, or 1 where there is none to be found."""
    values = np.asarray(event)
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        return 1
    found = values[values >= 1]
    return int(found.min()) if found.size else 1


def _curve(
    label: str,
    cause: int,
    time: FloatArray,
    codes: IntArray,
    patient: IntArray | None,
    level: float,
) -> IncidenceCurve:
    table = incidence(time, codes, cause)
    se = np.sqrt(table.variance(patient))
    low, high = limits(table.incidence, se, "log", level)
    return IncidenceCurve(
        label=label,
        cause=cause,
        time=table.time,
        n_risk=table.n_risk,
        n_event=table.n_cause,
        incidence=table.incidence,
        se=se,
        low=low,
        high=high,
        complete=bool(table.survival[-1] == 0),
    )
