"""A reader study from tables to a report: read, analyse, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pandas as pd

from radln import __version__
from radln._door import command_line
from radln._refusals import Refusals
from radln.errors import InputError
from radln.io.tables import SourceTable, open_table, read_table
from radln.report.chapter import Chapter
from radln.stats import ReaderStudy
from radln.stats.readers.columns import bare_title
from radln.study.pages import require_folder, write_page
from radln.study.readers import among_readers, findings, together, with_model
from radln.study.readers.content import Gathered, ReaderOptions, alone, in_order
from radln.study.readers.named import checked
from radln.study.readers.sources import chosen
from radln.study.readers.wide import one_row_a_read

SECTIONS = (
    findings.against_truth,
    among_readers.performance,
    among_readers.agreement,
    among_readers.modalities,
    among_readers.groups,
    with_model.against_model,
    together.together,
    with_model.with_model,
)


NAMES = ("case_id", "unit_id", "patient_id", "reader")


@dataclass(frozen=True)
class ReaderTables:
    """Where the tables are, and how to read them (see ``ReaderStudy.from_frame``).

    ``sources`` names the models to compare, where the table of predictions has several; ``wide``
    the columns that are readers, where the table of reads has a column each.
    """

    reads: Path
    truth: Path | None = None
    model: Path | None = None
    positive: str | Sequence[str] | None = None
    levels: Sequence[str] | None = None
    threshold: float | str | None = None
    scale: tuple[float, float] | str | None = None
    columns: Mapping[str, str] | None = None
    inputs: Mapping[str, Sequence[str]] | None = None
    cutoffs: Mapping[str, float | str] | None = None
    order: Sequence[str] | None = None
    wide: Sequence[str] = ()
    sources: Sequence[str] | None = None


def read_study(tables: ReaderTables) -> ReaderStudy:
    """The study that the tables hold.

    Raises
    ------
    RadlnError
        As ``ReaderStudy.from_frame``, in the words of the command line; or sources without a table
        of predictions.
    """
    if tables.sources and tables.model is None:
        raise InputError("--source names models of --model; give that table.")
    with command_line():
        reads, truth, model, notes = _frames(tables)
        study = ReaderStudy.from_frame(
            reads,
            truth,
            model,
            positive=tables.positive,
            levels=tables.levels,
            threshold=tables.threshold,
            cutoffs=tables.cutoffs,
            order=tables.order,
            scale=tables.scale,
            columns=tables.columns,
            inputs=tables.inputs,
        )
    return replace(study, warnings=(*notes, *study.warnings))


def _frames(
    tables: ReaderTables,
) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None, list[str]]:
    """Reads, truth and the models that are compared, and what must be said of the files."""
    refusals, notes = Refusals(), list[str]()
    frames: dict[str, pd.DataFrame | None] = {}
    for name in ("reads", "truth", "model"):
        path: Path | None = getattr(tables, name)
        with refusals.collected():
            source = None if path is None else _named(path, tables.columns)
            frames[name] = None if source is None else source.frame
            notes += () if source is None else source.notes
    reads, model = frames.get("reads"), frames.get("model")
    with refusals.collected():
        if reads is not None:
            reads = one_row_a_read(reads, tables.wide, tables.columns)
    with refusals.collected():
        if model is not None:
            model, said = chosen(model, tables.sources, tables.columns)
            notes += said
    refusals.raise_all()
    return cast("pd.DataFrame", reads), frames["truth"], model, notes


def _named(path: Path, columns: Mapping[str, str] | None) -> SourceTable:
    """A table whose names of cases, patients and readers are taken as written."""
    theirs = {(columns or {}).get(name, name) for name in NAMES}
    bare = set(map(bare_title, NAMES))
    titles = [str(title) for title in read_table(path).columns]
    text = [title for title in titles if title in theirs or bare_title(title) in bare]
    return open_table(path, text=text)


def gather(study: ReaderStudy, options: ReaderOptions) -> Gathered:
    """Every analysis that the reads allow, or the reason why it was not done.

    Raises
    ------
    RadlnError
        Something that was named beforehand is not there, or the primary comparison cannot be made.
    """
    with command_line():
        options = checked(study, options)
        study = in_order(study, options)
        held = Gathered()
        if options.primary is not None:
            held.combined = together.combined(study, options)
            together.show_primary(held, alone(study, options))
        for build in SECTIONS:
            held.add(build(study, options, held))
    return held


def write_report(study: ReaderStudy, out: Path, options: ReaderOptions | None = None) -> Path:
    """Write report.html, figures (SVG, PNG, PDF) and unrounded tables; no case or patient is named.

    Raises
    ------
    RadlnError
        As :func:`gather`, before anything is written; and InputError, after the report is written
        without a test, where the primary comparison has none.
    """
    require_folder(out)
    options = options or ReaderOptions()
    held = gather(study, options)
    study = in_order(study, options)
    test = None if held.combined is None else held.combined.primary
    several = len(study.modalities) > 1
    with command_line():
        found = findings.told(study, options)
    chapter = Chapter(
        title="Reader study",
        opening=(
            f"{len(study.readers)} reader(s) read {study.y_true.size} cases "
            f"({int(study.y_true.sum())} diseased) of {int(study.patient.max()) + 1} patients"
            + (f" in {', '.join(study.modalities)}" if several else "")
            + f"; design: {study.design}.",
            *(() if test is None else (f"Primary comparison: {test.summary()}.",)),
        ),
        sections=held.finished(study.warnings, above=found),
        methods=(SOFTWARE.format(version=__version__),),
        limits=(DESCRIBED if test is None else TESTED,),
        version=__version__,
    )
    page = write_page(chapter, out)
    if why := together.untested(held.combined):
        raise InputError(f"{why} The report is written without it.")
    return page


DESCRIBED = (
    "No comparison was named as primary (--primary), so none is tested: every figure, difference "
    "and p-value on this page describes, not adjusted for the others."
)
TESTED = (
    "The comparison named as primary is tested; every other figure, difference and p-value on this "
    "page describes, not adjusted for the others."
)
SOFTWARE = (
    "All intervals are two-sided; the patient is the unit wherever a patient contributed several "
    "cases. Analyses were done with radln {version} (Obuchowski and Rockette 1995, "
    "doi:10.1080/03610919508813243; Hillis 2014, doi:10.1002/sim.5926)."
)
