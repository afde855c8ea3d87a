"""An image on its grid, a mask on the same grid, and the two together as a case.

Arrays are ``(z, y, x)`` in 3D and ``(y, x)`` in 2D: a 2D image is two-dimensional throughout and
never a volume of one slice. Spacing follows the array's axes and is in millimetres; None means
that the pixel size is not known, and then lengths are in pixels.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from radln._shown import ShortRepr
from radln._types import ArrayLike, BoolArray, FloatArray
from radln.errors import EmptyMaskError, GeometryMismatchError, InputError, ShapeError


@dataclass(frozen=True)
class Geometry:
    """Where the voxels lie: array shape, spacing, origin and direction.

    ``spacing_mm`` follows the array's axes; ``origin_mm`` and ``direction`` follow the file's
    (x, y, z) convention and matter only when two grids are compared. So does ``orientation``: how a
    picture's file says that it was turned (EXIF, 1 to 8); the array is upright.
    """

    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...] | None = None
    origin_mm: tuple[float, ...] | None = None
    direction: tuple[float, ...] | None = None
    orientation: int = 1

    def differences(self, other: Geometry, *, tolerance: float = 1e-3) -> list[str]:
        """What differs between two grids, field by field, where both sides know the field.

        ``tolerance`` is in units of the voxel size for lengths and absolute for directions.
        """
        found = []
        if self.shape != other.shape:
            found.append(
                f"size {_times(self.shape)} against {_times(other.shape)} (pixels, row first)"
            )
        unit = min(self.spacing_mm) if self.spacing_mm else 1.0
        pairs = (
            ("spacing", self.spacing_mm, other.spacing_mm, tolerance * unit, " mm"),
            ("origin", self.origin_mm, other.origin_mm, tolerance * unit, " mm"),
            ("direction", self.direction, other.direction, tolerance, ""),
        )
        for name, mine, theirs, limit, suffix in pairs:
            if mine is None or theirs is None:
                continue
            if len(mine) != len(theirs):
                found.append(f"{name} has {len(mine)} against {len(theirs)} entries")
                continue
            gap = float(np.max(np.abs(np.subtract(mine, theirs))))
            if gap > limit:
                found.append(f"{name} differs by up to {gap:.4g}{suffix}")
        if self.orientation != other.orientation:
            found.append(
                f"one was turned by its file (EXIF orientation {self.orientation} against "
                f"{other.orientation}), and nobody knows on which picture the mask was drawn; save "
                "both upright, without that tag"
            )
        return found


def distinct(values: ArrayLike) -> FloatArray:
    """The different values, sorted; fast where they are two, or whole numbers from 0 to 65,535.

    Examples
    --------
    >>> distinct([[3, 0], [3, 255]]).tolist()
    [0.0, 3.0, 255.0]
    """
    given = np.asarray(values)
    low, high = (given.min(), given.max()) if given.size else (0, 0)
    if given.size and ((given == low) | (given == high)).all():
        return np.array(sorted({float(low), float(high)}))
    if given.size and low >= 0 and high < 1 << 16:
        small = given.astype(np.uint16)
        if given.dtype.kind in "bui" or (small == given).all():
            return np.flatnonzero(np.bincount(small.ravel())).astype(np.float64)
    return np.asarray(np.unique(given), dtype=np.float64)


def refuse_colours(shape: tuple[int, ...]) -> None:
    """Raise ShapeError where image and mask of this shape are colours rather than a volume.

    Examples
    --------
    >>> refuse_colours((3, 64, 64))
    """
    if len(shape) == 3 and shape[-1] <= 4 and min(shape[:2]) >= 8:
        raise ShapeError(
            f"image and mask of {_times(shape)} look like colour pictures, and would be measured "
            "as a volume; give one grey (or label) channel, or a colour image with a mask of rows "
            "and columns only.",
            code="colours_as_volume",
        )


def real_numbers(values: ArrayLike, name: str) -> FloatArray:
    """An array as float64; InputError where it is masked or complex, so that something is lost.

    Examples
    --------
    >>> real_numbers([[1, 2]], "image")
    array([[1., 2.]])
    """
    if np.ma.isMaskedArray(values):
        raise InputError(
            f"{name} is a masked array, whose hidden values would be measured; fill them first.",
            code="missing_values",
        )
    found = np.asarray(values)
    if found.dtype.kind == "c":
        raise InputError(
            f"{name} holds complex numbers, of which one part would be lost; give the magnitude.",
            code="complex_values",
        )
    return np.asarray(found, dtype=np.float64)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape)


@dataclass(frozen=True, eq=False, repr=False)
class ImageVolume(ShortRepr):
    """Grey values (float64) on a grid; ``notes`` say what reading the file decided."""

    values: FloatArray
    geometry: Geometry
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim not in (2, 3):
            raise ShapeError(f"an image must be 2D or 3D; got an array of {self.values.ndim} axes.")
        if self.values.shape != self.geometry.shape:
            raise ShapeError("the image's array and its geometry have different shapes.")
        if not np.isfinite(self.values).all():
            raise InputError(
                "the image holds missing or infinite grey values; mend the file.",
                code="missing_values",
            )

    @cached_property
    def compact(self) -> np.ndarray:
        """The same values in the smallest type that holds each of them bit for bit."""
        values = self.values
        if not np.signbit(values[values == 0]).any():
            for kind in (np.uint8, np.uint16, np.int16, np.float32):
                with np.errstate(invalid="ignore", over="ignore"):
                    small = values.astype(kind)
                if (small == values).all():
                    return small
        return values

    @cached_property
    def digest(self) -> str:
        """A hash of the values and their shape: equal where every pixel is equal."""
        compact = self.compact
        head = repr((compact.dtype.str.lstrip("<=|"), compact.shape))
        return hashlib.sha256(head.encode() + compact.tobytes()).hexdigest()

    @property
    def spacing_mm(self) -> tuple[float, ...] | None:
        """Voxel size along the array's axes, or None where it is not known."""
        return self.geometry.spacing_mm

    def contradicts(self, spacing_mm: float | None) -> str:
        """What to say where the pixel size in the plane differs from this one by more than 1 %.

        Examples
        --------
        >>> image = ImageVolume(np.zeros((4, 4)), Geometry((4, 4), (1.0, 1.0)))
        >>> image.contradicts(0.08), image.contradicts(1.001)
        ('1 x 1 mm in the header, 0.08 mm given', '')
        """
        if spacing_mm is None or self.spacing_mm is None:
            return ""
        plane = self.spacing_mm[-2:]
        if all(math.isclose(size, spacing_mm, rel_tol=0.01) for size in plane):
            return ""
        return f"{plane[0]:.4g} x {plane[1]:.4g} mm in the header, {spacing_mm:.4g} mm given"


@dataclass(frozen=True, eq=False, repr=False)
class Mask(ShortRepr):
    """Labels (integers, 0 = background) on a grid."""

    labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    geometry: Geometry
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.labels.shape != self.geometry.shape:
            raise ShapeError("the mask's array and its geometry have different shapes.")

    @cached_property
    def present(self) -> tuple[int, ...]:
        """The labels other than background, sorted."""
        return tuple(int(v) for v in distinct(self.labels) if v != 0)

    def region(self, label: int | None = None) -> BoolArray:
        """The voxels of one label, or of the only one."""
        present = self.present
        if not present:
            raise EmptyMaskError(
                "the mask is empty: no pixel differs from 0. Draw it, or exclude the case."
            )
        if label is None:
            if len(present) > 1:
                raise InputError(f"the mask holds the labels {present}; say which one is meant.")
            label = present[0]
        if label not in present:
            raise EmptyMaskError(f"label {label} is not in the mask; it holds {present}.")
        return np.asarray(self.labels == label, dtype=np.bool_)


MODALITY = "image"  # the name of the only modality
SHARED, NODE, OUTLINE = "shared", "node", "1"  # a mask of every modality, its role, its contour
IGNORED = "ignored"  # the role of what is left out of the measurement
MaskKey = tuple[str, str, str]


@dataclass(frozen=True, eq=False, repr=False)
class Case(ShortRepr):
    """One node: its images by modality, its masks, and what was written of it.

    ``masks`` are named by (modality or "shared", role, contour), ``text`` by field. Today there is
    one image, :attr:`image`, and one mask on its grid, :attr:`region`. ``notes`` say what reading
    the files decided.
    """

    case_id: str
    images: Mapping[str, ImageVolume]
    masks: Mapping[MaskKey, BoolArray]
    text: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for (modality, _, _), region in self.masks.items():
            beside = self.images if modality == SHARED else {modality: self.images[modality]}
            for image in beside.values():
                _check_mask(image, region)

    @classmethod
    def single(
        cls, case_id: str, image: ImageVolume, region: BoolArray, notes: tuple[str, ...] = ()
    ) -> Case:
        """One image and one region on its grid."""
        key: MaskKey = (SHARED, NODE, OUTLINE)
        return cls(case_id, {MODALITY: image}, {key: region}, notes=notes)

    @classmethod
    def from_volume(
        cls, case_id: str, image: ImageVolume, mask: Mask, label: int | None = None
    ) -> Case:
        """Image and one label of a mask, after comparing their grids field by field."""
        found = image.geometry.differences(mask.geometry)
        if found:
            raise GeometryMismatchError(
                f"image and mask do not share a grid: {'; '.join(found)}. "
                "Export the mask again on the image's grid, or resample it."
            )
        return cls.single(case_id, image, mask.region(label), (*image.notes, *mask.notes))

    @property
    def image(self) -> ImageVolume:
        """The only image."""
        return self.images[MODALITY]

    @property
    def region(self) -> BoolArray:
        """The node's mask."""
        return self.masks[SHARED, NODE, OUTLINE]

    @property
    def ignored(self) -> BoolArray | None:
        """The pixels of the node that are left out of grey values and texture; None where none."""
        return self.masks.get((SHARED, IGNORED, OUTLINE))

    def without(self, pixels: BoolArray, note: str) -> Case:
        """The same case, with pixels that are left out of grey values and texture."""
        masks = {**self.masks, (SHARED, IGNORED, OUTLINE): pixels}
        return replace(self, masks=masks, notes=(*self.notes, note))

    @property
    def ndim(self) -> int:
        """2 for an image, 3 for a volume."""
        return self.image.values.ndim


def _check_mask(image: ImageVolume, region: BoolArray) -> None:
    if region.shape != image.values.shape:
        raise GeometryMismatchError(
            f"image and mask differ in size: {_times(image.values.shape)} against "
            f"{_times(region.shape)} (pixels, row first). "
            "Export the mask again on the image's grid."
        )
    refuse_colours(region.shape)
    if not region.any():
        raise EmptyMaskError(
            "the mask is empty: no pixel differs from 0. Draw it, or exclude the case."
        )
