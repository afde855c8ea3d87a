"""Everything that must be mended, said at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from radln.errors import InputError


class Refusals:
    """Collects what is refused on the way, so that a user need not come back for each.

    Examples
    --------
    >>> refusals = Refusals()
    >>> with refusals.collected():
    ...     raise InputError("the age is missing.")
    >>> with refusals.collected():
    ...     raise InputError("the site is missing.")
    >>> refusals.raise_all()
    Traceback (most recent call last):
        ...
    radln.errors.InputError: 2 things must be mended first:
    - the age is missing.
    - the site is missing.
    """

    def __init__(self) -> None:
        self._found: list[InputError] = []

    @contextmanager
    def collected(self) -> Iterator[None]:
        """What is refused in the block is kept, and the next one goes on."""
        try:
            yield
        except InputError as error:
            if str(error) not in map(str, self._found):
                self._found.append(error)

    def raise_all(self) -> None:
        """Raise what was refused: the one error as it is, several as one."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            lines = "\n".join(f"- {error}" for error in self._found)
            raise InputError(f"{len(self._found)} things must be mended first:\n{lines}")
