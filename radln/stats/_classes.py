"""More than two classes: the gate of labels, and covariances within classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from radln import _check
from radln._spelling import one_spelling
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._intervals import cluster_sums


def class_names(classes: Sequence[object]) -> list[str]:
    """The names of at least two different classes, in the order given."""
    names = [_text(name) for name in _check.listed(classes, name="classes")]
    one_spelling(names, name="classes")
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"classes must be at least two different labels; got {names}.")
    return names


def orders_of(columns: Iterable[object]) -> set[tuple[Any, ...]]:
    """The different orders of ordered Categoricals, from the lowest category to the highest."""
    dtypes = (getattr(column, "dtype", None) for column in columns)
    return {
        tuple(dtype.categories)
        for dtype in dtypes
        if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered
    }


def refuse_other_order(
    given: Sequence[object], columns: Iterable[object], *, name: str, option: str
) -> bool:
    """Refuse an order of labels that contradicts the one of an ordered Categorical.

    True where it is the same from the other end. Columns of several orders have none.
    """
    orders = orders_of(columns)
    if len(orders) != 1:
        return False
    own = list(map(_text, orders.pop()))
    asked = [label for label in map(_text, given) if label in own]
    known = [label for label in own if label in asked]
    if asked in (known, known[::-1]):
        return len(known) > 1 and asked != known
    raise InputError(
        f"{option} puts the categories in the order {' < '.join(asked)}, but {name} (an ordered "
        f"Categorical) in the order {' < '.join(known)}: which of the two holds? Leave {option} in "
        f"that order, {known}, or set the other in the data (.cat.reorder_categories)."
    )


def class_codes(labels: ArrayLike, names: list[str], *, name: str = "y_true") -> IntArray:
    """Every label (n,) as its position in ``names``; unknown and missing labels are refused."""
    if np.ndim(labels) != 1 or not len(np.asarray(labels)):
        raise ShapeError(f"{name} must be one label a case; got shape {np.shape(labels)}.")
    values = _check.column(labels, name=name)
    if values.isna().any():
        raise InputError(
            f"{name} has {int(values.isna().sum())} missing value(s); leave those cases out."
        )
    position = {label: code for code, label in enumerate(names)}
    codes = [position.get(_text(value), -1) for value in values]
    if -1 in codes:
        odd = values[codes.index(-1)]
        raise InputError(
            f"{name} holds {odd!r}; the classes are {', '.join(names)}. Name the classes as {name} "
            "does: by classes=, or by the columns of the scores where these name them "
            f"(scores.set_axis({_in_order(values)}, axis=1), in the order of its columns)."
        )
    return np.array(codes, dtype=np.int64)


def _text(value: object) -> str:
    """A label as text; 2.0 and True are the classes "2" and "1"."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _in_order(values: pd.Series, most: int = 6) -> str:
    """The labels that occur, as a list to copy."""
    labels = sorted({_text(value) for value in values})
    return repr(labels) if len(labels) <= most else "[...]"


def require_every_class(codes: IntArray, names: list[str]) -> None:
    """Refuse a class without cases: nothing can be said about it."""
    empty = [
        name
        for name, size in zip(names, np.bincount(codes, minlength=len(names)), strict=True)
        if size == 0
    ]
    if empty:
        raise InputError(
            f"no case of class {', '.join(empty)} (n = {codes.size}); leave the class out of "
            "classes and of the scores, or add such cases."
        )


def score_matrix(
    scores: ArrayLike | pd.DataFrame,
    classes: Sequence[object] | None,
    n: int,
    *,
    name: str = "scores",
) -> tuple[FloatArray, list[str]]:
    """Scores (n, K), a column a class, and the names of the classes.

    The columns of a table are the classes; those of an array must be named by ``classes``, since
    guessing an order of labels would silently exchange them.
    """
    if isinstance(scores, pd.DataFrame):
        names = class_names(list(scores.columns) if classes is None else classes)
        columns = {_text(column): scores[column].to_numpy() for column in scores.columns}
        missing = [label for label in names if label not in columns]
        if missing:
            raise InputError(
                f"{name} has no column {missing[0]!r}, but {', '.join(columns)}; one a class is "
                f"needed. Rename its columns, or give {name}.to_numpy(), whose columns are taken "
                "in the order of classes."
            )
        array = np.column_stack([columns[label] for label in names])
    else:
        array = np.asarray(scores)
        if classes is None:
            raise InputError(
                f"classes must name the columns of {name} in their order, for example "
                "classes=['benign', 'metastatic', 'lymphoma']; or give a table with named columns."
            )
        names = class_names(classes)
    if array.ndim != 2 or array.shape != (n, len(names)):
        raise ShapeError(
            f"{name} must have one row a case of y_true and one column a class of classes, shape "
            f"({n}, {len(names)}); got {array.shape}."
        )
    checked = [
        _check.numbers(column, n, name=f"{name}, class {label}")
        for label, column in zip(names, array.T, strict=True)
    ]
    return np.stack(checked, axis=1), names


def class_covariance(parts: FloatArray, codes: IntArray, cluster: IntArray | None) -> FloatArray:
    """Covariance (k, k) of sums over cases, the number of cases of each class being given.

    Parameters
    ----------
    parts : shape (n, k)
        What each case adds to each of k statistics.
    codes : shape (n,)
        The class of each case.
    cluster : shape (n,), optional
        Its patient.

    Returns
    -------
    covariance : shape (k, k)
        For the area of two classes DeLong's, or Obuchowski's where patients are given; NaN where
        a class has fewer than two cases, or cases of fewer than two patients.
    """
    k = parts.shape[1]
    units = np.arange(codes.size) if cluster is None else cluster
    sums, factors = [], []
    for code in np.unique(codes):
        members = codes == code
        present = np.unique(units[members]).size
        if present < 2:
            return np.full((k, k), np.nan)
        part = parts[members]
        centred = np.zeros_like(parts)
        centred[members] = part - part.mean(axis=0)
        sums.append(centred if cluster is None else cluster_sums(centred, cluster))
        factors.append(present / (present - 1))
    everyone = sums[0].shape[0]
    between = everyone / (everyone - 1)
    total = np.sum(sums, axis=0)
    covariance = total.T @ total * between
    for part, factor in zip(sums, factors, strict=True):
        covariance += part.T @ part * (factor - between)
    return np.asarray(covariance)
