"""Variances of functions of totals (ratios, logs of ratios) from what each case adds to them."""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._intervals import cluster_sums


def influence_covariance(influence: FloatArray, cluster: IntArray | None) -> FloatArray:
    """Covariance (k, k) of k statistics whose linearisation is a sum of ``influence`` (n, k).

    Independent cases: the sum of squares, which for the cells of a table is the multinomial delta
    method. Patients: the sum over their totals, times ``I (n - 1) / ((I - 1) n)``, which is 1 where
    every patient has one case. NaN with a single patient.
    """
    if cluster is None:
        return np.asarray(influence.T @ influence)
    totals = cluster_sums(influence, cluster)
    n, units = influence.shape[0], totals.shape[0]
    if units < 2:
        return np.full((influence.shape[1], influence.shape[1]), np.nan)
    return np.asarray(totals.T @ totals * (units * (n - 1) / ((units - 1) * n)))


def log_share(hit: BoolArray, among: BoolArray) -> FloatArray:
    """Influence (n,) of each case on the log of a share: hits (all of them ``among``) of those."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(hit / float(hit.sum()) - among / float(among.sum()))
