"""Likelihood ratios, the odds ratio and kappa of a 2x2 table, patients allowed."""

from __future__ import annotations

import numpy as np

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._influence import influence_covariance, log_share
from radln.stats._intervals import quantile, wald

NO_INTERVAL = "no interval: a cell of the table is zero"


def log_ratios(positive: BoolArray, called: BoolArray) -> dict[str, tuple[float, FloatArray]]:
    """LR+, LR- and the odds ratio: value (0, inf or NaN with empty cells), influence on its log."""
    tp, fp = positive & called, ~positive & called
    fn, tn = positive & ~called, ~positive & ~called
    true, false = log_share(tp, positive), log_share(fp, ~positive)
    missed, spared = log_share(fn, positive), log_share(tn, ~positive)
    cells = [float(cell.sum()) for cell in (tp, fp, fn, tn)]
    a, b, c, d = cells
    positives, negatives = a + c, b + d
    return {
        "lr_positive": (quotient(a * negatives, b * positives), true - false),
        "lr_negative": (quotient(c * negatives, d * positives), missed - spared),
        "diagnostic_odds_ratio": (quotient(a * d, b * c), true - false - missed + spared),
    }


def table_ratios(
    positive: BoolArray, called: BoolArray, cluster: IntArray | None, confidence_level: float
) -> dict[str, Estimate]:
    """LR+, LR- and the diagnostic odds ratio with Wald intervals of their logs."""
    return {
        name: ratio_estimate(value, influence, cluster, confidence_level, "log, delta method")
        for name, (value, influence) in log_ratios(positive, called).items()
    }


def ratio_estimate(
    value: float,
    influence: FloatArray,
    cluster: IntArray | None,
    confidence_level: float,
    method: str,
) -> Estimate:
    """A ratio with the interval of its log; none where the log is not finite.

    ``se`` is that of the log.
    """
    if not 0 < value < np.inf:
        return Estimate(value, np.nan, np.nan, confidence_level, NO_INTERVAL)
    se = float(np.sqrt(influence_covariance(influence[:, None], cluster)[0, 0]))
    factor = float(np.exp(quantile(confidence_level) * se))
    method = f"{method}; se of the log"
    return Estimate(value, value / factor, value * factor, confidence_level, method, se)


def cohen_kappa(
    positive: BoolArray, called: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Estimate:
    """Agreement of calls and truth beyond chance; NaN where both are constant and alike."""
    p, q = float(positive.mean()), float(called.mean())
    agree = positive == called
    chance = p * q + (1 - p) * (1 - q)
    if chance == 1:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable")
    observed = float(agree.mean())
    kappa = (observed - chance) / (1 - chance)
    by_chance = (positive - p) * (2 * q - 1) + (called - q) * (2 * p - 1)
    influence = ((agree - observed) - by_chance * (1 - kappa)) / (1 - chance) / agree.size
    variance = influence_covariance(influence[:, None], cluster)[0, 0]
    se = float(np.sqrt(variance)) if variance > 1e-24 else np.nan
    return wald(kappa, se, confidence_level, "Wald, delta method", bounds=(-1.0, 1.0))


def quotient(above: float, below: float) -> float:
    """``above / below``; inf or NaN where ``below`` is 0, NaN where either is."""
    if np.isnan(above) or np.isnan(below):
        return np.nan
    if below > 0:
        return above / below
    return np.inf if above > 0 else np.nan
