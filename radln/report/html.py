"""Chapters as HTML: one file that fetches nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from radln.report.chapter import Chapter, by_name
from radln.report.document import inline_svg, svg_text
from radln.report.tidy import tidied


def drawn(chapter: Chapter) -> dict[str, str]:
    """Every figure as SVG text, by name; a name given twice is refused."""
    return by_name(
        (
            (shown.name, svg_text(shown.figure, shown.name))
            for section in chapter.sections
            for shown in section.figures
        ),
        "figures",
    )


def render_chapter(chapter: Chapter, svgs: Mapping[str, str]) -> str:
    """The page as HTML; ``svgs`` as from :func:`drawn`."""
    environment = Environment(
        loader=PackageLoader("radln.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    inlined = {name: inline_svg(text, name) for name, text in svgs.items()}
    return environment.get_template("chapter.html.j2").render(
        c=chapter, svgs=inlined, tidied=tidied, fonts=missing_fonts(chapter)
    )


def missing_fonts(chapter: Chapter) -> str:
    """Which letters of the figures, once they are drawn, no installed font has; blank if none."""
    scripts = {
        script
        for section in chapter.sections
        for shown in section.figures
        for script in getattr(shown.figure, "lacking", ())
    }
    if not scripts:
        return ""
    return (
        f"No font for {', '.join(sorted(scripts))} letters was found on the computer that made "
        "this page: in PNG and PDF figures they are boxes. Install Noto Sans CJK and run again."
    )
