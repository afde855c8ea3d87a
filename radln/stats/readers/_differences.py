"""Differences of figures with interval, test and Holm's adjustment over those shown together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radln._result import Estimate
from radln._types import Alternative
from radln.stats.multiplicity import adjust_pvalues
from radln.stats.readers._inference import interval, tested
from radln.stats.readers._variance import Spread


@dataclass(frozen=True)
class ReaderDifference:
    """The difference ``a - b`` of two modalities, or of two groups of readers.

    ``reader`` names the one reader whose difference it is; empty for an average. ``df`` is infinite
    where the normal was used; ``pvalue_adjusted`` is Holm's over all differences shown together.
    """

    a: str
    b: str
    estimate: Estimate
    statistic: float
    df: float
    pvalue: float
    pvalue_adjusted: float
    reader: str = ""


def tested_pairs(
    pairs: list[tuple[str, str, float]], spreads: list[Spread],
    level: float, alternative: Alternative, margin: float | None,
) -> tuple[ReaderDifference, ...]:  # fmt: skip
    """Intervals and tests of differences, with Holm's adjustment over all of them."""
    tests = [
        tested(value, spread, alternative, margin)
        for (_, _, value), spread in zip(pairs, spreads, strict=True)
    ]
    adjusted = holm([test.pvalue for test in tests])
    return tuple(
        ReaderDifference(
            a=a,
            b=b,
            estimate=interval(value, spread, level, "difference"),
            statistic=test.statistic,
            df=spread.df,
            pvalue=test.pvalue,
            pvalue_adjusted=p,
        )
        for (a, b, value), spread, test, p in zip(pairs, spreads, tests, adjusted, strict=True)
    )


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's adjustment over the p-values that there are; NaN stays."""
    found = np.array(pvalues, dtype=np.float64)
    known = ~np.isnan(found)
    if known.any():
        found[known] = adjust_pvalues(found[known], method="holm")
    return [float(p) for p in found]
