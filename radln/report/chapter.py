"""A chapter of results as one self-contained page: sections of words, tables and figures.

A section is one question and its answer, with everything that belongs to it: what is shown, the
unrounded tables behind it, its sentences for the methods, and its limits. A page is a list of
functions that yield sections; adding one touches no other file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure

from radln._draw.style import INCH_MM

Rows = Sequence[Mapping[str, str]]
T = TypeVar("T")
WIDE_MM = 110.0


@dataclass(frozen=True)
class ShownTable:
    """A table for people: a caption, rows of text, and what is said below them.

    A ``folded`` one is opened by its caption; in a ``graded`` one the first column is the grade of
    a finding, which its colour shows too.
    """

    caption: str
    rows: Rows
    note: str = ""
    folded: bool = False
    graded: bool = False


@dataclass(frozen=True, eq=False)
class ShownFigure:
    """A figure with its name (of the file, too) and caption."""

    name: str
    caption: str
    figure: Figure

    @property
    def wide(self) -> bool:
        """Whether it is too wide to have a neighbour."""
        return bool(self.figure.get_figwidth() * INCH_MM > WIDE_MM)


@dataclass(frozen=True)
class Listing:
    """Text that is shown as it is, such as settings, opened by its caption."""

    caption: str
    text: str


@dataclass(frozen=True, eq=False)
class Section:
    """One question and its answer; ``name`` is its anchor.

    ``frames`` are the unrounded tables behind it, by the name of their file; ``methods`` and
    ``limits`` are its sentences in the page's own sections of these names. What is ``behind``
    stands after them.
    """

    name: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[ShownTable, ...] = ()
    figures: tuple[ShownFigure, ...] = ()
    notes: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    methods: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    behind: bool = False


@dataclass(frozen=True, eq=False)
class Chapter:
    """What the page holds: ``opening`` on top, ``further`` words below it, ``banners`` on every
    printed page.

    ``methods`` and ``limits`` are those of no section: the former close the methods, the latter
    open the limits.
    """

    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    version: str
    further: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()

    @property
    def all_methods(self) -> tuple[str, ...]:
        """Every sentence of the methods, once."""
        return _once((*(said for part in self.sections for said in part.methods), *self.methods))

    @property
    def all_limits(self) -> tuple[str, ...]:
        """Every limit, once."""
        return _once((*self.limits, *(said for part in self.sections for said in part.limits)))

    def frames(self) -> dict[str, pd.DataFrame]:
        """The unrounded tables of all sections; a name given twice is refused."""
        return by_name(
            ((name, frame) for part in self.sections for name, frame in part.frames.items()),
            "tables",
        )


def _once(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said))


def by_name(pairs: Iterator[tuple[str, T]], kind: str) -> dict[str, T]:
    """Everything by its name; a name given twice is refused."""
    found: dict[str, T] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"two {kind} are named {name!r}")
        found[name] = value
    return found
