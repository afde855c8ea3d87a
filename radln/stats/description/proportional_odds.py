"""Proportional-odds regression by Newton's method, with a ridge penalty or without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit

from radln._types import FloatArray, IntArray
from radln.errors import ConvergenceError

STEPS, HALVINGS, CLOSE = 60, 30, 1e-10
FAR = 30.0  # log-odds of a standardised input, beyond which nothing finite is the optimum


@dataclass(frozen=True, eq=False)
class ProportionalOdds:
    """``coefficients`` (p,) of the log-odds of lying above a limit, ``thresholds`` (K - 1,).

    P(class > k) = expit(x coefficients - thresholds[k]). ``covariance`` (p + K - 1,) squared, the
    coefficients first, is the inverse of the observed information; ``scores`` (n, p + K - 1) is
    what every row adds to the gradient.
    """

    coefficients: FloatArray
    thresholds: FloatArray
    covariance: FloatArray
    scores: FloatArray
    log_likelihood: float


def fit_proportional_odds(
    matrix: FloatArray, codes: IntArray, n_classes: int, *, ridge: float = 0.0
) -> ProportionalOdds:
    """Maximise the log-likelihood less half of ``ridge`` times the squared coefficients.

    Parameters
    ----------
    matrix : shape (n, p)
    codes : shape (n,)
        Classes as 0 to ``n_classes`` - 1, each with a row.

    Raises
    ------
    ConvergenceError
        Predictors separate the classes or repeat each other, so that there is no optimum.

    Notes
    -----
    The log-likelihood is concave in all parameters (Pratt 1981,
    doi:10.1080/01621459.1981.10477613), so that the only optimum is found from any start.

    References
    ----------
    McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x.
    """
    p = matrix.shape[1]
    below = np.cumsum(np.bincount(codes, minlength=n_classes))[:-1] / codes.size
    given = np.concatenate([np.zeros(p), np.log(below / (1 - below))])
    weight = np.concatenate([np.full(p, ridge), np.zeros(n_classes - 1)])
    state = _state(matrix, codes, n_classes, given)
    value = state[0] - 0.5 * (weight * given**2).sum()
    for _ in range(STEPS):
        gradient = state[1].sum(axis=0) - weight * given
        curvature = -state[2] + np.diag(weight)
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError as error:
            raise _refusal("some predictors repeat each other", matrix) from error
        for halving in range(HALVINGS):
            trial = given + step / 2**halving
            if (np.diff(trial[p:]) > 0).all():
                state = _state(matrix, codes, n_classes, trial)
                reached = state[0] - 0.5 * (weight * trial**2).sum()
                if reached >= value - 1e-12 * abs(value):
                    break
        else:
            raise _refusal("no step improves the fit", matrix)
        moved, given, value = float(np.abs(trial - given).max()), trial, reached
        if not ridge and np.abs(given[:p]).max(initial=0.0) > FAR:
            raise _refusal("predictors separate the classes of these rows", matrix)
        if moved < CLOSE * (1 + np.abs(given).max()):
            break
    else:
        raise _refusal("predictors separate the classes of these rows", matrix)
    covariance = np.asarray(np.linalg.inv(-state[2] + np.diag(weight)), dtype=np.float64)
    return ProportionalOdds(given[:p], given[p:], covariance, state[1], float(state[0]))


def _state(
    matrix: FloatArray, codes: IntArray, n_classes: int, given: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood, what every row adds to its gradient, and its second derivatives."""
    n, p = matrix.shape
    linear, limits = matrix @ given[:p], given[p:]
    first, last = codes == 0, codes == n_classes - 1
    ends = np.concatenate([[-np.inf], limits, [np.inf]])
    upper, lower = ends[codes + 1] - linear, ends[codes] - linear
    with np.errstate(invalid="ignore"):
        gap = np.where(first | last, -np.inf, lower - upper)
    log_p = log_expit(upper) + log_expit(-lower) + np.log(-np.expm1(gap))
    a, b = (
        np.exp(log_expit(side) + log_expit(-side) - log_p) for side in (upper, lower)
    )  # densities at both limits, over the probability; 0 at an infinite one
    turn_a, turn_b = (1 - 2 * np.exp(log_expit(side)) for side in (upper, lower))
    of_limits = np.zeros((2, n, n_classes - 1))
    of_limits[0][~last, codes[~last]] = 1
    of_limits[1][~first, codes[~first] - 1] = 1
    to_upper, to_lower = (np.concatenate([-matrix, part], axis=1) for part in of_limits)
    scores = to_upper * a[:, None] - to_lower * b[:, None]
    both = (to_upper * (a * b)[:, None]).T @ to_lower
    second = (
        (to_upper * (a * turn_a - a**2)[:, None]).T @ to_upper
        - (to_lower * (b * turn_b + b**2)[:, None]).T @ to_lower
        + both
        + both.T
    )
    return float(log_p.sum()), scores, second


def _refusal(why: str, matrix: FloatArray) -> ConvergenceError:
    return ConvergenceError(
        f"proportional-odds regression has no finite optimum here: {why} ({matrix.shape[0]} "
        f"rows, {matrix.shape[1]} inputs). Leave the ridge penalty (delete `penalty: none`), or "
        "use fewer predictors."
    )
