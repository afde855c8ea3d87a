"""Laplacian-of-Gaussian images over the region's box, with the values of ITK's recursive filter.

ITK's recursion along a line of voxels is a linear map whose impulse response has a closed form: two
damped oscillations. Here that map is a matrix from a stretch of the line to the box, so that what
lies outside the box is never computed, and its rounding to single precision after every line is
repeated, so that grey levels come out the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from radln._types import FloatArray

PAD_SIGMAS = 16  # beyond, the filter's response has fallen to 3e-10 of its peak
_REACH_SIGMAS = 30  # beyond, it is below the rounding of double precision
# Deriche's fit of the Gaussian and of its second derivative: each the sum of two oscillations
# (cosine, sine) with these frequencies and decays, in units of 1 / sigma.
_FREQUENCIES, _DECAYS = (0.6681, 2.0787), (1.3932, 1.3732)
_SMOOTH = ((1.3530, 1.8151), (-0.3531, 0.0902))
_SECOND = ((-1.3563, 5.2318), (0.3446, -2.2355))
Box = tuple[slice, ...]


def log_images(
    image: FloatArray, box: Box, spacing: tuple[float, ...], sigmas: tuple[float, ...]
) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]]:
    """Laplacian of Gaussian, times sigma squared: name, values in ``box``.

    Parameters
    ----------
    image
        (y, x) or (z, y, x).
    box
        The part that is wanted; up to 16 sigma around it are read.
    spacing
        Voxel size along the array's axes, in the unit of ``sigmas``.

    Notes
    -----
    A sigma that the image cannot hold (fewer than sigma + 1 voxels along an axis) or an axis of
    fewer than 4 is left out, as pyradiomics does.

    Deriche R, INRIA research report 1893, 1993 (the recursive Gaussian and its constants).

    Examples
    --------
    >>> y, x = np.mgrid[:40.0, :40.0]
    >>> name, values = next(log_images(x**2, (slice(18, 22),) * 2, (1.0, 1.0), (2.0,)))
    >>> name, round(float(values[0, 0]), 3)  # sigma squared times the second derivative
    ('log-sigma-2-0-mm', 8.0)
    """
    if min(image.shape) < 4:
        return
    for sigma in sigmas:
        if (np.array(image.shape) < np.ceil(sigma / np.array(spacing)) + 1).any():
            continue
        name = f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm"
        values = _laplacian(image, box, spacing, sigma)
        yield name if image.ndim == 2 else f"{name}-3D", values


def _laplacian(
    image: FloatArray, box: Box, spacing: tuple[float, ...], sigma: float
) -> np.ndarray[Any, np.dtype[np.float32]]:
    window, smooth, second = [], [], []
    for n, part, step in zip(image.shape, box, spacing, strict=True):
        pad = int(np.ceil(PAD_SIGMAS * sigma / step))
        start, stop = max(part.start - pad, 0), min(part.stop + pad, n)
        window.append(slice(start, stop))
        lines = stop - start, part.start - start, part.stop - start
        smooth.append(_line_matrix(_response(sigma / step)[0], *lines))
        second.append(_line_matrix(_response(sigma / step)[1] * step**2, *lines))
    around = np.ascontiguousarray(image[tuple(window)])
    total = np.zeros(tuple(part.stop - part.start for part in box), dtype=np.float32)
    axes = range(image.ndim - 1, -1, -1)  # ITK's first direction is the array's last axis
    for along in axes:
        values = _apply(second[along], around, along)
        for across in axes:
            if across != along:
                values = _apply(smooth[across], values, across)
        total = (total + values / spacing[along] ** 2).astype(np.float32)
    return total


def _apply(matrix: FloatArray, values: FloatArray, axis: int) -> FloatArray:
    """The matrix along one axis, rounded to single precision."""
    if axis == values.ndim - 1:
        found = values @ matrix.T
    elif axis == 0:
        found = (matrix @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])
    else:
        found = matrix @ values
    return found.astype(np.float32).astype(np.float64)


@lru_cache(maxsize=64)
def _response(sigma: float) -> tuple[FloatArray, FloatArray]:
    """Response to a voxel at distances 0, 1, ...: Gaussian; second derivative times sigma squared.

    The first adds up to 1 over the line; the second to 0, and it turns k squared / 2 into 1.
    """
    k = np.arange(int(np.ceil(_REACH_SIGMAS * sigma)) + 2)
    smooth, second = (
        sum(
            (a * np.cos(frequency * k / sigma) + b * np.sin(frequency * k / sigma))
            * np.exp(-decay * k / sigma)
            for (a, b), frequency, decay in zip(fit, _FREQUENCIES, _DECAYS, strict=True)
        )
        for fit in (_SMOOTH, _SECOND)
    )
    whole = 2 * smooth.sum() - smooth[0]
    second = second - (2 * second.sum() - second[0]) / whole * smooth
    return smooth / whole, second * sigma**2 / (k**2 * second).sum()


def _line_matrix(response: FloatArray, n: int, start: int, stop: int) -> FloatArray:
    """(stop - start, n): from a line's n voxels to those from start to stop.

    The line goes on with its first and last value.
    """
    reach = np.append(response, np.zeros(max(n - response.size, 0)))
    both = np.concatenate([reach[n - 1 : 0 : -1], reach[:n]])  # distances 1 - n .. n - 1
    rows = np.lib.stride_tricks.sliding_window_view(both, n)[::-1][:n]
    matrix = np.array(rows[start:stop])
    tail = np.append(np.cumsum(response[::-1])[::-1], np.zeros(n + 1))
    places = np.arange(start, stop)
    matrix[:, 0] = tail[places]
    matrix[:, -1] = tail[n - 1 - places]
    return matrix
