"""The likelihood of a logistic model, plain or with Firth's penalty, and its profiles.

References
----------
Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2002, doi:10.1002/sim.1047.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, expit

from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError

STEPS = 300
CLOSE = 1e-10
FARTHEST = 60  # standard errors from the estimate to a limit


@dataclass(frozen=True, eq=False)
class Maximum:
    """Coefficients, the (penalised) log-likelihood there, and the inverse information."""

    coefficients: FloatArray
    value: float
    covariance: FloatArray


def maximise(
    X: FloatArray,
    y: BoolArray,
    *,
    firth: bool,
    fixed: tuple[int, float] | None = None,
    start: FloatArray | None = None,
) -> Maximum:
    """The coefficients with the largest likelihood.

    Parameters
    ----------
    X
        Columns of like size, shape (n, p), the intercept among them.
    firth
        With half the log-determinant of the information added.
    fixed
        One coefficient by its place, and the value that it keeps.
    start
        Where to begin.

    Raises
    ------
    ConvergenceError
        Columns repeat each other, or (without the penalty) separate the classes.

    Examples
    --------
    >>> X, y = np.ones((10, 1)), np.arange(10) < 2
    >>> found = maximise(X, y, firth=True)
    >>> round(float(expit(found.coefficients[0])), 6)  # (2 + 1/2) / (10 + 1)
    0.227273
    """
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise ConvergenceError(
            "the logistic likelihood has no maximum: columns repeat each other, or there are more "
            "of them than rows. Leave some out, or use ridge (`logistic`)."
        )
    beta = np.zeros(X.shape[1]) if start is None else start.copy()
    free = np.arange(X.shape[1])
    if fixed is not None:
        beta[fixed[0]] = fixed[1]
        free = np.delete(free, fixed[0])
    value = _value(X, y, beta, firth)
    for _ in range(STEPS):
        chance = expit(X @ beta)
        curvature = chance * (1 - chance)
        information = (X * curvature[:, None]).T @ X
        left = y - chance
        try:
            if firth:
                leverage = np.einsum(
                    "ij,ji->i", X, np.linalg.solve(information, (X * curvature[:, None]).T)
                )
                left = left + leverage * (0.5 - chance)
            step = np.zeros_like(beta)
            step[free] = np.linalg.solve(information[np.ix_(free, free)], X[:, free].T @ left)
        except np.linalg.LinAlgError:
            break
        step *= min(1.0, 5 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        proposed = _value(X, y, beta + step, firth)
        for _ in range(60):
            if proposed >= value - 1e-12 * (1 + abs(value)):
                break
            step /= 2
            proposed = _value(X, y, beta + step, firth)
        beta, value = beta + step, proposed
        if np.abs(step).max(initial=0.0) <= CLOSE * (1 + np.abs(beta).max()):
            return Maximum(beta, value, np.linalg.inv(information))
    raise ConvergenceError(
        "the logistic likelihood has no finite maximum"
        + ("." if firth else ": columns separate the classes. Firth's penalty (`firth`) has one.")
    )


def _value(X: FloatArray, y: BoolArray, beta: FloatArray, firth: bool) -> float:
    eta = X @ beta
    value = float((y * eta - np.logaddexp(0, eta)).sum())
    if not firth:
        return value
    chance = expit(eta)
    sign, determinant = np.linalg.slogdet((X * (chance * (1 - chance))[:, None]).T @ X)
    return value + determinant / 2 if sign > 0 else -np.inf


@dataclass(frozen=True)
class Profile:
    """Limits by the profile likelihood, and the p-value of the likelihood-ratio test of 0."""

    low: float
    high: float
    pvalue: float


def profile(
    X: FloatArray,
    y: BoolArray,
    place: int,
    top: Maximum,
    *,
    firth: bool,
    confidence_level: float = 0.95,
) -> Profile:
    """Limits and test of one coefficient, the others being fitted anew at each of its values.

    ``top`` is the maximum of the same likelihood. A limit is infinite where the likelihood does
    not fall far enough within 60 standard errors.

    Notes
    -----
    Cases must be independent: with several rows a patient the likelihood is not theirs.

    Examples
    --------
    >>> X = np.column_stack([np.ones(40), np.arange(40) % 2])
    >>> y = (np.arange(40) * 7 % 40) < 20 + 10 * X[:, 1]
    >>> top = maximise(X, y, firth=False)
    >>> found = profile(X, y, 1, top, firth=False)
    >>> bool(found.low < top.coefficients[1] < found.high)
    True
    """
    fall = float(chdtri(1, 1 - confidence_level))
    centre = float(top.coefficients[place])
    se = float(np.sqrt(top.covariance[place, place]))

    def fallen(value: float) -> float:
        held = maximise(X, y, firth=firth, fixed=(place, value), start=top.coefficients)
        return 2 * (top.value - held.value)

    def limit(side: int) -> float:
        near, far = centre, centre + side * 2 * se
        while fallen(far) < fall:
            near, far = far, far + side * 2 * se
            if abs(far - centre) > FARTHEST * se:
                return side * np.inf
        return float(brentq(lambda value: fallen(value) - fall, near, far, xtol=1e-10))

    return Profile(limit(-1), limit(1), float(chdtrc(1, max(fallen(0.0), 0.0))))
