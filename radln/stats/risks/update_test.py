"""How much of a published model must be changed for new patients: the closed test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, format_p, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._design import design
from radln.stats._intervals import counts
from radln.stats._logistic import fit_logistic, log_likelihood
from radln.stats._patients import few_patients
from radln.stats._ztest import joint_test
from radln.stats.risks._calibration_curve import about_edges, logits

Update = Literal["original", "intercept", "intercept_slope", "refit"]
UPDATES: tuple[Update, ...] = ("original", "intercept", "intercept_slope", "refit")
WORDS: dict[Update, str] = {
    "original": "keep the model as it is",
    "intercept": "shift its intercept",
    "intercept_slope": "shift its intercept and stretch its log-odds",
    "refit": "fit all its coefficients anew",
}
LINEAR = 1e-6  # of the spread of log-odds, by which they may miss a sum of the columns
FEW = 10  # rarer outcomes a coefficient


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class UpdateTest(Result):
    """The largest update against each smaller one, in turn, and the ``chosen`` one.

    ``against``, ``statistic``, ``df`` and ``pvalue`` have one value a step; all steps are given,
    though the procedure ends at the first one that is not rejected.
    """

    largest: Update
    against: tuple[Update, ...]
    statistic: FloatArray
    df: IntArray
    pvalue: FloatArray
    alpha: float

    @property
    def chosen(self) -> Update | None:
        """The smallest update that is not rejected, the largest where all are; None where a step
        that decides has no p-value.
        """
        for name, p in zip(self.against, self.pvalue, strict=True):
            if not p <= self.alpha:
                return None if np.isnan(p) else name
        return self.largest

    def frame(self) -> pd.DataFrame:
        """One row a step."""
        rows = pd.DataFrame(
            {
                "test": [f"{self.largest} against {name}" for name in self.against],
                "statistic": self.statistic,
                "df": self.df,
                "pvalue": self.pvalue,
            }
        )
        return rows.assign(chosen=self.chosen or "", warnings="; ".join(self.warnings))

    def summary(self) -> str:
        """The steps and what they choose."""
        steps = "; ".join(
            f"{self.largest} against {name}: {value:.2f} on {df} df, {format_p(p)}"
            for name, value, df, p in zip(
                self.against, self.statistic, self.df, self.pvalue, strict=True
            )
        )
        chosen = "nothing, without a p-value" if self.chosen is None else WORDS[self.chosen]
        return f"Closed test ({self.method}): {steps}. Chosen: {chosen}."


@case_wise()
def update_test(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    X: ArrayLike | None = None,
    *,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> UpdateTest:
    """Which update of a model do new patients call for: none, intercept, slope too, or a refit?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        The model's risks in patients that it has not seen; 0 and 1 are moved by 1e-9.
    X : shape (n, p), optional
        The columns of a model that is linear in them; without them no refit is considered.
    cluster : shape (n,), optional
        The patient of every case.
    alpha
        The level of every step, and so of the whole procedure.

    Returns
    -------
    UpdateTest
        ``chosen`` is "original", "intercept", "intercept_slope" or "refit"; None where too few
        patients have an outcome for a p-value.

    Raises
    ------
    SingleClassError, ShapeError, InputError
        Among them log-odds that are no sum of the columns of X: then no test compares the two.
    ConvergenceError
        Where risks or columns separate the classes perfectly or do not vary.

    Notes
    -----
    The refit is tested against the original model (p + 1 degrees of freedom), then against a
    shifted intercept (p), then against intercept and slope (p - 1); the first that is not rejected
    is kept, and the refit where all are. Without X intercept and slope stand in the refit's place
    (2 and 1 degrees of freedom). Since the steps are in one order, alpha holds for all together:
    a right model is changed in alpha of the samples. Likelihood ratios where every patient has one
    case; else Wald's statistic with the covariance robust by patient, read as F.

    References
    ----------
    Vergouwe et al. 2017, doi:10.1002/sim.7179.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> log_odds = rng.normal(-1, 1.2, 400)
    >>> y = rng.random(400) < 1 / (1 + np.exp(-(log_odds + 0.9)))
    >>> update_test(y, 1 / (1 + np.exp(-log_odds))).chosen
    'intercept'
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    if not _check.is_number(alpha) or not 0 < alpha < 0.5:
        raise InputError(f"alpha must be a level between 0 and 0.5, such as 0.05; got {alpha!r}.")
    eta = logits(p)
    columns = _columns(eta, X)
    several = None
    if codes is not None and np.bincount(codes).max() > 1:
        several = codes
    refit = columns.shape[1] > 2  # of one column it is intercept and slope
    starts = (0, 1, 2) if refit else (0, 1)
    values, pvalues = zip(
        *(_step(columns, positive, eta, start, several) for start in starts), strict=True
    )
    largest: Update = "refit" if refit else "intercept_slope"
    against = UPDATES[: len(starts)]
    n_patients = None if several is None else int(several.max()) + 1
    return UpdateTest(
        **counts(positive, codes),
        method="likelihood ratio" if several is None else "Wald, clustered by patient",
        warnings=(
            *about_edges(p),
            *few_patients(n_patients),
            *_few_events(positive, columns.shape[1]),
        ),
        largest=largest,
        against=against,
        statistic=frozen(np.array(values)),
        df=frozen(columns.shape[1] - np.array(starts)),
        pvalue=frozen(np.array(pvalues)),
        alpha=float(alpha),
    )


def _columns(eta: FloatArray, X: ArrayLike | None) -> FloatArray:
    """Intercept, log-odds, and the columns of X but one, which these make up for.

    Each smaller model then leaves out the first columns' company: all, all but the intercept, all
    but intercept and log-odds.
    """
    ones = np.ones_like(eta)
    if X is None:
        return np.stack([ones, eta], axis=1)
    matrix, names = design(X, eta.size)
    scaled = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    centred = eta - eta.mean()
    weights, *_ = np.linalg.lstsq(scaled, centred, rcond=None)
    left = float(np.abs(centred - scaled @ weights).max())
    if not left <= LINEAR * max(1.0, float(np.abs(centred).max())):
        raise InputError(
            f"the log-odds of y_prob are no sum of the columns of X ({', '.join(names[:5])}): they "
            f"miss one by {left:.2g}, so that a refit is no larger model of the same kind. Give "
            "the columns of the model, as it takes them; or leave X out."
        )
    spare = int(np.argmax(np.abs(weights)))
    return np.column_stack([ones, eta, np.delete(scaled, spare, axis=1)])


def _step(
    columns: FloatArray, positive: BoolArray, eta: FloatArray, start: int, codes: IntArray | None
) -> tuple[float, float]:
    """The test that all coefficients from ``start`` on are those of the original model."""
    whole = fit_logistic(columns, positive, offset=eta, cluster=codes)
    df = columns.shape[1] - start
    if codes is not None:
        covariance = whole.covariance[start:, start:]
        return joint_test(whole.coefficients[start:], covariance, int(codes.max()) + 1)
    smaller = eta
    if start:
        part = fit_logistic(columns[:, :start], positive, offset=eta)
        smaller = eta + columns[:, :start] @ part.coefficients
    gain = log_likelihood(eta + columns @ whole.coefficients, positive) - log_likelihood(
        smaller, positive
    )
    statistic = max(0.0, 2 * gain)
    return statistic, float(chdtrc(df, statistic))


def _few_events(positive: BoolArray, coefficients: int) -> tuple[str, ...]:
    """What must be said where the rarer outcome is too rare for so many coefficients."""
    rarer = int(min(positive.sum(), (~positive).sum()))
    if rarer >= FEW * coefficients:
        return ()
    return (
        f"{rarer} cases of the rarer outcome for {coefficients} coefficients, fewer than {FEW} "
        "each: the test changes right models too often.",
    )
