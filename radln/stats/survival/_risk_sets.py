"""Cox's partial likelihood: its value, its derivatives, and what each case contributes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from radln._result import frozen
from radln._types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Cases sorted by stratum and time, and one term of the likelihood for each event.

    Events of one time and stratum form a tie. With Efron's method the ``l``-th of ``d`` tied events
    sees the tied ones with weight ``1 - l / d`` only (``fraction`` is ``l / d``); with Breslow's
    ``fraction`` is 0. ``start`` and ``end`` bound an event's risk set among the sorted cases;
    ``first`` and ``upto`` bound the terms that a case has seen while at risk.
    """

    order: IntArray
    time: FloatArray
    stratum: IntArray
    event: BoolArray
    bounds: IntArray
    rows: IntArray
    start: IntArray
    tie: IntArray
    tie_starts: IntArray
    fraction: FloatArray
    first: IntArray
    upto: IntArray
    term_bounds: IntArray

    def __post_init__(self) -> None:
        for name, values in vars(self).items():
            object.__setattr__(self, name, frozen(values))


def risk_sets(time: FloatArray, event: BoolArray, stratum: IntArray, *, efron: bool) -> RiskSets:
    """Sort the cases and lay out the terms."""
    order = np.lexsort((time, stratum))
    times, strata, happened = time[order], stratum[order], event[order]
    bounds = np.searchsorted(strata, np.arange(int(strata[-1]) + 2))
    new = np.r_[True, (np.diff(times) != 0) | (np.diff(strata) != 0)]
    first_of_time = np.flatnonzero(new)[np.cumsum(new) - 1]
    rows = np.flatnonzero(happened)
    start = first_of_time[rows]
    new_tie = np.r_[True, np.diff(start) != 0]
    tie_starts = np.flatnonzero(new_tie)
    tie = np.cumsum(new_tie) - 1
    sizes = np.diff(np.r_[tie_starts, rows.size])
    rank = np.arange(rows.size) - tie_starts[tie]
    fraction = rank / sizes[tie] if efron else np.zeros(rows.size)
    # a case has seen the terms of all events up to, and at, its own time
    last_of_time = np.r_[np.flatnonzero(new)[1:], times.size][np.cumsum(new) - 1]
    seen = np.r_[0, np.cumsum(happened)]
    return RiskSets(
        order=order,
        time=times,
        stratum=strata,
        event=happened,
        bounds=bounds,
        rows=rows,
        start=start,
        tie=tie,
        tie_starts=tie_starts,
        fraction=fraction,
        first=seen[bounds[strata]],
        upto=seen[last_of_time],
        term_bounds=seen[bounds],
    )


@dataclass(frozen=True, eq=False)
class Terms:
    """The sums over risk sets at one value of the linear predictor."""

    weight: FloatArray
    sum0: FloatArray
    mean: FloatArray
    loglik: float


def terms(sets: RiskSets, X: FloatArray, lp: FloatArray) -> Terms:
    """Weighted sums and means over every term's risk set; ``X`` and ``lp`` are sorted."""
    shift = lp - lp.max()
    weight = np.exp(shift)
    stacked = np.column_stack([weight, X * weight[:, None]])
    ahead = _backwards(stacked, sets.bounds)[sets.start]
    tied = np.add.reduceat(stacked[sets.rows], sets.tie_starts, axis=0)[sets.tie]
    sums = ahead - sets.fraction[:, None] * tied
    loglik = float(shift[sets.rows].sum() - np.log(sums[:, 0]).sum())
    return Terms(weight, sums[:, 0], sums[:, 1:] / sums[:, :1], loglik)


def gradient(sets: RiskSets, X: FloatArray, at: Terms) -> FloatArray:
    """The first derivative of the log partial likelihood."""
    return np.asarray((X[sets.rows] - at.mean).sum(axis=0))


def information(
    sets: RiskSets, X: FloatArray, at: Terms, factor: FloatArray | None = None
) -> FloatArray:
    """The sum over the terms of the risk sets' covariance matrices, each times ``factor``."""
    f = np.ones(at.sum0.size) if factor is None else factor
    seen = at.weight * exposure(sets, f / at.sum0)
    return np.asarray((X * seen[:, None]).T @ X - (at.mean * f[:, None]).T @ at.mean)


def exposure(sets: RiskSets, values: FloatArray) -> FloatArray:
    """For each sorted case the sum of the terms' ``values`` (m,) or (m, k) while it was at risk."""
    total = np.concatenate([np.zeros_like(values[:1]), _forwards(values, sets.term_bounds)])
    inside = sets.upto > sets.first
    found = np.where(_wide(inside, values), total[sets.upto], 0.0)
    less = np.add.reduceat(values * _wide(sets.fraction, values), sets.tie_starts, axis=0)
    found[sets.rows] -= less[sets.tie]
    return np.asarray(found)


def score_residuals(sets: RiskSets, X: FloatArray, at: Terms) -> FloatArray:
    """Each sorted case's part (n, p) of the gradient, as its weight's derivative."""
    hazard = exposure(sets, 1 / at.sum0)
    met = exposure(sets, at.mean / at.sum0[:, None])
    found = -at.weight[:, None] * (X * hazard[:, None] - met)
    found[sets.rows] += X[sets.rows] - tie_means(sets, at)
    return np.asarray(found)


def tie_means(sets: RiskSets, at: Terms) -> FloatArray:
    """The mean of the covariates over the risk set, averaged over the events of a tie (m, p)."""
    sizes = np.diff(np.r_[sets.tie_starts, sets.rows.size])
    sums = np.add.reduceat(at.mean, sets.tie_starts, axis=0) / sizes[:, None]
    return np.asarray(sums[sets.tie])


def _wide(vector: BoolArray | FloatArray, like: FloatArray) -> BoolArray | FloatArray:
    return vector if like.ndim == 1 else vector[:, None]


def _backwards(values: FloatArray, bounds: IntArray) -> FloatArray:
    """Sums from each row to the end of its stratum."""
    found = np.empty_like(values)
    for low, high in pairwise(bounds):
        found[low:high] = np.cumsum(values[low:high][::-1], axis=0)[::-1]
    return found


def _forwards(values: FloatArray, bounds: IntArray) -> FloatArray:
    """Sums from the start of each stratum to each row."""
    found = np.empty_like(values)
    for low, high in pairwise(bounds):
        found[low:high] = np.cumsum(values[low:high], axis=0)
    return found
