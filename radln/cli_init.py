"""The command ``radln init``: a commented study.yaml from what was said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args

import typer


def init(
    study: Annotated[Path, typer.Argument(help="Folder or file to write study.yaml to.")],
    images: Annotated[Path | None, typer.Option(help="Folder of images.")] = None,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks; that of images.")] = None,
    features: Annotated[
        Path | None, typer.Option(help="Features measured elsewhere (csv, parquet), for images.")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="Table of cases: csv, xlsx or parquet. Without: folders name outcomes."),
    ] = None,
    case: Annotated[str | None, typer.Option(help="Column that names a row's image.")] = None,
    patient: Annotated[str | None, typer.Option(help="Column that names the patient.")] = None,
    image_is_patient: Annotated[
        bool, typer.Option("--image-is-patient", help="Patients are not known; each image is one.")
    ] = False,
    outcome: Annotated[str | None, typer.Option(help="Column that holds the outcome.")] = None,
    positive: Annotated[str | None, typer.Option(help="The outcome's positive value.")] = None,
    negative: Annotated[
        str, typer.Option(help="The outcome's negative values, where there are several: a,b,...")
    ] = "",
    classes: Annotated[
        str, typer.Option(help="Three or more classes in place of --positive: a,b,c.")
    ] = "",
    ordered: Annotated[
        bool, typer.Option("--ordered", help="The classes are grades, named from low to high.")
    ] = False,
    node: Annotated[str | None, typer.Option(help="Column that names the node.")] = None,
    level: Annotated[
        str | None, typer.Option(help="Column that names the lymph-node level (station).")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Column of the hospital or device.")] = None,
    clinical: Annotated[str, typer.Option(help="Clinical predictors: age,sex,...")] = "",
    block: Annotated[
        list[str] | None,
        typer.Option(help="Clinical columns as a block of their own: semantic=margin,border."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(help="A physician's read and its cut: BIRADS:4. Classes: no cut."),
    ] = None,
    order: Annotated[
        str, typer.Option(help="Reads that are words, from low to high: low,middle,high.")
    ] = "",
    subgroup: Annotated[
        list[str] | None,
        typer.Option(help="Shown by itself: COLUMN, COLUMN=VALUE,... or COLUMN<LIMIT. Repeatable."),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(help="A published score as it is: NAME=COLUMN or NAME=FORMULA, @CUT behind."),
    ] = None,
    risk: Annotated[
        list[str] | None, typer.Option(help="The same where it is a probability. Repeatable.")
    ] = None,
    pixel_size_mm: Annotated[
        str | None, typer.Option(help="Pixel size of plain pictures: a number, or a column.")
    ] = None,
    design: Annotated[
        str,
        typer.Option(
            help="cross-validation; hold-out, hold-out:0.3 or hold-out:0.2x10; leave-site-out; "
            "fixed:COLUMN=VALUE; temporal:COLUMN=2024-01-31; external:TABLE,IMAGES,MASKS."
        ),
    ] = "cross-validation",
    unit: Annotated[
        str | None, typer.Option(help="What is judged: image, node, level or patient.")
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
    several_masks: Annotated[
        str, typer.Option(help="Further masks a_mask_1, a_mask_2: unite, or nodes.")
    ] = "unite",
    accept_partial: Annotated[
        bool, typer.Option(help="Leave out cases without image or mask.")
    ] = False,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an xlsx table; the first.")] = None,
    header_row: Annotated[
        int | None, typer.Option(min=1, help="Row of the table that holds the column names.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing study.yaml.")] = False,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Convert a study.yaml of schema 1, and nothing else.")
    ] = False,
) -> None:
    """Write a commented study.yaml and say what was decided."""
    from radln.data_settings import SeveralMasks, Unit
    from radln.study.init import propose, write_study
    from radln.study.request import Request

    path = study if study.suffix in (".yaml", ".yml") else study / "study.yaml"
    if upgrade:
        _say_upgraded(path)
        return
    if path.exists() and not force:
        raise typer.BadParameter(f"{path.name} exists; add --force to overwrite it.")
    names = {"case": case, "outcome": outcome}
    if images is None and table is None:
        raise typer.BadParameter("give --images, --table, or both.")
    if table is not None:
        for name, column in names.items():
            if column is None:
                raise typer.BadParameter(f"--table needs --{name}, the name of its column.")
    request = Request(
        images=images,
        masks=masks,
        features=features,
        table=table,
        patient=patient,
        image_is_patient=image_is_patient,
        positive=positive,
        negative=_listed(negative),
        classes=_listed(classes),
        ordered=ordered,
        node=node,
        level=level,
        site=site,
        clinical=_listed(clinical),
        readers=tuple(reader or ()),
        order=_listed(order),
        blocks=tuple(block or ()),
        subgroups=tuple(subgroup or ()),
        scores=tuple(score or ()),
        risks=tuple(risk or ()),
        pixel_size_mm=pixel_size_mm,
        design=design,
        unit=_one_of("--unit", unit, Unit),
        image_column=image_column,
        mask_column=mask_column,
        mask_suffix=mask_suffix,
        several_masks=_one_of("--several-masks", several_masks, SeveralMasks) or "unite",
        accept_partial=accept_partial,
        sheet=sheet,
        header_row=header_row,
        **{name: column for name, column in names.items() if column is not None},
    )
    folder = path.resolve().parent
    proposal = propose(request, name=folder.name, folder=folder)
    write_study(path, proposal.settings, proposal.table)
    for line in proposal.decisions:
        typer.echo(f"  {line}")
    typer.echo(f"Wrote {path}. Read it, then: radln check {study}")


def _say_upgraded(path: Path) -> None:
    from radln.study.upgrade import upgrade

    for line in upgrade(path):
        typer.echo(f"  {line}")


def _one_of(option: str, given: str | None, choices: Any) -> Any:
    """What was given, if it is one of the choices."""
    if given is not None and given not in get_args(choices):
        raise typer.BadParameter(f"{option} {given}: one of {', '.join(get_args(choices))}.")
    return given


def _listed(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
