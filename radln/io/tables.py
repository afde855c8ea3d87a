"""Tables of cases: csv, Excel and parquet, read and written whole."""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from radln.errors import InputError, UnreadableFileError
from radln.io.atomic import replacing
from radln.io.cells import EXACT, Cells, csv_cells, excel_cells

SUFFIXES = (".csv", ".xlsx", ".parquet")
METADATA_KEY = b"radln"
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # the last four are full-width
SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+\d{2,}")  # as a spreadsheet shows long numbers
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
COMMA = r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?"
COMMA_THOUSANDS = r"[+-]?[1-9]\d{0,2}(,\d{3})+"
TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


@dataclass(frozen=True, eq=False)
class SourceTable:
    """A table as read, and what had to be said on the way (encoding, other sheets)."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_table(path: Path, *, text: Sequence[str | None] = ()) -> pd.DataFrame:
    """A table from csv (comma, semicolon or tab), xlsx (first sheet) or parquet.

    See :func:`open_table`.
    """
    return open_table(path, text=text).frame


def open_table(
    path: Path,
    *,
    text: Sequence[str | None] = (),
    sheet: str | None = None,
    header_row: int | None = None,
) -> SourceTable:
    """A table from csv (comma, semicolon or tab), xlsx or parquet.

    Parameters
    ----------
    path
        The file.
    text
        Columns that hold names: their cells are taken as written, before any type is guessed, so
        that 007 is not 7 and 1.10 not 1.1.
    sheet
        Of xlsx; the first where not given.
    header_row
        The row that holds the column names, from 1; the first that is not blank where not given.

    Raises
    ------
    UnreadableFileError
        The file is missing, of another kind, empty or damaged.
    InputError
        A row has other fields than the header, or a title stands above the names.
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
    if suffix != ".xlsx" and sheet is not None:
        raise InputError(f"table {path.name} has no sheets; leave sheet out.")
    names = [name for name in text if name is not None]
    try:
        if suffix == ".parquet":
            source = SourceTable(_parquet(path, names))
        else:
            cells = (
                csv_cells(path, header_row)
                if suffix == ".csv"
                else excel_cells(path, sheet, header_row, names)
            )
            notes = (*cells.notes, *_said_of_thousands(cells, names))
            source = SourceTable(_typed(cells, names), notes)
    except InputError:
        raise
    except (ValueError, OSError, KeyError, csv.Error, BadZipFile, pa.ArrowInvalid) as error:
        raise _damaged(path, error) from error
    table = source.frame
    if table.empty:
        raise UnreadableFileError(f"table {path.name} has no rows.")
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise InputError(f"table {path.name} has the column {repeated[0]!r} twice; rename one.")
    return source


def _parquet(path: Path, text: Sequence[str]) -> pd.DataFrame:
    """A parquet table, whose cells have types already."""
    table = pd.read_parquet(path)
    table = table.reset_index(drop=set(table.index.names) == {None})  # data if it has a name
    table.columns = [str(column).strip() for column in table.columns]
    for name in set(text) & set(table.columns):
        values = table[name]
        if pd.api.types.is_float_dtype(values) and (values.abs() >= EXACT).any():
            raise InputError(
                f"column {name!r} of table {path.name} holds names as numbers of more than 15 "
                "digits, which are rounded; write them as text."
            )
        table[name] = stable_strings(values)
    return table.apply(_blank_none_among_numbers)


def _typed(cells: Cells, text: Sequence[str]) -> pd.DataFrame:
    """A frame whose columns are numbers, truth values, dates or text."""
    columns = list(zip(*cells.rows, strict=True)) or [()] * len(cells.columns)
    series = []
    for name, values in zip(cells.columns, columns, strict=True):
        if name in text:
            kept = [None if v is None else str(v).strip() for v in values]
            _refuse_shortened(kept, name, cells.lines)
            series.append(pd.Series(kept, dtype=object))
        else:
            series.append(_guessed(values))
    frame = pd.concat(series, axis=1) if series else pd.DataFrame()
    frame.columns = list(cells.columns)
    return frame


def _refuse_shortened(names: Sequence[str | None], column: str, lines: Sequence[int]) -> None:
    """Raise InputError at names such as 2.02301E+11, as a spreadsheet shows and saves long ones."""
    wrong = [k for k, name in enumerate(names) if name and SHORTENED.fullmatch(name)]
    if wrong:
        raise InputError(
            f"column {column!r} holds {names[wrong[0]]!r} in {len(wrong)} row(s), first in row "
            f"{lines[wrong[0]]}: a spreadsheet has shortened a long number, and several names may "
            "be one now. Format the column as text in the spreadsheet, and export it again."
        )


def _said_of_thousands(cells: Cells, text: Sequence[str]) -> Iterator[str]:
    """Columns of numbers whose points may part thousands: 1.200 beside 900, and no other digits."""
    for j, name in enumerate(cells.columns):
        if name in text:
            continue
        given = [str(row[j]) for row in cells.rows if isinstance(row[j], str)]
        points = [cell for cell in given if "." in cell]
        whole = [_number(cell) for cell in given if "." not in cell]
        if (
            points
            and all(THOUSANDS.fullmatch(cell) for cell in points)
            and any(isinstance(number, int) and abs(number) >= 100 for number in whole)
        ):
            yield (
                f"column {name!r} holds {points[0]}, which was read as a decimal number; beside "
                "whole numbers it may be a point between thousands. Write such numbers without it."
            )


def _guessed(values: Sequence[object]) -> pd.Series:
    """One column with the type that all of its cells share."""
    given = [value for value in values if value is not None]
    if not given:
        return pd.Series([np.nan] * len(values), dtype=np.float64)
    if all(isinstance(value, bool) or str(value) in TRUTH for value in given):
        truths = [None if v is None else TRUTH.get(str(v)) for v in values]
        return pd.Series(truths, dtype=bool if len(given) == len(values) else object)
    numbers = [_number(value) for value in given if value != "None"]
    if numbers and all(number is not None for number in numbers):
        filled = iter(numbers)
        every = [np.nan if v is None or v == "None" else next(filled) for v in values]
        whole = len(numbers) == len(values) and all(isinstance(n, int) for n in numbers)
        return pd.Series(every, dtype=np.int64 if whole else np.float64)
    held = pd.Series([np.nan if v is None else v for v in values], dtype=object)
    return held.infer_objects()


def _number(value: object) -> int | float | None:
    """The number that a cell holds, None where it holds none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or "_" in value:
        return None
    try:
        found = int(value)
        return found if abs(found) < 2**63 else float(found)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return None


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
        example = given[wrong].iloc[0]
        shown = repr(example if isinstance(example, str) else str(example))
        raise InputError(
            f"column {name!r} is {what} and must hold finite numbers; {int(wrong.sum())} cell(s) "
            f"do not, for example {shown}. Write plain numbers (a decimal point, "
            "no letters or units), and leave what is not known blank."
        )
    return found


def with_points(given: pd.Series, where: str) -> pd.Series:
    """A column whose numbers all have decimal commas, with points.

    Raises
    ------
    InputError
        All may be signs of thousands as well.

    Examples
    --------
    >>> with_points(pd.Series(["0,3", "0,25", "1"]), "the pixel size").tolist()
    ['0.3', '0.25', '1']
    """
    if pd.api.types.is_numeric_dtype(given):
        return given
    text = given.dropna().astype(str).str.strip()
    if not text.str.contains(",").any() or not text.str.fullmatch(COMMA).all():
        return given
    commas = text[text.str.contains(",")]
    if commas.str.fullmatch(COMMA_THOUSANDS).all():
        raise InputError(
            f"{where} holds {commas.iloc[0]!r}, which may be a decimal comma or a sign of "
            "thousands; write all numbers with a decimal point."
        )
    return given.map(lambda v: str(v).strip().replace(",", "."), na_action="ignore")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a csv, whole or not at all; floats keep every digit.

    Text that a spreadsheet would run as a formula (= + - @ in front) gets an apostrophe before it.
    """
    with replacing(path) as draft:
        harmless(table).to_csv(draft, index=False, lineterminator="\n")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> harmless(pd.DataFrame({"name": ["=1+1", "-0.5", "a"]}))["name"].tolist()
    ["'=1+1", '-0.5', 'a']
    """

    def plain(value: object) -> object:
        if isinstance(value, str) and value[:1] in FORMULA and _number(value) is None:
            return f"'{value}"
        return value

    text = [c for c in table if not pd.api.types.is_numeric_dtype(table[c])]
    return table.assign(**{str(c): table[c].map(plain) for c in text}) if text else table


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
