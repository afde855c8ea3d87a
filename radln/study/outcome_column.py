"""A table's column as the outcome of a study: every value is positive, negative or blank."""

from __future__ import annotations

import pandas as pd

from radln._spelling import one_spelling
from radln.errors import InputError
from radln.outcome import Classes, Outcome

SHOWN = 8


def counted(values: pd.Series) -> dict[str, int]:
    """How often each value stands in the column, the commonest first; blank cells are left out."""
    counts = values.value_counts()
    return {str(value): int(count) for value, count in counts.items()}


def in_words(counts: dict[str, int]) -> str:
    """The values with their counts, as in ``benign (120), malignant (80)``."""
    shown = [f"{value} ({count})" for value, count in list(counts.items())[:SHOWN]]
    return ", ".join(shown) + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")


def refuse_odd(values: pd.Series, column: str, outcome: Outcome) -> None:
    """Raise InputError unless every value is one that the study asks for, or blank.

    Two spellings of one value, a positive value that never occurs, or a value that is neither
    positive nor negative: where more than two occur, the negative ones must be listed. Of several
    classes a value that is none of them, or a class that never occurs.
    """
    counts = counted(values)
    one_spelling(counts, name=f"column {column!r}")
    if isinstance(outcome, Classes):
        _refuse_other_classes(counts, column, outcome)
        return
    positive, negative = outcome.positive, outcome.negative or ()
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


def _refuse_other_classes(counts: dict[str, int], column: str, outcome: Classes) -> None:
    absent = [name for name in outcome.names if name not in counts]
    if absent:
        raise InputError(
            f"data.classes names {absent[0]!r}, but column {column!r} holds {in_words(counts)}; "
            "name classes that occur."
        )
    unknown = {value: count for value, count in counts.items() if value not in outcome.names}
    if unknown:
        raise InputError(
            f"column {column!r} holds {in_words(unknown)}, which is no class of data.classes (on "
            "the command line: --classes). Name it there, correct it, or leave the cells blank "
            "whose outcome is not known."
        )
