"""An estimator's own cross-validation, kept from seeing one patient on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from radln._types import BoolArray, IntArray
from radln.errors import InputError

DEFAULT_FOLDS = 5


def with_patient_folds(estimator: Any, y: BoolArray, patients: IntArray, seed: int) -> Any:
    """The estimator with its outermost ``cv`` replaced by folds in which no patient is split.

    In a resample a patient stands several times; folds drawn over rows would tune on copies of the
    training data. The number of folds stays; they are stratified by outcome.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    owners = _cross_validators(estimator)
    for key, cv in owners.items():
        number = _number_of_folds(cv, key)
        folds = StratifiedGroupKFold(number, shuffle=True, random_state=seed)
        index = np.arange(y.size)
        splits = [part for part in folds.split(index, y, groups=patients) if _usable(part, y)]
        if len(splits) < 2:
            raise InputError(
                f"{key} cannot split the patients into folds that hold both classes; use fewer "
                "folds, or an estimator without inner cross-validation."
            )
        estimator = estimator.set_params(**{key: splits})
    return estimator


def _cross_validators(estimator: Any) -> dict[str, Any]:
    """Names and values of the ``cv`` settings; one inside another cannot be grouped."""
    found = {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if (name == "cv" or name.endswith("__cv")) and not hasattr(value, "fit")
    }
    for outer in found:
        prefix = outer.removesuffix("cv")
        inside = [name for name in found if name != outer and name.startswith(prefix)]
        if inside:
            raise InputError(
                f"the estimator cross-validates inside its own cross-validation ({inside[0]} "
                f"within {outer}), whose folds cannot be kept apart by patient; tune in one place."
            )
    return found


def _number_of_folds(cv: Any, key: str) -> int:
    """How many folds a ``cv`` setting asks for."""
    if cv is None:
        return DEFAULT_FOLDS
    if isinstance(cv, int | np.integer):
        return int(cv)
    number = getattr(cv, "n_splits", None)
    if number is None:
        raise InputError(
            f"{key} must be a number of folds or a splitter with n_splits, so that the folds can "
            f"be redrawn by patient in every resample; got {cv!r}."
        )
    return int(number)


def _usable(split: tuple[IntArray, IntArray], y: BoolArray) -> bool:
    """Both classes on both sides."""
    return all(0 < y[rows].sum() < rows.size for rows in split)
