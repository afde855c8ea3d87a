"""Which variables go with an earlier event, and how much earlier?"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

import numpy as np
from scipy.special import chdtrc

from radln import _check
from radln._result import Estimate
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._design import design
from radln.stats._intervals import cluster_sums, counts
from radln.stats._rare_levels import rare_levels, without_rare
from radln.stats.survival._cox_fit import CoxOptimum, maximise, refuse_outcome
from radln.stats.survival._outcome import labels, patients, survival_outcome
from radln.stats.survival._pairs import pair_sums
from radln.stats.survival._risk_sets import RiskSets, risk_sets, score_residuals, terms
from radln.stats.survival.concordance import index_and_influence, index_estimate
from radln.stats.survival.cox_result import BaselineHazard, ChiSquare, CoxCases, CoxFit

Ties: TypeAlias = Literal["efron", "breslow"]
FEW = 10


class Tests(TypedDict):
    """Covariances and tests of a fit."""

    loglik_null: float
    loglik: float
    covariance: FloatArray
    model_covariance: FloatArray
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare


@case_wise()
def cox(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    *,
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    penalty: float = 0.0,
    confidence_level: float = 0.95,
) -> CoxFit:
    """By how much does each variable raise the hazard of the event, the others held equal?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    X : shape (n, p)
        Numeric columns, with their names where it is a DataFrame; categories as 0/1 columns.
    ties
        How events at one time share it: "efron" (as R) or "breslow".
    strata : shape (n,), optional
        Each stratum has its own baseline hazard.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several. Errors are then robust (Lin and
        Wei), summed over patients.
    penalty : 0 or more
        Ridge: ``penalty / 2`` times the sum of squared coefficients in the columns' own units.
        Bring the columns to one scale first.
    confidence_level : in (0, 1)

    Returns
    -------
    CoxFit
        ``.frame()``, ``.hazard_ratio(name, per=10)``, ``.predict_risk(X, times)``,
        ``.proportional_hazards()``, ``.residuals(kind)``, ``.plot()``.

    Raises
    ------
    ConvergenceError
        A coefficient grows without end.
    SingleClassError, InputError, ShapeError

    Notes
    -----
    Equal to coxph of R's survival. The hazards are taken as proportional: look at
    ``.proportional_hazards()``. With ``cluster`` the score test is robust; the likelihood ratio
    assumes independent rows. Not for variables selected on the same data: their p-values are too
    small.

    References
    ----------
    Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Efron 1977,
    doi:10.1080/01621459.1977.10480613; Lin and Wei 1989, doi:10.1080/01621459.1989.10478874.

    Examples
    --------
    >>> fit = cox([4, 1, 3, 7, 9, 6], [1, 1, 0, 1, 0, 1], [[1], [3], [2], [2], [0], [1]])
    >>> round(float(fit.coefficients[0]), 4)
    0.9447
    """
    times, happened = survival_outcome(time, event)
    matrix, names = design(X, times.size)
    refuse_outcome(matrix, names, times, happened)
    _check.choice(ties, ("efron", "breslow"), name="ties")
    if not np.isfinite(penalty) or penalty < 0:
        raise InputError(f"penalty must be 0 or more; got {penalty!r}.")
    codes, levels = labels(strata, times.size, "strata", many=True)
    patient = patients(cluster, times.size)
    sets = risk_sets(times, happened, codes, efron=ties == "efron")
    ordered = matrix[sets.order]
    optimum = maximise(sets, ordered, names, penalty)
    owner = None if patient is None else patient[sets.order]
    tests = _errors_and_tests(sets, ordered, optimum, owner, penalty)
    rare, about_rare = rare_levels(matrix, names, patient)
    if rare.any():
        none = ChiSquare(np.nan, len(names), np.nan)
        tests |= {"covariance": without_rare(tests["covariance"], rare), "wald": none}
        tests |= {"score": none}
    return CoxFit(
        **counts(happened, patient),
        method=_described(ties, strata is not None, patient is not None, penalty),
        warnings=(*_about(int(happened.sum()), len(names)), *about_rare),
        names=names,
        means=matrix.mean(axis=0),
        coefficients=optimum.coefficients,
        **tests,
        concordance=_concordance(sets, ordered @ optimum.coefficients, owner, confidence_level),
        baseline=_baseline(
            sets, (ordered - matrix.mean(axis=0)) @ optimum.coefficients, optimum, levels
        ),
        confidence_level=confidence_level,
        cases=CoxCases(sets=sets, X=ordered, lp=ordered @ optimum.coefficients),
    )


def _described(ties: str, stratified: bool, robust: bool, penalty: float) -> str:
    parts = [f"Cox model, {ties.capitalize()} ties", "stratified" if stratified else ""]
    parts += ["robust errors by patient" if robust else "", f"ridge {penalty:g}" if penalty else ""]
    return ", ".join(part for part in parts if part)


def _about(n_events: int, n_columns: int) -> tuple[str, ...]:
    if n_events >= FEW * n_columns:
        return ()
    return (
        f"{n_events} events for {n_columns} coefficients: fewer than {FEW} each, so that they are "
        "unstable and too large.",
    )


def _errors_and_tests(
    sets: RiskSets,
    X: FloatArray,
    optimum: CoxOptimum,
    owner: IntArray | None,
    penalty: float,
) -> Tests:
    """Covariances and the three tests; all NaN with a penalty."""
    p = X.shape[1]
    if penalty > 0:
        none = ChiSquare(np.nan, p, np.nan)
        empty = np.full((p, p), np.nan)
        return Tests(
            loglik_null=optimum.loglik_null,
            loglik=optimum.loglik,
            covariance=empty,
            model_covariance=empty,
            likelihood_ratio=none,
            wald=none,
            score=none,
        )
    root = np.sqrt(np.diag(optimum.information))
    model = np.linalg.inv(optimum.information / np.outer(root, root)) / np.outer(root, root)
    covariance = model
    spread = optimum.information_null
    if owner is not None:
        residuals = cluster_sums(score_residuals(sets, X, optimum.terms), owner)
        covariance = np.asarray(model @ (residuals.T @ residuals) @ model)
        null = terms(sets, X, np.zeros(X.shape[0]))
        start = cluster_sums(score_residuals(sets, X, null), owner)
        spread = np.asarray(start.T @ start)
    beta, slope = optimum.coefficients, optimum.score_null
    return Tests(
        loglik_null=optimum.loglik_null,
        loglik=optimum.loglik,
        covariance=covariance,
        model_covariance=model,
        likelihood_ratio=_chi_square(2 * (optimum.loglik - optimum.loglik_null), p),
        wald=_quadratic(beta, covariance),
        score=_quadratic(slope, spread),
    )


def _quadratic(vector: FloatArray, covariance: FloatArray) -> ChiSquare:
    """The quadratic form; NaN where fewer patients than columns leave no full covariance."""
    root = np.sqrt(np.diag(covariance))
    scaled = covariance / np.outer(root, root)
    if np.linalg.matrix_rank(scaled) < vector.size:
        return ChiSquare(np.nan, vector.size, np.nan)
    z = vector / root
    return _chi_square(float(z @ np.linalg.solve(scaled, z)), vector.size)


def _chi_square(statistic: float, df: int) -> ChiSquare:
    return ChiSquare(float(statistic), df, float(chdtrc(df, max(statistic, 0.0))))


def _concordance(
    sets: RiskSets, lp: FloatArray, owner: IntArray | None, confidence_level: float
) -> Estimate:
    """Harrell's index of the fit, pairs within strata only."""
    parts = []
    for low, high in zip(sets.bounds[:-1], sets.bounds[1:], strict=True):
        part = slice(low, high)
        ones = np.ones(high - low)
        parts.append(pair_sums(sets.time[part], sets.event[part], lp[part], ones))
    if sum(part.concordant + part.discordant + part.tied_risk for part in parts) == 0:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "no pair can be compared")
    value, influence = index_and_influence(parts)
    return index_estimate(value, influence, sets.event, owner, confidence_level)


def _baseline(
    sets: RiskSets,
    lp: FloatArray,
    optimum: CoxOptimum,
    levels: tuple[str, ...],
) -> tuple[BaselineHazard, ...]:
    """Cumulative hazards at the distinct times of every stratum, for a patient with the means."""
    # the sums were taken with the largest linear predictor set to 0
    jumps = np.zeros(sets.time.size)
    np.add.at(jumps, sets.rows, np.exp(-lp.max()) / optimum.terms.sum0)
    found = []
    for k, (low, high) in enumerate(zip(sets.bounds[:-1], sets.bounds[1:], strict=True)):
        distinct, place = np.unique(sets.time[low:high], return_inverse=True)
        steps = np.bincount(place, weights=jumps[low:high], minlength=distinct.size)
        found.append(BaselineHazard(levels[k], distinct, np.cumsum(steps)))
    return tuple(found)
