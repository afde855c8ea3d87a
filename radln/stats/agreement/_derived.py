"""Rows and columns of a sheet that are no ratings: sums, means, differences, other variables."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from radln._types import ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats.agreement._layout import as_table

FEWEST = 5
TOGETHER, APART, ENOUGH = 0.7, 0.3, 20
ALIKE = 1e-9
LONGER = 2  # times the highest of all others: another scale
FEWEST_SUMMED, VARIED = 8, 5  # rows and different values, from which equality is no accident


def refuse_sums(ratings: ArrayLike, name: str) -> None:
    """Refuse a last row that is the sum or the mean of the others, and a column made of others."""
    table = as_table(ratings)
    if (
        table is None
        or len(table) < FEWEST_SUMMED
        or not all(map(pd.api.types.is_numeric_dtype, table.dtypes))
    ):
        return
    values = table.to_numpy(np.float64)
    if not np.isfinite(values).all():
        return
    body, last = values[:-1], values[-1]
    varied = min(np.unique(column).size for column in body.T) >= VARIED
    for word, made in (("sum", body.sum(axis=0)), ("mean", body.mean(axis=0))):
        if varied and _equal(last, made):
            raise InputError(
                f"the last row of {name} is the {word} of the rows above, and would count as a "
                f"case: leave it out ({name}.iloc[:-1])."
            )
    for k in range(values.shape[1]):
        word = _made_of_others(values, k)
        if word:
            label = table.columns[k]
            which = repr(label) if isinstance(label, str) else f"{k + 1}"
            raise InputError(
                f"column {which} of {name} is the {word} of other columns, and would count as a "
                "rater: leave it out."
            )


def _made_of_others(values: FloatArray, k: int) -> str:
    """What one column is of the others, exactly, in every row; empty where it is nothing."""
    own, others = values[:, k], np.delete(values, k, axis=1)
    if np.unique(own).size < VARIED or others.shape[1] < 2:
        return ""
    if _equal(own, others.mean(axis=1)) and np.ptp(others, axis=1).any():
        return "mean"
    if _equal(own, others.sum(axis=1)):
        return "sum"
    for i, j in permutations(range(others.shape[1]), 2):
        if np.ptp(others[:, j]) > 0 and _equal(own, others[:, i] - others[:, j]):
            return "difference"
    return ""


def _equal(a: FloatArray, b: FloatArray) -> bool:
    return bool(np.allclose(a, b, rtol=ALIKE, atol=ALIKE))


def apart_from(table: pd.DataFrame) -> tuple[str, ...]:
    """A note on a column that shares no value, or runs with none, where the others do."""
    if table.shape[1] < 3 or len(table) < FEWEST:
        return ()
    notes = []
    for k, label in enumerate(table.columns):
        others = table.iloc[:, [j for j in range(table.shape[1]) if j != k]]
        if _shares_nothing(table.iloc[:, k], others) or _runs_alone(table.iloc[:, k], others):
            which = repr(label) if isinstance(label, str) else f"{k + 1}"
            notes.append(
                f"column {which} has nothing in common with the others, which agree among "
                "themselves: it counts as a rater; leave it out if it is another variable."
            )
    return tuple(notes)


def _shares_nothing(column: pd.Series, others: pd.DataFrame) -> bool:
    """No value of this column stands in another, while the others share theirs."""
    own = set(column.dropna())
    parts = [set(part.dropna()) for _, part in others.items()]
    everything = set().union(*parts)
    shared = [bool(part & set().union(*(p for p in parts if p is not part))) for part in parts]
    few = len(everything) < len(column) / 2  # categories, not measurements
    return bool(own) and few and all(shared) and not own & everything


def _runs_alone(column: pd.Series, others: pd.DataFrame) -> bool:
    """Numbers that correlate with no other column, while the others do with each other."""
    whole = pd.concat([column, others], axis=1)
    if len(whole) < ENOUGH or not all(map(pd.api.types.is_numeric_dtype, whole.dtypes)):
        return False
    known = whole.to_numpy(np.float64)
    if not np.isfinite(known).all() or not np.ptp(known, axis=0).all():
        return False
    together = np.corrcoef(known.T)
    among = together[1:, 1:][np.triu_indices(others.shape[1], 1)]
    return bool(among.min() > TOGETHER and np.abs(together[0, 1:]).max() < APART)


def other_scale(ratings: ArrayLike, name: str) -> str:
    """What to say of a column that goes far beyond all others; empty where none does."""
    table = as_table(ratings)
    if (
        table is None
        or table.shape[1] < 3
        or not all(map(pd.api.types.is_numeric_dtype, table.dtypes))
    ):
        return ""
    high = table.max().to_numpy(np.float64)
    k = int(np.argmax(high))
    others = np.delete(table.to_numpy(np.float64), k, axis=1)
    top = float(np.nanmax(others))
    if not 0 < LONGER * top < high[k]:
        return ""
    label = table.columns[k]
    which = repr(label) if isinstance(label, str) else f"{k + 1}"
    return (
        f"column {which} of {name} goes from {table.iloc[:, k].min():g} to {high[k]:g}, and the "
        f"others from {np.nanmin(others):g} to {top:g}: is it another variable, which would count "
        "as a rater? Leave it out; or bring all raters to one scale."
    )
