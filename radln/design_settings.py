"""The design of a study: who is held out from whom."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from radln.designs import CrossValidation, Design, HoldOut, Marked

Name = Literal["cross-validation", "hold-out", "fixed", "temporal"]
OWN_KEYS: dict[Name, tuple[str, ...]] = {
    "cross-validation": (),
    "hold-out": ("test_share",),
    "fixed": ("column", "test", "train"),
    "temporal": ("column", "start"),
}


class DesignSettings(BaseModel):
    """Who is held out from whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Name = Field(
        "cross-validation",
        description="cross-validation (models.folds, models.repeats); hold-out (a random share of\n"
        "the patients is tested once); fixed (by a column); temporal (by a date).",
    )
    test_share: float = Field(
        0.2, ge=0.05, le=0.5, description="hold-out: the share of the patients that is tested."
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
        """Whether one part of the patients is tested, once."""
        return self.name != "cross-validation"

    @property
    def how(self) -> str:
        """How the test part was chosen, in words."""
        if self.name == "hold-out":
            return (
                f"drawn at random, {self.test_share:.0%} of the patients, stratified by the outcome"
            )
        if self.name == "temporal":
            return f"all cases from {self.start} on, by the column {self.column}"
        values = ", ".join(self.test)
        return f"those with {values} in the column {self.column}"

    def design(self, *, folds: int, repeats: int) -> Design:
        """The design itself; ``folds`` and ``repeats`` are of cross-validation."""
        if self.name == "cross-validation":
            return CrossValidation(folds, repeats)
        return HoldOut(self.test_share) if self.name == "hold-out" else Marked()
