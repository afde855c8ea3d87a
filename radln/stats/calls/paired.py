"""Two or more tests of the same cases, each with a yes or a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import DifferenceResult, Estimate, Result, estimate_row, format_p
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._crossed import crossed
from radln.stats._intervals import ALTERNATIVES, cluster_sums, counts, normal_pvalue
from radln.stats.calls._tango import asymptotic, exact_pvalue, tango_limits
from radln.stats.calls.proportions import proportion

McNemarMethod: TypeAlias = Literal["exact", "mid-p", "asymptotic", "corrected"]
METHODS = ("exact", "mid-p", "asymptotic", "corrected")
NAMES = {
    "exact": "McNemar, exact",
    "mid-p": "McNemar, mid-p",
    "asymptotic": "McNemar, asymptotic",
    "corrected": "McNemar, asymptotic with continuity correction",
    "clustered": "McNemar's score test, clustered by patient",
}
NEVER_DIFFER = "the two never disagree, so there is nothing to test: p = 1."
NO_TEST_OF_ONE = "all cases come from one patient: no test is possible."
ONE_PATIENT = "all cases come from one patient: neither interval nor test is possible."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PairedProportions(DifferenceResult):
    """Two shares of the same cases and their difference, a minus b.

    ``only_a`` cases are positive in a and not in b. ``statistic`` is chi-squared for asymptotic
    tests and ``only_a`` for the exact ones. ``n_positive`` counts the cases positive in either.
    """

    proportion_a: Estimate
    proportion_b: Estimate
    difference: Estimate
    only_a: int
    only_b: int
    statistic: float
    pvalue: float
    alternative: Alternative

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        rows = [
            estimate_row(self.proportion_a, quantity="proportion_a"),
            estimate_row(self.proportion_b, quantity="proportion_b"),
            {
                **estimate_row(self.difference, quantity="difference"),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
                "alternative": self.alternative,
            },
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        a, b, d = (
            estimate.format(1, percent=True)
            for estimate in (self.proportion_a, self.proportion_b, self.difference)
        )
        return (
            f"{a} against {b}: difference {d}, {format_p(self.pvalue)}; {self.only_a} cases in a "
            f"only, {self.only_b} in b only; n = {self.n}, {self.n_patients} patients; "
            f"{self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CochranQ(Result):
    """Whether k shares of the same cases are equal; ``n_positive`` counts cases positive in any."""

    statistic: float
    df: int
    pvalue: float
    proportions: tuple[float, ...]

    def frame(self) -> pd.DataFrame:
        """One row: statistic, df, p and the shares."""
        shares = {f"proportion_{i}": share for i, share in enumerate(self.proportions)}
        row = {"statistic": self.statistic, "df": self.df, "pvalue": self.pvalue, **shares}
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The test in words."""
        shares = ", ".join(f"{100 * share:.1f} %" for share in self.proportions)
        return (
            f"{shares}: Q = {self.statistic:.2f}, df = {self.df}, {format_p(self.pvalue)}; "
            f"n = {self.n}; {self.method}."
        )


@case_wise()
def mcnemar(
    a: ArrayLike,
    b: ArrayLike | None = None,
    *,
    method: McNemarMethod | None = None,
    alternative: Alternative = "two-sided",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> PairedProportions:
    """Is something more frequent in a than in b, both seen in the same cases?

    Parameters
    ----------
    a, b : shape (n,), 0/1
        For a sensitivity: the two calls of the positive cases. Or ``a`` alone, their table of
        counts: rows a, columns b, each in the order 0 (negative), 1 (positive), as
        ``pandas.crosstab(a, b)`` and R's ``table`` lay it; a DataFrame is read by its labels 0
        and 1.
    method
        ``exact`` (the default): binomial on the cases in which the two differ. ``mid-p``: the same,
        less conservative. ``asymptotic``: chi-squared, and ``corrected``: with the continuity
        correction, which is left out where both kinds of discordant cases are equally many, as in
        R (p is then 1).
    alternative
        ``greater`` means that a has the larger share.
    cluster : shape (n,), optional
        The patient of every case. Where a patient has several, the only test is the score test on
        the sums of ``a - b`` of each patient; ``method`` stays unset.
    confidence_level : in (0, 1)
        Of the two-sided interval of the difference, whatever the alternative.

    Returns
    -------
    PairedProportions
        Where the two never disagree the statistic is 0 and p = 1.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    The interval of the difference is Tango's score interval, on counts divided by the design effect
    (at least 1) where patients are given. The clustered test is
    ``(sum_i D_i)^2 / sum_i D_i^2``, ``D_i`` the sum of ``a - b`` of patient i.

    References
    ----------
    McNemar 1947, doi:10.1007/BF02295996; Fagerland, Lydersen and Laake 2013,
    doi:10.1186/1471-2288-13-91; Tango 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B; Obuchowski 1998,
    doi:10.1002/(SICI)1097-0258(19980715)17:13<1495::AID-SIM863>3.0.CO;2-I.

    Examples
    --------
    >>> result = mcnemar([1, 1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0])
    >>> result.only_a, result.only_b, result.pvalue
    (5, 0, 0.0625)
    >>> mcnemar([[2, 0], [5, 1]]).pvalue  # rows a, columns b, negative first
    0.0625
    """
    if b is None:
        a, b = _from_table(a, cluster)
    if method is not None:
        _check.choice(method, METHODS, name="method")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    first = _check.outcome(a, name="a", both=False)
    second = _check.outcome(b, name="b", both=False)
    if first.size != second.size:
        raise ShapeError(f"a has {first.size} values but b has {second.size}; one per case.")
    codes = _check.clusters(cluster, first.size)
    if codes is not None and method is not None:
        raise InputError(
            f"method={method!r} takes the cases as independent; leave method out with cluster, or "
            "cluster out with method."
        )
    only_a, only_b = int((first & ~second).sum()), int((~first & second).sum())
    used = method or ("exact" if codes is None else "clustered")
    statistic, pvalue = _tested(first, second, codes, used, alternative)
    notes = (NEVER_DIFFER,) if only_a + only_b == 0 else ()
    difference = paired_difference(first, second, codes, confidence_level)
    if np.isnan(difference.low):
        notes, statistic, pvalue = (ONE_PATIENT,), np.nan, np.nan
    return PairedProportions(
        **counts(first | second, codes),
        method=f"{NAMES[used]}; interval: {difference.method}",
        warnings=notes,
        proportion_a=proportion(first, cluster=codes, confidence_level=confidence_level).estimate,
        proportion_b=proportion(second, cluster=codes, confidence_level=confidence_level).estimate,
        difference=difference,
        only_a=only_a,
        only_b=only_b,
        statistic=statistic,
        pvalue=pvalue,
        alternative=alternative,
    )


@case_wise()
def cochran_q(calls: ArrayLike, *, cluster: ArrayLike | None = None) -> CochranQ:
    """Do several readers or tests call the same cases positive equally often?

    Parameters
    ----------
    calls : shape (n, k), 0/1, k at least 2
        One row a case, one column a reader or test.
    cluster : shape (n,), optional
        The patient of every case. Without it the rows are taken as independent.

    Returns
    -------
    CochranQ
        Where every case is called alike by all, the statistic is 0 and p = 1.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Chi-squared with ``k - 1`` degrees of freedom, for large samples; cases that all call alike do
    not count. For two columns it is McNemar's asymptotic test.

    With patients the generalised score test ``U' V^- U``: ``U`` sums over all cases each call less
    the mean call of its case, ``V`` sums the outer products of the patients' own shares of ``U``;
    patients are independent of each other, and nothing is assumed about cases or readers within a
    patient (Cochran's Q takes every two readers as equally correlated, so that the two differ a
    little). For two columns it is :func:`mcnemar` with
    ``cluster``. The degrees of freedom are the rank of ``V``: below ``k - 1`` where readers always
    agree, or where fewer patients than ``k - 1`` have discordant calls.

    References
    ----------
    Cochran 1950, doi:10.1093/biomet/37.3-4.256; Rotnitzky and Jewell 1990,
    doi:10.1093/biomet/77.3.485; Obuchowski 1998,
    doi:10.1002/(SICI)1097-0258(19980715)17:13<1495::AID-SIM863>3.0.CO;2-I.

    Examples
    --------
    >>> q = cochran_q([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 0], [0, 0, 0]])
    >>> round(q.statistic, 3), q.df, round(q.pvalue, 3)
    (4.667, 2, 0.097)
    """
    x = _call_table(calls)
    codes = _check.clusters(cluster, x.shape[0])
    k = x.shape[1]
    rows, columns = x.sum(axis=1), x.sum(axis=0)
    below = int((rows * (k - rows)).sum())
    notes: tuple[str, ...] = () if below else ("every case is called alike by all: p = 1.",)
    if codes is None:
        spread = int(k * (columns**2).sum() - columns.sum() ** 2)
        statistic, df = (k - 1) * spread / below if below else 0.0, k - 1
    elif not below:
        statistic, df = 0.0, k - 1
    elif codes.max() == 0:
        statistic, df, notes = np.nan, k - 1, (NO_TEST_OF_ONE,)
    else:
        statistic, df = _score(x - x.mean(axis=1, keepdims=True), codes)
        if df < k - 1:
            notes = (f"the calls differ in {df} independent way(s) only: df = {df}.",)
    return CochranQ(
        **counts(rows > 0, codes),
        method="Cochran's Q" if codes is None else "generalised score test, clustered by patient",
        warnings=notes,
        statistic=float(statistic),
        df=df,
        pvalue=float(chdtrc(df, statistic)),
        proportions=tuple(float(share) for share in x.mean(axis=0)),
    )


def _from_table(table: ArrayLike, cluster: ArrayLike | None) -> tuple[IntArray, IntArray]:
    """Calls of both, one a case."""
    if cluster is not None:
        raise InputError("a and b must be one value a case with cluster, not a table of counts.")
    first, second, _ = crossed(table, None, calls=True)
    return first, second


def _call_table(calls: ArrayLike) -> IntArray:
    """Calls (n, k) as 0 and 1."""
    table = np.asarray(calls)
    if table.ndim != 2 or table.shape[1] < 2 or table.shape[0] == 0:
        raise ShapeError(
            f"calls must have one row a case and two columns or more; got shape {table.shape}."
        )
    columns = [
        _check.outcome(column, name=f"calls[:, {j}]", both=False)
        for j, column in enumerate(table.T)
    ]
    return np.stack(columns, axis=1).astype(np.int64)


def _score(centred: FloatArray, cluster: IntArray) -> tuple[float, int]:
    """Statistic and degrees of freedom from calls less the mean call of their case."""
    sums = cluster_sums(centred, cluster)
    roots, axes = np.linalg.eigh(sums.T @ sums)
    kept = roots > 1e-9 * max(1.0, float(roots[-1]))
    along = axes[:, kept].T @ sums.sum(axis=0)
    return float((along**2 / roots[kept]).sum()), int(kept.sum())


def paired_difference(
    first: BoolArray, second: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Estimate:
    """The difference of two shares of the same cases with Tango's interval."""
    n = first.size
    d = first.astype(np.float64) - second
    mean = float(d.mean())
    plain = float(((d - mean) ** 2).sum())
    se, effect, name = np.sqrt(plain) / n, 1.0, "Tango"
    if cluster is not None:
        name = "Tango on n / design effect, clustered by patient"
        totals = cluster_sums(d - mean, cluster)
        if totals.size < 2:
            return Estimate(mean, np.nan, np.nan, confidence_level, name)
        factor = totals.size * (n - 1) / ((totals.size - 1) * n)
        if plain > 0:
            effect = max(1.0, factor * float(totals @ totals) / plain)
        else:
            effect = float((np.bincount(cluster) ** 2).sum() / n)
    limits = tango_limits(
        (first & ~second).sum() / effect,
        (~first & second).sum() / effect,
        n / effect,
        confidence_level,
    )
    return Estimate(mean, *limits, confidence_level, name, float(se * np.sqrt(effect)))


def _tested(
    first: BoolArray,
    second: BoolArray,
    cluster: IntArray | None,
    method: str,
    alternative: Alternative,
) -> tuple[float, float]:
    """Statistic and p-value."""
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    if b + c == 0:
        return 0.0, 1.0
    if method in ("exact", "mid-p"):
        return float(b), exact_pvalue(b, c, alternative, mid=method == "mid-p")
    if cluster is None:
        z, pvalue = asymptotic(b, c, alternative, correction=method == "corrected")
        return z**2, pvalue
    totals: FloatArray = cluster_sums(first.astype(np.float64) - second, cluster)
    square = float(totals @ totals)
    z = float(totals.sum() / np.sqrt(square)) if square else 0.0
    return z**2, normal_pvalue(z, alternative)
