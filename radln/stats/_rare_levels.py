"""Columns of two values of which few patients carry one, in fits with errors robust by patient.

The coefficient of such a column is the number of those few: summed over two patients a robust error
says next to nothing, and says it with confidence.
"""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._patients import Tally, about_groups


def rare_levels(
    X: FloatArray, names: tuple[str, ...], cluster: IntArray | None
) -> tuple[BoolArray, tuple[str, ...]]:
    """Which columns have no interval and no p for want of patients, and what must be said.

    Examples
    --------
    >>> X = np.repeat([[1.0], [0.0]], [4, 36], axis=0)
    >>> rare_levels(X, ("irradiated",), np.repeat(np.arange(20), 2))[0].tolist()
    [True]
    """
    rare = np.zeros(len(names), dtype=np.bool_)
    if cluster is None:
        return rare, ()
    tallies: dict[str, Tally | None] = {}
    for k, name in enumerate(names):
        values = np.unique(X[:, k])
        if values.size != 2:
            continue
        sizes = [np.unique(cluster[X[:, k] == value]).size for value in values]
        few = int(np.argmin(sizes))
        tally = Tally(sizes[few], "patient(s)", alone=False)
        rare[k] = tally.withheld
        tallies[f"{name} = {values[few]:g}"] = tally
    return rare, about_groups(tallies, "the coefficient of")


def without_rare(covariance: FloatArray, rare: BoolArray) -> FloatArray:
    """The covariance, NaN in the rows and columns of rare columns."""
    return np.asarray(np.where(rare[:, None] | rare[None, :], np.nan, covariance))
