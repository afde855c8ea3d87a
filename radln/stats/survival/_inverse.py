"""Who counts as a case and who as a control at a time, weighted for those who were censored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._intervals import cluster_sums
from radln.stats.survival._incidence import Censoring


@dataclass(frozen=True, eq=False)
class Status:
    """Weights of cases, event-free controls and those with another event first, at one time.

    A case's weight is the inverse of the probability of being followed until just before its event,
    that of the event-free the inverse of the probability of being followed through the time.
    """

    case: FloatArray
    free: FloatArray
    other: FloatArray
    last: IntArray


def status_at(
    at: float, time: FloatArray, codes: IntArray | BoolArray, cause: int, follow: Censoring
) -> Status:
    """The weights at one time."""
    over = time <= at
    before = follow.just_before
    weight = np.divide(1.0, before, out=np.zeros_like(before), where=before > 0)
    through = follow.at(np.array([at]))[0]
    free = (~over).astype(np.float64)
    if free.any():
        free = free / through
    last = np.where(over, follow.place - 1, follow.index(np.array([at]))[0])
    return Status(
        case=np.where(over & (codes == cause), weight, 0.0),
        free=free,
        other=np.where(over & (codes != cause) & (codes != 0), weight, 0.0),
        last=last,
    )


def refuse_empty(at: float, status: Status, controls: FloatArray) -> None:
    """Refuse a time at which there are no cases, or no controls."""
    if not status.case.any():
        raise InputError(f"times: nobody has had the event by {at:g}; ask for a later time.")
    if not controls.any():
        raise InputError(
            f"times: nobody is followed beyond {at:g} without the event; ask for an earlier time."
        )


def weighted_placements(marker: FloatArray, weight: FloatArray) -> FloatArray:
    """For each case the weight of those with a lower marker, and half that of its equals."""
    values, place = np.unique(marker, return_inverse=True)
    sums = np.bincount(place, weights=weight, minlength=values.size)
    below = np.r_[0.0, np.cumsum(sums)[:-1]]
    return np.asarray((below + sums / 2)[place])


def influence_covariance(influence: FloatArray, cluster: IntArray | None) -> FloatArray:
    """Covariance (k, k) of estimates whose influences are the columns (n, k), patients summed."""
    totals = influence if cluster is None else cluster_sums(influence, cluster)
    units = totals.shape[0]
    if units < 2:
        return np.full((influence.shape[1], influence.shape[1]), np.nan)
    return np.asarray(totals.T @ totals * (units / (units - 1)))
