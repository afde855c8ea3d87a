"""From predictions and reads to every judged number.

Areas are means of within-fold areas, averaged over repeats; calls use the cut-off of their own
fold; all intervals are clustered by patient. Those of areas, their differences, calibration and net
benefit speak of the way of modelling at the folds' training size; those of rates, which hang on a
cut-off, speak of the models that were fitted. A source without folds speaks for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln._result import Estimate, estimate_row
from radln._types import FloatArray
from radln.errors import RadlnError, ShapeError, SingleClassError
from radln.evaluation.against_calls import against_calls
from radln.evaluation.average_reader import against_average
from radln.evaluation.groups import by_group
from radln.evaluation.measures import CALIBRATION, measures_of
from radln.evaluation.of_readers import operating_points, worth_of_calls
from radln.evaluation.primary import Primary
from radln.evaluation.result import Evaluation
from radln.evaluation.scores import Cuts, Scores, Source, scores_of
from radln.evaluation.settings import AVERAGE, EvaluationSettings, PrimarySettings
from radln.predictions import Predictions
from radln.stats import (
    AucComparison,
    auc,
    auc_over_folds,
    compare_auc,
    compare_over_folds,
    holm,
    mean_over_repeats,
    roc_curve,
)
from radln.stats.calls.diagnostic import diagnostic_table
from radln.stats.discrimination.auc import AucResult
from radln.stats.discrimination.fold_results import FoldAuc, FoldComparison
from radln.stats.risks.calibration import Calibration, calibration
from radln.stats.risks.calibration_over_folds import calibration_over_folds
from radln.stats.risks.decision import DecisionCurve, decision_curve
from radln.stats.risks.decision_over_folds import decision_curve_over_folds

GRID = np.linspace(0, 1, 201)


def evaluate(
    predictions: Predictions,
    cut_offs: Cuts,
    settings: EvaluationSettings,
    *,
    seed: int,
    readers: Collection[str] = (),
    coarse: Collection[str] = (),
    untested: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
) -> Evaluation:
    """Judge every model and reader on the same patients.

    Parameters
    ----------
    predictions
        What everybody said; a unit may miss from a repeat.
    cut_offs
        Of the sources that have some: a number a source, or a table with ``source``, ``repeat``,
        ``fold`` and ``cut_off``. On the scale of ``y_prob``, without it on that of ``y_score``.
    readers
        The sources that are people.
    coarse
        Those of them whose reads had two values before views were averaged: not in the average.
    untested
        Units that repeated hold-outs never drew, with ``unit_id``, ``patient_id`` and ``y_true``:
        how many patients taught cannot be told without them.
    groups
        A column a declared subgroup with the group of every unit, index ``unit_id``.
    """
    scores = scores_of(predictions, cut_offs, readers, untested)
    level = settings.confidence_level
    areas = {name: _area(scores, one, level) for name, one in scores.models.items()}
    folded = [area for area in areas.values() if isinstance(area, FoldAuc)]
    aucs = [_model_row(name, area) for name, area in areas.items()]
    aucs += [reader_row(scores, reader, level) for reader in readers]
    primary, why = _primary(scores, settings.primary, level, coarse)
    calibrations, calibration_table = _calibrations(scores, level)
    decisions, net_benefit = _decisions(scores, level)
    return Evaluation(
        aucs=pd.DataFrame(aucs),
        primary=primary,
        ladder=ladder_of(scores, settings.ladder, level),
        pairs=pairs_of(scores, level),
        operating=operating_table(scores, settings, seed),
        cut_offs=cut_off_table(cut_offs, readers),
        calibration_table=calibration_table,
        calibrations=calibrations,
        decisions=decisions,
        net_benefit=net_benefit,
        by_site=_by_site(scores, settings.primary.full, level),
        subgroups=subgroups_of(scores, settings.primary.full, groups, level),
        grid=GRID,
        curves={name: _mean_curve(scores, one) for name, one in scores.models.items()},
        n_training=folded[0].n_training if folded else 0,
        variance_factor=folded[0].variance_factor if folded else 1.0,
        warnings=(
            *dict.fromkeys(n for area in areas.values() for n in area.warnings),
            *_lacking(scores),
            *why,
        ),
        confidence_level=level,
        reader_calls=against_calls(scores, settings.primary.full, level),
        reader_points=operating_points(scores),
        reader_decisions=worth_of_calls(scores, level),
    )


def _lacking(scores: Scores) -> list[str]:
    """What must be said of units that some repeat lacks."""
    return [
        f"{name}: {one.missing} case(s) miss from a repeat, and are left out of all of them."
        for name, one in scores.models.items()
        if one.missing
    ]


def cut_off_table(given: Cuts, readers: Collection[str]) -> pd.DataFrame:
    """The cut-offs of models; of a table every one, with its repeat and fold where it has some."""
    if isinstance(given, pd.DataFrame):
        own = given[~given["source"].isin(list(readers))]
        return own.astype({"repeat": "Int64", "fold": "Int64"})
    return pd.DataFrame({"source": list(given), "cut_off": list(given.values())})


def _area(scores: Scores, one: Source, level: float) -> FoldAuc | AucResult:
    at = one.judged
    patients = scores.patients[at]
    if one.folds is None:
        return auc(scores.y[at], one.score[0, at], cluster=patients, confidence_level=level)
    return auc_over_folds(
        scores.y[at], one.score[:, at], one.folds[:, at], cluster=patients, confidence_level=level
    )


def _model_row(name: str, result: FoldAuc | AucResult) -> dict[str, object]:
    value = result.estimate.value
    low, high = result.spread if isinstance(result, FoldAuc) else (value, value)
    row = estimate_row(result.estimate, source=name, kind="model", n=result.n)
    return {**row, "repeat_min": low, "repeat_max": high, "n_patients": result.n_patients}


def reader_row(scores: Scores, name: str, level: float) -> dict[str, object]:
    """A reader's area on what was read; none of nothing, or of one class only."""
    estimate, n_patients = Estimate(np.nan, np.nan, np.nan, level, "not estimable"), 0
    reader = scores.readers.get(name)
    read = np.zeros(scores.y.size, dtype=np.bool_) if reader is None else reader.known
    if reader is not None:
        with suppress(ShapeError, SingleClassError):
            result = auc(
                scores.y[read],
                reader.score[0, read],
                cluster=scores.patients[read],
                confidence_level=level,
            )
            estimate, n_patients = result.estimate, result.n_patients
    row = estimate_row(estimate, source=name, kind="reader", n=int(read.sum()))
    return {**row, "n_patients": n_patients}


def compared(
    scores: Scores, first: str, second: str, level: float
) -> FoldComparison | AucComparison | None:
    """The difference of two sources; None where one is not there, or lacks a unit of the other."""
    a, b = scores.sources.get(first), scores.sources.get(second)
    if a is None or b is None or not _comparable(a, b):
        return None
    trained = next((one for one in (a, b) if one.folds is not None), None)
    at = (trained or a).judged
    y, patients = scores.y[at], scores.patients[at]
    folds = scores.folds if trained is None else trained.folds
    if folds is None or (trained is None and not np.isfinite(folds[:, at]).all()):
        first_score, second_score = a.score[0, at], b.score[0, at]
        return compare_auc(y, first_score, second_score, cluster=patients, confidence_level=level)
    left, right = (one.score[0, at] if one.folds is None else one.score[:, at] for one in (a, b))
    return compare_over_folds(
        y, left, right, folds[:, at], cluster=patients, confidence_level=level
    )


def _comparable(a: Source, b: Source) -> bool:
    """Whether both judged the same units, and what was trained was so in the same folds."""
    if a.folds is not None and b.folds is not None:
        return np.array_equal(a.folds, b.folds, equal_nan=True)
    trained = [one for one in (a, b) if one.folds is not None]
    if not trained:
        return bool((a.known == b.known).all())
    return all(one.known[trained[0].judged].all() for one in (a, b) if one.folds is None)


def _primary(
    scores: Scores, named: PrimarySettings, level: float, coarse: Collection[str]
) -> tuple[Primary | None, tuple[str, ...]]:
    """The comparison that was named, or why there is none with the average reader."""
    if named.simple == AVERAGE:
        try:
            found = against_average(scores, named.full, level, coarse)
        except RadlnError as error:
            return None, (f"The average reader was not compared: {error}",)
        gap = found.difference
        primary = Primary(named.full, AVERAGE, named.margin, gap, found.pvalue, found.df)
        return primary, (who_is_averaged(scores, found.readers),)
    comparison = compared(scores, named.full, named.simple, level)
    if comparison is None:
        return None, ()
    gap, pvalue = comparison.difference, comparison.pvalue
    return Primary(named.full, named.simple, named.margin, gap, pvalue), ()


def who_is_averaged(scores: Scores, readers: Sequence[str]) -> str:
    """Whose reads the average reader is, and who is left out."""
    others = [name for name in scores.readers if name not in readers]
    left = f"; {', '.join(others)}: two values only, or not all cases read" if others else ""
    return f"The average reader is that of {', '.join(readers)}{left}."


def ladder_of(scores: Scores, steps: Sequence[str], level: float) -> pd.DataFrame:
    """Each step against the one below, Holm-adjusted; models not fitted are passed over."""
    present = [
        step
        for step in steps
        if (one := scores.sources.get(step)) is not None and (not one.reader or one.known.all())
    ]
    rows = []
    for lower, upper in pairwise(present):
        comparison = compared(scores, upper, lower, level)
        if comparison is not None:
            row = estimate_row(comparison.difference, richer=upper, simpler=lower)
            rows.append({**row, "pvalue": comparison.pvalue})
    frame = pd.DataFrame(rows)
    if not frame.empty:
        pvalues = frame["pvalue"].to_numpy()
        adjusted = holm(np.where(np.isnan(pvalues), 1.0, pvalues))  # what has no p counts in m
        frame["pvalue_holm"] = np.where(np.isnan(pvalues), np.nan, adjusted)
    return frame


def pairs_of(scores: Scores, level: float) -> pd.DataFrame:
    """Every pair of sources as a difference with its interval, and no p-value."""
    rows = []
    for first, second in combinations([*scores.models, *scores.readers], 2):
        comparison = compared(scores, first, second, level)
        if comparison is not None:
            rows.append(estimate_row(comparison.difference, first=first, second=second))
    return pd.DataFrame(rows)


def operating_table(scores: Scores, settings: EvaluationSettings, seed: int) -> pd.DataFrame:
    """Sensitivity and its kin of every source that has a cut-off."""
    rows = []
    for name in [*scores.models, *scores.readers]:
        calls = scores.sources[name].calls
        if calls is None:
            continue
        results = []
        for k, row in enumerate(calls):
            at = np.isfinite(row) & scores.sources[name].judged
            if not 0 < scores.y[at].sum() < at.sum():
                continue
            results.append(
                diagnostic_table(
                    scores.y[at],
                    row[at] == 1,
                    cluster=scores.patients[at],
                    confidence_level=settings.confidence_level,
                    n_resamples=settings.n_resamples,
                    rng=task_rng(seed, "operating", name, k),
                )
            )
        for measure in measures_of(scores.outcome) if results else ():
            estimate = mean_over_repeats([getattr(result, measure.name) for result in results])
            rows.append(estimate_row(estimate, source=name, measure=measure.name))
    return pd.DataFrame(rows)


def _calibrations(scores: Scores, level: float) -> tuple[dict[str, Calibration], pd.DataFrame]:
    """The curve of the first repeat, and a row a model and number over all repeats."""
    first, rows = dict[str, Calibration](), list[dict[str, object]]()
    for name, one in scores.models.items():
        if one.prob is None:
            continue
        at = np.isfinite(one.prob[0])
        first[name] = calibration(
            scores.y[at],
            one.prob[0, at],
            cluster=scores.patients[at],
            confidence_level=level,
            n_resamples=0,
        )
        found = (
            first[name].frame().pipe(lambda frame: frame[frame["metric"].isin(list(CALIBRATION))])
        )
        counted = one.known  # those whom every repeat has
        if one.hold_outs and len(one.prob) > 1:
            found = _over_hold_outs(scores, one.prob, level)
        elif one.folds is not None and counted.any():
            found = calibration_over_folds(
                scores.y[counted],
                one.prob[:, counted],
                one.folds[:, counted],
                cluster=scores.patients[counted],
                confidence_level=level,
            ).frame()
        rows += [{"source": name, **row} for row in _records(found)]
    return first, pd.DataFrame(rows).rename(columns={"metric": "measure"})


def _over_hold_outs(scores: Scores, prob: FloatArray, level: float) -> pd.DataFrame:
    """Means over hold-outs, which speak of the models that were fitted."""
    parts = []
    for row in prob:
        at = np.isfinite(row)
        parts.append(
            calibration(
                scores.y[at],
                row[at],
                cluster=scores.patients[at],
                confidence_level=level,
                n_resamples=0,
            )
        )
    return pd.DataFrame(
        [
            estimate_row(mean_over_repeats([getattr(p, name) for p in parts]), metric=name)
            for name in CALIBRATION
        ]
    )


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _decisions(scores: Scores, level: float) -> tuple[dict[str, DecisionCurve], pd.DataFrame]:
    """Net benefit averaged over repeats."""
    curves = dict[str, DecisionCurve]()
    for name, one in scores.models.items():
        at = one.known
        patients = scores.patients[at]
        if one.hold_outs and len(one.score) > 1:
            continue  # no interval is known that speaks of the way of modelling
        if one.prob is not None and one.folds is not None:
            curves[name] = decision_curve_over_folds(
                scores.y[at],
                one.prob[:, at],
                one.folds[:, at],
                cluster=patients,
                confidence_level=level,
            )
        elif one.prob is not None:
            curves[name] = decision_curve(
                scores.y[at], one.prob[0, at], cluster=patients, confidence_level=level
            )
    parts = [curve.frame().assign(source=name) for name, curve in curves.items()]
    return curves, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _by_site(scores: Scores, source: str, level: float) -> pd.DataFrame:
    """The AUC of one model at every site."""
    if scores.site is None or source not in scores.models:
        return pd.DataFrame()
    return by_group(scores, source, scores.site, level).rename(columns={"group": "site"})


def subgroups_of(
    scores: Scores, source: str, groups: pd.DataFrame | None, level: float
) -> pd.DataFrame:
    """The AUC of one model in every group of every declared subgroup."""
    if groups is None or source not in scores.models:
        return pd.DataFrame()
    tables = [
        by_group(scores, source, groups[name], level).assign(subgroup=name)
        for name in groups.columns
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _mean_curve(scores: Scores, one: Source) -> FloatArray:
    """Sensitivity on ``GRID``, the vertical mean of the within-fold curves over all repeats."""
    curves = []
    folds = np.zeros_like(one.score) if one.folds is None else one.folds
    for fold_row, score_row in zip(folds, one.score, strict=True):
        for fold in np.unique(fold_row[np.isfinite(fold_row)]):
            at = (fold_row == fold) & np.isfinite(score_row)
            curve = roc_curve(scores.y[at], score_row[at])
            order = np.lexsort((curve.tpr, curve.fpr))
            curves.append(_step(curve.fpr[order], curve.tpr[order]))
    return np.asarray(np.mean(curves, axis=0), dtype=np.float64)


def _step(fpr: FloatArray, tpr: FloatArray) -> FloatArray:
    """A curve on ``GRID``; at a vertical rise the upper end counts, from (0, 0) on."""
    values = np.interp(GRID, fpr, tpr)
    for k, x in enumerate(GRID):
        on = fpr == x
        if on.any():
            values[k] = tpr[on].max()
    values[0] = 0.0
    return values
