"""Selecting the inputs that the lasso leaves a coefficient."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray
from radln.designs import CrossValidation
from radln.models.learners.lasso import LassoLearner
from radln.models.learners.learner import InnerFold, Rows
from radln.models.options import OPTIONS
from radln.models.steps.step import Training
from radln.outcome import Binary

FOLDS = 5  # over patients of the training rows; always the same ones


@options(frozen=True, config=OPTIONS)
class Lasso:
    """Inputs with a coefficient at the penalty that folds over patients choose (``rule``).

    At most ``max_features``: with more, those with the largest standardised coefficients. Where
    none has one, the input that enters the path first stays.
    """

    label: ClassVar[str] = "selection by the lasso"

    max_features: int = Field(default=20, ge=1)
    rule: Literal["min", "1se"] = "min"

    def choose(self, training: Training, matrix: FloatArray) -> list[int]:
        """The inputs that stay, the largest coefficient first."""
        y, outcome = training.y, Binary()
        rows = Rows(matrix, y, ())
        folds = [
            InnerFold(Rows(matrix[s.train], y[s.train], ()), matrix[s.test], s.test)
            for s in CrossValidation(FOLDS).of(y, training.patient_id, outcome, 0)
        ]
        learner = LassoLearner(rule=self.rule)
        setting = learner.tune(rows, folds, outcome.loss, balanced=False, seed=0).setting
        core = learner.fit(setting, matrix, y, balanced=False, seed=0)
        sizes = np.abs(core.coefficients) * matrix.std(axis=0)
        if not sizes.any():
            sizes = (learner.path(rows, 1.0, balanced=False).coefficients != 0).sum(axis=0)
            return [int(np.argmax(sizes))]
        order = np.argsort(-sizes, kind="stable")[: self.max_features]
        return [int(j) for j in order if sizes[j] > 0]


STEP = Lasso
