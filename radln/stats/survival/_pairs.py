"""Comparable pairs, counted without looking at each pair: O(n log n) up to a logarithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class PairSums:
    """For each case the weighted pairs that it is part of, and the totals over all pairs.

    ``agreeing`` counts concordant pairs and half of those with tied risks; ``pairs`` all of them.
    """

    agreeing: FloatArray
    pairs: FloatArray
    concordant: float
    discordant: float
    tied_risk: float
    tied_time: float
    tied_both: float


def pair_sums(time: FloatArray, event: BoolArray, risk: FloatArray, weight: FloatArray) -> PairSums:
    """Pairs in which one case has its event while the other is still followed.

    ``weight`` (n,) is that of the pairs which a case's event opens. A case that is censored at the
    time of an event was still followed then; two events at one time cannot be compared.
    """
    key = np.unique(risk, return_inverse=True)[1]
    moment = np.unique(np.stack([time, ~event], axis=1), axis=0, return_inverse=True)[1].ravel()
    opens = np.where(event, weight, 0.0)
    earlier = _around(moment, key, opens)
    later = _around(-moment, key, np.ones(time.size))
    # as the later case: whoever had the event before should have the higher risk
    concordant = earlier[2] + opens * later[0]
    discordant = earlier[0] + opens * later[2]
    tied = earlier[1] + opens * later[1]
    same_time, both = _tied_events(moment[event], key[event], weight[event])
    return PairSums(
        agreeing=concordant + tied / 2,
        pairs=concordant + discordant + tied,
        concordant=float((opens * later[0]).sum()),
        discordant=float((opens * later[2]).sum()),
        tied_risk=float((opens * later[1]).sum()),
        tied_time=same_time - both,
        tied_both=both,
    )


def _tied_events(moment: IntArray, key: IntArray, weight: FloatArray) -> tuple[float, float]:
    """Weighted pairs of events at one time: all, and those with tied risks as well."""
    totals = []
    for columns in ([moment], [moment, key]):
        stacked = np.stack(columns, axis=1)
        _, first, sizes = np.unique(stacked, axis=0, return_index=True, return_counts=True)
        totals.append(float((weight[first] * sizes * (sizes - 1) / 2).sum()))
    return totals[0], totals[1]


def _around(
    moment: IntArray, key: IntArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each case the weights of those with a smaller moment and lower, equal, higher key."""
    lower = _lower_before(moment, key, weight)
    higher = _lower_before(moment, -key, weight)
    order = np.argsort(moment, kind="stable")
    total = np.r_[0.0, np.cumsum(weight[order])]
    before = total[np.searchsorted(moment[order], moment, side="left")]
    equal = before - lower - higher
    # what is left of rounding is no pair
    equal[np.abs(equal) <= 1e-9 * np.maximum(before, 1e-300)] = 0.0
    return lower, equal, higher


def _lower_before(moment: IntArray, key: IntArray, weight: FloatArray) -> FloatArray:
    """For each case the weights of those with a smaller moment and a lower key.

    A merge sort, bottom up: at each level every right half looks at the left half beside it.
    """
    n = moment.size
    # within one moment from high to low, so that nobody counts a contemporary
    line = np.lexsort((-key, moment))
    place = np.empty(n, dtype=np.int64)
    place[line] = np.arange(n)
    by_key = np.argsort(key, kind="stable")
    rank = np.unique(key, return_inverse=True)[1]
    found = np.zeros(n)
    for bit in range(max(1, int(n - 1).bit_length())):
        block = place[by_key] >> (bit + 1)
        order = by_key[np.argsort(block, kind="stable")]
        left = ((place[order] >> bit) & 1) == 0
        pair = place[order] >> (bit + 1)
        total = np.r_[0.0, np.cumsum(np.where(left, weight[order], 0.0))]
        # the first of equal keys within the block: those before it are lower
        new = np.r_[True, (np.diff(pair) != 0) | (np.diff(rank[order]) != 0)]
        start = np.flatnonzero(new)[np.cumsum(new) - 1]
        new_pair = np.r_[True, np.diff(pair) != 0]
        base = np.flatnonzero(new_pair)[np.cumsum(new_pair) - 1]
        right = order[~left]
        found[right] += (total[start] - total[base])[~left]
    return found
