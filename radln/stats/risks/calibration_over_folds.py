"""Calibration numbers of cross-validated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, quantile, wald
from radln.stats._logistic import fit_logistic
from radln.stats.discrimination._fold_design import UNTESTED, fold_design
from radln.stats.discrimination._folds import fold_gate
from radln.stats.risks._calibration_curve import about_edges, logits
from radln.stats.risks._recalibration import recalibration
from radln.stats.risks.brier import brier_scores

BOUNDS = {
    "calibration_in_the_large": (-np.inf, np.inf),
    "brier": (0.0, 1.0),
    "scaled_brier": (-np.inf, 1.0),
}
METRICS = ("calibration_in_the_large", "slope", "observed_expected", "brier", "scaled_brier")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldCalibration(Result):
    """Agreement of cross-validated probabilities with the outcome.

    The numbers are those of :class:`Calibration`; ``n_training`` is how many patients a model was
    trained on.
    """

    calibration_in_the_large: Estimate
    slope: Estimate
    observed_expected: Estimate
    brier: Estimate
    scaled_brier: Estimate
    n_folds: int
    n_repeats: int
    n_training: int

    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        return pd.DataFrame([estimate_row(getattr(self, name), metric=name) for name in METRICS])

    def summary(self) -> str:
        """The agreement in words."""
        return (
            "out-of-fold calibration-in-the-large "
            f"{self.calibration_in_the_large.format()} (0 is ideal), slope {self.slope.format()} "
            f"(1 is ideal), observed/expected {self.observed_expected.format()}, Brier "
            f"{self.brier.format(3)}, scaled Brier {self.scaled_brier.format()}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise(columns=("y_prob", "folds"))
def calibration_over_folds(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    folds: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> FoldCalibration:
    """Do the probabilities of cross-validated models agree with what happened?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n_repeats, n) or (n,), in [0, 1]
        Out-of-fold probabilities.
    folds : shape (n_repeats, n) or (n,)
        In which fold each case was tested; every case in every repeat.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    FoldCalibration
        The slope is NaN where a fold separates the classes perfectly.

    Raises
    ------
    SingleClassError, LeakageError, ShapeError, InputError

    Notes
    -----
    All intervals speak of the way of modelling at the folds' training size: variances are averaged
    over the repeats and raised as in :func:`auc_over_folds`.

    The slope is that of one logistic regression of the outcome on the logit of the probability,
    over all folds and repeats, with an intercept of its own for every fold: models of different
    folds are not put on one scale, and the slope is not a mean of slopes of small folds, which lies
    too high. Its errors are a sandwich over patients, each with all repeats, so that repeats count
    as no new cases. The other numbers are means over the repeats, each over all its cases.

    References
    ----------
    Cox 1958, doi:10.1093/biomet/45.3-4.562; Steyerberg 2019, Clinical Prediction Models,
    doi:10.1007/978-3-030-16399-0.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.random.default_rng(0).permutation(np.arange(40) % 2)
    >>> risk = np.where(np.arange(40) % 5 == 0, 1 - y, y) * 0.6 + 0.2
    >>> found = calibration_over_folds(y, risk, np.arange(40) // 10)
    >>> round(found.slope.value, 2), round(found.brier.value, 2)
    (1.12, 0.16)
    """
    positive, (values,), parts, codes = fold_gate(y_true, {"y_prob": y_prob}, folds, cluster)
    design = fold_design(parts, codes, positive)
    if (parts == UNTESTED).any():
        raise InputError("folds leaves cases untested; calibration needs a risk of every case.")
    risk = _check.probabilities(values.ravel(), name="y_prob").reshape(values.shape)
    method = f"interval {design.speaks_of}"
    slope, notes = _slope(risk, positive, parts, codes, design.factor, confidence_level)
    return FoldCalibration(
        **counts(positive, codes),
        method=f"slope by one recalibration, an intercept a fold, errors by patient; {method}",
        warnings=notes + about_edges(risk.ravel()) + _about_noise(slope) + design.about_risks,
        slope=slope,
        **_means(risk, positive, codes, design.factor, confidence_level, method),
        n_folds=design.n_folds,
        n_repeats=parts.shape[0],
        n_training=design.n_training,
    )


def _slope(
    risk: FloatArray,
    positive: BoolArray,
    parts: IntArray,
    codes: IntArray | None,
    factor: float,
    confidence_level: float,
) -> tuple[Estimate, tuple[str, ...]]:
    """The slope of one recalibration with an intercept a fold and repeat, or why there is none."""
    patients = np.arange(positive.size) if codes is None else codes
    repeat, case = np.indices(parts.shape).reshape(2, -1)
    part = repeat * (int(parts.max()) + 1) + parts.ravel()
    own = (part[:, None] == np.unique(part)).astype(np.float64)
    columns = np.column_stack([logits(risk.ravel()), own])
    try:
        fit = fit_logistic(columns, positive[case], cluster=patients[case])
    except ConvergenceError as error:
        missing = Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable")
        return missing, (f"the slope is not estimable: {error}",)
    se = float(np.sqrt(factor * fit.covariance[0, 0]))
    method = "one recalibration, an intercept a fold, by patient"
    return wald(float(fit.coefficients[0]), se, confidence_level, method), ()


def _about_noise(slope: Estimate) -> tuple[str, ...]:
    """What the simulation says of the slope of models that may know nothing."""
    if not slope.low <= 0:
        return ()
    return (
        "the slope may be 0: of models that learned nothing its interval held in 0.87 to 0.93 of "
        "simulated studies only.",
    )


def _means(
    risk: FloatArray,
    positive: BoolArray,
    codes: IntArray | None,
    factor: float,
    confidence_level: float,
    method: str,
) -> dict[str, Estimate]:
    """The other numbers: means over repeats, variances averaged and raised."""
    parts = [
        recalibration(row, positive, codes, confidence_level)[0]
        | brier_scores(row, positive, codes, confidence_level)
        for row in risk
    ]
    found = {}
    for name, bounds in BOUNDS.items():
        value, se = _raised([part[name] for part in parts], factor)
        found[name] = wald(value, se, confidence_level, method, bounds=bounds)
    value, se = _raised([part["observed_expected"] for part in parts], factor)
    arm = np.exp(quantile(confidence_level) * se / value)
    found["observed_expected"] = Estimate(
        value, float(value / arm), float(value * arm), confidence_level, f"log scale; {method}", se
    )
    return found


def _raised(estimates: Sequence[Estimate], factor: float) -> tuple[float, float]:
    """Mean over repeats, and the root of the mean variance times the factor."""
    value, se = np.array([(e.value, np.nan if e.se is None else e.se) for e in estimates]).T
    return float(value.mean()), float(np.sqrt(factor * np.mean(se**2)))
