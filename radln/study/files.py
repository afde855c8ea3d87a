"""Image files under a folder, found by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from radln.errors import InputError, UnreadableFileError
from radln.io.images import IMAGE_SUFFIXES, is_image


class FileIndex:
    """The images under a folder, found by their path without ending; nothing outside is read."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UnreadableFileError(
                f"the folder {root.name!r} was not found; correct data.images or data.masks."
            )
        self.root = root.resolve()
        self.by_name: dict[str, list[Path]] = {}
        for path in image_files(self.root):
            self.by_name.setdefault(stem(path.relative_to(self.root).as_posix()), []).append(path)

    def find(self, name: str, what: str) -> Path:
        """The one image of this name.

        Raises
        ------
        InputError
            The name leads out of the folder, through ``..`` or through a link.
        UnreadableFileError
            There is no such file, or more than one.
        """
        if not (self.root / name).resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} name {Path(name).name!r} leads out of the {what} folder; case ids and "
                "names must stay inside it (no '..', no absolute path)."
            )
        found = self.by_name.get(stem(name)) or self.by_name.get(name)
        if not found:
            raise UnreadableFileError(
                f"no {what} named {Path(name).name} with an ending such as .png or .nii.gz; "
                "add the file, or drop the row."
            )
        if len(found) > 1:
            raise UnreadableFileError(
                f"{len(found)} files are named {Path(name).name}; keep one {what} a case."
            )
        if not found[0].resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} {found[0].name} is a link that leads out of the {what} folder; "
                "copy the file into the folder."
            )
        return found[0]


def image_files(root: Path) -> Iterator[Path]:
    """Every image file under a folder, sorted, hidden ones left out."""
    for path in sorted(root.rglob("*")):
        if is_image(path) and not path.name.startswith("."):
            yield path


def stem(name: str) -> str:
    """A path without its image ending; only known endings are cut, so that dots may be in names.

    Examples
    --------
    >>> stem("a/case.01.nii.gz"), stem("case.01")
    ('a/case.01', 'case.01')
    """
    lower = name.lower()
    for suffix in sorted(IMAGE_SUFFIXES, key=len, reverse=True):
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    return name
