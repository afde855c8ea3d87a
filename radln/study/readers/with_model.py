"""Sections on a model and the readers: against each other, with and without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radln._result import Estimate, with_count, words_alone
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.stats import ModelBenefit, ReaderStudy
from radln.stats.readers.over_folds import LEAVES_OUT
from radln.study.readers.content import (
    Gathered,
    ReaderOptions,
    alone,
    axis_said,
    figure_of,
    if_intervals,
    scope_of,
    sentence,
    slugs,
    tried,
    with_and_without,
    with_unadjusted,
)

ASSUMED_MODEL = (
    "Assumed: the model (and a cut-off that was given) was fixed before these cases were seen; "
    "readers are a random sample where the average speaks of readers like these. At an operating "
    "point the model's cut-off is set by the reader's own rate, anew in every resample."
)
AT_MEAN_SCORES = (
    "At operating points the mean of the out-of-fold scores counts as that of one finished model: "
    f"these intervals and p-values leave out {LEAVES_OUT.removeprefix('leaves out ')}."
)
ASSUMED_AIDED = (
    "Assumed: the order of reading has no effect of its own. Readers who see a case without the "
    "model and then with it may remember it; a washout, or sessions in random order, guard against "
    "that."
)
SHARES = (
    "Those of misled, background, excess and rescued are of these very readers, with other "
    "patients. p-values: in the tables folder."
)
TWO_VALUES = (
    "Not done: the AUC of the model against the readers, since some reader gave two different "
    "scores only, a yes or no. Give these as calls (a column call, or --threshold) to compare the "
    "model at the readers' own operating points."
)
FEW_VALUES = 3  # scores with fewer values are a yes or no


def against_model(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Every model against the readers, in the condition in which they read alone."""
    files = slugs(study.models)
    for name in study.models:
        modality = alone(study, options)
        text, notes, figures = [], [], []
        if _is_primary(name, study, held):
            notes.append("The AUC against the one reader is the primary comparison, on top.")
        elif study.score is not None and not _scored(study, modality):
            notes.append(TWO_VALUES)
        elif study.score is not None:
            found, problem = tried(
                study.compare_with_model,
                name,
                modality=modality,
                readers=options.readers,
                margin=options.margin,
                alternative="two-sided" if options.margin is None else "greater",
                confidence_level=options.confidence_level,
            )
            if found is None:
                notes.append(problem)
            else:
                found = held.shown.standalone(found, modality)
                held.keep(f"model_{files[name]}_auc", found, f"{name} against the readers, AUC")
                text.append(sentence(found.summary()))
                caption = f"AUC of {name} minus that of each reader, and of the average reader."
                figures.append(
                    ShownFigure(f"model_{files[name]}_auc", caption, figure_of(found.plot()))
                )
        for matched_on in ("sensitivity", "specificity") if study.call is not None else ():
            points, problem = tried(
                study.at_operating_points,
                name,
                modality=modality,
                matched_on=matched_on,
                readers=options.readers,
                margin=options.margin,
                alternative="two-sided" if options.margin is None else "greater",
                confidence_level=options.confidence_level,
                n_resamples=options.n_resamples,
                rng=options.seed,
            )
            if points is None:
                notes.append(problem)
                continue
            label = f"model_{files[name]}_same_{matched_on}"
            held.keep(label, points, f"{name} at the readers' own {matched_on}")
            text.append(sentence(points.summary()))
            caption = f"{sentence(name)} at each reader's own {matched_on}."
            figures.append(ShownFigure(label, caption, figure_of(points.plot())))
        if name in study.folds and study.call is not None:
            notes.append(AT_MEAN_SCORES)
        yield Section(
            f"model-{files[name]}",
            f"{sentence(name)} against the readers"
            + (f" ({modality})" if len(study.modalities) > 1 else ""),
            text=with_unadjusted(text),
            figures=tuple(figures),
            notes=(*dict.fromkeys(notes), ASSUMED_MODEL),
        )


def with_model(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Readers with and without the model."""
    if not with_and_without(study, options):
        return
    unaided, aided = options.conditions
    shown = len(study.models) == 1 and options.model_threshold is not None
    found, problem = tried(
        (study if shown else study.without_models()).model_benefit,
        unaided,
        aided,
        threshold=options.model_threshold if shown else None,
        readers=options.readers,
        confidence_level=options.confidence_level,
    )
    title = sentence(f"{aided} against {unaided}")
    if found is None:
        yield Section("aided", title, notes=(problem,))
        return
    found = held.shown.benefit(found)
    held.keep("aided", found, lambda note: _about(found, title, note))
    held.hold("aided_changes", found.changes())
    changes = [
        {str(head): str(cell) for head, cell in row.items()}
        for row in found.changes().to_dict("records")
    ]
    rows = [
        {
            "Figure": str(row["figure"]),
            "Among": str(row["among"]),
            "Estimate": with_count(
                Estimate(row["value"], row["low"], row["high"]),
                None if np.isnan(row.get("of", np.nan)) else (int(row["k"]), int(row["of"])),
                3,
            ),
        }
        for row in found.frame().to_dict("records")
    ]
    said = words_alone(found.summary()).removeprefix(f"{aided} minus {unaided}: ")
    axes = found.plot()
    caption = f"Every reader without and with the model. {axis_said(axes)}"
    figure = ShownFigure("aided", caption, figure_of(axes))
    scopes = dict.fromkeys(scope_of(one.random) for one in found.figures.values())
    notes = (ASSUMED_AIDED,) if shown else (
        ASSUMED_AIDED,
        "Who was misled by the model is not shown: give one model and the cut-off at which it was "
        "shown (--model-threshold).",
    )  # fmt: skip
    yield Section(
        "aided",
        title,
        text=with_unadjusted((f"Reads \u201c{aided}\u201d minus \u201c{unaided}\u201d: {said}",)),
        tables=(
            ShownTable("Differences", rows, if_intervals(rows, " ".join((*scopes, SHARES)))),
            ShownTable("Calls that changed", changes),
        ),
        figures=(figure,),
        notes=notes,
    )


def _about(found: ModelBenefit, title: str, note: str) -> str:
    """The figures of merit that a warning is of."""
    names = [name for name, one in found.figures.items() if note in one.warnings]
    names += [
        f"{name} by level" for name, one in found.interactions.items() if note in one.warnings
    ]
    return ", ".join((title, *names))


def _is_primary(name: str, study: ReaderStudy, held: Gathered) -> bool:
    """Whether model against average reader is model against reader, and tested already."""
    test = None if held.combined is None else held.combined.primary
    pair = {name, *study.readers} if len(study.readers) == 1 else set()
    return test is not None and test.on == "auc" and {test.first, test.second} == pair


def _scored(study: ReaderStudy, modality: str) -> bool:
    """Whether readers gave more than a yes or no."""
    if study.score is None:
        return True
    values = study.score[study.modality_index(modality)]
    return all(np.unique(row[~np.isnan(row)]).size >= FEW_VALUES for row in values)
