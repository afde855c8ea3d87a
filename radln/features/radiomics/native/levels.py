"""Grey levels of the region, cut exactly where pyradiomics cuts them."""

from __future__ import annotations

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray
from radln.errors import InputError
from radln.features.radiomics.settings import RadiomicsSettings

MAX_LEVELS = 1024


def bin_edges(values: AnyArray, settings: RadiomicsSettings) -> FloatArray | None:
    """The lower edges of the grey-level bins; None where the values are one level.

    Edges are computed in the values' own precision, as numpy's histogram and arange do it: a
    number of bins between minimum and maximum, or multiples of the bin width.

    Raises
    ------
    InputError
        The bins are so narrow that there would be more than 1,024 or none can be told from the
        next, or a value is not finite.

    Notes
    -----
    The brightest value belongs to the last bin. (pyradiomics widens that bin by 1 grey value, which
    is lost in single precision above 1.7e7; there its brightest voxel has a bin of its own.)

    Examples
    --------
    >>> bin_edges(np.array([54.0, 166.0]), RadiomicsSettings(bin_width=25)).tolist()
    [50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0]
    """
    low, high = values.min(), values.max()
    if not np.isfinite(low) or not np.isfinite(high):
        raise InputError(
            "the node, or what a filter reads around it, holds grey values that are no numbers "
            "(NaN or infinite); replace them in the image, or leave the case out."
        )
    if settings.bin_count is not None:
        try:
            return np.asarray(np.histogram_bin_edges(np.array([low, high]), settings.bin_count))
        except ValueError:  # the range is rounding errors
            return None
    width = float(settings.bin_width or 0)
    if (high - low) / width > MAX_LEVELS:
        raise InputError(
            f"a bin_width of {width:g} cuts this node into {(high - low) / width:.0f} grey levels, "
            f"more than {MAX_LEVELS}; choose wider bins, or bin_count."
        )
    edges = np.asarray(np.arange(low - low % width, high + 2 * width, width))
    if edges.size < 2:
        raise InputError(
            f"a bin_width of {width:g} is lost beside grey values of {high:g}; choose wider bins, "
            "or bin_count."
        )
    return edges


@kernel
def discretise(
    values: AnyArray, edges: AnyArray, index: AnyArray, levels: AnyArray, counts: AnyArray
) -> None:
    """Level 1.. of each value into ``levels[index]``, and how many values have each level.

    Bins are half-open, except the last one.
    """
    n = edges.size - 1
    low = edges[0]
    scale = n / (edges[n] - low)
    for k in range(values.size):
        v = values[k]
        guess = min(max(int((v - low) * scale), 0), n - 1)
        while guess > 0 and v < edges[guess]:
            guess -= 1
        while guess < n - 1 and v >= edges[guess + 1]:
            guess += 1
        levels[index[k]] = guess + 1
        counts[guess + 1] += 1
