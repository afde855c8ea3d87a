"""The one gate through which arrays enter: shapes, classes, missing values, patients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard, TypeVar

import numpy as np
import pandas as pd

from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError, SingleClassError

T = TypeVar("T")


def outcome(y_true: ArrayLike, *, name: str = "y_true", both: bool = True) -> BoolArray:
    """A vector of 0/1 or False/True as booleans; anything else is refused by name."""
    values = np.asarray(y_true)
    if values.ndim != 1:
        raise ShapeError(f"{name} must be one-dimensional; got shape {values.shape}.")
    if values.size == 0:
        raise ShapeError(f"{name} is empty; at least one case of each class is needed.")
    if values.dtype.kind not in "biuf":
        seen = ", ".join(repr(v) for v in pd.unique(pd.Series(values))[:4])
        raise InputError(
            f"{name} must be 0/1 or False/True; got {seen}. "
            f"Say which label is positive, for example ({name} == 'malignant')."
        )
    numbers = values.astype(np.float64)
    if np.isnan(numbers).any():
        raise InputError(
            f"{name} has {int(np.isnan(numbers).sum())} missing value(s); leave those cases out."
        )
    odd = np.setdiff1d(numbers, [0.0, 1.0])
    if odd.size:
        raise InputError(f"{name} must hold 0 and 1 only; got {odd[:4].tolist()}.")
    positive: BoolArray = np.asarray(numbers == 1.0, dtype=np.bool_)
    if both and (positive.all() or not positive.any()):
        only = "positive" if positive.all() else "negative"
        raise SingleClassError(
            f"{name} holds {only} cases only (n = {positive.size}); both classes are needed."
        )
    return positive


def numbers(values: ArrayLike, n: int | None = None, *, name: str = "y_score") -> FloatArray:
    """A finite float64 vector, of length ``n`` where that is given."""
    array = vector(values, name=name)
    if n is not None and array.size != n:
        raise ShapeError(f"{name} has {array.size} values but y_true has {n}; one per case.")
    bad = ~np.isfinite(array)
    if bad.any():
        raise InputError(
            f"{name} has {int(bad.sum())} missing or infinite value(s), the first at position "
            f"{int(np.argmax(bad))}; leave those cases out of every vector, or mend the score."
        )
    return array


def vector(values: ArrayLike, *, name: str) -> FloatArray:
    """A float64 vector, which may hold NaN and infinite values."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numeric: {error}.") from error
    if array.ndim != 1:
        raise ShapeError(f"{name} must be one-dimensional; got shape {array.shape}.")
    return array


def probabilities(values: ArrayLike, n: int | None = None, *, name: str = "y_prob") -> FloatArray:
    """A vector of probabilities: finite and within [0, 1]."""
    array = numbers(values, n, name=name)
    outside = (array < 0) | (array > 1)
    if outside.any():
        raise InputError(
            f"{name} must lie within [0, 1]; {int(outside.sum())} value(s) do not, for example "
            f"{array[outside][0]:.4g}. Divide percentages by 100; a score that is no probability "
            "must be calibrated first."
        )
    return array


def clusters(values: ArrayLike | None, n: int, *, name: str = "cluster") -> IntArray | None:
    """Patients as codes 0..k-1 in order of first appearance; None stays None."""
    if values is None:
        return None
    series = column(values, name=name)
    if len(series) != n:
        raise ShapeError(f"{name} has {len(series)} values but y_true has {n}; one per case.")
    if series.isna().any():
        raise InputError(f"{name} has {int(series.isna().sum())} missing value(s); name them all.")
    codes, _ = pd.factorize(series, sort=False)
    return np.asarray(codes, dtype=np.int64)


def column(values: ArrayLike, *, name: str) -> pd.Series:
    """Values of any kind, one a case; what is missing stays missing.

    A list of text with NaN would become the text "nan" in a numpy array: the type is found value by
    value, and a column of numbers that came as objects is a column of numbers again.
    """
    if isinstance(values, pd.Series | pd.Index | pd.Categorical):
        return pd.Series(values).reset_index(drop=True).infer_objects()
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise ShapeError(f"{name} must be one-dimensional; got shape {array.shape}.")
    return pd.Series(array).infer_objects()


def listed(values: Iterable[T], *, name: str) -> list[T]:
    """The members of a list, a tuple or the like; a single value and a text are none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"{name} must be a list; got {values!r}.")
    members = list(values)
    if any(isinstance(member, np.ndarray) for member in members):
        raise InputError(f"{name} must be a list of single values, not an array of several axes.")
    return members


def fraction(value: float, *, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """A number strictly between ``low`` and ``high``."""
    if not is_number(value) or not low < value < high:
        raise InputError(f"{name} must lie strictly between {low:g} and {high:g}; got {value!r}.")
    return float(value)


def whole(value: float, *, name: str, least: int = 1) -> int:
    """A whole number of at least ``least``; 5.0 passes, True does not."""
    if not is_number(value) or value < least or value != int(value):
        raise InputError(f"{name} must be a whole number of at least {least}; got {value!r}.")
    return int(value)


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is one finite number; a boolean is none."""
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))


def between(value: float, *, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """A number from ``low`` to ``high``, both included."""
    if not is_number(value) or not low <= value <= high:
        raise InputError(f"{name} must lie within {low:g}..{high:g}; got {value!r}.")
    return float(value)


def choice(value: str, options: tuple[str, ...], *, name: str) -> str:
    """One of the named options."""
    if not isinstance(value, str) or value not in options:
        raise InputError(f"{name} must be one of {', '.join(options)}; got {value!r}.")
    return value


def switch(value: bool, *, name: str) -> bool:
    """True or False; a text or a number would silently mean True."""
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} must be True or False; got {value!r}.")
    return bool(value)


def text(value: str, *, name: str) -> str:
    """A text, such as a label or a unit."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text; got {value!r}.")
    return value
