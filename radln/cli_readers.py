"""The command ``radln readers``: the statistical comparison with physicians."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup

from radln.errors import InputError

if TYPE_CHECKING:
    from radln.stats.readers.combinations.combined_reads import Measure


class _AnalyseByDefault(TyperGroup):
    """``radln readers reads.csv`` means ``radln readers analyse reads.csv``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer's own click, or click's
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["analyse", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_AnalyseByDefault,
    help=(
        "Compare physicians: who said what, agreement, modalities, a model, with and without it. "
        "radln readers READS is short for radln readers analyse READS."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def analyse(
    reads: Annotated[
        Path,
        typer.Argument(help="Table of reads: case_id, reader, score or call; level, modality ..."),
    ],
    truth: Annotated[Path | None, typer.Option(help="Table: case_id, y_true, patient_id.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="Table: case_id, y_prob or y_score, source; or a study's predictions."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="A model of --model to compare; may be repeated."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("readers-report"),
    positive: Annotated[
        list[str] | None,
        typer.Option(help="The label of the diseased class, where it is a word; may be repeated."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Our name=theirs, such as reader=Radiologist; may be repeated."),
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="A level that may occur; may be repeated.")
    ] = None,
    wide: Annotated[
        str,
        typer.Option(help="The columns that are readers, where the table has a column each: A,B."),
    ] = "",
    order: Annotated[
        str, typer.Option(help="Scores that are words, from low to high: 3,4a,4b,4c,5.")
    ] = "",
    threshold: Annotated[
        str | None, typer.Option(help="A score at or above it counts as a positive call.")
    ] = None,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(help="reader=score, a reader's own in place of --threshold; repeat."),
    ] = None,
    scale: Annotated[
        str | None, typer.Option(help="low,high of the scores, such as 1,5; or: own.")
    ] = None,
    readers: Annotated[
        str | None,
        typer.Option(help="random or fixed (these very readers); else: random from four on."),
    ] = None,
    unaided: Annotated[
        str | None, typer.Option(help="The condition without the model; else: without.")
    ] = None,
    aided: Annotated[
        str | None, typer.Option(help="The condition with the model; else: with.")
    ] = None,
    model_threshold: Annotated[
        float | None, typer.Option(help="The model's cut-off, set beforehand.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Margin of non-inferiority of the model, such as 0.05.")
    ] = None,
    primary: Annotated[
        str | None,
        typer.Option(
            help="The comparison named beforehand: two sources, as in 'model or experts,experts'."
        ),
    ] = None,
    primary_on: Annotated[
        str, typer.Option(help="Of it: auc, balanced_accuracy, sensitivity or specificity.")
    ] = "auc",
    given: Annotated[
        list[str] | None,
        typer.Option("--input", help="model=reader whose reads the model was given; repeat."),
    ] = None,
    resamples: Annotated[int, typer.Option(min=2, help="Of the patient bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the patient bootstrap.")] = 0,
) -> None:
    """Analyse a table of reads and write report.html with its tables and figures."""
    from radln.study.readers.content import ReaderOptions
    from radln.study.readers.report import ReaderTables, read_study, write_report

    tables = ReaderTables(
        reads=reads,
        truth=truth,
        model=model,
        positive=positive or None,
        levels=level or None,
        threshold=None if threshold is None else _cut(threshold, "--threshold"),
        scale=_scale(scale),
        columns=dict(_pairs(column or [], "--column", "reader=Doctor")),
        inputs=_inputs(given or []),
        cutoffs=_cutoffs(cutoff or []),
        sources=source or None,
        order=_listed(order) or None,
        wide=_listed(wide),
    )
    options = ReaderOptions(
        unaided=unaided,
        aided=aided,
        model_threshold=model_threshold,
        margin=margin,
        readers=readers,
        primary=_two(primary),
        primary_on=cast("Measure", primary_on),  # checked with the rest of the options
        n_resamples=resamples,
        seed=seed,
    )
    study = read_study(tables)
    typer.echo(repr(study).partition("\n")[0])
    for note in study.warnings:
        typer.echo(f"note: {note}")
    typer.echo(f"Report: {write_report(study, out, options)}")


@app.command()
def sheet(
    cases: Annotated[
        Path, typer.Argument(help="Table with one row a case; only the column of the case is read.")
    ],
    reader: Annotated[
        list[str], typer.Option(help="A reader, or reader=level; repeat for every reader.")
    ],
    out: Annotated[Path, typer.Option(help="A new folder for sheets and key.")] = Path("sheets"),
    case: Annotated[str, typer.Option(help="The column that names the case.")] = "case_id",
    modality: Annotated[str, typer.Option(help="What is read, such as US.")] = "",
    repeats: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of cases shown twice, unmarked.")
    ] = 0.0,
    excel: Annotated[bool, typer.Option("--excel", help="Sheets as xlsx.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the random orders.")] = 0,
) -> None:
    """Write blinded reading sheets: numbers in random order, no truth; and the key back."""
    from radln.io.tables import require_columns
    from radln.study.readers.sheet import read_text, reader_levels, write_sheets

    table = read_text(cases)
    require_columns(table, [case], what="the table of cases")
    named = (one.partition("=") for one in reader)
    levels = reader_levels((name.strip(), level.strip()) for name, _, level in named)
    key = write_sheets(
        table[case].tolist(),
        levels,
        out,
        modality=modality,
        repeats=repeats,
        excel=excel,
        seed=seed,
    )
    typer.echo(f"{len(levels)} sheet(s) of {len(table)} cases in {out}.")
    typer.echo(f"{key.name} leads from numbers back to cases: keep it away from the readers.")
    typer.echo("Present the cases under these numbers, in this order, to each reader.")


@app.command()
def collect(
    folder: Annotated[Path, typer.Argument(help="Folder with filled-in sheets and key.csv.")],
    out: Annotated[Path, typer.Option(help="The table of reads to write.")] = Path("reads.csv"),
) -> None:
    """Read filled-in sheets back into one table of reads."""
    from radln.io.tables import write_csv
    from radln.study.readers.sheet import collect_sheets

    reads = collect_sheets(folder)
    write_csv(out, reads)
    typer.echo(f"{len(reads)} reads by {reads['reader'].nunique()} reader(s): {out}")


def _pairs(given: list[str], option: str, example: str) -> list[tuple[str, str]]:
    """``name=value`` texts as pairs."""
    pairs = []
    for text in given:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not name or not value:
            raise InputError(f"{option} must be like {example}; got {text!r}.")
        pairs.append((name, value))
    return pairs


def _inputs(given: list[str]) -> dict[str, list[str]]:
    """Model -> the readers whose reads it was given."""
    found: dict[str, list[str]] = {}
    for model, reader in _pairs(given, "--input", "combined=expert_1"):
        found.setdefault(model, []).append(reader)
    return found


def _cutoffs(given: list[str]) -> dict[str, float | str] | None:
    """Reader -> the score at or above which that reader's call is positive; None without any."""
    pairs = _pairs(given, "--cutoff", "expert_1=4")
    return {reader: _cut(text, f"--cutoff of {reader}") for reader, text in pairs} or None


def _cut(text: str, option: str) -> float | str:
    """A number, or the name of a grade."""
    try:
        number = float(text)
    except ValueError:
        return text.strip()
    if not math.isfinite(number):
        raise InputError(f"{option} must be a score; got {text!r}.")
    return number


def _listed(text: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _two(given: str | None) -> str | None:
    """``first,second``; which comma parts them is seen once the sources are known."""
    if given is not None and "," not in given:
        raise InputError(
            f"--primary must be two sources such as 'model or experts,experts'; got {given!r}."
        )
    return given


def _scale(given: str | None) -> tuple[float, float] | str | None:
    """``low,high`` or ``own``."""
    if given is None or given == "own":
        return given
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        raise InputError(f"--scale must be low,high such as 1,5, or own; got {given!r}.") from None
    return low, high
