"""Do predicted risks of an event by a given time agree with what happened?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import cluster_sums, counts, quantile, wald
from radln.stats._patients import Tally, about_groups, tally_of, without_inference
from radln.stats._spline import knots_of, restricted_cubic
from radln.stats.risks.calibration import BINS, ObservedRisk
from radln.stats.survival._outcome import moment_within, patients, risks, survival_outcome
from radln.stats.survival._risk_sets import exposure, score_residuals, terms
from radln.stats.survival.cox import cox
from radln.stats.survival.cox_result import CoxFit
from radln.stats.survival.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = 1e-9
METRICS = ("observed", "expected", "observed_expected", "slope", "ici", "e50", "e90", "emax")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CalibrationAt(Result):
    """Agreement of predicted risks by ``at`` with the observed incidence.

    ``ici``, ``e50``, ``e90`` and ``emax`` are the mean, the median, the 90th percentile and the
    largest absolute difference between the predicted risks and the smooth curve. ``histogram``
    counts those without and with the event by ``at`` in 25 equal bins of the risk; who was censored
    before is in neither.
    """

    at: float
    observed: Estimate
    expected: float
    observed_expected: Estimate
    slope: Estimate
    ici: float
    e50: float
    e90: float
    emax: float
    smoothed: FloatArray
    curve: ObservedRisk
    groups: ObservedRisk
    group_sizes: IntArray
    histogram: IntArray

    def __post_init__(self) -> None:
        for name in ("smoothed", "group_sizes", "histogram"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a metric; ``curve.frame()`` and ``groups.frame()`` hold the curves."""
        rows = []
        for name in METRICS:
            value = getattr(self, name)
            if not isinstance(value, Estimate):
                level = self.observed.confidence_level
                value = Estimate(float(value), np.nan, np.nan, level, "no interval")
            rows.append(estimate_row(value, metric=name))
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The agreement in words."""
        return (
            f"by {self.at:g}: observed {self.observed.format(1, percent=True)}, expected "
            f"{100 * self.expected:.1f} %, observed/expected {self.observed_expected.format()}, "
            f"slope {self.slope.format()} (1 is ideal), ICI {self.ici:.3f}, E50 {self.e50:.3f}, "
            f"E90 {self.e90:.3f}; {self.n_positive} events of {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_unit: str = "") -> Axes:
        """The smooth curve with its band, the groups and the distribution of the risks.

        ``time_unit`` ("years") stands behind the time on the labels.
        """
        from radln._draw.survival import draw_calibration_at

        return draw_calibration_at(
            curve=(self.curve.predicted, self.curve.observed, self.curve.low, self.curve.high),
            groups=(self.groups.predicted, self.groups.observed, self.groups.low, self.groups.high),
            histogram=self.histogram,
            by=f"{self.at:g} {time_unit}".strip(),
            n=self.n,
            n_events=self.n_positive,
            ax=ax,
        )


@case_wise()
def calibration_at(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    at: float,
    *,
    n_groups: int = 5,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> CalibrationAt:
    """Of the patients given a risk of 30 % by a time, do 30 % have the event by then?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    risk : shape (n,), in [0, 1]
        Predicted probability of having had the event by ``at``, for patients whom the model has not
        seen.
    at : above 0
        Within the follow-up.
    n_groups : at least 2
        Groups of equal size for the points of the plot.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    CalibrationAt
        Where the risks do not vary, slope and curve are "not estimable" and ``warnings`` says so.

    Raises
    ------
    InputError, ShapeError, SingleClassError

    Notes
    -----
    Observed incidence: 1 - Kaplan-Meier; observed/expected on the log scale with the expected part
    taken as known, which makes the interval somewhat too wide. Slope: Cox coefficient of
    ``log(-log(1 - risk))`` over the whole follow-up.
    Curve: Cox model on a restricted cubic spline of it with 3 knots at the 10th, 50th and 90th
    percentile (below 100 patients the outer ones at the fifth smallest and largest value), drawn
    from the 2nd to the 98th percentile of the risks. It assumes that hazards are proportional and
    that censoring does not depend on the risk. Competing events must not be censored here.

    References
    ----------
    Austin, Harrell and van Klaveren 2020, doi:10.1002/sim.8570; McLernon et al. 2023,
    doi:10.7326/M22-0844.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> risk = [0.9, 0.4, 0.7, 0.6, 0.2, 0.3, 0.4, 0.1]
    >>> result = calibration_at(time, event, risk, 6, n_groups=2)
    >>> round(result.observed.value, 3), round(result.expected, 3)
    (0.271, 0.45)
    """
    times, happened = survival_outcome(time, event)
    p = risks(risk, times.size)
    t = moment_within(at, times)
    patient = patients(cluster, times.size)
    if not isinstance(n_groups, int | np.integer) or n_groups < 2:
        raise InputError(f"n_groups must be a whole number of at least 2; got {n_groups!r}.")
    inside = np.clip(p, EDGE, 1 - EDGE)
    edges = int((inside != p).sum())
    notes = [f"{edges} predicted risk(s) of 0 or 1 were moved by {EDGE:g}."] if edges else []
    x = np.log(-np.log1p(-inside))
    observed = _observed(times, happened, t, patient, confidence_level)
    slope, problem = _slope(times, happened, x, cluster, confidence_level)
    smooth = _curve(times, happened, p, x, t, patient, confidence_level) if not problem else None
    if smooth is None and not problem:
        problem = ("the curve and its distances (ICI to Emax) are not estimable: no finite fit.",)
    smoothed, curve, named = smooth or (np.full(p.size, np.nan), _nothing(), "no curve")
    gap = np.abs(smoothed - p)
    groups, sizes, sparse = _groups(times, happened, p, t, n_groups, patient, confidence_level)
    bare = int(np.isnan(groups.low).sum())
    if bare:
        notes.append(
            f"no interval for {bare} of the {sizes.size} groups of like risk: nobody, or "
            "everybody, has had the event by the time, nobody is followed so long, or "
            "patients are few."
        )
    return CalibrationAt(
        **counts(happened, patient),
        method=named + (", errors by patient" if patient is not None else ""),
        warnings=(*notes, *problem, *sparse),
        at=t,
        observed=observed,
        expected=float(p.mean()),
        observed_expected=_ratio(observed, float(p.mean())),
        slope=slope,
        ici=float(gap.mean()),
        e50=float(np.median(gap)),
        e90=float(np.quantile(gap, 0.9)),
        emax=float(gap.max()),
        smoothed=smoothed,
        curve=curve,
        groups=groups,
        group_sizes=sizes,
        histogram=_histogram(times, happened, p, t),
    )


def _nothing() -> ObservedRisk:
    return ObservedRisk(*np.empty((4, 0)))


def _observed(
    time: FloatArray,
    event: BoolArray,
    at: float,
    patient: IntArray | None,
    level: float,
) -> Estimate:
    """1 - Kaplan-Meier at the time, with the log interval of the survival."""
    curve = kaplan_meier(time, event, cluster=patient, confidence_level=level)
    row = curve.at([at]).iloc[0]
    value, low, high = (float(1 - row[name]) for name in ("survival", "high", "low"))
    return Estimate(value, low, high, level, "Kaplan-Meier", float(row["se"]))


def _ratio(observed: Estimate, expected: float) -> Estimate:
    """Observed over expected, on the log scale."""
    level = observed.confidence_level
    if expected == 0 or observed.value == 0 or observed.se is None:
        return Estimate(np.nan, np.nan, np.nan, level, "not estimable: no event or no risk above 0")
    value, se = observed.value / expected, observed.se / observed.value
    arm = float(np.exp(quantile(level) * se))
    return Estimate(value, value / arm, value * arm, level, "log scale", value * se)


def _slope(
    time: FloatArray,
    event: BoolArray,
    x: FloatArray,
    cluster: ArrayLike | None,
    level: float,
) -> tuple[Estimate, tuple[str, ...]]:
    """The Cox coefficient of the transformed risk, or why there is none."""
    try:
        fit = cox(time, event, x, cluster=cluster, confidence_level=level)
    except (ConvergenceError, InputError):
        none = Estimate(np.nan, np.nan, np.nan, level, "not estimable")
        return none, (
            "slope and curve are not estimable: the risks do not vary, or order the events "
            "perfectly.",
        )
    se = float(np.sqrt(fit.covariance[0, 0]))
    return wald(float(fit.coefficients[0]), se, level, "Wald"), ()


def _curve(
    time: FloatArray,
    event: BoolArray,
    p: FloatArray,
    x: FloatArray,
    at: float,
    patient: IntArray | None,
    level: float,
) -> tuple[FloatArray, ObservedRisk, str] | None:
    """Smoothed risks of the cases and the curve with its band; straight where a spline fails."""
    ends = np.quantile(p, [0.02, 0.98])
    grid = np.linspace(float(ends[0]), float(ends[1]), 101)
    points = np.log(-np.log1p(-np.clip(grid, EDGE, 1 - EDGE)))
    knots = _knots(x)
    for spline in (True, False):
        if spline and np.unique(knots).size < 3:
            continue
        design, wanted = (restricted_cubic(v, knots) if spline else v[:, None] for v in (x, points))
        try:
            fit = cox(time, event, design, cluster=patient, confidence_level=level)
        except (ConvergenceError, InputError):
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # of risks next to 0 or 1
            smoothed = fit.predict_risk(design, [at])[:, 0]
            band = _band(fit, wanted, at, patient)
        if not np.isfinite([smoothed.sum(), band[0].sum()]).all():
            continue
        named = "3-knot spline" if spline else "straight line"
        return smoothed, ObservedRisk(grid, *band), f"Cox model on a {named} of log(-log(1 - risk))"
    return None


def _knots(x: FloatArray) -> FloatArray:
    if x.size >= 100:
        return knots_of(x, 3)
    ordered = np.sort(x)
    outer = min(4, (x.size - 1) // 3)
    return np.array([ordered[outer], np.median(x), ordered[-outer - 1]])


def _band(
    fit: CoxFit, wanted: FloatArray, at: float, patient: IntArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Risks at new rows of the design with limits on the scale of the log cumulative hazard."""
    sets, X = fit.cases.sets, fit.cases.X
    inside = (sets.time[sets.rows] <= at).astype(np.float64)
    now = terms(sets, X, fit.cases.lp)
    scale = np.exp(-fit.cases.lp.max())
    jumps = inside / now.sum0 * scale
    hazard = jumps.sum()
    # the derivative of the log cumulative hazard with respect to the coefficients
    lever = wanted - (jumps @ now.mean) / hazard
    if patient is None:
        variance = (jumps**2).sum() / hazard**2
        variance = variance + ((lever @ fit.covariance) * lever).sum(axis=1)
    else:
        own = -now.weight * exposure(sets, inside / now.sum0**2) * scale
        own[sets.rows] += jumps
        moved = score_residuals(sets, X, now) @ fit.model_covariance
        influence = own[:, None] / hazard + moved @ lever.T
        variance = (cluster_sums(influence, patient[sets.order]) ** 2).sum(axis=0)
    centre = np.log(hazard) + wanted @ fit.coefficients
    arm = quantile(fit.confidence_level) * np.sqrt(variance)
    middle, low, high = (-np.expm1(-np.exp(v)) for v in (centre, centre - arm, centre + arm))
    return middle, low, high


def _groups(
    time: FloatArray,
    event: BoolArray,
    p: FloatArray,
    at: float,
    n_groups: int,
    patient: IntArray | None,
    level: float,
) -> tuple[ObservedRisk, IntArray, tuple[str, ...]]:
    """Mean risk and observed incidence in groups of like risk; equal risks stay together."""
    edges = np.sort(p)[np.arange(1, n_groups) * p.size // n_groups]
    group = np.searchsorted(edges, p, side="right")
    rows: list[tuple[float, ...]] = []
    sizes: list[int] = []
    tallies: dict[str, Tally | None] = {}
    for number in np.unique(group):
        inside = group == number
        own = None if patient is None else np.unique(patient[inside], return_inverse=True)[1]
        observed = _observed(time[inside], event[inside], at, own, level)
        who = "patient(s) with the event"
        tallies[f"{len(rows) + 1}"] = tally = tally_of(patient, inside & event & (time <= at), who)
        if tally is not None and own is not None:
            tally = replace(tally, alone=bool(np.bincount(own).max() <= 1))
            tallies[f"{len(rows) + 1}"] = tally
            observed = without_inference(observed, tally.why) if tally.withheld else observed
        rows.append((p[inside].mean(), observed.value, observed.low, observed.high))
        sizes.append(int(inside.sum()))
    notes = about_groups(tallies, "group of like risk")
    return ObservedRisk(*np.array(rows).T), np.array(sizes, dtype=np.int64), notes


def _histogram(time: FloatArray, event: BoolArray, p: FloatArray, at: float) -> IntArray:
    bins = np.linspace(0, 1, BINS + 1)
    kinds = (time > at, (time <= at) & event)
    return np.stack([np.histogram(p[kind], bins)[0] for kind in kinds]).astype(np.int64)
