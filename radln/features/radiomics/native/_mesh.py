"""The surface of a region: its cubes, its moments and the widest distance on it, in kernels.

A surface vertex lies half-way between a voxel inside and a neighbour outside. Positions are counted
in half voxels of the padded array, so that every vertex is a triple of integers. Vertices are kept
line by line, only the first and the last of each line: all others lie between two vertices and are
never among the two that are farthest apart.
"""

from __future__ import annotations

import numpy as np

from radln._jit import kernel
from radln._types import FloatArray, IntArray

NOTHING = -(1 << 40)  # on a line without vertices


@kernel
def _stretch(reach: IntArray, plane: int, row: int, position: int) -> None:
    """Let the line ``row`` of ``plane`` reach as far as a vertex at ``position``."""
    reach[0, plane, row] = max(reach[0, plane, row], -position)
    reach[1, plane, row] = max(reach[1, plane, row], position)


@kernel
def trace_surface(
    inside: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]],
    counts: IntArray,
    moments: IntArray,
    along_x: IntArray,
    along_y: IntArray,
) -> None:
    """Walk once through all cubes of a padded region (z, y, x); one slice is a plane of squares.

    ``counts`` (256, 4): of every mixed configuration how many cubes, and the sums of their z, y, x.
    ``moments`` (10,): voxels, then the sums of z, y, x, zz, zy, zx, yy, yx, xx over them.
    ``along_x`` (2, lines z, lines y): the largest -x and x of the vertices on the line; ``along_y``
    (2, lines x, lines z) likewise. In one slice both layers of a cube are that slice.
    """
    depth, height, width = inside.shape
    for z in range(max(depth - 1, 1)):
        up = min(z + 1, depth - 1)
        for y in range(height - 1):
            code = 0
            n = s = q = 0
            for x in range(width - 1):
                code = (code >> 1 & 0x11) | (code << 1 & 0x88)
                code |= inside[z, y, x + 1] << 1 | inside[z, y + 1, x + 1] << 2
                code |= inside[up, y, x + 1] << 5 | inside[up, y + 1, x + 1] << 6
                if code == 0 or code == 255:
                    continue
                counts[code, 0] += 1
                counts[code, 1] += z
                counts[code, 2] += y
                counts[code, 3] += x
                first = code & 1
                if first != code >> 1 & 1:  # a vertex between x and x + 1: a run begins or ends
                    sign = 2 * first - 1
                    n += sign * x
                    s += sign * (x * (x + 1) // 2)
                    q += sign * (x * (x + 1) * (2 * x + 1) // 6)
                    _stretch(along_x, 2 * z, 2 * y, 2 * x + 1)
                    _stretch(along_y, 2 * x + 1, 2 * z, 2 * y)
                if first != code >> 3 & 1:
                    _stretch(along_x, 2 * z, 2 * y + 1, 2 * x)
                    _stretch(along_y, 2 * x, 2 * z, 2 * y + 1)
                if first != code >> 4 & 1:
                    _stretch(along_x, 2 * z + 1, 2 * y, 2 * x)
                    _stretch(along_y, 2 * x, 2 * z + 1, 2 * y)
            moments[0] += n
            moments[1] += n * z
            moments[2] += n * y
            moments[3] += s
            moments[4] += n * z * z
            moments[5] += n * z * y
            moments[6] += s * z
            moments[7] += n * y * y
            moments[8] += s * y
            moments[9] += q


@kernel
def widest_in_planes(
    reach: IntArray,
    planes: int,
    plane_step: int,
    rows: int,
    row_step: int,
    row_size: float,
    size: float,
    corners: np.ndarray[tuple[int], np.dtype[np.uint8]],
    bit: int,
) -> float:
    """The largest squared distance of two vertices in one plane, over all parallel planes.

    ``reach`` (2 * lines,): the two ends of every line; a plane's rows are ``row_step`` lines apart.
    ``row_size`` and ``size`` are half the voxel size across and along the lines. Vertices at a
    corner of their plane's convex hull get ``bit`` in ``corners`` (as long as ``reach``, or empty).
    """
    lines = reach.size // 2
    row_of = np.empty(2 * rows, dtype=np.int64)
    end_of = np.empty(2 * rows, dtype=np.int64)
    best = 0.0
    for plane in range(planes):
        top = 0
        for side in range(2):
            base = top
            offset = side * lines + plane * plane_step
            for row in range(rows):
                end = reach[offset + row * row_step]
                if end == NOTHING:
                    continue
                while top - base >= 2:  # drop what no longer bulges out
                    height = row - row_of[top - 2]
                    rise = (end - end_of[top - 2]) * (row_of[top - 1] - row_of[top - 2])
                    if (end_of[top - 1] - end_of[top - 2]) * height > rise:
                        break
                    top -= 1
                row_of[top] = row
                end_of[top] = end
                top += 1
            for i in range(base, top):
                if corners.size:
                    corners[offset + row_of[i] * row_step] |= bit
                if side == 0:
                    end_of[i] = -end_of[i]
        for i in range(top):
            for j in range(i):
                across = (row_of[i] - row_of[j]) * row_size
                along = (end_of[i] - end_of[j]) * size
                best = max(best, across * across + along * along)
    return best


@kernel
def corner_points(
    reach: IntArray,
    corners: np.ndarray[tuple[int], np.dtype[np.uint8]],
    rows: int,
    depth: float,
    height: float,
    width: float,
) -> FloatArray:
    """The vertices (n, 3) whose ``corners`` hold both bits; the numbers are half the voxel size."""
    lines = reach.size // 2
    n = 0
    for i in range(reach.size):
        n += corners[i] == 3
    points = np.empty((n, 3))
    n = 0
    for i in range(reach.size):
        if corners[i] == 3:
            line = i % lines
            points[n, 0] = line // rows * depth
            points[n, 1] = line % rows * height
            points[n, 2] = (reach[i] if i >= lines else -reach[i]) * width
            n += 1
    return points


@kernel
def widest(points: FloatArray) -> float:
    """The largest squared distance of two ``points`` (n, 3), whose order is changed.

    A pair that is found by walking to and fro gives a lower bound; only points that can belong to a
    wider pair, seen from the middle of that pair, are then compared.
    """
    n = points.shape[0]
    z, y, x = points[0, 0], points[0, 1], points[0, 2]
    last_z, last_y, last_x = z, y, x
    best = -1.0
    while True:
        far, found = 0, -1.0
        for i in range(n):
            gap = (points[i, 0] - z) ** 2 + (points[i, 1] - y) ** 2 + (points[i, 2] - x) ** 2
            if gap > found:
                far, found = i, gap
        if found <= best:
            break
        best = found
        last_z, last_y, last_x = z, y, x
        z, y, x = points[far, 0], points[far, 1], points[far, 2]
    z, y, x = 0.5 * (z + last_z), 0.5 * (y + last_y), 0.5 * (x + last_x)
    most = 0.0
    for i in range(n):
        gap = (points[i, 0] - z) ** 2 + (points[i, 1] - y) ** 2 + (points[i, 2] - x) ** 2
        most = max(most, gap)
    least = max(np.sqrt(best) * (1 - 1e-12) - np.sqrt(most), 0.0) ** 2
    kept = 0
    for i in range(n):
        gap = (points[i, 0] - z) ** 2 + (points[i, 1] - y) ** 2 + (points[i, 2] - x) ** 2
        if gap >= least:
            for k in range(3):
                points[kept, k] = points[i, k]
            kept += 1
    for i in range(kept):
        z, y, x = points[i, 0], points[i, 1], points[i, 2]
        for j in range(i):
            gap = (points[j, 0] - z) ** 2 + (points[j, 1] - y) ** 2 + (points[j, 2] - x) ** 2
            best = max(best, gap)
    return best
