"""JSON as it is written by radln: every key once, every number finite, nothing else."""

from __future__ import annotations

import json
import math
from typing import Any

from radln.errors import InputError, UnreadableFileError


def parse_json(data: bytes, name: str) -> Any:
    """The plain data of a JSON file.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What a message calls the file.

    Raises
    ------
    UnreadableFileError
        It is no JSON, names a key twice, or holds NaN, Infinity or a number beyond all limits.

    Examples
    --------
    >>> parse_json(b'{"a": [1, 0.5]}', "a.json")
    {'a': [1, 0.5]}
    >>> parse_json(b'{"a": 1, "a": 2}', "a.json")
    Traceback (most recent call last):
        ...
    radln.errors.UnreadableFileError: a.json cannot be used: it names the key 'a' twice.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_each_once,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except RecursionError:
        raise UnreadableFileError(f"{name} cannot be used: it is nested too deeply.") from None
    except ValueError as error:
        raise UnreadableFileError(f"{name} cannot be used: {_why(error)}.") from None


def _why(error: ValueError) -> str:
    if isinstance(error, InputError):
        return str(error)
    return f"it is no JSON ({error})"


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"it names the key {twice!r} twice")
    return found


def _refuse(word: str) -> Any:
    raise InputError(f"it holds {word}, which is no number")


def _finite(figures: str) -> float:
    found = float(figures)
    if not math.isfinite(found):
        raise InputError(f"it holds {figures[:20]}, which is beyond all limits")
    return found
