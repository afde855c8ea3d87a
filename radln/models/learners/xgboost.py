"""Boosted trees; SHAP values are XGBoost's own exact TreeSHAP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb

from radln._types import BoolArray, FloatArray
from radln.models.learners.learner import Learner, Setting

DEPTHS = (2, 3)
ROUNDS = (50, 100, 200)


@dataclass(frozen=True, eq=False)
class Boosted:
    """XGBoost trees."""

    booster: xgb.Booster

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        margin = self.booster.predict(xgb.DMatrix(matrix, nthread=1), output_margin=True)
        return np.asarray(margin, dtype=np.float64)

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        values = self.booster.predict(xgb.DMatrix(matrix, nthread=1), pred_contribs=True)
        return np.asarray(values[:, :-1], dtype=np.float64), float(values[0, -1])

    def to_dict(self) -> dict[str, Any]:
        held: dict[str, Any] = json.loads(self.booster.save_raw(raw_format="json"))
        return held


class XgboostLearner(Learner):
    name = "xgboost"
    label = "XGBoost"
    sentence = "XGBoost"
    own_file = True
    grid = tuple((depth, rounds) for depth in DEPTHS for rounds in ROUNDS)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Boosted:
        depth, rounds = int(setting[0]), int(setting[1])
        return Boosted(_boost(matrix, y, depth, rounds, balanced=balanced, seed=seed))

    def fit_grid(
        self, matrix: FloatArray, y: BoolArray, held_out: FloatArray, *, balanced: bool, seed: int
    ) -> FloatArray:
        rows = []
        for depth in DEPTHS:
            booster = _boost(matrix, y, depth, max(ROUNDS), balanced=balanced, seed=seed)
            data = xgb.DMatrix(held_out, nthread=1)
            rows += [
                booster.predict(data, output_margin=True, iteration_range=(0, rounds))
                for rounds in ROUNDS
            ]
        return np.stack(rows).astype(np.float64)

    def load(self, data: dict[str, Any]) -> Boosted:
        booster = xgb.Booster({"nthread": 1})
        booster.load_model(bytearray(json.dumps(data).encode()))
        return Boosted(booster)


def _boost(
    matrix: FloatArray, y: BoolArray, depth: int, rounds: int, *, balanced: bool, seed: int
) -> xgb.Booster:
    weight = float((~y).sum() / y.sum()) if balanced else 1.0
    parameters = {
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
    data = xgb.DMatrix(matrix, label=y.astype(np.float64), nthread=1)
    return xgb.train(parameters, data, num_boost_round=rounds)


LEARNER = XgboostLearner()
