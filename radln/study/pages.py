"""A page of sections in a folder of its own: the report, its figures and unrounded tables."""

from __future__ import annotations

from pathlib import Path

from radln._draw.drawing import as_data
from radln.errors import InputError
from radln.io.atomic import replacing, write_json, write_text
from radln.io.tables import write_csv
from radln.report.chapter import Chapter
from radln.report.document import pdf_bytes, png_bytes
from radln.report.html import drawn, render_chapter


def require_folder(out: Path) -> None:
    """Raise InputError where a file stands at the path of a folder or above it."""
    for path in (out, *out.parents):
        if path.exists():
            if not path.is_dir():
                raise InputError(f"{path.name!r} is a file; name a folder with --out.")
            return


def write_page(chapter: Chapter, out: Path) -> Path:
    """Write figures (SVG, PNG, PDF), what they are drawn from, tables and, last, report.html, whose
    path is given back.
    """
    svgs = drawn(chapter)
    for section in chapter.sections:
        for figure in section.figures:
            write_text(out / "figures" / f"{figure.name}.svg", svgs[figure.name])
            for ending, convert in (("png", png_bytes), ("pdf", pdf_bytes)):
                with replacing(out / "figures" / f"{figure.name}.{ending}") as draft:
                    draft.write_bytes(convert(figure.figure))
            if (data := as_data(figure.figure)) is not None:
                write_json(out / "figures" / f"{figure.name}.json", data)
    for name, frame in chapter.frames().items():
        write_csv(out / "tables" / f"{name}.csv", frame)
    write_text(out / "report.html", render_chapter(chapter, svgs))
    return out / "report.html"
