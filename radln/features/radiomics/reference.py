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
from radln.features.radiomics.filters import bounding_box, log_images, wavelet_bands
from radln.features.radiomics.settings import RadiomicsSettings

ALGORITHM_VERSION = 1
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
        """
        box = bounding_box(region)
        inside = np.ascontiguousarray(region[box])
        found: dict[str, float] = {}
        with _silence():
            for derived, values in _derived_images(image, box, spacing, settings):
                kinds = _kinds(derived, image.ndim, settings)
                for name, value in _image_features(kinds, values, inside, spacing, settings):
                    found[f"radiomics_{derived}_{name}"] = value
        return found


def _derived_images(
    image: FloatArray, box: tuple[slice, ...], spacing: tuple[float, ...], s: RadiomicsSettings
) -> Iterator[tuple[str, Any]]:
    """(name, values in the box) of the original and of every filtered image."""
    yield "original", np.ascontiguousarray(image[box])
    if set(s.classes) <= {"shape"}:
        return
    yield from log_images(image, box, spacing, s.log_sigma)
    if s.wavelet:
        for name, values in wavelet_bands(image, box):
            yield f"wavelet-{name}", values


def _kinds(derived: str, ndim: int, settings: RadiomicsSettings) -> Iterator[str]:
    """pyradiomics' class names for one image; shape belongs to the original only."""
    for name in settings.classes:
        if name != "shape":
            yield name
        elif derived == "original":
            yield "shape2D" if ndim == 2 else "shape"


def _image_features(
    kinds: Iterable[str],
    values: Any,
    inside: BoolArray,
    spacing: tuple[float, ...],
    settings: RadiomicsSettings,
) -> Iterator[tuple[str, float]]:
    """(class_feature, value) of one image; NaN for what a region this small does not define."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    picture: Any = sitk.GetImageFromArray(values)
    mask: Any = sitk.GetImageFromArray(inside.astype(np.uint8))
    picture.SetSpacing(spacing[::-1])
    mask.SetSpacing(spacing[::-1])
    bins = _bins(values, inside, settings)
    for kind in kinds:
        feature_class = _feature_classes()[kind]
        try:
            result = feature_class(picture, mask, shared_bins=bins).execute()
        except (ValueError, IndexError, RuntimeError, ZeroDivisionError, np.linalg.LinAlgError):
            result = {name: np.nan for name, old in feature_class.names.items() if not old}
        for name, value in result.items():
            yield f"{kind}_{name}", float(np.squeeze(value))


def _bins(values: Any, inside: BoolArray, settings: RadiomicsSettings) -> Any:
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
def _silence() -> Iterator[None]:
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
