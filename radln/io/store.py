"""Finished work on disk, found again by what it was computed from.

One record a file, named by its key; a file is a checksum and compressed JSON. Records appear whole
or not at all: written under another name, then renamed. A power cut may take the last seconds' ones
or leave them damaged; the checksum finds these, and their work is done again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from radln.errors import InputError

_CHECKSUM_BYTES = 32


@lru_cache(maxsize=8)
def opened_store(folder: Path) -> RecordStore:
    """The store of a folder, tried once a process."""
    return RecordStore(folder)


class RecordStore:
    """A folder of records that survives kills, power cuts and several writers.

    Parameters
    ----------
    folder
        Made where it does not exist.

    Raises
    ------
    InputError
        The folder cannot be made, read or written.

    Examples
    --------
    >>> store = RecordStore(Path(tempfile.mkdtemp()))
    >>> store.get("ab12") is None
    True
    >>> store.put("ab12", {"area": 41.5})
    >>> store.get("ab12")
    {'area': 41.5}
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            raise self._unusable(error) from error

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of that key; None where there is none, or where it was damaged (and is gone).

        Raises
        ------
        InputError
            The file is there but may not be read.
        """
        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        checksum, payload = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
        if hashlib.sha256(key.encode() + payload).digest() != checksum:
            path.unlink(missing_ok=True)
            return None
        record: dict[str, Any] = json.loads(zlib.decompress(payload))
        return record

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record of plain numbers, texts, lists and dicts (NaN included) under a key.

        Raises
        ------
        InputError
            The folder is full or may not be written.
        """
        payload = zlib.compress(json.dumps(record).encode(), level=1)
        try:
            self._write(key, hashlib.sha256(key.encode() + payload).digest() + payload)
        except OSError as error:
            raise self._unusable(error) from error

    def _write(self, key: str, data: bytes) -> None:
        """Under another name, then renamed; into a folder that may have been cleared away since."""
        draft = self._folder / f".{secrets.token_hex(8)}.draft"
        try:
            try:
                draft.write_bytes(data)
            except FileNotFoundError:
                self._folder.mkdir(parents=True, exist_ok=True)
                draft.write_bytes(data)
            draft.replace(self._path(key))
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.record"

    def _unusable(self, error: BaseException | None) -> InputError:
        why = getattr(error, "strerror", None) or "not writable"
        return InputError(
            f"the cache folder {self._folder.name} cannot be used ({why}); "
            "name a folder that you may write to and that has space, or run without a cache."
        )
