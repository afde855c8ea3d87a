"""The normal random-effects model of a few estimates with known errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from radln._types import FloatArray


@dataclass(frozen=True)
class Pooled:
    """Mean, its interval, the interval of a new member, and how much the members differ."""

    mean: float
    interval: tuple[float, float]
    prediction: tuple[float, float]
    se: float
    tau: float
    i_squared: float
    q: float


def random_effects(
    values: FloatArray, errors: FloatArray, confidence_level: float, *, shared: bool = False
) -> Pooled:
    """REML for the variance between members, Hartung and Knapp for the mean.

    The error of the mean is never below that of the members' own errors (metafor's "adhoc"): where
    members agree by chance, Hartung and Knapp's alone collapses. The prediction interval takes t
    with two degrees of freedom fewer than members; NaN for two.

    ``shared`` = models that were tested in one member learned from the others: what chance did to a
    pair of patients then counts in two members, so that the members' own errors enter the variance
    of the mean twice.
    """
    variances, k = errors**2, values.size
    tau2 = _reml(values, variances)
    weights = 1 / (variances + tau2)
    mean = float((weights * values).sum() / weights.sum())
    spread = (weights * (values - mean) ** 2).sum() / (k - 1)
    again = (weights**2 * variances).sum() / weights.sum() ** 2 if shared else 0.0
    se = float(np.sqrt(max(spread, 1.0) / weights.sum() + again))
    tail = 0.5 + confidence_level / 2
    arm = float(stdtrit(k - 1, tail)) * se
    reach = float(stdtrit(k - 2, tail)) * np.sqrt(tau2 + se**2) if k > 2 else np.nan
    fixed = 1 / variances
    q = float((fixed * (values - (fixed * values).sum() / fixed.sum()) ** 2).sum())
    typical = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return Pooled(
        mean=mean,
        interval=(mean - arm, mean + arm),
        prediction=(mean - reach, mean + reach),
        se=se,
        tau=float(np.sqrt(tau2)),
        i_squared=float(tau2 / (tau2 + typical)),
        q=q,
    )


def _reml(values: FloatArray, variances: FloatArray) -> float:
    """The variance between members at which the restricted likelihood is highest."""

    def score(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        mean = (weights * values).sum() / weights.sum()
        squares = (weights**2 * (values - mean) ** 2).sum()
        return float(squares - weights.sum() + (weights**2).sum() / weights.sum())

    if score(0.0) <= 0:
        return 0.0
    high = float(np.ptp(values) ** 2 + variances.max())
    while score(high) > 0:
        high *= 2
    return float(brentq(score, 0.0, high, xtol=1e-14, rtol=1e-12))
