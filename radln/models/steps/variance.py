"""Leaving out inputs that hardly vary."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training


@options(frozen=True, config=OPTIONS)
class Variance:
    """Inputs of which more than the share ``max_same`` of the training rows have one value go.

    A limit to the variance itself would depend on the unit of every feature, and after scaling all
    variances are 1; the share depends on neither. Where every input goes, the one that varies most
    stays.
    """

    label: ClassVar[str] = "inputs that hardly vary left out"

    max_same: float = Field(default=0.95, gt=0, lt=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs that vary, in their order."""
        shares = np.array([_commonest(column) for column in matrix.T])
        some = np.flatnonzero(shares <= self.max_same)
        return some.tolist() if some.size else [int(np.argmin(shares))]


def _commonest(column: FloatArray) -> float:
    """The share of the rows that have the commonest value."""
    _, counts = np.unique(column, return_counts=True)
    return float(counts.max() / column.size)


STEP = Variance
