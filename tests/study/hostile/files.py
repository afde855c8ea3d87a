"""Pixel sizes, headers and contents of image files that are a little wrong."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from PIL import Image, ImageDraw, ImageFont

from radln.io.images import write_png
from tests.io.broken import mha, nifti, nrrd, tiff
from tests.study.hostile.registry import spoils
from tests.study.hostile.tables import cell
from tests.study.hostile.world import SHAPE, World, pixels

SIZE = (0.25, 0.25, 1.0)  # a float of 32 bits holds it exactly
UNITS = 123  # of a NIfTI header


def chosen(world: World, *, kept: bool = False, mask: bool = True) -> Path:
    """An image, or a mask too, of a case that will be spoilt unless its numbers are ``kept``."""
    case = world.case()
    if not kept:
        world.spoilt.add(case)
    return Path(world.choose(world.image, world.mask)(case) if mask else world.image(case))


def other(world: World, path: Path, ending: str) -> tuple[Path, np.ndarray]:
    """A file of another format in the place of this one, and the pixels to be written."""
    values = pixels(path)
    return world.instead(path, ending), values


@spoils("pixel size: one in cm")
def _(world: World) -> None:
    cell(world, "pixel", world.choose("0.025", "2.5", "0.0250"))
    world.write()


@spoils("pixel size: one in um, or pixels a mm")
def _(world: World) -> None:
    cell(world, "pixel", world.choose("5", "0.0002", "9.9", "0.001"))
    world.write()


@spoils("pixel size: all in cm")
def _(world: World) -> None:
    world.table["pixel"] = "0.025"
    if world.rng.random() < 0.5:
        world.data["pixel_size_mm"] = 0.025
    world.write()


@spoils("pixel size: all as pixels a mm")
def _(world: World) -> None:
    world.table["pixel"] = world.choose("5", "7.5")
    world.write()


@spoils("pixel size: blank")
def _(world: World) -> None:
    for k in world.rows(int(world.rng.integers(1, 4))):
        cell(world, "pixel", world.choose("", "NA"), row=k)
    world.spoilt |= set(world.table["image"])  # lengths are in pixels now
    world.write()


@spoils("pixel size: zero, negative, above 10")
def _(world: World) -> None:
    cell(world, "pixel", world.choose("0", "-0.2", "200", "10", "0.0"))
    world.write()


@spoils("pixel size: a word")
def _(world: World) -> None:
    cell(world, "pixel", world.choose("0,2", "0.2 mm", "unknown", "?", "0.25x0.25", "inf"))
    world.write()


def in_header(world: World, *, size: float, unit: str, mask: bool = True) -> None:
    """One case as medical files whose header holds the size, in a unit."""
    case = world.case()
    ending = world.choose(".nii", ".nrrd", ".mha")
    for path in (world.image(case), world.mask(case)) if mask else (world.image(case),):
        held, values = other(world, path, ending)
        sized(held, values, size, unit)


def sized(path: Path, values: np.ndarray, size: float, unit: str) -> None:
    """NIfTI, NRRD or MHA with this voxel size."""
    if path.suffix == ".nii":
        code, factor = {"mm": (2, 1.0), "um": (3, 1.0), "cm": (2, 10.0)}[unit]
        spacing = (size * factor, size * factor, 1.0)
        nifti(path, values.astype(np.int16), (UNITS, "b", code), spacing=spacing)
    elif path.suffix == ".nrrd":
        nrrd(path, values, f"spacings: {size:.9g} {size:.9g}", f'units: "{unit}" "{unit}"')
    else:
        mha(path, values, f"ElementSpacing = {size:.9g} {size:.9g}", f"DistanceUnits = {unit}")


@spoils("pixel size: a header in mm, cm or um")
def _(world: World) -> None:
    unit, size = world.choose(("mm", 0.25), ("cm", 0.025), ("um", 250.0))
    in_header(world, size=size, unit=unit)


@spoils("pixel size: a header against the table")
def _(world: World) -> None:
    in_header(world, size=float(world.choose(1.0, 0.2, 0.1, 2.0)), unit="mm")
    world.spoilt |= set(world.table["image"])


@spoils("pixel size: a header in no unit")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    held, values = other(world, path, world.choose(".nrrd", ".mha", ".nii"))
    unit = world.choose("inch", "s", "px", "pixel")
    if held.suffix == ".nii":
        nifti(held, values.astype(np.int16), (UNITS, "b", world.choose(4, 5, 6)), spacing=SIZE)
    else:
        sized(held, values, 0.25, unit)


@spoils("pixel size: a header of NaN or 0")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    held, values = other(world, path, world.choose(".nrrd", ".mha"))
    odd = world.choose("0 0", "zero zero", "0.2 x")
    if held.suffix == ".nrrd":
        nrrd(held, values, f"spacings: {odd}")
    else:
        mha(held, values, f"ElementSpacing = {world.choose(odd, 'nan nan', '0.2 0.2 0.2')}")


@spoils("pixel size: a header without, or absurd")
def _(world: World) -> None:
    path = chosen(world, kept=True, mask=False)
    held, values = other(world, path, world.choose(".nrrd", ".mha", ".nii"))
    if held.suffix == ".nrrd":
        nrrd(held, values, *world.choose((), ("spacings: 1e30 1e30",), ("spacings: nan nan",)))
    elif held.suffix == ".mha":
        mha(held, values, *world.choose((), ("ElementSpacing = 1e30 1e30",)))
    else:
        size = float(world.choose(1.0, 1e30, 1e-9))
        unset = [(UNITS, "b", 0), (252, "2h", 0, 0), (80, "2f", size, size)]
        nifti(held, values.astype(np.int16), *unset, spacing=(1.0, 1.0, 1.0))


@spoils("pixel size: dpi of a picture")
def _(world: World) -> None:
    path = chosen(world, kept=True)
    Image.fromarray(pixels(path)).save(path, dpi=(72, int(world.choose(72, 300, 1))))


# headers and contents


def nifti_of(world: World, dtype: type, *patches: tuple[object, ...]) -> Path:
    """One file as NIfTI of this type with some of its header overwritten."""
    held, values = other(world, chosen(world), ".nii")
    return nifti(held, values.astype(dtype), *patches, spacing=SIZE)


@spoils("file: missing values")
def _(world: World) -> None:
    held, values = other(world, chosen(world), world.choose(".nii", ".tif"))
    floats = values.astype(np.float32)
    floats[int(world.rng.integers(48)), int(world.rng.integers(64))] = world.choose(np.nan, np.inf)
    if held.suffix == ".nii":
        nifti(held, floats, spacing=SIZE)
    else:
        Image.fromarray(floats).save(held)


@spoils("file: complex numbers")
def _(world: World) -> None:
    held, values = other(world, chosen(world, mask=False), world.choose(".nii", ".nii.gz"))
    sitk.WriteImage(sitk.GetImageFromArray(values.astype(np.complex64)), str(held))


@spoils("file: an odd vox_offset")
def _(world: World) -> None:
    odd = world.choose(-16.0, 0.0, 348.0, 351.0, float("nan"), 352.5)
    nifti_of(world, np.int16, (108, "f", odd))


@spoils("file: a sheared grid")
def _(world: World) -> None:
    shear = float(world.choose(0.05, 0.1, -0.08))
    affine = (280, "12f", 0.2, shear, 0, 0, 0, 0.2, 0, 0, 0, 0, 1, 0)
    nifti_of(world, np.int16, (252, "2h", 0, 1), affine)


@spoils("file: four dimensions, or NIfTI-2")
def _(world: World) -> None:
    held, values = other(world, chosen(world, mask=False), ".nii")
    if world.rng.random() < 0.5:
        stack = np.broadcast_to(values.astype(np.int16), (3, 2, *SHAPE))
        sitk.WriteImage(sitk.GetImageFromArray(stack, isVector=False), str(held))
    else:
        nifti(held, values.astype(np.int16), (0, "i", 540))


@spoils("file: a header that names other voxels")
def _(world: World) -> None:
    patch = world.choose(
        (72, "h", 8), (42, "h", 65), (42, "h", 63), (44, "h", 0), (40, "h", 9), (344, "3s", b"xyz")
    )
    nifti_of(world, np.int16, patch)


@spoils("file: voxels in another file")
def _(world: World) -> None:
    held, values = other(world, chosen(world), world.choose(".nrrd", ".mha", ".nii"))
    beside = held.with_name("beside.raw")
    beside.write_bytes(values.astype("<i2").tobytes())
    where = world.choose("beside.raw", str(beside), "../nodes.csv")
    if held.suffix == ".nrrd":
        nrrd(held, values, f"data file: {where}")
    elif held.suffix == ".mha":
        mha(held, values, data=where)
    else:
        nifti(held, values.astype(np.int16), (344, "3s", b"ni1"))


@spoils("file: 16 bits in several channels")
def _(world: World) -> None:
    held, values = other(world, chosen(world, mask=False), ".png")
    deep = values.astype(np.uint16) * 257
    channels = int(world.choose(2, 3, 4))
    if channels == 3 and world.rng.random() < 0.5:
        tiff(held.with_suffix(".tif"), np.stack([deep] * 3, axis=-1), {})
        return
    deep_png(held, np.stack([deep] * channels, axis=-1))


def deep_png(path: Path, values: np.ndarray) -> None:
    """A PNG of 16 bits a channel, which pillow does not write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    colour = {2: 4, 3: 2, 4: 6}[values.shape[2]]
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


@spoils("file: halves, or white as 0 with a sign")
def _(world: World) -> None:
    held, values = other(world, chosen(world, mask=False), ".tif")
    kind, tags = world.choose(
        (np.float16, {}), (np.float64, {}), (np.int16, {262: 0}), (np.uint32, {262: 0})
    )
    tiff(held, values.astype(kind), tags)


@spoils("file: scaled values in a text header")
def _(world: World) -> None:
    held, values = other(world, chosen(world, mask=False), world.choose(".nrrd", ".mha"))
    if held.suffix == ".nrrd":
        nrrd(held, values, world.choose("old min: 0", "oldmax: 1"))
    else:
        mha(held, values, world.choose("ElementToIntensityFunctionSlope = 2",
                                       "ElementToIntensityFunctionOffset = -1024"))  # fmt: skip


@spoils("file: white as 0")
def _(world: World) -> None:
    held, values = other(world, chosen(world, kept=True, mask=False), ".tif")
    kind = world.choose(np.uint8, np.uint16)
    whole = np.iinfo(kind).max - values.astype(kind)
    tiff(held, whole, {262: 0}, big=bool(world.choose(0, 1)))


@spoils("file: 16 bits, 32 bits, floats")
def _(world: World) -> None:
    for case in world.table["image"].iloc[world.rows(3)]:
        stored_otherwise(world, world.image(case))


def stored_otherwise(world: World, path: Path) -> None:
    held, values = other(world, path, world.choose(".png", ".tif", ".nii", ".nii.gz", ".mha"))
    kinds = (np.int16, np.uint16, np.int32, np.float32)
    if held.suffix == ".png":
        Image.fromarray(values.astype(np.uint16)).save(held)
    elif held.suffix == ".tif":
        kind = world.choose(*kinds, np.uint32)
        tiff(held, values.astype(kind), {}, big=kind in kinds[:2] and bool(world.choose(0, 1)))
    else:
        picture = sitk.GetImageFromArray(values.astype(world.choose(*kinds, np.float64)))
        picture.SetSpacing(SIZE[:2])
        sitk.WriteImage(picture, str(held))


@spoils("file: compressed, interlaced, palette, colours")
def _(world: World) -> None:
    for case in world.table["image"].iloc[world.rows(3)]:
        drawn_otherwise(world, world.image(case))


def drawn_otherwise(world: World, path: Path) -> None:
    values = pixels(path)
    picture = Image.fromarray(values)
    how = int(world.rng.integers(7))
    if how == 0:
        ways = ("tiff_lzw", "packbits", "tiff_adobe_deflate", "raw")
        picture.save(world.instead(path, ".tif"), compression=world.choose(*ways))
    elif how == 1:
        palette = Image.fromarray(values, mode="P")
        palette.putpalette([k for grey in range(256) for k in (grey, grey, grey)])
        palette.save(path)
    elif how == 2:
        picture.convert("RGB").save(path)
    elif how == 3:
        rgba = np.dstack([values] * 3 + [np.full(SHAPE, world.choose(255, 10), np.uint8)])
        Image.fromarray(rgba).save(path)
    elif how == 4:
        picture.convert("RGB").save(world.instead(path, ".bmp"))
    elif how == 5:
        picture.save(path, transparency=int(world.choose(0, 120)))
    else:
        tiff(world.instead(path, ".tif"), np.dstack([values] * 3), {})


@spoils("file: scaled by a NIfTI header")
def _(world: World) -> None:
    held, values = other(world, chosen(world, kept=True, mask=False), ".nii")
    slope, inter = world.choose((0.5, 0.0), (2.0, -10.0), (0.25, 3.0), (-1.0, 0.0), (0.0, 5.0))
    stored = (values - inter) / slope if slope else values
    if np.any(stored != np.rint(stored)):
        stored, slope, inter = values * 2.0, 0.5, 0.0
    nifti(held, stored.astype(np.int16), (112, "2f", slope, inter), spacing=SIZE)


@spoils("file: the other order of bytes")
def _(world: World) -> None:
    held, values = other(world, chosen(world, kept=True, mask=False), ".nii")
    plain = held.with_name("plain.nii")
    data = bytearray(nifti(plain, values.astype(np.int16), spacing=SIZE).read_bytes())
    plain.unlink()
    fields = ((0, "i"), (40, "8h"), (70, "2h"), (76, "8f"), (108, "3f"), (252, "2h"), (256, "18f"))
    for place, form in fields:
        struct.pack_into(">" + form, data, place, *struct.unpack_from("<" + form, data, place))
    data[352:] = values.astype(">i2").tobytes()
    packed = bytes(data)
    if world.rng.random() < 0.5:
        held = held.with_suffix(".nii.gz")
        packed = gzip.compress(packed)
    held.write_bytes(packed)


@spoils("file: another ending than its content")
def _(world: World) -> None:
    path = chosen(world, kept=True)
    path.rename(path.with_suffix(world.choose(".jpg", ".tif", ".bmp")))


@spoils("file: image and mask as colours")
def _(world: World) -> None:
    case = world.case()
    world.spoilt.add(case)
    for path in (world.image(case), world.mask(case)):
        held, values = other(world, path, ".nii")
        nifti(held, np.dstack([values] * 3).astype(np.int16), spacing=(1.0, 0.25, 0.25))


@spoils("file: several pages")
def _(world: World) -> None:
    held, values = other(world, chosen(world), world.choose(".tif", ".png"))
    pages = [Image.fromarray(values), Image.fromarray(values[::-1].copy())]
    pages[0].save(held, save_all=True, append_images=pages[1:])


@spoils("file: cut off")
def _(world: World) -> None:
    path = chosen(world)
    ending = world.choose(".png", ".bmp", ".tif", ".nii", ".nii.gz", ".mha")
    values = pixels(path)
    held = world.instead(path, ending)
    if ending in (".png", ".bmp", ".tif"):
        Image.fromarray(values).save(held)
    else:
        sitk.WriteImage(sitk.GetImageFromArray(values), str(held))
    data = held.read_bytes()
    held.write_bytes(data[: int(len(data) * world.rng.uniform(0.3, 0.9))])


@spoils("file: a byte changed")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    if world.rng.random() < 0.5:
        held, values = other(world, path, ".nii.gz")
        sitk.WriteImage(sitk.GetImageFromArray(values), str(held))
    else:
        held = path
    data = bytearray(held.read_bytes())
    k = int(world.rng.integers(len(data) // 3, len(data) - 40))
    data[k] ^= int(world.rng.integers(1, 256))
    held.write_bytes(data)


@spoils("file: no picture at all")
def _(world: World) -> None:
    data = world.choose(b"", b"not a picture", b"\0" * 4000, b"<svg></svg>", b"\x89PNG\r\n\x1a\n")
    chosen(world).write_bytes(data)


@spoils("file: missing, a folder, a link to nowhere")
def _(world: World) -> None:
    path = chosen(world)
    path.unlink()
    how = int(world.rng.integers(3))
    if how == 1:
        path.mkdir()
    elif how == 2:
        path.symlink_to(path.with_name("gone.png"))


@spoils("file: another format")
def _(world: World) -> None:
    path = chosen(world)
    ending = world.choose(".gif", ".webp", ".dcm", ".jp2", ".mhd", ".npy", "")
    path.rename(path.with_suffix(ending))


@spoils("file: too large by its header")
def _(world: World) -> None:
    path = chosen(world)
    if world.rng.random() < 0.5:
        held, values = other(world, path, ".nii")
        nifti(held, values.astype(np.int16), (42, "2h", 30000, 30000), spacing=SIZE)
        return
    data = bytearray(path.read_bytes())
    struct.pack_into(">II", data, 16, 13000, 13000)
    struct.pack_into(">I", data, 29, zlib.crc32(bytes(data[12:29])))
    path.write_bytes(data)


@spoils("image: one grey throughout")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    write_png(path, np.full(SHAPE, int(world.choose(0, 90, 255)), np.uint8))


@spoils("image: a mask in its place")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    case = path.stem
    write_png(path, pixels(world.mask(case)))


@spoils("image: another depth than all others")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    values = pixels(path)
    if world.rng.random() < 0.5:
        Image.fromarray(values.astype(np.uint16) * int(world.choose(16, 257))).save(path)
    else:
        held = world.instead(path, ".tif")
        Image.fromarray((values / 255).astype(np.float32)).save(held)


@spoils("image: a volume with a flat mask")
def _(world: World) -> None:
    path = chosen(world)
    held, values = other(world, path, ".nii")
    nifti(held, np.stack([values] * 5).astype(np.int16), spacing=SIZE)


def quiet(path: Path) -> np.ndarray:
    """The picture with less speckle, on which marks can be told from it."""
    return 60 + pixels(path) // 8


@spoils("marks: calipers")
def _(world: World) -> None:
    case = world.case()
    world.spoilt.add(case)
    image, mask = quiet(world.image(case)), pixels(world.mask(case)) > 0
    ys, xs = np.nonzero(mask)
    for x in (int(xs.min()), int(xs.max())):
        y = int(ys[xs == x].mean())
        image[max(y - 4, 0) : y + 5, x] = 255
        image[y, max(x - 4, 0) : x + 5] = 255
    write_png(world.image(case), image)


@spoils("marks: a dotted line between calipers")
def _(world: World) -> None:
    case = world.case()
    world.spoilt.add(case)
    image, mask = quiet(world.image(case)), pixels(world.mask(case)) > 0
    ys, xs = np.nonzero(mask)
    y, ends = int(ys.mean()), (int(xs.min()), int(xs.max()))
    image[y, ends[0] : ends[1] : int(world.choose(2, 3))] = 255
    for x in ends:
        image[y - 4 : y + 5, x] = image[y, x - 4 : x + 5] = 255
    write_png(world.image(case), image)


@spoils("marks: x-shaped calipers")
def _(world: World) -> None:
    case = world.case()
    world.spoilt.add(case)
    image, mask = quiet(world.image(case)), pixels(world.mask(case)) > 0
    ys, xs = np.nonzero(mask)
    arm = int(world.choose(3, 4, 5))
    for x in (int(xs.min()), int(xs.max())):
        y = int(ys[xs == x].mean())
        for step in range(-arm, arm + 1):
            image[y + step, x + step] = image[y + step, x - step] = world.choose(180, 255)
    write_png(world.image(case), image)


def painted(world: World, draw: Callable[[ImageDraw.ImageDraw, int, np.ndarray], None]) -> None:
    """A case with something on it: ``draw(pen, grey, (top, bottom, left, right))`` of the node."""
    case = world.case()
    world.spoilt.add(case)
    ys, xs = np.nonzero(pixels(world.mask(case)))
    picture = Image.fromarray(quiet(world.image(case)))
    around = np.array([ys.min(), ys.max(), xs.min(), xs.max()])
    draw(ImageDraw.Draw(picture), int(world.choose(180, 255)), around)
    picture.save(world.image(case))


@spoils("marks: a line at an angle, solid or dotted")
def _(world: World) -> None:
    step = int(world.choose(1, 3, 4))

    def draw(pen: ImageDraw.ImageDraw, grey: int, node: np.ndarray) -> None:
        top, bottom, left, right = node
        rise = int(world.rng.integers(-(bottom - top) // 2, (bottom - top) // 2 + 1))
        middle = (top + bottom) / 2
        for k in range(0, int(right - left) + 1, step):
            pen.point((int(left) + k, round(middle + rise * (k / (right - left) - 0.5))), grey)

    painted(world, draw)


@spoils("marks: an outline or a box around the node")
def _(world: World) -> None:
    def draw(pen: ImageDraw.ImageDraw, grey: int, node: np.ndarray) -> None:
        top, bottom, left, right = (int(side) for side in node)
        place = (left - 2, top - 2, right + 2, bottom + 2)
        if world.rng.random() < 0.5:
            pen.rectangle(place, outline=grey)
        else:
            pen.arc(place, 0, float(world.choose(250, 360)), fill=grey)

    painted(world, draw)


@spoils("marks: an arrow")
def _(world: World) -> None:
    def draw(pen: ImageDraw.ImageDraw, grey: int, node: np.ndarray) -> None:
        x, y, size = int(node[2]) - 1, int(node[:2].mean()), int(world.choose(6, 8, 10))
        pen.polygon([(x, y), (x - size, y - size // 2), (x - size, y + size // 2)], fill=grey)

    painted(world, draw)


@spoils("marks: text")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    picture = Image.fromarray(quiet(path))
    words = world.choose("LN LEVEL 2", "JONES 1961", "R AXILLA", "7.5 MHz")
    place = (int(world.rng.integers(1, 5)), int(world.choose(0, 36)))
    ImageDraw.Draw(picture).text(place, words, fill=255, font=ImageFont.load_default(10))
    picture.save(path)


@spoils("marks: a colour box")
def _(world: World) -> None:
    path = chosen(world, mask=False)
    colours = np.repeat(pixels(path)[..., None], 3, axis=-1)
    y, x = int(world.rng.integers(10, 25)), int(world.rng.integers(10, 40))
    colours[y : y + 9, x : x + 12, world.choose(0, 2)] = 255
    Image.fromarray(colours).save(path)


@spoils("marks: a black frame")
def _(world: World) -> None:
    case = world.case()
    world.spoilt.add(case)
    width = int(world.rng.integers(4, 12))
    for path in (world.image(case), world.mask(case)):
        write_png(path, np.pad(pixels(path), ((0, 0), (width, width))))
