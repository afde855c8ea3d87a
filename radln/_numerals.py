"""Text, or a dict, where numbers should be: what it is, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from radln._door import worded
from radln.errors import InputError

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
PERCENT = re.compile(r"[+-]?\d+([.,]\d+)?\s*%")


def no_number(values: Iterable[object], *, name: str) -> str:
    """Why values are no numbers, with the first that is none; empty where all are.

    Examples
    --------
    >>> no_number(["48.3%", "12 %"], name="y_score")
    "y_score must be numeric; got '48.3%' (2 of 2 values). Take off the percent sign and divide ..."
    >>> no_number(["0.5", 1, None], name="y_score")
    ''
    """
    every = list(values)
    words = [str(value) for value in every if isinstance(value, str) and not _numeric(value)]
    if not words:
        return ""
    commas = [word for word in words if DECIMAL_COMMA.fullmatch(word.strip())]
    if commas:
        return (
            f"{name} holds {commas[0]!r}, a number with a decimal comma; write a decimal point"
            + worded(" (a file: pandas.read_csv(..., decimal=',')).", ".")
        )
    told = f"{name} must be numeric; got {words[0]!r} ({len(words)} of {len(every)} values)."
    if all(PERCENT.fullmatch(word.strip()) for word in words):
        return f"{told} Take off the percent sign and divide by 100" + worded(
            " (a column of a table: column.str.rstrip('% ').astype(float) / 100).", "."
        )
    return f"{told} Write numbers, and leave out the cases that have none."


def figures_as_text(values: Iterable[object], *, name: str) -> str:
    """The same where all that is no number is a percentage, or a number with a decimal comma."""
    words = [str(value) for value in values if isinstance(value, str) and not _numeric(value)]
    known = all(PERCENT.fullmatch(w.strip()) or DECIMAL_COMMA.fullmatch(w.strip()) for w in words)
    return no_number(words, name=name) if words and known else ""


def _numeric(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def no_dict(value: object, *, name: str, instead: str) -> None:
    """Refuse a dict in the place of an array, with what to give ``instead``."""
    if isinstance(value, Mapping):
        raise InputError(f"{name} is a dict of {len(value)} entries; give {instead}.")
