"""From a difference and its standard error to a statistic and a p-value, margins included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr

from radln import _check
from radln._types import Alternative, FloatArray
from radln.errors import InputError
from radln.stats._intervals import normal_pvalue

NO_TEST = (
    "the standard error of the difference is zero or cannot be estimated, so no test is possible; "
    "compare by a permutation of patients or collect more cases."
)


@dataclass(frozen=True)
class Tested:
    """A statistic, its p-value and what had to be said about them."""

    statistic: float
    pvalue: float
    warnings: tuple[str, ...] = ()


def standard_error(variance: float) -> float:
    """The square root, with rounding dust of a zero variance swept to 0."""
    return 0.0 if variance < 1e-24 else float(np.sqrt(variance))


def check_margin(margin: float | None) -> None:
    """Refuse a margin that is not a positive difference of areas."""
    if margin is not None and (not _check.is_number(margin) or not 0 < margin < 1):
        raise InputError(
            f"margin must be a positive difference of AUCs below 1, such as 0.05; got {margin!r}."
        )


def difference_test(
    difference: float,
    se: float,
    alternative: Alternative,
    margin: float | None = None,
    df: float | None = None,
) -> Tested:
    """Test a difference ``a - b`` against 0, or against a margin.

    With a margin: ``greater`` tests H0 ``a - b <= -margin`` (a is not worse), ``less`` tests H0
    ``a - b >= margin`` (b is not worse), ``two-sided`` is equivalence by two one-sided tests, whose
    statistic and p are those of the weaker one. Identical scores give statistic 0 and p = 1.
    """
    if not se > 0:
        if se == 0 and difference == 0 and margin is None:
            return Tested(0.0, 1.0, ("the two scores rank all cases alike.",))
        return Tested(np.nan, np.nan, (NO_TEST,))
    tail = _tail(df)
    if margin is None:
        z = difference / se
        return Tested(z, tail(z, alternative))
    above, below = (difference + margin) / se, (difference - margin) / se
    tests = (Tested(above, tail(above, "greater")), Tested(below, tail(below, "less")))
    if alternative == "two-sided":
        return max(tests, key=lambda test: test.pvalue)
    return tests[0] if alternative == "greater" else tests[1]


def _tail(df: float | None) -> Callable[[float, Alternative], float]:
    """Normal tails, or Student's where degrees of freedom are given."""
    if df is None:
        return normal_pvalue

    def pvalue(statistic: float, alternative: Alternative) -> float:
        if alternative == "greater":
            return float(stdtr(df, -statistic))
        if alternative == "less":
            return float(stdtr(df, statistic))
        return float(2 * stdtr(df, -abs(statistic)))

    return pvalue


def hypothesis(alternative: Alternative, margin: float | None) -> str:
    """What was tested, in words."""
    if margin is None:
        words = {"two-sided": "AUC a differs from b", "greater": "AUC a > b", "less": "AUC a < b"}
        return words[alternative]
    words = {
        "two-sided": f"a and b differ by less than {margin:g}",
        "greater": f"a is not worse than b by {margin:g} or more",
        "less": f"a is not better than b by {margin:g} or more",
    }
    return words[alternative]


def joint_test(
    values: FloatArray, covariance: FloatArray, n_patients: int | None
) -> tuple[float, float]:
    """Wald's statistic of "all values are 0" and its p.

    Chi-square for independent cases. With a covariance summed over patients, F as for Hotelling's
    T2 (patients less values in the denominator), since the chi-square rejects far too often with
    few patients; NaN where there are no more patients than values.
    """
    k = values.size
    if n_patients is not None and n_patients <= k:
        return float("nan"), float("nan")
    root = np.sqrt(np.diag(covariance))
    if not (root > 0).all():
        return float("nan"), float("nan")
    scaled, z = covariance / np.outer(root, root), values / root
    if np.linalg.matrix_rank(scaled) < k:
        return float("nan"), float("nan")
    statistic = float(z @ np.linalg.solve(scaled, z))
    if n_patients is None:
        return statistic, float(chdtrc(k, statistic))
    below = n_patients - k
    return statistic, float(fdtrc(k, below, statistic * below / (k * (n_patients - 1))))
