"""From scores to probabilities, learned on rows that inner models did not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from radln._types import BoolArray, FloatArray
from radln.errors import InputError

ENOUGH = 200  # events, and non-events, for a curve without a shape
FLAT = 1e-6  # a slope on a standardised score that leaves the order and says nothing
CLOSEST = 1e-4  # to a probability of 0 or 1


def recalibrated(log_odds: FloatArray, y: BoolArray) -> tuple[float, float]:
    """Intercept and slope by logistic recalibration (Cox 1958) of inner out-of-fold log-odds."""
    model = LogisticRegression(C=np.inf, max_iter=2000, tol=1e-8).fit(log_odds[:, None], y)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def platt(score: FloatArray, y: BoolArray) -> tuple[float, float]:
    """Intercept and slope that make a score log-odds: Platt scaling.

    Parameters
    ----------
    score
        Of rows whose patients the model that scored them did not see, shape (n,).
    y
        Which of them are positive.

    Returns
    -------
    intercept, slope
        The slope is above 0. A score that ranks no better than chance on these rows says nothing:
        every probability is then the share of positive rows (to 1e-5), and the order stays.

    Notes
    -----
    Platt's targets, (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), keep the slope finite where the score
    separates the classes.

    References
    ----------
    Platt 1999, in Advances in Large Margin Classifiers, MIT Press; the algorithm is that of Lin,
    Lin and Weng 2007, doi:10.1007/s10994-007-5018-6.

    Examples
    --------
    >>> a, b = platt(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, False, True, True]))
    >>> bool(b > 0), round(a + 1.5 * b, 6)
    (True, 0.0)
    """
    n_positive = int(y.sum())
    n_negative = y.size - n_positive
    target = np.where(y, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    level = float(logit(n_positive / y.size))
    centre, scale = float(score.mean()), float(score.std())
    if not scale > 1e-12 * (1 + abs(centre)):
        return level - FLAT * centre, FLAT
    x = np.column_stack([np.ones(y.size), (score - centre) / scale])
    beta = np.array([float(logit(target.mean())), 0.0])
    loss = _loss(x @ beta, target)
    for _ in range(100):
        p = expit(x @ beta)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (target - p))
        while (proposed := _loss(x @ (beta + step), target)) > loss + 1e-12 * (1 + loss):
            step = step / 2
        beta, loss = beta + step, proposed
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(beta).max()):
            break
    if beta[1] <= FLAT:
        beta = np.array([level, FLAT])
    slope = float(beta[1]) / scale
    return float(beta[0]) - slope * centre, slope


def _loss(eta: FloatArray, target: FloatArray) -> float:
    return float((np.logaddexp(0, eta) - target * eta).sum())


@dataclass(frozen=True, eq=False)
class Isotonic:
    """Probabilities that rise with the log-odds, straight between the corners; JSON-able."""

    log_odds: FloatArray
    probability: FloatArray

    def of(self, log_odds: FloatArray) -> FloatArray:
        """The probability at some log-odds; beyond the ends that of the end."""
        return np.asarray(np.interp(log_odds, self.log_odds, self.probability))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"log_odds": self.log_odds.tolist(), "probability": self.probability.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Isotonic:
        """The inverse of :meth:`to_dict`."""
        return cls(np.asarray(data["log_odds"], float), np.asarray(data["probability"], float))


def isotonic(log_odds: FloatArray, y: BoolArray, *, source: str) -> Isotonic:
    """Isotonic regression of the outcome on inner out-of-fold log-odds.

    Raises
    ------
    InputError
        Fewer than 200 positive or 200 negative training rows: the curve would be noise.

    References
    ----------
    Zadrozny and Elkan 2002, doi:10.1145/775047.775151; how many cases it needs: Niculescu-Mizil
    and Caruana 2005, doi:10.1145/1102351.1102430.
    """
    counts = int(y.sum()), int((~y).sum())
    if min(counts) < ENOUGH:
        raise InputError(
            f"models.fitted.{source}.calibrate: isotonic needs {ENOUGH} positive and {ENOUGH} "
            f"negative rows to learn from; a split of this study has {counts[0]} and {counts[1]}. "
            "Write `calibrate: platt`, or leave calibrate out."
        )
    curve = IsotonicRegression(y_min=CLOSEST, y_max=1 - CLOSEST).fit(log_odds, y)
    return Isotonic(
        np.asarray(curve.X_thresholds_, np.float64), np.asarray(curve.y_thresholds_, np.float64)
    )
