"""Aalen and Johansen's cumulative incidence, with the influence of every case on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray


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
        level, slope, common = self._parts()
        over = self.place[:, None] <= index[None, :]
        after = level[:, None] + slope[:, None] * self.incidence[index][None, :]
        return np.asarray(np.where(over, after, common[index][None, :]))

    def influence_on_sum(self, weights: FloatArray) -> FloatArray:
        """Derivatives (n,) of the sum of the incidence times ``weights``, one for each time."""
        level, slope, common = self._parts()
        followed = np.cumsum(weights * common) - weights * common
        after = np.cumsum(weights[::-1])[::-1]
        mass = np.cumsum((weights * self.incidence)[::-1])[::-1]
        place = self.place
        return np.asarray(followed[place] + level * after[place] + slope * mass[place])

    def variance(self, cluster: IntArray | None) -> FloatArray:
        """The infinitesimal jackknife's variance at every time, patients being the sample.

        NaN with fewer than two patients. In O(n): each case, in the order of time, changes the sums
        over its patient's cases of ``level``, of ``slope`` and of those still followed, of which
        the patient's influence is a combination; the sum of their products over patients is enough.
        """
        owner = np.arange(self.place.size) if cluster is None else cluster
        sizes = np.bincount(owner)
        if sizes.size < 2:
            return np.full(self.time.size, np.nan)
        level, slope, common = self._parts()
        order = np.argsort(self.place, kind="stable")
        change = np.stack([level, slope, -np.ones(order.size)], axis=1)[order]
        state = _sums_before(change, owner[order])
        state[:, 2] += sizes[owner[order]]
        crossed = change[:, :, None] * state[:, None, :]
        steps = crossed + crossed.transpose(0, 2, 1) + change[:, :, None] * change[:, None, :]
        products = np.cumsum(steps, axis=0)[np.cumsum(np.bincount(self.place)) - 1]
        products[:, 2, 2] += float((sizes.astype(np.float64) ** 2).sum())
        mixed = np.stack([np.ones(common.size), self.incidence, common], axis=1)
        return np.asarray(np.maximum(np.einsum("ki,kij,kj->k", mixed, products, mixed), 0.0))

    def _parts(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What the influence consists of.

        After its own time a case's is ``level + slope * incidence``; until then it is ``common``,
        one number a time for all who are still followed.
        """
        left = self.n_risk - self.n_event
        per_left = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
        share = self.n_event / self.n_risk * per_left
        hazard, passed = np.cumsum(share), np.cumsum(share * self.incidence)
        gained = np.cumsum(self.before * self.n_cause / self.n_risk**2)
        place = self.place
        lost = self.happened * per_left[place]
        own = self.of_cause * (self.before / self.n_risk)[place]
        level = own + lost * self.incidence[place] - (gained + passed)[place]
        common = self.incidence * hazard - gained - passed
        return level, hazard[place] - lost, common


def _sums_before(values: FloatArray, group: IntArray) -> FloatArray:
    """For each row the sums (n, k) of the earlier rows of its group."""
    by = np.argsort(group, kind="stable")
    before = np.cumsum(values[by], axis=0) - values[by]
    new = np.r_[True, np.diff(group[by]) != 0]
    first = np.flatnonzero(new)[np.cumsum(new) - 1]
    found = np.empty_like(values)
    found[by] = before - before[first]
    return found


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
