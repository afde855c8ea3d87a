"""Any classifier of scikit-learn as the learner of a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.special import logit
from sklearn.base import clone

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.calibrate import CLOSEST
from radln.models.learners.learner import Core, Learner, Setting


@dataclass(frozen=True, eq=False)
class Estimated(Core):
    """A fitted classifier; only this process has it."""

    deployable: ClassVar[bool] = False

    estimator: Any

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        if hasattr(self.estimator, "predict_proba"):
            chance = np.asarray(self.estimator.predict_proba(matrix), dtype=np.float64)[:, 1]
            return np.asarray(logit(np.clip(chance, CLOSEST, 1 - CLOSEST)))
        return np.asarray(self.estimator.decision_function(matrix), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        raise InputError(
            f"{type(self.estimator).__name__} of scikit-learn cannot be written without pickle; "
            "use one of radln's own learners for a model that is to be kept."
        )


@dataclass(frozen=True, eq=False)
class SklearnLearner(Learner):
    """A classifier of scikit-learn (or one that behaves like it), in a recipe from Python.

    Parameters
    ----------
    estimator
        Not fitted; it gets standardised inputs. One without ``predict_proba`` gives a score, which
        Platt scaling on inner folds makes a probability.
    candidates
        Parameters to choose from on inner folds, one mapping a candidate; none: as it is.

    Raises
    ------
    InputError
        It is no classifier, or has not one of the parameters.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> own = SklearnLearner(GaussianNB(), ({"var_smoothing": 1e-9}, {"var_smoothing": 0.1}))
    >>> own.label, len(own.grid)
    ('GaussianNB', 2)
    """

    estimator: Any
    candidates: Sequence[Mapping[str, Any]] = field(default=({},))
    name: ClassVar[str] = "sklearn"
    label: str = field(init=False, default="")  # type: ignore[misc]
    sentence: str = field(init=False, default="")  # type: ignore[misc]

    def __post_init__(self) -> None:
        kind = type(self.estimator).__name__
        able = [n for n in ("predict_proba", "decision_function") if hasattr(self.estimator, n)]
        if not hasattr(self.estimator, "get_params") or not able:
            raise InputError(
                f"estimator must be a classifier of scikit-learn with predict_proba or "
                f"decision_function; got {kind}."
            )
        known = self.estimator.get_params()
        unknown = [key for one in self.candidates for key in one if key not in known]
        if unknown or not self.candidates:
            said = f"{kind} has no parameter {unknown[0]!r}" if unknown else "there are none"
            raise InputError(f"candidates must be mappings of parameters to values: {said}.")
        object.__setattr__(self, "label", kind)
        object.__setattr__(self, "sentence", f"{kind} of scikit-learn")

    @property
    def scores(self) -> bool:  # type: ignore[override]
        """Whether it gives scores alone."""
        return not hasattr(self.estimator, "predict_proba")

    @property
    def weights(self) -> bool:  # type: ignore[override]
        """Whether classes can be weighted."""
        return "class_weight" in self.estimator.get_params()

    @property
    def grid(self) -> tuple[Setting, ...]:  # type: ignore[override]
        """The places of the candidates."""
        return tuple((float(place),) for place in range(len(self.candidates)))

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Estimated:
        made = clone(self.estimator).set_params(**self.candidates[int(setting[0])])
        known = made.get_params()
        if "random_state" in known and known["random_state"] is None:
            made.set_params(random_state=seed)
        if balanced:
            if not self.weights:
                raise InputError(
                    f"{self.label} takes classes as they are; use class_weight='none'."
                )
            made.set_params(class_weight="balanced")
        return Estimated(made.fit(matrix, y))

    def verify(self, data: Any, n_inputs: int) -> None:
        """Nothing is kept of it; InputError."""
        self.load(data)

    def load(self, data: dict[str, Any]) -> Core:
        """Nothing is kept of it; InputError."""
        raise InputError("a classifier of scikit-learn is kept in no file; fit it again.")
