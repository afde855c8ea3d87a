"""Who was studied, who was left out, and what was measured."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from matplotlib.axes import Axes

from radln._draw.flow import draw_flow
from radln.cohort.flow import Flow
from radln.features.names import readable
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of
from radln.report.study.measuring import measuring
from radln.report.study.results import Cases, EncoderUsed, Judged, PageOptions, StudyParts
from radln.report.tables import part_rows, table_one_rows
from radln.report.verdict import label

COLUMN = re.compile(r"\w+_[\w-]+")
TABLE_ONE = (
    "Median [quartiles] or count (percent of the known). SMD: standardised mean difference between "
    "the two outcomes, without sign; missing values are left out. Descriptive, without tests."
)
TABLE_ONE_OF_CLASSES = TABLE_ONE.replace(
    "between the two outcomes, without sign", "of the two classes that differ most, without sign"
)
BY_PART = "As in Table 1. SMD: standardised mean difference between the two parts, without sign."
FLOW = "Flow of cases; on the right, what was left out or averaged, with the reason."
NO_DEEP = "Deep features were left out (features.deep is null in study.yaml)."
LISTED = (
    "A picture that the encoder learned from is recognised by its looks; another picture of the "
    "same patient is not."
)
UNLISTED = (
    "The encoder carries no list of the pictures that it learned from: if these patients were "
    "among them, every model with deep features looks better than it is."
)
PIXELS = "Lengths are in pixels, so that size depends on the zoom of each picture."
ELSEWHERE = (
    "Features were measured elsewhere: whether image and mask were right, and whether the outcome "
    "was known, was not looked at here."
)
OUTLINES = (
    "Shape and size come from outlines drawn by people who may have known more than the image "
    "shows; an outline can carry its author's impression."
)


def cases(results: StudyParts[Judged], options: PageOptions) -> Iterator[Section]:
    """The flow of cases and their description by outcome."""
    who = results.cases
    notes = [f"Outcome in the table: {who.outcomes}; {who.outcome_words}."]
    if who.n_mixed:
        notes.insert(
            0,
            f"{who.n_mixed} patient(s) carry {options.called(who.unit)}s of "
            f"{'several classes' if who.counts else 'both outcomes'}; their rows stay on one side "
            "of every split.",
        )
    yield Section(
        "cases",
        "Cases",
        figures=(
            ShownFigure(
                "flow",
                FLOW,
                figure_of(flow_axes(who.flow, options)),
            ),
        ),
        tables=tuple(_tables(who)),
        notes=tuple(notes),
        methods=tuple(measuring(results, options)),
        limits=tuple(_limits(results)),
        frames={
            "table_one": who.table_one.frame(),
            **({} if who.by_part is None else {"table_one_by_part": who.by_part.frame()}),
            "flow": who.flow.frame(),
        },
    )


def _tables(who: Cases) -> Iterator[ShownTable]:
    smd = TABLE_ONE_OF_CLASSES if who.counts else TABLE_ONE
    yield ShownTable("Table 1", table_one_rows(who), smd)
    if who.by_part is not None:
        yield ShownTable("Training and test part", part_rows(who.by_part), BY_PART, folded=True)


def flow_axes(flow: Flow, options: PageOptions) -> Axes:
    """Boxes with what is left, and between them what was left out and why."""
    left = [(options.said(step.label), step.cases, step.patients) for step in flow.steps]
    boxes = [f"{label}\nn = {cases} ({patients} patients)" for label, cases, patients in left]
    out = [f"{step.reason}: n = {step.excluded}" if step.excluded else "" for step in flow.steps]
    return draw_flow(boxes, out)


def general(who: Cases) -> Iterator[str]:
    """What makes the whole page worth less."""
    if who.simulated:
        yield "The data are simulated: nothing here says anything about patients."
    if who.image_is_patient:
        yield (
            "Nobody knows which images show the same patient, and each counts as a patient of its "
            "own. If some are of one patient, that patient was in training and test at once: "
            "every area and rate is too high, and every interval too narrow."
        )


def _limits(results: StudyParts[Judged]) -> Iterator[str]:
    measured = results.measured
    if measured.source == "images":
        yield of_the_encoder(measured.encoder)
    if measured.length_unit == "px":
        yield PIXELS
    if measured.source == "file":
        yield ELSEWHERE
    if measured.source != "none":
        yield OUTLINES
    asked = results.modelled.settings.fitted or {}
    models = {*results.evaluation.sources, *asked}
    yield from (
        COLUMN.sub(lambda found: _named(found[0], models), note) for note in results.cases.notes
    )


def _named(name: str, models: Collection[str]) -> str:
    """A model or a column for people."""
    return label(name) if name in models else readable(name)


def of_the_encoder(encoder: EncoderUsed | None) -> str:
    """Whether the encoder may have seen these patients before."""
    if encoder is None:
        return NO_DEEP
    return LISTED if encoder.lists_pictures else UNLISTED
