"""Tables that are no ratings: with a column of identifiers, or of raters by raters."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy.special import stdtr
from scipy.stats import rankdata

from radln import _check
from radln._numerals import figures_as_text, no_dict, no_number
from radln._types import AnyArray, ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats.agreement._copies import copied
from radln.stats.agreement._derived import apart_from
from radln.stats.agreement._layout import as_table, refuse_long, turned_round, without_spread
from radln.stats.agreement._titles import RATER, about_truth, refuse_reads

SEQUENCE = 8  # so many whole numbers in a row are no ratings
DISTINCT = 5
CATEGORIES = 7  # more in a row of whole numbers are no categories
FEW = 4  # rows that may be numbered
TOGETHER = 0.8  # correlation with another column, from which a column is a rater in sorted rows
TOGETHER_FEW = 0.5  # of few rows, or of numbers that repeat
CLEARLY = 0.05  # a rank correlation that chance hardly reaches
IDENTIFIER = re.compile(
    r"(^|.*[\s_.-])(id|ids|nr|no|number|mrn|case|patient|subject|index|record|accession)$"
    r"|^unnamed: \d+$|^(case|patient|subject|node|lesion)(id|nr|no)$|(?-i:.*[a-z]I[Dd]$)"
    r"|^#$|^(pid|uid|mrn|pseudonym|node|lesion|exam|image|scan|key)$|^lfd\b.*"
    r"|^(pat(ient(en)?)?|fall|f\u00e4lle)?[\s_.-]*(nr|nummer)\.?$|^.*nummer$|^fall$",
    re.IGNORECASE,
)


UNIT = (
    "{} of {} holds whole numbers that are all different and stand in none of the others: if it "
    "has another unit, agreement has no meaning; bring all raters to one."
)


def refuse_mistaken(ratings: ArrayLike, name: str) -> tuple[str, ...]:
    """Refuse a table that is not one row a subject and one column a rater; notes on doubts."""
    _check.unmasked(ratings, name=name)
    no_dict(ratings, name=name, instead=f"a table, a column a rater: pd.DataFrame({name})")
    refuse_crosstab(ratings, name)
    table = as_table(ratings)
    if table is None or table.shape[1] < 2:
        return ()
    notes = (*refuse_long(table, name), *refuse_reads(table, name))
    named = isinstance(ratings, pd.DataFrame)
    notes += about_truth(table.columns) if named else ()
    notes += refuse_identifiers(table, name) if named else refuse_numbered(table, name)
    notes += copied(table)
    return (*notes, *apart_from(table), *turned_round(*table.shape), *without_spread(table))


def refuse_identifiers(table: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Refuse a column that names the subjects: it would count as a rater.

    A column that is named like a rater, or runs with another, is none by its values.
    """
    notes = []
    for k, label in enumerate(map(str, table.columns)):
        by_name = bool(IDENTIFIER.match(label))
        others = table.iloc[:, [j for j in range(table.shape[1]) if j != k]]
        column = table.iloc[:, k]
        by_values = any(
            looks(column, others) for looks in (_names_rows, _numbers_rows, _counts_alone)
        )
        rated = bool(RATER.match(label)) or _runs_with(column, others)
        if by_values and RATER.match(label) and _names_rows(column, others):
            notes.append(UNIT.format(f"column {label!r}", name))
        if by_name or (by_values and not rated):
            why = "is named like" if by_name else "holds what looks like"
            raise InputError(
                f"{name}: column {label!r} {why} an identifier of the subjects, and would count as "
                f"a rater. Set it aside, as {name}.set_index({label!r}); if it holds ratings after "
                f"all, give {name}.to_numpy(), the rows in another order than this column's."
            )
    return tuple(notes)


def refuse_numbered(table: pd.DataFrame, name: str) -> tuple[str, ...]:
    """The same of arrays, whose columns have no names of their own.

    Refused is what numbers the rows in their order, which says nothing of any rating: ratings pass
    in any other order. Whole numbers that are all different and far from the others are noted.
    """
    notes: list[str] = []
    for k in range(table.shape[1]):
        others = table.iloc[:, [j for j in range(table.shape[1]) if j != k]]
        label = table.columns[k]
        which = label if isinstance(label, str) else f"column {k + 1}"
        if _numbers_rows(table.iloc[:, k], others):
            raise InputError(
                f"{name}: {which} looks like an identifier of the subjects (its values follow the "
                "rows, and have nothing to do with the other values), and would count as a rater. "
                "Leave it out; if it holds ratings after all, bring the rows (of cluster too) into "
                "another order, which changes no agreement."
            )
        if _in_turn(table.iloc[:, k]):
            notes.append(
                f"{which} of {name} holds the numbers of the rows, each once, and counts as a "
                "rater; leave it out if it is none."
            )
        elif _names_rows(table.iloc[:, k], others) or _counts_alone(table.iloc[:, k], others):
            notes.append(
                f"{which} of {name} looks like an identifier of the subjects, or has another unit: "
                "its values are all different and run with none of the others. It counts as a "
                "rater; leave it out if it is none."
            )
    return tuple(notes)


def _counts_alone(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether a column alone holds whole numbers that are all different, and runs with no other.

    So do identifiers in any order, with gaps; what several raters say of one case runs together,
    and has ties or decimals in all columns or in none.
    """
    if len(column) < SEQUENCE or not _all_different(column) or others.shape[1] == 0:
        return False
    if any(_all_different(part) for _, part in others.items()):
        return False
    values = column.to_numpy(np.float64)
    return max(_together(values, part) for _, part in others.items()) < TOGETHER_FEW


def _all_different(column: pd.Series) -> bool:
    """Whole numbers, each once."""
    if column.isna().any() or not pd.api.types.is_numeric_dtype(column) or not column.is_unique:
        return False
    return bool((column.to_numpy(np.float64) % 1 == 0).all())


def _in_turn(column: pd.Series) -> bool:
    """Whether the rows have the numbers from 0 or 1 on, in their order or (of many) any other."""
    if len(column) < FEW or not pd.api.types.is_numeric_dtype(column):
        return False
    values = column if len(column) < SEQUENCE else np.sort(column)
    return any(np.array_equal(values, np.arange(k, k + len(column))) for k in (0, 1))


def refuse_ids_of_two(a: AnyArray, b: AnyArray) -> tuple[str, ...]:
    """The same of the values of two raters, one a case of each."""
    table = pd.DataFrame({"a": a, "b": b}).infer_objects()
    return refuse_numbered(table, "a and b")


def _numbers_rows(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether a column rises or falls with the rows, whole, and runs with no other column.

    Each row may have a number of its own, or several in turn the same (nodes of a patient).
    """
    if len(column) < DISTINCT or column.isna().any():
        return False
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return _names_rows(column, others)
    values = column.to_numpy(np.float64)
    steps = np.diff(values)
    if (values % 1 != 0).any() or not np.isfinite(values).all():
        return False
    own = bool((steps > 0).all() or (steps < 0).all())
    counting = bool(((steps == 0) | (steps == 1)).all()) and len(np.unique(values)) > CATEGORIES
    if not own and not counting:
        return False
    if others.shape[1] == 0:
        return False
    if not counting and _runs_with(column, others):
        return False
    together = float(np.mean([_together(values, part) for _, part in others.items()]))
    return together < (TOGETHER if own and values.size >= SEQUENCE else TOGETHER_FEW)


def _runs_with(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether ranks rise clearly with those of the others, as measurements of one thing do.

    Such have a range in common; the numbers of the rows, each once, are no measurements.
    """
    if not pd.api.types.is_numeric_dtype(column) or _in_turn(column):
        return False
    values, together, n = column.to_numpy(np.float64), [], len(column)
    for _, part in others.items():
        numbers = pd.to_numeric(part, errors="coerce").to_numpy(np.float64)
        there = np.isfinite(numbers) & np.isfinite(values)
        n = min(n, int(there.sum()))
        if n < DISTINCT or np.ptp(numbers[there]) == 0 or np.ptp(values[there]) == 0:
            return False
        if values[there].min() > numbers[there].max() or values[there].max() < numbers[there].min():
            return False
        ranks = rankdata(values[there]), rankdata(numbers[there])
        together.append(float(np.corrcoef(*ranks)[0, 1]))
    r = float(np.mean(together)) if together else 0.0
    t = r * np.sqrt((n - 2) / max(1 - r**2, 1e-12))
    return r >= TOGETHER_FEW and bool(stdtr(n - 2, -t) < CLEARLY)


def _together(values: FloatArray, other: pd.Series) -> float:
    """How far another column rises and falls with this one: Pearson's correlation, 0 of none."""
    numbers = pd.to_numeric(other, errors="coerce").to_numpy(np.float64)
    there = np.isfinite(numbers)
    if there.sum() < 3 or np.ptp(numbers[there]) == 0 or np.ptp(values[there]) == 0:
        return 0.0
    return abs(float(np.corrcoef(values[there], numbers[there])[0, 1]))


def _names_rows(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether a column numbers the rows, or holds values that are all its own and all different."""
    if column.isna().any() or not column.is_unique or len(column) < DISTINCT:
        return False
    rest = pd.Series(others.to_numpy(dtype=object).ravel()).dropna()
    if not pd.api.types.is_numeric_dtype(column):
        figures = not no_number(column, name="") or figures_as_text(column, name="")
        return not figures and not column.isin(set(rest)).any()
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
