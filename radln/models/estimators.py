"""Logistic regression and boosted trees behind one face: log-odds in, plain data out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xgboost as xgb
from sklearn.linear_model import LogisticRegression

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.settings import Estimator

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # scikit-learn's C, on standardised inputs
DEPTHS = (2, 3)
ROUNDS = (50, 100, 200)


class Core(Protocol):
    """A fitted estimator on an encoded matrix."""

    def log_odds(self, matrix: FloatArray) -> FloatArray: ...

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        """SHAP values on the log-odds, shape (n, inputs), and the base value."""

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True, eq=False)
class Logistic:
    """Ridge-penalised logistic regression on centred inputs."""

    coefficients: FloatArray
    intercept: float

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        # Summed column by column: the same digits whatever the number of rows or BLAS threads.
        total = np.full(matrix.shape[0], self.intercept)
        for j, coefficient in enumerate(self.coefficients):
            total += coefficient * matrix[:, j]
        return total

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        return matrix * self.coefficients, self.intercept  # inputs have mean zero in training

    def to_dict(self) -> dict[str, Any]:
        return {"coefficients": self.coefficients.tolist(), "intercept": self.intercept}


@dataclass(frozen=True, eq=False)
class Boosted:
    """XGBoost trees; SHAP values are XGBoost's own exact TreeSHAP."""

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


def load_core(estimator: Estimator, data: dict[str, Any]) -> Core:
    """The inverse of ``to_dict``."""
    if estimator == "logistic":
        return Logistic(np.asarray(data["coefficients"], dtype=np.float64), data["intercept"])
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(bytearray(json.dumps(data).encode()))
    return Boosted(booster)


def grid(estimator: Estimator) -> tuple[tuple[float, ...], ...]:
    """The settings that inner folds choose from."""
    if estimator == "logistic":
        return tuple((c,) for c in PENALTIES)
    return tuple((depth, rounds) for depth in DEPTHS for rounds in ROUNDS)


def fit_grid(
    estimator: Estimator,
    matrix: FloatArray,
    y: BoolArray,
    held_out: FloatArray,
    *,
    balanced: bool,
    seed: int,
) -> FloatArray:
    """Log-odds of held-out rows under every setting of the grid, shape (settings, rows)."""
    if estimator == "logistic":
        fits = [
            fit_core(estimator, p, matrix, y, balanced=balanced, seed=seed) for p in grid(estimator)
        ]
        return np.stack([core.log_odds(held_out) for core in fits])
    rows = []
    for depth in DEPTHS:
        booster = _boost(matrix, y, depth, max(ROUNDS), balanced=balanced, seed=seed)
        data = xgb.DMatrix(held_out, nthread=1)
        rows += [
            booster.predict(data, output_margin=True, iteration_range=(0, rounds))
            for rounds in ROUNDS
        ]
    return np.stack(rows).astype(np.float64)


def fit_core(
    estimator: Estimator,
    setting: tuple[float, ...],
    matrix: FloatArray,
    y: BoolArray,
    *,
    balanced: bool,
    seed: int,
) -> Core:
    """Fit one estimator at one setting."""
    if not np.isfinite(matrix).all():
        raise InputError("the encoded matrix holds missing or infinite values.")
    if estimator == "xgboost":
        depth, rounds = int(setting[0]), int(setting[1])
        return Boosted(_boost(matrix, y, depth, rounds, balanced=balanced, seed=seed))
    model = LogisticRegression(
        C=setting[0], class_weight="balanced" if balanced else None, max_iter=2000, tol=1e-6
    ).fit(matrix, y)
    return Logistic(np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0]))


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
