"""Random numbers that depend on the seed and the task's name, never on who works on it."""

from __future__ import annotations

import hashlib

import numpy as np

from radln._types import Rng
from radln.errors import InputError


def task_rng(seed: int, *task: str | int) -> np.random.Generator:
    """A generator for one named task: the same for one worker or twenty, in any order.

    Examples
    --------
    >>> a, b = task_rng(7, "fold", 3), task_rng(7, "fold", 3)
    >>> bool(a.random() == b.random())
    True
    """
    name = "\x1f".join(str(part) for part in task).encode()
    words = np.frombuffer(hashlib.sha256(name).digest()[:16], dtype="<u4")
    key = tuple(int(word) for word in words)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def as_generator(rng: Rng) -> np.random.Generator:
    """An int becomes a seeded generator, a generator stays what it is."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise InputError(
            f"rng must be a whole number from 0 (the seed) or a numpy Generator; got {rng!r}."
        )
    return np.random.default_rng(rng)
