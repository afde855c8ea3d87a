"""From predictions and calls of several classes to every judged number.

Areas are means of within-fold areas, averaged over repeats, and speak of the way of modelling;
those of a test part speak of the fitted models. A model calls the class with the largest
probability; rates of calls speak of the models that were fitted. Every class against the rest is
judged as an outcome of two classes is (:mod:`radln.evaluation.evaluate`). All intervals are
clustered by patient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln._result import Estimate, estimate_row
from radln._shown import ShortRepr
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.evaluation.evaluate import evaluate
from radln.evaluation.primary import Primary
from radln.evaluation.result import Evaluation
from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.outcome import Classes
from radln.predictions import Predictions
from radln.stats import (
    compare_multiclass_auc,
    compare_multiclass_over_folds,
    confusion_matrix,
    holm,
    mcnemar,
    mean_over_repeats,
    multiclass_auc,
    multiclass_over_folds,
)
from radln.stats.calls.confusion import OVERALL
from radln.stats.discrimination.multiclass import MulticlassComparison
from radln.stats.discrimination.multiclass_over_folds import FoldClassAreas, FoldClassComparison

OF_A_CLASS = ("sensitivity", "specificity", "ppv", "npv", "f1")


@dataclass(frozen=True, eq=False, repr=False)
class ClassEvaluation(ShortRepr):
    """Every judged number of an outcome of several classes, as tidy tables.

    ``areas`` has a row a model and average (macro, weighted, micro, hand_till) or class against the
    rest; differences are of the macro average. ``calls`` has a row a model or reader and rate,
    overall (``class`` blank) or of one class, ``confusions`` the counts of the first repeat, true
    classes as rows. ``reader_calls`` is the primary model's share of right calls, overall and by
    class, minus that of every reader. ``sides`` is every class against the rest.
    """

    classes: tuple[str, ...]
    areas: pd.DataFrame
    primary: Primary | None
    ladder: pd.DataFrame
    pairs: pd.DataFrame
    calls: pd.DataFrame
    confusions: dict[str, pd.DataFrame]
    reader_calls: pd.DataFrame
    sides: dict[str, Evaluation]
    n_training: int
    variance_factor: float
    warnings: tuple[str, ...] = ()
    confidence_level: float = 0.95

    @property
    def sites(self) -> None:
        """Sites that were left out in turn: with several classes none."""

    @property
    def interval(self) -> str:
        """What the intervals are called, such as "95 % CI"."""
        return f"{100 * self.confidence_level:g} % CI"

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in their order."""
        return tuple(dict.fromkeys(self.areas["source"]))

    @property
    def sources(self) -> tuple[str, ...]:
        """The models and readers."""
        return tuple(dict.fromkeys((*self.models, *self.calls["source"])))


@dataclass(frozen=True, eq=False)
class _Said:
    """Scores (repeats, n, classes) and folds (repeats, n) of one model; None without folds."""

    scores: FloatArray
    folds: FloatArray | None

    @property
    def judged(self) -> BoolArray:
        """The units that every repeat has."""
        return np.asarray(np.isfinite(self.scores).all(axis=(0, 2)))


@dataclass(frozen=True, eq=False)
class _Cases:
    """The units, their classes and patients, and what everybody said of them."""

    classes: tuple[str, ...]
    units: pd.Index
    truth: IntArray
    patients: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    models: dict[str, _Said]
    readers: dict[str, FloatArray]  # the class called, NaN where not read

    @property
    def labels(self) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
        return np.array(self.classes, dtype=object)[self.truth]


def evaluate_classes(
    predictions: Predictions,
    settings: EvaluationSettings,
    *,
    seed: int,
    readers: Collection[str] = (),
    untested: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
) -> ClassEvaluation:
    """Judge every model and reader on the same patients.

    Parameters
    ----------
    predictions
        A score and a probability a class of every model; of a reader 1 for the class called, else
        0.
    readers
        The sources that are people.
    untested
        Further units that repeated hold-outs never tested; they taught.
    groups
        A column a declared subgroup with the group of every unit, index ``unit_id``.

    Raises
    ------
    InputError
        The outcome has two classes, or a fold tests no case of a class.
    """
    outcome = predictions.outcome
    if not isinstance(outcome, Classes):
        raise InputError("an outcome of two classes is judged by evaluate.")
    cases = _cases(predictions, outcome, readers, untested)
    level = settings.confidence_level
    found = {name: _areas(cases, said, level) for name, said in cases.models.items()}
    folded = [one for _, one in found.values() if one is not None]
    calls, confusions = _calls(cases, settings, seed)
    primary = _primary(cases, settings.primary, level)
    return ClassEvaluation(
        classes=cases.classes,
        areas=pd.concat(
            {name: table for name, (table, _) in found.items()}, names=["source", None]
        ).reset_index("source"),
        primary=primary,
        ladder=_ladder(cases, settings.ladder, level),
        pairs=_pairs(cases, level),
        calls=calls,
        confusions=confusions,
        reader_calls=_against_readers(cases, settings.primary.full, level),
        sides={
            name: _side(predictions, outcome, name, readers, settings, seed, untested, groups)
            for name in outcome.names
        },
        n_training=folded[0].n_training if folded else 0,
        variance_factor=folded[0].variance_factor if folded else 1.0,
        warnings=tuple(dict.fromkeys(said for one in folded for said in one.warnings)),
        confidence_level=level,
    )


def _cases(
    predictions: Predictions,
    outcome: Classes,
    readers: Collection[str],
    untested: pd.DataFrame | None,
) -> _Cases:
    units = predictions.units.set_index("unit_id")
    if untested is not None:
        others = untested.set_index("unit_id")
        units = pd.concat([units, others.loc[others.index.difference(units.index, sort=False)]])
    scores, models = predictions.scores, dict[str, _Said]()
    called = dict[str, FloatArray]()
    for name in predictions.sources:
        rows = scores[scores["source"] == name]
        repeats = sorted(rows["repeat"].unique())
        if name in readers:
            wide = predictions.matrix(name).reindex(units.index)
            calls = np.nanargmax(wide.fillna(-1).to_numpy(np.float64), axis=1).astype(np.float64)
            called[name] = np.where(wide.isna().any(axis=1), np.nan, calls)
            continue
        said = np.stack(
            [
                predictions.matrix(name, int(repeat)).reindex(units.index).to_numpy(np.float64)
                for repeat in repeats
            ]
        )
        models[name] = _Said(said, _folds(rows, units.index))
    patients = units["patient_id"].to_numpy(dtype=object)
    return _Cases(
        outcome.names, units.index, outcome.take(units["y_true"]), patients, models, called
    )


def _folds(rows: pd.DataFrame, units: pd.Index) -> FloatArray | None:
    if "fold" not in rows or rows["fold"].isna().all():
        return None
    one = rows.drop_duplicates(["repeat", "unit_id"])
    table = one.pivot(index="repeat", columns="unit_id", values="fold").sort_index()
    return table.reindex(columns=units).to_numpy(dtype=np.float64, na_value=np.nan)


def _areas(cases: _Cases, said: _Said, level: float) -> tuple[pd.DataFrame, FoldClassAreas | None]:
    """A row an average and class, and the result over folds where there are some."""
    at, names = said.judged, list(cases.classes)
    if said.folds is None:
        found = multiclass_auc(
            cases.labels[at],
            said.scores[0, at],
            classes=names,
            cluster=cases.patients[at],
            confidence_level=level,
        )
        table = found.frame()
        table = table[table["metric"] != "one_vs_one"].assign(
            repeat_min=table["value"], repeat_max=table["value"]
        )
        return table.assign(n=found.n, n_patients=found.n_patients), None
    over = multiclass_over_folds(
        cases.labels,
        said.scores,
        said.folds,
        classes=names,
        cluster=cases.patients,
        confidence_level=level,
    )
    return over.frame().assign(n=over.n, n_patients=over.n_patients), over


def _compare(
    cases: _Cases, first: str, second: str, level: float
) -> MulticlassComparison | FoldClassComparison | None:
    """The difference of two models' macro averages; None where one is not there."""
    a, b = cases.models.get(first), cases.models.get(second)
    if a is None or b is None or not np.array_equal(a.judged, b.judged):
        return None
    names, at = list(cases.classes), a.judged
    if a.folds is None or b.folds is None:
        return compare_multiclass_auc(
            cases.labels[at],
            a.scores[0, at],
            b.scores[0, at],
            classes=names,
            cluster=cases.patients[at],
            confidence_level=level,
        )
    return compare_multiclass_over_folds(
        cases.labels,
        a.scores,
        b.scores,
        a.folds,
        classes=names,
        cluster=cases.patients,
        confidence_level=level,
    )


def _primary(cases: _Cases, named: PrimarySettings, level: float) -> Primary | None:
    found = _compare(cases, named.full, named.simple, level)
    if found is None:
        return None
    gap, pvalue = found.difference, found.pvalue
    return Primary(named.full, named.simple, named.margin, gap, pvalue, measure="macro AUC")


def _ladder(cases: _Cases, steps: Sequence[str], level: float) -> pd.DataFrame:
    """Each step against the one below, Holm-adjusted; models not fitted are passed over."""
    rows = []
    for lower, upper in pairwise([step for step in steps if step in cases.models]):
        found = _compare(cases, upper, lower, level)
        if found is not None:
            row = estimate_row(found.difference, richer=upper, simpler=lower)
            rows.append({**row, "pvalue": found.pvalue})
    frame = pd.DataFrame(rows)
    if not frame.empty:
        known = frame["pvalue"].fillna(1.0).to_numpy()
        frame["pvalue_holm"] = np.where(frame["pvalue"].isna(), np.nan, holm(known))
    return frame


def _pairs(cases: _Cases, level: float) -> pd.DataFrame:
    """Every pair of models as a difference of macro averages with its interval, and no p-value."""
    rows = []
    for first, second in combinations(cases.models, 2):
        found = _compare(cases, first, second, level)
        if found is not None:
            rows.append(estimate_row(found.difference, first=first, second=second))
    return pd.DataFrame(rows)


def _called(cases: _Cases) -> Iterator[tuple[str, FloatArray]]:
    """Every source with the classes that it called, (repeats, n); NaN where it did not."""
    for name, said in cases.models.items():
        calls = said.scores.argmax(axis=2).astype(np.float64)
        yield name, np.where(np.isfinite(said.scores).all(axis=2), calls, np.nan)
    for name, calls in cases.readers.items():
        yield name, calls[None]


def _calls(
    cases: _Cases, settings: EvaluationSettings, seed: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Rates of all calls and of those of every class, and the counts behind them."""
    rows, counts = [], dict[str, pd.DataFrame]()
    names = np.array(cases.classes, dtype=object)
    for source, calls in _called(cases):
        found = []
        for repeat, row in enumerate(calls):
            at = np.isfinite(row)
            if not at.any():
                continue
            one = confusion_matrix(
                cases.labels[at],
                names[row[at].astype(int)],
                classes=list(cases.classes),
                cluster=cases.patients[at],
                confidence_level=settings.confidence_level,
                n_resamples=settings.n_resamples,
                rng=task_rng(seed, "calls", source, repeat),
            )
            found.append(one)
        if not found:
            continue
        counts[source] = found[0].table()
        n = int(np.isfinite(calls).any(axis=0).sum())
        for measure in OVERALL:
            value = mean_over_repeats([getattr(one, measure) for one in found])
            rows.append(estimate_row(value, source=source, **{"class": ""}, measure=measure, n=n))
        for name in cases.classes:
            for measure in OF_A_CLASS:
                value = mean_over_repeats([one.per_class[name][measure] for one in found])
                kept = {"class": name, "measure": measure, "n": n}
                rows.append(estimate_row(value, source=source, **kept))
    return pd.DataFrame(rows), counts


def _against_readers(cases: _Cases, full: str, level: float) -> pd.DataFrame:
    """The model's share of right calls minus that of each reader, overall and by true class."""
    rows = []
    calls = dict(_called(cases)).get(full)
    for reader, read in cases.readers.items() if calls is not None else ():
        for name in ("", *cases.classes):
            of_class = np.ones(cases.truth.size, dtype=np.bool_)
            if name:
                of_class = cases.truth == cases.classes.index(name)
            gaps = list(_gaps(cases, np.asarray(calls), read, of_class, level))
            if gaps:
                gap, named = mean_over_repeats(gaps), {"class": name}
                rows.append(estimate_row(gap, model=full, reader=reader, **named))
    return pd.DataFrame(rows)


def _gaps(
    cases: _Cases, calls: FloatArray, read: FloatArray, of_class: BoolArray, level: float
) -> Iterator[Estimate]:
    for row in calls:
        at = np.isfinite(row) & np.isfinite(read) & of_class
        if pd.Series(cases.patients[at]).nunique() > 1:
            yield mcnemar(
                (row == cases.truth)[at],
                (read == cases.truth)[at],
                cluster=cases.patients[at],
                confidence_level=level,
            ).difference


def _side(
    predictions: Predictions,
    outcome: Classes,
    name: str,
    readers: Collection[str],
    settings: EvaluationSettings,
    seed: int,
    untested: pd.DataFrame | None,
    groups: pd.DataFrame | None,
) -> Evaluation:
    """One class against the rest by every model; described, so that nothing is tested."""
    scores = predictions.scores
    own = scores[(scores["target"] == name) & ~scores["source"].isin(list(readers))]
    of_class = Predictions(predictions.units, own.drop(columns="target"), outcome.side(name))
    no_cuts: Mapping[str, float] = {}
    found = evaluate(
        of_class,
        no_cuts,
        settings.model_copy(update={"ladder": ()}),
        seed=seed,
        untested=untested,
        groups=groups,
    )
    return replace(found, primary=None)
