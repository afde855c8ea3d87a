"""What is asked of every unit: the outcome with its values, and everything that hangs on its kind.

Folds, losses, counts and refusals are asked of the outcome, so that no other room tests for 0 and 1
(:mod:`radln.stats` does, which takes what :mod:`radln._check` lets in).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._spelling import one_spelling
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, SingleClassError


@dataclass(frozen=True)
class Binary:
    """One value is positive, the others are negative.

    Parameters
    ----------
    positive
        The positive value, as the table has it.
    negative
        The negative ones; empty: every other value is. Without: ``0`` beside a positive ``1``, else
        every other.

    Examples
    --------
    >>> Binary("malignant").take(["malignant", "benign", "reactive"]).tolist()
    [True, False, False]
    >>> Binary().take([1, 0, 0]).tolist()
    [True, False, False]
    """

    positive: str = "1"
    negative: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.negative is None:
            object.__setattr__(self, "negative", ("0",) if self.positive == "1" else ())

    @property
    def targets(self) -> tuple[str, ...]:
        """What a source gives a score of: the positive value alone, under a blank name."""
        return ("",)

    def labels(self, values: ArrayLike) -> pd.Series:
        """The values as text, each written in one way (1, 1.0 and True are ``1``)."""
        given = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values))
        return given.map(_text, na_action="ignore").astype(object)

    def take(self, values: ArrayLike, *, name: str = "y_true") -> BoolArray:
        """True where a value is positive, shape (n,).

        Raises
        ------
        InputError
            A missing value, or one that is neither.
        """
        labels = self.labels(values)
        missing = int(labels.isna().sum())
        if missing:
            raise InputError(f"{name} is missing in {missing} row(s); leave those rows out.")
        one_spelling([self.positive, *labels.unique()], name=name)
        known = {self.positive, *(self.negative or ())}
        if self.negative and not labels.isin(list(known)).all():
            found = pd.unique(pd.Series(np.asarray(values))).tolist()
            largest = max(found, key=str)
            expected = " and ".join(sorted(known))
            raise InputError(
                f"{name} must hold {expected} only; got {found[:4]}. Say which code is positive, "
                f"for example ({name.rpartition(' ')[2]} == {largest!r})."
            )
        return np.asarray(labels == self.positive, dtype=np.bool_)

    def coded(self, truth: ArrayLike) -> IntArray:
        """The truth as it stands in tables: 1 for positive, 0 for negative."""
        return np.asarray(truth, dtype=np.bool_).astype(np.int64)

    def counts(self, truth: ArrayLike, groups: ArrayLike | None = None) -> dict[str, int]:
        """How many units (of ``groups``: how many of these) are positive, and how many negative.

        A patient with both kinds of nodes counts on both sides.

        Examples
        --------
        >>> Binary().counts([True, False, False], ["a", "a", "b"])
        {'positive': 1, 'negative': 2}
        """
        members = np.asarray(truth, dtype=np.bool_)
        names = np.arange(members.size) if groups is None else np.asarray(groups)
        sides = {"positive": members, "negative": ~members}
        return {side: int(pd.unique(names[inside]).size) for side, inside in sides.items()}

    def strata(self, truth: ArrayLike, patient_id: ArrayLike) -> pd.Series:
        """A patient's stratum: all rows negative (0), all positive (2), both (1)."""
        rates = pd.Series(np.asarray(truth, dtype=np.float64)).groupby(
            pd.Series(np.asarray(patient_id)).astype(str).to_numpy(), sort=True
        )
        share = rates.mean()
        return pd.Series(np.where(share == 0, 0, np.where(share == 1, 2, 1)), index=share.index)

    def mixed(self, truth: ArrayLike, groups: ArrayLike) -> int:
        """How many groups hold both outcomes."""
        return int((self.strata(truth, groups) == 1).sum())

    def loss(self, truth: BoolArray, log_odds: FloatArray) -> FloatArray:
        """The mean logistic loss of every row of log-odds, (settings, n) -> (settings,)."""
        wrong = np.logaddexp(0, np.where(truth, -log_odds, log_odds))
        return np.asarray(wrong.mean(axis=1), dtype=np.float64)

    def refuse_unusable(self, truth: ArrayLike) -> None:
        """Raise SingleClassError where all units have one outcome."""
        members = np.asarray(truth, dtype=np.bool_)
        if members.all() or not members.any():
            only = "positive" if members.all() else "negative"
            raise SingleClassError(
                f"all {members.size} cases are {only}; both outcomes are needed. "
                "Check the outcome column and the positive class in study.yaml."
            )

    def refuse_lacking(self, truth: ArrayLike, part: str) -> None:
        """Raise InputError where a part of a design lacks an outcome."""
        members = np.asarray(truth, dtype=np.bool_)
        if not 0 < members.sum() < members.size:
            raise InputError(
                f"{part} has {members.size} row(s), {int(members.sum())} of them positive; both "
                "outcomes are needed in every part. Change the design."
            )

    def refuse_few(self, truth: ArrayLike, patient_id: ArrayLike, n_folds: int) -> None:
        """Raise InputError where some fold would lack patients of an outcome."""
        counts = self.counts(truth, np.asarray(patient_id).astype(str))
        if min(counts.values()) < n_folds:
            raise InputError(
                f"{n_folds} folds need at least {n_folds} patients with and {n_folds} without a "
                f"positive case; there are {counts['positive']} and {counts['negative']}. "
                "Use fewer folds or collect more patients."
            )


@dataclass(frozen=True)
class Classes:
    """Three or more classes, each with its own score; ``ordered`` says that they are grades.

    Parameters
    ----------
    names
        Every class, as the table has it; ordered ones from the lowest to the highest.
    ordered
        Whether the classes have an order, as grades have.

    Raises
    ------
    InputError
        Fewer than three classes, or one named twice.

    Examples
    --------
    >>> kinds = Classes(("benign", "lymphoma", "metastatic"))
    >>> kinds.take(["benign", "metastatic", "benign"]).tolist()
    [0, 2, 0]
    >>> kinds.side("lymphoma").negative
    ('benign', 'metastatic')
    """

    names: tuple[str, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        one_spelling(self.names, name="classes")
        if len(self.names) < 3 or len(set(self.names)) < len(self.names):
            raise InputError(
                f"classes must name three or more different classes; got {list(self.names)}. Two "
                "are a positive one and the other."
            )

    @property
    def targets(self) -> tuple[str, ...]:
        """What a source gives a score of: every class."""
        return self.names

    def side(self, name: str) -> Binary:
        """One class against the rest."""
        return Binary(name, tuple(other for other in self.names if other != name))

    def labels(self, values: ArrayLike) -> pd.Series:
        """The values as text, each written in one way (1, 1.0 and True are ``1``)."""
        return Binary().labels(values)

    def take(self, values: ArrayLike, *, name: str = "y_true") -> IntArray:
        """The class of every value as its place in ``names``, shape (n,).

        Raises
        ------
        InputError
            A missing value, or one that is no class.
        """
        labels = self.labels(values)
        missing = int(labels.isna().sum())
        if missing:
            raise InputError(f"{name} is missing in {missing} row(s); leave those rows out.")
        one_spelling([*self.names, *labels.unique()], name=name)
        place = {label: code for code, label in enumerate(self.names)}
        odd = labels[~labels.isin(place)]
        if len(odd):
            raise InputError(
                f"{name} holds {odd.iloc[0]!r}, which is none of the classes "
                f"{', '.join(self.names)}; name it among them, or leave those rows out."
            )
        return np.asarray(labels.map(place), dtype=np.int64)

    def coded(self, truth: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
        """The truth as it stands in tables: the names of the classes."""
        return np.array(self.names, dtype=object)[np.asarray(truth, dtype=np.int64)]

    def counts(self, truth: ArrayLike, groups: ArrayLike | None = None) -> dict[str, int]:
        """How many units (of ``groups``: how many of these) are of each class.

        Examples
        --------
        >>> Classes(("a", "b", "c")).counts([0, 0, 2], ["p", "p", "p"])
        {'a': 1, 'b': 0, 'c': 1}
        """
        codes = np.asarray(truth, dtype=np.int64)
        whose = np.arange(codes.size) if groups is None else np.asarray(groups)
        return {
            name: int(pd.unique(whose[codes == code]).size) for code, name in enumerate(self.names)
        }

    def strata(self, truth: ArrayLike, patient_id: ArrayLike) -> pd.Series:
        """A patient's stratum: the rarest class of the patient's rows, by patients."""
        codes = np.asarray(truth, dtype=np.int64)
        patients = np.asarray(patient_id).astype(str)
        counts = np.array(list(self.counts(codes, patients).values()))
        rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")  # the rarest last
        return pd.Series(rank[codes]).groupby(patients, sort=True).max()

    def mixed(self, truth: ArrayLike, groups: ArrayLike) -> int:
        """How many groups hold more than one class."""
        codes = pd.Series(np.asarray(truth, dtype=np.int64))
        return int((codes.groupby(np.asarray(groups).astype(str)).nunique() > 1).sum())

    def loss(self, truth: IntArray, log_probabilities: FloatArray) -> FloatArray:
        """The mean log loss of log-probabilities, (settings, n, classes) -> (settings,)."""
        own = log_probabilities[:, np.arange(truth.size), truth]
        return np.asarray(-own.mean(axis=1), dtype=np.float64)

    def refuse_unusable(self, truth: ArrayLike) -> None:
        """Raise SingleClassError where a class has no unit."""
        counts = self.counts(truth)
        empty = [name for name, count in counts.items() if not count]
        if empty:
            raise SingleClassError(
                f"no case is of the class {empty[0]!r} (of {sum(counts.values())}); every class "
                "needs cases. Take it out of data.classes in study.yaml, or check the outcome "
                "column."
            )

    def refuse_lacking(self, truth: ArrayLike, part: str) -> None:
        """Raise InputError where a part of a design lacks a class."""
        counts = self.counts(truth)
        empty = [name for name, count in counts.items() if not count]
        if empty:
            raise InputError(
                f"{part} has no case of the class {empty[0]!r} ({sum(counts.values())} row(s)), so "
                "that nothing could be said of it there. Use fewer folds or another design, join "
                "the class with another, or collect more patients."
            )

    def refuse_few(self, truth: ArrayLike, patient_id: ArrayLike, n_folds: int) -> None:
        """Raise InputError where some fold would lack patients of a class."""
        counts = self.counts(truth, np.asarray(patient_id).astype(str))
        rarest = min(counts, key=lambda name: counts[name])
        if counts[rarest] < n_folds:
            raise InputError(
                f"{n_folds} folds need at least {n_folds} patients of every class; "
                f"{rarest!r} has {counts[rarest]}. Use fewer folds, join the class with another, "
                "or collect more patients."
            )


Outcome = Binary | Classes


def _text(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
