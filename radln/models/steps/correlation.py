"""Leaving out inputs that repeat others, without a look at the outcome."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training


@options(frozen=True, config=OPTIONS)
class Correlation:
    """No two inputs that stay correlate (Pearson, absolute) above ``max_correlation``.

    Inputs are visited from the one that correlates least with all others on average (ties by
    position), and stay where none that stays is too close.
    """

    label: ClassVar[str] = "inputs that repeat others left out"

    max_correlation: float = Field(default=0.9, gt=0, le=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs that stay, in their order."""
        unit = matrix - matrix.mean(axis=0)
        unit /= np.maximum(np.linalg.norm(unit, axis=0), 1e-300)
        alike = np.abs(unit.T @ unit)
        kept: list[int] = []
        for j in np.argsort(alike.mean(axis=0).round(12), kind="stable").tolist():
            if not kept or alike[j, kept].max() <= self.max_correlation:
                kept.append(j)
        return sorted(kept)


STEP = Correlation
