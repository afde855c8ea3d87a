"""Measures of a model's risks on its own and on other cases, and how to correct the former."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError
from radln.stats._logistic import (
    fit_logistic,
    log_likelihood,
    nagelkerke,
    null_log_likelihood,
)
from radln.stats.discrimination.delong import placements
from radln.stats.risks._calibration_curve import logits
from radln.stats.validation._refits import Refits

Correction = Literal["optimism", ".632+"]
METRICS = ("auc", "slope", "intercept_joint", "brier", "r2")


def measures(y: BoolArray, p: FloatArray) -> FloatArray:
    """AUC, slope, joint intercept, Brier score, Nagelkerke's R2 of the recalibrated risks."""
    if y.all() or not y.any():
        return np.full(len(METRICS), np.nan)
    area = placements(y, p[None])[0][0]
    brier = float(((p - y) ** 2).mean())
    eta = logits(p)
    if np.ptp(eta) < 1e-9:  # a model that learned nothing predicts one risk for all
        return np.array([area, np.nan, np.nan, brier, 0.0])
    try:
        design = np.stack([np.ones_like(eta), eta], axis=1)
        intercept, slope = fit_logistic(design, y).coefficients
    except ConvergenceError:
        return np.array([area, np.nan, np.nan, brier, np.nan])
    likelihood = log_likelihood(intercept + slope * eta, y)
    r2 = nagelkerke(likelihood, null_log_likelihood(y), y.size)
    return np.array([area, slope, intercept, brier, r2])


def refit_measures(refits: Refits, y: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Measures (b, k) of the refits on their own resample, on all cases, on those left out."""
    train, test, out = [], [], []
    for p, counts in zip(refits.resampled, refits.counts, strict=True):
        rows = np.repeat(np.arange(y.size), counts)
        left = counts == 0
        train.append(measures(y[rows], p[rows]))
        test.append(measures(y, p))
        out.append(measures(y[left], p[left]))
    return np.stack(train), np.stack(test), np.stack(out)


def mean_known(values: FloatArray) -> FloatArray:
    """Column means over the refits that have the value; NaN where more than a tenth lack it."""
    known = ~np.isnan(values)
    enough = known.mean(axis=0) >= 0.9
    total = np.where(known, values, 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(enough, total / known.sum(axis=0), np.nan)


@dataclass(frozen=True, eq=False)
class Corrected:
    """Apparent, corrected and mean left-out metrics (k,); the refits' on resamples and on all."""

    apparent: FloatArray
    values: FloatArray
    left_out: FloatArray
    train: FloatArray
    test: FloatArray


def correct(refits: Refits, y: BoolArray, method: Correction) -> Corrected:
    """The metrics with Harrell's optimism taken off, or by the .632+ rule."""
    apparent = measures(y, refits.apparent)
    train, test, out = refit_measures(refits, y)
    values, left_out = apparent - mean_known(train - test), mean_known(out)
    if method == ".632+":
        values = corrected_632(apparent, left_out, y, refits.apparent)
    return Corrected(apparent, values, left_out, train, test)


def corrected_632(apparent: FloatArray, out: FloatArray, y: BoolArray, p: FloatArray) -> FloatArray:
    """Efron and Tibshirani's .632+ of AUC and Brier score; the left-out mean of the others.

    ``out`` are the means over the cases left out. Without information the AUC is 0.5 and the Brier
    score that of outcomes and risks paired at random.
    """
    corrected = out.copy()
    share, mean = float(y.mean()), float(p.mean())
    paired_at_random = share - 2 * share * mean + float((p**2).mean())
    area, brier = METRICS.index("auc"), METRICS.index("brier")
    corrected[area] = 1 - _plus(1 - apparent[area], 1 - out[area], 0.5)
    corrected[brier] = _plus(apparent[brier], out[brier], paired_at_random)
    return corrected


def _plus(apparent: float, out: float, none: float) -> float:
    """The .632+ estimate of an error from the apparent, the left-out and the uninformed one."""
    out = min(out, none)
    overfit = (out - apparent) / (none - apparent) if apparent < out else 0.0
    weight = 0.632 / (1 - 0.368 * overfit)
    return float((1 - weight) * apparent + weight * out)
