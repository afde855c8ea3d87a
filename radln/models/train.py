"""One model on the training rows of one split: nested folds over patients, tuning, the cut-off.

Everything that learns (imputing, scaling, selecting, tuning, the cut-off, the score that another
model takes) is fitted on the training patients of its split alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import block_diag

from radln._random import task_rng
from radln._types import BoolArray, FloatArray, IntArray
from radln.cohort.blocks import Columns
from radln.designs import CrossValidation, Split
from radln.errors import ConvergenceError, InputError
from radln.models.calibrate import isotonic, platt, recalibrated
from radln.models.candidate import Fit
from radln.models.fitted import FittedModel
from radln.models.learners.learner import InnerFold, Learner, Rows
from radln.models.learners.logistic import Logistic
from radln.models.projected import projected
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.models.steps import steps_of
from radln.models.steps.encode import Encoding, Input, fit_encoding
from radln.models.steps.step import Addition, Change, Choice, FittedChange, Projection, Training
from radln.outcome import Binary
from radln.stats.discrimination.thresholds import youden


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the steps of a recipe have learned."""

    changes: tuple[FittedChange, ...]
    encoding: Encoding
    loadings: FloatArray | None = None  # inputs that are kept come first and stay themselves
    components: int = 0

    def matrix(self, training: Training) -> FloatArray:
        """Rows as the learner gets them."""
        frame = training.frame
        for change in self.changes:
            frame = change.transform(frame, training.site)
        matrix = self.encoding.transform(frame)
        return matrix if self.loadings is None else matrix @ self.loadings

    def rows(self, training: Training) -> Rows:
        """The rows that it was learned on, for a learner."""
        inputs = self.encoding.inputs
        if self.loadings is not None:
            kept = self.loadings.shape[1] - self.components
            inputs = (*inputs[:kept], *[Input("component", 0.0)] * self.components)
        return Rows(finite(self.matrix(training)), training.y, inputs)


@dataclass(frozen=True)
class TableModel:
    """A recipe as a candidate: fitted on a table of predictors."""

    recipe: Recipe
    settings: ModelSettings
    seed: int

    @property
    def source(self) -> str:
        """Its name."""
        return self.recipe.source

    def fit(self, columns: Columns, split: Split, before: Mapping[str, Fit]) -> Fit:
        """Tune on inner folds over patients, then refit on all training rows of the split.

        ``before`` are the models of the same split whose scores it may take.
        """
        train, outcome = split.train, columns.outcome
        if not isinstance(outcome, Binary):
            raise InputError(f"{self.source} is for two classes; take a side of several.")
        given = self.recipe.inputs_from
        frame = columns.frame.iloc[train]
        if given:
            frame = frame.assign(**{name: before[source].inner for name, source in given.items()})
        training = Training(
            frame,
            np.asarray(columns.y, dtype=np.bool_)[train],
            columns.patient_id[train],
            None if columns.site is None else columns.site[train],
        )
        key = int(task_rng(self.seed, *split.task, self.source).integers(2**31))
        try:
            return fit_recipe(training, self.recipe, self.settings, outcome, seed=key)
        except ConvergenceError as error:
            raise ConvergenceError(f"{self.source}: {error}") from error


def fit_recipe(
    training: Training, recipe: Recipe, settings: ModelSettings, outcome: Binary, *, seed: int
) -> Fit:
    """One recipe on training rows; see :class:`TableModel`."""
    y, balanced = training.y, settings.class_weight == "balanced"
    kind = recipe.kind
    inner = CrossValidation(settings.inner_folds).of(
        y, training.patient_id, outcome, int(task_rng(seed, "inner").integers(2**31))
    )
    folds = []
    for fold in inner:
        known, tested = rows_of(training, fold.train), rows_of(training, fold.test)
        prepared = prepare(known, recipe)
        held_out = prepared.matrix(tested)
        folds.append(InnerFold(prepared.rows(known), held_out, fold.test))
    prepared = prepare(training, recipe)
    whole = prepared.rows(training)
    tuned = kind.tune(whole, folds, outcome.loss, balanced=balanced, seed=seed)
    core = kind.of(whole.inputs).fit(tuned.setting, whole.matrix, y, balanced=balanced, seed=seed)
    encoding = prepared.encoding
    if prepared.loadings is None and kind.sparse and isinstance(core, Logistic):
        encoding, core = _left(encoding, core)
    intercept, slope = recalibration = _recalibration(tuned.held, y, kind, recipe, balanced)
    inner_log_odds = intercept + slope * tuned.held
    curve = None
    if recipe.calibrate == "isotonic":
        curve = isotonic(inner_log_odds, y, source=recipe.source)
    model = FittedModel(
        recipe.source,
        recipe.block,
        kind.name,
        encoding,
        projected(core, prepared.loadings),
        tuned.setting,
        np.nan,
        recalibration,
        recipe.inputs_from,
        prepared.changes,
        curve,
    )
    cut_off = float(np.clip(youden(y, model.calibrated(inner_log_odds)).threshold, 0, 1))
    return Fit(replace(model, cut_off=cut_off), inner_log_odds)


def prepare(training: Training, recipe: Recipe) -> Prepared:
    """The steps of a recipe, learned on these rows."""
    columns = [*recipe.keep, *recipe.compete]
    changes: list[FittedChange] = []
    choices: list[Choice] = []
    added: list[Input] = []
    projection: Projection | None = None
    for one in steps_of(recipe.steps):
        if isinstance(one, Change):
            change = one.fit(training, columns)
            changes.append(change)
            training = replace(training, frame=change.transform(training.frame, training.site))
        elif isinstance(one, Addition):
            added += one.add(training, recipe.keep)
        elif isinstance(one, Choice):
            choices.append(one)
        else:
            projection = one
    encoding = fit_encoding(
        training, keep=recipe.keep, compete=recipe.compete, choices=choices, added=added
    )
    kept = sum(item.column not in recipe.compete for item in encoding.inputs)
    if projection is None or kept == len(encoding.inputs):
        return Prepared(tuple(changes), encoding)
    weights = projection.project(training, encoding.transform(training.frame)[:, kept:])
    loadings = block_diag(np.eye(kept), weights)
    return Prepared(tuple(changes), encoding, loadings, weights.shape[1])


def rows_of(training: Training, rows: IntArray) -> Training:
    """Some of the rows."""
    site = None if training.site is None else training.site[rows]
    repeats = training.repeats
    return Training(
        training.frame.iloc[rows],
        training.y[rows],
        training.patient_id[rows],
        site,
        None if repeats is None else repeats[repeats.index.isin(training.frame.index[rows])],
    )


def finite(matrix: FloatArray) -> FloatArray:
    """The matrix; InputError where it holds what no learner can take."""
    if not np.isfinite(matrix).all():
        raise InputError("the encoded matrix holds missing or infinite values.")
    return matrix


def _left(encoding: Encoding, core: Logistic) -> tuple[Encoding, Logistic]:
    """The inputs that have a coefficient; the first one, with 0, where none has."""
    some = np.flatnonzero(core.coefficients) if core.coefficients.any() else np.arange(1)
    inputs = tuple(encoding.inputs[j] for j in some.tolist())
    return Encoding(inputs), Logistic(core.coefficients[some], core.intercept)


def _recalibration(
    held: FloatArray, y: BoolArray, kind: Learner, recipe: Recipe, balanced: bool
) -> tuple[float, float]:
    """What makes a learner's inner out-of-fold numbers log-odds: (0, 1) where they are."""
    if kind.scores or recipe.calibrate == "platt":
        return platt(held, y)
    return recalibrated(held, y) if balanced else (0.0, 1.0)


def table_models(
    recipes: Sequence[Recipe], settings: ModelSettings, seed: int
) -> tuple[TableModel, ...]:
    """The recipes as candidates."""
    return tuple(TableModel(recipe, settings, seed) for recipe in recipes)
