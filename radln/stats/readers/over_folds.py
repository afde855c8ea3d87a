"""A model of out-of-fold predictions beside readers: what was trained varies more than it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from radln._result import Estimate
from radln._types import ArrayLike, FloatArray
from radln.errors import RadlnError
from radln.stats._widths import one_sided
from radln.stats.discrimination._fold_design import fold_design
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.discrimination.fold_results import FoldAuc, FoldComparison
from radln.stats.discrimination.repeats import auc_over_folds, compare_over_folds
from radln.stats.readers._reads import FoldScores, Reads
from radln.stats.readers.combinations.combined_reads import CombinedReads, PrimaryComparison
from radln.stats.readers.model_tables import about_folds

SPEAKS = "of the way of modelling"
LEAVES_OUT = "leaves out what other training patients would have changed"
WITHIN = (
    "the model's area and the differences are means within folds, with the model's variance raised "
    "for training patients that the folds share"
)


def fold_area(reads: Reads, name: str, level: float = 0.95) -> FoldAuc:
    """The model's mean area within folds, of the way of modelling."""
    scores, folds = reads.folds[name]
    return auc_over_folds(
        reads.y_true, scores, folds, cluster=reads.cluster, confidence_level=level
    )


def fold_gap(reads: Reads, name: str, other: ArrayLike, level: float) -> FoldComparison:
    """The model against scores that no fold has trained, or those of a model on the same folds."""
    scores, folds = reads.folds[name]
    return compare_over_folds(
        reads.y_true, scores, other, folds, cluster=reads.cluster, confidence_level=level
    )


def usable_folds(reads: Reads) -> tuple[dict[str, FoldScores], tuple[str, ...]]:
    """The models whose folds have areas, and what must be said of each."""
    usable, notes = {}, []
    for name, parts in reads.folds.items():
        n_folds = int(parts.folds.max()) + 1
        try:
            found = fold_area(reads, name)
        except RadlnError as error:
            notes.append(about_folds(name, n_folds, str(error), ""))
            continue
        usable[name] = parts
        notes.append(about_folds(name, n_folds, "", found.method.rpartition("interval ")[2]))
    return usable, tuple(notes)


def gap_covariance(reads: Reads, name: str, ratings: FloatArray) -> FloatArray:
    """Covariance (r, r) of model minus each reader, means within folds and over repeats.

    The readers were trained in no fold. What the model's variance is raised by, as in
    :func:`compare_over_folds`, every difference has in common.
    """
    scores, folds = reads.folds[name]
    positive, r = reads.y_true, ratings.shape[0]
    contrast = np.vstack([np.eye(1, r + 1), np.hstack([np.ones((r, 1)), -np.eye(r)])])
    repeats = []
    for score, part in zip(scores, folds, strict=True):
        every, parts = np.vstack([score, ratings]), np.unique(part)
        total = np.zeros((r + 1, r + 1))
        for fold in parts:
            rows = np.flatnonzero(part == fold)
            _, places = placements(positive[rows], every[:, rows])
            patients = None
            if reads.cluster is not None:
                patients = np.unique(reads.cluster[rows], return_inverse=True)[1]
            total += area_covariance(positive[rows], contrast @ places, patients)
        repeats.append(total / parts.size**2)
    found = np.mean(repeats, axis=0)
    design = fold_design(folds, reads.cluster, positive)
    own, gaps = found[0, 0], found[1:, 1:]
    added = np.sqrt((design.factor - design.fixed_factor) * np.minimum(own, np.diag(gaps)))
    return np.asarray(design.fixed_factor * gaps + np.outer(added, added))


def with_folds(found: CombinedReads, reads: Reads, place: int) -> CombinedReads:
    """Areas of models with folds, and their differences to readers, as everywhere else.

    Where a group or a combination is compared with such a model the primary comparison says what
    it leaves out.
    """
    if not reads.folds:
        return found
    figures, differences = found.figures.copy(), found.differences.copy()
    level = float(figures["confidence_level"].iloc[0])
    for k, row in figures.iterrows():
        if row["source"] in reads.folds and row["metric"] == "auc":
            _put(figures, k, fold_area(reads, row["source"], level).estimate)
    sides = []
    for k, row in differences.iterrows():
        gap = None
        if row["compared"] == "two scores":
            gap = _pair(reads, place, row["first"], row["second"], level)
        if gap is not None:
            _put(differences, k, gap.difference)
            a, b = ((one.se or 0.0) ** 2 for one in (gap.auc_a, gap.auc_b))
            sides.append((f"{row['first']} − {row['second']} within folds", a, b))
    primary = None if found.primary is None else _primary(found.primary, reads, place, level)
    return replace(
        found,
        warnings=(*found.warnings, *one_sided(sides)),
        figures=figures,
        differences=differences,
        primary=primary,
    )


def _put(table: pd.DataFrame, row: Any, estimate: Estimate) -> None:
    se = np.nan if estimate.se is None else estimate.se
    columns = ["value", "low", "high", "se", "method"]
    table.loc[row, columns] = pd.Series(
        [estimate.value, estimate.low, estimate.high, se, estimate.method], columns, dtype=object
    )


def _pair(reads: Reads, place: int, first: str, second: str, level: float) -> FoldComparison | None:
    """First minus second within folds, where one is a model with folds and the other no mixture."""
    if first not in reads.folds and second not in reads.folds:
        return None
    name, other = (first, second) if first in reads.folds else (second, first)
    scores = _scores_of(reads, place, name, other)
    if scores is None:
        return None
    found = fold_gap(reads, name, scores, level)
    method = found.method.replace("; b taken as", f"; {other} taken as")
    found = replace(found, method=method, difference=replace(found.difference, method=method))
    return found if name == first else _turned(found)


def _scores_of(reads: Reads, place: int, name: str, other: str) -> FloatArray | None:
    """The scores of a reader, of a finished model, or of a model on the same folds."""
    if other in reads.folds:
        same = np.array_equal(reads.folds[other].folds, reads.folds[name].folds)
        return reads.folds[other].scores if same else None
    if other in reads.models:
        return reads.models[other]
    if other not in reads.readers or reads.score is None:
        return None
    scores = reads.score[place, reads.readers.index(other)]
    return None if np.isnan(scores).any() else scores


def _turned(found: FoldComparison) -> FoldComparison:
    """Second minus first."""
    gap = found.difference
    return replace(
        found,
        auc_a=found.auc_b,
        auc_b=found.auc_a,
        difference=replace(gap, value=-gap.value, low=-gap.high, high=-gap.low),
        statistic=-found.statistic,
    )


def _primary(test: PrimaryComparison, reads: Reads, place: int, level: float) -> PrimaryComparison:
    """The named comparison within folds; what it leaves out where that cannot be."""
    sides = (test.first, test.second)
    modelled = [name for name in reads.folds if any(name in side for side in sides)]
    if not modelled:
        return test
    gap = None
    if test.on == "auc" and not test.binary:
        gap = _pair(reads, place, test.first, test.second, level)
    if gap is None:
        note = (
            f"the primary comparison takes the out-of-fold predictions of {', '.join(modelled)} as "
            f"the scores of one finished model: its interval and its p {LEAVES_OUT}."
        )
        return replace(test, warnings=(*test.warnings, note))
    return replace(
        test,
        value_first=gap.auc_a.value,
        value_second=gap.auc_b.value,
        difference=gap.difference,
        statistic=gap.statistic,
        pvalue=gap.pvalue,
        method=gap.method,
        warnings=(*test.warnings, *gap.warnings),
    )
