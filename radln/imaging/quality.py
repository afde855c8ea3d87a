"""What is doubtful about one image and its region, in numbers; judging is left to the caller."""

from __future__ import annotations

import numpy as np

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
