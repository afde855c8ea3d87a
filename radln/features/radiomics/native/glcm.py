"""Features of the grey-level co-occurrence matrix, as pyradiomics defines them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import _in_order as in_order
from radln.features.radiomics.native._cooccurrence import (
    BESIDES,
    EPSILON,
    SUMS,
    cooccurrence_sums,
    correlated,
    first_order_change,
    leading,
    probabilities,
)

_NEGLIGIBLE = 5e-10  # for the square of a correlation: half of what parity allows
_APART = 1e-6  # eigenvalues nearer to each other are told apart by a general solver
_LARGEST = 16  # eigenvalues that are looked at together where the second is not alone
_ALMOST = 1e-5  # nearer to nothing than this, a figure hangs on the order of rounding


def glcm_features(
    pairs: AnyArray,
    present: AnyArray,
    *,
    symmetrical: bool = True,
    weights: FloatArray | None = None,
) -> dict[str, float]:
    """What do neighbouring grey levels have in common?

    Parameters
    ----------
    pairs
        (directions, levels + 1, levels + 1): how often level b lies one step after level a; row
        and column 0 are outside the region and are not counted.
    present
        The levels that occur, ascending; the last one is the number of levels.
    symmetrical
        Whether a pair is counted from both of its ends.
    weights
        One a direction: directions are added up with these weights before features are computed,
        instead of features being averaged over directions.

    Returns
    -------
    dict
        24 features, averaged over the directions in which two voxels of the region meet; NaN
        where there is none.

    Notes
    -----
    As pyradiomics has it: Correlation is 1 along a direction of a single level, Imc1 and Imc2 are 0
    where knowing one level tells nothing of the other, MCC is 1 where the region has a single
    level, InverseVariance 0 where it has one level and one direction without a pair; a direction
    whose Imc2 or MCC is the root of a negative rounding error is left out of the mean of that
    feature. MCC is the root of the second largest eigenvalue of
    ``Q[i, j] = sum_k P[i, k] P[j, k] / (px[i] py[k] + eps)``.

    Haralick RM et al., IEEE Trans Syst Man Cybern 1973;3:610-621, doi:10.1109/TSMC.1973.4309314.

    Examples
    --------
    >>> pairs = np.array([[[0, 0, 0], [0, 2, 1], [0, 1, 2]]])
    >>> found = glcm_features(pairs, np.array([1, 2]))
    >>> round(found["Contrast"], 4), round(found["MCC"], 4)
    (0.3333, 0.3333)
    """
    p, by_column = _probabilities(pairs, present, symmetrical, weights)
    if p.shape[0] == 0 or np.isnan(p[0, 0, 0]):
        return _nothing_meets(p.shape[0], present.size)
    sums = np.empty((p.shape[0], len(SUMS) + len(BESIDES)))
    cooccurrence_sums(p, present, int(present[-1]), sums)
    found = dict(zip(SUMS, (np.add.reduce(sums) / len(sums)).tolist(), strict=False))
    joint, (hx, hy, hxy1, hxy2, spread) = sums[:, SUMS.index("JointEntropy")], sums[:, -5:].T
    if spread.min() < _ALMOST:
        found["Correlation"] = in_order.correlation(p, present, by_column)
    if np.minimum(hxy2 - joint, np.maximum(hx, hy)).min() < _ALMOST:
        joint, hx, hy, hxy1, hxy2 = in_order.entropies(p, by_column)
    found["Imc1"], found["Imc2"] = _information(joint, hx, hy, hxy1, hxy2)
    found["MCC"] = _maximal_correlation(p, symmetrical)
    return {name: found[name] for name in FEATURES["glcm"]}


def _nothing_meets(n_directions: int, n_levels: int) -> dict[str, float]:
    """No two voxels are neighbours: NaN, but for what pyradiomics says of a single level."""
    found = dict.fromkeys(FEATURES["glcm"], math.nan)
    if n_levels == 1 and n_directions:
        found["InverseVariance"] = 0.0
    elif n_levels == 1:
        found["MCC"] = 1.0
    return found


def _probabilities(
    pairs: AnyArray, present: AnyArray, symmetrical: bool, weights: FloatArray | None
) -> tuple[FloatArray, bool]:
    """(directions with a pair, levels, levels) that add up to 1 each.

    With it, whether pyradiomics sums these matrices column by column, as it lays them out.
    """
    k, by_column = present.size, not symmetrical
    if weights is None:
        p = probabilities(pairs, present, symmetrical)
        if len(pairs) == 1 and not len(p):
            return np.full((1, k, k), np.nan), by_column
        return p, by_column and len(p) == len(pairs)
    counts = pairs[:, present[:, None], present].astype(np.float64)
    if symmetrical:
        counts += counts.transpose(0, 2, 1).copy()
    p = (np.ascontiguousarray(counts.transpose(1, 2, 0)) * weights).sum(axis=2)
    total = np.ascontiguousarray(p.T if by_column else p).sum()
    return (p / total if total > 0 else np.full((k, k), np.nan))[None], by_column


def _information(
    joint: FloatArray, hx: FloatArray, hy: FloatArray, hxy1: FloatArray, hxy2: FloatArray
) -> tuple[float, float]:
    """Informational measures of correlation 1 and 2."""
    largest, gap = np.fmax(hx, hy).tolist(), hxy2 - joint
    fallen = (joint - hxy1).tolist()
    first = [part / whole if whole else 0.0 for part, whole in zip(fallen, largest, strict=True)]
    squares = (1 - np.e ** (-2 * gap)).tolist()  # numpy's power, whose last bit may decide the sign
    second = [
        math.sqrt(square) if apart else 0.0
        for square, apart in zip(squares, gap.tolist(), strict=True)
        if square >= 0 or not apart
    ]
    return sum(first) / len(first), sum(second) / len(second) if second else math.nan


def _maximal_correlation(p: FloatArray, symmetrical: bool) -> float:
    """MCC by way of the symmetric matrix that Q is similar to when eps is left out.

    Q itself is similar to ``(S + H) S'``, with H of the size of eps: its second eigenvalue is that
    of ``S S'`` (where S is symmetrical, the square of its own) plus a first-order term, and the
    second-order one is bounded. Eigenvalues that H might bring into another order, or that are too
    near to each other for that bound, are told apart by a general solver: in few dimensions, where
    those are enough.
    """
    if p.shape[1] < 2:
        return 1.0
    s, h = np.empty_like(p), np.empty_like(p)
    correlated(p, s, h)
    base = s if symmetrical else s @ s.transpose(0, 2, 1)
    value, second, apart = leading(np.linalg.eigvalsh(base), symmetrical)
    if second.min() < _ALMOST:
        return in_order.nan_mean(in_order.maximal_correlations(p))
    v = _eigenvector(base, value + 1e-6 * np.maximum(apart, _APART))
    change, error, reach = first_order_change(s, h, v)
    found = np.sqrt(second + change)
    for d in np.flatnonzero((apart <= _APART + 2 * reach) | (error > _NEGLIGIBLE * apart)):
        q = _largest_apart(base[d], s[d], h[d], symmetrical)
        if q is None:
            q = p[d] / (np.outer(p[d].sum(axis=1), p[d].sum(axis=0)) + EPSILON) @ p[d].T
        found[d] = in_order.second_roots(q[None])[0].real
    return float(found.mean())


def _largest_apart(
    base: FloatArray, s: FloatArray, h: FloatArray, symmetrical: bool
) -> FloatArray | None:
    """A matrix of few rows with the largest eigenvalues of ``(s + h) s'``; None if it has none.

    In the basis of the eigenvectors of ``s s'``, those of the largest eigenvalues are a block of
    their own, up to a second-order term that is bounded.
    """
    if len(base) <= 2 * _LARGEST:
        return None
    values, u = np.linalg.eigh(base)
    if symmetrical:
        values *= values
    order = np.argsort(-values)
    values, u = values[order], u[:, order]
    change = u.T @ h @ (s.T @ u)
    right, left = change[:_LARGEST, _LARGEST:], change[_LARGEST:, :_LARGEST]
    error = np.linalg.norm(right) * np.linalg.norm(left)
    if not error < _NEGLIGIBLE * (values[1] - values[_LARGEST]):
        return None
    return np.asarray(change[:_LARGEST, :_LARGEST] + np.diag(values[:_LARGEST]))


def _eigenvector(base: FloatArray, near: FloatArray) -> FloatArray:
    """The unit eigenvector of each symmetric matrix whose eigenvalue is all but ``near``."""
    n, k, _ = base.shape
    shifted = base.copy()
    shifted.reshape(n, k * k)[:, :: k + 1] -= near[:, None]
    v = np.linalg.solve(shifted, np.broadcast_to(_any_vector(k), (n, k, 1)))
    return np.asarray(v / np.sqrt(np.add.reduce(v * v, axis=1, keepdims=True)))


@lru_cache(maxsize=32)
def _any_vector(k: int) -> FloatArray:
    """(k, 1) without any symmetry, so that no eigenvector is at right angles to it."""
    return np.asarray(np.cos(np.arange(k) ** 2 + 1.0)[:, None])
