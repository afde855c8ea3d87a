"""radln's own radiomics engine: what pyradiomics computes, computed over the node's box."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from radln._types import AnyArray, FloatArray
from radln.features.radiomics.edges import Bound, largest_value, settled
from radln.features.radiomics.filters import Box, bounding_box
from radln.features.radiomics.native.first_order import first_order_features
from radln.features.radiomics.native.grid import Grid
from radln.features.radiomics.native.laplacian import log_images, log_name
from radln.features.radiomics.native.pointwise import pointwise_error, pointwise_images
from radln.features.radiomics.native.rounding import settled_laplacian
from radln.features.radiomics.native.shape import shape_features
from radln.features.radiomics.native.texture import Texture
from radln.features.radiomics.native.wavelet import wavelet_bands, wavelet_error
from radln.features.radiomics.prepare import Prepared, asked_features, prepare, remarks
from radln.features.radiomics.settings import RadiomicsSettings

ALGORITHM_VERSION = 4


class NativeEngine:
    """Radiomics by radln's own kernels, with pyradiomics' names and values.

    Notes
    -----
    Every image is cut to the region's bounding box and binned once, and all texture classes count
    over one list of the region's voxels. Kernels are compiled on first use and kept on disk.

    The names, definitions and conventions are those of van Griethuysen JJM et al., Cancer Research
    2017;77:e104-e107, doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> image = np.arange(400.0).reshape(20, 20)
    >>> region = np.zeros((20, 20), dtype=bool)
    >>> region[5:15, 4:16] = True
    >>> settings = RadiomicsSettings(wavelet=False, log_sigma=())
    >>> values = NativeEngine().compute(image, region, (0.5, 0.5), settings)
    >>> len(values), values["radiomics_original_shape2D_PixelSurface"]
    (102, 30.0)
    """

    name = "native"

    @property
    def algorithm_version(self) -> int:
        """Part of the key under which results are kept."""
        return ALGORITHM_VERSION

    def compute(
        self,
        image: FloatArray,
        region: np.ndarray[Any, np.dtype[np.bool_]],
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
        region: np.ndarray[Any, np.dtype[np.bool_]],
        spacing: tuple[float, ...],
        settings: RadiomicsSettings,
    ) -> tuple[dict[str, float], str]:
        """As :meth:`compute`; and what rounding alone would have decided, empty for nothing."""
        ready = prepare(image, region, spacing, settings)
        box = bounding_box(ready.region)
        kinds = asked_features(ready.region[box].shape, settings)
        decided: dict[str, int] = {}
        images = derived_images(ready, box, kinds, settings, decided)
        values = measure(ready, box, kinds, images, settings)
        return values, remarks(ready, decided)


def measure(
    ready: Prepared,
    box: Box,
    kinds: dict[str, tuple[str, ...]],
    images: Iterable[tuple[str, AnyArray]],
    settings: RadiomicsSettings,
) -> dict[str, float]:
    """The features ``kinds`` on each of ``images``: (name, values in the region's box)."""
    inside = np.ascontiguousarray(ready.region[box])
    measured = _Measured(ready, inside, settings)
    voxels = np.flatnonzero(inside)
    found: dict[str, float] = {}
    for derived, values in images:
        of_classes = measured.features(values.ravel()[voxels], tuple(kinds))
        for kind, names in kinds.items():
            if kind.startswith("shape"):
                if derived != "original":
                    continue
                of_classes[kind] = _shape(ready, box, flat=kind == "shape2D", settings=settings)
            features = of_classes[kind]
            for name in names:
                found[f"radiomics_{derived}_{kind}_{name}"] = features[name]
    return found


def _shape(
    ready: Prepared, box: Box, *, flat: bool, settings: RadiomicsSettings
) -> dict[str, float]:
    """Of the region, or of its one slice where a volume is forced to two dimensions."""
    region, spacing = ready.shape_region[box], ready.spacing
    if flat and region.ndim == 3:
        across = settings.force_2d_dimension
        region = np.squeeze(region, across)
        spacing = spacing[:across] + spacing[across + 1 :]
    return shape_features(region, spacing)


class _Measured:
    """Everything but shape, measured on one image after another of the same region."""

    def __init__(
        self, ready: Prepared, inside: np.ndarray[Any, Any], settings: RadiomicsSettings
    ) -> None:
        across = settings.force_2d_dimension if settings.force_2d and inside.ndim == 3 else None
        grid = Grid(inside, settings.distances, across)
        self._texture = Texture(grid, ready.spacing, settings)
        self._voxel_size = math.prod(ready.spacing)
        self._shift = settings.voxel_array_shift

    def features(self, values: AnyArray, kinds: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """Class -> feature -> value of the region's values in the order of its voxels."""
        if all(kind.startswith("shape") for kind in kinds):
            return {}
        levels = self._texture.levels(values)
        found = self._texture.features(levels, kinds)
        if "firstorder" in kinds:
            found["firstorder"] = first_order_features(
                values.astype(np.float64, copy=False),
                levels.counts,
                self._voxel_size,
                shift=float(self._shift),
            )
        return found


def derived_images(
    ready: Prepared,
    box: Box,
    kinds: dict[str, tuple[str, ...]],
    s: RadiomicsSettings,
    decided: dict[str, int] | None = None,
) -> Iterator[tuple[str, AnyArray]]:
    """(name, values in the box) of the original and of every filtered image.

    ``decided`` gets the number of the region's voxels, image by image, whose grey level rounding
    alone would decide; they have their exact value.
    """
    yield "original", ready.image[box]
    if all(kind.startswith("shape") for kind in kinds):
        return
    inside, counts = ready.region[box], {} if decided is None else decided
    sigmas = {log_name(sigma, inside.ndim): sigma for sigma in s.log_sigma}
    for name, values in log_images(ready.image, box, ready.spacing, s.log_sigma):
        where = ready.image, box, ready.spacing, sigmas[name], inside, s
        values, counts[name] = settled_laplacian(values, *where)
        yield name, values
    if not (s.wavelet or s.filters):
        return
    largest = largest_value(ready.image)
    for name, values in _in_double(ready, box, s):
        bound = double_error(name, values, largest, ready.image.ndim, s)
        values, counts[name] = settled(values, inside, bound, s)
        yield name, values


def _in_double(ready: Prepared, box: Box, s: RadiomicsSettings) -> Iterator[tuple[str, AnyArray]]:
    """The images that are filtered in double precision."""
    if s.wavelet:
        yield from wavelet_bands(
            ready.image,
            box,
            wavelet=s.wavelet_name,
            level=s.wavelet_level,
            start_level=s.wavelet_start_level,
            across=s.force_2d_dimension if s.force_2d and ready.image.ndim == 3 else None,
        )
    yield from pointwise_images(ready.image, box, ready.spacing, s)


def double_error(
    name: str, values: AnyArray, largest: float, ndim: int, s: RadiomicsSettings
) -> Bound:
    """How far rounding may have carried a wavelet band or an image of ``s.filters``."""
    if name.startswith("wavelet"):
        axes = ndim - int(s.force_2d and ndim == 3)
        return wavelet_error(largest, s.wavelet_name, axes, s.wavelet_level + s.wavelet_start_level)
    return 0.0 if name == "gradient" else pointwise_error(name, values, largest)
