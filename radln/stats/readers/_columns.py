"""Columns of the tables that users bring: found, named, and made labels, numbers or 0/1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radln.errors import InputError

COLUMNS = (
    "case_id", "patient_id", "reader", "level", "modality", "score", "call", "repeat", "y_true",
)  # fmt: skip
Labels = tuple[str, ...]


def natural(label: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts "r2" before "r10"."""
    parts = re.split(r"(\d+)", label)
    return tuple((0, float(p), "") if p.isdigit() else (1, 0.0, p) for p in parts if p)


def renamed(
    table: pd.DataFrame | None, columns: Mapping[str, str] | None, *, name: str
) -> pd.DataFrame:
    """A copy under the names of this library."""
    if table is None:
        return pd.DataFrame()
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{name} must be a pandas table, one row a case and reader.")
    given = dict(columns or {})
    odd = sorted(set(given) - {*COLUMNS, "y_score", "y_prob", "source"})
    if odd:
        raise InputError(f"columns: {', '.join(odd)} is unknown; known are {', '.join(COLUMNS)}.")
    back = {theirs: ours for ours, theirs in given.items() if theirs in table.columns}
    copy = table.drop(
        columns=[ours for ours in back.values() if ours in table and ours not in back]
    )
    copy = copy.rename(columns=back).reset_index(drop=True)
    twice = sorted(set(copy.columns[copy.columns.duplicated()]))
    if twice:
        raise InputError(f"{name} has the column {', '.join(map(str, twice))} twice.")
    if copy.empty:
        raise InputError(f"{name} is empty.")
    return copy


def require(table: pd.DataFrame, wanted: Sequence[str], *, name: str) -> None:
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise InputError(
            f"{name} lacks the column(s) {', '.join(missing)}; found "
            f"{', '.join(map(str, table.columns))}. Rename them, or say which is which with "
            'columns={"reader": "Radiologist"} (--column reader=Radiologist).'
        )


def identifiers(values: pd.Series, *, name: str) -> pd.Series:
    """Labels as text; 7.0 from a spreadsheet is "7"."""
    if values.isna().any():
        raise InputError(
            f"{name} is empty in {int(values.isna().sum())} row(s); fill it, or leave them out."
        )
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    numbers = pd.api.types.is_float_dtype(values)
    if numbers and (values == values.round()).all():
        values = values.astype(np.int64)
    text = values.astype(str).str.strip()
    if (text == "").any():
        raise InputError(f"{name} is empty in {int((text == '').sum())} row(s); fill it.")
    return text


def ordered(table: pd.DataFrame, column: str) -> Labels:
    """The values of a column, made text in place: in the order of its categories, or sorted."""
    if column not in table:
        table[column] = column
        return (column,)
    order = table[column].cat.categories if hasattr(table[column], "cat") else None
    table[column] = identifiers(table[column], name=f"reads: {column}")
    present = set(table[column])
    if order is None:
        return tuple(sorted(present, key=natural))
    return tuple(str(label).strip() for label in order if str(label).strip() in present)


def one_each(case_id: pd.Series, values: pd.Series, *, name: str) -> pd.Series:
    """One value a case; an error where the rows of a case disagree."""
    pairs = pd.DataFrame({"case_id": case_id.to_numpy(), "value": values.to_numpy()})
    distinct = pairs.drop_duplicates()
    twice = distinct.loc[distinct["case_id"].duplicated(), "case_id"].unique()
    if len(twice):
        raise InputError(
            f"{name} differs between the rows of {len(twice)} case(s), for example "
            f"{str(twice[0])!r}; a case has one."
        )
    return distinct.set_index("case_id")["value"]


def binary(values: pd.Series, *, name: str, positive: str | None) -> pd.Series:
    """0/1 with missing ones kept; labels need ``positive``."""
    present = values.dropna()
    if isinstance(present.dtype, pd.CategoricalDtype):
        present = present.astype(object)
    numbers = pd.to_numeric(present, errors="coerce")
    if numbers.isin([0, 1]).all() and numbers.notna().all():
        return numbers.astype(np.float64).reindex(values.index)
    labels = present.astype(str).str.strip()
    seen = sorted(labels.unique())
    if positive is None or positive not in seen or len(seen) > 2:
        raise InputError(
            f"{name} must be 0 and 1, or two labels of which positive= names the positive one; "
            f"got {', '.join(seen[:5])}" + (f" and positive={positive!r}." if positive else ".")
        )
    return (labels == positive).astype(np.float64).reindex(values.index)


def scores_or_calls(values: pd.Series, column: str, positive: str | None) -> pd.Series:
    """Scores as numbers, calls as 0/1."""
    if column == "call":
        return binary(values, name="reads: call", positive=positive)
    numbers = pd.to_numeric(values.astype(object), errors="coerce").astype(np.float64)
    odd = values[numbers.isna() & values.notna()]
    if len(odd):
        raise InputError(
            f"reads: score must be numeric; got {odd.iloc[0]!r} in {len(odd)} row(s). Give the "
            "categories numbers in rising order of suspicion."
        )
    if np.isinf(numbers).any():
        raise InputError(f"reads: score is infinite in {int(np.isinf(numbers).sum())} row(s).")
    return numbers
