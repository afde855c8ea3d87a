"""How objects that hold much data show themselves: short, as text and in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import fields, is_dataclass
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

LONGEST, SHOWN = 60, 4  # letters of a text, entries of a list


class ShortRepr:
    """For dataclasses: a line a field, arrays and tables by their size.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(repr=False)
    ... class Scan(ShortRepr):
    ...     name: str
    ...     values: np.ndarray
    >>> Scan("a", np.zeros((3, 4)))
    Scan
      name: 'a'
      values: array of 3 x 4
    """

    def __repr__(self) -> str:
        lines = [f"  {f.name}: {_short(getattr(self, f.name))}" for f in fields(self)]  # type: ignore[arg-type]
        return "\n".join([type(self).__name__, *lines])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"


def _short(value: object) -> str:
    if isinstance(value, np.ndarray | pd.DataFrame | pd.Series):
        what = "array" if isinstance(value, np.ndarray) else "table"
        return f"{what} of {' x '.join(map(str, value.shape)) or '1'}"
    if isinstance(value, Mapping):
        names = ", ".join(str(name) for name in list(value)[:SHOWN])
        more = ", ..." if len(value) > SHOWN else ""
        return f"{len(value)} entries ({names}{more})" if value else "none"
    if isinstance(value, tuple | list) and len(value) > SHOWN:
        return f"{len(value)} items"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_short, value))})"
    if isinstance(value, Path):
        return value.name
    if is_dataclass(value):
        return f"{type(value).__name__}{f' of {len(value)}' if isinstance(value, Sized) else ''}"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
