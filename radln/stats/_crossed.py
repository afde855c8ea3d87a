"""A table of counts of two raters, written out again as one value a case of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from radln._numerals import no_number
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError

CALLS = [0, 1]
FEW_CASES = 20  # two cases on a scale of ten reach this sum too


def crossed(
    table: ArrayLike, labels: Sequence[Any] | None, *, calls: bool
) -> tuple[IntArray, IntArray, list[Any]]:
    """Positions (n,) of a's and b's categories, and the categories, from counts (q, q).

    Rows are a, columns b. A DataFrame is read by its labels, which are those of ``labels`` where
    these are given; an array lies in their order. ``calls``: the categories are 0 and 1.
    """
    counts = _counts(table)
    _refuse_margins(counts)
    if calls and counts.shape[0] != len(CALLS):
        raise ShapeError(
            f"a has {counts.shape[0]} categories, and this test is of a yes or no: a table of "
            "2 x 2. Join the categories at a cut-off; agreement on several is kappa."
        )
    names = list(CALLS) if calls else list(range(counts.shape[0]))
    if labels is not None:
        names = list(labels)
    if isinstance(table, pd.DataFrame):
        names = names if labels is not None or calls else list(table.index)
        counts = _by_label(table, names, calls)
    if len(names) != counts.shape[0]:
        raise ShapeError(f"a has {counts.shape[0]} categories, but labels names {len(names)}.")
    _refuse_doubt(counts, calls)
    whole = counts.astype(np.int64)
    places = np.repeat(np.arange(whole.size), whole.ravel())
    first, second = np.divmod(places, whole.shape[1])
    return first, second, names


def _counts(table: ArrayLike) -> FloatArray:
    """A square of whole numbers."""
    given = np.asarray(table)
    if given.ndim != 2:
        raise InputError(
            "b is missing: give the values of both, a and b, one a case; or as a alone their table "
            f"of counts, rows a and columns b. Got a of shape {given.shape}."
        )
    if (
        isinstance(table, pd.DataFrame)
        and given.shape[1] == 2 < given.shape[0]
        and isinstance(table.index, pd.RangeIndex)
    ):
        first, second = map(repr, table.columns)
        raise ShapeError(
            f"a alone must be a square table of counts; got shape {given.shape}. Columns of two "
            f"raters go one by one: a[{first}] and a[{second}]."
        )
    if isinstance(table, pd.DataFrame) and given.shape[0] != given.shape[1]:
        raise ShapeError(
            f"a alone must be a square table of counts, rows a and columns b; got shape "
            f"{given.shape}: one rater did not use every category. Give the values of both, a and "
            "b; or complete the table: a.reindex(index=labels, columns=labels, fill_value=0)."
        )
    if given.shape[0] != given.shape[1] or given.shape[0] < 2:
        raise ShapeError(
            f"a alone must be a square table of counts, rows a and columns b; got shape "
            f"{given.shape}. Columns of two raters go one by one: a[:, 0] and a[:, 1]."
        )
    try:
        counts = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        words = no_number(np.ravel(np.asarray(given, dtype=object)), name="the table a")
        raise InputError(words or f"a alone must be a table of counts: {error}.") from error
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1 != 0).any():
        raise InputError("a alone must be a table of counts, whole numbers from 0.")
    if counts.sum() == 0:
        raise InputError("a is a table without a single case.")
    return counts


def _refuse_margins(counts: FloatArray) -> None:
    """A last row and column that are the sums of the others are no category."""
    if counts.shape[0] < 3:
        return
    inner = counts[:-1, :-1]
    rows = (counts[:-1, -1] == inner.sum(axis=1)).all() and inner.any()
    if rows and (counts[-1] == counts[:-1].sum(axis=0)).all():
        raise InputError(
            "the last row and the last column of the table a are the sums of the others, and would "
            "count as a category: leave the margins out (pd.crosstab without margins=True, or "
            "a.iloc[:-1, :-1])."
        )


def _by_label(table: pd.DataFrame, names: list[Any], calls: bool) -> FloatArray:
    """Rows and columns in the order of the names; 0 is False."""
    for what, found in (("rows", table.index), ("columns", table.columns)):
        if len(set(found)) < len(found) or set(found) != set(names):
            remedy = "call them 0 and 1 (1 is positive)" if calls else "give both the same names"
            raise InputError(
                f"the {what} of the table a are {list(found)}, not {names}; {remedy}, or pass "
                "an array in that order."
            )
    rows, columns = ([list(found).index(name) for name in names] for found in table.axes)
    return np.asarray(table.iloc[rows, columns], dtype=np.float64)


def _refuse_doubt(counts: FloatArray, calls: bool) -> None:
    """Four small numbers may as well be two cases seen by two raters."""
    doubtful = counts.max() <= 1 if calls else counts.sum() <= FEW_CASES
    if counts.shape[0] == 2 and doubtful:
        raise InputError(
            f"a alone, {counts.astype(int).tolist()}, may be a table of {int(counts.sum())} cases "
            "or two cases seen by two raters; give the values of both, a and b, one a case."
        )
