"""The figures of a finished run, drawn anew for a journal: its format, its width, its dots an inch.

Nothing is computed: beside every figure lies what it was drawn from (``figures/NAME.json``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from radln._draw.drawing import fits, redrawn
from radln.errors import InputError, UnreadableFileError
from radln.io.atomic import replacing
from radln.report.document import eps_bytes, pdf_bytes, png_bytes, svg_text, tiff_bytes

FORMATS: dict[str, Callable[[Figure, str, int], bytes]] = {
    "tiff": lambda figure, name, dpi: tiff_bytes(figure, dpi),
    "png": lambda figure, name, dpi: png_bytes(figure, dpi),
    "pdf": lambda figure, name, dpi: pdf_bytes(figure),
    "eps": lambda figure, name, dpi: eps_bytes(figure),
    "svg": lambda figure, name, dpi: svg_text(figure, name).encode(),
}
UNITS_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4}
NARROWEST, WIDEST = 40.0, 300.0  # mm
STEP = 5.0  # mm by which a figure grows whose words do not fit


@dataclass(frozen=True)
class Redrawn:
    """A figure that was written; wider than asked where its words did not fit."""

    path: Path
    width_mm: float
    widened: bool


def width_of(text: str) -> float:
    """A width with its unit (``85mm``, ``8.5 cm``, ``3.3in``), in mm.

    Examples
    --------
    >>> width_of("8.5 cm")
    85.0
    """
    found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*(mm|cm|in)\s*", text)
    width = float(found[1].replace(",", ".")) * UNITS_MM[found[2]] if found else 0.0
    if not NARROWEST <= width <= WIDEST:
        raise InputError(
            f"the width {text!r} is not one with its unit between {NARROWEST:g} and {WIDEST:g} mm; "
            "write 85mm, 8.5cm or 3.35in."
        )
    return width


def redraw(
    results: Path, *, kind: str, dpi: int, width_mm: float, names: Sequence[str], out: Path
) -> list[Redrawn]:
    """Write the figures of a folder of results into ``out``.

    Parameters
    ----------
    names
        The figures; none = all.

    Raises
    ------
    InputError
        The folder has no such figures, or the format is unknown.
    UnreadableFileError
        What a figure was drawn from is damaged.
    """
    if kind not in FORMATS:
        raise InputError(f"there is no format {kind!r}; there are {', '.join(FORMATS)}.")
    found = {path.stem: path for path in sorted((results / "figures").glob("*.json"))}
    if not found:
        raise InputError(
            f"{results.name!r} holds no figures that can be drawn anew (figures/*.json); name the "
            "folder with report.html, written by this version of radln or a later one."
        )
    unknown = [name for name in names if name not in found]
    if unknown:
        raise InputError(f"there is no figure {unknown[0]!r}; there are {', '.join(found)}.")
    written = []
    for name in names or found:
        figure, width = _drawn(found[name], width_mm)
        path = out / f"{name}.{kind}"
        with replacing(path) as draft:
            draft.write_bytes(FORMATS[kind](figure, name, dpi))
        written.append(Redrawn(path, width, width > width_mm))
    return written


def _drawn(path: Path, width_mm: float) -> tuple[Figure, float]:
    """The figure at that width, or at the least larger one at which its words fit."""
    try:
        data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        usual = max(width_mm, float(data["width_mm"]))
        width = width_mm
        figure = redrawn(data, width)
        while width < usual and not fits(figure):
            width = min(width + STEP, usual)
            figure = redrawn(data, width)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise UnreadableFileError(
            f"figures/{path.name} cannot be read ({type(error).__name__}: {error}); copy the "
            "folder of results again, or run the study again."
        ) from error
    return figure, width
