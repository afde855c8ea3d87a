"""The tags of a TIFF file that decide how its pixels are to be read, and the file without them.

Decoders differ in what they make of a turned picture or of 16 bits with white as 0 (TIFF 6.0,
tags 262 and 274). Both are taken out of a copy of the file in memory, and done afterwards by the
caller.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from radln.errors import UnreadableFileError

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_SAMPLES, _SIGN, _XMP = 277, 339, 700
_XMP_TURN = rb'tiff:Orientation(?:="|>)([0-9])'
_XMP_LIMIT = 1 << 20  # bytes
_SIGNED, _FLOAT = 2, 3
_ORDERS = {b"II\x2a\0": "<", b"II\x2b\0": "<", b"MM\0\x2a": ">", b"MM\0\x2b": ">"}
_FORMATS = {1: "B", 7: "B", 3: "H", 4: "I", 16: "Q"}  # struct's letters for TIFF's types


@dataclass(frozen=True)
class _Tag:
    """A tag's first value, where it lies, in which format, and how many there are."""

    value: int
    place: int
    form: str
    count: int

    def written(self, order: str, value: int) -> tuple[int, bytes]:
        return self.place, struct.pack(order + self.form, value)


@dataclass(frozen=True)
class TiffHeader:
    """Width and height as stored, bits a sample, whether they are signed or inverted, the
    orientation; and what to write at which bytes for an upright picture with black as 0.
    """

    size: tuple[int, int]
    bits: int
    signed: bool
    inverted: bool
    orientation: int
    changes: tuple[tuple[int, bytes], ...]

    def upright(self, path: Path) -> Path | IO[bytes]:
        """The file to decode: itself, or a copy in memory with the changes."""
        if not self.changes:
            return path
        data = bytearray(path.read_bytes())
        for place, content in self.changes:
            data[place : place + len(content)] = content
        return io.BytesIO(data)


def read_tiff_header(path: Path) -> TiffHeader | None:
    """The first page's tags; None where the file is no TIFF.

    Raises
    ------
    UnreadableFileError
        More than 8 bits a colour channel, or numbers that would not come out exactly.
    """
    with path.open("rb") as file:
        order = _ORDERS.get(file.read(4))
        if order is None:
            return None
        tags = _tags(file, order)
        turn, turn_change = _orientation(file, order, tags)

    def value(tag: int, default: int) -> int:
        return tags[tag].value if tag in tags else default

    bits, sign = value(_BITS, 1), value(_SIGN, 1)
    if value(_SAMPLES, 1) > 1 and bits > 8:
        raise deep_colour(path, bits)
    if _PHOTOMETRIC not in tags:
        raise _inexact(path, "whether 0 is black or white is not written")
    inverted = value(_PHOTOMETRIC, 1) == 0 and bits > 8
    if (sign == _FLOAT and bits != 32) or (inverted and (bits != 16 or sign == _SIGNED)):
        raise _inexact(path, f"{bits} bits of this kind are not decoded exactly")
    changes = turn_change if turn != 1 else []
    if inverted:
        changes.append(tags[_PHOTOMETRIC].written(order, 1))
    size = value(_WIDTH, 0), value(_HEIGHT, 0)
    return TiffHeader(size, bits, sign == _SIGNED, inverted, turn, tuple(changes))


def deep_colour(path: Path, bits: int) -> UnreadableFileError:
    """The refusal of colours, or of grey with transparency, that decoding would round."""
    return UnreadableFileError(
        f"{path.name} holds {bits} bits in each of several channels, of which decoding keeps 8; "
        "save one grey channel of 16 bits (PNG, TIFF), or colours of 8 bits.",
        code="inexact_pixels",
    )


def _inexact(path: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the pixels of {path.name} cannot be read for certain: {why}. Save it as TIFF of 8 or 16 "
        "bits with black as 0, or as NIfTI.",
        code="inexact_pixels",
    )


def _orientation(
    file: IO[bytes], order: str, tags: dict[int, _Tag]
) -> tuple[int, list[tuple[int, bytes]]]:
    """How the picture is turned by its tag, else by its XMP, and what undoes that."""
    if _ORIENTATION in tags:
        tag = tags[_ORIENTATION]
        return tag.value, [tag.written(order, 1)]
    if _XMP in tags:
        file.seek(tags[_XMP].place)
        found = re.search(_XMP_TURN, file.read(min(tags[_XMP].count, _XMP_LIMIT)))
        if found is not None:
            return int(found[1]), [(tags[_XMP].place + found.start(1), b"1")]
    return 1, []


def _tags(file: IO[bytes], order: str) -> dict[int, _Tag]:
    """The first page's tags that hold whole numbers (or bytes)."""

    def read(form: str, place: int) -> int:
        file.seek(place)
        form = order + form
        return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])

    big = read("H", 2) == 43
    long, head, step, room = ("Q", 8, 20, 8) if big else ("I", 2, 12, 4)
    start = read(long, 8 if big else 4)
    tags = {}
    for k in range(min(read(long if big else "H", start), 4096)):
        entry = start + head + k * step
        form, count = _FORMATS.get(read("H", entry + 2)), read(long, entry + 4)
        if form is None:
            continue
        place = entry + step - room
        if count * struct.calcsize(form) > room:
            place = read(long, place)
        tags[read("H", entry)] = _Tag(read(form, place), place, form, count)
    return tags
