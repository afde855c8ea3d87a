"""Sections on the readers themselves: rates, agreement, modalities, levels of experience."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from radln._draw.readers import draw_reads
from radln._result import format_p
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.stats import ReaderStudy
from radln.stats.readers.performance import RATES, ReaderRow
from radln.study.readers.content import (
    Gathered,
    ReaderOptions,
    figure_of,
    figures_of,
    sentence,
    slugs,
    tried,
    with_and_without,
)

ASSUMED_MODALITIES = (
    "Assumed: readers and cases are random samples of those to whom the result shall apply (or, "
    "with fixed readers, cases alone); readers' figures vary normally; their errors have one "
    "variance, and one covariance of each kind (same reader, same modality, neither)."
)
ASSUMED_PARTLY = (
    "Assumed: readers and cases are random samples and read independently of each other given the "
    "case; whether a read is missing has nothing to do with what it would have said."
)
ASSUMED_GROUPS = (
    "Assumed: the readers of each group are a random sample of such readers, with a like spread in "
    "every group; all groups read the same cases."
)


def performance(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Who said what."""
    found, problem = tried(
        study.performance,
        confidence_level=options.confidence_level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    title = "Who said what"
    if found is None:
        yield Section("readers", title, notes=(problem,))
        return
    held.keep("performance", found)
    figures, files = [], slugs(study.modalities)
    if study.call is not None:
        for name in study.modalities:
            caption = (
                f"{name}: " if len(study.modalities) > 1 else ""
            ) + "each reader's operating point with its intervals, by level, and the average."
            axes = found.plot(modality=name)
            figures.append(ShownFigure(f"roc_{files[name]}", caption, figure_of(axes)))
    yield Section(
        "readers",
        title,
        text=(sentence(found.summary()),),
        tables=(
            ShownTable("Averages", _rate_rows(found.groups)),
            ShownTable("Every reader", _rate_rows(found.readers)),
        ),
        figures=tuple(figures),
    )


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
            held.keep(f"agreement_{kind}_{files[name]}", found)
            rows = [
                {
                    "Among": row.among,
                    "Coefficient": row.coefficient,
                    "Estimate": row.estimate.format(2),
                    "Readers": str(row.n_readers),
                    "Cases": str(row.n_cases),
                }
                for row in (*found.rows, *found.repeated)
            ]
            tables.append(ShownTable(f"{name}: agreement on the {kind}s", rows))
            if kind == kinds[0] and len(study.readers) > 2:
                label = f"agreement_{files[name]}"
                caption = f"{name}: kappa of every pair of readers."
                figures.append(ShownFigure(label, caption, figure_of(found.plot())))
        if study.call is not None and len(study.readers) > 1:
            figures.append(_heat(study, name, f"reads_{files[name]}"))
    yield Section(
        "agreement",
        "Agreement",
        tables=tuple(tables),
        figures=tuple(figures),
        notes=(
            *notes,
            "Kappa falls where one answer is rare even though readers agree; Gwet's coefficient "
            "hardly does. Read both beside the observed agreement.",
        ),
    )


def _heat(study: ReaderStudy, name: str, label: str) -> ShownFigure:
    calls = study.needed_call()[study.modality_index(name)]
    correct = np.where(np.isnan(calls), np.nan, (calls == study.y_true).astype(np.float64))
    axes = draw_reads(correct, study.readers, study.y_true.astype(np.float64), title=f"{name}. ")
    return ShownFigure(label, f"{name}: every read.", figure_of(axes))


def modalities(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Modalities (or conditions) against each other, over readers and cases."""
    nested = study.design == "readers nested in modalities"
    said = len(study.modalities) == 2 and with_and_without(study, options)
    if len(study.modalities) < 2 or nested or said:
        return
    text, notes, figures, rows = [], [], [], []
    for figure in figures_of(study):
        found, problem = tried(
            study.mrmc,
            figure=figure,
            confidence_level=options.confidence_level,
        )
        if found is None:
            notes.append(problem)
            continue
        held.keep(f"mrmc_{figure}", found)
        text.append(sentence(found.summary()))
        rows += [
            {
                "Figure": found.figure,
                "Difference": f"{one.a} − {one.b}",
                "Estimate": one.estimate.format(3),
                "df": "∞" if np.isinf(one.df) else f"{one.df:.1f}",
                "p": format_p(one.pvalue),
                "p (Holm)": format_p(one.pvalue_adjusted),
            }
            for one in found.differences
        ]
        parts = found.variance_components().items()
        held.hold(
            f"variance_components_{figure}",
            pd.DataFrame([{"component": k, "estimate": v} for k, v in parts]),
        )
        caption = f"{found.figure} of every reader in every modality, and the average reader."
        figures.append(ShownFigure(f"mrmc_{figure}", caption, figure_of(found.plot())))
    if study.design == "partly crossed" and study.score is not None and study.cluster is None:
        yield from _partly(study, options, held)
    yield Section(
        "modalities",
        "Modalities compared",
        text=tuple(text),
        tables=(ShownTable("Differences of the average reader", rows),) if rows else (),
        figures=tuple(figures),
        notes=(*notes, ASSUMED_MODALITIES),
    )


def _partly(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """U-statistics where not everyone read everything."""
    found, problem = tried(study.u_statistics, confidence_level=options.confidence_level)
    title = "Modalities compared by U-statistics"
    if found is None:
        yield Section("u-statistics", title, notes=(problem,))
        return
    held.keep("u_statistics", found)
    yield Section("u-statistics", title, text=(sentence(found.summary()),), notes=(ASSUMED_PARTLY,))


def groups(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Levels of experience against each other."""
    nested = study.design == "readers nested in modalities"
    if not nested and len(set(study.levels or ())) < 2:
        return
    views: Sequence[tuple[str, str | None]] = [("level", name) for name in study.modalities]
    if nested:
        views = [("modality", None)]
    rows, notes, text = [], [], []
    files = slugs(study.modalities)
    for by, modality in views:
        for figure in figures_of(study):
            found, problem = tried(
                study.compare_groups,
                by=by,
                modality=modality,
                figure=figure,
                confidence_level=options.confidence_level,
            )
            if found is None:
                notes.append(problem)
                continue
            held.keep(f"groups_{figure}_{files[modality] if modality else by}", found)
            if figure == figures_of(study)[0]:
                text.append(sentence(found.summary()))
            means = "; ".join(
                f"{name} {mean.format(2)}"
                for name, mean in zip(found.groups, found.means, strict=True)
            )
            rows += [
                {
                    "Modality": modality or "",
                    "Figure": figure.replace("auc", "AUC"),
                    "Averages": means,
                    "Difference": f"{one.a} − {one.b}",
                    "Estimate": one.estimate.format(3),
                    "p (Holm)": format_p(one.pvalue_adjusted),
                }
                for one in found.differences
            ]
    yield Section(
        "levels",
        "Groups of readers" if nested else "Levels of experience",
        text=tuple(text),
        tables=(ShownTable("Groups against each other", rows),) if rows else (),
        notes=(*dict.fromkeys(notes), ASSUMED_GROUPS),
    )


def _rate_rows(rows: Sequence[ReaderRow]) -> list[dict[str, str]]:
    """Rates and areas, one row a reader."""
    several = len({row.modality for row in rows}) > 1
    shown = []
    for row in rows:
        cells = {"Who": row.who, "Level": row.level}
        if several:
            cells["Modality"] = row.modality
        cells["Cases"] = str(row.n_cases)
        for name in (*RATES, "AUC", "AUC (binary)"):
            if name in row.estimates:
                label = name.upper() if name in ("ppv", "npv", "f1") else name[0].upper() + name[1:]
                cells[label] = row.estimates[name].format(2)
        shown.append(cells)
    return shown
