"""What "equal" means where a feature is zero up to rounding: |a - b| <= 1e-9 max(|b|, s).

``s`` is a number of the same region, in the feature's unit. Features that are not named have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

Values = Mapping[str, float]
Scale = Callable[[Values], float]
TOLERANCE = 1e-9


def _largest_value(of: Values) -> float:
    return max(abs(of["Minimum"]), abs(of["Maximum"]))


def _axis(of: Values, name: str, major: str | None) -> float:
    """Of an axis that a line or a plane does not have: eigenvalues agree to 1e-14 of the largest.

    A root of an eigenvalue then agrees to 1e-14 major^2 / axis, or 1e-7 major where it is 0.
    """
    longest = of[major] if major else 1.0
    return longest * min(1e-5 * longest / of[name], 100.0) if of[name] > 0 else 100.0 * longest


SCALES: dict[str, Scale] = {
    "Entropy": lambda of: 1.0,  # bits; one grey level gives -3.2e-16
    "InterquartileRange": _largest_value,
    "Mean": _largest_value,
    "MeanAbsoluteDeviation": _largest_value,
    "Median": _largest_value,
    "RobustMeanAbsoluteDeviation": _largest_value,
    "Skewness": lambda of: 1.0,  # standard deviations, cubed
    "Elongation": partial(_axis, name="Elongation", major=None),
    "Flatness": partial(_axis, name="Flatness", major=None),
    "MeshVolume": lambda of: of["VoxelVolume"],  # a surface with gaps may enclose nothing
    "Sphericity": lambda of: 1.0,
    "LeastAxisLength": partial(_axis, name="LeastAxisLength", major="MajorAxisLength"),
    "MinorAxisLength": partial(_axis, name="MinorAxisLength", major="MajorAxisLength"),
}


def is_rounding(name: str, expected: Values) -> bool:
    """Whether pyradiomics divides by a mesh volume of 0 up to rounding; the native value is NaN."""
    empty = abs(expected.get("MeshVolume", 1.0)) < TOLERANCE * expected.get("VoxelVolume", 0.0)
    return name == "SurfaceVolumeRatio" and empty


def assert_equal(found: Values, expected: Values) -> None:
    """Same names in the same order, NaN where NaN is, values within the tolerance."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        if np.isnan(value) or is_rounding(name, expected):
            assert np.isnan(found[name]), f"{name}: {found[name]!r} is not NaN"
            continue
        limit = TOLERANCE * max(abs(value), SCALES[name](expected) if name in SCALES else 0.0)
        assert abs(found[name] - value) <= limit, f"{name}: {found[name]!r} is not {value!r}"
