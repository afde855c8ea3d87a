"""Filters that look at one pixel or at its neighbours, over the box around the region only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from radln._types import FloatArray
from radln.features.radiomics.edges import DOUBLE
from radln.features.radiomics.filters import Box

if TYPE_CHECKING:
    from radln.features.radiomics.settings import RadiomicsSettings


def pointwise_images(
    image: FloatArray, box: Box, spacing: tuple[float, ...], settings: RadiomicsSettings
) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.floating[Any]]]]]:
    """Name and values in ``box`` of each image that ``settings.filters`` asks for, in its order.

    Parameters
    ----------
    image
        Grey values, (y, x) or (z, y, x); the whole image decides how each filter is scaled.
    spacing
        Voxel size along the array's axes, for the gradient.

    Notes
    -----
    With m the largest absolute grey value of the whole image: square x^2 / m; square root of m |x|
    and m log(|x| + 1) / log(m + 1), each with the sign of x; exponential m^(x / m). The gradient's
    magnitude (float32, as ITK's is) is of central differences, and an image goes on beyond its
    border with the border's value. Where all grey values are 0, only the square root and the
    gradient are defined, and the others are left out.

    Examples
    --------
    >>> from radln.features.radiomics.settings import RadiomicsSettings
    >>> image = np.array([[0.0, 1.0, 4.0], [0.0, -1.0, 4.0]])
    >>> asked = RadiomicsSettings(filters=("square", "squareroot", "gradient"))
    >>> box = (slice(0, 2), slice(1, 2))
    >>> for name, values in pointwise_images(image, box, (1.0, 1.0), asked):
    ...     print(name, values.ravel().round(3))
    square [0.25 0.25]
    squareroot [ 2. -2.]
    gradient [2.236 2.236]
    """
    inside = np.ascontiguousarray(image[box])
    largest: Any = np.float64(0)
    if any(name != "gradient" for name in settings.filters):
        largest = max(image.max(), -image.min())
    for name in settings.filters:
        if name == "gradient":
            yield name, _gradient(image, box, spacing if settings.gradient_use_spacing else None)
        elif name == "squareroot":
            yield name, np.copysign(np.sqrt(np.abs(inside) * largest), inside)
        elif largest > 0:
            yield name, _scaled(name, inside, largest)


def _scaled(name: str, inside: FloatArray, largest: Any) -> FloatArray:
    """Square, logarithm or exponential; ``largest`` is above 0."""
    values: FloatArray
    if name == "square":
        values = inside * (1 / np.sqrt(largest))
        values *= values
    elif name == "logarithm":
        values = np.log(np.abs(inside) + 1)
        values *= largest / np.log(largest + 1)
        np.copysign(values, inside, out=values)
    else:
        values = np.exp(inside * (np.log(largest) / largest))
    return values


def pointwise_error(name: str, values: FloatArray, largest: float) -> FloatArray:
    """How far rounding may carry values of a filter other than the gradient.

    Parameters
    ----------
    largest
        The largest absolute grey value of the image that was filtered; above 0.

    Notes
    -----
    At most 8 roundings of the value itself, functions of numpy included; the logarithm's argument
    is rounded too, and so is that of the exponential, which is at most log(largest) in size. A
    gradient is rounded to single precision, which takes the errors of double precision with it.

    Examples
    --------
    >>> pointwise_error("square", np.array([25.0]), 100.0) < 1e-13
    array([ True])
    """
    found = 8 * DOUBLE * np.abs(values)
    if name == "exponential":
        found *= 1 + abs(float(np.log(largest)))
    elif name == "logarithm":
        found += 2 * DOUBLE * largest / np.log1p(largest)
    return np.asarray(found)


def _gradient(image: FloatArray, box: Box, spacing: tuple[float, ...] | None) -> Any:
    """Magnitude of the central differences, per unit of length or, without spacing, per voxel."""
    lines = (
        np.clip(np.arange(part.start - 1, part.stop + 1), 0, size - 1)
        for size, part in zip(image.shape, box, strict=True)
    )
    around = image[np.ix_(*lines)]
    middle, before, after = slice(1, -1), slice(None, -2), slice(2, None)
    total: Any = 0.0
    for axis in range(image.ndim - 1, -1, -1):
        half = 0.5 if spacing is None else 0.5 / spacing[axis]
        ends = [
            tuple(end if other == axis else middle for other in range(image.ndim))
            for end in (before, after)
        ]
        slope = around[ends[1]] * half
        slope -= around[ends[0]] * half
        slope *= slope
        total = total + slope
    return np.sqrt(total).astype(np.float32)
