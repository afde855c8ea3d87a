"""The analysed units with their outcome, patients, predictors and reads, aligned row by row.

A cohort is what models are fitted on. It is built once, checks itself, and has no method that
learns from its data: scaling, selecting and imputing belong inside the folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from radln._shown import ShortRepr
from radln._types import BoolArray, FloatArray, IntArray
from radln.cohort.flow import Flow
from radln.errors import InputError, LeakageError
from radln.outcome import Binary, Classes, Outcome

Unit = Literal["image", "node", "level", "patient"]
MIN_PATIENTS = 10
MAX_ERROR = 0.005


@dataclass(frozen=True)
class Reader:
    """A physician's read: a column of the table and the lowest value that is called positive.

    ``n_values`` counts the different values as they were read, before views are averaged.
    """

    name: str
    cut: float
    n_values: int | None = None


@dataclass(frozen=True)
class Published:
    """A score that others have published: a column of ``Cohort.scores``, taken as it is."""

    name: str
    probability: bool
    cut: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Cohort(ShortRepr):
    """Units (images, nodes, levels or patients) ready for modelling.

    Parameters
    ----------
    units
        Index ``unit_id``; ``patient_id``, ``y_true`` (a value of the outcome), ``n_views``;
        optionally ``site``.
    predictors
        Same index; numeric or text columns.
    blocks
        Block name -> its columns of ``predictors`` ("clinical", "size", "shape", "radiomics",
        "node", "deep").
    reads
        Same index; one numeric column a reader.
    outcome
        Which values of ``y_true`` mean what.
    groups
        Same index; a column a declared subgroup with the group of every unit. No predictor.
    scores, published
        Same index; a column a ``published`` score. No predictor.

    Raises
    ------
    InputError
        The three tables have other rows, or a unit occurs twice.

    Examples
    --------
    >>> index = pd.Index(["n1", "n2", "n3"], name="unit_id")
    >>> units = pd.DataFrame({"patient_id": ["a", "a", "b"], "y_true": [1, 0, 0]}, index=index)
    >>> age = pd.DataFrame({"clinical_age": [61.0, 61.0, 40.0]}, index=index)
    >>> cohort = Cohort(units, age, {"clinical": ("clinical_age",)}, pd.DataFrame(index=index))
    >>> cohort.n_patients, cohort.columns("clinical")
    (2, ['clinical_age'])
    """

    units: pd.DataFrame
    predictors: pd.DataFrame
    blocks: Mapping[str, tuple[str, ...]]
    reads: pd.DataFrame
    readers: tuple[Reader, ...] = ()
    unit: Unit = "node"
    flow: Flow = field(default_factory=Flow)
    notes: tuple[str, ...] = ()
    outcome: Outcome = field(default_factory=Binary)
    groups: pd.DataFrame | None = None
    scores: pd.DataFrame | None = None
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        if not (
            self.units.index.equals(self.predictors.index)
            and self.units.index.equals(self.reads.index)
        ):
            raise InputError("units, predictors and reads of a cohort must have the same rows.")
        if self.units.index.has_duplicates:
            raise InputError("unit ids of a cohort must be unique.")

    @property
    def truth(self) -> BoolArray | IntArray:
        """The outcome of every unit: True = positive, or the place of its class."""
        return self.outcome.take(self.units["y_true"])

    @property
    def y_true(self) -> BoolArray:
        """The outcome of every unit; True = positive.

        Raises
        ------
        InputError
            There are several classes, of which none is the positive one.
        """
        if isinstance(self.outcome, Classes):
            raise InputError("an outcome of several classes has no positive one; take a side.")
        return self.outcome.take(self.units["y_true"])

    def side(self, name: str) -> Cohort:
        """The same units with one of several classes against the rest."""
        if not isinstance(self.outcome, Classes) or name not in self.outcome.names:
            raise InputError(f"the outcome has no class {name!r}.")
        return replace(self, outcome=self.outcome.side(name))

    @property
    def patient_id(self) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
        """The patient of every unit."""
        return self.units["patient_id"].to_numpy(dtype=object)

    def at(self, rows: IntArray) -> Cohort:
        """The units at these positions."""
        units, predictors, reads = (
            table.iloc[rows] for table in (self.units, self.predictors, self.reads)
        )
        groups, scores = (
            None if table is None else table.iloc[rows] for table in (self.groups, self.scores)
        )
        return replace(
            self,
            units=units,
            predictors=predictors,
            reads=reads,
            groups=groups,
            scores=scores,
        )

    @property
    def n_patients(self) -> int:
        """How many patients."""
        return int(self.units["patient_id"].nunique())

    @property
    def n_mixed(self) -> int:
        """How many patients have units of both outcomes."""
        return self.outcome.mixed(self.truth, self.patient_id)

    def columns(self, *blocks: str) -> list[str]:
        """The predictor columns of some blocks, each once, in order."""
        return list(dict.fromkeys(c for block in blocks for c in self.blocks.get(block, ())))

    def check(self, *, acknowledged: Sequence[str] = ()) -> None:
        """Raise unless this cohort can be modelled.

        Raises
        ------
        SingleClassError, InputError
            One class only, too few patients, or a patient with both outcomes as one unit.
        LeakageError
            A predictor separates the classes (almost) without error and was not acknowledged.
        """
        self.outcome.refuse_unusable(self.truth)
        refuse_unusable(self.truth, self.n_patients, self.predictors, acknowledged)


def refuse_unusable(
    y: BoolArray | IntArray,
    n_patients: int,
    predictors: pd.DataFrame,
    acknowledged: Sequence[str] = (),
) -> None:
    """Raise unless these rows, of both outcomes, can be modelled; see :meth:`Cohort.check`."""
    if n_patients < MIN_PATIENTS:
        raise InputError(
            f"{n_patients} patients are too few to fit and to test a model; at least "
            f"{MIN_PATIENTS} are needed, and hundreds for a usable one."
        )
    infinite = [c for c in predictors.columns if predictors[c].isin([np.inf, -np.inf]).any()]
    if infinite:
        named = ", ".join(map(str, infinite[:5]))
        raise InputError(
            f"{len(infinite)} predictor(s) hold infinite values: {named}. Write what was "
            "measured, or leave the cell blank."
        )
    perfect = [c for c in perfect_predictors(predictors, y) if c not in acknowledged]
    if perfect:
        shown = ", ".join(perfect[:5])
        raise LeakageError(
            f"{len(perfect)} predictor(s) alone separate the classes (almost) without error: "
            f"{shown}. Such a column usually holds the outcome in disguise. Remove it, or list it "
            "under `acknowledge:` in study.yaml if it is genuine."
        )


def sides_of(y: BoolArray | IntArray) -> list[BoolArray]:
    """The outcome as one of 0 and 1; of several classes each against the rest.

    Examples
    --------
    >>> [side.tolist() for side in sides_of(np.array([0, 2, 1]))]
    [[True, False, False], [False, False, True], [False, True, False]]
    """
    if y.dtype == np.bool_:
        return [np.asarray(y, dtype=np.bool_)]
    return [np.asarray(y == code) for code in np.unique(y)]


def perfect_predictors(predictors: pd.DataFrame, y: BoolArray | IntArray) -> list[str]:
    """Columns that alone tell the classes (of several: one from the rest) apart with at most 0.5 %
    error.

    A number does so with an AUC of 0.995 or more (or 0.005 or less), a text column where guessing
    the commoner class of each of its values is wrong in at most 0.5 % of the cases.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [50, 60, 55, 65], "histology": ["a", "a", "b", "b"]})
    >>> perfect_predictors(frame, np.array([False, False, True, True]))
    ['histology']
    """
    found = {column for side in sides_of(y) for column in _perfect(predictors, side)}
    return [str(column) for column in predictors.columns if column in found]


def _perfect(predictors: pd.DataFrame, y: BoolArray) -> list[str]:
    found = []
    for column in predictors.columns:
        known = predictors[column].notna().to_numpy()
        values, truth = predictors[column][known], y[known]
        if truth.size == 0 or truth.all() or not truth.any():
            continue
        if pd.api.types.is_numeric_dtype(values):
            area = _auc(values.to_numpy(dtype=np.float64), truth)
            telling = max(area, 1 - area) >= 1 - MAX_ERROR
        else:
            by_value = pd.Series(truth).groupby(values.astype(str).to_numpy())
            wrong = np.minimum(by_value.sum(), by_value.size() - by_value.sum()).sum()
            telling = wrong <= MAX_ERROR * truth.size
        if telling:
            found.append(column)
    return found


def column_area(values: pd.Series, y: BoolArray | IntArray) -> float:
    """The AUC that a column reaches alone, 0.5 or more; text by the share of positives of a level.

    0.5 where one class has no value; of several classes the largest against the rest.

    Examples
    --------
    >>> column_area(pd.Series(["a", "b", "b", "a"]), np.array([False, True, True, True]))
    0.8333333333333334
    """
    return max(_area_alone(values, side) for side in sides_of(y))


def _area_alone(values: pd.Series, y: BoolArray) -> float:
    known = values.notna().to_numpy()
    x, truth = values[known], y[known]
    if truth.size == 0 or truth.all() or not truth.any():
        return 0.5
    if not pd.api.types.is_numeric_dtype(x):
        x = pd.Series(truth.astype(float)).groupby(x.astype(str).to_numpy()).transform("mean")
    area = _auc(x.to_numpy(dtype=np.float64), truth)
    return max(area, 1 - area)


def _auc(x: FloatArray, y: BoolArray) -> float:
    n_positive = int(y.sum())
    u = rankdata(x)[y].sum() - n_positive * (n_positive + 1) / 2
    return float(u / (n_positive * (y.size - n_positive)))


def average_views(frame: pd.DataFrame, unit_id: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Views of one unit as one row: numbers are averaged, text takes the commonest value.

    Returns the averaged frame (index ``unit_id``, sorted by first appearance) and a note for
    every text column whose value differed between the views of a unit.
    """
    groups = unit_id.to_numpy()
    order = pd.unique(pd.Series(groups))
    numeric = frame.select_dtypes("number").columns
    averaged = frame[numeric].groupby(groups).mean().reindex(order)
    parts = {column: averaged[column] for column in numeric}
    notes = []
    for column in frame.columns.difference(numeric, sort=False):
        by_unit = frame[column].groupby(groups)
        differing = int((by_unit.nunique() > 1).sum())
        if differing:
            notes.append(
                f"{column} differs between the views of {differing} unit(s); "
                "the commonest value was taken."
            )
        parts[column] = by_unit.agg(_commonest).reindex(order)
    result = pd.DataFrame({column: parts[column] for column in frame.columns}, index=order)
    result.index.name = "unit_id"
    return result, tuple(notes)


def _commonest(values: pd.Series) -> object:
    modes = values.mode(dropna=True)
    return None if modes.empty else sorted(modes.tolist(), key=str)[0]
