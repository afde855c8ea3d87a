"""How many are still free of the event, and when?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, quantile, wald
from radln.stats._patients import ENOUGH_PATIENTS, Tally, without_inference
from radln.stats.survival._incidence import Incidence, incidence
from radln.stats.survival._intervals import CONF_TYPES, ConfType, crossing, limits
from radln.stats.survival._outcome import labels, moment, moments, patients, survival_outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLIC = ("time", "n_risk", "n_event", "n_censored", "survival", "se", "low", "high")


@dataclass(frozen=True, eq=False, kw_only=True)
class SurvivalCurve:
    """One group's estimate at its distinct times.

    No limits are given where nobody has had the event yet.
    ``rmst`` is the mean time free of the event within the first ``tau``, the area under the curve.
    ``median`` is NaN where the curve does not come down to one half.
    """

    label: str
    n: int
    n_events: int
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    n_censored: FloatArray
    survival: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    cumulative_hazard: FloatArray
    median: Estimate
    rmst: Estimate
    tau: float

    def __post_init__(self) -> None:
        for name in (*PUBLIC, "cumulative_hazard"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a distinct time."""
        table = {"group": self.label} | {name: getattr(self, name) for name in PUBLIC}
        return pd.DataFrame(table | {"cumulative_hazard": self.cumulative_hazard})

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """The curve at chosen times; NaN beyond the last follow-up unless everybody had the event.

        ``n_risk`` counts those followed up to at least that time.
        """
        asked = moments(times)
        index = np.searchsorted(self.time, asked, side="right") - 1
        known = (asked <= self.time[-1]) | (self.survival[-1] == 0)
        edge = np.nan if np.isnan(self.se).all() else 0.0
        starts = {"survival": 1.0, "se": edge, "low": np.nan, "high": np.nan}
        table: dict[str, object] = {"group": self.label, "time": asked}
        table["n_risk"] = np.r_[self.n_risk, 0.0][np.searchsorted(self.time, asked, side="left")]
        for name, start in starts.items():
            values = np.r_[start, getattr(self, name)][index + 1]
            table[name] = np.where(known, values, np.nan)
        return pd.DataFrame(table)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class KaplanMeier(Result):
    """Survival curves of one or several groups."""

    curves: tuple[SurvivalCurve, ...]
    conf_type: str
    confidence_level: float

    def __getitem__(self, group: str) -> SurvivalCurve:
        for curve in self.curves:
            if curve.label == str(group):
                return curve
        raise KeyError(f"no group {group!r}; the groups are {[c.label for c in self.curves]}.")

    def frame(self) -> pd.DataFrame:
        """One row a group and distinct time."""
        return pd.concat([curve.frame() for curve in self.curves], ignore_index=True)

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """One row a group and asked time: number at risk, survival, error and limits."""
        return pd.concat([curve.at(times) for curve in self.curves], ignore_index=True)

    def groups(self) -> pd.DataFrame:
        """One row a group and measure: the median and the restricted mean time."""
        rows = [
            estimate_row(getattr(c, name), group=c.label, n=c.n, n_events=c.n_events, measure=name)
            for c in self.curves
            for name in ("median", "rmst")
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Every group's median and restricted mean."""
        parts = [
            f"{c.label or 'all'}: {c.n_events} events of {c.n}, median "
            f"{_median_text(c.median)}, mean within {c.tau:.4g}: {c.rmst.format(1)}"
            for c in self.curves
        ]
        return f"{'; '.join(parts)}. n = {self.n}, {self.n_patients} patients; {self.method}."

    def plot(
        self,
        ax: Axes | None = None,
        *,
        time_label: str = "Time",
        ticks: Sequence[float] | None = None,
    ) -> Axes:
        """The curves with their bands and censorings, above the numbers at risk.

        ``time_label`` should name the unit ("Months since biopsy").
        """
        from radln._draw.survival import draw_survival

        return draw_survival(
            {c.label: (c.time, c.survival, c.low, c.high) for c in self.curves},
            censored={c.label: c.time[c.n_censored > 0] for c in self.curves},
            at_risk={c.label: c.n_risk for c in self.curves},
            n=self.n,
            n_events=self.n_positive,
            time_label=time_label,
            ticks=ticks,
            ax=ax,
        )


def _median_text(median: Estimate) -> str:
    """A median as papers print it: an end that was not reached is NR."""
    if np.isnan(median.value):
        return "not reached"
    if median.method.startswith("no interval"):
        return f"{median.value:.4g} (no interval)"
    ends = ["NR" if np.isnan(x) else f"{x:.4g}" for x in (median.low, median.high)]
    return f"{median.value:.4g} ({ends[0]} to {ends[1]})"


@case_wise()
def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf_type: ConfType = "log",
    tau: float | None = None,
    confidence_level: float = 0.95,
) -> KaplanMeier:
    """What share of patients is still free of the event at each time, by group?

    Parameters
    ----------
    time : shape (n,), above 0
        Follow-up, until the event or until nothing more is known; any unit.
    event : shape (n,), 0/1
        Whether the follow-up ended with the event (1) or was censored (0).
    group : shape (n,), optional
        One curve a group, at most 20; a measurement is cut into categories first.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several; standard errors are then robust.
    conf_type
        Scale of the pointwise intervals: "log" (as R), "log-log" (best with few patients) or
        "plain".
    tau : above 0, optional
        The horizon of the restricted mean; where not given, the shortest of the groups' longest
        follow-ups.
    confidence_level : in (0, 1)

    Returns
    -------
    KaplanMeier
        ``.at(times)``, ``.groups()``, ``.frame()``, ``.plot()``; ``result["label"]`` is one curve.

    Raises
    ------
    InputError, ShapeError

    Notes
    -----
    Product-limit estimate with Greenwood's error, or with the infinitesimal jackknife summed over
    patients where ``cluster`` is given. The median's interval holds the times at which the
    pointwise interval holds one half (Brookmeyer and Crowley). An event and a censoring at the
    same time: the event comes first. Censoring must not depend on the prognosis, and a death from
    another cause is no censoring: see :func:`cumulative_incidence`.

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Brookmeyer and Crowley 1982,
    doi:10.2307/2530286; Royston and Parmar 2013, doi:10.1186/1471-2288-13-152.

    Examples
    --------
    >>> result = kaplan_meier([2, 3, 5, 8, 9, 12], [1, 0, 1, 1, 0, 1])
    >>> result.at([5, 10])[["n_risk", "survival"]].round(3).values.tolist()
    [[4.0, 0.625], [1.0, 0.417]]
    >>> result.curves[0].median.value
    8.0
    """
    times, happened = survival_outcome(time, event, needed=False)
    _check.choice(conf_type, CONF_TYPES, name="conf_type")
    quantile(confidence_level)
    codes, names = labels(group, times.size, "group")
    patient = patients(cluster, times.size)
    members = [codes == k for k in range(len(names))]
    shortest = min(float(times[inside].max()) for inside in members)
    horizon = shortest if tau is None else moment(tau, "tau")
    curves = [
        _curve(
            name,
            times[inside],
            happened[inside],
            None if patient is None else _recoded(patient[inside]),
            (conf_type, confidence_level, horizon),
        )
        for name, inside in zip(names, members, strict=True)
    ]
    notes = [
        f"the curve of group {c.label!r} ends before tau = {horizon:g} and was taken as level."
        for c in curves
        if c.time[-1] < horizon and c.survival[-1] > 0
    ]
    notes += [
        f"nobody{f' of group {c.label!r}' if c.label else ''} has the event (n = {c.n}), so that "
        "the curve stays at 1 without an interval: nothing shows how other patients would differ."
        for c in curves
        if not c.n_events
    ]
    if patient is not None and len(names) > 1:
        told = np.unique(patient[happened]).size < ENOUGH_PATIENTS  # of all groups together
        for k, (name, inside) in enumerate(zip(names, members, strict=True)):
            tally = _tally(name, patient[inside], patient[inside & happened])
            notes += () if told and not tally.withheld else tally.notes
            if tally.withheld:
                curves[k] = without_inference(curves[k], tally.why)
    errors = "Greenwood" if patient is None else "robust by patient"
    return KaplanMeier(
        **counts(happened, patient),
        method=f"Kaplan-Meier, {errors} errors, {conf_type} intervals",
        warnings=tuple(notes),
        curves=tuple(curves),
        conf_type=conf_type,
        confidence_level=confidence_level,
    )


def _tally(name: str, everyone: IntArray, with_event: IntArray) -> Tally:
    """How many patients of one group have the event."""
    alone = bool(np.unique(everyone).size == everyone.size)
    return Tally(np.unique(with_event).size, f"of group {name!r} have the event", alone)


def _recoded(patient: IntArray) -> IntArray:
    return np.asarray(np.unique(patient, return_inverse=True)[1], dtype=np.int64)


def greenwood(table: Incidence) -> FloatArray:
    """Greenwood's standard errors; NaN where the curve is 0."""
    left = table.n_risk - table.n_event
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(table.survival * np.sqrt(np.cumsum(table.n_event / table.n_risk / left)))


def _curve(
    label: str,
    time: FloatArray,
    happened: BoolArray,
    patient: IntArray | None,
    how: tuple[str, float, float],
) -> SurvivalCurve:
    conf_type, level, tau = how
    table = incidence(time, happened)
    se = greenwood(table)
    if patient is not None:
        variance = table.variance(patient)
        se = np.where(table.survival > 0, np.sqrt(variance), np.nan)
    low, high = limits(table.survival, se, conf_type, level)
    ends = [crossing(table.time, limit) for limit in (low, high)]
    middle = crossing(table.time, table.survival)
    ended = -np.diff(np.r_[table.n_risk, 0.0])
    return SurvivalCurve(
        label=label,
        n=time.size,
        n_events=int(happened.sum()),
        time=table.time,
        n_risk=table.n_risk,
        n_event=table.n_event,
        n_censored=ended - table.n_event,
        survival=table.survival,
        se=se,
        low=low,
        high=high,
        cumulative_hazard=np.cumsum(table.n_event / table.n_risk),
        median=Estimate(middle, ends[0], ends[1], level, f"inverted {conf_type} interval"),
        rmst=_restricted_mean(table, tau, patient, level),
        tau=tau,
    )


def _restricted_mean(
    table: Incidence, tau: float, patient: IntArray | None, level: float
) -> Estimate:
    """The area under the curve up to ``tau``; its error by Greenwood or by patients' influence."""
    within = table.time < tau
    starts = np.r_[0.0, table.time[within]]
    widths = np.diff(np.r_[starts, tau])
    areas = widths * np.r_[1.0, table.survival[within]]
    if patient is None:
        left = (table.n_risk - table.n_event)[within]
        behind = np.cumsum(areas[::-1])[::-1][1:]
        share = np.divide(
            table.n_event[within], table.n_risk[within] * left, out=0 * left, where=left > 0
        )
        variance = float((behind**2 * share).sum())
    else:
        weights = np.zeros(table.time.size)
        weights[within] = widths[1:]
        totals = np.bincount(patient, weights=table.influence_on_sum(weights))
        variance = float((totals**2).sum()) if totals.size > 1 else np.nan
    bounds = (0.0, tau)
    return wald(float(areas.sum()), float(np.sqrt(variance)), level, "Wald", bounds=bounds)
