"""What "equal" means for each feature, also where it is zero, or decided, up to rounding.

Two values a and b agree where ``|a - b| <= 1e-9 max(|b|, s)``, NaN with NaN. The scale s is a
number of the same region and image, in the feature's unit; a feature that is not named in
:data:`SCALES` has none (s = 0), because it is never the small rest of larger numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Values = Mapping[str, float]
TOLERANCE = 1e-9


def _largest_value(of: Values) -> float:
    """The largest absolute grey value of the region."""
    return max(abs(of["Minimum"]), abs(of["Maximum"]))


def _one(of: Values) -> float:
    return 1.0


SCALES: dict[str, Callable[[Values], float]] = {
    # Grey values: places between two of them, and gaps between them, are as exact as they are.
    "10Percentile": _largest_value,
    "90Percentile": _largest_value,
    "InterquartileRange": _largest_value,
    "Mean": _largest_value,
    "MeanAbsoluteDeviation": _largest_value,
    "Median": _largest_value,
    "RobustMeanAbsoluteDeviation": _largest_value,
    "Skewness": _one,  # in standard deviations, cubed; 0 of a symmetrical region
    # Bits: the logarithm of a share that is 1 up to rounding.
    "Entropy": _one,
    "DependenceEntropy": _one,
    "DifferenceEntropy": _one,
    "JointEntropy": _one,
    "RunEntropy": _one,
    "SumEntropy": _one,
    "ZoneEntropy": _one,
    # Moments of whole numbers (grey levels, lengths of runs, sizes of zones): the step is 1.
    "ClusterProminence": _one,
    "ClusterTendency": _one,
    "DependenceVariance": _one,
    "DifferenceVariance": _one,
    "GrayLevelVariance": _one,
    "RunVariance": _one,
    "SumSquares": _one,
    "ZoneVariance": _one,
    # The third moment of i + j is a difference of terms as large as its spread, cubed.
    "ClusterShade": lambda of: max(1.0, of["ClusterTendency"] ** 1.5),
    # Coefficients between -1 and 1.
    "Correlation": _one,
    "Imc1": _one,
    "Imc2": _one,
    "MCC": _one,
    # Lengths of axes are roots of eigenvalues, which are exact beside the largest one.
    "Elongation": _one,
    "Flatness": _one,
    "LeastAxisLength": lambda of: of["MajorAxisLength"] ** 2,
    "MinorAxisLength": lambda of: of["MajorAxisLength"] ** 2,
    "MeshVolume": lambda of: of["VoxelVolume"],  # a surface with gaps may enclose nothing
    "Sphericity": _one,
}
"""Feature -> s, from all values of the same class on the same region and image."""

AS_SQUARES = frozenset(
    ("Imc2", "MCC", "Elongation", "Flatness", "LeastAxisLength", "MinorAxisLength")
)
"""Roots of a difference that may be 0 up to rounding e: their squares are compared.

The root itself would be e^0.5, 1e-8, where another order of summation gives 0.
"""


def difference(name: str, found: float, expected: Values) -> float:
    """How far apart are two values of a feature, in parts of max(\\|b\\|, s)?

    Parameters
    ----------
    name
        The feature, without its class.
    found
        Its value.
    expected
        All values of its class on the same region and image by the other engine.

    Returns
    -------
    float
        0 where both are NaN, infinite where one is. A SurfaceVolumeRatio whose volume is 0 up to
        rounding is NaN too.

    Examples
    --------
    >>> difference("Sphericity", 0.5 + 1e-12, {"Sphericity": 0.5}) < TOLERANCE
    True
    """
    value = expected[name]
    if name == "SurfaceVolumeRatio" and _encloses_nothing(expected):
        value = math.nan
    if math.isnan(value) or math.isnan(found):
        return 0.0 if math.isnan(value) and math.isnan(found) else math.inf
    if found == value:
        return 0.0
    scale = SCALES[name](expected) if name in SCALES else 0.0
    if name in AS_SQUARES:
        found, value = found**2, value**2
    size = max(abs(value), scale)
    return abs(found - value) / size if size > 0 and math.isfinite(size) else math.inf


def _encloses_nothing(of: Values) -> bool:
    return abs(of.get("MeshVolume", 1.0)) < TOLERANCE * of.get("VoxelVolume", 0.0)
