"""Image and mask files in: PNG, JPEG, TIFF and BMP through pillow, NIfTI, NRRD and MHA through ITK.

Arrays come out as ``(y, x)`` or ``(z, y, x)``; a volume of one slice is a 2D image. What reading
decided (a colour image made grey, a mask of 255 read as 1) is kept in ``notes``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from radln._types import FloatArray
from radln.errors import InputError, UnreadableFileError
from radln.imaging.volume import Geometry, ImageVolume, Mask
from radln.io.atomic import replacing
from radln.io.masks import colours_to_grey, grey_to_labels
from radln.io.medical import read_grid, read_volume
from radln.io.pictures import Picture, Pixels, picture_size, read_picture

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
        Pixel size in mm, for files whose header does not hold one (PNG, JPEG, TIFF, BMP, whose
        "dpi" is for printers and is not used; a medical 2D image without voxel size). A medical
        header's own size goes first.

    Returns
    -------
    ImageVolume
        float64, (y, x) or (z, y, x), upright as the header says (EXIF). Colours become luminance
        (0.299 R + 0.587 G + 0.114 B).

    Raises
    ------
    UnreadableFileError
        A missing, truncated, several-page, very large or unknown file, one whose header cannot be
        right, or whose values would not come out exactly; ``code`` says which.

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
        values, geometry = read_volume(path)
        values, notes = luminance(values) if values.ndim > len(geometry.shape) else (values, ())
        if geometry.spacing_mm is None and values.ndim == 2:
            geometry = replace(geometry, spacing_mm=_square(spacing_mm))
        return ImageVolume(np.asarray(values, dtype=np.float64), geometry, notes)
    values, orientation, notes = _plain_grey(path)
    geometry = Geometry(values.shape, _square(spacing_mm), orientation=orientation)
    return ImageVolume(np.asarray(values, dtype=np.float64), geometry, notes)


def read_mask(path: str | Path, *, label: int | None = None) -> Mask:
    """The nodes drawn in a mask file, as integer labels on its grid.

    One non-zero value, whatever it is (1, 255, 0.0039, a colour), becomes label 1; several whole
    numbers stay as they are, one node a label; a 0/255 mask with soft edges (JPEG, anti-aliasing)
    is cut at half. ``notes`` say which of these happened. More than 32 labels are read where
    ``label`` names one of them.

    Raises
    ------
    UnreadableFileError
        A missing, truncated or unknown file; colours, greys, probabilities or a JPEG that cannot be
        labels; several values and no background. ``code`` says which.

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
    lossy = False
    if _is_medical(path):
        values, geometry = read_volume(path)
        if values.ndim > len(geometry.shape):
            values, notes = colours_to_grey(values, path.name)
    else:
        picture = read_picture(path)
        lossy = picture.lossy
        values, notes = _plain_mask(picture, path)
        geometry = Geometry(values.shape, orientation=picture.orientation)
    labels, more = grey_to_labels(values, path.name, lossy=lossy, label=label)
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
    if _is_medical(path):
        return read_grid(path)
    shape, orientation = picture_size(path)
    return Geometry(shape, orientation=orientation)


def _square(spacing_mm: float | None) -> tuple[float, float] | None:
    return None if spacing_mm is None else (float(spacing_mm),) * 2


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


def _plain_grey(path: Path) -> tuple[Pixels, int, tuple[str, ...]]:
    picture = read_picture(path)
    values = picture.values if picture.palette_colours is None else picture.palette_colours
    if picture.mode in ("LA", "RGBA"):
        values = values[..., :-1]
    if values.ndim == 2:
        return values, picture.orientation, ()
    if values.shape[-1] == 1:
        return np.ascontiguousarray(values[..., 0]), picture.orientation, ()
    values, notes = luminance(values)
    return values, picture.orientation, notes


def luminance(values: Pixels) -> tuple[FloatArray, tuple[str, ...]]:
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


def _plain_mask(picture: Picture, path: Path) -> tuple[Pixels, tuple[str, ...]]:
    if picture.palette_colours is not None:
        return _palette_mask(picture.values, picture.palette_colours, path)
    values = picture.values
    if picture.mode in ("LA", "RGBA"):
        colour, alpha = values[..., :-1], values[..., -1]
        if (colour == colour.reshape(-1, colour.shape[-1])[0]).all():
            return alpha, ("the mask was read from the transparency channel",)
        values = np.where(alpha[..., None] > 0, colour, 0)
    if values.ndim == 2:
        return (values if picture.step == 1 else values // picture.step), ()
    if values.shape[-1] == 1:
        return np.ascontiguousarray(values[..., 0]), ()
    return colours_to_grey(values, path.name)


def _palette_mask(indices: Pixels, colours: Pixels, path: Path) -> tuple[Pixels, tuple[str, ...]]:
    """Grey palettes by their grey value, coloured ones by their index where black is index 0."""
    background = colours[indices == 0]
    coloured = bool((colours != colours[..., :1]).any())
    if coloured and not background.any() and np.unique(indices[indices > 0]).size > 1:
        return indices, ("labels are the indices of the colour palette",)
    return colours_to_grey(colours, path.name)


def write_png(path: Path, values: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Write an 8-bit grey picture, whole or not at all."""
    with replacing(path) as draft:
        Image.fromarray(values).save(draft, format="PNG")
