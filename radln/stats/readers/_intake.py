"""Tables of reads, truth and predictions -> arrays; whatever cannot be trusted is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._placeholders import doubts
from radln._refusals import Refusals
from radln._spelling import number_doubts, one_name, one_spelling
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.predictions import Predictions
from radln.stats.agreement._copies import copied_readers
from radln.stats.agreement._titles import is_truth
from radln.stats.readers._graded import Cut, Places, places
from radln.stats.readers._reads import FoldScores
from radln.stats.readers._truth import cases_of, every_outcome
from radln.stats.readers.columns import (
    Labels,
    binary,
    check_columns,
    identifiers,
    in_modality,
    natural,
    numeric,
    one_each,
    ordered,
    positive_labels,
    renamed,
    require,
    table_name,
)
from radln.stats.readers.cutting import called
from radln.stats.readers.model_tables import model_table, models_of
from radln.stats.readers.scales import check_scales

Repeats = tuple[tuple[FloatArray | None, FloatArray | None], ...]


class Intake(TypedDict):
    """What ``Reads`` is made of."""

    case_ids: Labels
    patient: IntArray
    y_true: BoolArray
    readers: Labels
    levels: Labels | None
    modalities: Labels
    score: FloatArray | None
    call: FloatArray | None
    again: Repeats
    models: Mapping[str, FloatArray]
    folds: Mapping[str, FoldScores]
    inputs: Mapping[str, Labels]
    own_scales: bool
    warnings: tuple[str, ...]


def read_frames(
    reads: pd.DataFrame,
    truth: pd.DataFrame | None,
    model: pd.DataFrame | Predictions | None,
    *,
    positive: object,
    levels: Sequence[str] | None,
    threshold: Cut | None,
    cutoffs: Mapping[str, Cut] | None,
    order: Sequence[str] | None,
    scale: tuple[float, float] | str | None,
    columns: Mapping[str, str] | None,
    inputs: Mapping[str, Sequence[str]] | None,
) -> Intake:
    """The arrays of a reader study, from its tables."""
    check_columns(columns, (reads, truth, model))
    labels = positive_labels(positive)
    table = renamed(reads, columns, name="reads")
    require(table, ("case_id", "reader"), name="reads")
    if "score" not in table and "call" not in table:
        raise InputError("reads need a column score or call; a read without either says nothing.")
    refusals = Refusals()
    told, modelled = pd.DataFrame(), pd.DataFrame()
    for column in ("case_id", "reader"):
        with refusals.collected():
            table[column] = identifiers(table[column], name=f"reads: {column}")
            one_name(table[column] if column == "reader" else (), name="reads: reader")
    with refusals.collected():
        modalities = ordered(table, "modality")
    with refusals.collected():
        told = renamed(truth, columns, name=table_name("truth"))
    with refusals.collected():
        modelled = model_table(model, columns)
    with refusals.collected():
        outcomes = every_outcome(table, told, modelled, labels)
    with refusals.collected():
        placed = _placed(table, order, threshold, cutoffs, scale, labels)
    refusals.raise_all()
    table, scale = placed.table, placed.scale
    with refusals.collected():
        cases = cases_of(table, told, modelled, outcomes)
    with refusals.collected():
        table, notes = _counted_reads(table)
        readers, group = _readers(table, levels)
    refusals.raise_all()
    notes = [*_left_unread(table, cases), *placed.notes, *notes]
    notes += _about_names(table, cases)
    if (table["repeat"] > 0).any():
        notes.append(
            "cases were read again (repeat): rates, areas and comparisons are those of the first "
            "reading; the further ones count in the agreement of a reader with himself."
        )
    own, unlike = check_scales(table, scale, set(cases.index[cases["y_true"]]))
    index = _Index(tuple(cases.index), readers, modalities)
    score, call = (index.cube(table, column, 0) for column in ("score", "call"))
    notes += _copies(index, score if score is not None else call)
    notes += _missing_reads(index, score if score is not None else call)
    models, folds, noted = models_of(modelled, index.cases, readers)
    return Intake(
        case_ids=index.cases,
        patient=np.asarray(pd.factorize(cases["patient_id"])[0], dtype=np.int64),
        y_true=cases["y_true"].to_numpy(dtype=np.bool_),
        readers=readers,
        levels=group,
        modalities=modalities,
        score=score,
        call=call,
        again=index.repeats(table),
        models=models,
        folds=folds,
        inputs=_inputs(inputs, models, readers),
        own_scales=own,
        warnings=(*notes, *unlike, *noted),
    )


def _placed(
    table: pd.DataFrame,
    order: Sequence[str] | None,
    threshold: Cut | None,
    cutoffs: Mapping[str, Cut] | None,
    scale: tuple[float, float] | str | None,
    positive: frozenset[str],
) -> Places:
    """Scores and calls as numbers."""
    placed = places(table, order, threshold, cutoffs, scale)
    table = placed.table
    if "score" in table:
        table["score"] = numeric(table["score"], name="reads: score")
    if "call" in table:
        table["call"] = binary(table["call"], name="reads: call", positive=positive)
    if threshold is not None or cutoffs is not None:
        cuts = placed.threshold, placed.cutoffs
        table["call"] = called(table, *cuts, own_scales=placed.scale == "own")
    return placed


def _counted_reads(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The rows that hold a read, their repeats counted, and what was left out."""
    unused = [c for c in ("score", "call") if c in table and not table[c].notna().any()]
    table = table.drop(columns=unused)
    if "score" not in table and "call" not in table:
        raise InputError("the columns score and call are empty; there is nothing to analyse.")
    notes = list[str]()
    empty = table[[c for c in ("score", "call") if c in table]].isna().all(axis=1)
    if empty.any():
        notes.append(f"{int(empty.sum())} row(s) without score and call count as missing reads.")
        table = table[~empty]
    return _counted_repeats(table), notes


class _Index:
    """Places of cases, readers and modalities in the arrays."""

    def __init__(self, cases: Labels, readers: Labels, modalities: Labels) -> None:
        self.cases, self.readers, self.modalities = cases, readers, modalities

    def cube(self, table: pd.DataFrame, column: str, repeat: int) -> FloatArray | None:
        """One column of one repeat as (m, r, n); None where the table lacks it."""
        if column not in table:
            return None
        rows = table[table["repeat"] == repeat]
        shape = (len(self.modalities), len(self.readers), len(self.cases))
        values = np.full(shape, np.nan)
        axes = (("modality", self.modalities), ("reader", self.readers), ("case_id", self.cases))
        places = tuple(pd.Index(labels).get_indexer(pd.Index(rows[name])) for name, labels in axes)
        values[places] = rows[column].to_numpy(dtype=np.float64)
        values.setflags(write=False)
        return values

    def repeats(self, table: pd.DataFrame) -> Repeats:
        """Scores and calls of every further reading session."""
        sessions = range(1, int(table["repeat"].max()) + 1)
        return tuple((self.cube(table, "score", k), self.cube(table, "call", k)) for k in sessions)


def _counted_repeats(table: pd.DataFrame) -> pd.DataFrame:
    """Repeats as 0, 1, 2 ...; two reads of a case without a repeat number are refused."""
    table = table.copy()
    keys = ["modality", "reader", "case_id"]
    if "repeat" not in table:
        table["repeat"] = 0
        twice = table.duplicated(keys)
        if twice.any():
            reader, case = table.loc[twice, ["reader", "case_id"]].iloc[0]
            raise InputError(
                f"{int(twice.sum())} read(s) occur twice, for example case {case!r} by {reader}; "
                "delete the doubles, or number a second reading session in a column repeat, or "
                "name the column of modalities or conditions "
                + worded('(columns={"modality": "condition"}).', "(--column modality=condition).")
            )
        return table
    if table["repeat"].isna().any():
        raise InputError(f"repeat is empty in {int(table['repeat'].isna().sum())} row(s).")
    number = table["repeat"]
    _check.whole_numbers(number, name="reads: repeat")
    one_spelling(number.unique(), name="reads: repeat")
    codes = number.cat.codes if hasattr(number, "cat") else pd.factorize(number, sort=True)[0]
    sessions = table.assign(repeat=codes).groupby(["reader", "modality"])["repeat"]
    table["repeat"] = sessions.rank(method="dense").astype(np.int64) - 1
    twice = table.duplicated([*keys, "repeat"])
    if twice.any():
        raise InputError(f"{int(twice.sum())} read(s) occur twice within one repeat.")
    return table


def _readers(table: pd.DataFrame, levels: Sequence[str] | None) -> tuple[Labels, Labels | None]:
    """Names, in natural order, and the level of each."""
    readers = tuple(sorted(table["reader"].unique(), key=natural))
    reads = table[table["repeat"] == 0].groupby(["reader", "modality"])["case_id"].nunique()
    few = reads[reads < 2]
    if len(few):
        where = in_modality(few.index[0][1])
        raise InputError(
            f"reader {few.index[0][0]} read {int(few.iloc[0])} case only{where}; leave "
            "the reader out, or complete the reads."
        )
    if "level" not in table:
        if levels is not None:
            raise InputError(
                f"{worded('levels were', '--level was')} given, but the reads have no column level."
            )
        return readers, None
    known = table.dropna(subset=["level"])
    lacking = sorted(set(readers) - set(known["reader"]), key=natural)
    if lacking:
        raise InputError(
            f"level is unknown for reader(s) {', '.join(lacking)}; give every reader one."
        )
    names = identifiers(known["level"], name="reads: level")
    found = one_each(known["reader"], names, name="the level", of="reader").reindex(readers)
    if levels is not None:
        allowed = [str(label) for label in _check.listed(levels, name="levels")]
        strange = sorted(set(found) - set(allowed))
        if strange:
            who = found[found == strange[0]].index[0]
            raise InputError(
                f"level {strange[0]!r} of reader {who} is unknown; levels are {', '.join(allowed)}."
            )
    return readers, tuple(found)


def _left_unread(table: pd.DataFrame, cases: pd.DataFrame) -> list[str]:
    """Notes on patients with cases of both kinds; normal for nodes, but to be known."""
    mixed = cases.groupby("patient_id")["y_true"].nunique()
    several = int((cases["patient_id"].value_counts() > 1).sum())
    if not several:
        return []
    return [
        f"{several} patient(s) have several cases ({int((mixed > 1).sum())} with both outcomes); "
        "errors are computed over patients."
    ]


def _about_names(table: pd.DataFrame, cases: pd.DataFrame) -> list[str]:
    """Notes on names that may stand for nothing, or for one case or patient in two spellings."""
    notes = [
        f"reader {name} is named like the truth, and counts as a reader: give it as "
        f"{table_name('truth')} (y_true), and leave it out of the reads."
        for name in sorted(table["reader"].unique(), key=natural)
        if is_truth(name)
    ]
    notes += number_doubts(table["case_id"], name="reads: case_id")
    notes += number_doubts(cases["patient_id"], name="patient_id")
    for column in ("reader", "level", "modality"):
        if column in table:
            notes += doubts(table[column].dropna().astype(str), name=f"reads: {column}")
    return notes


def _copies(index: _Index, values: FloatArray | None) -> list[str]:
    """Notes on readers who are a copy of another one, or made of the others."""
    if values is None:
        return []
    return [
        f"{note.removesuffix('.')}{in_modality(name)}."
        for name, reads in zip(index.modalities, values, strict=True)
        for note in copied_readers(reads, index.readers)
    ]


def _missing_reads(index: _Index, values: FloatArray | None) -> list[str]:
    """How many reads a complete study would have had."""
    if values is None or not np.isnan(values).any():
        return []
    missing, every = int(np.isnan(values).sum()), values.size
    return [
        f"{missing} of {every} possible reads (reader x case x modality) are missing; analyses "
        "that need all of them refuse, the others say how they count."
    ]


def _inputs(
    inputs: Mapping[str, Sequence[str]] | None, models: Mapping[str, FloatArray], readers: Labels
) -> dict[str, Labels]:
    """Which readers' reads each model was given."""
    found = {}
    for name, given in (inputs or {}).items():
        who = tuple(str(reader) for reader in _check.listed(given, name=f"inputs[{name!r}]"))
        strange = [reader for reader in who if reader not in readers]
        if name not in models or strange:
            raise InputError(
                f"{worded('inputs', '--input')}: {name if name not in models else strange[0]} is "
                f"no {'model' if name not in models else 'reader'} of this study."
            )
        found[str(name)] = who
    return found
