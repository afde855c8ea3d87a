"""What a user may choose about models; every default is stated in study.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from radln._spelling import one_spelling
from radln.models.learners import NAMES as LEARNERS
from radln.models.learners import learner
from radln.models.steps import steps_of

Calibrate = Literal["platt", "isotonic"]

PLAIN = re.compile(r"\w[\w -]*")  # what a model, or the column of a score, may be called
_CONFIG = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def in_turn(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The names in their order, each after those that it needs.

    Raises
    ------
    ValueError
        Some need each other, or themselves.

    Examples
    --------
    >>> in_turn({"b": ["a"], "a": [], "c": []})
    ['a', 'c', 'b']
    """
    waiting = {name: set(others) & set(needs) for name, others in needs.items()}
    turned: list[str] = []
    while waiting:
        ready = [name for name, others in waiting.items() if others <= set(turned)]
        own = next((name for name, others in waiting.items() if name in others), None)
        if own is not None:
            raise ValueError(f"the model {own} takes its own score")
        if not ready:
            raise ValueError(f"the models {', '.join(waiting)} take each other's scores")
        turned += ready
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    return turned


class RecipeSettings(BaseModel):
    """One model: what goes in, and what learns from it."""

    model_config = _CONFIG

    learner: str = Field(description=f"What learns: {', '.join(LEARNERS)}.")
    keep: tuple[str, ...] = Field((), description="Blocks whose columns all enter.")
    compete: tuple[str, ...] = Field(
        (), description="Blocks whose columns compete for max_features places."
    )
    inputs_from: dict[str, str] = Field(
        {}, description="Columns that are another model's log-odds, as column: model."
    )
    settings: dict[str, Any] = Field({}, description="What the learner is set to, by its own keys.")
    calibrate: Calibrate | None = Field(
        None,
        description="platt or isotonic = probabilities are calibrated on inner folds; null = as\n"
        "they are (of svm and knn: platt).",
    )
    steps: tuple[dict[str, Any], ...] | None = Field(
        None, description="Steps before the learner, in order; null = select, as set here."
    )

    @field_validator("learner")
    @classmethod
    def _known(cls, given: str) -> str:
        if given not in LEARNERS:
            raise ValueError(f"there is no learner {given!r}; there are {', '.join(LEARNERS)}")
        return given

    @model_validator(mode="after")
    def _possible(self) -> RecipeSettings:
        if self.settings:
            learner(self.learner, self.settings)
        steps_of(self.steps or ())
        return self


class ModelSettings(BaseModel):
    """Cross-validation, selection and the models."""

    model_config = _CONFIG

    folds: int = Field(
        5, ge=2, le=20, description="Outer folds; patients never straddle two folds."
    )
    repeats: int = Field(5, ge=1, le=100, description="How often the outer folds are drawn anew.")
    inner_folds: int = Field(
        3, ge=2, le=10, description="Inner folds, for tuning and cut-offs inside each outer fold."
    )
    fitted: dict[str, RecipeSettings] | None = Field(
        None,
        min_length=1,
        description="The models, by name: keep (blocks whose columns all enter), compete (blocks\n"
        "whose columns compete for a place), inputs_from, learner. null = the usual ones.",
    )
    max_features: int = Field(
        20,
        ge=1,
        description="At most so many image features enter a model (chosen inside each fold).",
    )
    max_correlation: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Of two image features that correlate more than this, the weaker is dropped.",
    )
    class_weight: Literal["none", "balanced"] = Field(
        "none",
        description="balanced = rare class weighted up; its probabilities are then recalibrated.",
    )
    keep_patient_rows: bool = Field(
        False,
        description="true = models that hold patients' rows (knn, and svm with a curved kernel)\n"
        "are written to files too: standardised values, without names.",
    )

    @model_validator(mode="after")
    def _scores_of_listed_models(self) -> ModelSettings:
        named = self.fitted or {}
        one_spelling(named, name="models.fitted")
        for source, given in named.items():
            odd = [name for name in (source, *given.inputs_from) if not PLAIN.fullmatch(name)]
            if odd:
                raise ValueError(
                    f"{odd[0]!r} becomes the name of files and columns; use letters, digits, "
                    "blanks, - and _ alone"
                )
            for taken in given.inputs_from.values():
                if taken not in named:
                    raise ValueError(
                        f"{source} takes the score of {taken!r}, which is not listed under "
                        "models.fitted; list it there, or delete this model"
                    )
            if self.class_weight == "balanced" and not learner(given.learner).weights:
                raise ValueError(
                    f"{source}: the learner {given.learner} takes classes as they are; write "
                    "class_weight: none, or give this model another learner"
                )
        in_turn({source: given.inputs_from.values() for source, given in named.items()})
        return self

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What every model goes through before its learner, as plain data."""
        return [
            {
                "step": "select",
                "max_features": self.max_features,
                "max_correlation": self.max_correlation,
            }
        ]
