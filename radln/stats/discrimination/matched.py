"""Two scores compared where they reach the same sensitivity, or the same specificity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, estimate_row, format_p
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats._ztest import difference_test
from radln.stats.discrimination._curves import (
    Ranking,
    ranking,
    sensitivity_at,
    specificity_at,
)
from radln.stats.discrimination._two_values import between_points
from radln.stats.discrimination.auc import gate
from radln.stats.resample import about_resampling, percentile_interval, resampled_weights

SAME = "both reach the same in every resample: p = 1."
MatchedTo: TypeAlias = float | Literal["b"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MatchedComparison(DifferenceResult):
    """The specificity (or sensitivity, see ``metric``) of two scores at a matched ``level``.

    ``matched_on`` names what was held equal, ``level`` its value in these cases; ``difference`` is
    a minus b.
    """

    metric: str
    matched_on: str
    level: float
    value_a: Estimate
    value_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        labels = {"metric": self.metric, "matched_on": self.matched_on, "level": self.level}
        rows = [
            estimate_row(self.value_a, quantity="a", **labels),
            estimate_row(self.value_b, quantity="b", **labels),
            {
                **estimate_row(self.difference, quantity="difference", **labels),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
            },
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"at a {self.matched_on} of {self.level:.3f}: {self.metric} "
            f"{self.value_a.format(3)} against {self.value_b.format(3)}, difference "
            f"{self.difference.format(3)}, {format_p(self.pvalue)}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def compare_matched(
    y_true: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    *,
    sensitivity: MatchedTo | None = None,
    specificity: MatchedTo | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> MatchedComparison:
    """Does a raise fewer false alarms than b at the same sensitivity (or the reverse)?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    score_a, score_b : shape (n,), finite
        Higher means more likely positive.
    sensitivity, specificity : in (0, 1), or "b"
        Name one: what both are to reach. ``"b"``: whatever the calls ``score_b`` (0/1, such as
        those of a reader) reach, anew in every resample.
    cluster : shape (n,), optional
        The patient of every case; all cases of a drawn patient come along.
    confidence_level : in (0, 1)
    n_resamples : at least 2
    rng
        Seed or Generator.

    Returns
    -------
    MatchedComparison
        Identical scores have difference 0 and p = 1.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    In every resample (see :func:`roc_band`) both scores are read anew at the matched level, by the
    rules of :meth:`RocCurve.at`, so that the uncertainty of the cut-offs is in the interval, a
    percentile one. The test is the difference over its bootstrap standard error, taken as normal
    (pROC's ``roc.test`` with method "sensitivity" or "specificity").

    References
    ----------
    Pepe 2003, The Statistical Evaluation of Medical Tests, ISBN 9780198509844; Robin et al. 2011,
    doi:10.1186/1471-2105-12-77.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    >>> model = [1, 2, 3, 4, 5, 9, 6, 7, 8, 10]
    >>> reader = [0, 0, 0, 1, 1, 1, 0, 1, 1, 1]
    >>> result = compare_matched(y, model, reader, sensitivity="b", n_resamples=200)
    >>> result.level, round(result.value_a.value, 3), result.value_b.value
    (0.75, 0.833, 0.5)
    """
    if (sensitivity is None) == (specificity is None):
        raise InputError("name exactly one of sensitivity and specificity.")
    matched_on = "specificity" if sensitivity is None else "sensitivity"
    metric = "sensitivity" if sensitivity is None else "specificity"
    level = specificity if sensitivity is None else sensitivity
    positive, scores, codes = gate(y_true, (score_a, score_b), cluster, ("score_a", "score_b"))
    if isinstance(level, str) and level == "b":
        _check.outcome(scores[1], name="score_b (matched to 'b')")
    elif not _check.is_number(level):
        raise InputError(f"{matched_on} must be a number in (0, 1) or 'b'; got {level!r}.")
    else:
        level = _check.fraction(float(level), name=matched_on)
    read = {"score_a": scores[0]} if level == "b" else {"score_a": scores[0], "score_b": scores[1]}
    ranked = [ranking(score) for score in scores]
    once = np.ones((1, positive.size), dtype=np.int64)
    at, *values = _matched(ranked, once, positive, matched_on, level)[0]
    blocks = resampled_weights(positive, codes, n_resamples=n_resamples, rng=rng)
    draws = np.concatenate(
        [_matched(ranked, block, positive, matched_on, level) for block in blocks]
    )
    draws[:, 0] = draws[:, 1] - draws[:, 2]
    a, b, difference = (
        percentile_interval(float(value), draws[:, column], confidence_level=confidence_level)
        for value, column in ((values[0], 1), (values[1], 2), (values[0] - values[1], 0))
    )
    tested = difference_test(difference.value, difference.se or 0.0, "two-sided")
    said = (SAME,) if tested.pvalue == 1 and tested.warnings else tested.warnings
    return MatchedComparison(
        **counts(positive, codes),
        method=f"patient bootstrap with the matching repeated, {n_resamples} resamples",
        warnings=between_points(read) + about_resampling(positive, codes) + said,
        metric=metric,
        matched_on=matched_on,
        level=float(at),
        value_a=a,
        value_b=b,
        difference=difference,
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
    )


def _matched(
    ranked: list[Ranking],
    weights: IntArray,
    positive: BoolArray,
    matched_on: str,
    level: MatchedTo,
) -> FloatArray:
    """Level, value of a and value of b (b, 3) in each resample."""
    read = specificity_at if matched_on == "sensitivity" else sensitivity_at
    true = [one.along(weights * positive) for one in ranked]
    false = [one.along(weights * ~positive) for one in ranked]
    rows = []
    for i in range(weights.shape[0]):
        curves = [(true[k][i], false[k][i]) for k in (0, 1)]
        if isinstance(level, str) and level == "b":
            hits, alarms = (counted[1] / counted[-1] for counted in curves[1])
            at = hits if matched_on == "sensitivity" else 1 - alarms
            other = 1 - alarms if matched_on == "sensitivity" else hits
            rows.append((at, read(*curves[0], np.array([at]))[0], other))
        else:
            where = np.array([level], dtype=np.float64)
            rows.append((level, *(read(*curve, where)[0] for curve in curves)))
    return np.array(rows, dtype=np.float64)
