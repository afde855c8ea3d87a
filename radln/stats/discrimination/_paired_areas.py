"""Two areas of the same cases: their difference, its variance, and a test by permutation."""

from __future__ import annotations

import numpy as np

from radln._result import Estimate
from radln._types import Alternative, BoolArray, FloatArray, IntArray, Rng
from radln.stats._ztest import Tested
from radln.stats.discrimination._area_interval import area_interval
from radln.stats.discrimination.auc_resampling import bootstrap_areas, permuted_differences
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.resample import about_resampling, permutation_pvalue


class Pair:
    """Two scores (2, n) of the same cases, and what their comparison is made of."""

    def __init__(
        self,
        positive: BoolArray,
        scores: FloatArray,
        codes: IntArray | None,
        n_resamples: int,
        rng: Rng,
    ) -> None:
        self.positive, self.scores, self.codes = positive, scores, codes
        self.n_resamples, self.rng = n_resamples, rng
        self.areas, self.values = placements(positive, scores)
        self.gap = float(self.areas[0] - self.areas[1])

    def variance(self, method: str) -> tuple[float, str, tuple[str, ...]]:
        """Of the difference, by the named method; its name, and what must be said of it."""
        if method == "bootstrap":
            found = bootstrap_areas(
                self.positive, self.scores, self.codes, n_resamples=self.n_resamples, rng=self.rng
            )
            named = "stratified bootstrap" + " of patients" * (self.codes is not None)
            about = about_resampling(self.positive, self.codes)
            return float((found[:, 0] - found[:, 1]).var(ddof=1)), f"{named}, paired", about
        named = "Obuchowski, clustered by patient" if self.codes is not None else "DeLong"
        gaps = self.values[:1] - self.values[1:]
        spread = area_covariance(self.positive, gaps, self.codes)[0, 0]
        return float(spread), f"{named}, paired", ()

    def permuted(self, alternative: Alternative) -> Tested:
        """The test by exchanging both scores in random patients."""
        null = permuted_differences(
            self.positive, self.scores, self.codes, n_resamples=self.n_resamples, rng=self.rng
        )
        return _permuted(self.gap, null, alternative)

    def estimates(self, confidence_level: float) -> tuple[Estimate, Estimate]:
        """Each area with its default interval."""
        covariance = area_covariance(self.positive, self.values, self.codes)
        a, b = (
            area_interval(
                self.positive,
                self.scores[i],
                float(self.areas[i]),
                covariance[i, i],
                self.codes,
                confidence_level,
            )
            for i in (0, 1)
        )
        return a, b


def _permuted(difference: float, null: FloatArray, alternative: Alternative) -> Tested:
    """The difference itself as statistic, and how often permutations reach it."""
    sign = -1.0 if alternative == "less" else 1.0
    reached = np.abs(null) if alternative == "two-sided" else sign * null
    observed = abs(difference) if alternative == "two-sided" else sign * difference
    dust = 1e-12  # permutations that repeat the observed order differ by rounding only
    return Tested(difference, permutation_pvalue(observed - dust, reached))
