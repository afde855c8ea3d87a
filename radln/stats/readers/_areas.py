"""Areas of many sources at once, with the covariances that their differences need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radln import _check
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.readers._cross_fit import Source

NEGLIGIBLE = 1e-9


@dataclass(frozen=True, eq=False)
class Areas:
    """Values (k,) and covariances (k, k), means over the repeats.

    ``pooled`` takes all cases together, ``within`` is the mean of the areas within folds.
    """

    pooled: FloatArray
    pooled_covariance: FloatArray
    within: FloatArray
    within_covariance: FloatArray
    in_folds: BoolArray

    def area(self, i: int) -> tuple[float, float]:
        """The area of one source and its variance."""
        if self.in_folds[i]:
            return float(self.within[i]), float(self.within_covariance[i, i])
        return float(self.pooled[i]), float(self.pooled_covariance[i, i])

    def difference(self, i: int, j: int) -> tuple[float, float]:
        """The first area minus the second, and its variance; both on the same footing."""
        folds = bool(self.in_folds[i] or self.in_folds[j])
        values = self.within if folds else self.pooled
        c = self.within_covariance if folds else self.pooled_covariance
        variance = float(c[i, i] + c[j, j] - 2 * c[i, j])
        if abs(variance) <= NEGLIGIBLE * float(c[i, i] + c[j, j]):
            variance = 0.0  # both rank every case alike
        gap = float(values[i] - values[j])
        return (0.0 if abs(gap) < 1e-12 else gap), variance


def areas_of(
    sources: Sequence[Source], positive: BoolArray, folds: IntArray, cluster: IntArray | None
) -> Areas:
    """Areas of scores, and of calls where there are no scores, in each repeat and on average.

    The scores of different folds come from different fits, so that the area of a learned score is
    the mean of the areas within folds; calls and scores as given are on one scale in all folds.
    """
    in_folds = np.array([source.score is not None and source.score_learned for source in sources])
    pooled, within = [], []
    for repeat, fold in enumerate(folds):
        ranked = np.stack([_ranked(source, repeat) for source in sources])
        pooled.append(_areas(ranked, positive, cluster))
        if in_folds.any():
            within.append(_within(ranked, positive, fold, cluster))
    values, covariance = _mean(pooled)
    inside, inside_covariance = _mean(within) if within else (values, covariance)
    return Areas(values, covariance, inside, inside_covariance, in_folds)


def _ranked(source: Source, repeat: int) -> FloatArray:
    """What ranks the cases in one repeat."""
    held = source.call if source.score is None else source.score
    return np.asarray(held[min(repeat, held.shape[0] - 1)], dtype=np.float64)


def _areas(
    ranked: FloatArray, positive: BoolArray, cluster: IntArray | None
) -> tuple[FloatArray, FloatArray]:
    """Areas and covariance of all sources on some cases."""
    areas, places = placements(positive, ranked)
    return areas, area_covariance(positive, places, cluster)


def _within(
    ranked: FloatArray, positive: BoolArray, fold: IntArray, cluster: IntArray | None
) -> tuple[FloatArray, FloatArray]:
    """Means over folds of different patients."""
    parts = []
    for k in np.unique(fold):
        rows = np.flatnonzero(fold == k)
        patients = None if cluster is None else _check.clusters(cluster[rows], rows.size)
        parts.append(_areas(ranked[:, rows], positive[rows], patients))
    values, covariance = _mean(parts)
    return values, covariance / len(parts)


def _mean(parts: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Means of values and of covariances."""
    return (
        np.asarray(np.mean([value for value, _ in parts], axis=0)),
        np.asarray(np.mean([covariance for _, covariance in parts], axis=0)),
    )
