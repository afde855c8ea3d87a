"""What a learner is: settings to choose from, and fits that give log-odds and plain data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.models.calibrate import platt
from radln.models.steps.encode import Input

Setting = tuple[float, ...]
Link = Literal["one-vs-rest", "softmax", "cumulative"]
Loss = Callable[[BoolArray, FloatArray], FloatArray]


class Core(ABC):
    """A fitted learner on an encoded matrix; ``deployable`` says that it holds no case."""

    deployable: ClassVar[bool] = True

    @abstractmethod
    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Log-odds of the positive class, shape (n,); the score of learners that ``scores``."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain data, from which the learner's ``load`` makes it again."""


class ExactCore(Core):
    """One with exact contributions; of others shap's explainers find them."""

    @abstractmethod
    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        """SHAP values on the log-odds, shape (n, inputs), and the base value."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as a learner gets them: the matrix, the outcome, and what every column is."""

    matrix: FloatArray
    y: BoolArray
    inputs: tuple[Input, ...]


@dataclass(frozen=True, eq=False)
class InnerFold:
    """What an inner fold knows, and the rows that it holds out, with their places."""

    known: Rows
    held_out: FloatArray
    places: IntArray


@dataclass(frozen=True, eq=False)
class Tuned:
    """The setting that was chosen, and every row's log-odds by inner models without its patient."""

    setting: Setting
    held: FloatArray


class Learner(ABC):
    """One kind of model, fitted on standardised inputs and two classes.

    Its fields are what a user may set (``settings`` of a model in study.yaml). ``label`` stands in
    tables, ``sentence`` begins the methods paragraph. ``own_file`` says that the fitted data are
    kept in a file of their own, which other programs open; ``scores`` that it gives a score, which
    Platt scaling on inner folds makes a probability; ``weights`` that classes can be weighted;
    ``sparse`` that inputs with the coefficient 0 are not in the model. Several classes are told
    apart by a model a class against the rest, unless ``link`` says otherwise (:class:`OfClasses`).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]
    version: ClassVar[int] = 1
    own_file: ClassVar[bool] = False
    scores: ClassVar[bool] = False
    weights: ClassVar[bool] = True
    sparse: ClassVar[bool] = False
    link: ClassVar[Link] = "one-vs-rest"
    grid: ClassVar[tuple[Setting, ...]] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its settings name."""
        return ()

    def of(self, inputs: Sequence[Input]) -> Learner:
        """The learner for these inputs, where it has settings by column."""
        return self

    @abstractmethod
    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Core:
        """Fit at one setting of the grid."""

    def fit_grid(
        self, matrix: FloatArray, y: BoolArray, held_out: FloatArray, *, balanced: bool, seed: int
    ) -> FloatArray:
        """Log-odds of held-out rows under every setting of the grid, shape (settings, rows)."""
        fits = (self.fit(one, matrix, y, balanced=balanced, seed=seed) for one in self.grid)
        return np.stack([core.log_odds(held_out) for core in fits])

    def tune(
        self, whole: Rows, folds: Sequence[InnerFold], loss: Loss, *, balanced: bool, seed: int
    ) -> Tuned:
        """The setting of the grid with the smallest loss over the rows that inner folds hold out.

        Scores are judged by the probabilities that Platt scaling makes of them.
        """
        held = np.empty((len(self.grid), whole.y.size))
        for fold in folds:
            known = fold.known
            held[:, fold.places] = self.of(known.inputs).fit_grid(
                known.matrix, known.y, fold.held_out, balanced=balanced, seed=seed
            )
        judged = held
        if self.scores:
            lines = [platt(row, whole.y) for row in held]
            judged = np.stack([a + b * row for (a, b), row in zip(lines, held, strict=True)])
        best = int(np.argmin(loss(whole.y, judged)))
        return Tuned(self.grid[best], held[best])

    @abstractmethod
    def verify(self, data: Any, n_inputs: int) -> None:
        """Raise InputError unless :meth:`load` can make a core of so many inputs of these data."""

    @abstractmethod
    def load(self, data: dict[str, Any]) -> Core:
        """The inverse of a core's ``to_dict``; of data from elsewhere, once :meth:`verify` has not
        refused them.
        """


class OfClasses(Learner):
    """One that fits several classes at once; two are for another learner.

    Its members are linear and share their inputs.
    """

    weights: ClassVar[bool] = False

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Core:
        """Refuse two classes.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            f"the learner {self.name} is for three or more classes (data.classes in study.yaml); "
            "with two use `logistic` or `plain`."
        )

    @abstractmethod
    def members(
        self, setting: Setting, matrix: FloatArray, codes: IntArray, n_classes: int
    ) -> tuple[Core, ...]:
        """Fit at one setting of the grid: the members, as ``link`` has them."""
