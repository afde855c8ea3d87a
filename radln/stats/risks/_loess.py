"""Loess of one variable: local quadratics at a few vertices, joined by cubics, as R's ``loess``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import cluster_sums

SPAN, CELL = 0.75, 0.2
MARGIN = 0.005
SINGULAR = 1e-8  # a share of the weights below which a polynomial is not told from lower ones
# Cleveland and Grosse's interpolation of the degrees of freedom from the trace of the operator:
# exponents of the local quadratic of one variable, and the correction (at, value, slope)
FIRST, SECOND = (0.1611761, 0.3091323, 0.4401023), (0.2075670, 0.2822574, 0.2369957)
CORRECTION = np.array(
    [
        (-0.005, -0.090572, 4.4844),
        (0.1204, 0.095807, -0.7978),
        (0.2017, 0.026152, -0.7286),
        (0.2815, -0.031926, -0.4457),
        (0.3705, -0.053718, -0.3495),
        (0.4536, -0.064170, 0.032813),
        (0.5591, -0.058387, 0.1611),
        (0.7132, -0.020636, 0.3350),
        (0.8751, 0.040172, -0.041032),
        (1.005, -0.010856, -0.7736),
    ]
)


@dataclass(frozen=True, eq=False)
class Loess:
    """A fitted curve: ``operator`` (2, k, n) turns outcomes into heights and slopes at vertices.

    Cases stand in the ``order`` of x; nothing here grows with more than their number.
    """

    x: FloatArray
    y: FloatArray
    order: IntArray
    vertices: FloatArray
    operator: FloatArray

    def at(self, points: FloatArray) -> FloatArray:
        """The curve at points within the range of x."""
        heights, slopes = self.operator @ self.y
        return hermite(points, self.vertices, heights, slopes)

    def weights(self, points: FloatArray) -> FloatArray:
        """The rows (m, n) whose products with the outcomes are the curve at m points."""
        cell, basis = _hermite_basis(points, self.vertices)
        heights, slopes = self.operator
        left, right, up, down = (column[:, None] for column in basis)
        rows = np.empty((points.size, self.x.size))
        rows[:, self.order] = (
            left * heights[cell]
            + right * heights[cell + 1]
            + up * slopes[cell]
            + down * slopes[cell + 1]
        )
        return rows

    def band(self, points: FloatArray) -> tuple[FloatArray, float]:
        """R's standard errors at points, constant variance assumed, and their t's freedom."""
        first, second = _freedom(self._trace(), self.x.size)
        scale = float(((self.y - self.at(self.x)) ** 2).sum()) / first
        stacked = np.concatenate(self.operator)
        return self._errors(points, scale * (stacked @ stacked.T)), first**2 / second

    def robust_errors(self, points: FloatArray, cluster: IntArray) -> FloatArray:
        """Standard errors at points from the residuals of each patient."""
        moved = np.concatenate(self.operator) * (self.y - self.at(self.x))
        patients = cluster_sums(moved.T, cluster[self.order])
        return self._errors(points, patients.T @ patients)

    def _trace(self) -> float:
        """How much each case counts for its own height, summed over the cases."""
        cell, basis = _hermite_basis(self.x, self.vertices)
        own = np.arange(self.x.size)
        heights, slopes = self.operator
        parts: tuple[FloatArray, ...] = (heights[cell, own], heights[cell + 1, own])
        parts += (slopes[cell, own], slopes[cell + 1, own])
        return float(sum((weight * part).sum() for weight, part in zip(basis, parts, strict=True)))

    def _errors(self, points: FloatArray, covariance: FloatArray) -> FloatArray:
        """Errors at points from the covariance (2k, 2k) of the heights and slopes at vertices."""
        k = self.vertices.size
        cell, basis = _hermite_basis(points, self.vertices)
        rows = np.zeros((points.size, 2 * k))
        own = np.arange(points.size)
        for place, weight in zip((cell, cell + 1, k + cell, k + cell + 1), basis, strict=True):
            rows[own, place] = weight
        return np.asarray(np.sqrt(np.clip(((rows @ covariance) * rows).sum(axis=1), 0, None)))


def fit_loess(x: FloatArray, positive: BoolArray) -> Loess:
    """Span 0.75, degree 2, as R's ``loess(y ~ x)``; ConvergenceError where x has too few values.

    Cleveland and Grosse 1991, doi:10.1007/BF01890836.
    """
    order = np.argsort(x, kind="stable")
    ranked = x[order]
    vertices = _vertices(ranked)
    q = int(np.floor(x.size * SPAN + 1e-5))
    if q < 5:  # a quadratic through its three nearest cases: the curve runs through every outcome
        raise ConvergenceError(
            f"too few cases for a loess curve ({x.size}; 7 at least, and many more to be read)."
        )
    operator = np.zeros((2, vertices.size, x.size))
    for k, vertex in enumerate(vertices):
        _local_quadratic(ranked, float(vertex), q, operator[:, k])
    return Loess(ranked, positive[order].astype(np.float64), order, vertices, operator)


def _vertices(x: FloatArray) -> FloatArray:
    """Where the curve is fitted: the data halved until a cell holds few cases; x is sorted."""
    least = int(np.floor(x.size * SPAN * CELL))
    edge = MARGIN * max(x[-1] - x[0], 1e-10 * max(abs(x[0]), abs(x[-1])) + 1e-30)
    found = {float(x[0] - edge), float(x[-1] + edge)}
    waiting = [(0, x.size - 1, float(x[0] - edge), float(x[-1] + edge))]
    while waiting:
        first, last, low, high = waiting.pop()
        if last - first + 1 <= least:
            continue
        middle = _middle(x, first, last)
        cut = float(x[middle])
        if cut in (low, high):
            continue
        found.add(cut)
        waiting += [(first, middle, low, cut), (middle + 1, last, cut, high)]
    return np.array(sorted(found))


def _middle(x: FloatArray, first: int, last: int) -> int:
    """The position nearest the middle after which x grows, looked for to either side in turn."""
    middle, offset = (first + 1 + last + 1) // 2 - 1, 0
    while first <= middle + offset < last:
        if x[middle + offset] != x[middle + offset + 1]:
            return middle + offset
        offset = -offset + (offset <= 0)
    return middle


def _local_quadratic(x: FloatArray, at: float, q: int, rows: FloatArray) -> None:
    """Fill rows (2, n) with the height and slope at a point of the tricube-weighted quadratic.

    x is sorted, so that the nearest q cases lie side by side. The quadratic is a sum of polynomials
    that are orthogonal under the weights.
    """
    reach = float(np.maximum(at - x[: x.size - q + 1], x[q - 1 :] - at).min())
    if not reach > 0:
        raise ConvergenceError("too few different values for a loess curve.")
    first, last = np.searchsorted(x, [at - reach, at + reach])
    u = (x[first:last] - at) / reach
    near = np.abs(u)
    weight = np.clip(1 - near * near * near, 0, None)
    weight *= weight * weight
    total = weight.sum()
    centre = float(weight @ u / total) if total > 0 else 0.0
    line = u - centre
    weighted = weight * line
    spread = float(weighted @ line)
    if not spread > SINGULAR * total:
        return _pseudo_inverse(x, at, reach, rows)
    square = line * line
    skew, level = float(weighted @ square) / spread, spread / total
    curve = square - skew * line - level
    bent = weight * curve
    bend = float(bent @ curve)
    if not bend > SINGULAR * total:
        return _pseudo_inverse(x, at, reach, rows)
    height = centre**2 + skew * centre - level  # of the curve where u is 0
    slope = -2 * centre - skew
    rows[0, first:last] = weight / total - (centre / spread) * weighted + (height / bend) * bent
    rows[1, first:last] = weighted / (spread * reach) + (slope / (bend * reach)) * bent
    return None


def _pseudo_inverse(x: FloatArray, at: float, reach: float, rows: FloatArray) -> None:
    """The same where a few values near the point carry no quadratic: the shortest solution."""
    distance = np.abs(x - at)
    root = np.sqrt(np.clip(1 - (distance / reach) ** 3, 0, None) ** 3)
    centred = x - at
    design = np.stack([np.ones(x.size), centred, centred**2], axis=1) * root[:, None]
    scale = np.linalg.norm(design, axis=0)
    if not (scale > 0).all():
        raise ConvergenceError("too few different values for a loess curve.")
    left, sizes, right = np.linalg.svd(design / scale, full_matrices=False)
    kept = sizes > 1e-7 * sizes[0]
    solution = (right[kept].T / sizes[kept]) @ left[:, kept].T
    rows[:] = (solution / scale[:, None])[:2] * root


def hermite(
    points: FloatArray, at: FloatArray, heights: FloatArray, slopes: FloatArray
) -> FloatArray:
    """Cubic pieces through heights with given slopes."""
    cell, (left, right, up, down) = _hermite_basis(points, at)
    return np.asarray(
        left * heights[cell]
        + right * heights[cell + 1]
        + up * slopes[cell]
        + down * slopes[cell + 1]
    )


def _hermite_basis(
    points: FloatArray, at: FloatArray
) -> tuple[IntArray, tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
    """The cell of each point and what the heights and slopes of its ends count there."""
    cell = np.clip(np.searchsorted(at, points, side="left") - 1, 0, at.size - 2)
    width = at[cell + 1] - at[cell]
    h = (points - at[cell]) / width
    basis = (
        (1 - h) ** 2 * (1 + 2 * h),
        h**2 * (3 - 2 * h),
        h * (1 - h) ** 2 * width,
        h**2 * (h - 1) * width,
    )
    return cell, basis


def _freedom(trace: float, n: int) -> tuple[float, float]:
    """The first two moments of the residual sum of squares, from the trace of the operator."""
    edge = np.sqrt(3 / n)
    z = float(np.clip((np.sqrt(3 / trace) - edge) / (1 - edge), 0, 1))
    factor = float(np.exp(hermite(np.array([z]), *CORRECTION.T)[0]))
    first, second = (
        n - trace * float(np.exp(a * z**b * (1 - z) ** c * factor)) for a, b, c in (FIRST, SECOND)
    )
    return first, second
