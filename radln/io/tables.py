"""Tables of cases: csv, Excel and parquet, read and written whole."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from radln.errors import InputError, UnreadableFileError
from radln.io.atomic import replacing

SUFFIXES = (".csv", ".xlsx", ".parquet")
METADATA_KEY = b"radln"
# What counts as a blank cell; the word "None" does not (a Doppler pattern may be none).
BLANKS = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"]


def read_table(path: Path) -> pd.DataFrame:
    """A table from csv (comma, semicolon or tab), xlsx (first sheet) or parquet.

    Raises
    ------
    UnreadableFileError
        The file is missing, of another kind, empty or damaged.
    """
    if not path.is_file():
        near = difflib.get_close_matches(path.name, _names_beside(path), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnreadableFileError(f"table {path.name} was not found.{hint}")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableFileError(
            f"table {path.name}: {suffix or 'no'} format is not known; save it as "
            f"{', '.join(SUFFIXES)}."
        )
    try:
        if suffix == ".csv":
            separator = _separator(path)
            table = pd.read_csv(
                path,
                sep=separator,
                engine="python",
                encoding="utf-8-sig",
                keep_default_na=False,
                na_values=BLANKS,
            )
        elif suffix == ".xlsx":
            table = pd.read_excel(path, keep_default_na=False, na_values=BLANKS)
        else:
            table = pd.read_parquet(path)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"table {path.name} is not in UTF-8; save it again as 'CSV UTF-8', or as .xlsx."
        ) from error
    except (ValueError, OSError, KeyError, csv.Error, BadZipFile, pa.ArrowInvalid) as error:
        raise _damaged(path, error) from error
    table = table.reset_index(drop=set(table.index.names) == {None})  # parquet's, data if named
    table.columns = [str(column).strip() for column in table.columns]
    table = table.apply(_blank_none_among_numbers)
    if table.empty:
        raise UnreadableFileError(f"table {path.name} has no rows.")
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise InputError(f"table {path.name} has the column {repeated[0]!r} twice; rename one.")
    return table


def _separator(path: Path) -> str:
    """The one of comma, semicolon and tab that cuts the header into most columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = [file.readline()]
    return max(",;\t", key=lambda mark: len(next(csv.reader(header, delimiter=mark), [])))


def _blank_none_among_numbers(column: pd.Series) -> pd.Series:
    """The word "None" is a blank where all other cells of the column are numbers."""
    if pd.api.types.is_numeric_dtype(column) or not (column == "None").any():
        return column
    rest = column.where(column != "None")
    numbers = pd.to_numeric(rest, errors="coerce")
    only_numbers = bool((numbers.notna() == rest.notna()).all()) and bool(numbers.notna().any())
    return numbers if only_numbers else column


def _damaged(path: Path, error: Exception) -> UnreadableFileError:
    """The reason in a line, without the folders that system and parquet errors carry."""
    reason = (str(error).splitlines() or [""])[0]
    if isinstance(error, OSError):
        reason = error.strerror or "damaged"
    elif isinstance(error, pa.ArrowInvalid):
        reason = "it is no whole parquet file"
    return UnreadableFileError(
        f"table {path.name} cannot be read ({reason}); open it in a spreadsheet and save it again."
    )


def _names_beside(path: Path) -> list[str]:
    return [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []


def require_columns(table: pd.DataFrame, names: Iterable[str], *, what: str = "the table") -> None:
    """Raise InputError naming each missing column with the nearest existing one.

    Examples
    --------
    >>> table = pd.DataFrame({"Pathology": []})
    >>> require_columns(table, ["pathology"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    radln.errors.InputError: the table has no column 'pathology' (did you mean 'Pathology'?)...
    """
    present = list(table.columns)
    folded = {column.casefold(): column for column in present}
    missing = []
    for name in dict.fromkeys(names):
        if name in present:
            continue
        near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
        hint = f" (did you mean {folded[near[0]]!r}?)" if near else ""
        missing.append(f"{name!r}{hint}")
    if missing:
        word = "column" if len(missing) == 1 else "columns"
        raise InputError(
            f"{what} has no {word} {', '.join(missing)}. It has: {', '.join(present)}."
        )


def numeric_column(table: pd.DataFrame, name: str, *, what: str) -> pd.Series:
    """A column as float64 numbers; blank cells are NaN, and anything else is refused by name.

    Raises
    ------
    InputError
        A cell holds text that is no number (a decimal comma included), or is infinite.

    Examples
    --------
    >>> numeric_column(pd.DataFrame({"BIRADS": ["4", None]}), "BIRADS", what="a read").tolist()
    [4.0, nan]
    """
    given = table[name]
    if not pd.api.types.is_numeric_dtype(given):
        given = given.map(lambda v: v.strip() or None if isinstance(v, str) else v)
    found = pd.to_numeric(given, errors="coerce").astype("float64")
    wrong = (found.isna() & given.notna()) | found.isin([float("inf"), float("-inf")])
    if wrong.any():
        raise InputError(
            f"column {name!r} is {what} and must hold finite numbers; {int(wrong.sum())} cell(s) "
            f"do not, for example {given[wrong].iloc[0]!r}. Write plain numbers (a decimal point, "
            "no letters or units), and leave what is not known blank."
        )
    return found


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a csv, whole or not at all; floats keep every digit."""
    with replacing(path) as draft:
        table.to_csv(draft, index=False, lineterminator="\n")


def write_parquet(path: Path, table: pd.DataFrame, metadata: object) -> None:
    """Write parquet with plain data in its metadata, whole or not at all."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    held = {**(arrow.schema.metadata or {}), METADATA_KEY: json.dumps(metadata).encode()}
    with replacing(path) as draft:
        pq.write_table(arrow.replace_schema_metadata(held), draft)


def read_parquet(path: Path) -> tuple[pd.DataFrame, object]:
    """A parquet table and the plain data in its metadata (None where radln did not write it)."""
    try:
        arrow = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _damaged(path, error) from error
    held = (arrow.schema.metadata or {}).get(METADATA_KEY)
    return arrow.to_pandas(), None if held is None else json.loads(held)


def require_suffix(path: Path) -> None:
    """Raise InputError unless :func:`write_any` can write to a file of this name."""
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"{path.name}: give the output the ending .parquet or .csv.")


def write_any(path: Path, table: pd.DataFrame, metadata: object = None) -> None:
    """Write csv or parquet, as the name says."""
    require_suffix(path)
    if path.suffix.lower() == ".parquet":
        write_parquet(path, table, metadata)
    else:
        write_csv(path, table)


def stable_strings(values: Sequence[object] | pd.Series) -> pd.Series:
    """Ids as strings: 7 and 7.0 are '7', blanks around text are dropped, blank is missing."""
    series = pd.Series(values).reset_index(drop=True)

    def text(value: object) -> object:
        if pd.isna(value):  # type: ignore[call-overload]
            return None
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip() or None

    return series.map(text).astype(object)


def write_excel(path: Path, table: pd.DataFrame) -> None:
    """Write the first sheet of an xlsx file, whole or not at all."""
    with replacing(path) as draft:
        table.to_excel(draft, index=False)
