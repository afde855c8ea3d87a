"""Logistic regression whose predictors may bend: restricted cubic splines under a ridge penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.fields import listed, mapping, number, numbers, positive
from radln.models.learners.learner import ExactCore, Learner, Setting
from radln.models.learners.logistic import PENALTIES, LogisticLearner
from radln.models.options import OPTIONS
from radln.stats import spline_columns

VALUES_A_KNOT = 3  # an input of fewer different values stays straight


@dataclass(frozen=True, eq=False)
class Bent:
    """The columns of one input: its knots (none: it stays straight), and their scaling."""

    knots: tuple[float, ...]
    mean: FloatArray
    scale: FloatArray

    def columns(self, x: FloatArray) -> FloatArray:
        """Standardised columns, shape (n, knots - 1), or (n, 1)."""
        return np.asarray((_basis(x, self.knots) - self.mean) / self.scale)


@dataclass(frozen=True, eq=False)
class Splines(ExactCore):
    """A sum of curves, one an input."""

    bent: tuple[Bent, ...]
    coefficients: tuple[FloatArray, ...]
    intercept: float

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        return np.asarray(self.intercept + self._curves(matrix).sum(axis=1))

    def contributions(self, matrix: FloatArray) -> tuple[FloatArray, float]:
        return self._curves(matrix), self.intercept  # every curve has mean zero in training

    def _curves(self, matrix: FloatArray) -> FloatArray:
        found = np.zeros(matrix.shape)
        for j, (bent, coefficients) in enumerate(zip(self.bent, self.coefficients, strict=True)):
            for column, coefficient in zip(bent.columns(matrix[:, j]).T, coefficients, strict=True):
                found[:, j] += coefficient * column
        return found

    def to_dict(self) -> dict[str, Any]:
        return {
            "bent": [
                {"knots": list(b.knots), "mean": b.mean.tolist(), "scale": b.scale.tolist()}
                for b in self.bent
            ],
            "coefficients": [values.tolist() for values in self.coefficients],
            "intercept": self.intercept,
        }


@options(frozen=True, config=OPTIONS)
class SplinesLearner(Learner):
    """Every input with enough different values bends at ``knots`` of Harrell's quantiles."""

    name: ClassVar[str] = "splines"
    label: ClassVar[str] = "logistic, splines"
    sentence: ClassVar[str] = "Ridge-penalised logistic regression with restricted cubic splines"
    grid: ClassVar[tuple[Setting, ...]] = tuple((c,) for c in PENALTIES)

    knots: Literal[3, 4, 5] = 3

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Splines:
        bent = tuple(_bend(x, self.knots) for x in matrix.T)
        parts = [one.columns(x) for one, x in zip(bent, matrix.T, strict=True)]
        fitted = LogisticLearner().fit(
            setting, np.column_stack(parts), y, balanced=balanced, seed=seed
        )
        ends = np.cumsum([part.shape[1] for part in parts])[:-1]
        return Splines(bent, tuple(np.split(fitted.coefficients, ends)), fitted.intercept)

    def verify(self, data: Any, n_inputs: int) -> None:
        mapping(data, "the core", ("bent", "coefficients", "intercept"))
        number(data["intercept"], "intercept")
        bent = listed(data["bent"], "bent", n_inputs)
        for one, values in zip(
            bent, listed(data["coefficients"], "coefficients", n_inputs), strict=True
        ):
            mapping(one, "bent", ("knots", "mean", "scale"))
            knots = numbers(one["knots"], "knots")
            if knots.size in (1, 2) or (np.diff(knots) <= 0).any():
                raise InputError("knots of a curve must rise, and be none or at least three")
            width = max(knots.size - 1, 1)
            numbers(one["mean"], "mean", width)
            for scale in numbers(one["scale"], "scale", width):
                positive(float(scale), "scale")
            numbers(values, "coefficients", width)

    def load(self, data: dict[str, Any]) -> Splines:
        bent = tuple(
            Bent(tuple(b["knots"]), np.asarray(b["mean"], float), np.asarray(b["scale"], float))
            for b in data["bent"]
        )
        values = tuple(np.asarray(one, np.float64) for one in data["coefficients"])
        return Splines(bent, values, float(data["intercept"]))


def _bend(x: FloatArray, n_knots: int) -> Bent:
    """How an input bends: not at all where it has few values, or the same at two knots."""
    knots: tuple[float, ...] = ()
    if np.unique(x).size >= VALUES_A_KNOT * n_knots:
        try:
            knots = tuple(spline_columns(x, n_knots=n_knots).attrs["knots"])
        except InputError:  # many rows have one value
            knots = ()
    columns = _basis(x, knots)
    scale = columns.std(axis=0)
    return Bent(knots, columns.mean(axis=0), np.where(scale > 0, scale, 1.0))


def _basis(x: FloatArray, knots: tuple[float, ...]) -> FloatArray:
    if not knots:
        return x[:, None]
    return spline_columns(x, knots=np.array(knots)).to_numpy(dtype=np.float64)


LEARNER = SplinesLearner
