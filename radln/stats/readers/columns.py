"""Columns of the tables that users bring: found, named, and made labels, numbers or 0/1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._numerals import figures_as_text
from radln._placeholders import doubts, refuse_nothing
from radln._spelling import one_spelling
from radln.errors import InputError
from radln.predictions import Predictions

COLUMNS = (
    "case_id", "patient_id", "reader", "level", "modality", "score", "call", "repeat", "y_true",
)  # fmt: skip
KNOWN = (*COLUMNS, "y_prob", "y_score", "source", "fold", "unit_id")
Labels = tuple[str, ...]


def table_name(table: str) -> str:
    """What a table is called at the door: truth, or --truth."""
    return worded(table, f"--{table}")


def natural(label: str) -> tuple[tuple[tuple[int, float, str], ...], str]:
    """A key that sorts "r2" before "r10", and no two labels alike."""
    parts = re.split(r"([0-9]+)", label)
    numbers = tuple((0, float(p), "") if p[0] in "0123456789" else (1, 0.0, p) for p in parts if p)
    return numbers, label


def renamed(
    table: pd.DataFrame | None, columns: Mapping[str, str] | None, *, name: str
) -> pd.DataFrame:
    """A copy under the names of this library."""
    if table is None:
        return pd.DataFrame()
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{name} must be a pandas table, one row a case and reader.")
    given = dict(columns or {})
    back = {theirs: ours for ours, theirs in given.items() if theirs in table.columns}
    copy = table.drop(
        columns=[ours for ours in back.values() if ours in table and ours not in back]
    )
    copy = copy.rename(columns=back).reset_index(drop=True)
    copy = copy.rename(columns=_otherwise_written(copy.columns, name))
    if "case_id" not in copy and "unit_id" in copy:  # as in radln's own predictions
        copy = copy.rename(columns={"unit_id": "case_id"})
    twice = sorted(set(copy.columns[copy.columns.duplicated()]))
    if twice:
        raise InputError(f"{name} has the column {', '.join(map(str, twice))} twice.")
    if copy.empty:
        raise InputError(f"{name} is empty.")
    return copy


def _otherwise_written(columns: pd.Index, name: str) -> dict[object, str]:
    """Titles that are ours but for capitals, blanks and signs, such as "Case ID" and "y-prob"."""
    ours = {bare_title(known): known for known in KNOWN if known not in columns}
    found: dict[object, str] = {}
    for title in columns:
        known = ours.get(bare_title(title))
        if known is None or title in KNOWN:
            continue
        if known in found.values():
            first = next(other for other, meant in found.items() if meant == known)
            raise InputError(
                f"{name} has the columns {first!r} and {title!r}, which are both named like "
                f"{known}; say which is meant with "
                + worded(f'columns={{"{known}": {title!r}}}.', f'--column "{known}={title}".')
            )
        found[title] = known
    return found


def bare_title(title: object) -> str:
    """A title without capitals, blanks and signs."""
    return re.sub(r"[\W_]", "", str(title)).casefold()


def check_columns(
    columns: Mapping[str, str] | None, tables: Sequence[pd.DataFrame | Predictions | None]
) -> None:
    """Every renamed column is one of ours, and stands in one of the tables."""
    if columns is None:
        return
    if not isinstance(columns, Mapping):
        raise InputError(
            f'columns must be a dict such as {{"reader": "Radiologist"}}; got {columns!r}.'
        )
    names = (*COLUMNS, "y_score", "y_prob", "source")
    odd = sorted(map(str, set(columns) - {*names}))
    if odd:
        theirs = str(columns[odd[0]]) if odd[0] in columns else ""
        turned = worded(f'columns={{"{theirs}": "{odd[0]}"}}', f"--column {theirs}={odd[0]}")
        hint = f" Our name comes first: {turned}." if theirs in names else ""
        raise InputError(
            f"{worded('columns', '--column')}: {', '.join(odd)} is unknown; known are "
            f"{', '.join(names)}.{hint}"
        )
    there = {name for table in tables if isinstance(table, pd.DataFrame) for name in table.columns}
    absent = [str(theirs) for theirs in columns.values() if theirs not in there]
    if absent:
        raise InputError(
            f"{worded('columns', '--column')}: no table has a column {', '.join(absent)}; there "
            f"are {', '.join(sorted(map(str, there)))}."
        )


def blanked(values: pd.Series) -> pd.Series:
    """Empty texts, as spreadsheets leave them, as missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values
    return values.astype(object).where(values.astype(str).str.strip() != "")


def require(table: pd.DataFrame, wanted: Sequence[str], *, name: str) -> None:
    missing = [column for column in wanted if column not in table.columns]
    if "reader" in missing and not {"score", "call"} & set(table.columns):
        raise InputError(
            f"{name} has no column reader; found {', '.join(map(str, table.columns))}. It must "
            "have one row a read: case_id, reader, and score or call. "
            + worded(
                "A table with a column a reader (one row a case) is turned by table.melt("
                "id_vars='case_id', var_name='reader', value_name='score'); or say which column is "
                'which with columns={"reader": "Radiologist"}.',
                "Say which column is which with --column reader=Radiologist; or, in a table with a "
                "column a reader (one row a case), which columns are readers: --wide A,B,C.",
            )
        )
    if missing:
        raise InputError(
            f"{name} lacks the column(s) {', '.join(missing)}; found "
            f"{', '.join(map(str, table.columns))}. Rename them, or say which is which with "
            + worded('columns={"reader": "Radiologist"}.', "--column reader=Radiologist.")
        )


def identifiers(values: pd.Series, *, name: str) -> pd.Series:
    """Labels as text; 7.0 from a spreadsheet is "7"."""
    if values.isna().any():
        raise InputError(
            f"{name} is empty in {int(values.isna().sum())} row(s); fill it, or leave them out."
        )
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    values = values.infer_objects()
    if pd.api.types.is_float_dtype(values):
        if np.isinf(values.to_numpy(dtype=np.float64)).any():
            raise InputError(f"{name} is infinite in some row; give every row a label.")
        if (values == values.round()).all():
            values = values.astype(np.int64)
    text = values.astype(str).str.strip()
    if (text == "").any():
        raise InputError(f"{name} is empty in {int((text == '').sum())} row(s); fill it.")
    refuse_nothing(text, name=name, people=name.endswith(("case_id", "patient_id")))
    one_spelling(text, name=name, shown="patient" not in name)
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


def in_modality(name: object) -> str:
    """In which modality, for a message; nothing where the reads have no column of that name."""
    return "" if name == "modality" else f" in {name}"


def one_each(case_id: pd.Series, values: pd.Series, *, name: str, of: str = "case") -> pd.Series:
    """One value a case (or reader); an error where its rows disagree."""
    pairs = pd.DataFrame({"case_id": case_id.to_numpy(), "value": values.to_numpy()})
    distinct = pairs.drop_duplicates()
    twice = distinct.loc[distinct["case_id"].duplicated(), "case_id"].unique()
    if len(twice):
        raise InputError(
            f"{name} differs between the rows of {len(twice)} {of}(s), for example "
            f"{str(twice[0])!r}; a {of} has one."
        )
    return distinct.set_index("case_id")["value"]


def positive_labels(positive: object) -> frozenset[str]:
    """The labels that mean positive, as texts: one, or one for each table."""
    if positive is None:
        return frozenset()
    given = positive if isinstance(positive, list | tuple | set | frozenset) else [positive]
    plain = [label for label in given if isinstance(label, str | int | float | np.number)]
    if not plain or len(plain) != len(given):
        raise InputError(
            f'positive must be a label such as "malignant", or several; got {positive!r}.'
        )
    name = worded("positive", "--positive")
    return frozenset(identifiers(pd.Series([label]), name=name)[0] for label in plain)


def binary(values: pd.Series, *, name: str, positive: frozenset[str]) -> pd.Series:
    """0/1 with missing ones kept; labels need ``positive``."""
    present = blanked(values).dropna()
    numbers = pd.to_numeric(present, errors="coerce")
    if numbers.isin([0, 1]).all() and numbers.notna().all():
        if positive == {"0"}:
            option = worded("positive", "--positive")
            raise InputError(
                f"{name} holds 0 and 1, of which 1 is the positive one; "
                + worded("positive='0'", "--positive 0")
                + " would turn every figure round. Recode the column, or leave "
                f"{option} out."
            )
        return numbers.astype(np.float64).reindex(values.index)
    labels = identifiers(present, name=name)
    seen = sorted(labels.unique())
    signs = {"+", "-"} >= set(seen)
    if not signs and (said := doubts(labels[~labels.isin(positive | {"none"})], name=name)):
        raise InputError(f"{said[0]} It would count as negative.")
    named = positive & set(seen)
    if not positive or len(seen) > 2 or len(named) > 1 or (len(seen) == 2 and not named):
        raise InputError(
            f"{name} must be 0 and 1, or two labels of which {worded('positive=', '--positive')} "
            "names the positive one (give several where truth and calls use different words); got "
            f"{', '.join(seen[:5])}"
            + (
                f" and {worded('positive=', '--positive ')}{', '.join(sorted(positive))}."
                if positive
                else "."
            )
        )
    return labels.isin(positive).astype(np.float64).reindex(values.index)


def numeric(values: pd.Series, *, name: str) -> pd.Series:
    """Numbers, with missing and blank ones kept as missing."""
    _check.one_order(values, name=name)
    values = blanked(values)
    numbers = pd.to_numeric(values.astype(object), errors="coerce").astype(np.float64)
    odd = values[numbers.isna() & values.notna()]
    if len(odd):
        raise InputError(
            (figures_as_text(odd, name=name) if "%" in str(odd.iloc[0]) else "")
            or f"{name} must be numeric, with a decimal point; got {odd.iloc[0]!r} in {len(odd)} "
            "row(s). Give categories numbers in rising order of suspicion"
            + worded(
                ', or their order: order=["benign", ..., "malignant"].',
                ", or their order, lowest first: --order benign,...,malignant.",
            )
        )
    if np.isinf(numbers).any():
        raise InputError(f"{name} is infinite in {int(np.isinf(numbers).sum())} row(s).")
    return numbers
