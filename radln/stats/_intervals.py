"""What every statistic needs: counts of cases and patients, quantiles, Wald intervals."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from scipy.special import ndtr, ndtri

from radln import _check
from radln._result import Estimate
from radln._types import Alternative, BoolArray, FloatArray, IntArray

ALTERNATIVES = ("two-sided", "less", "greater")


class Counts(TypedDict):
    """The counts that every result carries."""

    n: int
    n_positive: int
    n_patients: int


def counts(positive: BoolArray, cluster: IntArray | None) -> Counts:
    """Cases, positive cases and patients."""
    patients = positive.size if cluster is None else int(cluster.max()) + 1
    return Counts(n=int(positive.size), n_positive=int(positive.sum()), n_patients=patients)


def quantile(confidence_level: float) -> float:
    """The normal quantile of a two-sided interval."""
    level = _check.fraction(confidence_level, name="confidence_level")
    return float(ndtri(0.5 + level / 2))


def wald(
    value: float,
    se: float,
    confidence_level: float,
    method: str,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Estimate:
    """``value`` with ``value +- z se``, cut off at ``bounds``; NaN limits where ``se`` is NaN."""
    arm = quantile(confidence_level) * se
    low, high = np.clip([value - arm, value + arm], *bounds)
    return Estimate(value, float(low), float(high), confidence_level, method, se)


def wilson_limits(share: float, size: float, confidence_level: float) -> tuple[float, float]:
    """Wilson's limits of a share of ``size`` independent cases, wide where all are alike too."""
    z = quantile(confidence_level)
    centre = (share * size + z**2 / 2) / (size + z**2)
    arm = z / (size + z**2) * float(np.sqrt(size * share * (1 - share) + z**2 / 4))
    return 0.0 if share == 0 else centre - arm, 1.0 if share == 1 else centre + arm


def normal_pvalue(z: float, alternative: Alternative) -> float:
    """The tail probability of a standard normal statistic."""
    if alternative == "greater":
        return float(ndtr(-z))
    if alternative == "less":
        return float(ndtr(z))
    return float(2 * ndtr(-abs(z)))


def cluster_sums(values: FloatArray, cluster: IntArray) -> FloatArray:
    """Sums over patients of ``values`` (n,) or (n, k): shape (n_patients,) or (n_patients, k)."""
    size = int(cluster.max()) + 1
    if values.ndim == 1:
        return np.asarray(np.bincount(cluster, weights=values, minlength=size))
    columns = [np.bincount(cluster, weights=column, minlength=size) for column in values.T]
    return np.stack(columns, axis=1)


def mean_covariance(values: FloatArray, cluster: IntArray | None) -> FloatArray:
    """Covariance (k, k) of the column means of ``values`` (n, k), patients being the sample.

    With patients of several rows the mean is a ratio of totals and the linearised variance
    ``I / (I - 1) sum_i (sum_j x_ij - n_i mean)^2 / n^2`` is used; with one row a patient it is
    ``s^2 / n``. NaN with fewer than two patients.
    """
    n = values.shape[0]
    centred = values - values.mean(axis=0)
    totals = centred if cluster is None else cluster_sums(centred, cluster)
    units = totals.shape[0]
    if units < 2:
        return np.full((values.shape[1], values.shape[1]), np.nan)
    return np.asarray(totals.T @ totals * (units / (units - 1)) / n**2)
