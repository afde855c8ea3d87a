"""Out-of-fold scores: checked, and turned into areas and variances fold by fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from radln import _check
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, LeakageError, ShapeError, SingleClassError
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements


def over_folds(
    positive: BoolArray,
    scores: FloatArray,
    folds: IntArray,
    cluster: IntArray | None,
    contrast: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Means over folds, and their variances, of contrasts of the areas of one repeat."""
    values, variances = [], []
    for rows in _fold_rows(positive, folds):
        areas, places = placements(positive[rows], scores[:, rows])
        patients = None if cluster is None else _check.clusters(cluster[rows], rows.size)
        combined = contrast @ places
        values.append(contrast @ areas)
        variances.append(np.diag(area_covariance(positive[rows], combined, patients)))
    return np.mean(values, axis=0), np.sum(variances, axis=0) / len(values) ** 2


def _fold_rows(positive: BoolArray, folds: IntArray) -> Iterator[IntArray]:
    """Row positions of every fold, each with both classes."""
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        if positive[rows].all() or not positive[rows].any():
            only = "positive" if positive[rows[0]] else "negative"
            raise SingleClassError(
                f"fold {fold} tests {only} cases only (n = {rows.size}), so it has no AUC; "
                "use fewer folds, or folds that keep the share of positive cases."
            )
        yield rows


def fold_gate(
    y_true: ArrayLike,
    scores: Mapping[str, ArrayLike],
    folds: ArrayLike,
    cluster: ArrayLike | None,
) -> tuple[BoolArray, list[FloatArray], IntArray, IntArray | None]:
    """Outcome, scores and folds as (n_repeats, n), and patients, each in one fold a repeat."""
    positive = _check.outcome(y_true)
    n = positive.size
    codes = _check.clusters(cluster, n)
    given = np.atleast_2d(np.asarray(folds))
    if given.ndim != 2 or given.shape[1] != n:
        raise ShapeError(f"folds must have shape (n_repeats, {n}) or ({n},); got {given.shape}.")
    if pd.isna(given).any():
        raise InputError("folds has missing values; every case is tested in one fold a repeat.")
    parts = np.stack([np.unique(row, return_inverse=True)[1] for row in given])
    checked = [_repeated(score, parts.shape, name) for name, score in scores.items()]
    if codes is not None:
        _refuse_torn_patients(parts, codes)
    return positive, checked, parts, codes


def _refuse_torn_patients(parts: IntArray, codes: IntArray) -> None:
    """Raise LeakageError where a patient stands in two folds of one repeat."""
    for part in parts:
        torn = int((pd.Series(part).groupby(codes).nunique() > 1).sum())
        if torn:
            raise LeakageError(
                f"{torn} patient(s) of cluster stand in two folds of one repeat; "
                "split patients, not images."
            )


def _repeated(scores: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """Scores as (n_repeats, n); one vector serves all repeats."""
    array = np.asarray(scores)
    if array.shape not in {shape, shape[1:]}:
        raise ShapeError(
            f"{name} must have the shape of folds, {shape}, or one value a case, {shape[1:]}; "
            f"got {array.shape}.{_check.two_columns(array, name)}"
        )
    rows = [_check.numbers(row, shape[1], name=name) for row in np.atleast_2d(array)]
    return np.array(np.broadcast_to(np.stack(rows), shape))
