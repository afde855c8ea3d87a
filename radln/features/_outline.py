"""A node's outline on one slice, in kernels: its longest axis, its hull, distances from it.

A side of the outline is a list ``reach``: how far the region goes to that side in each row, or
``NOTHING``. The corners of the convex hull are then the corners of the least concave line above
each of the two sides. (The surface of a volume does alike in ``native/_mesh.py``; kernels call
kernels of their own module only.)
"""

from __future__ import annotations

import math

import numpy as np

from radln._jit import kernel
from radln._types import BoolArray, FloatArray, IntArray

NOTHING = -(1 << 40)  # in a row without pixels
_SAME = 1e-12  # lengths whose squares differ by less, relatively, are equally long


@kernel
def _sides(region: BoolArray) -> IntArray:
    """(2, rows): how far left (negative) and right the pixels of every row reach."""
    height, width = region.shape
    reach = np.full((2, height), NOTHING)
    for y in range(height):
        for x in range(width):
            if region[y, x]:
                reach[0, y] = max(reach[0, y], -x)
                reach[1, y] = x
    return reach


@kernel
def _corners(reach: IntArray) -> IntArray:
    """The rows in which the least concave line above ``reach`` has a corner, and both ends."""
    rows = np.empty(reach.size, dtype=np.int64)
    n = 0
    for row in range(reach.size):
        if reach[row] == NOTHING:
            continue
        while n > 1:
            a, b = rows[n - 2], rows[n - 1]
            if (reach[b] - reach[a]) * (row - b) > (reach[row] - reach[b]) * (b - a):
                break
            n -= 1
        rows[n] = row
        n += 1
    return rows[:n]


@kernel
def _half_pixels(sides: IntArray) -> IntArray:
    """Both sides in half pixels: the outline runs through the middles of the pixels' edges."""
    height = sides.shape[1]
    reach = np.full((2, 2 * height + 1), NOTHING)
    for y in range(height):
        if sides[1, y] == NOTHING:
            continue
        for side in range(2):
            middle = 2 * sides[side, y]
            reach[side, 2 * y + 1] = middle + 1
            for row in (2 * y, 2 * y + 2):
                reach[side, row] = max(reach[side, row], middle)
    return reach


@kernel
def axes(region: BoolArray, dy: float, dx: float) -> tuple[float, float]:
    """The longest distance between two points of the outline, and the width across it.

    Of several longest ones that with the largest width.
    """
    reach = _half_pixels(_sides(region))
    left, right = _corners(reach[0]), _corners(reach[1])
    points = np.empty((left.size + right.size, 2))
    for k in range(left.size):
        points[k, 0] = left[k] * dy / 2
        points[k, 1] = -reach[0, left[k]] * dx / 2
    for k in range(right.size):
        points[left.size + k, 0] = right[k] * dy / 2
        points[left.size + k, 1] = reach[1, right[k]] * dx / 2
    longest = width = 0.0
    for i in range(len(points)):
        for j in range(i):
            y, x = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            square = y * y + x * x
            if square < longest * (1 - _SAME):
                continue
            least = most = 0.0
            for k in range(len(points)):
                across = (points[k, 1] - points[j, 1]) * y - (points[k, 0] - points[j, 0]) * x
                least, most = min(least, across), max(most, across)
            found = (most - least) / math.sqrt(square)
            width = found if square > longest * (1 + _SAME) else max(width, found)
            longest = max(longest, square)
    return math.sqrt(longest), width


@kernel
def hull_pixels(region: BoolArray) -> int:
    """How many pixels have their centre in the convex hull of the region's pixel centres."""
    reach = _sides(region)
    count = 0
    for side in range(2):
        rows = _corners(reach[side])
        count += reach[side, rows[0]]
        for k in range(1, rows.size):
            a, b = rows[k - 1], rows[k]
            for y in range(a + 1, b + 1):
                count += (reach[side, a] * (b - y) + reach[side, b] * (y - a)) // (b - a)
    return int(count + rows[-1] - rows[0] + 1)


@kernel
def distances(target: BoolArray, dy: float, dx: float) -> FloatArray:
    """Every pixel's distance from the nearest pixel of ``target``; infinite where there is none.

    Exact: columns first, then along each row the lowest of the parabolas that stand on them.
    Felzenszwalb PF, Huttenlocher DP. Theory Comput 2012;8:415-428, doi:10.4086/toc.2012.v008a019.
    """
    height, width = target.shape
    found = np.empty((height, width))
    far = np.full(width, np.inf)
    for y in range(height):
        for x in range(width):
            far[x] = 0.0 if target[y, x] else far[x] + 1
            found[y, x] = far[x]
    for y in range(height - 2, -1, -1):
        for x in range(width):
            found[y, x] = min(found[y, x], found[y + 1, x] + 1)
    foot = np.empty(width, dtype=np.int64)
    start = np.empty(width)
    low = np.empty(width)
    for y in range(height):
        n = 0
        for x in range(width):
            low[x] = (found[y, x] * dy) ** 2
            if low[x] == np.inf:
                continue
            begin = -np.inf
            while n > 0:
                v = foot[n - 1]
                begin = ((low[x] - low[v]) / (dx * dx * (x - v)) + x + v) / 2
                if begin > start[n - 1]:
                    break
                n -= 1
                begin = -np.inf
            foot[n], start[n] = x, begin
            n += 1
        k = 0
        for x in range(width):
            if n == 0:
                break
            while k + 1 < n and start[k + 1] < x:
                k += 1
            aside = (x - foot[k]) * dx
            found[y, x] = math.sqrt(aside * aside + low[foot[k]])
    return found


@kernel
def smoothed(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Both ways by an odd number of weights; the image goes on mirrored at its edges."""
    rows, columns = values.shape
    reach = weights.size // 2
    down = np.zeros((rows, columns))
    for y in range(rows):
        for k in range(weights.size):
            at = y + k - reach
            while at < 0 or at >= rows:
                at = -1 - at if at < 0 else 2 * rows - 1 - at
            for x in range(columns):
                down[y, x] += weights[k] * values[at, x]
    across = np.zeros((rows, columns))
    line = np.empty(columns + 2 * reach)
    for y in range(rows):
        for x in range(line.size):
            at = x - reach
            while at < 0 or at >= columns:
                at = -1 - at if at < 0 else 2 * columns - 1 - at
            line[x] = down[y, at]
        for k in range(weights.size):
            for x in range(columns):
                across[y, x] += weights[k] * line[x + k]
    return across
