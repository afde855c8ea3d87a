"""A fitted model: what it needs, what it predicts, and how it is kept without pickle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.special import expit

from radln._shown import ShortRepr
from radln._types import FloatArray
from radln.models.encoding import Encoding
from radln.models.estimators import Core, load_core
from radln.models.settings import Estimator


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel(ShortRepr):
    """Encoding, estimator and recalibration; ``cut_off`` was set on inner out-of-fold cases.

    ``recalibration`` (intercept, slope) acts on the log-odds: (0, 1) leaves them alone.
    """

    source: str
    block: str
    estimator: Estimator
    encoding: Encoding
    core: Core
    setting: tuple[float, ...]
    cut_off: float
    recalibration: tuple[float, float] = (0.0, 1.0)

    def log_odds(self, frame: pd.DataFrame) -> FloatArray:
        """Log-odds of the positive class, shape (n,)."""
        intercept, slope = self.recalibration
        return intercept + slope * self.core.log_odds(self.encoding.transform(frame))

    def probability(self, frame: pd.DataFrame) -> FloatArray:
        """Probability of the positive class, shape (n,)."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        """SHAP values on the log-odds, one column a predictor (its levels summed), and the base."""
        values, base = self.core.contributions(self.encoding.transform(frame))
        return self.on_predictors(values, base, frame.index)

    def on_predictors(
        self, values: FloatArray, base: float, index: pd.Index
    ) -> tuple[pd.DataFrame, float]:
        """Contributions of the estimator's inputs (n, inputs) as those of predictors."""
        intercept, slope = self.recalibration
        names = [item.column for item in self.encoding.inputs]
        wide = pd.DataFrame(slope * values, index=index)
        summed = {
            column: wide[[j for j, name in enumerate(names) if name == column]].sum(axis=1)
            for column in self.encoding.columns
        }
        return pd.DataFrame(summed, index=index), intercept + slope * base

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; floats keep every digit."""
        return {
            "format": "radln-model-1",
            "source": self.source,
            "block": self.block,
            "estimator": self.estimator,
            "setting": list(self.setting),
            "cut_off": self.cut_off,
            "recalibration": list(self.recalibration),
            "inputs": self.encoding.to_list(),
            "core": self.core.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FittedModel:
        """The inverse of :meth:`to_dict`."""
        estimator = cast("Estimator", data["estimator"])
        return cls(
            source=data["source"],
            block=data["block"],
            estimator=estimator,
            encoding=Encoding.from_list(data["inputs"]),
            core=load_core(estimator, data["core"]),
            setting=tuple(data["setting"]),
            cut_off=data["cut_off"],
            recalibration=(data["recalibration"][0], data["recalibration"][1]),
        )
