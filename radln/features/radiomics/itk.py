"""SimpleITK, loaded by the few steps that need it and kept to one thread while it works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

_ALONE = RLock()  # the number of threads belongs to the whole process


@contextmanager
def one_thread_itk() -> Iterator[Any]:
    """SimpleITK on one thread, so that results do not depend on the machine's cores.

    Examples
    --------
    >>> with one_thread_itk() as itk:
    ...     itk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    1
    """
    import SimpleITK as sitk  # noqa: N813 - its usual name

    process: Any = sitk.ProcessObject
    with _ALONE:
        before = process.GetGlobalDefaultNumberOfThreads()
        process.SetGlobalDefaultNumberOfThreads(1)
        try:
            yield sitk
        finally:
            process.SetGlobalDefaultNumberOfThreads(before)
