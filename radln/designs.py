"""Who is held out from whom: the patient is the unit of every split, or it is an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from radln import _check
from radln._random import task_rng
from radln._types import ArrayLike, BoolArray, IntArray
from radln.errors import InputError, LeakageError
from radln.outcome import Binary, Outcome

Partition = Literal["inner", "held-out", "site", "test", "external"]
MEANING: dict[Partition, str] = {
    "inner": "nothing: something was chosen on these patients",
    "held-out": "the way of modelling at the number of patients that a fold learns from",
    "site": "the way of modelling, in a site that it did not learn from",
    "test": "the fitted models, in patients like those of the test part",
    "external": "the fitted models, in patients like those of the other centre",
}
NAMED = 5  # cases that an error names


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
    def locked(self) -> bool:
        """Whether the models of this split are themselves what is tested, and not a way to them."""
        return self.partition in ("test", "external")

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
    """A share of the patients, drawn and stratified as folds are, is tested by models that learned
    from the others; once, or ``repeats`` times with a new draw each.

    Examples
    --------
    >>> units = pd.DataFrame({"patient_id": list("abcdefghij"), "y_true": [0, 1] * 5})
    >>> len(HoldOut(0.2).splits(units, Binary(), seed=0)[0].test)
    2
    """

    test_share: float = 0.2
    repeats: int = 1

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """One split a repeat. Of several, each is one of the way of modelling (``held-out``).

        Raises
        ------
        InputError
            An outcome is missing from either part.
        """
        return tuple(self._split(units, outcome, seed, repeat) for repeat in range(self.repeats))

    def _split(self, units: pd.DataFrame, outcome: Outcome, seed: int, repeat: int) -> Split:
        truth = outcome.take(units["y_true"])
        strata = outcome.strata(truth, units["patient_id"].astype(str).to_numpy())
        rng = task_rng(seed, "hold-out", *[repeat] * (repeat > 0))
        tested = list[str]()
        for stratum in sorted(strata.unique(), reverse=True):
            names = strata.index[strata == stratum].to_numpy()
            tested += rng.permutation(names)[: round(self.test_share * names.size)].tolist()
        marked = units["patient_id"].astype(str).isin(tested)
        split = Marked().splits(units.assign(tested=marked), outcome, seed)[0]
        partition: Partition = "held-out" if self.repeats > 1 else "test"
        return replace(split, repeat=repeat, partition=partition)


@dataclass(frozen=True)
class Marked:
    """What is marked as ``tested`` (by a column, by a date) is so by models of the others."""

    partition: Partition = "test"

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
        split = Split(0, 0, np.flatnonzero(~tested), np.flatnonzero(tested), self.partition)
        check_splits([split], units["patient_id"].astype(str).to_numpy())
        return (split,)


@dataclass(frozen=True)
class LeaveSiteOut:
    """Every ``site`` is tested by models that learned from all others; fold k is the k-th site by
    name.

    Examples
    --------
    >>> units = pd.DataFrame({"patient_id": list("abcdef"), "y_true": [0, 1] * 3,
    ...                       "site": ["Bern", "Bern", "Graz", "Graz", "Ulm", "Ulm"]})
    >>> [split.test.tolist() for split in LeaveSiteOut().splits(units, Binary(), seed=0)]
    [[0, 1], [2, 3], [4, 5]]
    """

    def splits(self, units: pd.DataFrame, outcome: Outcome, seed: int) -> tuple[Split, ...]:
        """One split a site.

        Raises
        ------
        InputError
            There is one site only, or a site without which an outcome is missing.
        LeakageError
            A patient stands in two sites.
        """
        site = units["site"].astype(str).to_numpy()
        truth = outcome.take(units["y_true"])
        names = np.unique(site)
        if names.size < 2:
            raise InputError(
                f"all {site.size} rows are of the site {names[0]!r}; leaving sites out needs two "
                "at least. Choose another design."
            )
        splits = []
        for k, name in enumerate(names):
            train = np.flatnonzero(site != name)
            if not 0 < truth[train].sum() < train.size:
                raise InputError(
                    f"without the site {name!r} there is one outcome only, so that nothing can be "
                    "learned; merge sites, or choose another design."
                )
            splits.append(Split(0, k, train, np.flatnonzero(site == name), "site"))
        check_splits(splits, units["patient_id"].astype(str).to_numpy())
        return tuple(splits)


def refuse_torn_patients(
    patient_id: pd.Series, part: pd.Series, *, parts: str, remedy: str
) -> None:
    """Raise LeakageError where a patient has cases in two parts; it names cases, never patients.

    Parameters
    ----------
    patient_id, part : indexed by case
    parts
        What they stand in: "both training and test part", "two sites".

    Examples
    --------
    >>> patients = pd.Series(["p", "p"], index=["case1", "case2"])
    >>> refuse_torn_patients(patients, pd.Series([0, 0], patients.index), parts="", remedy="")
    """
    per_patient = part.groupby(patient_id).nunique()
    torn = per_patient.index[per_patient > 1]
    if len(torn):
        raise LeakageError(
            f"{len(torn)} patient(s) stand in {parts} (cases "
            f"{named(patient_id.index[patient_id.isin(torn)])}); a patient belongs to one part. "
            f"{remedy}"
        )


def named(cases: Iterable[object]) -> str:
    """The first cases by name.

    Examples
    --------
    >>> named(range(7))
    '0, 1, 2, 3, 4, ...'
    """
    listed = [str(case) for case in cases]
    return ", ".join(listed[:NAMED]) + ", ..." * (len(listed) > NAMED)


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
