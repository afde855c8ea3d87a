"""What a user may choose about tests and intervals; every default is stated in study.yaml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

_CONFIG = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


AVERAGE = "average_reader"  # of the readers whose reads have more than two values


class PrimarySettings(BaseModel):
    """The one comparison that is tested at 0.05."""

    model_config = _CONFIG

    full: str = Field("combined_logistic", description="The model that must earn its keep.")
    simple: str = Field(
        "size_logistic",
        description="What might do as well: a simple model, a reader whose reads have more than\n"
        "two values, or average_reader (of all such readers).",
    )
    margin: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="An AUC gain below this is not worth the trouble; 'as good as' needs the\n"
        "upper one-sided 97.5 % bound of full minus simple to lie below it.",
    )


class SubgroupSettings(BaseModel):
    """A column that parts the cases: by its levels, by some of them, or by a limit."""

    model_config = _CONFIG

    column: str = Field(description="A column of the table, or a feature (node_long_axis_mm).")
    values: tuple[str, ...] = Field(
        (), description="These values against all others; none = every level is a group."
    )
    below: float | None = Field(
        None, description="Of numbers: what lies below against what lies at it or above."
    )

    @model_validator(mode="after")
    def _one_way(self) -> SubgroupSettings:
        if self.values and self.below is not None:
            raise ValueError("a subgroup has values or a limit (below), not both")
        return self

    @property
    def name(self) -> str:
        """What it is called."""
        if self.below is not None:
            return f"{self.column} < {self.below:g}"
        return f"{self.column} = {', '.join(self.values)}" if self.values else self.column


class EvaluationSettings(BaseModel):
    """Tests and intervals."""

    model_config = _CONFIG

    primary: PrimarySettings = Field(
        default_factory=PrimarySettings, description="The primary comparison, tested at 0.05."
    )
    ladder: tuple[str, ...] = Field(
        ("size_logistic", "shape_logistic", "radiomics_logistic", "combined_logistic"),
        description="Models from simple to rich; each step is tested, Holm-adjusted. Every other\n"
        "pair is shown as a difference with its interval and no p-value.",
    )
    subgroups: tuple[SubgroupSettings, ...] = Field(
        (),
        description="Groups of cases in which the primary model is shown by itself, such as an\n"
        "equivocal stratum (BI-RADS 4, nodes below 10 mm).",
    )
    confidence_level: float = Field(0.95, gt=0.5, lt=1, description="Of every interval.")
    n_resamples: int = Field(
        2000,
        ge=100,
        le=100_000,
        description="Patient bootstrap resamples, where no formula exists.",
    )
