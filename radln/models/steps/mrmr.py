"""Selecting inputs that say much of the outcome and little of each other (mRMR)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training

MOST = 1 - 1e-12  # of a squared correlation: the information of equal columns is not infinite


@options(frozen=True, config=OPTIONS)
class Mrmr:
    """``max_features`` inputs, each the best by relevance less redundancy when it is chosen.

    Relevance is the mutual information with the outcome, redundancy the mean mutual information
    with the inputs chosen before; both from correlations, ``-log(1 - r^2) / 2``, as R's mRMRe.

    References
    ----------
    Peng, Long and Ding 2005, doi:10.1109/TPAMI.2005.159; De Jay et al. 2013,
    doi:10.1093/bioinformatics/btt383.
    """

    label: ClassVar[str] = "selection of relevant inputs of little redundancy (mRMR)"

    max_features: int = Field(default=20, ge=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs in the order in which they are chosen (ties by position)."""
        unit = matrix - matrix.mean(axis=0)
        unit /= np.maximum(np.linalg.norm(unit, axis=0), 1e-300)
        outcome = training.y - training.y.mean()
        relevance = _information(unit.T @ (outcome / np.linalg.norm(outcome)))
        redundancy = np.zeros(matrix.shape[1])
        chosen: list[int] = []
        worth = relevance.copy()
        while len(chosen) < min(self.max_features, matrix.shape[1]):
            worth[chosen] = -np.inf
            chosen.append(int(np.argmax(worth.round(12))))
            redundancy += _information(unit.T @ unit[:, chosen[-1]])
            worth = relevance - redundancy / len(chosen)
        return chosen


def _information(correlation: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * np.log1p(-np.minimum(correlation**2, MOST)))


STEP = Mrmr
