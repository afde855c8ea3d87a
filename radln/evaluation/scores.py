"""Predictions as matrices: a row a repeat, a column a unit, NaN where a unit was not judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.outcome import Binary
from radln.predictions import Predictions

Cuts = Mapping[str, float] | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Source:
    """What one model or reader said: ``score`` and ``prob`` (repeats, units), ``folds`` likewise.

    ``folds`` is None where nothing was learned in these patients (a reader, a published score).
    """

    name: str
    reader: bool
    score: FloatArray
    prob: FloatArray | None
    folds: FloatArray | None
    cuts: FloatArray | None

    @property
    def known(self) -> BoolArray:
        """The units that every repeat has a score of."""
        return np.asarray(np.isfinite(self.score).all(axis=0))

    @property
    def judged(self) -> BoolArray:
        """The units that count: of cross-validation those that every repeat has, else all with any
        score (hold-outs leave out the patients that taught).
        """
        if self.folds is None or self._several_folds:
            return self.known
        return np.ones(self.score.shape[1], dtype=np.bool_)

    @property
    def _several_folds(self) -> bool:
        return self.folds is not None and any(
            np.unique(row[np.isfinite(row)]).size > 1 for row in self.folds
        )

    @property
    def hold_outs(self) -> bool:
        """Whether every repeat tests one part of the units only."""
        return self.folds is not None and not self._several_folds

    @property
    def missing(self) -> int:
        """How many units some repeat of a cross-validation lacks, and another has."""
        if not self._several_folds:
            return 0
        return int((np.isfinite(self.score).any(axis=0) & ~self.known).sum())

    @property
    def calls(self) -> FloatArray | None:
        """1 at or above the cut-off, 0 below, NaN where not judged; None without a cut-off."""
        if self.cuts is None:
            return None
        scale = self.score if self.prob is None else self.prob
        called = (scale >= self.cuts).astype(np.float64)
        return np.asarray(np.where(np.isfinite(self.score), called, np.nan))


@dataclass(frozen=True, eq=False)
class Scores:
    """All sources on the same units; ``site`` is None where no unit has one."""

    units: pd.Index
    y: BoolArray
    patients: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    site: pd.Series | None
    sources: dict[str, Source]
    outcome: Binary

    @property
    def models(self) -> dict[str, Source]:
        """The sources that are no readers."""
        return {name: one for name, one in self.sources.items() if not one.reader}

    @property
    def readers(self) -> dict[str, Source]:
        """The others."""
        return {name: one for name, one in self.sources.items() if one.reader}

    @property
    def folds(self) -> FloatArray | None:
        """The folds of the first source that has some."""
        return next((one.folds for one in self.sources.values() if one.folds is not None), None)


def scores_of(
    predictions: Predictions,
    cut_offs: Cuts,
    readers: Collection[str],
    untested: pd.DataFrame | None = None,
) -> Scores:
    """Every source with its cut-offs, on the units in their order; then those that only taught.

    Raises
    ------
    InputError
        The units are of several partitions: on those that taught, areas are too good.
    """
    outcome = predictions.outcome
    if not isinstance(outcome, Binary):
        raise InputError("predictions of several classes are judged class by class.")
    _refuse_several_partitions(predictions.units)
    table = predictions.scores
    units = predictions.units.set_index("unit_id")
    if untested is not None:
        others = untested.set_index("unit_id")
        units = pd.concat([units, others.loc[others.index.difference(units.index, sort=False)]])
    cuts = _cuts(cut_offs, predictions.sources)
    sources = {
        name: _source(name, part, units.index, name in readers, cuts.get(name))
        for name, part in ((n, table[table["source"] == n]) for n in predictions.sources)
    }
    site = None
    if "site" in units and units["site"].notna().any():
        site = units["site"]
    return Scores(
        units.index,
        outcome.take(units["y_true"]),
        units["patient_id"].to_numpy(dtype=object),
        site,
        sources,
        outcome,
    )


def _refuse_several_partitions(units: pd.DataFrame) -> None:
    if "partition" not in units:
        return
    sizes = units["partition"].fillna("blank").astype(str).value_counts()
    if len(sizes) > 1:
        parts = ", ".join(f"{name} ({size})" for name, size in sizes.items())
        raise InputError(
            f"predictions hold several partitions: {parts}. Cases that a model learned from make "
            "every number too good; keep the rows of one partition, and judge each by itself."
        )


def _cuts(given: Cuts, sources: Collection[str]) -> dict[str, pd.DataFrame | float]:
    """The cut-offs of every source that has some: one number, or one a fold."""
    if isinstance(given, pd.DataFrame):
        return {str(name): part for name, part in given.groupby("source", sort=False)}
    unknown = [name for name in given if name not in sources]
    if unknown:
        raise InputError(
            f"a cut-off is given for {unknown[0]!r}, which is no source of the predictions; there "
            f"are {', '.join(sources)}."
        )
    return dict(given)


def _source(
    name: str,
    rows: pd.DataFrame,
    units: pd.Index,
    reader: bool,
    cuts: pd.DataFrame | float | None,
) -> Source:
    def wide(column: str) -> FloatArray | None:
        if column not in rows or rows[column].isna().all():
            return None
        table = rows.pivot(index="repeat", columns="unit_id", values=column).sort_index()
        return table.reindex(columns=units).to_numpy(dtype=np.float64, na_value=np.nan)

    score, folds = wide("y_score"), wide("fold")
    if score is None:
        raise InputError(f"{name} has no score at all.")
    return Source(name, reader, score, wide("y_prob"), folds, _limits(cuts, score, folds, rows))


def _limits(
    cuts: pd.DataFrame | float | None,
    score: FloatArray,
    folds: FloatArray | None,
    rows: pd.DataFrame,
) -> FloatArray | None:
    """The cut-off of every unit in every repeat."""
    if cuts is None:
        return None
    if not isinstance(cuts, pd.DataFrame):
        return np.full(score.shape, float(cuts))
    name = cuts["source"].iloc[0]
    if folds is None:
        if cuts["cut_off"].nunique() > 1:
            raise InputError(f"{name} has several cut-offs, but no folds; give it one.")
        return np.full(score.shape, float(cuts["cut_off"].iloc[0]))
    known = cuts.set_index(["repeat", "fold"])["cut_off"]
    repeats = sorted(rows["repeat"].unique())
    judged = rows.dropna(subset="fold").astype({"fold": int}).set_index(["repeat", "fold"]).index
    lacking = judged.unique().difference(known.index)
    if len(lacking):
        repeat, fold = lacking[0]
        raise InputError(
            f"{name} has no cut-off in {len(lacking)} fold(s), first in fold {fold} of repeat "
            f"{repeat}; give one of every fold, or one number for the source."
        )
    return np.array(
        [
            [np.nan if np.isnan(f) else known[(repeat, int(f))] for f in row]
            for repeat, row in zip(repeats, folds, strict=True)
        ],
        dtype=np.float64,
    )
