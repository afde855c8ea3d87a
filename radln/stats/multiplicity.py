"""P-values of several comparisons, adjusted so that their family keeps its error rate."""

from __future__ import annotations

import numpy as np

from radln import _check
from radln._types import ArrayLike, FloatArray


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
