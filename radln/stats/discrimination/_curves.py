"""ROC curves as counts along a ranking, of the cases as they are or weighted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Ranking:
    """The cases by falling score, tied ones together; ``values`` are the k distinct scores."""

    order: IntArray
    last: IntArray
    values: FloatArray

    def along(self, weights: IntArray) -> IntArray:
        """Sums (b, k + 1) of ``weights`` (b, n) over the cases called at each of k + 1 cuts."""
        sums = np.cumsum(weights[:, self.order], axis=1)[:, self.last]
        return np.concatenate([np.zeros_like(sums[:, :1]), sums], axis=1)

    @property
    def thresholds(self) -> FloatArray:
        """The cuts: inf, halfway between neighbouring scores, -inf."""
        return np.asarray(np.r_[np.inf, halfway(self.values[:-1], self.values[1:]), -np.inf])


def ranking(score: FloatArray) -> Ranking:
    """Rank the cases of one score."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    return Ranking(order, last, ranked[last])


def halfway(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """A cut that calls ``upper`` and not ``lower``; neighbouring floats have no middle."""
    middle = lower / 2 + upper / 2
    return np.asarray(np.where(middle > lower, middle, upper))


def steps(positive: BoolArray, ranked: Ranking) -> tuple[IntArray, IntArray]:
    """True and false positives at each cut, the strictest first."""
    weights = np.stack([positive, ~positive]).astype(np.int64)
    true, false = ranked.along(weights)
    return true, false


def sensitivity_at(true: IntArray, false: IntArray, specificity: FloatArray) -> FloatArray:
    """Sensitivities of one curve at given specificities.

    Linear between the points of the curve; the highest one where the curve is vertical.
    """
    return _read(false / false[-1], true / true[-1], 1 - specificity)


def specificity_at(true: IntArray, false: IntArray, sensitivity: FloatArray) -> FloatArray:
    """Specificities at given sensitivities, the highest where the curve is flat."""
    missed, spared = 1 - true / true[-1], 1 - false / false[-1]
    return _read(missed[::-1], spared[::-1], 1 - sensitivity)


def _read(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """``y`` at ``at`` on a line through rising points, the upper end of a vertical part."""
    # the tolerance lets 1 - 0.9 meet 10 of 100
    left = np.clip(np.searchsorted(x, at + 1e-9, side="right") - 1, 0, x.size - 1)
    right = np.minimum(left + 1, x.size - 1)
    width = x[right] - x[left]
    share = np.where(width > 0, (at - x[left]) / np.where(width > 0, width, 1), 0)
    return np.asarray(y[left] + np.clip(share, 0, 1) * (y[right] - y[left]))
