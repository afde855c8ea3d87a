"""Tests of predicted risks against what happened; a curve says more than any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, format_p, frozen
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import cluster_sums, counts, normal_pvalue
from radln.stats._logistic import fit_logistic, log_likelihood
from radln.stats._patients import few_patients
from radln.stats._ztest import joint_test
from radln.stats.risks._calibration_curve import about_edges, logits

Situation = Literal["external", "apparent", "out-of-fold"]
SITUATIONS = ("external", "apparent", "out-of-fold")
NO_P = (
    "no p: each fold's model was fitted to the other folds' outcomes, so the statistic follows no "
    "known distribution; look at the calibration curve."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CalibrationTest(Result):
    """A test of H0 "the predicted risks are the true ones"; ``df`` is 0 for a normal statistic."""

    name: str
    statistic: float
    df: int
    pvalue: float

    def frame(self) -> pd.DataFrame:
        """One row."""
        row = {"test": self.name, "statistic": self.statistic, "df": self.df}
        return pd.DataFrame([{**row, "pvalue": self.pvalue, "n": self.n}])

    def summary(self) -> str:
        """The test in words."""
        number = f"chi-square {self.statistic:.3f} on {self.df} df"
        if not self.df:
            number = f"z = {self.statistic:.3f}"
        p = "no p-value" if np.isnan(self.pvalue) else format_p(self.pvalue)
        return f"{self.name}: {number}, {p}; n = {self.n}; {self.method}."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class HosmerLemeshow(CalibrationTest):
    """The test with its groups: mean risk limits, cases, observed and expected positives."""

    upper: FloatArray
    sizes: IntArray
    observed: IntArray
    expected: FloatArray

    def groups(self) -> pd.DataFrame:
        """One row a group."""
        return pd.DataFrame(
            {
                "risk_up_to": self.upper,
                "n": self.sizes,
                "observed": self.observed,
                "expected": self.expected,
            }
        )


@case_wise()
def hosmer_lemeshow(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    predictions: Situation,
    n_groups: int = 10,
) -> HosmerLemeshow:
    """In groups of like risk, do expected and observed numbers differ by more than chance?

    Parameters
    ----------
    y_true : shape (n,), 0/1
        Of independent cases; with several cases a patient use the calibration curve.
    y_prob : shape (n,), in [0, 1]
    predictions
        ``external``: the model was fitted to other patients (df = number of groups).
        ``apparent``: to these (df = groups - 2). ``out-of-fold``: by cross-validation; the
        statistic is then given without a p.
    n_groups : at least 3
        Quantiles of the risk; equal limits are joined, so that there may be fewer.

    Returns
    -------
    HosmerLemeshow

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    The sum over groups of ``(observed - expected)^2 / expected`` of positives and of negatives.
    It depends on the grouping, has little power below some hundred cases and rejects any model in
    thousands; it says nothing about where the risks are wrong. R's ``hoslem.test`` takes
    groups - 2 even for external data.

    References
    ----------
    Hosmer and Lemeshow 1980, doi:10.1080/03610928008827941; Hosmer, Hosmer, le Cessie and Lemeshow
    1997, doi:10.1002/(SICI)1097-0258(19970515)16:9<965::AID-SIM509>3.0.CO;2-O.

    Examples
    --------
    >>> y = [0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1]
    >>> p = [.05, .1, .15, .2, .3, .4, .5, .6, .7, .8, .85, .9]
    >>> found = hosmer_lemeshow(y, p, predictions="external", n_groups=3)
    >>> round(found.statistic, 3), found.df
    (0.714, 3)
    """
    _check.choice(predictions, SITUATIONS, name="predictions")
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    if not isinstance(n_groups, int | np.integer) or n_groups < 3:
        raise InputError(f"n_groups must be a whole number of at least 3; got {n_groups!r}.")
    edges = np.unique(np.quantile(p, np.arange(n_groups + 1) / n_groups))
    if edges.size < 4:
        raise InputError("y_prob has too few different values for three groups.")
    group = np.clip(np.searchsorted(edges, p, side="left") - 1, 0, None)
    sizes = np.bincount(group, minlength=edges.size - 1)
    observed = np.bincount(group, positive, minlength=sizes.size)
    expected = np.asarray(np.bincount(group, p, minlength=sizes.size), dtype=np.float64)
    used = sizes > 0
    observed, expected = observed[used], expected[used]
    counted = sizes[used]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (observed - expected) ** 2 * (1 / expected + 1 / (counted - expected))
    statistic = float(np.where(observed == expected, 0.0, parts).sum())
    df = counted.size - (2 if predictions == "apparent" else 0)
    known = predictions != "out-of-fold"
    return HosmerLemeshow(
        **counts(positive, None),
        method=f"{counted.size} groups of {predictions} predictions",
        warnings=(*(() if known else (NO_P,)), *_about_groups(expected, counted)),
        name="Hosmer-Lemeshow",
        statistic=statistic,
        df=df,
        pvalue=float(chdtrc(df, statistic)) if known else np.nan,
        upper=frozen(edges[1:][used]),
        sizes=frozen(np.asarray(counted, dtype=np.int64)),
        observed=frozen(observed.astype(np.int64)),
        expected=frozen(expected),
    )


def _about_groups(expected: FloatArray, sizes: IntArray) -> tuple[str, ...]:
    """A word where groups are too small for a chi-square."""
    small = int((np.minimum(expected, sizes - expected) < 1).sum())
    if sizes.min() >= 5 and small <= sizes.size / 5:
        return ()
    return ("groups are too small for a chi-square; take fewer groups, or read the curve.",)


@case_wise()
def spiegelhalter_test(
    y_true: ArrayLike, y_prob: ArrayLike, *, cluster: ArrayLike | None = None
) -> CalibrationTest:
    """Is the Brier score what it would be if the predicted risks were the true ones?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Predicted for cases that the model has not seen.
    cluster : shape (n,), optional
        The patient of every case; the variance is then that of the patients' sums.

    Returns
    -------
    CalibrationTest
        A normal statistic. Risks of 0.5 for all cases, or of 0 and 1 alone, leave no test.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    References
    ----------
    Spiegelhalter 1986, doi:10.1002/sim.4780050506.

    Examples
    --------
    >>> round(spiegelhalter_test([0, 0, 1, 1], [0.1, 0.4, 0.2, 0.8]).statistic, 4)
    0.4683
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    parts = (positive - p) * (1 - 2 * p)
    variance = float(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    if codes is not None:
        variance = float((cluster_sums(parts, codes) ** 2).sum())
    z = float(parts.sum() / np.sqrt(variance)) if variance > 0 else np.nan
    return CalibrationTest(
        **counts(positive, codes),
        method="normal" + ", clustered by patient" * (codes is not None),
        warnings=() if variance > 0 else ("these risks leave the Brier score no variance.",),
        name="Spiegelhalter",
        statistic=z,
        df=0,
        pvalue=normal_pvalue(z, "two-sided"),
    )


@case_wise()
def recalibration_test(
    y_true: ArrayLike, y_prob: ArrayLike, *, cluster: ArrayLike | None = None
) -> CalibrationTest:
    """Would shifting and stretching the predicted risks on the logit scale improve them?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Predicted for cases that the model has not seen; 0 and 1 are moved by 1e-9.
    cluster : shape (n,), optional
        The patient of every case.

    Returns
    -------
    CalibrationTest
        Of H0 "joint intercept 0 and slope 1", on 2 degrees of freedom.

    Raises
    ------
    SingleClassError, ShapeError, InputError
    ConvergenceError
        Where the risks separate the classes perfectly or do not vary.

    Notes
    -----
    The likelihood ratio (the "U" chi-square of rms's ``val.prob``); with patients, Wald's statistic
    with the covariance robust by patient, read as F (2 and patients - 2 degrees of freedom).

    References
    ----------
    Cox 1958, doi:10.1093/biomet/45.3-4.562; Miller, Hui and Tierney 1991,
    doi:10.1002/sim.4780100805.

    Examples
    --------
    >>> y, p = [0, 0, 1, 0, 1, 1], [0.2, 0.4, 0.3, 0.6, 0.7, 0.9]
    >>> round(recalibration_test(y, p).pvalue, 3)
    0.993
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    eta = logits(p)
    design = np.stack([np.ones_like(eta), eta], axis=1)
    fit = fit_logistic(design, positive, cluster=codes)
    n_patients = None if codes is None else int(codes.max()) + 1
    if codes is None:
        gain = log_likelihood(design @ fit.coefficients, positive) - log_likelihood(eta, positive)
        statistic = max(0.0, 2 * gain)
        pvalue = float(chdtrc(2, statistic))
    else:
        shift = fit.coefficients - np.array([0.0, 1.0])
        statistic, pvalue = joint_test(shift, fit.covariance, int(codes.max()) + 1)
    return CalibrationTest(
        **counts(positive, codes),
        method="likelihood ratio" if codes is None else "Wald, clustered by patient",
        warnings=(*about_edges(p), *few_patients(n_patients)),
        name="Recalibration (intercept 0 and slope 1)",
        statistic=statistic,
        df=2,
        pvalue=pvalue,
    )
