"""Folders of images and masks as departments leave them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from radln.io.images import write_png
from tests.study.hostile.registry import spoils
from tests.study.hostile.world import World, pixels

NAMES = ["--case", "image", "--patient", "person", "--outcome", "pathology", "--node", "node"]
NAMES += ["--site", "device", "--clinical", "age,marker,sex,vessels,birads,smoker"]
NAMES += ["--unit", "node", "--pixel-size-mm", "pixel", "--positive", "malignant"]


def initialised(world: World, *more: object, images: str = "images", masks: str = "masks") -> None:
    """The study is to be written by `init`, with these options."""
    world.write()
    folder = world.folder
    told = ["--images", folder / images, "--masks", folder / masks, "--table", world.nodes]
    world.options = [str(part) for part in (*told, *NAMES, *more)]


def moved(world: World, image: str, mask: str) -> None:
    """Images and masks under the patterns given, in the study's folder."""
    for case in world.table["image"]:
        for path, pattern in ((world.image(case), image), (world.mask(case), mask)):
            target = world.folder / pattern.format(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)


@spoils("layout: one folder for both, by suffix")
def _(world: World) -> None:
    suffix = world.choose("_tumor", "_mask", "-seg", "_label", "_roi")
    moved(world, "all/{}.png", f"all/{{}}{suffix}.png")
    told = ["--mask-suffix", suffix] if world.rng.random() < 0.5 else []
    initialised(world, *told, images="all", masks="all")


@spoils("layout: masks in a prefix of the name")
def _(world: World) -> None:
    prefix = world.choose("mask_", "seg-", "label ")
    moved(world, "images/{}.png", f"masks/{prefix}{{}}.png")
    initialised(world)


def class_folders(world: World) -> None:
    """``benign/images/a.png`` and ``benign/mask/a_mask.png``, without a table."""
    for case, truth in zip(world.table["image"], world.table["pathology"], strict=True):
        for path, kind in ((world.image(case), "images"), (world.mask(case), "mask")):
            target = world.folder / "data" / truth / kind / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        world.names[f"{truth}/{case}"] = case
    world.truth = world.truth[["y_true"]]
    world.spoilt = set()


@spoils("layout: class folders")
def _(world: World) -> None:
    class_folders(world)
    world.options = ["--images", str(world.folder / "data"), "--image-is-patient"]
    world.options += ["--pixel-size-mm", "0.25"]


@spoils("layout: class folders without that said")
def _(world: World) -> None:
    class_folders(world)
    world.options = ["--images", str(world.folder / "data")]


@spoils("layout: several masks, numbered")
def _(world: World) -> None:
    for case in world.table["image"].iloc[world.rows(2)]:
        whole = pixels(world.mask(case))
        parts = whole.copy(), whole.copy()
        middle = whole.shape[1] // 2 + int(world.rng.integers(-5, 6))
        parts[0][:, middle:], parts[1][:, :middle] = 0, 0
        write_png(world.mask(case), parts[0])
        write_png(world.mask(case).with_name(f"{case}_mask_1.png"), parts[1])
    initialised(world)


@spoils("layout: numbered masks of numbered images")
def _(world: World) -> None:
    first, second = world.table["image"].iloc[:2]
    names = {first: "scan", second: "scan_1"}
    world.rename_cases(names)
    world.mask("scan_1").rename(world.folder / "masks" / "scan_1_mask.png")
    initialised(world)


@spoils("layout: two rules that fit alike")
def _(world: World) -> None:
    for case in world.table["image"]:
        shutil.copy(world.mask(case), world.folder / "masks" / f"{case}_bone.png")
    initialised(world)


@spoils("layout: no masks at all")
def _(world: World) -> None:
    for path in (world.folder / "masks").iterdir():
        path.unlink()
    folder = world.choose("masks", "images")
    initialised(world, masks=folder)


@spoils("layout: a mask is missing")
def _(world: World) -> None:
    case = world.case()
    world.choose(world.mask, world.image)(case).unlink()
    initialised(world)


@spoils("layout: a mask is missing, accepted")
def _(world: World) -> None:
    case = world.case()
    world.choose(world.mask, world.image)(case).unlink()
    world.spoilt.add(case)
    initialised(world, "--accept-partial")


@spoils("layout: files of no case")
def _(world: World) -> None:
    folder = world.folder / world.choose("images", "masks")
    write_png(folder / "phantom.png", np.full((48, 64), 90, np.uint8))
    initialised(world)


def by_columns(world: World) -> None:
    """Columns of file names, with or without ending."""
    ending = world.choose("", ".png")
    world.table["picture"] = [f"{case}{ending}" for case in world.table["image"]]
    world.table["drawing"] = [f"{case}_mask{ending}" for case in world.table["image"]]
    world.data.update(image_column="picture", mask_column="drawing")


@spoils("layout: columns of file names")
def _(world: World) -> None:
    by_columns(world)
    if world.rng.random() < 0.5:
        order = world.rng.permutation(len(world.table))  # the names of cases say nothing now
        world.names = {f"n{k}": case for k, case in zip(order, world.table["image"], strict=True)}
        world.table["image"] = [f"n{k}" for k in order]
    initialised(world, "--image-column", "picture", "--mask-column", "drawing")


@spoils("layout: columns of paths from elsewhere")
def _(world: World) -> None:
    by_columns(world)
    where = world.choose("C:\\data\\", "/mnt/disk/", "..\\pictures\\", "pictures/")
    world.table["picture"] = where + world.table["picture"]
    if world.rng.random() < 0.5:
        initialised(world, "--image-column", "picture", "--mask-column", "drawing")
    else:
        world.write()


@spoils("layout: a column that names an image as mask")
def _(world: World) -> None:
    by_columns(world)
    moved(world, "all/{}.png", "all/{}_mask.png")
    for k in world.rows(int(world.rng.integers(1, 24))):
        world.table.loc[k, "drawing"] = world.table.loc[k, "picture"]
    if world.rng.random() < 0.5:
        told = ["--image-column", "picture", "--mask-column", "drawing"]
        initialised(world, *told, images="all", masks="all")
    else:
        world.data.update(images="all", masks="all")
        world.write()


@spoils("layout: a column that names one mask twice")
def _(world: World) -> None:
    by_columns(world)
    named_twice(world, "drawing")


@spoils("layout: a column that names one image twice")
def _(world: World) -> None:
    by_columns(world)
    named_twice(world, "picture")


def named_twice(world: World, column: str) -> None:
    """Two cases of different patients name one file."""
    rows = np.flatnonzero(~world.table["person"].duplicated(keep=False))
    first, second = (int(k) for k in world.rng.choice(rows, 2, replace=False))
    world.table.loc[second, column] = world.table.loc[first, column]
    world.spoilt |= set(world.table["image"].iloc[[first, second]])
    world.write()


@spoils("layout: one mask in two copies")
def _(world: World) -> None:
    copied(world, world.mask)


@spoils("layout: one image in two copies")
def _(world: World) -> None:
    copied(world, world.image)


def copied(world: World, file) -> None:  # type: ignore[no-untyped-def]
    """A file of one patient stands in the place of another's."""
    rows = np.flatnonzero(~world.table["person"].duplicated(keep=False))
    first, second = world.table["image"].iloc[world.rng.choice(rows, 2, replace=False)]
    if file == world.image and world.rng.random() < 0.5:
        Image.open(file(first)).save(file(second), optimize=True)
    else:
        shutil.copy(file(first), file(second))
    world.spoilt |= {first, second}


@spoils("layout: one image in two formats")
def _(world: World) -> None:
    case = world.case()
    path: Path = world.choose(world.image, world.mask)(case)
    Image.open(path).save(path.with_suffix(world.choose(".bmp", ".tif")))
    world.spoilt.add(case)


@spoils("layout: endings in capitals")
def _(world: World) -> None:
    for case in world.table["image"].iloc[world.rows(6)]:
        for path in (world.image(case), world.mask(case)):
            path.rename(path.with_suffix(world.choose(".PNG", ".Png")))
    if world.rng.random() < 0.5:
        initialised(world)


@spoils("layout: hidden and other files beside")
def _(world: World) -> None:
    for name in ("Thumbs.db", ".DS_Store", f"._{world.case()}.png", "read me.txt", "a.dcm"):
        (world.folder / world.choose("images", "masks") / name).write_bytes(b"\0\5\x16\7")
    (world.folder / "images" / "empty").mkdir()
    initialised(world)


@spoils("layout: a link out of the folder")
def _(world: World) -> None:
    path = world.choose(world.image, world.mask)(world.case())
    path.rename(world.folder / "outside.png")
    path.symlink_to(world.folder / "outside.png")
