"""Selecting inputs by their own AUC, without those that repeat a better one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options
from scipy.stats import rankdata

from radln._types import BoolArray, FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training


@options(frozen=True, config=OPTIONS)
class Select:
    """At most ``max_features``, none correlating above ``max_correlation`` with a better one."""

    label: ClassVar[str] = "selection by single AUC without repeats"

    max_features: int = Field(default=20, ge=1)
    max_correlation: float = Field(default=0.9, gt=0, le=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """As :func:`rank_and_filter`."""
        return rank_and_filter(
            matrix,
            training.y,
            max_features=self.max_features,
            max_correlation=self.max_correlation,
        )


STEP = Select


def rank_and_filter(
    matrix: FloatArray, y: BoolArray, *, max_features: int, max_correlation: float
) -> list[int]:
    """Columns by their own AUC, leaving out what repeats a better one.

    Columns are visited from the largest ``|AUC - 0.5|`` down (ties by position); one is kept when
    its absolute Pearson correlation with every kept column is at most ``max_correlation``, until
    ``max_features`` are kept.

    Examples
    --------
    >>> x = np.array([[0., 0.1, 5.], [1., 1., 1.], [2., 2.1, 4.], [3., 2.9, 0.]])
    >>> y = np.array([False, False, True, True])
    >>> rank_and_filter(x, y, max_features=2, max_correlation=0.9)
    [0, 2]
    """
    strength = np.abs(column_auc(matrix, y) - 0.5)
    order = np.argsort(-strength, kind="stable")
    unit = matrix - matrix.mean(axis=0)
    unit /= np.maximum(np.linalg.norm(unit, axis=0), 1e-300)
    closest = np.zeros(matrix.shape[1])
    kept: list[int] = []
    for j in order:
        if closest[j] > max_correlation:
            continue
        kept.append(int(j))
        if len(kept) == max_features:
            break
        np.maximum(closest, np.abs(unit.T @ unit[:, j]), out=closest)
    return kept


def column_auc(matrix: FloatArray, y: BoolArray) -> FloatArray:
    """The AUC of every column alone (ties count one half)."""
    ranks = rankdata(np.ascontiguousarray(matrix.T), axis=1)  # contiguous rows sort faster
    n_positive = int(y.sum())
    n_negative = y.size - n_positive
    u = ranks[:, y].sum(axis=1) - n_positive * (n_positive + 1) / 2
    return np.asarray(u / (n_positive * n_negative), dtype=np.float64)
