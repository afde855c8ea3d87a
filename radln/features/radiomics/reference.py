"""pyradiomics' own feature classes, called directly, with a 2D image as 2D throughout.

pyradiomics' extractor treats an image of one slice as a volume in one place or another, whatever
its settings; its feature classes do not when they are handed two-dimensional arrays: nine shape
features, texture along the four directions of the plane. Filters are this package's own
(:mod:`radln.features.radiomics.filters`), and grey values are binned once an image.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from radln._types import BoolArray, FloatArray
from radln.errors import InputError, MissingDependencyError
from radln.features.radiomics.filters import Box, bounding_box, log_images, wavelet_bands
from radln.features.radiomics.itk import one_thread_itk
from radln.features.radiomics.prepare import Prepared, asked_features, prepare, remarks
from radln.features.radiomics.settings import RadiomicsSettings

ALGORITHM_VERSION = 3
MAX_LEVELS = 1024
_CLASS_NAMES = {
    "firstorder": "RadiomicsFirstOrder",
    "glcm": "RadiomicsGLCM",
    "gldm": "RadiomicsGLDM",
    "glrlm": "RadiomicsGLRLM",
    "glszm": "RadiomicsGLSZM",
    "ngtdm": "RadiomicsNGTDM",
    "shape": "RadiomicsShape",
    "shape2D": "RadiomicsShape2D",
}
_FILTERS = {
    "square": "Square",
    "squareroot": "SquareRoot",
    "logarithm": "Logarithm",
    "exponential": "Exponential",
    "gradient": "Gradient",
}


class PyradiomicsEngine:
    """Radiomics by pyradiomics.

    Notes
    -----
    van Griethuysen JJM et al., Cancer Research 2017;77:e104-e107,
    doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(400.0).reshape(20, 20)
    >>> region = np.zeros((20, 20), dtype=bool)
    >>> region[5:15, 4:16] = True
    >>> settings = RadiomicsSettings(classes=("shape",), wavelet=False, log_sigma=())
    >>> values = PyradiomicsEngine().compute(image, region, (0.5, 0.5), settings)
    >>> len(values), values["radiomics_original_shape2D_PixelSurface"]
    (9, 30.0)
    """

    name = "pyradiomics"

    def __init__(self) -> None:
        _feature_classes()  # says at once when the package is absent

    @property
    def algorithm_version(self) -> int:
        """Part of the key under which results are kept."""
        return ALGORITHM_VERSION

    def compute(
        self,
        image: FloatArray,
        region: BoolArray,
        spacing: tuple[float, ...],
        settings: RadiomicsSettings,
    ) -> dict[str, float]:
        """Feature name -> value, NaN where a feature is not defined on this region.

        Parameters
        ----------
        image
            Grey values, (y, x) or (z, y, x).
        region
            The node's voxels, same shape; at least one.
        spacing
            Voxel size along the array's axes: mm, or 1 each for lengths in pixels.

        Raises
        ------
        InputError
            The settings cannot be met on this region; the message says which.
        EmptyMaskError
            Resampling leaves nothing of the region.
        """
        return self.compute_with_message(image, region, spacing, settings)[0]

    def compute_with_message(
        self,
        image: FloatArray,
        region: BoolArray,
        spacing: tuple[float, ...],
        settings: RadiomicsSettings,
    ) -> tuple[dict[str, float], str]:
        """As :meth:`compute`; and what rounding decided before the filters, empty for nothing.

        What it decides in a filtered image stays as pyradiomics has it, and is not counted.
        """
        ready = prepare(image, region, spacing, settings)
        box = bounding_box(ready.region)
        kinds = asked_features(ready.region[box].shape, settings)
        with silence(), one_thread_itk():
            images = derived_images(ready, box, kinds, settings)
            return measure(ready, box, kinds, images, settings), remarks(ready, {})


def measure(
    ready: Prepared,
    box: Box,
    kinds: dict[str, tuple[str, ...]],
    images: Iterable[tuple[str, Any]],
    settings: RadiomicsSettings,
) -> dict[str, float]:
    """The features ``kinds`` on each of ``images``: (name, values in the region's box)."""
    inside = np.ascontiguousarray(ready.region[box])
    mask = _picture(inside, ready.spacing)
    shape_mask = _picture(ready.shape_region[box], ready.spacing)
    told = _class_settings(settings, inside.ndim)
    found: dict[str, float] = {}
    for derived, values in images:
        picture = _picture(values, ready.spacing)
        told["shared_bins"] = bins_of(values, inside, settings)
        for kind, features in kinds.items():
            is_shape = kind.startswith("shape")
            if is_shape and derived != "original":
                continue
            where = shape_mask if is_shape else mask
            for name, value in _class_features(kind, features, picture, where, told):
                found[f"radiomics_{derived}_{kind}_{name}"] = value
    return found


def _picture(values: Any, spacing: tuple[float, ...]) -> Any:
    """An array as SimpleITK has it; a region as ones."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    picture: Any = sitk.GetImageFromArray(
        values.astype(np.uint8) if values.dtype == np.bool_ else values
    )
    picture.SetSpacing(spacing[::-1])
    return picture


def derived_images(
    ready: Prepared, box: Box, kinds: Iterable[str], s: RadiomicsSettings
) -> Iterator[tuple[str, Any]]:
    """(name, values in the box) of the original and of every filtered image."""
    yield "original", np.ascontiguousarray(ready.image[box])
    if all(kind.startswith("shape") for kind in kinds):
        return
    yield from log_images(ready.image, box, ready.spacing, s.log_sigma)
    if s.wavelet:
        yield from wavelet_bands(
            ready.image,
            box,
            wavelet=s.wavelet_name,
            level=s.wavelet_level,
            start_level=s.wavelet_start_level,
            across=s.force_2d_dimension if s.force_2d and ready.image.ndim == 3 else None,
        )
    yield from _pointwise_images(ready, box, s)


def _pointwise_images(
    ready: Prepared, box: Box, settings: RadiomicsSettings
) -> Iterator[tuple[str, Any]]:
    """pyradiomics' own square, square root, ... of the whole image, then the box.

    Where all grey values are 0, the filters that divide by the largest are left out.
    """
    import SimpleITK as sitk  # noqa: N813 - its usual name
    from radiomics import imageoperations

    if not settings.filters:
        return
    picture = _picture(ready.image, ready.spacing)
    for name in settings.filters:
        if name in ("square", "logarithm", "exponential") and not ready.image.any():
            continue
        generate = getattr(imageoperations, f"get{_FILTERS[name]}Image")
        for filtered, _, _ in generate(
            picture, None, gradientUseSpacing=settings.gradient_use_spacing
        ):
            yield name, np.array(sitk.GetArrayViewFromImage(filtered)[box], order="C")


def _class_features(
    kind: str, features: tuple[str, ...], picture: Any, mask: Any, told: dict[str, Any]
) -> Iterator[tuple[str, float]]:
    """(feature, value); NaN for what a region this small does not define."""
    try:
        held = _feature_classes()[kind](picture, mask, **told)
        for feature in features:
            held.enableFeatureByName(feature)
        result = held.execute()
    except (ValueError, IndexError, RuntimeError, ZeroDivisionError, np.linalg.LinAlgError):
        result = dict.fromkeys(features, np.nan)
    for name, value in result.items():
        yield name, float(np.squeeze(value))


def _class_settings(settings: RadiomicsSettings, ndim: int) -> dict[str, Any]:
    """What pyradiomics' classes are told; forced to 2D an image would keep one direction only."""
    return {
        "distances": list(settings.distances),
        "weightingNorm": settings.weighting_norm,
        "symmetricalGLCM": settings.symmetrical_glcm,
        "gldm_a": settings.gldm_a,
        "voxelArrayShift": settings.voxel_array_shift,
        "force2D": settings.force_2d and ndim == 3,
        "force2Ddimension": settings.force_2d_dimension,
    }


def bins_of(values: Any, inside: BoolArray, settings: RadiomicsSettings) -> Any:
    """Grey levels 1.. inside the region by pyradiomics' own binning, and which levels occur."""
    from radiomics import imageoperations

    if settings.bin_count is not None:
        how: dict[str, float] = {"binCount": settings.bin_count}
    else:
        width = float(settings.bin_width or 0)
        count = float(np.ptp(values[inside])) / width
        if count > MAX_LEVELS:
            raise InputError(
                f"a bin_width of {width:g} cuts this node into {count:.0f} grey levels, more than "
                f"{MAX_LEVELS}; choose wider bins, or bin_count."
            )
        how = {"binWidth": width}
    try:
        levels, _ = imageoperations.binImage(values, inside, **how)
    except ValueError:  # a range of rounding errors that numpy cannot cut into bins is one level
        levels = inside.astype(np.int64)
    return levels, np.unique(levels[inside])


class _SharedWork:
    """Laid over a pyradiomics class: bins handed in, names listed once, moments multiplied."""

    settings: dict[str, Any]
    coefficients: dict[str, Any]
    names: dict[str, bool]

    def _applyBinning(self, matrix: Any) -> Any:  # noqa: N802 - pyradiomics' name
        levels, present = self.settings["shared_bins"]
        self.coefficients["grayLevels"] = present
        self.coefficients["Ng"] = int(present[-1])
        return levels

    @staticmethod
    def _moment(a: Any, moment: int) -> Any:
        """Central moments 2, 3 and 4 without numpy's slow power; the values hold no NaN."""
        gap = a - a.mean(axis=1, keepdims=True)
        square = gap * gap
        return (square * {2: 1.0, 3: gap, 4: square}[moment]).mean(axis=1)

    @classmethod
    def getFeatureNames(cls) -> dict[str, bool]:  # noqa: N802 - pyradiomics' name
        return cls.names


@cache
def _feature_classes() -> dict[str, Any]:
    try:
        importlib.import_module("radiomics")
    except ImportError as error:
        raise MissingDependencyError(
            'radiomics need pyradiomics, which is not installed: pip install "radln[pyradiomics]".'
        ) from error
    classes = {}
    for kind, name in _CLASS_NAMES.items():
        base = getattr(importlib.import_module(f"radiomics.{kind}"), name)
        own = {"names": base.getFeatureNames(), "__module__": base.__module__}  # its logger's name
        classes[kind] = type(name, (_SharedWork, base), own)
    return classes


@contextmanager
def silence() -> Iterator[None]:
    """No log lines and no numpy warnings: what is undefined is NaN, and NaN is reported."""
    logger = logging.getLogger("radiomics")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
