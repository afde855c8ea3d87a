"""Several scores on the same cases: one global test, all differences, the named ones tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radln import _check
from radln._result import Result, estimate_row, format_p
from radln._types import ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._identifiers import refuse_identifiers
from radln.stats._intervals import counts, wald
from radln.stats._widths import one_sided
from radln.stats._ztest import difference_test, standard_error
from radln.stats.discrimination._area_interval import area_interval
from radln.stats.discrimination._two_values import unlike
from radln.stats.discrimination.auc import gate
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.multiplicity import holm


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucMatrix(Result):
    """The areas of several scores and their differences.

    ``areas`` has one row a score, ``differences`` one row a pair (first minus second), with
    ``pvalue`` and ``pvalue_holm`` for the named pairs alone. ``statistic``, ``df`` and ``pvalue``
    test that all areas are equal.
    """

    areas: pd.DataFrame
    differences: pd.DataFrame
    statistic: float
    df: int
    pvalue: float

    def frame(self) -> pd.DataFrame:
        """The differences."""
        return self.differences.copy()

    def summary(self) -> str:
        """The global test in words."""
        return (
            f"{len(self.areas)} scores on {self.n} cases of {self.n_patients} patients: all areas "
            f"equal, chi-square {self.statistic:.3f} on {self.df} df, {format_p(self.pvalue)}; "
            f"{self.method}."
        )


@case_wise()
def compare_aucs(
    y_true: ArrayLike,
    scores: Mapping[str, ArrayLike] | pd.DataFrame,
    *,
    named: Sequence[tuple[str, str]] = (),
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> AucMatrix:
    """Do several scores rank the same cases equally well, and by how much do they differ?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    scores
        Name -> scores (n,), at least two; higher means more likely positive.
    named
        The pairs that were planned; these alone are tested, with Holm's adjustment over them.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)
        Of every interval; differences are not adjusted.

    Returns
    -------
    AucMatrix
        Where scores are linear copies of each other's ranking, the degrees of freedom count only
        what differs; with none left the statistic is 0 and p is 1.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    References
    ----------
    DeLong et al. 1988, doi:10.2307/2531595; Obuchowski 1997, doi:10.2307/2533958; Holm 1979,
    https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> scores = {"a": [1, 2, 3, 5, 4, 6, 7, 8], "b": [2, 1, 5, 6, 3, 4, 8, 7],
    ...           "c": [1, 5, 2, 6, 3, 8, 4, 7]}
    >>> found = compare_aucs(y, scores, named=[("a", "b")])
    >>> found.df, len(found.differences)
    (2, 3)
    """
    if not isinstance(scores, Mapping | pd.DataFrame):
        raise InputError(f"scores must be a table or a dict of scores; got {scores!r}.")
    names = [str(name) for name in scores]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError("scores must hold at least two scores with different names.")
    refuse_identifiers(names, "scores")
    pairs = [
        _check.listed(pair, name="a pair of named") for pair in _check.listed(named, name="named")
    ]
    unknown = [name for pair in pairs for name in pair if name not in names]
    if unknown:
        raise InputError(f"named holds {unknown[0]!r}; the scores are {', '.join(names)}.")
    wanted = {frozenset(pair) for pair in pairs}
    if any(len(pair) != 2 for pair in wanted):
        raise InputError("named must hold pairs of two different scores.")
    level = _check.fraction(confidence_level, name="confidence_level")
    given = tuple(value for _, value in scores.items())
    positive, checked, codes = gate(y_true, given, cluster, tuple(names))
    areas, values = placements(positive, np.stack(checked))
    covariance = area_covariance(positive, values, codes)
    method = "Obuchowski, clustered by patient" if codes is not None else "DeLong"
    rows = []
    for i, j in combinations(range(len(names)), 2):
        variance = area_covariance(positive, values[[i]] - values[[j]], codes)[0, 0]
        gap, se = float(areas[i] - areas[j]), standard_error(variance)
        tested = frozenset((names[i], names[j])) in wanted
        pvalue = difference_test(gap, se, "two-sided").pvalue if tested else np.nan
        row = estimate_row(
            wald(gap, se, level, method, bounds=(-1.0, 1.0)), first=names[i], second=names[j]
        )
        rows.append({**row, "pvalue": pvalue})
    differences = pd.DataFrame(rows)
    differences["pvalue_holm"] = np.nan
    planned = differences["pvalue"].notna()
    if planned.any():
        adjusted = holm(differences.loc[planned, "pvalue"].to_numpy())
        differences.loc[planned, "pvalue_holm"] = adjusted
    statistic, df = global_chi_square(areas, covariance)
    estimates = [
        area_interval(positive, checked[k], float(areas[k]), covariance[k, k], codes, level)
        for k in range(len(names))
    ]
    table = [estimate_row(e, source=name) for e, name in zip(estimates, names, strict=True)]
    return AucMatrix(
        **counts(positive, codes),
        method=method,
        warnings=one_sided(
            (f"{names[i]} − {names[j]}", float(covariance[i, i]), float(covariance[j, j]))
            for i, j in combinations(range(len(names)), 2)
        )
        + unlike(dict(zip(names, checked, strict=True))),
        areas=pd.DataFrame(table),
        differences=differences,
        statistic=statistic,
        df=df,
        pvalue=float(chdtrc(df, statistic)) if df else (1.0 if statistic == 0 else np.nan),
    )


def global_chi_square(areas: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    """Wald's statistic of "all areas are equal" and its degrees of freedom.

    Contrasts without variance are left out where their areas are equal; where they differ, no
    test is possible and the statistic is NaN.
    """
    contrast = np.diff(np.eye(areas.size), axis=0)
    gaps, spread = contrast @ areas, contrast @ covariance @ contrast.T
    if not np.isfinite(spread).all():
        return float("nan"), 0
    values, vectors = np.linalg.eigh(spread)
    along = vectors.T @ gaps
    kept = values > 1e-12 * max(values.max(), 1e-12)
    if (np.abs(along[~kept]) > 1e-9).any():
        return float("nan"), 0
    return float((along[kept] ** 2 / values[kept]).sum()), int(kept.sum())
