"""A table's column as the outcome of a study: every value is positive, negative or blank."""

from __future__ import annotations

import pandas as pd

from radln._spelling import one_spelling
from radln.errors import InputError
from radln.outcome import Binary

SHOWN = 8


def counted(values: pd.Series) -> dict[str, int]:
    """How often each value stands in the column, the commonest first; blank cells are left out."""
    counts = values.value_counts()
    return {str(value): int(count) for value, count in counts.items()}


def in_words(counts: dict[str, int]) -> str:
    """The values with their counts, as in ``benign (120), malignant (80)``."""
    shown = [f"{value} ({count})" for value, count in list(counts.items())[:SHOWN]]
    return ", ".join(shown) + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")


def refuse_odd(values: pd.Series, column: str, outcome: Binary) -> None:
    """Raise InputError unless every value is one that the study asks for, or blank.

    Two spellings of one value, a positive value that never occurs, or a value that is neither
    positive nor negative: where more than two occur, the negative ones must be listed.
    """
    positive, negative = outcome.positive, outcome.negative or ()
    counts = counted(values)
    one_spelling(counts, name=f"column {column!r}")
    if positive not in counts:
        raise InputError(
            f"data.positive is {positive!r}, but column {column!r} holds {in_words(counts)}; "
            "name one of these."
        )
    others = [value for value in counts if value != positive]
    if not negative and len(others) > 1:
        raise InputError(
            f"column {column!r} holds {in_words(counts)}, of which {positive} is positive. List "
            "under data.negative (on the command line: --negative) the values that count as "
            "negative, and leave the cells blank whose outcome is not known."
        )
    unknown = {value: counts[value] for value in others if value not in (negative or others)}
    if unknown:
        raise InputError(
            f"column {column!r} holds {in_words(unknown)}, which is neither data.positive nor "
            "listed under data.negative. List it there, correct it, or leave the cells blank whose "
            "outcome is not known."
        )
