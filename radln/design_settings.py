"""The design of a study: who is held out from whom."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from radln.designs import CrossValidation, Design, HoldOut, LeaveSiteOut, Marked

Name = Literal["cross-validation", "hold-out", "leave-site-out", "fixed", "temporal", "external"]
OWN_KEYS: dict[Name, tuple[str, ...]] = {
    "cross-validation": (),
    "hold-out": ("test_share", "repeats"),
    "leave-site-out": (),
    "fixed": ("column", "test", "train"),
    "temporal": ("column", "start"),
    "external": ("external",),
}


class ExternalSettings(BaseModel):
    """Another centre's table, with the same columns as data.table, and its own files."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    table: Path = Field(description="Its table; the columns are called as in data.table.")
    images: Path | None = Field(None, description="Its images; as data.images is.")
    masks: Path | None = Field(None, description="Its masks; as data.masks is.")
    features: Path | None = Field(None, description="Its features, where data.features has some.")
    pixel_size_mm: float | None = Field(
        None,
        gt=0,
        lt=10,
        description="Pixel size of its plain pictures in mm, where data.pixel_size_mm is a number\n"
        "that does not hold there.",
    )


class DesignSettings(BaseModel):
    """Who is held out from whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Name = Field(
        "cross-validation",
        description="cross-validation (models.folds, models.repeats); hold-out (a random share of\n"
        "the patients); leave-site-out (each of data.site by models of the others); fixed (by a\n"
        "column); temporal (by a date); external (another centre's table).",
    )
    test_share: float = Field(
        0.2, ge=0.05, le=0.5, description="hold-out: the share of the patients that is tested."
    )
    repeats: int = Field(
        1,
        ge=1,
        le=100,
        description="hold-out: how often a share is drawn. Once: the fitted models are judged;\n"
        "10 to 25 times: the way of modelling.",
    )
    column: str | None = Field(
        None, description="fixed, temporal: the column of the table that tells the parts apart."
    )
    test: tuple[str, ...] = Field((), description="fixed: the column's values that are tested.")
    train: tuple[str, ...] = Field(
        (),
        description="fixed: the values that are learned from. May be left out where there is just\n"
        "one; any other value is refused.",
    )
    start: dt.date | None = Field(
        None, description="temporal: tested are the cases from this day on (2024-01-31)."
    )
    external: ExternalSettings | None = Field(
        None, description="external: the other centre's table and files."
    )

    @model_validator(mode="after")
    def _its_own_keys(self) -> DesignSettings:
        own = OWN_KEYS[self.name]
        for key, field in self.__class__.model_fields.items():
            if key not in ("name", *own) and getattr(self, key) != field.default:
                raise ValueError(f"design.{key} is no key of the design {self.name!r}; delete it")
        for key in own:
            if key != "train" and getattr(self, key) in (None, ()):
                raise ValueError(f"the design {self.name!r} needs design.{key}")
        both = sorted({*self.test} & {*self.train})
        if both:
            raise ValueError(f"{both[0]!r} stands under design.test and design.train; keep one")
        return self

    @property
    def once(self) -> bool:
        """Whether one part of the patients is tested, once, by the models that are left."""
        repeated = self.name == "hold-out" and self.repeats > 1
        return self.name not in ("cross-validation", "leave-site-out") and not repeated

    @property
    def how(self) -> str:
        """How those who are tested were chosen, in words."""
        if self.name == "hold-out":
            share = f"{self.test_share:.0%} of the patients, stratified by the outcome"
            times = f", {self.repeats} times anew" * (self.repeats > 1)
            return f"drawn at random{times}, {share}"
        if self.name == "leave-site-out":
            return "every site, by models of the others"
        if self.name == "external":
            return "all cases of the other centre's table"
        if self.name == "temporal":
            return f"all cases from {self.start} on, by the column {self.column}"
        values = ", ".join(self.test)
        return f"those with {values} in the column {self.column}"

    def design(self, *, folds: int, repeats: int) -> Design:
        """The design itself; ``folds`` and ``repeats`` are of cross-validation."""
        if self.name == "cross-validation":
            return CrossValidation(folds, repeats)
        if self.name == "hold-out":
            return HoldOut(self.test_share, self.repeats)
        if self.name == "leave-site-out":
            return LeaveSiteOut()
        return Marked("external" if self.name == "external" else "test")
