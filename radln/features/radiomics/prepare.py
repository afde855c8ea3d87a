"""What is done to an image and its region before anything is measured, as pyradiomics does it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from radln._types import AnyArray, BoolArray, FloatArray
from radln.errors import EmptyMaskError, InputError, ShapeError
from radln.features.radiomics.edges import DOUBLE, Edges, largest_value, message, settled
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.itk import one_thread_itk
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.settings import RadiomicsSettings


@dataclass(frozen=True, eq=False)
class Prepared:
    """An image that is ready to be filtered and measured; (y, x) or (z, y, x).

    ``shape_region`` is measured for shape, ``region`` for everything else; both lie in the same
    bounding box, and they are one object unless grey values were left out of the region. ``bound``
    is how far rounding may have carried grey values so far, ``decided`` the number of the region's
    voxels whose grey level it alone would decide, and ``on_threshold`` of those that belong to the
    region by no more.
    """

    image: FloatArray
    region: BoolArray
    shape_region: BoolArray
    spacing: tuple[float, ...]
    bound: float = 0.0
    decided: int = 0
    on_threshold: int = 0


def prepare(
    image: FloatArray,
    region: BoolArray,
    spacing: tuple[float, ...],
    settings: RadiomicsSettings,
) -> Prepared:
    """Normalize, resample or crop, check the region's size, leave grey values out of it.

    Parameters
    ----------
    image
        Grey values, (y, x) or (z, y, x); a volume of one slice becomes an image.
    region
        The node's voxels, same shape; at least one.
    spacing
        Voxel size along the array's axes.

    Raises
    ------
    ShapeError
        Image, region and spacing do not belong together.
    InputError
        What was asked for cannot be done with this image, or the region is too small for it.
    EmptyMaskError
        The region has no voxel, or none is left on the new grid.

    Notes
    -----
    In the order of pyradiomics, whose grid of resampling is aligned to the corner of the image and
    covers the region's bounding box with ``pad_distance`` voxels around it. Nothing is resampled
    along an axis on which the region has one voxel. As there, shape is measured on the region
    before grey values are left out, but only inside the bounding box of what is kept of it.

    What rounding decides has its exact value: even ground keeps its grey value when it is
    resampled, a value that cannot be told from the edge of a bin stands on it, and one that cannot
    be told from a threshold of ``resegment_range`` belongs to the region.

    Examples
    --------
    >>> image, region = np.arange(64.0).reshape(8, 8), np.zeros((8, 8), dtype=bool)
    >>> region[2:6, 2:6] = True
    >>> ready = prepare(image, region, (1.0, 1.0), RadiomicsSettings(resegment_range=(30, 45)))
    >>> int(ready.region.sum()), int(ready.shape_region.sum())
    (8, 8)
    """
    image, region = _gate(image, region, spacing)
    if image.ndim == 3 and image.shape[0] == 1:
        image, region, spacing = image[0], region[0], spacing[1:]
    bound = 0.0
    if settings.normalize:
        image, bound = _normalized(image, settings)
    ready = Prepared(image, region, region, spacing, bound)
    if settings.resampled_pixel_spacing is not None:
        ready = _resampled(ready, settings)
    elif settings.pre_crop:
        ready = _cropped(ready, settings.pad_distance)
    _check_size(ready.region, settings)
    if ready.bound:
        values, n = settled(ready.image, ready.region, ready.bound, settings)
        ready = dataclasses.replace(ready, image=values, decided=ready.decided + n)
    if settings.resegment_range is not None:
        ready = _resegmented(ready, settings)
    return ready


def remarks(ready: Prepared, decided: Mapping[str, int]) -> str:
    """What a row says of rounding, from ``decided`` by filtered image; empty for nothing."""
    size = int(np.count_nonzero(ready.region))
    said = message({"original": ready.decided, **decided}, size)
    kept = ready.on_threshold
    if not kept:
        return said
    also = f"{kept} pixels are on a threshold of resegment_range but for rounding, and are kept"
    return f"{said}; {also}" if said else also


def _gate(
    image: FloatArray, region: BoolArray, spacing: tuple[float, ...]
) -> tuple[FloatArray, BoolArray]:
    """Image as float64 and region as truth values of one grid."""
    image = np.asarray(image, dtype=np.float64)
    region = np.asarray(region)
    region = region if region.dtype == np.bool_ else region != 0
    if image.ndim not in (2, 3) or region.shape != image.shape:
        raise ShapeError(
            "image and region must have the same shape, (y, x) or (z, y, x); got "
            f"{image.shape} and {region.shape}."
        )
    if len(spacing) != image.ndim or not all(0 < step < np.inf for step in spacing):
        raise ShapeError(
            f"spacing must be {image.ndim} numbers above 0, one an axis of the image; got "
            f"{spacing}."
        )
    if not region.any():
        raise EmptyMaskError("the region has no voxel; check the mask.")
    return image, region


def asked_features(
    size: tuple[int, ...], settings: RadiomicsSettings
) -> dict[str, tuple[str, ...]]:
    """pyradiomics' class names, each with the features that are asked for of a box of this size.

    Examples
    --------
    >>> list(asked_features((9, 9), RadiomicsSettings(classes=("shape", "ngtdm"))))
    ['shape2D', 'ngtdm']
    """
    flat = len(size) == 2 or (settings.force_2d and size[settings.force_2d_dimension] == 1)
    kinds: dict[str, tuple[str, ...]] = {}
    for name in settings.classes:
        kind: str = "shape2D" if name == "shape" and flat else name
        features = FEATURES[kind]
        if settings.features is not None:
            features = tuple(one for one in features if f"{kind}_{one}" in settings.features)
        if features:
            kinds[kind] = features
    if not kinds:
        raise InputError(
            f"none of the features asked for ({', '.join(settings.features or ())}) exists in "
            f"{'two' if flat else 'three'} dimensions; shape of an image is shape2D."
        )
    return kinds


def _normalized(image: FloatArray, settings: RadiomicsSettings) -> tuple[FloatArray, float]:
    """Mean 0 and standard deviation ``normalize_scale`` over the whole image; their rounding."""
    if image.size < 2 or np.ptp(image) == 0:
        raise InputError(
            "this image has one grey value only and cannot be normalized (normalize: true); leave "
            "the case out, or do not normalize."
        )
    with one_thread_itk() as itk:
        values: FloatArray = itk.GetArrayFromImage(itk.Normalize(itk.GetImageFromArray(image)))
    if settings.remove_outliers is not None:
        np.clip(values, -settings.remove_outliers, settings.remove_outliers, out=values)
    values *= settings.normalize_scale
    with np.errstate(invalid="ignore"):  # values that are no numbers are refused later
        deviation = float(image.std())
    return values, 16 * DOUBLE * largest_value(image) / deviation * settings.normalize_scale


def _resampled(ready: Prepared, settings: RadiomicsSettings) -> Prepared:
    """Image and region on a grid of the asked-for spacing around the region."""
    old, box = np.array(ready.spacing), bounding_box(ready.region)
    asked = _asked_spacing(settings.resampled_pixel_spacing or (), ready.image.ndim)
    start, stop = (np.array([getattr(part, end) for part in box]) for end in ("start", "stop"))
    new = np.where((asked == 0) | (stop - start == 1), old, asked)
    if np.allclose(old, new):
        return _cropped(ready, settings.pad_distance)
    ratio = old / new
    first = np.maximum(np.floor((start - 0.5) * ratio - settings.pad_distance), 0)
    edge = np.ceil(np.array(ready.image.shape) * ratio) - 1
    last = np.minimum(np.ceil((stop - 0.5) * ratio + settings.pad_distance), edge)
    origin = (0.5 * (new - old) / old + first / ratio) * old
    size = (last - first + 1).astype(int)
    image = _on_grid(ready.image, old, new, origin, size, settings.interpolator)
    nearest = _on_grid(ready.image, old, new, origin, size, "NearestNeighbor")
    bound = ready.bound + _resampling_error(ready.image, settings.interpolator)
    kept = _on_grid(ready.region.astype(np.uint8), old, new, origin, size, "NearestNeighbor") != 0
    if not kept.any():
        raise EmptyMaskError(
            f"resampled to voxels of {_listed(new)} the region is empty: it is thinner than they "
            "are. Choose a smaller resampled_pixel_spacing, or leave the case out."
        )
    flat = _on_grid(_even(ready.image), old, new, origin, size, "NearestNeighbor") != 0
    with np.errstate(invalid="ignore"):
        even = flat & (np.abs(image - nearest) <= bound) & (image != nearest)
    decided = _decided(image[kept], even[kept], nearest[kept], bound, settings)
    values = np.where(even, nearest, image)
    return Prepared(values, kept, kept, tuple(map(float, new)), bound, decided)


def _even(image: FloatArray) -> AnyArray:
    """1 where a voxel's neighbours along every axis have its grey value, else 0."""
    even = np.ones(image.shape, dtype=np.uint8)
    for axis in range(image.ndim):
        same = np.diff(image, axis=axis) == 0
        lines = np.moveaxis(even, axis, 0)
        lines[1:] &= np.moveaxis(same, axis, 0)
        lines[:-1] &= np.moveaxis(same, axis, 0)
    return even


def _resampling_error(image: FloatArray, how: str) -> float:
    """How far rounding may carry a resampled value.

    Of n axes, the spline's coefficients are 3^n times as large as grey values at most, take 18
    roundings an axis, and 4^n of them make a value; a place is known to 8 roundings of its number
    of voxels. ITK begins a line of coefficients with a series that it breaks off at 1e-10.
    """
    n = image.ndim
    roundings = 3**n * (18 * n + 4**n) + 16 * max(image.shape)
    cut_off = 1e-9 if how == "BSpline" else 0.0
    return float((roundings * DOUBLE + cut_off) * largest_value(image))


def _decided(
    values: FloatArray, even: BoolArray, exact: FloatArray, bound: float, s: RadiomicsSettings
) -> int:
    """How many of a region's values have another grey level, or might, by rounding alone."""
    if not even.any():
        return 0
    if np.ptp(values) > 2 * bound:
        edges = Edges.of(values, bound, s)
        even = even & (exact == edges.nearest(exact)) if edges is not None else even & False
    return int(np.count_nonzero(even))


def _asked_spacing(asked: tuple[float, ...], ndim: int) -> FloatArray:
    if len(asked) < ndim:
        raise InputError(
            f"resampled_pixel_spacing is {_listed(asked)}, two numbers (y, x), but this is a "
            "volume; give three (z, y, x), with 0 for an axis that stays as it is."
        )
    return np.array(asked[-ndim:])


def _listed(numbers: Any) -> str:
    return "(" + ", ".join(f"{number:g}" for number in numbers) + ")"


def _on_grid(
    values: Any, old: FloatArray, new: FloatArray, origin: FloatArray, size: Any, how: str
) -> Any:
    """``values`` on another grid; what lies outside of the image is 0.

    SimpleITK's spline reads beyond the ends of an axis of two voxels, where it finds anything. Such
    an axis is handed over with the voxels that it should find there, its mirror image.
    """
    short = [axis for axis, n in enumerate(values.shape) if n == 2 and how == "BSpline"]
    padded = np.pad(values, [(int(k in short),) * 2 for k in range(values.ndim)], "reflect")
    with one_thread_itk() as itk:
        picture = itk.GetImageFromArray(padded)
        picture.SetSpacing(old[::-1].tolist())
        picture.SetOrigin([-float(old[k]) * (k in short) for k in range(values.ndim)][::-1])
        resample = itk.ResampleImageFilter()
        resample.SetOutputSpacing(new[::-1].tolist())
        resample.SetOutputDirection(picture.GetDirection())
        resample.SetOutputOrigin(origin[::-1].tolist())
        resample.SetSize(size[::-1].tolist())
        resample.SetOutputPixelType(picture.GetPixelID())
        resample.SetInterpolator(getattr(itk, f"sitk{how}"))
        found = itk.GetArrayFromImage(resample.Execute(picture))
    for axis in short:
        line = (origin[axis] + np.arange(size[axis]) * new[axis]) / old[axis]
        np.moveaxis(found, axis, 0)[(line < -0.5) | (line >= 1.5)] = 0
    return found


def _cropped(ready: Prepared, pad: int) -> Prepared:
    """Image and region within ``pad`` voxels of the region's bounding box."""
    around = tuple(
        slice(max(part.start - pad, 0), part.stop + pad) for part in bounding_box(ready.region)
    )
    region = ready.region[around]
    return dataclasses.replace(ready, image=ready.image[around], region=region, shape_region=region)


def _check_size(region: BoolArray, settings: RadiomicsSettings) -> None:
    """Refuse a region that is smaller than the settings allow."""
    least, dimensions = settings.minimum_roi_size, settings.minimum_roi_dimensions
    if dimensions:
        spanned = sum(part.stop - part.start > 1 for part in bounding_box(region))
        if spanned < dimensions:
            raise InputError(
                f"the region spans more than one voxel along {spanned} of its axes, fewer than "
                f"minimum_roi_dimensions, {dimensions}; check the mask, or leave the case out."
            )
    if least is not None and (found := int(np.count_nonzero(region))) <= least:
        raise InputError(
            f"the region has {found} voxel(s), and minimum_roi_size asks for more than {least}; "
            "check the mask, or leave the case out."
        )


def _resegmented(ready: Prepared, settings: RadiomicsSettings) -> Prepared:
    """The region without the grey values below the first and above the second threshold."""
    inside = ready.image[ready.region]
    thresholds, slack = _thresholds(inside, settings)
    slack += ready.bound
    keep, exactly = inside >= thresholds[0] - slack, inside >= thresholds[0]
    if len(thresholds) == 2:
        keep &= inside <= thresholds[1] + slack
        exactly &= inside <= thresholds[1]
    kept = ready.region.copy()
    kept[ready.region] = keep
    if (left := int(keep.sum())) <= 1:
        raise InputError(
            f"resegment_range leaves {left} of the region's {inside.size} voxels (grey values "
            f"from {thresholds[0]:g} on{f' to {thresholds[1]:g}' if thresholds[1:] else ''}, while "
            f"the region's go from {inside.min():g} to {inside.max():g}); widen the range, or "
            "check resegment_mode."
        )
    _check_size(kept, settings)
    ready = dataclasses.replace(ready, on_threshold=left - int(exactly.sum()))
    if settings.resegment_shape:
        return dataclasses.replace(ready, region=kept, shape_region=kept)
    box = bounding_box(kept)
    within = np.zeros_like(ready.region)
    within[box] = ready.region[box]
    return dataclasses.replace(ready, region=kept, shape_region=within)


def _thresholds(inside: FloatArray, settings: RadiomicsSettings) -> tuple[list[float], float]:
    """The grey values that ``resegment_range`` stands for, and how far rounding may carry them."""
    given = sorted(settings.resegment_range or ())
    largest = largest_value(inside)
    if settings.resegment_mode == "relative":
        return [float(inside.max()) * part for part in given], 2 * DOUBLE * largest * max(
            abs(part) for part in given
        )
    if settings.resegment_mode == "sigma":
        mean, deviation = float(inside.mean()), float(inside.std())
        terms = 2 * math.log2(inside.size) + 32  # numpy adds in pairs of blocks
        spread = max(abs(times) for times in given) * deviation
        return [mean + deviation * times for times in given], terms * DOUBLE * (largest + spread)
    return given, 0.0
