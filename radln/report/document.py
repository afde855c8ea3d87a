"""One self-contained HTML file: nothing in it is fetched from anywhere."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import matplotlib as mpl
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from radln.report import tables, words
from radln.report.content import ReportContent
from radln.report.verdict import label


def svg_text(figure: Figure, name: str) -> str:
    """A figure as SVG text; the same figure gives the same text."""
    held = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": "radln"})
    return held.getvalue()


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG at 300 dots an inch."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=300, metadata={"Software": "radln"})
    return held.getvalue()


def inline_svg(text: str, name: str) -> str:
    """SVG to stand inside a page: no prologue, ids of its own so that figures do not mix."""
    body = text[text.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    return re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)


def render(content: ReportContent, figures: Mapping[str, tuple[str, str]]) -> str:
    """The report as HTML.

    Parameters
    ----------
    content
        Everything that was computed.
    figures
        Name -> (caption, SVG text).
    """
    environment = Environment(
        loader=PackageLoader("radln.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    evaluation, primary = content.evaluation, content.evaluation.primary
    methods = Environment(loader=PackageLoader("radln.report"), undefined=StrictUndefined)
    paragraph = methods.get_template("methods.j2").render(
        f=content.facts,
        e=evaluation,
        n_patients=content.n_patients,
        primary=(
            f"{label(primary.full)} against {label(primary.simple)}, margin {primary.margin:g}"
            if primary
            else "none"
        ),
        nomogram=content.nomogram is not None,
        version=content.versions["radln"],
    )
    return environment.get_template("report.html.j2").render(
        c=content,
        f=content.facts,
        opening=words.opening(content),
        simple=words.simple_does_it(content),
        deep=words.deep_adds(content),
        range_note=words.range_note(content),
        limits=list(words.limits(content)),
        methods=" ".join(paragraph.split()),
        clustered=content.n_patients < content.n,
        primary_label=label(primary.full) if primary else "",
        nomogram_auc=_nomogram_auc(content),
        figures={
            name: {"caption": caption, "svg": inline_svg(text, name)}
            for name, (caption, text) in figures.items()
        },
        tables={
            "table_one": tables.table_one_rows(content),
            "auc": tables.auc_rows(evaluation),
            "ladder": tables.ladder_rows(evaluation),
            "deep": tables.deep_rows(evaluation),
            "operating": tables.operating_rows(evaluation),
            "cut_offs": tables.cut_off_rows(evaluation),
            "pairs": tables.pair_rows(evaluation),
            "site": tables.site_rows(evaluation),
            "calibration": tables.calibration_rows(evaluation),
        },
    )


def _nomogram_auc(content: ReportContent) -> str:
    for row in tables.auc_rows(content.evaluation):
        if row["Model or reader"] == label("nomogram_logistic"):
            return f"AUC {row[f'AUC ({content.evaluation.interval})']}"
    return "not evaluated"
