"""What is doubtful about one image and its region, in numbers; judging is left to the caller."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray

SHORTEST, LONGEST = 5, 25  # arms of a measuring mark, in pixels


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


def caliper_marks(values: FloatArray, region: BoolArray, *, reach: int = 12) -> int:
    """How many measuring marks (plus signs at full brightness) stand on or near the region's edge.

    Two thin bright arms of 5 to 25 pixels that cross are a mark; speckle is not that straight.
    Plain 2D pictures only; a volume gives 0.
    """
    if values.ndim != 2 or min(values.shape) < 2 * reach:
        return 0
    bright = values >= values.max()
    if bright.mean() > 0.02:
        return 0  # a saturated picture, where brightness marks nothing
    across, down = _runs(bright, SHORTEST), _runs(bright.T, SHORTEST).T
    if not (across.any() and down.any()):
        return 0
    parts, _ = ndimage.label(across | down, np.ones((3, 3)))
    near = None
    marks = 0
    for k, box in enumerate(ndimage.find_objects(parts), 1):
        part = parts[box] == k
        crossed = (part & across[box]).any() and (part & down[box]).any()
        span = max(part.shape)
        if crossed and span <= LONGEST and part.sum() <= 4 * span:
            near = _edge(region, reach) if near is None else near
            marks += bool((part & near[box]).any())
    return marks


def _runs(bright: BoolArray, length: int) -> BoolArray:
    """The pixels that are part of so many bright ones in a row."""
    width = bright.shape[1]
    full = np.logical_and.reduce([bright[:, k : width - length + 1 + k] for k in range(length)])
    runs = np.zeros_like(bright)
    for k in range(length):
        runs[:, k : width - length + 1 + k] |= full
    return runs


def _edge(region: BoolArray, reach: int) -> BoolArray:
    """The pixels at most ``reach`` steps from the region's outline, inside and outside."""
    return np.asarray(
        ndimage.binary_dilation(region, iterations=reach)
        & ~ndimage.binary_erosion(region, iterations=reach)
    )
