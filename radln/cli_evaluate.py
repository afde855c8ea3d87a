"""The command ``radln evaluate``: anybody's predictions, judged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="Table: case_id (or unit_id), patient_id, y_true, y_prob or y_score; source, "
            "repeat, fold, site."
        ),
    ],
    reads: Annotated[
        Path | None, typer.Option(help="Table of reads: case_id, reader, score or call.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="The label of the positive class, where it is a word.")
    ] = None,
    cut_off: Annotated[
        list[str] | None,
        typer.Option(help="SOURCE:VALUE, set before these cases were seen; may be repeated."),
    ] = None,
    primary: Annotated[
        str | None, typer.Option(help="The comparison named beforehand: two sources, FULL,SIMPLE.")
    ] = None,
    margin: Annotated[float, typer.Option(help="Of the primary comparison.")] = 0.05,
    rows_are_patients: Annotated[
        bool, typer.Option("--rows-are-patients", help="Every case is of another patient.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = Path("evaluation"),
    resamples: Annotated[int, typer.Option(min=100, help="Of the patient bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the patient bootstrap.")] = 0,
) -> None:
    """Judge anybody's predictions, and reads beside them: areas, differences, calibration."""
    from radln.study.judge import Request, cut_offs_of, judge, primary_of, write_judged

    request = Request(
        predictions=predictions,
        reads=reads,
        positive=positive,
        cut_offs=cut_offs_of(cut_off or []),
        rows_are_patients=rows_are_patients,
        primary=primary_of(primary, margin),
        n_resamples=resamples,
        seed=seed,
    )
    judged = judge(request)
    for row in judged.evaluation.aucs.to_dict("records"):
        limits = f"{row['low']:.3f} to {row['high']:.3f}"
        limits = "no interval" if row["low"] != row["low"] else limits
        typer.echo(f"{row['source']}: AUC {row['value']:.3f} ({limits})")
    for note in judged.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"Report: {write_judged(judged, request, out)}")
