"""Who is held out from whom: the patient is the unit of every split, or it is an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from radln import _check
from radln._random import task_rng
from radln._types import ArrayLike, BoolArray, IntArray
from radln.errors import InputError, LeakageError
from radln.outcome import Binary, Outcome

Partition = Literal["inner", "held-out", "test"]
MEANING: dict[Partition, str] = {
    "inner": "nothing: something was chosen on these patients",
    "held-out": "the way of modelling at the number of patients that a fold learns from",
    "test": "the fitted models, in patients like those of the test part",
}


@dataclass(frozen=True, eq=False)
class Split:
    """Row positions that are learned from and tested on; ``repeat`` and ``fold`` name the split,
    ``partition`` says what the tested rows are (and :data:`MEANING` of what intervals speak there).
    """

    repeat: int
    fold: int
    train: IntArray
    test: IntArray
    partition: Partition = "held-out"

    @property
    def task(self) -> tuple[str | int, ...]:
        """The key of its random streams."""
        return ("outer", self.repeat, self.fold) if self.test.size else ("final",)

    @classmethod
    def whole(cls, n: int) -> Split:
        """All rows to learn from, none to test on: of the final models."""
        return cls(0, -1, np.arange(n), np.arange(0), "inner")


class Design(Protocol):
    """A way of holding patients out."""

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """The splits of units with ``patient_id`` and ``y_true`` (and ``site``, where known)."""


@dataclass(frozen=True)
class CrossValidation:
    """Repeated, stratified folds over patients.

    Patients are shuffled within their stratum (all rows negative, all positive, both) and dealt to
    the folds in turn, the next stratum going on where the last one stopped, so that folds differ by
    one patient at most in every stratum.

    Examples
    --------
    >>> units = pd.DataFrame({"patient_id": list("abcdba"), "y_true": [0, 1, 0, 1, 1, 0]})
    >>> [len(split.test) for split in CrossValidation(2).splits(units, Binary(), seed=0)]
    [3, 3]
    """

    folds: int = 5
    repeats: int = 1

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """Every fold of every repeat.

        Raises
        ------
        InputError
            Fewer patients with, or without, a positive row than folds.
        """
        truth = outcome.take(units["y_true"])
        return self.of(truth, units["patient_id"].to_numpy(), outcome, seed)

    def of(
        self, truth: BoolArray | IntArray, patient_id: ArrayLike, outcome: Outcome, seed: int
    ) -> tuple[Split, ...]:
        """The same of arrays."""
        patients = np.asarray(patient_id).astype(str)
        if self.folds < 2:
            raise InputError(f"n_folds must be at least 2; got {self.folds}.")
        outcome.refuse_few(truth, patients, self.folds)
        strata = outcome.strata(truth, patients)
        splits = []
        for repeat in range(self.repeats):
            where = _deal(strata, self.folds, task_rng(seed, "folds", repeat))
            row_fold = where.reindex(patients).to_numpy(np.int64)
            for fold in range(self.folds):
                test = np.flatnonzero(row_fold == fold)
                outcome.refuse_lacking(truth[test], f"fold {fold} of repeat {repeat}")
                splits.append(Split(repeat, fold, np.flatnonzero(row_fold != fold), test))
        check_splits(splits, patients)
        return tuple(splits)


@dataclass(frozen=True)
class HoldOut:
    """A share of the patients, drawn once and stratified as folds are, is tested by models that
    learned from the others.

    Examples
    --------
    >>> units = pd.DataFrame({"patient_id": list("abcdefghij"), "y_true": [0, 1] * 5})
    >>> len(HoldOut(0.2).splits(units, Binary(), seed=0)[0].test)
    2
    """

    test_share: float = 0.2

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """One split.

        Raises
        ------
        InputError
            An outcome is missing from either part.
        """
        truth = outcome.take(units["y_true"])
        strata = outcome.strata(truth, units["patient_id"].astype(str).to_numpy())
        rng = task_rng(seed, "hold-out")
        tested = list[str]()
        for stratum in sorted(strata.unique(), reverse=True):
            names = strata.index[strata == stratum].to_numpy()
            tested += rng.permutation(names)[: round(self.test_share * names.size)].tolist()
        marked = units["patient_id"].astype(str).isin(tested)
        return Marked().splits(units.assign(tested=marked), outcome, seed)


@dataclass(frozen=True)
class Marked:
    """What is marked as ``tested`` (by a column, by a date) is so by models of the others."""

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """One split.

        Raises
        ------
        InputError
            An outcome is missing from either part.
        LeakageError
            A patient stands in both.
        """
        tested = units["tested"].to_numpy(dtype=np.bool_)
        truth = outcome.take(units["y_true"])
        for part, at in (("training", ~tested), ("test", tested)):
            outcome.refuse_lacking(truth[at], f"the {part} part")
        split = Split(0, 0, np.flatnonzero(~tested), np.flatnonzero(tested), "test")
        check_splits([split], units["patient_id"].astype(str).to_numpy())
        return (split,)


def grouped_folds(
    y_true: ArrayLike,
    patient_id: ArrayLike,
    *,
    n_folds: int = 5,
    n_repeats: int = 1,
    seed: int = 0,
) -> tuple[Split, ...]:
    """:class:`CrossValidation` of a vector of 0 and 1.

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
    _check.same_order({"y_true": y_true, "patient_id": patient_id})
    truth = _check.outcome(y_true, both=False)
    _check.clusters(patient_id, truth.size, name="patient_id")  # as many, and none missing
    return CrossValidation(n_folds, n_repeats).of(truth, patient_id, Binary(), seed)


def _deal(strata: pd.Series, n_folds: int, rng: np.random.Generator) -> pd.Series:
    """Patient -> fold, the largest stratum number first."""
    order: list[str] = []
    for stratum in sorted(strata.unique(), reverse=True):
        names = strata.index[strata == stratum].to_numpy()
        order.extend(rng.permutation(names).tolist())
    return pd.Series(np.arange(len(order)) % n_folds, index=order)


def assert_disjoint(patient_id: ArrayLike, train: ArrayLike, test: ArrayLike) -> None:
    """Raise LeakageError where a patient stands on both sides of a split."""
    patients = np.asarray(patient_id)
    shared = np.intersect1d(patients[np.asarray(train)], patients[np.asarray(test)])
    if shared.size:
        raise LeakageError(
            f"{shared.size} patient(s) stand in both training and test rows; a split must keep all "
            "images of a patient on one side. Split patients, not images (radln.designs)."
        )


def check_splits(splits: Sequence[Split], patient_id: ArrayLike) -> None:
    """Raise LeakageError unless every split keeps its patients on one side."""
    for split in splits:
        assert_disjoint(patient_id, split.train, split.test)
