"""Logistic regression without a penalty."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.errors import ConvergenceError
from radln.models.learners.learner import Learner, Setting
from radln.models.learners.logistic import Logistic, loaded, verify_linear
from radln.models.options import OPTIONS

STEPS = 35  # of Newton's; a fit without a finite optimum is not there by then


@options(frozen=True, config=OPTIONS)
class PlainLearner(Learner):
    """Maximum likelihood, by statsmodels; for a few predictors that were named beforehand."""

    name: ClassVar[str] = "plain"
    label: ClassVar[str] = "logistic, no penalty"
    sentence: ClassVar[str] = "Logistic regression without penalty"
    weights: ClassVar[bool] = False
    grid: ClassVar[tuple[Setting, ...]] = ((),)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Logistic:
        """Fit it.

        Raises
        ------
        ConvergenceError
            Predictors separate the classes, or repeat each other: there is no finite optimum.
        """
        from statsmodels.api import Logit

        design = np.column_stack([np.ones(y.size), matrix])
        if np.linalg.matrix_rank(design) < design.shape[1]:
            raise _refusal("some predictors repeat each other", matrix)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # of perfect separation, and of no convergence
                found = Logit(y.astype(np.float64), design).fit(maxiter=STEPS, disp=0)
        except (Warning, ArithmeticError, np.linalg.LinAlgError, ValueError) as error:
            raise _refusal("predictors separate the classes of these rows", matrix) from error
        values = np.asarray(found.params, dtype=np.float64)
        return Logistic(values[1:], float(values[0]))

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


def _refusal(why: str, matrix: FloatArray) -> ConvergenceError:
    return ConvergenceError(
        f"logistic regression without penalty has no finite optimum here: {why} ({matrix.shape[0]} "
        f"rows, {matrix.shape[1]} inputs). Use `learner: firth`, or `learner: logistic` (ridge), "
        "or fewer predictors."
    )


LEARNER = PlainLearner
