"""Cross-fitting: nested folds over patients, out-of-fold predictions, and the final models.

Everything that learns (imputing, scaling, selecting, tuning, the cut-off, the rad-score under a
clinical model) is fitted on the training patients of its fold alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from radln._random import task_rng
from radln._shown import ShortRepr
from radln._types import BoolArray, FloatArray
from radln.cohort.core import Cohort
from radln.designs import Split, check_splits, grouped_folds
from radln.models.encoding import Encoding, fit_encoding
from radln.models.estimators import fit_core, fit_grid, grid
from radln.models.fitted import FittedModel
from radln.models.settings import Estimator, ModelSettings
from radln.predictions import Predictions
from radln.stats.discrimination.thresholds import youden

RAD_SCORE = "rad_score"
RAD_SOURCE = "radiomics_logistic"
NOMOGRAM_SOURCE = "nomogram_logistic"


@dataclass(frozen=True)
class ModelSpec:
    """One model to fit: the columns that always enter, and those that compete for a place."""

    source: str
    block: str
    estimator: Estimator
    keep: tuple[str, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class FoldResult(ShortRepr):
    """What one outer fold gives: its models and their held-out log-odds."""

    repeat: int
    fold: int
    test: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    models: tuple[FittedModel, ...]
    log_odds: FloatArray  # (models, test rows)


@dataclass(frozen=True, eq=False, repr=False)
class CrossFit(ShortRepr):
    """Out-of-fold predictions with the fold models that made them."""

    predictions: Predictions
    folds: tuple[FoldResult, ...]
    fold_of: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]

    def cut_offs(self) -> pd.DataFrame:
        """The cut-off of every model in every outer fold."""
        rows = [
            {"source": m.source, "repeat": f.repeat, "fold": f.fold, "cut_off": m.cut_off}
            for f in self.folds
            for m in f.models
        ]
        return pd.DataFrame(rows)


def model_specs(cohort: Cohort, settings: ModelSettings) -> tuple[ModelSpec, ...]:
    """Every block with columns, times every estimator: size, shape, clinical, radiomics, deep, all
    of them combined, and, where there are deep features, combined without these."""
    clinical, deep = tuple(cohort.columns("clinical")), tuple(cohort.columns("deep"))
    own = ("size", "shape", "node", "radiomics")
    more = (block for block in cohort.blocks if block not in (*own, "clinical", "deep"))
    other = tuple(cohort.columns(*own, *more))
    blocks: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "size": (tuple(cohort.columns("size")), ()),
        "clinical": (clinical, ()),
        "shape": ((), tuple(cohort.columns("shape"))),
        "radiomics": ((), tuple(cohort.columns("radiomics"))),
        "deep": ((), deep),
        "combined": (clinical, other + deep),
        "without_deep": (clinical, other) if deep else ((), ()),
    }
    if blocks["combined"] in (blocks["clinical"], blocks["radiomics"]):
        del blocks["combined"]  # the same again, where there is one kind of predictors
    return tuple(
        ModelSpec(f"{block}_{estimator}", block, estimator, keep, candidates)
        for block, (keep, candidates) in blocks.items()
        if keep or candidates
        for estimator in settings.estimators
    )


def nomogram_columns(cohort: Cohort) -> tuple[str, ...]:
    """What stands beside the rad-score: the clinical columns, or the node's long axis."""
    clinical = tuple(cohort.columns("clinical"))
    if clinical:
        return clinical
    return tuple(c for c in cohort.columns("size") if c.startswith("node_long_axis"))


def fit_model(
    frame: pd.DataFrame,
    y: BoolArray,
    patient_id: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    spec: ModelSpec,
    settings: ModelSettings,
    *,
    seed: int,
) -> tuple[FittedModel, FloatArray]:
    """Tune on inner folds over patients, then refit on all rows.

    Returns
    -------
    (model, inner)
        ``inner`` are the log-odds of the training rows by inner models that did not see them,
        shape (n,): what cut-offs, recalibration and a rad-score are set on.
    """
    balanced = settings.class_weight == "balanced"
    inner = grouped_folds(
        y,
        patient_id,
        n_folds=settings.inner_folds,
        seed=int(task_rng(seed, "inner").integers(2**31)),
    )

    def encode(rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Encoding:
        return fit_encoding(
            frame.iloc[rows],
            y[rows],
            keep=spec.keep,
            candidates=spec.candidates,
            max_features=settings.max_features,
            max_correlation=settings.max_correlation,
        )

    held = np.empty((len(grid(spec.estimator)), y.size))
    for fold in inner:
        encoding = encode(fold.train)
        held[:, fold.test] = fit_grid(
            spec.estimator,
            encoding.transform(frame.iloc[fold.train]),
            y[fold.train],
            encoding.transform(frame.iloc[fold.test]),
            balanced=balanced,
            seed=seed,
        )
    best = int(np.argmin(np.logaddexp(0, np.where(y, -held, held)).mean(axis=1)))
    encoding = encode(np.arange(y.size))
    matrix = encoding.transform(frame)
    setting = grid(spec.estimator)[best]
    core = fit_core(spec.estimator, setting, matrix, y, balanced=balanced, seed=seed)
    recalibration = _recalibrate(held[best], y) if balanced else (0.0, 1.0)
    inner_log_odds = recalibration[0] + recalibration[1] * held[best]
    cut_off = float(np.clip(youden(y, expit(inner_log_odds)).threshold, 0, 1))
    model = FittedModel(
        spec.source, spec.block, spec.estimator, encoding, core, setting, cut_off, recalibration
    )
    return model, inner_log_odds


def _recalibrate(log_odds: FloatArray, y: BoolArray) -> tuple[float, float]:
    """Logistic recalibration (Cox 1958) on inner out-of-fold log-odds."""
    model = LogisticRegression(C=np.inf, max_iter=2000, tol=1e-8).fit(log_odds[:, None], y)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def fit_all(
    cohort_frame: pd.DataFrame,
    y: BoolArray,
    patient_id: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    specs: Sequence[ModelSpec],
    beside: Sequence[str],
    settings: ModelSettings,
    *,
    seed: int,
    task: tuple[str | int, ...],
) -> tuple[tuple[FittedModel, ...], dict[str, FloatArray]]:
    """Every model on the same training rows, and the clinical + rad-score model on top.

    The rad-score that the latter is fitted on comes from inner models that did not see the row.
    """
    models = []
    inner = {}
    for spec in specs:
        key = int(task_rng(seed, *task, spec.source).integers(2**31))
        model, inner[spec.source] = fit_model(cohort_frame, y, patient_id, spec, settings, seed=key)
        models.append(model)
    if RAD_SOURCE in inner and beside:
        spec = ModelSpec(NOMOGRAM_SOURCE, "nomogram", "logistic", (*beside, RAD_SCORE), ())
        frame = cohort_frame[list(beside)].assign(**{RAD_SCORE: inner[RAD_SOURCE]})
        key = int(task_rng(seed, *task, NOMOGRAM_SOURCE).integers(2**31))
        model, inner[NOMOGRAM_SOURCE] = fit_model(frame, y, patient_id, spec, settings, seed=key)
        models.append(model)
    return tuple(models), inner


def predict_all(models: Sequence[FittedModel], frame: pd.DataFrame) -> FloatArray:
    """Log-odds of some rows by every model, shape (models, rows)."""
    by_source = {model.source: model for model in models}
    rows = []
    for model in models:
        inputs = frame
        if model.source == NOMOGRAM_SOURCE:
            rad_score = by_source[RAD_SOURCE].log_odds(frame)
            inputs = frame.assign(**{RAD_SCORE: rad_score})
        rows.append(model.log_odds(inputs))
    return np.stack(rows)


def cross_fit(
    cohort: Cohort,
    specs: Sequence[ModelSpec],
    settings: ModelSettings,
    *,
    seed: int,
    jobs: int = 1,
    load: Callable[[Split], FoldResult | None] = lambda fold: None,
    save: Callable[[FoldResult], None] = lambda result: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CrossFit:
    """Out-of-fold predictions of every model over repeated folds of patients.

    Parameters
    ----------
    load, save
        Called for every outer fold, so that a run that was cut off goes on where it stopped.
    jobs
        Processes; the result is the same for any number.

    Raises
    ------
    LeakageError
        A patient stands on both sides of a split.
    InputError
        Too few patients for the folds.
    """
    patients = cohort.patient_id
    folds = grouped_folds(
        cohort.y_true, patients, n_folds=settings.folds, n_repeats=settings.repeats, seed=seed
    )
    check_splits(folds, patients)
    done = {(f.repeat, f.fold): kept for f in folds if (kept := load(f)) is not None}
    waiting = [fold for fold in folds if (fold.repeat, fold.fold) not in done]
    beside = nomogram_columns(cohort)
    tasks = (
        delayed(_run_fold)(
            cohort.predictors, cohort.y_true, patients, fold, specs, beside, settings, seed
        )
        for fold in waiting
    )
    progress(len(done), len(folds))
    for result in Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks):
        save(result)
        done[(result.repeat, result.fold)] = result
        progress(len(done), len(folds))
    ordered = tuple(done[(fold.repeat, fold.fold)] for fold in folds)
    return _gather(cohort, ordered)


def _run_fold(
    frame: pd.DataFrame,
    y: BoolArray,
    patient_id: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    fold: Split,
    specs: Sequence[ModelSpec],
    beside: Sequence[str],
    settings: ModelSettings,
    seed: int,
) -> FoldResult:
    with threadpool_limits(limits=1):
        models, _ = fit_all(
            frame.iloc[fold.train],
            y[fold.train],
            patient_id[fold.train],
            specs,
            beside,
            settings,
            seed=seed,
            task=("outer", fold.repeat, fold.fold),
        )
        log_odds = predict_all(models, frame.iloc[fold.test])
    return FoldResult(fold.repeat, fold.fold, fold.test, models, log_odds)


def _gather(cohort: Cohort, results: tuple[FoldResult, ...]) -> CrossFit:
    parts = []
    fold_of: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = {}
    units = cohort.units.reset_index()
    for result in results:
        fold_of.setdefault(result.repeat, np.full(len(units), -1, dtype=np.int64))[result.test] = (
            result.fold
        )
        rows = units.loc[result.test, ["unit_id"]]
        for model, log_odds in zip(result.models, result.log_odds, strict=True):
            parts.append(
                rows.assign(
                    source=model.source,
                    y_score=log_odds,
                    y_prob=expit(log_odds),
                    repeat=result.repeat,
                    fold=result.fold,
                )
            )
    scores = pd.concat(parts, ignore_index=True)
    return CrossFit(Predictions(units, scores, cohort.outcome), results, fold_of)
