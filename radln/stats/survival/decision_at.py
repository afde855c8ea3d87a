"""Would acting on a predicted risk of an event by a given time do more good than harm?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, quantile
from radln.stats.survival._incidence import incidence
from radln.stats.survival._inverse import influence_covariance
from radln.stats.survival._outcome import (
    about_codes,
    competing_outcome,
    moment_within,
    patients,
    risks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    "net_benefit", "se", "low", "high", "true_positive_rate", "false_positive_rate", "treat_all",
    "interventions_avoided",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DecisionCurveAt(Result):
    """Net benefit by ``at`` over risk thresholds; treating nobody has net benefit 0.

    The rates are shares of all patients: positive calls with and without the event by ``at``.
    ``interventions_avoided`` per patient, against treating all, without missing more events.
    """

    at: float
    thresholds: FloatArray
    net_benefit: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    true_positive_rate: FloatArray
    false_positive_rate: FloatArray
    treat_all: FloatArray
    interventions_avoided: FloatArray
    incidence: float
    confidence_level: float

    def __post_init__(self) -> None:
        for name in ("thresholds", *COLUMNS):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def value(self) -> FloatArray:
        """The net benefits at the thresholds."""
        return self.net_benefit

    def frame(self) -> pd.DataFrame:
        """One row a threshold."""
        table = {"threshold": self.thresholds} | {name: getattr(self, name) for name in COLUMNS}
        return pd.DataFrame(table | {"treat_none": 0.0})

    def summary(self) -> str:
        """Where acting on the risk beats treating all and none."""
        best = self.net_benefit > np.maximum(self.treat_all, 0)
        where = "at no threshold examined"
        if best.any():
            useful = self.thresholds[best]
            where = f"at {best.sum()} of {best.size} thresholds, within {useful.min():.2f}"
            where += f" to {useful.max():.2f}"
        return (
            f"net benefit by {self.at:g} above both treating all and treating none {where}; "
            f"{self.n_positive} events of {self.n}, {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_unit: str = "") -> Axes:
        """The curve with its band, treating all and treating none.

        ``time_unit`` ("years") stands behind the time on the labels.
        """
        from radln._draw.survival import draw_decision_at

        return draw_decision_at(
            {"model": (self.net_benefit, self.low, self.high)},
            thresholds=self.thresholds,
            treat_all=self.treat_all,
            incidence=self.incidence,
            by=f"{self.at:g} {time_unit}".strip(),
            n=self.n,
            n_events=self.n_positive,
            ax=ax,
        )


@case_wise()
def decision_curve_at(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    at: float,
    *,
    thresholds: ArrayLike | None = None,
    cause: int = 1,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> DecisionCurveAt:
    """At which risk thresholds is acting on a model better than treating all, or nobody?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1, or 0, 1, 2, ... with competing events
    risk : shape (n,), in [0, 1]
        Calibrated probability of having had the event by ``at``, for patients whom the model has
        not seen.
    at : above 0
        Within the follow-up.
    thresholds : in [0, 1), or shape (k,), optional
        The risk at which one would act; 0.01 to 0.99 by 0.01 where not given.
    cause
        The code of the event of interest; other codes above 0 compete with it.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    DecisionCurveAt
        NaN at thresholds where those called positive are all lost before ``at``.

    Raises
    ------
    InputError, ShapeError, SingleClassError

    Notes
    -----
    Net benefit is ``share positive * (incidence among them - (1 - incidence among them) w)``, w the
    odds of the threshold, incidences by ``at`` from Kaplan-Meier, or Aalen-Johansen with competing
    events, as dcurves. Errors from influence functions, pointwise.

    References
    ----------
    Vickers et al. 2008, doi:10.1186/1472-6947-8-53.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> risk = [0.9, 0.4, 0.7, 0.6, 0.2, 0.3, 0.4, 0.1]
    >>> result = decision_curve_at(time, event, risk, 6, thresholds=[0.2, 0.5])
    >>> result.net_benefit.round(4).tolist()
    [0.125, 0.125]
    """
    times, codes = competing_outcome(time, event, cause=cause)
    p = risks(risk, times.size)
    t = moment_within(at, times)
    patient = patients(cluster, times.size)
    z = quantile(confidence_level)
    asked = np.arange(1, 100) / 100 if thresholds is None else thresholds
    cuts = _check.several(asked, name="thresholds")
    if cuts.size == 0 or not ((cuts >= 0) & (cuts < 1)).all():
        raise InputError(f"thresholds must lie within [0, 1); got {cuts.tolist()[:4]}.")
    odds = cuts / (1 - cuts)
    calls = [_called(times, codes, p >= cut, t, cause) for cut in cuts]
    share, tp = (np.array([call[i] for call in calls]) for i in (0, 1))
    everybody = _called(times, codes, np.ones(times.size, dtype=np.bool_), t, cause)[1]
    benefit = tp - (share - tp) * odds
    spread = [
        influence_covariance((on_true * (1 + w) - on_share * w)[:, None], patient)[0, 0]
        for (_, _, (on_share, on_true)), w in zip(calls, odds, strict=True)
    ]
    se = np.sqrt(np.array(spread))
    everyone = everybody - (1 - everybody) * odds
    with np.errstate(divide="ignore", invalid="ignore"):
        avoided = (benefit - everyone) / odds
    competing = ((codes > 0) & (codes != cause)).any()
    named = "Aalen-Johansen" if competing else "Kaplan-Meier"
    return DecisionCurveAt(
        **counts(codes == cause, patient),
        method=f"{named}, pointwise" + (", clustered by patient" if patient is not None else ""),
        warnings=about_codes(codes) + _about(benefit),
        at=t,
        thresholds=cuts,
        net_benefit=benefit,
        se=se,
        low=benefit - z * se,
        high=benefit + z * se,
        true_positive_rate=tp,
        false_positive_rate=share - tp,
        treat_all=everyone,
        interventions_avoided=avoided,
        incidence=everybody,
        confidence_level=confidence_level,
    )


def _about(benefit: FloatArray) -> tuple[str, ...]:
    lost = int(np.isnan(benefit).sum())
    if not lost:
        return ()
    return (f"no value at {lost} threshold(s): nobody called positive is followed up to the time.",)


def _called(
    time: FloatArray, codes: IntArray, positive: BoolArray, at: float, cause: int
) -> tuple[float, float, tuple[FloatArray, FloatArray]]:
    """Share called positive, share of true positives by ``at``, and the influences on both."""
    n = time.size
    share = float(positive.mean())
    on_share = (positive - share) / n
    on_true = np.zeros(n)
    if not positive.any():
        return share, 0.0, (on_share, on_true)
    table = incidence(time[positive], codes[positive], cause)
    index = table.index(np.array([at]))
    if at > table.time[-1] and table.survival[-1] > 0:
        return share, float("nan"), (on_share, np.full(n, np.nan))
    observed = float(np.r_[0.0, table.incidence][index + 1][0])
    on_true = on_share * observed
    if index[0] >= 0:
        on_true[positive] += share * table.influence(index)[:, 0]
    return share, share * observed, (on_share, on_true)
