"""Multinomial logistic regression: several classes at once, with a ridge penalty or without."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass as options
from sklearn.linear_model import LogisticRegression

from radln._types import FloatArray, IntArray
from radln.models.learners.learner import Link, OfClasses, Setting
from radln.models.learners.logistic import PENALTIES, Logistic, loaded, verify_linear
from radln.models.options import OPTIONS
from radln.stats.description.multinomial import fit_multinomial


@options(frozen=True, config=OPTIONS)
class MultinomialLearner(OfClasses):
    """Multinomial logistic regression; a ``penalty`` of none is for a few named predictors."""

    name: ClassVar[str] = "multinomial"
    label: ClassVar[str] = "multinomial"
    sentence: ClassVar[str] = "Multinomial logistic regression"
    link: ClassVar[Link] = "softmax"
    grid: ClassVar[tuple[Setting, ...]] = tuple((c,) for c in PENALTIES)

    penalty: Literal["ridge", "none"] = "ridge"

    def members(
        self, setting: Setting, matrix: FloatArray, codes: IntArray, n_classes: int
    ) -> tuple[Logistic, ...]:
        """Coefficients whose mean over the classes is 0: no class is the reference."""
        if self.penalty == "none":
            found = fit_multinomial(matrix, codes, n_classes)
            slopes, intercepts = found.coefficients, found.intercepts
        else:
            model = LogisticRegression(C=setting[0], max_iter=5000, tol=1e-7).fit(matrix, codes)
            slopes, intercepts = model.coef_, model.intercept_
        slopes = slopes - slopes.mean(axis=0)
        intercepts = intercepts - intercepts.mean()
        return tuple(
            Logistic(np.asarray(row, dtype=np.float64), float(at))
            for row, at in zip(slopes, intercepts, strict=True)
        )

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


LEARNER = MultinomialLearner
