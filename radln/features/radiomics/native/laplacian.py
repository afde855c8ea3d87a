"""Laplacian-of-Gaussian images over the region's box, with the values of ITK's recursive filter.

Each line of voxels is filtered forward and backward by a recursion of four steps, as ITK does it,
and rounded to single precision after every axis, so that grey levels come out the same. Only a
window around the box is filtered, and of it only what the next axis needs is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features._jit import kernel
from radln.features.radiomics.filters import Box

PAD_SIGMAS = 16  # beyond, the filter's response has fallen to 2e-9 of its peak
_LINES = 128  # filtered side by side
# Deriche's fit of the Gaussian and of its second derivative: each the sum of two oscillations
# (cosine, sine) with these frequencies and decays, in units of 1 / sigma.
_FREQUENCIES, _DECAYS = (0.6681, 2.0787), (1.3932, 1.3732)
_SMOOTH = ((1.3530, 1.8151), (-0.3531, 0.0902))
_SECOND = ((-1.3563, 5.2318), (0.3446, -2.2355))


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
    Farneback G, Westin CF, J Math Imaging Vis 2006;26:293-299, doi:10.1007/s10851-006-8464-z (how
    the second derivative is made to answer a parabola exactly).

    Examples
    --------
    >>> y, x = np.mgrid[:40.0, :40.0]
    >>> name, values = next(log_images(x**2, (slice(18, 22),) * 2, (1.0, 1.0), (2.0,)))
    >>> name, round(float(values[0, 0]), 3)  # sigma squared times the second derivative
    ('log-sigma-2-0-mm', 8.0)
    """
    if min(image.shape) < 4 or not sigmas:
        return
    image = _shortest(image)
    for sigma in sigmas:
        if (np.array(image.shape) < np.ceil(sigma / np.array(spacing)) + 1).any():
            continue
        name = f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm"
        values = _laplacian(image, box, spacing, sigma)
        yield name if image.ndim == 2 else f"{name}-3D", values


def _shortest(image: FloatArray) -> AnyArray:
    """The image in single precision where that loses nothing, as of all whole grey values."""
    short = image.astype(np.float32)
    return short if np.array_equal(short, image) else image


def _laplacian(
    image: AnyArray, box: Box, spacing: tuple[float, ...], sigma: float
) -> np.ndarray[Any, np.dtype[np.float32]]:
    window, inner = [], []
    for part, step in zip(box, spacing, strict=True):
        pad = int(np.ceil(PAD_SIGMAS * sigma / step))
        start = max(part.start - pad, 0)
        window.append(slice(start, part.stop + pad))
        inner.append((part.start - start, part.stop - start))
    around = np.ascontiguousarray(image[tuple(window)])
    total = np.zeros(tuple(part.stop - part.start for part in box), dtype=np.float32)
    axes = range(image.ndim - 1, -1, -1)  # ITK's first direction is the array's last axis
    for along in axes:
        second = _recursion(sigma / spacing[along], sigma**2, True)
        values = _filtered(around, along, second, inner[along])
        for across in axes:
            if across != along:
                smooth = _recursion(sigma / spacing[across], 1.0, False)
                values = _filtered(values, across, smooth, inner[across])
        change = values.astype(np.float64) / spacing[along] ** 2
        total = (total + change).astype(np.float32)
    return total


@dataclass(frozen=True, eq=False)
class _Recursion:
    """y[i] = sum of n[k] x[i - k] - sum of d[k] y[i - 1 - k], and m likewise backward."""

    n: FloatArray
    m: FloatArray
    d: FloatArray


@lru_cache(maxsize=64)
def _recursion(sigma: float, scale: float, second: bool) -> _Recursion:
    """Of the Gaussian, or of its second derivative times ``scale``; sigma in voxels.

    The Gaussian's response adds up to 1 over the line; that of the second derivative to 0, and it
    turns k squared / 2 into ``scale``.
    """
    d = _denominator(sigma)
    n = _numerator(sigma, _SMOOTH)
    whole, first, square = 1 + d.sum(), np.arange(1, 5) @ d, np.arange(1, 5) ** 2 @ d
    if second:
        smooth, n = n, _numerator(sigma, _SECOND)
        beta = (2 * n.sum() - whole * n[0]) / (2 * smooth.sum() - whole * smooth[0])
        n = n - beta * smooth
        sn, dn, en = n.sum(), np.arange(4) @ n, np.arange(4) ** 2 @ n
        alpha = (
            en * whole**2 - square * sn * whole - 2 * dn * first * whole + 2 * first**2 * sn
        ) / whole**3
        n = n * (scale / alpha)
    else:
        n = n / (2 * n.sum() / whole - n[0])
    return _Recursion(n, np.append(n[1:], 0.0) - d * n[0], d)


def _denominator(sigma: float) -> FloatArray:
    """Coefficients of the recursion: two pairs of conjugate poles."""
    factors = [
        np.array([1.0, -2 * np.exp(-decay / sigma) * np.cos(f / sigma), np.exp(-2 * decay / sigma)])
        for f, decay in zip(_FREQUENCIES, _DECAYS, strict=True)
    ]
    return np.asarray(np.convolve(factors[0], factors[1])[1:])


def _numerator(sigma: float, fit: tuple[tuple[float, float], ...]) -> FloatArray:
    """Coefficients of x: those that make the response at 0 to 3 the fitted oscillations."""
    k = np.arange(4)
    response = sum(
        (a * np.cos(f * k / sigma) + b * np.sin(f * k / sigma)) * np.exp(-decay * k / sigma)
        for (a, b), f, decay in zip(fit, _FREQUENCIES, _DECAYS, strict=True)
    )
    return np.convolve(np.asarray(response), np.append(1.0, _denominator(sigma)))[:4]


def _filtered(
    values: AnyArray, axis: int, recursion: _Recursion, kept: tuple[int, int]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The image filtered along one axis, from place to place, rounded to single precision."""
    if axis == values.ndim - 1:
        lines = values.reshape(1, -1, values.shape[-1]).transpose(0, 2, 1)
    elif axis == 0:
        lines = values.reshape(1, len(values), -1)
    else:
        lines = values
    shape = [*values.shape]
    shape[axis] = kept[1] - kept[0]
    out = np.empty(shape, dtype=np.float32)
    if axis == values.ndim - 1:
        kept_lines = out.reshape(1, -1, shape[-1]).transpose(0, 2, 1)
    elif axis == 0:
        kept_lines = out.reshape(1, shape[0], -1)
    else:
        kept_lines = out
    r = recursion
    filter_lines(lines, r.n, r.m, r.d, kept[0], kept_lines)
    return out


@kernel
def filter_lines(
    values: AnyArray, n: AnyArray, m: AnyArray, d: AnyArray, start: int, out: AnyArray
) -> None:
    """Filter along the middle axis, 128 lines side by side; a line goes on with its end values."""
    size = values.shape[1]
    gain = 1.0 + d.sum()
    x = np.zeros((size + 8) * _LINES)
    ahead = np.zeros((size + 8) * _LINES)
    back = np.zeros((size + 8) * _LINES)
    first, last = 4 * _LINES, (size + 3) * _LINES
    for a in range(values.shape[0]):
        for c in range(0, values.shape[2], _LINES):
            width = min(_LINES, values.shape[2] - c)
            for i in range(size):
                line = values[a, i, c : c + width]
                place = x[first + i * _LINES : first + i * _LINES + width]
                for k in range(width):
                    place[k] = line[k]
            for i in range(0, first, _LINES):
                for k in range(_LINES):
                    x[i + k] = x[first + k]
                    x[last + _LINES + i + k] = x[last + k]
                    ahead[i + k] = x[first + k] * (n.sum() / gain)
                    back[last + _LINES + i + k] = x[last + k] * (m.sum() / gain)
            for i in range(4, start + out.shape[1] + 4):
                _forward(x, ahead, n, d, i * _LINES)
            for i in range(size + 3, start + 3, -1):
                _backward(x, back, m, d, i * _LINES)
            for i in range(out.shape[1]):
                line = out[a, i, c : c + width]
                from_ahead = ahead[(start + i + 4) * _LINES : (start + i + 5) * _LINES]
                from_back = back[(start + i + 4) * _LINES : (start + i + 5) * _LINES]
                for k in range(width):
                    line[k] = np.float32(from_ahead[k] + from_back[k])


@kernel
def _forward(x: AnyArray, y: AnyArray, n: AnyArray, d: AnyArray, i: int) -> None:
    """The next voxel of each of the lines."""
    n0, n1, n2, n3 = n[0], n[1], n[2], n[3]
    d0, d1, d2, d3 = d[0], d[1], d[2], d[3]
    for k in range(np.uint64(i), np.uint64(i + _LINES)):
        y[k] = (
            n0 * x[k]
            + n1 * x[k - np.uint64(_LINES)]
            + n2 * x[k - np.uint64(2 * _LINES)]
            + n3 * x[k - np.uint64(3 * _LINES)]
        ) - (
            d0 * y[k - np.uint64(_LINES)]
            + d1 * y[k - np.uint64(2 * _LINES)]
            + d2 * y[k - np.uint64(3 * _LINES)]
            + d3 * y[k - np.uint64(4 * _LINES)]
        )


@kernel
def _backward(x: AnyArray, y: AnyArray, m: AnyArray, d: AnyArray, i: int) -> None:
    """The previous voxel of each of the lines."""
    m0, m1, m2, m3 = m[0], m[1], m[2], m[3]
    d0, d1, d2, d3 = d[0], d[1], d[2], d[3]
    for k in range(np.uint64(i), np.uint64(i + _LINES)):
        y[k] = (
            m0 * x[k + np.uint64(_LINES)]
            + m1 * x[k + np.uint64(2 * _LINES)]
            + m2 * x[k + np.uint64(3 * _LINES)]
            + m3 * x[k + np.uint64(4 * _LINES)]
        ) - (
            d0 * y[k + np.uint64(_LINES)]
            + d1 * y[k + np.uint64(2 * _LINES)]
            + d2 * y[k + np.uint64(3 * _LINES)]
            + d3 * y[k + np.uint64(4 * _LINES)]
        )
