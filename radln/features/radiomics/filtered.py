"""Two engines' filtered images of one region: equal, different, or apart by rounding alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radln._types import AnyArray, BoolArray
from radln.errors import InputError
from radln.features.radiomics import reference
from radln.features.radiomics.edges import SINGLE, Bound, largest_value
from radln.features.radiomics.filters import Box
from radln.features.radiomics.native.engine import double_error
from radln.features.radiomics.native.laplacian import PAD_SIGMAS, log_name, window_around
from radln.features.radiomics.native.levels import bin_edges
from radln.features.radiomics.native.rounding import cut_off, exact_laplacian
from radln.features.radiomics.prepare import Prepared
from radln.features.radiomics.scales import TOLERANCE
from radln.features.radiomics.settings import RadiomicsSettings

LAPLACIAN_TOLERANCE = 1e-5
OWN_LAPLACIAN_TOLERANCE = 1e-4
LAPLACIAN = "log-sigma-"
_SINGLE_PRECISION = 0.01  # of a grey value: 1e-5 of it is 1.7 times what float32 resolves
Images = Mapping[str, AnyArray]


@dataclass(frozen=True)
class Filtered:
    """How far two filtered images of a region are apart.

    ``difference`` is the largest one, in parts of the range of pyradiomics' image in the region's
    box, or of a hundredth of the largest grey value around it where that is more (both engines
    round Laplacian images to single precision). ``rebinned`` is the number of voxels that fall into
    another grey-level bin, ``own`` the largest difference of a feature where each engine measures
    its own image. ``within_rounding`` tells that no voxel is farther apart than rounding can carry
    two correct engines.
    """

    name: str
    identical: bool
    difference: float = 0.0
    rebinned: int = 0
    own: float = 0.0
    within_rounding: bool = True

    @property
    def _as_equal(self) -> bool:
        laplacian = self.name.startswith(LAPLACIAN)
        image, own = (
            (LAPLACIAN_TOLERANCE, OWN_LAPLACIAN_TOLERANCE) if laplacian else (TOLERANCE, TOLERANCE)
        )
        return not self.rebinned and self.difference <= image and self.own <= own

    @property
    def decided(self) -> bool:
        """Whether rounding decides grey levels, or features, and nothing else is different."""
        return not self._as_equal and self.within_rounding

    @property
    def different(self) -> bool:
        """Whether the images differ by more than rounding."""
        return not self._as_equal and not self.within_rounding


def compare_images(
    ours: Images,
    theirs: Images,
    own: Mapping[str, float],
    ready: Prepared,
    box: Box,
    settings: RadiomicsSettings,
) -> dict[str, Filtered]:
    """Each filtered image of pyradiomics beside ours; ``own`` has the distance of its features."""
    found = {}
    for name, expected in theirs.items():
        if name == "original":
            continue
        values = ours.get(name, np.full_like(expected, np.nan))
        if np.array_equal(values, expected):
            found[name] = Filtered(name, identical=True)
        else:
            apart = own.get(name, 0.0)
            found[name] = _compared(name, values, expected, apart, ready, box, settings)
    return found


def _compared(
    name: str,
    values: AnyArray,
    expected: AnyArray,
    own: float,
    ready: Prepared,
    box: Box,
    settings: RadiomicsSettings,
) -> Filtered:
    inside = ready.region[box]
    gaps = np.abs(values.astype(np.float64) - expected)
    moved = _moved(values, expected, inside, settings)
    bound, window = rounding_bound(name, expected, ready, box, settings)
    far = gaps > 2 * np.asarray(bound) + np.where(moved, 0.0, window)
    least = _SINGLE_PRECISION * _largest_around(ready, box, settings)
    spread = max(float(np.ptp(expected)), least)
    return Filtered(
        name,
        identical=False,
        difference=float(gaps.max()) / spread if spread > 0 else math.inf,
        rebinned=int(np.count_nonzero(moved[inside])),
        own=own,
        within_rounding=not (far | np.isnan(gaps))[inside].any(),
    )


def rounding_bound(
    name: str, values: AnyArray, ready: Prepared, box: Box, settings: RadiomicsSettings
) -> tuple[Bound, float]:
    """How far rounding may carry each value; and what the native window cuts off, far from edges.

    >>> region = np.ones((3, 3), dtype=bool)
    >>> ready = Prepared(np.full((3, 3), 7.0), region, region, (1.0, 1.0))
    >>> asked = RadiomicsSettings(filters=("square",))
    >>> bound, _ = rounding_bound("square", ready.image, ready, (slice(0, 3),) * 2, asked)
    >>> bool((bound < 1e-14).all())
    True
    """
    if name == "gradient":
        return 2 * SINGLE * np.abs(values, dtype=np.float64), 0.0
    if not name.startswith(LAPLACIAN):
        largest = largest_value(ready.image)
        return double_error(name, values, largest, ready.image.ndim, settings), 0.0
    sigmas = {log_name(sigma, ready.image.ndim): sigma for sigma in settings.log_sigma}
    where = ready.image, box, ready.spacing, sigmas[name]
    return exact_laplacian(*where, kept=SINGLE)[1], cut_off(*where, PAD_SIGMAS)


def _moved(
    values: AnyArray, expected: AnyArray, inside: BoolArray, settings: RadiomicsSettings
) -> BoolArray:
    """Where the two images fall into bins of different grey values."""
    try:
        ours, theirs = (_bins(one, inside, settings) for one in (values, expected))
    except InputError:  # one of them cannot be binned
        return np.ones_like(inside)
    moved: BoolArray = (ours != theirs) & inside
    return moved


def _bins(values: AnyArray, inside: BoolArray, settings: RadiomicsSettings) -> AnyArray:
    """Each voxel's bin, counted from grey value 0 where bins have a width."""
    levels: AnyArray = reference.bins_of(values, inside, settings)[0]
    if settings.bin_width is None:
        return levels
    edges = bin_edges(values[inside], settings)
    first = 0.0 if edges is None else float(edges[0])
    return levels + int(np.rint(first / settings.bin_width))


def _largest_around(ready: Prepared, box: Box, settings: RadiomicsSettings) -> float:
    """The largest absolute grey value that a Laplacian of Gaussian in the box can see."""
    widest = max(settings.log_sigma, default=0.0)
    window, _ = window_around(ready.image.shape, box, ready.spacing, widest)
    return largest_value(ready.image[window])
