"""ROC curves and the choice of a cut-off on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._result import Result, frozen
from radln._types import ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.discrimination._curves import ranking, sensitivity_at, specificity_at, steps
from radln.stats.discrimination.auc import gate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class RocPoint:
    """One point of a ROC curve; a point between two cuts has no ``threshold`` (NaN).

    The shares that follow (``ppv``, ``npv``, ``accuracy``) hold at the prevalence of these cases.
    """

    threshold: float
    sensitivity: float
    specificity: float
    prevalence: float

    @property
    def youden(self) -> float:
        """Sensitivity + specificity - 1."""
        return self.sensitivity + self.specificity - 1

    @property
    def accuracy(self) -> float:
        """The share of right calls."""
        return self.prevalence * self.sensitivity + (1 - self.prevalence) * self.specificity

    @property
    def ppv(self) -> float:
        """The share of positive cases among those called positive; NaN where none is called."""
        true = self.prevalence * self.sensitivity
        called = true + (1 - self.prevalence) * (1 - self.specificity)
        return true / called if called > 0 else float("nan")

    @property
    def npv(self) -> float:
        """The share of negative cases among those called negative; NaN where none is."""
        true = (1 - self.prevalence) * self.specificity
        called = true + self.prevalence * (1 - self.sensitivity)
        return true / called if called > 0 else float("nan")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RocCurve(Result):
    """The empirical ROC curve: a case is called positive where its score is >= the threshold.

    ``values`` are the distinct scores, the highest first.
    """

    fpr: FloatArray
    tpr: FloatArray
    thresholds: FloatArray
    values: FloatArray

    def at(
        self,
        *,
        threshold: float | None = None,
        sensitivity: float | None = None,
        specificity: float | None = None,
    ) -> RocPoint:
        """The point at a cut-off, at a sensitivity or at a specificity: name one of them.

        Between two points of the curve the line that joins them is read, and such a point has no
        threshold; where several points share the named coordinate, the one with the highest other
        coordinate is taken. Both are the rules of pROC's ``coords``.
        """
        given = [value for value in (threshold, sensitivity, specificity) if value is not None]
        if len(given) != 1 or not isinstance(given[0], int | float | np.number):
            raise InputError(
                "name exactly one of threshold, sensitivity and specificity, and give it a number."
            )
        if threshold is not None:
            if np.isnan(threshold):
                raise InputError("threshold must be a number; got nan.")
            i = int((self.values >= threshold).sum())
            return self._point(threshold, self.tpr[i], 1 - self.fpr[i])
        name = "sensitivity" if specificity is None else "specificity"
        if not 0 <= given[0] <= 1:
            raise InputError(f"{name} must lie within [0, 1]; got {given[0]!r}.")
        true, false = np.rint(self.tpr * self.n_positive), np.rint(self.fpr * self._negative)
        counted, at = (true.astype(np.int64), false.astype(np.int64)), np.array([given[0]])
        if specificity is None:
            tpr, tnr = given[0], float(specificity_at(*counted, at)[0])
        else:
            tpr, tnr = float(sensitivity_at(*counted, at)[0]), given[0]
        hits = np.isclose(self.tpr, tpr, atol=1e-9) & np.isclose(1 - self.fpr, tnr, atol=1e-9)
        known = self.thresholds[np.argmax(hits)] if hits.any() else np.nan
        return self._point(known, tpr, tnr)

    @property
    def _negative(self) -> int:
        return self.n - self.n_positive

    def _point(self, threshold: float, sensitivity: float, specificity: float) -> RocPoint:
        return RocPoint(
            threshold=float(threshold),
            sensitivity=float(sensitivity),
            specificity=float(specificity),
            prevalence=self.n_positive / self.n,
        )

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

    @property
    def value(self) -> float:
        """The cut-off."""
        return self.threshold

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
            f"{positive_from(self.threshold)} ({self.method}); on the data that it "
            f"was chosen on: sensitivity {self.sensitivity:.3f}, specificity "
            f"{self.specificity:.3f} (too good for other data)."
        )


def positive_from(threshold: float) -> str:
    """From which score on a case is called positive, in words."""
    if np.isinf(threshold):
        return "no case is called positive" if threshold > 0 else "every case is called positive"
    return f"positive at a score >= {threshold:.4g}"


@case_wise()
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
    >>> curve.at(specificity=0.5).sensitivity
    1.0
    """
    positive, (score,), _ = gate(y_true, (y_score,), None)
    ranked = ranking(score)
    true, false = steps(positive, ranked)
    return RocCurve(
        **counts(positive, None),
        method="empirical",
        fpr=frozen(false / false[-1]),
        tpr=frozen(true / true[-1]),
        thresholds=frozen(ranked.thresholds),
        values=frozen(ranked.values),
    )


@case_wise()
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
    ranked = ranking(score)
    true, false = steps(positive, ranked)
    # whole numbers, so that ties are ties
    best = int(np.argmax(true * false[-1] - false * true[-1]))
    return Cutoff(
        **counts(positive, None),
        method="Youden's index",
        threshold=float(ranked.thresholds[best]),
        sensitivity=float(true[best] / true[-1]),
        specificity=float(1 - false[best] / false[-1]),
    )
