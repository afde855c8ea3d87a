"""Who said what: each reader's and each group's rates and areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import BoolArray, FloatArray, IntArray, Rng
from radln.errors import SingleClassError
from radln.stats._intervals import cluster_sums, counts
from radln.stats.calls.diagnostic import DiagnosticTable, diagnostic_table
from radln.stats.discrimination.auc import auc
from radln.stats.discrimination.thresholds import roc_curve
from radln.stats.readers._inference import on_logit
from radln.stats.readers._merit import Figure, jackknife_covariance, left_out, merits, two_valued
from radln.stats.readers._reads import Reads
from radln.stats.readers._sampling import FEWEST_RANDOM, few_cases
from radln.stats.readers._variance import mean_of_fixed_readers, mean_of_random_readers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radln._draw.readers import ReaderPoint

RATES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1")
BINARY = "AUC (binary)"


@dataclass(frozen=True)
class ReaderRow:
    """One reader's, or one group's, numbers in one modality.

    ``level`` is empty where none was given; ``n_readers`` is 1 for a reader. ``estimates`` maps
    sensitivity, specificity, ppv, npv, accuracy, f1 and ``AUC`` (or ``AUC (binary)``, half of
    sensitivity plus specificity, where there are calls only).
    """

    who: str
    level: str
    modality: str
    n_readers: int
    n_cases: int
    estimates: dict[str, Estimate]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReaderPerformance(Result):
    """Rates and areas of every reader, then of every group's average reader.

    ``models`` maps a model to its curve ``(fpr, tpr)``; ``average_curves`` maps a modality and a
    group to the average of its readers' curves at equal specificity.
    """

    readers: tuple[ReaderRow, ...]
    groups: tuple[ReaderRow, ...]
    models: Mapping[str, tuple[FloatArray, FloatArray]]
    average_curves: Mapping[tuple[str, str], tuple[FloatArray, FloatArray]]

    def frame(self) -> pd.DataFrame:
        """One row a reader (or group), modality and metric."""
        rows = []
        for kind, part in (("reader", self.readers), ("group", self.groups)):
            for row in part:
                labels: dict[str, object] = {"who": row.who, "kind": kind, "level": row.level}
                labels |= {"modality": row.modality, "n_cases": row.n_cases}
                rows += [
                    estimate_row(found, **labels, n_readers=row.n_readers, metric=metric)
                    for metric, found in row.estimates.items()
                ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The groups (or the readers, where there are few) in words."""
        rows = self.groups or self.readers
        several = len({row.modality for row in rows}) > 1
        said = []
        for row in rows:
            area = next((name for name in ("AUC", BINARY) if name in row.estimates), "")
            wanted = [name for name in ("sensitivity", "specificity", area) if name]
            numbers = ", ".join(
                f"{name} {row.estimates[name].format(2)}"
                for name in wanted
                if name in row.estimates
            )
            where = f" in {row.modality}" if several else ""
            said.append(f"{row.who} (n = {row.n_readers}){where}: {numbers}")
        return (
            f"{'; '.join(said)}. {self.n} cases ({self.n_positive} diseased, {self.n_patients} "
            f"patients); {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, modality: str | None = None) -> Axes:
        """Every reader's operating point in a modality (the first), by level, with the curves."""
        from radln._draw.readers import draw_readers

        names = list(dict.fromkeys(row.modality for row in self.readers))
        name = (
            names[0] if modality is None else _check.choice(modality, tuple(names), name="modality")
        )
        points, averages = (
            [_point(row) for row in rows if row.modality == name and "sensitivity" in row.estimates]
            for rows in (self.readers, self.groups)
        )
        own = {who: curve for (where, who), curve in self.average_curves.items() if where == name}
        return draw_readers(
            points,
            averages,
            self.models,
            own,
            n=self.n,
            n_positive=self.n_positive,
            title=name if len(names) > 1 else "",
            ax=ax,
        )


def reader_performance(
    reads: Reads, *, confidence_level: float = 0.95, n_resamples: int = 1000, rng: Rng = 0
) -> ReaderPerformance:
    """How often is each reader right, and the average expert and trainee?

    Parameters
    ----------
    reads
        The study.
    confidence_level : in (0, 1)
    n_resamples, rng
        Of the patient bootstrap behind each reader's F1.

    Returns
    -------
    ReaderPerformance
        Readers in every modality, then the average of every level (of all readers where no levels
        were given).

    Raises
    ------
    SingleClassError
        A reader read cases of one class only.

    Notes
    -----
    A reader's rates have Wilson's interval (with the design effect of clustered cases), areas a
    logit interval on DeLong's (Obuchowski's) error. The average of a group is the mean over its
    readers with the jackknife over patients: for readers like these where the group has four or
    more, else for these very readers (the method of each interval says which). Without scores the
    area is that of a yes or no, (sensitivity + specificity) / 2, and is labelled binary.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Obuchowski 1997, doi:10.2307/2533958; Hillis
    2014, doi:10.1002/sim.5926.

    Examples
    --------
    >>> import pandas as pd
    >>> from radln import ReaderStudy
    >>> reads = pd.DataFrame({"case_id": range(8), "reader": "Ann", "y_true": [0, 1] * 4,
    ...                       "call": [0, 1, 0, 1, 1, 1, 0, 0]})
    >>> found = ReaderStudy.from_frame(reads).performance()
    >>> found.readers[0].estimates["sensitivity"].format()
    '0.75 (0.30–0.95)'
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    rows = [
        _reader(reads, m, r, level, n_resamples, rng)
        for m in range(len(reads.modalities))
        for r in range(len(reads.readers))
        if reads.read[m, r].any()
    ]
    names = ("all readers",) if reads.levels is None else tuple(dict.fromkeys(sorted(reads.levels)))
    groups = [
        _group(reads, m, name, level)
        for m in range(len(reads.modalities))
        for name in names
        if _members(reads, m, name).size > 1
    ]
    drawn = {
        name: _curve(reads, scores)
        for name, scores in reads.models.items()
        if not np.isnan(scores).any()
    }
    clustered = reads.cluster is not None
    return ReaderPerformance(
        **counts(reads.y_true, reads.cluster),
        method=(
            "each reader with Wilson's intervals"
            + (" on n over the design effect of clustered cases" if clustered else "")
            + " and logit intervals of the AUC, groups as the average reader with a jackknife over "
            + ("patients" if clustered else "cases")
        ),
        warnings=(*reads.warnings, *few_cases(reads)),
        readers=tuple(rows),
        groups=tuple(groups),
        models=drawn,
        average_curves={
            (name, group): _average_curve(reads, m, group)
            for m, name in enumerate(reads.modalities)
            for group in ("",) * (reads.levels is None) + tuple(sorted(set(reads.levels or ())))
            if reads.score is not None and _members(reads, m, group).size > 1
        },
    )


def _reader(reads: Reads, m: int, r: int, level: float, n_resamples: int, rng: Rng) -> ReaderRow:
    """One reader's numbers in one modality."""
    found: dict[str, Estimate] = {}
    cases = 0
    if reads.call is not None and (own := ~np.isnan(reads.call[m, r])).any():
        cases = int(own.sum())
        _both(reads, own, m, r)
        cluster = None if reads.cluster is None else reads.cluster[own]
        table = diagnostic_table(
            reads.y_true[own],
            reads.call[m, r, own],
            cluster=cluster,
            confidence_level=level,
            n_resamples=n_resamples,
            rng=rng,
        )
        found = _rates(table)
    values = reads.score if reads.score is not None else reads.call
    if values is not None and (own := ~np.isnan(values[m, r])).any():
        cases = max(cases, int(own.sum()))
        _both(reads, own, m, r)
        cluster = None if reads.cluster is None else reads.cluster[own]
        area = auc(
            reads.y_true[own],
            values[m, r, own],
            cluster=cluster,
            method="logit",
            confidence_level=level,
        )
        found[BINARY if two_valued(values[m, r][None]) else "AUC"] = area.estimate
    return ReaderRow(
        who=reads.readers[r],
        level="" if reads.levels is None else reads.levels[r],
        modality=reads.modalities[m],
        n_readers=1,
        n_cases=cases,
        estimates=found,
    )


def _both(reads: Reads, own: BoolArray, m: int, r: int) -> None:
    """Rates and areas need cases of both classes."""
    if reads.y_true[own].all() or not reads.y_true[own].any():
        raise SingleClassError(
            f"reader {reads.readers[r]} read cases of one class only in {reads.modalities[m]}; "
            "leave the reader out, or complete the reads."
        )


def _rates(table: DiagnosticTable) -> dict[str, Estimate]:
    return {name: getattr(table, name) for name in RATES}


def _members(reads: Reads, m: int, name: str) -> IntArray:
    """The readers of a level who read in a modality."""
    levels = reads.levels or (name,) * len(reads.readers)
    of_level = np.array([level == name for level in levels])
    return np.asarray(np.flatnonzero(of_level & reads.read[m].any(axis=1)), dtype=np.int64)


def _group(reads: Reads, m: int, name: str, level: float) -> ReaderRow:
    """The average reader of a level in one modality."""
    own = _members(reads, m, name)
    found: dict[str, Estimate] = {}
    units = np.arange(reads.y_true.size) if reads.cluster is None else reads.cluster
    case_df = min(np.unique(units[reads.y_true == one]).size for one in (True, False)) - 1.0
    if reads.call is not None:
        rates = _call_rates(reads, reads.call[m, own])
        for metric, (values, spread) in rates.items():
            found[metric] = _average(values, spread, level, case_df)
    ratings = (reads.needed_call() if reads.score is None else reads.score)[m, own]
    figure = Figure("auc")
    values = merits(figure, reads.y_true, ratings)
    spread = jackknife_covariance(left_out(figure, reads.y_true, ratings, reads.cluster))
    found[BINARY if two_valued(ratings) else "AUC"] = _average(values, spread, level, case_df)
    return ReaderRow(
        who=f"average {name}" if reads.levels else "average reader",
        level="" if reads.levels is None else name,
        modality=reads.modalities[m],
        n_readers=int(own.size),
        n_cases=int(reads.read[m, own].any(axis=0).sum()),
        estimates=found,
    )


def _call_rates(reads: Reads, calls: FloatArray) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Each rate of each reader (r,) and their jackknife covariance (r, r) over patients."""
    read = ~np.isnan(calls)
    positive = np.nan_to_num(calls) == 1
    y = reads.y_true
    cells = [read & positive & y, read & positive & ~y, read & ~positive & y, read & ~positive & ~y]
    units = np.arange(y.size) if reads.cluster is None else reads.cluster
    sums = np.stack([cluster_sums(cell.T.astype(np.float64), units).T for cell in cells])
    whole = sums.sum(axis=2, keepdims=True)
    every, left = _rates_of(whole)[..., 0], _rates_of(whole - sums)
    return {name: (every[k], jackknife_covariance(left[k])) for k, name in enumerate(RATES)}


def _rates_of(cells: FloatArray) -> FloatArray:
    """The rates (6, ...) from true and false positives, false and true negatives (4, ...)."""
    tp, fp, fn, tn = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                tp / (tp + fn),
                tn / (tn + fp),
                tp / (tp + fp),
                tn / (tn + fn),
                (tp + tn) / (tp + fp + fn + tn),
                2 * tp / (2 * tp + fp + fn),
            ]
        )


def _average(values: FloatArray, spread: FloatArray, level: float, case_df: float) -> Estimate:
    """The mean over readers; of readers like these from four on."""
    if values.size >= FEWEST_RANDOM:
        found, method = mean_of_random_readers(values, spread), "average of readers like these"
    else:
        found, method = mean_of_fixed_readers(spread, case_df), "average of these readers"
    return on_logit(float(values.mean()), found, level, method)


def _curve(reads: Reads, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    curve = roc_curve(reads.y_true, scores)
    return frozen(curve.fpr), frozen(curve.tpr)


def _average_curve(reads: Reads, m: int, group: str) -> tuple[FloatArray, FloatArray]:
    """The mean sensitivity of a group's readers at each false positive rate that one reaches."""
    curves = []
    for ratings in reads.needed_score()[m, _members(reads, m, group)]:
        own = ~np.isnan(ratings)
        curve = roc_curve(reads.y_true[own], ratings[own])
        curves.append((curve.fpr, curve.tpr))
    grid = np.unique(np.concatenate([fpr for fpr, _ in curves]))
    heights = [np.interp(grid, fpr, tpr) for fpr, tpr in curves]
    return frozen(np.r_[0.0, grid]), frozen(np.r_[0.0, np.mean(heights, axis=0)])


def _point(row: ReaderRow) -> ReaderPoint:
    """A reader's point for the drawing."""
    from radln._draw.readers import ReaderPoint

    both = (row.estimates["sensitivity"], row.estimates["specificity"])
    se, sp = ((one.value, one.low, one.high) for one in both)
    return ReaderPoint(label=row.who, group=row.level, sensitivity=se, specificity=sp)
