"""NIfTI-1 headers and voxels.

Voxels are read here, since common readers turn missing values into 0, drop half of a complex number
and start at another byte where ``vox_offset`` is odd, and say nothing.

Cox RW et al. "A (sort of) new image data format standard: NIfTI-1", NeuroImage 22, 2004.
"""

from __future__ import annotations

import gzip
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from radln._types import FloatArray
from radln.errors import UnreadableFileError
from radln.io.decoding import refuse_large

_DTYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
    128: "u1",
    2304: "u1",
}
_CHANNELS = {128: 3, 2304: 4}
_COMPLEX = (32, 1792, 2048)
_UNITS = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # mm; none named means mm
_START = 352  # of the voxels, at the earliest: the header and four bytes
_FIELDS = {
    "dim": ("8h", 40),
    "datatype": ("h", 70),
    "bits": ("h", 72),
    "pixdim": ("8f", 76),
    "offset": ("f", 108),
    "slope": ("2f", 112),
    "units": ("b", 123),
    "codes": ("2h", 252),
    "affine": ("12f", 280),
    "magic": ("3s", 344),
}


@dataclass(frozen=True)
class NiftiHeader:
    """Where the voxels lie in the file, what they are, and how large they are.

    ``sizes`` and ``spacing_mm`` follow the file's axes (x, y, z), None where a size is not known.
    Colour ``channels`` lie side by side, or (``planar``) one after the other.
    """

    sizes: tuple[int, ...]
    channels: int
    planar: bool
    dtype: str
    offset: int
    slope: float
    inter: float
    spacing_mm: tuple[float | None, ...]


def read_nifti_header(path: Path) -> NiftiHeader:
    """The header of a ``.nii`` or ``.nii.gz`` file.

    Raises
    ------
    UnreadableFileError
        Complex or unusual voxels, an offset before the data, a sheared grid, two voxel sizes that
        contradict each other, an unknown unit, too many voxels, or data in another file.
    """
    with _opened(path) as file:
        raw = file.read(_START - 4)
    order = "<" if raw[:2] in (b"\x5c\x01", b"\x1c\x02") else ">"
    length = struct.unpack(order + "i", raw[:4])[0]
    if length == 540:
        raise UnreadableFileError(f"{path.name} is a NIfTI-2 file; export it as NIfTI-1.")
    if length != 348 or len(raw) < length:
        raise EOFError
    fields = {
        name: struct.unpack_from(order + form, raw, place)
        for name, (form, place) in _FIELDS.items()
    }
    if fields["magic"][0][:2] == b"ni":
        raise UnreadableFileError(
            f"the header {path.name} leaves its voxels to another file, which is not opened; "
            "export header and voxels as one .nii or .nii.gz file.",
            code="data_elsewhere",
        )
    if fields["magic"][0] != b"n+1":
        raise _damaged(path, "it lacks the mark of a NIfTI file")
    return _checked(path, fields, order)


def _checked(path: Path, fields: dict[str, tuple[Any, ...]], order: str) -> NiftiHeader:
    (datatype,), (bits,), (offset,) = fields["datatype"], fields["bits"], fields["offset"]
    n, *sizes = fields["dim"]
    sizes = sizes[:n]
    if not 1 <= n <= 7 or min(sizes) < 1:
        raise _damaged(path, f"its numbers of voxels are {n} axes of {sizes}")
    if datatype in _COMPLEX:
        raise complex_values(path)
    if datatype not in _DTYPES:
        raise UnreadableFileError(
            f"{path.name} holds voxels of NIfTI type {datatype}, which is not read; export it as "
            "16-bit whole numbers or 32-bit floats.",
            code="inexact_pixels",
        )
    dtype, channels = np.dtype(order + _DTYPES[datatype]), _CHANNELS.get(datatype, 1)
    planar = len(sizes) == 5 and sizes[3] == 1 and sizes[4] > 1
    if bits != 8 * dtype.itemsize * channels:
        raise _damaged(path, f"type {datatype} does not have {bits} bits a voxel")
    if not (math.isfinite(offset) and offset == int(offset) and offset >= _START):
        raise _damaged(path, f"vox_offset is {offset:g}, but the voxels begin at {_START}")
    slope, inter = fields["slope"]
    if not (math.isfinite(slope) and slope != 0):
        slope, inter = 1.0, 0.0  # no scaling
    if not math.isfinite(inter):
        raise _damaged(path, f"scl_inter is {inter:g}")
    refuse_large(path, sizes)
    spacing = _spacing(path, fields, sizes)
    if planar:
        channels, sizes = sizes[4] * channels, sizes[:3]
    return NiftiHeader(
        tuple(sizes), channels, planar, dtype.str, int(offset), slope, inter, spacing
    )


def read_nifti_values(path: Path, header: NiftiHeader) -> FloatArray:
    """The voxels (z, y, x), with a last axis for several channels, scaled as the header says.

    EOFError where some are missing.
    """
    dtype = np.dtype(header.dtype)
    count = math.prod(header.sizes) * header.channels
    with _opened(path) as file:
        file.seek(header.offset)
        data = file.read(count * dtype.itemsize)
        more = file.read(1)  # a damaged end shows only when it is read
    if len(data) < count * dtype.itemsize:
        raise EOFError
    if more:
        raise _damaged(path, "more bytes follow than it names voxels")
    stored, shape = np.frombuffer(data, dtype), header.sizes[::-1]
    if header.planar:
        stored = np.moveaxis(stored.reshape(header.channels, *shape), 0, -1)
    elif header.channels > 1:
        stored = stored.reshape(*shape, header.channels)
    else:
        stored = stored.reshape(shape)
    values = as_floats(path, stored)
    if (header.slope, header.inter) != (1.0, 0.0):
        values = values * header.slope + header.inter
    return values


def as_floats(path: Path, stored: np.ndarray) -> FloatArray:
    """Voxels as float64, exactly or not at all."""
    if stored.dtype.kind == "c":
        raise complex_values(path)
    if stored.dtype.kind in "iu" and max(int(stored.max()), -int(stored.min())) > 2**53:
        raise UnreadableFileError(
            f"{path.name} holds whole numbers beyond 2^53, which would be rounded; export it as "
            "16-bit whole numbers.",
            code="inexact_pixels",
        )
    return np.asarray(stored, dtype=np.float64)


def _spacing(
    path: Path, fields: dict[str, tuple[Any, ...]], sizes: list[int]
) -> tuple[float | None, ...]:
    """Voxel size in mm along x, y, z; None where the header does not give one."""
    unit = fields["units"][0] & 7
    if unit not in _UNITS:
        raise UnreadableFileError(
            f"{path.name} gives its voxel size in NIfTI unit {unit}, which is no length; export it "
            "in mm.",
            code="unknown_unit",
        )
    given = fields["pixdim"][1 : 1 + min(len(sizes), 3)]
    qform, sform = fields["codes"]
    if sform > 0:
        _check_affine(path, np.reshape(fields["affine"], (3, 4))[:, :3], given, sizes)
    elif qform <= 0 and unit == 0 and set(given) == {1.0}:
        return (None,) * len(given)  # what a header holds in which nobody wrote a size
    return tuple(abs(size) * _UNITS[unit] if size else None for size in given)


def _check_affine(
    path: Path, columns: FloatArray, given: tuple[float, ...], sizes: list[int]
) -> None:
    """Raise UnreadableFileError where the axes are not at right angles, or the sizes differ."""
    lengths = np.linalg.norm(columns, axis=0)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise _damaged(path, "its affine matrix (sform) has an axis without length")
    unit = columns / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > 1e-3:
        raise sheared(path)
    for axis, size in enumerate(given):
        if sizes[axis] > 1 and not math.isclose(abs(size), lengths[axis], rel_tol=0.01):
            raise _damaged(
                path,
                f"pixdim says {size:g} and the affine matrix {lengths[axis]:g} for one voxel size",
            )


def complex_values(path: Path) -> UnreadableFileError:
    """The refusal of voxels that are complex numbers."""
    return UnreadableFileError(
        f"{path.name} holds complex numbers, of which one part would be lost; export the "
        "magnitude image.",
        code="complex_values",
    )


def sheared(path: Path) -> UnreadableFileError:
    """The refusal of a grid whose axes are not at right angles."""
    return UnreadableFileError(
        f"the voxel grid of {path.name} is sheared (its axes are not at right angles); resample it "
        "onto a rectangular grid.",
        code="sheared_grid",
    )


def _damaged(path: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the header of {path.name} cannot be right: {why}. Export it again.", code="damaged_header"
    )


def _opened(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path))
    return path.open("rb")
