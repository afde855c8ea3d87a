"""Boosted trees; SHAP values are XGBoost's own exact TreeSHAP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
import xgboost as xgb
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.learners._booster import verify_booster
from radln.models.learners.learner import ExactCore, InnerFold, Learner, Loss, Rows, Setting, Tuned
from radln.models.options import OPTIONS
from radln.models.steps.encode import Input

DEPTHS = (2, 3)
ROUNDS = (50, 100, 200)
MOST_ROUNDS = 2000  # with early stopping
LOOK = 10  # rounds between two looks at the rows that are held out
FARTHEST = 1e30
SIGNS = {"rising": 1, "falling": -1}


@dataclass(frozen=True, eq=False)
class Boosted(ExactCore):
    """XGBoost trees."""

    booster: xgb.Booster

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        single = np.clip(matrix, -FARTHEST, FARTHEST)  # XGBoost refuses what is infinite in 32 bits
        margin = self.booster.predict(xgb.DMatrix(single, nthread=1), output_margin=True)
        return np.asarray(margin, dtype=np.float64)

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        values = self.booster.predict(xgb.DMatrix(matrix, nthread=1), pred_contribs=True)
        return np.asarray(values[:, :-1], dtype=np.float64), float(values[0, -1])

    def to_dict(self) -> dict[str, Any]:
        held: dict[str, Any] = json.loads(self.booster.save_raw(raw_format="json"))
        return held


@options(frozen=True, config=OPTIONS)
class XgboostLearner(Learner):
    """Boosted trees; ``monotone`` says of columns whether the risk is rising or falling with them.

    With ``early_stopping`` (rounds) trees are added, for every depth, to the models of all inner
    folds together, until so many rounds have not lowered the loss over the rows that these hold
    out; without it the number of trees is one of three.
    """

    name: ClassVar[str] = "xgboost"
    label: ClassVar[str] = "XGBoost"
    sentence: ClassVar[str] = "XGBoost"
    own_file: ClassVar[bool] = True
    grid: ClassVar[tuple[Setting, ...]] = tuple(
        (depth, rounds) for depth in DEPTHS for rounds in ROUNDS
    )

    monotone: Mapping[str, Literal["rising", "falling"]] = field(default_factory=dict)
    early_stopping: int | None = Field(default=None, ge=LOOK, le=500)
    signs: tuple[int, ...] = field(default=(), init=False)  # of the inputs, by :meth:`of`

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.monotone)

    def of(self, inputs: Sequence[Input]) -> XgboostLearner:
        """With the sign of every input; InputError where one of a category is asked for."""
        levels = [i.column for i in inputs if i.level is not None and i.column in self.monotone]
        if levels:
            raise InputError(
                f"the learner xgboost, monotone: {levels[0]} holds categories, which have no "
                "order; leave it out of monotone, or code it as a number."
            )
        signs = tuple(SIGNS.get(self.monotone.get(item.column, ""), 0) for item in inputs)
        made = replace(self)
        object.__setattr__(made, "signs", signs if any(signs) else ())
        return made

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Boosted:
        given = self._parameters(y, int(setting[0]), balanced=balanced, seed=seed)
        return Boosted(xgb.train(given, _data(matrix, y), num_boost_round=int(setting[1])))

    def fit_grid(
        self, matrix: FloatArray, y: BoolArray, held_out: FloatArray, *, balanced: bool, seed: int
    ) -> FloatArray:
        rows = []
        for depth in DEPTHS:
            deepest = (depth, max(ROUNDS))
            booster = self.fit(deepest, matrix, y, balanced=balanced, seed=seed).booster
            data = xgb.DMatrix(held_out, nthread=1)
            rows += [
                booster.predict(data, output_margin=True, iteration_range=(0, rounds))
                for rounds in ROUNDS
            ]
        return np.stack(rows).astype(np.float64)

    def tune(
        self, whole: Rows, folds: Sequence[InnerFold], loss: Loss, *, balanced: bool, seed: int
    ) -> Tuned:
        if self.early_stopping is None:
            return Learner.tune(self, whole, folds, loss, balanced=balanced, seed=seed)
        found = [
            self._stopped(depth, whole, folds, loss, balanced=balanced, seed=seed)
            for depth in DEPTHS
        ]
        return found[int(np.argmin([float(loss(whole.y, one.held[None])[0]) for one in found]))]

    def _stopped(
        self,
        depth: int,
        whole: Rows,
        folds: Sequence[InnerFold],
        loss: Loss,
        *,
        balanced: bool,
        seed: int,
    ) -> Tuned:
        """The number of trees at which the loss over all held-out rows is smallest."""
        growing = []
        for fold in folds:
            known = _data(fold.known.matrix, fold.known.y)
            held_out = xgb.DMatrix(fold.held_out, nthread=1)
            given = self.of(fold.known.inputs)._parameters(
                fold.known.y, depth, balanced=balanced, seed=seed
            )
            growing.append((fold, known, held_out, xgb.Booster(given, [known, held_out])))
        best, smallest = Tuned((depth, 0), np.zeros(whole.y.size)), np.inf
        for rounds in range(LOOK, MOST_ROUNDS + 1, LOOK):
            held = np.empty(whole.y.size)
            for fold, known, held_out, booster in growing:
                for number in range(rounds - LOOK, rounds):
                    booster.update(known, number)
                held[fold.places] = booster.predict(held_out, output_margin=True)
            lost = float(loss(whole.y, held[None])[0])
            if lost < smallest:
                best, smallest = Tuned((depth, rounds), held), lost
            elif rounds - best.setting[1] >= (self.early_stopping or 0):
                break
        return best

    def verify(self, data: Any, n_inputs: int) -> None:
        verify_booster(data, n_inputs)

    def load(self, data: dict[str, Any]) -> Boosted:
        booster = xgb.Booster({"nthread": 1})
        try:
            booster.load_model(bytearray(json.dumps(data).encode()))
        except xgb.core.XGBoostError as error:
            raise InputError("XGBoost cannot read the booster") from error
        return Boosted(booster)

    def _parameters(self, y: BoolArray, depth: int, *, balanced: bool, seed: int) -> dict[str, Any]:
        weight = float((~y).sum() / y.sum()) if balanced else 1.0
        given: dict[str, Any] = {
            "objective": "binary:logistic",
            "eta": 0.05,
            "max_depth": depth,
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "min_child_weight": 3.0,
            "lambda": 3.0,
            "scale_pos_weight": weight,
            "tree_method": "hist",
            "nthread": 1,
            "seed": seed,
        }
        if self.early_stopping is not None:
            given["seed_per_iteration"] = True  # models that grow in turn draw as if alone
        if self.signs:
            given["monotone_constraints"] = self.signs
        return given


def _data(matrix: FloatArray, y: BoolArray) -> xgb.DMatrix:
    return xgb.DMatrix(matrix, label=y.astype(np.float64), nthread=1)


LEARNER = XgboostLearner
