"""Features of the neighbouring grey tone difference matrix."""

from __future__ import annotations

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray
from radln.features.radiomics.names import FEATURES

_FLAT = 1e6  # the coarseness of a region in which no voxel differs from its neighbours


def difference_features(
    counts: AnyArray, difference: FloatArray, present: AnyArray
) -> dict[str, float]:
    """How much do voxels differ from their surroundings?

    Parameters
    ----------
    counts
        Voxels of each present level.
    difference
        (levels + 1,): summed distance of a level's voxels from the mean of their neighbours.
    present
        The levels that occur, ascending.

    Returns
    -------
    dict
        5 features. As pyradiomics has it: a voxel without neighbours differs by 0, and where no
        voxel differs Coarseness is 1e6; Busyness, Contrast and Strength of one level are 0.

    Notes
    -----
    Amadasun M, King R, IEEE Trans Syst Man Cybern 1989;19:1264-1274, doi:10.1109/21.44046.

    Examples
    --------
    >>> difference_features(np.array([5]), np.array([0.0, 0.0]), np.array([1]))["Coarseness"]
    1000000.0
    """
    out = np.empty(len(FEATURES["ngtdm"]))
    difference_sums(counts / counts.sum(), difference[present], present, float(counts.sum()), out)
    return dict(zip(FEATURES["ngtdm"], out.tolist(), strict=True))


@kernel
def difference_sums(
    share: AnyArray, difference: AnyArray, levels: AnyArray, n_voxels: float, out: AnyArray
) -> None:
    """The five features, in alphabetical order."""
    spread = 0.0
    weighted_gap = 0.0
    complexity = 0.0
    strength = 0.0
    for a in range(levels.size):
        for b in range(levels.size):
            gap = float(abs(levels[a] - levels[b]))
            both = share[a] + share[b]
            spread += share[a] * share[b] * gap * gap
            weighted_gap += abs(levels[a] * share[a] - levels[b] * share[b])
            complexity += gap * (share[a] * difference[a] + share[b] * difference[b]) / both
            strength += both * gap * gap
    total = difference.sum()
    expected = (share * difference).sum()
    pairs = levels.size * (levels.size - 1)
    out[0] = expected / weighted_gap if weighted_gap != 0.0 else 0.0
    out[1] = 1.0 / expected if expected != 0.0 else _FLAT
    out[2] = complexity / n_voxels
    out[3] = spread * total / n_voxels / pairs if pairs > 0 else 0.0
    out[4] = strength / total if total != 0.0 else 0.0
