"""The output folder: whose it is, and the finished folds inside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radln.cohort.core import Cohort
from radln.designs import Split
from radln.errors import ForeignOutputError
from radln.io.atomic import write_json
from radln.io.store import RecordStore
from radln.models.cross_fit import FoldResult
from radln.models.fitted import FittedModel
from radln.settings import Settings, portable
from radln.study.intake import Intake

# What may change without changing a single number.
COSMETIC = (
    "name", "noun", "acknowledge", "max_failed", "data.table", "data.images", "data.masks",
    "data.features", "design.external.table", "design.external.images", "design.external.masks",
    "design.external.features",
    # how the table is read: its rows and files count
    "data.sheet", "data.header_row", "data.negative", "data.image_column", "data.mask_column",
)  # fmt: skip
RECORD = "study-id.json"
ALGORITHM_VERSION = 2  # raise it when training changes its numbers


def identity(
    settings: Settings, intake: Intake, files: Sequence[Sequence[str]] | None = None
) -> dict[str, Any]:
    """Everything that the numbers follow from, as flat plain data: settings and the data's hash.

    ``files`` are the digests of each case's files; without them the data do not count yet.
    """
    flat = dict(_flatten(portable(settings).model_dump(mode="json", by_alias=True)))
    kept = {key: value for key, value in sorted(flat.items()) if key not in COSMETIC}
    deep = settings.features.deep
    if deep is not None:
        kept["features.deep.encoder"] = deep.load().digest  # what it is, not where it lies
    kept["algorithm_version"] = ALGORITHM_VERSION
    return kept if files is None else {**kept, "manifest": manifest_hash(intake, files)}


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            rows += _flatten(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows


def manifest_hash(intake: Intake, files: Sequence[Sequence[str]]) -> str:
    """One hash of the table's rows and of every image's and mask's bytes."""
    digest = hashlib.sha256(intake.rows.reset_index().to_csv(index=False).encode())
    for source, of_case in zip(intake.sources, files, strict=True):
        digest.update(json.dumps([source.case_id, *of_case]).encode())
    if intake.measured is not None:
        digest.update(intake.measured.frame().to_csv(index=False).encode())
    return digest.hexdigest()


def cohort_hash(cohort: Cohort) -> str:
    """One hash of everything that models are fitted on, digit by digit."""
    frame = pd.concat([cohort.units, cohort.predictors], axis=1).reset_index()
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def study_id(held: Mapping[str, Any]) -> str:
    """A short name for one identity."""
    text = json.dumps(held, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim(out: Path, held: Mapping[str, Any]) -> None:
    """Take the folder for this study, or refuse it with the keys that differ.

    Raises
    ------
    ForeignOutputError
        The folder holds another study, or files that radln did not write.
    """
    refuse_foreign(out, held)
    write_json(out / RECORD, {"study_id": study_id(held), "identity": held})


def refuse_foreign(out: Path, held: Mapping[str, Any]) -> None:
    """Raise ForeignOutputError where the folder is another study's, as far as ``held`` tells."""
    if out.exists() and not out.is_dir():
        raise ForeignOutputError(f"{out.name!r} is a file; name a folder with --out.")
    if _holds_results(out):
        differing = _differing(out / RECORD, held)
        if differing:
            raise ForeignOutputError(
                f"the output folder {out.name!r} holds another study; these differ: "
                f"{', '.join(differing[:8])}. Name a new folder with --out, or remove the old one."
            )


def _holds_results(out: Path) -> bool:
    """Whether anything but a claim lies there: a run that was refused early leaves no results."""
    return out.is_dir() and any(
        path.name != RECORD and not (path.is_dir() and not any(path.iterdir()))
        for path in out.iterdir()
    )


def _differing(record: Path, held: Mapping[str, Any]) -> list[str]:
    """The keys in which the study that holds a folder differs from this one."""
    try:
        theirs = dict(json.loads(record.read_text(encoding="utf-8"))["identity"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ForeignOutputError(
            f"the output folder {record.parent.name!r} is not empty and is not radln's (it has no "
            f"readable {RECORD}); name a new one with --out."
        ) from None
    mine = json.loads(json.dumps(held, default=str))
    if "manifest" not in mine:
        theirs.pop("manifest", None)
    return sorted(k for k in {*theirs, *mine} if theirs.get(k) != mine.get(k))


class FoldStore:
    """Finished outer folds, so that a run that was cut off goes on where it stopped.

    A fold counts only for the very cohort that it was fitted on: features that were measured
    anew, with other numbers, make it void. One with a model that holds patients' rows is not kept,
    unless ``keep_patient_rows``, and is fitted again.
    """

    def __init__(self, folder: Path, cohort: Cohort, *, keep_patient_rows: bool = False) -> None:
        self._rows = keep_patient_rows
        self._records = RecordStore(folder)
        self._cohort = cohort_hash(cohort)

    def save(self, result: FoldResult) -> None:
        """Keep one fold."""
        if not (self._rows or all(model.core.deployable for model in result.models)):
            return
        record = {
            "cohort": self._cohort,
            "test": result.test.tolist(),
            "log_odds": result.log_odds.tolist(),
            "models": [model.to_dict() for model in result.models],
        }
        self._records.put(_key(result.repeat, result.fold), record)

    def load(self, split: Split) -> FoldResult | None:
        """A kept fold, or None where there is none or its file was damaged."""
        record = self._records.get(_key(split.repeat, split.fold))
        if record is None or record.get("cohort") != self._cohort:
            return None
        return FoldResult(
            split,
            tuple(FittedModel.from_dict(model) for model in record["models"]),
            np.asarray(record["log_odds"], dtype=np.float64),
        )


def _key(repeat: int, fold: int) -> str:
    return f"repeat{repeat:03d}-fold{fold:02d}"
