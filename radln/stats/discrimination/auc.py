"""The area under the ROC curve and the comparison of two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

from radln import _check
from radln._result import DifferenceResult, Estimate, EstimateResult, estimate_row, format_p
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, Counts, counts, quantile, wald
from radln.stats._ztest import (
    NO_TEST,
    Tested,
    check_margin,
    difference_test,
    hypothesis,
    standard_error,
)
from radln.stats.discrimination._area_interval import area_interval, same_score
from radln.stats.discrimination._paired_areas import Pair
from radln.stats.discrimination._two_values import unlike
from radln.stats.discrimination.auc_resampling import (
    resampled_estimate,
)
from radln.stats.discrimination.clustered import area_covariance
from radln.stats.discrimination.delong import placements
from radln.stats.resample import about_resampling

AreaMethod = Literal["empirical_likelihood", "logit", "delong", "bootstrap", "bca"]

TOO_FEW = (
    "no interval: each class needs at least two cases (and two patients, where cases are "
    "clustered)."
)
UNINFORMATIVE = (
    "the standard error is zero (perfect separation, or one value for all cases of a class), so "
    "that this method says nothing about other patients; the default method does."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucResult(EstimateResult):
    """An area under the ROC curve with its interval; 0.5 is chance, ties count one half."""

    @property
    def se(self) -> float:
        """Standard error of the area; NaN where it cannot be estimated."""
        return float("nan") if self.estimate.se is None else self.estimate.se

    def frame(self) -> pd.DataFrame:
        """One row: value, limits, standard error, counts."""
        row = estimate_row(self.estimate, metric="auc")
        return pd.DataFrame([{**row, "n": self.n, "n_positive": self.n_positive}])

    def summary(self) -> str:
        """The area in words."""
        return (
            f"AUC {self.estimate.format(3)}; {self.n_positive} of {self.n} cases positive, "
            f"{self.n_patients} patients; {self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AucComparison(DifferenceResult):
    """The difference of two areas, ``a - b``, with its test.

    ``df`` is None where the statistic is normal; ``margin`` is None for a test against no
    difference.
    """

    auc_a: Estimate
    auc_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float
    alternative: Alternative
    margin: float | None = None
    df: float | None = None

    def frame(self) -> pd.DataFrame:
        """Three rows: a, b and the difference, the test beside the latter."""
        rows = [
            estimate_row(self.auc_a, quantity="auc_a"),
            estimate_row(self.auc_b, quantity="auc_b"),
            {
                **estimate_row(self.difference, quantity="difference"),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
                "alternative": self.alternative,
                "margin": np.nan if self.margin is None else self.margin,
            },
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"AUC {self.auc_a.format(3)} against {self.auc_b.format(3)}: difference "
            f"{self.difference.format(3)}, {format_p(self.pvalue)} "
            f"({hypothesis(self.alternative, self.margin)}); n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def auc(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    method: AreaMethod = "empirical_likelihood",
    confidence_level: float = 0.95,
    cluster: ArrayLike | None = None,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> AucResult:
    """How well does a score rank positive above negative cases, and how sure is that?

    Parameters
    ----------
    y_true : shape (n,), 0/1 or bool
    y_score : shape (n,), finite
        Higher means more likely positive; the direction is never turned around.
    method
        ``empirical_likelihood``: all areas that uneven weights of the patients can give while they
        stay plausible (Owen), and near 0 and 1, where that interval collapses, at least Newcombe's
        method 5; putting a pair into the right order never lowers a limit. ``logit``: DeLong's
        standard error on the logit scale. ``delong``: value +- z se, cut off at 0 and 1; too narrow
        in small samples and for areas near 1. ``bootstrap``: percentiles over resamples of cases
        within their class; ``bca``: the same, bias-corrected and accelerated.
    confidence_level : in (0, 1)
    cluster : shape (n,), optional
        The patient of every case. Where given, the standard error is Obuchowski's and patients are
        resampled; without it all cases are taken as independent of each other.
    n_resamples, rng
        Of both bootstraps.

    Returns
    -------
    AucResult
        ``value``, ``low``, ``high``, ``se`` (DeLong's; Obuchowski's with ``cluster``). With a
        standard error of zero the intervals of ``delong`` and ``logit`` collapse to the value and
        ``warnings`` says so; with one case in a class there is none.

    Notes
    -----
    How often each interval holds the true area, and how wide it is, stands in the documentation
    (coverage).

    Raises
    ------
    SingleClassError, ShapeError, InputError

    References
    ----------
    DeLong et al. 1988, doi:10.2307/2531595; Obuchowski 1997, doi:10.2307/2533958; Owen 1988,
    doi:10.1093/biomet/75.2.237; Newcombe 2006, doi:10.1002/sim.2324; Carpenter and Bithell 2000,
    doi:10.1002/(SICI)1097-0258(20000515)19:9<1141::AID-SIM479>3.0.CO;2-F.

    Examples
    --------
    >>> print(auc([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.9]).estimate)
    0.889 (0.401–0.996)
    """
    _check.choice(method, get_args(AreaMethod), name="method")
    positive, (score,), codes = gate(y_true, (y_score,), cluster)
    areas, values = placements(positive, score[None])
    area, variance = float(areas[0]), area_covariance(positive, values, codes)[0, 0]
    about: tuple[str, ...] = ()
    if method in ("bootstrap", "bca"):
        estimate = resampled_estimate(
            area,
            positive,
            score,
            values[0],
            codes,
            accelerated=method == "bca",
            confidence_level=confidence_level,
            n_resamples=n_resamples,
            rng=rng,
        )
        about = about_resampling(positive, codes)
    elif method == "empirical_likelihood":
        estimate = area_interval(positive, score, area, variance, codes, confidence_level)
    else:
        estimate = area_estimate(area, variance, confidence_level, method, codes is not None)
    return AucResult(
        **counts(positive, codes),
        method=estimate.method,
        warnings=_about(estimate) + about + same_score(score),
        estimate=estimate,
    )


@case_wise(apart="paired")
def compare_auc(
    y_true: ArrayLike | tuple[ArrayLike, ArrayLike],
    score_a: ArrayLike,
    score_b: ArrayLike,
    *,
    paired: bool = True,
    alternative: Alternative = "two-sided",
    margin: float | None = None,
    cluster: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
    confidence_level: float = 0.95,
    method: Literal["delong", "bootstrap", "permutation"] = "delong",
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> AucComparison:
    """Does score a rank better than score b?

    Parameters
    ----------
    y_true : shape (n,), 0/1
        With ``paired=False`` either one vector that serves both scores or ``(y_a, y_b)``.
    score_a, score_b : shape (n,), finite
        Higher means more likely positive. Unpaired scores may differ in length.
    paired
        True: both scores were given to the same cases. False: the cases are different people.
    alternative
        ``greater`` means AUC(a) > AUC(b).
    margin : in (0, 1), optional
        With ``greater`` the test is of non-inferiority of a (H0: ``a - b <= -margin``), with
        ``less`` of non-inferiority of b, with ``two-sided`` of equivalence (the larger p of two
        one-sided tests).
    cluster : shape (n,), optional
        The patient of every case; ``(cluster_a, cluster_b)`` for unpaired scores.
    confidence_level : in (0, 1)
        Of the two-sided interval of the difference, whatever the alternative.
    method
        ``delong``; ``bootstrap``: the standard error from resamples of cases within their class
        (of patients, with ``cluster``); ``permutation``: p from exchanging both scores, as ranks,
        in random patients, never 0, beside DeLong's interval. The latter two are for paired
        scores; a margin cannot be permuted.
    n_resamples, rng
        Of bootstrap and permutation.

    Returns
    -------
    AucComparison
        Two scores that rank every case alike have difference 0 and p = 1. Where the standard error
        is zero although the areas differ there is no test: p is NaN, and ``warnings`` says why.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Paired: normal statistic from the covariance of DeLong (of Obuchowski, with ``cluster``).
    Unpaired: Student's t with Welch-Satterthwaite degrees of freedom, as in pROC. Not for nested
    models judged on the data that they were fitted to.

    References
    ----------
    DeLong et al. 1988, doi:10.2307/2531595; Obuchowski 1997, doi:10.2307/2533958; Bandos, Rockette
    and Gur 2005, doi:10.1002/sim.2149; Hanley and McNeil 1983,
    doi:10.1148/radiology.148.3.6878708.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> result = compare_auc(y, [1, 2, 3, 5, 4, 6, 7, 8], [2, 1, 5, 6, 3, 4, 8, 7])
    >>> round(result.difference.value, 4), round(result.pvalue, 4)
    (0.1875, 0.2679)
    """
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    _check.choice(method, ("delong", "bootstrap", "permutation"), name="method")
    check_margin(margin)
    _refuse_unpaired(_check.switch(paired, name="paired"), method, margin, y_true, cluster)
    if not paired:
        arms = _arms(y_true, score_a, score_b, cluster, confidence_level)
        return _unpaired(*arms, alternative, margin, confidence_level)
    positive, scores, codes = gate(y_true, (score_a, score_b), cluster, ("score_a", "score_b"))
    pair = Pair(positive, np.stack(scores), codes, n_resamples, rng)
    variance, named, about = pair.variance(method)
    se = standard_error(variance)
    tested = difference_test(pair.gap, se, alternative, margin)
    if method == "permutation":
        tested, named = pair.permuted(alternative), f"{named}; p by permutation"
    a, b = pair.estimates(confidence_level)
    return AucComparison(
        **counts(positive, codes),
        method=named,
        warnings=tested.warnings + about + unlike({"score_a": scores[0], "score_b": scores[1]}),
        auc_a=a,
        auc_b=b,
        difference=wald(pair.gap, se, confidence_level, named, bounds=(-1.0, 1.0)),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        margin=margin,
    )


def _refuse_unpaired(
    paired: bool, method: str, margin: float | None, y_true: object, cluster: object
) -> None:
    """What belongs to scores of the same cases, and what to scores of different people."""
    if method != "delong" and (not paired or (margin is not None and method == "permutation")):
        raise InputError(
            f"method={method!r} is for paired scores, and a permutation cannot test a margin; use "
            "method='delong'."
        )
    if paired and (_pair(y_true) or _pair(cluster)):
        raise InputError("a pair (y_a, y_b) or (cluster_a, cluster_b) belongs to paired=False.")


def gate(
    y_true: Any,
    scores: tuple[ArrayLike, ...],
    cluster: Any,
    names: tuple[str, ...] = ("y_score",),
) -> tuple[BoolArray, list[FloatArray], IntArray | None]:
    """Outcome, scores and patients, checked and of one length."""
    positive = _check.outcome(y_true)
    checked = [
        _check.numbers(score, positive.size, name=name)
        for score, name in zip(scores, names, strict=True)
    ]
    return positive, checked, _check.clusters(cluster, positive.size)


def area_estimate(
    area: float, variance: float, confidence_level: float, method: str, clustered: bool
) -> Estimate:
    """An area with a plain or a logit interval."""
    name = "Obuchowski, clustered by patient" if clustered else "DeLong"
    se = standard_error(variance)
    if method == "delong":
        return wald(float(area), se, confidence_level, name, bounds=(0.0, 1.0))
    low = high = float(area)
    if np.isnan(se):
        low = high = np.nan
    elif se != 0:
        arm = quantile(confidence_level) * se / (area * (1 - area))
        low, high = (float(expit(logit(area) + sign * arm)) for sign in (-1, 1))
    return Estimate(float(area), low, high, confidence_level, f"{name}, logit", se)


def _about(estimate: Estimate) -> tuple[str, ...]:
    """What must be said about the interval of an area."""
    if estimate.low == estimate.high or (estimate.se == 0 and np.isnan(estimate.low)):
        return (UNINFORMATIVE,)
    return (TOO_FEW,) if np.isnan(estimate.low) else ()


def _arms(
    y_true: Any,
    score_a: ArrayLike,
    score_b: ArrayLike,
    cluster: Any,
    confidence_level: float,
) -> tuple[AucResult, AucResult]:
    """The two areas of an unpaired comparison, each with its own cases and patients."""
    y_a, y_b = _pair(y_true) or (y_true, y_true)
    if cluster is None:
        return (
            auc(y_a, score_a, confidence_level=confidence_level),
            auc(y_b, score_b, confidence_level=confidence_level),
        )
    clusters = _pair(cluster)
    if clusters is None:
        raise InputError(
            "cluster of an unpaired comparison must be a tuple (cluster_a, cluster_b): with one "
            "vector for both, the same patients stand on both sides and the comparison is paired."
        )
    in_a, in_b = clusters
    shared = np.intersect1d(np.asarray(in_a).astype(str), np.asarray(in_b).astype(str)).size
    if shared:
        raise InputError(
            f"{shared} patient(s) occur in both groups of an unpaired comparison; use paired=True "
            "for scores of the same cases, or leave those patients out of one group."
        )
    return (
        auc(y_a, score_a, cluster=in_a, confidence_level=confidence_level),
        auc(y_b, score_b, cluster=in_b, confidence_level=confidence_level),
    )


def _pair(value: object) -> tuple[ArrayLike, ArrayLike] | None:
    """A tuple of two vectors; None for anything else, a tuple of two numbers included."""
    if isinstance(value, tuple) and len(value) == 2 and all(np.ndim(part) for part in value):
        return value
    return None


def _unpaired(
    a: AucResult,
    b: AucResult,
    alternative: Alternative,
    margin: float | None,
    confidence_level: float,
) -> AucComparison:
    """Welch's comparison of two independent areas."""
    difference = a.value - b.value
    se = float(np.hypot(a.se, b.se))
    df = arm = np.nan
    tested = Tested(np.nan, np.nan, (NO_TEST,))
    if se > 0:
        df = se**4 / (a.se**4 / (a.n_patients - 1) + b.se**4 / (b.n_patients - 1))
        tested = difference_test(difference, se, alternative, margin, df)
        arm = float(stdtrit(df, 0.5 + confidence_level / 2)) * se
    errors = "DeLong" if "DeLong" in a.method else "Obuchowski, clustered by patient"
    method = f"{errors}, unpaired"
    low, high = np.clip([difference - arm, difference + arm], -1.0, 1.0)
    both = Counts(
        n=a.n + b.n,
        n_positive=a.n_positive + b.n_positive,
        n_patients=a.n_patients + b.n_patients,
    )
    return AucComparison(
        **both,
        method=method,
        warnings=tested.warnings,
        auc_a=a.estimate,
        auc_b=b.estimate,
        difference=Estimate(difference, float(low), float(high), confidence_level, method, se),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        margin=margin,
        df=float(df),
    )
