"""Do those with the higher predicted risk have the event earlier?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, EstimateResult, estimate_row, format_p
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, cluster_sums, counts, quantile, wald
from radln.stats._ztest import difference_test, standard_error
from radln.stats.discrimination._area_interval import farthest_limits
from radln.stats.survival._incidence import censoring, incidence
from radln.stats.survival._outcome import moment, patients, survival_outcome, vector
from radln.stats.survival._pairs import PairSums, pair_sums

Pairs: TypeAlias = Literal["harrell", "uno", "peto-wilcoxon", "log-rank"]
PAIRS = ("harrell", "uno", "peto-wilcoxon", "log-rank")
NO_PAIR = (
    "time and event hold no pair that can be compared: nobody has the event while another is "
    "still followed. Longer follow-up or more events are needed."
)
NO_INTERVAL = "no interval, since nothing shows how other patients would differ."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Concordance(EstimateResult):
    """A concordance index with its interval; 0.5 is chance.

    The counts of pairs are weighted as the method says. ``tied_time`` pairs have their events at
    the same time and, like ``tied_both``, do not enter the index; ``tied_risk`` pairs count half.
    """

    concordant: float
    discordant: float
    tied_risk: float
    tied_time: float
    tied_both: float
    tau: float | None

    def frame(self) -> pd.DataFrame:
        """One row."""
        row = dict(estimate_row(self.estimate, metric="concordance"))
        for name in ("concordant", "discordant", "tied_risk", "tied_time", "tied_both"):
            row[name] = getattr(self, name)
        return pd.DataFrame([{**row, "n": self.n, "n_events": self.n_positive}])

    def summary(self) -> str:
        """The index in words."""
        until = "" if self.tau is None else f" until {self.tau:g}"
        return (
            f"concordance{until} {self.estimate.format(3)}; {self.n_positive} events of {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConcordanceComparison(DifferenceResult):
    """The difference of two concordance indices of the same patients, ``a - b``, with its test."""

    concordance_a: Estimate
    concordance_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float
    alternative: Alternative

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        names = ("concordance_a", "concordance_b", "difference")
        rows = [dict(estimate_row(getattr(self, name), quantity=name)) for name in names]
        rows[2] |= {
            "statistic": self.statistic,
            "pvalue": self.pvalue,
            "alternative": self.alternative,
        }
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"concordance {self.concordance_a.format(3)} against {self.concordance_b.format(3)}: "
            f"difference {self.difference.format(3)}, {format_p(self.pvalue)} "
            f"({self.alternative}); {self.n_positive} events of {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )


@case_wise()
def concordance(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    *,
    method: Pairs = "harrell",
    tau: float | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Concordance:
    """Of two patients, does the one with the higher risk have the event first?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    risk : shape (n,), finite
        Higher means the event is expected earlier; any scale (a linear predictor, a risk). Of
        predicted survival times give the negative.
    method
        "harrell": every comparable pair counts 1; the value then depends on how long patients were
        followed. "uno": pairs are weighted by the inverse squared probability of being followed so
        long, which removes that dependence where censoring has nothing to do with the risk.
        "peto-wilcoxon" and "log-rank": weighted by the survival, or by the number at risk, like the
        tests of those names.
    tau : above 0, optional
        Only events up to this time open pairs. Give one with "uno": late weights are large.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    Concordance

    Raises
    ------
    SingleClassError, InputError, ShapeError

    Notes
    -----
    The standard error is the infinitesimal jackknife's, as in R's ``survival::concordance``
    (timewt "n", "n/G2", "S", "I"), the weights of pairs taken as known. Patients with several rows
    are summed. Wald's limits collapse onto an index near 0 or 1; there those of Newcombe's method 5
    for areas hold them off.

    References
    ----------
    Harrell et al. 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4; Uno
    et al. 2011, doi:10.1002/sim.4154; Therneau and Watson 2015, Mayo Clinic report 85; Newcombe
    2006, doi:10.1002/sim.2324.

    Examples
    --------
    >>> result = concordance([2, 3, 5, 8, 9, 12], [1, 0, 1, 1, 0, 1], [9, 4, 7, 8, 2, 3])
    >>> round(result.value, 3), result.concordant, result.discordant
    (0.9, 9.0, 1.0)
    """
    times, happened = survival_outcome(time, event)
    marker = vector(risk, times.size, "risk")
    patient = patients(cluster, times.size)
    sums = _sums(times, happened, marker, method, tau)
    value, influence = index_and_influence([sums])
    opens = happened if tau is None else happened & (times <= tau)
    estimate = index_estimate(value, influence, opens, patient, confidence_level)
    return Concordance(
        **counts(happened, patient),
        method=_described(method, patient),
        warnings=about_index(sums),
        estimate=estimate,
        concordant=sums.concordant,
        discordant=sums.discordant,
        tied_risk=sums.tied_risk,
        tied_time=sums.tied_time,
        tied_both=sums.tied_both,
        tau=None if tau is None else float(tau),
    )


@case_wise()
def compare_concordance(
    time: ArrayLike,
    event: ArrayLike,
    risk_a: ArrayLike,
    risk_b: ArrayLike,
    *,
    method: Pairs = "harrell",
    tau: float | None = None,
    alternative: Alternative = "two-sided",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> ConcordanceComparison:
    """Does risk a order the same patients better than risk b?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1
    risk_a, risk_b : shape (n,), finite
        Higher means the event is expected earlier.
    method, tau
        As in :func:`concordance`.
    alternative
        "greater" means that a orders better.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)
        Of the two-sided interval of the difference.

    Returns
    -------
    ConcordanceComparison

    Raises
    ------
    SingleClassError, InputError, ShapeError

    Notes
    -----
    The variance of the difference is that of the differences of the patients' influences, as in R's
    ``concordance(fit1, fit2)``. Not for nested models judged on the data that they were fitted to:
    concordance is insensitive there, use the likelihood ratio of :func:`cox`.

    References
    ----------
    Kang et al. 2015, doi:10.1002/sim.6370; Therneau and Watson 2015, Mayo Clinic report 85.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> a, b = [9, 4, 7, 8, 2, 3, 5, 1], [5, 6, 2, 8, 3, 7, 1, 4]
    >>> round(compare_concordance(time, event, a, b).difference.value, 3)
    0.316
    """
    times, happened = survival_outcome(time, event)
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    markers = [vector(r, times.size, n) for r, n in ((risk_a, "risk_a"), (risk_b, "risk_b"))]
    patient = patients(cluster, times.size)
    sums = [_sums(times, happened, marker, method, tau) for marker in markers]
    (a, influence_a), (b, influence_b) = (index_and_influence([part]) for part in sums)
    gap = influence_a - influence_b
    totals = gap if patient is None else cluster_sums(gap, patient)
    se = standard_error(float((totals**2).sum()))
    tested = difference_test(a - b, se, alternative)
    how = f"{_described(method, patient)}, paired"
    return ConcordanceComparison(
        **counts(happened, patient),
        method=how,
        warnings=tuple(dict.fromkeys(note for part in sums for note in about_index(part)))
        + tested.warnings,
        concordance_a=index_estimate(a, influence_a, happened, patient, confidence_level),
        concordance_b=index_estimate(b, influence_b, happened, patient, confidence_level),
        difference=wald(a - b, se, confidence_level, how, bounds=(-1.0, 1.0)),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
    )


def _described(method: str, patient: IntArray | None) -> str:
    name = {"harrell": "Harrell", "uno": "Uno"}.get(method, f"{method} weights")
    return f"{name}, infinitesimal jackknife" + (", by patient" if patient is not None else "")


def _sums(
    time: FloatArray, event: BoolArray, risk: FloatArray, method: str, tau: float | None
) -> PairSums:
    """The pairs under the named weights."""
    _check.choice(method, PAIRS, name="method")
    opens = event if tau is None else event & (time <= moment(tau, "tau"))
    table = incidence(time, event)
    if method == "harrell":
        weight = np.ones(time.size)
    elif method == "uno":
        follow = censoring(time, event)
        weight = np.where(event, follow.just_before, 1.0) ** -2
    else:
        weight = 1 / table.n_risk[table.place]
        if method == "peto-wilcoxon":
            weight = weight * time.size * table.before[table.place]
    sums = pair_sums(time, event, risk, np.where(opens, weight, 0.0))
    if sums.concordant + sums.discordant + sums.tied_risk == 0:
        raise InputError(NO_PAIR)
    return sums


def index_and_influence(parts: list[PairSums]) -> tuple[float, FloatArray]:
    """The index over strata, and the derivative with respect to every case's weight."""
    pairs = sum(part.concordant + part.discordant + part.tied_risk for part in parts)
    value = sum(part.concordant + part.tied_risk / 2 for part in parts) / pairs
    influence = [(part.agreeing - value * part.pairs) / pairs for part in parts]
    return float(value), np.concatenate(influence)


def index_estimate(
    value: float,
    influence: FloatArray,
    event: BoolArray,
    patient: IntArray | None,
    confidence_level: float,
) -> Estimate:
    """The index with its Wald interval, cut off at 0 and 1.

    Near 0 and 1, where it collapses, Newcombe's method 5 for areas holds it off: of patients with
    the event against those who are followed longer, on average all but half of the former.
    """
    totals = influence if patient is None else cluster_sums(influence, patient)
    se = standard_error(float((totals**2).sum()))
    named = "infinitesimal jackknife"
    if se == 0:
        return Estimate(value, np.nan, np.nan, confidence_level, f"{named}: no interval", se)
    found = wald(value, se, confidence_level, named, bounds=(0.0, 1.0))
    happened, everybody = (
        (int(event.sum()), event.size)
        if patient is None
        else (np.unique(patient[event]).size, np.unique(patient).size)
    )
    worth = float(happened), max(everybody - happened / 2, 1.0)
    least, most = farthest_limits(value, worth, quantile(confidence_level) ** 2)
    return replace(found, low=min(found.low, least), high=max(found.high, most))


def about_index(sums: PairSums) -> tuple[str, ...]:
    """What must be said where the index has no spread."""
    if sums.concordant + sums.discordant == 0:
        return (
            f"the risk is the same for both in every pair, so it orders nothing; {NO_INTERVAL}",
        )
    if sums.tied_risk == 0 and min(sums.concordant, sums.discordant) == 0:
        if sums.concordant == 0:
            return (
                "in all pairs the one with the lower risk has the event first: is risk turned "
                f"round, such as a predicted time? Give -risk; {NO_INTERVAL}",
            )
        return (f"all pairs agree; {NO_INTERVAL}",)
    return ()
