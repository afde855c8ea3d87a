"""P-values of several comparisons, adjusted so that their family keeps its error rate."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from radln import _check
from radln._types import ArrayLike, FloatArray
from radln.stats._cases import case_wise

AdjustMethod: TypeAlias = Literal[
    "holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"
]
ADJUST_METHODS = (
    "holm",
    "hochberg",
    "hommel",
    "bonferroni",
    "benjamini-hochberg",
    "benjamini-yekutieli",
)


@case_wise()
def holm(pvalues: ArrayLike) -> FloatArray:
    """Which of several comparisons stand, when the chance of any false claim is to stay at alpha?

    Parameters
    ----------
    pvalues : shape (m,), in [0, 1]

    Returns
    -------
    adjusted : shape (m,), in [0, 1], in the given order

    Raises
    ------
    InputError
        Missing values, or values outside [0, 1].

    Notes
    -----
    The i-th smallest p is multiplied by ``m - i + 1``, made monotone and cut at 1. It assumes
    nothing about how the comparisons depend on each other.

    References
    ----------
    Holm 1979, Scandinavian Journal of Statistics 6:65, https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> [round(float(p), 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = _check.probabilities(pvalues, name="pvalues")
    order = np.argsort(p, kind="stable")
    factors = np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return adjusted


@case_wise()
def adjust_pvalues(pvalues: ArrayLike, *, method: AdjustMethod = "holm") -> FloatArray:
    """What remains of several p-values when they are read together, as R's ``p.adjust`` has it?

    Parameters
    ----------
    pvalues : shape (m,), in [0, 1]
        Of the comparisons that were named beforehand.
    method
        Of any false claim: ``bonferroni``, ``holm`` (at least as powerful; no assumption about
        dependence), ``hochberg`` and ``hommel`` (for independent or positively dependent tests).
        Of the share of false claims among the claims: ``benjamini-hochberg`` (independent or
        positively dependent tests), ``benjamini-yekutieli`` (any).

    Returns
    -------
    adjusted : shape (m,), in [0, 1], in the given order

    Raises
    ------
    InputError
        Missing values, or values outside [0, 1].

    References
    ----------
    Hochberg 1988, doi:10.1093/biomet/75.4.800; Hommel 1988, doi:10.1093/biomet/75.2.383; Benjamini
    and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; Benjamini and Yekutieli 2001,
    doi:10.1214/aos/1013699998.

    Examples
    --------
    >>> adjust_pvalues([0.01, 0.04, 0.03], method="benjamini-hochberg").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    _check.choice(method, ADJUST_METHODS, name="method")
    p = _check.probabilities(pvalues, name="pvalues")
    m = p.size
    if method == "holm" or m == 0:
        return holm(p)
    if method == "bonferroni":
        return np.minimum(p * m, 1.0)
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, m + 1)
    if method == "hommel":
        steps = _hommel(p[order])
    else:
        factors = {
            "hochberg": m - ranks + 1.0,
            "benjamini-hochberg": m / ranks,
            "benjamini-yekutieli": m / ranks * (1 / ranks).sum(),
        }[method]
        steps = np.minimum.accumulate((p[order] * factors)[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def _hommel(p: FloatArray) -> FloatArray:
    """Rising p-values, each the largest Simes p of the sets of comparisons that it belongs to.

    Of the sets of k, the one with the largest Simes p holds the k - 1 largest others.
    """
    m = p.size
    largest = p.copy()
    for k in range(2, m + 1):
        rest = float((k * p[m - k + 1 :] / np.arange(2, k + 1)).min())
        simes = np.minimum(k * p, rest)
        # a comparison among the k - 1 largest shares its worst set with the next smaller one
        simes[m - k + 1 :] = simes[m - k]
        largest = np.maximum(largest, simes)
    return largest
