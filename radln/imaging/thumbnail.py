"""A small picture of an image with the outlines of its nodes, to be looked through by eye."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage

from radln._types import BoolArray, FloatArray
from radln.imaging.preprocess import largest_slice

LONGER_SIDE = 240  # pixels
OUTLINE = (230, 159, 0)  # orange of the colour-blind safe palette
QUALITY = 85


def thumbnail(
    image: FloatArray, regions: Sequence[BoolArray], spacing: tuple[float, ...] | None = None
) -> bytes:
    """A JPEG, at most 240 pixels wide and high; of a volume the slice in which the first node is
    largest. Grey values run from the image's darkest to its brightest, and anatomy keeps its
    proportions where the pixel size is known.

    Examples
    --------
    >>> region = np.zeros((40, 60), dtype=bool); region[10:30, 20:40] = True
    >>> Image.open(io.BytesIO(thumbnail(np.ones((40, 60)), [region]))).size
    (240, 160)
    """
    steps = spacing or (1.0,) * image.ndim
    plane, first, step = largest_slice(image, regions[0], steps)
    at = int(np.argmax(regions[0].sum(axis=(1, 2)))) if image.ndim == 3 else None
    planes = [first, *(region if at is None else region[at] for region in regions[1:])]
    height, width = plane.shape[0] * step[0], plane.shape[1] * step[1]
    scale = LONGER_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    low, high = float(plane.min()), float(plane.max())
    grey = ((plane - low) * (255 / (high - low or 1.0))).astype(np.uint8)
    drawn = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR).convert("RGB"))
    drawn = drawn.copy()
    for region in planes:
        fine = np.asarray(Image.fromarray(region.astype(np.uint8) * 255).resize(size)) > 127
        drawn[fine & ~ndimage.binary_erosion(fine)] = OUTLINE
    held = io.BytesIO()
    Image.fromarray(drawn).save(held, format="JPEG", quality=QUALITY)
    return held.getvalue()
