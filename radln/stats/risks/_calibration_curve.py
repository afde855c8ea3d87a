"""Smooth curves of observed against predicted risk, and how far they run from the ideal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy.special import expit, logit

from radln._result import frozen
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import quantile
from radln.stats._logistic import LogisticFit, fit_logistic
from radln.stats._spline import knots_of, restricted_cubic
from radln.stats.risks._loess import Loess, fit_loess

EDGE = 1e-9
Smoother = Literal["rcs", "loess"]
INDICES = ("ici", "e50", "e90", "emax", "eci")


class Curve(Protocol):
    """A smooth curve through outcomes at predicted risks."""

    @property
    def name(self) -> str:
        """What it is called in a method's text."""
        ...

    def at(self, p: FloatArray) -> FloatArray:
        """The observed risk where the predicted one is p."""
        ...

    def band(self, p: FloatArray, confidence_level: float) -> tuple[FloatArray, FloatArray]:
        """Its pointwise limits."""
        ...


def logits(p: FloatArray) -> FloatArray:
    """Log odds, of risks of 0 or 1 those of 1e-9 and 1 - 1e-9."""
    return np.asarray(logit(np.clip(p, EDGE, 1 - EDGE)))


def about_edges(p: FloatArray) -> tuple[str, ...]:
    """What must be said of risks of 0 or 1, which no recalibration survives unharmed."""
    moved = int((np.clip(p, EDGE, 1 - EDGE) != p).sum())
    if not moved:
        return ()
    return (
        f"{moved} predicted risk(s) of 0 or 1 were moved by {EDGE:g}; on the logit scale they lie "
        "so far out that they can decide slope and intercept alone. A risk is never certain: have "
        "the model give risks between 0 and 1.",
    )


@dataclass(frozen=True, eq=False)
class SplineCurve:
    """A logistic restricted cubic spline of the predicted logit; straight without knots."""

    fit: LogisticFit
    knots: FloatArray

    @property
    def name(self) -> str:
        """What the curve is called in a method's text."""
        if not self.knots.size:
            return "straight on the logit"
        return f"restricted cubic spline, {self.knots.size} knots"

    def at(self, p: FloatArray) -> FloatArray:
        """The observed risk where the predicted one is p."""
        return np.asarray(expit(self._design(p) @ self.fit.coefficients))

    def band(self, p: FloatArray, confidence_level: float) -> tuple[FloatArray, FloatArray]:
        """Wald limits on the logit scale."""
        design = self._design(p)
        centre = design @ self.fit.coefficients
        arm = np.sqrt(((design @ self.fit.covariance) * design).sum(axis=1))
        arm *= quantile(confidence_level)
        return np.asarray(expit(centre - arm)), np.asarray(expit(centre + arm))

    def _design(self, p: FloatArray) -> FloatArray:
        return _spline_design(logits(p), self.knots)


@dataclass(frozen=True, eq=False)
class LoessCurve:
    """R's loess of the outcome on the predicted risk, cut off at 0 and 1 if ``clip``."""

    fit: Loess
    cluster: IntArray | None
    clip: bool = True

    @property
    def name(self) -> str:
        """What the curve is called in a method's text."""
        return "loess, span 0.75, degree 2" + ("" if self.clip else ", not cut off at 0 and 1")

    def at(self, p: FloatArray) -> FloatArray:
        """The observed risk where the predicted one is p."""
        return self._within(self.fit.at(p))

    def band(self, p: FloatArray, confidence_level: float) -> tuple[FloatArray, FloatArray]:
        """Wald limits: R's errors of constant variance, or those robust by patient."""
        centre = self.fit.at(p)
        if self.cluster is None:
            errors, _ = self.fit.band(p)
        else:
            errors = self.fit.robust_errors(p, self.cluster)
        arm = quantile(confidence_level) * errors
        return self._within(centre - arm), self._within(centre + arm)

    def leaves(self, p: FloatArray) -> int:
        """At how many of some risks the curve lies below 0 or above 1."""
        heights = self.fit.at(p)
        return int(((heights < 0) | (heights > 1)).sum())

    def _within(self, heights: FloatArray) -> FloatArray:
        return np.clip(heights, 0, 1) if self.clip else heights


def fit_curve(
    p: FloatArray,
    positive: BoolArray,
    cluster: IntArray | None,
    smoother: Smoother,
    n_knots: int | None,
    *,
    clip: bool = True,
) -> Curve:
    """The curve asked for; ConvergenceError where the data hold none.

    A spline without a stated number of knots has 4 (3 below 100 cases), and is a straight line
    where there are too few different risks for them.
    """
    if smoother == "loess":
        return LoessCurve(fit_loess(p, positive), cluster, clip)
    eta = logits(p)
    tries = [n_knots] if n_knots is not None else [4 if p.size >= 100 else 3, 0]
    for number in tries[:-1]:
        try:
            return _fit_spline(eta, positive, cluster, number)
        except ConvergenceError:
            continue
    return _fit_spline(eta, positive, cluster, tries[-1])


def _fit_spline(
    eta: FloatArray, positive: BoolArray, cluster: IntArray | None, n_knots: int
) -> SplineCurve:
    knots = knots_of(eta, n_knots) if n_knots else np.empty(0)
    if np.unique(knots).size < n_knots:
        raise ConvergenceError("the knots of the spline coincide: too few different risks.")
    return SplineCurve(fit_logistic(_spline_design(eta, knots), positive, cluster=cluster), knots)


def _spline_design(eta: FloatArray, knots: FloatArray) -> FloatArray:
    """Columns: one, the logit, its nonlinear terms."""
    terms = restricted_cubic(eta, knots) if knots.size else eta[:, None]
    return np.column_stack([np.ones(eta.size), terms])


def curve_indices(curve: Curve, p: FloatArray) -> FloatArray:
    """Mean, median, 90th percentile and maximum of the distance of the curve from the predicted
    risks of the cases, then 100 times its mean square; in the order of ``INDICES``.
    """
    gap = np.abs(curve.at(p) - p)
    middle, high = np.quantile(gap, [0.5, 0.9])
    return np.array([gap.mean(), middle, high, gap.max(), 100 * (gap**2).mean()])


def curve_points(
    curve: Curve, p: FloatArray, confidence_level: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Predicted, observed, low, high from the 2nd to the 98th percentile of the risks."""
    ends = np.quantile(p, [0.02, 0.98])
    grid = np.linspace(float(ends[0]), float(ends[1]), 101)
    low, high = curve.band(grid, confidence_level)
    return frozen(grid), frozen(curve.at(grid)), frozen(low), frozen(high)
