"""Tables of ratings that lie another way: a row a read, turned round, a column without spread."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pandas as pd

from radln.errors import InputError
from radln.stats.agreement._titles import WHO

MOST_COLUMNS = 8  # of a table with a row a read
FEWEST_ROWS = 6
SURE_ROWS = 8  # with fewer, raters who judge by chance may show every pair once
MANY_RATERS = 10
NEARLY = 0.8  # of all pairs of case and rater
CASE = re.compile(
    r"^(case|patient|subject|node|lesion|nodule|tumou?r|image|scan|exam|study|unit|target)s?"
    r"([ _.-]?(id|nr|no|number|code))?$|^(id|mrn|accession)$",
    re.IGNORECASE,
)


def refuse_long(table: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Refuse one row a read, with columns that say which case and which rater; few rows: a note."""
    n, k = table.shape
    if not 3 <= k <= MOST_COLUMNS or n < 4:
        return ()
    notes: list[str] = []
    labelling = [j for j in range(k) if _repeated_labels(table.iloc[:, j])]
    for i, j in permutations(labelling, 2):
        labels = table.columns[i], table.columns[j]
        named = bool(CASE.match(str(labels[0])) and WHO.match(str(labels[1])))
        if not named and (i > j or not _crossed(table.iloc[:, i], table.iloc[:, j])):
            continue
        said = _long(name, (i, j), labels, named)
        if named or n >= SURE_ROWS:
            raise InputError(said)
        notes.append(said)
    return tuple(notes[:1])


def _long(name: str, at: tuple[int, int], labels: tuple[object, object], named: bool) -> str:
    """What was seen, what is expected, and how to turn the table."""
    first, second = (
        repr(label) if isinstance(label, str) else f"column {place + 1}"
        for place, label in zip(at, labels, strict=True)
    )
    why = "are named like" if named else "meet once each, as do"
    return (
        f"{name} looks like one row a read: {first} and {second} {why} case and rater, and would "
        "count as raters. What is expected is one row a case and one column a rater: give "
        f"table.pivot(index={first}, columns={second}, values=...), with the column that holds the "
        "ratings as values."
    )


def _repeated_labels(column: pd.Series) -> bool:
    """Text or whole numbers, each of which may stand in several rows."""
    if column.isna().any() or not 2 <= column.nunique() < len(column):
        return False
    if pd.api.types.is_bool_dtype(column):
        return False
    if pd.api.types.is_numeric_dtype(column):
        return bool((column % 1 == 0).all())
    return True


def _crossed(one: pd.Series, other: pd.Series) -> bool:
    """Whether every pair of values occurs at most once, and nearly every pair occurs.

    Ratings of raters who agree repeat their pairs, and have none of most; in a small table they may
    not, but then both have the same categories, as cases and raters hardly have.
    """
    n, cells = len(one), one.nunique() * other.nunique()
    if n < FEWEST_ROWS or n > cells or set(one) == set(other):
        return False
    if pd.MultiIndex.from_arrays([one, other]).has_duplicates:
        return False
    return n == cells or (n >= SURE_ROWS and n >= NEARLY * cells)


def turned_round(n: int, k: int) -> tuple[str, ...]:
    """A note where raters outnumber the cases by far."""
    by_far = (k >= FEWEST_ROWS and k >= 2 * n) or (k >= MANY_RATERS and k >= 1.5 * n)
    if not by_far:
        return ()
    return (
        f"{n} cases by {k} raters: is the table turned round? It must have one row a case and one "
        "column a rater; otherwise give it turned (ratings.T).",
    )


def without_spread(table: pd.DataFrame) -> tuple[str, ...]:
    """A note on columns that hold one value throughout, where others do not."""
    if len(table) < 3:
        return ()
    alike = [table.iloc[:, j].nunique(dropna=True) == 1 for j in range(table.shape[1])]
    if all(alike) or not any(alike):
        return ()
    names = [
        repr(label) if isinstance(label, str) else f"at position {j + 1}"
        for j, label in enumerate(table.columns)
        if alike[j]
    ]
    return (
        f"column {', '.join(names)} holds one and the same value for every case: it counts as a "
        "rater who never saw a difference. Leave it out if it is none.",
    )


def as_table(ratings: object) -> pd.DataFrame | None:
    """A table with a type for each column; None of what has no rows and columns."""
    if isinstance(ratings, pd.DataFrame):
        return ratings
    values = np.asarray(ratings, dtype=object)
    if values.ndim != 2 or 0 in values.shape:
        return None
    return pd.DataFrame(values).infer_objects()
