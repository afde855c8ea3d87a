"""Cases and outcomes from folder names, where there is no table."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

from radln.data_settings import NameRule
from radln.errors import InputError
from radln.study.files import FileIndex, ordinary_folders, without_suffix
from radln.study.outcome_column import in_words
from radln.study.request import Request

_PART = re.compile(r"[_\-. ]")


def table_from_folders(request: Request) -> tuple[pd.DataFrame, str]:
    """One row an image: its path without ending, and the folder that names its outcome.

    Raises
    ------
    InputError
        Fewer than two folders, images outside of them, or no way to tell images from masks.
    """
    images, masks = request.folders
    image_folder, mask_folder = ordinary_folders(images, masks)
    names = list(FileIndex(images, NameRule(folder=image_folder)).by_name)
    if mask_folder:
        names = [name for name in names if mask_folder not in name.split("/")]
    elif images.resolve() == masks.resolve():
        names = _images_among(names, request.mask_suffix)
    outside = [name for name in names if "/" not in name]
    classes = Counter(name.split("/")[0] for name in names if "/" in name)
    if outside or len(classes) < 2:
        raise InputError(
            "without a table (--table) the outcome is the name of an image's folder, and there "
            f"must be at least two; found {in_words(dict(classes)) or 'none'}"
            + (
                f", and {len(outside)} image(s) outside, such as {outside[0]!r}."
                if outside
                else "."
            )
        )
    if request.case == request.outcome:
        raise InputError("--case and --outcome name one column; give each a name of its own.")
    folders = [name.split("/")[0] for name in names]
    table = pd.DataFrame({request.case: names, request.outcome: folders})
    said = f"table: cases.csv, one row an image, the outcome from its folder ({len(names)} images)."
    return table.astype(object), said


def _images_among(names: list[str], suffix: str | None) -> list[str]:
    """The pictures among pictures and masks of one folder: masks are named after a picture."""
    given = suffix is not None
    if suffix is None:
        known = set(names)
        endings = Counter(
            name[part.start() :]
            for name in names
            for part in _PART.finditer(name)
            if name[: part.start()] in known
        )
        best = endings.most_common(1)
        if not best:
            raise InputError(
                "images and masks lie in one folder and no file is named after another one (a and "
                "a_mask); say how the names of masks end (--mask-suffix), or where they lie "
                "(--masks)."
            )
        suffix = best[0][0]
    images, masks = without_suffix(names, suffix)
    if given and not masks:
        raise InputError(f"no file's name ends in {suffix!r} (--mask-suffix).")
    masked = {name.removesuffix(suffix) for name in masks}
    return [name for name in images if not _belongs(name, masked)]


def _belongs(name: str, masked: set[str]) -> bool:
    """Whether a file is named after a picture that has a mask, as another one of its masks."""
    return any(name[: part.start()] in masked for part in _PART.finditer(name))
