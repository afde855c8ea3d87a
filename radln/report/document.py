"""Figures as text and bytes, fit to stand in a page that fetches nothing from anywhere."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image


def svg_text(figure: Figure, name: str) -> str:
    """A figure as SVG text, whose words stay words; the same figure gives the same text."""
    held = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": "radln"})
    return held.getvalue()


def pdf_bytes(figure: Figure) -> bytes:
    """A figure as PDF with its fonts inside; the same figure gives the same bytes."""
    held = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(held, format="pdf", metadata={"CreationDate": None, "Creator": "radln"})
    return held.getvalue()


def png_bytes(figure: Figure, dpi: int = 300) -> bytes:
    """A figure as PNG at ``dpi`` dots an inch."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=dpi, metadata={"Software": "radln"})
    return held.getvalue()


def tiff_bytes(figure: Figure, dpi: int) -> bytes:
    """A figure as TIFF in RGB without transparency, packed without loss, at ``dpi``."""
    drawn, held = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(held, format="TIFF", compression="tiff_lzw", dpi=(dpi, dpi))
    return held.getvalue()


def eps_bytes(figure: Figure) -> bytes:
    """A figure as EPS with its fonts inside."""
    held = io.BytesIO()
    with mpl.rc_context({"ps.fonttype": 42}):
        figure.savefig(held, format="eps", metadata={"Creator": "radln"})
    return held.getvalue()


def inline_svg(text: str, name: str) -> str:
    """SVG to stand inside a page: no prologue, ids of its own so that figures do not mix."""
    body = text[text.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    return re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)
