"""What a radiologist describes on a node, as numbers: size, shape, border, echo.

A volume is described on the slice on which the node's area is largest.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.features._outline import axes, distances, hull_pixels, smoothed
from radln.imaging.preprocess import largest_slice

ALGORITHM_VERSION = 2
LengthUnit = Literal["mm", "px"]


class NodeSettings(BaseModel):
    """What a study may choose about node descriptors.

    Parameters
    ----------
    rim_fraction
        Width of the rim with which the node's echo is compared, as a share of the diameter of the
        circle of the node's area (never under 2 pixels); free of units, so that a study without
        pixel sizes measures the same tissue.

    Examples
    --------
    >>> NodeSettings().rim_fraction
    0.2
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rim_fraction: float = Field(
        0.2,
        gt=0,
        le=2,
        description="Width of the rim that the node's echo is compared with, as a share of the\n"
        "node's diameter.",
    )


def node_unit(name: str, unit: LengthUnit) -> str:
    """The unit of one descriptor, for its feature spec.

    Examples
    --------
    >>> node_unit("node_area_mm2", "mm"), node_unit("node_border_sharpness", "px")
    ('mm2', '1/px')
    """
    if name == "node_border_sharpness":
        return f"1/{unit}"
    if name == "node_echogenicity_difference":
        return "grey"
    ending = name.rsplit("_", 1)[-1]
    return ending if ending in ("mm", "mm2", "px", "px2") else ""


def node_descriptors(
    image: FloatArray,
    region: BoolArray,
    spacing: tuple[float, ...],
    *,
    unit: LengthUnit = "mm",
    settings: NodeSettings | None = None,
    ignored: BoolArray | None = None,
) -> dict[str, float]:
    """How large, round, smooth, sharply bordered, bright and even is this node?

    Parameters
    ----------
    image
        Grey values, (y, x) or (z, y, x).
    region
        The node's voxels, same shape.
    spacing
        Voxel size along the array's axes in ``unit``; 1 each for pixels.
    unit
        Names the lengths: ``node_long_axis_mm`` or ``node_long_axis_px``.
    ignored
        Pixels of a picture that do not count in grey values (marks), same shape; size and shape do
        not change.

    Returns
    -------
    dict
        Feature name -> value; NaN where it is not defined (no rim inside the image, black rim).

    Raises
    ------
    EmptyMaskError
        The region has no voxel.

    Notes
    -----
    Long axis: the largest distance between two points of the outline (maximum Feret diameter;
    outline points lie half a pixel from the outermost pixel centres). Short axis: the node's width
    perpendicular to it; of several longest axes, the one with the largest width. Roundness: 4 pi
    area / perimeter^2, at most 1, with Crofton's perimeter over four directions, which is right for
    a disc to about 1 %. Contour irregularity: 1 minus area over the area of the convex hull (pixel
    centres). Border sharpness: the mean over pixels within one pixel of the outline of
    ``|grad I . n|`` (I smoothed by a Gaussian of 1 pixel, n the normal of the outline), over the
    range P95 - P5 of the grey values of node and rim: the share of the local contrast that is
    crossed in one mm (or px). Echogenicity: mean inside over mean of the rim, and their difference.
    Homogeneity: 1 / (1 + standard deviation / mean) inside.

    Legland D, Kieu K, Devaux MF. Image Anal Stereol 2007;26:83-92,
    doi:10.5566/ias.v26.p83-92 (Crofton's perimeter of discrete images).

    Examples
    --------
    >>> y, x = np.mgrid[:60, :60]
    >>> disc = np.hypot(y - 30, x - 30) <= 20
    >>> found = node_descriptors(np.where(disc, 50.0, 150.0), disc, (0.1, 0.1))
    >>> round(found["node_long_axis_mm"], 1), round(found["node_echogenicity_ratio"], 2)
    (4.1, 0.33)
    """
    settings = settings or NodeSettings()
    image, region, step = largest_slice(image, region, spacing)
    area = float(region.sum()) * step[0] * step[1]
    rim = max(settings.rim_fraction * 2 * math.sqrt(area / math.pi), 2 * max(step))
    box = _box(region, (rim / step[0], rim / step[1]))
    image, region = image[box], np.ascontiguousarray(region[box])
    known = None if ignored is None else ~ignored[box]
    long_axis, short_axis = axes(region, *step)
    pixels = float(region.sum())
    return {
        f"node_area_{unit}2": area,
        f"node_long_axis_{unit}": long_axis,
        f"node_short_axis_{unit}": short_axis,
        "node_long_short_ratio": long_axis / short_axis,
        "node_roundness": min(1.0, 4 * math.pi * area / _perimeter(region, step) ** 2),
        "node_contour_irregularity": 1 - pixels / hull_pixels(region),
        **_grey_descriptors(image, region, step, rim, known),
    }


def long_axis(region: BoolArray, spacing: tuple[float, ...]) -> float:
    """The node's long axis, as :func:`node_descriptors` has it, in the unit of ``spacing``.

    Examples
    --------
    >>> region = np.zeros((9, 9), dtype=bool); region[4, 2:7] = True
    >>> round(long_axis(region, (0.5, 0.5)), 2)
    2.5
    """
    _, plane, step = largest_slice(region.astype(np.float64), region, spacing)
    box = tuple(
        slice(int(inside[0]), int(inside[-1]) + 1)
        for inside in (np.flatnonzero(plane.any(axis=1 - axis)) for axis in range(2))
    )
    return axes(np.ascontiguousarray(plane[box]), *step)[0]


def _box(region: BoolArray, margin: tuple[float, float]) -> tuple[slice, slice]:
    """The box around the node with a margin in pixels, as far as the image goes."""
    box = []
    for axis, wide in enumerate(margin):
        inside = np.flatnonzero(region.any(axis=1 - axis))
        more = math.ceil(wide) + 4
        box.append(slice(max(int(inside[0]) - more, 0), int(inside[-1]) + 1 + more))
    return box[0], box[1]


def _perimeter(region: BoolArray, step: tuple[float, float]) -> float:
    """Crofton's formula over rows, columns and both diagonals, each by its share of angles."""
    cells = np.pad(region, 1)
    dy, dx = step
    theta = math.atan2(dy, dx)  # the diagonal's angle with a row
    diagonal = dy * dx / math.hypot(dy, dx)
    lines = (
        (cells[:, 1:] != cells[:, :-1], dy, theta / math.pi),
        (cells[1:] != cells[:-1], dx, 0.5 - theta / math.pi),
        (cells[1:, 1:] != cells[:-1, :-1], diagonal, 0.25),
        (cells[1:, :-1] != cells[:-1, 1:], diagonal, 0.25),
    )
    crossings = sum(float(change.sum()) * apart * weight for change, apart, weight in lines)
    return math.pi / 2 * crossings


def _grey_descriptors(
    image: FloatArray,
    region: BoolArray,
    step: tuple[float, float],
    rim_width: float,
    known: BoolArray | None,
) -> dict[str, float]:
    """Border sharpness, echogenicity against the rim, homogeneity, of the known pixels."""
    outside = distances(region, *step)
    rim = (outside > 0) & (outside <= rim_width * (1 + 1e-9))
    inner, outer = (region, rim) if known is None else (region & known, rim & known)
    inside_values, rim_values = image[inner], image[outer]
    if not inside_values.size:
        raise InputError("marks cover the whole node; nothing is left to measure.")
    mean = float(inside_values.mean())
    around = float(rim_values.mean()) if rim_values.size else math.nan
    spread = float(inside_values.std())
    return {
        "node_border_sharpness": _sharpness(image, region, rim, outside, step, known),
        "node_echogenicity_ratio": mean / around if around > 0 else math.nan,
        "node_echogenicity_difference": mean - around,
        "node_homogeneity": 1.0 / (1.0 + spread / mean) if mean > 0 else math.nan,
    }


def _sharpness(
    image: FloatArray,
    region: BoolArray,
    rim: BoolArray,
    outside: FloatArray,
    step: tuple[float, float],
    known: BoolArray | None,
) -> float:
    if not rim.any() or min(image.shape) < 2:
        return math.nan
    about = region | rim if known is None else (region | rim) & known
    low, high = np.percentile(image[about], [5, 95])
    if high <= low:
        return 0.0
    border = (_grown(region) & ~region) | (_grown(~region) & region)
    if known is not None:
        border &= known
        if not border.any():
            return math.nan
    place = np.nonzero(border)
    inside = distances(~region, *step)
    normal = _gradient(_smooth(outside - inside), place, step)
    length = np.hypot(*normal)
    normal *= (length > 1e-9) / np.maximum(length, 1e-9)  # none on a ridge, where it is rounding
    slope = _gradient(_smooth(image), place, step)
    across = np.abs((normal * slope).sum(axis=0))
    return float(across.mean() / (high - low))


def _gradient(
    values: FloatArray, place: tuple[IntArray, ...], step: tuple[float, float]
) -> FloatArray:
    """As numpy.gradient has it, at these pixels alone: (axis, pixel)."""
    found = np.empty((2, place[0].size))
    for axis, wide in enumerate(step):
        ahead, behind = list(place), list(place)
        ahead[axis] = np.minimum(place[axis] + 1, values.shape[axis] - 1)
        behind[axis] = np.maximum(place[axis] - 1, 0)
        rise = values[tuple(ahead)] - values[tuple(behind)]
        found[axis] = rise / ((ahead[axis] - behind[axis]) * wide)
    return found


def _smooth(values: FloatArray) -> FloatArray:
    """By a Gaussian of one pixel out to four; the image goes on mirrored at its edges."""
    weights = np.exp(-(np.arange(-4, 5) ** 2) / 2)
    return smoothed(np.ascontiguousarray(values), weights / weights.sum())


def _grown(region: BoolArray) -> BoolArray:
    """With the four neighbours of every pixel; none beyond the image."""
    grown = region.copy()
    grown[1:] |= region[:-1]
    grown[:-1] |= region[1:]
    grown[:, 1:] |= region[:, :-1]
    grown[:, :-1] |= region[:, 1:]
    return grown
