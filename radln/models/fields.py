"""Fields of plain data from a file as they must be, or an InputError that names the field."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from radln._types import FloatArray, IntArray
from radln.errors import InputError


def mapping(
    value: Any, name: str, needed: Collection[str], optional: Collection[str] = ()
) -> dict[str, Any]:
    """A mapping with these keys, and no other ones.

    Examples
    --------
    >>> mapping({"a": 1, "b": 2}, "the core", ["a"])
    Traceback (most recent call last):
        ...
    radln.errors.InputError: the core holds the unknown key 'b'
    """
    if not isinstance(value, dict):
        raise InputError(f"{name} is no mapping")
    lacking = [key for key in needed if key not in value]
    if lacking:
        raise InputError(f"{name} lacks the key {lacking[0]!r}")
    other = [key for key in value if key not in needed and key not in optional]
    if other:
        raise InputError(f"{name} holds the unknown key {other[0]!r}")
    return value


def text(value: Any, name: str) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value:
        raise InputError(f"{name} is no text")
    return value


def listed(value: Any, name: str, length: int | None = None) -> list[Any]:
    """A list, of this length where one is given."""
    if not isinstance(value, list):
        raise InputError(f"{name} is no list")
    if length is not None and len(value) != length:
        raise InputError(f"{name} has {len(value)} items; {length} are needed")
    return value


def number(value: Any, name: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within limits, which count as inside.

    Examples
    --------
    >>> number(0.5, "cut_off", low=0, high=1)
    0.5
    >>> number(float("nan"), "cut_off")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: cut_off is no finite number
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} is no finite number")
    found = float(value) if abs(value) < 1e300 else math.inf
    if not math.isfinite(found):
        raise InputError(f"{name} is no finite number")
    if not low <= found <= high:
        raise InputError(f"{name} is {found:g}; it must lie between {low:g} and {high:g}")
    return found


def positive(value: Any, name: str) -> float:
    """A finite number above 0."""
    found = number(value, name)
    if found <= 0:
        raise InputError(f"{name} is {found:g}; it must be above 0")
    return found


def whole(value: Any, name: str, *, low: int, high: int) -> int:
    """A whole number within limits, which count as inside."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} is no whole number between {low} and {high}")
    return value


def numbers(value: Any, name: str, length: int | None = None) -> FloatArray:
    """Finite numbers, shape (n,)."""
    held = listed(value, name, length)
    if not all(type(item) in (int, float) for item in held):
        raise InputError(f"{name} holds what is no finite number")
    found = np.array([item if abs(item) < 1e300 else np.inf for item in held], dtype=np.float64)
    if not np.isfinite(found).all():
        raise InputError(f"{name} holds what is no finite number")
    return found


def wholes(value: Any, name: str, length: int, *, low: int, high: int) -> IntArray:
    """Whole numbers within limits, shape (n,)."""
    held = listed(value, name, length)
    if not all(type(item) is int and low <= item <= high for item in held):
        raise InputError(f"{name} holds what is no whole number between {low} and {high}")
    return np.array(held, dtype=np.int64)


def table(value: Any, name: str, rows: int, columns: int | None = None) -> FloatArray:
    """Finite numbers in rows of one length, shape (rows, columns)."""
    held = listed(value, name, rows)
    if columns is None:
        columns = len(listed(held[0], name)) if held else 0
    found = [numbers(row, name, columns) for row in held]
    return np.stack(found) if found else np.empty((0, columns))


def refuse_no_tree(left: Sequence[int] | IntArray, right: Sequence[int] | IntArray) -> None:
    """Raise InputError unless every node but the first is the child of one before it.

    ``left`` and ``right`` are the children of every node, -1 in a leaf.

    Examples
    --------
    >>> refuse_no_tree([1, -1, -1], [2, -1, -1])
    >>> refuse_no_tree([1, 0, -1], [2, 2, -1])
    Traceback (most recent call last):
        ...
    radln.errors.InputError: its nodes form no tree
    """
    left, right = np.asarray(left), np.asarray(right)
    leaves = left < 0
    children = np.concatenate([left[~leaves], right[~leaves]])
    above = np.flatnonzero(~leaves)
    if (
        (leaves != (right < 0)).any()
        or (left[~leaves] <= above).any()
        or (right[~leaves] <= above).any()
        or not np.array_equal(np.sort(children), np.arange(1, left.size))
    ):
        raise InputError("its nodes form no tree")
