"""Support vector machines, with a straight or a curved boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass as options
from scipy.spatial.distance import cdist
from sklearn.svm import SVC

from radln._types import BoolArray, FloatArray
from radln.models.fields import mapping, number, numbers, positive, table
from radln.models.learners.knn import AT_ONCE
from radln.models.learners.learner import Core, Learner, Setting
from radln.models.learners.logistic import Logistic, loaded, verify_linear
from radln.models.options import OPTIONS

COSTS = (0.03, 0.3, 3.0)  # scikit-learn's C
WIDTHS = (0.3, 1.0)  # gamma, as multiples of one over the number of inputs
CACHE_MB = 500


@dataclass(frozen=True, eq=False)
class Vectors(Core):
    """The curved boundary: training rows that support it, which are patients' rows."""

    deployable: ClassVar[bool] = False

    vectors: FloatArray
    coefficients: FloatArray
    intercept: float
    gamma: float

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        starts = range(0, len(matrix), AT_ONCE)
        parts = [self._scores(matrix[start : start + AT_ONCE]) for start in starts]
        return np.concatenate([np.empty(0), *parts])

    def _scores(self, matrix: FloatArray) -> FloatArray:
        alike = np.exp(-self.gamma * cdist(matrix, self.vectors, "sqeuclidean"))
        return np.asarray((alike * self.coefficients).sum(axis=1) + self.intercept)

    def to_dict(self) -> dict[str, Any]:
        return {
            "vectors": self.vectors.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
            "gamma": self.gamma,
        }


@options(frozen=True, config=OPTIONS)
class SvmLearner(Learner):
    """``kernel``: rbf, a curved boundary, or linear; of the latter no patient's row is kept."""

    name: ClassVar[str] = "svm"
    label: ClassVar[str] = "SVM"
    sentence: ClassVar[str] = "Support vector machine with Platt scaling"
    scores: ClassVar[bool] = True

    kernel: Literal["rbf", "linear"] = "rbf"

    @property
    def grid(self) -> tuple[Setting, ...]:  # type: ignore[override]
        """(cost,), with a curved boundary (cost, width)."""
        if self.kernel == "linear":
            return tuple((cost,) for cost in COSTS)
        return tuple((cost, width) for cost in COSTS for width in WIDTHS)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Core:
        gamma = setting[1] / matrix.shape[1] if self.kernel == "rbf" else 1.0
        found = SVC(
            C=setting[0],
            kernel=self.kernel,
            gamma=gamma,
            class_weight="balanced" if balanced else None,
            cache_size=CACHE_MB,
        ).fit(matrix, y)
        intercept = float(found.intercept_[0])
        if self.kernel == "linear":
            return Logistic(np.asarray(found.coef_[0], dtype=np.float64), intercept)
        vectors = np.asarray(found.support_vectors_, dtype=np.float64)
        return Vectors(vectors, np.asarray(found.dual_coef_[0], np.float64), intercept, gamma)

    def verify(self, data: Any, n_inputs: int) -> None:
        if isinstance(data, dict) and "vectors" not in data:
            verify_linear(data, n_inputs)
            return
        mapping(data, "the core", ("vectors", "coefficients", "intercept", "gamma"))
        coefficients = numbers(data["coefficients"], "coefficients")
        table(data["vectors"], "vectors", coefficients.size, n_inputs)
        number(data["intercept"], "intercept")
        positive(data["gamma"], "gamma")

    def load(self, data: dict[str, Any]) -> Core:
        if "vectors" not in data:
            return loaded(data)
        vectors, coefficients = (
            np.asarray(data[key], np.float64) for key in ("vectors", "coefficients")
        )
        return Vectors(vectors, coefficients, float(data["intercept"]), float(data["gamma"]))


LEARNER = SvmLearner
