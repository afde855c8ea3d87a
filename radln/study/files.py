"""Image files under a folder, found by name."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from radln.data_settings import NameRule
from radln.errors import InputError, UnreadableFileError
from radln.io.images import IMAGE_SUFFIXES

MASK_WORDS = (
    "mask", "masks", "label", "labels", "seg", "segs", "segmentation", "segmentations",
    "annotation", "annotations", "contour", "contours", "roi", "rois", "gt", "ground_truth",
)  # fmt: skip
IMAGE_WORDS = ("image", "images", "img", "imgs", "picture", "pictures", "original", "originals")
_NUMBER = re.compile(r"(.*)_([0-9]{1,3})", re.DOTALL)


class FileIndex:
    """The images under a folder, found by their path without ending; nothing outside is read.

    Parameters
    ----------
    root
        The folder.
    rule
        Its ``folder`` and ``anywhere`` say which files count and by what they are called.

    Raises
    ------
    UnreadableFileError
        The folder is not there.
    """

    def __init__(self, root: Path, rule: NameRule | None = None) -> None:
        if not root.is_dir():
            raise UnreadableFileError(
                f"the folder {root.name!r} was not found; correct data.images or data.masks."
            )
        rule = rule or NameRule()
        self.root = root.resolve()
        self.by_name: dict[str, list[Path]] = {}
        self.numbered: dict[str, dict[int, str]] = {}
        for path in image_files(self.root):
            name = called(stem(path.relative_to(self.root).as_posix()), rule)
            if name is not None:
                self.by_name.setdefault(name, []).append(path)
        for name in self.by_name:
            number = _NUMBER.fullmatch(name)
            if number:
                self.numbered.setdefault(number[1], {})[int(number[2])] = name

    def from_here(self, name: str) -> str:
        """A name as a table has it, from this folder on: of images, both images/a/u.png and
        C:\\study\\images\\a\\u.png are a/u.png.
        """
        name = name.replace("\\", "/")
        _, folder, below = f"/{name}".rpartition(f"/{self.root.name}/")
        return below if folder and stem(name) not in self.by_name else name

    def find(self, name: str, what: str) -> Path:
        """The one image of this name.

        Raises
        ------
        InputError
            The name leads out of the folder, through ``..`` or through a link.
        UnreadableFileError
            There is no such file, or more than one.
        """
        found = self.by_name.get(stem(name)) or self.by_name.get(name)
        if not found and not (self.root / name).resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} name {Path(name).name!r} leads out of the {what} folder; case ids and "
                "names must stay inside it (no '..', no absolute path)."
            )
        if not found:
            raise UnreadableFileError(
                f"no {what} named {Path(name).name} with an ending such as .png or .nii.gz; "
                "add the file, or drop the row."
            )
        if len(found) > 1:
            raise UnreadableFileError(
                f"{len(found)} files are named {Path(name).name}; keep one {what} a case."
            )
        if found[0].is_symlink() and not found[0].resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} {found[0].name} is a link that leads out of the {what} folder; "
                "copy the file into the folder."
            )
        return found[0]

    def further(self, name: str, rule: NameRule) -> list[tuple[int, str]]:
        """The numbered files of a file, in their order: a_mask_1 and a_mask_2 of a_mask.

        Where the rule itself ends in _0 or _1, as in a_mask_1, those with larger numbers.
        """
        name, first = stem(name), -1
        if rule.suffix.endswith(("_0", "_1")):
            name, first = name[:-2], int(name[-1])
        others = self.numbered.get(name, {})
        return [(k, others[k]) for k in sorted(others) if k > first]


def called(name: str, rule: NameRule) -> str | None:
    """What a rule calls a file, given its path without ending; None where it does not count.

    Examples
    --------
    >>> called("benign/mask/a", NameRule(folder="mask")), called("b/a", NameRule(anywhere=True))
    ('benign/a', 'a')
    >>> called("benign/a", NameRule(folder="mask")) is None
    True
    """
    *folders, base = name.split("/")
    if rule.folder:
        if rule.folder not in folders:
            return None
        folders.remove(rule.folder)
    return base if rule.anywhere else "/".join([*folders, base])


def further_masks(
    rule: NameRule,
    images: FileIndex,
    masks: FileIndex,
    named: tuple[Sequence[str], Sequence[str]],
) -> dict[str, list[str]]:
    """The further, numbered masks of every mask; none that belongs to another image.

    ``named`` are the names of the images, and of their masks in the same order.
    """
    first = {stem(name) for name in named[1]}
    found = {}
    for image, mask in zip(*named, strict=True):
        others = [
            name
            for number, name in masks.further(mask, rule)
            if name not in first and f"{stem(image)}_{number}" not in images.by_name
        ]
        if others:
            found[mask] = others
    return found


def ordinary_folders(images: Path, masks: Path) -> tuple[str, str]:
    """The names of the sub-folders for images and for masks in one folder; blank where none.

    Recognised by their names (images, mask, labels ...); with a folder for each there are none.
    """
    if images.resolve() != masks.resolve():
        return "", ""
    within = [path.relative_to(images).parts[:-1] for path in image_files(images)]
    counts = Counter(name for parts in within for name in parts if name.lower() in MASK_WORDS)
    if not counts:
        return "", ""
    mask = counts.most_common(1)[0][0]
    others = [set(parts) for parts in within if mask not in parts]
    shared = set.intersection(*others) if others else set()
    image = next((name for name in sorted(shared) if name.lower() in IMAGE_WORDS), "")
    return image, mask


def without_suffix(names: Iterable[str], suffix: str) -> tuple[list[str], list[str]]:
    """The names that do not end so (numbered neither), and those that do.

    Examples
    --------
    >>> without_suffix(["a", "a_mask", "a_mask_1"], "_mask")
    (['a'], ['a_mask'])
    """
    names = list(names)
    numbered = re.compile(re.escape(suffix) + "_[0-9]{1,3}$")
    masks = [name for name in names if name.endswith(suffix)]
    return [n for n in names if not n.endswith(suffix) and not numbered.search(n)], masks


def image_files(root: Path) -> Iterator[Path]:
    """Every image file under a folder, sorted, hidden ones left out; links to folders are not
    followed.
    """
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        names = [name for name in (*folders, *files) if not name.startswith(".")]
        found += [Path(folder, name) for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    yield from sorted(found)


def stem(name: str) -> str:
    """A path without its image ending; only known endings are cut, so that dots may be in names.

    Examples
    --------
    >>> stem("a/case.01.nii.gz"), stem("case.01")
    ('a/case.01', 'case.01')
    """
    lower = name.lower()
    endings = [suffix for suffix in IMAGE_SUFFIXES if lower.endswith(suffix)]
    return name[: -len(max(endings, key=len))] if endings else name
