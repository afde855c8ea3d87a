"""The commands of a bundle in another centre: ``radln validate`` and ``radln recalibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from radln.stats.risks.update_test import Update
    from radln.study.recalibrate import CutOff

AUTO = "auto"
FAILED_ROWS = 3  # exit code


def validate(
    bundle: Annotated[Path, typer.Argument(help="RESULTS/bundle of a run, or a zip of it.")],
    study: Annotated[
        Path, typer.Argument(help="The other centre's study.yaml, or the folder that holds it.")
    ],
    development: Annotated[
        Path | None,
        typer.Option(
            help="Results folder of the study that made the bundle: pictures it had are refused."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the results.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model by name; may be repeated. Without: all.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")] = 1,
) -> None:
    """Judge a bundle's locked models and cut-offs on another centre's study."""
    from radln.models.bundle import Bundle
    from radln.study.another_centre import NO_OUTCOME
    from radln.study.core import Study
    from radln.study.validate import refuse_bundle_in
    from radln.study.validate import validate as judged

    folder = out or (study if study.is_dir() else study.parent) / "validation"
    refuse_bundle_in(folder, bundle)
    found = judged(
        Bundle.load(bundle),
        Study.from_yaml(study),
        models=tuple(model or ()),
        development=development,
        out=folder,
        jobs=jobs,
    )
    if found.bundle.content.simulated or found.centre.settings.simulated:
        typer.echo("SIMULATED DATA")
    areas = found.transfer[found.transfer["measure"] == "auc"]
    for row in areas.to_dict("records"):
        known = row["development"]
        beside = "" if known != known else f"; {known:.3f} in development"
        limits = f"{row['here_low']:.3f} to {row['here_high']:.3f}"
        limits = "no interval" if row["here_low"] != row["here_low"] else limits
        typer.echo(f"{row['source']}: AUC {row['here']:.3f} ({limits}) here{beside}")
    for note in found.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"Report: {folder / 'report.html'}")
    lacking = int((found.centre.left_out["reason"] != NO_OUTCOME).sum())
    if lacking:
        typer.echo(
            f"{lacking} row(s) or case(s) lack a prediction; see tables/not_predicted.csv.",
            err=True,
        )
        raise typer.Exit(FAILED_ROWS)


def recalibrate(
    bundle: Annotated[Path, typer.Argument(help="RESULTS/bundle of a run, or a zip of it.")],
    study: Annotated[
        Path, typer.Argument(help="The other centre's study.yaml, or the folder that holds it.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the new bundle.")],
    update: Annotated[
        str,
        typer.Option(help="auto (the closed test chooses), intercept, intercept_slope or refit."),
    ] = AUTO,
    cut_off: Annotated[
        str,
        typer.Option(help="carried (the same patients are called), or anew (Youden's index)."),
    ] = "carried",
    model: Annotated[
        list[str] | None, typer.Option(help="A model by name; may be repeated. Without: all.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")] = 1,
) -> None:
    """Change a bundle for another centre, as little as its patients call for; a new version."""
    from radln.io.atomic import refuse_unwritable
    from radln.models.bundle import Bundle
    from radln.study.core import Study
    from radln.study.recalibrate import recalibrate as changed
    from radln.study.recalibrate import refuse_other_bundle, told

    known = (AUTO, "intercept", "intercept_slope", "refit")
    if update not in known:
        raise typer.BadParameter(f"--update is one of {', '.join(known)}; got {update!r}.")
    if cut_off not in ("carried", "anew"):
        raise typer.BadParameter(f"--cut-off is carried or anew; got {cut_off!r}.")
    held = Bundle.load(bundle)
    refuse_other_bundle(out, held, bundle)
    refuse_unwritable(out.parent / f".{out.name}")
    found = changed(
        held,
        Study.from_yaml(study),
        models=tuple(model or ()),
        update=None if update == AUTO else cast("Update", update),
        cut_off=cast("CutOff", cut_off),
        jobs=jobs,
    )
    if held.content.simulated or found.centre.settings.simulated:
        typer.echo("SIMULATED DATA")
    for one in found.models:
        for line in told(one):
            typer.echo(line)
    for note in found.notes:
        typer.echo(f"note: {note}")
    if found.bundle is None:
        typer.echo("Nothing was changed, and no new bundle is written: use the one you have.")
        return
    found.bundle.save(out)
    typer.echo(f"Version {found.bundle.content.version}, of the bundle {held.checksum[:16]}: {out}")
