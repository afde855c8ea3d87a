"""The data of a study: where they lie and what the columns mean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from radln.outcome import Binary, Classes, Outcome

_CONFIG = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Unit = Literal["image", "node", "level", "patient"]
SeveralMasks = Literal["unite", "nodes"]


class NameRule(BaseModel):
    """How a file's path (without its ending) follows from a case's name."""

    model_config = _CONFIG

    drop_prefix: str = Field("", description="Cut from the front of the case's name first.")
    drop_suffix: str = Field("", description="Cut from its end.")
    prefix: str = Field("", description="Then put before it; may hold a folder, as in 'masks/'.")
    suffix: str = Field("", description="Then put behind it, as in '_seg' or '/mask'.")
    folder: str = Field(
        "",
        description="Only files that lie in a folder of this name count, at any depth; it is left\n"
        "out of their path: with 'mask', benign/mask/a.png is benign/a.",
    )
    anywhere: bool = Field(
        False, description="true = the path is a file's name alone, in whatever sub-folder."
    )

    def apply(self, case: str) -> str:
        """The file's path without ending.

        Examples
        --------
        >>> NameRule(drop_prefix="bus_", prefix="mask_").apply("bus_0001")
        'mask_0001'
        """
        core = case.removeprefix(self.drop_prefix).removesuffix(self.drop_suffix)
        return f"{self.prefix}{core}{self.suffix}"

    @property
    def length(self) -> int:
        """How much the rule changes of the name; 0 is the plainest."""
        return sum(map(len, (self.drop_prefix, self.drop_suffix, self.prefix, self.suffix)))

    def describe(self) -> str:
        """The rule in words."""
        parts = []
        if self.length == 0:
            parts.append("same name")
        if self.drop_prefix or self.prefix:
            parts.append(f"prefix {self.drop_prefix!r} -> {self.prefix!r}")
        if self.drop_suffix or self.suffix:
            parts.append(f"suffix {self.drop_suffix!r} -> {self.suffix!r}")
        if self.folder:
            parts.append(f"in folders named {self.folder!r}")
        if self.anywhere:
            parts.append("in any sub-folder")
        return ", ".join(parts)


OWN_BLOCK = re.compile(r"[a-z]\w*")
TAKEN = (
    "clinical", "size", "shape", "node", "radiomics", "deep", "combined", "without_deep",
    "nomogram", "long_axis",
)  # fmt: skip
PredictorType = Literal["number", "0/1", "category", "ordered", "date"]


class ClinicalSettings(BaseModel):
    """One clinical column that becomes a predictor."""

    model_config = _CONFIG

    column: str = Field(description="The column of the table.")
    type: PredictorType | None = Field(
        None,
        description="number; 0/1 (also yes, no); category (an input a level); ordered (levels as\n"
        "0, 1, 2 ...); date (days since the first). null = what the column seems to be.",
    )
    missing: tuple[str, ...] = Field(
        (), description="Words that stand for no value, as in [not available, unknown]."
    )
    below: Literal["value", "half"] | None = Field(
        None, description="How '<0.20' counts: as 0.20 or as half of it; null = refused."
    )
    levels: tuple[str, ...] = Field(
        (),
        description="Of an ordered column, from low to high; grades such as 3, 4a, 4b need none.",
    )
    merge: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="New level -> the levels it takes in."
    )

    @model_serializer(mode="wrap")
    def _what_was_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what stands for itself."""
        return {key: value for key, value in whole(self).items() if value not in (None, [], (), {})}


class ReaderSettings(BaseModel):
    """One physician's reads."""

    model_config = _CONFIG

    column: str = Field(
        description="The column that holds the read (a number, or a grade such as 4a; higher =\n"
        "worse)."
    )
    cut: float | str | None = Field(
        None,
        description="Reads of this value and above count as a positive call; null where reads are\n"
        "calls of classes.",
    )
    order: tuple[str, ...] = Field(
        (),
        description="The reads from low to high, where they are words; numbers and grades such as\n"
        "3, 4a, 4b need none.",
    )


class ScoreSettings(BaseModel):
    """A score that others have published, compared as it is."""

    model_config = _CONFIG

    name: str = Field(description="What it is called.")
    column: str | None = Field(None, description="The column of the table that holds it.")
    formula: str | None = Field(
        None,
        description="In place of column: a formula of the table's columns, as in\n"
        "1 / (1 + exp(-(-3 + 0.05 * age))).",
    )
    probability: bool = Field(
        False, description="true = it is a probability of the positive value, and is calibrated."
    )
    cut: float | None = Field(None, description="Values of this and above are positive calls.")

    @model_validator(mode="after")
    def _one_source(self) -> ScoreSettings:
        if (self.column is None) == (self.formula is None):
            raise ValueError("a score has a column or a formula; give one of the two")
        if self.probability and self.cut is not None and not 0 <= self.cut <= 1:
            raise ValueError("the cut of a probability lies between 0 and 1")
        return self


class DataSettings(BaseModel):
    """Where the data lie and what the columns mean."""

    model_config = _CONFIG

    table: Path = Field(description="The table of cases: csv, xlsx or parquet.")
    sheet: str | None = Field(None, description="Of an xlsx table; null = the first.")
    header_row: int | None = Field(
        None,
        ge=1,
        description="The row of the table that holds the column names; null = the first that is\n"
        "not blank.",
    )
    images: Path | None = Field(
        None, description="The folder of images; null = a study without images."
    )
    masks: Path | None = Field(None, description="The folder of masks.")
    features: Path | None = Field(
        None,
        description="Features that were measured elsewhere (csv or parquet, one row a case), in\n"
        "place of images and masks; names are kept.",
    )
    image_name: NameRule = Field(
        default_factory=NameRule, description="How an image's file follows from the case's name."
    )
    mask_name: NameRule = Field(
        default_factory=NameRule, description="How a mask's file follows from the case's name."
    )
    image_column: str | None = Field(
        None, description="The column of image file names, in place of image_name."
    )
    mask_column: str | None = Field(
        None, description="The column of mask file names, in place of mask_name."
    )
    several_masks: SeveralMasks = Field(
        "unite",
        description="Where an image has further masks, numbered as in a_mask, a_mask_1: unite\n"
        "them to one region, or measure each as a node of its own.",
    )
    case: str = Field(description="The column that names the image of a row (unique).")
    patient: str = Field(description="The column that names the patient; patients are never split.")
    image_is_patient: bool = Field(
        False,
        description="true = nobody knows which images show the same patient, and each counts as\n"
        "a patient of its own; every page of the report says so.",
    )
    node: str | None = Field(
        None, description="The column that names the node, where several images show one node."
    )
    level: str | None = Field(
        None,
        description="The column that names the lymph-node level (station), where the outcome is\n"
        "known by level only.",
    )
    outcome: str = Field(description="The column that holds the outcome.")
    positive: str = Field(
        "", description="The outcome's value that counts as positive; with classes left out."
    )
    negative: tuple[str, ...] = Field(
        (),
        description="All values that count as negative. May be left out where there is just one;\n"
        "any other value is refused. A blank cell is no outcome.",
    )
    classes: tuple[str, ...] = Field(
        (),
        description="In place of positive: three or more values of the outcome, each a class of\n"
        "its own; ordered ones from low to high. Any other value is refused.",
    )
    ordered: bool = Field(
        False, description="true = the classes are grades, in the order in which they stand."
    )
    unit: Unit = Field(
        "image",
        description="What is judged: image, node or level (the images of one are averaged), or\n"
        "patient.",
    )
    site: str | None = Field(None, description="The column that names the hospital or the device.")
    pixel_size_mm: float | str | None = Field(
        None,
        description="Pixel size of plain pictures: a number in mm, a column's name, or null = not\n"
        "known (lengths are then in pixels). Medical formats carry their own.",
    )
    clinical: tuple[ClinicalSettings, ...] = Field(
        (),
        description="Clinical columns known before the outcome, with their types; they become\n"
        "predictors. A name alone stands for a column of the type that it seems to have.",
    )
    blocks: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Clinical columns that are a block of their own too, as in\n"
        "semantic: [margin, echogenicity]; models and the ladder may name it.",
    )
    readers: tuple[ReaderSettings, ...] = Field(
        (), description="Physicians' reads, compared with the models and never used as predictors."
    )

    scores: tuple[ScoreSettings, ...] = Field(
        (), description="Published scores, compared with the models and never fitted anew."
    )

    @field_validator("clinical", mode="before")
    @classmethod
    def _names_alone(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        return [{"column": item} if isinstance(item, str) else item for item in given]

    @model_validator(mode="after")
    def _images_or_features(self) -> DataSettings:
        if (self.images is None) != (self.masks is None):
            raise ValueError("data.images and data.masks go together; give both, or neither")
        if self.images is not None and self.features is not None:
            raise ValueError(
                "data.features takes the place of data.images and data.masks; give one or the other"
            )
        if self.unit == "level" and self.level is None:
            raise ValueError(
                "data.unit is level, so that data.level must name the column of levels"
            )
        return self

    @model_validator(mode="after")
    def _blocks_of_clinical_columns(self) -> DataSettings:
        for block, columns in self.blocks.items():
            if not OWN_BLOCK.fullmatch(block) or block in TAKEN:
                raise ValueError(
                    f"{block!r} cannot be the name of a block of data.blocks; use letters, digits "
                    f"and _ alone, and none of {', '.join(TAKEN)}"
                )
            lacking = [c for c in columns if c not in self.clinical_columns]
            if lacking or not columns:
                what = f"names {lacking[0]!r}, which is" if lacking else "is empty: its columns are"
                raise ValueError(f"the block {block!r} {what} not listed under data.clinical")
        return self

    @model_validator(mode="after")
    def _one_kind_of_outcome(self) -> DataSettings:
        if bool(self.positive) == bool(self.classes):
            raise ValueError(
                "data.positive names the one value that counts as positive, data.classes three or "
                "more classes; give one of the two"
            )
        if self.classes and self.negative:
            raise ValueError("data.negative goes with data.positive; with data.classes delete it")
        if self.ordered and not self.classes:
            raise ValueError("data.ordered goes with data.classes; delete it")
        if self.classes:
            Classes(self.classes, self.ordered)
        if self.classes and self.scores:
            raise ValueError("data.scores are of two classes; with data.classes delete them")
        named = [score.name for score in self.scores]
        twice = {name for name in named if named.count(name) > 1}
        twice |= {*named} & {reader.column for reader in self.readers}
        if twice:
            raise ValueError(f"{sorted(twice)[0]!r} names two scores or readers; rename one")
        for reader in self.readers:
            if (reader.cut is None) != bool(self.classes):
                raise ValueError(
                    f"the reader {reader.column!r} "
                    + (
                        "calls classes, and has no cut; delete it"
                        if self.classes
                        else "needs a cut, the lowest read that counts as a positive call"
                    )
                )
        return self

    @property
    def asked(self) -> Outcome:
        """The outcome with its values."""
        if self.classes:
            return Classes(self.classes, self.ordered)
        return Binary(self.positive, self.negative)

    @property
    def outcome_words(self) -> str:
        """The outcome in words: what is positive, or the classes."""
        if not self.classes:
            return f"{self.positive} is positive"
        return (" < " if self.ordered else ", ").join(self.classes)

    @property
    def clinical_columns(self) -> list[str]:
        """The names of the clinical columns."""
        return [given.column for given in self.clinical]
