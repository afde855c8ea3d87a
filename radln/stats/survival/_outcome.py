"""The one gate of survival data: times, events, and what must have their length."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radln import _check
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError, SingleClassError

SAME = 1e-9
MOST_GROUPS = 20


def times_of(time: ArrayLike) -> FloatArray:
    """Follow-up times: finite and above 0; times that differ by rounding only become equal."""
    if np.asarray(time).dtype.kind in "mM":
        raise InputError(
            "time must be a number such as months of follow-up, not a date or a span of dates; "
            "divide the span by pd.Timedelta(days=365.25) for years."
        )
    values = _check.numbers(time, name="time")
    if values.size == 0:
        raise ShapeError("time is empty; at least one patient is needed.")
    wrong = values <= 0
    if wrong.any():
        first = int(np.argmax(wrong))
        kind = "negative" if values[first] < 0 else "zero"
        raise InputError(
            f"time must be above 0; {int(wrong.sum())} value(s) are not, the first is {kind} "
            f"({values[first]:g}, position {first}). Check the dates behind it; leave out whom "
            "nobody followed, or give an event on the first day half a day."
        )
    return _without_rounding(values)


def _without_rounding(values: FloatArray) -> FloatArray:
    """Neighbouring times that differ by less than a billionth are one (0.1 + 0.2 and 0.3)."""
    distinct, place = np.unique(values, return_inverse=True)
    near = np.diff(distinct) <= SAME * distinct[1:]
    first = np.maximum.accumulate(np.where(np.r_[False, near], 0, np.arange(distinct.size)))
    return np.asarray(distinct[first][place])


def survival_outcome(
    time: ArrayLike, event: ArrayLike, *, needed: bool = True
) -> tuple[FloatArray, BoolArray]:
    """Times and whether they end with the event; ``needed``: somebody must have it."""
    times = times_of(time)
    same_length(event, times.size, "event")
    happened = _check.outcome(event, name="event", both=False)
    if needed and not happened.any():
        raise SingleClassError(
            f"event holds no event (n = {happened.size}, all censored); with nobody having the "
            "event nothing can be said about when it happens. Is 1 the code of the event?"
        )
    return times, happened


def competing_outcome(
    time: ArrayLike, event: ArrayLike, *, cause: int = 1
) -> tuple[FloatArray, IntArray]:
    """Times and codes: 0 censored, 1, 2, ... the kinds of event; somebody has ``cause``."""
    times = times_of(time)
    same_length(event, times.size, "event")
    values = _check.numbers(np.asarray(event), name="event")
    odd = values[(values < 0) | (values != np.round(values))]
    if odd.size:
        raise InputError(
            f"event must hold 0 (censored) and whole numbers for the kinds of event; got "
            f"{np.unique(odd)[:4].tolist()}."
        )
    if isinstance(cause, bool) or not isinstance(cause, int | np.integer) or cause < 1:
        raise InputError(f"cause must be a code of event of at least 1; got {cause!r}.")
    codes = values.astype(np.int64)
    if not (codes == cause).any():
        raise SingleClassError(
            f"event holds no event of cause {cause}; the codes are {np.unique(codes).tolist()}."
        )
    return times, codes


def about_codes(codes: IntArray) -> tuple[str, ...]:
    """What must be said where several codes leave nobody censored, as R's 1 and 2 would."""
    found = np.unique(codes).tolist()
    if len(found) < 2 or found[0] == 0:
        return ()
    return (
        f"event holds {', '.join(map(str, found))} and no 0, so that nobody counts as censored. "
        f"Where {found[0]} means censored (in R 1 is censored and 2 dead), give "
        f"{f'(event == {found[1]})' if len(found) == 2 else f'event - {found[0]}'}.",
    )


def same_length(values: ArrayLike, n: int, name: str) -> None:
    """Refuse a vector that does not have one value for each time."""
    shape = np.shape(np.asarray(values))
    if len(shape) == 0 or shape[0] != n:
        size = shape[0] if shape else 1
        raise ShapeError(f"{name} has {size} value(s) but time has {n}; one per case is needed.")


def vector(values: ArrayLike, n: int, name: str) -> FloatArray:
    """A finite vector with one value for each time."""
    same_length(values, n, name)
    return _check.numbers(values, name=name)


def risks(values: ArrayLike, n: int, name: str = "risk") -> FloatArray:
    """Probabilities of having had the event, one for each time."""
    same_length(values, n, name)
    return _check.probabilities(values, name=name)


def patients(cluster: ArrayLike | None, n: int) -> IntArray | None:
    """Patients as codes; None stays None, and one patient alone is no sample."""
    if cluster is not None:
        same_length(cluster, n, "cluster")
    codes = _check.clusters(cluster, n)
    if codes is not None and codes.max() == 0:
        raise InputError(
            f"cluster holds one patient only ({n} rows); patients are the sample, so that two are "
            "needed at the very least."
        )
    return codes


def labels(
    values: ArrayLike | None, n: int, name: str, *, many: bool = False
) -> tuple[IntArray, tuple[str, ...]]:
    """Groups as codes in the order of their sorted labels, with the labels as text.

    None is one group without a name. ``many`` groups may be strata, of which nothing is drawn.
    """
    if values is None:
        return np.zeros(n, dtype=np.int64), ("",)
    same_length(values, n, name)
    series = _check.column(values, name=name)
    if series.isna().any():
        raise InputError(f"{name} has {int(series.isna().sum())} missing value(s); name them all.")
    _check.grouping(series, name=name, most=None if many else MOST_GROUPS, many=many)
    codes, found = pd.factorize(series, sort=True)
    return np.asarray(codes, dtype=np.int64), tuple(str(label) for label in found)


def moment(value: float, name: str = "at") -> float:
    """One time at which something is judged: finite and above 0."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value <= 0:
        raise InputError(f"{name} must be one time above 0, in the unit of time; got {value!r}.")
    return float(value)


def moment_within(value: float, time: FloatArray) -> float:
    """One time at which somebody is still followed."""
    at = moment(value)
    if at > time.max():
        raise InputError(
            f"at must lie within the follow-up, which ends at {time.max():g}; got {at:g}."
        )
    return at


def moments(values: ArrayLike, name: str = "times") -> FloatArray:
    """Times at which something is judged: finite, above 0, increasing."""
    array = _check.several(values, name=name)
    if array.size == 0 or (array <= 0).any() or (np.diff(array) <= 0).any():
        raise InputError(f"{name} must be increasing and above 0; got {array.tolist()[:6]}.")
    return array


def marker_at(
    values: ArrayLike, n: int, k: int, name: str, *, probability: bool = False
) -> FloatArray:
    """A risk as (n, k), one column a time; a single column serves all times unless it is a
    probability, which belongs to one time."""
    array = np.asarray(values)
    same_length(array, n, name)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] not in ((k,) if probability else (1, k)):
        raise ShapeError(
            f"{name} has shape {np.shape(values)}; one column for each of the {k} times is needed."
            f"{_check.two_columns(array, name) if k == 1 else ''}"
        )
    check = _check.probabilities if probability else _check.numbers
    flat = check(array.ravel(order="F"), name=name).reshape(array.shape, order="F")
    return np.broadcast_to(flat, (n, k))
