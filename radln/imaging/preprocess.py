"""Around a node: its largest slice, and square crops at any size with their aspect ratio kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from radln._types import BoolArray, FloatArray
from radln.errors import EmptyMaskError, InputError


def largest_slice(
    image: FloatArray, region: BoolArray, spacing: tuple[float, ...]
) -> tuple[FloatArray, BoolArray, tuple[float, float]]:
    """The slice on which the region is largest (the first of equals); an image stays as it is.

    Examples
    --------
    >>> region = np.zeros((3, 4, 4), dtype=bool)
    >>> region[2, 1:3, 1:3] = True
    >>> image, plane, spacing = largest_slice(np.zeros((3, 4, 4)), region, (5.0, 0.2, 0.3))
    >>> plane.sum(), spacing
    (np.int64(4), (0.2, 0.3))
    """
    if image.shape != region.shape or len(spacing) != image.ndim:
        raise InputError("image, region and spacing of a node must have the same dimensions.")
    if not region.any():
        raise EmptyMaskError(
            "the mask is empty: no pixel differs from 0. Draw it, or exclude the case."
        )
    if image.ndim == 3:
        largest = int(np.argmax(region.sum(axis=(1, 2))))
        image, region = image[largest], region[largest]
    return image, region, (float(spacing[-2]), float(spacing[-1]))


@dataclass(frozen=True)
class SquareCrop:
    """A square of tissue around a region, in pixel coordinates that may leave the image.

    ``top``, ``bottom``, ``left``, ``right`` count pixel edges from the image's upper left corner.
    """

    top: float
    bottom: float
    left: float
    right: float

    @classmethod
    def around(
        cls, region: BoolArray, spacing: tuple[float, float], *, margin: float = 0.25
    ) -> SquareCrop:
        """Centred on the region's box; its side is the box's longer side plus a margin at each end.

        Parameters
        ----------
        region
            (y, x), at least one pixel.
        spacing
            Pixel size (y, x): the crop is square in these lengths, not in pixels.
        margin
            Share of the box's longer side that is added at each end.
        """
        edges = []
        for axis in (0, 1):
            seen = np.flatnonzero(region.any(axis=1 - axis))
            edges.append((float(seen[0]), float(seen[-1]) + 1.0))
        longer = max((b - a) * step for (a, b), step in zip(edges, spacing, strict=True))
        half = longer * (0.5 + margin)
        (top, bottom), (left, right) = (
            ((a + b) / 2 - half / step, (a + b) / 2 + half / step)
            for (a, b), step in zip(edges, spacing, strict=True)
        )
        return cls(top, bottom, left, right)

    def image(self, image: FloatArray, size: tuple[int, int]) -> FloatArray:
        """Grey values at (height, width), smoothed where it shrinks; the image's edge continues."""
        return self._resized(image, size)

    def coverage(self, region: BoolArray, size: tuple[int, int]) -> FloatArray:
        """The share of each of (height, width) cells that the region covers, 0 to 1, exactly."""
        rows = _overlap(self.top, self.bottom, size[0], region.shape[0])
        columns = _overlap(self.left, self.right, size[1], region.shape[1])
        return np.asarray(rows @ region.astype(np.float64) @ columns.T)

    def _resized(self, values: FloatArray, size: tuple[int, int]) -> FloatArray:
        reach = math.ceil(max(self.bottom - self.top, self.right - self.left) / min(size)) + 1
        rows, top = _around(self.top, self.bottom, reach, values.shape[0])
        columns, left = _around(self.left, self.right, reach, values.shape[1])
        kept = values[rows.start : rows.stop, columns.start : columns.stop].astype(np.float32)
        before = (max(0, math.ceil(-top)), max(0, math.ceil(-left)))
        bottom, right = top + self.bottom - self.top, left + self.right - self.left
        after = (
            max(0, math.ceil(bottom - kept.shape[0])),
            max(0, math.ceil(right - kept.shape[1])),
        )
        padded = np.pad(kept, tuple(zip(before, after, strict=True)), mode="edge")
        box = (left + before[1], top + before[0], right + before[1], bottom + before[0])
        picture = Image.fromarray(np.ascontiguousarray(padded))
        resized = picture.resize(size[::-1], Image.Resampling.BILINEAR, box=box)
        return np.asarray(resized, dtype=np.float64)


def _overlap(low: float, high: float, cells: int, pixels: int) -> FloatArray:
    """(cells, pixels): which share of each cell of a stretch lies in each pixel."""
    edges = np.linspace(low, high, cells + 1)
    pixel = np.arange(pixels)
    inside = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.asarray(np.maximum(inside, 0.0) * (cells / (high - low)))


def _around(low: float, high: float, reach: int, size: int) -> tuple[range, float]:
    """The pixels that an edge-to-edge stretch needs, and where ``low`` lies among them."""
    first = min(max(0, math.floor(low) - reach), size - 1)
    last = max(min(size, math.ceil(high) + reach), first + 1)
    return range(first, last), low - first
