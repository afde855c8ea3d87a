"""PNG, JPEG, TIFF and BMP through pillow: upright as their header says, every value exact.

The orientation that cameras and some exporters write (EXIF and TIFF tag 274) is applied to every
format alike, to images and to masks.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from radln.errors import UnreadableFileError
from radln.io.decoding import decoding, refuse_large
from radln.io.tiff import TiffHeader, deep_colour, read_tiff_header

Pixels = np.ndarray  # of the type in which the file holds them
_ORIENTATION = 0x0112
_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}
_SIMPLER = {"1": "L", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}
_LOSSY = ("jpeg", "tiff_jpeg", "webp")  # ways to compress a TIFF
_KEPT = ("L", "LA", "I", "F", "RGB", "RGBA", "P")


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded, upright picture.

    ``values`` are (y, x), or (y, x, channel) where ``mode`` is LA, RGB or RGBA; of a palette
    (mode P) they are the indices, and ``palette_colours`` (y, x, 3). ``orientation`` is how the
    file says that it was turned (1 to 8; 1 = not at all). Greys of 2 or 4 bits are spread over 0 to
    255, in steps of ``step``. JPEG is ``lossy``, as a file and
    inside a TIFF.
    """

    mode: str
    values: Pixels
    orientation: int
    palette_colours: Pixels | None = None
    step: int = 1
    lossy: bool = False


def read_picture(path: Path) -> Picture:
    """Decode one picture.

    Raises
    ------
    UnreadableFileError
        Several pages, too many pixels, values that would be rounded, or no picture at all.
    """
    with decoding(path), _opened(path) as (opened, tiff):
        _, orientation = _size_and_turn(path, opened, tiff)
        bits = _png_depth(path)[0] if tiff is None else tiff.bits
        opened.load()
        picture: Image.Image = opened.copy()
        if picture.mode not in _KEPT and picture.mode[:2] != "I;":
            picture = picture.convert(_SIMPLER.get(picture.mode, "RGB"))  # CMYK, YCbCr, LAB, HSV
        values = np.asarray(picture)
        values = values if tiff is None else _exact(values, tiff)
        colours = None
        if picture.mode == "P":
            colours = _turned(np.asarray(picture.convert("RGB")), orientation)
        step = 255 // (2**bits - 1) if picture.mode == "L" and 1 < bits < 8 else 1
        lossy = opened.format == "JPEG" or opened.info.get("compression") in _LOSSY
        upright = _turned(values, orientation)
        return Picture(picture.mode, upright, orientation, colours, step, lossy)


def picture_size(path: Path) -> tuple[tuple[int, int], int]:
    """Rows and columns of the upright picture, and how the file says that it was turned."""
    with decoding(path), _opened(path) as (opened, tiff):
        (width, height), orientation = _size_and_turn(path, opened, tiff)
        return ((width, height) if orientation > 4 else (height, width)), orientation


def _turned(values: Pixels, orientation: int) -> Pixels:
    turn = _TURNS.get(orientation)
    return values if turn is None else np.ascontiguousarray(turn(values))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Image.Image, TiffHeader | None]]:
    """The picture, not yet decoded, and the tags of a TIFF."""
    tiff = read_tiff_header(path)
    if tiff is not None:
        refuse_large(path, tiff.size)
    with Image.open(path if tiff is None else tiff.upright(path)) as picture:
        yield picture, tiff


def _size_and_turn(
    path: Path, picture: Image.Image, tiff: TiffHeader | None
) -> tuple[tuple[int, int], int]:
    """Width and height as stored, and the orientation."""
    refuse_large(path, picture.size)
    pages = getattr(picture, "n_frames", 1)
    if pages > 1:
        raise UnreadableFileError(
            f"{path.name} holds {pages} pages; save the page that shows the node as one PNG, "
            "or the whole stack as one NIfTI volume."
        )
    if tiff is not None:
        orientation = tiff.orientation
    elif picture.format == "PNG" and not _look_at_png(path):
        orientation = 1
    else:
        orientation = _exif_orientation(path, picture)
    return picture.size, orientation if orientation in _TURNS else 1


def _exif_orientation(path: Path, picture: Image.Image) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # pillow warns of what it could not read
            found = picture.getexif()  # decodes a PNG, which may end with this block
            anew = Image.Exif()  # opening a JPEG has passed over what is wrong with it
            anew.load(picture.info.get("exif", b""))
            return int(found.get(_ORIENTATION, 1))
    except Exception as error:  # SyntaxError, struct.error, UserWarning ...
        raise UnreadableFileError(
            f"the EXIF block of {path.name}, which says how the picture is turned, cannot be read; "
            "save the picture again without it.",
            code="damaged_header",
        ) from error


def _look_at_png(path: Path) -> bool:
    """Whether a PNG says how it was turned; asking pillow would decode every picture for that.

    Raises
    ------
    UnreadableFileError
        It has 16 bits in each of several channels.
    """
    bits, colour = _png_depth(path)
    if bits == 16 and colour != 0:
        raise deep_colour(path, bits)
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            start = file.read(min(length, 32))
            profile = start.startswith((b"Raw profile type", b"XML:com.adobe.xmp"))
            if kind == b"eXIf" or (kind[1:] == b"TXt" and profile):
                return True
            file.seek(length - len(start) + 4, io.SEEK_CUR)
    return False


def _png_depth(path: Path) -> tuple[int, int]:
    """Bits a sample and colour type (0 = grey) of a PNG; 8 and 0 of another file."""
    with path.open("rb") as file:
        head = file.read(26)
    return (head[24], head[25]) if head.startswith(b"\x89PNG") else (8, 0)


def _exact(values: Pixels, tiff: TiffHeader) -> Pixels:
    """What pillow's modes cannot say: 8 bits with a sign, 32 without one, white as 0."""
    if tiff.bits == 8 and tiff.signed:
        return values.view(np.int8)
    if values.dtype == np.int32 and tiff.bits == 32 and not tiff.signed:
        return values.view(np.uint32)
    return np.iinfo(np.uint16).max - values if tiff.inverted else values
