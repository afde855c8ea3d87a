"""The gate of ratings: one row a subject, one column a rater; numbers or categories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from radln import _check
from radln._numerals import no_number
from radln._placeholders import refuse_nothing
from radln._spelling import one_number, one_spelling
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._classes import orders_of, refuse_other_order

WEIGHTS = ("linear", "quadratic")
UNWEIGHTED = ("unweighted", "none", "identity")
MOST = 200
MOST_EXPECTED = 15  # categories of a scale


class Categories(NamedTuple):
    """Ratings as positions in ``labels`` (-1: missing), and the weights of agreement (q, q)."""

    codes: IntArray
    labels: tuple[Any, ...]
    weights: FloatArray


def measurements(ratings: ArrayLike, *, name: str = "ratings") -> FloatArray:
    """A finite table of at least two subjects and two raters."""
    try:
        table = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError) as error:
        words = no_number(np.ravel(np.asarray(ratings, dtype=object)), name=name)
        raise InputError(
            words
            or f"{name} must be numeric: {error}. Leave cases out that lack a rating (dropna), or "
            "give the column as float."
        ) from error
    shape_of(table, name)
    bad = ~np.isfinite(table)
    if bad.any():
        raise InputError(
            f"{name} has {int(bad.sum())} missing or infinite value(s) in "
            f"{int(bad.any(axis=1).sum())} of {table.shape[0]} subjects; leave those subjects out."
        )
    return table


def shape_of(table: np.ndarray[Any, Any], name: str) -> None:
    """Refuse what is not one row a subject and one column a rater."""
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 2:
        raise ShapeError(
            f"{name} must have one row a subject and one column a rater, two of each at least; "
            f"got shape {table.shape}."
        )


def categories(
    ratings: ArrayLike,
    *,
    labels: Sequence[Any] | None,
    weights: str | None,
    missing: bool = False,
    name: str = "ratings",
) -> Categories:
    """Ratings of the same subjects as codes, with the weights between the categories.

    Without ``labels`` the categories are those that occur, sorted.
    """
    if weights is not None and (not isinstance(weights, str) or weights not in WEIGHTS):
        raise InputError(
            f"weights must be None, 'linear' or 'quadratic'; got {weights!r}."
            f"{_check.meant(weights, WEIGHTS)}"
            f"{' Did you mean None?' if str(weights).lower() in UNWEIGHTED else ''}"
        )
    values = np.asarray(ratings, dtype=object)
    shape_of(values, name)
    table = pd.DataFrame(values)
    holes = table.isna().to_numpy()
    if holes.any() and not missing:
        raise InputError(
            f"{name} has {int(holes.sum())} missing rating(s) in {int(holes.any(axis=1).sum())} of "
            f"{table.shape[0]} subjects; leave those subjects out, or ask for a coefficient that "
            "allows them (gwet, fleiss or krippendorff of rater_agreement)."
        )
    endless = sum(isinstance(value, float) and np.isinf(value) for value in values[~holes])
    if endless:
        raise InputError(f"{name} has {endless} infinite value(s); a category must be finite.")
    seen = list(dict.fromkeys(values[~holes].tolist()))
    refuse_nothing(values[~holes], name=name)
    one_spelling(seen, name=name)
    one_number(seen, name=name)
    if len(seen) > MOST:
        raise InputError(
            f"{name} holds {len(seen)} different values; this is for categories. For measurements "
            "use icc or bland_altman, or cut them into categories first."
        )
    given = _named(labels, seen, name) if labels is not None else _sorted(seen, name)
    place = {label: i for i, label in enumerate(given)}
    codes = np.full(values.shape, -1, dtype=np.int64)
    codes[~holes] = [place[value] for value in values[~holes]]
    return Categories(codes, tuple(given), _weights(given, weights, ordered=labels is not None))


def refuse_measurements(ratings: ArrayLike, name: str) -> tuple[str, ...]:
    """Refuse fractions of many values in the place of categories; of whole numbers a note."""
    try:
        values = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError):
        return ()
    known = values[np.isfinite(values)]
    different, cases = np.unique(known).size, len(values)
    told = (
        f"{name} holds {different} different values in {cases} cases, as measurements do, and "
        "every one counts as a category. For measurements use icc or bland_altman; or cut them "
        "into categories first."
    )
    fractions = bool((known % 1 != 0).any())
    if fractions and different > min(_check.MOST_NUMBERS, cases / 3):
        raise InputError(told)
    many = different > MOST_EXPECTED and different > cases / 3
    return (told,) if many else ()


def order_of(columns: Iterable[object], name: str) -> list[Any] | None:
    """The categories of ordered Categoricals from the lowest to the highest; None of others."""
    found = orders_of(columns)
    if len(found) > 1:
        raise InputError(
            f"{name} are ordered in different ways: {' and '.join(str(list(f)) for f in found)}; "
            "give labels from the lowest to the highest."
        )
    order = list(found.pop()) if found else []
    return order if len(order) > 1 else None


def order_for(
    labels: Sequence[Any] | None, columns: Iterable[object], weights: str | None, name: str
) -> Sequence[Any] | None:
    """The order of the categories: as labels say, else as ordered Categoricals do.

    Where weights make the order count, labels must not contradict the Categoricals.
    """
    parts = list(columns)
    if labels is None:
        return order_of(parts, name)
    if weights is not None and isinstance(labels, Iterable) and not isinstance(labels, str):
        refuse_other_order(list(labels), parts, name=name, option="labels")
    return labels


def _named(labels: Sequence[Any], seen: list[Any], name: str) -> list[Any]:
    """The labels as given, which must name every rating once."""
    given = _check.listed(labels, name="labels")
    one_spelling(given, name="labels")
    if len(set(given)) < len(given):
        raise InputError(f"labels must name every category once; got {given}.")
    unknown = [value for value in seen if value not in set(given)]
    if unknown:
        raise InputError(f"{name} holds {unknown[:4]}, which labels does not name: {given}.")
    if len(given) < 2:
        raise InputError(f"labels must name two categories or more; got {given}.")
    return given


def _sorted(seen: list[Any], name: str) -> list[Any]:
    """The categories that occur, in their natural order."""
    try:
        return sorted(seen)
    except TypeError as error:
        raise InputError(
            f"{name} mixes categories that have no common order, for example {seen[:4]}; "
            "use one kind of label, or give labels."
        ) from error


def _weights(labels: list[Any], weights: str | None, *, ordered: bool) -> FloatArray:
    """1 for equal ratings, less the further apart two are."""
    if weights is None:
        return np.eye(len(labels))
    numeric = all(isinstance(label, int | float | np.number | bool) for label in labels)
    if not numeric and not ordered:
        raise InputError(
            f"weights={weights!r} needs the order of the categories: give labels from the lowest "
            f"to the highest; got {labels[:6]}."
        )
    at = np.array(labels, dtype=np.float64) if numeric and not ordered else np.arange(len(labels))
    if len(labels) < 2:
        return np.ones((1, 1))
    distance = np.abs(at[:, None] - at) / np.ptp(at)
    return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)


def several(cluster: IntArray | None) -> IntArray | None:
    """Patients, or None where each has one row and the rows are independent."""
    return None if cluster is None or cluster.max() + 1 == cluster.size else cluster
