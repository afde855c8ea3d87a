"""Logistic regression with the lasso's penalty, which leaves predictors out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.models.learners.learner import InnerFold, Learner, Loss, Rows, Setting, Tuned
from radln.models.learners.logistic import Logistic, loaded, verify_linear
from radln.models.options import OPTIONS
from radln.models.penalised import Descent, Path, penalties_of, penalty_path

PATIENCE = 25  # penalties without a smaller loss, after which none is tried
LOOK = 5  # penalties between two looks at the loss
WARM = 8  # penalties on the way to the one that was chosen


class Sparse(Learner):
    """A learner on a path of penalties: its setting is (the lasso's share, the penalty).

    The penalties follow from all training rows, and are the same in every inner fold, as
    glmnet's are; the one with the smallest loss over the rows that inner folds hold out is taken,
    which is the first that 25 smaller ones do not better.
    """

    sparse: ClassVar[bool] = True
    rule: Literal["min", "1se"]

    @property
    @abstractmethod
    def shares(self) -> tuple[float, ...]:
        """The lasso's shares of the penalty that are tried."""

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Logistic:
        share, penalty = setting
        first = penalties_of(matrix, y, l1=share, balanced=balanced, steps=2)[0]
        warm = np.geomspace(max(first, penalty), penalty, WARM)
        path = penalty_path(matrix, y, warm, l1=share, balanced=balanced)
        return Logistic(path.coefficients[-1], float(path.intercepts[-1]))

    def path(self, rows: Rows, share: float, *, balanced: bool) -> Path:
        """The fits of these rows along all penalties that were tried."""
        penalties = penalties_of(rows.matrix, rows.y, l1=share, balanced=balanced)
        return penalty_path(rows.matrix, rows.y, penalties, l1=share, balanced=balanced)

    def tune(
        self, whole: Rows, folds: Sequence[InnerFold], loss: Loss, *, balanced: bool, seed: int
    ) -> Tuned:
        best, smallest = None, np.inf
        for share in self.shares:
            penalties, held = _followed(whole, folds, loss, share, balanced=balanced)
            lost = loss(whole.y, held)
            if best is None or lost.min() < smallest:
                smallest = float(lost.min())
                at = int(np.argmin(lost))
                if self.rule == "1se":
                    within = lost <= smallest + _error(held[at], whole.y, folds, loss)
                    at = int(np.flatnonzero(within)[0])
                best = Tuned((share, float(penalties[at])), held[at])
        if best is None:
            raise ValueError("no share of the penalty to try")
        return best

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_linear(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Logistic:
        return loaded(data)


def _followed(
    whole: Rows, folds: Sequence[InnerFold], loss: Loss, share: float, *, balanced: bool
) -> tuple[FloatArray, FloatArray]:
    """Penalties and the log-odds of the rows that inner folds hold out, (penalties, n): until
    :data:`PATIENCE` penalties have not lowered the loss.
    """
    penalties = penalties_of(whole.matrix, whole.y, l1=share, balanced=balanced)
    ways = [Descent(f.known.matrix, f.known.y, l1=share, balanced=balanced) for f in folds]
    held = np.empty((0, whole.y.size))
    while len(held) < penalties.size:
        more = penalties[len(held) : len(held) + LOOK]
        block = np.empty((more.size, whole.y.size))
        for fold, way in zip(folds, ways, strict=True):
            block[:, fold.places] = way.follow(more).log_odds(fold.held_out)
        held = np.concatenate([held, block])
        if len(held) - int(np.argmin(loss(whole.y, held))) > PATIENCE:
            break
    return penalties[: len(held)], held


def _error(held: FloatArray, y: BoolArray, folds: Sequence[InnerFold], loss: Loss) -> float:
    """The standard error of the mean loss over folds, weighted by their rows, as cv.glmnet's."""
    lost = np.array([float(loss(y[f.places], held[None, f.places])[0]) for f in folds])
    sizes = np.array([f.places.size for f in folds])
    spread = np.average((lost - np.average(lost, weights=sizes)) ** 2, weights=sizes)
    return float(np.sqrt(spread / (len(folds) - 1)))


@options(frozen=True, config=OPTIONS)
class LassoLearner(Sparse):
    """The lasso; ``rule`` 1se takes the largest penalty within one standard error of the best."""

    name: ClassVar[str] = "lasso"
    label: ClassVar[str] = "lasso"
    sentence: ClassVar[str] = "Lasso-penalised logistic regression"

    rule: Literal["min", "1se"] = "min"

    @property
    def shares(self) -> tuple[float, ...]:
        return (1.0,)


LEARNER = LassoLearner
