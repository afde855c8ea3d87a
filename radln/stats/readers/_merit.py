"""Figures of merit of every reader in every modality, and the covariance that sampling cases gives.

A figure is an area under the empirical ROC curve, a part of it, a sensitivity at a specificity, or
the sensitivity or specificity of the calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln import _check
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError, SingleClassError
from radln.stats._intervals import cluster_sums
from radln.stats.discrimination._curves import ranking, sensitivity_at
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.discrimination.partial_auc import PartialCurve
from radln.stats.readers._reads import Reads

FIGURES = ("auc", "partial_auc", "sensitivity_at_specificity", "sensitivity", "specificity")
COVARIANCES = ("jackknife", "delong", "unbiased")
BY_CALL = ("sensitivity", "specificity")


@dataclass(frozen=True)
class Figure:
    """A figure of merit: its name, and the specificity (range) that it needs."""

    name: str
    specificity: tuple[float, ...] = ()

    @property
    def classes(self) -> tuple[bool, ...]:
        """Diseased cases, non-diseased cases or both: whom the figure looks at."""
        return {"sensitivity": (True,), "specificity": (False,)}.get(self.name, (True, False))

    @property
    def words(self) -> str:
        """The figure as papers name it."""
        if self.name == "partial_auc":
            low, high = self.specificity
            return f"mean sensitivity over specificity {low:g} to {high:g} (partial AUC)"
        if self.name == "sensitivity_at_specificity":
            return f"sensitivity at specificity {self.specificity[0]:g}"
        return {"auc": "AUC"}.get(self.name, self.name)


def figure_of_merit(figure: str, specificity: float | tuple[float, float] | None = None) -> Figure:
    """The figure that was asked for, with its specificity checked."""
    name = _check.choice(figure, FIGURES, name="figure")
    if name == "partial_auc":
        pair = specificity if isinstance(specificity, tuple | list) else ()
        if len(pair) != 2 or not all(_check.is_number(x) and 0 <= x <= 1 for x in pair):
            raise InputError(
                f"a partial AUC needs specificity=(low, high), such as (0.8, 1); got "
                f"{specificity!r}."
            )
        low, high = sorted(map(float, pair))
        if low == high:
            raise InputError("specificity must be a range; both ends are the same.")
        return Figure(name, (low, high))
    if name == "sensitivity_at_specificity":
        if isinstance(specificity, tuple | list) or specificity is None:
            raise InputError(
                f"{name} needs specificity= one number, such as 0.8; got {specificity!r}."
            )
        return Figure(name, (_check.fraction(specificity, name="specificity"),))
    if specificity is not None:
        raise InputError(f"specificity has no meaning for the figure {name}; leave it out.")
    return Figure(name)


def ratings_for(reads: Reads, figure: Figure) -> FloatArray:
    """The scores or calls (m, r, n) that a figure is computed from."""
    return reads.needed_call() if figure.name in BY_CALL else reads.needed_score()


def check_classes(reads: Reads, figure: Figure, ratings: FloatArray, pairs: BoolArray) -> None:
    """Every reader needs two cases of each class that the figure looks at, in each modality."""
    for outcome in figure.classes:
        seen = (~np.isnan(ratings[..., reads.y_true == outcome])).sum(axis=-1)
        short = np.argwhere((seen < 2) & pairs)
        if len(short):
            modality, reader = short[0]
            raise SingleClassError(
                f"reader {reads.readers[reader]} read {int(seen[modality, reader])} "
                f"{'diseased' if outcome else 'non-diseased'} case(s) in "
                f"{reads.modalities[modality]}; at least 2 are needed. Leave the reader out, or "
                "complete the reads."
            )


def two_valued(ratings: FloatArray) -> bool:
    """Whether nobody gave more than two different ratings: a yes or no, without a curve."""
    return all(np.unique(row[~np.isnan(row)]).size < 3 for row in ratings)


def binary_area(figure: Figure, ratings: FloatArray) -> list[str]:
    """A note that an area is one of calls."""
    flat = ratings.reshape(-1, ratings.shape[-1])
    if figure.name in BY_CALL or not two_valued(flat):
        return []
    return [
        "the scores hold two values only, a yes or no: an AUC is then (sensitivity + specificity) "
        "/ 2, a binary one."
    ]


def merits(figure: Figure, positive: BoolArray, ratings: FloatArray) -> FloatArray:
    """The figure of each row of ``ratings`` (k, n); cases with NaN were not read."""
    return np.array([_Curve(figure, positive, row).value() for row in ratings])


def merit_covariance(
    figure: Figure,
    positive: BoolArray,
    ratings: FloatArray,
    cluster: IntArray | None,
    method: str,
) -> FloatArray:
    """The covariance (k, k) of ``merits`` over the sampling of cases, or of patients."""
    _check.choice(method, COVARIANCES, name="covariance")
    if method != "jackknife" and figure.name != "auc":
        raise InputError(
            f'covariance="{method}" is known for the whole AUC only; use "jackknife" for '
            f"{figure.words}."
        )
    if method == "delong":
        if np.isnan(ratings).any():
            raise InputError(
                "DeLong's covariance needs every read of every case; some are missing. Use "
                'covariance="jackknife" or "unbiased".'
            )
        return area_covariance(positive, placements(positive, ratings)[1], cluster)
    if method == "unbiased":
        if cluster is not None:
            raise InputError(
                "the unbiased covariance takes cases as independent, but patients have several; "
                'use covariance="jackknife" (over patients) or "delong" (Obuchowski 1997).'
            )
        return _unbiased(positive, ratings)
    return jackknife_covariance(left_out(figure, positive, ratings, cluster))


def left_out(
    figure: Figure, positive: BoolArray, ratings: FloatArray, cluster: IntArray | None
) -> FloatArray:
    """Each figure without one case, or without one patient and all cases: (k, units)."""
    units = np.arange(positive.size) if cluster is None else cluster
    members = np.ones(positive.size, dtype=bool)
    if figure.name in BY_CALL:  # the other class does not enter, and would only dilute n
        members = positive if figure.name == "sensitivity" else ~positive
    codes = np.unique(units[members], return_inverse=True)[1]
    found = np.stack(
        [_Curve(figure, positive[members], row[members]).without(codes) for row in ratings]
    )
    if np.isnan(found).any():
        raise InputError(
            "a reader's diseased (or non-diseased) cases all come from one patient; the jackknife "
            "over patients needs at least two of each."
        )
    return found


def jackknife_covariance(left: FloatArray) -> FloatArray:
    """The covariance (k, k) from values (k, units) with one unit left out."""
    n = left.shape[1]
    centred = left - left.mean(axis=1, keepdims=True)
    return np.asarray(centred @ centred.T * ((n - 1) / n))


class _Curve:
    """One reader's ratings in one modality: the figure, and the figure without each unit."""

    def __init__(self, figure: Figure, positive: BoolArray, rating: FloatArray) -> None:
        self.figure = figure
        self.read = ~np.isnan(rating)
        self.positive = positive[self.read]
        self.rating = rating[self.read]

    def value(self) -> float:
        """The figure on all cases that were read."""
        if self.figure.name == "auc":
            return float(placements(self.positive, self.rating[None])[0][0])
        if self.figure.name == "sensitivity":
            return float(self.rating[self.positive].mean())
        if self.figure.name == "specificity":
            return float(1 - self.rating[~self.positive].mean())
        return self._weighted(np.ones(self.rating.size))

    def without(self, codes: IntArray) -> FloatArray:
        """The figure without each of the units 0..k-1; unchanged where a unit was not read."""
        size = int(codes.max()) + 1
        here = codes[self.read]
        if self.figure.name in BY_CALL:
            hits = self.rating if self.figure.name == "sensitivity" else 1 - self.rating
            lost, number = cluster_sums(_columns(hits, np.ones(hits.size)), here).T
            lost, number = _grown(lost, size), _grown(number, size)
            return _ratio(hits.sum() - lost, hits.size - number)
        if self.figure.name == "auc":
            return self._areas_without(here, size)
        found = np.full(size, self.value())
        for unit in np.unique(here):
            found[unit] = self._weighted(np.where(here == unit, 0.0, 1.0))
        return found

    def _areas_without(self, here: IntArray, size: int) -> FloatArray:
        """Areas without each unit, from row sums and the pairs inside a unit."""
        positive = self.positive
        n1, n0 = int(positive.sum()), int((~positive).sum())
        placed = placements(positive, self.rating[None])[1][0]
        wins = placed * np.where(positive, n0, n1)  # won pairs of each case
        table = _columns(
            np.where(positive, wins, 0.0), np.where(positive, 0.0, wins),
            positive.astype(float), (~positive).astype(float),
        )  # fmt: skip
        won1, won0, k1, k0 = (_grown(column, size) for column in cluster_sums(table, here).T)
        both = _pairs_inside(positive, self.rating, here, size)
        return _ratio(won1.sum() - won1 - won0 + both, (n1 - k1) * (n0 - k0))

    def _weighted(self, weights: FloatArray) -> float:
        """A figure of the curve under weights of the cases; NaN without a class."""
        kept = weights > 0
        if self.positive[kept].all() or not self.positive[kept].any():
            return float("nan")
        if self.figure.name == "partial_auc":
            low, high = self.figure.specificity
            curve = PartialCurve(
                self.positive, self.rating, "specificity", (low, high), corrected=False
            )
            return curve.area(weights) / (high - low)
        ranked = ranking(self.rating[kept])
        case = self.positive[kept]
        true, false = ranked.along(np.stack([case, ~case]).astype(np.int64))
        return float(sensitivity_at(true, false, np.array(self.figure.specificity))[0])


def _pairs_inside(
    positive: BoolArray, rating: FloatArray, units: IntArray, size: int
) -> FloatArray:
    """Pairs won by a diseased over a non-diseased case of the same unit."""
    found = np.zeros(size)
    number = np.bincount(units, minlength=size)
    mixed = np.bincount(units, weights=positive, minlength=size)
    for unit in np.flatnonzero((mixed > 0) & (mixed < number)):
        own = units == unit
        gap = rating[own & positive][:, None] - rating[own & ~positive][None, :]
        found[unit] = ((np.sign(gap) + 1) / 2).sum()
    return found


def _unbiased(positive: BoolArray, ratings: FloatArray) -> FloatArray:
    """The unbiased covariance of areas (Gallas, Pennello and Myers 2007), missing reads allowed."""
    wins = [_won(positive, row) for row in ratings]
    k = len(wins)
    found = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            found[i, j] = found[j, i] = _unbiased_pair(wins[i], wins[j])
    return found


@dataclass(frozen=True)
class _Won:
    """Pairs won by each diseased (rows) over each non-diseased (columns) case; 0 if unread."""

    wins: FloatArray
    rows: BoolArray
    columns: BoolArray

    @property
    def pairs(self) -> int:
        """How many pairs were read."""
        return int(self.rows.sum()) * int(self.columns.sum())


def _won(positive: BoolArray, rating: FloatArray) -> _Won:
    """Compare every diseased with every non-diseased case."""
    diseased, healthy = rating[positive], rating[~positive]
    gap = np.sign(diseased[:, None] - healthy[None, :])
    return _Won(np.nan_to_num((gap + 1) / 2), ~np.isnan(diseased), ~np.isnan(healthy))


def _unbiased_pair(a: _Won, b: _Won) -> float:
    """E[AB] - E[A]E[B], the latter from pairs of pairs that share no case.

    Of the product of both sums, ``total``, the terms that share a diseased case, a non-diseased
    case or both are taken out; what is left estimates the product of the expectations.
    """
    rows, columns = (a.rows & b.rows), (a.columns & b.columns)
    one, two = int(rows.sum()), int(columns.sum())
    every = a.pairs * b.pairs
    total = float(a.wins.sum() * b.wins.sum())
    share_row = float((a.wins.sum(axis=1) * b.wins.sum(axis=1))[rows].sum())
    share_column = float((a.wins.sum(axis=0) * b.wins.sum(axis=0))[columns].sum())
    share_both = float((a.wins * b.wins).sum())
    apart = total - share_row - share_column + share_both
    ways = (
        every
        - one * int(a.columns.sum()) * int(b.columns.sum())
        - two * int(a.rows.sum()) * int(b.rows.sum())
        + one * two
    )
    return total / every - apart / ways


def _columns(*values: FloatArray) -> FloatArray:
    return np.stack(values, axis=1)


def _grown(values: FloatArray, size: int) -> FloatArray:
    """Zeros for the units behind the last one that was read."""
    return np.asarray(np.pad(values, (0, size - values.size)))


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """NaN where nothing is left to divide by."""
    safe = np.where(denominator > 0, denominator, 1)
    return np.asarray(np.where(denominator > 0, numerator / safe, np.nan))
