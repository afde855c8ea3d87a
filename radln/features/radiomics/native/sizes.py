"""Features of matrices that count levels by size: runs (GLRLM), zones (GLSZM), dependences (GLDM).

The three classes share their formulas; only the names differ.
"""

from __future__ import annotations

import math

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray, IntArray
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native._cooccurrence import EPSILON

_RUNS = (
    "ShortRunEmphasis",
    "LongRunEmphasis",
    "GrayLevelNonUniformity",
    "GrayLevelNonUniformityNormalized",
    "RunLengthNonUniformity",
    "RunLengthNonUniformityNormalized",
    "RunPercentage",
    "GrayLevelVariance",
    "RunVariance",
    "RunEntropy",
    "LowGrayLevelRunEmphasis",
    "HighGrayLevelRunEmphasis",
    "ShortRunLowGrayLevelEmphasis",
    "ShortRunHighGrayLevelEmphasis",
    "LongRunLowGrayLevelEmphasis",
    "LongRunHighGrayLevelEmphasis",
)
_ZONES = (
    "SmallAreaEmphasis",
    "LargeAreaEmphasis",
    "GrayLevelNonUniformity",
    "GrayLevelNonUniformityNormalized",
    "SizeZoneNonUniformity",
    "SizeZoneNonUniformityNormalized",
    "ZonePercentage",
    "GrayLevelVariance",
    "ZoneVariance",
    "ZoneEntropy",
    "LowGrayLevelZoneEmphasis",
    "HighGrayLevelZoneEmphasis",
    "SmallAreaLowGrayLevelEmphasis",
    "SmallAreaHighGrayLevelEmphasis",
    "LargeAreaLowGrayLevelEmphasis",
    "LargeAreaHighGrayLevelEmphasis",
)
_DEPENDENCES = (
    "SmallDependenceEmphasis",
    "LargeDependenceEmphasis",
    "GrayLevelNonUniformity",
    "",
    "DependenceNonUniformity",
    "DependenceNonUniformityNormalized",
    "",
    "GrayLevelVariance",
    "DependenceVariance",
    "DependenceEntropy",
    "LowGrayLevelEmphasis",
    "HighGrayLevelEmphasis",
    "SmallDependenceLowGrayLevelEmphasis",
    "SmallDependenceHighGrayLevelEmphasis",
    "LargeDependenceLowGrayLevelEmphasis",
    "LargeDependenceHighGrayLevelEmphasis",
)

_ORDERS: dict[tuple[str, ...], list[tuple[str, int]]] = {
    names: sorted((name, k) for k, name in enumerate(names) if name)
    for names in (_RUNS, _ZONES, _DEPENDENCES)
}


def run_features(
    runs: AnyArray, present: AnyArray, weights: FloatArray | None = None
) -> dict[str, float]:
    """How long are the runs of one grey level?

    Parameters
    ----------
    runs
        (directions, levels + 1, longest + 2): voxels of a level that are the r-th of their run;
        a direction without any is left out.
    present
        The levels that occur, ascending.
    weights
        One a direction: directions are added up with these weights before features are computed.

    Returns
    -------
    dict
        16 features, averaged over directions; NaN where there is none (with weights, or
        one direction, RunEntropy and RunVariance are 0 there, as pyradiomics has it).

    Notes
    -----
    Galloway MM, Comput Graph Image Process 1975;4:172-179, doi:10.1016/S0146-664X(75)80008-6.
    A run of length r has one voxel at each of the places 1 to r, so that the runs of exactly that
    length are the voxels at place r less those at place r + 1.

    Examples
    --------
    >>> places = np.array([[[0, 0, 0, 0], [0, 3, 1, 0]]])  # runs of 1, 1 and 2 voxels
    >>> round(run_features(places, np.array([1]))["LongRunEmphasis"], 6)
    2.0
    """
    exactly = whole_runs(runs, present)
    if not len(exactly):
        found = dict.fromkeys(FEATURES["glrlm"], math.nan)
        return (
            found
            if weights is None and len(runs) > 1
            else found | {"RunEntropy": 0.0, "RunVariance": 0.0}
        )
    if weights is not None:
        used = runs[:, :, 1].any(axis=1)
        exactly = (exactly * weights[used][:, None, None]).sum(axis=0, keepdims=True)
    lengths = np.arange(1, exactly.shape[2] + 1)
    return _features(_RUNS, exactly, present, lengths)


def zone_features(zones: AnyArray, present: AnyArray) -> dict[str, float]:
    """How large are the connected zones of one grey level?

    Parameters
    ----------
    zones
        (2, zones): level and number of voxels of each.
    present
        The levels that occur, ascending.

    Returns
    -------
    dict
        16 features.

    Notes
    -----
    Thibault G et al., Pattern Recognition and Information Processing 2009:140-145.

    Examples
    --------
    >>> zones = np.array([[1, 2, 2], [4, 1, 1]])
    >>> round(zone_features(zones, np.array([1, 2]))["ZonePercentage"], 6)
    0.5
    """
    matrix, sizes = zone_counts(zones, present)
    return _features(_ZONES, matrix, present, sizes)


def dependence_features(alike: AnyArray, present: AnyArray) -> dict[str, float]:
    """How many neighbours have nearly the same grey level?

    Parameters
    ----------
    alike
        (levels + 1, neighbours + 1): voxels of a level with so many neighbours like them.
    present
        The levels that occur, ascending.

    Returns
    -------
    dict
        14 features; a voxel counts as dependent on itself, so that sizes start at 1.

    Notes
    -----
    Sun C, Wee WG, Comput Vis Graph Image Process 1983;23:341-352,
    doi:10.1016/0734-189X(83)90032-4.

    Examples
    --------
    >>> alike = np.array([[0, 0], [2, 4]])  # two voxels alone, four with one neighbour alike
    >>> round(dependence_features(alike, np.array([1]))["LargeDependenceEmphasis"], 6)
    3.0
    """
    matrix = alike[present].astype(np.float64)[None]
    return _features(_DEPENDENCES, matrix, present, np.arange(1, matrix.shape[2] + 1))


def _features(
    names: tuple[str, ...], matrix: FloatArray, levels: AnyArray, sizes: AnyArray
) -> dict[str, float]:
    out = np.empty((matrix.shape[0], len(names)))
    size_sums(matrix, levels, sizes, out)
    found = (np.add.reduce(out) / len(out)).tolist()
    return {name: found[k] for name, k in _ORDERS[names]}


@kernel
def whole_runs(places: AnyArray, present: AnyArray) -> FloatArray:
    """(directions with runs, levels, lengths up to the longest): runs of exactly that length."""
    used = np.empty(places.shape[0], dtype=np.int64)
    n = longest = 0
    for d in range(places.shape[0]):
        any_run = False
        for level in present:
            any_run |= places[d, level, 1] > 0
            while places[d, level, longest + 1] > 0:
                longest += 1
        if any_run:
            used[n] = d
            n += 1
    found = np.empty((n, present.size, longest))
    for d in range(n):
        for k in range(present.size):
            row = places[used[d], present[k]]
            for r in range(longest):
                found[d, k, r] = float(row[r + 1]) - float(row[r + 2])
    return found


@kernel
def zone_counts(zones: AnyArray, present: AnyArray) -> tuple[FloatArray, IntArray]:
    """(1, levels, sizes): zones by level and size; and the sizes that occur, ascending."""
    largest = 0
    for k in range(zones.shape[1]):
        largest = max(largest, zones[1, k])
    column = np.zeros(largest + 1, dtype=np.int64)
    n = 0
    for k in range(zones.shape[1]):
        n += column[zones[1, k]] == 0
        column[zones[1, k]] = 1
    sizes = np.empty(n, dtype=np.int64)
    n = 0
    for size in range(largest + 1):
        if column[size]:
            sizes[n] = size
            column[size] = n
            n += 1
    row = np.zeros(present[-1] + 1, dtype=np.int64)
    for k in range(present.size):
        row[present[k]] = k
    found = np.zeros((1, present.size, sizes.size))
    for k in range(zones.shape[1]):
        found[0, row[zones[0, k]], column[zones[1, k]]] += 1.0
    return found, sizes


@kernel
def size_sums(matrix: AnyArray, levels: AnyArray, sizes: AnyArray, out: AnyArray) -> None:
    """The sixteen sums of ``matrix[d, level, size]``, in the order of the names above."""
    by_size = np.empty(sizes.size)
    for d in range(matrix.shape[0]):
        o = out[d]
        o[:] = 0.0
        by_size[:] = 0.0
        total = matrix[d].sum()
        mean_level = 0.0
        mean_size = 0.0
        for a in range(levels.size):
            i2 = 1.0 * levels[a] * levels[a]
            of_level = 0.0
            for b in range(sizes.size):
                n = matrix[d, a, b]
                if n == 0.0:
                    continue
                j2 = 1.0 * sizes[b] * sizes[b]
                of_level += n
                by_size[b] += n
                o[9] -= n / total * np.log2(n / total + EPSILON)
                o[12] += n / (i2 * j2)
                o[13] += n * i2 / j2
                o[14] += n * j2 / i2
                o[15] += n * j2 * i2
            o[2] += of_level * of_level
            o[10] += of_level / i2
            o[11] += of_level * i2
            mean_level += of_level / total * levels[a]
        for a in range(levels.size):
            o[7] += matrix[d, a].sum() / total * (levels[a] - mean_level) ** 2
        voxels = 0.0
        for b in range(sizes.size):
            j2 = 1.0 * sizes[b] * sizes[b]
            o[0] += by_size[b] / j2
            o[1] += by_size[b] * j2
            o[4] += by_size[b] * by_size[b]
            voxels += by_size[b] * sizes[b]
            mean_size += by_size[b] / total * sizes[b]
        for b in range(sizes.size):
            o[8] += by_size[b] / total * (sizes[b] - mean_size) ** 2
        for f in (0, 1, 2, 4, 10, 11, 12, 13, 14, 15):
            o[f] /= total
        o[3] = o[2] / total
        o[5] = o[4] / total
        o[6] = total / voxels
