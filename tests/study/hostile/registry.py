"""The functions that spoil a study, by the name of their kind."""

from __future__ import annotations

from collections.abc import Callable

from tests.study.hostile.world import World

Spoiler = Callable[[World], None]
SPOILERS: dict[str, Spoiler] = {}


def spoils(name: str) -> Callable[[Spoiler], Spoiler]:
    """The function makes the kind of this name."""

    def keep(spoiler: Spoiler) -> Spoiler:
        if name in SPOILERS:
            raise ValueError(f"two functions make {name!r}")
        SPOILERS[name] = spoiler
        return spoiler

    return keep
