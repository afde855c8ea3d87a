"""One model on the training rows of one split: nested folds over patients, tuning, the cut-off.

Everything that learns (imputing, scaling, selecting, tuning, the cut-off, the score that another
model takes) is fitted on the training patients of its split alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from radln._random import task_rng
from radln._types import BoolArray, FloatArray, IntArray
from radln.cohort.blocks import Columns
from radln.designs import CrossValidation, Split
from radln.errors import InputError
from radln.models.candidate import Fit
from radln.models.fitted import FittedModel
from radln.models.learners import learner
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.models.steps import step
from radln.models.steps.encode import Encoding, fit_encoding
from radln.models.steps.step import Change, Choice, FittedChange, Training
from radln.outcome import Binary
from radln.stats.discrimination.thresholds import youden


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the steps of a recipe have learned."""

    changes: tuple[FittedChange, ...]
    encoding: Encoding

    def matrix(self, training: Training) -> FloatArray:
        """Rows as the learner gets them."""
        frame = training.frame
        for change in self.changes:
            frame = change.transform(frame, training.site)
        return self.encoding.transform(frame)


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
        train = split.train
        given = self.recipe.inputs_from
        frame = columns.frame.iloc[train]
        if given:
            frame = frame.assign(**{name: before[source].inner for name, source in given.items()})
        training = Training(
            frame,
            columns.y[train],
            columns.patient_id[train],
            None if columns.site is None else columns.site[train],
        )
        key = int(task_rng(self.seed, *split.task, self.source).integers(2**31))
        return fit_recipe(training, self.recipe, self.settings, columns.outcome, seed=key)


def fit_recipe(
    training: Training, recipe: Recipe, settings: ModelSettings, outcome: Binary, *, seed: int
) -> Fit:
    """One recipe on training rows; see :class:`TableModel`."""
    y, balanced = training.y, settings.class_weight == "balanced"
    kind = learner(recipe.learner)
    inner = CrossValidation(settings.inner_folds).of(
        y, training.patient_id, outcome, int(task_rng(seed, "inner").integers(2**31))
    )
    held = np.empty((len(kind.grid), y.size))
    for fold in inner:
        known, tested = rows_of(training, fold.train), rows_of(training, fold.test)
        prepared = prepare(known, recipe)
        matrix = finite(prepared.matrix(known))
        held[:, fold.test] = kind.fit_grid(
            matrix, known.y, prepared.matrix(tested), balanced=balanced, seed=seed
        )
    best = int(np.argmin(outcome.loss(y, held)))
    prepared = prepare(training, recipe)
    setting = kind.grid[best]
    matrix = finite(prepared.matrix(training))
    core = kind.fit(setting, matrix, y, balanced=balanced, seed=seed)
    recalibration = _recalibrate(held[best], y) if balanced else (0.0, 1.0)
    inner_log_odds = recalibration[0] + recalibration[1] * held[best]
    model = FittedModel(
        recipe.source,
        recipe.block,
        recipe.learner,
        prepared.encoding,
        core,
        setting,
        float(np.clip(youden(y, expit(inner_log_odds)).threshold, 0, 1)),
        recalibration,
        recipe.inputs_from,
        prepared.changes,
    )
    return Fit(model, inner_log_odds)


def prepare(training: Training, recipe: Recipe) -> Prepared:
    """The steps of a recipe, learned on these rows."""
    columns = [*recipe.keep, *recipe.compete]
    changes: list[FittedChange] = []
    choices: list[Choice] = []
    for one in map(step, recipe.steps):
        if isinstance(one, Change):
            change = one.fit(training, columns)
            changes.append(change)
            training = replace(training, frame=change.transform(training.frame, training.site))
        else:
            choices.append(one)
    encoding = fit_encoding(training, keep=recipe.keep, compete=recipe.compete, choices=choices)
    return Prepared(tuple(changes), encoding)


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


def _recalibrate(log_odds: FloatArray, y: BoolArray) -> tuple[float, float]:
    """Logistic recalibration (Cox 1958) on inner out-of-fold log-odds."""
    model = LogisticRegression(C=np.inf, max_iter=2000, tol=1e-8).fit(log_odds[:, None], y)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def table_models(
    recipes: Sequence[Recipe], settings: ModelSettings, seed: int
) -> tuple[TableModel, ...]:
    """The recipes as candidates."""
    return tuple(TableModel(recipe, settings, seed) for recipe in recipes)
