"""The command ``radln predict``: new cases through a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radln.models.bundle import Bundle
    from radln.study.predict import NewCases

FAILED_ROWS = 3  # exit code


def predict(
    bundle: Annotated[Path, typer.Argument(help="RESULTS/bundle of a run, or a zip of it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The table of predictions (csv).")],
    features: Annotated[
        Path | None, typer.Option(help="Features that were measured already (csv, parquet).")
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder of images.")] = None,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks; that of images.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="Table of cases with clinical columns: csv, xlsx, parquet.")
    ] = None,
    case: Annotated[
        str | None, typer.Option(help="Column that names the case; case_id without.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model by name; may be repeated. Without: all.")
    ] = None,
    pixel_size_mm: Annotated[
        str | None, typer.Option(help="Pixel size of plain pictures: a number, or a column.")
    ] = None,
    image_column: Annotated[
        str | None, typer.Option(help="Column of image file names, in place of a rule.")
    ] = None,
    mask_column: Annotated[
        str | None, typer.Option(help="Column of mask file names, in place of a rule.")
    ] = None,
    mask_suffix: Annotated[
        str | None, typer.Option(help="How the names of masks end: _mask, _tumor.")
    ] = None,
    features_out: Annotated[
        Path | None, typer.Option(help="Also write what was measured (csv, parquet).")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")] = 1,
) -> None:
    """Say what a finished study's models say of new cases."""
    from radln.io.atomic import refuse_unwritable
    from radln.io.tables import require_suffix, write_any
    from radln.models.bundle import Bundle
    from radln.study.new_images import NewImages
    from radln.study.predict import NewCases, predict_new

    if features is not None and images is not None:
        raise typer.BadParameter("--features takes the place of --images; leave one out.")
    if features is None and table is None:
        raise typer.BadParameter("give --features, or --table (and --images, --masks).")
    if images is not None and case is None:
        raise typer.BadParameter("--images needs --table and --case, which name the cases.")
    of_images = (masks, pixel_size_mm, image_column, mask_column, mask_suffix, features_out)
    if images is None and any(given is not None for given in of_images):
        raise typer.BadParameter("--masks and what is said of pictures need --images.")
    for path in filter(None, (out, features_out)):
        require_suffix(path)
        _refuse_input(path, (features, table))
        refuse_unwritable(path)
    new_images = None
    if images is not None:
        new_images = NewImages(
            images=images,
            masks=masks,
            pixel_size_mm=pixel_size_mm,
            image_column=image_column,
            mask_column=mask_column,
            mask_suffix=mask_suffix,
        )
    held = Bundle.load(bundle)
    asked = NewCases(
        features=features, table=table, case=case, images=new_images, models=tuple(model or ())
    )
    found = predict_new(held, asked, jobs=jobs)
    for line in (*found.said, *_about(held, asked)):
        typer.echo(f"  {line}")
    write_any(out, found.table)
    if features_out is not None and found.measured is not None:
        write_any(features_out, found.measured.frame(), found.measured.metadata())
    noted = int((found.table["notes"] != "").sum())
    typer.echo(f"{len(found.table)} cases, {noted} with notes: {out}")
    if found.n_failed:
        typer.echo(
            f"{found.n_failed} case(s) lack a probability; the column reason says why.", err=True
        )
        raise typer.Exit(FAILED_ROWS)


def _refuse_input(path: Path, inputs: tuple[Path | None, ...]) -> None:
    if path.resolve() in [one.resolve() for one in inputs if one is not None]:
        raise typer.BadParameter(f"{path.name} is read, and would be overwritten; name another.")


def _about(bundle: Bundle, asked: NewCases) -> Iterator[str]:
    """What the probabilities are of, and how well the models did."""
    content = bundle.content
    outcome = content.outcome
    if content.simulated:
        yield "SIMULATED DATA: the bundle's study was simulated; use it for no patient."
    yield f"Probability of {outcome.positive} (against {outcome.negative}), one row a case."
    if outcome.unit != "image":
        yield (
            f"The study judged by {outcome.unit}, with its images averaged; each row stands alone "
            "here."
        )
    for model in bundle.models:
        performance = content.models[model.source].performance
        if model.source not in (asked.models or bundle.names):
            continue
        known = "its area was not evaluated"
        if performance is not None:
            known = (
                f"AUC {performance.auc:.2f} ({100 * performance.confidence_level:g} % CI "
                f"{performance.low:.2f} to {performance.high:.2f}; {performance.method})"
            )
        yield f"{model.source}: cut-off {model.cut_off:.3f}; {known}."
