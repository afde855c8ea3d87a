"""How kernels are compiled: on their first call, and kept on disk where there is room for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile ``function`` when it is first called, without Python objects.

    The machine code is kept beside this package, or in the user's own cache folder, or in
    ``NUMBA_CACHE_DIR``; where none can be written it is compiled anew in every process. What is
    kept is known to be stale by the date of its own file, so that kernels call kernels of their
    own module only.
    """
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):  # no folder can be written
        compiled.enable_caching()
    return cast(Function, compiled)
