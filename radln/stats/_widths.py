"""No interval without width leaves, since it claims that other patients cannot differ.

Nor does an estimate that lacks its interval without the reason among its result's warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from radln._result import DifferenceResult, Estimate, Result, frozen
from radln._types import BoolArray
from radln.stats._patients import KEPT

T = TypeVar("T")
DUST, LEAST = 1e-12, 1e-15
WHY = "these cases do not vary in it, so that they cannot show how other patients would differ."
ONE_SIDE = (
    "one of the two does not vary in these cases (as in perfect separation): the interval of the "
    "difference knows the spread of the other alone and is too narrow, and p is too small."
)
FLAT = 1e-20  # a variance of a share or an area that is rounding
MOST_NAMED = 4
SIDES = ("auc", "area", "brier", "concordance", "value")  # what is compared of two scores
# Ends of the methods of :func:`radln.stats.resample.percentile_interval`, and what they mean.
REASONS = {
    "no variation, no interval": WHY,
    "all resamples are alike": "all resamples are alike, so that they cannot show how other "
    "patients would differ.",
    "too few usable resamples": "more than one resample in ten has no value, and those left would "
    "not stand for the rest.",
}
Gone = dict[str, dict[str, int]]  # why, and how many of what name
# Notes of results that speak of such an interval themselves, and what they speak of.
SPOKEN = {
    "the standard error is zero": "estimate",  # of an area by method="delong" or "logit"
    "interval has no width": "",
    "rank all cases alike": "difference",
    "the same in all resamples": "resamples",  # of a chosen cut-off
}
WALD = "Wald interval is too narrow"
OF_ARRAYS = (
    "net_benefit", "difference", "survival", "incidence", "brier", "auc", "observed", "read",
)  # fmt: skip
BY_DESIGN = ("interventions_avoided",)  # none where everybody is treated anyway
UNNAMED = ("estimate", "estimates", "curves", "forms", "metrics", "per_class")


def one_sided(pairs: Iterable[tuple[str, float, float]]) -> tuple[str, ...]:
    """What must be said of differences of which only one side has a variance.

    Each is given by its name (blank: the only one) and the variances of both sides.
    """
    named = [
        name
        for name, *sides in pairs
        if not np.isnan(sides).any() and (sides[0] < FLAT) != (sides[1] < FLAT)
    ]
    if not named:
        return ()
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    names = ", ".join(named[:MOST_NAMED]) + more
    return (f"{names}: {ONE_SIDE}" if names else ONE_SIDE,)


def with_width(found: T) -> T:
    """A result whose intervals without width are gone, with a warning that names what has none.

    Those that its warnings speak of already stay: of a method that was asked for and is known to
    collapse, and the difference of two scores that rank all cases alike.
    """
    if not isinstance(found, Result):
        return found
    gone: Gone = {}
    changed: Any = _without(found, (), gone, _spoken(found.warnings))
    notes = [*_one_sided(found)]
    for why, counted in gone.items():
        names = [name if k == 1 else f"{name} (in {k} places)" for name, k in counted.items()]
        notes.append(f"no interval for {', '.join(names)}: {why}")
    told: T = replace(changed, warnings=(*found.warnings, *notes)) if notes else changed
    return told


def _one_sided(found: Result) -> tuple[str, ...]:
    """What must be said of a difference of which only one side has a spread."""
    if not isinstance(found, DifferenceResult) or np.isnan(found.difference.low):
        return ()
    own = [getattr(found, f"{name}_{side}", None) for name in SIDES for side in "ab"]
    errors = [part.se for part in own if isinstance(part, Estimate)]
    if len(errors) != 2:
        return ()
    first, second = (np.nan if error is None else error**2 for error in errors)
    return () if ONE_SIDE in found.warnings else one_sided([("", first, second)])


def _spoken(notes: tuple[str, ...]) -> frozenset[str]:
    """The fields that the notes of a result speak of."""
    said = {field for words, field in SPOKEN.items() if any(words in note for note in notes)}
    return frozenset(said | ({WALD} if any(WALD in note for note in notes) else set()))


def _without(part: Any, path: tuple[str, ...], gone: Gone, spoken: frozenset[str]) -> Any:
    """The same part with its intervals without width as NaN, which are counted by their names."""
    if isinstance(part, Estimate):
        return _estimate(part, path, gone, spoken)
    if isinstance(part, pd.DataFrame):
        return part if path[-1] in KEPT else _table(part, path, gone)
    if is_dataclass(part) and not isinstance(part, type):
        who = getattr(part, "who", None)  # a reader, a group or a model
        path = (*path[:-1], who) if isinstance(who, str) else path
        changed = {
            f.name: _without(getattr(part, f.name), (*path, f.name), gone, spoken)
            for f in fields(part)
        }
        changed |= _arrays(changed, path, gone)
        same = all(changed[f.name] is getattr(part, f.name) for f in fields(part))
        return part if same else replace(part, **changed)
    if isinstance(part, Mapping):
        return {key: _without(v, (*path, str(key)), gone, spoken) for key, v in part.items()}
    if isinstance(part, tuple) and not hasattr(part, "_fields"):
        members = tuple(_without(value, path, gone, spoken) for value in part)
        return part if all(a is b for a, b in zip(members, part, strict=True)) else members
    return part


def _estimate(
    part: Estimate, path: tuple[str, ...], gone: Gone, spoken: frozenset[str]
) -> Estimate:
    reason = next((why for end, why in REASONS.items() if part.method.endswith(end)), "")
    if reason and np.isfinite(part.value) and "resamples" not in spoken:
        _count(path, 1, gone, reason)
    flat = bool(_flat(part.low, part.high))
    told = "" in spoken or path[-1] in spoken or (WALD in spoken and part.method.startswith("Wald"))
    if not flat or told:
        return part
    _count(path, 1, gone)
    return replace(part, low=np.nan, high=np.nan, method=f"{part.method}: no interval")


def _arrays(part: Mapping[str, Any], path: tuple[str, ...], gone: Gone) -> dict[str, Any]:
    """Limits in arrays of one part: ``low`` and ``high``, or with a name before them."""
    changed: dict[str, Any] = {}
    for low, high in _pairs(part):
        a, b = part[low], part[high]
        if not isinstance(a, np.ndarray) or a.dtype.kind != "f" or not (flat := _flat(a, b)).any():
            continue
        main = next((name for name in OF_ARRAYS if name in part), "value")
        main = part["read"] if main == "read" else main
        named = low.removesuffix("_low") if low != "low" else main
        if named not in BY_DESIGN:
            _count((*path, named), int(flat.sum()), gone)
        changed |= {name: frozen(np.where(flat, np.nan, part[name])) for name in (low, high)}
    return changed


def _table(table: pd.DataFrame, path: tuple[str, ...], gone: Gone) -> pd.DataFrame:
    """Limits in the columns of a table."""
    for low, high in _pairs({str(column): None for column in table.columns}):
        flat = _flat(table[low].to_numpy(float), table[high].to_numpy(float))
        if flat.any():
            named = next((c for c in ("metric", "quantity") if c in table), None)
            rows = [path[-1]] * len(table) if named is None else list(table[named])
            for row in np.flatnonzero(flat):
                _count((*path[:-1], str(rows[row])), 1, gone)
            table = table.assign(**{name: table[name].mask(flat) for name in (low, high)})
    return table


def _pairs(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names of lower limits that have an upper one."""
    for low in names:
        high = f"{low[:-3]}high"
        if (low == "low" or low.endswith("_low")) and high in names:
            yield low, high


def _flat(low: Any, high: Any) -> BoolArray:
    """Whether limits are the same but for rounding; NaN are none."""
    largest = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(invalid="ignore"):
        near = np.subtract(high, low) <= np.maximum(DUST * largest, LEAST)
    return np.asarray(near | (np.asarray(low) == high))  # both may be infinite


def _count(path: tuple[str, ...], times: int, gone: Gone, why: str = WHY) -> None:
    parts = [part.replace("_", " ") for part in reversed(path) if part not in UNNAMED]
    name = " of ".join(parts) or "the estimate"
    counted = gone.setdefault(why, {})
    counted[name] = counted.get(name, 0) + times
