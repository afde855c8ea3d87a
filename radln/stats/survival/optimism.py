"""How good a Cox model is on new patients, judged with the patients that it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._random import as_generator
from radln._result import Estimate, Result, estimate_row
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._design import design
from radln.stats._intervals import counts
from radln.stats._logistic import nagelkerke
from radln.stats.survival._cox_fit import CoxOptimum, maximise, refuse_outcome
from radln.stats.survival._outcome import patients, survival_outcome
from radln.stats.survival._pairs import pair_sums
from radln.stats.survival._risk_sets import risk_sets
from radln.stats.validation._optimism import mean_known
from radln.stats.validation._optimism_intervals import location_shifted
from radln.stats.validation._refits import FEWEST, Sample

METRICS = ("concordance", "slope", "r2")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CoxOptimism(Result):
    """Corrected concordance, slope and Nagelkerke's R2 of a Cox model.

    ``apparent`` and ``optimism`` map each metric to its value on the model's own patients and to
    what is taken off. ``n_positive`` counts events.
    """

    apparent: dict[str, float]
    optimism: dict[str, float]
    concordance: Estimate
    slope: Estimate
    r2: Estimate
    n_resamples: int

    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        rows = [
            {
                **estimate_row(getattr(self, name), metric=name),
                "apparent": self.apparent[name],
                "optimism": self.optimism[name],
            }
            for name in METRICS
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Apparent and corrected numbers in words."""
        return (
            f"concordance {self.apparent['concordance']:.3f} apparent, "
            f"{self.concordance.format(3)} corrected; slope {self.slope.value:.2f} corrected; "
            f"R² {self.r2.format()} corrected; n = {self.n} ({self.n_positive} events), "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def cox_optimism(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 200,
    rng: Rng = 0,
) -> CoxOptimism:
    """How would a Cox model do on new patients, if only those it was fitted to are at hand?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    X : shape (n, k)
        The columns of the model, chosen beforehand; a spline's columns with fixed knots.
    cluster : shape (n,), optional
        The patient of every row; patients are resampled.
    confidence_level : in (0, 1)
    n_resamples : at least 20
    rng
        Seed or Generator.

    Returns
    -------
    CoxOptimism

    Raises
    ------
    SingleClassError, ShapeError, InputError
    ConvergenceError
        Where the model, or more than a tenth of the refits, has no finite optimum.

    Notes
    -----
    Harrell's correction, as in :func:`optimism_corrected`, of the model with Efron's ties: the mean
    over resamples of the refit's value on its own resample less its value on all patients. The
    slope is the coefficient of the linear predictor in a Cox model of its own. Intervals are
    location-shifted and too narrow where there are few events a column. A selection of columns
    before the call is not repeated in the resamples, and its optimism is not taken off.

    References
    ----------
    Harrell, Lee and Mark 1996, Stat Med 15:361; Noma, Shinozaki, Iba, Teramukai and Furukawa 2021,
    doi:10.1002/sim.9148.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(150, 3))
    >>> time = rng.exponential(np.exp(-X[:, 0]))
    >>> found = cox_optimism(time, rng.random(150) < 0.7, X, n_resamples=30)
    >>> found.concordance.value < found.apparent["concordance"]
    True
    """
    times, happened = survival_outcome(time, event)
    columns, names = design(X, times.size)
    refuse_outcome(columns, names, times, happened)
    codes = patients(cluster, times.size)
    if not isinstance(n_resamples, int | np.integer) or n_resamples < 20:
        raise InputError(f"n_resamples must be a whole number of at least 20; got {n_resamples!r}.")
    level = _check.fraction(confidence_level, name="confidence_level")
    units = np.arange(times.size) if codes is None else codes
    sample = Sample(columns, happened, units, units)
    whole = columns @ _fit(times, happened, columns, names).coefficients
    apparent = _measures(times, happened, whole)
    generator = as_generator(rng)
    train = np.full((n_resamples, len(METRICS)), np.nan)
    test = np.full_like(train, np.nan)
    for b in range(n_resamples):
        rows, _ = sample.resample(generator)
        try:
            fit = _fit(times[rows], happened[rows], columns[rows], names)
            train[b] = _measures(times[rows], happened[rows], columns[rows] @ fit.coefficients)
            test[b] = _measures(times, happened, columns @ fit.coefficients)
        except ConvergenceError:
            continue
    failed = int(np.isnan(train[:, 0]).sum())
    if failed > (1 - FEWEST) * n_resamples:
        raise ConvergenceError(
            f"{failed} of {n_resamples} refits have no finite optimum; take fewer columns."
        )
    corrected = apparent - mean_known(train - test)
    return CoxOptimism(
        **counts(happened, codes),
        **location_shifted(METRICS, corrected, train, level),
        method=f"Harrell's optimism, {n_resamples} resamples of patients",
        warnings=(f"{failed} of {n_resamples} refits failed.",) if failed else (),
        apparent=dict(zip(METRICS, apparent.tolist(), strict=True)),
        optimism=dict(zip(METRICS, (apparent - corrected).tolist(), strict=True)),
        n_resamples=int(n_resamples),
    )


def _fit(
    time: FloatArray, event: BoolArray, columns: FloatArray, names: tuple[str, ...]
) -> CoxOptimum:
    """The maximum of the partial likelihood with Efron's ties."""
    if not event.any() or (np.ptp(columns, axis=0) == 0).any():
        raise ConvergenceError("a resample holds no event, or one value of a column only.")
    stratum: IntArray = np.zeros(time.size, dtype=np.int64)
    sets = risk_sets(time, event, stratum, efron=True)
    return maximise(sets, columns[sets.order], names, 0.0)


def _measures(time: FloatArray, event: BoolArray, lp: FloatArray) -> FloatArray:
    """Harrell's concordance, the slope of the linear predictor, Nagelkerke's R2."""
    sums = pair_sums(time, event, lp, np.ones(time.size))
    pairs = sums.concordant + sums.discordant + sums.tied_risk
    index = (sums.concordant + sums.tied_risk / 2) / pairs if pairs else np.nan
    own = _fit(time, event, lp[:, None], ("linear predictor",))
    r2 = nagelkerke(own.loglik, own.loglik_null, time.size)
    return np.array([index, own.coefficients[0], r2])
