"""Do predicted risks agree with what happened?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radln import _check
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import counts, mean_covariance, quantile, wald
from radln.stats._logistic import LogisticFit, fit_logistic
from radln.stats._spline import knots_of, restricted_cubic
from radln.stats.proportions import proportion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = 1e-9
BINS = 25
METRICS = (
    "calibration_in_the_large",
    "slope",
    "intercept_joint",
    "observed_expected",
    "brier",
    "scaled_brier",
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
    the predicted one is 0.5; it serves only to recalibrate. ``histogram`` counts negative and
    positive cases in 25 equal bins of the predicted risk: shape (2, 25).
    """

    calibration_in_the_large: Estimate
    slope: Estimate
    intercept_joint: Estimate
    observed_expected: Estimate
    brier: Estimate
    scaled_brier: Estimate
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
            f"{self.observed_expected.format()}, Brier {self.brier.format(3)}, scaled Brier "
            f"{self.scaled_brier.format()}; n = {self.n}, {self.n_patients} patients; "
            f"{self.method}."
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


def calibration(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Calibration:
    """Of the patients given a risk of 30 %, do 30 % turn out positive?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Predicted for cases that the model has not seen.
    cluster : shape (n,), optional
        The patient of every case; errors are then robust to correlation within patients.
    confidence_level : in (0, 1)

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
    with the expected number taken as known. The curve is a logistic restricted cubic spline of
    ``logit(p)`` with 4 knots (3 below 100 cases), drawn from the 2nd to the 98th percentile of the
    risks. Groups are tenths of the risks (fewer below 200
    cases) with Wilson intervals. Scaled Brier is ``1 - Brier / (prevalence (1 - prevalence))``.

    References
    ----------
    Van Calster et al. 2016, doi:10.1016/j.jclinepi.2015.12.005; Austin and Steyerberg 2019,
    doi:10.1002/sim.8281; Steyerberg et al. 2010, doi:10.1097/EDE.0b013e3181c30fb2.

    Examples
    --------
    >>> result = calibration([0, 0, 1, 0, 1, 1], [0.2, 0.4, 0.3, 0.6, 0.7, 0.9])
    >>> round(result.observed_expected.value, 3), round(result.brier.value, 3)
    (0.968, 0.192)
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    eta = logit(np.clip(p, EDGE, 1 - EDGE))
    edges = int((np.clip(p, EDGE, 1 - EDGE) != p).sum())
    notes = [f"{edges} predicted risk(s) of 0 or 1 were moved by {EDGE:g}."] if edges else []
    linear, problem = _recalibration(eta, positive, codes)
    curve, smooth = _curve(p, eta, positive, codes, confidence_level)
    groups, sizes = _groups(p, positive, codes, confidence_level)
    errors = "robust by patient" if codes is not None else "model-based"
    bins = np.linspace(0, 1, BINS + 1)
    return Calibration(
        **counts(positive, codes),
        method=f"logistic recalibration, {errors} errors; {smooth}",
        warnings=(*notes, *problem),
        calibration_in_the_large=_in_the_large(eta, positive, codes, confidence_level),
        intercept_joint=_coefficient(linear, 0, confidence_level),
        slope=_coefficient(linear, 1, confidence_level),
        observed_expected=_ratio(p, positive, codes, confidence_level),
        **_brier(p, positive, codes, confidence_level),
        curve=curve,
        groups=groups,
        group_sizes=frozen(sizes),
        histogram=frozen(np.stack([np.histogram(p[c], bins)[0] for c in (~positive, positive)])),
    )


def _recalibration(
    eta: FloatArray, positive: BoolArray, cluster: IntArray | None
) -> tuple[LogisticFit | None, tuple[str, ...]]:
    """Joint intercept and slope, or why there are none."""
    try:
        design = np.stack([np.ones_like(eta), eta], axis=1)
        return fit_logistic(design, positive, cluster=cluster), ()
    except ConvergenceError as error:
        return None, (f"slope, joint intercept and curve are not estimable: {error}",)


def _coefficient(fit: LogisticFit | None, index: int, confidence_level: float) -> Estimate:
    """One coefficient with its Wald interval."""
    if fit is None:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable")
    se = float(np.sqrt(fit.covariance[index, index]))
    return wald(float(fit.coefficients[index]), se, confidence_level, "Wald")


def _in_the_large(
    eta: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Estimate:
    """The intercept with the slope fixed at 1; it exists whenever both classes do."""
    ones = np.ones((eta.size, 1))
    return _coefficient(
        fit_logistic(ones, positive, offset=eta, cluster=cluster), 0, confidence_level
    )


def _ratio(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Estimate:
    """Observed over expected positives."""
    share, n = float(positive.mean()), positive.size
    if p.sum() == 0:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable: no risk above 0")
    variance = share * (1 - share) / n
    if cluster is not None:
        variance = float(mean_covariance(positive.astype(np.float64)[:, None], cluster)[0, 0])
    value, se = share / float(p.mean()), float(np.sqrt(variance)) / share
    low, high = value * np.exp(np.array([-1, 1]) * quantile(confidence_level) * se)
    return Estimate(value, float(low), float(high), confidence_level, "log scale", value * se)


def _brier(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> dict[str, Estimate]:
    """The mean squared error of the risks, plain and against knowing only the prevalence."""
    y = positive.astype(np.float64)
    errors = (p - y) ** 2
    share, brier = float(y.mean()), float(errors.mean())
    worst = share * (1 - share)
    influence = -errors / worst + brier * (1 - 2 * share) / worst**2 * y
    covariance = mean_covariance(np.stack([errors, influence], axis=1), cluster)
    se = np.sqrt(np.diag(covariance))
    return {
        "brier": wald(brier, float(se[0]), confidence_level, "Wald", bounds=(0.0, 1.0)),
        "scaled_brier": wald(
            1 - brier / worst, float(se[1]), confidence_level, "delta", bounds=(-np.inf, 1.0)
        ),
    }


def _curve(
    p: FloatArray,
    eta: FloatArray,
    positive: BoolArray,
    cluster: IntArray | None,
    confidence_level: float,
) -> tuple[ObservedRisk, str]:
    """The smooth curve with its band; straight where the risks are too few for a spline."""
    ends = np.quantile(p, [0.02, 0.98])
    grid = np.linspace(float(ends[0]), float(ends[1]), 101)
    points = logit(np.clip(grid, EDGE, 1 - EDGE))
    for n_knots in (4 if p.size >= 100 else 3, 0):
        try:
            curve = smooth_risk(eta, positive, points, n_knots, cluster, confidence_level)
        except ConvergenceError:
            continue
        name = f"restricted cubic spline, {n_knots} knots" if n_knots else "straight on the logit"
        return ObservedRisk(grid, *curve), f"curve: {name}"
    return ObservedRisk(*np.empty((4, 0))), "no curve"


def smooth_risk(
    eta: FloatArray,
    positive: BoolArray,
    points: FloatArray,
    n_knots: int,
    cluster: IntArray | None,
    confidence_level: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Risk and its limits at ``points`` (logits), by a spline, or a straight line for 0 knots."""
    design, at = eta[:, None], points[:, None]
    if n_knots:
        knots = knots_of(eta, n_knots)
        if np.unique(knots).size < n_knots:
            raise ConvergenceError("the knots of the spline coincide: too few different risks.")
        design, at = restricted_cubic(eta, knots), restricted_cubic(points, knots)
    design, at = (np.column_stack([np.ones(len(part)), part]) for part in (design, at))
    fit = fit_logistic(design, positive, cluster=cluster)
    centre = at @ fit.coefficients
    arm = quantile(confidence_level) * np.sqrt(((at @ fit.covariance) * at).sum(axis=1))
    return expit(centre), expit(centre - arm), expit(centre + arm)


def _groups(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> tuple[ObservedRisk, IntArray]:
    """Cases of like risk: mean risk and share of positive cases; equal risks stay together."""
    n_groups = min(10, max(2, p.size // 20))
    edges = np.quantile(p, np.arange(1, n_groups) / n_groups)
    group = np.searchsorted(edges, p, side="left")
    rows = []
    for number in np.unique(group):
        inside = group == number
        patients = None if cluster is None else cluster[inside]
        share = proportion(positive[inside], cluster=patients, confidence_level=confidence_level)
        rows.append((p[inside].mean(), share.value, share.low, share.high))
    sizes = np.unique(group, return_counts=True)[1]
    return ObservedRisk(*np.array(rows).T), np.asarray(sizes, dtype=np.int64)
