"""A fitted model: what it needs, what it predicts, and how it is kept without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from radln._shown import ShortRepr
from radln._types import FloatArray
from radln.errors import InputError
from radln.models.calibrate import Isotonic
from radln.models.learners import learner
from radln.models.learners.learner import Core, ExactCore
from radln.models.projected import Projected
from radln.models.steps import changed_by
from radln.models.steps.encode import Encoding
from radln.models.steps.step import FittedChange, Names


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel(ShortRepr):
    """Steps, learner and recalibration; ``cut_off`` was set on inner out-of-fold cases.

    ``recalibration`` (intercept, slope) acts on the log-odds: (0, 1) leaves them alone.
    A ``curve`` makes probabilities of them, which leaves their order alone.
    ``inputs_from`` are columns that are another model's log-odds. Of a model of several classes
    each member has its ``side``: the class that it tells from the rest (of an ordinal model: the
    class above which it says that a case lies).
    """

    source: str
    block: str
    learner: str
    encoding: Encoding
    core: Core
    setting: tuple[float, ...]
    cut_off: float
    recalibration: tuple[float, float] = (0.0, 1.0)
    inputs_from: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[FittedChange, ...] = ()
    curve: Isotonic | None = None
    side: int | None = None

    @property
    def name(self) -> str:
        """What its files are called: the source, and the class where there are several."""
        return self.source if self.side is None else f"{self.source}.class{self.side}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that it needs: no other model's scores."""
        every = (*(c for change in self.changes for c in change.needs), *self.encoding.columns)
        return tuple(c for c in dict.fromkeys(every) if c not in self.inputs_from)

    def matrix(self, frame: pd.DataFrame, site: Names | None = None) -> FloatArray:
        """What the learner gets of these rows, shape (n, inputs)."""
        for change in self.changes:
            frame = change.transform(frame, site)
        return self.encoding.transform(frame)

    def log_odds(self, frame: pd.DataFrame, site: Names | None = None) -> FloatArray:
        """Log-odds of the positive class before any ``curve``, shape (n,): what ranks."""
        intercept, slope = self.recalibration
        return intercept + slope * self.core.log_odds(self.matrix(frame, site))

    def probability(self, frame: pd.DataFrame, site: Names | None = None) -> FloatArray:
        """Probability of the positive class, shape (n,)."""
        return self.calibrated(self.log_odds(frame, site))

    def calibrated(self, log_odds: FloatArray) -> FloatArray:
        """Probabilities of this model's log-odds."""
        if self.curve is not None:
            return self.curve.of(log_odds)
        return np.asarray(expit(log_odds), dtype=np.float64)

    @property
    def exact(self) -> ExactCore | None:
        """The fitted learner, where it has exact contributions."""
        return self.core if isinstance(self.core, ExactCore) else None

    def contributions(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        """SHAP values on the log-odds, one column a predictor (its levels summed), and the base.

        Raises
        ------
        InputError
            The learner has no exact ones.
        """
        if self.exact is None:
            raise InputError(f"{self.source} has no exact contributions; shap's explainers do.")
        values, base = self.exact.contributions(self.matrix(frame))
        return self.on_predictors(values, base, frame.index)

    def on_predictors(
        self, values: FloatArray, base: float, index: pd.Index
    ) -> tuple[pd.DataFrame, float]:
        """Contributions of the learner's inputs (n, inputs) as those of predictors."""
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
        data: dict[str, Any] = {
            "format": "radln-model-2",
            "source": self.source,
            "block": self.block,
            "learner": self.learner,
            "setting": list(self.setting),
            "cut_off": self.cut_off,
            "recalibration": list(self.recalibration),
            "inputs": self.encoding.to_list(),
            "core": self.core.to_dict(),
        }
        if self.inputs_from:
            data["inputs_from"] = dict(self.inputs_from)
        if self.changes:
            data["changes"] = [change.to_dict() for change in self.changes]
        if isinstance(self.core, Projected):
            data["loadings"] = self.core.loadings.tolist()
        if self.curve is not None:
            data["curve"] = self.curve.to_dict()
        if self.side is not None:
            data["side"] = self.side
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FittedModel:
        """The inverse of :meth:`to_dict`."""
        core = learner(data["learner"]).load(data["core"])
        if "loadings" in data:
            core = Projected(core, np.asarray(data["loadings"], dtype=np.float64))
        return cls(
            source=data["source"],
            block=data["block"],
            learner=data["learner"],
            encoding=Encoding.from_list(data["inputs"]),
            core=core,
            setting=tuple(data["setting"]),
            cut_off=data["cut_off"],
            recalibration=(data["recalibration"][0], data["recalibration"][1]),
            inputs_from=dict(data.get("inputs_from", {})),
            changes=tuple(map(changed_by, data.get("changes", ()))),
            curve=Isotonic.from_dict(data["curve"]) if "curve" in data else None,
            side=data.get("side"),
        )
