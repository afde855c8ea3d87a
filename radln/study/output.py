"""The output folder: whose it is, and the finished folds inside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from radln.errors import ForeignOutputError
from radln.features.embeddings import load_encoder
from radln.io.atomic import write_json
from radln.io.store import RecordStore
from radln.models.fitted import FittedModel
from radln.models.train import FoldResult
from radln.settings import Settings, portable
from radln.splits import Fold
from radln.study.intake import Intake

RECORD = "study-id.json"
# What may change without changing a single number.
COSMETIC = ("name", "acknowledge", "max_failed", "data.table", "data.images", "data.masks")
ALGORITHM_VERSION = 1  # raise it when training changes its numbers


def identity(settings: Settings, intake: Intake) -> dict[str, Any]:
    """Everything that the numbers follow from, as flat plain data: settings and the data's hash."""
    flat = dict(_flatten(portable(settings).model_dump(mode="json", by_alias=True)))
    kept = {key: value for key, value in sorted(flat.items()) if key not in COSMETIC}
    deep = settings.features.deep
    if deep is not None and deep.encoder is not None:
        kept["features.deep.encoder"] = load_encoder(deep.encoder).digest
    return {**kept, "manifest": manifest_hash(intake), "algorithm_version": ALGORITHM_VERSION}


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            rows += _flatten(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows


def manifest_hash(intake: Intake) -> str:
    """One hash of the table's rows and of every image's and mask's bytes."""
    digest = hashlib.sha256(intake.rows.reset_index().to_csv(index=False).encode())
    for source in intake.sources:
        digest.update(source.case_id.encode())
        for path in (source.image, source.mask):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def study_id(held: Mapping[str, Any]) -> str:
    """A short name for one identity."""
    text = json.dumps(held, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refuse_foreign(out: Path, held: Mapping[str, Any]) -> None:
    """Refuse a folder of another study, with the keys that differ.

    Raises
    ------
    ForeignOutputError
        The folder holds another study, or files that radln did not write.
    """
    record = out / RECORD
    if not record.exists():
        if out.is_dir() and any(out.iterdir()):
            raise ForeignOutputError(
                f"the output folder {out.name!r} is not empty and is not radln's; name a new one "
                "with --out."
            )
        return
    theirs = json.loads(record.read_text(encoding="utf-8"))["identity"]
    mine = json.loads(json.dumps(held, default=str))
    differing = sorted(k for k in {*theirs, *mine} if theirs.get(k) != mine.get(k))
    if differing:
        raise ForeignOutputError(
            f"the output folder {out.name!r} holds another study; these differ: "
            f"{', '.join(differing[:8])}. Name a new folder with --out, or remove the old one."
        )


def mark(out: Path, held: Mapping[str, Any]) -> None:
    """Write down whose folder this is; done once the data have passed their checks."""
    write_json(out / RECORD, {"study_id": study_id(held), "identity": held})


class FoldStore:
    """Finished outer folds, so that a run that was cut off goes on where it stopped."""

    def __init__(self, folder: Path) -> None:
        self._records = RecordStore(folder)

    def save(self, result: FoldResult) -> None:
        """Keep one fold."""
        record = {
            "test": result.test.tolist(),
            "log_odds": result.log_odds.tolist(),
            "models": [model.to_dict() for model in result.models],
        }
        self._records.put(_key(result.repeat, result.fold), record)

    def load(self, fold: Fold) -> FoldResult | None:
        """A kept fold, or None where there is none or its file was damaged."""
        record = self._records.get(_key(fold.repeat, fold.fold))
        if record is None or record["test"] != fold.test.tolist():
            return None
        return FoldResult(
            fold.repeat,
            fold.fold,
            fold.test,
            tuple(FittedModel.from_dict(model) for model in record["models"]),
            np.asarray(record["log_odds"], dtype=np.float64),
        )


def _key(repeat: int, fold: int) -> str:
    return f"repeat{repeat:03d}-fold{fold:02d}"
