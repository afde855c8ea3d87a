"""Anybody's predictions from tables to a page: read, judge, write."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radln import __version__
from radln._door import command_line
from radln._grades import graded
from radln._refusals import Refusals
from radln.errors import InputError
from radln.evaluation.average_reader import FEW
from radln.evaluation.evaluate import evaluate
from radln.evaluation.result import Evaluation
from radln.evaluation.settings import AVERAGE, EvaluationSettings, PrimarySettings
from radln.io.tables import SourceTable, open_table
from radln.predictions import Predictions
from radln.report.judged import judged_page
from radln.stats.readers.columns import (
    bare_title,
    binary,
    identifiers,
    positive_labels,
    renamed,
    require,
)
from radln.study.pages import require_folder, write_page
from radln.study.reads_table import Cut, Reads, read_reads

NAMES = ("case_id", "unit_id", "patient_id", "reader", "source", "site")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user said."""

    predictions: Path
    reads: Path | None = None
    positive: str | None = None
    cut_offs: Mapping[str, Cut] | None = None
    rows_are_patients: bool = False
    primary: PrimarySettings | None = None
    confidence_level: float = 0.95
    n_resamples: int = 2000
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Judged:
    """The predictions with the reads among them, who of them reads, and every judged number."""

    predictions: Predictions
    readers: tuple[str, ...]
    evaluation: Evaluation
    notes: tuple[str, ...]


def judge(request: Request) -> Judged:
    """Read the tables and judge everybody in them.

    Raises
    ------
    InputError
        Columns that are missing or odd, no patients, or a cut-off of nobody.
    """
    with command_line():
        refusals, notes = Refusals(), list[str]()
        table, reads = pd.DataFrame(), Reads()
        with refusals.collected():
            source = _read(request.predictions)
            notes += source.notes
            table = _predicted(source.frame, request)
        with refusals.collected():
            if request.reads is not None:
                source = _read(request.reads)
                notes += source.notes
                reads = read_reads(source.frame, request.positive)
                notes += reads.notes
        refusals.raise_all()
        readers = _readers_within(table)
        if not reads.table.empty:
            readers = (*readers, *dict.fromkeys(reads.table["source"]))
            table = pd.concat([table, _joined(reads.table, table)], ignore_index=True)
        predictions = Predictions.from_frame(table)
        settings = EvaluationSettings(
            primary=request.primary or PrimarySettings(),
            ladder=(),
            confidence_level=request.confidence_level,
            n_resamples=request.n_resamples,
        )
        _refuse_unknown(request, predictions, readers)
        found = evaluate(
            predictions,
            reads.cut_offs(request.cut_offs or {}),
            settings,
            seed=request.seed,
            readers=readers,
        )
    if request.rows_are_patients:
        notes.append(
            "Nobody knows which cases are of one patient: each counts as one (--rows-are-patients)."
        )
    return Judged(predictions, readers, found, tuple(notes))


def _read(path: Path) -> SourceTable:
    """A table whose names of cases, patients, sources and readers are taken as written."""
    bare = set(map(bare_title, NAMES))
    titles = [str(title) for title in open_table(path).frame.columns]
    return open_table(path, text=[title for title in titles if bare_title(title) in bare])


def _predicted(given: pd.DataFrame, request: Request) -> pd.DataFrame:
    """The predictions under our names, with patients, a source and a score."""
    table = renamed(given, None, name="predictions")
    require(table, ("case_id", "y_true"), name="predictions")
    table["unit_id"] = identifiers(table["case_id"], name="predictions: case_id")
    if request.rows_are_patients:
        table["patient_id"] = table["unit_id"]
    elif "patient_id" not in table:
        raise InputError(
            "predictions have no column patient_id, and several cases of one patient would count "
            "as if they were of several. Add it; or, if every case is of another patient, say "
            "--rows-are-patients."
        )
    table["patient_id"] = identifiers(table["patient_id"], name="predictions: patient_id")
    labels = positive_labels(request.positive)
    table["y_true"] = binary(table["y_true"], name="predictions: y_true", positive=labels)
    if table["y_true"].isna().any():
        raise InputError(
            f"predictions: y_true is empty in {int(table['y_true'].isna().sum())} row(s); leave "
            "those cases out."
        )
    table["source"] = (
        identifiers(table["source"], name="predictions: source") if "source" in table else "model"
    )
    if "y_score" not in table and "y_prob" not in table:
        raise InputError(
            "predictions need a column y_prob (a probability) or y_score (any ranking); found "
            f"{', '.join(map(str, given.columns))}."
        )
    if "y_score" not in table:
        table["y_score"] = table["y_prob"]
    elif "y_prob" in table:
        table["y_score"] = table["y_score"].fillna(table["y_prob"].where(_without_score(table)))
    if "repeat" in table:  # a published score has none, beside models that have some
        whole = table["repeat"].isna().groupby(table["source"]).transform("all")
        table["repeat"] = table["repeat"].mask(whole, 0)
    return table.drop(columns="case_id")


def _without_score(table: pd.DataFrame) -> pd.Series:
    """The rows of sources that have probabilities alone.

    Raises
    ------
    InputError
        A source has scores in some rows and probabilities alone in others.
    """
    lacking = table["y_score"].isna()
    by_source = lacking.groupby(table["source"])
    whole, some = by_source.transform("all"), by_source.transform("any")
    mixed = table.loc[some & ~whole & lacking, "source"].value_counts()
    if len(mixed):
        raise InputError(
            f"predictions: {mixed.index[0]!r} has no y_score in {mixed.iloc[0]} row(s) and one in "
            "others; scores and probabilities are of different scales. Give every row of a source "
            "its y_score, or none."
        )
    return whole


def _readers_within(table: pd.DataFrame) -> tuple[str, ...]:
    """The sources that are people: without fold and probability, where others have folds."""
    if "fold" not in table or not table["fold"].notna().any():
        return ()
    fitted = table["fold"].notna()
    if "y_prob" in table:
        fitted |= table["y_prob"].notna()
    models = set(table.loc[fitted, "source"])
    return tuple(source for source in dict.fromkeys(table["source"]) if source not in models)


def _joined(reads: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The reads with the truth and the patient of their case."""
    units = table.drop_duplicates("unit_id").set_index("unit_id")[["patient_id", "y_true"]]
    both = set(reads["source"]) & set(table["source"])
    if both:
        raise InputError(f"{sorted(both)[0]!r} is a reader and a source of the predictions.")
    unknown = reads.loc[~reads["unit_id"].isin(units.index), "unit_id"].unique()
    if len(unknown):
        raise InputError(
            f"{len(unknown)} case(s) were read that the predictions do not have, for example "
            f"{unknown[0]!r} (there: {units.index[0]!r} ...). Write the names alike, or leave "
            "those reads out."
        )
    joined = reads.join(units, on="unit_id")
    return joined.assign(repeat=0) if "repeat" in table else joined


def _refuse_unknown(request: Request, predictions: Predictions, readers: Sequence[str]) -> None:
    """Raise InputError where a comparison is named of sources that are not there, or too coarse."""
    if request.primary is None:
        return
    known = [*predictions.sources, *[AVERAGE] * bool(readers)]
    for name in (request.primary.full, request.primary.simple):
        if name not in known:
            raise InputError(f"--primary names {name!r}; the sources are {', '.join(known)}.")
        values = predictions.scores.loc[predictions.scores["source"] == name, "y_score"]
        if name in readers and values.nunique() <= FEW:
            raise InputError(
                f"--primary names {name!r}, whose reads have two values: they rank too coarsely "
                f"for an area. Name another source; {AVERAGE} is that of the readers with grades."
            )


def cut_offs_of(given: Sequence[str]) -> dict[str, Cut]:
    """``SOURCE:VALUE`` texts by source: numbers, or the grade of a reader."""
    found = dict[str, Cut]()
    for text in given:
        source, sign, value = (part.strip() for part in text.rpartition(":"))
        try:
            cut: Cut = float(value)
        except ValueError:
            cut = value
        plain = math.isfinite(cut) if isinstance(cut, float) else graded([cut]) is not None
        if not sign or not source or not plain:
            raise InputError(f"--cut-off must be like model:0.3; got {text!r}.")
        found[source] = cut
    return found


def primary_of(given: str | None, margin: float) -> PrimarySettings | None:
    """``FULL,SIMPLE`` with its margin."""
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    if len(names) != 2 or not all(names) or not 0 < margin < 0.5:
        raise InputError(
            f"--primary must be two sources such as model,expert_1, with a --margin within 0 to "
            f"0.5; got {given!r} and {margin:g}."
        )
    return PrimarySettings(full=names[0], simple=names[1], margin=margin)


def write_judged(judged: Judged, request: Request, out: Path) -> Path:
    """Write report.html, figures and unrounded tables; no case or patient is named."""
    require_folder(out)
    held = judged.predictions
    found = judged.evaluation
    chapter = judged_page(
        found,
        title=request.predictions.stem,
        n=len(held.units),
        n_positive=held.outcome.counts(held.truth)["positive"],
        n_patients=int(held.units["patient_id"].nunique()),
        named=request.primary is not None,
        notes=judged.notes,
        version=__version__,
    )
    return write_page(chapter, out)
