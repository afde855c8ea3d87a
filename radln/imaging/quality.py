"""What is doubtful about one image and its region, in numbers; judging is left to the caller."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray


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
    near = ndimage.binary_dilation(region, iterations=reach) & ~ndimage.binary_erosion(
        region, iterations=reach
    )
    across = ndimage.binary_opening(bright, np.ones((1, 5)))
    down = ndimage.binary_opening(bright, np.ones((5, 1)))
    parts, count = ndimage.label(across | down, np.ones((3, 3)))
    marks = 0
    for k in range(1, count + 1):
        part = parts == k
        rows, columns = np.nonzero(part)
        span = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
        crossed = (part & across).any() and (part & down).any()
        if crossed and 5 <= span <= 25 and part.sum() <= 4 * span and (part & near).any():
            marks += 1
    return marks
