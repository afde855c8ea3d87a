"""One score against classes that have an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from radln import _check
from radln._result import EstimateResult, estimate_row
from radln._types import ArrayLike
from radln.stats._cases import case_wise
from radln.stats._classes import (
    class_codes,
    class_names,
    refuse_other_order,
    require_every_class,
)
from radln.stats.discrimination._class_areas import (
    about_errors,
    class_area,
    named_variance,
    pair_area,
    standard_errors,
    weakest_pair,
)

TURNED = (
    "classes turn the order of the ordered Categorical y_true round: right for a score that falls "
    "from class to class, else the area is 1 minus this one."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OrderedAuc(EstimateResult):
    """How well one score puts ordered classes in their order; 0.5 is chance.

    ``pairs`` maps two classes to the area of the score between them, whose mean is the estimate.
    ``n_positive`` is 0: no class is the positive one.
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    pairs: dict[tuple[str, str], float]

    def frame(self) -> pd.DataFrame:
        """One row: value, limits, standard error, number of cases."""
        return pd.DataFrame([{**estimate_row(self.estimate, metric="ordered_auc"), "n": self.n}])

    def summary(self) -> str:
        """The area in words."""
        order = " < ".join(
            f"{name} (n = {size})" for name, size in zip(self.classes, self.sizes, strict=True)
        )
        return (
            f"ordered AUC {self.estimate.format(3)} for {order}; n = {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )


@case_wise()
def ordered_auc(
    y_true: ArrayLike,
    score: ArrayLike,
    *,
    classes: Sequence[object],
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> OrderedAuc:
    """How well does one score, such as a marker, put ordered classes in their order?

    Parameters
    ----------
    y_true : shape (n,)
    score : shape (n,), finite
    classes
        The labels, from the class with the lowest expected score to that with the highest; they
        must not contradict the order of an ordered Categorical (turned round it is noted).
    cluster : shape (n,), optional
    confidence_level : in (0, 1)

    Returns
    -------
    OrderedAuc
        The mean over all pairs of classes of the area of the score between them, the later class
        being the positive one; pROC's ``multiclass.roc`` of one predictor with a fixed direction.

    Raises
    ------
    ShapeError, InputError

    References
    ----------
    Hand and Till 2001, doi:10.1023/A:1010920819831.

    Examples
    --------
    >>> ordered_auc([1, 1, 2, 2, 3, 3], [0.2, 0.5, 0.4, 0.9, 0.8, 1.0], classes=[1, 2, 3]).value
    0.8333333333333334
    """
    names = class_names(classes)
    codes = class_codes(y_true, names)
    turned = refuse_other_order(names, [y_true], name="y_true", option="classes")
    values = _check.numbers(score, codes.size, name="score")
    require_every_class(codes, names)
    patients = _check.clusters(cluster, codes.size)
    areas, parts = [], []
    for i, j in combinations(range(len(names)), 2):
        area, part = pair_area(codes, values, i, j)
        areas.append(area)
        parts.append(part)
    se = standard_errors(np.mean(parts, axis=0)[:, None], codes, patients)[0]
    estimate = class_area(
        float(np.mean(areas)),
        float(se),
        confidence_level,
        named_variance(patients),
        weakest_pair(codes, patients),
    )
    return OrderedAuc(
        n=codes.size,
        n_positive=0,
        n_patients=codes.size if patients is None else int(patients.max()) + 1,
        method=estimate.method,
        warnings=((TURNED,) if turned else ()) + about_errors(np.array([se])),
        estimate=estimate,
        classes=tuple(names),
        sizes=tuple(np.bincount(codes, minlength=len(names)).tolist()),
        pairs=dict(zip(combinations(names, 2), areas, strict=True)),
    )
