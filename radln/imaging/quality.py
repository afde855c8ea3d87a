"""What is doubtful about one image and its region, in numbers; judging is left to the caller."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray

BESIDE = 4  # pixels around a node's box in which a bar of one grey goes on
HIDDEN = 0.01  # of the node, from which a box hides some of it
SIDE, LEAST, SOLID = 3, 200, 0.95  # pixels of its shorter side, of all of it; share of its own box


def touches_border(region: BoolArray) -> bool:
    """Whether the region reaches the edge of the image, so that the node may be cut off.

    In a volume only the in-plane edges count.

    Examples
    --------
    >>> region = np.zeros((5, 5), dtype=bool); region[0, 2] = True
    >>> touches_border(region)
    True
    """
    flat = np.asarray(region.any(axis=0)) if region.ndim == 3 else region
    return bool(flat[0].any() or flat[-1].any() or flat[:, 0].any() or flat[:, -1].any())


def filled_bins(values: FloatArray, region: BoolArray, bin_width: float) -> int:
    """How many grey-level bins of the given width the region fills; below 8 texture says little."""
    inside = values[region]
    return int(np.unique(np.floor(inside / bin_width)).size)


def covered(values: FloatArray, region: BoolArray) -> int:
    """How many pixels of a plane node lie under a box of the darkest or the brightest grey, as of a
    bar over a name; 0 in a volume.

    Examples
    --------
    >>> picture = np.random.default_rng(0).normal(100, 8, (40, 50))
    >>> region = np.zeros((40, 50), dtype=bool); region[10:30, 10:40] = True
    >>> picture[:14, 10:40] = 0
    >>> covered(picture, region)
    120
    """
    if values.ndim != 2 or not region.any():
        return 0
    box = ndimage.find_objects(region.astype(np.int8))[0]
    place = tuple(slice(max(side.start - BESIDE, 0), side.stop + BESIDE) for side in box)
    picture, node = values[place], region[place]
    found = 0
    for grey in (picture.min(), picture.max()):
        same = picture == grey
        if np.count_nonzero(same) < LEAST:
            continue
        parts, _ = ndimage.label(same)
        for k, sides in enumerate(ndimage.find_objects(parts), 1):
            part = parts[sides] == k
            if min(part.shape) >= SIDE and part.sum() >= LEAST and part.mean() >= SOLID:
                found += int((part & node[sides]).sum())
    return found if HIDDEN * region.sum() <= found < region.sum() else 0
