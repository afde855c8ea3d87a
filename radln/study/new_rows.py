"""New cases as the columns of a bundle: read as in its study, and every doubt said by row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from radln._spelling import spelled
from radln._types import IntArray
from radln.data_settings import ClinicalSettings
from radln.errors import InputError
from radln.io.tables import with_points
from radln.models.bundle_content import Column, Measurement, Written
from radln.models.steps.encode import is_missing
from radln.study.predictor_columns import labels_of, typed

SHOWN = 5
OUTSIDE, UNKNOWN, EMPTY = "lies outside training", "is not known and counts as", "empty, filled in"
SLACK = 1e-9  # of a number, by which it may leave a range through rounding
LENGTH = re.compile(r"^node_.*_(mm|px)2?$|_log-sigma-[\d-]+-(mm|px)_|^(?:1/)?(mm|px)[23]?$")


class Notes:
    """What is said of every row."""

    def __init__(self, n: int) -> None:
        self._said: list[list[str]] = [[] for _ in range(n)]

    def add(self, row: int, said: str) -> None:
        """Say something of a row, by position."""
        self._said[row].append(said)

    def joined(self, groups: IntArray) -> Notes:
        """What is said of groups of rows, such as the views of a node: that of each row, once."""
        found = Notes(int(groups.max()) + 1 if groups.size else 0)
        for row, group in enumerate(groups.tolist()):
            for said in self._said[row]:
                if said not in found._said[group]:
                    found.add(group, said)
        return found

    def count(self, kind: str) -> int:
        """Of how many rows such a thing is said."""
        return sum(any(kind in said for said in row) for row in self._said)

    def texts(self) -> list[str]:
        """One text a row, blank where nothing was said; of many notes of a row the first ones."""
        return [_shortened(said, "; ") for said in self._said]


def _shortened(items: Sequence[str], between: str) -> str:
    more = f"{between}and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return between.join(items[:SHOWN]) + more


def taken(columns: Sequence[Column], table: pd.DataFrame, notes: Notes, what: str) -> pd.DataFrame:
    """The columns of a bundle from a table of the same rows, in their types.

    Parameters
    ----------
    columns
        Clinical ones are called as in the study's table, features by their own names.
    notes
        Takes what is said of rows: levels that are not known.
    what
        What a message calls the table.

    Raises
    ------
    InputError
        Columns are missing, or hold what is no number among numbers.
    """
    _refuse_missing(columns, table, what)
    found = {}
    for column in columns:
        if column.written is not None:
            found[column.name] = _clinical(column, column.written, table, notes)
        else:
            found[column.name] = _feature(table[column.name], column.name, what)
    return pd.DataFrame(found, index=table.index)


def _refuse_missing(columns: Sequence[Column], table: pd.DataFrame, what: str) -> None:
    named = [c.name if c.written is None else c.written.column for c in columns]
    missing = [name for name in named if name not in table.columns]
    if missing:
        near = difflib.get_close_matches(missing[0], map(str, table.columns), n=1)
        raise InputError(
            f"{what} lacks {len(missing)} column(s) that the models need: "
            f"{_shortened(missing, ', ')}."
            + (f" Did you mean {near[0]!r}?" if near else "")
            + " Add them, called as in the study that made the bundle; or name a model that needs "
            "none of them (--model)."
        )


def _feature(given: pd.Series, name: str, what: str) -> pd.Series:
    """A feature as float64; infinite values count as missing, as in a study."""
    given = with_points(given, f"{what}: column {name!r}")
    found = pd.to_numeric(given, errors="coerce").astype(np.float64)
    wrong = given[found.isna() & given.notna()]
    if len(wrong):
        raise InputError(
            f"{what}: column {name!r} holds {wrong.iloc[0]!r}, which is no number. Write numbers "
            "with a decimal point, and leave what is not known blank."
        )
    return found.where(np.isfinite(found))


def _clinical(column: Column, written: Written, table: pd.DataFrame, notes: Notes) -> pd.Series:
    """A clinical column as in the study; a level that is not known is said by row."""
    given = ClinicalSettings.model_validate(written.model_dump())
    values = table[written.column]
    if written.type in ("number", "0/1"):
        return typed(values, given)
    labels = labels_of(values, given)
    levels = column.levels or written.levels
    known = {spelled(level): level for level in levels}
    for row, label in enumerate(labels):
        if pd.notna(label) and spelled(label) not in known:
            stands = "the commonest level" if column.levels else "a missing value"
            notes.add(row, f"{written.column}: the level {label!r} {UNKNOWN} {stands}")
    if not column.levels:
        ranks = {level: float(rank) for rank, level in enumerate(written.levels)}
        return labels.map(lambda v: ranks.get(spelled(v)), na_action="ignore").astype(np.float64)
    return labels.map(lambda v: known.get(spelled(v), v), na_action="ignore").astype(object)


def say_doubts(columns: Sequence[Column], frame: pd.DataFrame, notes: Notes) -> None:
    """Say of every row which columns are empty, and which lie outside the range of training."""
    gaps: dict[int, list[str]] = {}
    for column in columns:
        called = column.name if column.written is None else column.written.column
        empty = is_missing(frame[column.name])
        for row in np.flatnonzero(empty).tolist():
            gaps.setdefault(row, []).append(called)
        if column.low is None or column.high is None:
            continue
        x = frame[column.name].to_numpy(dtype=np.float64)
        slack = SLACK * (abs(column.low) + abs(column.high))
        outside = ~empty & ((x < column.low - slack) | (x > column.high + slack))
        for row in np.flatnonzero(outside).tolist():
            between = f"{column.low:g} to {column.high:g}"
            notes.add(row, f"{called} {x[row]:g} {OUTSIDE} ({between})")
    for row, names in gaps.items():
        notes.add(row, f"{EMPTY} as in training: {_shortened(names, ', ')}")


def refuse_other_measurement(
    measured: Measurement,
    columns: Sequence[Column],
    names: Sequence[str],
    specs: Mapping[str, Mapping[str, Any]],
) -> bool:
    """Whether the table's unit of lengths is known; InputError where it is not the bundle's.

    Parameters
    ----------
    names
        All columns of the table.
    specs
        What the table's own metadata say of columns, where it has some.

    Raises
    ------
    InputError
        Lengths are in another unit, or a column was measured by another version or encoder.
    """
    ours = _units(_own_words(columns))
    wanted = measured.length_unit or (ours.pop() if len(ours) == 1 else "")
    theirs = _units([*names, *(str(spec.get("unit", "")) for spec in specs.values())])
    if wanted and theirs and theirs != {wanted}:
        other = "px" if wanted == "mm" else "mm"
        remedy = (
            "Measure the cases with their pixel size (--pixel-size-mm)"
            if wanted == "mm"
            else "Measure the cases in pixels (`lengths: px` under features)"
        )
        raise InputError(
            f"the bundle's lengths are in {wanted}, and the table's in {other}: every probability "
            f"would be wrong. {remedy}."
        )
    for column in columns:
        spec = specs.get(column.name)
        if spec is not None and column.engine:
            _refuse_other_version(column, spec)
    return bool(theirs) or not wanted


def _own_words(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        yield from (column.name, column.unit)


def _units(words: Iterable[str]) -> set[str]:
    """The units of length that names of columns, or units, speak of."""
    found = (LENGTH.search(word) for word in words)
    return {next(filter(None, match.groups())) for match in found if match}


def _refuse_other_version(column: Column, spec: Mapping[str, Any]) -> None:
    for key in ("engine", "algorithm_version", "encoder_sha256"):
        theirs, ours = spec.get(key), getattr(column, key)
        if theirs != ours:
            raise InputError(
                f"{column.name} was measured with another {key.replace('_', ' ')} ({theirs!r}) "
                f"than in the bundle's study ({ours!r}), so that its numbers cannot be compared. "
                "Measure the cases with the radln, engine and encoder of the bundle."
            )
