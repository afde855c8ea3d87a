"""Tables that are no ratings: with a column of identifiers, or counts in the place of ratings."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from radln._types import ArrayLike
from radln.errors import InputError

SEQUENCE = 8  # so many whole numbers in a row are no ratings
DISTINCT = 5
LARGEST = 10  # of the numbers that categories have
IDENTIFIER = re.compile(
    r"(^|.*[\s_.-])(id|ids|nr|no|number|mrn|case|patient|subject|index|record|accession)$"
    r"|^unnamed: \d+$|^(case|patient|subject|node|lesion)(id|nr|no)$|(?-i:.*[a-z]I[Dd]$)",
    re.IGNORECASE,
)


def refuse_identifiers(ratings: ArrayLike, name: str) -> None:
    """Refuse a table with a column that names the subjects: it would count as a rater."""
    if not isinstance(ratings, pd.DataFrame) or ratings.shape[1] < 2:
        return
    for k, label in enumerate(map(str, ratings.columns)):
        by_name = bool(IDENTIFIER.match(label))
        others = ratings.iloc[:, [j for j in range(ratings.shape[1]) if j != k]]
        if by_name or _names_rows(ratings.iloc[:, k], others):
            why = "is named like" if by_name else "holds what looks like"
            raise InputError(
                f"{name}: column {label!r} {why} an identifier of the subjects, and would count as "
                f"a rater. Set it aside, as {name}.set_index({label!r}); if it holds ratings after "
                f"all, give {name}.to_numpy()."
            )


def _names_rows(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether a column numbers the rows, or holds values that are all its own and all different."""
    if column.isna().any() or not column.is_unique or len(column) < DISTINCT:
        return False
    rest = pd.Series(others.to_numpy(dtype=object).ravel()).dropna()
    if not pd.api.types.is_numeric_dtype(column):
        return not column.isin(set(rest)).any()
    values = column.to_numpy(np.float64)
    if (values % 1 != 0).any():
        return False
    numbers = [float(v) for v in rest if isinstance(v, int | float | np.number)]
    if not numbers:
        return True
    apart = values.min() > max(numbers) or values.max() < min(numbers)
    runs = values.size >= SEQUENCE and bool((np.abs(np.diff(values)) == 1).all())
    alike = any(set(part) >= set(column) for _, part in others.items())
    return bool(apart or (runs and not alike))


def refuse_counts(ratings: ArrayLike, name: str) -> None:
    """Refuse a table of counts in the place of ratings: it would be rated by its own numbers."""
    try:
        table = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError):
        return
    whole = table.ndim == 2 and table.size and (table % 1 == 0).all() and (table >= 0).all()
    if not whole or 1 in table.shape:
        return
    if table.shape[0] == table.shape[1] and table.max() > LARGEST:
        raise InputError(
            f"{name} looks like a table of counts of two raters ({table.shape[0]} x "
            f"{table.shape[1]}), not like ratings of subjects: give it to kappa(table). If these "
            "are ratings, name the categories with labels."
        )
    sums = table.sum(axis=1)
    each = sums[0] >= 2 and (sums == sums[0]).all() and table.shape[0] > 2
    if each and table.min() == 0 and table.max() >= 2 and len(np.unique(table, axis=0)) > 1:
        raise InputError(
            f"{name} looks like counts of raters by category (every row sums to {sums[0]:g}), not "
            "like one column a rater. Write each row out, for example "
            f"[np.repeat(categories, row) for row in {name}]; if these are ratings, name the "
            "categories with labels."
        )


def refuse_crosstab(ratings: ArrayLike, name: str) -> None:
    """Refuse a square table whose rows are called as its columns are: raters by raters."""
    if not isinstance(ratings, pd.DataFrame) or ratings.shape[0] != ratings.shape[1]:
        return
    rows, columns = list(ratings.index), list(ratings.columns)
    plain = isinstance(ratings.index, pd.RangeIndex)  # rows in turn, without names
    if not plain and set(rows) == set(columns):
        raise InputError(
            f"{name} is square, with the same labels for rows and columns ({rows[:6]}): that is a "
            "table of counts of two raters, not one row a subject and one column a rater. Give it "
            f"to kappa(table); if these are ratings, give {name}.to_numpy()."
        )
