"""An area under the ROC curve against chance, by permuting patients."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from radln import _check
from radln._random import as_generator
from radln._result import EstimateResult, estimate_row, format_p
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, counts
from radln.stats.discrimination._area_interval import area_interval
from radln.stats.discrimination.auc import gate
from radln.stats.discrimination.auc_resampling import midranks
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.resample import at_least_one, permutation_pvalue, permutations_by_patient

WORDS = {"greater": "AUC > 0.5", "less": "AUC < 0.5", "two-sided": "AUC differs from 0.5"}
DUST = 1e-12  # permutations that repeat the observed order differ by rounding only


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucAgainstChance(EstimateResult):
    """An area with its interval, and how often chance alone would reach it.

    ``null`` holds the areas of the permuted outcomes, shape (n_resamples,).
    """

    pvalue: float
    alternative: Alternative
    null: FloatArray

    def frame(self) -> pd.DataFrame:
        """One row: the area, its interval and p."""
        row = estimate_row(self.estimate, metric="auc")
        return pd.DataFrame([{**row, "pvalue": self.pvalue, "alternative": self.alternative}])

    def summary(self) -> str:
        """The test in words."""
        return (
            f"AUC {self.estimate.format(3)}, {format_p(self.pvalue)} ({WORDS[self.alternative]}); "
            f"{self.n_positive} of {self.n} cases positive, {self.n_patients} patients; "
            f"{self.method}."
        )


@case_wise()
def auc_against_chance(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    alternative: Alternative = "greater",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> AucAgainstChance:
    """Could a score that knows nothing about the outcome rank the cases this well?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Of a fixed score, or of a model that has not seen these cases. A search for the best of
        several scores or models must be repeated within every permutation, which this test cannot.
    alternative
        ``greater``: the area is above 0.5; ``less``: below; ``two-sided``: either.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)
        Of the interval of the area, which is that of :func:`auc`.
    n_resamples : at least 1
        Permutations; the smallest possible p is ``1 / (n_resamples + 1)``, never 0.
    rng
        Seed or Generator.

    Returns
    -------
    AucAgainstChance

    Raises
    ------
    SingleClassError, ShapeError
    InputError
        Also where no two patients can exchange their outcomes.

    Notes
    -----
    The null hypothesis: scores and outcomes of different patients are exchangeable. Outcomes are
    permuted as by :func:`permute_by_patient`; p is
    ``(1 + #{permuted >= observed}) / (1 + n_resamples)``, two-sided with the distance from 0.5.

    References
    ----------
    Phipson and Smyth 2010, doi:10.2202/1544-6115.1585; Winkler et al. 2015,
    doi:10.1016/j.neuroimage.2015.05.092.

    Examples
    --------
    >>> y, score = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 5, 4, 6, 7, 8]
    >>> found = auc_against_chance(y, score, n_resamples=999)
    >>> round(found.value, 3), bool(0.01 < found.pvalue < 0.06)
    (0.938, True)
    """
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    at_least_one(n_resamples)
    generator = as_generator(rng)
    positive, (score,), codes = gate(y_true, (y_score,), cluster)
    areas, values = placements(positive, score[None])
    variance = area_covariance(positive, values, codes)[0, 0]
    clustered = codes is not None
    estimate = area_interval(positive, score, float(areas[0]), variance, codes, confidence_level)
    fixed = _fixed(positive, codes)
    outcomes = permutations_by_patient(positive, codes, generator)
    null = _areas(midranks(score), np.stack(list(islice(outcomes, n_resamples))))
    whose = "patients" if clustered else "cases"
    return AucAgainstChance(
        **counts(positive, codes),
        method=f"p from {n_resamples} permutations of {whose}; interval: {estimate.method}",
        warnings=fixed,
        estimate=estimate,
        pvalue=_pvalue(float(areas[0]), null, alternative),
        alternative=alternative,
        null=null,
    )


def _areas(ranks: FloatArray, outcomes: BoolArray) -> FloatArray:
    """(b,) areas from twice the midranks (less 1) of n cases and outcomes (b, n)."""
    positives = outcomes.sum(axis=1)
    negatives = outcomes.shape[1] - positives
    sums = outcomes @ ranks
    found: FloatArray = (sums - positives**2) / (2.0 * positives * negatives)
    found.setflags(write=False)
    return found


def _pvalue(area: float, null: FloatArray, alternative: Alternative) -> float:
    """The share of permutations that reach the area."""
    if alternative == "two-sided":
        return permutation_pvalue(abs(area - 0.5) - DUST, np.abs(null - 0.5))
    sign = 1.0 if alternative == "greater" else -1.0
    return permutation_pvalue(sign * area - DUST, sign * null)


def _fixed(positive: BoolArray, cluster: IntArray | None) -> tuple[str, ...]:
    """How many patients have nobody to exchange their outcomes with."""
    if cluster is None:
        return ()
    sizes = np.bincount(cluster)
    if np.isin(np.bincount(cluster, weights=positive) / sizes, [0.0, 1.0]).all():
        return ()
    alone = int((np.bincount(sizes)[sizes] == 1).sum())
    if alone == sizes.size:
        raise InputError(
            "cluster: no two patients have equally many cases, so that no outcomes can be "
            "exchanged; give one case a patient, or use the interval of auc(..., cluster=...)."
        )
    if not alone:
        return ()
    return (f"{alone} patient(s) share their number of cases with nobody and keep their outcomes.",)
