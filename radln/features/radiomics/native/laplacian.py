"""Laplacian-of-Gaussian images over the region's box, with the values of ITK's recursive filter.

Each line of voxels is filtered forward and backward by a recursion of four steps, as ITK does it,
and rounded to single precision after every axis, so that grey levels come out the same. Only a
window around the box is filtered, and of it only what the next axis needs is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray
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
    shape = np.array(image.shape)
    widest, inner = window_around(image.shape, box, spacing, max(sigmas))
    image, box = shortest(image[widest]), tuple(slice(*ends) for ends in inner)
    room = np.empty((2, image.size), dtype=np.float32)
    for sigma in sigmas:
        if (shape < np.ceil(sigma / np.array(spacing)) + 1).any():
            continue
        yield log_name(sigma, image.ndim), laplacian(image, box, spacing, sigma, room)


def log_name(sigma: float, ndim: int) -> str:
    """The image's name, as pyradiomics calls it.

    >>> log_name(1.5, 3)
    'log-sigma-1-5-mm-3D'
    """
    name = f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm"
    return name if ndim == 2 else f"{name}-3D"


def shortest(image: FloatArray) -> AnyArray:
    """The image in single precision where that loses nothing, as of all whole grey values."""
    short = image.astype(np.float32)
    return short if np.array_equal(short, image) else image


def window_around(
    shape: tuple[int, ...],
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    pad_sigmas: float = PAD_SIGMAS,
) -> tuple[Box, list[tuple[int, int]]]:
    """The part of the image that is filtered; where ``box`` starts and ends in it."""
    window, inner = [], []
    for size, part, step in zip(shape, box, spacing, strict=True):
        pad = int(np.ceil(pad_sigmas * sigma / step))
        start = max(part.start - pad, 0)
        window.append(slice(start, min(part.stop + pad, size)))
        inner.append((part.start - start, part.stop - start))
    return tuple(window), inner


def laplacian(
    image: AnyArray,
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    room: AnyArray,
    pad_sigmas: float = PAD_SIGMAS,
) -> AnyArray:
    """Filtered along one axis after the other, in the precision of ``room``.

    ``room`` holds two images between the axes.
    """
    window, inner = window_around(image.shape, box, spacing, sigma, pad_sigmas)
    around = np.ascontiguousarray(image[window])
    total = np.zeros(tuple(part.stop - part.start for part in box), dtype=room.dtype)
    change = np.empty(total.shape)
    axes = range(image.ndim - 1, -1, -1)  # ITK's first direction is the array's last axis
    for along in axes:
        second = recursion(sigma / spacing[along], sigma**2, True)
        values = filtered(around, along, second, inner[along], room[0])
        for k, across in enumerate(axis for axis in axes if axis != along):
            smooth = recursion(sigma / spacing[across], 1.0, False)
            values = filtered(values, across, smooth, inner[across], room[1 - k])
        np.divide(values, spacing[along] ** 2, out=change, dtype=np.float64)
        total[...] = np.add(total, change, out=change)
    return total


@dataclass(frozen=True, eq=False)
class Recursion:
    """y[i] = sum of n[k] x[i - k] - sum of d[k] y[i - 1 - k], and m likewise backward."""

    n: FloatArray
    m: FloatArray
    d: FloatArray


@lru_cache(maxsize=64)
def recursion(sigma: float, scale: float, second: bool) -> Recursion:
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
    return Recursion(n, np.append(n[1:], 0.0) - d * n[0], d)


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


def filtered(
    values: AnyArray, axis: int, r: Recursion, kept: tuple[int, int], room: AnyArray
) -> AnyArray:
    """The image filtered along one axis, from place to place, rounded to the precision of ``room``.

    It is written into ``room``.
    """
    if axis == values.ndim - 1:
        lines = values.reshape(1, -1, values.shape[-1]).transpose(0, 2, 1)
    elif axis == 0:
        lines = values.reshape(1, len(values), -1)
    else:
        lines = values
    shape = [*values.shape]
    shape[axis] = kept[1] - kept[0]
    out = room[: math.prod(shape)].reshape(shape)
    if axis == values.ndim - 1:
        kept_lines = out.reshape(1, -1, shape[-1]).transpose(0, 2, 1)
    elif axis == 0:
        kept_lines = out.reshape(1, shape[0], -1)
    else:
        kept_lines = out
    filter_lines(lines, r.n, r.m, r.d, kept[0], kept_lines)
    return out


@kernel
def filter_lines(
    values: AnyArray, n: AnyArray, m: AnyArray, d: AnyArray, start: int, out: AnyArray
) -> None:
    """Filter along the middle axis, many lines side by side; a line goes on with its end values."""
    size = values.shape[1]
    ahead_at_rest, back_at_rest = n.sum() / (1.0 + d.sum()), m.sum() / (1.0 + d.sum())
    x = np.zeros((size + 8) * _LINES)
    ahead = np.zeros((size + 8) * _LINES)
    back = np.zeros((size + 8) * _LINES)
    first, last = 4 * _LINES, (size + 3) * _LINES
    groups = (values.shape[2] + _LINES - 1) // _LINES
    together = (values.shape[2] + 8 * groups - 1) // (8 * groups) * 8
    for a in range(values.shape[0]):
        for c in range(0, values.shape[2], together):
            width = min(together, values.shape[2] - c)
            for i in range(size):
                line = values[a, i, c : c + width]
                place = x[first + i * _LINES : first + i * _LINES + width]
                for k in range(width):
                    place[k] = line[k]
            for i in range(0, first, _LINES):
                for k in range(together):
                    x[i + k] = x[first + k]
                    x[last + _LINES + i + k] = x[last + k]
                    ahead[i + k] = x[first + k] * ahead_at_rest
                    back[last + _LINES + i + k] = x[last + k] * back_at_rest
            for i in range(4, start + out.shape[1] + 4, 4):
                _forward(x, ahead, n, d, i * _LINES, together)
            for i in range(size + 3, start + 3, -4):
                _backward(x, back, m, d, i * _LINES, together)
            for i in range(out.shape[1]):
                line = out[a, i, c : c + width]
                from_ahead = ahead[(start + i + 4) * _LINES : (start + i + 5) * _LINES]
                from_back = back[(start + i + 4) * _LINES : (start + i + 5) * _LINES]
                for k in range(width):
                    line[k] = from_ahead[k] + from_back[k]


@kernel
def _forward(x: AnyArray, y: AnyArray, n: AnyArray, d: AnyArray, i: int, width: int) -> None:
    """The next four voxels of each of the lines."""
    n0, n1, n2, n3 = n[0], n[1], n[2], n[3]
    d0, d1, d2, d3 = d[0], d[1], d[2], d[3]
    for k in range(np.uint64(i), np.uint64(i + width)):
        x0, x1 = x[k - np.uint64(3 * _LINES)], x[k - np.uint64(2 * _LINES)]
        x2, x3 = x[k - np.uint64(_LINES)], x[k]
        x4, x5 = x[k + np.uint64(_LINES)], x[k + np.uint64(2 * _LINES)]
        x6 = x[k + np.uint64(3 * _LINES)]
        y0, y1 = y[k - np.uint64(4 * _LINES)], y[k - np.uint64(3 * _LINES)]
        y2, y3 = y[k - np.uint64(2 * _LINES)], y[k - np.uint64(_LINES)]
        y4 = (n0 * x3 + n1 * x2 + n2 * x1 + n3 * x0) - (d0 * y3 + d1 * y2 + d2 * y1 + d3 * y0)
        y5 = (n0 * x4 + n1 * x3 + n2 * x2 + n3 * x1) - (d0 * y4 + d1 * y3 + d2 * y2 + d3 * y1)
        y6 = (n0 * x5 + n1 * x4 + n2 * x3 + n3 * x2) - (d0 * y5 + d1 * y4 + d2 * y3 + d3 * y2)
        y7 = (n0 * x6 + n1 * x5 + n2 * x4 + n3 * x3) - (d0 * y6 + d1 * y5 + d2 * y4 + d3 * y3)
        y[k] = y4
        y[k + np.uint64(_LINES)] = y5
        y[k + np.uint64(2 * _LINES)] = y6
        y[k + np.uint64(3 * _LINES)] = y7


@kernel
def _backward(x: AnyArray, y: AnyArray, m: AnyArray, d: AnyArray, i: int, width: int) -> None:
    """The previous four voxels of each of the lines."""
    m0, m1, m2, m3 = m[0], m[1], m[2], m[3]
    d0, d1, d2, d3 = d[0], d[1], d[2], d[3]
    for k in range(np.uint64(i), np.uint64(i + width)):
        x0, x1 = x[k + np.uint64(4 * _LINES)], x[k + np.uint64(3 * _LINES)]
        x2, x3 = x[k + np.uint64(2 * _LINES)], x[k + np.uint64(_LINES)]
        x4, x5 = x[k], x[k - np.uint64(_LINES)]
        x6 = x[k - np.uint64(2 * _LINES)]
        y0, y1 = y[k + np.uint64(4 * _LINES)], y[k + np.uint64(3 * _LINES)]
        y2, y3 = y[k + np.uint64(2 * _LINES)], y[k + np.uint64(_LINES)]
        y4 = (m0 * x3 + m1 * x2 + m2 * x1 + m3 * x0) - (d0 * y3 + d1 * y2 + d2 * y1 + d3 * y0)
        y5 = (m0 * x4 + m1 * x3 + m2 * x2 + m3 * x1) - (d0 * y4 + d1 * y3 + d2 * y2 + d3 * y1)
        y6 = (m0 * x5 + m1 * x4 + m2 * x3 + m3 * x2) - (d0 * y5 + d1 * y4 + d2 * y3 + d3 * y2)
        y7 = (m0 * x6 + m1 * x5 + m2 * x4 + m3 * x3) - (d0 * y6 + d1 * y5 + d2 * y4 + d3 * y3)
        y[k] = y4
        y[k - np.uint64(_LINES)] = y5
        y[k - np.uint64(2 * _LINES)] = y6
        y[k - np.uint64(3 * _LINES)] = y7
