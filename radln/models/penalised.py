"""Logistic regression with the lasso's and the elastic net's penalty, along a path of penalties.

The convention is glmnet's: the mean negative log-likelihood over rows, plus
``lambda * (l1 * sum|b| + (1 - l1) / 2 * sum b^2)`` of coefficients on columns of mean 0 and
population standard deviation 1; the intercept bears no penalty.

References
----------
Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from radln._jit import kernel
from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError

STEPS = 100  # penalties of a path
SHORTEST = {True: 1e-4, False: 1e-2}  # last penalty over the first: more rows than columns, or not
CLOSE = 1e-9  # of the steps of standardised coefficients on the log-odds
SWEEPS = 10_000
FLATTEST = 1e-9  # of a row's curvature, where its probability is all but 0 or 1
SATURATED = 0.999  # of the deviance explained: there the path stays as it is, as glmnet's ends


@dataclass(frozen=True, eq=False)
class Path:
    """Fits along ``penalties`` (L,), largest first: ``intercepts`` (L,), ``coefficients`` (L, p).

    Of the columns as they were given.
    """

    penalties: FloatArray
    intercepts: FloatArray
    coefficients: FloatArray

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Of some rows under every penalty, shape (L, n)."""
        return np.asarray(self.intercepts[:, None] + self.coefficients @ matrix.T)


def row_weights(y: BoolArray, *, balanced: bool) -> FloatArray:
    """A weight a row, of mean 1: all the same, or both classes together as heavy."""
    if not balanced:
        return np.ones(y.size)
    return np.asarray(np.where(y, y.size / (2 * y.sum()), y.size / (2 * (~y).sum())))


def penalties_of(
    matrix: FloatArray, y: BoolArray, *, l1: float, balanced: bool = False, steps: int = STEPS
) -> FloatArray:
    """Penalties from the smallest that leaves no coefficient down to a thousandth of it or less.

    Evenly on the log scale to 1e-4 of the first, to 1e-2 where there are no more rows than columns.

    Examples
    --------
    >>> x = np.array([[-1.0], [0.0], [1.0], [0.0]])
    >>> float(penalties_of(x, np.array([False, False, True, True]), l1=1.0)[0].round(6))
    0.353553
    """
    weights = row_weights(y, balanced=balanced)
    standard, _, _ = _standardised(matrix, weights)
    share = float((weights * y).sum() / y.size)
    slopes = np.abs(standard.T @ (weights * (y - share))) / y.size
    first = float(slopes.max(initial=0.0)) / max(l1, 1e-3)
    if not first > 0:
        return np.ones(1)
    return np.asarray(first * np.geomspace(1, SHORTEST[matrix.shape[0] > matrix.shape[1]], steps))


def penalty_path(
    matrix: FloatArray, y: BoolArray, penalties: FloatArray, *, l1: float, balanced: bool = False
) -> Path:
    """The fits at these penalties, from the largest down, each begun at the one before.

    Parameters
    ----------
    matrix
        Columns on any scale, shape (n, p); one that does not vary has the coefficient 0.
    l1
        The lasso's share of the penalty, in (0, 1]; 1 is the lasso.

    Raises
    ------
    ConvergenceError
        A fit did not reach its optimum.
    """
    return Descent(matrix, y, l1=l1, balanced=balanced).follow(penalties)


class Descent:
    """The way down a path of penalties, which can be stopped and gone on.

    Parameters
    ----------
    matrix, y, l1, balanced
        As of :func:`penalty_path`.
    """

    def __init__(
        self, matrix: FloatArray, y: BoolArray, *, l1: float, balanced: bool = False
    ) -> None:
        weights = row_weights(y, balanced=balanced)
        self._standard, self._mean, self._scale = _standardised(matrix, weights)
        self._y, self._weights, self._l1 = y.astype(np.float64), weights / y.size, l1
        rate = float(self._weights @ self._y)
        self._fit = _Fit(float(np.log(rate / (1 - rate))), np.zeros(matrix.shape[1]))
        self._null = self._loss()
        self._saturated = False

    def _loss(self) -> float:
        return _loss(self._fit.log_odds(self._standard), self._y, self._weights)

    def follow(self, penalties: FloatArray) -> Path:
        """The fits at the next penalties, each begun at the one before."""
        intercepts = np.zeros(penalties.size)
        coefficients = np.zeros((penalties.size, self._mean.size))
        for k, penalty in enumerate(penalties):
            if not self._saturated:
                thick, thin = penalty * self._l1, penalty * (1 - self._l1)
                self._fit = _descend(self._standard, self._y, self._weights, thick, thin, self._fit)
                self._saturated = 1 - self._loss() / self._null > SATURATED
            intercepts[k], coefficients[k] = self._fit.intercept, self._fit.coefficients
        own = coefficients / self._scale
        return Path(penalties, intercepts - own @ self._mean, own)


@dataclass(frozen=True, eq=False)
class _Fit:
    """Intercept and coefficients of standardised columns."""

    intercept: float
    coefficients: FloatArray

    def log_odds(self, standard: FloatArray) -> FloatArray:
        some = np.flatnonzero(self.coefficients)
        return np.asarray(self.intercept + standard[:, some] @ self.coefficients[some])


def _loss(eta: FloatArray, y: FloatArray, weights: FloatArray) -> float:
    return float(weights @ (np.logaddexp(0, eta) - y * eta))


def _descend(
    standard: FloatArray, y: FloatArray, weights: FloatArray, thick: float, thin: float, start: _Fit
) -> _Fit:
    """Newton steps, halved while they would worsen the penalised loss, over the columns that are
    in the model or would enter it.
    """

    def worth(fit: _Fit) -> float:
        beta = fit.coefficients
        bent = thick * float(np.abs(beta).sum()) + thin / 2 * float(beta @ beta)
        return _loss(fit.log_odds(standard), y, weights) + bent

    fit, worst = start, worth(start)
    for _ in range(STEPS):
        chance = expit(fit.log_odds(standard))
        left = weights * (y - chance)
        bend = weights * np.maximum(chance * (1 - chance), FLATTEST)
        slopes = standard.T @ left
        inside = (fit.coefficients != 0) | (np.abs(slopes) > thick * (1 + CLOSE))
        some = np.flatnonzero(inside)
        part = np.column_stack([np.ones(y.size), standard[:, some]])
        gram = (part * bend[:, None]).T @ part
        old = np.r_[fit.intercept, fit.coefficients[some]]
        new = _solve(gram, gram @ old + np.r_[left.sum(), slopes[some]], old, thick, thin)
        step, share = new - old, 1.0
        while True:
            beta = np.zeros_like(fit.coefficients)
            beta[some] = new[1:] if share == 1 else old[1:] + share * step[1:]
            proposed = _Fit(float(old[0] + share * step[0]), beta)
            value = worth(proposed)
            if value <= worst + 1e-13 * (1 + abs(worst)) or share < 1e-6:
                break
            share /= 2
        fit, worst = proposed, value
        if np.abs(step).max() <= CLOSE * (1 + np.abs(new).max()):
            return fit
    raise ConvergenceError(
        "the lasso or elastic net did not reach its optimum, which happens where columns of huge "
        "values repeat each other; leave such columns out (the step correlation does)."
    )


def _solve(
    gram: FloatArray, right: FloatArray, start: FloatArray, thick: float, thin: float
) -> FloatArray:
    """The minimum of a quadratic with the penalties on all but its first coefficient.

    Coordinate descent finds which are 0 and the signs of the others, a linear system the values.
    """
    beta = start.copy()
    close = 1e-4
    for _ in range(6):
        _sweep(gram, right, beta, thick, thin, close)
        some = np.flatnonzero(np.r_[True, beta[1:] != 0])
        bound = thick * np.sign(beta)
        bound[0] = 0.0
        system = gram[np.ix_(some, some)] + np.diag(np.where(some > 0, thin, 0.0))
        try:
            exact = np.linalg.solve(system, right[some] - bound[some])
        except np.linalg.LinAlgError:
            exact = beta[some]
        full = np.zeros_like(beta)
        full[some] = exact
        slopes = right - gram @ full
        kept = (np.sign(full[1:]) == np.sign(beta[1:])).all()
        if kept and (np.abs(slopes[1:][beta[1:] == 0]) <= thick * (1 + 1e-7)).all():
            return full
        close /= 10
    _sweep(gram, right, beta, thick, thin, CLOSE)
    return beta


def _standardised(
    matrix: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Columns of weighted mean 0 and standard deviation 1; constant ones are 0."""
    mean = np.average(matrix, axis=0, weights=weights)
    centred = matrix - mean
    scale = np.sqrt(np.average(centred**2, axis=0, weights=weights))
    still = scale <= 1e-12 * np.maximum(np.abs(mean), 1e-300)
    scale = np.where(still, 1.0, scale)
    return np.where(still, 0.0, centred / scale), mean, scale


@kernel
def _sweep(
    gram: FloatArray, right: FloatArray, beta: FloatArray, thick: float, thin: float, close: float
) -> None:
    """Coordinate descent on a quadratic, until no coefficient moves farther than ``close``."""
    slopes = right - gram @ beta
    for _ in range(SWEEPS):
        farthest = 0.0
        for j in range(beta.size):
            curvature = gram[j, j]
            if curvature <= 0:
                continue
            at = slopes[j] + curvature * beta[j]
            if j == 0:
                new = at / curvature
            elif abs(at) <= thick:
                new = 0.0
            else:
                new = np.sign(at) * (abs(at) - thick) / (curvature + thin)
            change = new - beta[j]
            if change != 0.0:
                slopes -= change * gram[j]
                beta[j] = new
                farthest = max(farthest, abs(change))
        if farthest <= close:
            return
