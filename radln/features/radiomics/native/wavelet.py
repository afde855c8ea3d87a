"""Stationary wavelet bands over the region's box, with the very bits of PyWavelets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray
from radln.features.radiomics.edges import DOUBLE
from radln.features.radiomics.filters import WAVELET, Box
from radln.features.radiomics.filters import wavelet_bands as by_pywavelets

_CHUNK = 2048  # sums that stay in the first cache


def wavelet_bands(
    image: FloatArray,
    box: Box,
    *,
    wavelet: str = WAVELET,
    level: int = 1,
    start_level: int = 0,
    across: int | None = None,
) -> Iterator[tuple[str, FloatArray]]:
    """Stationary wavelet transform: name of the image, its values in ``box``.

    Parameters
    ----------
    image
        (y, x) or (z, y, x).
    box
        The part that is wanted.
    wavelet, level, start_level
        Which wavelet of PyWavelets, how many levels of bands, after how many that are passed over.
    across
        An axis along which nothing is filtered; None for none.

    Notes
    -----
    Names and values are those of :func:`radln.features.radiomics.filters.wavelet_bands`, bit by
    bit where PyWavelets was compiled without fused sums: every value is the same sum in the same
    order, but nothing outside of ``box`` is computed. Several levels, filters longer than the image
    and boxes at its far end, where that order is another, are left to that function.

    Examples
    --------
    >>> bands = dict(wavelet_bands(np.ones((9, 8)), (slice(2, 5), slice(2, 5)), wavelet="haar"))
    >>> list(bands), round(float(bands["wavelet-LL"][0, 0]), 6)
    (['wavelet-LH', 'wavelet-HL', 'wavelet-HH', 'wavelet-LL'], 2.0)
    """
    import pywt

    filters = pywt.Wavelet(wavelet)
    axes = [axis for axis in range(image.ndim) if axis != across]
    in_order = all(_in_order(image.shape[axis], box[axis], filters.dec_len) for axis in axes)
    if (level, start_level) != (1, 0) or not in_order:
        yield from by_pywavelets(
            image, box, wavelet=wavelet, level=level, start_level=start_level, across=across
        )
        return
    low, high = np.array(filters.dec_lo), np.array(filters.dec_hi)
    lines = [
        np.arange(part.start, part.stop) if axis == across else _lines(size, part, low.size)
        for axis, (size, part) in enumerate(zip(image.shape, box, strict=True))
    ]
    bands = {"": np.ascontiguousarray(image[np.ix_(*lines)], dtype=np.float64)}
    for axis in range(image.ndim - 1, -1, -1):
        if axis != across:
            bands = {
                letters + letter: found
                for letters, values in bands.items()
                for letter, found in zip("LH", _split(values, low, high, axis), strict=True)
            }
    smooth, *others = bands
    for letters in (*others, smooth):
        yield f"wavelet-{letters}", bands[letters]


def wavelet_error(largest: float, wavelet: str, axes: int, levels: int = 1) -> float:
    """How far rounding may carry a value of any band.

    Parameters
    ----------
    largest
        The largest absolute grey value of the image.
    axes, levels
        How many axes are filtered, and how many levels deep.

    Notes
    -----
    Weights are rounded once; a sum of n products rounds each of them at most n times. What is known
    of a wavelet to fewer digits than a double has (sym4 to 1e-12, dmey to 1e-3) is no rounding: the
    weights as PyWavelets has them are the filter.

    Examples
    --------
    >>> 1e-15 < wavelet_error(1.0, "coif1", 2) < 1e-14
    True
    """
    import pywt

    filters = pywt.Wavelet(wavelet)
    whole = max(float(np.abs(weights).sum()) for weights in (filters.dec_lo, filters.dec_hi))
    passes = axes * levels
    return float(passes * (filters.dec_len + 1) * DOUBLE * whole**passes * largest)


def _in_order(size: int, part: slice, taps: int) -> bool:
    """Whether PyWavelets sums all values in ``part`` from the filter's first weight to its last.

    It does not where the filter is longer than the line, or at least two values past its end.
    """
    whole = size + size % 2
    return taps <= whole and part.stop + taps // 2 < whole + 3


def _lines(size: int, part: slice, taps: int) -> AnyArray:
    """The lines of one axis that decide the values in ``part``.

    The image is continued periodically; an odd axis first repeats its first line at the end.
    """
    whole = size + size % 2
    lines = np.arange(part.start + taps // 2 - taps + 1, part.stop + taps // 2) % whole
    return np.where(lines == size, 0, lines)


def _split(values: FloatArray, low: FloatArray, high: FloatArray, axis: int) -> FloatArray:
    """The low and the high band along one axis, which becomes as much shorter as a filter is."""
    shape = values.shape
    rows = shape[axis] - low.size + 1
    before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
    out = np.empty((2, before, rows * after))
    weighted_sums(values.reshape(before, -1), low, high, after, out)
    return out.reshape(2, *shape[:axis], rows, *shape[axis + 1 :])


@kernel
def weighted_sums(
    values: AnyArray, low: AnyArray, high: AnyArray, stride: int, out: AnyArray
) -> None:
    """``out[b, o, k]``: sum over j of filter b's weight j and the value j strides back."""
    last = low.size - 1
    for o in range(values.shape[0]):
        for start in range(0, out.shape[2], _CHUNK):
            size = min(_CHUNK, out.shape[2] - start)
            lows = out[0, o, start : start + size]
            highs = out[1, o, start : start + size]
            for k in range(size):
                lows[k] = 0.0
                highs[k] = 0.0
            for j in range(low.size):
                first = start + (last - j) * stride
                seen = values[o, first : first + size]
                for k in range(size):
                    lows[k] += low[j] * seen[k]
                    highs[k] += high[j] * seen[k]
