"""How far are predicted risks from what happened, over time?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._result import Estimate, Result, frozen
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, normal_pvalue, quantile, wald
from radln.stats.survival._incidence import Censoring, censoring, incidence
from radln.stats.survival._inverse import Status, influence_covariance, status_at
from radln.stats.survival._outcome import (
    about_codes,
    competing_outcome,
    marker_at,
    moments,
    patients,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    "brier", "se", "low", "high", "null", "null_se", "difference", "difference_se", "pvalue",
    "scaled", "scaled_se", "scaled_low", "scaled_high",
)  # fmt: skip

NO_SPREAD = 1e-12
ALIKE = (
    "at some times all predictions are equally right, so that neither interval nor p-value can say "
    "how other patients would differ; none is given there."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BrierAt(Result):
    """Brier scores of predicted risks at ``times``; 0 is perfect.

    ``null`` is the score of giving everybody the observed incidence, ``difference`` the model's
    minus that, ``scaled`` is ``1 - brier / null`` (index of prediction accuracy). ``integrated``
    are means over the span of the times (trapezoids); NaN for a single time.
    """

    times: FloatArray
    brier: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    null: FloatArray
    null_se: FloatArray
    difference: FloatArray
    difference_se: FloatArray
    pvalue: FloatArray
    scaled: FloatArray
    scaled_se: FloatArray
    scaled_low: FloatArray
    scaled_high: FloatArray
    integrated: Estimate
    integrated_null: Estimate
    integrated_scaled: Estimate
    confidence_level: float

    def __post_init__(self) -> None:
        for name in ("times", *COLUMNS):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def value(self) -> FloatArray:
        """The scores at the times."""
        return self.brier

    def frame(self) -> pd.DataFrame:
        """One row a time."""
        return pd.DataFrame({"time": self.times} | {name: getattr(self, name) for name in COLUMNS})

    def summary(self) -> str:
        """The scores in words."""
        columns = (self.times, self.brier, self.low, self.high, self.scaled)
        parts = [
            f"by {t:g}: {Estimate(b, low, high).format(3)}, scaled "
            + ("not estimable" if np.isnan(s) else f"{100 * s:.1f} %".replace("-", "−"))
            for t, b, low, high, s in zip(*columns, strict=True)
        ]
        whole = ""
        if not np.isnan(self.integrated.value):
            whole = f"; integrated {self.integrated.format(3)}"
        return (
            f"Brier score {'; '.join(parts)}{whole}; {self.n_positive} events of {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, time_label: str = "Time") -> Axes:
        """The score over time beside that of the observed incidence."""
        from radln._draw.survival import draw_over_time

        z = quantile(self.confidence_level)
        null = (self.times, self.null, self.null - z * self.null_se, self.null + z * self.null_se)
        return draw_over_time(
            {"model": (self.times, self.brier, self.low, self.high), "incidence alone": null},
            ylabel="Brier score",
            reference=None,
            n=self.n,
            n_events=self.n_positive,
            time_label=time_label,
            ax=ax,
        )


@case_wise()
def brier_at(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    times: ArrayLike,
    *,
    cause: int = 1,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> BrierAt:
    """How large is the mean squared error of the predicted risks at each time?

    Parameters
    ----------
    time : shape (n,), above 0
    event : shape (n,), 0/1, or 0, 1, 2, ... with competing events
    risk : shape (n, k), in [0, 1]; (n,) for a single time
        The predicted probability of having had the event by each time, for patients whom the model
        has not seen.
    times : shape (k,), above 0, increasing
    cause
        The code of the event of interest.
    cluster : shape (n,), optional
        The patient of every row, where a patient has several.
    confidence_level : in (0, 1)

    Returns
    -------
    BrierAt

    Raises
    ------
    InputError, ShapeError, SingleClassError

    Notes
    -----
    Weighted by the inverse probability of being followed, from a Kaplan-Meier estimate of
    censoring on these data; errors from influence functions with the estimated weights, equal to
    riskRegression's Score. The incidence alone is Kaplan-Meier's (Aalen-Johansen's) on these data
    and taken as known.

    References
    ----------
    Graf et al. 1999, doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5;
    Kattan and Gerds 2018, doi:10.1186/s41512-018-0029-2.

    Examples
    --------
    >>> time, event = [2, 3, 5, 8, 9, 12, 13, 15], [1, 0, 1, 1, 0, 1, 1, 0]
    >>> risk = [0.9, 0.4, 0.7, 0.6, 0.2, 0.3, 0.4, 0.1]
    >>> result = brier_at(time, event, risk, 6)
    >>> result.brier.round(3).tolist(), result.null.round(3).tolist()
    ([0.111], [0.197])
    """
    z = quantile(confidence_level)
    times_, codes = competing_outcome(time, event, cause=cause)
    asked = moments(times)
    predicted = marker_at(risk, times_.size, asked.size, "risk", probability=True)
    patient = patients(cluster, times_.size)
    (score, own), (reference, other) = _scores(times_, codes, predicted, asked, cause)
    known = np.where(reference > 0, reference, np.nan)
    scaled = 1 - score / known
    of_scaled = score / known**2 * other - own / known
    se, null_se, gap_se, scaled_se = (
        np.sqrt(np.diag(influence_covariance(part, patient)))
        for part in (own, other, own - other, of_scaled)
    )
    gap = score - reference
    flat = (
        se < NO_SPREAD
    )  # all predictions are equally right: nothing shows how others would differ
    se, gap_se, scaled_se = (np.where(flat, np.nan, error) for error in (se, gap_se, scaled_se))
    with np.errstate(divide="ignore", invalid="ignore"):
        pvalue = [normal_pvalue(float(s), "two-sided") for s in gap / gap_se]
    means = _integrated(asked, (score, own), (reference, other), patient, confidence_level)
    errors = "clustered by patient" if patient is not None else "by influence functions"
    return BrierAt(
        **counts(codes == cause, patient),
        method=f"inverse probability of censoring weights, errors {errors}",
        warnings=about_codes(codes) + ((ALIKE,) if flat.any() else ()),
        times=asked,
        brier=score,
        se=se,
        low=np.clip(score - z * se, 0, 1),
        high=np.clip(score + z * se, 0, 1),
        null=reference,
        null_se=null_se,
        difference=gap,
        difference_se=gap_se,
        pvalue=np.array(pvalue),
        scaled=scaled,
        scaled_se=scaled_se,
        scaled_low=scaled - z * scaled_se,
        scaled_high=np.minimum(scaled + z * scaled_se, 1),
        integrated=means[0],
        integrated_null=means[1],
        integrated_scaled=means[2],
        confidence_level=confidence_level,
    )


def _scores(
    time: FloatArray, codes: IntArray, predicted: FloatArray, asked: FloatArray, cause: int
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Scores (k,) and influences (n, k), of the predictions and of the incidence alone."""
    if asked[-1] > time.max():
        raise InputError(
            f"times: nobody is followed up to {asked[-1]:g}; the last follow-up ends at "
            f"{time.max():g}."
        )
    follow, table = censoring(time, codes != 0), incidence(time, codes, cause)
    observed = np.r_[0.0, table.incidence][table.index(asked) + 1]
    model, null = [], []
    for k, at in enumerate(asked):
        status = status_at(float(at), time, codes, cause, follow)
        model.append(_score(predicted[:, k], status, follow))
        null.append(_score(np.full(time.size, observed[k]), status, follow))
    found = [
        (np.array([value for value, _ in part]), np.stack([i for _, i in part], axis=1))
        for part in (model, null)
    ]
    return found[0], found[1]


def _score(risk: FloatArray, status: Status, follow: Censoring) -> tuple[float, FloatArray]:
    """The weighted squared error and every case's influence on it."""
    loss = status.case * (1 - risk) ** 2 + (status.free + status.other) * risk**2
    score = float(loss.mean())
    return score, (loss - score + follow.spread(loss, status.last)) / loss.size


def _integrated(
    times: FloatArray,
    model: tuple[FloatArray, FloatArray],
    null: tuple[FloatArray, FloatArray],
    patient: IntArray | None,
    level: float,
) -> tuple[Estimate, Estimate, Estimate]:
    """Means over the span of the times, of the model and of the incidence, and scaled."""
    if times.size < 2:
        none = Estimate(np.nan, np.nan, np.nan, level, "needs two times")
        return none, none, none
    widths = np.diff(times)
    weight = (np.r_[widths, 0.0] + np.r_[0.0, widths]) / 2 / (times[-1] - times[0])
    a, b = float(model[0] @ weight), float(null[0] @ weight)
    own, other = model[1] @ weight, null[1] @ weight
    spread = influence_covariance(np.stack([own, other], axis=1), patient)
    ratio = np.array([-1 / b, a / b**2]) if b > 0 else np.full(2, np.nan)
    scaled = 1 - a / b if b > 0 else np.nan
    se = np.sqrt(np.r_[np.diag(spread), ratio @ spread @ ratio])
    named = "trapezoids between the times"
    return (
        wald(a, float(se[0]), level, named, bounds=(0.0, 1.0)),
        wald(b, float(se[1]), level, named, bounds=(0.0, 1.0)),
        wald(scaled, float(se[2]), level, named, bounds=(-np.inf, 1.0)),
    )
