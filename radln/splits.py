"""Ids to folds: the patient is the unit of every split, and a patient in two folds is an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._random import task_rng
from radln._types import ArrayLike, IntArray
from radln.errors import InputError, LeakageError


@dataclass(frozen=True, eq=False)
class Fold:
    """Row positions of one train/test split; ``repeat`` and ``fold`` name it."""

    repeat: int
    fold: int
    train: IntArray
    test: IntArray


def assert_disjoint(patient_id: ArrayLike, train: ArrayLike, test: ArrayLike) -> None:
    """Raise LeakageError where a patient stands on both sides of a split."""
    patients = np.asarray(patient_id)
    shared = np.intersect1d(patients[np.asarray(train)], patients[np.asarray(test)])
    if shared.size:
        raise LeakageError(
            f"{shared.size} patient(s) stand in both training and test rows; a split must keep all "
            "images of a patient on one side. Split patients, not images (radln.splits)."
        )


def patient_strata(y_true: ArrayLike, patient_id: ArrayLike) -> pd.Series:
    """A patient's stratum: all rows negative (0), all positive (2), both (1)."""
    _check.same_order({"y_true": y_true, "patient_id": patient_id})
    positive = _check.outcome(y_true, both=False)
    _check.clusters(patient_id, positive.size, name="patient_id")  # as many, and none missing
    rates = pd.Series(positive.astype(np.float64)).groupby(
        pd.Series(np.asarray(patient_id)).astype(str).to_numpy(), sort=True
    )
    share = rates.mean()
    return pd.Series(np.where(share == 0, 0, np.where(share == 1, 2, 1)), index=share.index)


def grouped_folds(
    y_true: ArrayLike,
    patient_id: ArrayLike,
    *,
    n_folds: int = 5,
    n_repeats: int = 1,
    seed: int = 0,
) -> tuple[Fold, ...]:
    """Repeated, stratified folds over patients.

    Patients are shuffled within their stratum (:func:`patient_strata`) and dealt to the folds in
    turn, the next stratum going on where the last one stopped, so that folds differ by one patient
    at most in every stratum.

    Parameters
    ----------
    y_true : shape (n,), 0/1
    patient_id : shape (n,)
        Rows of one patient stay together.

    Raises
    ------
    InputError, ShapeError
        Outcomes other than 0/1, a patient that is not named, or vectors of different length.
    InputError
        Fewer patients with, or without, a positive row than folds.

    Examples
    --------
    >>> patients = np.array(["a", "b", "c", "d", "b", "a"])
    >>> folds = grouped_folds([0, 1, 0, 1, 1, 0], patients, n_folds=2)
    >>> [len(set(patients[fold.test])) for fold in folds]
    [2, 2]
    """
    patients = np.asarray(patient_id).astype(str)
    strata = patient_strata(y_true, patient_id)
    with_positive = int((strata > 0).sum())
    with_negative = int((strata < 2).sum())
    if n_folds < 2:
        raise InputError(f"n_folds must be at least 2; got {n_folds}.")
    if min(with_positive, with_negative) < n_folds:
        raise InputError(
            f"{n_folds} folds need at least {n_folds} patients with and {n_folds} without a "
            f"positive case; there are {with_positive} and {with_negative}. "
            "Use fewer folds or collect more patients."
        )
    folds = []
    for repeat in range(n_repeats):
        where = _deal(strata, n_folds, task_rng(seed, "folds", repeat))
        row_fold = where.reindex(patients).to_numpy(np.int64)
        for fold in range(n_folds):
            test = np.flatnonzero(row_fold == fold)
            train = np.flatnonzero(row_fold != fold)
            assert_disjoint(patients, train, test)
            folds.append(Fold(repeat, fold, train, test))
    return tuple(folds)


def _deal(strata: pd.Series, n_folds: int, rng: np.random.Generator) -> pd.Series:
    """Patient -> fold."""
    order: list[str] = []
    for stratum in (2, 1, 0):
        names = strata.index[strata == stratum].to_numpy()
        order.extend(rng.permutation(names).tolist())
    return pd.Series(np.arange(len(order)) % n_folds, index=order)


def check_folds(folds: Sequence[Fold], patient_id: ArrayLike) -> None:
    """Raise LeakageError unless every fold keeps its patients on one side."""
    for fold in folds:
        assert_disjoint(patient_id, fold.train, fold.test)
