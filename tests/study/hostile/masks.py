"""Masks, and how pictures are turned, that are a little wrong."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from radln.io.images import write_png
from tests.io.broken import turned
from tests.study.hostile.registry import spoils
from tests.study.hostile.world import SHAPE, World, pixels

TURNS = tuple(range(2, 9))


def drawn(world: World, *, blocky: bool = False) -> tuple[str, np.ndarray]:
    """A case that will be spoilt, and its mask."""
    case = world.case(blocky=blocky)
    world.spoilt.add(case)
    return case, pixels(world.mask(case))


def redrawn(world: World, change) -> None:  # type: ignore[no-untyped-def]
    """One mask changed."""
    case, mask = drawn(world)
    write_png(world.mask(case), np.asarray(change(mask), np.uint8))


@spoils("orientation: image and mask turned alike")
def _(world: World) -> None:
    case = world.case()
    turn = int(world.choose(*TURNS))
    for path in (world.image(case), world.mask(case)):
        values = pixels(path)
        ending = world.choose(".png", ".tif", ".tiff")
        options = {"compression": "tiff_lzw"} if ending != ".png" and world.choose(0, 1) else {}
        turned(world.instead(path, ending), values, turn, **options)


@spoils("orientation: a JPEG turned, with its mask")
def _(world: World) -> None:
    case = world.case(blocky=True)
    turn = int(world.choose(*TURNS))
    image, mask = pixels(world.image(case)), pixels(world.mask(case))
    turned(world.instead(world.image(case), ".jpg"), image, turn, quality=100)
    turned(world.instead(world.mask(case), ".png"), mask, turn)


@spoils("orientation: one of them turned")
def _(world: World) -> None:
    case, _ = drawn(world)
    path = world.choose(world.image, world.mask)(case)
    values = pixels(path)
    turned(world.instead(path, world.choose(".png", ".tif")), values, int(world.choose(*TURNS)))


@spoils("orientation: turned differently")
def _(world: World) -> None:
    case, _ = drawn(world)
    turns = world.rng.choice(TURNS, 2, replace=False)
    for path, turn in zip((world.image(case), world.mask(case)), turns, strict=True):
        values = pixels(path)
        turned(world.instead(path, world.choose(".png", ".tif")), values, int(turn))


@spoils("orientation: a tag of no meaning")
def _(world: World) -> None:
    path = world.choose(world.image, world.mask)(world.case())
    exif = Image.Exif()
    exif[274] = world.choose(0, 1, 9, 77)
    Image.fromarray(pixels(path)).save(path, exif=exif)


@spoils("orientation: a damaged EXIF block")
def _(world: World) -> None:
    case = world.case(blocky=True)
    world.spoilt.add(case)
    block = b"Exif\0\0" + world.choose(b"II\x2a\0", b"MM\0\x2a\0\0\xff\xff", b"no block at all")
    values = pixels(world.image(case))
    Image.fromarray(values).save(world.instead(world.image(case), ".jpg"), exif=block)


@spoils("mask: a stray pixel")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        y, x = world.choose((2, 2), (3, 60), (45, 3), (44, 61))
        mask[y : y + int(world.rng.integers(1, 3)), x] = 255
        return mask

    redrawn(world, change)


@spoils("mask: a thin tail")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        ys, xs = np.nonzero(mask)
        n = int(world.rng.integers(9, 13))
        if world.rng.random() < 0.5:
            y = int(ys[xs == xs.max()].mean())
            mask[y, xs.max() : xs.max() + 1 + n] = 255
        else:
            x = int(xs[ys == ys.max()].mean())
            for k in range(n):
                mask[min(ys.max() + k, SHAPE[0] - 2), x + k] = 255
        return mask

    redrawn(world, change)


@spoils("mask: boxes in place of outlines")
def _(world: World) -> None:
    for path in sorted((world.folder / "masks").iterdir()):
        ys, xs = np.nonzero(pixels(path))
        mask = np.zeros(SHAPE, np.uint8)
        mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = 255
        write_png(path, mask)
        world.spoilt.add(path.stem.removesuffix("_mask"))


@spoils("mask: two large parts")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        middle = SHAPE[1] // 2 + int(world.rng.integers(-4, 5))
        mask[:, middle : middle + 3] = 0
        return mask

    redrawn(world, change)


@spoils("mask: a hole")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        y, x = (int(held.mean()) for held in np.nonzero(mask))
        mask[y : y + 3, x : x + int(world.rng.integers(3, 6))] = 0
        return mask

    redrawn(world, change)


@spoils("mask: an outline")
def _(world: World) -> None:
    width = int(world.rng.integers(1, 3))
    redrawn(world, lambda mask: mask * ~ndimage.binary_erosion(mask > 0, iterations=width))


@spoils("mask: background 1, node 255")
def _(world: World) -> None:
    back, node = world.choose((1, 255), (1, 2), (50, 200), (2, 1))
    redrawn(world, lambda mask: np.where(mask > 0, node, back))


@spoils("mask: 255 and 128 apart")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        n = int(world.rng.integers(2, 6))
        mask[2 : 2 + n, 2 : 2 + n] = world.choose(128, 127, 200, 100)
        return mask

    redrawn(world, change)


@spoils("mask: a second label of a few pixels")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        mask = mask // 255
        y, x = (int(held.mean()) for held in np.nonzero(mask))
        mask[y, x : x + int(world.rng.integers(1, 4))] = world.choose(2, 3, 17)
        return mask

    redrawn(world, change)


def compressed(world: World, change, **options) -> None:  # type: ignore[no-untyped-def]
    case, mask = drawn(world)
    ending = ".tif" if options.get("compression") else world.choose(".jpg", ".jpeg")
    path = world.instead(world.mask(case), ending)
    Image.fromarray(np.asarray(change(mask), np.uint8)).save(path, **options)


def two_labels(mask: np.ndarray) -> np.ndarray:
    labels = mask // 255
    labels[:, 32:] *= 2
    return labels


@spoils("mask: a JPEG of labels")
def _(world: World) -> None:
    step = int(world.choose(1, 2, 40, 100))
    compressed(
        world, lambda mask: two_labels(mask) * step, quality=int(world.rng.integers(60, 101))
    )


@spoils("mask: a JPEG of 0 and 1")
def _(world: World) -> None:
    value = int(world.choose(1, 1, 2, 30))
    compressed(world, lambda mask: mask // 255 * value, quality=int(world.rng.integers(90, 101)))


@spoils("mask: a JPEG of 0 and 255")
def _(world: World) -> None:
    compressed(world, lambda mask: mask, quality=int(world.rng.integers(40, 96)))


@spoils("mask: a TIFF of labels, compressed as JPEG")
def _(world: World) -> None:
    step = int(world.choose(1, 2, 40, 100))
    compressed(
        world,
        lambda mask: two_labels(mask) * step,
        compression="jpeg",
        quality=int(world.rng.integers(60, 96)),
    )


@spoils("mask: resized, with soft edges")
def _(world: World) -> None:
    case, mask = drawn(world)
    how = world.choose(Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
    picture = Image.fromarray(mask).resize((43, 33), how).resize(SHAPE[::-1], how)
    picture.save(world.mask(case))


@spoils("mask: inverted")
def _(world: World) -> None:
    redrawn(world, lambda mask: world.choose(1, 255) * (mask == 0))


@spoils("mask: an inverted palette")
def _(world: World) -> None:
    case, mask = drawn(world)
    picture = Image.fromarray(np.where(mask > 0, 1, 0).astype(np.uint8), mode="P")
    picture.putpalette([255, 255, 255, 0, 0, 0] + [0] * 762)
    picture.save(world.mask(case))


@spoils("mask: probabilities")
def _(world: World) -> None:
    case, mask = drawn(world)
    soft = ndimage.gaussian_filter(mask / 255, 6) * float(world.choose(0.4, 0.9, 1.0))
    if world.rng.random() < 0.5:
        path = world.instead(world.mask(case), ".tif")
        Image.fromarray(soft.astype(np.float32)).save(path)
    else:
        write_png(world.mask(case), np.round(soft * 255).astype(np.uint8))


@spoils("mask: several colours")
def _(world: World) -> None:
    case, mask = drawn(world)
    colours = np.zeros((*SHAPE, 3), np.uint8)
    colours[mask > 0, 0] = 255
    colours[:, 32:] = colours[:, 32:, [1, 0, 2]]
    Image.fromarray(colours).save(world.mask(case))


@spoils("mask: negative values")
def _(world: World) -> None:
    case, mask = drawn(world)
    values = np.where(mask > 0, world.choose(1, -1), world.choose(-1, -2)).astype(np.int32)
    Image.fromarray(values).save(world.instead(world.mask(case), ".tif"))


@spoils("mask: missing values")
def _(world: World) -> None:
    case, mask = drawn(world)
    values = (mask / 255).astype(np.float32)
    values[int(world.rng.integers(48)), int(world.rng.integers(64))] = world.choose(np.nan, np.inf)
    Image.fromarray(values).save(world.instead(world.mask(case), ".tif"))


@spoils("mask: empty")
def _(world: World) -> None:
    redrawn(world, lambda mask: mask * 0)


@spoils("mask: of another size")
def _(world: World) -> None:
    cut = world.choose(
        lambda m: m[1:], lambda m: m.T, lambda m: m[::2, ::2], lambda m: np.pad(m, 1)
    )
    redrawn(world, cut)


@spoils("mask: exchanged with the image")
def _(world: World) -> None:
    case, mask = drawn(world)
    image = pixels(world.image(case))
    write_png(world.mask(case), image)
    write_png(world.image(case), mask)


@spoils("mask: more than half of the image")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        edge = int(world.rng.integers(0, 4))
        mask[edge : 48 - edge, edge : 64 - edge] = 255
        return mask

    redrawn(world, change)


@spoils("mask: to the edge of the image")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        y = int(np.nonzero(mask)[0].mean())
        mask[y : y + 6, :32] = 255
        return mask

    redrawn(world, change)


@spoils("mask: of a few pixels")
def _(world: World) -> None:
    def change(mask: np.ndarray) -> np.ndarray:
        y, x = (int(held.mean()) for held in np.nonzero(mask))
        small = np.zeros_like(mask)
        small[y - 3 : y + 4, x - 3 : x + 4] = 255
        return small

    redrawn(world, change)


@spoils("mask: another value, depth or colour")
def _(world: World) -> None:
    for case in world.table["image"].iloc[world.rows(4)]:
        drawn_in_another_way(world, case)


def drawn_in_another_way(world: World, case: str) -> None:
    mask = pixels(world.mask(case)) > 0
    how = int(world.rng.integers(7))
    path = world.mask(case)
    if how == 0:
        write_png(path, mask.astype(np.uint8) * np.uint8(world.rng.integers(1, 256)))
    elif how == 1:
        Image.fromarray(mask.astype(np.uint16) * np.uint16(65535)).save(path)
    elif how == 2:
        Image.fromarray(mask).save(path)
    elif how == 3:
        colour = np.array(world.choose((255, 0, 0), (0, 255, 0), (255, 255, 255), (200, 180, 10)))
        Image.fromarray((mask[..., None] * colour).astype(np.uint8)).save(path)
    elif how == 4:
        palette = Image.fromarray(mask.astype(np.uint8), mode="P")
        palette.putpalette([0, 0, 0, *world.choose((255, 0, 0), (255, 255, 255))] + [0] * 762)
        palette.save(path)
    elif how == 5:
        Image.fromarray(mask.astype(np.uint8) * np.uint8(255)).save(world.instead(path, ".bmp"))
    else:
        values = mask.astype(np.int32) * int(world.choose(1, 255, 70000))
        Image.fromarray(values).save(world.instead(path, ".tif"))


@spoils("mask: in the transparency")
def _(world: World) -> None:
    case = world.case()
    mask = pixels(world.mask(case))
    colours = np.zeros((*SHAPE, 4), np.uint8)
    colours[..., 3] = mask
    colours[..., :3] = world.choose(0, 255, 90)
    Image.fromarray(colours).save(world.mask(case))


@spoils("mask: of floats 0 and 1")
def _(world: World) -> None:
    case = world.case()
    values = (pixels(world.mask(case)) / 255).astype(np.float32)
    path = world.instead(world.mask(case), ".tif")
    Image.fromarray(values * np.float32(world.choose(1, 1 / 255, 255))).save(path)


@spoils("mask: more than 32 labels, one named")
def _(world: World) -> None:
    case = world.case()
    mask = pixels(world.mask(case))
    free = np.argwhere(mask == 0)
    labels = np.where(mask > 0, 1, 0)
    for k, (y, x) in enumerate(free[world.rng.choice(len(free), 40, replace=False)]):
        labels[y, x] = k + 2
    write_png(world.mask(case), labels.astype(np.uint8))
    world.table["image"] = world.table["image"].replace({case: f"{case}#1"})
    world.names[f"{case}#1"] = case
    world.write()


@spoils("mask: a label that is not there")
def _(world: World) -> None:
    case, mask = drawn(world)
    write_png(world.mask(case), two_labels(mask))
    named = f"{case}#{world.choose(0, 3, 255)}"
    world.table["image"] = world.table["image"].replace({case: named})
    world.names[named] = case
    world.write()
