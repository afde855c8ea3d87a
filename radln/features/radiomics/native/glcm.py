"""Features of the grey-level co-occurrence matrix, as pyradiomics defines them."""

from __future__ import annotations

import math

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import _in_order as in_order
from radln.features.radiomics.native._cooccurrence import (
    BESIDES,
    EPSILON,
    SUMS,
    cooccurrence_sums,
)

_NEGLIGIBLE = 5e-10  # for the square of a correlation: half of what parity allows
_APART = 1e-6  # eigenvalues nearer to each other are left to the general solver
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
    found = dict(zip(SUMS, sums.mean(axis=0).tolist(), strict=False))
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
    p = pairs[:, present[:, None], present].astype(np.float64)
    by_column = not symmetrical
    if symmetrical:
        p += p.transpose(0, 2, 1).copy()
    if weights is not None:
        p = (np.ascontiguousarray(p.transpose(1, 2, 0)) * weights).sum(axis=2)[None]
    total = np.ascontiguousarray(p.transpose(0, 2, 1) if by_column else p).sum(axis=(1, 2))
    if p.shape[0] > 1 and not total.all():
        p, total, by_column = p[total > 0], total[total > 0], False
    p /= np.where(total > 0, total, np.nan)[:, None, None]
    return np.ascontiguousarray(p), by_column


def _information(
    joint: FloatArray, hx: FloatArray, hy: FloatArray, hxy1: FloatArray, hxy2: FloatArray
) -> tuple[float, float]:
    """Informational measures of correlation 1 and 2."""
    largest = np.fmax(hx, hy)
    first = np.divide(joint - hxy1, largest, out=np.zeros_like(joint), where=largest != 0)
    with np.errstate(invalid="ignore"):
        second = np.sqrt(1 - np.e ** (-2 * (hxy2 - joint)))
    second[hxy2 == joint] = 0
    return float(first.mean()), in_order.nan_mean(second)


def _maximal_correlation(p: FloatArray, symmetrical: bool) -> float:
    """MCC by way of the symmetric matrix that Q is similar to when eps is left out.

    Q itself is similar to ``(S + H) S'``, with H of the size of eps: its second eigenvalue is that
    of ``S S'`` (where S is symmetrical, the square of its own) plus a first-order term, and the
    second-order one is bounded.
    """
    if p.shape[1] < 2:
        return 1.0
    px, py = p.sum(axis=2)[:, :, None], p.sum(axis=1)[:, None, :]
    sides, roots = px * py, np.sqrt(px) * np.sqrt(py)  # a weight may leave less than 1e-308
    s = np.divide(p, roots, out=np.zeros_like(p), where=p > 0)
    base = s if symmetrical else s @ s.transpose(0, 2, 1)
    values = np.linalg.eigvalsh(base)
    values = np.take_along_axis(values, np.abs(values).argsort(axis=1), axis=1)
    squares = values**2 if symmetrical else values
    second = squares[:, -2]
    third = squares[:, -3] if p.shape[1] > 2 else np.zeros_like(second)
    apart = np.minimum(squares[:, -1] - second, second - third)
    if second.min() < _ALMOST:
        return in_order.nan_mean(in_order.maximal_correlations(p))
    simple = apart > _APART
    h = s * (-EPSILON / (sides + EPSILON))
    v = _eigenvector(base, values[:, -2] + 1e-6 * np.maximum(apart, _APART))
    right = h @ (s.transpose(0, 2, 1) @ v)
    left = s @ (h.transpose(0, 2, 1) @ v)
    error = np.sqrt((right**2).sum(axis=1) * (left**2).sum(axis=1))[:, 0]
    found = np.sqrt(second + (v * right).sum(axis=1)[:, 0])
    rest = ~simple | (error > _NEGLIGIBLE * apart)
    if rest.any():
        q = p[rest] / (sides[rest] + EPSILON) @ p[rest].transpose(0, 2, 1)
        found[rest] = in_order.second_roots(q).real
    return float(found.mean())


def _eigenvector(base: FloatArray, near: FloatArray) -> FloatArray:
    """The unit eigenvector of each symmetric matrix whose eigenvalue is all but ``near``."""
    k = base.shape[1]
    start = np.broadcast_to(np.cos(np.arange(k) ** 2 + 1.0)[:, None], (len(base), k, 1))
    v = np.linalg.solve(base - near[:, None, None] * np.eye(k), start)
    return np.asarray(v / np.sqrt((v**2).sum(axis=1, keepdims=True)))
