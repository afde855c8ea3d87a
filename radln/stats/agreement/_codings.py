"""Raters who may write the same categories in two ways: 0 and 1 beside 1 and 2, or exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from radln._result import Estimate
from radln._types import IntArray

SHOWN = 2  # pairs that are named
FEWEST = 5  # subjects that two raters share
CLEARLY = 0.3  # share of subjects by which raters agree better in one coding
BELOW = (
    "the raters agree less than chance would make them, and not by chance alone: the "
    "categories of one are probably exchanged (1 for no, 0 for yes)."
)


def other_coding(
    codes: IntArray, labels: Sequence[Any], names: Sequence[object]
) -> tuple[str, ...]:
    """Pairs of raters who use different categories, as many, and would agree far better if the
    first of one meant the first of the other; ``codes`` (n, k) are places in ``labels`` or -1.

    Examples
    --------
    >>> a = np.array([0, 1, 1, 0, 1, 0])
    >>> other_coding(np.stack([a, a + 1], axis=1), [0, 1, 2], ["a", "b"])[0][:39]
    'a uses 0, 1 where b uses 1, 2, and they'
    """
    found = []
    for i, j in combinations(range(codes.shape[1]), 2):
        both = codes[(codes[:, i] >= 0) & (codes[:, j] >= 0)][:, [i, j]]
        (own, first), (other, second) = (np.unique(part, return_inverse=True) for part in both.T)
        if len(both) < FEWEST or own.size != other.size or own.size < 2 or (own == other).all():
            continue
        given, mapped = float((both[:, 0] == both[:, 1]).mean()), float((first == second).mean())
        if mapped - given > CLEARLY:
            used = (", ".join(str(labels[k]) for k in part[:4]) for part in (own, other))
            found.append(
                f"{names[i]} uses {next(used)} where {names[j]} uses {next(used)}, and they agree "
                f"in {100 * given:.0f} % of the cases; if the first of the one means the first of "
                f"the other, in {100 * mapped:.0f} %. Then write the ratings of both in one way."
            )
    more = (f"So do {len(found) - SHOWN} more pairs.",) if len(found) > SHOWN else ()
    return (*found[:SHOWN], *more)


def below_chance(estimate: Estimate) -> tuple[str, ...]:
    """What must be said of an agreement whose interval lies wholly below 0."""
    whole = np.isnan(estimate.high) and estimate.value < -CLEARLY  # never alike: no interval
    return (BELOW,) if estimate.high < 0 or whole else ()


def raters_of(ratings: object, k: int) -> list[str]:
    """What to call the raters: by the table's own names, or by their places."""
    if isinstance(ratings, pd.DataFrame) and not isinstance(ratings.columns, pd.RangeIndex):
        return [f"column {str(name)!r}" for name in ratings.columns]
    return [f"column {place + 1}" for place in range(k)]
