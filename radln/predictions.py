"""What was true, what each model or reader said, and whose case it was: the hinge of the library.

A :class:`Predictions` carries data and no statistics. A reader's score, a published nomogram and a
boosted model are judged by the same functions of :mod:`radln.stats`, because all of them arrive
here in the same long form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._placeholders import refuse_nothing
from radln._shown import ShortRepr
from radln._spelling import one_spelling
from radln._types import FloatArray
from radln.errors import InputError, UnpairedCasesError

REQUIRED = ("unit_id", "patient_id", "y_true", "source", "y_score")
OPTIONAL = ("y_prob", "repeat", "fold", "site", "time", "event")


@dataclass(frozen=True, eq=False, repr=False)
class Predictions(ShortRepr):
    """Long-form predictions: one row a unit, a source and (where there are repeats) a repeat.

    Parameters
    ----------
    table
        Columns ``unit_id``, ``patient_id``, ``y_true`` (0/1), ``source`` (the model's or reader's
        name) and ``y_score`` (any ranking, higher means more likely positive); optionally
        ``y_prob`` (a probability), ``repeat``, ``fold``, ``site``, ``time``, ``event``.

    Raises
    ------
    InputError
        A column or a value of a required one is missing, a probability lies outside 0..1, a
        (unit, source, repeat) occurs twice, or a unit changes its outcome or its patient between
        rows.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"unit_id": ["a", "b"], "patient_id": ["p", "q"], "y_true": [1, 0],
    ...                       "source": "expert", "y_score": [0.9, 0.2]})
    >>> Predictions(table).sources
    ('expert',)
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in REQUIRED if name not in self.table.columns]
        if missing:
            raise InputError(
                f"predictions lack the column(s) {', '.join(missing)}; "
                f"found {', '.join(map(str, self.table.columns))}."
            )
        table = self.table.loc[:, [c for c in (*REQUIRED, *OPTIONAL) if c in self.table.columns]]
        table = table.reset_index(drop=True)
        for column in REQUIRED:
            unknown = int(table[column].isna().sum())
            if unknown:
                raise InputError(
                    f"predictions: {column} is missing in {unknown} row(s); leave those rows out."
                )
        table["unit_id"] = table["unit_id"].astype(str)
        table["patient_id"] = table["patient_id"].astype(str)
        table["source"] = table["source"].astype(str)
        for column in ("unit_id", "patient_id", "source"):
            people = column != "source"
            refuse_nothing(table[column], name=f"predictions: {column}", people=people)
        one_spelling(table["source"].unique(), name="predictions: source")
        if "repeat" not in table.columns:
            table["repeat"] = 0
        table["repeat"] = _numbered(table["repeat"], "repeat").astype(np.int64)
        if "fold" in table.columns:
            table["fold"] = _numbered(table["fold"], "fold")  # a reader has no fold
        if "y_prob" in table.columns:
            known = table["y_prob"].dropna()  # a reader has no probability
            _check.probabilities(known.to_numpy(), name="predictions: y_prob")
        if not table["y_true"].isin([0, 1]).all():
            found = table["y_true"].drop_duplicates().tolist()
            raise InputError(
                f"predictions: y_true must hold 0 and 1 only; got {found[:4]}. Say which code is "
                f"positive, for example (y_true == {max(found, key=str)!r})."
            )
        table["y_true"] = table["y_true"].astype(np.int64)
        if table.duplicated(["unit_id", "source", "repeat"]).any():
            raise InputError("predictions hold the same unit twice for one source and repeat.")
        for column in ("y_true", "patient_id"):
            if (table.groupby("unit_id")[column].nunique() > 1).any():
                raise InputError(f"predictions: {column} differs between the rows of one unit.")
        object.__setattr__(self, "table", table)

    @classmethod
    def concat(cls, parts: Iterable[Predictions]) -> Predictions:
        """Several sources, or several repeats, as one."""
        return cls(pd.concat([part.table for part in parts], ignore_index=True))

    @property
    def sources(self) -> tuple[str, ...]:
        """The models and readers, in order of first appearance."""
        return tuple(dict.fromkeys(self.table["source"]))

    @property
    def repeats(self) -> tuple[int, ...]:
        """The repeats present, sorted."""
        return tuple(int(r) for r in sorted(self.table["repeat"].unique()))

    def select(self, source: str, *, repeat: int | None = None) -> pd.DataFrame:
        """The rows of one source (and one repeat), sorted by unit."""
        chosen = self.table[self.table["source"] == source]
        if chosen.empty:
            raise InputError(f"no source named {source!r}; there are {', '.join(self.sources)}.")
        if repeat is not None:
            chosen = chosen[chosen["repeat"] == repeat]
        return chosen.sort_values(["repeat", "unit_id"], ignore_index=True)

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
        return parts[0].reset_index()[["unit_id", "patient_id", "y_true"]], scores[0], scores[1]


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
