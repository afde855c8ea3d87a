"""Files whose header is a little wrong, written byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from PIL import Image, TiffImagePlugin


def nifti(path: Path, values: np.ndarray, *patches: tuple, spacing=(0.1, 0.2, 0.3)) -> Path:
    """A NIfTI-1 file with some bytes of its header overwritten: (place, format, values...)."""
    plain = path.with_name("plain.nii")
    picture = sitk.GetImageFromArray(values)
    picture.SetSpacing(spacing[: values.ndim])
    sitk.WriteImage(picture, str(plain))
    data = bytearray(plain.read_bytes())
    plain.unlink()
    for place, form, *numbers in patches:
        struct.pack_into("<" + form, data, place, *numbers)
    path.write_bytes(data)
    return path


def nrrd(path: Path, values: np.ndarray, *lines: str) -> Path:
    """A NRRD file of 16-bit numbers with these header lines besides the necessary ones."""
    sizes = " ".join(str(n) for n in values.shape[::-1])
    head = ["NRRD0005", "type: short", f"dimension: {values.ndim}", f"sizes: {sizes}"]
    head += ["endian: little", "encoding: raw", *lines, "", ""]
    path.write_bytes("\n".join(head).encode() + values.astype("<i2").tobytes())
    return path


def mha(path: Path, values: np.ndarray, *lines: str, data: str = "LOCAL") -> Path:
    """A MetaImage of 16-bit numbers with these header lines besides the necessary ones."""
    sizes = " ".join(str(n) for n in values.shape[::-1])
    head = ["ObjectType = Image", f"NDims = {values.ndim}", "BinaryData = True"]
    head += ["BinaryDataByteOrderMSB = False", f"DimSize = {sizes}", *lines]
    head += ["ElementType = MET_SHORT", f"ElementDataFile = {data}", ""]
    path.write_bytes("\n".join(head).encode() + values.astype("<i2").tobytes())
    return path


def tiff(path: Path, values: np.ndarray, tags: dict[int, int], *, big: bool = False) -> Path:
    """An uncompressed TIFF of one strip, with these tags besides (or in place of) its own."""
    channels = values.shape[2] if values.ndim == 3 else 1
    bits = 8 * values.dtype.itemsize
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    own = {256: values.shape[1], 257: values.shape[0], 258: bits, 259: 1}
    own |= {262: 2 if channels > 2 else 1, 277: channels, 278: values.shape[0], 339: kind}
    order = ">" if big else "<"
    fields = {**own, 279: values.nbytes, 273: 0, **tags}
    size = 8 + 2 + 12 * len(fields) + 4
    more = struct.pack(order + f"{channels}H", *[fields[258]] * channels) if channels > 2 else b""
    fields[273] = size + len(more)
    data = (b"MM\0\x2a" if big else b"II\x2a\0") + struct.pack(order + "IH", 8, len(fields))
    for tag, value in sorted(fields.items()):
        if tag == 258 and more:
            data += struct.pack(order + "HHII", tag, 3, channels, size)
        elif tag in (273, 279):
            data += struct.pack(order + "HHII", tag, 4, 1, value)
        else:
            data += struct.pack(order + "HHIHH", tag, 3, 1, value, 0)
    pixels = values.astype(values.dtype.newbyteorder(order)).tobytes()
    path.write_bytes(data + b"\0\0\0\0" + more + pixels)
    return path


def turned(path: Path, upright: np.ndarray, orientation: int, **options) -> Path:
    """A picture that is stored turned, with the tag that says so; shown upright it is ``upright``.

    The stored array is made from the meaning of the tag (which side row 0 and column 0 are), not
    by the code under test.
    """
    rows, columns = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    height, width = upright.shape[:2]
    along = {"top": 0, "bottom": height - 1, "left": 0, "right": width - 1}
    swapped = rows in ("left", "right")
    stored = np.empty((width, height) if swapped else (height, width), upright.dtype)
    for y in range(stored.shape[0]):
        for x in range(stored.shape[1]):
            first, second = abs(along[rows] - y), abs(along[columns] - x)
            stored[y, x] = upright[second, first] if swapped else upright[first, second]
    picture = Image.fromarray(stored)
    if path.suffix in (".tif", ".tiff"):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[274] = orientation
        picture.save(path, tiffinfo=tags, **options)
    else:
        exif = Image.Exif()
        exif[274] = orientation
        picture.save(path, exif=exif, **options)
    return path
