"""Image and mask files in: PNG, JPEG, TIFF and BMP through pillow, NIfTI, NRRD and MHA through ITK.

Arrays come out as ``(y, x)`` or ``(z, y, x)``; a volume of one slice is a 2D image. What reading
decided (a colour image made grey, a mask of 255 read as 1) is kept in ``notes``.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from radln._types import FloatArray
from radln.errors import InputError, RadlnError, UnreadableFileError
from radln.imaging.volume import Geometry, ImageVolume, Mask
from radln.io.atomic import replacing
from radln.io.masks import colours_to_grey, grey_to_labels

PLAIN_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
MEDICAL_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")
IMAGE_SUFFIXES = PLAIN_SUFFIXES + MEDICAL_SUFFIXES
_LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def is_image(path: str | Path) -> bool:
    """Whether a file's name ends as one of the image formats that radln reads.

    Examples
    --------
    >>> is_image("node.NII.GZ"), is_image("nodes.xlsx")
    (True, False)
    """
    return Path(path).name.lower().endswith(IMAGE_SUFFIXES)


def read_image(path: str | Path, *, spacing_mm: float | None = None) -> ImageVolume:
    """The grey values of an image file, with the grid on which they lie.

    Parameters
    ----------
    path
        PNG, JPEG, TIFF, BMP, NIfTI, NRRD or MHA.
    spacing_mm
        Pixel size in mm, for formats whose header does not hold one (PNG, JPEG, TIFF, BMP; their
        "dpi" is for printers and is not used). A medical header's own spacing goes first.

    Returns
    -------
    ImageVolume
        float64, (y, x) or (z, y, x). Colours become luminance (0.299 R + 0.587 G + 0.114 B).

    Raises
    ------
    UnreadableFileError
        A missing, truncated, several-page or unknown file.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "node.png"
    >>> Image.fromarray(np.full((4, 6), 90, np.uint8)).save(file)
    >>> image = read_image(file, spacing_mm=0.1)
    >>> image.values.shape, image.spacing_mm
    ((4, 6), (0.1, 0.1))
    """
    path = _existing(path)
    if spacing_mm is not None and not (np.isfinite(spacing_mm) and spacing_mm > 0):
        raise InputError(f"spacing_mm must be a positive number of mm a pixel; got {spacing_mm!r}.")
    if _is_medical(path):
        values, geometry = _read_medical(path)
        values, notes = luminance(values) if values.ndim > len(geometry.shape) else (values, ())
        return ImageVolume(np.asarray(values, dtype=np.float64), geometry, notes)
    values, notes = _plain_grey(path)
    spacing = None if spacing_mm is None else (float(spacing_mm),) * 2
    return ImageVolume(values, Geometry(values.shape, spacing), notes)


def read_mask(path: str | Path) -> Mask:
    """The nodes drawn in a mask file, as integer labels on its grid.

    One non-zero value, whatever it is (1, 255, 0.0039, a colour), becomes label 1; several whole
    numbers stay as they are, one node a label; a 0/255 mask with soft edges (JPEG, anti-aliasing)
    is cut at half. ``notes`` say which of these happened.

    Raises
    ------
    UnreadableFileError
        A missing, truncated or unknown file, or colours and greys that cannot be labels.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.fromarray(np.array([[0, 255], [0, 255]], np.uint8)).save(file)
    >>> mask = read_mask(file)
    >>> mask.labels.tolist(), mask.notes
    ([[0, 1], [0, 1]], ('255 read as 1',))
    """
    path = _existing(path)
    notes: tuple[str, ...] = ()
    if _is_medical(path):
        values, geometry = _read_medical(path)
        if values.ndim > len(geometry.shape):
            values, notes = colours_to_grey(values, path.name)
    else:
        values, notes = _plain_mask(path)
        geometry = Geometry(values.shape)
    labels, more = grey_to_labels(values, path.name)
    return Mask(labels, geometry, (*notes, *more))


def read_geometry(path: str | Path) -> Geometry:
    """The grid of an image or mask file, from its header alone.

    Raises
    ------
    UnreadableFileError
        A missing, several-page or unknown file.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "node.png"
    >>> Image.fromarray(np.zeros((4, 6), np.uint8)).save(file)
    >>> read_geometry(file).shape
    (4, 6)
    """
    path = _existing(path)
    if not _is_medical(path):
        with _decoding(path), Image.open(path) as picture:
            _one_page(picture, path)
            return Geometry((picture.height, picture.width))
    sitk = _quiet_sitk()
    with _decoding(path):
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
        return _geometry(reader, path)


def _existing(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise UnreadableFileError(f"there is no file {path.name}; check its name and its folder.")
    if not is_image(path):
        raise UnreadableFileError(
            f"{path.name} is not of a format that radln reads ({', '.join(IMAGE_SUFFIXES)}); "
            "export it as PNG (one image) or NIfTI (a volume)."
        )
    return path


def _is_medical(path: Path) -> bool:
    return path.name.lower().endswith(MEDICAL_SUFFIXES)


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Whatever a decoder raises becomes one error that names the file and the remedy."""
    try:
        yield
    except RadlnError:
        raise
    except PermissionError as error:
        raise UnreadableFileError(
            f"{path.name} may not be read by this user; change its permissions, or copy it."
        ) from error
    except Exception as error:  # decoders raise OSError, SyntaxError, RuntimeError, struct.error...
        raise UnreadableFileError(
            f"{path.name} cannot be decoded: it is truncated, damaged, or its content does not "
            "fit its file ending. Copy or export it again."
        ) from error


def _one_page(picture: Image.Image, path: Path) -> None:
    pages = getattr(picture, "n_frames", 1)
    if pages > 1:
        raise UnreadableFileError(
            f"{path.name} holds {pages} pages; save the page that shows the node as one PNG, "
            "or the whole stack as one NIfTI volume."
        )


def _open_plain(path: Path) -> Image.Image:
    """A decoded picture of mode 1, L, LA, I, F, RGB, RGBA or P."""
    with _decoding(path), Image.open(path) as picture:
        _one_page(picture, path)
        picture.load()
        if picture.mode in ("1", "PA", "La", "RGBa", "RGBX"):
            modes = {"1": "L", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}
            return picture.convert(modes[picture.mode])
        if picture.mode in ("L", "LA", "I", "F", "RGB", "RGBA", "P") or picture.mode[:2] == "I;":
            return picture.copy()
        return picture.convert("RGB")  # CMYK, YCbCr, LAB, HSV


def _plain_grey(path: Path) -> tuple[FloatArray, tuple[str, ...]]:
    picture = _open_plain(path)
    if picture.mode == "P":
        picture = picture.convert("RGB")
    values = np.asarray(picture, dtype=np.float64)
    if values.ndim == 2:
        return values, ()
    if picture.mode in ("LA", "RGBA"):
        values = values[..., :-1]
    if values.shape[-1] == 1:
        return np.ascontiguousarray(values[..., 0]), ()
    return luminance(values)


def luminance(values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Colour channels on the last axis to one grey channel, with a note where colours were lost.

    Equal channels come back exactly; others as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Examples
    --------
    >>> luminance(np.array([[[100.0, 100.0, 100.0], [100.0, 0.0, 0.0]]]))[0].tolist()
    [[100.0, 29.9]]
    """
    values = np.asarray(values[..., :3], dtype=np.float64)
    if (values == values[..., :1]).all():
        return np.ascontiguousarray(values[..., 0]), ()
    share = float((values.max(axis=-1) != values.min(axis=-1)).mean())
    note = f"colours in {share:.1%} of the image became grey (luminance)"
    return np.asarray(values @ _LUMINANCE, dtype=np.float64), (note,)


def _plain_mask(path: Path) -> tuple[FloatArray, tuple[str, ...]]:
    picture = _open_plain(path)
    if picture.mode == "P":
        return _palette_mask(picture, path)
    values = np.asarray(picture, dtype=np.float64)
    if picture.mode in ("LA", "RGBA"):
        colour, alpha = values[..., :-1], values[..., -1]
        if (colour == colour.reshape(-1, colour.shape[-1])[0]).all():
            return alpha, ("the mask was read from the transparency channel",)
        values = np.where(alpha[..., None] > 0, colour, 0.0)
    if values.ndim == 2:
        return values, ()
    if values.shape[-1] == 1:
        return np.ascontiguousarray(values[..., 0]), ()
    return colours_to_grey(values, path.name)


def _palette_mask(picture: Image.Image, path: Path) -> tuple[FloatArray, tuple[str, ...]]:
    """Grey palettes by their grey value, coloured ones by their index where black is index 0."""
    indices = np.asarray(picture, dtype=np.float64)
    colours = np.asarray(picture.convert("RGB"), dtype=np.float64)
    background = colours[indices == 0]
    coloured = bool((colours != colours[..., :1]).any())
    if coloured and not background.any() and np.unique(indices[indices > 0]).size > 1:
        return indices, ("labels are the indices of the colour palette",)
    return colours_to_grey(colours, path.name)


def _quiet_sitk() -> Any:
    """SimpleITK (loaded here, not with the module), its warnings silent: errors say enough."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    process: Any = sitk.ProcessObject
    process.SetGlobalWarningDisplay(False)
    return sitk


def _read_medical(path: Path) -> tuple[FloatArray, Geometry]:
    """Grey values (colour channels, if any, on one more axis at the end) and grid."""
    sitk = _quiet_sitk()
    with _decoding(path):
        if path.name.lower().endswith((".nii", ".nii.gz")):
            _check_nifti_is_whole(path)
        picture = sitk.ReadImage(str(path))
        geometry = _geometry(picture, path)
        channels = picture.GetNumberOfComponentsPerPixel()
        if channels not in (1, 3, 4):
            raise UnreadableFileError(
                f"{path.name} holds {channels} values a pixel; export one grey channel."
            )
        values = sitk.GetArrayFromImage(picture)
    extra = () if channels == 1 else (channels,)
    return np.asarray(values, dtype=np.float64).reshape(geometry.shape + extra), geometry


def _check_nifti_is_whole(path: Path) -> None:
    """Raise EOFError where voxels are missing: ITK fills them with zeros and says nothing."""
    zipped = path.name.lower().endswith(".gz")
    with gzip.open(path) if zipped else path.open("rb") as file:
        header = file.read(540)
        if len(header) < 348:
            raise EOFError
        order = "<" if header[:4] in (b"\x5c\x01\0\0", b"\x1c\x02\0\0") else ">"
        if struct.unpack(order + "i", header[:4])[0] == 540:  # NIfTI-2
            (bits,), dims = struct.unpack_from(order + "h", header, 14), header[16:80]
            n, *sizes = struct.unpack(order + "8q", dims)
            offset = struct.unpack_from(order + "q", header, 168)[0]
        else:
            (bits,), dims = struct.unpack_from(order + "h", header, 72), header[40:56]
            n, *sizes = struct.unpack(order + "8h", dims)
            offset = int(struct.unpack_from(order + "f", header, 108)[0])
        length = len(header)
        while block := file.read(1 << 20):
            length += len(block)
    if length < offset + math.prod(sizes[:n]) * bits // 8:
        raise EOFError


def _geometry(header: Any, path: Path) -> Geometry:
    """A SimpleITK header's grid, with an axis of one slice dropped and 2D placed at z = 0."""
    size, spacing = tuple(header.GetSize()), tuple(header.GetSpacing())
    origin, direction = tuple(header.GetOrigin()), tuple(header.GetDirection())
    while len(size) > 3 and size[-1] == 1:
        size, spacing, origin = size[:-1], spacing[:-1], origin[:-1]
        n = len(size)
        direction = tuple(np.reshape(direction, (n + 1, n + 1))[:n, :n].ravel().tolist())
    if len(size) > 3:
        raise UnreadableFileError(
            f"{path.name} has {len(size)} dimensions; export one volume (x, y, z) a file."
        )
    if len(size) == 2:
        a, b, c, d = direction
        origin, direction = (*origin, 0.0), (a, b, 0.0, c, d, 0.0, 0.0, 0.0, 1.0)
    single = [axis for axis, n in enumerate(size) if n == 1]
    if len(size) == 3 and single:
        keep = [axis for axis in range(3) if axis != single[-1]]
        size, spacing = tuple(size[i] for i in keep), tuple(spacing[i] for i in keep)
    return Geometry(
        tuple(int(n) for n in size[::-1]), tuple(float(s) for s in spacing[::-1]), origin, direction
    )


def write_png(path: Path, values: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Write an 8-bit grey picture, whole or not at all."""
    with replacing(path) as draft:
        Image.fromarray(values).save(draft, format="PNG")
