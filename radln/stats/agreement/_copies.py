"""Raters that are no persons of their own: copies of another, or the consensus of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from radln._types import AnyArray, BoolArray, FloatArray

FEWEST, FEWEST_OF_TWO_VALUES = 10, 20  # cases
MOST_CATEGORIES = 5  # of a scale on which two raters agree by and by
USUAL, USUAL_LONG = 0.85, 0.5  # agreement taken for usual where no other pair shows it
RARE = 0.02  # of columns that agree as often as the others do
OTHERS = 3  # of which a consensus is made
MADE = re.compile(
    r"(^|[\W_])(consensus|konsens(us)?|average|averaged|mean|median|majority|adjudicat(ed|ion|or)"
    r"|mittel(wert)?|mehrheit)($|[\W_])",
    re.IGNORECASE,
)


def copied(ratings: pd.DataFrame, *, kind: str = "column") -> tuple[str, ...]:
    """Notes on columns that equal another one, or what would be made of the others, in every row.

    Compared with how often other columns do so: raters who agree nearly always are not named.

    Examples
    --------
    >>> a = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 2, 4]
    >>> copied(pd.DataFrame({"A": a, "B": a[::-1], "C": a}))
    ("column 'A' and 'C' are alike in all 12 cases, as a column and its copy are: ...",)
    """
    names = [repr(t) if isinstance(t, str) else f"{k + 1}" for k, t in enumerate(ratings.columns)]
    codes = _codes(ratings)
    alike = _twins(codes)
    notes = [
        f"{kind} {names[i]} and {names[j]} are alike in all {n} cases, as a column and its copy "
        f"are: both count as raters of their own. Leave one out if it is a copy."
        for i, j, n in alike
    ]
    twins = {place for i, j, _ in alike for place in (i, j)}
    for k in range(codes.shape[1]):
        word = "" if k in twins else _made(ratings, codes, k)
        if word:
            notes.append(
                f"{kind} {names[k]} equals the {word} of the others in every case, and counts as a "
                "rater of its own: leave it out if it was made of them."
            )
        elif isinstance(ratings.columns[k], str) and MADE.search(ratings.columns[k]):
            notes.append(
                f"{kind} {names[k]} is named like a consensus or an average, and counts as a rater "
                "of its own: leave it out if it was made of the others."
            )
    return tuple(notes)


def _codes(ratings: pd.DataFrame) -> AnyArray:
    """Every value as a number of its own, NaN where none is."""
    found = pd.factorize(ratings.to_numpy(dtype=object).ravel())[0].astype(np.float64)
    return np.where(found < 0, np.nan, found).reshape(ratings.shape)


def _twins(codes: FloatArray) -> list[tuple[int, int, int]]:
    """Pairs of columns that are alike where both have a value, hardly by chance."""
    pairs = list(combinations(range(codes.shape[1]), 2))
    there = {pair: ~np.isnan(codes[:, pair]).any(axis=1) for pair in pairs}
    same = {pair: (codes[:, pair[0]] == codes[:, pair[1]])[there[pair]] for pair in pairs}
    found = []
    for pair in pairs:
        n, values = same[pair].size, np.unique(codes[there[pair], pair[0]]).size
        if not same[pair].all() or values < 2 or n < (FEWEST_OF_TWO_VALUES, FEWEST)[values > 2]:
            continue
        others = [same[other] for other in pairs if other != pair]
        usual = USUAL if values <= MOST_CATEGORIES else USUAL_LONG
        rate = _rate(np.concatenate(others)) if others else usual
        if rate**n < RARE:
            found.append((*pair, n))
    return found


def _made(ratings: pd.DataFrame, codes: FloatArray, k: int) -> str:
    """Of what a column is made where it is so in every row, and the others are not; else empty."""
    known = ~np.isnan(codes).any(axis=1)
    values = np.unique(codes[known, k]).size
    if codes.shape[1] <= OTHERS or values < 2:
        return ""
    if known.sum() < (FEWEST_OF_TWO_VALUES, FEWEST)[values > 2]:
        return ""
    numbers = _numbers(ratings)
    for word, rule in RULES.items():
        table = codes if word == "majority" else numbers
        if table is None or not rule(table[known], k).all():
            continue
        others = [rule(table[known], j) for j in range(codes.shape[1]) if j != k]
        if max(map(_rate, others)) ** known.sum() < RARE:
            return word
    return ""


def _rate(same: BoolArray) -> float:
    return float((same.sum() + 1) / (same.size + 2))


def _numbers(ratings: pd.DataFrame) -> FloatArray | None:
    try:
        return ratings.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return None


def _median(table: FloatArray, k: int) -> BoolArray:
    """Of an even number either of the two in the middle, or their mean."""
    others = np.sort(np.delete(table, k, axis=1), axis=1)
    low, high = others[:, (others.shape[1] - 1) // 2], others[:, others.shape[1] // 2]
    own = table[:, k]
    return np.asarray((own == low) | (own == high) | (own == (low + high) / 2))


def _rounded_mean(table: FloatArray, k: int) -> BoolArray:
    """With halves to either side."""
    mean = np.delete(table, k, axis=1).mean(axis=1)
    whole = table[:, k] == np.round(table[:, k])
    return np.asarray(whole & (np.abs(table[:, k] - mean) <= 0.5 + 1e-9))


def _majority(table: FloatArray, k: int) -> BoolArray:
    """As often as any other value; of several such, any."""
    others = np.delete(table, k, axis=1)
    often = (others[:, :, None] == others[:, None, :]).sum(axis=1).max(axis=1)
    return np.asarray((others == table[:, [k]]).sum(axis=1) == often)


RULES: dict[str, Callable[[FloatArray, int], BoolArray]] = {
    "median": _median,
    "rounded mean": _rounded_mean,
    "majority": _majority,
}


def copied_readers(values: FloatArray, names: Sequence[str]) -> tuple[str, ...]:
    """The same of readers (r, n), NaN where one did not read a case."""
    return copied(pd.DataFrame(values.T, columns=list(names)), kind="reader")
