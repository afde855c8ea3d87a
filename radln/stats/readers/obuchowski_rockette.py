"""Multi-reader multi-case comparison of modalities by Obuchowski and Rockette's analysis."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from radln import _check
from radln._door import worded
from radln._result import Estimate, frozen
from radln._types import Alternative, FloatArray
from radln.errors import InputError
from radln.stats._intervals import ALTERNATIVES, counts
from radln.stats._widths import one_sided
from radln.stats._ztest import check_margin
from radln.stats.readers._differences import ReaderDifference, tested_pairs
from radln.stats.readers._inference import bounded, overall_pvalue
from radln.stats.readers._merit import (
    Figure,
    binary_area,
    check_classes,
    figure_of_merit,
    merit_covariance,
    merits,
    ratings_for,
)
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import (
    Components,
    Spread,
    components,
    hillis,
    mean_of_fixed_readers,
    mean_of_random_readers,
    mean_with_fixed_cases,
    off_diagonal,
)
from radln.stats.readers.columns import in_modality
from radln.stats.readers.mrmc_result import MrmcComparison
from radln.stats.readers.sampling import case_freedom, few_cases, negative_components, randomness

DUST = 1e-24  # a variance of figures that is rounding


def mrmc(
    reads: Reads,
    *,
    figure: str = "auc",
    specificity: float | tuple[float, float] | None = None,
    covariance: str = "jackknife",
    readers: str | None = None,
    cases: str = "random",
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> MrmcComparison:
    """Do modalities (or conditions) differ, for readers and cases like these?

    Parameters
    ----------
    figure
        ``auc``, ``partial_auc`` (divided by its width: the mean sensitivity),
        ``sensitivity_at_specificity``, or ``sensitivity`` and ``specificity`` of the calls.
    specificity
        ``(low, high)`` for ``partial_auc``, one number for ``sensitivity_at_specificity``.
    covariance
        ``jackknife`` (over patients where they have several cases), ``delong`` (Obuchowski 1997
        where patients have several) or ``unbiased`` (independent cases only).
    readers, cases
        ``random`` (a sample of those to whom the result shall apply) or ``fixed``. Readers are
        random from four on unless said otherwise; below, these very readers are the subject.
    margin
        For non-inferiority or equivalence: with it ``greater`` tests that the first modality is
        not worse by the margin, ``less`` that the second is not, ``two-sided`` equivalence.
    alternative
        Of the differences, each ``first - second``.
    confidence_level : in (0, 1)

    Returns
    -------
    MrmcComparison
        Also for one modality: the average reader with an interval.

    Raises
    ------
    InputError, SingleClassError
        A reader without reads in a modality, or with fewer than two cases of a class.

    Notes
    -----
    Obuchowski and Rockette's analysis of variance of the figures with correlated errors and
    Hillis' degrees of freedom; with the jackknife it equals the analysis of Dorfman, Berbaum
    and Metz. Cases may be crossed with readers, nested in them or nested in modalities; what is
    shared is read off the table. A variance estimated as negative is named in ``warnings``.

    References
    ----------
    Obuchowski and Rockette 1995, doi:10.1080/03610919508813243; Hillis 2007,
    doi:10.1002/sim.2532; Hillis 2014, doi:10.1002/sim.5926.

    Examples
    --------
    >>> from radln import ReaderStudy
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> truth = pd.DataFrame({"case_id": range(40), "y_true": [0, 1] * 20})
    >>> rows = [(case, reader, modality, y * gain + rng.normal())
    ...         for reader in "ABCDE" for modality, gain in (("CT", 2), ("US", 1))
    ...         for case, y in truth.itertuples(index=False)]
    >>> reads = pd.DataFrame(rows, columns=["case_id", "reader", "modality", "score"])
    >>> found = ReaderStudy.from_frame(reads, truth).mrmc()
    >>> found.differences[0].estimate.value > 0, found.random
    (True, ('readers', 'cases'))
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    asked = figure_of_merit(figure, specificity)
    random, notes = randomness(readers, cases, len(reads.readers))
    table, spread, design = table_of(reads, asked, covariance)
    warnings = [*reads.warnings, *notes]
    if design == "partly crossed":
        warnings.append(
            "not every reader read every case in every modality; covariances are averaged over "
            f"what was read, and U-statistics{worded(' (u_statistics)', '')} are the check for "
            "such a design."
        )
    part = components(table, spread, design)
    warnings += few_cases(reads, asked.classes) + binary_area(asked, ratings_for(reads, asked))
    warnings += negative_components(part, random)
    case_df = case_freedom(reads, asked.classes)
    analysis = _Analysis(table, spread, part, random, level, design, case_df)
    warnings += [*analysis.narrow(), *_one_sided(reads, spread, analysis.fixed)]
    statistic, denominator, df1, df2 = analysis.overall()
    return MrmcComparison(
        **counts(reads.y_true, reads.cluster),
        method=_method(asked, covariance, random, design, reads.cluster is not None),
        warnings=tuple(warnings),
        figure=asked.words,
        readers=reads.readers,
        modalities=reads.modalities,
        random=random,
        design=design,
        merit=frozen(table),
        covariance=None if "cases" not in random else frozen(_flat(spread)),
        components=part,
        means=tuple(analysis.mean(i)[0] for i in range(table.shape[0])),
        mean_df=tuple(analysis.mean(i)[1] for i in range(table.shape[0])),
        reader_means=tuple(
            bounded(value, Spread(variance, case_df), level, "over cases")
            for value, variance in zip(table.ravel(), np.diag(_flat(spread)), strict=True)
        ),
        statistic=statistic,
        denominator=denominator,
        df1=df1,
        df2=df2,
        pvalue=overall_pvalue(statistic, df1, df2),
        differences=analysis.differences(reads.modalities, alternative, margin),
        reader_differences=analysis.by_reader(reads, alternative, margin),
        alternative=alternative,
        margin=margin,
    )


def _one_sided(reads: Reads, spread: FloatArray, by_reader: bool) -> tuple[str, ...]:
    """What must be said of two modalities of which one has no spread; of each reader's too."""
    m, r = spread.shape[0], spread.shape[1]
    own = np.diag(_flat(spread)).reshape(m, r)
    couples = list(combinations(range(m), 2))
    names = [f"{reads.modalities[i]} − {reads.modalities[j]}" for i, j in couples]
    pairs = [
        (name, float(own[i].max()), float(own[j].max()))
        for name, (i, j) in zip(names, couples, strict=True)
    ]
    if by_reader:
        pairs += [
            (f"{name} of {reader}", float(own[i, k]), float(own[j, k]))
            for k, reader in enumerate(reads.readers)
            for name, (i, j) in zip(names, couples, strict=True)
        ]
    return one_sided(pairs)


def table_of(reads: Reads, figure: Figure, covariance: str) -> tuple[FloatArray, FloatArray, str]:
    """Figures (m, r), their covariance (m, r, m, r) and the design of the ratings."""
    ratings = ratings_for(reads, figure)
    m, r, n = ratings.shape
    pairs = np.asarray((~np.isnan(ratings)).any(axis=2))
    if not pairs.all():
        modality, reader = np.argwhere(~pairs)[0]
        raise InputError(
            f"reader {reads.readers[reader]} read nothing"
            f"{in_modality(reads.modalities[modality])}; every "
            "reader must read in every modality here. "
            + worded(
                'Compare groups of readers instead (compare_groups(by="modality")), or use '
                "u_statistics for a partly crossed study.",
                "Leave out the reader, or the modality.",
            )
        )
    check_classes(reads, figure, ratings, pairs)
    flat = ratings.reshape(m * r, n)
    merit = merits(figure, reads.y_true, flat)
    spread = merit_covariance(figure, reads.y_true, flat, reads.cluster, covariance)
    return merit.reshape(m, r), spread.reshape(m, r, m, r), reads.design


class _Analysis:
    """One table of figures, under one view of what is a sample."""

    def __init__(
        self, table: FloatArray, spread: FloatArray, part: Components,
        random: tuple[str, ...], level: float, design: str, case_df: float,
    ) -> None:  # fmt: skip
        self.table, self.spread, self.part = table, spread, part
        self.random, self.level = random, level
        self.apart = design == "cases nested in readers"
        self.case_df = case_df

    @property
    def fixed(self) -> bool:
        """Whether the readers are these very ones, so that each has differences of their own."""
        return "readers" not in self.random

    def overall(self) -> tuple[float, float, float, float]:
        """The statistic, its denominator and both degrees of freedom; df2 inf for chi-square."""
        m = self.table.shape[0]
        if m < 2:
            return np.nan, np.nan, np.nan, np.nan
        found = self._denominator()
        if self.part.ms_modality < DUST:  # alike up to rounding
            return 0.0, found.variance, m - 1, found.df
        if not found.variance > DUST:
            return np.nan, found.variance, m - 1, found.df
        scale = m - 1 if np.isinf(found.df) else 1  # chi-square where the df are infinite
        return scale * self.part.ms_modality / found.variance, found.variance, m - 1, found.df

    def _denominator(self) -> Spread:
        """What MS(modality) is compared with when modalities are equal."""
        part, (m, r) = self.part, self.table.shape
        if "readers" not in self.random:
            return Spread(
                part.var_error - part.cov1 + (r - 1) * (part.cov2 - part.cov3), self.case_df
            )
        extra = r * max(part.cov2 - part.cov3, 0.0) if "cases" in self.random else 0.0
        return hillis(part.ms_interaction, extra, (m - 1) * (r - 1), 1.0)

    def narrow(self) -> list[str]:
        """A note where readers vary less than their errors alone would make them."""
        part, (m, r) = self.part, self.table.shape
        if len(self.random) < 2 or m < 2:
            return []
        fixed = part.var_error - part.cov1 + (r - 1) * (part.cov2 - part.cov3)
        if not self._denominator().variance < fixed:
            return []
        fixed_readers = worded('readers="fixed"', "--readers fixed")
        return [
            "the readers differ less than their errors alone would make them, so that the interval "
            "for readers like these is narrower than that for these very readers; in such studies "
            "the test rejected up to 18 % of true nulls: read the fixed-reader analysis "
            f"({fixed_readers}) beside it."
        ]

    def mean(self, i: int) -> tuple[Estimate, float]:
        """The average reader in one modality, with degrees of freedom."""
        values, spread = self.table[i], self.spread[i, :, i, :]
        if self.apart:
            spread = np.diag(np.diag(spread))
        if "cases" not in self.random:
            found = mean_with_fixed_cases(values)
        elif "readers" in self.random:
            found = mean_of_random_readers(values, spread)
        else:
            found = mean_of_fixed_readers(spread, self.case_df)
        return bounded(float(values.mean()), found, self.level, "average reader"), found.df

    def differences(
        self, names: tuple[str, ...], alternative: Alternative, margin: float | None
    ) -> tuple[ReaderDifference, ...]:
        """Every pair of modalities on average, Holm-adjusted where there are several."""
        m, r = self.table.shape
        if m < 2:
            return ()
        base = self._denominator()
        found = Spread(2 / r * base.variance, base.df)
        means = self.table.mean(axis=1)
        pairs = [
            (names[i], names[j], float(means[i] - means[j])) for i, j in combinations(range(m), 2)
        ]
        return tested_pairs(pairs, [found] * len(pairs), self.level, alternative, margin)

    def by_reader(
        self, reads: Reads, alternative: Alternative, margin: float | None
    ) -> tuple[ReaderDifference, ...]:
        """Every reader's own differences, where the readers are these very ones."""
        m = self.table.shape[0]
        if m < 2 or not self.fixed:
            return ()
        pairs, spreads, who = [], [], []
        for k, reader in enumerate(reads.readers):
            own = self.spread[:, k, :, k]
            variance = 2 * (float(np.diag(own).mean()) - off_diagonal(own))
            for i, j in combinations(range(m), 2):
                value = float(self.table[i, k] - self.table[j, k])
                pairs.append((reads.modalities[i], reads.modalities[j], value))
                spreads.append(Spread(variance, self.case_df))
                who.append(reader)
        found = tested_pairs(pairs, spreads, self.level, alternative, margin)
        return tuple(replace(one, reader=reader) for one, reader in zip(found, who, strict=True))


def _method(
    figure: Figure, covariance: str, random: tuple[str, ...], design: str, clustered: bool
) -> str:
    """The analysis as a methods section names it."""
    text = f"Obuchowski-Rockette analysis ({design}) of the {figure.words}"
    if "cases" in random:
        names = {"jackknife": "jackknife", "delong": "DeLong", "unbiased": "unbiased"}
        kind = names[covariance]
        if clustered:
            kind = {"jackknife": "patient-level jackknife", "delong": "Obuchowski 1997"}[covariance]
        text += f", {kind} covariance"
    if "readers" in random:
        text += ", Hillis degrees of freedom" if "cases" in random else ", readers as error"
    fixed = [name for name in ("readers", "cases") if name not in random]
    text += f", random {' and '.join(random)}"
    return text + (f", fixed {fixed[0]}" if fixed else "")


def _flat(spread: FloatArray) -> FloatArray:
    size = spread.shape[0] * spread.shape[1]
    return spread.reshape(size, size)
