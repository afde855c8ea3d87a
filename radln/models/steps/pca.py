"""Competing inputs as a few uncorrelated sums of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training


@options(frozen=True, config=OPTIONS)
class Pca:
    """Principal components: enough for the share ``variance``, at most ``max_components``.

    Each has variance 1 in training; its largest weight is positive. Models stay functions of the
    features: a linear one has a coefficient a feature again.
    """

    label: ClassVar[str] = "principal components"

    max_components: int = Field(default=10, ge=1)
    variance: float = Field(default=0.95, gt=0, le=1)

    def project(self, training: Training, matrix: FloatArray) -> FloatArray:
        """Weights of the standardised inputs in the components, shape (inputs, components)."""
        _, sizes, directions = np.linalg.svd(matrix, full_matrices=False)
        some = sizes > 1e-10 * sizes[0]
        shares = np.cumsum(sizes[some] ** 2) / (sizes[some] ** 2).sum()
        enough = int(np.searchsorted(shares, self.variance - 1e-12)) + 1
        k = min(enough, self.max_components, int(some.sum()))
        largest = np.argmax(np.abs(directions[:k]).round(12), axis=1)
        signs = np.sign(directions[np.arange(k), largest])
        scaled = (signs * np.sqrt(len(matrix)) / sizes[:k])[:, None] * directions[:k]
        return np.asarray(scaled.T)


STEP = Pca
