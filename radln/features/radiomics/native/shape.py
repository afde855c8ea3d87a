"""Shape features of a region: its mesh, its diameters and its axes, as pyradiomics defines them."""

from __future__ import annotations

import math

import numpy as np

from radln._types import BoolArray, IntArray
from radln.features.radiomics.native._cubes import cube_tables
from radln.features.radiomics.native._mesh import (
    NOTHING,
    corner_points,
    trace_surface,
    widest,
    widest_in_planes,
)

# Of the 16 squares: corners inside, eighths of the area inside, edges of the outline (slanting,
# along y, along x).
_CORNERS = tuple(code.bit_count() for code in range(16))
_EIGHTHS = (0, 1, 1, 4, 1, 2, 4, 7, 1, 4, 2, 7, 4, 7, 7, 0)
_NO_CORNERS = np.empty(0, dtype=np.uint8)


def shape_features(region: BoolArray, spacing: tuple[float, ...]) -> dict[str, float]:
    """How large is a region, how is it shaped, how wide is it?

    Parameters
    ----------
    region
        The voxels inside, cropped to their box: (y, x) or (z, y, x); at least one.
    spacing
        Voxel size along the array's axes, in mm (or 1 each for lengths in pixels).

    Returns
    -------
    dict
        pyradiomics' nine features of an area (its class shape2D) or fourteen of a volume (shape)
        by their names, in pyradiomics' order; lengths in the unit of ``spacing``.

    Notes
    -----
    The outline is that of marching squares, the surface that of marching cubes, with vertices
    half-way between a voxel inside and one outside; diameters are between vertices (Slice: same z;
    Column: same y; Row: same x) and never NaN, one voxel is as wide as its largest spacing. Mesh
    volume and area are sums over the 256 configurations of a cube, and moments are integers, so
    that neither depends on an order of summation.

    As in pyradiomics a region with voxels that touch across an edge only may have a surface with
    gaps, and its MeshVolume then depends on where the box begins. A MeshVolume of 0 has a
    SurfaceVolumeRatio of NaN (pyradiomics divides by a rounding error where it has one).

    Axis lengths are 4 times the root of an eigenvalue of the covariance (over n). One voxel has
    axes of 0, and Elongation and Flatness of NaN. The axes that a line or a plane does not have are
    0 up to 1e-7 of the major axis, in pyradiomics too: eigenvalues agree to 1e-9 of the largest
    one. One that is below 0 by rounding is 0; pyradiomics does so down to -1e-10, and gives NaN
    below.

    van Griethuysen JJM et al., Cancer Research 2017;77:e104-e107,
    doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> import numpy as np
    >>> found = shape_features(np.ones((4, 6), dtype=bool), (0.5, 0.5))
    >>> found["PixelSurface"], found["MeshSurface"]
    (6.0, 5.875)
    >>> round(found["MaximumDiameter"], 3)  # mm, between two middles of pixel sides
    3.354
    """
    shape = (*((1,) if region.ndim == 2 else ()), *(n + 2 for n in region.shape))
    inside = np.zeros(shape, dtype=np.uint8)
    inside.reshape(shape[-region.ndim :])[(slice(1, -1),) * region.ndim] = region
    depth, height, width = (2 * n - 1 for n in shape)
    counts = np.zeros((256, 4), dtype=np.int64)
    moments = np.zeros(10, dtype=np.int64)
    along_x = np.full((2, depth, height), NOTHING)
    along_y = np.full((2, width, depth), NOTHING)
    trace_surface(inside, counts, moments, along_x, along_y)
    if region.ndim == 2:
        return _area_features(counts, moments, along_x, *spacing)
    return _volume_features(counts, moments, along_x, along_y, *spacing)


def _area_features(
    counts: IntArray, moments: IntArray, along_x: IntArray, dy: float, dx: float
) -> dict[str, float]:
    squares = counts[::17, 0].tolist()
    n, _, y, x, _, _, _, yy, yx, xx = moments.tolist()
    mixed = sum(k * count for k, count in zip(_CORNERS, squares, strict=True))
    eighths = sum(k * count for k, count in zip(_EIGHTHS, squares, strict=True))
    surface = (eighths + 8 * ((4 * n - mixed) // 4)) * dy * dx / 8
    along = squares[6] + squares[9], squares[3] + squares[12]
    slanting = sum(squares) + squares[5] + squares[10] - sum(along)
    perimeter = along[0] * dy + along[1] * dx + slanting * math.hypot(dy, dx) / 2
    rows = along_x.shape[2]
    diameter = math.sqrt(
        widest_in_planes(along_x.ravel(), 1, rows, rows, 1, dy / 2, dx / 2, _NO_CORNERS, 0)
    )
    a, b, c = (n * yy - y * y) * dy * dy, (n * yx - y * x) * dy * dx, (n * xx - x * x) * dx * dx
    major = ((a + c) / 2 + math.hypot((a - c) / 2, b)) / n**2
    minor = 0.0
    if major > 0:
        minor = ((n * yy - y * y) * (n * xx - x * x) - (n * yx - y * x) ** 2) / n**4
        minor *= (dy * dx) ** 2 / major
    return {
        "Elongation": math.sqrt(minor / major) if major > 0 else math.nan,
        "MajorAxisLength": 4 * math.sqrt(major),
        "MaximumDiameter": diameter,
        "MeshSurface": surface,
        "MinorAxisLength": 4 * math.sqrt(minor),
        "Perimeter": perimeter,
        "PerimeterSurfaceRatio": perimeter / surface,
        "PixelSurface": n * dy * dx,
        "Sphericity": 2 * math.sqrt(math.pi * surface) / perimeter,
    }


def _volume_features(
    counts: IntArray,
    moments: IntArray,
    along_x: IntArray,
    along_y: IntArray,
    dz: float,
    dy: float,
    dx: float,
) -> dict[str, float]:
    volumes, areas, directions = cube_tables()
    voxel = dz * dy * dx
    volume = int(np.vdot(volumes, counts)) * voxel / 48
    faces = directions * (dy * dx, dz * dx, dz * dy)
    surface = float(np.sqrt((faces * faces).sum(axis=1)) @ (counts[:, 0] @ areas)) / 8
    diameters = _diameters(along_x, along_y, dz, dy, dx)
    n, *_ = moments.tolist()
    least, minor, major = _eigenvalues(moments, dz, dy, dx)
    return {
        "Elongation": math.sqrt(minor / major) if major > 0 else math.nan,
        "Flatness": math.sqrt(least / major) if major > 0 else math.nan,
        "LeastAxisLength": 4 * math.sqrt(least),
        "MajorAxisLength": 4 * math.sqrt(major),
        **diameters,
        "MeshVolume": volume,
        "MinorAxisLength": 4 * math.sqrt(minor),
        "Sphericity": (36 * math.pi * volume * volume) ** (1 / 3) / surface,
        "SurfaceArea": surface,
        "SurfaceVolumeRatio": surface / volume if volume else math.nan,
        "VoxelVolume": n * voxel,
    }


def _diameters(
    along_x: IntArray, along_y: IntArray, dz: float, dy: float, dx: float
) -> dict[str, float]:
    _, depth, height = along_x.shape
    width = along_y.shape[1]
    z, y, x = dz / 2, dy / 2, dx / 2
    reach, reach_y = along_x.ravel(), along_y.ravel()
    corners = np.zeros(reach.size, dtype=np.uint8)
    slices = widest_in_planes(reach, depth, height, height, 1, y, x, corners, 1)
    columns = widest_in_planes(reach, height, 1, depth, height, z, x, corners, 2)
    rows = widest_in_planes(reach_y, width, depth, depth, 1, z, y, _NO_CORNERS, 0)
    space = widest(corner_points(reach, corners, height, z, y, x))
    return {
        "Maximum2DDiameterColumn": math.sqrt(columns),
        "Maximum2DDiameterRow": math.sqrt(rows),
        "Maximum2DDiameterSlice": math.sqrt(slices),
        "Maximum3DDiameter": math.sqrt(space),
    }


def _eigenvalues(moments: IntArray, dz: float, dy: float, dx: float) -> list[float]:
    n, z, y, x, zz, zy, zx, yy, yx, xx = moments.tolist()
    upper = (
        ((n * zz - z * z) * dz * dz, 0.0, 0.0),
        ((n * zy - z * y) * dz * dy, (n * yy - y * y) * dy * dy, 0.0),
        ((n * zx - z * x) * dz * dx, (n * yx - y * x) * dy * dx, (n * xx - x * x) * dx * dx),
    )
    values: list[float] = np.linalg.eigvalsh(np.array(upper)).tolist()
    return [max(value / n**2, 0.0) for value in values]
