"""radln's own engine against pyradiomics on one case: every feature, and the filtered images."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from radln._shown import ShortRepr
from radln._types import AnyArray, BoolArray, FloatArray
from radln.errors import InputError
from radln.features.radiomics import reference
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.filtered import LAPLACIAN, Filtered, Images, compare_images
from radln.features.radiomics.filters import Box, bounding_box
from radln.features.radiomics.itk import one_thread_itk
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import engine as native
from radln.features.radiomics.prepare import Prepared, asked_features, prepare
from radln.features.radiomics.scales import TOLERANCE, difference
from radln.features.radiomics.settings import RadiomicsSettings

Kinds = dict[str, tuple[str, ...]]
Values = dict[str, float]
Verdict = Literal["equal", "decided by rounding", "different"]


@dataclass(frozen=True, eq=False, repr=False)
class Parity(ShortRepr):
    """Two engines on one case.

    ``found`` and ``expected`` are the native and pyradiomics' values, ``differences`` their
    distance as :func:`radln.features.radiomics.scales.difference` has it (infinite too where only
    one engine has the feature), ``images`` the filtered images by name, ``seconds`` the time
    that each engine took after the preparation that they share.
    """

    found: Values
    expected: Values
    differences: Values
    images: dict[str, Filtered]
    n_voxels: int
    seconds: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest difference of a feature."""
        return max(self.differences.values(), default=0.0)

    @property
    def verdict(self) -> Verdict:
        """Different where anything is, else decided by rounding where any image is, else equal.

        Features of the same images agree to 1e-9. Where the two engines' images are not the same
        bit by bit, both measure pyradiomics'; what each measures on its own agrees to 1e-4 on
        Laplacian images and 1e-9 on others, unless rounding decides which bin a voxel falls into.
        """
        if self.largest > TOLERANCE or any(one.different for one in self.images.values()):
            return "different"
        return "decided by rounding" if self.decided else "equal"

    @property
    def agree(self) -> bool:
        """Whether the verdict is that they are equal."""
        return self.verdict == "equal"

    @property
    def decided(self) -> dict[str, Filtered]:
        """The images whose grey levels, or whose features, rounding decides."""
        return {name: one for name, one in self.images.items() if one.decided}

    @property
    def laplacians(self) -> dict[str, Filtered]:
        """The Laplacian-of-Gaussian images."""
        return {name: one for name, one in self.images.items() if name.startswith(LAPLACIAN)}

    @property
    def own_laplacians(self) -> float:
        """The largest difference of a feature of a Laplacian image, each engine on its own.

        Images that rounding decides are left out.
        """
        owns = (one.own for one in self.laplacians.values() if not one.decided)
        return max(owns, default=0.0)

    @property
    def n_rebinned(self) -> int:
        """Voxels of filtered images that fall into another bin."""
        return sum(one.rebinned for one in self.images.values())


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
    The native engine sets a filtered value whose grey level rounding alone would decide on its
    exact value; pyradiomics keeps whatever rounding left of it. Where the two images are not the
    same bit by bit, their difference is reported, and the native engine measures pyradiomics' image
    too. A case is "decided by rounding", neither equal nor different, where grey levels differ
    though no voxel's values are farther apart than twice the bound on rounding, so that each of
    these voxels lies within it of a bin's edge. Preparation is the same code for both engines.

    Examples
    --------
    >>> y, x = np.mgrid[:30, :30]
    >>> settings = RadiomicsSettings(log_sigma=(1.0,))
    >>> image, region = 50 * np.sin(y * x), np.hypot(y - 15, x - 15) < 9
    >>> parity = compare_engines(image, region, (1.0, 1.0), settings)
    >>> parity.verdict, len(parity.differences)
    ('equal', 567)
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
        own = _largest_by_image(_differences(ours.values, theirs.values, asked))
        images = compare_images(ours.images, theirs.images, own, ready, box, settings)
    again = {name: theirs.images[name] for name, one in images.items() if not one.identical}
    found = ours.values
    if found and again:
        found = found | native.measure(*given, again.items(), settings)
    return Parity(
        found,
        theirs.values,
        _differences(found, theirs.values, asked),
        images,
        int(np.count_nonzero(ready.region)),
        {"native": ours.seconds, "pyradiomics": theirs.seconds},
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """One engine's images and features; no features where it refused the region."""

    images: Images
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


def _largest_by_image(differences: Values) -> Values:
    found: Values = {}
    for name, apart in differences.items():
        image = _image(name)
        found[image] = max(apart, found.get(image, 0.0))
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
