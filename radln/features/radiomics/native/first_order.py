"""First-order features: the grey values of a region without their places, as pyradiomics'."""

from __future__ import annotations

import math

import numpy as np

from radln._jit import kernel
from radln._types import FloatArray, IntArray
from radln.errors import InputError

_BUCKETS = 1024
_FRACTIONS = (0.1, 0.25, 0.5, 0.75, 0.9)
_EPSILON = float(np.spacing(1.0))  # pyradiomics adds it inside the logarithm


def first_order_features(
    values: FloatArray, level_counts: IntArray, voxel_size: float, *, shift: float = 0.0
) -> dict[str, float]:
    """How are the grey values of a region distributed?

    Parameters
    ----------
    values
        The region's grey values in the array's order, (n,), n >= 1, finite, any unit.
    level_counts
        How many voxels have each grey level that occurs, all above 0; their order is free.
    voxel_size
        The area (2D) or volume (3D) of one voxel, the product of the spacing.
    shift
        Added to every value before the energies and the root mean square (``voxelArrayShift``).

    Returns
    -------
    dict
        pyradiomics' 18 first-order features by their names, in pyradiomics' order.

    Raises
    ------
    InputError
        A value is not finite.

    Notes
    -----
    Percentiles are interpolated linearly and rounded as numpy rounds them, because the robust mean
    absolute deviation takes the values from the 10th to the 90th percentile, both included; with
    two unequal values none is included and it is NaN. Variance divides by n; Kurtosis is 3 for a
    normal distribution. One grey value has a Kurtosis and Skewness of 0, unless the rounding of
    the mean leaves a tiny gap, which then gives 1 and +1 or -1: the mean is summed as numpy sums
    it, so that this too is pyradiomics' value. Entropy is in bits, of share + 2.2e-16.

    van Griethuysen JJM et al., Cancer Research 2017;77:e104-e107,
    doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
    >>> found = first_order_features(values, np.array([2, 2, 1]), voxel_size=0.25)
    >>> found["Median"], found["Energy"], found["TotalEnergy"]
    (3.0, 130.0, 32.5)
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    n = values.size
    mean = float(np.add.reduce(values)) / n
    low, high = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
    if not math.isfinite(high - low):
        raise InputError(
            "values must be finite inside the region, but one is NaN or infinite; correct the "
            "image there or leave those voxels out of the mask."
        )
    p10, p25, median, p75, p90 = _percentiles(values, low, high)
    sums = np.empty(6)
    _sums(values, mean, shift, p10, p90, sums)
    energy, second, third, fourth, deviation, robust = sums.tolist()
    spread = second or 1.0
    share = level_counts / np.add.reduce(level_counts)
    return {
        "10Percentile": p10,
        "90Percentile": p90,
        "Energy": energy,
        "Entropy": -float(share @ np.log2(share + _EPSILON)),
        "InterquartileRange": p75 - p25,
        "Kurtosis": fourth / spread**2,
        "Maximum": high,
        "MeanAbsoluteDeviation": deviation,
        "Mean": mean,
        "Median": median,
        "Minimum": low,
        "Range": high - low,
        "RobustMeanAbsoluteDeviation": robust,
        "RootMeanSquared": math.sqrt(energy / n),
        "Skewness": third / spread**1.5,
        "TotalEnergy": energy * voxel_size,
        "Uniformity": float(share @ share),
        "Variance": second,
    }


def _percentiles(values: FloatArray, low: float, high: float) -> list[float]:
    """Percentiles 10, 25, 50, 75 and 90."""
    last = values.size - 1
    places = [last * fraction for fraction in _FRACTIONS]
    ranks = np.array([min(int(place) + step, last) for place in places for step in (0, 1)])
    ordered = _select(values, ranks, low, high).tolist()
    found = [
        _between(a, b, place % 1)
        for a, b, place in zip(ordered[::2], ordered[1::2], places, strict=True)
    ]
    found[2] = (ordered[4] + ordered[5]) / 2 if last % 2 else ordered[4]
    return found


def _between(low: float, high: float, part: float) -> float:
    """Linear interpolation as numpy rounds it."""
    gap = high - low
    return high - gap * (1 - part) if part >= 0.5 else low + gap * part


@kernel
def _select(values: FloatArray, ranks: IntArray, low: float, high: float) -> FloatArray:
    """The values that would stand at the ascending ``ranks`` if ``values`` were sorted.

    Values are counted in buckets between ``low`` and ``high``; only buckets that hold a rank are
    looked at more closely.
    """
    n = values.size
    counts = np.zeros(_BUCKETS, dtype=np.int64)
    scale = (_BUCKETS - 1) / (high - low)
    if not scale < 1e300:
        scale = 0.0
    for i in range(n):
        counts[int((values[i] - low) * scale)] += 1
    wanted = np.zeros(_BUCKETS, dtype=np.uint8)
    places = np.empty_like(ranks)
    below = skipped = k = kept = 0
    for bucket in range(_BUCKETS):
        below += counts[bucket]
        while k < ranks.size and ranks[k] < below:
            wanted[bucket] = 1
            places[k] = ranks[k] - skipped
            k += 1
        if wanted[bucket]:
            kept += counts[bucket]
        else:
            skipped += counts[bucket]
    few = np.empty(kept)
    kept = 0
    for i in range(n):
        if wanted[int((values[i] - low) * scale)]:
            few[kept] = values[i]
            kept += 1
    found = np.empty(ranks.size)
    start = 0
    for k in range(ranks.size):
        place = places[k]
        left, right = start, kept - 1
        while left < right:  # Hoare's selection
            pivot = few[(left + right) // 2]
            i, j = left, right
            while i <= j:
                while few[i] < pivot:
                    i += 1
                while few[j] > pivot:
                    j -= 1
                if i <= j:
                    few[i], few[j] = few[j], few[i]
                    i += 1
                    j -= 1
            if place <= j:
                right = j
            elif place >= i:
                left = i
            else:
                break
        found[k] = few[place]
        start = place
    return found


@kernel
def _sums(
    values: FloatArray, mean: float, shift: float, low: float, high: float, sums: FloatArray
) -> None:
    """Energy; means of the gap to ``mean`` squared, cubed, to the 4th, absolute; robust deviation.

    The robust one is the mean gap of the values in [low, high] to their own mean.
    """
    n = values.size
    energy = second = third = fourth = deviation = middle = robust = 0.0
    inside = 0
    for i in range(n):
        gap = values[i] - mean
        square = gap * gap
        energy += (values[i] + shift) * (values[i] + shift)
        second += square
        third += square * gap
        fourth += square * square
        deviation += abs(gap)
        keep = low <= values[i] <= high
        middle += gap if keep else 0.0
        inside += keep
    middle = mean + middle / inside
    for i in range(n):
        robust += abs(values[i] - middle) if low <= values[i] <= high else 0.0
    sums[0] = energy
    sums[1] = second / n
    sums[2] = third / n
    sums[3] = fourth / n
    sums[4] = deviation / n
    sums[5] = robust / inside
