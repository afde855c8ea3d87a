"""Two tests called positive or negative on the same cases: every 2x2 metric compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, format_p
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._influence import influence_covariance, log_share
from radln.stats._intervals import cluster_sums, counts, normal_pvalue, wald
from radln.stats._patients import Tally, about_groups, tally_of, without_inference
from radln.stats.calls._table_ratios import log_ratios, quotient, ratio_estimate, table_ratios
from radln.stats.calls.paired import NAMES, McNemarMethod, mcnemar
from radln.stats.calls.proportions import proportion

PredictiveMethod: TypeAlias = Literal["weighted-score", "score", "relative"]
PREDICTIVE = ("weighted-score", "score", "relative")
PREDICTIVE_NAMES = {
    "weighted-score": "weighted generalised score (Kosinski)",
    "score": "generalised score (Leisenring, Alonzo and Pepe)",
    "relative": "relative predictive value (Moskowitz and Pepe)",
}
NO_TEST = "not estimable: no call of this kind, or no spread to test with"


@dataclass(frozen=True, kw_only=True)
class PairedMetric:
    """One metric of two tests: a, b, and their ``difference`` (a - b) or ``ratio`` (a / b).

    ``scale`` says which of both ``contrast`` is. ``statistic`` is as the method gives it:
    chi-squared, z of the log ratio, or the number of discordant cases of exact tests.
    """

    metric: str
    a: Estimate
    b: Estimate
    contrast: Estimate
    scale: Literal["difference", "ratio"]
    statistic: float
    pvalue: float


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CallComparison(Result):
    """Sensitivity, specificity, PPV, NPV and both likelihood ratios of two tests, compared.

    The six p-values are not adjusted for each other.
    """

    sensitivity: PairedMetric
    specificity: PairedMetric
    ppv: PairedMetric
    npv: PairedMetric
    lr_positive: PairedMetric
    lr_negative: PairedMetric

    @property
    def metrics(self) -> tuple[PairedMetric, ...]:
        """All six."""
        predictive = (self.ppv, self.npv)
        return (self.sensitivity, self.specificity, *predictive, self.lr_positive, self.lr_negative)

    def frame(self) -> pd.DataFrame:
        """Three rows a metric: a, b and their contrast, the test beside the latter."""
        rows = []
        for metric in self.metrics:
            rows.append(estimate_row(metric.a, metric=metric.metric, quantity="a"))
            rows.append(estimate_row(metric.b, metric=metric.metric, quantity="b"))
            row = estimate_row(metric.contrast, metric=metric.metric, quantity=metric.scale)
            rows.append({**row, "statistic": metric.statistic, "pvalue": metric.pvalue})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        words = [
            f"{m.metric} {m.a.value:.3f} against {m.b.value:.3f}, {m.scale} "
            f"{m.contrast.format(3)}, {format_p(m.pvalue)}"
            for m in self.metrics
        ]
        return f"{'; '.join(words)}; {self.n_patients} patients; {self.method}."


@case_wise()
def compare_calls(
    y_true: ArrayLike,
    call_a: ArrayLike,
    call_b: ArrayLike,
    *,
    method: McNemarMethod | None = None,
    predictive: PredictiveMethod | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> CallComparison:
    """Which of two tests of the same cases calls better?

    Parameters
    ----------
    y_true, call_a, call_b : shape (n,), 0/1
    method
        Of the comparison of sensitivity (in the positive cases) and specificity (in the negative
        ones), as in :func:`mcnemar`.
    predictive
        Of the comparison of PPV and NPV: ``weighted-score`` (the default; Kosinski 2013),
        ``score`` (Leisenring, Alonzo and Pepe 2000; the default, and with ``relative`` the choice,
        where patients are given), ``relative`` (Moskowitz and Pepe 2006: the ratio of the
        predictive values, with its interval).
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    CallComparison
        Differences are a minus b, ratios a over b. What a zero cell leaves undefined is NaN and
        named in ``warnings``; metrics that are defined and shared case by case have p = 1.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    PPV and NPV hold at the prevalence of these cases, so the comparison needs a sample that was not
    chosen by the outcome. Their difference carries a Wald interval by the delta method, which may
    disagree with the score test near its border. Ratios are tested on the log scale by the delta
    method (for likelihood ratios the same as Gu and Pepe's regression in DTComPair). With patients
    all of them use sums over each patient.

    References
    ----------
    Leisenring, Alonzo and Pepe 2000, doi:10.1111/j.0006-341X.2000.00345.x; Kosinski 2013,
    doi:10.1002/sim.5587; Moskowitz and Pepe 2006, doi:10.1191/1740774506cn147oa; Gu and Pepe 2009,
    doi:10.1093/biostatistics/kxn025.

    Examples
    --------
    >>> y = [1] * 8 + [0] * 8
    >>> a = [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    >>> b = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    >>> result = compare_calls(y, a, b)
    >>> result.sensitivity.contrast.value, result.sensitivity.pvalue
    (0.375, 0.25)
    >>> round(result.ppv.a.value, 3), round(result.ppv.pvalue, 3)
    (0.778, 0.061)
    """
    positive = _check.outcome(y_true)
    first, second = (
        _calls(call, positive.size, name) for call, name in ((call_a, "call_a"), (call_b, "call_b"))
    )
    codes = _check.clusters(cluster, positive.size)
    chosen = predictive
    if chosen is None:
        chosen = "weighted-score" if codes is None else "score"
    _check.choice(chosen, PREDICTIVE, name="predictive")
    if codes is not None and chosen == "weighted-score":
        raise InputError(
            "predictive='weighted-score' takes the cases as independent; with cluster use 'score' "
            "or 'relative'."
        )
    level = confidence_level
    plain = [
        _share(name, hits, among, codes, method, level)
        for name, hits, among in (
            ("sensitivity", (first, second), positive),
            ("specificity", (~first, ~second), ~positive),
        )
    ]
    values = [
        _predictive(name, hit, among, codes, chosen, level)
        for name, hit, among in (
            ("ppv", positive, (first, second)),
            ("npv", ~positive, (~first, ~second)),
        )
    ]
    called_so = {"ppv": (first, second), "npv": (~first, ~second)}
    tallies = {name: _fewest(codes, called) for name, called in called_so.items()}
    values = [
        without_inference(value, tally.why) if tally is not None and tally.withheld else value
        for value, tally in zip(values, tallies.values(), strict=True)
    ]
    ratios = [
        _likelihood(name, positive, (first, second), codes, level)
        for name in ("lr_positive", "lr_negative")
    ]
    metrics = {metric.metric: metric for metric in (*plain, *values, *ratios)}
    unknown = [name for name, metric in metrics.items() if np.isnan(metric.pvalue)]
    used = method or ("exact" if codes is None else "clustered")
    clustered = ", clustered by patient" if codes is not None else ""
    return CallComparison(
        **counts(positive, codes),
        **metrics,
        method=f"{NAMES[used]}; {PREDICTIVE_NAMES[chosen]}{clustered}",
        warnings=(
            *((f"{NO_TEST}: {', '.join(unknown)}.",) if unknown else ()),
            *about_groups(tallies, ""),
        ),
    )


def _fewest(codes: IntArray | None, called: tuple[BoolArray, BoolArray]) -> Tally | None:
    """The patients of the test that called fewer of them so."""
    tallies = [tally_of(codes, call, "patient(s) called so") for call in called]
    return min((t for t in tallies if t is not None), key=lambda t: t.fewest, default=None)


def _calls(call: ArrayLike, n: int, name: str) -> BoolArray:
    """Calls of n cases."""
    values = _check.outcome(call, name=name, both=False)
    if values.size != n:
        raise ShapeError(f"{name} has {values.size} values but y_true has {n}; one per case.")
    return values


def _share(
    name: str,
    hits: tuple[BoolArray, BoolArray],
    among: BoolArray,
    cluster: IntArray | None,
    method: McNemarMethod | None,
    level: float,
) -> PairedMetric:
    """Sensitivity or specificity."""
    patients = None if cluster is None else cluster[among]
    test = mcnemar(
        hits[0][among], hits[1][among], method=method, cluster=patients, confidence_level=level
    )
    return PairedMetric(
        metric=name,
        a=test.proportion_a,
        b=test.proportion_b,
        contrast=test.difference,
        scale="difference",
        statistic=test.statistic,
        pvalue=test.pvalue,
    )


def _predictive(
    name: str,
    hit: BoolArray,
    among: tuple[BoolArray, BoolArray],
    cluster: IntArray | None,
    method: str,
    level: float,
) -> PairedMetric:
    """PPV or NPV: the share of ``hit`` among the cases that each test called so."""
    a, b = (
        proportion(
            hit[called],
            cluster=None if cluster is None or not called.any() else cluster[called],
            confidence_level=level,
        ).estimate
        for called in among
    )
    if method == "relative":
        logs = [log_share(hit & called, called) for called in among]
        value = quotient(a.value, b.value)
        ratio = ratio_estimate(value, logs[0] - logs[1], cluster, level, "log, delta method")
        z, pvalue = _log_test(ratio)
        return PairedMetric(
            metric=name, a=a, b=b, contrast=ratio, scale="ratio", statistic=z, pvalue=pvalue
        )
    known = among[0].any() and among[1].any()
    statistic = np.nan
    if known:
        score = _weighted_score if method == "weighted-score" else _score
        statistic = score(hit, among, cluster)
    return PairedMetric(
        metric=name,
        a=a,
        b=b,
        contrast=_predictive_difference(a.value, b.value, hit, among, cluster, level),
        scale="difference",
        statistic=statistic,
        pvalue=normal_pvalue(float(np.sqrt(statistic)), "two-sided"),
    )


def _predictive_difference(
    a: float,
    b: float,
    hit: BoolArray,
    among: tuple[BoolArray, BoolArray],
    cluster: IntArray | None,
    level: float,
) -> Estimate:
    """The difference of two predictive values with its delta-method interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (
            (hit - value) * called / called.sum()
            for value, called in zip((a, b), among, strict=True)
        )
    variance = influence_covariance((first - second)[:, None], cluster)[0, 0]
    # rounding dust of two tests that agree on every case
    se = 0.0 if variance < 1e-24 else float(np.sqrt(variance))
    return wald(a - b, se, level, "Wald, delta method", bounds=(-1.0, 1.0))


def _weighted_score(
    hit: BoolArray, among: tuple[BoolArray, BoolArray], cluster: IntArray | None
) -> float:
    """Kosinski's statistic; ``cluster`` is None."""
    first, second = among
    sizes = first.sum(), second.sum()
    total = float(sizes[0] + sizes[1])
    right = (hit & first).sum(), (hit & second).sum()
    pooled = float(right[0] + right[1]) / total
    both = first & second
    shared = (both & hit).sum() * (1 - pooled) ** 2 + (both & ~hit).sum() * pooled**2
    variance = (pooled * (1 - pooled) - 2 * shared / total) * (1 / sizes[0] + 1 / sizes[1])
    return _squared(right[0] / sizes[0] - right[1] / sizes[1], float(variance))


def _score(hit: BoolArray, among: tuple[BoolArray, BoolArray], cluster: IntArray | None) -> float:
    """The score of the test's effect in the logistic GEE of the outcome, over the calls made."""
    first, second = (called.astype(np.float64) for called in among)
    total = float(first.sum() + second.sum())
    pooled = float((hit * (first + second)).sum()) / total
    share = float(first.sum()) / total
    parts: FloatArray = (hit - pooled) * (first * (1 - share) - second * share)
    sums = parts if cluster is None else cluster_sums(parts, cluster)
    return _squared(float(sums.sum()), float(sums @ sums))


def _squared(difference: float, variance: float) -> float:
    """``difference^2 / variance``; 0 where there is no difference, NaN where there is no spread."""
    if abs(difference) < 1e-12:
        return 0.0
    return difference**2 / variance if variance > 1e-24 else np.nan


def _likelihood(
    name: str,
    positive: BoolArray,
    calls: tuple[BoolArray, BoolArray],
    cluster: IntArray | None,
    level: float,
) -> PairedMetric:
    """A likelihood ratio of each test, and the ratio of both."""
    a, b = (table_ratios(positive, call, cluster, level)[name] for call in calls)
    logs = [log_ratios(positive, call)[name][1] for call in calls]
    usable = 0 < a.value < np.inf and 0 < b.value < np.inf
    value = a.value / b.value if usable else np.nan
    ratio = ratio_estimate(value, logs[0] - logs[1], cluster, level, "log, delta method")
    z, pvalue = _log_test(ratio)
    return PairedMetric(
        metric=name, a=a, b=b, contrast=ratio, scale="ratio", statistic=z, pvalue=pvalue
    )


def _log_test(ratio: Estimate) -> tuple[float, float]:
    """z of a log ratio; p = 1 where two tests agree on every case."""
    if ratio.se is None or np.isnan(ratio.se):
        return np.nan, np.nan
    log = float(np.log(ratio.value))
    if abs(log) < 1e-12:
        return 0.0, 1.0
    z = log / ratio.se if ratio.se > 1e-12 else np.nan
    return z, normal_pvalue(z, "two-sided")
