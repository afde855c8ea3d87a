"""Whether the readers scored on one scale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats.readers.codes import check_codes, numbered_from
from radln.stats.readers.columns import in_modality

OWN = "own"
TAKEN = "taken to be of one scale"
NARROW = 0.7  # of the range that all readers used together
LONGER, BY = 1.5, 3.0  # than the others' highest score: so much times, and so much more
LONGER_THAN_ALL, BY_OF_ALL = 1.3, 2.0  # where these all have the same highest score
CATEGORIES = 10  # the highest of scales on which one is longer whatever the number of cases
RARE = 0.01  # that one of them would leave the rest aside by chance


def check_scales(
    table: pd.DataFrame, scale: tuple[float, float] | str | None, diseased: Collection[str]
) -> tuple[bool, list[str]]:
    """Refuse constant scores and unlike scales; note those that only look unlike.

    True where every reader may have an own one.
    """
    if "score" not in table:
        return False, []
    scores = table.dropna(subset=["score"]).groupby(["reader", "modality"])["score"]
    spread = scores.nunique()
    flat = spread[spread == 1]
    if len(flat):
        reader, modality = flat.index[0]
        raise InputError(
            f"reader {reader} gave all cases the same score{in_modality(modality)}; such "
            "scores rank nothing. Leave the reader out, or analyse the calls alone (without the "
            "column score)."
        )
    if isinstance(scale, str) and scale == OWN:
        return True, check_codes(table.dropna(subset=["score"]), diseased, own=True)
    if scale is not None:
        _within(table, scale)
        return False, []
    known = table.dropna(subset=["score"])
    shifted = _numbered(known)
    codes = check_codes(known, diseased, own=False, but=[] if shifted is None else [shifted[1]])
    return False, [*_unlike(known), *codes]


def _unlike(table: pd.DataFrame) -> list[str]:
    """Refuse scores of two kinds; whole numbers whose ranges overlap are one scale, with a note."""
    by_reader = table.groupby("reader")["score"]
    kinds = by_reader.apply(_kind)
    if kinds.nunique() < 2:
        return _partly(table)
    low, high = (
        {str(name): float(end) for name, end in ends.items()}
        for ends in (by_reader.min(), by_reader.max())
    )
    pairs = [
        (one, other) for one, other in combinations(kinds.index, 2) if kinds[one] != kinds[other]
    ]
    whole = by_reader.apply(lambda scores: bool((scores == scores.round()).all()))
    apart = [
        (one, other)
        for one, other in pairs
        if not (whole[one] and whole[other]) or low[one] > high[other] or low[other] > high[one]
    ]
    own = worded(f'scale="{OWN}"', f"--scale {OWN}")
    if apart:
        one, other = apart[0]
        ranges = f"{_range(one, low, high)}, {_range(other, low, high)}"
        raise InputError(
            f"readers seem to score on different scales: {ranges}. Bring them to one scale, or "
            f"give {worded('scale=(low, high)', '--scale low,high')} if it is one, or {own} if "
            "each reader has an own one (areas are then computed reader by reader and scores "
            "never averaged)."
        )
    return _partly(table) or [_said([_range(name, low, high) for name in low])]


def _partly(table: pd.DataFrame) -> list[str]:
    """A note where a reader leaves much of the range of the others aside, hardly by chance.

    Shares of 1 have a scale of their own, of which a careful reader may use a part.
    """
    scores = _each(table)
    if all(_kind(pd.Series(own)) == "share" for own in scores.values()):
        return []
    every = np.concatenate(list(scores.values()))
    low, high = _ends(scores)
    if (shift := _numbered(table)) is not None:
        return [_said([_range(name, low, high) for name in scores]) + _renumbered(low, *shift)]
    if _longer(high) or _finer(scores):
        return [_said([_range(name, low, high) for name in scores])]
    width = {name: high[name] - low[name] for name in scores}
    from_0, from_1 = ({width[name] for name in scores if low[name] == least} for least in (0, 1))
    shifted = bool(from_0 & from_1)  # as from 0 to 4 and from 1 to 5
    for name, own in scores.items():
        inside = (every >= low[name]) & (every <= high[name])
        hardly = float(inside.sum() / every.size) ** own.size < RARE
        if hardly and (shifted or width[name] < NARROW * np.ptp(every)):
            return [_said([_range(who, low, high) for who in scores])]
    return []


def _longer(high: Mapping[str, float]) -> bool:
    """Whether somebody goes far beyond everybody else, as 0 to 10 beside 1 to 5 does."""
    *others, first = sorted(high.values())
    if not others or not 0 < others[-1] <= CATEGORIES:
        return False
    one_top = len(others) > 1 and others[0] == others[-1]  # which is then the end of a scale
    times, by = (LONGER_THAN_ALL, BY_OF_ALL) if one_top else (LONGER, BY)
    return first > times * others[-1] and first - others[-1] >= by


def _finer(scores: Mapping[str, FloatArray]) -> bool:
    """Whether some use fractions, and the others whole numbers alone; half points within the range
    of the others are steps of their scale.
    """
    fractions = {name: bool((own % 1 != 0).any()) for name, own in scores.items()}
    if not any(fractions.values()) or all(fractions.values()):
        return False
    whole = np.concatenate([own for name, own in scores.items() if not fractions[name]])
    fine = np.concatenate([own for name, own in scores.items() if fractions[name]])
    within = whole.min() <= fine.min() and fine.max() <= whole.max()
    return not (within and bool((fine * 2 % 1 == 0).all()))


def _each(table: pd.DataFrame) -> dict[str, FloatArray]:
    """The scores of each reader, in each modality."""
    keys = ["reader", "modality"] if table["modality"].nunique() > 1 else ["reader"]
    return {
        " in ".join(map(str, name)): part["score"].to_numpy(dtype=np.float64)
        for name, part in table.groupby(keys)
    }


def _ends(scores: Mapping[str, FloatArray]) -> tuple[dict[str, float], dict[str, float]]:
    """The lowest and the highest score of each."""
    low, high = ({name: float(end(own)) for name, own in scores.items()} for end in (min, max))
    return low, high


def _numbered(table: pd.DataFrame) -> tuple[list[str], float] | None:
    """Who numbers the scale from another end than the rest, and from which number."""
    scores = _each(table)
    return numbered_from(scores, *_ends(scores)) if scores else None


def _renumbered(low: Mapping[str, float], who: Sequence[str], least: float) -> str:
    """A guess at who numbers the scale in another way: those who are fewer."""
    rest = [name for name in low if name not in who]
    begin = min(low[name] for name in rest)
    few, own, other = (who, least, begin) if len(who) <= len(rest) else (rest, begin, least)
    return (
        f" {', '.join(few)}: numbered from {own:g} where the others number from {other:g}? Then "
        "bring the numbers to one scale."
    )


def _range(name: str, low: Mapping[str, float], high: Mapping[str, float]) -> str:
    return f"{name} from {low[name]:g} to {high[name]:g}"


def _said(ranges: Sequence[str]) -> str:
    """The ranges that were used, and what has no meaning where they are different scales."""
    own = worded(f'scale="{OWN}"', f"--scale {OWN}")
    one = worded("scale=(low, high)", "--scale low,high")
    return (
        f"scores are {TAKEN}, though their ranges differ, or their steps ({', '.join(ranges)}). "
        "If they are different scales, a common cut-off, average scores, and agreement on scores "
        f"with its quadratic weights have no meaning: give {own}. If it is one, {one} says so."
    )


def _kind(scores: pd.Series) -> str:
    """The kind of scale a reader's scores come from: a share, categories, or a long scale."""
    values = scores.dropna().to_numpy(dtype=np.float64)
    if (values != np.round(values)).any() and values.min() >= 0 and values.max() <= 1:
        return "share"
    return "long" if np.abs(values).max() > 10 else "short"


def _within(table: pd.DataFrame, scale: tuple[float, float] | str) -> None:
    """Every score within the stated scale."""
    pair = scale if isinstance(scale, tuple | list) else ()
    if len(pair) != 2 or not all(_check.is_number(x) for x in pair) or not pair[0] < pair[1]:
        raise InputError(
            worded(
                f'scale must be (low, high), such as (1, 5), or "{OWN}"; got {scale!r}.',
                f"--scale must be low,high with low below high, such as 1,5, or {OWN}; got "
                f"{','.join(map(str, pair))}.",
            )
        )
    low, high = pair
    by_reader = table.groupby("reader")["score"]
    outside = by_reader.apply(lambda scores: int(((scores < low) | (scores > high)).sum()))
    if outside.any():
        reader = outside.idxmax()
        raise InputError(
            f"reader {reader} has {int(outside.max())} score(s) outside {low:g} to {high:g}; mend "
            "them, or the scale. A code for missing is none: leave the cell empty."
        )
