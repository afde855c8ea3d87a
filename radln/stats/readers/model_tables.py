"""Tables of models' values, radln's own predictions among them: one value a model and case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._result import frozen
from radln._spelling import one_spelling
from radln._types import FloatArray
from radln.errors import InputError
from radln.predictions import Predictions
from radln.stats.readers._reads import FoldScores
from radln.stats.readers.columns import (
    Labels,
    blanked,
    identifiers,
    numeric,
    renamed,
    require,
    table_name,
)

VALUES = ("y_prob", "y_score", "score")  # the first that a source has is taken


def model_table(
    model: pd.DataFrame | Predictions | None, columns: Mapping[str, str] | None
) -> pd.DataFrame:
    """A model's table under our names, with ``case_id`` and ``source`` as texts; empty for None."""
    name = table_name("model")
    if model is None:
        return pd.DataFrame()
    given = model.frame() if isinstance(model, Predictions) else model
    table = renamed(given, columns, name=name)
    require(table, ("case_id",), name=name)
    if not any(column in table and blanked(table[column]).notna().any() for column in VALUES):
        raise InputError(
            f"{name} needs a column y_prob (a probability) or y_score (any ranking); found "
            f"{', '.join(map(str, given.columns))}. Say which column it is with "
            + worded('columns={"y_prob": "probability"}.', "--column y_prob=probability.")
        )
    if "source" not in table:
        table = table.assign(source="model")
    return table.assign(
        case_id=identifiers(table["case_id"], name=f"{name}: case_id"),
        source=identifiers(table["source"], name=f"{name}: source"),
    )


def readers_in(table: pd.DataFrame) -> list[str]:
    """The sources that are readers: without fold and probability, where others have a fold."""
    if "fold" not in table or not table["fold"].notna().any():
        return []
    kept = table["fold"].notna()
    if "y_prob" in table:
        kept |= blanked(table["y_prob"]).notna()
    fitted = set(table.loc[kept, "source"])
    return sorted(set(table["source"]) - fitted)


def models_of(
    table: pd.DataFrame, cases: Labels, readers: Labels
) -> tuple[dict[str, FloatArray], dict[str, FoldScores], list[str]]:
    """Every model's values in the order of the cases, those of its folds, and what must be said."""
    if table.empty:
        return {}, {}, []
    reading = readers_in(table)
    notes = _of_readers(reading, readers)
    found, folds = {}, {}
    for source, rows in table[~table["source"].isin(reading)].groupby("source", sort=True):
        name = str(source)
        if name in readers:
            raise InputError(f"{name} is both a reader and a model; rename one.")
        values, parts, said = _one_model(name, rows)
        if parts is not None and set(values.index) == set(cases):
            scores, dealt = (part.reindex(cases).to_numpy().T for part in parts)
            folds[name] = FoldScores(frozen(scores), frozen(dealt.astype(np.int64)))
        elif parts is not None:
            problem = f"not all of its {len(values)} cases were read, so that its folds are torn."
            if set(values.index) < set(cases):
                problem = (
                    f"it has no value for {len(cases) - len(values)} of the {len(cases)} cases "
                    "that were read."
                )
            notes.append(about_folds(name, rows["fold"].nunique(), problem, ""))
        found[name] = values.reindex(cases).to_numpy(dtype=np.float64)
        notes += [*said, *_missing(name, found[name], rows, cases)]
        found[name].setflags(write=False)
    return found, folds, notes


def _of_readers(reading: list[str], readers: Labels) -> list[str]:
    """What is said of readers among the predictions."""
    name = table_name("model")
    known = [who for who in reading if who in readers]
    others = [who for who in reading if who not in readers]
    notes = []
    if known:
        notes.append(
            f"{', '.join(known)}: readers, who stand in {name} too; the reads count, and they are "
            "not taken for models."
        )
    if others:
        notes.append(
            f"{', '.join(others)}: without fold and probability in {name}, so taken for reader(s) "
            "and left out; add them to the reads"
            + worded(".", ", or name one with --source to take it for a model.")
        )
    return notes


def _one_model(
    name: str, rows: pd.DataFrame
) -> tuple[pd.Series, tuple[pd.DataFrame, pd.DataFrame] | None, list[str]]:
    """One value a case, by case, repeats averaged; scores and folds of each repeat beside."""
    column = next(c for c in (*VALUES, VALUES[0]) if c in rows and blanked(rows[c]).notna().any())
    numbers = numeric(rows[column], name=f"{table_name('model')}: {column}")
    if column == "y_prob":
        _refuse_no_share(name, numbers)
    for label in ("repeat", "fold"):
        if label in rows:
            _check.whole_numbers(rows[label], name=f"{table_name('model')}: {label}")
            one_spelling(rows[label].dropna().unique(), name=f"{table_name('model')}: {label}")
    long = pd.DataFrame({"case_id": rows["case_id"], "value": numbers, "repeat": 0})
    if "repeat" in rows:
        long["repeat"] = pd.factorize(rows["repeat"])[0]
    if long.duplicated(["case_id", "repeat"]).any():
        raise InputError(
            f"model {name} has several values for a case; keep one row a case, or number the "
            "repeats of a cross-validation in a column repeat."
        )
    notes = []
    wide = long.pivot(index="case_id", columns="repeat", values="value")
    if wide.shape[1] > 1:
        short = int(wide.isna().any(axis=1).sum())
        if short:
            raise InputError(
                f"model {name} has {wide.shape[1]} repeats, but {short} case(s) lack some of them; "
                "complete the predictions, or keep one repeat."
            )
        notes.append(f"{name}: the mean of {wide.shape[1]} repeats for every case ({column}).")
        if "fold" not in rows or rows["fold"].isna().all():
            notes.append(
                f"{name}: repeats without their folds. Predictions of a cross-validation need the "
                "column fold; without it intervals and tests take them as those of one finished "
                "model, and are too narrow."
            )
    parts: tuple[pd.DataFrame, pd.DataFrame] | None = None
    if "fold" in rows and rows["fold"].nunique() > 1:
        numbered = long.assign(fold=pd.factorize(rows["fold"])[0])
        folds = numbered.pivot(index="case_id", columns="repeat", values="fold")
        parts = (wide, folds)
        if not (folds >= 0).all(axis=None):
            problem = "some of its cases have no fold."
            parts, notes = None, [*notes, about_folds(name, rows["fold"].nunique(), problem, "")]
    return wide.mean(axis=1, skipna=False), parts, notes


def about_folds(name: str, n_folds: int, problem: str, speaks_of: str) -> str:
    """What intervals of out-of-fold predictions say, and what they leave out."""
    mean = (
        "rates, curves, operating points, combinations and reads that are incomplete take the mean "
        "scores as those of one finished model, ranked together, and leave out what other training "
        "patients would have changed"
    )
    what = f"{name}: out-of-fold predictions of {n_folds} fold models"
    if not problem:
        return (
            f"{what}. Its AUC and its differences of AUC to readers are means within folds and "
            f"speak {speaks_of}; {mean}."
        )
    return (
        f"{what}, ranked together: {problem} Intervals and tests here take them as the scores of "
        "one finished model and leave out what other training patients would have changed; those "
        "of a study's report do not, whose areas are means within folds."
    )


def _refuse_no_share(name: str, numbers: pd.Series) -> None:
    """A probability lies within 0..1."""
    odd = numbers[(numbers < 0) | (numbers > 1)]
    if len(odd):
        raise InputError(
            f"model {name}: y_prob must be a probability from 0 to 1; {len(odd)} of {len(numbers)} "
            f"value(s) are not, for example {odd.iloc[0]:g}. Divide percentages by 100; name a "
            "score that is no probability y_score."
        )


def _missing(name: str, values: FloatArray, rows: pd.DataFrame, cases: Labels) -> list[str]:
    """How many cases a model has no value for; none at all is refused."""
    lacking = int(np.isnan(values).sum())
    if lacking == values.size:
        raise InputError(
            f"model {name} has no value for any case that was read; case_id (or unit_id) must be "
            f"the same in both tables: {table_name('model')} has {rows['case_id'].iloc[0]!r} ..., "
            f"the reads have {cases[0]!r} ..."
        )
    return [f"{name} has no value for {lacking} of {values.size} cases."] if lacking else []
