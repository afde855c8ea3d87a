"""study.yaml: one tree of settings, composed of what each room owns; no hidden defaults.

Unknown keys are refused with their line, so that a typing error never becomes a silent default.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from radln.data_settings import DataSettings
from radln.design_settings import DesignSettings, ExternalSettings
from radln.errors import SettingsError
from radln.evaluation.settings import AVERAGE, EvaluationSettings
from radln.features.settings import FeatureSettings
from radln.io import yaml
from radln.models.learners import learner
from radln.models.learners.learner import OfClasses
from radln.models.recipe import KINDS, LEARNERS, NOMOGRAM_SOURCE
from radln.models.settings import ModelSettings

ALL_KEYS = "# Keys that are not here have their default; the reference of settings lists them all."
# What `radln init` writes though it is the default; docs/reference/settings.md has all keys.
EVERYDAY = (
    "schema", "name", "seed", "data.images", "data.masks", "data.node", "data.negative",
    "data.unit", "data.site", "data.pixel_size_mm", "data.clinical", "data.readers",
    "features.deep.encoder", "models.folds", "models.repeats", "models.fitted",
    "evaluation.primary.full", "evaluation.primary.simple", "evaluation.primary.margin",
    "acknowledge",
)  # fmt: skip


class Settings(BaseModel):
    """The whole of study.yaml."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True
    )

    schema_version: Literal[2] = Field(
        2, alias="schema", description="Version of this file's layout."
    )
    name: str = Field("study", description="Stands on the report's title.")
    simulated: bool = Field(
        False, description="true = the data are simulated; every page of the report says so."
    )
    noun: Literal["node", "lesion", "nodule", "tumour"] = Field(
        "node", description="What the report calls the thing that was measured."
    )
    seed: int = Field(1, ge=0, description="The same seed and data give the same numbers.")
    data: DataSettings = Field(description="Where the data lie and what the columns mean.")
    features: FeatureSettings = Field(
        default_factory=FeatureSettings, description="What is measured in each image."
    )
    design: DesignSettings = Field(
        default_factory=DesignSettings, description="Who is held out from whom."
    )
    models: ModelSettings = Field(
        default_factory=ModelSettings, description="Cross-validation, selection, estimators."
    )
    evaluation: EvaluationSettings = Field(
        default_factory=EvaluationSettings, description="Tests and intervals."
    )
    max_failed: float = Field(
        0.2, ge=0, le=1, description="The run stops when a larger share of the cases fails."
    )
    acknowledge: tuple[str, ...] = Field(
        (),
        description="Stopping findings that are right all the same, as CODE:COLUMN or CODE:COUNT\n"
        "(`radln check` says what to write), and predictors that separate the classes (almost)\n"
        "without error and are genuine.",
    )

    def __repr__(self) -> str:
        data, models = self.data, self.models
        folds = f"{models.repeats} x {models.folds} folds"
        design = self.design.name
        return (
            f"Settings {self.name!r}: {data.table.name}, outcome {data.outcome} "
            f"({data.positive or data.outcome_words}), "
            f"unit {data.unit}, {folds if design == 'cross-validation' else design}"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    @model_validator(mode="after")
    def _no_encoder_without_images(self) -> Settings:
        if self.data.images is None and self.features.deep is not None:
            raise ValueError(
                "features.deep needs images, and data.images is null; write `deep: null` under "
                "features"
            )
        return self

    @model_validator(mode="after")
    def _no_outcome_among_predictors(self) -> Settings:
        data = self.data
        if data.positive in data.negative:
            raise ValueError(
                f"{data.positive!r} is data.positive and stands under data.negative; "
                "a value of the outcome is one or the other"
            )
        clinical = data.clinical_columns
        twice = sorted({name for name in clinical if clinical.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is listed twice under data.clinical; name it once")
        if data.outcome in clinical:
            raise ValueError(
                f"the outcome's own column {data.outcome!r} is listed under data.clinical; "
                "a model would predict the outcome from itself. Remove it"
            )
        ids = {data.case, data.patient, data.node, data.level} & set(clinical)
        if ids:
            raise ValueError(
                f"{', '.join(map(repr, sorted(map(str, ids))))} names a case, patient or node and "
                "is listed under data.clinical; a model would learn names by heart. Remove it"
            )
        reads = {reader.column for reader in data.readers} & set(clinical)
        if reads:
            raise ValueError(
                f"{', '.join(sorted(reads))} is both a reader and a clinical predictor; a model "
                "must not contain the read that it is compared with. Keep one of the two"
            )
        return self

    @model_validator(mode="after")
    def _no_part_among_predictors(self) -> Settings:
        if self.design.column in self.data.clinical_columns:
            raise ValueError(
                f"{self.design.column!r} tells training and test part apart (design.column) and is "
                "listed under data.clinical: its values in the test part are none that a model "
                "learned from. Remove it from data.clinical"
            )
        return self

    @model_validator(mode="after")
    def _what_the_design_needs(self) -> Settings:
        data, external = self.data, self.design.external
        if self.design.name == "leave-site-out":
            if data.site is None:
                raise ValueError(
                    "the design 'leave-site-out' needs data.site, the column of the hospital or "
                    "device"
                )
            if data.site in data.clinical_columns:
                raise ValueError(
                    f"{data.site!r} is the site that is left out and is listed under "
                    "data.clinical: no model has learned from its value. Remove it from "
                    "data.clinical"
                )
        if external is not None:
            for key in ("images", "masks", "features"):
                if (getattr(data, key) is None) != (getattr(external, key) is None):
                    own, other = f"data.{key}", f"design.external.{key}"
                    raise ValueError(f"{own} and {other} go together; give both, or neither")
        return self

    @model_validator(mode="after")
    def _models_of_this_outcome(self) -> Settings:
        classes = self.data.classes
        for source, given in (self.models.fitted or {}).items():
            where = f"models.fitted.{source}"
            if isinstance(learner(given.learner), OfClasses) and not classes:
                raise ValueError(
                    f"{where}: the learner {given.learner} is for three or more classes "
                    "(data.classes); with two use logistic or plain"
                )
            if learner(given.learner).link == "cumulative" and not self.data.ordered:
                raise ValueError(
                    f"{where}: the learner {given.learner} takes the classes as grades, from low "
                    "to high; write data.ordered: true if they are, or use multinomial"
                )
            if classes and given.inputs_from:
                raise ValueError(
                    f"{where} takes another model's score (inputs_from), which with several "
                    "classes is not one score; leave it out"
                )
            if classes and given.calibrate == "isotonic":
                raise ValueError(
                    f"{where}: calibrate: isotonic is for two classes; platt scales every class "
                    "against the rest"
                )
        return self

    @model_validator(mode="after")
    def _only_known_sources(self) -> Settings:
        readers = [reader.column for reader in self.data.readers]
        readers += [score.name for score in self.data.scores]
        named, usual = self.models.fitted, _usual(self.data.blocks)
        both = [name for name in named or () if name in (*readers, AVERAGE)]
        if both:
            raise ValueError(
                f"{both[0]!r} is a model under models.fitted and a reader or score; call the model "
                "otherwise"
            )
        fitted = [*(usual if named is None else named), *readers]
        primary = self.evaluation.primary
        simple = [*fitted, *[AVERAGE] * bool(self.data.readers)]
        asked = [("primary.full", primary.full, fitted), ("primary.simple", primary.simple, simple)]
        # a step whose model is left out is passed over, so every usual name counts here
        every = list(dict.fromkeys([*fitted, *usual]))
        asked += [(f"ladder[{k}]", step, every) for k, step in enumerate(self.evaluation.ladder)]
        for key, source, known in asked:
            if source not in known:
                raise ValueError(
                    f"evaluation.{key} is {source!r}, which is no model or reader of this study"
                    f"{_nearest(source, known)} There are {', '.join(known)}"
                )
        return self

    @property
    def files(self) -> list[Path]:
        """The tables that the study reads."""
        return self._paths("table", "features")

    @property
    def folders(self) -> list[Path]:
        """The folders of images and masks that it reads."""
        return self._paths("images", "masks")

    def _paths(self, *names: str) -> list[Path]:
        held = [self.data, self.design.external]
        found = [getattr(part, name, None) for part in held for name in names]
        return [path for path in found if path is not None]

    def with_paths(self, change: Callable[[Path], Path]) -> Settings:
        """The same settings with every path changed."""
        features, external = self.features, self.design.external

        def placed(held: DataSettings | ExternalSettings) -> dict[str, Path]:
            names = ("table", "images", "masks", "features")
            paths = {name: getattr(held, name) for name in names}
            return {name: change(path) for name, path in paths.items() if path is not None}

        update: dict[str, Any] = {"data": self.data.model_copy(update=placed(self.data))}
        if external is not None:
            there = external.model_copy(update=placed(external))
            update["design"] = self.design.model_copy(update={"external": there})
        if features.deep is not None and isinstance(features.deep.encoder, Path):
            deep = features.deep.model_copy(update={"encoder": change(features.deep.encoder)})
            update["features"] = features.model_copy(update={"deep": deep})
        return self.model_copy(update=update)


def _usual(own: Iterable[str]) -> list[str]:
    """The names that models have where study.yaml names none; ``own`` are blocks of the study."""
    of_blocks = [f"{kind}_{learner}" for kind in (*KINDS, *own) for learner in LEARNERS]
    return [*of_blocks, NOMOGRAM_SOURCE]


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f". Did you mean {near[0]!r}?" if near else "."


def load_settings(path: Path) -> Settings:
    """Read study.yaml; relative paths are taken from the file's own folder.

    Raises
    ------
    SettingsError
        An unknown key (with its line and the nearest known one) or an impossible value.
    """
    data, lines = read_settings(path)
    if is_first_schema(data):
        raise SettingsError(
            f"{path.name} is of schema 1, in which the models had no names; convert it with "
            f"`radln init {path} --upgrade` (the old file is kept beside it)."
        )
    root = path.resolve().parent
    return validated(data, lines, path.name).with_paths(lambda path: root / path)


def read_settings(path: Path) -> tuple[dict[str, Any], yaml.Lines]:
    """The keys of a settings file with their lines; SettingsError where it holds none."""
    data, lines = yaml.load(path)
    if not isinstance(data, dict):
        raise SettingsError(f"{path.name}: expected settings such as `data:`; the file is empty.")
    return data, lines


def is_first_schema(data: Mapping[str, Any]) -> bool:
    """Whether the keys are those of schema 1, which had estimators in place of models."""
    models = data.get("models")
    return data.get("schema") == 1 or (isinstance(models, dict) and "estimators" in models)


def validated(data: Mapping[str, Any], lines: yaml.Lines, name: str) -> Settings:
    """Settings from the keys of a file; SettingsError says which are wrong, with their lines."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(_explain(name, error, lines)) from error


def portable(settings: Settings) -> Settings:
    """The settings without the folders of a machine: every path is its last name only."""
    return settings.with_paths(lambda path: Path(path.name))


def _explain(name: str, error: ValidationError, lines: yaml.Lines) -> str:
    """Every problem on a line of its own, with the line of the file where it stands."""
    problems = []
    for item in error.errors():
        location = tuple(item["loc"])
        key = ".".join(str(part) for part in location)
        line = next(
            (lines[location[:k]] for k in range(len(location), 0, -1) if location[:k] in lines),
            None,
        )
        where = f"{name}, line {line}" if line is not None else name
        if item["type"] == "extra_forbidden":
            hint = _nearest(str(location[-1]), _known_keys(location[:-1]))
            problems.append(f"{where}: unknown key {key!r}{hint}")
        elif item["type"] == "missing":
            problems.append(f"{where}: the key {key!r} is needed.")
        else:
            message = item["msg"].removeprefix("Value error, ")
            if item["type"] == "string_type" and isinstance(item["input"], list | dict):
                message = "one text is needed here, not a list"
            elif item["type"] == "string_type":
                message += f"; put quotes around it, as in '{item['input']}'"
            problems.append(f"{where}: {key + ': ' if key else ''}{message}.")
    return "\n".join(problems)


def _known_keys(location: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand at a place of the file; none where it holds no mapping."""
    model: type[BaseModel] | None = Settings
    for part in location:
        if isinstance(part, str):
            field = model.model_fields.get(part) if model else None
            model = _model_in(field.annotation) if field else None
    if model is None:
        return []
    return [field.alias or key for key, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings model that a field holds: itself, or in a tuple, or unless null."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
