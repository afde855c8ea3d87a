"""What a user may choose about models; every default is stated in study.yaml."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Estimator = Literal["logistic", "xgboost"]
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
BLOCKS = (
    "size", "shape", "clinical", "radiomics", "deep", "combined", "without_deep", "nomogram",
)  # fmt: skip


class ModelSettings(BaseModel):
    """Cross-validation, selection and estimators."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    folds: int = Field(
        5, ge=2, le=20, description="Outer folds; patients never straddle two folds."
    )
    repeats: int = Field(5, ge=1, le=100, description="How often the outer folds are drawn anew.")
    inner_folds: int = Field(
        3, ge=2, le=10, description="Inner folds, for tuning and cut-offs inside each outer fold."
    )
    estimators: tuple[Estimator, ...] = Field(
        ("logistic", "xgboost"),
        min_length=1,
        description="logistic = ridge-penalised logistic regression; xgboost = boosted trees.",
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
