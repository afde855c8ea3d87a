"""The area under a part of the ROC curve: the part in which a test would be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, EstimateResult, estimate_row, format_p
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, counts, wald
from radln.stats._ztest import difference_test
from radln.stats.discrimination._two_values import between_points
from radln.stats.discrimination.auc import gate
from radln.stats.resample import about_resampling, percentile_interval, resampled_weights

Range = tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PartialAuc(EstimateResult):
    """A partial area with its interval.

    ``focus`` is "specificity" or "sensitivity"; ``corrected`` areas run from 0.5 (chance) to 1.
    """

    focus: str
    bounds: Range
    corrected: bool

    def frame(self) -> pd.DataFrame:
        """One row: value, limits, the part of the curve."""
        row = estimate_row(self.estimate, metric="partial_auc", focus=self.focus)
        low, high = self.bounds
        return pd.DataFrame([{**row, "from": low, "to": high, "corrected": self.corrected}])

    def summary(self) -> str:
        """The area in words."""
        kind = "corrected partial AUC" if self.corrected else "partial AUC"
        return (
            f"{kind} over {self.focus} {self.bounds[0]:g} to {self.bounds[1]:g}: "
            f"{self.estimate.format(3)}; n = {self.n}, {self.n_patients} patients; {self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PartialAucComparison(DifferenceResult):
    """The difference of two partial areas, ``a - b``, with its test."""

    area_a: Estimate
    area_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float
    alternative: Alternative
    focus: str
    bounds: Range

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        rows = [
            estimate_row(self.area_a, quantity="area_a"),
            estimate_row(self.area_b, quantity="area_b"),
            {
                **estimate_row(self.difference, quantity="difference"),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
                "alternative": self.alternative,
            },
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"partial AUC over {self.focus} {self.bounds[0]:g} to {self.bounds[1]:g}: difference "
            f"{self.difference.format(3)}, {format_p(self.pvalue)}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def partial_auc(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    specificity: Range | None = None,
    sensitivity: Range | None = None,
    corrected: bool = False,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> PartialAuc:
    """How well does a score rank cases in the part of the curve in which it would be used?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Higher means more likely positive.
    specificity, sensitivity : (low, high) within 0 to 1
        One of both: the part of the curve.
    corrected
        McClish's correction: 0.5 is chance, 1 is perfect, whatever the part.
    cluster : shape (n,), optional
        The patient of every case; patients are then resampled.
    confidence_level : in (0, 1)
    n_resamples, rng
        Of the stratified bootstrap behind the percentile interval.

    Returns
    -------
    PartialAuc

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    The curve joins its points by straight lines. Its area over specificity is measured under the
    sensitivity, over sensitivity under the specificity.

    References
    ----------
    McClish 1989, doi:10.1177/0272989X8900900307; Thompson and Zucchini 1989,
    doi:10.1002/sim.4780081011.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> found = partial_auc(y, [1, 2, 3, 5, 4, 6, 7, 8], specificity=(0.5, 1))
    >>> round(found.value, 3)
    0.438
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.switch(corrected, name="corrected")
    focus, bounds = part(specificity, sensitivity)
    positive, (score,), codes = gate(y_true, (y_score,), cluster)
    curve = PartialCurve(positive, score, focus, bounds, corrected)
    value = curve.area(np.ones(positive.size))
    areas = np.concatenate(
        [
            [curve.area(one) for one in weights]
            for weights in resampled_weights(positive, codes, n_resamples=n_resamples, rng=rng)
        ]
    )
    method = f"stratified bootstrap{' of patients' * (codes is not None)}, percentile"
    estimate = percentile_interval(value, areas, confidence_level=level, method=method)
    return PartialAuc(
        **counts(positive, codes),
        method=method,
        warnings=about_resampling(positive, codes) + between_points({"the score": score}),
        estimate=estimate,
        focus=focus,
        bounds=bounds,
        corrected=corrected,
    )


@case_wise()
def compare_partial_auc(
    y_true: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    *,
    specificity: Range | None = None,
    sensitivity: Range | None = None,
    alternative: Alternative = "two-sided",
    corrected: bool = False,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> PartialAucComparison:
    """Does score a rank the same cases better than score b in that part of the curve?

    Parameters are those of :func:`partial_auc`; "greater" means that a's area is larger.

    Returns
    -------
    PartialAucComparison
        The statistic is the difference over its bootstrap standard error, taken as normal.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Examples
    --------
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> a, b = [1, 2, 3, 5, 4, 6, 7, 8], [2, 1, 5, 6, 3, 4, 8, 7]
    >>> round(compare_partial_auc(y, a, b, specificity=(0.5, 1)).difference.value, 3)
    0.188
    """
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.switch(corrected, name="corrected")
    focus, bounds = part(specificity, sensitivity)
    positive, scores, codes = gate(y_true, (score_a, score_b), cluster, ("score_a", "score_b"))
    curves = [PartialCurve(positive, score, focus, bounds, corrected) for score in scores]
    values = [curve.area(np.ones(positive.size)) for curve in curves]
    areas = np.concatenate(
        [
            [[curve.area(one) for curve in curves] for one in weights]
            for weights in resampled_weights(positive, codes, n_resamples=n_resamples, rng=rng)
        ]
    )
    method = f"stratified bootstrap{' of patients' * (codes is not None)}, paired"
    gap, se = values[0] - values[1], float((areas[:, 0] - areas[:, 1]).std(ddof=1))
    tested = difference_test(gap, se, alternative)
    a, b = (
        percentile_interval(value, column, confidence_level=level, method=method)
        for value, column in zip(values, areas.T, strict=True)
    )
    return PartialAucComparison(
        **counts(positive, codes),
        method=method,
        warnings=tested.warnings
        + about_resampling(positive, codes)
        + between_points({"score_a": scores[0], "score_b": scores[1]}),
        area_a=a,
        area_b=b,
        difference=wald(gap, se, level, method),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        focus=focus,
        bounds=bounds,
    )


def part(specificity: Range | None, sensitivity: Range | None) -> tuple[str, Range]:
    """Which axis, and from where to where."""
    if (specificity is None) == (sensitivity is None):
        raise InputError("give either specificity or sensitivity as (low, high), such as (0.9, 1).")
    given = specificity if specificity is not None else sensitivity
    focus = "specificity" if specificity is not None else "sensitivity"
    pair = given if isinstance(given, tuple | list) else ()
    known = len(pair) == 2 and all(_check.is_number(bound) for bound in pair)
    low, high = sorted(map(float, pair)) if known else (np.nan, np.nan)
    if not 0 <= low < high <= 1:
        raise InputError(f"{focus} must be two different numbers within 0 to 1; got {given!r}.")
    return focus, (low, high)


class PartialCurve:
    """One score's curve over the chosen part, for any weights of the cases."""

    def __init__(
        self, positive: BoolArray, score: FloatArray, focus: str, bounds: Range, corrected: bool
    ) -> None:
        self.order = np.argsort(-score, kind="stable")
        ranked = score[self.order]
        self.ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
        self.cases = positive[self.order]
        self.by_specificity = focus == "specificity"
        self.bounds, self.corrected = bounds, corrected

    def area(self, weights: FloatArray) -> float:
        """The area under these weights (n,)."""
        ordered = weights[self.order]
        hits = np.r_[0.0, np.cumsum(np.where(self.cases, ordered, 0.0))[self.ends]]
        alarms = np.r_[0.0, np.cumsum(np.where(self.cases, 0.0, ordered))[self.ends]]
        tpr, fpr = hits / hits[-1], alarms / alarms[-1]
        low, high = self.bounds
        if self.by_specificity:
            found = _under(fpr, tpr, 1 - high, 1 - low)
        else:  # the same curve seen from its other axis
            found = _under(1 - tpr[::-1], 1 - fpr[::-1], 1 - high, 1 - low)
        if not self.corrected:
            return found
        start, stop = 1 - high, 1 - low
        chance, perfect = (stop**2 - start**2) / 2, stop - start
        return 0.5 * (1 + (found - chance) / (perfect - chance))


def _under(x: FloatArray, y: FloatArray, start: float, stop: float) -> float:
    """The area under a rising polyline between two abscissae; steps are taken at their far side."""
    inside = (x > start) & (x < stop)
    left = _height(x, y, start, "right")
    right = _height(x, y, stop, "left")
    xs = np.r_[start, x[inside], stop]
    ys = np.r_[left, y[inside], right]
    return float((np.diff(xs) * (ys[1:] + ys[:-1])).sum() / 2)


def _height(x: FloatArray, y: FloatArray, at: float, side: Literal["left", "right"]) -> float:
    """The curve at one abscissa; of a step its top where a part starts, its foot where it ends."""
    same = np.flatnonzero(x == at)
    if same.size:
        return float(y[same[-1] if side == "right" else same[0]])
    after = int(np.searchsorted(x, at))
    before = after - 1
    share = (at - x[before]) / (x[after] - x[before])
    return float(y[before] + share * (y[after] - y[before]))
