"""How far rounding may carry a Laplacian of Gaussian, voxel by voxel.

The bounds are derived in docs/decisions/0015-decided-by-rounding.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from radln._types import AnyArray, BoolArray, FloatArray
from radln.features.radiomics.edges import DOUBLE, SINGLE, Edges
from radln.features.radiomics.filters import Box
from radln.features.radiomics.native.laplacian import (
    PAD_SIGMAS,
    Recursion,
    filtered,
    laplacian,
    recursion,
    shortest,
    window_around,
)
from radln.features.radiomics.settings import RadiomicsSettings

_WIDE = (20, 32, 80)  # sigmas; beyond, a response is 1e-12, 1e-19 and 1e-48 of its peak
_ROUNDINGS = 12  # of one term of the recursion: 5 of its sum, 6 of its coefficients, 1 for powers
_DECAY, _OWN_DECAY = 1.0, 1.3732  # times distance / sigma: of errors, of the responses


@dataclass(frozen=True)
class _Envelope:
    """What lies above the responses of one recursion: ``height * decay**distance``.

    ``response`` is of the filter, ``error`` of the roundings of its terms. ``total`` is the sum of
    the filter's absolute response, and ``tail(sigmas)`` of what lies farther away than that.
    """

    width: float
    decay: float
    response: float
    error: float
    total: float
    far: float

    def tail(self, sigmas: float) -> float:
        """The absolute response beyond so many sigmas, on both sides."""
        own = math.exp(-_OWN_DECAY / self.width)
        return 2 * self.far * math.exp(-_OWN_DECAY * sigmas) / (1 - own)


def settled_laplacian(
    values: AnyArray,
    image: AnyArray,
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    inside: BoolArray,
    settings: RadiomicsSettings,
) -> tuple[AnyArray, int]:
    """``values`` of ``log_images``, on the edge of a bin where rounding decides; how many are.

    Values near an edge are filtered again in double precision, over wider and wider windows until
    each can be told from it, or cannot by its own bound. Where the first window was too narrow, the
    value is the one that ITK rounds from a wider one.
    """
    where = image, box, spacing, sigma
    spread = float(np.ptp(image))  # once: the image may be large
    region, limit = values[inside], largest_error(*where, spread=spread)
    edges = Edges.of(region, limit, settings)
    if edges is None:
        return values, 0
    near = np.abs(region - edges.nearest(region.astype(np.float64))) <= limit
    narrow, tied = near, np.zeros_like(near)
    for sigmas in (PAD_SIGMAS, *_WIDE):
        if not near.any():
            break
        exact = _over_window(*where, sigmas, np.float64)[inside]
        edge = edges.nearest(exact)
        limit = largest_error(*where, kept=DOUBLE, sigmas=sigmas, spread=spread)
        near = near & (np.abs(exact - edge) <= limit)
        if sigmas == PAD_SIGMAS:
            narrow = near
        elif sigmas >= _WIDE[1] and near.any():
            bounds = exact_laplacian(*where, sigmas=sigmas)[1][inside]
            beyond = cut_off(*where, sigmas, spread)
            tied = near & (np.abs(exact - edge) <= bounds) & (bounds > 2 * beyond)
            near = near & (bounds <= 2 * beyond)
    if not narrow.any():
        return values, 0
    region[narrow] = _over_window(*where, sigmas, np.float32)[inside][narrow]
    moved = tied & (region != edge)
    region[moved] = edge[moved]
    values = values.copy()
    values[inside] = region
    return values, int(np.count_nonzero(moved))


def _over_window(
    image: AnyArray, box: Box, spacing: tuple[float, ...], sigma: float, sigmas: float, kind: type
) -> AnyArray:
    """The filter over a window of so many sigmas, in that precision between axes."""
    window, inner = window_around(image.shape, box, spacing, sigma, sigmas)
    around, mine = shortest(image[window]), tuple(slice(*ends) for ends in inner)
    room: AnyArray = np.empty((2, around.size), dtype=kind)
    return laplacian(around, mine, spacing, sigma, room, sigmas)


def largest_error(
    image: AnyArray,
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    *,
    kept: float = SINGLE,
    sigmas: float = PAD_SIGMAS,
    spread: float | None = None,
) -> float:
    """A bound for every voxel in ``box`` of ``log_images``, also for what its window cuts off.

    ``spread`` is the range of the whole image, where it is known.

    Examples
    --------
    >>> image = np.tile([20.0, 80.0], (40, 20))
    >>> 1e-6 < largest_error(image, (slice(8, 20),) * 2, (1.0, 1.0), 1.0) < 1e-4
    True
    """
    window, _ = window_around(image.shape, box, spacing, sigma, sigmas)
    high, low = float(image[window].max()), float(image[window].min())
    bound = size = 0.0
    for along, order in _orders(image.ndim):
        largest, error = max(high, -low), 0.0
        for axis in order:
            e = _filter(sigma, spacing, along, axis)[1]
            line = 2 / (1 - e.decay)  # the sum of decay**distance is less
            error = e.total * error + _ROUNDINGS * DOUBLE * e.error * line * largest
            largest = e.total * ((high - low) / 2 if axis == along else largest)
            error += kept * largest
        area = spacing[along] ** 2
        size += largest / area
        bound += error / area + kept * size
    return bound + cut_off(image, box, spacing, sigma, sigmas, spread)


def exact_laplacian(
    image: AnyArray,
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    *,
    kept: float = DOUBLE,
    sigmas: float = _WIDE[1],
) -> tuple[FloatArray, FloatArray]:
    """The Laplacian of Gaussian in double precision, and how far rounding may have carried it.

    Parameters
    ----------
    image, box, spacing, sigma
        As for :func:`radln.features.radiomics.native.laplacian.log_images`.
    kept
        The relative rounding of what is kept between axes: ``DOUBLE`` for the values returned,
        ``SINGLE`` for the bound of an engine that works in single precision between axes.
    sigmas
        How far around the box grey values are read.

    Returns
    -------
    tuple
        Values in ``box``, and the bound of each.

    Notes
    -----
    A rounding error enters where a term is rounded and goes the way of the grey values, so that
    flat ground has errors of its own grey value, not of what is bright elsewhere.

    Examples
    --------
    >>> image = np.where(np.arange(200) < 60, 80.0, 3.0)[:, None] * np.ones(40)
    >>> part = (slice(150, 152), slice(20, 21))
    >>> values, bound = exact_laplacian(image, part, (1.0, 1.0), 1.0)
    >>> bool((np.abs(values) <= bound).all()), bool((bound < 1e-12).all())
    (True, True)
    """
    window, inner = window_around(image.shape, box, spacing, sigma, sigmas)
    around = np.ascontiguousarray(image[window], dtype=np.float64)
    mine = tuple(slice(*ends) for ends in inner)
    total, bound = np.zeros(around[mine].shape), np.zeros(around[mine].shape)
    for along, order in _orders(image.ndim):
        values, error = around, np.zeros(around.shape)
        for axis in order:
            r, e = _filter(sigma, spacing, along, axis)
            values, error = _one_axis(values, error, axis, r, e, kept)
        area = spacing[along] ** 2
        total += values[mine] / area
        bound += error[mine] / area + kept * np.abs(total)
    return total, bound + cut_off(image, box, spacing, sigma, sigmas)


def _orders(ndim: int) -> list[tuple[int, list[int]]]:
    """Each axis, and the order in which its second derivative and the smoothing are done."""
    axes = range(ndim - 1, -1, -1)
    return [(along, [along, *(axis for axis in axes if axis != along)]) for along in axes]


def _filter(
    sigma: float, spacing: tuple[float, ...], along: int, axis: int
) -> tuple[Recursion, _Envelope]:
    """What is done along ``axis`` for the second derivative along ``along``."""
    width, second = sigma / spacing[axis], axis == along
    r = recursion(width, sigma**2 if second else 1.0, second)
    n, m, d = (tuple(one.tolist()) for one in (r.n, r.m, r.d))
    return r, _envelope(n, m, d, width)


def cut_off(
    image: AnyArray,
    box: Box,
    spacing: tuple[float, ...],
    sigma: float,
    sigmas: float,
    spread: float | None = None,
) -> float:
    """A bound on what lies farther than so many sigmas from ``box``; 0 if that is nothing."""
    window, _ = window_around(image.shape, box, spacing, sigma, sigmas)
    if image[window].shape == image.shape:
        return 0.0
    found = 0.0
    for along, order in _orders(image.ndim):
        filters = [_filter(sigma, spacing, along, axis)[1] for axis in order]
        whole = math.prod(e.total for e in filters)
        found += whole * sum(e.tail(sigmas) / e.total for e in filters) / spacing[along] ** 2
    return found * (float(np.ptp(image)) if spread is None else spread)


def _one_axis(
    values: FloatArray, error: FloatArray, axis: int, r: Recursion, e: _Envelope, kept: float
) -> tuple[FloatArray, FloatArray]:
    """Values and their bound after the filter along one axis."""
    room = np.empty(values.size)
    after = filtered(values, axis, r, (0, values.shape[axis]), room)
    spread = e.response * error + _ROUNDINGS * DOUBLE * e.error * np.abs(values)
    return after, _spread(spread, axis, e.decay) + kept * np.abs(after)


def _spread(values: FloatArray, axis: int, decay: float) -> FloatArray:
    """The sum over places of ``decay**distance`` times the value; a line goes on with its ends."""
    lines = np.moveaxis(values, axis, 0)
    ahead, back = lines.copy(), lines.copy()
    ahead[0] /= 1 - decay
    back[-1] /= 1 - decay
    for i in range(1, len(lines)):
        ahead[i] += decay * ahead[i - 1]
        back[-1 - i] += decay * back[-i]
    ahead += back
    ahead -= lines
    return np.moveaxis(ahead, 0, axis)


@lru_cache(maxsize=64)
def _envelope(
    n: tuple[float, ...], m: tuple[float, ...], d: tuple[float, ...], width: float
) -> _Envelope:
    """From the responses of the recursion to one voxel, forward and backward."""
    size = math.ceil(50 * width) + 16
    steps = np.arange(size) / width
    answer = _impulse((1.0,), d, size)
    forward, backward = _impulse(n, d, size), _impulse((0.0, *m), d, size)
    response, error = np.maximum(np.abs(forward), np.abs(backward)), np.zeros(size)
    for terms, whole in ((n, forward), ((0.0, *m), backward)):
        entered = np.convolve(np.abs(whole), np.abs([0.0, *d]))[:size]
        entered[: len(terms)] += np.abs(terms)
        error = np.maximum(error, np.convolve(np.abs(answer), entered)[:size])
    return _Envelope(
        width=width,
        decay=math.exp(-_DECAY / width),
        response=float((response * np.exp(_DECAY * steps)).max()),
        error=float((error * np.exp(_DECAY * steps)).max()),
        total=float(np.abs(forward).sum() + np.abs(backward).sum()),
        far=float((response * np.exp(_OWN_DECAY * steps)).max()),
    )


def _impulse(terms: tuple[float, ...], d: tuple[float, ...], size: int) -> FloatArray:
    """What the recursion makes of a single 1."""
    found = np.zeros(size + 4)
    found[4 : 4 + len(terms)] = terms
    back = np.array(d[::-1])
    for i in range(4, size + 4):
        found[i] -= back @ found[i - 4 : i]
    return found[4:]
