"""Proportional odds: ordered classes by one linear predictor, with a ridge penalty or without."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic.dataclasses import dataclass as options

from radln._types import FloatArray, IntArray
from radln.models.learners.learner import Link, OfClasses, Setting
from radln.models.learners.logistic import PENALTIES, Logistic, loaded, verify_linear
from radln.models.options import OPTIONS
from radln.stats.description.proportional_odds import fit_proportional_odds


@options(frozen=True, config=OPTIONS)
class OrdinalLearner(OfClasses):
    """Proportional-odds regression; a ``penalty`` of none is for a few named predictors."""

    name: ClassVar[str] = "ordinal"
    label: ClassVar[str] = "proportional odds"
    sentence: ClassVar[str] = "Proportional-odds regression"
    link: ClassVar[Link] = "cumulative"
    grid: ClassVar[tuple[Setting, ...]] = tuple((c,) for c in PENALTIES)

    penalty: Literal["ridge", "none"] = "ridge"

    def members(
        self, setting: Setting, matrix: FloatArray, codes: IntArray, n_classes: int
    ) -> tuple[Logistic, ...]:
        """Of every class but the last: the log-odds of lying above it."""
        ridge = 0.0 if self.penalty == "none" else 1 / setting[0]
        found = fit_proportional_odds(matrix, codes, n_classes, ridge=ridge)
        return tuple(Logistic(found.coefficients, -float(limit)) for limit in found.thresholds)

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


LEARNER = OrdinalLearner
