"""Words that stand for a value that is missing, where labels should be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from radln.errors import InputError

NOTHING = frozenset(("", "nan", "<na>", "nat", "null"))  # in any capitals; and None
PERHAPS = frozenset(("-", "--", "?", "n.a.", "n/a", "na", "none", "unknown"))


def is_nothing(label: object) -> bool:
    """Whether a text is what programs write for no value.

    "none" in small letters may be a level, such as none, mild, severe.

    Examples
    --------
    >>> [is_nothing(label) for label in ("NaN", " ", "None", "none", "n/a", 7)]
    [True, True, True, False, False, False]
    """
    if not isinstance(label, str):
        return False
    word = label.strip()
    return word == "None" or word.casefold() in NOTHING


def refuse_nothing(labels: Iterable[object], *, name: str, people: bool = False) -> None:
    """Refuse labels that are missing values written as text; of ``people`` doubtful ones, too.

    Examples
    --------
    >>> refuse_nothing(["a", "b", "nan"], name="group")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: group holds 'nan' in 1 row(s), which looks like a missing value ...
    """
    every = _texts(labels)
    odd = [word for word in every if is_nothing(word) or (people and _doubtful(word))]
    if not odd:
        return
    remedy = "give every row its own" if people else "leave these rows out, or name it otherwise"
    raise InputError(
        f"{name} holds {odd[0]!r} in {every[odd[0]]} row(s), which looks like a missing value "
        f"written as text and would count as a label; {remedy}."
    )


def doubts(labels: Iterable[object], *, name: str) -> list[str]:
    """Notes on labels that may be missing values or levels of their own.

    Examples
    --------
    >>> doubts(["yes", "no", "n/a"], name="group")
    ["'n/a' of group counts as a level of its own (1 row(s)); if it says that nothing ..."]
    """
    return [
        f"{word!r} of {name} counts as a level of its own ({times} row(s)); if it says that "
        "nothing is known, leave these rows out."
        for word, times in _texts(labels).items()
        if _doubtful(word)
    ]


def _doubtful(word: str) -> bool:
    return word.strip().casefold() in PERHAPS and not is_nothing(word)


def _texts(labels: Iterable[object]) -> dict[str, int]:
    """The texts among labels, and how often each occurs."""
    if isinstance(labels, np.ndarray) and labels.dtype.kind not in "OUT":
        return {}
    series = labels if isinstance(labels, pd.Series) else pd.Series(list(labels), dtype=object)
    counts = series.astype(object).value_counts()
    return {word: int(times) for word, times in counts.items() if isinstance(word, str)}
