"""A table of reads beside predictions: numbers, grades such as 4a, or calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from radln._grades import graded, no_grades
from radln._spelling import spelled
from radln.errors import InputError
from radln.stats.readers.columns import (
    binary,
    blanked,
    identifiers,
    numeric,
    positive_labels,
    renamed,
    require,
)

Cut = float | str


@dataclass(frozen=True, eq=False)
class Reads:
    """One row a read (``unit_id``, ``source``, ``y_score``); grades as places, by ``place``."""

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    place: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def cut_offs(self, given: Mapping[str, Cut]) -> dict[str, float]:
        """The cut-offs on the scale of the scores.

        Raises
        ------
        InputError
            One of a reader who gave grades is none of them, or one of another source is no number.
        """
        readers = set() if self.table.empty else set(self.table["source"])
        return {name: self._cut(name, cut, name in readers) for name, cut in given.items()}

    def _cut(self, name: str, cut: Cut, reader: bool) -> float:
        if reader and self.place:
            label = spelled(f"{cut:g}" if isinstance(cut, float) else cut)
            if label not in self.place:
                raise InputError(
                    f"--cut-off {name}:{label}: the reads are {', '.join(self.place)}; name one of "
                    "these, the lowest that counts as positive."
                )
            return self.place[label]
        if isinstance(cut, str):
            raise InputError(f"--cut-off must be like model:0.3; got '{name}:{cut}'.")
        return cut


def read_reads(given: pd.DataFrame, positive: str | None) -> Reads:
    """The reads of a table with ``case_id``, ``reader`` and ``score`` or ``call``.

    Raises
    ------
    InputError
        A column is missing, a case was read twice by one reader, or a read is no number, no grade
        and no call.
    """
    table = renamed(given, None, name="reads")
    require(table, ("case_id", "reader"), name="reads")
    there = [name for name in ("score", "call") if name in table and table[name].notna().any()]
    if not there:
        raise InputError("reads need a column score (a number or a grade) or call (0 or 1).")
    if len(there) > 1 and (unscored := int(table["score"].isna().sum())):
        raise InputError(
            f"reads hold both score and call, and {unscored} row(s) have no score; a reader is "
            "judged by one of them. Leave one column out."
        )
    if table.duplicated(["case_id", "reader"]).any():
        raise InputError("reads hold a case twice for one reader; keep one read of each.")
    if there[0] == "call":
        values, place = (
            binary(table["call"], name="reads: call", positive=positive_labels(positive)),
            dict[str, float](),
        )
    else:
        values, place = _scores(table["score"])
    reads = pd.DataFrame(
        {
            "unit_id": identifiers(table["case_id"], name="reads: case_id"),
            "source": identifiers(table["reader"], name="reads: reader"),
            "y_score": values,
        }
    )
    unread = int(reads["y_score"].isna().sum())
    notes = [f"{unread} read(s) are blank; these readers are judged on the others."] * bool(unread)
    if place:
        ranks = ", ".join(f"{label} = {k:g}" for label, k in place.items())
        notes.append(f"Reads are counted by their places: {ranks}.")
    return Reads(reads.dropna(subset="y_score"), place, tuple(notes))


def _scores(given: pd.Series) -> tuple[pd.Series, dict[str, float]]:
    """Scores as numbers, and the place of every grade where they are grades."""
    present = blanked(given)
    labels = present.map(spelled, na_action="ignore")
    known = list(labels.dropna().unique())
    order = graded(known)
    if order is None:
        return numeric(given, name="reads: score"), {}
    if codes := no_grades(known):
        raise InputError(
            f"reads: score holds {codes[0]!r} in {int((labels == codes[0]).sum())} read(s) beside "
            "grades. Is it a code for missing? Leave the cell empty."
        )
    place = {label: float(k) for k, label in enumerate(order)}
    return labels.map(place).astype("float64"), place
