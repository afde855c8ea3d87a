"""Levels of a category that may be a slip, no value at all, or one level written in two ways."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import combinations

import pandas as pd

from radln._spelling import spelled
from radln.cohort.core import MIN_PATIENTS

NO_VALUE = frozenset(
    (
        "?", "-", "--", ".", "/", "n.a.", "n.a", "nd", "n.d.", "none given", "not available",
        "not applicable", "not done", "not known", "not recorded", "not reported", "missing",
        "pending", "unclear", "unk", "unknown", "unspecified", "tbd", "99", "999", "-1", "-9",
        "不详", "未知",
    )
)  # fmt: skip
SAME = tuple(
    frozenset(words.split())
    for words in (
        "f female w woman 女", "m male man 男", "m malignant", "b benign",
        "y yes true 1 + pos positive present", "n no false 0 neg negative absent none",
        "l left lt", "r right rt",
    )
)  # fmt: skip
LETTERS, NEAR = 3, 0.9  # of an abbreviation at least; how like two spellings of a word are


def like_levels(values: pd.Series) -> list[str]:
    """Levels that are one by a common abbreviation, such as F and female.

    Examples
    --------
    >>> like_levels(pd.Series(["F", "female", "male"]))
    ['F', 'female']
    """
    known = {spelled(level): str(level) for level in values.dropna().unique()}
    alike = {word for group in SAME if len(group & set(known)) > 1 for word in group & set(known)}
    return sorted(known[word] for word in alike)


def doubtful_levels(values: pd.Series, patients: pd.Series) -> list[str]:
    """Levels of one patient alone, as a slip makes them, words that stand for no value, and pairs
    of which one may be the other written shorter or with a letter less.
    """
    known = values.notna()
    counts = patients[known].groupby(values[known].to_numpy()).nunique()
    enough = counts.sum() >= MIN_PATIENTS
    doubtful = {
        str(level)
        for level, patients_with in counts.items()
        if (enough and patients_with == 1) or spelled(level) in NO_VALUE
    }
    others = sorted(set(map(str, counts.index)) - set(like_levels(values)))
    for one, other in combinations(others, 2):
        if _near(*sorted((spelled(one), spelled(other)), key=len)):
            doubtful |= {one, other}
    return sorted(doubtful)


def _near(short: str, long: str) -> bool:
    """Whether a word is another one's beginning, or the same but for a letter or two left out."""
    if not (short.isalpha() and long.isalpha()) or len(short) < LETTERS or short == long:
        return False
    if long.startswith(short):
        return True
    left = iter(long)
    within = all(letter in left for letter in short)
    return within and SequenceMatcher(None, short, long).ratio() >= NEAR
