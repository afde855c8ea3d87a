"""Whether the risks can be believed, and whether acting on them would help."""

from __future__ import annotations

from collections.abc import Iterator

from radln.report.chapter import Section, ShownFigure
from radln.report.figures import calibration_axes, chosen, decision_axes, figure_of
from radln.report.study.held_out import design_words
from radln.report.study.results import PageOptions, StudyResults
from radln.report.tables import calibration_rows, in_two, parted
from radln.report.verdict import label

FEW = 100
IN_THE_LARGE = (
    "Calibration-in-the-large is the intercept with the slope fixed at 1: above 0, risks are too "
    "low."
)
ONE_SLOPE = " The slope comes from one recalibration with an intercept for every fold."
METHOD = "Calibration was described by calibration-in-the-large, {}, and a spline curve{}."
NET_BENEFIT = ", clinical usefulness by net benefit"
ROUGH = "Fewer than 100 cases in one class: calibration and cut-offs are rough."


def usefulness(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Calibration curves and net benefit."""
    evaluation, tested, words = results.evaluation, results.tested, design_words(results)
    few = min(tested.n_positive, tested.n - tested.n_positive) < FEW
    yield Section(
        "usefulness",
        "Calibration and clinical usefulness",
        figures=tuple(_figures(results)),
        tables=tuple(
            in_two(
                "Calibration",
                calibration_rows,
                evaluation,
                parted(evaluation, results.named, options.most_rows),
                IN_THE_LARGE + ONE_SLOPE * (not tested.locked and not tested.drawn),
            )
        ),
        methods=(METHOD.format(words.slope, NET_BENEFIT * bool(evaluation.decisions)),),
        limits=(ROUGH,) if few else (),
        frames={
            "calibration": evaluation.calibration_table,
            "net_benefit": evaluation.net_benefit,
        },
    )


def _figures(results: StudyResults) -> Iterator[ShownFigure]:
    evaluation, tested, words = results.evaluation, results.tested, design_words(results)
    calibrated = (results.asked.primary.full, results.modelled.stacked)
    for source in dict.fromkeys(chosen(evaluation, calibrated)):
        yield ShownFigure(
            f"calibration_{source}",
            f"Calibration of {label(source)} {words.calibration}: smooth curve "
            "with its band, grouped points, and the distribution of the predicted risks.",
            figure_of(calibration_axes(evaluation.calibrations[source], results.cases.classes)),
        )
    if not evaluation.decisions:
        return
    yield ShownFigure(
        "decision",
        f"Decision curves {words.decision}"
        + "; readers: whom they call positive is treated, whatever the threshold"
        * bool(evaluation.reader_decisions)
        + ". A band is an interval.",
        figure_of(
            decision_axes(
                evaluation, tested.n, tested.n_positive, results.used, results.cases.classes
            )
        ),
    )
