"""Files that are either whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """A temporary path in the same folder that becomes ``path`` when the block ends well.

    ``flush=False`` leaves it to the system when the content reaches the disk, for files whose
    reader would notice that a power cut took it.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as draft:
    ...     _ = draft.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    draft = _draft(path)
    try:
        yield draft
        if flush:
            with draft.open("rb") as written:
                os.fsync(written.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _draft(path: Path) -> Path:
    """An empty file beside ``path``, whose folder is made where it is not there."""
    for _ in range(2):
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".radln-", suffix=path.suffix)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            os.close(handle)
            return Path(name)
    raise FileNotFoundError(f"the folder {path.parent.name} vanished while it was written to")


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, data: object) -> None:
    """Write JSON, whole or not at all; floats keep every digit."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=True) + "\n")
