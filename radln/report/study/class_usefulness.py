"""Whether the probabilities of every class can be believed, and whether acting on them helps."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import calibration_axes, decision_axes, figure_of
from radln.report.study.class_performance import shown_model
from radln.report.study.held_out import design_words
from radln.report.study.results import ClassResults, PageOptions
from radln.report.study.usefulness import (
    FEW,
    IN_THE_LARGE,
    METHOD,
    NET_BENEFIT,
    ONE_SLOPE,
)
from radln.report.tables import calibration_rows
from radln.report.verdict import label

OF_CLASSES = (
    "Calibration and net benefit are those of every class against the rest: acting on the "
    "probability of one class, whatever the other classes are."
)


def class_usefulness(results: ClassResults, options: PageOptions) -> Iterator[Section]:
    """Calibration and net benefit, class by class."""
    evaluation, words = results.evaluation, design_words(results)
    given = any(side.decisions for side in evaluation.sides.values())
    note = IN_THE_LARGE + ONE_SLOPE * (results.tested.partition == "held-out")
    yield Section(
        "usefulness",
        "Calibration and clinical usefulness",
        text=(OF_CLASSES,),
        figures=tuple(_figures(results)),
        tables=tuple(
            ShownTable(
                f"Calibration of {name} against the rest",
                calibration_rows(side, evaluation.models),
                note if not place else "",
            )
            for place, (name, side) in enumerate(evaluation.sides.items())
        ),
        methods=(METHOD.format(words.slope, NET_BENEFIT * given), OF_CLASSES),
        limits=(
            (f"Fewer than {FEW} cases of a class: its calibration and net benefit are rough.",)
            if results.tested.rarest < FEW
            else ()
        ),
        frames={
            "calibration": pd.concat(
                [s.calibration_table.assign(**{"class": n}) for n, s in evaluation.sides.items()],
                ignore_index=True,
            ),
            "net_benefit": pd.concat(
                [s.net_benefit.assign(**{"class": n}) for n, s in evaluation.sides.items()],
                ignore_index=True,
            ),
        },
    )


def _figures(results: ClassResults) -> Iterator[ShownFigure]:
    evaluation, words, full = results.evaluation, design_words(results), shown_model(results)
    simple = results.asked.primary.simple
    for place, (name, side) in enumerate(evaluation.sides.items()):
        rest = ("the rest", name)
        yield ShownFigure(
            f"calibration_{full}_class{place}",
            f"Calibration of {label(full)} for {name} against the rest {words.calibration}: smooth "
            "curve with its band, grouped points, and the distribution of the predicted risks.",
            figure_of(calibration_axes(side.calibrations[full], rest)),
        )
    for place, (name, side) in enumerate(evaluation.sides.items()):
        if not side.decisions:  # of repeated hold-outs there is none
            continue
        count = side.calibrations[full]
        yield ShownFigure(
            f"decision_class{place}",
            f"Decision curves for {name} against the rest {words.decision}. A band is an interval.",
            figure_of(
                decision_axes(side, count.n, count.n_positive, (simple, full), ("the rest", name))
            ),
        )
