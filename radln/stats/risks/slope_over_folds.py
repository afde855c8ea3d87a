"""The calibration slope of cross-validated probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, EstimateResult, estimate_row
from radln._types import ArrayLike
from radln.errors import ConvergenceError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, wald
from radln.stats._logistic import fit_logistic
from radln.stats.discrimination._fold_design import UNTESTED, fold_design
from radln.stats.discrimination._folds import fold_gate
from radln.stats.risks._calibration_curve import about_edges, logits


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldSlope(EstimateResult):
    """The calibration slope over folds; 1 is right, below 1 the probabilities are too extreme."""

    n_folds: int
    n_repeats: int
    n_training: int

    def frame(self) -> pd.DataFrame:
        """One row: the slope, its interval and the counts."""
        row = estimate_row(self.estimate, metric="calibration slope")
        shape = {"n_folds": self.n_folds, "n_repeats": self.n_repeats, "n": self.n}
        return pd.DataFrame([{**row, **shape, "n_patients": self.n_patients}])

    def summary(self) -> str:
        """The slope in words."""
        return (
            f"out-of-fold calibration slope {self.estimate.format(2)}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise(columns=("y_prob", "folds"))
def slope_over_folds(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    folds: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> FoldSlope:
    """Are the probabilities of cross-validated models too extreme, or too timid?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n_repeats, n) or (n,), in [0, 1]
        Out-of-fold probabilities.
    folds : shape (n_repeats, n) or (n,)
        In which fold each case was tested.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    FoldSlope
        NaN where a fold separates the classes perfectly.

    Raises
    ------
    SingleClassError, LeakageError, ShapeError, InputError

    Notes
    -----
    One logistic regression of the outcome on the logit of the probability, over all folds and
    repeats, with an intercept of its own for every fold: models of different folds are not put on
    one scale, and the slope is not a mean of slopes of small folds, which lies too high. Errors
    are a sandwich over patients, each with all repeats, so that repeats count as no new cases,
    raised as in :func:`auc_over_folds`. The interval speaks of the way of modelling at the folds'
    training size.

    References
    ----------
    Cox 1958, doi:10.1093/biomet/45.3-4.562; Steyerberg 2019, Clinical Prediction Models,
    doi:10.1007/978-3-030-16399-0.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.arange(40) % 2
    >>> risk = np.where(np.arange(40) % 5 == 0, 1 - y, y) * 0.6 + 0.2
    >>> round(slope_over_folds(y, risk, np.arange(40) // 10).value, 2)
    1.0
    """
    positive, (values,), parts, codes = fold_gate(y_true, {"y_prob": y_prob}, folds, cluster)
    design = fold_design(parts, codes, positive)
    tested = parts != UNTESTED
    risk = _check.probabilities(values[tested], name="y_prob")
    patients = np.arange(positive.size) if codes is None else codes
    repeat, case = np.nonzero(tested)
    part = repeat * (int(parts.max()) + 1) + parts[tested]
    own = (part[:, None] == np.unique(part)).astype(np.float64)
    method = f"one recalibration, an intercept a fold, by patient; interval {design.speaks_of}"
    estimate = Estimate(np.nan, np.nan, np.nan, confidence_level, method)
    notes: tuple[str, ...] = ()
    try:
        columns = np.column_stack([logits(risk), own])
        fit = fit_logistic(columns, positive[case], cluster=patients[case])
        se = float(np.sqrt(design.factor * fit.covariance[0, 0]))
        estimate = wald(float(fit.coefficients[0]), se, confidence_level, method)
    except ConvergenceError as error:
        notes = (f"the slope is not estimable: {error}",)
        estimate = replace(estimate, method="not estimable")
    return FoldSlope(
        **counts(positive, codes),
        method=method,
        warnings=notes + about_edges(risk) + design.warnings,
        estimate=estimate,
        n_folds=design.n_folds,
        n_repeats=parts.shape[0],
        n_training=design.n_training,
    )
