"""Files that are either whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from radln.errors import UnwritableFileError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that becomes ``path`` when the block ends well.

    Raises
    ------
    UnwritableFileError
        The folder may not be written, or is full.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as draft:
    ...     _ = draft.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    try:
        draft = _draft(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def refuse_unwritable(path: Path) -> None:
    """Raise UnwritableFileError where a file could not be written: before hours are spent on it.

    Its folder is made.
    """
    try:
        _draft(path).unlink()
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UnwritableFileError:
    return UnwritableFileError(
        f"{path.name} cannot be written into the folder {path.parent.name or '.'!r} "
        f"({(error.strerror or str(error)).lower()}); name a file in a folder that you may write "
        "to, on a disk with space."
    )


def _draft(path: Path) -> Path:
    """An empty file beside ``path``, whose folder is made where it is not there."""
    for last in (False, True):
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".radln-", suffix=path.suffix)
        except FileNotFoundError:
            if last:
                raise
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            os.close(handle)
            break
    return Path(name)


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, data: object) -> None:
    """Write JSON, whole or not at all; floats keep every digit."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=True) + "\n")
