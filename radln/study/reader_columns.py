"""Physicians' reads in the study's table: numbers, grades such as 4a, or words in an order."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radln._grades import GRADE, graded, no_grades
from radln._spelling import spelled
from radln._types import BoolArray
from radln.data_settings import ReaderSettings
from radln.errors import InputError
from radln.io.tables import numeric_column, stable_strings
from radln.stats.readers.codes import check_codes


def read_column(table: pd.DataFrame, given: ReaderSettings) -> tuple[pd.Series, float]:
    """The reads as numbers, or as places in their order; and the cut-off on the same scale.

    Raises
    ------
    InputError
        A read or a cut-off that is no number, no grade and not in the order.
    """
    cells = table[given.column].map(lambda v: v.strip() or None if isinstance(v, str) else v)
    labels = cells.map(lambda v: None if pd.isna(v) else spelled(v))
    known = [spelled(label) for label in given.order] or _grades(labels, given)
    if not known:
        try:
            cut = float(str(given.cut))
        except ValueError:
            odd = [label for label in dict.fromkeys(labels.dropna()) if not GRADE.fullmatch(label)]
            such = f" (such as {odd[0]!r})" if odd else " of one kind"
            raise InputError(
                f"the cut-off {given.cut!r} of the reader {given.column!r} is no number, and the "
                f"reads are no grades{such}; list them from low to high (order: [low, middle, "
                "high] beside the column in data.readers; --order low,middle,high)."
            ) from None
        return numeric_column(table, given.column, what="a read"), cut
    rank = {label: float(k) for k, label in enumerate(known)}
    wrong = cells[labels.notna() & ~labels.isin(rank)]
    if len(wrong):
        raise InputError(
            f"column {given.column!r} holds the read {wrong.iloc[0]!r} in {len(wrong)} row(s), "
            f"which is none of {', '.join(known)}. Correct it, leave the cell blank, or list all "
            "reads (order: [...] beside the column in data.readers)."
        )
    if spelled(given.cut) not in rank:
        raise InputError(
            f"the cut-off {given.cut!r} of the reader {given.column!r} is none of its reads "
            f"{', '.join(known)}; name one of these."
        )
    return labels.map(rank).astype(float), rank[spelled(given.cut)]


def read_classes(table: pd.DataFrame, given: ReaderSettings, classes: Sequence[str]) -> pd.Series:
    """The classes that a reader called, by name; None where the case was not read.

    Raises
    ------
    InputError
        A call that is no class.
    """
    calls = stable_strings(table[given.column])
    odd = calls[calls.notna() & ~calls.isin(list(classes))]
    if len(odd):
        raise InputError(
            f"column {given.column!r} holds the call {odd.iloc[0]!r} in {len(odd)} row(s), which "
            f"is none of the classes {', '.join(classes)}. Correct it, or leave the cell blank "
            "where the case was not read."
        )
    return calls


def _grades(labels: pd.Series, given: ReaderSettings) -> list[str]:
    present = list(labels.dropna().unique())
    if not graded(present):
        return []
    codes = no_grades(present)
    if codes:
        raise InputError(
            f"column {given.column!r} holds the read {codes[0]!r} in "
            f"{int((labels == codes[0]).sum())} row(s) beside grades such as "
            f"{next(label for label in present if label not in codes)!r}. If it stands for a case "
            "that was not read, leave the cell blank; if it is a grade, list all reads (order: "
            "[...] beside the column in data.readers)."
        )
    return graded([*present, spelled(given.cut)]) or []


def holds_codes(rows: pd.DataFrame, given: ReaderSettings, diseased: BoolArray) -> bool:
    """Whether a reader's numbers hold codes for missing (0, 9, 99 ...) or others beside a scale."""
    reads = pd.DataFrame(
        {"case_id": rows.index, "reader": given.column, "score": rows[given.column].to_numpy()}
    ).dropna()
    return bool(len(reads)) and bool(check_codes(reads, set(rows.index[diseased]), own=True))
