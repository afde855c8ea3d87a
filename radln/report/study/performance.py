"""How well models and readers rank cases, and how their calls fare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from radln.evaluation.result import Evaluation
from radln.models.settings import ModelSettings
from radln.models.steps import step
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of, forest_axes, roc_axes
from radln.report.study.held_out import design_words
from radln.report.study.results import (
    Judged,
    Modelled,
    PageOptions,
    StudyParts,
    StudyResults,
)
from radln.report.tables import (
    auc_rows,
    cut_off_rows,
    deep_rows,
    in_two,
    ladder_rows,
    operating_rows,
    pair_rows,
    parted,
    reader_call_rows,
)
from radln.report.verdict import BLOCKS, label

DEEP = "Descriptive differences on held-out patients, without p-values."
NOMOGRAM = "nomogram"
CALLS = (
    "The model at its cut-offs minus each reader at their cut, on the same cases; without p-values."
)
TUNED = "and tuning were fitted {}, the latter on {} inner folds."
TUNED_AND_CUT = (
    "tuning and cut-offs (Youden index) were fitted {}, the latter two on {} inner folds."
)
RATES = (
    "Proportions have Wilson intervals on the effective number of cases; F1 and balanced accuracy "
    "a patient bootstrap ({} resamples); for models these speak of {}."
)


def performance(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Areas under the ROC curve, their differences, and rates at the cut-offs."""
    evaluation, tested, words = results.evaluation, results.tested, design_words(results)
    yield Section(
        "performance",
        "Performance on held-out patients",
        figures=(
            ShownFigure(
                "roc",
                f"ROC curves on held-out patients ({words.roc}), with "
                f"AUC and {evaluation.interval}{_of_readers(evaluation)}.",
                figure_of(
                    roc_axes(
                        evaluation,
                        tested.n,
                        tested.n_positive,
                        results.drawn,
                        results.cases.classes,
                    )
                ),
            ),
            ShownFigure(
                "auc",
                f"AUC with {evaluation.interval} of every model and reader.",
                figure_of(forest_axes(evaluation)),
            ),
        ),
        tables=tuple(_tables(results, options)),
        methods=tuple(methods(results, options)),
        limits=words.limits,
        frames={
            "auc": evaluation.aucs,
            "ladder": evaluation.ladder,
            "differences": evaluation.pairs,
            "operating_points": evaluation.operating,
            "reader_calls": evaluation.reader_calls,
            "cut_offs": evaluation.cut_offs,
        },
    )


def _of_readers(evaluation: Evaluation) -> str:
    """What the marks of readers stand for."""
    if not evaluation.reader_points:
        return ""
    return (
        "; in black, readers: a small mark for every value that they gave, a cross at their cut "
        "with the intervals of both of its rates"
    )


def _tables(results: StudyResults, options: PageOptions) -> Iterator[ShownTable]:
    evaluation = results.evaluation
    words = design_words(results)
    parts = parted(evaluation, results.named, options.most_rows)
    yield from in_two(
        "Areas under the ROC curve", auc_rows, evaluation, parts, _areas_note(results)
    )
    if rows := ladder_rows(evaluation):
        yield ShownTable("The named ladder", rows)
    pairs = (*results.modelled.deep_added, *results.modelled.deep_alone)
    if rows := deep_rows(evaluation, pairs):
        yield ShownTable("What deep features add", rows, DEEP)
    yield from in_two(
        "At the cut-offs",
        operating_rows,
        evaluation,
        parts,
        words.at_cut_offs,
    )
    if rows := reader_call_rows(evaluation):
        model = label(results.asked.primary.full)
        yield ShownTable(f"{model} against the readers' calls", rows, CALLS)
    yield ShownTable(words.cut_offs, cut_off_rows(evaluation), folded=True)
    yield ShownTable(
        "All pairs, as differences without p-values", pair_rows(evaluation), folded=True
    )


def _areas_note(results: StudyResults) -> str:
    note, evaluation = design_words(results).areas, results.evaluation
    if evaluation.widest_range > 0:
        moved = f"{evaluation.widest_range:.3f}"
        note += f" Over repeats the AUC of one model moved by up to {moved}."
    return note


def methods(results: StudyResults, options: PageOptions) -> Iterator[str]:
    """How models were fitted and judged, and which comparison was named."""
    evaluation = results.evaluation
    yield from modelling(results, options)
    yield design_words(results).areas_by
    ladder = "" if evaluation.ladder.empty else "the named ladder was adjusted by Holm's method; "
    named = f"One primary comparison ({_named(results)})"
    if evaluation.primary is None and evaluation.sites is not None:
        yield f"{named} was described by its range over sites, without a test."
    else:
        yield (
            f"{named} was tested at 0.05; {ladder}all other differences are given with intervals "
            "and without p-values."
        )
    yield RATES.format(results.asked.n_resamples, design_words(results).rates_of)


def _named(results: StudyResults) -> str:
    primary = results.evaluation.primary or results.asked.primary
    if results.evaluation.primary is None and results.evaluation.sites is None:
        return "none"
    return f"{label(primary.full)} against {label(primary.simple)}, margin {primary.margin:g}"


def modelling(results: StudyParts[Judged], options: PageOptions) -> Iterator[str]:
    """What was fitted, and how."""
    asked, words = results.modelled.settings, design_words(results)
    yield f"{_fitted(results.modelled)} {words.fitted_by}."
    selection = (
        "" if results.measured.source == "none" else _selection(asked, results, options.noun)
    )
    yield (
        f"Imputation (median; commonest level for text), scaling, {selection}"
        + (TUNED if results.cases.counts else TUNED_AND_CUT).format(
            words.fitted_on, asked.inner_folds
        )
    )
    yield from _own_ways(asked)
    if asked.class_weight == "balanced":
        yield (
            "Classes were weighted, and probabilities recalibrated on inner out-of-fold "
            "predictions."
        )


def _own_ways(asked: ModelSettings) -> Iterator[str]:
    """The steps and the calibration of models that have their own."""
    for source, given in (asked.fitted or {}).items():
        if given.steps is not None:
            steps = "; ".join(_step(one) for one in given.steps) or "none"
            yield f"Steps of {label(source)} on training patients alone, in order: {steps}."
        if given.calibrate is not None:
            way = "Platt scaling" if given.calibrate == "platt" else "isotonic regression"
            yield (
                f"Probabilities of {label(source)} were calibrated by {way} of inner out-of-fold "
                "scores; its AUC is that of the score."
            )


def _step(given: Mapping[str, Any]) -> str:
    set_to = ", ".join(f"{key} {value}" for key, value in given.items() if key != "step")
    return step(given).label + (f" ({set_to.replace('_', ' ')})" if set_to else "")


def _fitted(modelled: Modelled) -> str:
    """Which learners were fitted to what; in one sentence where all were fitted to the same."""
    of: dict[str, list[str]] = {}
    for fitter, block, scores in modelled.fitted:
        if block != NOMOGRAM:  # its section says what it is
            of.setdefault(fitter, []).append(_block(block, scores))
    lists = list(of.values())
    if len(of) > 1 and all(what == lists[0] for what in lists):
        return f"{_and(list(of))} were fitted to {_features(lists[0])}"
    return "; ".join(f"{fitter} was fitted to {_features(what)}" for fitter, what in of.items())


def _features(what: Sequence[str]) -> str:
    """Blocks, and models of one's own behind them."""
    own = [word for word in what if word.startswith("“")]
    blocks = [word for word in what if word not in own]
    return _and([*([f"{_and(blocks)} features"] if blocks else []), *own])


def _block(block: str, scores: Sequence[str]) -> str:
    """What went into a model, in words; a model of one's own by its name."""
    if scores:
        return f"“{block.replace('_', ' ')}” (with the score of {_and([label(s) for s in scores])})"
    if block in BLOCKS:
        return BLOCKS[block].lower().removesuffix(" features")
    return f"“{block.replace('_', ' ')}”"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _selection(asked: ModelSettings, results: StudyParts[Judged], noun: str) -> str:
    usual = asked.fitted is None or any(
        given.compete and given.steps is None for given in asked.fitted.values()
    )
    if results.measured.source == "none" or not usual:
        return ""
    sizes = " and the size-only model's three numbers" * (results.measured.source == "images")
    return (
        f"selection (at most {asked.max_features} shape, texture, {noun} and deep features by "
        f"their own AUC, none correlating above {asked.max_correlation} with a better one; "
        f"clinical columns{sizes} always entered), "
    )
