"""Aalen and Johansen's cumulative incidence, with the influence of every case on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._intervals import cluster_sums

BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Incidence:
    """The cumulative incidence of one cause at the distinct times; 1 - Kaplan-Meier for one cause.

    ``place`` is the index of every case's own time among ``time``.
    """

    time: FloatArray
    place: IntArray
    happened: BoolArray
    of_cause: BoolArray
    n_risk: FloatArray
    n_event: FloatArray
    n_cause: FloatArray
    survival: FloatArray
    incidence: FloatArray

    @property
    def before(self) -> FloatArray:
        """The probability of no event before each time."""
        return np.asarray(np.r_[1.0, self.survival[:-1]])

    def index(self, at: FloatArray) -> IntArray:
        """The last distinct time not after ``at``; -1 before the first."""
        return np.asarray(np.searchsorted(self.time, at, side="right") - 1)

    def influence(self, index: IntArray) -> FloatArray:
        """Derivatives (n, k) of the incidence at ``index`` with respect to the cases' weights."""
        left = self.n_risk - self.n_event
        per_left = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
        hazard = np.r_[0.0, np.cumsum(self.n_event / self.n_risk * per_left)]
        scaled = self.n_event / self.n_risk * per_left * self.incidence
        passed = np.r_[0.0, np.cumsum(scaled)]
        gained = np.r_[0.0, np.cumsum(self.before * self.n_cause / self.n_risk**2)]
        reached = np.r_[0.0, self.incidence][index + 1]
        until = np.minimum(self.place[:, None], index[None, :]) + 1
        over = self.place[:, None] <= index[None, :]
        own = (self.of_cause * (self.before / self.n_risk)[self.place])[:, None]
        lost = (self.happened * per_left[self.place])[:, None]
        since = reached[None, :] - self.incidence[self.place][:, None]
        direct = over * (own - lost * since)
        return np.asarray(direct - gained[until] + reached[None, :] * hazard[until] - passed[until])

    def variance(self, index: IntArray, cluster: IntArray | None) -> FloatArray:
        """The infinitesimal jackknife's variance at ``index``, patients being the sample."""
        wide = max(1, BLOCK // self.place.size)
        parts = []
        for start in range(0, index.size, wide):
            influence = self.influence(index[start : start + wide])
            totals = influence if cluster is None else cluster_sums(influence, cluster)
            parts.append((totals**2).sum(axis=0))
        return np.concatenate(parts) if parts else np.empty(0)


def incidence(time: FloatArray, codes: IntArray | BoolArray, cause: int = 1) -> Incidence:
    """The cumulative incidence of ``cause`` among ``codes`` (0 is censored)."""
    distinct, place = np.unique(time, return_inverse=True)
    happened, of_cause = np.asarray(codes != 0), np.asarray(codes == cause)
    n_risk = _at_risk(place)
    n_event = _counted(place, happened)
    n_cause = _counted(place, of_cause)
    survival = np.cumprod((n_risk - n_event) / n_risk)
    before = np.r_[1.0, survival[:-1]]
    return Incidence(
        time=distinct,
        place=np.asarray(place, dtype=np.int64),
        happened=happened,
        of_cause=of_cause,
        n_risk=n_risk,
        n_event=n_event,
        n_cause=n_cause,
        survival=np.asarray(survival),
        incidence=np.cumsum(before * n_cause / n_risk),
    )


def _counted(place: IntArray, which: BoolArray) -> FloatArray:
    """How many of the cases ``which`` are at each distinct time."""
    found = np.bincount(place[which], minlength=int(place.max()) + 1)
    return np.asarray(found, dtype=np.float64)


def _at_risk(place: IntArray) -> FloatArray:
    """How many cases are followed up to at least each distinct time."""
    return np.asarray(np.cumsum(np.bincount(place)[::-1])[::-1], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Censoring:
    """The probability of still being followed; an event comes before a censoring of its time."""

    time: FloatArray
    place: IntArray
    happened: BoolArray
    at_risk: FloatArray
    n_lost: FloatArray
    followed: FloatArray

    def index(self, at: FloatArray) -> IntArray:
        """The last distinct time not after ``at``; -1 before the first."""
        return np.asarray(np.searchsorted(self.time, at, side="right") - 1)

    def at(self, times: FloatArray) -> FloatArray:
        """The probability of being followed beyond ``times``."""
        return np.asarray(np.r_[1.0, self.followed][self.index(times) + 1])

    @property
    def just_before(self) -> FloatArray:
        """Of each case: the probability of being followed up to just before its own time."""
        return np.asarray(np.r_[1.0, self.followed[:-1]][self.place])

    def spread(self, weights: FloatArray, last: IntArray) -> FloatArray:
        """What every case does, through G, to the sum of ``weights_j``, in which 1 / G_j is held.

        G_j is the probability of being followed through the distinct time number ``last_j`` (-1:
        just 1). By the martingale of the censorings over those at risk, as riskRegression does.
        """
        size = self.time.size
        after = np.bincount(last + 1, weights=weights, minlength=size + 1)
        load = np.cumsum(after[::-1])[::-1][1:]
        share = load / self.at_risk
        until = np.cumsum(share * self.n_lost / self.at_risk)
        own = np.where(self.happened, 0.0, share[self.place])
        return np.asarray(own - until[self.place])


def censoring(time: FloatArray, happened: BoolArray) -> Censoring:
    """Kaplan and Meier's estimate for being followed."""
    distinct, place = np.unique(time, return_inverse=True)
    size = distinct.size
    at_risk = _at_risk(place)
    events = _counted(place, happened)
    n_lost = _counted(place, ~happened)
    staying = at_risk - events
    share = np.divide(n_lost, staying, out=np.zeros(size), where=staying > 0)
    return Censoring(
        time=distinct,
        place=np.asarray(place, dtype=np.int64),
        happened=happened,
        at_risk=at_risk,
        n_lost=n_lost,
        followed=np.cumprod(1 - share),
    )
