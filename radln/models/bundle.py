"""What a score needs to be used elsewhere: fitted models, and all that their numbers rest on.

A bundle is a folder (or a zip of it) of JSON with checksums; it holds no case, no id and no pickle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radln._shown import ShortRepr
from radln.errors import InputError, UnreadableFileError
from radln.io.bundle import AGAIN, checksum_of, read_files, write_files
from radln.io.strict_json import parse_json
from radln.models.bundle_content import Column, Content
from radln.models.fitted import FittedModel
from radln.models.persist import (
    is_own_file,
    model_files,
    model_of,
    models_in_turn,
    own_file,
    predict_frame,
)

CONTENT, MODELS = "bundle.json", "model/"
EXACT = 1e-9  # by which a worked case may differ


@dataclass(frozen=True, eq=False, repr=False)
class Bundle(ShortRepr):
    """Models that can be used elsewhere.

    Parameters
    ----------
    content
        Outcome, columns with their units and ranges, feature settings, performance, worked cases.
    models
        Each after those whose scores it takes.

    Examples
    --------
    ``Bundle.load("results/bundle").predict(rows)`` gives the probability of every model; rows have
    the columns ``bundle.content.names``.
    """

    content: Content
    models: tuple[FittedModel, ...]

    def __repr__(self) -> str:
        outcome = self.content.outcome
        return (
            f"Bundle of {len(self.models)} models of {outcome.positive} against {outcome.negative}"
            f" (radln {self.content.radln}): {', '.join(self.names)}"
        )

    @property
    def names(self) -> list[str]:
        """The names of the models."""
        return [model.source for model in self.models]

    @property
    def checksum(self) -> str:
        """One name for this very bundle: the sha256 of its ``checksums.json``."""
        return checksum_of(self._files())

    def only(self, names: Sequence[str]) -> tuple[FittedModel, ...]:
        """These models, with those whose scores they take, each after these.

        Raises
        ------
        InputError
            The bundle has no model of that name.
        """
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise InputError(
                f"the bundle has no model {unknown[0]!r}; it has {', '.join(self.names)}."
            )
        wanted = set(names)
        for model in reversed(self.models):
            if model.source in wanted:
                wanted |= set(model.inputs_from.values())
        return tuple(model for model in self.models if model.source in wanted)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The probability of the positive class by every model, one column a model.

        Parameters
        ----------
        frame
            One row a unit, with the columns of the bundle in their units.
        """
        return predict_frame(self.models, frame)

    def save(self, folder: str | Path) -> None:
        """Write it as a folder that is whole or not there; an earlier bundle is replaced.

        Raises
        ------
        InputError
            It could not be loaded again: a model holds patients' rows, or its parts do not fit.
        UnwritableFileError, ForeignOutputError
            The folder cannot be written, or holds something else.
        """
        write_files(Path(folder), self._files())

    def _files(self) -> dict[str, bytes]:
        _refuse_unfit(self.content, self.models)
        parts: dict[str, Any] = {CONTENT: self.content.model_dump(mode="json")}
        for model in self.models:
            parts |= {f"{MODELS}{name}": data for name, data in model_files(model).items()}
        return {name: _written(data) for name, data in parts.items()}

    @classmethod
    def load(cls, path: str | Path) -> Bundle:
        """A bundle from its folder or a zip of it, looked through before it is used.

        Checksums, names, lengths, ranges and trees are checked, and the three worked cases are
        computed again (to 1e-9).

        Raises
        ------
        UnreadableFileError
            It is no bundle, or was changed or damaged since it was written.
        """
        files = read_files(Path(path))
        if CONTENT not in files:
            raise UnreadableFileError(f"the bundle has no {CONTENT}; {AGAIN}")
        content = _content(files.pop(CONTENT))
        models = _models(files)
        try:
            _refuse_unfit(content, models)
        except UnreadableFileError:
            raise
        except InputError as error:
            raise UnreadableFileError(f"the bundle cannot be used: {error} {AGAIN}") from error
        return cls(content, models)


def _written(data: Any) -> bytes:
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _content(data: bytes) -> Content:
    """What ``bundle.json`` holds; UnreadableFileError where a key is missing, unknown or wrong."""
    plain = parse_json(data, CONTENT)
    known = Content.model_fields["format"].default
    if isinstance(plain, dict) and plain.get("format") != known:
        raise UnreadableFileError(
            f"{CONTENT} is of the format {plain.get('format')!r}, and this radln reads {known!r}; "
            "install the radln that wrote it."
        )
    try:
        return Content.model_validate_json(data)
    except ValidationError as error:
        item = error.errors()[0]
        key = ".".join(map(str, item["loc"])) or "the whole"
        raise UnreadableFileError(f"{CONTENT}, {key}: {item['msg']}; {AGAIN}") from None


def _models(files: Mapping[str, bytes]) -> tuple[FittedModel, ...]:
    """The models of all files; UnreadableFileError where one is damaged, or belongs to none."""
    own = {name for name in files if is_own_file(name)}
    found, used = [], set()
    for name in sorted(files.keys() - own):
        if not name.startswith(MODELS) or not name.endswith(".json"):
            raise UnreadableFileError(f"the bundle holds the file {name}, of no model; {AGAIN}")
        data = parse_json(files[name], name)
        try:
            beside = own_file(data)
            held = None
            if beside is not None:
                used.add(f"{MODELS}{beside}")
                if f"{MODELS}{beside}" not in files:
                    raise InputError(f"{beside} is missing")
                held = parse_json(files[f"{MODELS}{beside}"], beside)
            model = model_of(data, held)
            if name != f"{MODELS}{model.source}.json":
                raise InputError(f"it holds the model {model.source}")
        except InputError as error:
            raise UnreadableFileError(f"{name} of the bundle: {error}. {AGAIN}") from error
        found.append(model)
    if own - used:
        raise UnreadableFileError(
            f"the bundle holds the file {sorted(own - used)[0]}, of no model; {AGAIN}"
        )
    return models_in_turn(found)


def _refuse_unfit(content: Content, models: Sequence[FittedModel]) -> None:
    """Raise InputError where content and models do not belong to each other."""
    names = [model.source for model in models]
    if sorted(names) != sorted(content.models):
        raise InputError(f"{CONTENT} speaks of other models than there are ({', '.join(names)}).")
    rows = [model.source for model in models if not model.core.deployable]
    if rows:
        raise InputError(f"{rows[0]} holds patients' rows, which no bundle may hold.")
    known = {column.name: column for column in content.columns}
    needed = {column for model in models for column in model.columns}
    if needed != set(known):
        odd = sorted(needed ^ set(known))
        raise InputError(f"{CONTENT} describes other columns than the models need ({odd[0]}).")
    for model in models:
        if set(model.inputs_from) & set(known):
            raise InputError(f"{model.source} calls a score as a column is called.")
        for item in model.encoding.inputs:
            column = known.get(item.column)
            if column is not None and item.level is not None:
                _refuse_other_levels(column, (item.level, item.reference), model.source)
            elif column is not None and item.number and column.levels:
                raise InputError(f"{model.source} takes the category {item.column} as a number.")
    _refuse_other_numbers(content, models)


def _refuse_other_levels(column: Column, levels: Sequence[str | None], source: str) -> None:
    unknown = [level for level in levels if level not in column.levels]
    if unknown:
        raise InputError(
            f"{source} has the level {unknown[0]!r} of {column.name}, which {CONTENT} does not "
            "list."
        )


def _refuse_other_numbers(content: Content, models: Sequence[FittedModel]) -> None:
    """Raise InputError where the models say something else of the worked cases."""
    frame = content.worked_frame()
    said = predict_frame(models, frame)
    for place, case in enumerate(content.worked_cases):
        for source, told in case.probability.items():
            gap = abs(float(said[source].iloc[place]) - told)
            if not gap <= EXACT:
                raise InputError(
                    f"worked case {place + 1} of {source} is {said[source].iloc[place]:.9f}, and "
                    f"was {told:.9f} where the bundle was made."
                )


def described_numbers(values: pd.Series) -> tuple[float, float, tuple[float, float, float]]:
    """The range of a column of numbers in training, and its 10 %, 50 % and 90 % quantiles."""
    x = values.to_numpy(dtype=np.float64)
    x = x[np.isfinite(x)]
    if not x.size:
        return 0.0, 0.0, (0.0, 0.0, 0.0)
    low, middle, high = np.quantile(x, [0.1, 0.5, 0.9]).tolist()
    return float(x.min()), float(x.max()), (low, middle, high)
