"""Blinded reading sheets: cases in random order under numbers, without the truth, and back."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from radln import _check
from radln._random import task_rng
from radln.errors import InputError
from radln.io.tables import read_table, require_columns, stable_strings, write_csv, write_excel
from radln.study.pages import require_folder

KEY = "key.csv"
SHEET = ("number", "score", "call", "comment")
KEYS = ("number", "case_id", "repeat", "reader", "level", "modality")
FORBIDDEN = frozenset('/\\:*?"<>|')


def write_sheets(
    case_ids: Sequence[str],
    readers: Mapping[str, str] | Sequence[str],
    out: Path,
    *,
    modality: str = "",
    repeats: float = 0.0,
    excel: bool = False,
    seed: int = 0,
) -> Path:
    """Write one blinded sheet a reader, and the key that leads from numbers back to cases.

    Parameters
    ----------
    case_ids
        The cases; each once.
    readers
        Names, or name -> level.
    out
        A folder; existing sheets are never overwritten.
    modality
        Written into the key and, later, into the reads.
    repeats : within 0..1
        The share of cases that every reader sees a second time, unmarked, after all others.
    excel
        Sheets as xlsx instead of csv.
    seed
        Of the orders; each reader has an own order, the same for the same seed.

    Returns
    -------
    Path
        The key. Keep it away from the readers.

    Raises
    ------
    InputError
        A case named twice, no readers, or sheets that exist already.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> key = write_sheets(["a", "b", "c"], {"Ann": "expert"}, folder)
    >>> pd.read_csv(folder / "Ann.csv").columns.tolist()
    ['number', 'score', 'call', 'comment']
    """
    require_folder(out)
    cases = [str(case) for case in _check.listed(case_ids, name="case_ids")]
    twice = sorted({case for case in cases if cases.count(case) > 1})
    if twice or not cases:
        problem = f"{len(twice)} case(s) are named twice" if twice else "there are no cases"
        raise InputError(f"case_ids: {problem}; give every case once.")
    if "" in cases:
        raise InputError("case_ids: a case has no name; give every case one.")
    pairs = readers.items() if isinstance(readers, Mapping) else [(name, "") for name in readers]
    levels = reader_levels(pairs)
    share = _check.between(repeats, name="repeats")
    suffix = ".xlsx" if excel else ".csv"
    targets = {reader: out / f"{_file_name(reader)}{suffix}" for reader in levels}
    there = [path.name for path in (*targets.values(), out / KEY) if path.exists()]
    if there:
        raise InputError(
            f"{', '.join(there)} exist already in the folder; reads may be in them. Choose a new "
            "folder."
        )
    keys = []
    for reader, level in levels.items():
        rng = task_rng(seed, "sheet", reader)
        order = _order(cases, share, rng)
        sheet = pd.DataFrame({"number": np.arange(1, len(order) + 1)})
        sheet = sheet.assign(**dict.fromkeys(SHEET[1:], ""))
        (write_excel if excel else write_csv)(targets[reader], sheet)
        key = pd.DataFrame(order, columns=["case_id", "repeat"])
        key.insert(0, "number", sheet["number"])
        keys.append(key.assign(reader=reader, level=level, modality=modality))
    write_csv(out / KEY, pd.concat(keys, ignore_index=True))
    return out / KEY


def collect_sheets(folder: Path) -> pd.DataFrame:
    """The tidy table of reads from filled-in sheets and their key.

    Parameters
    ----------
    folder
        As written by :func:`write_sheets`, the sheets filled in.

    Returns
    -------
    DataFrame
        ``case_id, reader, score, call`` and, where the key has them, ``level``, ``modality`` and
        ``repeat``; rows left blank are left out.

    Raises
    ------
    InputError
        No key, a sheet that is missing, changed numbers, or nothing filled in.
    """
    if not (folder / KEY).exists():
        raise InputError(f"there is no {KEY} in {folder.name}; it was written beside the sheets.")
    key = read_text(folder / KEY)
    require_columns(key, KEYS, what=KEY)
    parts = []
    for reader, own in key.groupby("reader", sort=False):
        path = _sheet_of(folder, str(reader))
        parts.append(own.merge(_filled(path, own["number"]), on="number"))
    reads = pd.concat(parts, ignore_index=True)
    reads["repeat"] = pd.to_numeric(reads["repeat"])
    reads[["level", "modality"]] = reads[["level", "modality"]].replace("", None)
    filled = reads[["score", "call"]].notna() & (reads[["score", "call"]].astype(str) != "")
    reads = reads[filled.any(axis=1)].drop(columns="number")
    if reads.empty:
        raise InputError("no sheet has been filled in: score and call are blank everywhere.")
    blank = [name for name in ("score", "call") if not filled[name].any()]
    fixed = [name for name in ("level", "modality") if reads[name].isna().all()]
    if reads["repeat"].nunique() == 1:
        fixed.append("repeat")
    return reads.drop(columns=[*blank, *fixed]).reset_index(drop=True)


def read_text(path: Path) -> pd.DataFrame:
    """A table with every cell as it is written: 001 and NA are names, not a number and a blank.

    Raises
    ------
    UnreadableFileError
        As :func:`read_table`.
    """
    table = read_table(path)  # for what it refuses
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        table = pd.read_csv(
            path,
            sep=max(",;\t", key=header.count),
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    elif path.suffix.lower() == ".xlsx":
        table = pd.read_excel(path, dtype=str, keep_default_na=False)
    else:
        table = table.apply(stable_strings).fillna("")
    table.columns = [str(column).strip() for column in table.columns]
    table = table.map(str.strip)
    filled = (table != "").any(axis=1)
    return table.loc[filled].reset_index(drop=True)


def reader_levels(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each reader's level; a reader named twice is refused, as are names that differ in case alone.

    Raises
    ------
    InputError
    """
    levels: dict[str, str] = {}
    files: dict[str, str] = {}
    for reader, level in pairs:
        file = unicodedata.normalize("NFC", _file_name(reader)).casefold()
        if file in files:
            raise InputError(
                f"readers {files[file]!r} and {reader!r} would share one sheet; give every reader "
                "once, under names that differ in more than capitals."
            )
        files[file], levels[reader] = reader, level
    if not levels:
        raise InputError("readers: name at least one reader.")
    return levels


def _filled(path: Path, numbers: pd.Series) -> pd.DataFrame:
    """A filled-in sheet; rows that are blank throughout, as Excel may add them, are left out."""
    sheet = read_table(path)
    require_columns(sheet, SHEET[:3], what=path.name)
    sheet = sheet.map(lambda cell: cell.strip() or None if isinstance(cell, str) else cell)
    sheet = sheet[sheet.notna().any(axis=1)]
    given = stable_strings(sheet["number"]).fillna("(blank)").tolist()
    number = Counter(given)
    wanted = dict.fromkeys(numbers)
    problems = {
        "missing": [one for one in wanted if one not in number],
        "not there as written": [one for one in number if one not in wanted],
        "there twice": [one for one in number if one in wanted and number[one] > 1],
    }
    said = [
        f"{what}: {', '.join(some[:5])}{' ...' if len(some) > 5 else ''}"
        for what, some in problems.items()
        if some
    ]
    if said:
        raise InputError(
            f"{path.name}: the numbers must stay as they were written ({'; '.join(said)})."
        )
    return sheet[["score", "call"]].assign(number=given)


def _order(cases: Sequence[str], share: float, rng: np.random.Generator) -> list[tuple[str, int]]:
    """Cases in random order, then some of them again in another."""
    first = [(case, 1) for case in rng.permutation(np.array(cases, dtype=object))]
    again = rng.permutation(np.array(cases, dtype=object))[: round(share * len(cases))]
    return [*first, *((case, 2) for case in again)]


def _file_name(reader: str) -> str:
    """The reader's name as the sheet's; what a file system forbids is refused."""
    name = reader.strip()
    if not name or FORBIDDEN & set(name) or name.startswith(".") or name.lower() == "key":
        raise InputError(f"reader {reader!r} cannot name a file; use letters, digits, _ and -.")
    return name


def _sheet_of(folder: Path, reader: str) -> Path:
    """The sheet of a reader, whatever its kind."""
    for suffix in (".csv", ".xlsx"):
        path = folder / f"{_file_name(reader)}{suffix}"
        if path.exists():
            return path
    raise InputError(f"the sheet of {reader} is not in the folder.")
