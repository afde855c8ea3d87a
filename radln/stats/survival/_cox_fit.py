"""Maximising Cox's partial likelihood, and refusing where it has no maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError, InputError
from radln.stats.survival._risk_sets import RiskSets, Terms, gradient, information, terms

STEPS, CLOSE = 30, 1e-9


@dataclass(frozen=True, eq=False)
class CoxOptimum:
    """The optimum in the columns' own units; the null model's values beside it."""

    coefficients: FloatArray
    information: FloatArray
    terms: Terms
    loglik_null: float
    loglik: float
    score_null: FloatArray
    information_null: FloatArray


def refuse_outcome(
    X: FloatArray, names: tuple[str, ...], times: FloatArray, happened: BoolArray
) -> None:
    """Refuse a column that is the follow-up or the event itself, which nobody knows beforehand."""
    for column, name in zip(X.T, names, strict=True):
        for held, what in ((times, "time"), (happened, "event")):
            if np.array_equal(column, held):
                raise InputError(
                    f"column {name!r} of X is the {what} itself, which is not known when a "
                    "prediction is made; leave it out."
                )


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # on the way to no optimum
def maximise(sets: RiskSets, X: FloatArray, names: tuple[str, ...], penalty: float) -> CoxOptimum:
    """Newton steps in standardised columns, halved while they would worsen the likelihood.

    ``X`` is sorted as ``sets``; ``penalty / 2`` times the sum of squared coefficients, in the
    columns' own units, is taken from the likelihood.
    """
    centre, scale = X.mean(axis=0), X.std(axis=0)
    Z = (X - centre) / scale
    ridge = penalty / scale**2
    null = terms(sets, Z, np.zeros(Z.shape[0]))
    null_information = information(sets, Z, null)
    _refuse_redundant(null_information, names, penalty)
    beta, at, value = np.zeros(Z.shape[1]), null, null.loglik
    for _ in range(STEPS):
        curvature = information(sets, Z, at) + np.diag(ridge)
        step = _newton(curvature, gradient(sets, Z, at) - ridge * beta, beta, names)
        proposed, reached = _uphill(sets, Z, beta, step, ridge, value)
        moved = np.abs(proposed - beta)
        beta, at = proposed, reached
        value = at.loglik - float(ridge @ beta**2) / 2
        if moved.max() <= CLOSE * (1 + np.abs(beta).max()):
            return CoxOptimum(
                coefficients=beta / scale,
                information=information(sets, Z, at) * np.outer(scale, scale),
                terms=terms(sets, X, Z @ beta),
                loglik_null=null.loglik,
                loglik=at.loglik,
                score_null=gradient(sets, Z, null) * scale,
                information_null=null_information * np.outer(scale, scale),
            )
    raise ConvergenceError(_endless(names[int(np.argmax(np.abs(beta)))]))


def _uphill(
    sets: RiskSets,
    Z: FloatArray,
    beta: FloatArray,
    step: FloatArray,
    ridge: FloatArray,
    value: float,
) -> tuple[FloatArray, Terms]:
    """The step, halved until the likelihood is no worse."""
    dust = 1e-10 * (1 + abs(value))
    for _ in range(40):
        proposed = beta + step
        at = terms(sets, Z, Z @ proposed)
        if at.loglik - float(ridge @ proposed**2) / 2 >= value - dust:
            return proposed, at
        step = step / 2
    return beta, terms(sets, Z, Z @ beta)


def _newton(
    curvature: FloatArray, slope: FloatArray, beta: FloatArray, names: tuple[str, ...]
) -> FloatArray:
    """The Newton step, refused where the likelihood has become flat.

    Flat it is for all columns; the one whose coefficient has grown most is to blame.
    """
    diagonal = np.diag(curvature)
    worst = np.argmax(np.abs(beta)) if beta.any() else np.argmin(diagonal)
    if not np.isfinite(curvature).all() or (diagonal <= 1e-8).any():
        raise ConvergenceError(_endless(names[int(worst)]))
    try:
        return np.asarray(np.linalg.solve(curvature, slope))
    except np.linalg.LinAlgError as error:
        raise ConvergenceError(_endless(names[int(worst)])) from error


def _endless(name: str) -> str:
    return (
        f"the coefficient of {name!r} grows without end: its values order the events perfectly, "
        "or one of its levels has no event. Leave it out, merge levels, or set penalty above 0 "
        "(then without intervals)."
    )


def _refuse_redundant(curvature: FloatArray, names: tuple[str, ...], penalty: float) -> None:
    """Refuse columns that say nothing, or only what the others say together."""
    if penalty > 0:
        return
    diagonal = np.diag(curvature)
    flat = diagonal <= 1e-12 * max(1.0, float(diagonal.max()))
    if flat.any():
        raise InputError(
            f"column {names[int(np.argmax(flat))]!r} of X does not vary among those at risk at "
            "any event (within strata); leave it out."
        )
    root = np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(curvature / np.outer(root, root))
    if values[0] < 1e-10:
        share = np.abs(vectors[:, 0])
        guilty = [names[i] for i in np.flatnonzero(share > 0.1 * share.max())]
        raise InputError(
            f"the columns {', '.join(guilty)} of X determine each other; leave one of them out."
        )
