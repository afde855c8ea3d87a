"""Unpenalised logistic regression for a few columns, with model-based or patient-robust errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import cluster_sums

SEPARATED = (
    "the logistic fit has no finite optimum: some value of the predictor separates the classes "
    "perfectly, or the predictor does not vary."
)


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Coefficients and their covariance."""

    coefficients: FloatArray
    covariance: FloatArray


def fit_logistic(
    X: FloatArray,
    positive: BoolArray,
    *,
    offset: FloatArray | None = None,
    cluster: IntArray | None = None,
) -> LogisticFit:
    """Maximum likelihood by Newton steps, halved while they would worsen the likelihood.

    Without ``cluster`` the covariance is the inverse information, as in R's glm; with it the
    sandwich over patients without a small-sample factor, as in rms::robcov. ConvergenceError where
    no finite optimum exists.
    """
    y = positive.astype(np.float64)
    shift = np.zeros(y.size) if offset is None else offset
    beta = np.zeros(X.shape[1])
    loss = _loss(X @ beta + shift, y)
    for _ in range(50):
        p = expit(X @ beta + shift)
        step = _solve(_information(X, p), X.T @ (y - p))
        while (proposed := _loss(X @ (beta + step) + shift, y)) > loss + 1e-9 * (1 + loss):
            step = step / 2
        beta, loss = beta + step, proposed
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(beta).max()):
            return LogisticFit(beta, _covariance(X, expit(X @ beta + shift), y, cluster))
    raise ConvergenceError(SEPARATED)


def _loss(eta: FloatArray, y: FloatArray) -> float:
    """Minus the log-likelihood."""
    return float((np.logaddexp(0, eta) - y * eta).sum())


def _information(X: FloatArray, p: FloatArray) -> FloatArray:
    return np.asarray((X * (p * (1 - p))[:, None]).T @ X)


def _solve(information: FloatArray, right: FloatArray) -> FloatArray:
    """The Newton step, refused where the information is singular."""
    scale = np.sqrt(np.diag(information))
    if not (scale > 1e-12).all():
        raise ConvergenceError(SEPARATED)
    scaled = information / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e12:
        raise ConvergenceError(SEPARATED)
    return np.asarray((np.linalg.solve(scaled, (right.T / scale).T).T / scale).T)


def _covariance(
    X: FloatArray, p: FloatArray, y: FloatArray, cluster: IntArray | None
) -> FloatArray:
    """The inverse information, or the sandwich over patients."""
    bread = _solve(_information(X, p), np.eye(X.shape[1]))
    if cluster is None:
        return bread
    scores = cluster_sums(X * (y - p)[:, None], cluster)
    return np.asarray(bread @ (scores.T @ scores) @ bread)


def log_likelihood(eta: FloatArray, positive: BoolArray) -> float:
    """Of outcomes given their log odds."""
    return -_loss(eta, positive.astype(np.float64))


def null_log_likelihood(positive: BoolArray) -> float:
    """Of outcomes given only their prevalence."""
    share = float(positive.mean())
    return float(positive.size * (share * np.log(share) + (1 - share) * np.log(1 - share)))


def nagelkerke(likelihood: float, null: float, n: int) -> float:
    """The gain in likelihood as a share of what is possible, doi:10.1093/biomet/78.3.691."""
    return float(np.expm1(2 * (null - likelihood) / n) / np.expm1(2 * null / n))
