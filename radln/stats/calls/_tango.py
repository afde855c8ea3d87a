"""Tests and the score interval of two proportions of the same cases."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from radln._types import Alternative
from radln.stats._intervals import normal_pvalue, quantile


def tango_limits(b: float, c: float, n: float, confidence_level: float) -> tuple[float, float]:
    """Limits of ``(b - c) / n``: the differences that the score test does not reject.

    ``b`` cases are positive in the first only and ``c`` in the second only, of ``n``; they need not
    be whole (counts divided by a design effect).
    """
    z2 = quantile(confidence_level) ** 2
    centre = (b - c) / n

    def excess(delta: float) -> float:
        spread = delta * (1 - delta)
        linear = -b - c + (2 * n - b + c) * delta
        root = np.sqrt(max(linear**2 + 8 * n * c * spread, 0.0))
        nuisance = max((root - linear) / (4 * n), 0.0)
        return float((b - c - n * delta) ** 2 - z2 * n * max(2 * nuisance + spread, 0.0))

    def limit(end: float) -> float:
        start = centre + np.copysign(1e-10, end)
        if abs(start) >= 1 or excess(start) >= 0:
            return end if abs(start) >= 1 else centre
        return float(brentq(excess, start, end, xtol=1e-14, rtol=1e-14))

    return limit(-1.0), limit(1.0)


def exact_pvalue(b: int, c: int, alternative: Alternative, *, mid: bool) -> float:
    """Binomial p-value of ``b`` against ``c`` discordant cases, one half expected; mid-p or not."""
    n = b + c
    point = float(binom.pmf(b, n, 0.5)) / 2 if mid else 0.0
    above = float(binom.sf(b - 1, n, 0.5)) - point
    below = float(binom.cdf(b, n, 0.5)) - point
    if alternative == "greater":
        return above
    return below if alternative == "less" else min(1.0, 2 * min(above, below))


def asymptotic(
    b: int, c: int, alternative: Alternative, *, correction: bool
) -> tuple[float, float]:
    """McNemar's z, signed, and its p-value; no continuity correction where b = c, as in R."""
    gap = abs(b - c)
    z = float(np.sign(b - c) * (gap - (correction and gap > 0)) / np.sqrt(b + c))
    return z, normal_pvalue(z, alternative)
