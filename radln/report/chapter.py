"""A chapter of results as one self-contained page: sections of words, tables and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from radln.report.document import inline_svg, svg_text

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class ShownTable:
    """A table for people: a caption, rows of text, and what is said below them."""

    caption: str
    rows: Rows
    note: str = ""


@dataclass(frozen=True, eq=False)
class ShownFigure:
    """A figure with its name (of the file, too) and caption."""

    name: str
    caption: str
    figure: Figure


@dataclass(frozen=True, eq=False)
class Section:
    """One question and its answer; ``name`` is its anchor."""

    name: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[ShownTable, ...] = ()
    figures: tuple[ShownFigure, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Chapter:
    """What the page holds; ``opening`` stands on top, ``methods`` is for the manuscript."""

    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    version: str
    simulated: bool = False


def drawn(chapter: Chapter) -> dict[str, str]:
    """Every figure as SVG text, by name; a name given twice is refused."""
    found: dict[str, str] = {}
    for section in chapter.sections:
        for figure in section.figures:
            if figure.name in found:
                raise ValueError(f"two figures are named {figure.name!r}")
            found[figure.name] = svg_text(figure.figure, figure.name)
    return found


def render_chapter(chapter: Chapter, svgs: Mapping[str, str]) -> str:
    """The page as HTML; ``svgs`` as from :func:`drawn`."""
    environment = Environment(
        loader=PackageLoader("radln.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    figures = {
        section.name: [
            {"caption": one.caption, "svg": inline_svg(svgs[one.name], one.name)}
            for one in section.figures
        ]
        for section in chapter.sections
    }
    return environment.get_template("chapter.html.j2").render(c=chapter, figures=figures)
