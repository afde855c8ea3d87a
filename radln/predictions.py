"""What was true, what each model or reader said, and whose case it was: the hinge of the library.

A :class:`Predictions` carries data and no statistics. A reader's score, a published nomogram and a
boosted model are judged by the same functions of :mod:`radln.stats`, because all of them arrive
here in the same form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radln import _check
from radln._placeholders import refuse_nothing
from radln._shown import ShortRepr
from radln._spelling import one_spelling
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError, UnpairedCasesError
from radln.outcome import Binary, Outcome

OF_UNITS = ("unit_id", "patient_id", "y_true")
OF_SCORES = ("unit_id", "source", "y_score")
MORE_OF_UNITS = ("site", "partition", "time", "event")
MORE_OF_SCORES = ("y_prob", "repeat", "fold", "target")
LONG = (
    "unit_id", "patient_id", "y_true", "source", "y_score", "y_prob", "repeat", "fold", "target",
    *MORE_OF_UNITS,
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Predictions(ShortRepr):
    """Two tables: the units with their truth, and what every source said of them.

    Parameters
    ----------
    units
        One row a unit: ``unit_id``, ``patient_id``, ``y_true`` (a value of the outcome);
        optionally ``site``, ``partition``, ``time``, ``event``. Units that nobody scored are left
        out.
    scores
        One row a unit, source and repeat: ``unit_id``, ``source`` (the model's or reader's name)
        and ``y_score`` (any ranking, higher means more likely positive); optionally ``y_prob`` (a
        probability), ``repeat``, ``fold`` and ``target`` (the value that the score is of; blank
        where the outcome has one).
    outcome
        Which values of ``y_true`` mean what.

    Raises
    ------
    InputError
        A column or a value of a required one is missing, a probability lies outside 0..1, a
        (unit, source, repeat, target) occurs twice, a unit occurs twice, or a score is of a unit
        that is not there.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["a", "b"], "patient_id": ["p", "q"],
    ...                       "y_true": ["malignant", "benign"]})
    >>> scores = pd.DataFrame({"unit_id": ["a", "b"], "source": "expert", "y_score": [0.9, 0.2]})
    >>> Predictions(units, scores, Binary("malignant")).truth.tolist()
    [True, False]
    """

    units: pd.DataFrame
    scores: pd.DataFrame
    outcome: Outcome = field(default_factory=Binary)

    def __post_init__(self) -> None:
        scores = _scores(self.scores)
        units = _units(self.units)
        self.outcome.take(units["y_true"], name="predictions: y_true")
        if units["unit_id"].duplicated().any():
            raise InputError("predictions: units hold the same unit twice.")
        known = scores["unit_id"].isin(units["unit_id"])
        if not known.all():
            raise InputError(
                f"predictions: {int((~known).sum())} score(s) are of units that are not there, "
                f"such as {scores.loc[~known, 'unit_id'].iloc[0]!r}."
            )
        odd = sorted(set(scores["target"]) - set(self.outcome.targets))
        if odd:
            raise InputError(f"predictions: target {odd[0]!r} is no value that is asked for.")
        units = units[units["unit_id"].isin(scores["unit_id"])].reset_index(drop=True)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "scores", scores)

    @classmethod
    def from_frame(cls, table: pd.DataFrame, outcome: Outcome | None = None) -> Predictions:
        """From one long table, as predictions.csv is: what is of the unit stands in every row.

        Raises
        ------
        InputError
            As :class:`Predictions`, or a unit changes its outcome or its patient between rows.

        Examples
        --------
        >>> table = pd.DataFrame({"unit_id": ["a", "b"], "patient_id": ["p", "q"],
        ...                       "y_true": [1, 0], "source": "expert", "y_score": [0.9, 0.2]})
        >>> Predictions.from_frame(table).sources
        ('expert',)
        """
        required = dict.fromkeys((*OF_UNITS, *OF_SCORES))
        _require(table, tuple(required))
        known = [c for c in LONG if c in table.columns]
        table = _named(table.loc[:, known].reset_index(drop=True), ("unit_id", "patient_id"))
        outcome = outcome or Binary()
        outcome.take(table["y_true"], name="predictions: y_true")
        of_units = [c for c in (*OF_UNITS, *MORE_OF_UNITS) if c in table.columns]
        for column in of_units[1:]:
            if (table.groupby("unit_id")[column].nunique() > 1).any():
                raise InputError(f"predictions: {column} differs between the rows of one unit.")
        units = table[of_units].groupby("unit_id", sort=False, as_index=False).first()
        of_scores = [c for c in (*OF_SCORES, *MORE_OF_SCORES) if c in table.columns]
        return cls(units, table[of_scores], outcome)

    @classmethod
    def concat(cls, parts: Iterable[Predictions]) -> Predictions:
        """Several sources, or several repeats, as one; of the same outcome."""
        listed = list(parts)
        if len({part.outcome for part in listed}) > 1:
            raise InputError("predictions of different outcomes cannot be put together.")
        tables = pd.concat([part.frame(coded=False) for part in listed], ignore_index=True)
        return cls.from_frame(tables, listed[0].outcome)

    def frame(self, *, coded: bool = True) -> pd.DataFrame:
        """One long table, a row a score; ``y_true`` as 0 and 1, or as the values themselves."""
        units = self.units.set_index("unit_id")
        if coded:
            units = units.assign(y_true=self.outcome.coded(self.truth))
        long = self.scores.join(units, on="unit_id")
        shown = [c for c in LONG if c in long.columns and (c != "target" or long[c].any())]
        return long[shown]

    @property
    def truth(self) -> BoolArray | IntArray:
        """The outcome of every unit, in the order of ``units``."""
        return self.outcome.take(self.units["y_true"])

    @property
    def sources(self) -> tuple[str, ...]:
        """The models and readers, in order of first appearance."""
        return tuple(dict.fromkeys(self.scores["source"]))

    @property
    def repeats(self) -> tuple[int, ...]:
        """The repeats present, sorted."""
        return tuple(int(r) for r in sorted(self.scores["repeat"].unique()))

    def select(self, source: str, *, repeat: int | None = None) -> pd.DataFrame:
        """The rows of one source (and one repeat) as in :meth:`frame`, sorted by unit."""
        frame = self.frame()
        chosen = frame[frame["source"] == source]
        if chosen.empty:
            raise InputError(f"no source named {source!r}; there are {', '.join(self.sources)}.")
        if repeat is not None:
            chosen = chosen[chosen["repeat"] == repeat]
        return chosen.sort_values(["repeat", "unit_id"], ignore_index=True)

    def matrix(self, source: str, repeat: int = 0) -> pd.DataFrame:
        """The scores of one source in one repeat, shape (units scored, targets).

        Raises
        ------
        InputError
            The source lacks the score of a target in some unit.
        """
        rows = self.scores[(self.scores["source"] == source) & (self.scores["repeat"] == repeat)]
        wide = rows.pivot(index="unit_id", columns="target", values="y_score")
        wide = wide.reindex(columns=list(self.outcome.targets))
        if wide.isna().to_numpy().any():
            raise InputError(f"{source} lacks the score of a target in repeat {repeat}.")
        return wide

    def paired(
        self, first: str, second: str, *, repeat: int = 0
    ) -> tuple[pd.DataFrame, FloatArray, FloatArray]:
        """Units, and the scores of two sources on the same units.

        A source without repeats (a reader) is paired with every repeat of a model.
        """
        parts = []
        for source in (first, second):
            rows = self.select(source)
            own = rows["repeat"].unique()
            if repeat not in own and len(own) > 1:
                raise InputError(
                    f"{source} has no repeat {repeat}; it has {', '.join(map(str, sorted(own)))}."
                )
            rows = rows[rows["repeat"] == (repeat if repeat in own else own[0])]
            parts.append(rows.set_index("unit_id").sort_index())
        if not parts[0].index.equals(parts[1].index):
            differing = parts[0].index.symmetric_difference(parts[1].index).size
            raise UnpairedCasesError(
                f"{first} and {second} were not given for the same cases ({differing} differ); "
                "keep only the cases that both have."
            )
        scores = [part["y_score"].to_numpy(np.float64) for part in parts]
        return parts[0].reset_index()[list(OF_UNITS)], scores[0], scores[1]


def _require(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(
            f"predictions lack the column(s) {', '.join(missing)}; "
            f"found {', '.join(map(str, table.columns))}."
        )
    for column in columns:
        unknown = int(table[column].isna().sum())
        if unknown:
            raise InputError(
                f"predictions: {column} is missing in {unknown} row(s); leave those rows out."
            )


def _named(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """With names as text, none of which stands for nothing."""
    table = table.assign(**{column: table[column].astype(str) for column in columns})
    for column in columns:
        refuse_nothing(table[column], name=f"predictions: {column}", people=column != "source")
    return table


def _units(given: pd.DataFrame) -> pd.DataFrame:
    _require(given, OF_UNITS)
    known = [c for c in (*OF_UNITS, *MORE_OF_UNITS) if c in given.columns]
    return _named(given.loc[:, known].reset_index(drop=True), ("unit_id", "patient_id"))


def _scores(given: pd.DataFrame) -> pd.DataFrame:
    _require(given, OF_SCORES)
    known = [c for c in (*OF_SCORES, *MORE_OF_SCORES) if c in given.columns]
    table = _named(given.loc[:, known].reset_index(drop=True), ("unit_id", "source"))
    one_spelling(table["source"].unique(), name="predictions: source")
    repeats = table["repeat"] if "repeat" in table else pd.Series(0, index=table.index)
    table["repeat"] = _numbered(repeats, "repeat").astype(np.int64)
    if "fold" in table.columns:
        table["fold"] = _numbered(table["fold"], "fold")  # a reader has no fold
    if "y_prob" in table.columns:
        known_risks = table["y_prob"].dropna()  # a reader has no probability
        _check.probabilities(known_risks.to_numpy(), name="predictions: y_prob")
    targets = table["target"] if "target" in table else pd.Series("", index=table.index)
    table["target"] = targets.fillna("").astype(str)
    if table.duplicated(["unit_id", "source", "repeat", "target"]).any():
        raise InputError("predictions hold the same unit twice for one source and repeat.")
    return table


def _numbered(labels: pd.Series, name: str) -> pd.Series:
    """Repeats or folds as whole numbers; those that are not missing must be some."""
    _check.whole_numbers(labels, name=f"predictions: {name}")
    numbers = pd.to_numeric(labels, errors="coerce")
    odd = labels[numbers.isna() & labels.notna()]
    if name == "repeat" and labels.isna().any():
        raise InputError(
            f"predictions: repeat is missing in {int(labels.isna().sum())} row(s); number every "
            "row's repeat, from 0 on, or leave the column out."
        )
    if len(odd):
        raise InputError(
            f"predictions: {name} must hold whole numbers; got {odd.iloc[0]!r} in {len(odd)} "
            f"row(s). Number the {name}s 0, 1, 2 ..., such as pandas.factorize(table[{name!r}])[0]."
        )
    return numbers.astype("Int64")
