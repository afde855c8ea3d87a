"""From a table of predictors to a numeric matrix: impute, scale, code levels.

An :class:`Encoding` is learned on training rows only and is plain data afterwards: every input of
the model is one :class:`Input`, so that the whole of it fits in a JSON file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.models.steps.step import Choice, Training


@dataclass(frozen=True)
class Input:
    """One column of the matrix.

    Numeric: ``(x - mean) / scale`` with a missing or infinite ``x`` replaced by ``median``. A level
    of a text column: ``1{x == level} - mean``; a missing or new value counts as ``reference``.
    A ``missing`` one: ``1{x is missing} - mean``.
    """

    column: str
    mean: float
    scale: float = 1.0
    median: float = 0.0
    level: str | None = None
    reference: str | None = None
    low: float = 0.0
    high: float = 1.0
    missing: bool = False

    @property
    def number(self) -> bool:
        """Whether it is the value of a number."""
        return self.level is None and not self.missing


@dataclass(frozen=True)
class Encoding:
    """The inputs of a model, learned on its training rows."""

    inputs: tuple[Input, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The predictor columns needed, each once."""
        return tuple(dict.fromkeys(item.column for item in self.inputs))

    def transform(self, frame: pd.DataFrame) -> FloatArray:
        """The matrix of some rows, shape (n, number of inputs)."""
        missing = [c for c in self.columns if c not in frame.columns]
        if missing:
            raise InputError(f"the model needs the column(s) {', '.join(missing[:5])}.")
        matrix = np.empty((len(frame), len(self.inputs)))
        numeric = [j for j, item in enumerate(self.inputs) if item.number]
        if numeric:
            used = [self.inputs[j] for j in numeric]
            x = frame[[item.column for item in used]].to_numpy(dtype=np.float64)
            median, mean, scale = np.array([(i.median, i.mean, i.scale) for i in used]).T
            matrix[:, numeric] = (np.where(np.isfinite(x), x, median) - mean) / scale
        text: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.object_]]] = {}
        for j, item in enumerate(self.inputs):
            if item.level is not None:
                if item.column not in text:
                    text[item.column] = frame[item.column].astype(str).to_numpy(dtype=object)
                matrix[:, j] = (text[item.column] == item.level) - item.mean
            elif item.missing:
                matrix[:, j] = is_missing(frame[item.column]) - item.mean
        return matrix

    def to_list(self) -> list[dict[str, Any]]:
        """Plain data for JSON."""
        return [_plain(item) for item in self.inputs]

    @classmethod
    def from_list(cls, items: list[dict[str, Any]]) -> Encoding:
        """The inverse of :meth:`to_list`."""
        return cls(tuple(Input(**item) for item in items))


def _plain(item: Input) -> dict[str, Any]:
    data = asdict(item)
    return data if item.missing else {k: v for k, v in data.items() if k != "missing"}


def is_missing(values: pd.Series) -> BoolArray:
    """Where a column has no value: of numbers also where one is infinite."""
    if pd.api.types.is_numeric_dtype(values):
        return np.asarray(~np.isfinite(values.to_numpy(dtype=np.float64)))
    return np.asarray(values.isna(), dtype=np.bool_)


def fit_encoding(
    training: Training,
    *,
    keep: Sequence[str],
    compete: Sequence[str],
    choices: Sequence[Choice] = (),
    added: Sequence[Input] = (),
) -> Encoding:
    """Learn the inputs on training rows.

    Parameters
    ----------
    keep
        Columns that always enter (clinical ones); text columns become one input a level, the
        commonest level being the reference.
    compete
        Numeric columns, of which ``choices`` say which enter.
    added
        Further inputs of columns that are kept.

    Raises
    ------
    InputError
        No usable column is left.
    """
    frame = training.frame
    inputs: list[Input] = []
    of_numbers = [c for c in keep if pd.api.types.is_numeric_dtype(frame[c])]
    numbers = {item.column: item for item in _numbers(frame, of_numbers).inputs()}
    for column in keep:
        if column in numbers:
            inputs.append(numbers[column])
        elif not pd.api.types.is_numeric_dtype(frame[column]):
            inputs.extend(_level_inputs(column, frame[column]))
    inputs.extend(added)
    competing = _numbers(frame, compete)
    for choice in choices if competing.at.size else ():
        competing = competing.of(choice.choose(training, competing.matrix()))
    inputs.extend(competing.inputs())
    if not inputs:
        raise InputError("no predictor is left: every column is empty or constant in training.")
    return Encoding(tuple(inputs))


@dataclass(frozen=True, eq=False)
class _Numbers:
    """Numeric columns on training rows, filled by their medians; ``at`` are those that are left."""

    columns: Sequence[str]
    filled: FloatArray
    gaps: FloatArray  # the medians of columns with gaps; of whole ones they are found when asked
    mean: FloatArray
    scale: FloatArray
    at: IntArray

    def of(self, chosen: Sequence[int]) -> _Numbers:
        """Some of those that are left, by position and in this order."""
        return replace(self, at=self.at[np.asarray(chosen, dtype=np.int64)])

    def matrix(self) -> FloatArray:
        """What :meth:`Encoding.transform` makes of the training rows."""
        values: FloatArray = (self.filled[:, self.at] - self.mean[self.at]) / self.scale[self.at]
        return values

    def inputs(self) -> list[Input]:
        """The columns that are left as inputs."""
        return [
            Input(
                self.columns[j],
                mean=float(self.mean[j]),
                scale=float(self.scale[j]),
                median=float(np.median(self.filled[:, j]) if np.isnan(gap) else gap),
                low=float(self.filled[:, j].min()),
                high=float(self.filled[:, j].max()),
            )
            for j, gap in zip(self.at.tolist(), self.gaps[self.at], strict=True)
        ]


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> _Numbers:
    """The columns that vary; empty and constant ones are left out."""
    x = frame[list(columns)].to_numpy(dtype=np.float64)
    seen = np.isfinite(x)
    some, full = seen.any(axis=0), seen.all(axis=0)
    gaps, filled = np.full(x.shape[1], np.nan), x
    if not full.all():
        between = some & ~full
        gaps[between] = np.nanmedian(np.where(seen, x, np.nan)[:, between], axis=0)
        filled = np.where(seen, x, np.where(some, gaps, 0.0))
    mean, scale = filled.mean(axis=0), filled.std(axis=0)
    varies = (
        some & (scale > 1e-12 * np.maximum(np.abs(mean), 1e-300)) & (np.ptp(filled, axis=0) > 0)
    )
    return _Numbers(columns, filled, gaps, mean, scale, np.flatnonzero(varies))


def _level_inputs(column: str, values: pd.Series) -> list[Input]:
    counts, every = Counter(values.dropna().astype(str)), values.astype(str).to_numpy(dtype=object)
    levels = sorted(counts, key=lambda level: (-counts[level], level))
    return [
        Input(
            column,
            mean=float((every == level).mean()),
            level=level,
            reference=levels[0],
        )
        for level in levels[1:]
    ]
