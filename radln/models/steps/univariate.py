"""Selecting inputs that are associated with the outcome one by one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options
from scipy.stats import mannwhitneyu

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.select import column_auc
from radln.models.steps.step import Training


@options(frozen=True, config=OPTIONS)
class Univariate:
    """Inputs with p of Mann and Whitney's test at most ``max_p``, and at most ``max_features``.

    The best by ``|AUC - 0.5|`` come first (ties by position); the best one stays where none has
    such a p. The p sorts and proves nothing: rows of one patient count as if independent, and
    hundreds of inputs are tested.
    """

    label: ClassVar[str] = "selection by Mann and Whitney's test"

    max_features: int = Field(default=20, ge=1)
    max_p: float = Field(default=0.05, gt=0, le=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs that stay, the best first."""
        y = training.y
        order = np.argsort(-np.abs(column_auc(matrix, y) - 0.5), kind="stable")
        test = mannwhitneyu(matrix[y], matrix[~y], axis=0, method="asymptotic")
        passed = [int(j) for j in order if np.atleast_1d(test.pvalue)[j] <= self.max_p]
        return passed[: self.max_features] or [int(order[0])]


STEP = Univariate
