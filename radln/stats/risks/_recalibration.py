"""Logistic recalibration of predicted risks, and observed over expected."""

from __future__ import annotations

import numpy as np

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import mean_covariance, quantile, wald
from radln.stats._logistic import LogisticFit, fit_logistic
from radln.stats.risks._calibration_curve import logits


def recalibration(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """Calibration-in-the-large, slope, joint intercept, observed/expected; what has no estimate."""
    eta = logits(p)
    linear, problem = _joint(eta, positive, cluster)
    return {
        "calibration_in_the_large": _in_the_large(eta, positive, cluster, confidence_level),
        "slope": _coefficient(linear, 1, confidence_level),
        "intercept_joint": _coefficient(linear, 0, confidence_level),
        "observed_expected": _ratio(p, positive, cluster, confidence_level),
    }, problem


def _joint(
    eta: FloatArray, positive: BoolArray, cluster: IntArray | None
) -> tuple[LogisticFit | None, tuple[str, ...]]:
    """Joint intercept and slope, or why there are none."""
    try:
        design = np.stack([np.ones_like(eta), eta], axis=1)
        return fit_logistic(design, positive, cluster=cluster), ()
    except ConvergenceError as error:
        return None, (f"slope and joint intercept are not estimable: {error}",)


def _coefficient(fit: LogisticFit | None, index: int, confidence_level: float) -> Estimate:
    """One coefficient with its Wald interval."""
    if fit is None:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable")
    se = float(np.sqrt(fit.covariance[index, index]))
    return wald(float(fit.coefficients[index]), se, confidence_level, "Wald")


def _in_the_large(
    eta: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Estimate:
    """The intercept with the slope fixed at 1; none where the risks are calls of 0 and 1."""
    ones = np.ones((eta.size, 1))
    try:
        fit = fit_logistic(ones, positive, offset=eta, cluster=cluster)
    except ConvergenceError:
        return _coefficient(None, 0, confidence_level)
    return _coefficient(fit, 0, confidence_level)


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
