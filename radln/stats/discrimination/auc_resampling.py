"""Areas under resampled and permuted ROC curves, many at a time."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from radln import _check
from radln._random import as_generator
from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray, Rng
from radln.stats._intervals import cluster_sums
from radln.stats.discrimination.delong import placements
from radln.stats.resample import at_least_one, resampled_weights


class WeightedAreas:
    """Areas of one score under many weightings of its cases."""

    def __init__(self, positive: BoolArray, score: FloatArray) -> None:
        self.positives = np.flatnonzero(positive)[np.argsort(score[positive])]
        self.negatives = np.flatnonzero(~positive)[np.argsort(score[~positive])]
        below, above = score[self.negatives], score[self.positives]
        self.first = np.searchsorted(below, above, side="left")
        self.last = np.searchsorted(below, above, side="right")

    def of(self, weights: IntArray) -> FloatArray:
        """(b,) areas of weights (b, n); ties count one half."""
        passed = np.zeros((weights.shape[0], self.negatives.size + 1))
        np.cumsum(weights[:, self.negatives], axis=1, dtype=np.float64, out=passed[:, 1:])
        gained = weights[:, self.positives].astype(np.float64)
        twice = np.einsum("bi,bi->b", gained, passed[:, self.first] + passed[:, self.last])
        return np.asarray(twice / (2 * gained.sum(axis=1) * passed[:, -1]))


def bootstrap_areas(
    positive: BoolArray,
    scores: FloatArray,
    cluster: IntArray | None,
    *,
    n_resamples: int,
    rng: Rng,
) -> FloatArray:
    """(n_resamples, k) areas of scores (k, n), all k on the same resamples."""
    curves = [WeightedAreas(positive, score) for score in scores]
    blocks = resampled_weights(positive, cluster, n_resamples=n_resamples, rng=rng)
    return np.concatenate(
        [np.stack([curve.of(weights) for curve in curves], axis=1) for weights in blocks]
    )


def resampled_estimate(
    area: float,
    positive: BoolArray,
    score: FloatArray,
    values: FloatArray,
    cluster: IntArray | None,
    *,
    accelerated: bool,
    confidence_level: float,
    n_resamples: int,
    rng: Rng,
) -> Estimate:
    """An area with its bootstrap interval, percentile or accelerated; ``values`` its placements."""
    level = _check.fraction(confidence_level, name="confidence_level")
    found = bootstrap_areas(positive, score[None], cluster, n_resamples=n_resamples, rng=rng)[:, 0]
    whose = "stratified bootstrap" + (" of patients" if cluster is not None else "")
    method = f"{whose}, {n_resamples} resamples, {'BCa' if accelerated else 'percentile'}"
    se = float(found.std(ddof=1))
    if accelerated:
        limits = bca(area, found, area_influence(positive, values, cluster), level)
    else:
        limits = percentiles(found, level)
    return Estimate(area, *limits, level, method, se)


def percentiles(resampled: FloatArray, confidence_level: float) -> tuple[float, float]:
    """The equal-tailed percentile interval; NaN where all resamples are alike."""
    if (resampled == resampled[0]).all():
        return float("nan"), float("nan")
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def bca(
    value: float,
    resampled: FloatArray,
    influence: FloatArray,
    confidence_level: float,
) -> tuple[float, float]:
    """Bias-corrected and accelerated limits; NaN where all resamples lie on one side.

    ``influence`` holds what each independent unit adds to the value, centred; for an area these
    are placements over the size of their class, summed over the cases of a patient.

    Efron 1987, doi:10.1080/01621459.1987.10478410.
    """
    if (resampled == resampled[0]).all():
        return float("nan"), float("nan")
    below = (resampled < value).mean() + 0.5 * (resampled == value).mean()
    if not 0 < below < 1:
        return float("nan"), float("nan")
    bias = ndtri(below)
    spread = float((influence**2).sum()) ** 1.5
    pull = float((influence**3).sum()) / (6 * spread) if spread > 0 else 0.0
    tail = (1 - confidence_level) / 2
    wanted = bias + ndtri([tail, 1 - tail])
    low, high = np.quantile(resampled, ndtr(bias + wanted / (1 - pull * wanted)))
    return float(low), float(high)


def area_influence(positive: BoolArray, values: FloatArray, cluster: IntArray | None) -> FloatArray:
    """What each case, or patient, adds to an area: from placements (n,) of one score."""
    centred = np.empty_like(values)
    for members in (positive, ~positive):
        part = values[members]
        centred[members] = (part - part.mean()) / part.size
    return centred if cluster is None else cluster_sums(centred, cluster)


def permuted_differences(
    positive: BoolArray,
    scores: FloatArray,
    cluster: IntArray | None,
    *,
    n_resamples: int,
    rng: Rng,
) -> FloatArray:
    """(n_resamples,) differences of two areas, the two scores exchanged in random patients.

    Scores are turned into ranks first, so that they may be on different scales.
    """
    at_least_one(n_resamples)
    generator = as_generator(rng)
    ranks = np.stack([midranks(score) for score in scores])
    codes = np.arange(positive.size) if cluster is None else cluster
    found = np.empty(n_resamples)
    for k in range(n_resamples):
        swapped = generator.integers(2, size=int(codes.max()) + 1).astype(bool)[codes]
        areas, _ = placements(positive, np.where(swapped, ranks[::-1], ranks))
        found[k] = areas[0] - areas[1]
    return found


def midranks(score: FloatArray) -> FloatArray:
    """Twice the rank, counted from one half, of every case: 1, 3, 5, ... without ties."""
    ordered = np.sort(score)
    first = np.searchsorted(ordered, score, side="left")
    return np.asarray(first + np.searchsorted(ordered, score, side="right"), dtype=np.float64)
