"""The outcome of a first study.yaml: its values, named by the user or plain from the words used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from radln.errors import InputError
from radln.outcome import Binary, Classes
from radln.study.outcome_column import counted, in_words, refuse_odd
from radln.study.request import Request

POSITIVE_WORDS = (
    "malignant", "malignancy", "metastatic", "metastasis", "metastases", "cancer", "carcinoma",
    "tumor", "tumour", "positive", "pos", "yes", "true", "1", "m", "n1", "gist",
)  # fmt: skip


def decide_outcome(outcome: pd.Series, request: Request) -> tuple[dict[str, Any], str]:
    """The values of the outcome as settings, and in words."""
    if request.classes:
        said = decide_classes(outcome, request)
        return {"classes": request.classes, "ordered": request.ordered}, said
    positive, negative, said = decide_positive(
        outcome, request.outcome, request.positive, request.negative
    )
    return {"positive": positive, "negative": negative}, said


def decide_classes(outcome: pd.Series, request: Request) -> str:
    """The classes with their counts, in words.

    Raises
    ------
    InputError
        The column holds other values, or lacks a class.
    """
    counts = counted(outcome)
    absent = [name for name in request.classes if name not in counts]
    if absent:
        raise InputError(
            f"--classes names {absent[0]!r}, which is not in column {request.outcome!r}: "
            f"{in_words(counts)}."
        )
    refuse_odd(outcome, request.outcome, Classes(request.classes, request.ordered))
    blank = int(outcome.isna().sum())
    join = " < " if request.ordered else ", "
    said = join.join(f"{name} ({counts[name]})" for name in request.classes)
    return f"outcome: {len(request.classes)} classes, {said}" + (
        f"; {blank} blank, left out." if blank else "."
    )


def decide_positive(
    outcome: pd.Series, column: str, given: str | None, negative: Sequence[str] = ()
) -> tuple[str, tuple[str, ...], str]:
    """Positive and negative values, named by the user or plain from the words used."""
    counts = counted(outcome)
    if given is None:
        plain = [value for value in counts if value.casefold() in POSITIVE_WORDS]
        if len(plain) != 1 or len(counts) != 2:
            raise InputError(
                f"column {column!r} holds {in_words(counts)}; say which value is positive with "
                "--positive."
            )
        given = plain[0]
    elif given not in counts:
        raise InputError(f"--positive {given!r} is not in column {column!r}: {in_words(counts)}.")
    absent = [value for value in negative if value not in counts]
    if absent:
        raise InputError(
            f"--negative {absent[0]!r} is not in column {column!r}: {in_words(counts)}."
        )
    refuse_odd(outcome, column, Binary(given, tuple(negative)))
    blank = int(outcome.isna().sum())
    others = {value: count for value, count in counts.items() if value != given}
    said = f"outcome: {given} ({counts[given]}) = positive; {in_words(others)} = negative"
    said += f"; {blank} blank, left out." if blank else "."
    return given, tuple(others), said
