"""Levels of a category that may be a slip, no value at all, or one level written in two ways."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import combinations

import pandas as pd

from radln._spelling import ROMAN, spelled
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
# words, a number in either notation, a letter behind it: T2, pT2, Grade II, 4a
NUMBERED = re.compile(r"(?:([^\W\d_]+?(?: [^\W\d_]+?)*?)[ ._-]*)??(\d+|[ivx]+)([a-d]?)")
LETTERS, NEAR = 3, 0.9  # of an abbreviation at least; how like two spellings of a word are


def like_levels(values: pd.Series) -> list[str]:
    """Levels that are one by a common abbreviation, such as F and female, or II and 2.

    Examples
    --------
    >>> like_levels(pd.Series(["F", "female", "male"])), like_levels(pd.Series(["I", "II", "2"]))
    (['F', 'female'], ['2', 'II'])
    """
    known = {spelled(level): str(level) for level in values.dropna().unique()}
    alike = {word for group in SAME if len(group & set(known)) > 1 for word in group & set(known)}
    places: dict[tuple[str, str, str], list[str]] = {}
    for word in known:
        places.setdefault(_numbered(word) or (word, "", ""), []).append(word)
    alike |= {word for words in places.values() if len(words) > 1 for word in words}
    return sorted(known[word] for word in alike)


def doubtful_levels(values: pd.Series, patients: pd.Series) -> list[str]:
    """Levels of one patient alone, as a slip makes them, words that stand for no value, and pairs
    of which one may be the other written shorter or with a letter less (hetero, pT2 and T2).
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
        short, long = sorted((spelled(one), spelled(other)), key=len)
        if _near(short, long) or _shorter(short, long):
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


def _numbered(word: str) -> tuple[str, str, str] | None:
    """What stands before a number, the number in Arabic figures, the letter behind it."""
    found = NUMBERED.fullmatch(word)
    if found is None:
        return None
    before, number, after = found.groups(default="")
    number = number.lstrip("0") or "0" if number.isdecimal() else ROMAN.get(number, "")
    return (before, number, after) if number else None


def _shorter(short: str, long: str) -> bool:
    """Whether both are one number, and what stands before it is left out in part: T2 of pT2."""
    one, other = _numbered(short), _numbered(long)
    if one is None or other is None or one[1:] != other[1:]:
        return False
    return one[0] != other[0] and (other[0].endswith(one[0]) or one[0].endswith(other[0]))
