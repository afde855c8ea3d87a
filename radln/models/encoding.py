"""From a table of predictors to a numeric matrix: impute, scale, code levels, select.

An :class:`Encoding` is learned on training rows only and is plain data afterwards: every input of
the model is one :class:`Input`, so that the whole of it fits in a JSON file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from radln._types import BoolArray, FloatArray
from radln.errors import InputError


@dataclass(frozen=True)
class Input:
    """One column of the matrix.

    Numeric: ``(x - mean) / scale`` with a missing or infinite ``x`` replaced by ``median``. A level
    of a text column: ``1{x == level} - mean``; a missing or new value counts as ``reference``.
    """

    column: str
    mean: float
    scale: float = 1.0
    median: float = 0.0
    level: str | None = None
    reference: str | None = None
    low: float = 0.0
    high: float = 1.0


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
        numeric = [j for j, item in enumerate(self.inputs) if item.level is None]
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
        return matrix

    def to_list(self) -> list[dict[str, Any]]:
        """Plain data for JSON."""
        return [asdict(item) for item in self.inputs]

    @classmethod
    def from_list(cls, items: list[dict[str, Any]]) -> Encoding:
        """The inverse of :meth:`to_list`."""
        return cls(tuple(Input(**item) for item in items))


def fit_encoding(
    frame: pd.DataFrame,
    y: BoolArray,
    *,
    keep: Sequence[str],
    candidates: Sequence[str],
    max_features: int,
    max_correlation: float,
) -> Encoding:
    """Learn the inputs on training rows.

    Parameters
    ----------
    frame, y
        Training rows only.
    keep
        Columns that always enter (clinical ones); text columns become one input a level, the
        commonest level being the reference.
    candidates
        Numeric columns of which at most ``max_features`` are chosen by :func:`rank_and_filter`.

    Raises
    ------
    InputError
        No usable column is left.
    """
    inputs: list[Input] = []
    of_numbers = [c for c in keep if pd.api.types.is_numeric_dtype(frame[c])]
    numbers = {item.column: item for item in _numeric_inputs(frame, of_numbers)}
    for column in keep:
        if column in numbers:
            inputs.append(numbers[column])
        elif not pd.api.types.is_numeric_dtype(frame[column]):
            inputs.extend(_level_inputs(column, frame[column]))
    numeric = _numeric_inputs(frame, candidates)
    if numeric:
        matrix = Encoding(tuple(numeric)).transform(frame)
        chosen = rank_and_filter(
            matrix, y, max_features=max_features, max_correlation=max_correlation
        )
        inputs.extend(numeric[j] for j in chosen)
    if not inputs:
        raise InputError("no predictor is left: every column is empty or constant in training.")
    return Encoding(tuple(inputs))


def _numeric_inputs(frame: pd.DataFrame, columns: Sequence[str]) -> list[Input]:
    """Inputs of the columns that vary; empty and constant ones are dropped."""
    if not columns:
        return []
    x = frame[list(columns)].to_numpy(dtype=np.float64)
    seen = np.isfinite(x)
    some, full = seen.any(axis=0), seen.all(axis=0)
    gaps = some & ~full
    median = np.zeros(x.shape[1])
    median[full] = np.median(np.ascontiguousarray(x.T[full]), axis=1)
    median[gaps] = np.nanmedian(np.where(seen, x, np.nan)[:, gaps], axis=0)
    filled = np.where(seen, x, median)
    mean, scale = filled.mean(axis=0), filled.std(axis=0)
    varies = (
        some & (scale > 1e-12 * np.maximum(np.abs(mean), 1e-300)) & (np.ptp(filled, axis=0) > 0)
    )
    return [
        Input(
            columns[j],
            mean=float(mean[j]),
            scale=float(scale[j]),
            median=float(median[j]),
            low=float(filled[:, j].min()),
            high=float(filled[:, j].max()),
        )
        for j in np.flatnonzero(varies).tolist()
    ]


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


def rank_and_filter(
    matrix: FloatArray, y: BoolArray, *, max_features: int, max_correlation: float
) -> list[int]:
    """Columns by their own AUC, leaving out what repeats a better one.

    Columns are visited from the largest ``|AUC - 0.5|`` down (ties by position); one is kept when
    its absolute Pearson correlation with every kept column is at most ``max_correlation``, until
    ``max_features`` are kept.

    Examples
    --------
    >>> x = np.array([[0., 0.1, 5.], [1., 1., 1.], [2., 2.1, 4.], [3., 2.9, 0.]])
    >>> y = np.array([False, False, True, True])
    >>> rank_and_filter(x, y, max_features=2, max_correlation=0.9)
    [0, 2]
    """
    strength = np.abs(column_auc(matrix, y) - 0.5)
    order = np.argsort(-strength, kind="stable")
    unit = matrix - matrix.mean(axis=0)
    unit /= np.maximum(np.linalg.norm(unit, axis=0), 1e-300)
    closest = np.zeros(matrix.shape[1])
    kept: list[int] = []
    for j in order:
        if closest[j] > max_correlation:
            continue
        kept.append(int(j))
        if len(kept) == max_features:
            break
        np.maximum(closest, np.abs(unit.T @ unit[:, j]), out=closest)
    return kept


def column_auc(matrix: FloatArray, y: BoolArray) -> FloatArray:
    """The AUC of every column alone (ties count one half)."""
    ranks = rankdata(np.ascontiguousarray(matrix.T), axis=1)  # contiguous rows sort faster
    n_positive = int(y.sum())
    n_negative = y.size - n_positive
    u = ranks[:, y].sum(axis=1) - n_positive * (n_positive + 1) / 2
    return np.asarray(u / (n_positive * n_negative), dtype=np.float64)
