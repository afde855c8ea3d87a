"""The interval of an area under a ROC curve: by likelihood, and wide enough near 0 and 1."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr, stdtrit

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._intervals import quantile
from radln.stats._ztest import standard_error
from radln.stats.discrimination._empirical_likelihood import likelihood_interval

EDGE = 1e-15


def area_interval(
    positive: BoolArray,
    score: FloatArray,
    area: float,
    variance: float,
    cluster: IntArray | None,
    confidence_level: float,
) -> Estimate:
    """An area with its default interval, and DeLong's or Obuchowski's standard error.

    The limits are those of the empirical likelihood, which collapse onto an area near 0 or 1; there
    :func:`farthest_limits` hold them off. Both grow with every pair that is put right.
    """
    errors = "DeLong's" if cluster is None else "Obuchowski's"
    name = f"empirical likelihood, se {errors}"
    name += "" if cluster is None else ", clustered by patient"
    se = standard_error(variance)
    if np.isnan(se):
        return Estimate(area, np.nan, np.nan, confidence_level, name, se)
    chi_square = quantile(confidence_level) ** 2
    low, high = likelihood_interval(positive, score, cluster, chi_square)
    least, most = farthest_limits(area, patients_of(positive, cluster), chi_square)
    if least < low or most > high:
        name = name.replace("likelihood", "likelihood with Newcombe's method 5", 1)
    return Estimate(area, min(low, least), max(high, most), confidence_level, name, se)


def patients_of(positive: BoolArray, cluster: IntArray | None) -> tuple[int, int]:
    """How many patients have positive cases, and how many negative ones."""
    if cluster is None:
        return int(positive.sum()), int((~positive).sum())
    return np.unique(cluster[positive]).size, np.unique(cluster[~positive]).size


def farthest_limits(
    area: float, patients: tuple[float, float], chi_square: float
) -> tuple[float, float]:
    """The highest lower and the lowest upper limit that so few wrong (or right) pairs allow.

    Newcombe's method 5: the areas whose own variance, Hanley and McNeil's, leaves the observed one
    within the quantile. It needs no spread in the data. Where pairs in the wrong order outnumber
    the patients the data speak for themselves: that variance is divided by their ratio
    (at 95 %; later at higher levels, so that the limit never falls as the area grows).

    References
    ----------
    Newcombe 2006, doi:10.1002/sim.2324; Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.
    """
    return (
        _lower(area, *patients, chi_square),
        1 - _lower(1 - area, *patients, chi_square),
    )


def _lower(area: float, m: float, n: float, chi_square: float) -> float:
    """The lower limit of method 5; 0 for an area of 0."""
    if area <= EDGE:
        return 0.0
    wrong_pairs = (1 - area) * m * n
    many = 4 * wrong_pairs / ((m + n) * chi_square)
    relaxed = chi_square / max(1.0, many)
    half = (m + n) / 2 - 1

    def excess(true: float) -> float:
        spread = 1 + half * (1 - true) / (2 - true) + half * true / (1 + true)
        return float((area - true) ** 2 - relaxed * true * (1 - true) * spread / (m * n))

    start = area - EDGE if area == 1 else area
    return float(brentq(excess, EDGE, start, xtol=1e-14)) if excess(EDGE) > 0 else 0.0


def logit_interval(
    area: float,
    variance: float,
    patients: tuple[int, int],
    confidence_level: float,
    method: str,
    *,
    inflation: float = 1.0,
    df: float | None = None,
) -> Estimate:
    """An area with limits on the logit scale, where there is no one score to weigh.

    ``variance`` holds ``inflation`` already, which the limits near 0 and 1 need as well. With
    ``df`` the quantile is Student's.
    """
    se = standard_error(variance)
    if np.isnan(se):
        return Estimate(area, np.nan, np.nan, confidence_level, method, se)
    z = quantile(confidence_level)
    z = z if df is None else float(stdtrit(df, ndtr(z)))
    low = high = area
    if 0 < area < 1:
        arm = z * se / (area * (1 - area))
        low, high = (float(expit(logit(area) + sign * arm)) for sign in (-1, 1))
    least, most = farthest_limits(area, patients, z**2 * inflation)
    return Estimate(area, min(low, least), max(high, most), confidence_level, method, se)


def same_score(scores: FloatArray) -> tuple[str, ...]:
    """What must be said of a score that tells no case from another."""
    if np.ptp(scores) > 0:
        return ()
    return ("the score is the same for all cases: an area of 0.5 then is no finding.",)
