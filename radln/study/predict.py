"""New cases through a bundle: per row a probability of every model, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import radln.features.families as families
from radln._types import BoolArray
from radln.errors import InputError, UnreadableFileError
from radln.features.extract import extract_cases
from radln.features.settings import FeatureSettings
from radln.features.table import FAILED, STATUS_COLUMNS, FeatureTable
from radln.io.tables import open_table, read_parquet, require_columns, stable_strings
from radln.models.bundle import Bundle
from radln.models.bundle_content import Column
from radln.models.fitted import FittedModel
from radln.models.persist import predict_frame
from radln.models.steps.encode import is_missing
from radln.study.assemble import row_of, with_lost
from radln.study.intake import refuse_blank
from radln.study.new_images import NewImages, sources_in
from radln.study.new_rows import Notes, refuse_other_measurement, say_doubts, taken
from radln.study.progress import Progress, silent

KEY = "case_id"
ABOVE = "_above_cut_off"


@dataclass(frozen=True, kw_only=True)
class NewCases:
    """What the user said: where the new cases are, and which models are asked (none: all)."""

    features: Path | None = None
    table: Path | None = None
    case: str | None = None
    images: NewImages | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Predicted:
    """``table`` has a row a case; ``measured`` what images gave; ``said`` holds for all rows."""

    table: pd.DataFrame
    measured: FeatureTable | None
    said: tuple[str, ...]
    n_failed: int


@dataclass(frozen=True, eq=False)
class Rows:
    """Cases with the columns of a bundle as they were read, and the reasons of those without."""

    frame: pd.DataFrame
    reasons: pd.Series
    notes: Notes
    measured: FeatureTable | None = None
    said: tuple[str, ...] = ()


def predict_new(
    bundle: Bundle, given: NewCases, *, jobs: int = 1, progress: Progress = silent
) -> Predicted:
    """What do the models of a bundle say of these cases?

    Raises
    ------
    InputError
        The table as a whole cannot be used: another unit, a missing column, a case twice.
    """
    models = bundle.only(given.models or bundle.names)
    needed = {name for model in models for name in model.columns}
    columns = [column for column in bundle.content.columns if column.name in needed]
    rows = _read(bundle, columns, given, jobs, progress)
    say_doubts(columns, rows.frame, rows.notes)
    asked = [model for model in models if model.source in (given.models or bundle.names)]
    return told(models, asked, rows)


def told(models: Sequence[FittedModel], asked: Sequence[FittedModel], rows: Rows) -> Predicted:
    """The table of what the models say."""
    failed = rows.reasons.notna().to_numpy()
    said = predict_frame(models, rows.frame)
    blank = _without_values(models, rows.frame)
    table = pd.DataFrame({KEY: rows.frame.index})
    reasons = [[] if pd.isna(reason) else [str(reason)] for reason in rows.reasons]
    for model in asked:
        probability = said[model.source].to_numpy()
        far = ~np.isfinite(probability)
        none = failed | blank[model.source] | far
        table[model.source] = np.where(none, np.nan, probability)
        above = pd.Series(probability >= model.cut_off).astype(object)
        table[f"{model.source}{ABOVE}"] = above.mask(none, None)
        for row in np.flatnonzero(none & ~failed):
            why = (
                "its values are beyond all limits"
                if far[row]
                else "none of its columns has a value"
            )
            reasons[row].append(f"{model.source}: {why}")
    texts = pd.Series(rows.notes.texts()).mask(failed, "")
    table["reason"] = ["; ".join(reason) for reason in reasons]
    table["notes"] = texts
    return Predicted(table, rows.measured, rows.said, sum(bool(reason) for reason in reasons))


def _without_values(models: Sequence[FittedModel], frame: pd.DataFrame) -> dict[str, BoolArray]:
    """Of every model the rows in which all its columns are empty, or those of a score it takes."""
    found: dict[str, BoolArray] = {}
    for model in models:
        gaps = [is_missing(frame[column]) for column in model.columns]
        blank = np.all(gaps, axis=0) if gaps else np.zeros(len(frame), dtype=np.bool_)
        for source in model.inputs_from.values():
            blank = blank | found[source]
        found[model.source] = np.asarray(blank, dtype=np.bool_)
    return found


def _read(
    bundle: Bundle, columns: Sequence[Column], given: NewCases, jobs: int, progress: Progress
) -> Rows:
    """The new cases with the columns that the models need."""
    clinical = [column for column in columns if column.written is not None]
    features = [column for column in columns if column.written is None]
    if given.images is not None:
        return _from_images(bundle, clinical, features, given, jobs, progress)
    if given.features is None:
        table, cases = _opened(given.table, given.case)
        if features:
            sources = sorted(m.source for m in bundle.models if not _only(m, clinical))
            raise InputError(
                f"{', '.join(sources[:3])} need(s) features of images; give --images and --masks, "
                "or --features, or name a model of clinical columns alone (--model)."
            )
        return _joined(
            clinical, [], table.set_axis(cases), None, pd.Series(None, index=cases, dtype=object)
        )
    return _from_features(bundle, clinical, features, given)


def _only(model: FittedModel, clinical: Sequence[Column]) -> bool:
    return set(model.columns) <= {column.name for column in clinical}


def _from_features(
    bundle: Bundle, clinical: Sequence[Column], features: Sequence[Column], given: NewCases
) -> Rows:
    """Features from a file, and clinical columns from the table, or from the same file."""
    path = given.features
    if path is None:
        raise InputError("give --features, or --images.")
    held, cases = _opened(path, given.case, measured=True)
    what = f"features {path.name}"
    known = specs_in(path)
    sure = refuse_other_measurement(
        bundle.content.measurement, features, list(map(str, held.columns)), known
    )
    said = () if sure or not features else (
        "The table does not say whether its lengths are in mm or px; the bundle's are in "
        f"{bundle.content.measurement.length_unit}. Look at the notes on values outside training.",
    )  # fmt: skip
    held = held.set_axis(cases)
    reasons = pd.Series(None, index=cases, dtype=object)
    if set(STATUS_COLUMNS) <= set(held.columns):
        failed = held["status"] == FAILED
        reasons = reasons.mask(failed, held["message"].astype(object).fillna("not measured"))
    if given.table is None:
        return replace(_joined(clinical, features, held, held, reasons, what), said=said)
    table, listed = _opened(given.table, given.case)
    table = table.set_axis(listed)
    rows = [row for row in held.index if row_of(row, listed) in listed]
    lacking = listed.difference([row_of(row, listed) for row in rows], sort=False)
    if len(lacking) == len(listed):
        raise UnreadableFileError(
            f"no case of table {given.table.name} has a row in {path.name}: a case is named "
            f"{listed[0]!r}, there {held.index[0]!r}. Write the names alike."
        )
    held = held.reindex([*rows, *lacking])
    reasons = reasons.reindex(held.index)
    reasons[list(lacking)] = f"no row in {path.name}"
    beside = table.loc[[row_of(row, listed) for row in held.index]].set_axis(held.index)
    return replace(_joined(clinical, features, beside, held, reasons, what), said=said)


def specs_in(path: Path) -> dict[str, Any]:
    """What a file of features says of its own columns; nothing where it is no parquet of radln."""
    specs: Any = read_parquet(path)[1] if path.suffix.lower() == ".parquet" else None
    return {str(s["name"]): s for s in specs} if isinstance(specs, list) else {}


def _from_images(
    bundle: Bundle,
    clinical: Sequence[Column],
    features: Sequence[Column],
    given: NewCases,
    jobs: int,
    progress: Progress,
) -> Rows:
    """Features measured as in the bundle's study."""
    if given.images is None or given.table is None or given.case is None:
        raise InputError("--images needs --table and --case, which name the cases.")
    settings = settings_for(bundle, features)
    table, listed = _opened(given.table, given.case, text=given.images.text)
    sources, lost, said = sources_in(given.images, given.table, table, given.case)
    if not sources:
        raise UnreadableFileError(f"no case has both an image and a mask: {lost[0][2]}")
    extraction = extract_cases(
        sources,
        settings,
        jobs=jobs,
        progress=lambda done, total: progress("features", done, total),
    )
    measured = with_lost(extraction.table, lost)
    held = measured.values.reindex(columns=[column.name for column in features])
    status = measured.status
    reasons = status["message"].where(status["status"] == FAILED, None)
    beside = table.set_axis(listed)
    beside = beside.loc[[row_of(row, listed) for row in held.index]].set_axis(held.index)
    rows = _joined(clinical, features, beside, held, reasons)
    for row, message in enumerate(status["message"]):
        if message:
            rows.notes.add(row, str(message))
    return replace(rows, measured=measured, said=said)


def settings_for(bundle: Bundle, features: Sequence[Column]) -> FeatureSettings:
    """The bundle's settings, without what its models do not need.

    Raises
    ------
    InputError
        Its features were measured elsewhere, or this radln measures them otherwise.
    """
    measured = bundle.content.measurement
    if measured.settings is None or not measured.length_unit:
        raise InputError(
            "this bundle's study measured no images itself; give the features (--features), "
            "measured as there."
        )
    update: dict[str, Any] = {"lengths": measured.length_unit}
    if not any(column.block == families.DEEP.name for column in features):
        update["deep"] = None
    settings = measured.settings.model_copy(update=update)
    specs = {}
    for column in features:
        family = families.family_of(column.block)
        try:
            planned = None if family is None else family.plan(settings)
        except UnreadableFileError as error:
            raise UnreadableFileError(
                f"{error} Put the encoder's files into the folder from which you call radln."
            ) from error
        if planned is not None:
            spec = planned.spec(column.name, measured.length_unit)
            specs[column.name] = {key: getattr(spec, key) for key in vars(spec)}
    refuse_other_measurement(measured, features, (), specs)
    return settings


def _joined(
    clinical: Sequence[Column],
    features: Sequence[Column],
    beside: pd.DataFrame,
    held: pd.DataFrame | None,
    reasons: pd.Series,
    what: str = "the table",
) -> Rows:
    """Clinical columns and features side by side, rows in one order."""
    notes = Notes(len(beside))
    parts = [taken(clinical, beside, notes, "the table" if held is not beside else what)]
    if held is not None and features:
        parts.append(taken(features, held, notes, what))
    return Rows(pd.concat(parts, axis=1), reasons, notes)


def _opened(
    path: Path | None, case: str | None, *, measured: bool = False, text: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.Index]:
    """A table and the names of its cases, each of which stands there once.

    Where it was ``measured``, radln's own name of that column stands in for ``case``.
    """
    if path is None:
        raise InputError("give --features, or --table with --case (and --images, --masks).")
    table = open_table(path, text=(case, KEY, *text)).frame
    key = case or KEY
    if key not in table.columns and (case is None or (measured and KEY in table.columns)):
        key = KEY
        if key not in table.columns:
            raise InputError(
                f"{path.name} has no column {KEY!r}; say which column names the case (--case)."
            )
    require_columns(table, [key, *text], what=f"table {path.name}")
    cases = stable_strings(table[key])
    refuse_blank(cases, key)
    twice = cases[cases.duplicated()]
    if len(twice):
        raise InputError(
            f"{twice.nunique()} case id(s) stand in column {key!r} of {path.name} more than once, "
            f"first in row {int(twice.index[0]) + 2}; each case needs its own."
        )
    return table, pd.Index(cases, name=KEY, dtype=object)
