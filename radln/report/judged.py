"""The page of judged predictions: who ranks how well, by how much, what the risks are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from radln.evaluation.result import Evaluation
from radln.report.chapter import Chapter, Section, ShownFigure, ShownTable
from radln.report.figures import decision_axes, figure_of, forest_axes, roc_axes
from radln.report.tables import (
    auc_rows,
    calibration_rows,
    in_two,
    operating_rows,
    pair_rows,
    parted,
    site_rows,
)
from radln.report.verdict import label, verdict

MOST_CURVES, MOST_ROWS = 4, 12
NO_CUT_OFF = (
    "No rates of {}: sensitivity and its kin hang on a cut-off, and none was given (--cut-off "
    "SOURCE:VALUE). One that is chosen on these cases would make them too good."
)
NO_NET_BENEFIT = (
    "Net benefit is not given: no interval of it that speaks of the way of modelling is known for "
    "repeated hold-outs. Calibration numbers are means over them, and speak of the fitted models."
)
NO_PROBABILITY = (
    "No calibration and no net benefit: no source has probabilities (y_prob), only scores."
)
NOT_COMPARED = (
    "The comparison that was named cannot be made: one of the two sources lacks cases of the "
    "other, or was trained in other folds."
)


def judged_page(
    evaluation: Evaluation,
    *,
    title: str,
    n: int,
    n_positive: int,
    n_patients: int,
    named: bool,
    notes: Sequence[str],
    version: str,
) -> Chapter:
    """The page; ``named`` says that a comparison was named beforehand."""
    opening = [
        f"{n} cases of {n_patients} patients, {n_positive} of them positive; "
        f"{len(evaluation.aucs)} model(s) and reader(s)."
    ]
    if evaluation.primary is not None:
        opening.append(verdict(evaluation.primary))
    elif named:
        opening.append(NOT_COMPARED)
    return Chapter(
        title=title,
        opening=tuple(opening),
        sections=tuple(judged_sections(evaluation, n, n_positive)),
        methods=tuple(judged_methods(evaluation)),
        limits=(*evaluation.warnings, *notes),
        version=version,
    )


def judged_sections(evaluation: Evaluation, n: int, n_positive: int) -> Iterator[Section]:
    """Who ranks how well, by how much they differ, rates at cut-offs, and what risks are worth."""
    known = set() if evaluation.operating.empty else set(evaluation.operating["source"])
    parts = _parts(evaluation)
    yield Section(
        "ranking",
        "Who ranks how well",
        tables=(
            *in_two("AUC", auc_rows, evaluation, parts),
            *_by_site(evaluation),
        ),
        figures=(
            ShownFigure(
                "roc", f"ROC curves{_of_readers(evaluation)}",
                figure_of(roc_axes(evaluation, n, n_positive)),
            ),
            ShownFigure(
                "auc", f"AUC with {evaluation.interval}.", figure_of(forest_axes(evaluation))
            ),
        ),
        frames=_filled(auc=evaluation.aucs, auc_by_site=evaluation.by_site),
    )  # fmt: skip
    yield Section(
        "differences",
        "By how much they differ",
        tables=(
            ShownTable(
                "Every pair that judged the same cases",
                pair_rows(evaluation),
                "Differences without p-values: no pair is tested but one that was named before.",
                folded=True,
            ),
        ),
        frames=_filled(differences=evaluation.pairs),
    )
    without = [label(s) for s in evaluation.aucs["source"] if s not in known]
    yield Section(
        "rates",
        "At a cut-off",
        text=(NO_CUT_OFF.format(", ".join(without)),) if without else (),
        tables=tuple(in_two("Rates", operating_rows, evaluation, parts)) if known else (),
        frames=_filled(operating_points=evaluation.operating),
    )
    yield _usefulness(evaluation, n, n_positive)


def _by_site(evaluation: Evaluation) -> Iterator[ShownTable]:
    if not evaluation.by_site.empty and evaluation.primary is not None:
        of = label(evaluation.primary.full)
        yield ShownTable(f"By site: {of}", site_rows(evaluation))


def _of_readers(evaluation: Evaluation) -> str:
    """The caption of the ROC curves, as far as it is of readers."""
    if not evaluation.reader_points:
        return "."
    cut = ", and readers at their cut" * bool(evaluation.reader_decisions)
    return f"{cut}. In black, readers: a small mark for every value that they gave."


def _parts(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sources shown at once, and models folded away."""
    primary = evaluation.primary
    named = (primary.full, primary.simple) if primary else ()
    return parted(evaluation, named, MOST_ROWS)


def _usefulness(evaluation: Evaluation, n: int, n_positive: int) -> Section:
    parts = _parts(evaluation)
    if not evaluation.calibrations:
        return Section("risks", "What the risks are worth", text=(NO_PROBABILITY,))
    drawn = [
        ShownFigure(
            f"calibration_{k}",
            f"Calibration of {label(source)}"
            + (" (first repeat)." if evaluation.n_training else "."),
            figure_of(found.plot()),
        )
        for k, (source, found) in enumerate(evaluation.calibrations.items())
        if k < MOST_CURVES
    ]
    if evaluation.decisions:
        axes = decision_axes(evaluation, n, n_positive)
        drawn.append(ShownFigure("decision", "Decision curves.", figure_of(axes)))
    return Section(
        "risks",
        "What the risks are worth",
        text=() if evaluation.decisions else (NO_NET_BENEFIT,),
        tables=tuple(in_two("Calibration", calibration_rows, evaluation, parts)),
        figures=tuple(drawn),
        frames=_filled(
            calibration=evaluation.calibration_table, net_benefit=evaluation.net_benefit
        ),
    )


def _filled(**frames: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables that have rows."""
    return {name: frame for name, frame in frames.items() if not frame.empty}


def judged_methods(evaluation: Evaluation) -> Iterator[str]:
    """How areas, differences and rates were taken."""
    if evaluation.n_training:
        yield (
            "Sources with folds: areas, their differences, calibration and net benefit are means "
            "over held-out folds (and repeats), and their intervals speak of the way of modelling "
            f"with {evaluation.n_training} patients to learn from. Rates speak of the models that "
            "were fitted."
        )
    yield (
        "Sources without folds are judged as they are, by the area under their ROC curve and its "
        "interval on these cases. The patient is the unit of every interval. Reads count on the "
        "cases that were read; pairs need the same cases on both sides."
    )
