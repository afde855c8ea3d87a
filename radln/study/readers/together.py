"""The section on model and readers together, with the one comparison that is tested."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.stats import CombinedReads, ReaderStudy
from radln.stats.readers.combinations.combined_reads import HEADS
from radln.stats.readers.over_folds import LEAVES_OUT
from radln.study.readers.content import (
    Gathered,
    ReaderOptions,
    alone,
    figure_of,
    if_intervals,
    sentence,
    tried,
)
from radln.study.readers.named import planned

THESE = "The intervals are of these very readers, with other patients. "
MEANS = "A share without its numbers is a mean over repeats of the cross-fitting."
OUT_OF_FOLD = (
    "Model values must be out-of-fold predictions, or those of a model fitted elsewhere; no "
    "software can see whether they are."
)
MEAN_SCORES = (
    "{}: its own AUC and its differences of AUC to readers are means within folds. Everything else "
    "here, every combination with it among them, takes the mean of its out-of-fold scores as that "
    f"of one finished model: the interval {LEAVES_OUT}."
)


def combined(study: ReaderStudy, options: ReaderOptions) -> CombinedReads:
    """Every model joined with every group of readers; options as from ``checked``."""
    plan = planned(study, options)
    primary = options.primary
    return study.combine(
        plan.joined,
        modality=plan.modality,
        groups=plan.groups,
        cutoffs=_given_cutoff(study, options),
        primary=primary if isinstance(primary, tuple) else None,
        primary_on=options.primary_on,
        confidence_level=options.confidence_level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )


def show_primary(held: Gathered, modality: str) -> None:
    """The tested difference stands wherever it is shown."""
    test = None if held.combined is None else held.combined.primary
    if test is not None and test.on == "auc":
        held.shown.gap(test.first, test.second, modality, test.difference)


def untested(found: CombinedReads | None) -> str:
    """Why a comparison that was named has no test; blank where it has one, or none was named."""
    test = None if found is None else found.primary
    if test is None or not np.isnan(test.pvalue):
        return ""
    why = " ".join(test.warnings) or "its error cannot be estimated."
    return f"{test.first} against {test.second} was named as primary and is not tested: {why}"


def together(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Every model joined with every group of readers, or with every reader."""
    if not study.models and held.combined is None:
        return
    title = "Model and readers together" if study.models else "Readers and groups"
    found, problem = held.combined, ""
    if found is None:
        found, problem = tried(combined, study, options)
    if found is None:
        yield Section("combinations", title, notes=(problem,))
        return
    found = held.shown.combined(found, study.models, alone(study, options))
    held.keep("combinations", found, title)
    held.hold("combination_differences", found.differences)
    held.hold("combination_fitted", found.fitted)
    figure = ShownFigure(
        "combinations", "AUC of members, groups and combinations.", figure_of(found.plot())
    )
    yield Section(
        "combinations",
        title,
        text=(sentence(found.summary()),),
        tables=(_members(found),),
        figures=(figure,),
        notes=(
            *((why,) if (why := untested(found)) else ()),
            *((OUT_OF_FOLD,) if study.models else ()),
            *(MEAN_SCORES.format(name) for name in study.folds),
        ),
    )


def _members(found: CombinedReads) -> ShownTable:
    """Every source with its figures."""
    rows = _rows(found)
    return ShownTable("Members, groups and combinations", rows, if_intervals(rows, THESE) + MEANS)


def _rows(found: CombinedReads) -> list[dict[str, str]]:
    """The paper's table, with the numbers behind shares."""
    rows = {
        row["source"]: {"Source": row["source"], **row} for row in found.table().to_dict("records")
    }
    shares = found.figures[found.figures["of"] > 0]
    for part in shares.to_dict("records"):
        head = HEADS.get(part["metric"], part["metric"].capitalize())
        text = rows[part["source"]][head]
        rows[part["source"]][head] = f"{int(part['k'])}/{int(part['of'])} = {text}"
    return [
        {str(head): str(cell) for head, cell in row.items() if head != "source"}
        for row in rows.values()
    ]


def _given_cutoff(study: ReaderStudy, options: ReaderOptions) -> dict[str, float]:
    """The cut-off that was set beforehand, where it can only be that of the one model."""
    if options.model_threshold is None or len(study.models) != 1:
        return {}
    return dict.fromkeys(study.models, options.model_threshold)
