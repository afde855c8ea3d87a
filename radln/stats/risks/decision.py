"""Would acting on the predicted risk do more good than harm?"""

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
from radln.stats._intervals import counts, mean_covariance, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes


ROUNDING = 1e-7


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DecisionCurve(Result):
    """Net benefit over risk thresholds; treating nobody has net benefit 0.

    ``standardized`` is net benefit over prevalence (1 is perfect), ``interventions_avoided`` how
    many fewer of 100 patients are treated than by treating all, without missing more positives;
    each has its limits beside it. ``prevalence`` is the stated one, None for that of the cases.
    """

    thresholds: FloatArray
    net_benefit: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    treat_all: FloatArray
    standardized: FloatArray
    standardized_low: FloatArray
    standardized_high: FloatArray
    interventions_avoided: FloatArray
    interventions_avoided_low: FloatArray
    interventions_avoided_high: FloatArray
    prevalence: float | None = None
    harm: float = 0.0
    confidence_level: float = 0.95

    @property
    def value(self) -> FloatArray:
        """The net benefits at the thresholds."""
        return self.net_benefit

    def frame(self) -> pd.DataFrame:
        """One row a threshold."""
        return pd.DataFrame(
            {
                "threshold": self.thresholds,
                "net_benefit": self.net_benefit,
                "low": self.low,
                "high": self.high,
                "se": self.se,
                "treat_all": self.treat_all,
                "treat_none": 0.0,
                "standardized": self.standardized,
                "standardized_low": self.standardized_low,
                "standardized_high": self.standardized_high,
                "interventions_avoided": self.interventions_avoided,
                "interventions_avoided_low": self.interventions_avoided_low,
                "interventions_avoided_high": self.interventions_avoided_high,
            }
        )

    def summary(self) -> str:
        """Where acting on the risk beats treating all and none."""
        best = self.net_benefit > np.maximum(self.treat_all, 0)
        where = "at no threshold examined"
        if best.any():
            useful = self.thresholds[best]
            where = f"at {best.sum()} of {best.size} thresholds, within {useful.min():.2f}"
            where += f" to {useful.max():.2f}"
        stated = "" if self.prevalence is None else f" at a prevalence of {self.prevalence:g}"
        stated += f", less a harm of {self.harm:g}" if self.harm else ""
        return (
            f"net benefit{stated} (point estimates) above both treating all and treating none "
            f"{where}; n = {self.n}, {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The curve with its band, treating all and treating none."""
        from radln._draw.curves import draw_decision

        return draw_decision(
            {"model": (self.net_benefit, self.low, self.high)},
            thresholds=self.thresholds,
            treat_all=self.treat_all,
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NetBenefitComparison(Result):
    """Net benefit of model a less that of b over risk thresholds, with pointwise limits; no p."""

    thresholds: FloatArray
    net_benefit_a: FloatArray
    net_benefit_b: FloatArray
    difference: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    confidence_level: float = 0.95

    @property
    def value(self) -> FloatArray:
        """The differences at the thresholds."""
        return self.difference

    def frame(self) -> pd.DataFrame:
        """One row a threshold."""
        return pd.DataFrame(
            {
                "threshold": self.thresholds,
                "net_benefit_a": self.net_benefit_a,
                "net_benefit_b": self.net_benefit_b,
                "difference": self.difference,
                "low": self.low,
                "high": self.high,
                "se": self.se,
            }
        )

    def summary(self) -> str:
        """Where the interval of the difference leaves out 0."""
        words = []
        for who, sure in (("a above b", self.low > 0), ("b above a", self.high < 0)):
            if sure.any():
                at = self.thresholds[sure]
                words.append(
                    f"{who} at {sure.sum()} of {sure.size} thresholds, within {at.min():.2f} to "
                    f"{at.max():.2f}"
                )
        none = "at no threshold does the interval leave out 0"
        if np.isnan(self.low).all():
            none = "no threshold has an interval"
        where = "; ".join(words) or none
        return (
            f"net benefit, {where} (pointwise, not adjusted for the number of thresholds); "
            f"n = {self.n}, {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The difference with its band."""
        from radln._draw.curves import draw_difference

        return draw_difference(
            self.thresholds,
            self.difference,
            self.low,
            self.high,
            xlabel="Threshold risk",
            ylabel="Net benefit, a less b",
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@case_wise()
def decision_curve(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    prevalence: float | None = None,
    harm: float = 0.0,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> DecisionCurve:
    """At which risk thresholds is acting on a model better than treating all, or nobody?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Calibrated risks of cases that the model has not seen.
    thresholds : in [0, 1), or shape (k,), optional
        The risk at which one would act; 0.01 to 0.99 by 0.01 where not given.
    prevalence : in (0, 1), optional
        Where the model will be used; needed for case-control data, whose share of positive cases
        the investigator made. That of the cases where not given.
    harm : in [0, 1)
        What obtaining the risk itself costs (a biopsy, a contrast agent), in units of net benefit;
        taken off at every threshold.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    DecisionCurve

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Net benefit at t is the mean of ``x_i = 1(y=1, p>=t) - t/(1-t) 1(y=0, p>=t)``; its standard
    error is that of a mean (divisor n, not n - 1), over patients where ``cluster`` is given. At a
    stated prevalence it is ``prevalence TPR - (1 - prevalence) t/(1-t) FPR``. Standardised net
    benefit divides by the prevalence; interventions avoided are the gain over treating all, times
    ``100 (1-t)/t``, not defined at t = 0, and without an interval (NaN) at thresholds where
    everybody is treated. All intervals are pointwise and linearised.

    References
    ----------
    Vickers and Elkin 2006, doi:10.1177/0272989X06295361; Vickers et al. 2008,
    doi:10.1186/1472-6947-8-53; Kerr, Brown, Zhu and Janes 2016, doi:10.1200/JCO.2015.65.5654.

    Examples
    --------
    >>> curve = decision_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], thresholds=[0.2, 0.5])
    >>> curve.net_benefit.round(4).tolist(), curve.treat_all.round(4).tolist()
    ([0.4375, 0.25], [0.375, 0.0])
    >>> curve.interventions_avoided.round(1).tolist()
    [25.0, 25.0]
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    t = _thresholds(thresholds)
    if not _check.is_number(harm) or not 0 <= harm < 1:
        raise InputError(f"harm must lie within [0, 1), in units of net benefit; got {harm!r}.")
    share = float(positive.mean())
    stated = share if prevalence is None else _check.fraction(prevalence, name="prevalence")
    treat_all = stated - (1 - stated) * t / (1 - t)
    everyone = np.ones(positive.size, dtype=np.bool_)
    values, errors = np.empty((3, t.size)), np.empty((3, t.size))
    for i, threshold in enumerate(t):
        benefit, own = _benefit(positive, reached(p, threshold), threshold, prevalence)
        _, of_all = _benefit(positive, everyone, threshold, prevalence)
        scaled = (own - own.mean()) / stated
        if prevalence is None:
            scaled -= benefit / share**2 * (positive - share)
        hundred = 100 * (1 - threshold) / threshold if threshold > 0 else np.nan
        values[:, i] = (
            benefit - harm,
            (benefit - harm) / stated,
            hundred * (benefit - harm - treat_all[i]),
        )
        errors[:, i] = _errors(np.stack([own, scaled, hundred * (own - of_all)], axis=1), codes)
    arms = quantile(confidence_level) * errors
    low, high = values - arms, values + arms
    return DecisionCurve(
        **counts(positive, codes),
        method="pointwise Wald" + (", clustered by patient" if codes is not None else ""),
        thresholds=frozen(t),
        net_benefit=frozen(values[0]),
        se=frozen(errors[0]),
        low=frozen(low[0]),
        high=frozen(high[0]),
        treat_all=frozen(treat_all),
        standardized=frozen(values[1]),
        standardized_low=frozen(low[1]),
        standardized_high=frozen(high[1]),
        interventions_avoided=frozen(values[2]),
        interventions_avoided_low=frozen(low[2]),
        interventions_avoided_high=frozen(high[2]),
        prevalence=prevalence,
        harm=harm,
        confidence_level=confidence_level,
    )


@case_wise()
def compare_net_benefit(
    y_true: ArrayLike,
    prob_a: ArrayLike,
    prob_b: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    prevalence: float | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> NetBenefitComparison:
    """How much more net benefit has model a than b on the same cases?

    Give the new model as a: above 0 then speaks for it (``reclassification`` takes old, then new).

    Parameters
    ----------
    y_true, thresholds, prevalence, cluster, confidence_level
        As in :func:`decision_curve`.
    prob_a, prob_b : shape (n,), in [0, 1]
        Calibrated risks of cases that neither model has seen.

    Returns
    -------
    NetBenefitComparison
        With pointwise intervals and without p-values: a decision is judged at the threshold that
        applies, not by a search for one where a difference is significant.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    The standard error is that of the mean of paired differences, over patients where given. There
    is no interval (NaN) at thresholds where both models treat everybody, or nobody.

    References
    ----------
    Vickers et al. 2008, doi:10.1186/1472-6947-8-53; Vickers, Van Calster, Wynants and Steyerberg
    2023, doi:10.1186/s41512-023-00148-y.

    Examples
    --------
    >>> found = compare_net_benefit([0, 0, 1, 1], [.1, .4, .35, .8], [.3, .6, .7, .4],
    ...                             thresholds=[0.5])
    >>> found.difference.tolist()
    [0.25]
    """
    positive = _check.outcome(y_true)
    a = _check.probabilities(prob_a, positive.size, name="prob_a")
    b = _check.probabilities(prob_b, positive.size, name="prob_b")
    codes = _check.clusters(cluster, positive.size)
    t = _thresholds(thresholds)
    if prevalence is not None:
        _check.fraction(prevalence, name="prevalence")
    both, se = np.empty((2, t.size)), np.empty(t.size)
    alike = np.zeros(t.size, dtype=np.bool_)
    for i, threshold in enumerate(t):
        acted = reached(a, threshold), reached(b, threshold)
        both[0, i], of_a = _benefit(positive, acted[0], threshold, prevalence)
        both[1, i], of_b = _benefit(positive, acted[1], threshold, prevalence)
        se[i] = _errors((of_a - of_b)[:, None], codes)[0]
        alike[i] = all(one.all() for one in acted) or not any(one.any() for one in acted)
    gap = both[0] - both[1]
    arm = np.where(alike, np.nan, quantile(confidence_level) * se)
    return NetBenefitComparison(
        **counts(positive, codes),
        method="pointwise Wald, paired" + (", clustered by patient" if codes is not None else ""),
        thresholds=frozen(t),
        net_benefit_a=frozen(both[0]),
        net_benefit_b=frozen(both[1]),
        difference=frozen(gap),
        se=frozen(se),
        low=frozen(gap - arm),
        high=frozen(gap + arm),
        confidence_level=confidence_level,
    )


def _thresholds(thresholds: ArrayLike | None) -> FloatArray:
    """The thresholds asked for, or 1 to 99 %."""
    if thresholds is None:
        thresholds = np.arange(1, 100) / 100
    t = _check.several(thresholds, name="thresholds")
    if not ((t >= 0) & (t < 1)).all() or t.size == 0:
        raise InputError(f"thresholds must lie within [0, 1); got {t.tolist()[:4]}.")
    return t


def reached(p: FloatArray, threshold: float) -> BoolArray:
    """Risks at or above a threshold; 0.7 stored with less precision is still 0.7."""
    return np.asarray(p >= threshold - ROUNDING)


def _benefit(
    positive: BoolArray, acted: BoolArray, threshold: float, prevalence: float | None
) -> tuple[float, FloatArray]:
    """Net benefit of acting so, and what each case adds to it (n,), up to a constant, times n."""
    share = positive.mean()
    weight = np.where(positive, 1.0, -threshold / (1 - threshold))
    if prevalence is None:
        parts = weight * acted
        return float(parts.mean()), parts
    weight *= np.where(positive, prevalence / share, (1 - prevalence) / (1 - share))
    rates = np.where(positive, acted[positive].mean(), acted[~positive].mean())
    return float((weight * acted).mean()), weight * (acted - rates)


def _errors(parts: FloatArray, codes: IntArray | None) -> FloatArray:
    """Standard errors (k,) of the means of columns, patients counted with divisor n."""
    units = parts.shape[0] if codes is None else int(codes.max()) + 1
    variances = np.diag(mean_covariance(parts, codes))
    return np.asarray(np.sqrt(variances * (units - 1) / units))
