"""What a learner is: settings to choose from, and fits that give log-odds and plain data."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import numpy as np

from radln._types import BoolArray, FloatArray

Setting = tuple[float, ...]


class Core(Protocol):
    """A fitted learner on an encoded matrix."""

    def log_odds(self, matrix: FloatArray) -> FloatArray: ...

    def to_dict(self) -> dict[str, Any]: ...


class ExactCore(Core, Protocol):
    """One with exact contributions; of others shap's explainers find them."""

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        """SHAP values on the log-odds, shape (n, inputs), and the base value."""


class Learner:
    """One kind of model, fitted on standardised inputs and two classes.

    ``label`` stands in tables, ``sentence`` begins the methods paragraph. ``own_file`` says that
    the fitted data are kept in a file of their own, which other programs open; ``deployable`` that
    they hold no case.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]
    version: ClassVar[int] = 1
    own_file: ClassVar[bool] = False
    deployable: ClassVar[bool] = True
    grid: ClassVar[tuple[Setting, ...]]

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Core:
        """Fit at one setting of the grid."""
        raise NotImplementedError

    def fit_grid(
        self, matrix: FloatArray, y: BoolArray, held_out: FloatArray, *, balanced: bool, seed: int
    ) -> FloatArray:
        """Log-odds of held-out rows under every setting of the grid, shape (settings, rows)."""
        fits = (self.fit(one, matrix, y, balanced=balanced, seed=seed) for one in self.grid)
        return np.stack([core.log_odds(held_out) for core in fits])

    def load(self, data: dict[str, Any]) -> Core:
        """The inverse of a core's ``to_dict``."""
        raise NotImplementedError
