"""NIfTI, NRRD and MHA: voxels, and the grid on which they lie."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from radln._types import FloatArray
from radln.errors import UnreadableFileError
from radln.imaging.volume import Geometry
from radln.io.decoding import decoding, refuse_large
from radln.io.itk_headers import read_voxel_size
from radln.io.nifti import as_floats, read_nifti_header, read_nifti_values, sheared

SMALLEST_MM, LARGEST_MM = 0.001, 100.0  # voxel sizes outside are taken as not known
_READERS = {".nrrd": "NrrdImageIO", ".mha": "MetaImageIO", ".nii": "NiftiImageIO"}


def read_volume(path: Path) -> tuple[FloatArray, Geometry]:
    """Grey values (colour channels, if any, on one more axis at the end) and grid.

    Raises
    ------
    UnreadableFileError
        As :func:`read_grid`; values that are complex or missing; two, or more than four, a voxel.
    """
    with decoding(path):
        reader = _header(path)
        if _is_nifti(path):
            header = read_nifti_header(path)
            geometry = _geometry(reader, path, header.spacing_mm)
            channels = header.channels
            _check_channels(path, channels)
            values = read_nifti_values(path, header)
        else:
            geometry = _text_grid(reader, path)
            channels = reader.GetNumberOfComponents()
            _check_channels(path, channels)
            values = as_floats(path, _quiet_sitk().GetArrayFromImage(reader.Execute()))
    extra = () if channels == 1 else (channels,)
    return values.reshape(geometry.shape + extra), geometry


def read_grid(path: Path) -> Geometry:
    """The grid alone, from the header.

    Raises
    ------
    UnreadableFileError
        A damaged header, a sheared grid, an unknown unit, more than three axes, too many voxels,
        or voxels in another file.
    """
    with decoding(path):
        reader = _header(path)
        if _is_nifti(path):
            return _geometry(reader, path, read_nifti_header(path).spacing_mm)
        return _text_grid(reader, path)


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith((".nii", ".nii.gz"))


def _check_channels(path: Path, channels: int) -> None:
    if channels not in (1, 3, 4):
        raise UnreadableFileError(
            f"{path.name} holds {channels} values a pixel; export one grey channel."
        )


def _quiet_sitk() -> Any:
    """SimpleITK (loaded here, not with the module), its warnings silent: errors say enough."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    process: Any = sitk.ProcessObject
    process.SetGlobalWarningDisplay(False)
    return sitk


def _header(path: Path) -> Any:
    """A SimpleITK reader that has read the header, as the format that the name promises."""
    reader = _quiet_sitk().ImageFileReader()
    suffix = ".nii" if _is_nifti(path) else path.suffix.lower()
    reader.SetImageIO(_READERS[suffix])
    reader.SetFileName(str(path))
    return reader


def _text_grid(reader: Any, path: Path) -> Geometry:
    """The grid of a NRRD or MHA file, in mm."""
    size = read_voxel_size(path)  # before ITK opens what the header names
    return _geometry(reader, path, size.spacing_mm, size.mm_per_unit)


def _geometry(
    reader: Any, path: Path, spacing: tuple[float | None, ...], mm_per_unit: float = 1.0
) -> Geometry:
    """A header's grid, with an axis of one slice dropped and 2D placed at z = 0."""
    reader.ReadImageInformation()
    size, origin = tuple(reader.GetSize()), tuple(x * mm_per_unit for x in reader.GetOrigin())
    forward = np.where(np.less(reader.GetSpacing(), 0), -1.0, 1.0)  # a negative size runs back
    axes = np.reshape(reader.GetDirection(), (len(size), len(size))) * forward + 0.0  # no -0
    direction = tuple(axes.ravel().tolist())
    spacing = _agreed(path, spacing, tuple(x * mm_per_unit for x in reader.GetSpacing()))
    while len(size) > 3 and size[-1] == 1:
        size, origin = size[:-1], origin[:-1]
        n = len(size)
        direction = tuple(np.reshape(direction, (n + 1, n + 1))[:n, :n].ravel().tolist())
    if len(size) > 3:
        raise UnreadableFileError(
            f"{path.name} has {len(size)} dimensions; export one volume (x, y, z) a file."
        )
    refuse_large(path, size)
    _check_right_angles(path, direction)
    spacing = spacing[: len(size)]
    if len(size) == 2:
        a, b, c, d = direction
        origin, direction = (*origin, 0.0), (a, b, 0.0, c, d, 0.0, 0.0, 0.0, 1.0)
    single = [axis for axis, n in enumerate(size) if n == 1]
    if len(size) == 3 and single:
        keep = [axis for axis in range(3) if axis != single[-1]]
        size, spacing = tuple(size[i] for i in keep), tuple(spacing[i] for i in keep)
    shape = tuple(int(n) for n in size[::-1])
    known = [s for s in spacing if s is not None and SMALLEST_MM <= s <= LARGEST_MM]
    if len(known) < len(shape):
        return Geometry(shape)
    return Geometry(shape, tuple(known[::-1]), origin, direction)


def _agreed(
    path: Path, spacing: tuple[float | None, ...], itk: tuple[float, ...]
) -> tuple[float | None, ...]:
    """The header's voxel sizes, none of them where it has none, after a look at ITK's reading."""
    if not spacing:
        return (None,) * len(itk)
    for ours, theirs in zip(spacing, itk, strict=False):
        usable = ours is not None and SMALLEST_MM <= ours <= LARGEST_MM
        if usable and not math.isclose(ours or 0, abs(theirs), rel_tol=1e-4):
            raise UnreadableFileError(
                f"the header of {path.name} gives its voxel size in two ways ({ours:g} and "
                f"{theirs:g} mm); write it once.",
                code="damaged_header",
            )
    return spacing


def _check_right_angles(path: Path, direction: tuple[float, ...]) -> None:
    n = round(len(direction) ** 0.5)
    axes = np.reshape(direction, (n, n))
    if not np.abs(axes.T @ axes - np.eye(n)).max() <= 1e-3:
        raise sheared(path)
