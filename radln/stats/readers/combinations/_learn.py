"""What combinations learn from training cases: calibration, weights, a stack, cut-offs, bands."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls
from scipy.special import expit, logit

from radln._types import BoolArray, FloatArray
from radln.stats.discrimination._curves import ranking, steps

EDGE = 1e-6
RIDGE = 1.0


def log_odds(probability: FloatArray) -> FloatArray:
    """Log odds, of 0 and 1 those of 1e-6 and 1 - 1e-6."""
    return np.asarray(logit(np.clip(probability, EDGE, 1 - EDGE)))


def platt(x: FloatArray, positive: BoolArray) -> tuple[float, float]:
    """Intercept and slope of Platt's logistic calibration of ``x`` (n,), never falling.

    Platt's targets, ``(n1 + 1)/(n1 + 2)`` and ``1/(n0 + 2)``, keep the fit finite where the classes
    are separated. A slope below zero (the training cases speak against the direction of the score)
    is set to zero: the member then says nothing, instead of the opposite of what it said.

    Platt 1999, Advances in Large Margin Classifiers, 61-74; Lin, Lin and Weng 2007,
    doi:10.1007/s10994-007-5018-6.
    """
    n1 = int(positive.sum())
    n0 = positive.size - n1
    target = np.where(positive, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    flat = float(logit(target.mean())), 0.0
    spread = float(x.std())
    if spread <= 1e-12 * max(1.0, float(np.abs(x).max())):
        return flat
    centre = float(x.mean())
    z = (x - centre) / spread
    beta = _newton(np.column_stack([np.ones_like(z), z]), target, np.zeros(2))
    if beta[1] <= 0:
        return flat
    slope = float(beta[1]) / spread
    return float(beta[0]) - slope * centre, slope


def stack(columns: FloatArray, positive: BoolArray) -> FloatArray:
    """Intercept and coefficients (k + 1,) of a ridge logistic regression of ``columns`` (n, k).

    The columns are standardised for the fit, with a penalty of half the squared coefficients, the
    intercept free; the coefficients returned are those of the columns as given, 0 for a constant.
    """
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    varies = spread > 1e-12 * np.maximum(1.0, np.abs(columns).max(axis=0))
    scale = np.where(varies, spread, 1.0)
    z = np.where(varies, (columns - centre) / scale, 0.0)
    penalty = np.r_[0.0, np.full(z.shape[1], RIDGE)]
    beta = _newton(np.column_stack([np.ones(z.shape[0]), z]), positive.astype(np.float64), penalty)
    slopes = np.where(varies, beta[1:] / scale, 0.0)
    return np.asarray(np.r_[beta[0] - slopes @ centre, slopes])


def _newton(X: FloatArray, target: FloatArray, penalty: FloatArray) -> FloatArray:
    """The minimum of the penalised log loss; a halved step is tried where a whole one overshoots.

    Platt's targets or a ridge make it finite, so that Newton's steps arrive.
    """

    def loss(beta: FloatArray) -> float:
        eta = X @ beta
        return float((np.logaddexp(0, eta) - target * eta).sum() + penalty @ beta**2 / 2)

    beta = np.zeros(X.shape[1])
    for _ in range(100):
        p = expit(X @ beta)
        gradient = X.T @ (p - target) + penalty * beta
        hessian = (X * (p * (1 - p))[:, None]).T @ X + np.diag(penalty)
        step = np.linalg.solve(hessian + 1e-10 * np.eye(beta.size), gradient)
        size, now = 1.0, loss(beta)
        while loss(beta - size * step) > now + 1e-12 * (1 + abs(now)) and size > 1e-6:
            size /= 2
        beta = beta - size * step
        if np.abs(size * step).max() <= 1e-10 * (1 + np.abs(beta).max()):
            break
    return beta


def pool_weights(probabilities: FloatArray, positive: BoolArray) -> FloatArray:
    """Weights (k,) from 0 with a sum of 1 for a mean of ``probabilities`` (k, n).

    Non-negative least squares of the outcome on the probabilities with a free intercept, scaled to
    a sum of 1; equal weights where no member helps. Without the free scale the sharpest member
    would take all, since a mean is duller than its parts.

    Breiman 1996, doi:10.1007/BF00117832.
    """
    centred = probabilities - probabilities.mean(axis=1, keepdims=True)
    y = positive - positive.mean()
    weights, _ = nnls(centred.T, y)
    total = float(weights.sum())
    if not total > 0:
        return np.full(weights.size, 1 / weights.size)
    return np.asarray(weights / total)


def chosen_cutoff(score: FloatArray, positive: BoolArray, choose: str | float) -> float:
    """Youden's cut-off, or the highest one that reaches a sensitivity; halfway between scores.

    It is finite: some case is called, and under Youden's rule some case is not.
    """
    ranked = ranking(score)
    true, false = steps(positive, ranked)
    cuts = np.r_[ranked.thresholds[1:-1], ranked.values[-1]]
    if isinstance(choose, str):
        gain = (true * false[-1] - false * true[-1])[1:]
        at = int(np.argmax(gain[:-1])) if cuts.size > 1 else 0
    else:
        at = int(np.argmax(true[1:] >= choose * true[-1] - 1e-9))
    return float(cuts[at])


def uncertain_band(score: FloatArray, cutoff: float, share: float) -> tuple[float, float]:
    """The scores between which the given share of cases lies, half on either side of a cut-off."""
    below = float((score < cutoff).mean())
    low, high = np.quantile(score, [max(0.0, below - share / 2), min(1.0, below + share / 2)])
    return float(low), float(high)
