"""ROC curves and the choice of a cut-off on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._result import Result, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.stats._intervals import counts
from radln.stats.auc import gate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RocCurve(Result):
    """The empirical ROC curve: a case is called positive where its score is >= the threshold."""

    fpr: FloatArray
    tpr: FloatArray
    thresholds: FloatArray

    def frame(self) -> pd.DataFrame:
        """One row a threshold, from the strictest to the loosest."""
        return pd.DataFrame(
            {
                "threshold": self.thresholds,
                "sensitivity": self.tpr,
                "specificity": 1 - self.fpr,
            }
        )

    def summary(self) -> str:
        """The curve in words."""
        area = float(np.trapezoid(self.tpr, self.fpr))
        return f"ROC curve with {self.thresholds.size} thresholds, AUC {area:.3f}; n = {self.n}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """The curve, with the diagonal of chance."""
        from radln._draw.curves import draw_roc

        return draw_roc({"": (self.fpr, self.tpr)}, ax=ax, n=self.n, n_positive=self.n_positive)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Cutoff(Result):
    """A cut-off chosen on data; what it reaches on the same data is too good for other data."""

    threshold: float
    sensitivity: float
    specificity: float

    @property
    def index(self) -> float:
        """Youden's index, sensitivity + specificity - 1."""
        return self.sensitivity + self.specificity - 1

    def frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame(
            [
                {
                    "threshold": self.threshold,
                    "sensitivity": self.sensitivity,
                    "specificity": self.specificity,
                    "youden": self.index,
                    "method": self.method,
                }
            ]
        )

    def summary(self) -> str:
        """The cut-off in words."""
        return (
            f"positive at a score >= {self.threshold:.4g} ({self.method}); on the data that it "
            f"was chosen on: sensitivity {self.sensitivity:.3f}, specificity "
            f"{self.specificity:.3f} (too good for other data)."
        )


def roc_curve(y_true: ArrayLike, y_score: ArrayLike) -> RocCurve:
    """Which pairs of sensitivity and specificity does a score offer?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Higher means more likely positive.

    Returns
    -------
    RocCurve
        From (0, 0) at threshold inf to (1, 1) at -inf; between them one threshold halfway between
        each two neighbouring values of the score, as in pROC.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    References
    ----------
    Fawcett 2006, doi:10.1016/j.patrec.2005.10.010.

    Examples
    --------
    >>> curve = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve.tpr.tolist(), curve.fpr.tolist()
    ([0.0, 0.5, 0.5, 1.0, 1.0], [0.0, 0.0, 0.5, 0.5, 1.0])
    """
    positive, (score,), _ = gate(y_true, (y_score,), None)
    true, false, thresholds = _steps(positive, score)
    return RocCurve(
        **counts(positive, None),
        method="empirical",
        fpr=frozen(false / false[-1]),
        tpr=frozen(true / true[-1]),
        thresholds=frozen(thresholds),
    )


def youden(y_true: ArrayLike, y_score: ArrayLike) -> Cutoff:
    """Which cut-off has the largest sum of sensitivity and specificity?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Inner out-of-fold scores, never those of the cases that the cut-off will be judged on.

    Returns
    -------
    Cutoff
        The threshold lies halfway between two neighbouring values (pROC's rule). Of several equally
        good ones the highest is taken, the one with the higher specificity.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    References
    ----------
    Youden 1950, doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3.

    Examples
    --------
    >>> youden([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).threshold
    0.6000000000000001
    """
    positive, (score,), _ = gate(y_true, (y_score,), None)
    true, false, thresholds = _steps(positive, score)
    # whole numbers, so that ties are ties
    best = int(np.argmax(true * false[-1] - false * true[-1]))
    return Cutoff(
        **counts(positive, None),
        method="Youden's index",
        threshold=float(thresholds[best]),
        sensitivity=float(true[best] / true[-1]),
        specificity=float(1 - false[best] / false[-1]),
    )


def _steps(positive: BoolArray, score: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """True and false positives at each threshold, the strictest first."""
    order = np.argsort(-score, kind="stable")
    ranked, cases = score[order], positive[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    true = np.r_[0, np.cumsum(cases)[last]]
    false = np.r_[0, last + 1] - true
    values = ranked[last]
    upper, lower = values[:-1], values[1:]
    middle = lower / 2 + upper / 2
    # neighbouring floats have no middle of their own
    middle = np.where(middle > lower, middle, upper)
    return true, false, np.r_[np.inf, middle, -np.inf]
