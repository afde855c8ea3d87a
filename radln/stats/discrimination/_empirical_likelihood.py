"""How low can an area be, weighing patients as unevenly as chance would? (empirical likelihood)

Owen 1988, doi:10.1093/biomet/75.2.237; for the area under a ROC curve Qin and Zhou 2006,
doi:10.1111/j.1541-0420.2005.00453.x (by placements; here by the weights of the patients themselves,
so that cases of one patient stay together).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray

ROUNDS, HALVINGS, SMALL, RATIO = 200, 20, 1e-11, 1e-13


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Cases in the order of their scores; ``group`` numbers the tied ones."""

    positive: BoolArray
    group: IntArray
    patient: IntArray

    def area(self, weights: FloatArray) -> tuple[float, FloatArray]:
        """The area under these weights (n_patients,), and its derivative by them."""
        own = weights[self.patient]
        up, down = np.where(self.positive, own, 0.0), np.where(self.positive, 0.0, own)
        ups, downs = np.bincount(self.group, up), np.bincount(self.group, down)
        total_up, total_down = ups.sum(), downs.sum()
        below = (np.cumsum(downs) - downs / 2) / total_down
        above = 1 - (np.cumsum(ups) - ups / 2) / total_up
        area = float(ups @ below / total_up)
        gain = np.where(
            self.positive,
            (below[self.group] - area) / total_up,
            (above[self.group] - area) / total_down,
        )
        return area, np.asarray(np.bincount(self.patient, gain, weights.size), dtype=np.float64)


def likelihood_interval(
    positive: BoolArray, score: FloatArray, cluster: IntArray | None, chi_square: float
) -> tuple[float, float]:
    """The smallest and the largest area that weights of the patients can give.

    Weights ``w`` sum to 1 and keep ``-2 sum log(I w)`` within ``chi_square``, I the number of
    patients. Every weighted area grows when a pair is put into the right order, and with them both
    limits.
    """
    order = np.argsort(score, kind="stable")
    ranks = np.unique(score[order], return_inverse=True)[1]
    patient = order if cluster is None else cluster[order]
    right = positive[order]
    low = _smallest(_Ranked(right, ranks, patient), chi_square)
    return low, 1 - _smallest(_Ranked(~right, ranks, patient), chi_square)


def _smallest(ranked: _Ranked, chi_square: float) -> float:
    """Descend to where the area is smallest: the linearised problem, solved again and again."""
    n_patients = int(ranked.patient.max()) + 1
    weights = np.full(n_patients, 1 / n_patients)
    area, slope = ranked.area(weights)
    for _ in range(ROUNDS):
        rise = slope - slope.min()
        if rise.max() < SMALL:
            break
        aim = _weights_at(rise, chi_square)
        step, before = 1.0, area
        for _ in range(HALVINGS):
            trial = weights + step * (aim - weights)
            area, slope = ranked.area(trial)
            if area <= before:
                break
            step /= 2
        else:
            return before
        weights = trial
        if before - area < SMALL:
            break
    return area


def _weights_at(rise: FloatArray, chi_square: float) -> FloatArray:
    """The weights on the boundary that make a weighted mean of ``rise`` (least 0) smallest."""
    size = rise.size
    low, high = rise.max() * 1e-12, rise.max() * 1e6
    middle = rise.mean()
    for _ in range(100):
        weights = 1 / (middle + rise)
        total = weights.sum()
        excess = 2 * (np.log(total / size) * size - np.log(weights).sum()) - chi_square
        if excess > 0:
            low = middle
        else:
            high = middle
        if high < low * (1 + RATIO):
            break
        # Newton on the logarithm; back to bisection where it leaves the bracket
        change = 2 * middle * (weights.sum() - size * (weights @ weights) / total)
        middle = middle * np.exp(np.clip(-excess / change, -5, 5)) if change else low
        if not low < middle < high:
            middle = float(np.sqrt(low * high))
    return np.asarray(weights / weights.sum())
