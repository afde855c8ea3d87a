"""Would acting on the predicted risk do more good than harm?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result, frozen
from radln._types import ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats._intervals import counts, mean_covariance, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DecisionCurve(Result):
    """Net benefit over risk thresholds; treating nobody has net benefit 0."""

    thresholds: FloatArray
    net_benefit: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    treat_all: FloatArray
    confidence_level: float = 0.95

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
        return (
            f"net benefit above both treating all and treating none {where}; "
            f"n = {self.n}, {self.n_patients} patients; {self.method}."
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


def decision_curve(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> DecisionCurve:
    """At which risk thresholds is acting on a model better than treating all, or nobody?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n,), in [0, 1]
        Calibrated risks of cases that the model has not seen.
    thresholds : shape (k,), in [0, 1), optional
        The risk at which one would act; 0.01 to 0.99 by 0.01 where not given.
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
    error is that of a mean (divisor n, not n - 1), over patients where ``cluster`` is given. The
    intervals are pointwise. Not for case-control data, whose prevalence the investigator made.

    References
    ----------
    Vickers and Elkin 2006, doi:10.1177/0272989X06295361; Vickers et al. 2008,
    doi:10.1186/1472-6947-8-53.

    Examples
    --------
    >>> curve = decision_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], thresholds=[0.2, 0.5])
    >>> curve.net_benefit.round(4).tolist(), curve.treat_all.round(4).tolist()
    ([0.4375, 0.25], [0.375, 0.0])
    """
    positive = _check.outcome(y_true)
    p = _check.probabilities(y_prob, positive.size)
    codes = _check.clusters(cluster, positive.size)
    if thresholds is None:
        thresholds = np.arange(1, 100) / 100
    t = _check.numbers(thresholds, name="thresholds")
    if not ((t >= 0) & (t < 1)).all() or t.size == 0:
        raise InputError(f"thresholds must lie within [0, 1); got {t.tolist()[:4]}.")
    counted = counts(positive, codes)
    units = counted["n_patients"]
    benefit, se = np.empty(t.size), np.empty(t.size)
    for i, threshold in enumerate(t):
        x = np.where(positive, 1.0, -threshold / (1 - threshold)) * (p >= threshold)
        benefit[i] = x.mean()
        se[i] = np.sqrt(mean_covariance(x[:, None], codes)[0, 0] * (units - 1) / units)
    arm = quantile(confidence_level) * se
    share = positive.mean()
    return DecisionCurve(
        **counted,
        method="pointwise Wald" + (", clustered by patient" if codes is not None else ""),
        thresholds=frozen(t),
        net_benefit=frozen(benefit),
        se=frozen(se),
        low=frozen(benefit - arm),
        high=frozen(benefit + arm),
        treat_all=frozen(share - (1 - share) * t / (1 - t)),
        confidence_level=confidence_level,
    )
