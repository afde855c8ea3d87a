"""Features of the grey-level co-occurrence matrix, as pyradiomics defines them."""

from __future__ import annotations

import math

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features.radiomics.native._cooccurrence import (
    ENTROPIES,
    EPSILON,
    SUMS,
    cooccurrence_sums,
)

_NAMES = sorted((*SUMS, "Imc1", "Imc2", "MCC"))
_INDEPENDENT = 1e-10  # bits between entropies below which only the order of rounding decides
_APART = 1e-5  # eigenvalues closer than this are left to the general solver


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
    level; a direction whose Imc2 or MCC is the root of a negative rounding error is left out of
    the mean of that feature. MCC is the root of the second largest eigenvalue of
    ``Q[i, j] = sum_k P[i, k] P[j, k] / (px[i] py[k] + eps)``.

    Haralick RM et al., IEEE Trans Syst Man Cybern 1973;3:610-621, doi:10.1109/TSMC.1973.4309314.

    Examples
    --------
    >>> pairs = np.array([[[0, 0, 0], [0, 2, 1], [0, 1, 2]]])
    >>> found = glcm_features(pairs, np.array([1, 2]))
    >>> round(found["Contrast"], 4), round(found["MCC"], 4)
    (0.3333, 0.3333)
    """
    p = _probabilities(pairs, present, symmetrical, weights)
    if p.shape[0] == 0 or np.isnan(p[0, 0, 0]):
        lone = present.size == 1 and p.shape[0] == 0
        return {name: 1.0 if name == "MCC" and lone else math.nan for name in _NAMES}
    sums = np.empty((p.shape[0], len(SUMS) + len(ENTROPIES)))
    cooccurrence_sums(p, present, int(present[-1]), sums)
    found = dict(zip(SUMS, sums.mean(axis=0).tolist(), strict=False))
    found["Imc1"], found["Imc2"] = _information(p, sums)
    found["MCC"] = _maximal_correlation(p)
    return {name: found[name] for name in _NAMES}


def _probabilities(
    pairs: AnyArray, present: AnyArray, symmetrical: bool, weights: FloatArray | None
) -> FloatArray:
    """(directions with a pair, levels, levels) that add up to 1 each."""
    p = pairs[:, present[:, None], present].astype(np.float64)
    if symmetrical:
        p += p.transpose(0, 2, 1).copy()
    if weights is not None:
        p = (p * weights[:, None, None]).sum(axis=0, keepdims=True)
    total = p.sum(axis=(1, 2))
    if p.shape[0] > 1 and not total.all():
        p, total = p[total > 0], total[total > 0]
    p /= np.where(total > 0, total, np.nan)[:, None, None]
    return np.ascontiguousarray(p)


def _information(p: FloatArray, sums: FloatArray) -> tuple[float, float]:
    """Informational measures of correlation 1 and 2."""
    joint, (hx, hy, hxy1, hxy2) = sums[:, SUMS.index("JointEntropy")], sums[:, -4:].T
    if (np.minimum(np.abs(hxy2 - joint), np.maximum(hx, hy)) < _INDEPENDENT).any():
        joint, hx, hy, hxy1, hxy2 = _entropies_in_order(p)
    largest = np.fmax(hx, hy)
    first = np.divide(joint - hxy1, largest, out=np.zeros_like(joint), where=largest != 0)
    with np.errstate(invalid="ignore"):
        second = np.sqrt(1 - np.e ** (-2 * (hxy2 - joint)))
    second[hxy2 == joint] = 0
    return float(first.mean()), _nan_mean(second)


def _entropies_in_order(p: FloatArray) -> tuple[FloatArray, ...]:
    """The entropies summed row by row with the directions innermost, which decides their ties."""
    q = np.ascontiguousarray(p.transpose(1, 2, 0))
    px, py = q.sum(axis=1, keepdims=True), q.sum(axis=0, keepdims=True)
    both = np.log2(px * py + EPSILON)
    return (
        -(q * np.log2(q + EPSILON)).sum(axis=(0, 1)),
        -(px * np.log2(px + EPSILON)).sum(axis=(0, 1)),
        -(py * np.log2(py + EPSILON)).sum(axis=(0, 1)),
        -(q * both).sum(axis=(0, 1)),
        -(px * py * both).sum(axis=(0, 1)),
    )


def _maximal_correlation(p: FloatArray) -> float:
    """MCC by way of the symmetric matrix that Q is similar to when eps is left out."""
    if p.shape[1] < 2:
        return 1.0
    sides = p.sum(axis=2)[:, :, None] * p.sum(axis=1)[:, None, :]
    q = (p / (sides + EPSILON)) @ p.transpose(0, 2, 1)
    scaled = np.divide(p, np.sqrt(sides), out=np.zeros_like(p), where=sides > 0)
    values = np.linalg.eigvalsh(scaled @ scaled.transpose(0, 2, 1))
    second = values[:, -2]
    third = values[:, -3] if p.shape[1] > 2 else np.zeros_like(second)
    apart = np.minimum(values[:, -1] - second, second - third)
    if apart.min() < _APART:
        return _general_maximal_correlation(q)
    exact = _nearest_eigenvalue(q, second + 1e-3 * apart)
    if (np.abs(exact - second) > 0.1 * apart).any():
        return _general_maximal_correlation(q)
    return float(np.sqrt(exact).mean())


def _nearest_eigenvalue(q: FloatArray, near: FloatArray) -> FloatArray:
    """The eigenvalue of each matrix nearest to a number, by inverse iteration from both sides."""
    k = q.shape[1]
    inverse = np.linalg.inv(q - near[:, None, None] * np.eye(k))
    right = np.cos(np.arange(k) ** 2 + 1.0)[None, :, None]
    left = right.transpose(0, 2, 1)
    for _ in range(3):
        right = inverse @ right
        right /= np.abs(right).max(axis=1, keepdims=True)
        left = left @ inverse
        left /= np.abs(left).max(axis=2, keepdims=True)
    growth = (left @ inverse @ right) / (left @ right)
    return np.asarray(near + 1.0 / growth[:, 0, 0])


def _general_maximal_correlation(q: FloatArray) -> float:
    values = np.linalg.eigvals(q)
    values.sort()
    with np.errstate(invalid="ignore"):
        return _nan_mean(np.sqrt(values[:, -2]))


def _nan_mean(values: AnyArray) -> float:
    kept = values[~np.isnan(values)]
    return float(kept.mean().real) if kept.size else math.nan
