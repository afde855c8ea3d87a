"""Areas of many sources at once, with the covariances that their differences need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._intervals import cluster_sums, wald
from radln.stats._ztest import standard_error
from radln.stats.discrimination._area_interval import (
    area_interval,
    logit_interval,
    patients_of,
)
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.readers.combinations._cross_fit import Source

NEGLIGIBLE = 1e-9


@dataclass(frozen=True, eq=False)
class Areas:
    """Values (k,) and covariances (k, k), means over the repeats.

    ``pooled`` takes all cases together (DeLong, or Obuchowski with patients), ``within`` is the
    mean of the areas within folds (jackknife over the patients of every fold). ``df`` are the
    degrees of freedom of differences; None where cases are independent and taken as normal.
    """

    pooled: FloatArray
    pooled_covariance: FloatArray
    within: FloatArray
    within_covariance: FloatArray
    in_folds: BoolArray
    pooled_df: float | None
    within_df: float

    def area(self, i: int) -> tuple[float, float, float | None]:
        """The area of one source, its variance and degrees of freedom."""
        if self.in_folds[i]:
            return float(self.within[i]), float(self.within_covariance[i, i]), self.within_df
        return float(self.pooled[i]), float(self.pooled_covariance[i, i]), None

    def estimate(
        self,
        i: int,
        source: Source,
        positive: BoolArray,
        cluster: IntArray | None,
        confidence_level: float,
        method: str,
    ) -> Estimate:
        """The area of one source with its interval: that of ``auc`` where nothing was fitted."""
        value, variance, df = self.area(i)
        if not (source.call_learned if source.score is None else source.score_learned):
            ranked = _ranked(source, 0)
            plain = area_interval(positive, ranked, value, variance, cluster, confidence_level)
            return replace(plain, method=method)
        patients = patients_of(positive, cluster)
        return logit_interval(value, variance, patients, confidence_level, method, df=df)

    def values(self, i: int, j: int) -> tuple[float, float]:
        """Two areas on the same footing."""
        held = self.within if self.folded(i, j) else self.pooled
        return float(held[i]), float(held[j])

    def folded(self, i: int, j: int) -> bool:
        """Whether two areas are compared within folds."""
        return bool(self.in_folds[i] or self.in_folds[j])

    def difference(self, i: int, j: int) -> tuple[float, float, float | None]:
        """The first area minus the second, its variance and degrees of freedom."""
        first, second = self.values(i, j)
        folded = self.folded(i, j)
        c = self.within_covariance if folded else self.pooled_covariance
        variance = float(c[i, i] + c[j, j] - 2 * c[i, j])
        if abs(variance) <= NEGLIGIBLE * float(c[i, i] + c[j, j]):
            variance = 0.0  # both rank every case alike
        gap = first - second
        df = self.within_df if folded else self.pooled_df
        return (0.0 if abs(gap) < 1e-12 else gap), variance, df


def areas_of(
    sources: Sequence[Source], positive: BoolArray, folds: IntArray, cluster: IntArray | None
) -> Areas:
    """Areas of scores, and of calls where there are no scores, in each repeat and on average.

    The scores of different folds come from different fits, so that the area of a learned score is
    the mean of the areas within folds; calls and scores as given are on one scale in all folds.
    """
    in_folds = np.array([source.score is not None and source.score_learned for source in sources])
    codes = np.arange(positive.size) if cluster is None else cluster
    pooled, within = [], []
    for repeat, fold in enumerate(folds):
        ranked = np.stack([_ranked(source, repeat) for source in sources])
        areas, places = placements(positive, ranked)
        pooled.append((areas, area_covariance(positive, places, cluster)))
        if in_folds.any():
            within.append(_within(ranked, positive, fold, codes))
    values, covariance = _mean(pooled)
    inside, inside_covariance = _mean(within) if within else (values, covariance)
    fewest = min(np.unique(codes[members]).size for members in (positive, ~positive))
    n_folds = np.unique(folds).size
    return Areas(
        pooled=values,
        pooled_covariance=covariance,
        within=inside,
        within_covariance=inside_covariance,
        in_folds=in_folds,
        pooled_df=None if cluster is None else fewest - 1,
        within_df=max(1, int(codes.max()) + 1 - n_folds),
    )


def _ranked(source: Source, repeat: int) -> FloatArray:
    """What ranks the cases in one repeat."""
    held = source.call if source.score is None else source.score
    return np.asarray(held[min(repeat, held.shape[0] - 1)], dtype=np.float64)


def _within(
    ranked: FloatArray, positive: BoolArray, fold: IntArray, patients: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Means over folds of different patients."""
    parts = []
    for k in np.unique(fold):
        rows = np.flatnonzero(fold == k)
        owner = np.unique(patients[rows], return_inverse=True)[1].astype(np.int64)
        parts.append(jackknifed(positive[rows], ranked[:, rows], owner))
    values, covariance = _mean(parts)
    return values, covariance / len(parts)


def jackknifed(
    positive: BoolArray, ranked: FloatArray, patients: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Areas (k,) and their jackknife covariance (k, k) over patients, for few patients.

    Obuchowski's covariance, centred on means of a handful of patients, is a quarter too small
    there; a jackknife errs to the other side (Efron and Stein 1981, doi:10.1214/aos/1176345462).
    NaN where a patient alone holds a class.
    """
    areas, places = placements(positive, ranked)
    m, n = int(positive.sum()), int((~positive).sum())
    own_m, own_n = np.bincount(patients, positive), np.bincount(patients, ~positive)
    with_positive = cluster_sums((places * positive * n).T, patients)
    with_negative = cluster_sums((places * ~positive * m).T, patients)
    left = (areas * m * n) - with_positive - with_negative + _own_pairs(positive, ranked, patients)
    pairs = (m - own_m) * (n - own_n)
    if (pairs == 0).any():
        return areas, np.full((areas.size, areas.size), np.nan)
    deleted = left / pairs[:, None]
    centred = deleted - deleted.mean(axis=0)
    size = deleted.shape[0]
    return areas, np.asarray((size - 1) / size * centred.T @ centred)


def _own_pairs(positive: BoolArray, ranked: FloatArray, patients: IntArray) -> FloatArray:
    """Pairs (n_patients, k) of a patient's own cases that are in the right order, ties half."""
    above, below = np.flatnonzero(positive), np.flatnonzero(~positive)
    i, j = np.nonzero(patients[above][:, None] == patients[below][None, :])
    first, second = ranked[:, above[i]], ranked[:, below[j]]
    right = (first > second) + 0.5 * (first == second)
    size = int(patients.max()) + 1
    counted = [np.bincount(patients[above[i]], row, minlength=size) for row in right]
    return np.stack(counted, axis=1)


def _mean(parts: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Means of values and of covariances."""
    return (
        np.asarray(np.mean([value for value, _ in parts], axis=0)),
        np.asarray(np.mean([covariance for _, covariance in parts], axis=0)),
    )


def interval(
    value: float,
    variance: float,
    df: float | None,
    confidence_level: float,
    method: str,
) -> Estimate:
    """A difference and its limits, normal or by Student's t."""
    se = standard_error(variance)
    if df is None:
        return wald(value, se, confidence_level, method, bounds=(-1.0, 1.0))
    arm = float(stdtrit(df, 0.5 + confidence_level / 2)) * se
    low, high = np.clip([value - arm, value + arm], -1.0, 1.0)
    return Estimate(value, float(low), float(high), confidence_level, method, se)


def difference_method(areas: Areas, i: int, j: int, cluster: IntArray | None) -> str:
    """How a difference of two areas was tested or bounded, as a phrase."""
    if areas.folded(i, j):
        units = "cases" if cluster is None else "patients"
        return f"areas within folds, jackknife over {units}, t on {areas.within_df:g} df"
    if areas.pooled_df is None:
        return "DeLong, paired"
    return f"Obuchowski, clustered by patient, paired, t on {areas.pooled_df:g} df"
