"""The areas of an outcome with several classes, and what each case adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._classes import class_covariance
from radln.stats._ztest import standard_error
from radln.stats.discrimination._area_interval import logit_interval, patients_of
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements

Average = Literal["macro", "weighted", "micro", "hand_till"]
AVERAGES: tuple[Average, ...] = ("macro", "weighted", "micro", "hand_till")
Key = tuple[str, str, str]
ALONE = (
    "no intervals: every class needs at least two cases (and two patients, where cases are "
    "clustered)."
)


@dataclass(frozen=True)
class Areas:
    """Areas (k,), what each case adds to each (n, k), and what they are: averages first."""

    keys: list[Key]
    values: FloatArray
    parts: FloatArray


def areas_of(codes: IntArray, scores: FloatArray, names: list[str]) -> Areas:
    """Every area and average, with what each case adds to it."""
    k = len(names)
    rest = [_binary(codes == code, scores[:, code]) for code in range(k)]
    pairs = {}
    for i, j in combinations(range(k), 2):
        forward, backward = (
            pair_area(codes, scores[:, i], j, i),
            pair_area(codes, scores[:, j], i, j),
        )
        pairs[i, j] = ((forward[0] + backward[0]) / 2, (forward[1] + backward[1]) / 2)
    sizes = np.bincount(codes, minlength=k) / codes.size
    averages = [
        _mean(rest, np.full(k, 1 / k)),
        _mean(rest, sizes),
        _micro(codes, scores),
        _mean(list(pairs.values()), np.full(len(pairs), 1 / len(pairs))),
    ]
    keys: list[Key] = [(average, "", "") for average in AVERAGES]
    keys += [("one_vs_rest", name, "rest") for name in names]
    keys += [("one_vs_one", names[i], names[j]) for i, j in pairs]
    found = [*averages, *rest, *pairs.values()]
    return Areas(
        keys=keys,
        values=np.array([value for value, _ in found]),
        parts=np.stack([part for _, part in found], axis=1),
    )


def _binary(positive: BoolArray, score: FloatArray) -> tuple[float, FloatArray]:
    """An area and what each case adds to it: its placement over the size of its side."""
    areas, values = placements(positive, score[None])
    return float(areas[0]), values[0] / np.where(positive, positive.sum(), (~positive).sum())


def pair_area(
    codes: IntArray, score: FloatArray, negative: int, positive: int
) -> tuple[float, FloatArray]:
    """The area of a score between two classes; the others add nothing."""
    inside = (codes == negative) | (codes == positive)
    area, values = _binary(codes[inside] == positive, score[inside])
    part = np.zeros(codes.size)
    part[inside] = values
    return area, part


def _micro(codes: IntArray, scores: FloatArray) -> tuple[float, FloatArray]:
    """The area over all pairs of a case and a class, "is it this class?" being the truth."""
    own = np.arange(scores.shape[1]) == codes[:, None]
    area, values = _binary(own.ravel(), scores.ravel())
    return area, values.reshape(scores.shape).sum(axis=1)


def _mean(
    areas: Sequence[tuple[float, FloatArray]], weights: FloatArray
) -> tuple[float, FloatArray]:
    """A weighted mean of areas, and of what the cases add."""
    value = sum(w * area for w, (area, _) in zip(weights, areas, strict=True))
    part = sum(w * part for w, (_, part) in zip(weights, areas, strict=True))
    return float(value), np.asarray(part)


def standard_errors(parts: FloatArray, codes: IntArray, cluster: IntArray | None) -> FloatArray:
    """Standard errors (k,) of sums over cases."""
    variances = np.diag(class_covariance(parts, codes, cluster))
    return np.array([standard_error(variance) for variance in variances])


def area_errors(
    keys: list[Key],
    parts: FloatArray,
    codes: IntArray,
    cluster: IntArray | None,
) -> FloatArray:
    """Standard errors (k,); those of one class against the rest are :func:`auc`'s own."""
    errors = standard_errors(parts, codes, cluster)
    rests = [row for row, key in enumerate(keys) if key[0] == "one_vs_rest"]
    for code, row in enumerate(rests):
        own = codes == code
        placed = parts[:, row] * np.where(own, own.sum(), (~own).sum())
        errors[row] = standard_error(area_covariance(own, placed[None], cluster)[0, 0])
    return errors


def class_area(
    value: float, se: float, confidence_level: float, method: str, behind: tuple[int, int]
) -> Estimate:
    """An area with limits on the logit scale; near 1 those that the patients behind it allow."""
    named = f"{method}, logit"
    plain = logit_interval(value, se**2, behind, confidence_level, named)
    return Estimate(value, plain.low, plain.high, confidence_level, named, se)


def patients_behind(
    key: Key, names: Sequence[str], codes: IntArray, cluster: IntArray | None
) -> tuple[int, int]:
    """The patients on the two sides of an area, of an average those of its weakest member.

    A pair has those of its two classes alone: the others say nothing about it.
    """
    if key[0] == "one_vs_rest":
        return patients_of(codes == names.index(key[1]), cluster)
    if key[0] == "one_vs_one":
        return _of_pair(names.index(key[1]), names.index(key[2]), codes, cluster)
    if key[0] == "hand_till":
        return weakest_pair(codes, cluster)
    return min(patients_of(codes == code, cluster) for code in np.unique(codes))


def weakest_pair(codes: IntArray, cluster: IntArray | None) -> tuple[int, int]:
    """The patients of the pair of classes with the fewest."""
    pairs = combinations(np.unique(codes), 2)
    return min((_of_pair(i, j, codes, cluster) for i, j in pairs), key=lambda n: (min(n), max(n)))


def _of_pair(i: int, j: int, codes: IntArray, cluster: IntArray | None) -> tuple[int, int]:
    inside = (codes == i) | (codes == j)
    return patients_of(codes[inside] == j, None if cluster is None else cluster[inside])


def about_errors(se: FloatArray) -> tuple[str, ...]:
    """What must be said of intervals that are missing."""
    return (ALONE,) if np.isnan(se).any() else ()


def named_variance(cluster: IntArray | None) -> str:
    """The name of the variance."""
    return "placements within classes" + ", clustered by patient" * (cluster is not None)
