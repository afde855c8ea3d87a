"""Filtered images for radiomics, over the box around the region only, as pyradiomics defines them.

An image is filtered in 2D and a volume in 3D; nothing is filtered along an axis that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from radln._types import BoolArray, FloatArray

WAVELET = "coif1"
_REACH = 8  # more than the support of coif1 (6 taps) on either side
Box = tuple[slice, ...]


def bounding_box(region: BoolArray) -> Box:
    """The slices that hold every voxel of the region."""
    axes = range(region.ndim)
    seen = (
        np.flatnonzero(region.any(axis=tuple(other for other in axes if other != axis)))
        for axis in axes
    )
    return tuple(slice(int(where[0]), int(where[-1]) + 1) for where in seen)


def wavelet_bands(image: FloatArray, box: Box) -> Iterator[tuple[str, FloatArray]]:
    """One level of the stationary wavelet transform: name of the band, its values in ``box``.

    Bands are named with the last axis first (``LH``: low along x, high along y), the approximation
    last. The image is continued periodically, and an odd axis first repeats its first line at the
    end; with the filter's short support only the box and a few pixels around it are transformed.
    """
    import pywt  # type: ignore[import-untyped]

    lines = []
    for size, part in zip(image.shape, box, strict=True):
        stop = part.stop + _REACH + (part.stop - part.start) % 2
        index = np.arange(part.start - _REACH, stop) % (size + size % 2)
        lines.append(np.where(index == size, 0, index))
    around = image[np.ix_(*lines)]
    axes = tuple(range(image.ndim - 1, -1, -1))
    bands = pywt.swtn(around, pywt.Wavelet(WAVELET), level=1, start_level=0, axes=axes)[0]
    inner = tuple(slice(_REACH, _REACH + part.stop - part.start) for part in box)
    approximation = "a" * image.ndim
    for name in (*(key for key in bands if key != approximation), approximation):
        yield name.replace("a", "L").replace("d", "H"), np.ascontiguousarray(bands[name][inner])


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
        values = sitk.GetArrayViewFromImage(laplacian.Execute(whole))
        name = f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm"
        yield name if image.ndim == 2 else f"{name}-3D", np.ascontiguousarray(values[box])
