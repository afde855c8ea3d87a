"""Selecting inputs by leaving out the weakest again and again."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression

from radln._types import FloatArray
from radln.models.options import OPTIONS
from radln.models.steps.step import Training

PENALTY = 0.1  # scikit-learn's C of the ridge whose coefficients are compared


@options(frozen=True, config=OPTIONS)
class Rfe:
    """Recursive feature elimination with ridge logistic regression, down to ``max_features``.

    In every round the share ``drop`` of all inputs with the smallest coefficients goes.

    References
    ----------
    Guyon et al. 2002, doi:10.1023/A:1012487302797.
    """

    label: ClassVar[str] = "recursive feature elimination"

    max_features: int = Field(default=20, ge=1)
    drop: float = Field(default=0.1, gt=0, lt=1)

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs that stay, in their order."""
        if matrix.shape[1] <= self.max_features:
            return list(range(matrix.shape[1]))
        ridge = LogisticRegression(C=PENALTY, max_iter=5000, tol=1e-6)
        found = RFE(ridge, n_features_to_select=self.max_features, step=self.drop)
        return np.flatnonzero(found.fit(matrix, training.y).support_).tolist()


STEP = Rfe
