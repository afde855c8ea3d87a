"""What is odd about how a region was drawn, and its repair where that was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from radln._types import BoolArray

SMALL_NODE = 64  # voxels; below this texture and shape are mostly noise
REPAIRED = "mask repaired: "  # so begins what is said of one
ISLAND = 0.1  # of the largest part: what is smaller is an island
HOLES = 0.005  # of the region
GAP = 3  # pixels by which both ends of an open outline are drawn on
STRAY, STROKES = 6, 2  # pixels of the shortest stray line; so many of them at most
FULL = 0.98  # of its bounding box that a box fills
RIM = 2.0  # times its own area that an outline encloses


def drawing_doubts(region: BoolArray) -> Iterator[tuple[str, str]]:
    """What is odd, as (name, how much).

    ``islands`` are parts smaller than a tenth of the largest, ``several_parts`` larger ones; of
    ``holes`` count those of more than half a percent of the region. An outline (``rim_only``)
    encloses at least twice its own area. ``inverted`` covers all corners and more than half of the
    image.

    Examples
    --------
    >>> region = np.zeros((30, 40), dtype=bool)
    >>> region[5:20, 5:20], region[27, 30] = True, True
    >>> list(drawing_doubts(region))
    [('islands', '1 pixel(s) in 1 part(s)')]
    """
    if region.mean() > 0.5 and all(region[corner] for corner in _corners(region.ndim)):
        yield "inverted", f"{region.mean():.0%} of the image"
        return
    inside = _cut_out(region)
    sizes = np.sort(_sizes(_labelled(inside)[0]))[::-1]
    small = sizes[1:][sizes[1:] < ISLAND * sizes[0]]
    if small.size:
        yield "islands", f"{small.sum()} pixel(s) in {small.size} part(s)"
    if sizes.size - small.size > 1:
        yield "several_parts", f"{sizes.size - small.size} parts"
    area, holes = int(inside.sum()), int((_filled(inside) & ~inside).sum())
    if area + holes >= RIM * area:
        yield "rim_only", f"{area} pixel(s) around {holes}"
    elif (around := _almost_closed(inside)) >= RIM * area:
        yield "rim_only", f"{area} pixel(s), an outline with a gap around {around - area}"
    elif holes > HOLES * area:
        yield "holes", f"{holes} pixel(s)"


def stray_line(plane: BoolArray) -> BoolArray | None:
    """The longest thin line that leaves a plane region, as of a slipped brush; None without one.

    Lines are what 3 x 3 pixels do not fit into, from ``STRAY`` pixels on; more than ``STROKES`` of
    them are spicules, or a border drawn in tatters. The limit lies above what 1,492 masks of
    lesions on ultrasound and 157 simulated ones show (at most 5 pixels); of 550 on CT, 3 had more.

    Examples
    --------
    >>> region = np.zeros((30, 40), dtype=bool)
    >>> region[5:20, 5:20], region[12, 20:30] = True, True
    >>> int(stray_line(region).sum())
    10
    """
    inside = np.pad(_cut_out(plane), 2)
    parts, count = _labelled(inside)
    if count > 1:
        inside = parts == 1 + int(np.argmax(_sizes(parts)))
    thick = _opened(inside)
    if not thick.any():
        return None
    parts, _ = _labelled(inside & ~thick)
    lines = [
        (span, number)
        for number, box in enumerate(ndimage.find_objects(parts), 1)
        if (span := max(side.stop - side.start for side in box)) >= STRAY
    ]
    if not 1 <= len(lines) <= STROKES:
        return None
    found = np.zeros_like(plane)
    found[_box(plane)] = (parts == max(lines)[1])[2:-2, 2:-2]
    return found


def fills_box(region: BoolArray) -> bool:
    """Whether a region is (almost) its own bounding box, as no outline of a node is.

    Examples
    --------
    >>> fills_box(np.pad(np.ones((5, 9), dtype=bool), 2))
    True
    """
    return bool(_cut_out(region).mean() > FULL)


def repaired(region: BoolArray, how: str) -> tuple[BoolArray, str]:
    """The region with its holes filled, its largest part alone, or both; and what was changed.

    ``how`` is fill, largest, all, or none.

    Examples
    --------
    >>> region = np.zeros((9, 9), dtype=bool)
    >>> region[2:7, 2:7], region[4, 4], region[0, 0] = True, False, True
    >>> mended, note = repaired(region, "all")
    >>> int(mended.sum()), note
    (25, 'mask repaired: 1 pixel(s) apart left out, 1 in holes filled')
    """
    said = []
    mended = region
    if how in ("largest", "all"):
        parts, count = _labelled(mended)
        if count > 1:
            mended = parts == 1 + int(np.argmax(_sizes(parts)))
            said.append(f"{int(region.sum() - mended.sum())} pixel(s) apart left out")
    if how in ("fill", "all"):
        whole = _filled(mended)
        holes = int(whole.sum() - mended.sum())
        if holes:
            mended = whole
            said.append(f"{holes} in holes filled")
    return np.asarray(mended, dtype=np.bool_), f"{REPAIRED}{', '.join(said)}" if said else ""


def _labelled(region: BoolArray) -> tuple[np.ndarray, int]:
    """Parts that touch by a side or a corner."""
    parts, count = ndimage.label(region, np.ones((3,) * region.ndim))
    return parts, int(count)


def _sizes(parts: np.ndarray) -> np.ndarray:
    return np.bincount(parts.ravel())[1:]


def _filled(region: BoolArray) -> BoolArray:
    """With everything that it encloses: all but what the outside reaches side by side."""
    outside, _ = ndimage.label(~np.pad(region, 1))
    inner = (slice(1, -1),) * region.ndim
    return np.asarray(outside[inner] != outside[(0,) * region.ndim], dtype=np.bool_)


def _opened(plane: BoolArray) -> BoolArray:
    """The pixels that 3 x 3 of the plane fit over; none at its edge."""
    thick = np.zeros_like(plane)
    across = plane[:, :-2] & plane[:, 1:-1] & plane[:, 2:]
    fits = across[:-2] & across[1:-1] & across[2:]
    for down in range(3):
        for right in range(3):
            rows, columns = fits.shape
            thick[down : down + rows, right : right + columns] |= fits
    return thick


def _almost_closed(region: BoolArray) -> int:
    """The area of a thin region with its gaps closed and filled; 0 of one that is not thin."""
    if region.mean() > 0.5 or ndimage.binary_erosion(region, iterations=2).any():
        return 0
    wide = ndimage.binary_dilation(np.pad(region, 2 * GAP), iterations=GAP)
    return int(ndimage.binary_erosion(_filled(wide), iterations=GAP).sum())


def _cut_out(region: BoolArray) -> BoolArray:
    return np.asarray(region[_box(region)])


def _box(region: BoolArray) -> tuple[slice, ...]:
    """The smallest box that holds a region."""
    axes = range(region.ndim)
    inside = (
        np.flatnonzero(region.any(axis=tuple(other for other in axes if other != axis)))
        for axis in axes
    )
    return tuple(slice(int(places[0]), int(places[-1]) + 1) for places in inside)


def _corners(n: int) -> list[tuple[int, ...]]:
    return [tuple(corner) for corner in np.array(np.meshgrid(*[[0, -1]] * n)).reshape(n, -1).T]
