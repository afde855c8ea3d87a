"""The door a request came through: Python, where an argument is named, or the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_AT_THE_COMMAND_LINE: ContextVar[bool] = ContextVar("at_the_command_line", default=False)


@contextmanager
def command_line() -> Iterator[None]:
    """Messages made inside name the options of the command line."""
    token = _AT_THE_COMMAND_LINE.set(True)
    try:
        yield
    finally:
        _AT_THE_COMMAND_LINE.reset(token)


def worded(python: str, command: str) -> str:
    """The first wording in Python, the second within :func:`command_line`.

    Examples
    --------
    >>> worded("scale=(low, high)", "--scale low,high")
    'scale=(low, high)'
    >>> with command_line():
    ...     worded("scale=(low, high)", "--scale low,high")
    '--scale low,high'
    """
    return command if _AT_THE_COMMAND_LINE.get() else python
