"""Logistic regression with Firth's penalty: finite also where predictors separate the classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.models.learners.learner import Learner, Setting
from radln.models.learners.logistic import Logistic, loaded, verify_linear
from radln.models.options import OPTIONS
from radln.stats.description.likelihood import maximise


@options(frozen=True, config=OPTIONS)
class FirthLearner(Learner):
    """Firth's penalised likelihood, for a few predictors that were named beforehand.

    Its probabilities are drawn towards 1/2, as the penalty weighs the intercept too.
    """

    name: ClassVar[str] = "firth"
    label: ClassVar[str] = "Firth's logistic"
    sentence: ClassVar[str] = "Firth's penalised logistic regression"
    weights: ClassVar[bool] = False
    grid: ClassVar[tuple[Setting, ...]] = ((),)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Logistic:
        found = maximise(np.column_stack([np.ones(y.size), matrix]), y, firth=True)
        return Logistic(found.coefficients[1:], float(found.coefficients[0]))

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


LEARNER = FirthLearner
