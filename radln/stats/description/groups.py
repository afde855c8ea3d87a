"""One variable in two or more groups: the test that suits it, and how far the groups are apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats as tests

from radln import _check
from radln._result import Result, format_p
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._influence import influence_covariance
from radln.stats._patients import FEW_PATIENTS
from radln.stats._ztest import joint_test
from radln.stats.description._exact_tables import fisher_freeman_halton

Kind = Literal["skewed", "normal", "categorical"]
KINDS = ("skewed", "normal", "categorical")
EXACT_BELOW = 50
_NO_TEST = "no test: all cases have one value"
INFINITE = (
    "the standardised mean difference is infinite: two groups share no value, and nothing varies "
    "within them in the direction in which they differ."
)
FEWEST_IN_GROUP = 15
DUST = 1e-14  # a standard error below this share of the values is rounding


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GroupComparison(Result):
    """A variable compared between groups; ``method`` names the test.

    ``smd`` is the standardised mean difference, first group less second (of more than two groups,
    and of categories, the largest without sign); above 0.1 it is often called an imbalance. It is
    infinite where two groups share no category, or differ and do not vary; ``warnings`` says so.
    ``missing`` cases are left out. ``n_positive`` is 0: no group is the positive one.
    """

    kind: Kind
    groups: tuple[str, ...]
    statistic: float
    df: float
    pvalue: float
    smd: float
    missing: int

    def frame(self) -> pd.DataFrame:
        """One row."""
        row = {
            "test": self.method,
            "statistic": self.statistic,
            "df": self.df,
            "pvalue": self.pvalue,
            "smd": self.smd,
            "n": self.n,
            "missing": self.missing,
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"{' / '.join(self.groups)}: {format_p(self.pvalue)} ({self.method}), standardised "
            f"mean difference {_smd_text(self.smd)}; n = {self.n}, {self.missing} missing."
        )


def _smd_text(smd: float) -> str:
    if np.isnan(smd):
        return "not estimable"
    return "infinite" if np.isinf(smd) else f"{smd:.2f}"


@case_wise(classes="group")
def compare_groups(
    values: ArrayLike,
    group: ArrayLike,
    *,
    kind: Kind | None = None,
    cluster: ArrayLike | None = None,
) -> GroupComparison:
    """Does a variable differ between groups of patients by more than chance?

    Parameters
    ----------
    values : shape (n,)
        Numbers, or labels of a categorical variable; missing values are left out and counted.
    group : shape (n,)
        The group of every case, none missing; a group is a partition, a centre, an outcome.
    kind
        ``skewed``: compared by ranks; ``normal``: by means; ``categorical``: by counts. Where not
        given, numbers with more than two values are ``skewed`` and everything else is
        ``categorical``; the data are not tested for normality, since that test answers another
        question in small samples and in large ones.
    cluster : shape (n,), optional
        The patient of every case; needed where patients have several.

    Returns
    -------
    GroupComparison

    Raises
    ------
    ShapeError, InputError
        Where fewer than two groups have known values.

    Notes
    -----
    Skewed: Wilcoxon's rank sum (exact below 50 cases a group without ties, otherwise with the
    continuity correction, as in R), Kruskal and Wallis for more groups. Normal: Welch's t or
    Welch's analysis of variance. Categorical: Pearson's chi-square without correction where every
    expected count is at least 5, otherwise Fisher's exact test: exact with two groups or two
    values, otherwise (or with too many tables) simulated, never 0. With patients: Wald's test of
    equal mean ranks, means or shares, with the covariance summed over patients, read as F.

    A small p of a baseline table is no reason to adjust and a large one no proof of balance: read
    the standardised mean difference.

    References
    ----------
    Freeman and Halton 1951, doi:10.1093/biomet/38.1-2.141; Welch 1951,
    doi:10.1093/biomet/38.3-4.330; Yang and Dalton 2012, SAS Global Forum 335; Austin 2009,
    doi:10.1002/sim.3697.

    Examples
    --------
    >>> found = compare_groups([1.2, 3.4, 2.2, 5.1, 6.3, 7.0], ["a", "a", "a", "b", "b", "b"])
    >>> round(found.pvalue, 3), found.method
    (0.1, "Wilcoxon's rank sum, exact")
    """
    column = _check.column(values, name="values")
    labels = _check.column(group, name="group")
    if column.size != labels.size or column.empty:
        raise ShapeError(
            f"values and group must have one entry a case; got {column.size} and {labels.size}."
        )
    if labels.isna().any():
        raise InputError(f"group has {int(labels.isna().sum())} missing value(s); name them all.")
    _check.grouping(labels, name="group")
    patients = _check.clusters(cluster, column.size)
    known = column.notna().to_numpy()
    kind = _kind(column[known]) if kind is None else kind
    _check.choice(kind, KINDS, name="kind")
    codes, names = pd.factorize(labels[known].astype(str), sort=True)
    if len(names) < 2:
        raise InputError("values are known in fewer than two groups; there is nothing to compare.")
    codes = np.asarray(codes, dtype=np.int64)
    data = _numbers(column[known], kind)
    if patients is None:
        statistic, df, pvalue, method = _independent(data, codes, kind)
        about: tuple[str, ...] = ()
    else:
        units = np.unique(patients[known], return_inverse=True)[1]
        statistic, df, pvalue, method, about = _clustered(data, codes, kind, units)
    smd = _difference(data, codes, kind)
    return GroupComparison(
        n=int(known.sum()),
        n_positive=0,
        n_patients=int(known.sum()) if patients is None else int(np.unique(patients[known]).size),
        method=method,
        warnings=(*about, INFINITE) if np.isinf(smd) else about,
        kind=kind,
        groups=tuple(names),
        statistic=statistic,
        df=df,
        pvalue=pvalue,
        smd=smd,
        missing=int((~known).sum()),
    )


def _kind(known: pd.Series) -> Kind:
    """What a column looks like."""
    return "skewed" if is_measured(known) else "categorical"


def is_measured(values: pd.Series) -> bool:
    """Whether a column holds numbers of more than two values, rather than categories."""
    if pd.api.types.is_datetime64_any_dtype(values):
        raise InputError(
            "values are dates; give a duration (days between two dates) or an age in their place."
        )
    known = values.dropna().infer_objects()
    return pd.api.types.is_numeric_dtype(known) and known.nunique() > 2


def _numbers(known: pd.Series, kind: Kind) -> FloatArray:
    """Numbers (n, 1), or indicators (n, levels)."""
    if kind == "categorical":
        levels, _ = pd.factorize(known.astype(str), sort=True)
        return np.asarray(np.eye(levels.max() + 1)[levels])
    return _check.numbers(known, name="values")[:, None]


def _independent(data: FloatArray, codes: IntArray, kind: Kind) -> tuple[float, float, float, str]:
    """Statistic, degrees of freedom, p and the name of the test for independent cases."""
    if kind == "categorical":
        return _counts_test(np.asarray(np.eye(codes.max() + 1)[codes].T @ data, dtype=np.int64))
    parts = [data[codes == code, 0] for code in range(codes.max() + 1)]
    if np.ptp(data) == 0:
        return np.nan, np.nan, np.nan, "no test: all values are equal"
    if kind == "normal":
        return _means_test(parts)
    if len(parts) > 2:
        found = tests.kruskal(*parts)
        return float(found.statistic), len(parts) - 1.0, float(found.pvalue), "Kruskal-Wallis"
    largest = max(part.size for part in parts)
    exact = largest < EXACT_BELOW and np.unique(data).size == data.size
    how = "exact" if exact else "asymptotic"
    found = tests.mannwhitneyu(*parts, method=how)
    name = "exact" if exact else "with continuity correction"
    return float(found.statistic), np.nan, float(found.pvalue), f"Wilcoxon's rank sum, {name}"


def _means_test(parts: list[FloatArray]) -> tuple[float, float, float, str]:
    """Welch's t, or his analysis of variance."""
    if min(part.size for part in parts) < 2:
        return np.nan, np.nan, np.nan, "no test: a group has one value"
    if len(parts) == 2:
        return _welch(*parts)
    sizes = np.array([part.size for part in parts])
    means = np.array([_mean(part) for part in parts])
    variances = np.array([_variance(part) for part in parts])
    if not (variances > 0).all():
        return np.nan, np.nan, np.nan, "no test: a group does not vary"
    weights, k = sizes / variances, len(parts)
    centre = (weights * means).sum() / weights.sum()
    spread = ((1 - weights / weights.sum()) ** 2 / (sizes - 1)).sum()
    between = (weights * (means - centre) ** 2).sum() / (k - 1)
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    below = (k**2 - 1) / (3 * spread)
    return float(statistic), k - 1.0, float(tests.f.sf(statistic, k - 1, below)), "Welch's ANOVA"


def _welch(a: FloatArray, b: FloatArray) -> tuple[float, float, float, str]:
    """Welch's t of two groups of two values or more."""
    first, second = float(_variance(a)) / a.size, float(_variance(b)) / b.size
    if first + second == 0:
        return np.nan, np.nan, np.nan, "no test: neither group varies"
    statistic = float((_mean(a) - _mean(b)) / np.sqrt(first + second))
    df = float((first + second) ** 2 / (first**2 / (a.size - 1) + second**2 / (b.size - 1)))
    return statistic, df, float(2 * tests.t.sf(abs(statistic), df)), "Welch's t"


def _mean(part: FloatArray) -> FloatArray:
    """Means down the columns, of a constant the value itself: its sum is rounded."""
    return np.asarray(np.where(np.ptp(part, axis=0) == 0, part[0], part.mean(axis=0)))


def _variance(part: FloatArray) -> FloatArray:
    """Variances down the columns, of a constant 0."""
    return np.asarray(np.where(np.ptp(part, axis=0) == 0, 0.0, part.var(axis=0, ddof=1)))


def _counts_test(table: IntArray) -> tuple[float, float, float, str]:
    """Pearson's chi-square, or Fisher's exact test where counts are small."""
    if min(table.shape) < 2:
        return np.nan, np.nan, np.nan, _NO_TEST
    found = tests.chi2_contingency(table, correction=False)
    if found.expected_freq.min() >= 5:
        return float(found.statistic), float(found.dof), float(found.pvalue), "Pearson's chi-square"
    if table.shape == (2, 2):
        return np.nan, np.nan, float(tests.fisher_exact(table).pvalue), "Fisher's exact"
    pvalue, exact = fisher_freeman_halton(table, np.random.default_rng(0))
    return np.nan, np.nan, pvalue, "Fisher's exact" if exact else "Fisher's, simulated"


def _clustered(
    data: FloatArray, codes: IntArray, kind: Kind, units: IntArray
) -> tuple[float, float, float, str, tuple[str, ...]]:
    """Wald's test that all groups have the same means (of ranks, of shares), patients as units."""
    if kind == "skewed":
        data = tests.rankdata(data, axis=0) / data.shape[0]
    columns = data[:, 1:] if kind == "categorical" else data
    if not columns.shape[1]:
        return np.nan, np.nan, np.nan, _NO_TEST, ()
    means, parts = [], []
    for code in range(codes.max() + 1):
        inside = (codes == code)[:, None]
        mean = _mean(columns[inside[:, 0]])
        means.append(mean)
        parts.append(np.where(inside, columns - mean, 0.0) / inside.sum())
    k = columns.shape[1]
    contrast = np.kron(np.diff(np.eye(len(means)), axis=0), np.eye(k))
    gap = np.asarray(contrast @ np.concatenate(means), dtype=np.float64)
    covariance = contrast @ influence_covariance(np.hstack(parts), units) @ contrast.T
    dust = (DUST * float(np.abs(columns).max())) ** 2
    covariance = np.asarray(np.where(np.abs(covariance) < dust, 0.0, covariance))
    n_patients = int(units.max()) + 1
    about: tuple[str, ...] = ()
    fewest = min(np.unique(units[codes == code]).size for code in np.unique(codes))
    rare = kind == "categorical" and min(data.sum(axis=0).min(), (1 - data).sum(axis=0).min()) < 10
    if n_patients < FEW_PATIENTS or fewest < FEWEST_IN_GROUP or rare:
        about = (
            f"{n_patients} patients, {fewest} in the smallest group"
            + (", and a value with fewer than 10 cases" if rare else "")
            + ": a Wald test rejects too often; read p with caution.",
        )
    name = {"skewed": "mean ranks", "normal": "means", "categorical": "shares"}[kind]
    method = f"Wald's test of {name}, clustered by patient"
    statistic, pvalue = joint_test(gap, covariance, n_patients)
    if np.isnan(statistic):
        return np.nan, float(gap.size), np.nan, f"no test: {method} has no variance", about
    return statistic, float(gap.size), pvalue, method, about


def _difference(data: FloatArray, codes: IntArray, kind: Kind) -> float:
    """The standardised mean difference; of several groups the largest."""
    values = [
        _pair_difference(data[codes == a], data[codes == b], kind)
        for a, b in combinations(range(int(codes.max()) + 1), 2)
    ]
    if len(values) == 1:
        return values[0]
    known = [abs(value) for value in values if not np.isnan(value)]
    return max(known) if known else np.nan


def _pair_difference(a: FloatArray, b: FloatArray, kind: Kind) -> float:
    """Of two groups: means over the mean variance; of categories Yang and Dalton's distance."""
    gap = _mean(a) - _mean(b)
    if kind != "categorical":
        if min(len(a), len(b)) < 2:
            return np.nan
        spread = float(((_variance(a) + _variance(b)) / 2)[0])
        if spread > 0:
            return float(gap[0] / np.sqrt(spread))
        return 0.0 if gap[0] == 0 else float(np.copysign(np.inf, float(gap[0])))
    if not ((a.mean(axis=0) > 0) & (b.mean(axis=0) > 0)).any():
        return np.inf  # no level in common: the covariance is singular where the groups differ
    gap = gap[1:]
    if not gap.size or not gap.any():
        return 0.0
    shares = [part.mean(axis=0)[1:] for part in (a, b)]
    covariance = sum(np.diag(p) - np.outer(p, p) for p in shares) / 2
    return float(np.sqrt(max(0.0, float(gap @ np.linalg.pinv(covariance) @ gap))))
