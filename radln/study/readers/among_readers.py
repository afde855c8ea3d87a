"""Sections on the readers themselves: rates, agreement, modalities, levels of experience."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from radln._draw.readers import draw_reads
from radln._result import with_count
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.stats import MrmcComparison, ReaderPerformance, ReaderStudy, UStatistics
from radln.stats.readers.agreement import KAPPA
from radln.stats.readers.over_folds import SPEAKS
from radln.stats.readers.rows import RATES, ReaderRow
from radln.stats.readers.scales import TAKEN
from radln.study.readers.content import (
    Gathered,
    ReaderOptions,
    axis_said,
    figure_of,
    figures_of,
    if_intervals,
    scope_of,
    sentence,
    shown_name,
    slugs,
    tried,
    where,
    with_and_without,
    with_unadjusted,
)

ASSUMED_MODALITIES = (
    "Assumed: readers and cases are random samples of those to whom the result shall apply (or, "
    "with fixed readers, cases alone); readers' figures vary normally; their errors have one "
    "variance, and one covariance of each kind (same reader, same modality, neither)."
)
ASSUMED_PARTLY = (
    "Assumed: readers and cases are random samples and read independently of each other given the "
    "case; whether a read is missing has nothing to do with what it would have said. The averages "
    "weight readers by what they read, so that they may differ from those in the first table."
)
ASSUMED_GROUPS = (
    "Assumed: the readers of each group are a random sample of such readers, with a like spread in "
    "every group; all groups read the same cases."
)

AGREEMENT_OF = "The intervals are of these very readers, with other patients."
COUNTED = "Exact agreement counts pairs of reads of one case."
WEIGHTED = (
    "Quadratic weights count a disagreement by the square of its distance, so that small ones "
    f"hardly count: read the unweighted coefficients and the exact agreement beside. {COUNTED}"
)
AS_ABOVE = "Averages have the intervals of the first table; differences as follows."
IN_CSV = "p-values: in the tables folder."
MEANT = {
    "average of readers like these": "other readers and other patients",
    "average of these readers": "these very readers, with other patients",
}


def performance(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Who said what."""
    cut = options.model_threshold
    found, problem = tried(
        study.performance,
        readers=options.readers,
        cutoffs={} if cut is None else dict.fromkeys(study.models, cut),
        confidence_level=options.confidence_level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    title = "Who said what"
    if found is None:
        yield Section("readers", title, notes=(problem,))
        return
    held.keep("performance", found, "Who said what")
    held.shown.performance(found)
    figures, files = [], slugs(study.modalities)
    for name in study.modalities:
        caption = where(study, options, name) + _curves_said(study, found)
        axes = found.plot(modality=name)
        figures.append(ShownFigure(f"roc_{files[name]}", sentence(caption), figure_of(axes)))
    yield Section(
        "readers",
        title,
        text=(sentence(found.summary()),),
        tables=_first_tables(found),
        figures=tuple(figures),
    )


def _curves_said(study: ReaderStudy, found: ReaderPerformance) -> str:
    """What the ROC figure shows."""
    models = "; black: models" if study.models else ""
    if study.call is None:
        return f"each reader's ROC curve, and the average at equal specificity{models}."
    rows = _rate_rows(found.readers)
    return (
        f"each reader's operating point{if_intervals(rows, ' with its intervals')}, by level, and "
        f"the average{models}."
    )


def _first_tables(found: ReaderPerformance) -> tuple[ShownTable, ...]:
    """Averages and models, then every reader; the models stand in whichever comes first."""
    of_reader = "The intervals of a reader are of this very reader, with other patients."
    own = if_intervals(_rate_rows(found.readers), of_reader)
    models, of_models = found.model_rows, _of_models(found.model_rows)
    every = "Every reader" + (" and model" if models and not found.groups else "")
    said = if_intervals(_rate_rows(models), of_models) if models else ""
    if not found.groups:
        rows = (*found.readers, *models)
        return (ShownTable(every, _rate_rows(rows), _joined(own, said)),)
    return (
        ShownTable(
            "Averages and models" if models else "Averages",
            _rate_rows((*found.groups, *models)),
            _joined(_whose(found.groups), said),
        ),
        ShownTable(every, _rate_rows(found.readers), own),
    )


def _joined(own: str, of_models: str) -> str:
    """What is said of readers' intervals and of models'; of models alone without a back reference.

    Either may be blank.
    """
    return own + of_models if own else of_models.strip().replace("Those of", "The intervals of", 1)


def _of_models(rows: Sequence[ReaderRow]) -> str:
    """Of what the intervals of models speak; areas within folds of the way of modelling."""
    said = " Those of a model are of the model as it is."
    areas = {row.who: row.estimates["AUC"].method for row in rows if "AUC" in row.estimates}
    for who, method in areas.items():
        if SPEAKS in method:
            said += f" The AUC of {who} is a mean within folds, its interval"
            said += f" {method.rpartition('interval ')[2]}."
    return said


def agreement(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """How far the readers agree, and which cases they miss."""
    if len(study.readers) < 2 and not study.again:
        return
    tables, figures, notes = [], [], []
    files = slugs(study.modalities)
    kinds = ["call"] * (study.call is not None) + ["score"] * (
        study.score is not None and not study.own_scales
    )
    for name in study.modalities:
        for kind in kinds:
            found, problem = tried(
                study.agreement, of=kind, modality=name, confidence_level=options.confidence_level
            )
            if found is None:
                notes.append(problem)
                continue
            place = where(study, options, name)
            held.keep(
                f"agreement_{kind}_{files[name]}",
                found,
                sentence(f"{place}agreement on the {kind}s"),
            )
            rows = [
                {
                    "Among": row.among,
                    "Coefficient": row.coefficient,
                    "Estimate": with_count(row.estimate, row.counted),
                    "Readers": str(row.n_readers),
                    "Cases": str(row.n_cases),
                }
                for row in (*found.rows, *found.repeated)
            ]
            note = if_intervals(rows, f"{AGREEMENT_OF} ")
            note += WEIGHTED if kind == "score" else COUNTED
            tables.append(ShownTable(sentence(f"{place}agreement on the {kind}s"), rows, note))
            if kind == kinds[0] and len(study.readers) > 2:
                label = f"agreement_{files[name]}"
                caption = sentence(f"{place}{KAPPA[kind]} of every pair of readers.")
                figures.append(ShownFigure(label, caption, figure_of(found.plot())))
        if study.call is not None and len(study.readers) > 1:
            figures.append(_heat(study, options, name, f"reads_{files[name]}"))
    if study.score is not None and study.own_scales:
        notes.append(
            "Not done: agreement on the scores, since every reader has an own scale (--scale own)"
            + ("." if study.call is not None else "; that of calls needs --threshold.")
        )
    yield Section(
        "agreement",
        "Agreement",
        tables=tuple(tables),
        figures=tuple(figures),
        notes=(
            *notes,
            *(sentence(note) for note in study.warnings if TAKEN in note and "score" in kinds),
            "Kappa falls where one answer is rare even though readers agree; Gwet's coefficient "
            "hardly does. Read both beside the exact agreement.",
        ),
    )


def _heat(study: ReaderStudy, options: ReaderOptions, name: str, label: str) -> ShownFigure:
    calls = study.needed_call()[study.modality_index(name)]
    correct = np.where(np.isnan(calls), np.nan, (calls == study.y_true).astype(np.float64))
    title = f"{name}. " if len(study.modalities) > 1 else ""
    axes = draw_reads(correct, study.readers, study.y_true.astype(np.float64), title=title)
    return ShownFigure(
        label, sentence(f"{where(study, options, name)}every read."), figure_of(axes)
    )


def modalities(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Modalities (or conditions) against each other, over readers and cases."""
    nested = study.design == "readers nested in modalities"
    said = len(study.modalities) == 2 and with_and_without(study, options)
    if len(study.modalities) < 2 or nested or said:
        return
    text, notes, figures, rows = [], [], [], []
    scopes: list[str] = []
    by_u, problem = _by_u_statistics(study, options)
    notes += [problem] * bool(problem)
    for figure in figures_of(study):
        if figure == "auc" and by_u is not None:
            continue
        found, problem = tried(
            study.mrmc,
            figure=figure,
            readers=options.readers,
            confidence_level=options.confidence_level,
        )
        if found is None:
            notes.append(problem)
            continue
        found = held.shown.mrmc(_without_aided(study, options, found))
        held.keep(f"mrmc_{figure}", found, f"Modalities, {shown_name(figure)}")
        scopes.append(scope_of(found.random))
        text.append(sentence(found.summary()))
        rows += [
            {
                "Figure": found.figure,
                "Difference": f"{one.a} − {one.b}",
                "Estimate": one.estimate.format(3),
                "df": "∞" if np.isinf(one.df) else f"{one.df:.1f}",
            }
            for one in found.differences
        ]
        parts = found.variance_components().items()
        held.hold(
            f"variance_components_{figure}",
            pd.DataFrame([{"component": k, "estimate": v} for k, v in parts]),
        )
        axes = found.plot()
        caption = (
            f"{found.figure} of every reader in every modality, and the average reader. "
            + axis_said(axes)
        )
        figures.append(ShownFigure(f"mrmc_{figure}", sentence(caption), figure_of(axes)))
    if by_u is not None:
        yield _partly(by_u, held)
    if not text and not notes:
        return
    yield Section(
        "modalities",
        "Modalities compared",
        text=with_unadjusted(text),
        tables=_told("Differences of the average reader", rows, scopes),
        figures=tuple(figures),
        notes=(*notes, ASSUMED_MODALITIES),
    )


def _without_aided(
    study: ReaderStudy, options: ReaderOptions, found: MrmcComparison
) -> MrmcComparison:
    """The comparison without the pair that has a section of its own."""
    if not with_and_without(study, options):
        return found
    pair = set(options.conditions)
    kept = tuple(one for one in found.differences if {one.a, one.b} != pair)
    return replace(found, differences=kept)


def _by_u_statistics(study: ReaderStudy, options: ReaderOptions) -> tuple[UStatistics | None, str]:
    """AUCs where not everyone read everything, in place of the analysis of variance."""
    fit = study.design == "partly crossed" and study.score is not None and study.cluster is None
    if not fit or options.readers == "fixed":
        return None, ""
    return tried(study.u_statistics, confidence_level=options.confidence_level)


def _partly(found: UStatistics, held: Gathered) -> Section:
    """U-statistics where not everyone read everything."""
    title = "Modalities compared by U-statistics"
    held.keep("u_statistics", found, title)
    return Section(
        "u-statistics",
        title,
        text=with_unadjusted((sentence(found.summary()),)),
        notes=(ASSUMED_PARTLY,),
    )


def groups(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Levels of experience against each other."""
    nested = study.design == "readers nested in modalities"
    if not nested and len(set(study.levels or ())) < 2:
        return
    views: Sequence[tuple[str, str | None]] = [("level", name) for name in study.modalities]
    if nested:
        views = [("modality", None)]
    rows, notes, text = [], [], []
    scopes: list[str] = []
    title = "Groups of readers" if nested else "Levels of experience"
    files = slugs(study.modalities)
    for by, modality in views:
        for figure in figures_of(study):
            found, problem = tried(
                study.compare_groups,
                by=by,
                modality=modality,
                figure=figure,
                readers=options.readers,
                confidence_level=options.confidence_level,
            )
            if found is None:
                notes.append(problem)
                continue
            what = found.what.rpartition(" ")[2]
            found = held.shown.groups(found, modality, what)
            place = where(study, options, modality) if modality else ""
            label = f"groups_{figure}_{files[modality] if modality else by}"
            about = sentence(f"{place}{title.lower()}, {shown_name(figure)}")
            held.keep(label, found, about)
            scopes.append(scope_of(found.random))
            if figure == figures_of(study)[0]:
                said = found.summary().removeprefix(f"{modality}:").strip()
                text.append(place + sentence(said))
            means = "; ".join(
                f"{name} {mean.format(2)}"
                for name, mean in zip(found.groups, found.means, strict=True)
            )
            rows += [
                {
                    **({"Modality": modality} if modality and len(study.modalities) > 1 else {}),
                    "Figure": shown_name(figure),
                    "Averages": means,
                    "Difference": f"{one.a} − {one.b}",
                    "Estimate": one.estimate.format(3),
                }
                for one in found.differences
            ]
    yield Section(
        "levels",
        title,
        text=with_unadjusted(text),
        tables=_told("Groups against each other", rows, [AS_ABOVE, *scopes]),
        notes=(*dict.fromkeys(notes), ASSUMED_GROUPS),
    )


def _told(caption: str, rows: list[dict[str, str]], scopes: list[str]) -> tuple[ShownTable, ...]:
    """The table of differences, with of whom its intervals speak; nothing where there are none."""
    if not rows:
        return ()
    note = if_intervals(rows, " ".join((*dict.fromkeys(scopes), IN_CSV)))
    return (ShownTable(caption, rows, note),)


def _whose(rows: Sequence[ReaderRow]) -> str:
    """Of whom the averages' intervals speak, as each estimate's own method says.

    Nothing of averages without an interval.
    """
    several = len({row.modality for row in rows}) > 1
    said: dict[str, list[str]] = {}
    for row in rows:
        name = f"{row.who} in {row.modality}" if several else row.who
        told = [one.method for one in row.estimates.values() if not np.isnan(one.low)]
        for subject in dict.fromkeys(map(_subject, told)):
            said.setdefault(subject, []).append(name)
    if not said:
        return ""
    if len(said) == 1:
        return f"Each interval is of an {next(iter(said))}."
    return (
        sentence("; ".join(f"{', '.join(who)}: {subject}" for subject, who in said.items())) + "."
    )


def _subject(method: str) -> str:
    """Of whom an interval speaks, from how it was made."""
    meant = (f"{key}: {words}" for key, words in MEANT.items() if method.startswith(key))
    return next(meant, method)


def _rate_rows(rows: Sequence[ReaderRow]) -> list[dict[str, str]]:
    """Rates and areas, one row a reader."""
    several = len({row.modality for row in rows if row.n_readers}) > 1
    shown = []
    for row in rows:
        cells = {"Who": row.who}
        if any(one.level for one in rows):
            cells["Level"] = row.level
        if several:
            cells["Modality"] = row.modality
        cells["Cases"] = str(row.n_cases)
        for name in (*RATES, "AUC", "AUC (binary)"):
            if name in row.estimates:
                label = name.upper() if name in ("ppv", "npv", "f1") else name[0].upper() + name[1:]
                cells[label] = with_count(row.estimates[name], row.counted.get(name))
        shown.append(cells)
    heads = dict.fromkeys(head for cells in shown for head in cells)
    return [{head: cells.get(head, "") for head in heads} for cells in shown]
