"""Intervals for probabilities over time, and the times at which a curve crosses a level."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from radln._types import FloatArray
from radln.stats._intervals import quantile

ConfType: TypeAlias = Literal["log", "log-log", "plain"]
CONF_TYPES = ("log", "log-log", "plain")
FLAT = 1e-9
NO_SPREAD = 1e-7  # of an error: the root of what rounding leaves of a variance


def limits(
    survival: FloatArray, se: FloatArray, conf_type: str, confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """The pointwise interval of a probability on the named scale; NaN where it does not exist.

    Nor does it where nobody, or everybody, has had the event yet: the error is 0 there, which does
    not show how other patients would differ.
    """
    z = quantile(confidence_level)
    se = np.where(se > NO_SPREAD, se, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        if conf_type == "plain":
            low, high = survival - z * se, survival + z * se
        elif conf_type == "log":
            arm = np.exp(z * se / survival)
            low, high = survival / arm, survival * arm
        else:
            inner = np.where((survival > 0) & (survival < 1), survival, np.nan)
            arm = np.exp(z * se / inner / np.log(inner))
            low, high = inner ** (1 / arm), inner**arm
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def crossing(time: FloatArray, curve: FloatArray, level: float = 0.5) -> float:
    """When a falling curve first goes below ``level``; the middle of a stretch exactly on it."""
    at_or_below = np.flatnonzero(curve <= level + FLAT)
    if at_or_below.size == 0:
        return float("nan")
    first = int(at_or_below[0])
    if curve[first] < level - FLAT:
        return float(time[first])
    below = np.flatnonzero(curve < level - FLAT)
    end = int(below[0]) if below.size else time.size - 1
    return float((time[first] + time[end]) / 2)
