"""Which variables separate the classes so that no logistic regression has a finite optimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError
from radln.stats._logistic import fit_logistic

REMEDY = (
    "Its odds ratio is infinite and has no interval: leave it out and report the counts beside it, "
    "join its rare values, or use a penalised model (the ridge models of a study, or `learner: "
    "firth`)."
)


def about_separation(
    standard: FloatArray, positive: BoolArray, names: Sequence[str], error: ConvergenceError
) -> ConvergenceError:
    """The same error with the names of the columns that are the reason.

    ``standard`` has the intercept first, then the columns of ``names``.
    """
    alone = [
        name
        for name, column in zip(names, standard[:, 1:].T, strict=True)
        if _separates(column, positive)
    ]
    if alone:
        return ConvergenceError(
            f"column {_listed(alone)} of X separates the classes perfectly, or has a value that "
            f"only one of them has. {REMEDY}"
        )
    needed = [name for k, name in enumerate(names) if _fits_without(standard, positive, k + 1)]
    if needed:
        return ConvergenceError(
            f"columns {_listed(needed)} of X separate the classes perfectly, taken together. "
            f"{REMEDY.replace('Its', 'Their').replace('leave it out', 'leave one out')}"
        )
    return error


def _separates(column: FloatArray, positive: BoolArray) -> bool:
    """Whether the classes meet in one value at most."""
    sick, well = column[positive], column[~positive]
    return bool(sick.min() >= well.max() or well.min() >= sick.max())


def _fits_without(standard: FloatArray, positive: BoolArray, k: int) -> bool:
    """Whether the regression has an optimum without a column."""
    try:
        fit_logistic(np.delete(standard, k, axis=1), positive)
    except ConvergenceError:
        return False
    return True


def _listed(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
