"""Do predicted risks agree with what happened?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats._patients import Tally, about_groups, few_patients, tally_of
from radln.stats._spline import QUANTILES
from radln.stats.calls.proportions import share_among
from radln.stats.resample import patient_bootstrap, percentile_interval
from radln.stats.risks._calibration_curve import (
    INDICES,
    Curve,
    LoessCurve,
    Smoother,
    about_edges,
    curve_indices,
    curve_points,
    fit_curve,
)
from radln.stats.risks._recalibration import recalibration
from radln.stats.risks.brier import brier_scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 25
METRICS = (
    "calibration_in_the_large",
    "slope",
    "intercept_joint",
    "observed_expected",
    "brier",
    "scaled_brier",
    *INDICES,
)


@dataclass(frozen=True, eq=False)
class ObservedRisk:
    """Observed shares of positive cases, with limits, at predicted risks."""

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray

    def __post_init__(self) -> None:
        for name in ("predicted", "observed", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def frame(self) -> pd.DataFrame:
        """One row a predicted risk."""
        return pd.DataFrame(vars(self))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Calibration(Result):
    """Agreement of predicted risks with the outcome.

    Two numbers are called "intercept" elsewhere. ``calibration_in_the_large`` is fitted with the
    slope fixed at 1 and says whether risks are too low (above 0) or too high on average; report
    this one. ``intercept_joint`` is fitted together with ``slope`` and is the risk's logit where
    the predicted one is 0.5; it serves only to recalibrate.

    ``ici``, ``e50``, ``e90`` and ``emax`` are the mean, median, 90th percentile and maximum of the
    distance between curve and predicted risks, ``eci`` 100 times its mean square; 0 is ideal, and
    chance alone makes them larger. ``histogram`` counts negative and
    positive cases in 25 equal bins of the predicted risk: shape (2, 25).
    """

    calibration_in_the_large: Estimate
    slope: Estimate
    intercept_joint: Estimate
    observed_expected: Estimate
    brier: Estimate
    scaled_brier: Estimate
    ici: Estimate
    e50: Estimate
    e90: Estimate
    emax: Estimate
    eci: Estimate
    curve: ObservedRisk
    groups: ObservedRisk
    group_sizes: IntArray
    histogram: IntArray

    def frame(self) -> pd.DataFrame:
        """One row a metric; ``curve.frame()`` and ``groups.frame()`` hold the curves."""
        return pd.DataFrame([estimate_row(getattr(self, name), metric=name) for name in METRICS])

    def summary(self) -> str:
        """The agreement in words."""
        return (
            f"calibration-in-the-large {self.calibration_in_the_large.format()} (0 is ideal), "
            f"slope {self.slope.format()} (1 is ideal), observed/expected "
            f"{self.observed_expected.format()}, ICI {self.ici.format(3)}, Brier "
            f"{self.brier.format(3)}, scaled Brier {self.scaled_brier.format()}; "
            f"n = {self.n}, {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The smooth curve with its band, the groups and the distribution of the risks."""
        from radln._draw.curves import draw_calibration

        return draw_calibration(
            curve=(self.curve.predicted, self.curve.observed, self.curve.low, self.curve.high),
            groups=(self.groups.predicted, self.groups.observed, self.groups.low, self.groups.high),
            histogram=self.histogram,
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@case_wise()
def calibration(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    smoother: Smoother = "rcs",
    n_knots: int | None = None,
    clip: bool = True,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 200,
    rng: Rng = 0,
) -> Calibration:
    """Of the patients given a risk of 30 %, do 30 % turn out positive?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Predicted for cases that the model has not seen.
    smoother
        Of the curve: ``rcs``, a logistic restricted cubic spline of ``logit(p)``; ``loess``, R's,
        of the outcome on p.
    n_knots : 3, 4 or 5, optional
        Of the spline; 4 (3 below 100 cases) where not given.
    clip
        Whether a ``loess`` curve is cut off at 0 and 1. False: R's curve as it is, and with it the
        ICI and ECI of ``val.prob.ci.2``, also where it leaves 0 to 1.
    cluster : shape (n,), optional
        The patient of every case; errors are then robust to correlation within patients.
    confidence_level : in (0, 1)
    n_resamples, rng
        Of the patient bootstrap behind the intervals of ICI, E50, E90, Emax and ECI; with 0 they
        have none.

    Returns
    -------
    Calibration
        Where the risks do not vary, or separate the classes perfectly, slope and curve are "not
        estimable" and ``warnings`` says so.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Logistic recalibration on ``logit(p)`` (risks of exactly 0 or 1 are moved by 1e-9, with a
    warning): slope and joint intercept, or the intercept alone. Observed/expected on the log scale
    with the expected number taken as known. The curve is drawn from the 2nd to the 98th percentile
    of the risks; its band is pointwise, and for ``loess`` without patients assumes, as R does, one
    variance for all cases. ICI to ECI average over the cases' own risks; their bootstrap intervals
    lie too high where the model is well calibrated, since no distance falls below 0, and may begin
    above the value itself. A ``loess`` curve that leaves 0 to 1 is cut off there, with a warning
    that says at how many cases; ICI to ECI then differ from R's (``clip=False``). Groups are tenths
    of the risks (fewer below 200 cases) with Wilson
    intervals. Scaled Brier is ``1 - Brier / (prevalence (1 - prevalence))``.

    References
    ----------
    Van Calster et al. 2016, doi:10.1016/j.jclinepi.2015.12.005; Austin and Steyerberg 2019,
    doi:10.1002/sim.8281; Cleveland and Grosse 1991, doi:10.1007/BF01890836; Van Hoorde et al. 2015,
    doi:10.1016/j.jbi.2014.12.016; Steyerberg et al. 2010, doi:10.1097/EDE.0b013e3181c30fb2.

    Examples
    --------
    >>> result = calibration([0, 0, 1, 0, 1, 1], [0.2, 0.4, 0.3, 0.6, 0.7, 0.9])
    >>> round(result.observed_expected.value, 3), round(result.brier.value, 3)
    (0.968, 0.192)
    """
    _check.choice(smoother, ("rcs", "loess"), name="smoother")
    _check.whole(n_resamples, name="n_resamples", least=0)
    if n_knots is not None and (
        smoother != "rcs" or not _check.is_number(n_knots) or n_knots not in QUANTILES
    ):
        raise InputError(f"n_knots must be 3, 4 or 5, with smoother='rcs'; got {n_knots!r}.")
    if not isinstance(clip, bool) or (not clip and smoother != "loess"):
        raise InputError(f"clip must be True, or False with smoother='loess'; got {clip!r}.")
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    n_patients = None if codes is None else int(codes.max()) + 1
    numbers, problem = recalibration(p, positive, codes, confidence_level)
    fit = partial(fit_curve, smoother=smoother, n_knots=n_knots, clip=clip)
    curve, smooth, unfit = _curve(fit, p, positive, codes, confidence_level)
    groups, sizes, sparse = _groups(p, positive, codes, confidence_level)
    errors = "robust by patient" if codes is not None else "model-based"
    bins = np.linspace(0, 1, BINS + 1)
    return Calibration(
        **counts(positive, codes),
        method=f"logistic recalibration, {errors} errors; {smooth}",
        warnings=(*about_edges(p), *problem, *unfit, *sparse, *few_patients(n_patients)),
        **numbers,
        **brier_scores(p, positive, codes, confidence_level),
        **_indices(fit, p, positive, codes, confidence_level, n_resamples, rng),
        curve=curve,
        groups=groups,
        group_sizes=frozen(sizes),
        histogram=frozen(np.stack([np.histogram(p[c], bins)[0] for c in (~positive, positive)])),
    )


Fit = Callable[[FloatArray, BoolArray, "IntArray | None"], Curve]


def _curve(
    fit: Fit,
    p: FloatArray,
    positive: BoolArray,
    cluster: IntArray | None,
    confidence_level: float,
) -> tuple[ObservedRisk, str, tuple[str, ...]]:
    """The smooth curve with its band and name, or none and why."""
    try:
        curve = fit(p, positive, cluster)
    except ConvergenceError as error:
        return ObservedRisk(*np.empty((4, 0))), "no curve", (f"no smooth curve: {error}",)
    points = curve_points(curve, p, confidence_level)
    return ObservedRisk(*points), f"curve: {curve.name}", _outside(curve, p)


def _outside(curve: Curve, p: FloatArray) -> tuple[str, ...]:
    """What must be said of a curve that is no risk everywhere."""
    left = curve.leaves(p) if isinstance(curve, LoessCurve) else 0
    if not left or not isinstance(curve, LoessCurve):
        return ()
    if curve.clip:
        return (
            f"the loess curve leaves 0 to 1 at {left} of {p.size} cases and is cut off there; R's "
            "ICI, E50, E90, Emax and ECI, of the curve as it is, are those with clip=False.",
        )
    return (f"the loess curve leaves 0 to 1 at {left} of {p.size} cases, where it is no risk.",)


def _indices(
    fit: Fit,
    p: FloatArray,
    positive: BoolArray,
    cluster: IntArray | None,
    confidence_level: float,
    n_resamples: int,
    rng: Rng,
) -> dict[str, Estimate]:
    """How far the curve runs from the predicted risks, with intervals over resampled patients."""

    def of(rows: IntArray) -> FloatArray:
        try:
            return curve_indices(fit(p[rows], positive[rows], None), p[rows])
        except ConvergenceError:
            return np.full(len(INDICES), np.nan)

    values = of(np.arange(p.size))
    if n_resamples == 0:
        none = partial(Estimate, low=np.nan, high=np.nan, confidence_level=confidence_level)
        return {name: none(float(v)) for name, v in zip(INDICES, values, strict=True)}
    resampled = patient_bootstrap(of, p.size, cluster=cluster, n_resamples=n_resamples, rng=rng)
    return {
        name: percentile_interval(float(value), resampled[:, i], confidence_level=confidence_level)
        for i, (name, value) in enumerate(zip(INDICES, values, strict=True))
    }


def _groups(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> tuple[ObservedRisk, IntArray, tuple[str, ...]]:
    """Cases of like risk: mean risk and share of positive cases; equal risks stay together."""
    n_groups = min(10, max(2, p.size // 20))
    edges = np.quantile(p, np.arange(1, n_groups) / n_groups)
    group = np.searchsorted(edges, p, side="left")
    rows: list[tuple[float, float, float, float]] = []
    tallies: dict[str, Tally | None] = {}
    for number in np.unique(group):
        inside = group == number
        share = share_among(positive, inside, cluster, confidence_level=confidence_level)
        rows.append((p[inside].mean(), share.value, share.low, share.high))
        tallies[f"{len(rows)}"] = tally_of(cluster, inside)
    sizes = np.unique(group, return_counts=True)[1]
    notes = about_groups(tallies, "group of like risk")
    return ObservedRisk(*np.array(rows).T), np.asarray(sizes, dtype=np.int64), notes
