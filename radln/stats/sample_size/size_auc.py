"""How many cases a study of one area under the ROC curve, or of two, needs."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from radln import _check
from radln._types import ArrayLike
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.discrimination.auc import gate
from radln.stats.discrimination.delong import delong_covariance, placements
from radln.stats.sample_size._planning import (
    Plan,
    PowerAnalysis,
    ZTest,
    clustering,
    planned,
    positive,
)

NULL = 0.0792  # the variance of an area of one half, by Obuchowski's approximation
POST_HOC = (
    "the power of the pilot's own number of cases only restates its p-value: plan with a "
    "difference that matters, not with the one that was found."
)


@case_wise()
def size_auc(
    auc: float,
    *,
    power: float | None = None,
    n_positive: float | None = None,
    negatives_per_positive: float = 1.0,
    alpha: float = 0.05,
    alternative: str = "two-sided",
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> PowerAnalysis:
    """How many cases show that an area is more than one half?

    Parameters
    ----------
    auc : in (0.5, 1)
        The anticipated area.
    power : in (0.5, 1)
        The power asked for; or
    n_positive : above 0
        how many positive cases there are, for their power.
    negatives_per_positive : above 0
    alpha : in (0, 1)
    alternative : two-sided or one-sided
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    PowerAnalysis
        ``exact`` is the number of positive cases before rounding up.

    Raises
    ------
    InputError

    Notes
    -----
    Obuchowski's approximation of the variance from binormal scores, that of a half under the null:
    pROC's ``power.roc.test(auc = ...)``. An area must rarely be shown to exceed one half only: plan
    the width of its interval with ``size_validation``, or a comparison with
    :func:`size_auc_difference`.

    References
    ----------
    Obuchowski, Lieber and Wians 2004, doi:10.1373/clinchem.2004.031823; Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.

    Examples
    --------
    >>> size = size_auc(0.8, power=0.8)
    >>> round(size.exact, 4), size.n_positive, size.n
    (12.7436, 13, 26)
    """
    area = _check.fraction(auc, name="auc", low=0.5)
    ratio = positive(negatives_per_positive, "negatives_per_positive")
    cluster = clustering(nodes_per_patient, icc)
    test = ZTest(NULL * (1 + 1 / ratio), area_variance(area, ratio), area - 0.5)
    plan = planned(
        test,
        cluster,
        power=power,
        n=n_positive,
        alpha=alpha,
        alternative=alternative,
        name="n_positive",
    )
    about = f"an area of {area:g} differs from 0.5"
    return _analysis(plan, ratio, about, "Obuchowski's", (area,))


@case_wise()
def size_auc_difference(
    auc_a: float,
    auc_b: float,
    *,
    correlation: float,
    power: float | None = None,
    n_positive: float | None = None,
    negatives_per_positive: float = 1.0,
    alpha: float = 0.05,
    alternative: str = "two-sided",
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> PowerAnalysis:
    """How many cases show that two areas differ?

    Parameters
    ----------
    auc_a, auc_b : in (0.5, 1)
        The anticipated areas, not equal.
    correlation : in [0, 1)
        Of both scores within positive and within negative cases, if the same cases have both; 0
        for independent cases, and ``n`` is then that of each of the two groups.
    power : in (0.5, 1)
        The power asked for; or
    n_positive : above 0
        how many positive cases there are, for their power.
    negatives_per_positive : above 0
    alpha : in (0, 1)
    alternative : two-sided or one-sided
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    PowerAnalysis

    Raises
    ------
    InputError

    Notes
    -----
    The large-sample variance of the empirical areas and their covariance for scores that are normal
    with equal variances (Hanley and McNeil's probabilities, computed from the bivariate normal
    distribution); without a difference both have that of the mean area. With data of a pilot use
    :func:`size_auc_difference_from`, which takes DeLong's covariance.

    References
    ----------
    Hanley and McNeil 1983, doi:10.1148/radiology.148.3.6878708; Obuchowski and McClish 1997,
    doi:10.1002/(SICI)1097-0258(19970715)16:13<1529::AID-SIM565>3.0.CO;2-H.

    Examples
    --------
    >>> size = size_auc_difference(0.80, 0.75, correlation=0.6, power=0.8)
    >>> size.n_positive, size.n
    (292, 584)
    """
    a = _check.fraction(auc_a, name="auc_a", low=0.5)
    b = _check.fraction(auc_b, name="auc_b", low=0.5)
    if a == b:
        raise InputError(
            f"auc_a and auc_b must differ; both are {a:g}. For 'as good as' plan a margin instead."
        )
    if not _check.is_number(correlation) or not 0 <= correlation < 1:
        raise InputError(f"correlation must lie within 0..1, below 1; got {correlation!r}.")
    ratio = positive(negatives_per_positive, "negatives_per_positive")
    cluster = clustering(nodes_per_patient, icc)
    r, middle = float(correlation), (a + b) / 2
    null = 2 * (_covariance(middle, middle, 1, ratio) - _covariance(middle, middle, r, ratio))
    variance = (
        _covariance(a, a, 1, ratio) + _covariance(b, b, 1, ratio) - 2 * _covariance(a, b, r, ratio)
    )
    plan = planned(
        ZTest(null, variance, a - b),
        cluster,
        power=power,
        n=n_positive,
        alpha=alpha,
        alternative=alternative,
        name="n_positive",
    )
    each = " in each group" if r == 0 else f" (correlation of the scores {r:g})"
    about = f"areas of {a:g} and {b:g}{each} differ"
    return _analysis(plan, ratio, about, "binormal", (a, b))


@case_wise()
def size_auc_difference_from(
    y_true: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    *,
    power: float | None = None,
    negatives_per_positive: float | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
) -> PowerAnalysis:
    """How many cases show that two areas differ as they do in a pilot?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    score_a, score_b : shape (n,), finite
        Both scores of the pilot's cases.
    power : in (0.5, 1), optional
        The power asked for; without it the power of the pilot's own number of cases.
    negatives_per_positive : above 0, optional
        Of the new study; that of the pilot if left out. Only the number of negative cases follows
        it, the variance stays the pilot's, as in pROC.
    alpha : in (0, 1)
    alternative : two-sided or one-sided

    Returns
    -------
    PowerAnalysis

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    pROC's ``power.roc.test(roc_a, roc_b)``: DeLong's covariance; without a difference both areas
    have the variance of ``score_a``'s, which makes the standard of comparison the first. A pilot's
    difference is too large on average if it was the reason to go on.

    References
    ----------
    Obuchowski and McClish 1997,
    doi:10.1002/(SICI)1097-0258(19970715)16:13<1529::AID-SIM565>3.0.CO;2-H; DeLong, DeLong and
    Clarke-Pearson 1988, doi:10.2307/2531595.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> a, b = [1, 2, 5, 3, 6, 4, 2, 5, 7, 3], [1, 2, 3, 3, 5, 4, 6, 5, 7, 8]
    >>> size_auc_difference_from(y, a, b, power=0.8).n_positive
    21
    """
    observed, scores, _ = gate(y_true, (score_a, score_b), None, ("score_a", "score_b"))
    areas, values = placements(observed, np.stack(scores))
    covariance = delong_covariance(observed, values) * observed.sum()
    difference = float(areas[0] - areas[1])
    if np.isnan(covariance).any():
        raise InputError("y_true needs two cases of each class or more, for a variance.")
    null = float(2 * covariance[0, 0] - 2 * covariance[0, 1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if difference == 0 or null < 0 or variance <= 0:
        raise InputError(
            f"score_a and score_b have areas of {areas[0]:.4f} and {areas[1]:.4f} in the pilot, "
            "which leaves no difference to plan for; use size_auc_difference with the difference "
            "that matters."
        )
    positives = int(observed.sum())
    own = (observed.size - positives) / positives
    ratio = own if negatives_per_positive is None else negatives_per_positive
    ratio = positive(ratio, "negatives_per_positive")
    plan = planned(
        ZTest(null, variance, difference),
        clustering(1, 0),
        power=power,
        n=positives if power is None else None,
        alpha=alpha,
        alternative=alternative,
    )
    about = f"areas of {areas[0]:.3f} and {areas[1]:.3f}, as in the pilot, differ"
    both = float(areas[0]), float(areas[1])
    return _analysis(plan, ratio, about, "DeLong's", both, *((POST_HOC,) if power is None else ()))


def area_variance(area: float, ratio: float) -> float:
    """Obuchowski's variance of an area times the number of positive cases; ``ratio`` negatives a
    positive case."""
    a2 = (1.414 * float(ndtri(area))) ** 2
    return float(0.0099 * np.exp(-a2 / 2) * (5 * a2 + 8 + (a2 + 8) / ratio))


def _covariance(a: float, b: float, correlation: float, ratio: float) -> float:
    """Of two empirical areas, times the number of positive cases: a shared positive case, and a
    shared negative one."""
    shared = _both(a, b, correlation / 2) - a * b
    return shared * (1 + 1 / ratio)


def _both(a: float, b: float, correlation: float) -> float:
    """The probability that two standard normals of this correlation lie below the quantiles of a
    and b."""
    h, k = float(ndtri(a)), float(ndtri(b))
    rest = (1 - correlation**2) ** 0.5
    parts = owens_t(h, (k - correlation * h) / (h * rest))
    parts += owens_t(k, (h - correlation * k) / (k * rest))
    return float((ndtr(h) + ndtr(k)) / 2 - parts)


def _analysis(
    plan: Plan, ratio: float, about: str, method: str, areas: tuple[float, ...], *notes: str
) -> PowerAnalysis:
    """The result for positive and negative cases."""
    positives, negatives = (plan.cluster.nodes(n) for n in (plan.exact, plan.exact * ratio))
    n = positives + negatives
    names = ("auc",) if len(areas) == 1 else ("auc_a", "auc_b")
    return plan.finished(
        n,
        positives,
        f"{n} cases ({positives} positive, {negatives} negative) shows that {about}",
        f"z test, {method} variance",
        values={
            "n_positive": positives,
            "n_negative": negatives,
            **dict(zip(names, areas, strict=True)),
        },
        warnings=notes,
    )
