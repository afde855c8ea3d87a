"""Whether the readers scored on one scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radln import _check
from radln.errors import InputError

OWN = "own"


def check_scales(table: pd.DataFrame, scale: tuple[float, float] | str | None) -> bool:
    """Refuse constant scores and unlike scales; True where every reader may have an own one."""
    if "score" not in table:
        return False
    scores = table.dropna(subset=["score"]).groupby(["reader", "modality"])["score"]
    spread = scores.nunique()
    flat = spread[spread == 1]
    if len(flat):
        reader, modality = flat.index[0]
        raise InputError(
            f"reader {reader} gave all cases the same score in {modality}; such scores rank "
            "nothing. Leave the reader out, or analyse the calls alone (without the column score)."
        )
    by_reader = table.groupby("reader")["score"]
    if isinstance(scale, str) and scale == OWN:
        return True
    if scale is not None:
        _within(table, scale)
        return False
    kinds = by_reader.apply(_kind)
    kinds = kinds[kinds != "none"]
    if kinds.nunique() > 1:
        one, other = kinds.drop_duplicates().index[:2]
        raise InputError(
            f"readers seem to score on different scales: {one} from {by_reader.min()[one]:g} to "
            f"{by_reader.max()[one]:g}, {other} from {by_reader.min()[other]:g} to "
            f"{by_reader.max()[other]:g}. Bring them to one scale, or give scale=(low, high) if "
            f'it is one, or scale="{OWN}" if each reader has an own one (areas are then computed '
            "reader by reader and scores never averaged)."
        )
    return False


def _kind(scores: pd.Series) -> str:
    """The kind of scale a reader's scores come from: a share, categories, or a long scale."""
    values = scores.dropna().to_numpy(dtype=np.float64)
    if not values.size:
        return "none"
    if (values != np.round(values)).any() and values.min() >= 0 and values.max() <= 1:
        return "share"
    return "long" if np.abs(values).max() > 10 else "short"


def _within(table: pd.DataFrame, scale: tuple[float, float] | str) -> None:
    """Every score within the stated scale."""
    pair = scale if isinstance(scale, tuple | list) else ()
    if len(pair) != 2 or not all(_check.is_number(x) for x in pair) or not pair[0] < pair[1]:
        raise InputError(f'scale must be (low, high), such as (1, 5), or "{OWN}"; got {scale!r}.')
    low, high = pair
    by_reader = table.groupby("reader")["score"]
    outside = by_reader.apply(lambda scores: int(((scores < low) | (scores > high)).sum()))
    if outside.any():
        reader = outside.idxmax()
        raise InputError(
            f"reader {reader} has {int(outside.max())} score(s) outside {low:g} to {high:g}; mend "
            "them, or the scale."
        )
