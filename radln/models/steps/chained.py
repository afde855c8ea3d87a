"""Missing clinical values from the other clinical columns, by regressions in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.fields import listed, mapping, number, positive, table, text, whole
from radln.models.options import OPTIONS
from radln.models.steps.encode import is_missing
from radln.models.steps.step import CLINICAL, Names, Training

RIDGE = 1.0  # on standardised columns: a row's worth of shrinking


@dataclass(frozen=True, eq=False)
class Column:
    """A clinical column: a number (``levels`` empty), or a category, its commonest level first.

    ``start`` is what stands for a missing value before any regression: 0, the mean, of a number.
    """

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    def take(self, frame: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
        """What regressions see of it, shape (n, 1 or levels), 0 where missing, and where that is.

        A number is standardised; a category has 0 or 1 of every level.
        """
        values, gaps = frame[self.name], is_missing(frame[self.name])
        if self.levels:
            text = values.astype(str).to_numpy(dtype=object)
            seen = np.stack([text == level for level in self.levels], axis=1).astype(np.float64)
            seen[gaps] = np.eye(len(self.levels))[0]
            return seen, gaps
        x = values.to_numpy(dtype=np.float64)
        return np.where(gaps, 0.0, (x - self.mean) / self.scale)[:, None], gaps

    def fill(self, predicted: FloatArray) -> FloatArray:
        """Predictions as values: of a category the level with the largest one."""
        if not self.levels:
            return predicted
        return np.asarray(np.eye(len(self.levels))[np.argmax(predicted, axis=1)])


@dataclass(frozen=True, eq=False)
class Rule:
    """The regression of one column on the others: (1 + their inputs, outputs)."""

    place: int
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Chain:
    """The columns and, in turn, their regressions; a row needs no other rows."""

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    rounds: int

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that it must have."""
        return tuple(column.name for column in self.columns)

    def transform(self, frame: pd.DataFrame, site: Names | None) -> pd.DataFrame:
        """The same rows with missing values filled in."""
        absent = [column.name for column in self.columns if column.name not in frame.columns]
        if absent:
            raise InputError(f"the model needs the column(s) {', '.join(absent[:5])}.")
        taken = [column.take(frame) for column in self.columns]
        rows = np.flatnonzero(np.any([gaps for _, gaps in taken], axis=0))
        if not rows.size:
            return frame
        seen, missing = [x[rows] for x, _ in taken], [gaps[rows] for _, gaps in taken]
        for _ in range(self.rounds):
            for rule in self.rules:
                _apply(rule, self.columns[rule.place], seen, missing[rule.place])
        filled = {}
        for column, x, gaps in zip(self.columns, seen, missing, strict=True):
            if gaps.any():
                filled[column.name] = _filled(frame[column.name], column, x[gaps], rows[gaps])
        return frame.assign(**filled)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        columns = [{**vars(column), "levels": list(column.levels)} for column in self.columns]
        rules = [{"place": rule.place, "weights": rule.weights.tolist()} for rule in self.rules]
        return {"step": "chained", "columns": columns, "rules": rules, "rounds": self.rounds}

    @staticmethod
    def verify(data: dict[str, Any]) -> None:
        """Raise InputError unless :meth:`from_dict` can make a chain of these data."""
        mapping(data, "chained", ("step", "columns", "rules", "rounds"))
        whole(data["rounds"], "chained: rounds", low=1, high=100)
        widths = []
        for column in listed(data["columns"], "chained: columns"):
            mapping(column, "chained: a column", ("name", "levels", "mean", "scale"))
            name = text(column["name"], "chained: a column's name")
            levels = [text(v, f"chained: {name}") for v in listed(column["levels"], name)]
            number(column["mean"], f"chained: {name}: mean")
            positive(column["scale"], f"chained: {name}: scale")
            widths.append(max(len(levels), 1))
        rules = listed(data["rules"], "chained: rules", len(widths))
        for rule in rules:
            mapping(rule, "chained: a rule", ("place", "weights"))
            place = whole(rule["place"], "chained: place", low=0, high=len(widths) - 1)
            others = sum(max(w - 1, 1) for k, w in enumerate(widths) if k != place)
            table(rule["weights"], "chained: weights", 1 + others, widths[place])
        if len({rule["place"] for rule in rules}) < len(rules):
            raise InputError("chained: two rules fill in one column")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Chain:
        """The inverse of :meth:`to_dict`."""
        columns = tuple(
            Column(**{**column, "levels": tuple(column["levels"])}) for column in data["columns"]
        )
        rules = tuple(
            Rule(rule["place"], np.asarray(rule["weights"], float)) for rule in data["rules"]
        )
        return cls(columns, rules, data["rounds"])


@options(frozen=True, config=OPTIONS)
class Chained:
    """Clinical columns in turn, each by ridge regression on the others, ``rounds`` times over.

    Deterministic, and without the outcome: a value is what the row's other values let expect (of a
    category the likeliest level). Every column has a rule, also one without gaps in training.

    References
    ----------
    van Buuren and Groothuis-Oudshoorn 2011, doi:10.18637/jss.v045.i03; why the outcome stays out
    where one predicts: Sisk et al. 2023, doi:10.1177/09622802231165001.
    """

    label: ClassVar[str] = "clinical values imputed by chained regressions without the outcome"

    rowwise: ClassVar[bool] = True
    rounds: int = Field(default=10, ge=1, le=100)

    def fit(self, training: Training, columns: Sequence[str]) -> Chain:
        """Learn the rules on training rows.

        Raises
        ------
        InputError
            The model has no clinical column with values.
        """
        frame = training.frame
        own = [column_of(c, frame[c]) for c in columns if c.startswith(CLINICAL)]
        known = tuple(column for column in own if column is not None)
        if not known:
            raise InputError(
                "the step chained fills in clinical columns, and this model has none with values; "
                "leave the step out."
            )
        taken = [column.take(frame) for column in known]
        seen, missing = [x.copy() for x, _ in taken], [gaps for _, gaps in taken]
        gaps = [int(one.sum()) for one in missing]
        order = sorted(range(len(known)), key=lambda k: (gaps[k] == 0, gaps[k], k))
        for _ in range(self.rounds):
            for k in order:
                if gaps[k]:
                    _apply(_rule(k, seen, missing[k]), known[k], seen, missing[k])
        return Chain(known, tuple(_rule(k, seen, missing[k]) for k in order), self.rounds)


def column_of(name: str, values: pd.Series) -> Column | None:
    """A column as it is in training; None where it has no value."""
    gaps = is_missing(values)
    if gaps.all():
        return None
    if pd.api.types.is_numeric_dtype(values):
        x = values.to_numpy(dtype=np.float64)[~gaps]
        return Column(name, mean=float(x.mean()), scale=float(x.std()) or 1.0)
    counts = Counter(values[~gaps].astype(str))
    return Column(name, tuple(sorted(counts, key=lambda level: (-counts[level], level))))


def others(place: int, seen: Sequence[FloatArray]) -> FloatArray:
    """1, and all other columns; of a category every level but the commonest."""
    parts = [x if x.shape[1] == 1 else x[:, 1:] for k, x in enumerate(seen) if k != place]
    return np.column_stack([np.ones(len(seen[place])), *parts])


def _rule(place: int, seen: Sequence[FloatArray], gaps: BoolArray) -> Rule:
    """The ridge regression on the rows that have the column; its intercept is not shrunk."""
    design, target = others(place, seen)[~gaps], seen[place][~gaps]
    centre = design.mean(axis=0)
    centre[0] = 0.0
    centred = design - centre
    penalty = np.full(design.shape[1], RIDGE)
    penalty[0] = 0.0
    weights = np.linalg.solve(centred.T @ centred + np.diag(penalty), centred.T @ target)
    weights[0] -= centre @ weights
    return Rule(place, weights)


def _apply(rule: Rule, column: Column, seen: list[FloatArray], gaps: BoolArray) -> None:
    """Fill in one column where it is missing."""
    if gaps.any():
        design = others(rule.place, seen)[gaps]
        seen[rule.place][gaps] = column.fill((design[:, :, None] * rule.weights).sum(axis=1))


def _filled(values: pd.Series, column: Column, x: FloatArray, rows: Any) -> pd.Series:
    """A column of the table with its gaps filled in, in its own unit or levels."""
    if column.levels:
        text = values.astype(object).to_numpy(copy=True)
        text[rows] = [column.levels[k] for k in np.argmax(x, axis=1)]
        return pd.Series(text, index=values.index, dtype=object)
    numbers = values.to_numpy(dtype=np.float64, copy=True)
    numbers[rows] = x[:, 0] * column.scale + column.mean
    return pd.Series(numbers, index=values.index)


STEP, FITTED = Chained, Chain
