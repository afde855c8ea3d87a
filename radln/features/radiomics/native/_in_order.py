"""GLCM features that hang on rounding, summed in pyradiomics' order.

Where two figures are equal in exact arithmetic, pyradiomics' value is decided by the last bit: the
root of a negative rounding error is NaN and leaves its direction out of a mean, a spread of
exactly 0 makes a correlation 1. There the same sums are made in the same order, directions
innermost, so that the same bits come out.
"""

from __future__ import annotations

import math

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features.radiomics.native._cooccurrence import EPSILON

_BOTH = (0, 1)


def entropies(p: FloatArray, by_column: bool) -> tuple[FloatArray, ...]:
    """HXY, HX, HY, HXY1 and HXY2 of each direction of ``p[d, i, j]``."""
    laid_out, _, _ = _lay_out(p, by_column)
    q, _, _ = _lay_out(p, False)
    px, py = q.sum(axis=1, keepdims=True), q.sum(axis=0, keepdims=True)
    both = np.log2(px * py + EPSILON)
    return (
        -(laid_out * np.log2(laid_out + EPSILON)).sum(axis=_BOTH),
        -(px * np.log2(px + EPSILON)).sum(axis=_BOTH),
        -(py * np.log2(py + EPSILON)).sum(axis=_BOTH),
        -(q * both).sum(axis=_BOTH),
        -(px * py * both).sum(axis=_BOTH),
    )


def correlation(p: FloatArray, levels: AnyArray, by_column: bool) -> float:
    """Mean correlation over directions; 1 along a direction of no spread."""
    q, rows, columns = _lay_out(p, by_column)
    i = levels.astype(np.float64).reshape(rows)
    j = levels.astype(np.float64).reshape(columns)
    dx = i - (i * q).sum(axis=_BOTH, keepdims=True)
    dy = j - (j * q).sum(axis=_BOTH, keepdims=True)
    spread = (q * dx**2).sum(axis=_BOTH) ** 0.5 * (q * dy**2).sum(axis=_BOTH) ** 0.5
    found = (q * dx * dy).sum(axis=_BOTH) / (spread + EPSILON)
    return float(np.where(spread == 0, 1.0, found).mean())


def maximal_correlations(p: FloatArray) -> AnyArray:
    """MCC along each direction from all eigenvalues of Q, as a general matrix; may be complex."""
    px, py = p.sum(axis=2), p.sum(axis=1)
    q = np.zeros_like(p)
    for k in range(p.shape[1]):
        q += p[:, :, None, k] * p[:, None, :, k] / (px[:, :, None] * py[:, None, [k]] + EPSILON)
    return second_roots(q)


def second_roots(q: FloatArray) -> AnyArray:
    """The root of the second largest eigenvalue of each matrix; may be complex, or NaN."""
    values = np.linalg.eigvals(q)
    values.sort()
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(values[:, -2]))


def nan_mean(values: AnyArray) -> float:
    """The mean of what is not NaN; NaN of nothing."""
    kept = values[~np.isnan(values)]
    return float(kept.mean().real) if kept.size else math.nan


def _lay_out(p: FloatArray, by_column: bool) -> tuple[FloatArray, tuple[int, ...], tuple[int, ...]]:
    """``p`` with directions last, in the order of its sums; shapes of its rows and columns."""
    if by_column:
        return np.ascontiguousarray(p.transpose(2, 1, 0)), (1, -1, 1), (-1, 1, 1)
    return np.ascontiguousarray(p.transpose(1, 2, 0)), (-1, 1, 1), (1, -1, 1)
