"""A folder of files with their checksums, or a zip of it: whole and unchanged, or refused.

``checksums.json`` names every other file with its sha256. Names that begin with a dot (drafts that
a killed process left, ``.DS_Store``) and ``__MACOSX`` are passed over, and never read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from radln.errors import ForeignOutputError, UnreadableFileError, UnwritableFileError
from radln.io.strict_json import parse_json

CHECKSUMS = "checksums.json"
FORMAT = "radln-checksums-1"
MOST_FILES, MOST_BYTES = 1000, 512 << 20  # of a bundle, unpacked
AGAIN = "copy the whole bundle again from where it was made."


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files and their checksums as a folder that is whole or not there.

    A folder that an earlier call wrote is replaced.

    Raises
    ------
    ForeignOutputError
        The folder is there and holds something else.
    UnwritableFileError
        It cannot be written.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp()) / "bundle"
    >>> write_files(place, {"model/a.json": b"{}"})
    >>> read_files(place)
    {'model/a.json': b'{}'}
    """
    if folder.exists() and not (folder / CHECKSUMS).is_file() and _filled(folder):
        raise ForeignOutputError(
            f"{folder.name!r} is there and was not written by radln; name another folder."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".radln-", ignore_cleanup_errors=True
        ) as scratch:
            draft, old = Path(scratch, "new"), Path(scratch, "old")
            for name, data in {**files, CHECKSUMS: _checksums(files)}.items():
                path = draft / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            if folder.exists():
                folder.rename(old)
            try:
                draft.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise UnwritableFileError(
            f"the folder {folder.name} cannot be written ({(error.strerror or 'failed').lower()}); "
            "name one where you may write, on a disk with space."
        ) from error


def _filled(folder: Path) -> bool:
    return not folder.is_dir() or any(folder.iterdir())


def _checksums(files: Mapping[str, bytes]) -> bytes:
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return (json.dumps({"format": FORMAT, "sha256": sums}, indent=2) + "\n").encode()


def checksum_of(files: Mapping[str, bytes]) -> str:
    """One name for the very bytes of all files: the sha256 of ``checksums.json``."""
    return hashlib.sha256(_checksums(files)).hexdigest()


def read_files(path: Path) -> dict[str, bytes]:
    """Every file of a bundle but its checksums, each as it was written.

    Parameters
    ----------
    path
        The folder, or a zip file of it (of its contents, or with the folder in it).

    Raises
    ------
    UnreadableFileError
        It is no bundle; a file is missing, unknown, changed, too large, twice there or leads out of
        it.
    """
    if path.is_dir():
        files = _of_folder(path)
    elif path.is_file():
        files = _of_zip(path)
    else:
        raise UnreadableFileError(f"there is no bundle {path.name}; name its folder or zip file.")
    if CHECKSUMS not in files:
        raise UnreadableFileError(
            f"{path.name} is no bundle of radln: it has no {CHECKSUMS}. Name the folder `bundle` "
            "of a run's results, or a zip of it."
        )
    return _unchanged(files)


def _unchanged(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files that the checksums name; UnreadableFileError where one is not as it was written."""
    told = parse_json(files.pop(CHECKSUMS), CHECKSUMS)
    sums = told.get("sha256") if isinstance(told, dict) else None
    if told != {"format": FORMAT, "sha256": sums}:
        raise UnreadableFileError(
            f"{CHECKSUMS} is not of the format {FORMAT}; {AGAIN} Where it comes from a newer "
            "radln, install that."
        )
    if not isinstance(sums, dict) or not all(isinstance(value, str) for value in sums.values()):
        raise UnreadableFileError(f"{CHECKSUMS} holds no checksums; {AGAIN}")
    for name in sums:
        if name not in files:
            raise UnreadableFileError(f"the file {name} of the bundle is missing; {AGAIN}")
    for name, data in files.items():
        if name not in sums:
            raise UnreadableFileError(
                f"the bundle holds the file {name}, which {CHECKSUMS} does not name; {AGAIN}"
            )
        if hashlib.sha256(data).hexdigest() != sums[name]:
            raise UnreadableFileError(
                f"the file {name} of the bundle was changed since it was written; {AGAIN}"
            )
    return files


def _of_folder(root: Path) -> dict[str, bytes]:
    found: dict[str, Path] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not _passed_over(name)]
        for name in [*folders, *names]:
            path = Path(folder, name)
            if path.is_symlink():
                raise UnreadableFileError(
                    f"{name} in the bundle is a link, which may lead anywhere; {AGAIN}"
                )
        for name in names:
            if not _passed_over(name):
                path = Path(folder, name)
                found[path.relative_to(root).as_posix()] = path
    _refuse_large((name, path.stat().st_size) for name, path in found.items())
    try:
        return {name: path.read_bytes() for name, path in sorted(found.items())}
    except OSError as error:
        raise UnreadableFileError(
            f"a file of the bundle cannot be read ({error.strerror}); {AGAIN}"
        ) from error


def _of_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            names = [_inside(one.filename) for one in members]
            kept = [
                (name, one)
                for name, one in zip(names, members, strict=True)
                if not any(map(_passed_over, name.split("/")))
            ]
            folded = [name.casefold() for name, _ in kept]
            twice = [name for name, _ in kept if folded.count(name.casefold()) > 1]
            if twice:
                raise UnreadableFileError(f"{path.name} holds {twice[0]} twice; {AGAIN}")
            _refuse_large((name, one.file_size) for name, one in kept)
            files = {name: _member(archive, one) for name, one in kept}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(
            f"{path.name} is no whole zip file without a password ({error}); {AGAIN}"
        ) from error
    return _below(files)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes, of which there are no more than it says."""
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise UnreadableFileError(f"{member.filename} is of another size than it says; {AGAIN}")
    return data


def _inside(name: str) -> str:
    """The name of a member; UnreadableFileError where it leads out of the bundle."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise UnreadableFileError(
            f"the zip file holds {name!r}, which leads out of it; do not use it, and ask for the "
            "bundle again."
        )
    return path.as_posix()


def _below(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files by their names within the one folder that was zipped, where there is one."""
    tops = {name.split("/")[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.split("/", 1)[1]: data for name, data in files.items()}
    return files


def _refuse_large(sizes: Iterable[tuple[str, int]]) -> None:
    listed = list(sizes)
    total = sum(size for _, size in listed)
    if len(listed) > MOST_FILES or total > MOST_BYTES:
        raise UnreadableFileError(
            f"the bundle holds {len(listed)} files of {total >> 20} MiB; radln writes none above "
            f"{MOST_FILES} files and {MOST_BYTES >> 20} MiB. Do not use it; ask for it again."
        )


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
