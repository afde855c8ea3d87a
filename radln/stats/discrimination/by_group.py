"""One score's area in every group of cases, and how far the areas of groups lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._result import Estimate
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._classes import class_covariance
from radln.stats._intervals import wald
from radln.stats._ztest import standard_error
from radln.stats.discrimination._area_interval import area_interval, patients_of
from radln.stats.discrimination.delong import placements

FEW = 10  # patients of either class, below which a group has no number


@dataclass(frozen=True, eq=False)
class GroupArea:
    """What a group holds, and its area; None where it has too few patients of either class."""

    n: int
    n_positive: int
    n_patients: int
    patients: tuple[int, int]
    estimate: Estimate | None


@dataclass(frozen=True, eq=False)
class AreasByGroup:
    """The area of every group, and its difference to that of the ``reference``, the largest group
    with an area.
    """

    areas: dict[str, GroupArea]
    reference: str | None
    differences: dict[str, Estimate]


def areas_by_group(
    positive: BoolArray,
    score: FloatArray,
    group: ArrayLike,
    cluster: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> AreasByGroup:
    """Where does a score rank better: in one group of the cases or in another?

    Parameters
    ----------
    positive, score : shape (n,)
    group : shape (n,)
        The group of every case, as text; every case is in one.
    cluster : shape (n,)
        The patient of every case; a patient may have cases in several groups.
    confidence_level : in (0, 1)

    Notes
    -----
    Areas and their intervals are :func:`radln.stats.auc`'s, clustered by patient. The variance of a
    difference is that of both areas less twice their covariance, which patients with cases in both
    groups bring about; sizes of classes within groups are taken as given. A difference mixes how
    well the score ranks with how hard the cases of a group are (case-mix), and it is no test.

    References
    ----------
    Obuchowski 1997, doi:10.2307/2533958; on case-mix: Vergouwe et al. 2010,
    doi:10.1093/aje/kwq223.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, sex = np.arange(80) % 2 == 0, np.repeat(["f", "m"], 40)
    >>> found = areas_by_group(y, y + rng.normal(size=80), sex, np.arange(80))
    >>> found.reference, list(found.differences)
    ('f', ['m'])
    """
    names = np.asarray(group, dtype=object).astype(str)
    codes = np.unique(np.asarray(cluster, dtype=object).astype(str), return_inverse=True)[1]
    if not positive.size == score.size == names.size == codes.size:
        raise InputError("positive, score, group and cluster must be as long as each other.")
    areas = {
        name: _area(positive, score, names == name, codes, confidence_level)
        for name in sorted(set(names.tolist()))
    }
    known = [name for name, one in areas.items() if one.estimate is not None]
    if len(known) < 2:
        return AreasByGroup(areas, None, {})
    reference = max(known, key=lambda name: areas[name].n)
    others = [name for name in known if name != reference]
    gaps = {
        name: _gap(positive, score, names, codes, (name, reference), confidence_level)
        for name in others
    }
    return AreasByGroup(areas, reference, gaps)


def _area(
    positive: BoolArray,
    score: FloatArray,
    at: BoolArray,
    codes: IntArray,
    confidence_level: float,
) -> GroupArea:
    here, whose = positive[at], np.unique(codes[at], return_inverse=True)[1]
    patients = patients_of(here, whose)
    estimate = None
    if min(patients) >= FEW:
        value, variance = _placed(here, score[at], whose)
        estimate = area_interval(here, score[at], value, variance, whose, confidence_level)
    n_patients = int(np.unique(codes[at]).size)
    return GroupArea(int(at.sum()), int(here.sum()), n_patients, patients, estimate)


def _placed(positive: BoolArray, score: FloatArray, codes: IntArray) -> tuple[float, float]:
    value, part = _part(positive, score)
    covariance = class_covariance(part[:, None], positive.astype(np.int64), codes)
    return value, float(covariance[0, 0])


def _part(positive: BoolArray, score: FloatArray) -> tuple[float, FloatArray]:
    """An area, and what every case adds to it."""
    areas, values = placements(positive, score[None])
    return float(areas[0]), values[0] / np.where(positive, positive.sum(), (~positive).sum())


def _gap(
    positive: BoolArray,
    score: FloatArray,
    names: np.ndarray[tuple[int, ...], np.dtype[np.str_]],
    codes: IntArray,
    pair: tuple[str, str],
    confidence_level: float,
) -> Estimate:
    at = np.isin(names, pair)
    here, whose = positive[at], np.unique(codes[at], return_inverse=True)[1]
    parts, values = np.zeros((int(at.sum()), 2)), []
    for column, name in enumerate(pair):
        own = names[at] == name
        value, parts[own, column] = _part(here[own], score[at][own])
        values.append(value)
    strata = 2 * (names[at] == pair[1]).astype(np.int64) + here
    covariance = class_covariance(parts, strata, whose)
    contrast = np.array([1.0, -1.0])
    se = standard_error(float(contrast @ covariance @ contrast))
    return wald(
        values[0] - values[1],
        se,
        confidence_level,
        "Obuchowski, clustered by patient, between groups",
        bounds=(-1.0, 1.0),
    )
