"""The Brier score: the mean squared error of predicted risks, of one model or of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, estimate_row, format_p
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, mean_covariance, wald
from radln.stats._ztest import difference_test, standard_error


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BrierComparison(DifferenceResult):
    """The difference ``a - b`` of two Brier scores; below 0, a is closer to the outcomes."""

    brier_a: Estimate
    brier_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        rows = [
            estimate_row(self.brier_a, quantity="brier_a"),
            estimate_row(self.brier_b, quantity="brier_b"),
            {
                **estimate_row(self.difference, quantity="difference"),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
            },
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"Brier score {self.brier_a.format(3)} against {self.brier_b.format(3)}: difference "
            f"{self.difference.format(3)}, {format_p(self.pvalue)}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def compare_brier(
    y_true: ArrayLike,
    prob_a: ArrayLike,
    prob_b: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> BrierComparison:
    """Are the risks of model a closer to the outcomes of the same cases than those of b?

    Below 0 speaks for a.

    Parameters
    ----------
    y_true : shape (n,), 0/1
    prob_a, prob_b : shape (n,), in [0, 1]
        Predicted for cases that neither model has seen. The prevalence for every case stands for
        knowing nothing else.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    BrierComparison
        Equal risks have difference 0 and p = 1.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    The mean of paired differences of squared errors with its standard error over patients, and a
    normal test.

    References
    ----------
    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; Redelmeier, Bloch and Hickam
    1991, doi:10.1016/0895-4356(91)90146-Z.

    Examples
    --------
    >>> found = compare_brier([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.3, 0.4, 0.6, 0.5])
    >>> round(found.difference.value, 4)
    -0.14
    """
    positive = _check.outcome(y_true)
    risks = [
        _check.probabilities(values, positive.size, name=name)
        for name, values in (("prob_a", prob_a), ("prob_b", prob_b))
    ]
    codes = _check.clusters(cluster, positive.size)
    errors = np.stack([(p - positive) ** 2 for p in risks], axis=1)
    columns = np.column_stack([errors, errors[:, 0] - errors[:, 1]])
    se = [standard_error(v) for v in np.diag(mean_covariance(columns, codes))]
    means = columns.mean(axis=0)
    tested = difference_test(float(means[2]), se[2], "two-sided")
    a, b = (
        wald(float(means[i]), se[i], confidence_level, "Wald", bounds=(0.0, 1.0)) for i in (0, 1)
    )
    return BrierComparison(
        **counts(positive, codes),
        method="paired differences" + ", clustered by patient" * (codes is not None),
        warnings=tested.warnings,
        brier_a=a,
        brier_b=b,
        difference=wald(float(means[2]), se[2], confidence_level, "Wald", bounds=(-1.0, 1.0)),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
    )


def brier_scores(
    p: FloatArray, positive: BoolArray, cluster: IntArray | None, confidence_level: float
) -> dict[str, Estimate]:
    """The score as it is, and scaled: 1 less its ratio to that of knowing only the prevalence."""
    y = positive.astype(np.float64)
    errors = (p - y) ** 2
    share, brier = float(y.mean()), float(errors.mean())
    worst = share * (1 - share)
    influence = -errors / worst + brier * (1 - 2 * share) / worst**2 * y
    covariance = mean_covariance(np.stack([errors, influence], axis=1), cluster)
    se = np.sqrt(np.diag(covariance))
    return {
        "brier": wald(brier, float(se[0]), confidence_level, "Wald", bounds=(0.0, 1.0)),
        "scaled_brier": wald(
            1 - brier / worst, float(se[1]), confidence_level, "delta", bounds=(-np.inf, 1.0)
        ),
    }
