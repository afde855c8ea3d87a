"""Who said what: each reader's and each group's rates and areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, with_count
from radln._types import BoolArray, FloatArray, Rng
from radln.errors import InputError, SingleClassError
from radln.stats._intervals import counts
from radln.stats.calls.diagnostic import diagnostic_table, shares_of
from radln.stats.readers._area import own_area
from radln.stats.readers._averages import average_row, members
from radln.stats.readers._curves import Curve, average_curve, curve_of, reader_curves
from radln.stats.readers._merit import two_valued
from radln.stats.readers._reads import Reads
from radln.stats.readers.below_chance import against_truth, at_cut_offs
from radln.stats.readers.columns import in_modality
from radln.stats.readers.combinations._panel import mapping
from radln.stats.readers.cutting import same_scale, says_nothing
from radln.stats.readers.over_folds import fold_area
from radln.stats.readers.rows import BINARY, RATES, ReaderRow
from radln.stats.readers.sampling import few_cases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radln._draw.readers import ReaderPoint


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReaderPerformance(Result):
    """Rates and areas of every reader, then of every group's average reader.

    ``model_rows`` holds the models, with rates where a cut-off was given. ``models`` maps a model
    to its curve ``(fpr, tpr)``, ``reader_curves`` a modality and a reader to theirs, and
    ``average_curves`` a modality and a group to the average of its readers' curves at equal
    specificity.
    """

    readers: tuple[ReaderRow, ...]
    groups: tuple[ReaderRow, ...]
    model_rows: tuple[ReaderRow, ...]
    models: Mapping[str, Curve]
    reader_curves: Mapping[tuple[str, str], Curve]
    average_curves: Mapping[tuple[str, str], Curve]

    def frame(self) -> pd.DataFrame:
        """One row a reader (or group, or model), modality and metric; a share with its numbers."""
        rows: list[dict[str, object]] = []
        parts = {"reader": self.readers, "group": self.groups, "model": self.model_rows}
        for kind, part in parts.items():
            for row in part:
                labels: dict[str, object] = {"who": row.who, "kind": kind, "level": row.level}
                labels |= {"modality": row.modality, "n_cases": row.n_cases}
                for metric, found in row.estimates.items():
                    k, of = row.counted.get(metric, (np.nan, np.nan))
                    shown = estimate_row(found, **labels, n_readers=row.n_readers, metric=metric)
                    rows.append({**shown, "k": k, "of": of})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The groups (or the readers, where there are few) in words."""
        rows = self.groups or self.readers
        several = len({row.modality for row in rows}) > 1
        said = []
        for row in (*rows, *self.model_rows):
            area = next((name for name in ("AUC", BINARY) if name in row.estimates), "")
            numbers = ", ".join(
                f"{name} {with_count(row.estimates[name], row.counted.get(name))}"
                for name in ("sensitivity", "specificity", area)
                if name in row.estimates
            )
            where = f" in {row.modality}" if several and row.modality else ""
            size = f" (n = {row.n_readers})" if row.n_readers else ""
            said.append(f"{row.who}{size}{where}: {numbers}")
        return (
            f"{'; '.join(said)}. {self.n} cases ({self.n_positive} diseased, {self.n_patients} "
            f"patients){f'; {self.method}' if self._has_intervals() else ''}."
        )

    def _has_intervals(self) -> bool:
        """Whether anything has an interval, of which the method speaks."""
        rows = (*self.readers, *self.groups, *self.model_rows)
        return any(not np.isnan(one.low) for row in rows for one in row.estimates.values())

    def plot(self, ax: Axes | None = None, *, modality: str | None = None) -> Axes:
        """Every reader's operating point in a modality (the first), by level, with the curves.

        Where there are no calls, every reader's curve.
        """
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
            self._labelled(self.models, self.model_rows),
            own,
            lines={} if points else self._lines(name),
            n=self.n,
            n_positive=self.n_positive,
            title=name if len(names) > 1 else "",
            ax=ax,
        )

    def _lines(self, modality: str) -> dict[str, tuple[str, Curve]]:
        """The curve of every reader in a modality with the level, by name and AUC."""
        rows = [row for row in self.readers if row.modality == modality]
        curves = {who: at for (where, who), at in self.reader_curves.items() if where == modality}
        level = {row.who: row.level for row in rows}
        named = zip(curves, self._labelled(curves, rows).items(), strict=True)
        return {label: (level[who], curve) for who, (label, curve) in named}

    @staticmethod
    def _labelled(curves: Mapping[str, Curve], rows: Sequence[ReaderRow]) -> dict[str, Curve]:
        """Curves by name and AUC."""
        areas = {row.who: row.estimates.get("AUC", row.estimates.get(BINARY)) for row in rows}
        return {
            name if (area := areas.get(name)) is None else f"{name}, AUC {area.value:.2f}": curve
            for name, curve in curves.items()
        }


def reader_performance(
    reads: Reads,
    *,
    readers: str | None = None,
    cutoffs: Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 1000,
    rng: Rng = 0,
) -> ReaderPerformance:
    """How often is each reader right, and the average expert and trainee?

    Parameters
    ----------
    reads
        The study.
    readers
        ``random`` or ``fixed``, of the averages; by default random in groups of four or more.
    cutoffs
        Model -> its cut-off, set beforehand: a case is called where the value is at or above it.
    confidence_level : in (0, 1)
    n_resamples, rng
        Of the patient bootstrap behind each reader's F1.

    Returns
    -------
    ReaderPerformance
        Readers in every modality, then the average of every level (of all readers where no levels
        were given), then the models.

    Raises
    ------
    SingleClassError, InputError
        A reader read cases of one class only; a cut-off of a model that is not there.

    Notes
    -----
    A reader's rates have Wilson's interval (with the design effect of clustered cases), areas
    the interval of :func:`auc`. The average of a group is the mean over its
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
    if readers is not None:
        _check.choice(readers, ("random", "fixed"), name="readers")
    bootstrap = (n_resamples, rng)
    rows = [
        _reader(reads, m, r, level, bootstrap)
        for m in range(len(reads.modalities))
        for r in range(len(reads.readers))
        if reads.read[m, r].any()
    ]
    names = ("all readers",) if reads.levels is None else tuple(dict.fromkeys(sorted(reads.levels)))
    pooled = [
        average_row(reads, m, name, level, readers)
        for m in range(len(reads.modalities))
        for name in names
        if members(reads, m, name).size > 1
    ]
    given = _model_cutoffs(reads, cutoffs)
    models = _models(reads, given, level, bootstrap)
    clustered = reads.cluster is not None
    return ReaderPerformance(
        **counts(reads.y_true, reads.cluster),
        method=(
            "each reader with Wilson's intervals"
            + (" on n over the design effect of clustered cases" if clustered else "")
            + " and likelihood intervals of the AUC, groups as the average reader with a jackknife "
            + "over "
            + ("patients" if clustered else "cases")
            + (f"; areas of {', '.join(reads.folds)} within folds" if reads.folds else "")
        ),
        warnings=(
            *reads.warnings,
            *few_cases(reads),
            *(note for _, notes in pooled for note in notes),
            *(note for k, cut in given.items() for note in says_nothing(reads.models[k], cut, k)),
            *(note for name in reads.folds for note in fold_area(reads, name).warnings),
            *(one.finding for one in against_truth(at_cut_offs(reads, given)) if one.beside),
        ),
        readers=tuple(rows),
        groups=tuple(row for row, _ in pooled),
        model_rows=models,
        models={row.who: curve_of(reads, reads.models[row.who]) for row in models},
        reader_curves=reader_curves(reads),
        average_curves={
            (name, group): average_curve(reads, m, members(reads, m, group))
            for m, name in enumerate(reads.modalities)
            for group in ("",) * (reads.levels is None) + tuple(sorted(set(reads.levels or ())))
            if reads.score is not None and members(reads, m, group).size > 1
        },
    )


def _reader(reads: Reads, m: int, r: int, level: float, bootstrap: tuple[int, Rng]) -> ReaderRow:
    """One reader's numbers in one modality."""
    found: dict[str, Estimate] = {}
    counted: dict[str, tuple[int, int]] = {}
    cases = 0
    if reads.call is not None and (own := ~np.isnan(reads.call[m, r])).any():
        cases = int(own.sum())
        _both(reads, own, m, r)
        found, counted = _rates(reads, own, reads.call[m, r, own], level, bootstrap)
    values = reads.score if reads.score is not None else reads.call
    if values is not None and (own := ~np.isnan(values[m, r])).any():
        cases = max(cases, int(own.sum()))
        _both(reads, own, m, r)
        cluster = None if reads.cluster is None else reads.cluster[own]
        area = own_area(reads.y_true[own], values[m, r, own], cluster, level)
        found[BINARY if two_valued(values[m, r][None]) else "AUC"] = area
    return ReaderRow(
        who=reads.readers[r],
        level="" if reads.levels is None else reads.levels[r],
        modality=reads.modalities[m],
        n_readers=1,
        n_cases=cases,
        estimates=found,
        counted=counted,
    )


def _model_cutoffs(reads: Reads, cutoffs: Mapping[str, float] | None) -> Mapping[str, float]:
    """Cut-offs of known models."""
    given = mapping(cutoffs, name="cutoffs")
    for name, cut in given.items():
        if name not in reads.models:
            raise InputError(
                f"cutoffs names {name!r}, which is no model; there are "
                f"{', '.join(reads.models) or 'none'}."
            )
        if not _check.is_number(cut):
            raise InputError(f"cutoffs[{name!r}] must be a finite number; got {cut!r}.")
        same_scale(reads.models[name], cut, option=f"cutoffs[{name!r}]", name=name)
    return given


def _models(
    reads: Reads, cutoffs: Mapping[str, float], level: float, bootstrap: tuple[int, Rng]
) -> tuple[ReaderRow, ...]:
    """Every model on the cases that it has a value for; none where these are of one class."""
    rows = []
    for name, values in reads.models.items():
        own = ~np.isnan(values)
        if reads.y_true[own].all() or not reads.y_true[own].any():
            continue
        found: dict[str, Estimate] = {}
        counted: dict[str, tuple[int, int]] = {}
        if name in cutoffs:
            calls = (values[own] >= cutoffs[name]).astype(np.float64)
            found, counted = _rates(reads, own, calls, level, bootstrap)
        cluster = None if reads.cluster is None else reads.cluster[own]
        area = own_area(reads.y_true[own], values[own], cluster, level)
        if name in reads.folds:
            area = fold_area(reads, name, level).estimate
        found[BINARY if two_valued(values[None]) else "AUC"] = area
        rows.append(ReaderRow(name, "", "", 0, int(own.sum()), found, counted))
    return tuple(rows)


def _both(reads: Reads, own: BoolArray, m: int, r: int) -> None:
    """Rates and areas need cases of both classes."""
    if reads.y_true[own].all() or not reads.y_true[own].any():
        raise SingleClassError(
            f"reader {reads.readers[r]} read cases of one class only"
            f"{in_modality(reads.modalities[m])}; "
            "leave the reader out, or complete the reads."
        )


def _rates(
    reads: Reads, own: BoolArray, calls: FloatArray, level: float, bootstrap: tuple[int, Rng]
) -> tuple[dict[str, Estimate], dict[str, tuple[int, int]]]:
    """The rates of calls, and the numbers behind those that are shares."""
    table = diagnostic_table(
        reads.y_true[own],
        calls,
        cluster=None if reads.cluster is None else reads.cluster[own],
        confidence_level=level,
        n_resamples=bootstrap[0],
        rng=bootstrap[1],
    )
    return {name: getattr(table, name) for name in RATES}, shares_of(table)


def _point(row: ReaderRow) -> ReaderPoint:
    """A reader's point for the drawing."""
    from radln._draw.readers import ReaderPoint

    both = (row.estimates["sensitivity"], row.estimates["specificity"])
    se, sp = ((one.value, one.low, one.high) for one in both)
    return ReaderPoint(label=row.who, group=row.level, sensitivity=se, specificity=sp)
