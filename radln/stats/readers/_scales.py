"""Whether the readers scored on one scale."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln.errors import InputError

OWN = "own"


def check_scales(
    table: pd.DataFrame, scale: tuple[float, float] | str | None
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
            f"reader {reader} gave all cases the same score in {modality}; such scores rank "
            "nothing. Leave the reader out, or analyse the calls alone (without the column score)."
        )
    if isinstance(scale, str) and scale == OWN:
        return True, []
    if scale is not None:
        _within(table, scale)
        return False, []
    return False, _unlike(table.dropna(subset=["score"]))


def _unlike(table: pd.DataFrame) -> list[str]:
    """Refuse scores of two kinds; whole numbers whose ranges overlap are one scale, with a note."""
    by_reader = table.groupby("reader")["score"]
    kinds = by_reader.apply(_kind)
    if kinds.nunique() < 2:
        return []
    low, high = by_reader.min(), by_reader.max()
    pairs = [
        (one, other) for one, other in combinations(kinds.index, 2) if kinds[one] != kinds[other]
    ]
    whole = by_reader.apply(lambda scores: bool((scores == scores.round()).all()))
    apart = [
        (one, other)
        for one, other in pairs
        if not (whole[one] and whole[other]) or low[one] > high[other] or low[other] > high[one]
    ]
    one, other = (apart or pairs)[0]
    ranges = (
        f"{one} from {low[one]:g} to {high[one]:g}, {other} from {low[other]:g} to {high[other]:g}"
    )
    own = worded(f'scale="{OWN}"', f"--scale {OWN}")
    if apart:
        raise InputError(
            f"readers seem to score on different scales: {ranges}. Bring them to one scale, or "
            f"give {worded('scale=(low, high)', '--scale low,high')} if it is one, or {own} if "
            "each reader has an own one (areas are then computed reader by reader and scores "
            "never averaged)."
        )
    return [
        f"scores are taken to be of one scale, though their ranges differ ({ranges}); if each "
        f"reader has an own one, give {own}."
    ]


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
            "them, or the scale."
        )
