"""What the text headers of NRRD and MetaImage (MHA) say of voxel size, units and other files.

ITK takes a missing size for 1, passes over units, and opens whatever file a header names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radln.errors import UnreadableFileError
from radln.io.nifti import complex_values

_HEADER_LIMIT = 1 << 20  # bytes
_METRES = ("m", "meter", "meters", "metre", "metres")
_IN_MM = {
    **dict.fromkeys(("mm", "milli"), 1.0),
    **dict.fromkeys(("cm", "centi"), 10.0),
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", "micro"), 0.001),
    **dict.fromkeys(_METRES, 1000.0),
    **{
        prefix + metre: factor
        for prefix, factor in (("milli", 1.0), ("centi", 10.0), ("micro", 0.001))
        for metre in _METRES[1:]
    },
}


@dataclass(frozen=True)
class VoxelSize:
    """Sizes in mm along the file's axes (None where the header gives none), and how many mm one
    unit of the header is.
    """

    spacing_mm: tuple[float | None, ...]
    mm_per_unit: float = 1.0


def read_voxel_size(path: Path) -> VoxelSize:
    """From the header of a ``.nrrd`` or ``.mha`` file.

    Raises
    ------
    UnreadableFileError
        The voxels lie in another file, the unit is no length, or a size is no positive number.
    """
    with path.open("rb") as file:
        text = file.read(_HEADER_LIMIT)
    return (_nrrd if path.name.lower().endswith(".nrrd") else _metaimage)(path, text)


def _nrrd(path: Path, text: bytes) -> VoxelSize:
    if not text.startswith(b"NRRD"):
        raise ValueError("no NRRD header")
    fields = {}
    for line in re.split(rb"\r?\n", text)[1:]:
        if not line.strip():
            break  # the voxels follow
        name, mark, rest = line.decode("utf-8", "replace").partition(": ")
        if mark and not name.startswith("#"):
            fields[name.strip().lower().replace(" ", "")] = rest.strip()
        elif line.lower().replace(b" ", b"").startswith(b"datafile:"):
            fields["datafile"] = ""
    else:
        raise ValueError("no end of the header")
    if "datafile" in fields:
        raise _elsewhere(path)
    kinds = fields.get("kinds", "").lower().split()
    if "complex" in kinds:
        raise complex_values(path)
    if "oldmin" in fields or "oldmax" in fields:
        raise _scaled(path, "old min, old max")
    units = re.findall(r'"([^"]*)"', fields.get("spaceunits", fields.get("units", "")))
    factor = _factor(path, units)
    if "spacedirections" in fields:
        vectors = re.findall(r"\(([^)]*)\)", fields["spacedirections"])
        sizes = [math.hypot(*map(float, vector.split(","))) for vector in vectors]
    else:
        sizes = _numbers(path, fields.get("spacings", ""))
        if len(kinds) == len(sizes):
            space = ("domain", "space", "time", "???", "none")
            sizes = [size for size, kind in zip(sizes, kinds, strict=True) if kind in space]
    return _sized(path, sizes, factor)


def _metaimage(path: Path, text: bytes) -> VoxelSize:
    fields: dict[str, str] = {}
    for line in text.split(b"\n"):
        name, *rest = re.split("[=:]", line.decode("utf-8", "replace"), maxsplit=1)
        if rest:
            fields[name.strip()] = rest[0].strip()
        if name.strip() == "ElementDataFile":
            break
    if fields["ElementDataFile"] != "LOCAL":
        raise _elsewhere(path)
    scale = fields.get("ElementToIntensityFunctionSlope", "1")
    shift = fields.get("ElementToIntensityFunctionOffset", "0")
    if float(scale) != 1 or float(shift) != 0:
        raise _scaled(path, f"by {scale} and {shift}")
    unit = fields.get("DistanceUnits", "")
    sizes = _numbers(path, fields.get("ElementSpacing", fields.get("ElementSize", "")))
    if sizes and not (len(sizes) == int(fields["NDims"]) and all(map(math.isfinite, sizes))):
        raise _damaged(path, f"{sizes} for {fields['NDims']} axes")
    return _sized(path, sizes, _factor(path, [unit]))


def _scaled(path: Path, how: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the header of {path.name} scales its grey values ({how}), which is not read; export it "
        "with the scaling applied.",
        code="inexact_pixels",
    )


def _numbers(path: Path, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        raise _damaged(path, repr(text)) from None


def _sized(path: Path, sizes: list[float], factor: float) -> VoxelSize:
    if 0 in sizes:
        raise _damaged(path, "0")
    return VoxelSize(tuple(abs(size) * factor for size in sizes), factor)


def _damaged(path: Path, given: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the header of {path.name} gives {given} as voxel size; write it in mm, one number an "
        "axis, or leave the line out.",
        code="damaged_header",
    )


def _factor(path: Path, units: Iterable[str]) -> float:
    """How many mm one unit is; no unit, or "?", means mm."""
    named = {unit.strip().lower() for unit in units} - {"", "?", "???"}
    factors = {_IN_MM.get(unit) for unit in named}
    if len(factors) > 1 or None in factors:
        raise UnreadableFileError(
            f"{path.name} gives its voxel size in {', '.join(sorted(named))}; radln reads mm, cm, "
            "m and um, one for all axes. Export it in mm.",
            code="unknown_unit",
        )
    return factors.pop() or 1.0 if factors else 1.0


def _elsewhere(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"the header {path.name} leaves its voxels to another file, which is not opened; export "
        "header and voxels as one file.",
        code="data_elsewhere",
    )
