"""Repeats of cross-validation that stand one below the other, as if of other patients."""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray

MOST_REPEATS, FEWEST_CASES = 100, 20
MOST_CHANGES = (
    4  # between the classes from row to row, of a list sorted by the outcome or by groups
)
ROUNDING = 1e-12
TOGETHER = 0.5  # mean correlation within the classes, which scores of other patients do not reach


def stacked_repeats(classes: BoolArray | IntArray, score: FloatArray) -> int:
    """How many repeats of fewer cases the rows seem to be; 1 where they are cases of their own.

    The outcome of repeats recurs block by block (or, sorted by case, row by row), and the scores of
    one class run together in them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, score = rng.random(40) < 0.5, rng.normal(size=40)
    >>> again = np.concatenate([score, score + 0.1 * rng.normal(size=40)])
    >>> stacked_repeats(np.tile(y, 2), again), stacked_repeats(np.tile(y, 2), rng.normal(size=80))
    (2, 1)
    """
    n = classes.size
    for repeats in (k for k in range(2, MOST_REPEATS + 1) if n % k == 0 and n // k >= FEWEST_CASES):
        blocks, by_case = (repeats, n // repeats), (n // repeats, repeats)
        layouts = (
            (classes.reshape(blocks), score.reshape(blocks)),
            (classes.reshape(by_case).T, score.reshape(by_case).T),
        )
        for outcome, scores in layouts:
            recurs = (outcome == outcome[0]).all() and not _is_sorted(outcome[0])
            if recurs and _together(scores, outcome[0]) > TOGETHER:
                return repeats
    return 1


def _is_sorted(outcome: BoolArray | IntArray) -> bool:
    """Whether one class stands before the other, as after sorting: that recurs by itself."""
    return int((outcome[1:] != outcome[:-1]).sum()) < MOST_CHANGES


def _together(scores: FloatArray, outcome: BoolArray | IntArray) -> float:
    """The mean correlation of the rows within the classes; 0 where a row does not vary."""
    parts = [scores[:, outcome == kind] for kind in np.unique(outcome)]
    within = np.concatenate([part - part.mean(axis=1, keepdims=True) for part in parts], axis=1)
    if (within.std(axis=1) <= ROUNDING * np.abs(scores).max()).any():
        return 0.0
    return float(np.corrcoef(within)[np.triu_indices(len(within), 1)].mean())
