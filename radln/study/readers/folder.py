"""Where reports and sheets may be written."""

from __future__ import annotations

from pathlib import Path

from radln.errors import InputError


def require_folder(out: Path) -> None:
    """Raise InputError where a file stands at the path of a folder or above it."""
    for path in (out, *out.parents):
        if path.exists():
            if not path.is_dir():
                raise InputError(f"{path.name!r} is a file; name a folder with --out.")
            return
