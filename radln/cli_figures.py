"""The command ``radln figures``: a run's figures as a journal wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def figures(
    results: Annotated[Path, typer.Argument(help="A folder with a report.html.")],
    kind: Annotated[str, typer.Option("--format", help="tiff, png, pdf, eps or svg.")] = "tiff",
    dpi: Annotated[int, typer.Option(min=72, max=1200, help="Dots an inch: tiff, png.")] = 600,
    width: Annotated[str, typer.Option(help="With its unit, as 85mm, 17.8cm or 3.35in.")] = "85mm",
    figure: Annotated[
        list[str] | None, typer.Option(help="One figure by name; may be repeated. Without: all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; RESULTS/figures/WIDTH without.")
    ] = None,
) -> None:
    """Draw the figures of finished results anew, without running anything again."""
    from radln.study.redraw import redraw, width_of

    width_mm = width_of(width)
    folder = out or results / "figures" / f"{width_mm:g}mm"
    for one in redraw(
        results, kind=kind, dpi=dpi, width_mm=width_mm, names=figure or (), out=folder
    ):
        wider = f" (its words need {one.width_mm:g} mm)" if one.widened else ""
        typer.echo(f"{one.path.name}{wider}")
    typer.echo(f"Figures: {folder}")
