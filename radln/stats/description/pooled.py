"""The mean over centres of differences that each centre has estimated by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from radln._result import Estimate
from radln.errors import InputError
from radln.stats.description._random_effects import random_effects


@dataclass(frozen=True)
class PooledDifference:
    """The mean difference with its test, the interval for a new centre, and how centres differ."""

    estimate: Estimate
    prediction: Estimate
    pvalue: float
    df: float
    tau: float
    i_squared: float


def pooled_difference(
    differences: Sequence[Estimate], *, shared_training: bool = False
) -> PooledDifference:
    """Does one score rank better than another in the mean of the centres?

    Parameters
    ----------
    differences
        One of every centre, with its standard error.
    shared_training
        As in :func:`radln.stats.between_centres`.

    Raises
    ------
    InputError
        Fewer than three centres, or one without a standard error above 0.

    Notes
    -----
    Random effects by restricted maximum likelihood, interval and test of Hartung, Knapp, Sidik and
    Jonkman with t of ``k - 1`` degrees of freedom, as :func:`radln.stats.between_centres` has them.

    Examples
    --------
    >>> parts = [Estimate(d, d - 0.1, d + 0.1, se=0.05) for d in (0.02, 0.05, 0.08, 0.04, 0.06)]
    >>> found = pooled_difference(parts)
    >>> print(found.estimate)
    0.050 (−0.012 to 0.112)
    """
    errors = [np.nan if d.se is None else d.se for d in differences]
    if len(errors) < 3 or not all(error > 0 for error in errors):
        raise InputError(
            f"{sum(error > 0 for error in errors)} of {len(errors)} centre(s) have a standard "
            "error; a mean of differences needs three or more, and each with one."
        )
    level = differences[0].confidence_level
    values = np.array([d.value for d in differences])
    pooled = random_effects(values, np.array(errors), level, shared=shared_training)
    df = values.size - 1
    method = f"mean of {values.size} centres, random effects, REML, Hartung-Knapp"
    method += ", centres' own errors twice for shared training patients" * shared_training
    return PooledDifference(
        estimate=Estimate(pooled.mean, *_within(pooled.interval), level, method, pooled.se),
        prediction=Estimate(
            pooled.mean, *_within(pooled.prediction), level, "prediction interval of a new centre"
        ),
        pvalue=float(2 * stdtr(df, -abs(pooled.mean) / pooled.se)),
        df=float(df),
        tau=pooled.tau,
        i_squared=pooled.i_squared,
    )


def _within(limits: tuple[float, float]) -> tuple[float, float]:
    """The limits of a difference of areas, which lies between -1 and 1."""
    return max(limits[0], -1.0), min(limits[1], 1.0)
