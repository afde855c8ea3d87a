"""Distributions of a calibrated linear predictor (log odds), and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import simpson
from scipy.special import betaln, expit, log_expit, logit, ndtri

from radln import _check
from radln._types import FloatArray

POINTS, REACH = 4001, 10.0


@dataclass(frozen=True)
class LinearPredictorGrid:
    """Log odds on a grid, and their density."""

    at: FloatArray
    of: Callable[[FloatArray], FloatArray]

    @property
    def density(self) -> FloatArray:
        """The density on the grid."""
        return self.of(self.at)

    def mean(self, values: FloatArray) -> float:
        """The expectation of a function of the log odds."""
        return float(simpson(values * self.density, x=self.at))

    def prevalence(self) -> float:
        """The mean risk."""
        return self.mean(expit(self.at))

    def c_statistic(self) -> float:
        """How often a positive case has the larger log odds."""
        risk = expit(self.at)
        step = self.at[1] - self.at[0]
        cases, others = risk * self.density, (1 - risk) * self.density
        below = np.cumsum(others) - others / 2
        return float((cases * below).sum() * step / (cases.sum() * others.sum() * step))

    def information(self) -> tuple[float, float, float]:
        """Mean information on intercept, both, and slope of the calibration model, per case."""
        weight = expit(self.at) * expit(-self.at)
        return (
            self.mean(weight),
            self.mean(weight * self.at),
            self.mean(weight * self.at**2),
        )


def normal_predictor(mean: float, sd: float) -> LinearPredictorGrid:
    """Normal log odds."""
    at = np.linspace(mean - REACH * sd, mean + REACH * sd, POINTS)
    return LinearPredictorGrid(at, lambda x: _normal(x, mean, sd))


def beta_predictor(a: float, b: float) -> LinearPredictorGrid:
    """Log odds of risks with a beta distribution."""
    at = np.linspace(-45 / a - 5, 45 / b + 5, 4 * POINTS)
    whole = betaln(a, b)
    return LinearPredictorGrid(at, lambda x: np.exp(a * log_expit(x) + b * log_expit(-x) - whole))


def binormal_predictor(c_statistic: float, prevalence: float) -> LinearPredictorGrid:
    """Calibrated log odds that are normal with equal variances in both classes."""
    variance = 2 * float(ndtri(c_statistic)) ** 2
    sd, low = variance**0.5, float(logit(prevalence)) - variance / 2
    at = np.linspace(low - REACH * sd, low + variance + REACH * sd, POINTS)
    return LinearPredictorGrid(
        at,
        lambda x: (
            prevalence * _normal(x, low + variance, sd) + (1 - prevalence) * _normal(x, low, sd)
        ),
    )


def c_statistic_to_r2(c_statistic: float, prevalence: float) -> float:
    """The Cox-Snell R2 that goes with a C-statistic, scores normal with equal variances.

    Examples
    --------
    >>> round(c_statistic_to_r2(0.8, 0.25), 3)
    0.208
    """
    c = _check.fraction(c_statistic, name="c_statistic", low=0.5)
    risk = _check.fraction(prevalence, name="prevalence")
    grid = binormal_predictor(c, risk)
    fitted = expit(grid.at) * log_expit(grid.at) + expit(-grid.at) * log_expit(-grid.at)
    null = risk * np.log(risk) + (1 - risk) * np.log(1 - risk)
    return float(-np.expm1(2 * (null - grid.mean(fitted))))


def calls_above(grid: LinearPredictorGrid, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity of calling risks above ``threshold`` positive."""
    cut = float(logit(threshold))
    if cut >= grid.at[-1]:
        return 0.0, 1.0
    fine = np.linspace(max(cut, grid.at[0]), grid.at[-1], POINTS)
    density = grid.of(fine)
    risk = expit(fine)
    events = grid.prevalence()
    sensitivity = float(simpson(risk * density, x=fine)) / events
    false = float(simpson((1 - risk) * density, x=fine)) / (1 - events)
    return min(1.0, sensitivity), max(0.0, 1 - false)


def _normal(at: FloatArray, mean: float, sd: float) -> FloatArray:
    return np.asarray(np.exp(-(((at - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi)))
