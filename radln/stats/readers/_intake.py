"""Tables of reads, truth and predictions -> arrays; whatever cannot be trusted is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, TypedDict

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._placeholders import doubts
from radln._spelling import bare_name, number_doubts, one_spelling, other_prefix
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError, SingleClassError
from radln.predictions import Predictions
from radln.stats.agreement._copies import copied_readers
from radln.stats.agreement._titles import is_truth
from radln.stats.readers._columns import (
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
from radln.stats.readers._cutting import called
from radln.stats.readers._graded import Cut, places
from radln.stats.readers._models import model_table, models_of
from radln.stats.readers._reads import FoldScores
from radln.stats.readers._scales import check_scales


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
    again: tuple[tuple[FloatArray | None, FloatArray | None], ...]
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
    for column in ("case_id", "reader"):
        table[column] = identifiers(table[column], name=f"reads: {column}")
    modalities = ordered(table, "modality")
    modelled = model_table(model, columns)
    cases = _truth(table, renamed(truth, columns, name=table_name("truth")), modelled, labels)
    notes = _left_unread(table, cases)
    placed = places(table, order, threshold, cutoffs, scale)
    table, scale = placed.table, placed.scale
    if "score" in table:
        table["score"] = numeric(table["score"], name="reads: score")
    if "call" in table:
        table["call"] = binary(table["call"], name="reads: call", positive=labels)
    if threshold is not None or cutoffs is not None:
        cuts = placed.threshold, placed.cutoffs
        table["call"] = called(table, *cuts, own_scales=scale == "own")
    notes += placed.notes
    unused = [c for c in ("score", "call") if c in table and not table[c].notna().any()]
    table = table.drop(columns=unused)
    if "score" not in table and "call" not in table:
        raise InputError("the columns score and call are empty; there is nothing to analyse.")
    empty = table[[c for c in ("score", "call") if c in table]].isna().all(axis=1)
    if empty.any():
        notes.append(f"{int(empty.sum())} row(s) without score and call count as missing reads.")
        table = table[~empty]
    table = _counted_repeats(table)
    readers, group = _readers(table, levels)
    notes += [
        f"reader {name} is named like the truth, and counts as a reader: give it as "
        f"{table_name('truth')} (y_true), and leave it out of the reads."
        for name in readers
        if is_truth(name)
    ]
    notes += _about_names(table, cases)
    own, unlike = check_scales(table, scale, set(cases.index[cases["y_true"]]))
    index = _Index(tuple(cases.index), readers, modalities)
    score, call = (index.cube(table, column, 0) for column in ("score", "call"))
    again = tuple(
        (index.cube(table, "score", k), index.cube(table, "call", k))
        for k in range(1, int(table["repeat"].max()) + 1)
    )
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
        again=again,
        models=models,
        folds=folds,
        inputs=_inputs(inputs, models, readers),
        own_scales=own,
        warnings=(*notes, *unlike, *noted),
    )


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


def _truth(
    table: pd.DataFrame, truth: pd.DataFrame, model: pd.DataFrame, positive: frozenset[str]
) -> pd.DataFrame:
    """Outcome and patient of every case that was read, by case, in natural order.

    The truth may be said by several tables: they must agree.
    """
    tables = {table_name("truth"): truth, "reads": table, table_name("model"): model}
    if not truth.empty:
        require(truth, ("case_id", "y_true"), name=table_name("truth"))
    said = {name: part for name, part in tables.items() if "y_true" in part}
    if not said:
        raise InputError(
            f"the truth is missing: give {worded('truth=', '--truth')}, a table with case_id and "
            "y_true, or add a column y_true to the reads."
        )
    first = next(iter(said))
    parts = {first: _outcomes(said.pop(first), first, positive)}
    for name, part in said.items():
        parts[name] = _outcomes(part.dropna(subset=["y_true"]), name, positive)
    every = pd.concat(parts.values())
    _refuse_other_truth(parts)
    cases = one_each(every["case_id"], every["y_true"], name="the truth (y_true)")
    without = table.loc[~table["case_id"].isin(cases.index), "case_id"].unique()
    if len(without):
        raise InputError(
            f"{len(without)} case(s) were read but have no truth, for example {without[0]!r} (the "
            f"truth has {str(cases.index[0])!r} ...: 7, 007 and 7.0 as texts are different cases)"
            f"{other_prefix(without, cases.index)}; add them to the truth, or leave their reads "
            "out."
        )
    read = sorted(table["case_id"].unique(), key=natural)
    found = pd.DataFrame({"y_true": cases.reindex(read).astype(bool)})
    found["patient_id"] = _patients(table, truth, model, found.index)
    if found["y_true"].all() or not found["y_true"].any():
        raise SingleClassError(
            f"all {len(found)} cases that were read are "
            f"{'diseased' if found['y_true'].all() else 'free of disease'}; sensitivity, "
            "specificity and ROC areas need both. Check the truth and which label is positive."
        )
    return found


def _refuse_other_truth(parts: dict[str, pd.DataFrame]) -> None:
    """Two tables that call most cases by opposite outcomes: one of them is turned round."""
    (first, one), *others = parts.items()
    base = one.drop_duplicates("case_id").set_index("case_id")["y_true"]
    for name, other in others:
        there = other.drop_duplicates("case_id").set_index("case_id")["y_true"]
        both = base.index.intersection(there.index)
        apart = int((base[both] != there[both]).sum())
        if len(both) and apart > len(both) / 2:
            raise InputError(
                f"{first} and {name} give {apart} of {len(both)} cases opposite outcomes (y_true): "
                "in one of them 0 and 1 are exchanged. 1 is the diseased class; mend that table."
            )


def _outcomes(source: pd.DataFrame, name: str, positive: frozenset[str]) -> pd.DataFrame:
    """Case and outcome of every row of a table."""
    case_id = identifiers(source["case_id"], name=f"{name}: case_id")
    outcome = binary(source["y_true"], name=f"{name}: y_true", positive=positive)
    unknown = case_id[outcome.isna()].nunique()
    if unknown:
        raise InputError(f"{name}: y_true is missing for {unknown} case(s); leave those cases out.")
    return pd.DataFrame({"case_id": case_id, "y_true": outcome})


def _patients(
    table: pd.DataFrame, truth: pd.DataFrame, model: pd.DataFrame, cases: pd.Index
) -> pd.Series:
    """The patient of every case; the case itself where no patients are given."""
    parts = [part for part in (table, truth) if "patient_id" in part]
    if parts and "patient_id" in model:
        _refuse_other_patients(pd.concat(parts), model)
    parts = parts or [part for part in (model,) if "patient_id" in part]
    if not parts:
        return pd.Series(cases, index=cases)
    both = pd.concat(
        [
            pd.DataFrame(
                {
                    "case_id": identifiers(part["case_id"], name="case_id"),
                    "patient_id": identifiers(part["patient_id"], name="patient_id"),
                }
            )
            for part in parts
        ]
    )
    found = one_each(both["case_id"], both["patient_id"], name="the patient (patient_id)")
    lacking = cases[~cases.isin(found.index)]
    if len(lacking):
        _refuse_no_patient(lacking, len(cases), found.index, only_model=parts[0] is model)
    return found.reindex(cases)


def _refuse_other_patients(known: pd.DataFrame, model: pd.DataFrame) -> None:
    """Raise where the model's table puts cases together that are of two patients, or apart."""
    name = table_name("model")
    parts = [
        pd.Series(
            identifiers(part["patient_id"], name="patient_id").to_numpy(),
            index=identifiers(part["case_id"], name="case_id"),
        )
        for part in (known, model)
    ]
    ours, theirs = (part[~part.index.duplicated()] for part in parts)
    both = pd.DataFrame({"ours": ours, "theirs": theirs}).dropna()
    for one, other in (("ours", "theirs"), ("theirs", "ours")):
        torn = both.groupby(one)[other].nunique()
        if (torn > 1).any():
            raise InputError(
                f"patient_id of {name} and of the other tables disagree: {int((torn > 1).sum())} "
                "patient(s) of the one are several of the other. Cases of one patient count "
                "together, so correct patient_id, or leave it out of all tables but one."
            )


def _refuse_no_patient(lacking: pd.Index, n: int, named: pd.Index, *, only_model: bool) -> NoReturn:
    """Why cases have no patient: no row says it, or the tables call the cases differently."""
    example = lacking[0]
    if not only_model:
        raise InputError(
            f"patient_id is missing for {len(lacking)} case(s), for example {example!r}; fill it "
            "for all or none."
        )
    model, truth = table_name("model"), table_name("truth")
    alike = {bare_name(name): name for name in named}
    other = alike.get(bare_name(example))
    if len(lacking) == n or other is not None:
        raise InputError(
            f"{len(lacking)} of {n} cases that were read are not in {model} under the same name: "
            f"the reads have {example!r}, {model} has {other or named[0]!r} ..."
            f"{other_prefix(lacking, named)}. Write case_id (or "
            "unit_id) in the same way in all tables."
        )
    raise InputError(
        f"{model} lacks {len(lacking)} of {n} cases that were read, for example {example!r}, and "
        f"it alone says which patient a case belongs to: add these cases to {model}, or a column "
        f"patient_id to {truth} or to the reads."
    )


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
                "name the modality."
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
    notes = number_doubts(table["case_id"], name="reads: case_id")
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
