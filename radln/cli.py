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
from typing import TYPE_CHECKING, Annotated

import typer

from radln import (
    __version__,
    cli_evaluate,
    cli_figures,
    cli_init,
    cli_predict,
    cli_readers,
    cli_validate,
)
from radln.errors import RadlnError

if TYPE_CHECKING:
    from radln.study.check import CheckReport
    from radln.study.parity import StudyParity
    from radln.study.progress import Progress
    from radln.study.result import StudyRun


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


app.command()(cli_init.init)


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
app.command()(cli_validate.validate)
app.command()(cli_validate.recalibrate)


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
def plan(
    study: StudyPath,
    results: Annotated[
        Path | None, typer.Option(help="Where `radln run` writes to; the folder results.")
    ] = None,
) -> None:
    """Write down what the study is to show, before it runs."""
    from radln.study.core import Study

    typer.echo(Study.from_yaml(study).plan(results=results).rstrip())
    folder = study if study.is_dir() else study.parent
    typer.echo(f"Plan: {folder / 'plan.json'}, and for people plan.md.")


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


def _tell(result: StudyRun, folder: Path) -> None:
    if result.settings.simulated:
        typer.echo("SIMULATED DATA")
    typer.echo(result.verdict)
    if result.plan is not None:
        typer.echo(result.plan.summary())
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
