"""Averages over readers, their differences, degrees of freedom and intervals from the moments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from radln._result import Estimate
from radln._types import Alternative, BoolArray, FloatArray
from radln.stats._intervals import quantile
from radln.stats._ztest import difference_test
from radln.stats.readers.partly_crossed._moments import (
    AreaSums,
    Decomposition,
    ShareSums,
    decompose,
)

UNBIASED, PLUG_IN = "unbiased", "v-statistic"
COMPONENTS = {
    "auc": ("RND", "DR", "NR", "R", "ND", "D", "N"),
    "sensitivity": ("DR", "R", "D"),
    "specificity": ("NR", "R", "N"),
}
NORMAL_ABOVE = 50  # iMRMC takes normal quantiles above so many degrees of freedom


@dataclass(frozen=True)
class ReaderAverage:
    """One average over readers, or the difference of two, with one of the two variances.

    ``modality_b`` is None for an average. ``variance`` may be negative where ``estimator`` is
    "unbiased": ``estimate`` then has no interval, and the same average with "v-statistic" has one.
    ``df`` are before rounding down. ``statistic`` and ``pvalue`` are NaN for a single share.
    """

    modality_a: str
    modality_b: str | None
    estimator: str
    n_readers: int
    n_positive: int
    n_negative: int
    estimate: Estimate
    variance: float
    df: float
    statistic: float
    pvalue: float

    @property
    def label(self) -> str:
        """The modality, or a − b."""
        if self.modality_b is None:
            return self.modality_a
        return f"{self.modality_a} − {self.modality_b}"


@dataclass(frozen=True)
class Spread:
    """Main components of variance (reader, cases) with their shares and degrees of freedom."""

    components: FloatArray
    shares: FloatArray
    df: FloatArray


@dataclass(frozen=True)
class Question:
    """At what level an interval is given, and what a difference is tested for."""

    level: float
    alternative: Alternative
    margin: float | None


class Study:
    """Sums of one study, asked for averages and for differences."""

    def __init__(
        self,
        positive: BoolArray,
        reads: FloatArray,
        readers: tuple[str, ...],
        modalities: tuple[str, ...],
        figure: str,
    ) -> None:
        self.readers, self.modalities, self.figure = readers, modalities, figure
        self.read = ~np.isnan(reads)
        self.positive = positive
        self.sums: AreaSums | ShareSums
        if figure == "auc":
            self.sums = AreaSums.of(positive, reads)
        elif figure == "sensitivity":
            self.sums = ShareSums.of(reads[:, :, positive])
        else:
            self.sums = ShareSums.of(1 - reads[:, :, ~positive])
        self.scale = 2 if figure == "auc" else 1
        self.null = 0.5 if figure == "auc" else np.nan
        self.weights = self.sums.pairs()

    def value(self, modality: int) -> float:
        """The average of a modality: every pair (or call) counts alike."""
        total, weight = self.sums.totals()[modality].sum(), self.weights[modality].sum()
        return float(total / (self.scale * weight))

    def decomposed(self, a: int, b: int) -> Decomposition:
        """The variance of a modality's average, or the covariance of two."""
        sums = self.sums.of_pair(a, b)
        return decompose(sums.numerator, sums.denominator, sums.scale)

    def averages(self, question: Question) -> tuple[list[ReaderAverage], pd.DataFrame]:
        """All modalities, then all differences; and the table of components."""
        number = range(len(self.modalities))
        found = {(a, a): self.decomposed(a, a) for a in number}
        rows = [row for a in number for row in self._single(a, found[a, a], question)]
        for a, b in combinations(number, 2):
            found[a, b] = self.decomposed(a, b)
            one, two, both = found[a, a], found[b, b], found[a, b]
            rows += self._difference(a, b, (one, two, both), question)
        table = [row for pair, one in found.items() for row in self._components(*pair, one)]
        return rows, pd.DataFrame(table)

    def _spread(self, found: Decomposition) -> Spread:
        """The components of readers and of cases, as V-statistics, and their degrees of freedom."""
        names = COMPONENTS[self.figure]
        main = [i for i, name in enumerate(names) if len(name) == 1]
        shares = found.shares[main]
        with np.errstate(divide="ignore"):
            df = np.round(1 / shares - 1)
        return Spread(found.v_components[main], shares, df)

    def _single(self, a: int, found: Decomposition, question: Question) -> list[ReaderAverage]:
        spread = self._spread(found)
        with np.errstate(divide="ignore", invalid="ignore"):
            noise = float((spread.components**2 / spread.df**3).sum())
        least = float(spread.df.min())
        plain = Question(question.level, "two-sided", None)
        return [
            self._row((a, None), kind, variance, noise, least, plain)
            for kind, variance in ((UNBIASED, found.variance), (PLUG_IN, found.v_variance))
        ]

    def _difference(
        self, a: int, b: int, found: tuple[Decomposition, ...], question: Question
    ) -> list[ReaderAverage]:
        one, two, both = (self._spread(part) for part in found)
        df = np.minimum(one.df, two.df)
        with np.errstate(divide="ignore", invalid="ignore"):
            paired = (one.components + two.components - 2 * both.components) ** 2 / df**3
            apart = one.components**2 / one.df**3 + two.components**2 / two.df**3
        noise = float(np.where(both.shares > 0, paired, apart).sum())
        covariances = found[2].variance, found[2].v_variance
        own = ((one.variance, two.variance) for one, two in [found[:2]])
        pairs = (*own, (found[0].v_variance, found[1].v_variance))
        return [
            self._row((a, b), kind, x + y - 2 * covariance, noise, float(df.min()), question)
            for kind, (x, y), covariance in zip(
                (UNBIASED, PLUG_IN), pairs, covariances, strict=True
            )
        ]

    def _row(
        self,
        pair: tuple[int, int | None],
        estimator: str,
        variance: float,
        noise: float,
        least: float,
        question: Question,
    ) -> ReaderAverage:
        a, b = pair
        value = self.value(a) - (0 if b is None else self.value(b))
        among: BoolArray = self.read[a] if b is None else self.read[a] | self.read[b]
        cases = among.any(axis=0)
        df, se = freedom(variance, noise, least), deviation(variance)
        used = None if df > NORMAL_ABOVE else float(np.floor(df))
        possible = se > 0 and (used is None or used >= 1)
        statistic = pvalue = np.nan
        null = self.null if b is None else 0.0
        if possible and not np.isnan(null):
            tested = difference_test(value - null, se, question.alternative, question.margin, used)
            statistic, pvalue = tested.statistic, tested.pvalue
        tail = 0.5 + question.level / 2
        z = quantile(question.level) if used is None else float(stdtrit(used, tail))
        arm = z * se if possible else np.nan
        low, high = np.clip([value - arm, value + arm], 0.0 if b is None else -1.0, 1.0)
        about = f"{estimator} variance of a U-statistic, Student's t"
        return ReaderAverage(
            self.modalities[a],
            None if b is None else self.modalities[b],
            estimator,
            int(among.any(axis=1).sum()),
            int((cases & self.positive).sum()),
            int((cases & ~self.positive).sum()),
            Estimate(value, float(low), float(high), question.level, about, se),
            variance,
            df,
            statistic,
            pvalue,
        )

    def _components(self, a: int, b: int, found: Decomposition) -> list[dict[str, object]]:
        where = {"modality_a": self.modalities[a], "modality_b": self.modalities[b]}
        moments = tuple(f"M{i + 1}" for i in range(found.moments.size))
        kinds = (
            ("BDG", UNBIASED, moments, found.moments, found.weights),
            ("BDG", PLUG_IN, moments, found.v_moments, found.weights),
            ("BCK", UNBIASED, COMPONENTS[self.figure], found.components, found.shares),
            ("BCK", PLUG_IN, COMPONENTS[self.figure], found.v_components, found.shares),
        )
        return [
            {
                **where,
                "decomposition": decomposition,
                "estimator": estimator,
                "term": term,
                "component": float(component),
                "coefficient": float(share),
            }
            for decomposition, estimator, terms, components, shares in kinds
            for term, component, share in zip(terms, components, shares, strict=True)
        ]

    def per_reader(self, level: float) -> pd.DataFrame:
        """One row a modality and reader, then a pair of modalities and reader."""
        number = range(len(self.modalities))
        pairs = [(a, a) for a in number] + list(combinations(number, 2))
        own = {pair: self.sums.of_pair(*pair) for pair in pairs}
        totals, rows = self.sums.totals(), []
        for a, b in pairs:
            for j, reader in enumerate(self.readers):
                if not (self.weights[a, j] and self.weights[b, j]):
                    continue
                variances = [
                    decompose(
                        own[pair].own_numerator[j], own[pair].own_denominator[j], self.scale
                    ).variance
                    for pair in ((a, a), (b, b), (a, b))
                ]
                values = [totals[m, j] / (self.scale * self.weights[m, j]) for m in (a, b)]
                value, variance = values[0], variances[0]
                if a != b:
                    value = values[0] - values[1]
                    variance = variances[0] + variances[1] - 2 * variances[2]
                arm = quantile(level) * deviation(variance)
                low, high = np.clip([value - arm, value + arm], 0.0 if a == b else -1.0, 1.0)
                both = self.read[a, j] & self.read[b, j]
                rows.append(
                    {
                        "reader": reader,
                        "modality_a": self.modalities[a],
                        "modality_b": "" if a == b else self.modalities[b],
                        "n_positive": int((both & self.positive).sum()),
                        "n_negative": int((both & ~self.positive).sum()),
                        "value_a": values[0],
                        "variance_a": variances[0],
                        "value_b": np.nan if a == b else values[1],
                        "variance_b": np.nan if a == b else variances[1],
                        "value": value,
                        "variance": variance,
                        "low": float(low),
                        "high": float(high),
                    }
                )
        return pd.DataFrame(rows)


def freedom(variance: float, noise: float, least: float) -> float:
    """Satterthwaite's degrees of freedom, no fewer than the fewest of a component."""
    if not variance > 0 or np.isnan(noise) or least < 1:
        return float("nan")
    return max(least, variance**2 / noise) if noise > 0 else float("inf")


def deviation(variance: float) -> float:
    """The square root; NaN of a negative variance, never cut to 0."""
    return float(np.sqrt(variance)) if variance >= 0 else float("nan")
