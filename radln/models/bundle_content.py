"""What ``bundle.json`` holds: every field with its rule; whatever else stands there is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from radln.features.settings import FeatureSettings
from radln.models.settings import RecipeSettings

_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]
Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
WORKED = 3


class Outcome(BaseModel):
    """What is predicted: the probability of ``positive``."""

    model_config = _CONFIG

    positive: Name
    negative: Name
    unit: Literal["image", "node", "level", "patient"]

    @model_validator(mode="after")
    def _two_names(self) -> Outcome:
        if self.positive == self.negative:
            raise ValueError("positive and negative have one name")
        return self


class Written(BaseModel):
    """How a clinical column is written in the user's table, as in study.yaml."""

    model_config = _CONFIG

    column: Name
    type: Literal["number", "0/1", "category", "ordered"]
    missing: tuple[str, ...] = ()
    below: Literal["value", "half"] | None = None
    levels: tuple[str, ...] = ()
    merge: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Column(BaseModel):
    """A column that a model needs.

    A number has the range ``low`` to ``high`` of training, a category the ``levels``, the commonest
    first. ``unit`` is that of a feature (mm, px2 ...), blank where it has none or it is not known.
    """

    model_config = _CONFIG

    name: Name
    block: Name
    unit: str = ""
    engine: str = ""
    algorithm_version: int = Field(1, ge=0)
    encoder_sha256: str = ""
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    levels: tuple[str, ...] = ()
    written: Written | None = None

    @model_validator(mode="after")
    def _number_or_category(self) -> Column:
        if self.low is None or self.high is None:
            if self.low is not self.high or not self.levels:
                raise ValueError("a column has a range, low and high, or levels")
        elif self.levels:
            raise ValueError("a column has a range or levels, not both")
        elif self.low > self.high:
            raise ValueError("the range ends before it begins")
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("a level is named twice")
        return self


class Measurement(BaseModel):
    """How features were measured; ``settings`` where it was done in images."""

    model_config = _CONFIG

    source: Literal["images", "file", "none"]
    length_unit: Literal["mm", "px", ""]
    settings: FeatureSettings | None

    @model_validator(mode="after")
    def _settings_of_images(self) -> Measurement:
        if (self.source == "images") != (self.settings is not None and self.length_unit != ""):
            raise ValueError("settings and the unit of lengths belong to images")
        return self


class Performance(BaseModel):
    """The area under the ROC curve as it was evaluated, and what its interval speaks of."""

    model_config = _CONFIG

    auc: Share
    low: Share
    high: Share
    confidence_level: Share
    method: str
    n: int = Field(ge=1)
    n_patients: int = Field(ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Performance:
        if not self.low <= self.auc <= self.high:
            raise ValueError("the AUC lies outside its interval")
        return self


class CaseMix(BaseModel):
    """Who taught a model: ``n`` units, and mean and standard deviation of its log-odds in them."""

    model_config = _CONFIG

    n: int = Field(ge=2)
    n_positive: int = Field(ge=1)
    mean: FiniteFloat
    sd: FiniteFloat = Field(ge=0)

    @model_validator(mode="after")
    def _both_classes(self) -> CaseMix:
        if self.n_positive >= self.n:
            raise ValueError("those who taught the model are all positive")
        return self


class Change(BaseModel):
    """What another centre's patients changed in a model: ``intercept`` and ``slope`` act on the
    log-odds that the parent gave.
    """

    model_config = _CONFIG

    kind: Literal["original", "intercept", "intercept_slope", "refit"]
    chosen_by: Literal["closed test", "user"]
    intercept: FiniteFloat
    slope: FiniteFloat = Field(gt=0)
    cut_off: Literal["carried over", "set anew"]
    n: int = Field(ge=2)
    n_positive: int = Field(ge=1)
    n_patients: int = Field(ge=2)

    @model_validator(mode="after")
    def _as_its_kind(self) -> Change:
        if self.kind in ("original", "refit") and self.intercept != 0:
            raise ValueError(f"{self.kind} shifts no intercept")
        if self.kind != "intercept_slope" and self.slope != 1:
            raise ValueError(f"{self.kind} stretches no slope")
        if self.kind == "original" and self.cut_off != "set anew":
            raise ValueError("nothing was changed")
        if not self.n_positive < self.n or self.n_patients > self.n:
            raise ValueError("so many cases and patients cannot be")
        return self


class About(BaseModel):
    """One model in words: its recipe, how well it did (None where it was not judged), the case
    mix that taught it, and what another centre changed (None: nothing).
    """

    model_config = _CONFIG

    recipe: RecipeSettings
    performance: Performance | None
    case_mix: CaseMix
    change: Change | None


class WorkedCase(BaseModel):
    """A made-up case, and the probability that every model gave it where the bundle was made."""

    model_config = _CONFIG

    values: dict[str, FiniteFloat | str | None]
    probability: dict[str, Share]


class Content(BaseModel):
    """All that a bundle holds besides its models.

    A bundle that was changed in another centre names its ``parent`` by that bundle's checksum, and
    in ``changed_on`` the hash of the cases of every centre that changed it, so that it is not
    judged on these.
    """

    model_config = _CONFIG

    format: Literal["radln-bundle-1"] = "radln-bundle-1"
    radln: Name
    version: int = Field(ge=1)
    parent: Checksum | None
    changed_on: tuple[Checksum, ...]
    simulated: bool
    outcome: Outcome
    measurement: Measurement
    columns: tuple[Column, ...] = Field(min_length=1)
    models: dict[str, About] = Field(min_length=1)
    worked_cases: tuple[WorkedCase, ...] = Field(min_length=WORKED, max_length=WORKED)

    @model_validator(mode="after")
    def _names_agree(self) -> Content:
        if len(set(self.names)) < len(self.names):
            raise ValueError("a column is described twice")
        for case in self.worked_cases:
            if set(case.values) != set(self.names):
                raise ValueError("a worked case has other columns than are described")
            if set(case.probability) != set(self.models):
                raise ValueError("a worked case speaks of other models")
            for column in self.columns:
                value = case.values[column.name]
                if value is not None and isinstance(value, str) != bool(column.levels):
                    raise ValueError(f"a worked case has no usable {column.name}")
        return self

    @model_validator(mode="after")
    def _of_a_parent(self) -> Content:
        changed = [name for name, about in self.models.items() if about.change is not None]
        if (self.parent is None) != (self.version == 1):
            raise ValueError("a first version has no parent, and every later one has one")
        if len(self.changed_on) != self.version - 1:
            raise ValueError("changed_on has one hash for every version but the first")
        if self.parent is None and changed:
            raise ValueError(f"{changed[0]} was changed, and no parent is named")
        if self.parent is not None and not changed:
            raise ValueError("a parent is named, and nothing was changed")
        return self

    @property
    def names(self) -> list[str]:
        """The columns that the models need."""
        return [column.name for column in self.columns]

    def worked_frame(self) -> pd.DataFrame:
        """The worked cases as a table of predictors."""
        return frame_of(self.columns, [case.values for case in self.worked_cases])


def frame_of(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table in which numbers are float64 and categories text."""
    found = {}
    for column in columns:
        values = [row[column.name] for row in rows]
        if column.levels:
            found[column.name] = pd.Series(values, dtype=object)
        else:
            numbers = [np.nan if value is None else value for value in values]
            found[column.name] = pd.Series(numbers, dtype=np.float64)
    return pd.DataFrame(found)
