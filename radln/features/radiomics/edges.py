"""Values whose grey level rounding alone would decide, and the exact values they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from radln._types import AnyArray, BoolArray, FloatArray
from radln.features.radiomics.settings import RadiomicsSettings

DOUBLE, SINGLE = 2.0**-53, 2.0**-24  # what one rounding changes, in parts of the number
Bound = float | FloatArray


@dataclass(frozen=True)
class Edges:
    """Edges of grey-level bins that many values can lie on exactly.

    With ``bin_width`` these are its multiples; with ``bin_count``, whose edges follow the region's
    darkest and brightest value, 0 where it is such an edge (``width`` is None), or nothing.
    """

    width: float | None

    @staticmethod
    def of(values: AnyArray, bound: Bound, settings: RadiomicsSettings) -> Edges | None:
        """Those of a region's values, each of which rounding may have carried by ``bound``.

        Examples
        --------
        >>> Edges.of(np.array([-8.0, 2.0]), 1e-9, RadiomicsSettings(bin_count=5))
        Edges(width=None)
        >>> Edges.of(np.array([-8.0, 2.0]), 1e-9, RadiomicsSettings(bin_count=4)) is None
        True
        """
        if settings.bin_count is None:
            return Edges(settings.bin_width)
        low, high = float(values.min()), float(values.max())
        slack = 2 * float(np.max(bound)) + 8 * np.finfo(values.dtype).eps * max(-low, high, 0.0)
        width = (high - low) / settings.bin_count
        if not np.isfinite(width) or low > slack or high < -slack:
            return None
        if width <= slack:
            return Edges(None)
        below = np.rint(-low / width)
        inner = 0 < below < settings.bin_count and abs(low + below * width) <= slack
        return Edges(None) if inner else None

    def nearest(self, values: AnyArray) -> FloatArray:
        """The edge next to each value.

        >>> Edges(25.0).nearest(np.array([-26.0, 3.0, 40.0])).tolist()
        [-25.0, 0.0, 50.0]
        """
        if self.width is None:
            return np.zeros(values.shape)
        return np.asarray(self.width * np.rint(values / self.width) + 0.0)


def settled(
    values: AnyArray, inside: BoolArray, bound: Bound, settings: RadiomicsSettings
) -> tuple[AnyArray, int]:
    """Values within their rounding error of an edge, set on it, and how many were.

    Parameters
    ----------
    values
        An image over the region's box.
    inside
        The region in that box.
    bound
        How far rounding may have carried values, one number or one each.

    Examples
    --------
    >>> image = np.array([3.0, -2e-15, 1e-15, 60.0])
    >>> settled(image, image < 99, 1e-14, RadiomicsSettings(bin_width=25))
    (array([ 3.,  0.,  0., 60.]), 2)
    """
    region = values[inside]
    limits = bound if isinstance(bound, float) else bound[inside]
    if not np.isfinite([np.max(limits), region.min(), region.max()]).all():
        return values, 0  # refused where it is binned
    edges = Edges.of(region, limits, settings)
    if edges is None:
        return values, 0
    exact = edges.nearest(region)
    moved = (np.abs(region - exact) <= limits) & (region != exact)
    if not moved.any():
        return values, 0
    region[moved] = exact[moved]
    values = values.copy()
    values[inside] = region
    return values, int(np.count_nonzero(moved))


def message(decided: Mapping[str, int], size: int) -> str:
    """What a row says of the images in which rounding alone would have decided grey levels.

    >>> message({"wavelet-HH": 40, "wavelet-LH": 3}, 900)
    "rounding alone would decide the grey level of 40 of the region's 900 pixels in wavelet-HH, 3 \
in wavelet-LH; these have their exact value"
    """
    counted = [(name, n) for name, n in decided.items() if n]
    if not counted:
        return ""
    (first, n), *others = counted
    listed = [f"{n} of the region's {size} pixels in {first}"]
    listed += [f"{more} in {name}" for name, more in others]
    return (
        f"rounding alone would decide the grey level of {', '.join(listed)}; these have their "
        "exact value"
    )


def largest_value(image: Any) -> float:
    """The largest absolute grey value of an image."""
    return float(max(image.max(), -image.min()))
