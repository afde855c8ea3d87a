"""The command line: parse, call, print; every failure ends in one plain message."""

from __future__ import annotations

import enum
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from radln import __version__, cli_evaluate, cli_figures, cli_predict, cli_readers
from radln.errors import RadlnError

if TYPE_CHECKING:
    from radln.study.check import CheckReport
    from radln.study.parity import StudyParity
    from radln.study.progress import Progress
    from radln.study.result import StudyResult


class Exit(enum.IntEnum):
    """Exit codes."""

    OK = 0
    DATA = 1
    USAGE = 2
    FAILED_CASES = 3
    INTERRUPTED = 130  # what a shell expects after Ctrl-C, and what typer makes of it


SECONDS = 10  # between two lines of progress

app = typer.Typer(
    name="radln",
    help="From masked lymph nodes to a published, usable score. Start with: radln demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(cli_readers.app, name="readers")

StudyPath = Annotated[Path, typer.Argument(help="study.yaml, or the folder that holds it.")]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="Worker processes; results do not depend on it.")
]


def main() -> None:
    """Entry point: errors that radln raises on purpose are printed, not traced."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that lacks a sign shows another
    try:
        app()
    except RadlnError as error:
        _fail(str(error))
    except SystemExit as end:
        if end.code == Exit.INTERRUPTED:
            typer.echo(
                "radln: stopped; finished work is kept, and the same command goes on from there.",
                err=True,
            )
        raise
    except OSError as error:
        _fail(f"{error.strerror or error}: {Path(error.filename or '').name or 'a file'}.")
    except Exception as error:
        if os.environ.get("RADLN_TRACEBACK"):
            raise
        _fail(
            f"an unexpected problem ({type(error).__name__}: {error}). This is a fault in radln: "
            "please report it, with what RADLN_TRACEBACK=1 prints."
        )


def _fail(message: str) -> None:
    typer.echo(f"radln: {message}", err=True)
    sys.exit(int(Exit.DATA))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"radln {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command()
def demo(
    out: Annotated[Path, typer.Argument(help="A new folder for the demo.")] = Path("radln-demo"),
    jobs: Jobs = 2,
) -> None:
    """Do the whole job on a simulated cohort, offline."""
    from radln.study.core import Study
    from radln.study.demo import write_demo

    typer.echo("Simulating 120 patients with lymph nodes ...")
    study = write_demo(out)
    with _bars() as progress:
        result = Study.from_yaml(study).run(out=out / "results", jobs=jobs, progress=progress)
    _tell(result, out / "results")


@app.command()
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
    node: Annotated[str | None, typer.Option(help="Column that names the node.")] = None,
    level: Annotated[
        str | None, typer.Option(help="Column that names the lymph-node level (station).")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Column of the hospital or device.")] = None,
    clinical: Annotated[str, typer.Option(help="Clinical predictors: age,sex,...")] = "",
    reader: Annotated[
        list[str] | None, typer.Option(help="A physician's read and its cut: BIRADS:4. Repeatable.")
    ] = None,
    order: Annotated[
        str, typer.Option(help="Reads that are words, from low to high: low,middle,high.")
    ] = "",
    pixel_size_mm: Annotated[
        str | None, typer.Option(help="Pixel size of plain pictures: a number, or a column.")
    ] = None,
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
        node=node,
        level=level,
        site=site,
        clinical=_listed(clinical),
        readers=tuple(reader or ()),
        order=_listed(order),
        pixel_size_mm=pixel_size_mm,
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


@app.command()
def check(
    study: StudyPath,
    jobs: Jobs = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the cases behind it as csv.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write every case with its outline as one page; it names cases."),
    ] = None,
) -> None:
    """Say what is wrong or doubtful with the data."""
    from radln.io.atomic import refuse_unwritable
    from radln.io.tables import write_csv
    from radln.study.core import Study

    held = Study.from_yaml(study)
    if out is not None:
        held.refuse_input(out)
        refuse_unwritable(out)
    with _bars() as progress:
        report = held.check(jobs=jobs, html=html, progress=progress)
    _print_check(report)
    if html is not None:
        typer.echo(f"Every case with its outline is in {html}, for your own eyes.")
    if out is not None:
        write_csv(out, report.cases)
        typer.echo(f"The cases behind these are in {out}.")
    if report.stopped:
        raise typer.Exit(int(Exit.DATA))


def _print_check(report: CheckReport) -> None:
    typer.echo(f"{report.n_cases} cases of {report.n_patients} patients were looked at.")
    typer.echo(f"Outcome: {report.outcomes}.")
    for finding in report.findings:
        typer.echo(f"{finding.kind:>16}: {finding.message}")
        typer.echo(f"                  -> {finding.remedy}")
        if finding.acknowledge:
            typer.echo(
                "                  -> If it is right all the same, write "
                f"{', '.join(finding.acknowledge)} under `acknowledge` in study.yaml."
            )
    if not report.findings:
        typer.echo("Nothing wrong or doubtful was found.")


@app.command()
def extract(
    study: StudyPath,
    out: Annotated[Path, typer.Option("--out", "-o", help="features.parquet or .csv")],
    jobs: Jobs = 1,
) -> None:
    """Measure every node; failed cases stay with their reason."""
    from radln.io.atomic import refuse_unwritable
    from radln.io.tables import require_suffix, write_any
    from radln.study.core import Study

    require_suffix(out)
    held = Study.from_yaml(study)
    held.refuse_input(out)
    refuse_unwritable(out)
    with _bars() as progress:
        table = held.extract(jobs=jobs, progress=progress).table
    write_any(out, table.frame(), table.metadata())
    typer.echo(f"{len(table.values)} nodes, {table.values.shape[1]} features: {out}")
    if table.n_failed or table.n_partial:
        lacking = f", {table.n_partial} lack a family of features" if table.n_partial else ""
        typer.echo(
            f"{table.n_failed} case(s) failed{lacking}; see the columns status and message.",
            err=True,
        )
        raise typer.Exit(int(Exit.FAILED_CASES))


app.command()(cli_evaluate.evaluate)
app.command()(cli_figures.figures)
app.command()(cli_predict.predict)


@app.command()
def parity(
    study: StudyPath,
    cases: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many cases of the table.")
    ] = None,
    jobs: Jobs = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write every feature as csv.")
    ] = None,
) -> None:
    """Measure your own cases with both radiomics engines: equal, different, or left to rounding."""
    from radln.io.atomic import refuse_unwritable
    from radln.io.tables import write_csv
    from radln.study.core import Study

    held = Study.from_yaml(study)
    if out is not None:
        held.refuse_input(out)
        refuse_unwritable(out)
    with _bars() as progress:
        found = held.parity(cases=cases, jobs=jobs, progress=progress)
    _print_parity(found)
    if out is not None:
        write_csv(out, found.frame())
        typer.echo(f"Every feature is in {out}.")
    if found.differ:
        raise typer.Exit(int(Exit.FAILED_CASES))


def _print_parity(found: StudyParity) -> None:
    from rich.console import Console
    from rich.table import Table

    from radln.study.parity import HEADINGS

    table = Table(*HEADINGS, title="Largest differences, in parts of max(|value|, scale)")
    for line in found.shown():
        table.add_row(*line)
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False)
    if table.row_count:
        console.print(table)
    typer.echo("\n".join(found.summary()))


@app.command()
def run(
    study: StudyPath,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the results.")] = None,
    jobs: Jobs = 1,
) -> None:
    """Do the whole job: features, models, evaluation, report."""
    from radln.study.core import Study

    folder = out or (study if study.is_dir() else study.parent) / "results"
    with _bars() as progress:
        result = Study.from_yaml(study).run(out=folder, jobs=jobs, progress=progress)
    _tell(result, folder)


def _tell(result: StudyResult, folder: Path) -> None:
    if result.settings.simulated:
        typer.echo("SIMULATED DATA")
    typer.echo(result.verdict)
    if result.settings.features.deep is None and result.settings.data.images is not None:
        typer.echo("Deep features were left out (features: deep: null in study.yaml).")
    typer.echo(f"Report: {folder / 'report.html'}")
    if result.n_failed:
        typer.echo(f"{result.n_failed} case(s) failed; see tables/case_status.csv.", err=True)
        raise typer.Exit(int(Exit.FAILED_CASES))


@contextmanager
def _bars() -> Iterator[Progress]:
    """One bar a stage on a terminal; one line a stage elsewhere."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield report


def _lines() -> Callable[[str, int, int], None]:
    """A line when a stage ends, and one at least every ten seconds where cases go on."""
    told: set[str] = set()
    last = time.monotonic()

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last
        ends = stage not in told and done >= total
        if ends or time.monotonic() - last > SECONDS:
            if ends:
                told.add(stage)
            last = time.monotonic()
            typer.echo(f"{stage}: {done} of {total}", err=True)

    return report
