"""radln's own engine against pyradiomics on one case: every feature, and the Laplacian images."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from radln._shown import ShortRepr
from radln._types import AnyArray, BoolArray, FloatArray
from radln.errors import InputError
from radln.features.radiomics import reference
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.filters import Box, bounding_box
from radln.features.radiomics.itk import one_thread_itk
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import engine as native
from radln.features.radiomics.native.laplacian import PAD_SIGMAS
from radln.features.radiomics.prepare import Prepared, asked_features, prepare
from radln.features.radiomics.scales import TOLERANCE, difference
from radln.features.radiomics.settings import RadiomicsSettings

LAPLACIAN_TOLERANCE = 1e-5
OWN_LAPLACIAN_TOLERANCE = 1e-4
_SINGLE_PRECISION = 0.01  # of a grey value: 1e-5 of it is 1.7 times what float32 resolves
_LAPLACIAN = "log-sigma-"
Kinds = dict[str, tuple[str, ...]]
Values = dict[str, float]


@dataclass(frozen=True)
class Laplacian:
    """How far two Laplacian-of-Gaussian images of a region are apart.

    ``difference`` is the largest one, in parts of the range of pyradiomics' image in the region's
    box, or of a hundredth of the largest grey value within the filter's reach where that is more
    (both engines round to single precision). ``rebinned`` is the number of voxels that fall into
    another grey-level bin; ``noise`` tells that the image is no larger than what single precision
    leaves of grey values that are all the same.
    """

    difference: float
    rebinned: int
    noise: bool


@dataclass(frozen=True, eq=False, repr=False)
class Parity(ShortRepr):
    """Two engines on one case.

    ``found`` and ``expected`` are the native and pyradiomics' values, ``differences`` their
    distance as :func:`radln.features.radiomics.scales.difference` has it (infinite too where only
    one engine has the feature), ``laplacians`` the filtered images by name, ``seconds`` the time
    that each engine took after the preparation that they share.
    """

    found: Values
    expected: Values
    differences: Values
    laplacians: dict[str, Laplacian]
    own_laplacians: float
    n_voxels: int
    seconds: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest difference of a feature."""
        return max(self.differences.values(), default=0.0)

    @property
    def agree(self) -> bool:
        """Whether features agree to 1e-9, Laplacian images to 1e-5, and what follows from these.

        Where no voxel changes its bin, features that each engine measures on its own Laplacian
        images agree to 1e-4.
        """
        own = self.own_laplacians if not self.n_rebinned else 0.0
        images = max((one.difference for one in self.laplacians.values()), default=0.0)
        return (
            self.largest <= TOLERANCE
            and images <= LAPLACIAN_TOLERANCE
            and own <= OWN_LAPLACIAN_TOLERANCE
        )

    @property
    def n_rebinned(self) -> int:
        """Voxels of Laplacian images that fall into another bin."""
        return sum(one.rebinned for one in self.laplacians.values())


def compare_engines(
    image: FloatArray,
    region: BoolArray,
    spacing: tuple[float, ...],
    settings: RadiomicsSettings,
) -> Parity:
    """Do radln's own engine and pyradiomics measure the same in this region?

    Parameters
    ----------
    image
        Grey values, (y, x) or (z, y, x).
    region
        The node's voxels, same shape; at least one.
    spacing
        Voxel size along the array's axes.
    settings
        What is measured; ``engine`` is not looked at.

    Returns
    -------
    Parity
        Every feature that was asked for, by both engines.

    Raises
    ------
    MissingDependencyError
        pyradiomics is not installed.
    InputError, EmptyMaskError
        The settings cannot be met on this region, as both engines say.

    Notes
    -----
    The native Laplacian of Gaussian reads a window around the region, in single precision between
    axes as ITK's, and a voxel on the edge of a bin may fall to its other side: where the two images
    are not the same bit by bit, their difference is reported, and the native engine measures
    pyradiomics' image. Preparation is the same code for both engines.

    Examples
    --------
    >>> y, x = np.mgrid[:30, :30]
    >>> settings = RadiomicsSettings(log_sigma=(1.0,))
    >>> parity = compare_engines(np.sin(y) + x, np.hypot(y - 15, x - 15) < 9, (1.0, 1.0), settings)
    >>> parity.agree, len(parity.differences)
    (True, 567)
    """
    get_engine("pyradiomics")  # says at once when the package is absent
    ready = prepare(image, region, spacing, settings)
    box = bounding_box(ready.region)
    asked = asked_features(ready.region[box].shape, settings)
    whole = {kind: FEATURES[kind] for kind in asked}  # scales are features of the same class
    given = ready, box, whole
    ours = _run(native.derived_images, native.measure, given, settings)
    with reference.silence(), one_thread_itk():
        theirs = _run(reference.derived_images, reference.measure, given, settings)
        if ours.refusal is not None and theirs.refusal is not None:
            raise ours.refusal
        inside, largest = ready.region[box], _largest_around(ready, box, settings)
        laplacians = _laplacians(ours, theirs, inside, largest, settings)
    again = {name: theirs.images[name] for name, one in laplacians.items() if one.difference}
    clear = {name for name, one in laplacians.items() if not one.noise}
    found = ours.values
    if found and again:
        found = found | native.measure(*given, again.items(), settings)
    own = _differences(ours.values, theirs.values, asked)
    return Parity(
        found,
        theirs.values,
        _differences(found, theirs.values, asked),
        laplacians,
        max((x for name, x in own.items() if _image(name) in clear), default=0.0),
        int(np.count_nonzero(ready.region)),
        {"native": ours.seconds, "pyradiomics": theirs.seconds},
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """One engine's images and features; no features where it refused the region."""

    images: dict[str, AnyArray]
    values: Values
    seconds: float
    refusal: InputError | None


def _run(
    derive: Callable[..., Iterator[tuple[str, AnyArray]]],
    measure: Callable[..., Values],
    given: tuple[Prepared, Box, Kinds],
    settings: RadiomicsSettings,
) -> _Run:
    started, values, refusal = time.perf_counter(), {}, None
    images = dict(derive(*given, settings))
    try:
        values = measure(*given, images.items(), settings)
    except InputError as error:
        refusal = error
    return _Run(images, values, time.perf_counter() - started, refusal)


def _largest_around(ready: Prepared, box: Box, settings: RadiomicsSettings) -> float:
    """The largest absolute grey value that a Laplacian of Gaussian in the box can see."""
    far = PAD_SIGMAS * max(settings.log_sigma, default=0.0)
    reach = [math.ceil(far / step) for step in ready.spacing]
    window = tuple(
        slice(max(part.start - pad, 0), part.stop + pad)
        for part, pad in zip(box, reach, strict=True)
    )
    return float(np.abs(ready.image[window]).max())


def _laplacians(
    ours: _Run, theirs: _Run, inside: BoolArray, largest: float, settings: RadiomicsSettings
) -> dict[str, Laplacian]:
    found = {}
    for name, expected in theirs.images.items():
        if not name.startswith(_LAPLACIAN):
            continue
        values = ours.images.get(name, np.full_like(expected, np.nan))
        if np.array_equal(values, expected):
            found[name] = Laplacian(0.0, 0, False)
            continue
        bins = [reference.bins_of(one, inside, settings)[0] for one in (values, expected)]
        spread, least = float(np.ptp(expected)), _SINGLE_PRECISION * largest
        apart = float(np.abs(values.astype(np.float64) - expected).max()) / max(spread, least)
        moved = int(np.count_nonzero((bins[0] != bins[1])[inside]))
        found[name] = Laplacian(apart, moved, spread <= LAPLACIAN_TOLERANCE * least)
    return found


def _differences(found: Values, expected: Values, asked: Kinds) -> Values:
    """Of the features asked for, in the order of ``expected``."""
    apart = dict.fromkeys(expected.keys() ^ found.keys(), math.inf)
    images = dict.fromkeys(_image(name) for name in expected)
    for image in images:
        for kind, names in asked.items():
            stem = f"radiomics_{image}_{kind}_"
            if stem + FEATURES[kind][0] not in expected:
                continue  # shape is measured once
            of_class = {name: expected[stem + name] for name in FEATURES[kind]}
            for name in names:
                if stem + name in found:
                    apart[stem + name] = difference(name, found[stem + name], of_class)
    return apart


def _image(name: str) -> str:
    """The image of ``radiomics_<image>_<class>_<feature>``."""
    return name.split("_", 2)[1]
