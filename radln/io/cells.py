"""The cells of csv and Excel tables as they stand in the file, before any type is guessed."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radln.errors import InputError, UnreadableFileError

# What counts as a blank cell; the word "None" does not (a Doppler pattern may be none).
BLANKS = frozenset(("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"))
FULL_WIDTH = str.maketrans(  # the forms that Chinese and Japanese keyboards give
    "".join(chr(ord(sign) + 0xFEE0) for sign in string.digits + string.ascii_letters + "+-.<>%")
    + "\u3000",
    string.digits + string.ascii_letters + "+-.<>% ",
)
HEADER = "header_row"
EXACT = 10**15  # whole numbers that Excel keeps exactly


@dataclass(frozen=True)
class Cells:
    """Rows of cells below their column names, and what had to be said on the way.

    A cell is None where it is blank, otherwise text (csv) or what Excel holds. ``lines`` are the
    rows' line numbers in the file, from 1, ``places`` the columns' positions, from 0.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    lines: tuple[int, ...]
    places: tuple[int, ...]
    notes: tuple[str, ...] = ()


def csv_cells(path: Path, header_row: int | None) -> Cells:
    """The cells of a csv file with comma, semicolon or tab.

    UTF-8, UTF-16 and, where nothing else is possible, Chinese GB18030.

    Raises
    ------
    UnreadableFileError, InputError
        Another encoding; a row that has more or fewer fields than the header.
    """
    text, encoding = _decoded(path)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # lines as an old Macintosh ended them
    separator = _separator(text, header_row)
    notes = () if encoding == "utf-8" else (f"table {path.name} was read as {encoding}.",)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[object, ...]] = []
    lines: list[int] = []
    before = 0
    for fields in reader:
        rows.append(tuple(_filled(field) for field in fields))
        lines.append(before + 1)
        before = reader.line_num
    return _below_header(path.name, rows, lines, header_row, notes, ragged=False)


def excel_cells(
    path: Path, sheet: str | None, header_row: int | None, text: Sequence[str] = ()
) -> Cells:
    """The cells of one sheet of an xlsx file, those of ``text`` columns as Excel shows them.

    Raises
    ------
    InputError
        A sheet that is not there; a number in a column of ``text`` that Excel has rounded.
    """
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        names = book.sheetnames
        if sheet is not None and sheet not in names:
            raise InputError(
                f"table {path.name} has no sheet {sheet!r}; it has {', '.join(names)}."
            )
        read = book[sheet if sheet is not None else names[0]]
        rows = [
            tuple((_filled(cell.value), str(cell.number_format or "")) for cell in row)
            for row in read.iter_rows()
        ]
        others = [name for name in names if name != read.title and _has_cells(book[name])]
        hidden = _hidden_rows(read)
    finally:
        book.close()
    notes = tuple(_said_of_book(read.title, others if sheet is None else [], hidden))
    plain = [tuple(value for value, _ in row) for row in rows]
    cells = _below_header(
        path.name, plain, list(range(1, len(rows) + 1)), header_row, notes, ragged=True
    )
    cells = replace(cells, notes=(*cells.notes, *_said_of_percent(cells, rows)))
    kept = {j for j, name in enumerate(cells.columns) if name in text}
    if not kept:
        return cells
    shown = [
        tuple(
            _shown(value, _form(rows[line - 1], cells.places[j]), path.name, cells.columns[j], line)
            if j in kept
            else value
            for j, value in enumerate(row)
        )
        for row, line in zip(cells.rows, cells.lines, strict=True)
    ]
    more = tuple(
        f"column {cells.columns[j]!r} holds names as decimal numbers, of which Excel keeps 1.1 and "
        "1.10 as one (format the column as text and write the names again)."
        for j in sorted(kept)
        if any(isinstance(held := row[j], float) and not held.is_integer() for row in cells.rows)
    )
    return replace(cells, rows=tuple(shown), notes=cells.notes + more)


def _form(row: Sequence[tuple[object, str]], place: int) -> str:
    """How the sheet shows a cell; a row may be shorter than the header."""
    return row[place][1] if place < len(row) else ""


def _said_of_percent(cells: Cells, rows: Sequence[Sequence[tuple[object, str]]]) -> Iterator[str]:
    """Columns of numbers of which the sheet shows some as percent: 7 % is kept as 0.07."""
    for j, (name, place) in enumerate(zip(cells.columns, cells.places, strict=True)):
        forms = [_form(rows[line - 1], place) for line in cells.lines]
        held = [(row[j], form) for row, form in zip(cells.rows, forms, strict=True)]
        numbers = [(value, form) for value, form in held if isinstance(value, int | float)]
        shown = [value for value, form in numbers if "%" in form]
        if 0 < len(shown) < len(numbers):
            yield (
                f"column {name!r} shows {len(shown)} of its {len(numbers)} numbers as percent, and "
                f"what is shown as {100 * shown[0]:g} % was read as {shown[0]:g}, as Excel keeps "
                "it, beside plain numbers. Give all cells of the column one format."
            )


def _said_of_book(read: str, others: Sequence[str], hidden: int) -> Iterator[str]:
    if others:
        yield (
            f"the table has {len(others) + 1} sheets; {read!r} was read and not "
            f"{', '.join(map(repr, others))} (name one with --sheet, or data.sheet in study.yaml)."
        )
    if hidden:
        yield f"{hidden} row(s) of the table are hidden (by a filter?) and were read too."


def _hidden_rows(sheet: object) -> int:
    """How many rows Excel does not show; openpyxl passes over that when it only reads."""
    with sheet._get_source() as source:  # type: ignore[attr-defined]
        return len(re.findall(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"', source.read()))


def _has_cells(sheet: object) -> bool:
    rows = sheet.iter_rows(values_only=True)  # type: ignore[attr-defined]
    return any(_filled(value) is not None for row in rows for value in row)


def _filled(value: object) -> object:
    """None for a blank; full-width letters and digits as ordinary ones."""
    if not isinstance(value, str):
        return value
    value = value.translate(FULL_WIDTH)
    return None if value.strip() in BLANKS else value


def _below_header(
    name: str,
    rows: list[tuple[object, ...]],
    lines: list[int],
    header_row: int | None,
    notes: tuple[str, ...],
    *,
    ragged: bool,
) -> Cells:
    """Column names and the rows below, blank rows left out; other lengths are refused."""
    filled = [k for k, row in enumerate(rows) if any(cell is not None for cell in row)]
    if header_row is not None:
        filled = [k for k in filled if lines[k] >= header_row]
        if not filled or lines[filled[0]] != header_row:
            raise InputError(f"{HEADER} is {header_row}, but that row of table {name} is blank.")
    if not filled:
        raise UnreadableFileError(f"table {name} cannot be read (it is empty).")
    top, body = filled[0], filled[1:]
    header = rows[top]
    width = max(j for j, cell in enumerate(header) if cell is not None) + 1
    widest = max((_width(rows[k]) for k in body), default=width)
    if header_row is None and width == 1 < widest and _width(rows[top]) == 1:
        _refuse_title(name, str(header[0]), lines[top])
    if ragged:
        width = max(width, widest)
    else:
        width = len(header) if widest <= len(header) else width
        _refuse_lengths(name, [(lines[k], rows[k]) for k in body], width)
    names = [header[j] if j < len(header) else None for j in range(width)]
    columns = tuple(
        f"column {j + 1}" if cell is None else str(cell).strip() for j, cell in enumerate(names)
    )
    kept = [
        j
        for j in range(width)
        if names[j] is not None or any(j < len(rows[k]) and rows[k][j] is not None for k in body)
    ]
    cut = tuple(tuple(rows[k][j] if j < len(rows[k]) else None for j in kept) for k in body)
    named = tuple(columns[j] for j in kept)
    return Cells(named, cut, tuple(lines[k] for k in body), tuple(kept), notes)


def _width(row: tuple[object, ...]) -> int:
    """The position behind the last cell that is not blank."""
    return max((j + 1 for j, cell in enumerate(row) if cell is not None), default=0)


def _refuse_title(name: str, title: str, line: int) -> None:
    raise InputError(
        f"row {line} of table {name} holds only {title!r}, which looks like a title above the "
        "column names; say which row holds the names with --header-row (data.header_row in "
        "study.yaml), or delete the rows above it."
    )


def _refuse_lengths(name: str, rows: list[tuple[int, tuple[object, ...]]], width: int) -> None:
    """Raise where a row has other fields than the header; blank ones at its end do not count."""
    wrong = [(line, len(row)) for line, row in rows if _width(row) > width or len(row) < width]
    if wrong:
        line, fields = wrong[0]
        more = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
        raise InputError(
            f"line {line} of table {name} has {fields} fields and the header {width}{more}, so "
            "that cells may stand under wrong columns. Look for a missing or a further separator, "
            "or text with a separator that is not in quotes."
        )


def _separator(text: str, header_row: int | None) -> str:
    """The one of comma, semicolon and tab that cuts the header into most columns."""
    lines = io.StringIO(text)
    header = ""
    for number, line in enumerate(lines, 1):
        if number == header_row or (header_row is None and line.strip(" \t\r\n,;")):
            header = line
            break
    return max(",;\t", key=lambda mark: len(next(csv.reader([header], delimiter=mark), [])))


def _decoded(path: Path) -> tuple[str, str]:
    """The text of a file and its encoding."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _is_chinese(raw):
        return raw.decode("gb18030"), "GB18030 (Chinese)"
    raise UnreadableFileError(
        f"table {path.name} is not in UTF-8; save it again as 'CSV UTF-8', or as .xlsx."
    )


def _is_chinese(raw: bytes) -> bool:
    """Whether bytes beyond ASCII are common Chinese characters, and cannot be Western letters.

    In Western encodings letters beyond ASCII mostly stand alone, and are 0xC0 to 0xFF; of Chinese
    text nine pairs in ten begin with 0xB0 to 0xD7 (the 3,755 common characters) or are marks.
    """
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    runs = re.findall(rb"[\x80-\xff]+", raw)
    if not runs or any(len(run) % 2 for run in runs):
        return False
    firsts = [run[k] for run in runs for k in range(0, len(run), 2)]
    common = sum(0xB0 <= first <= 0xD7 or 0xA1 <= first <= 0xA3 for first in firsts)
    return bool(common >= 0.9 * len(firsts))


def _shown(value: object, number_format: str, name: str, column: str, line: int) -> object:
    """A cell of Excel as the sheet shows it: 007 and 1.10 where numbers are formatted so."""
    if value is None or isinstance(value, str | bool):
        return None if value is None else str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        raise InputError(
            f"row {line} of table {name} holds a date in column {column!r}, which must hold names; "
            "Excel turns ids such as 3-11 into dates. Format the column as text and write the ids "
            "again."
        )
    if not isinstance(value, int | float):
        return str(value)
    if abs(value) >= EXACT:
        raise InputError(
            f"row {line} of table {name} holds a number of more than 15 digits in column "
            f"{column!r}, which Excel has rounded. Format the column as text and write the ids "
            "again."
        )
    zeros = re.fullmatch(r"(0+)(?:\.(0+))?", number_format)
    if zeros:
        decimals = len(zeros[2] or "")
        wanted = len(zeros[1]) + (decimals + 1 if decimals else 0)
        return f"{value:0{wanted}.{decimals}f}"
    return str(int(value)) if float(value).is_integer() else str(value)
