"""A model of several classes on the training rows of one split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_expit

from radln._random import task_rng
from radln.cohort.blocks import Columns
from radln.designs import CrossValidation, Split
from radln.errors import ConvergenceError, InputError
from radln.models.candidate import Fit
from radln.models.fitted import FittedModel
from radln.models.learners.learner import OfClasses
from radln.models.link import class_log_odds
from radln.models.projected import projected
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.models.steps.encode import Encoding
from radln.models.steps.step import Training
from radln.models.train import Prepared, TableModel, prepare, rows_of
from radln.outcome import Classes

NO_CUT = 0.5  # of a member: its class is called where its probability is the largest


@dataclass(frozen=True)
class ClassModel:
    """A recipe as a candidate for several classes.

    A learner of two classes is fitted for every class against the rest, from its own steps on; one
    of several classes once, to the inputs that its steps leave for any class against the rest.
    """

    recipe: Recipe
    settings: ModelSettings
    seed: int

    @property
    def source(self) -> str:
        """Its name."""
        return self.recipe.source

    def fit(self, columns: Columns, split: Split, before: Mapping[str, Fit]) -> tuple[Fit, ...]:
        """The members, each after those of earlier classes."""
        outcome = columns.outcome
        if not isinstance(outcome, Classes):
            raise InputError(f"{self.source} is for several classes.")
        if isinstance(self.recipe.kind, OfClasses):
            key = int(task_rng(self.seed, *split.task, self.source).integers(2**31))
            try:
                return self._at_once(columns, split, self.recipe.kind, outcome, key)
            except ConvergenceError as error:
                raise ConvergenceError(f"{self.source}: {error}") from error
        of_side = TableModel(self.recipe, self.settings, self.seed)
        found = []
        for side, name in enumerate(outcome.names):
            fit = of_side.fit(columns.side(name), split, before)
            found.append(replace(fit, model=replace(fit.model, side=side)))
        return tuple(found)

    def _at_once(
        self, columns: Columns, split: Split, kind: OfClasses, outcome: Classes, seed: int
    ) -> tuple[Fit, ...]:
        train, n_classes = split.train, len(outcome.names)
        codes = np.asarray(columns.y, dtype=np.int64)[train]
        sides = tuple(
            Training(
                columns.frame.iloc[train],
                codes == side,
                columns.patient_id[train],
                None if columns.site is None else columns.site[train],
            )
            for side in range(n_classes)
        )
        inner = CrossValidation(self.settings.inner_folds).of(
            codes,
            columns.patient_id[train],
            outcome,
            int(task_rng(seed, "inner").integers(2**31)),
        )
        held = np.empty((len(kind.grid), codes.size, n_classes))
        for fold in inner:
            known = [rows_of(training, fold.train) for training in sides]
            prepared = prepare_any(known, self.recipe)
            matrix = prepared.matrix(known[0])
            tested = prepared.matrix(rows_of(sides[0], fold.test))
            for row, setting in enumerate(kind.grid):
                cores = kind.members(setting, matrix, codes[fold.train], n_classes)
                said = np.column_stack([core.log_odds(tested) for core in cores])
                held[row, fold.test] = class_log_odds(said, kind.link)
        best = int(np.argmin(outcome.loss(codes, log_expit(held))))
        prepared = prepare_any(sides, self.recipe)
        cores = kind.members(kind.grid[best], prepared.matrix(sides[0]), codes, n_classes)
        return tuple(
            Fit(self._member(prepared, kind.grid[best], core, side), held[best, :, side])
            for side, core in enumerate(cores)
        )

    def _member(
        self, prepared: Prepared, setting: tuple[float, ...], core: object, side: int
    ) -> FittedModel:
        return FittedModel(
            self.source,
            self.recipe.block,
            self.recipe.kind.name,
            prepared.encoding,
            projected(core, prepared.loadings),  # type: ignore[arg-type]
            setting,
            NO_CUT,
            changes=prepared.changes,
            side=side,
        )


def prepare_any(sides: Sequence[Training], recipe: Recipe) -> Prepared:
    """The steps of a recipe, learned for every class against the rest: an input that any of them
    keeps is kept.
    """
    each = [prepare(training, recipe) for training in sides]
    if all(one.loadings is None for one in each):
        inputs = dict.fromkeys(item for one in each for item in one.encoding.inputs)
        return replace(each[0], encoding=Encoding(tuple(inputs)))
    if any(one.encoding.inputs != each[0].encoding.inputs for one in each):
        raise InputError(
            f"{recipe.source}: components of inputs that were chosen by the outcome differ from "
            "class to class. Use pca without a choice before it, or a learner that is fitted for "
            "every class against the rest, such as logistic."
        )
    return each[0]


def class_models(
    recipes: Sequence[Recipe], settings: ModelSettings, seed: int
) -> tuple[ClassModel, ...]:
    """The recipes as candidates for several classes.

    Raises
    ------
    InputError
        A model takes another one's score, has an isotonic curve, or weights classes that its
        learner takes as they are.
    """
    for recipe in recipes:
        if recipe.inputs_from:
            raise InputError(
                f"models.fitted.{recipe.source} takes another model's score (inputs_from), which "
                "with several classes is not one score; leave it out."
            )
        if recipe.calibrate == "isotonic":
            raise InputError(
                f"models.fitted.{recipe.source}: calibrate: isotonic is for two classes; platt "
                "scales every class against the rest."
            )
    return tuple(ClassModel(recipe, settings, seed) for recipe in recipes)
