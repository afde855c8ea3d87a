"""A fitted learner behind a projection of its inputs: principal components, for example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from radln._types import FloatArray
from radln.models.learners.learner import Core
from radln.models.learners.logistic import Logistic


@dataclass(frozen=True, eq=False)
class Projected(Core):
    """``loadings`` (inputs, components) stand between the inputs and what was fitted."""

    core: Core
    loadings: FloatArray

    @property
    def deployable(self) -> bool:  # type: ignore[override]
        """As what was fitted."""
        return self.core.deployable

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        return self.core.log_odds(matrix @ self.loadings)

    def to_dict(self) -> dict[str, Any]:
        return self.core.to_dict()


def projected(core: Core, loadings: FloatArray | None) -> Core:
    """What was fitted, as a function of the inputs; a linear one has a coefficient an input."""
    if loadings is None:
        return core
    if isinstance(core, Logistic):
        return Logistic(np.asarray(loadings @ core.coefficients), core.intercept)
    return Projected(core, loadings)
