"""The garbage collector at rest, once, while much is loaded and nothing of it is garbage."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_busy = threading.Lock()
_loaded: set[str] = set()


@contextmanager
def loading(what: str) -> Iterator[None]:
    """The first time that ``what`` is loaded in this process, without a search for garbage.

    What was loaded then counts as old, so that only a full collection looks at it. Searching it
    again and again takes about a fifth of the time that a process takes to its first features.
    Whatever is loaded within, or by another thread meanwhile, changes nothing.
    """
    if what in _loaded or not _busy.acquire(blocking=False):
        yield
        return
    _loaded.add(what)
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            if not gc.get_freeze_count():  # what the caller has frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
        _busy.release()
