"""From out-of-fold predictions and reads to every number of the report.

Areas are means of within-fold areas, averaged over repeats; calls use the cut-off of their own
fold; all intervals are clustered by patient. Those of areas, their differences, calibration and net
benefit speak of the way of modelling at the folds' training size; those of rates, which hang on a
cut-off, speak of the models that were fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln._result import Estimate, estimate_row
from radln._types import BoolArray, FloatArray, IntArray
from radln.cohort.core import Cohort, Reader
from radln.errors import RadlnError, ShapeError, SingleClassError
from radln.models.train import CrossFit
from radln.report.content import Evaluation
from radln.report.verdict import Primary
from radln.settings import EvaluationSettings, PrimarySettings
from radln.stats import auc, auc_over_folds, compare_over_folds, holm, mean_over_repeats, roc_curve
from radln.stats.calls.diagnostic import diagnostic_table
from radln.stats.discrimination.fold_results import FoldAuc, FoldComparison
from radln.stats.risks.calibration import Calibration, calibration
from radln.stats.risks.calibration_over_folds import calibration_over_folds
from radln.stats.risks.decision import DecisionCurve
from radln.stats.risks.decision_over_folds import decision_curve_over_folds

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1", "balanced_accuracy")
GRID = np.linspace(0, 1, 201)


@dataclass(frozen=True, eq=False)
class Scores:
    """Out-of-fold scores as matrices (repeats, units), with the truth and the patients."""

    y: BoolArray
    patients: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    folds: IntArray
    score: dict[str, FloatArray]
    prob: dict[str, FloatArray]
    call: dict[str, BoolArray]

    @property
    def n_repeats(self) -> int:
        """How many repeats."""
        return int(self.folds.shape[0])


def gather_scores(cohort: Cohort, fit: CrossFit) -> Scores:
    """Matrices from the long table; calls use each fold's own cut-off."""
    repeats = fit.predictions.repeats
    folds = np.stack([fit.fold_of[r] for r in repeats])
    cut = fit.cut_offs().set_index(["source", "repeat", "fold"])["cut_off"]
    score, prob, call = {}, {}, {}
    for source in fit.predictions.sources:
        wide = {
            column: fit.predictions.select(source)
            .pivot(index="repeat", columns="unit_id", values=column)
            .loc[list(repeats), cohort.units.index.astype(str)]
            .to_numpy(np.float64)
            for column in ("y_score", "y_prob")
        }
        limits = np.stack(
            [[cut[(source, r, f)] for f in fold] for r, fold in zip(repeats, folds, strict=True)]
        )
        score[source], prob[source] = wide["y_score"], wide["y_prob"]
        call[source] = wide["y_prob"] >= limits
    return Scores(cohort.y_true, cohort.patient_id, folds, score, prob, call)


def evaluate(
    cohort: Cohort, fit: CrossFit, settings: EvaluationSettings, *, seed: int
) -> Evaluation:
    """Judge every model and reader on the same patients."""
    scores = gather_scores(cohort, fit)
    level = settings.confidence_level
    areas = {source: _model_auc(scores, source, level) for source in scores.score}
    first = next(iter(areas.values()))
    aucs = [_model_row(source, area) for source, area in areas.items()]
    aucs += [_reader_auc(cohort, reader, level) for reader in cohort.readers]
    primary = _primary(cohort, scores, settings.primary, level)
    calibrations, calibration_table = _calibrations(scores, level)
    decisions, net_benefit = _decisions(scores, level)
    return Evaluation(
        aucs=pd.DataFrame(aucs),
        primary=primary,
        ladder=_ladder(cohort, scores, settings.ladder, level),
        pairs=_pairs(cohort, scores, level),
        operating=_operating(cohort, scores, settings, seed),
        cut_offs=fit.cut_offs(),
        calibration_table=calibration_table,
        calibrations=calibrations,
        decisions=decisions,
        net_benefit=net_benefit,
        by_site=_by_site(cohort, scores, settings.primary.full, level),
        grid=GRID,
        curves={source: _mean_curve(scores, source) for source in scores.score},
        n_training=first.n_training,
        variance_factor=first.variance_factor,
        warnings=tuple(dict.fromkeys(n for area in areas.values() for n in area.warnings)),
        confidence_level=level,
    )


def _model_auc(scores: Scores, source: str, level: float) -> FoldAuc:
    return auc_over_folds(
        scores.y,
        scores.score[source],
        scores.folds,
        cluster=scores.patients,
        confidence_level=level,
    )


def _model_row(source: str, result: FoldAuc) -> dict[str, object]:
    low, high = result.spread
    row = estimate_row(result.estimate, source=source, kind="model", n=result.n)
    return {**row, "repeat_min": low, "repeat_max": high, "n_patients": result.n_patients}


def _read(cohort: Cohort, reader: Reader) -> tuple[FloatArray, IntArray]:
    """A reader's values and the units that were read."""
    values = cohort.reads[reader.name].to_numpy(np.float64)
    rows = np.flatnonzero(np.isfinite(values))
    return values[rows], rows


def _reader_auc(cohort: Cohort, reader: Reader, level: float) -> dict[str, object]:
    values, rows = _read(cohort, reader)
    empty = Estimate(np.nan, np.nan, np.nan, level, "not estimable")
    try:
        result = auc(
            cohort.y_true[rows], values, cluster=cohort.patient_id[rows], confidence_level=level
        )
        estimate, n_patients = result.estimate, result.n_patients
    except (ShapeError, SingleClassError):  # nothing read, or one class only
        estimate, n_patients = empty, 0
    row = estimate_row(estimate, source=reader.name, kind="reader", n=rows.size)
    return {**row, "n_patients": n_patients}


def _vector(cohort: Cohort, scores: Scores, source: str) -> FloatArray | None:
    """A model's matrix, or a reader's vector where all units were read; None where neither."""
    if source in scores.score:
        return scores.score[source]
    if source in cohort.reads.columns:
        values = cohort.reads[source].to_numpy(np.float64)
        return values if np.isfinite(values).all() else None
    return None


def _compare(
    cohort: Cohort, scores: Scores, first: str, second: str, level: float
) -> FoldComparison | None:
    a, b = _vector(cohort, scores, first), _vector(cohort, scores, second)
    if a is None or b is None:
        return None
    return compare_over_folds(
        scores.y, a, b, scores.folds, cluster=scores.patients, confidence_level=level
    )


def _primary(
    cohort: Cohort, scores: Scores, named: PrimarySettings, level: float
) -> Primary | None:
    comparison = _compare(cohort, scores, named.full, named.simple, level)
    if comparison is None:
        return None
    gap, pvalue = comparison.difference, comparison.pvalue
    return Primary(named.full, named.simple, named.margin, gap, pvalue)


def _ladder(cohort: Cohort, scores: Scores, steps: Sequence[str], level: float) -> pd.DataFrame:
    """Each step against the one below, Holm-adjusted; models not fitted are passed over."""
    present = [step for step in steps if _vector(cohort, scores, step) is not None]
    rows = []
    for lower, upper in pairwise(present):
        comparison = _compare(cohort, scores, upper, lower, level)
        if comparison is not None:
            row = estimate_row(comparison.difference, richer=upper, simpler=lower)
            rows.append({**row, "pvalue": comparison.pvalue})
    frame = pd.DataFrame(rows)
    if not frame.empty:
        pvalues = frame["pvalue"].to_numpy()
        adjusted = holm(np.where(np.isnan(pvalues), 1.0, pvalues))  # what has no p counts in m
        frame["pvalue_holm"] = np.where(np.isnan(pvalues), np.nan, adjusted)
    return frame


def _pairs(cohort: Cohort, scores: Scores, level: float) -> pd.DataFrame:
    """Every pair of sources as a difference with its interval, and no p-value."""
    sources = [*scores.score, *(reader.name for reader in cohort.readers)]
    rows = []
    for first, second in combinations(sources, 2):
        comparison = _compare(cohort, scores, first, second, level)
        if comparison is not None:
            rows.append(estimate_row(comparison.difference, first=first, second=second))
    return pd.DataFrame(rows)


def _operating(
    cohort: Cohort, scores: Scores, settings: EvaluationSettings, seed: int
) -> pd.DataFrame:
    """Sensitivity and its kin at the folds' cut-offs, and at the readers' cuts."""
    rows = []

    def tables(y: BoolArray, calls: Sequence[BoolArray], who: str, patients: object) -> None:
        results = [
            diagnostic_table(
                y,
                call,
                cluster=np.asarray(patients),
                confidence_level=settings.confidence_level,
                n_resamples=settings.n_resamples,
                rng=task_rng(seed, "operating", who, k),
            )
            for k, call in enumerate(calls)
        ]
        for measure in MEASURES:
            estimate = mean_over_repeats([getattr(result, measure) for result in results])
            rows.append(estimate_row(estimate, source=who, measure=measure))

    for source, calls in scores.call.items():
        tables(scores.y, list(calls), source, scores.patients)
    for reader in cohort.readers:
        values, read = _read(cohort, reader)
        if 0 < cohort.y_true[read].sum() < read.size:
            tables(
                cohort.y_true[read], [values >= reader.cut], reader.name, cohort.patient_id[read]
            )
    return pd.DataFrame(rows)


def _calibrations(scores: Scores, level: float) -> tuple[dict[str, Calibration], pd.DataFrame]:
    """The curve of the first repeat, and a row a model and number over all repeats."""
    first, rows = {}, []
    for source, probabilities in scores.prob.items():
        first[source] = calibration(
            scores.y,
            probabilities[0],
            cluster=scores.patients,
            confidence_level=level,
            n_resamples=0,
        )
        found = calibration_over_folds(
            scores.y,
            probabilities,
            scores.folds,
            cluster=scores.patients,
            confidence_level=level,
        )
        rows += [{"source": source, **row} for row in found.frame().to_dict("records")]
    return first, pd.DataFrame(rows).rename(columns={"metric": "measure"})


def _decisions(scores: Scores, level: float) -> tuple[dict[str, DecisionCurve], pd.DataFrame]:
    """Net benefit averaged over repeats."""
    curves = {
        source: decision_curve_over_folds(
            scores.y,
            probabilities,
            scores.folds,
            cluster=scores.patients,
            confidence_level=level,
        )
        for source, probabilities in scores.prob.items()
    }
    parts = [curve.frame().assign(source=source) for source, curve in curves.items()]
    return curves, pd.concat(parts, ignore_index=True)


def _by_site(cohort: Cohort, scores: Scores, source: str, level: float) -> pd.DataFrame:
    """The AUC of one model at every site that has both classes."""
    if "site" not in cohort.units.columns or source not in scores.score:
        return pd.DataFrame()
    rows = []
    sites = cohort.units["site"].astype(str).to_numpy()
    for site in sorted(set(sites)):
        at = sites == site
        row: dict[str, object] = {"site": site, "n": int(at.sum())}
        row["n_positive"] = int(scores.y[at].sum())
        row["n_patients"] = int(pd.Series(scores.patients[at]).nunique())
        row |= _site_estimate(scores, source, at, level)
        rows.append(row)
    return pd.DataFrame(rows)


def _site_estimate(scores: Scores, source: str, at: BoolArray, level: float) -> dict[str, object]:
    try:
        parts = [
            auc(scores.y[at], row[at], cluster=scores.patients[at], confidence_level=level).estimate
            for row in scores.score[source]
        ]
    except RadlnError as error:
        empty = Estimate(np.nan, np.nan, np.nan, level, str(error), np.nan)
        return dict(estimate_row(empty))
    return dict(estimate_row(mean_over_repeats(parts)))


def _mean_curve(scores: Scores, source: str) -> FloatArray:
    """Sensitivity on ``GRID``, the vertical mean of the within-fold curves over all repeats."""
    curves = []
    for fold_row, score_row in zip(scores.folds, scores.score[source], strict=True):
        for fold in np.unique(fold_row):
            at = fold_row == fold
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
