"""Groups of readers compared: experts against trainees, or those who read one modality each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, format_p, frozen
from radln._types import Alternative, FloatArray
from radln.errors import InputError
from radln.stats._intervals import ALTERNATIVES, counts
from radln.stats._widths import one_sided
from radln.stats._ztest import check_margin
from radln.stats.readers._differences import ReaderDifference, tested_pairs
from radln.stats.readers._inference import aimed, bounded, interval, narrower, overall_pvalue
from radln.stats.readers._merit import (
    binary_area,
    check_classes,
    figure_of_merit,
    merit_covariance,
    merits,
    ratings_for,
)
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import (
    Spread,
    hillis,
    mean_of_fixed_readers,
    mean_of_random_readers,
    mean_with_fixed_cases,
    off_diagonal,
)
from radln.stats.readers.sampling import case_freedom, few_cases, randomness, rounding, scope


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReaderGroupComparison(Result):
    """Groups of readers on the same cases.

    ``values`` (r,) holds each reader's figure (or its change between two modalities, see
    ``what``), ``group_of`` each reader's group; ``means`` the groups' averages; ``statistic``,
    ``df1``, ``df2`` and ``pvalue`` test that all groups are equal.
    """

    what: str
    readers: tuple[str, ...]
    group_of: tuple[str, ...]
    groups: tuple[str, ...]
    random: tuple[str, ...]
    values: FloatArray
    means: tuple[Estimate, ...]
    statistic: float
    df1: float
    df2: float
    pvalue: float
    differences: tuple[ReaderDifference, ...]
    alternative: Alternative
    margin: float | None

    def frame(self) -> pd.DataFrame:
        """The average of every group, then every difference with its test."""
        rows = [
            {
                **estimate_row(mean, quantity="mean", group=name),
                "n_readers": self.group_of.count(name),
            }
            for name, mean in zip(self.groups, self.means, strict=True)
        ]
        for found in self.differences:
            rows.append(
                {
                    **estimate_row(
                        found.estimate, quantity="difference", group=f"{found.a} - {found.b}"
                    ),
                    "df": found.df,
                    "statistic": found.statistic,
                    "pvalue": found.pvalue,
                    "pvalue_adjusted": found.pvalue_adjusted,
                }
            )
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        means = "; ".join(
            f"{name} (n = {self.group_of.count(name)}) {mean.format(3)}"
            for name, mean in zip(self.groups, self.means, strict=True)
        )
        text = (
            f"{self.what}, {self.n} cases ({self.n_positive} diseased, {self.n_patients} "
            f"patients): {means}"
        )
        if len(self.groups) > 2:
            text += f"; all equal: {format_p(self.pvalue)}"
        for found in self.differences:
            aim = aimed(found.a, found.b, self.alternative, self.margin)
            p = found.pvalue_adjusted if len(self.differences) > 1 else found.pvalue
            text += f"; {found.a} − {found.b} {found.estimate.format(3)}, {format_p(p)}{aim}"
        return f"{text}. {self.method}; {scope(self.random, len(self.readers))}."


def compare_reader_groups(
    reads: Reads,
    *,
    by: str = "level",
    modality: str | tuple[str, str] | None = None,
    figure: str = "auc",
    specificity: float | tuple[float, float] | None = None,
    covariance: str = "jackknife",
    readers: str | None = None,
    cases: str = "random",
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> ReaderGroupComparison:
    """Do experts read better than trainees; does one group gain more from a modality?

    Parameters
    ----------
    by
        ``level``: readers nested in their levels, reading the same cases; ``modality``: readers
        who read one modality each.
    modality
        Where the reads have several and ``by`` is ``level``: the one to look at, or two, such
        as ``("with", "without")``: each reader's change between them, whose difference between
        groups is the interaction of level and modality.
    figure, specificity, covariance, readers, cases, margin, alternative, confidence_level
        As for :meth:`mrmc`; differences are first minus second group in sorted order.

    Returns
    -------
    ReaderGroupComparison

    Raises
    ------
    InputError, SingleClassError
        No levels, one level only, or a reader without the reads that are compared.

    Notes
    -----
    The spread between readers is pooled over the groups, the errors that readers share come
    from the cases: ``MS (1/r1 + 1/r2) + 2 max(cov2 - cov3, 0)`` with Hillis' degrees of
    freedom. Readers are taken as samples of their groups with a like spread.

    References
    ----------
    Hillis 2014, doi:10.1002/sim.5926.

    Examples
    --------
    >>> from radln import ReaderStudy
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> gain = {"E1": 2.0, "E2": 1.8, "T1": 0.9, "T2": 1.1}
    >>> rows = [(case, reader, "expert" if reader[0] == "E" else "trainee",
    ...          case % 2 * g + rng.normal(), case % 2)
    ...         for reader, g in gain.items() for case in range(60)]
    >>> reads = pd.DataFrame(rows, columns=["case_id", "reader", "level", "score", "y_true"])
    >>> found = ReaderStudy.from_frame(reads).compare_groups()
    >>> found.groups, found.differences[0].estimate.value > 0
    (('expert', 'trainee'), True)
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    _check.choice(by, ("level", "modality"), name="by")
    check_margin(margin)
    asked = figure_of_merit(figure, specificity)
    random, notes = randomness(readers, cases, len(reads.readers))
    ratings = ratings_for(reads, asked)
    contrast, who, what = _contrast(reads, ratings, by, modality)
    used = np.flatnonzero(np.abs(contrast).sum(axis=0))
    m, r, n = ratings.shape
    flat = ratings.reshape(m * r, n)[used]
    pairs = np.zeros((m, r), dtype=bool)
    pairs.ravel()[used] = True
    check_classes(reads, asked, ratings, pairs)
    weights = contrast[:, used]
    values = weights @ merits(asked, reads.y_true, flat)
    covered = merit_covariance(asked, reads.y_true, flat, reads.cluster, covariance)
    case_df = case_freedom(reads, asked.classes)
    table = _Groups(values, weights @ covered @ weights.T, who, random, level, case_df)
    statistic, df1, df2 = table.overall()
    clustered = "patient-level " if reads.cluster is not None else ""
    change = isinstance(modality, tuple | list)
    return ReaderGroupComparison(
        **counts(reads.y_true, reads.cluster),
        method=(
            "Obuchowski-Rockette analysis of readers nested in groups (Hillis 2014), "
            f"{clustered}{covariance} covariance, random {' and '.join(random)}"
        ),
        warnings=(
            *reads.warnings,
            *notes,
            *few_cases(reads, asked.classes),
            *binary_area(asked, ratings),
            *table.notes(),
        ),
        what=f"{what} {asked.words}",
        readers=reads.readers,
        group_of=who,
        groups=table.groups,
        random=random,
        values=frozen(values),
        means=tuple(table.mean(name, change) for name in table.groups),
        statistic=statistic,
        df1=df1,
        df2=df2,
        pvalue=overall_pvalue(statistic, df1, df2),
        differences=table.differences(alternative, margin),
        alternative=alternative,
        margin=margin,
    )


def _contrast(
    reads: Reads, ratings: FloatArray, by: str, modality: str | tuple[str, str] | None
) -> tuple[FloatArray, tuple[str, ...], str]:
    """What is taken of each reader's figures (r, m r), each reader's group, and words for it."""
    m, r = ratings.shape[:2]
    contrast = np.zeros((r, m, r))
    each = np.arange(r)
    filled = (~np.isnan(ratings)).any(axis=2)
    if by == "modality":
        if not (filled.sum(axis=0) == 1).all() or m < 2:
            raise InputError(
                'by="modality" is for readers who read one modality each; here readers read '
                "several, so compare modalities by mrmc."
            )
        places = filled.argmax(axis=0)
        contrast[each, places, each] = 1
        return contrast.reshape(r, -1), tuple(reads.modalities[k] for k in places), "Each modality:"
    who = reads.needed_levels()
    if len(set(who)) < 2:
        raise InputError(f"all readers are of the level {who[0]}; there is nothing to compare.")
    if isinstance(modality, tuple | list):
        if len(modality) != 2 or modality[0] == modality[1]:
            raise InputError('modality must be one name, or two such as ("with", "without").')
        first, second = (reads.modality_index(name) for name in modality)
        contrast[each, first, each], contrast[each, second, each] = 1, -1
        what = f"{modality[0]} minus {modality[1]}:"
    else:
        place = reads.modality_index(modality)
        contrast[each, place, each] = 1
        what = f"{reads.modalities[place]}:" if m > 1 else ""
    return contrast.reshape(r, -1), who, what


class _Groups:
    """Readers' values and their covariance, by group."""

    def __init__(
        self, values: FloatArray, covariance: FloatArray, who: tuple[str, ...],
        random: tuple[str, ...], level: float, case_df: float,
    ) -> None:  # fmt: skip
        self.values, self.covariance = values, covariance
        self.random, self.level, self.case_df = random, level, case_df
        self.groups = tuple(sorted(set(who)))
        self.members = {name: np.flatnonzero(np.array(who) == name) for name in self.groups}
        self.df = values.size - len(self.groups)
        left = sum(((values[own] - values[own].mean()) ** 2).sum() for own in self.members.values())
        self.within = float(left / self.df) if self.df else np.nan

    def mean(self, name: str, change: bool) -> Estimate:
        """One group's average reader."""
        own = self.members[name]
        values, covariance = self.values[own], self.covariance[np.ix_(own, own)]
        if "cases" not in self.random:
            found = mean_with_fixed_cases(values)
        elif "readers" in self.random:
            found = mean_of_random_readers(values, covariance)
        else:
            found = mean_of_fixed_readers(covariance, self.case_df)
        form = interval if change else bounded
        return form(float(values.mean()), found, self.level, f"average {name}")

    def _shared(self, a: str, b: str) -> float:
        """How much more readers of one group share than readers of two: cov2 - cov3."""
        inside = [
            off_diagonal(self.covariance[np.ix_(own, own)])
            for own in (self.members[a], self.members[b])
            if own.size > 1
        ]
        across = self.covariance[np.ix_(self.members[a], self.members[b])].mean()
        return float(np.mean(inside) - across) if inside else 0.0

    def spread(self, a: str, b: str) -> Spread:
        """The spread of the difference of two averages."""
        if "readers" not in self.random:
            return self.spread_of_these(a, b)
        sizes = [self.members[name].size for name in (a, b)]
        own = self.within * (1 / sizes[0] + 1 / sizes[1])
        extra = 2 * max(self._shared(a, b), 0.0) if "cases" in self.random else 0.0
        return hillis(own, extra, self.df, 1.0)

    def spread_of_these(self, a: str, b: str) -> Spread:
        """The same for these very readers."""
        weights = np.zeros(self.values.size)
        for name, sign in ((a, 1.0), (b, -1.0)):
            weights[self.members[name]] = sign / self.members[name].size
        return Spread(float(weights @ self.covariance @ weights), self.case_df)

    def overall(self) -> tuple[float, float, float]:
        """F (or chi-square) of all groups together; NaN for fixed readers of several groups."""
        pairs = list(combinations(self.groups, 2))
        if len(pairs) == 1:
            found = self.spread(*pairs[0])
            gap = np.subtract(*(self.values[self.members[name]].mean() for name in self.groups))
            if not found.variance > 0:
                return np.nan, 1, found.df
            return float(gap**2 / found.variance), 1, found.df
        if "readers" not in self.random:
            return np.nan, len(self.groups) - 1, np.nan
        sizes = np.array([self.members[name].size for name in self.groups])
        means = np.array([self.values[self.members[name]].mean() for name in self.groups])
        number, total = len(self.groups), sizes.sum()
        between = float((sizes * (means - self.values.mean()) ** 2).sum() / (number - 1))
        size = (total - (sizes**2).sum() / total) / (number - 1)
        shared = float(np.mean([self._shared(a, b) for a, b in pairs]))
        extra = size * max(shared, 0.0) if "cases" in self.random else 0.0
        found = hillis(self.within, extra, self.df, 1.0)
        return between / found.variance, number - 1, found.df

    def differences(
        self, alternative: Alternative, margin: float | None
    ) -> tuple[ReaderDifference, ...]:
        """Every pair of groups, Holm-adjusted."""
        means = {name: float(self.values[own].mean()) for name, own in self.members.items()}
        couples = list(combinations(self.groups, 2))
        pairs = [(a, b, means[a] - means[b]) for a, b in couples]
        spreads = [self.spread(a, b) for a, b in couples]
        return tested_pairs(pairs, spreads, self.level, alternative, margin)

    def notes(self) -> list[str]:
        """What has to be said about few readers, flat groups and negative variances."""
        most = {name: float(self.covariance[own, own].max()) for name, own in self.members.items()}
        notes = [
            *one_sided((f"{a} − {b}", most[a], most[b]) for a, b in combinations(self.groups, 2))
        ]
        alone = [name for name, own in self.members.items() if own.size < 2]
        if alone and "readers" in self.random:
            notes.append(
                f"{', '.join(alone)}: one reader only, so the spread between readers is taken "
                "from the other group(s)."
            )
        if {"readers", "cases"} <= set(self.random):
            for a, b in combinations(self.groups, 2):
                spreads = self.spread(a, b), self.spread_of_these(a, b)
                notes += narrower(*spreads, self.level, f"{a} − {b}")
                shared = self._shared(a, b)
                if shared < -rounding(self.within, *np.diag(self.covariance)):
                    notes.append(
                        f"{a} and {b}: cov2 - cov3 is negative ({shared:.2g}) and counts as 0."
                    )
        return notes
