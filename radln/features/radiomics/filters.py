"""Filtered images for radiomics, over the box around the region only, as pyradiomics defines them.

An image is filtered in 2D and a volume in 3D; nothing is filtered along an axis that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from radln._types import BoolArray, FloatArray

WAVELET = "coif1"
Box = tuple[slice, ...]


def bounding_box(region: BoolArray) -> Box:
    """The slices that hold every voxel of the region."""
    lines: BoolArray = np.any(region, axis=-1)
    box: Box = ()
    for axis in range(lines.ndim):
        across = tuple(other for other in range(lines.ndim) if other != axis)
        box = (*box, _extent(np.any(lines, axis=across)))
    inside = region[box].reshape(-1, region.shape[-1])
    return (*box, _extent(np.any(inside, axis=0)))


def _extent(seen: Any) -> slice:
    where = np.flatnonzero(seen)
    return slice(int(where[0]), int(where[-1]) + 1)


def wavelet_bands(
    image: FloatArray,
    box: Box,
    *,
    wavelet: str = WAVELET,
    level: int = 1,
    start_level: int = 0,
    across: int | None = None,
) -> Iterator[tuple[str, FloatArray]]:
    """Stationary wavelet transform, level by level: name of the image, its values in ``box``.

    Bands are named with the last axis first (``wavelet-LH``: low along x, high along y), those of
    a second level ``wavelet2-LH``; the approximation comes last. The image is continued
    periodically, and an odd axis first repeats its first line at the end; a filter's support is
    short, so that only the box and what it reaches around it are transformed. Nothing is filtered
    along the axis ``across``.
    """
    import pywt

    filters = pywt.Wavelet(wavelet)
    reach = filters.dec_len * (start_level + level) + 2
    windows = [
        (np.arange(part.start, part.stop), slice(None))
        if axis == across
        else _window(size, part, reach)
        for axis, (size, part) in enumerate(zip(image.shape, box, strict=True))
    ]
    around = image[np.ix_(*(lines for lines, _ in windows))]
    inner = tuple(kept for _, kept in windows)
    axes = tuple(axis for axis in range(image.ndim - 1, -1, -1) if axis != across)
    smooth = "a" * len(axes)
    for number in range(1 - start_level, level + 1):
        bands = pywt.swtn(around, filters, level=1, start_level=0, axes=axes)[0]
        around = bands.pop(smooth)
        label = "wavelet-" if number == 1 else f"wavelet{number}-"
        if number >= 1:
            for name, values in bands.items():
                letters = name.replace("a", "L").replace("d", "H")
                yield label + letters, np.ascontiguousarray(values[inner])
    yield label + "L" * len(axes), np.ascontiguousarray(around[inner])


def _window(size: int, part: slice, reach: int) -> tuple[Any, slice]:
    """The lines of one axis that decide the values in ``part``, and where ``part`` is in them."""
    whole, long = size + size % 2, part.stop - part.start
    if long + 2 * reach >= whole:
        lines, kept = np.arange(whole), part
    else:
        lines = np.arange(part.start - reach, part.stop + reach + long % 2) % whole
        kept = slice(reach, reach + long)
    return np.where(lines == size, 0, lines), kept


def log_images(
    image: FloatArray, box: Box, spacing: tuple[float, ...], sigmas: tuple[float, ...]
) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.floating[Any]]]]]:
    """Laplacian of Gaussian, times sigma squared: name, values in ``box`` (float32, as ITK's are).

    The recursive filter has no end, so that the whole image is filtered. A sigma that the image
    cannot hold (fewer than sigma + 1 voxels along an axis) or an axis of fewer than 4 is left out.
    """
    import SimpleITK as sitk  # noqa: N813 - its usual name

    if min(image.shape) < 4 or not sigmas:
        return
    filters: Any = sitk  # its classes carry no types
    whole = filters.GetImageFromArray(image)
    whole.SetSpacing(spacing[::-1])
    for sigma in sigmas:
        if (np.array(image.shape) < np.ceil(sigma / np.array(spacing)) + 1).any():
            continue
        laplacian = filters.LaplacianRecursiveGaussianImageFilter()
        laplacian.SetNormalizeAcrossScale(True)
        laplacian.SetSigma(sigma)
        filtered = laplacian.Execute(whole)  # the view below does not keep it alive
        values = np.array(sitk.GetArrayViewFromImage(filtered)[box], order="C")
        name = f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm"
        yield name if image.ndim == 2 else f"{name}-3D", values
