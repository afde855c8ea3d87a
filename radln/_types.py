"""Names for the types that flow between the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

AnyArray: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Alternative: TypeAlias = Literal["two-sided", "less", "greater"]
Rng: TypeAlias = "int | np.random.Generator"

__all__ = [
    "Alternative",
    "AnyArray",
    "ArrayLike",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "LinearPredictor",
    "LinearTerm",
    "Rng",
]


@dataclass(frozen=True)
class LinearTerm:
    """One variable of a linear predictor, in the units in which a clinician meets it.

    ``levels`` is empty for a continuous variable, whose contribution is
    ``coefficients[0] * x``; otherwise it holds one label and one coefficient a level.
    ``low`` and ``high`` bound the axis of a continuous variable; ``label`` is its name for people
    (``name`` where it is empty).
    """

    name: str
    coefficients: tuple[float, ...]
    levels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    label: str = ""


@dataclass(frozen=True)
class LinearPredictor:
    """``intercept`` + the sum of the terms; plain data, so that a nomogram needs no model."""

    intercept: float
    terms: tuple[LinearTerm, ...]
