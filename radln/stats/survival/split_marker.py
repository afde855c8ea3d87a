"""Where does a marker divide patients best, and is there a division at all?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._random import as_generator
from radln._result import Result, format_p, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.resample import at_least_one, permutation_pvalue
from radln.stats.survival._outcome import survival_outcome, vector

CHUNK = 4_000_000


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MarkerSplit(Result):
    """The cut of a marker with the largest log-rank statistic.

    Patients with at most ``cutoff`` form the low group. ``pvalue`` takes into account that all
    ``cutoffs`` were tried.
    """

    cutoff: float
    statistic: float
    pvalue: float
    n_low: int
    cutoffs: FloatArray
    statistics: FloatArray

    def __post_init__(self) -> None:
        for name in ("cutoffs", "statistics"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def value(self) -> float:
        """The cut-off."""
        return self.cutoff

    def frame(self) -> pd.DataFrame:
        """One row a cut-off that was tried."""
        return pd.DataFrame({"cutoff": self.cutoffs, "statistic": self.statistics})

    def summary(self) -> str:
        """The cut and the test in words."""
        return (
            f"best cut-off {self.cutoff:.4g} ({self.n_low} of {self.n} at or below it), "
            f"standardised log-rank statistic {self.statistic:.2f}, {format_p(self.pvalue)} for "
            f"any division; {self.n_positive} events; {self.method}."
        )


@case_wise()
def split_marker(
    time: ArrayLike,
    event: ArrayLike,
    marker: ArrayLike,
    *,
    smallest: float = 0.1,
    n_resamples: int = 10_000,
    rng: Rng = 0,
) -> MarkerSplit:
    """Which cut-off of a marker separates survival most, and does any separate it at all?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    marker : shape (n,), finite
    smallest : in (0, 0.5)
        The least share of patients on either side.
    n_resamples, rng
        Of the permutation test.

    Returns
    -------
    MarkerSplit

    Raises
    ------
    SingleClassError, InputError, ShapeError

    Notes
    -----
    Maximally selected standardised log-rank scores; the p-value comes from permuting the scores
    over the patients, so that it pays for every cut-off tried. The log-rank test and the hazard
    ratio of the two groups do not: they must not be reported as if the cut-off had been known.
    Dividing a marker loses information; where a model can use the marker as it is, let it. One row
    a patient.

    References
    ----------
    Lausen and Schumacher 1992, doi:10.2307/2532740; Hothorn and Lausen 2003,
    doi:10.1016/S0167-9473(02)00225-6; Altman et al. 1994, doi:10.1093/jnci/86.11.829.

    Examples
    --------
    >>> time = [2, 3, 4, 5, 6, 9, 11, 12, 14, 15]
    >>> event = [1, 1, 1, 0, 1, 1, 0, 1, 0, 0]
    >>> result = split_marker(time, event, [9, 8, 9, 7, 8, 3, 2, 4, 1, 3], n_resamples=999)
    >>> result.cutoff, result.pvalue < 0.1
    (7.0, True)
    """
    times, happened = survival_outcome(time, event)
    values = vector(marker, times.size, "marker")
    share = _check.fraction(smallest, name="smallest", high=0.5)
    at_least_one(n_resamples)
    order = np.argsort(values, kind="stable")
    ordered, n = values[order], times.size
    sizes = np.flatnonzero(np.diff(ordered) > 0) + 1
    sizes = sizes[(sizes >= share * n) & (sizes <= (1 - share) * n)]
    if sizes.size == 0:
        raise InputError(
            f"marker leaves no cut-off with at least {share:g} of the patients on either side; it "
            "has too few different values."
        )
    scores = _scores(times, happened)[order]
    spread = sizes * (n - sizes) / (n * (n - 1)) * ((scores - scores.mean()) ** 2).sum()
    centre, error = sizes * scores.mean(), np.sqrt(spread)
    statistics = np.abs(np.cumsum(scores)[sizes - 1] - centre) / error
    generator, largest = as_generator(rng), []
    for start in range(0, n_resamples, max(1, CHUNK // n)):
        rows = min(max(1, CHUNK // n), n_resamples - start)
        shuffled = generator.permuted(np.tile(scores, (rows, 1)), axis=1)
        sums = np.cumsum(shuffled, axis=1)[:, sizes - 1]
        largest.append((np.abs(sums - centre) / error).max(axis=1))
    best = int(np.argmax(statistics))
    dust = 1e-12
    return MarkerSplit(
        **counts(happened, None),
        method=f"maximally selected log-rank scores, {n_resamples} permutations",
        cutoff=float(ordered[sizes[best] - 1]),
        statistic=float(statistics[best]),
        pvalue=permutation_pvalue(float(statistics[best]) - dust, np.concatenate(largest)),
        n_low=int(sizes[best]),
        cutoffs=ordered[sizes - 1],
        statistics=statistics,
    )


def _scores(time: FloatArray, event: BoolArray) -> FloatArray:
    """Log-rank scores: the event less the hazard met, each event adding 1 / (those beyond + 1)."""
    ordered = np.sort(time)
    beyond = time.size - np.searchsorted(ordered, time, side="right")
    distinct, place = np.unique(time, return_inverse=True)
    jumps = np.bincount(place, weights=event / (beyond + 1), minlength=distinct.size)
    return np.asarray(event - np.cumsum(jumps)[place])
