"""Ridge-penalised logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options
from sklearn.linear_model import LogisticRegression

from radln._types import BoolArray, FloatArray
from radln.models.fields import mapping, number, numbers
from radln.models.learners.learner import ExactCore, Learner, Setting
from radln.models.options import OPTIONS

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # scikit-learn's C, on standardised inputs


@dataclass(frozen=True, eq=False)
class Logistic(ExactCore):
    """A linear predictor of centred inputs."""

    coefficients: FloatArray
    intercept: float

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        # Summed column by column: the same digits whatever the number of rows or BLAS threads.
        total = np.full(matrix.shape[0], self.intercept)
        for j, coefficient in enumerate(self.coefficients):
            total += coefficient * matrix[:, j]
        return total

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        return matrix * self.coefficients, self.intercept  # inputs have mean zero in training

    def to_dict(self) -> dict[str, Any]:
        return {"coefficients": self.coefficients.tolist(), "intercept": self.intercept}


def verify_linear(data: Any, n_inputs: int) -> None:
    """Raise InputError unless these are a coefficient an input, and an intercept."""
    mapping(data, "the core", ("coefficients", "intercept"))
    numbers(data["coefficients"], "coefficients", n_inputs)
    number(data["intercept"], "intercept")


def loaded(data: dict[str, Any]) -> Logistic:
    """The inverse of its ``to_dict``."""
    return Logistic(np.asarray(data["coefficients"], dtype=np.float64), float(data["intercept"]))


@options(frozen=True, config=OPTIONS)
class LogisticLearner(Learner):
    """Ridge-penalised logistic regression."""

    name: ClassVar[str] = "logistic"
    label: ClassVar[str] = "logistic"
    sentence: ClassVar[str] = "Ridge-penalised logistic regression"
    grid: ClassVar[tuple[Setting, ...]] = tuple((c,) for c in PENALTIES)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Logistic:
        model = LogisticRegression(
            C=setting[0], class_weight="balanced" if balanced else None, max_iter=2000, tol=1e-6
        ).fit(matrix, y)
        return Logistic(np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0]))

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


LEARNER = LogisticLearner
