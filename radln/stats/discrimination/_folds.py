"""Out-of-fold scores: checked, and turned into areas and variances fold by fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radln import _check
from radln._numerals import no_dict
from radln._spelling import one_spelling, spelled
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, LeakageError, ShapeError, SingleClassError
from radln.stats._stacked import stacked_repeats
from radln.stats.discrimination._fold_design import UNTESTED
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements


def over_folds(
    positive: BoolArray,
    scores: FloatArray,
    folds: IntArray,
    cluster: IntArray | None,
    contrast: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Means over folds, and their variances were folds independent, of contrasts of the areas."""
    values, variances = [], []
    for rows in _fold_rows(positive, folds):
        areas, places = placements(positive[rows], scores[:, rows])
        patients = None if cluster is None else np.unique(cluster[rows], return_inverse=True)[1]
        combined = contrast @ places
        values.append(contrast @ areas)
        variances.append(np.diag(area_covariance(positive[rows], combined, patients)))
    return np.mean(values, axis=0), np.sum(variances, axis=0) / len(values) ** 2


def _fold_rows(positive: BoolArray, folds: IntArray) -> Iterator[IntArray]:
    """Row positions of every fold, each with both classes."""
    for fold in np.unique(folds[folds != UNTESTED]):
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
    return positive, *folds_of(positive, scores, folds, cluster)


def folds_of(
    classes: BoolArray | IntArray,
    scores: Mapping[str, ArrayLike],
    folds: ArrayLike,
    cluster: ArrayLike | None,
) -> tuple[list[FloatArray], IntArray, IntArray | None]:
    """Scores, folds and patients of cases whose classes are known; see :func:`fold_gate`."""
    _refuse_other_repeats({**scores, "folds": folds})
    n = classes.size
    codes = _check.clusters(cluster, n)
    given = _table(folds)
    if given.ndim == 2 and given.shape[1] != n and given.shape[0] == n:
        raise ShapeError(
            f"folds must have shape (n_repeats, {n}); got {given.shape}. One repeat a row: give "
            "folds.T and the scores.T."
        )
    if given.ndim != 2 or given.shape[1] != n:
        rows = given.ravel()
        lists = given.ndim == 2 and rows.size <= n and np.unique(rows).size == rows.size
        raise ShapeError(
            f"folds must have shape (n_repeats, {n}) or ({n},); got {given.shape}."
            + " Of lists of test rows make the number of the fold: folds[test] = k for each."
            * lists
        )
    parts = np.stack([_numbered(row) for row in given])
    checked = [_repeated(score, parts, name) for name, score in scores.items()]
    if codes is not None:
        _refuse_torn_patients(parts, codes)
    elif len(parts) == 1:
        for score, name in zip(checked, scores, strict=True):
            _refuse_stacked(classes, score[0], name)
    return checked, parts, codes


def _refuse_stacked(classes: BoolArray | IntArray, score: FloatArray, name: str) -> None:
    """Raise where the repeats of a partition stand one below the other, as if of other patients."""
    repeats = stacked_repeats(classes, score)
    if repeats > 1:
        n = classes.size
        raise InputError(
            f"{name} looks like {repeats} repeats of {n // repeats} cases, one below the other, "
            f"which would count as {n} patients. Give scores and folds one repeat a row, shape "
            f"({repeats}, {n // repeats}), and y_true once: {name} = table.pivot(index="
            '"repeat", columns="unit_id", values="y_prob"). If these are different cases, say '
            "whose they are with cluster."
        )


def _refuse_other_repeats(given: Mapping[str, ArrayLike]) -> None:
    """Raise where tables of repeats call them differently, or have them in another order."""
    tables = {
        name: value.index
        for name, value in given.items()
        if isinstance(value, pd.DataFrame) and not isinstance(value.index, pd.RangeIndex)
    }
    for name, index in tables.items():
        first, other = next(iter(tables.items()))
        if not index.equals(other):
            raise InputError(
                f"the rows of {first} and {name}, a repeat each, have other labels or another "
                f"order, so that scores would be judged on the folds of another repeat. Align "
                f"them: {name} = {name}.loc[{first}.index]."
            )


def _table(folds: ArrayLike) -> NDArray[Any]:
    """Folds as rows of repeats; what is no fold number is refused."""
    try:
        given = np.atleast_2d(np.asarray(folds))
        if given.dtype.kind in "US" and not isinstance(folds, np.ndarray):
            given = np.atleast_2d(np.asarray(folds, dtype=object))  # numbers beside text stay so
    except ValueError as error:
        raise ShapeError(
            "folds must say for every case in which fold it was tested, shape (n_repeats, n); "
            "pairs of training and test rows are none. Number the folds: folds[test] = k for each."
        ) from error
    if given.dtype == bool:
        raise InputError(
            "folds holds True and False; give the number of the fold, and NaN for a case that was "
            "not tested."
        )
    held = {str(label).strip().lower() for label in pd.unique(given[~pd.isna(given)])}
    unusual = held & {"-1", "-1.0", "train", "training", "test", "", "nan", "none"}
    if unusual:
        raise InputError(
            f"folds holds {sorted(unusual)[0]!r}, which marks cases and is no fold; write NaN for "
            "a case that was not tested, and the number of its fold for every other."
        )
    _check.whole_numbers(given.ravel(), name="folds")
    return given


def _numbered(row: NDArray[Any]) -> IntArray:
    """Folds as 0, 1 ...; a case without a fold was not tested in this repeat.

    Labels that differ in capitals, blanks or type only would be two folds, and are refused.
    """
    tested = ~np.asarray(pd.isna(row))
    if not tested.any():
        raise InputError("folds has a repeat in which no case is tested.")
    labels = row[tested]
    if labels.dtype.kind not in "iuf":
        one_spelling(pd.unique(labels), name="folds")
        labels = np.array([spelled(label) for label in labels])
    codes = np.full(row.size, UNTESTED, dtype=np.int64)
    codes[tested] = np.unique(labels, return_inverse=True)[1]
    return codes


def _refuse_torn_patients(parts: IntArray, codes: IntArray) -> None:
    """Raise LeakageError where a patient stands in two folds, or in test and training at once."""
    for part in parts:
        torn = int((pd.Series(part).groupby(codes).nunique() > 1).sum())
        if torn:
            rows = np.unique(np.bincount(codes))
            stacked = len(parts) == 1 and rows.size == 1 and int(rows[0]) > 1
            raise LeakageError(
                f"{torn} patient(s) of cluster stand in two folds of one repeat; "
                "split patients, not images."
                + (
                    f" Or, where the {rows[0]} rows of each are repeats of the folds: give scores "
                    "and folds one repeat a row, shape (n_repeats, n), as table.pivot(index="
                    '"repeat", columns="unit_id", values="fold") does.'
                )
                * stacked
            )


def _repeated(scores: ArrayLike, parts: IntArray, name: str) -> FloatArray:
    """Scores as (n_repeats, n), 0 where a case was not tested; one vector serves all repeats."""
    rows = f"one repeat a row, as list({name}.values())"
    no_dict(scores, name=name, instead=rows)
    array = np.asarray(scores)
    if array.shape not in {parts.shape, parts.shape[1:]}:
        raise ShapeError(
            f"{name} must have the shape of folds, {parts.shape}, or one value a case, "
            f"{parts.shape[1:]}; got {array.shape}.{_check.two_columns(array, name)}"
        )
    given = np.broadcast_to(array, parts.shape)
    held = np.zeros(parts.shape)
    for repeat, part in enumerate(parts):
        tested = part != UNTESTED
        held[repeat, tested] = _check.numbers(given[repeat][tested], int(tested.sum()), name=name)
    return held
