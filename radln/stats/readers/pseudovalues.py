"""Dorfman, Berbaum and Metz's analysis: an analysis of variance of jackknife pseudovalues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, format_p, frozen
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats._intervals import counts
from radln.stats._widths import one_sided
from radln.stats.readers._inference import bounded, interval, overall_pvalue
from radln.stats.readers._merit import check_classes, figure_of_merit, left_out, merits, ratings_for
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import Spread, hillis

DUST = 1e-11  # of pseudovalues that differ by rounding alone
SOURCES = ("modality", "reader", "case", "modality x reader", "modality x case", "reader x case",
           "modality x reader x case")  # fmt: skip


@dataclass(frozen=True)
class PseudovalueTest:
    """That all modalities are equal, under one view of what is a sample."""

    random: tuple[str, ...]
    statistic: float
    df1: float
    df2: float
    pvalue: float

    def __str__(self) -> str:
        if np.isnan(self.pvalue):
            return "not estimable, without any spread to test against"
        if np.isnan(self.df2):
            return f"no difference and no spread, {format_p(self.pvalue)}"
        return f"F({self.df1:g}, {self.df2:.1f}) = {self.statistic:.2f}, {format_p(self.pvalue)}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PseudovalueAnova(Result):
    """The three-way table of pseudovalues and its tests.

    ``pseudovalues`` (m, r, units); ``sums_of_squares`` and ``degrees_of_freedom`` by source;
    ``tests`` with random readers and cases, random cases, random readers. ``means``,
    ``differences`` and ``reader_differences`` are for these very readers (Student's t over cases);
    for other readers ``mrmc`` gives the same intervals as this analysis would.
    """

    figure: str
    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    pseudovalues: FloatArray
    sums_of_squares: Mapping[str, float]
    degrees_of_freedom: Mapping[str, int]
    tests: tuple[PseudovalueTest, ...]
    means: tuple[Estimate, ...]
    differences: Mapping[tuple[str, str], Estimate]
    reader_differences: Mapping[tuple[str, str, str], Estimate]

    def mean_squares(self) -> Mapping[str, float]:
        """Mean squares by source."""
        return {
            name: self.sums_of_squares[name] / self.degrees_of_freedom[name] for name in SOURCES
        }

    def variance_components(self) -> Mapping[str, float]:
        """Variances of readers, cases and interactions; estimates, which may be negative."""
        m, r, n = self.pseudovalues.shape
        ms = self.mean_squares()
        error = ms["modality x reader x case"]
        mr, mc, rc = ms["modality x reader"], ms["modality x case"], ms["reader x case"]
        return {
            "reader": (ms["reader"] - mr - rc + error) / (m * n),
            "case": (ms["case"] - mc - rc + error) / (m * r),
            "modality x reader": (mr - error) / n,
            "modality x case": (mc - error) / r,
            "reader x case": (rc - error) / m,
            "error": error,
        }

    def frame(self) -> pd.DataFrame:
        """The analysis of variance, one row a source."""
        ms = self.mean_squares()
        return pd.DataFrame(
            [
                {
                    "source": name,
                    "df": self.degrees_of_freedom[name],
                    "sum_of_squares": self.sums_of_squares[name],
                    "mean_square": ms[name],
                }
                for name in SOURCES
            ]
        )

    def difference_frame(self) -> pd.DataFrame:
        """Differences of modalities for these very readers, on average and one by one."""
        rows = [
            estimate_row(found, modality=f"{a} - {b}", reader="average")
            for (a, b), found in self.differences.items()
        ]
        rows += [
            estimate_row(found, modality=f"{a} - {b}", reader=reader)
            for (reader, a, b), found in self.reader_differences.items()
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The tests in words."""
        said = "; ".join(f"random {' and '.join(test.random)}: {test}" for test in self.tests)
        return (
            f"{self.figure} in {len(self.modalities)} modalities, {len(self.readers)} readers, "
            f"{self.n} cases ({self.n_positive} diseased, {self.n_patients} patients): {said}. "
            f"{self.method}."
        )


def pseudovalue_anova(
    reads: Reads,
    *,
    figure: str = "auc",
    specificity: float | tuple[float, float] | None = None,
    confidence_level: float = 0.95,
) -> PseudovalueAnova:
    """Dorfman, Berbaum and Metz's table: which share of the spread is readers', which cases'?

    Parameters
    ----------
    figure, specificity
        As for :meth:`mrmc`.
    confidence_level : in (0, 1)

    Returns
    -------
    PseudovalueAnova

    Raises
    ------
    InputError
        The study is not factorial with two readers and two modalities at least.

    Notes
    -----
    An analysis of variance of jackknife pseudovalues (over patients where they have several
    cases). With random readers its F and df are those of :meth:`mrmc` with the jackknife. With
    fixed readers both differ a little: here Student's t with (modalities - 1)(units - 1) degrees of
    freedom (F in the tests), there the normal for independent cases, and for patients with several
    cases Student's t with the patients of the rarer class less one, which is the safer of the two.
    Without any spread the p-value is 1 where the modalities are equal, else NaN.

    References
    ----------
    Dorfman, Berbaum and Metz 1992, doi:10.1097/00004424-199209000-00015; Hillis, Berbaum and
    Metz 2008, doi:10.1016/j.acra.2007.12.015.

    Examples
    --------
    >>> from radln import ReaderStudy
    >>> import pandas as pd
    >>> reads = pd.DataFrame({
    ...     "case_id": [1, 2, 3, 4] * 4, "y_true": [0, 0, 1, 1] * 4,
    ...     "reader": ["A"] * 8 + ["B"] * 8, "modality": (["CT"] * 4 + ["US"] * 4) * 2,
    ...     "score": [1, 3, 2, 5, 2, 1, 3, 4, 1, 2, 2, 4, 3, 1, 4, 2]})
    >>> study = ReaderStudy.from_frame(reads)
    >>> study.pseudovalue_anova().frame()["df"].tolist()
    [1, 1, 3, 1, 3, 3, 3]
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    asked = figure_of_merit(figure, specificity)
    ratings = ratings_for(reads, asked)
    m, r, n = ratings.shape
    if np.isnan(ratings).any() or m < 2 or r < 2:
        raise InputError(
            "the analysis of pseudovalues needs two modalities, two readers and every read of "
            "every case; use mrmc for other designs."
        )
    check_classes(reads, asked, ratings, np.ones((m, r), dtype=bool))
    flat = ratings.reshape(m * r, n)
    values = merits(asked, reads.y_true, flat)
    without = left_out(asked, reads.y_true, flat, reads.cluster)
    units = without.shape[1]
    pseudo = (units * values[:, None] - (units - 1) * without).reshape(m, r, units)
    squares, df = _anova(pseudo)
    fixed = _FixedReaders(pseudo, values.reshape(m, r), level)
    clustered = "patients" if reads.cluster is not None else "cases"
    return PseudovalueAnova(
        **counts(reads.y_true, reads.cluster),
        method=f"Dorfman-Berbaum-Metz analysis of pseudovalues over {clustered}, Hillis df",
        warnings=(*reads.warnings, *_one_sided(reads, pseudo)),
        figure=asked.words,
        readers=reads.readers,
        modalities=reads.modalities,
        pseudovalues=frozen(pseudo),
        sums_of_squares=squares,
        degrees_of_freedom=df,
        tests=_tests({name: squares[name] / df[name] for name in SOURCES}, df),
        means=tuple(fixed.mean(i) for i in range(m)),
        differences={
            (reads.modalities[i], reads.modalities[j]): fixed.difference(i, j)
            for i, j in combinations(range(m), 2)
        },
        reader_differences={
            (reads.readers[k], reads.modalities[i], reads.modalities[j]): fixed.of_reader(k, i, j)
            for k in range(r)
            for i, j in combinations(range(m), 2)
        },
    )


def _one_sided(reads: Reads, pseudo: FloatArray) -> tuple[str, ...]:
    """What must be said of two modalities of which one has no spread; of each reader's too."""
    own = pseudo.var(axis=2)
    couples = list(combinations(range(own.shape[0]), 2))
    names = [f"{reads.modalities[i]} − {reads.modalities[j]}" for i, j in couples]
    return one_sided(
        [
            *(
                (name, float(own[i].max()), float(own[j].max()))
                for name, (i, j) in zip(names, couples, strict=True)
            ),
            *(
                (f"{name} of {reader}", float(own[i, k]), float(own[j, k]))
                for k, reader in enumerate(reads.readers)
                for name, (i, j) in zip(names, couples, strict=True)
            ),
        ]
    )


def _anova(table: FloatArray) -> tuple[dict[str, float], dict[str, int]]:
    """Sums of squares and degrees of freedom of a three-way table."""
    sizes = table.shape
    effects: dict[tuple[int, ...], FloatArray] = {}
    squares, df = {}, {}
    axes = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    for name, own in zip(SOURCES, axes, strict=True):
        others = tuple(axis for axis in range(3) if axis not in own)
        effect = table.mean(axis=others, keepdims=True) - table.mean()
        for lower, found in effects.items():
            if set(lower) < set(own):
                effect = effect - found
        if np.abs(effect).max() <= DUST * np.abs(table).max():
            effect = np.zeros_like(effect)  # all alike, but for rounding
        effects[own] = effect
        repeated = int(np.prod([sizes[axis] for axis in others]))
        squares[name] = float((effect**2).sum() * repeated)
        df[name] = int(np.prod([sizes[axis] - 1 for axis in own]))
    return squares, df


def _tests(ms: Mapping[str, float], df: Mapping[str, int]) -> tuple[PseudovalueTest, ...]:
    """Modalities equal: readers and cases random, cases random, readers random."""
    top = df["modality"]
    extra = max(ms["modality x case"] - ms["modality x reader x case"], 0.0)
    both = hillis(ms["modality x reader"], extra, df["modality x reader"], 1.0)
    views = (
        (("readers", "cases"), both),
        (("cases",), Spread(ms["modality x case"], df["modality x case"])),
        (("readers",), Spread(ms["modality x reader"], df["modality x reader"])),
    )
    found = []
    for random, spread in views:
        statistic = ms["modality"] / spread.variance if spread.variance > 0 else np.nan
        scale = top if np.isinf(spread.df) else 1  # chi-square where the df are infinite
        pvalue = overall_pvalue(scale * statistic, top, spread.df)
        if ms["modality"] == 0 and not spread.variance > 0:
            statistic, pvalue = 0.0, 1.0  # nothing differs anywhere
        found.append(PseudovalueTest(random, statistic, top, spread.df, pvalue))
    return tuple(found)


class _FixedReaders:
    """Intervals for these very readers: Student's t over the cases."""

    def __init__(self, pseudo: FloatArray, values: FloatArray, level: float) -> None:
        self.pseudo, self.values, self.level = pseudo, values, level
        self.units = pseudo.shape[2]

    def mean(self, i: int) -> Estimate:
        """The average reader in one modality."""
        spread = self._over_cases(self.pseudo[i].mean(axis=0)[None])
        return bounded(float(self.values[i].mean()), spread, self.level, "Student's t over cases")

    def difference(self, i: int, j: int) -> Estimate:
        """Two modalities, readers averaged."""
        return self._interval(self.pseudo.mean(axis=1), self.values.mean(axis=1), i, j)

    def of_reader(self, k: int, i: int, j: int) -> Estimate:
        """Two modalities of one reader."""
        return self._interval(self.pseudo[:, k], self.values[:, k], i, j)

    def _interval(self, table: FloatArray, values: FloatArray, i: int, j: int) -> Estimate:
        """A difference with the error of the modality-by-case table (m, units)."""
        left = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
        df = (table.shape[0] - 1) * (self.units - 1)
        spread = Spread(2 * float((left**2).sum()) / df / self.units, df)
        return interval(float(values[i] - values[j]), spread, self.level, "Student's t over cases")

    def _over_cases(self, table: FloatArray) -> Spread:
        """The spread of a mean over cases."""
        return Spread(float(table.var(ddof=1)) / self.units, self.units - 1)
