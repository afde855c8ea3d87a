"""Agreement of two raters or more on categories: Fleiss, Conger, Light, Gwet, Krippendorff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from radln import _check
from radln._result import Estimate, EstimateResult, estimate_row, format_p
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import mean_covariance, normal_pvalue
from radln.stats.agreement._codings import below_chance, other_coding, raters_of
from radln.stats.agreement._counted import refuse_counted
from radln.stats.agreement._derived import other_scale
from radln.stats.agreement._mistaken import refuse_mistaken
from radln.stats.agreement._ratings import categories, order_for, refuse_measurements, several
from radln.stats.agreement.kappa import SLIVER, Weights, cohen, no_spread

Coefficient: TypeAlias = Literal["fleiss", "conger", "light", "gwet", "krippendorff"]
NAMES = {
    "fleiss": "Fleiss' kappa",
    "conger": "Conger's kappa (the exact form of Fleiss' kappa)",
    "light": "Light's kappa (mean of Cohen's over pairs of raters)",
    "gwet": "Gwet's AC",
    "krippendorff": "Krippendorff's alpha",
}
COMPLETE = ("conger", "light")
NOT_ESTIMABLE = "every rating is one and the same category: chance agreement is 1, 0 / 0."
ONE_PATIENT = "all subjects come from one patient: neither interval nor test."


class Part(NamedTuple):
    """A coefficient, agreement seen and by chance, and the influence of each subject on it."""

    value: float
    observed: float
    expected: float
    influence: FloatArray


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RaterAgreement(EstimateResult):
    """One coefficient of agreement among several raters.

    ``observed`` is the (weighted) share of agreeing pairs of raters with its interval, ``expected``
    that by chance; ``exact`` is the share of pairs in one and the same category, ``unweighted`` the
    coefficient that counts every disagreement alike: without weights ``observed`` and the estimate.
    ``by_category`` holds Fleiss' kappa of each category against all others;
    it is empty for other coefficients and with weights. ``n`` subjects count, ``n_omitted`` had too
    few ratings. ``n_positive`` is 0: there is no outcome.
    """

    coefficient: Coefficient
    weights: Weights | None
    labels: tuple[Any, ...]
    n_raters: int
    n_omitted: int
    observed: Estimate
    expected: float
    exact: Estimate
    unweighted: Estimate
    statistic: float
    pvalue: float
    by_category: tuple[tuple[Any, Estimate, float, float], ...] = ()

    def frame(self) -> pd.DataFrame:
        """The coefficient, the observed agreement, and each category where that is defined."""
        tested = {"statistic": self.statistic, "pvalue": self.pvalue}
        rows = [
            {**estimate_row(self.estimate, quantity=self.coefficient), **tested},
            dict(estimate_row(self.observed, quantity="observed agreement")),
        ]
        if self.weights:
            rows[0]["weights"] = rows[1]["weights"] = self.weights
            for name, found in (
                ("exact agreement", self.exact),
                (f"{self.coefficient}, unweighted", self.unweighted),
            ):
                rows.append({**estimate_row(found, quantity=name), "weights": "none"})
        for label, estimate, statistic, pvalue in self.by_category:
            test = {"statistic": statistic, "pvalue": pvalue}
            rows.append({**estimate_row(estimate, quantity=f"category {label}"), **test})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The coefficient in words."""
        name = NAMES[self.coefficient]
        if self.coefficient == "gwet":
            name += "1" if self.weights is None else "2"
        weighted = f", {self.weights} weights" if self.weights else ""
        exact = ""
        if self.weights:
            exact = (
                f"; exact agreement {self.exact.format(1, percent=True)}, unweighted "
                f"{self.unweighted.format()}"
            )
        return (
            f"{name}{weighted}: {self.estimate.format()}, {format_p(self.pvalue)}; observed "
            f"agreement{weighted} {self.observed.format(1, percent=True)}, by chance "
            f"{100 * self.expected:.1f} %{exact}; {self.n} subjects of {self.n_patients} patients, "
            f"{self.n_raters} raters, {len(self.labels)} categories; {self.method}."
        )


@case_wise()
def rater_agreement(
    ratings: ArrayLike,
    *,
    coefficient: Coefficient = "fleiss",
    weights: Weights | None = None,
    labels: Sequence[Any] | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> RaterAgreement:
    """How far do several raters agree on categories, beyond what chance would give?

    Parameters
    ----------
    ratings : shape (n, k)
        One row a subject, one column a rater; numbers, text or bool. What lies another way is
        refused: counts or shares of raters by category, columns of 0 and 1 for the categories, a
        row a read, a table of two raters (rows and columns of one set of labels), a column that
        names the subjects. Where ratings look like counts, ``labels`` says that they are none.
    coefficient
        ``fleiss``: chance from the pooled categories, raters exchangeable. ``conger``: chance from
        each rater's own habits (the exact form of Fleiss' kappa; Cohen's for two raters).
        ``light``: the mean of Cohen's kappa over all pairs. ``gwet``: AC1, or AC2 with weights;
        hardly moved by a very common category. ``krippendorff``: alpha (with quadratic weights and
        numbers: its interval form).
    weights
        None, or ``linear`` or ``quadratic`` for ordered categories.
    labels
        All categories from the lowest to the highest, as in :func:`kappa`; those of ordered
        Categorical columns where not given. Gwet's chance agreement depends on how many there are:
        name those that nobody used, too.
    cluster : shape (n,), optional
        The patient of every subject.
    confidence_level : in (0, 1)

    Returns
    -------
    RaterAgreement
        NaN where every rating is one and the same category (Gwet's is 1 if labels names more).
        Without any disagreement it is 1 without an interval.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Missing ratings (NaN or None) are allowed for ``fleiss``, ``gwet`` and ``krippendorff``, with
    Gwet's generalisation: a subject with one rating tells about chance, not about agreement
    (for alpha it is left out); the error is then a little larger than a jackknife's. ``conger`` and
    ``light`` refuse them.

    Intervals are t intervals with ``n - 1`` degrees of freedom and Gwet's linearised variance, cut
    off at 1, as in irrCAC, and at -1; Light's is the mean of the linearised kappas of Cohen.
    ``statistic`` is the estimate over that error, except for Fleiss' kappa without weights, missing
    ratings or cluster, where it is z with the variance under no agreement of Fleiss, Nee and Landis
    (irr).
    With ``cluster`` the linearisation is summed over each patient and the degrees of freedom are
    the patients less 1.

    References
    ----------
    Fleiss 1971, doi:10.1037/h0031619; Fleiss, Nee and Landis 1979,
    doi:10.1037/0033-2909.86.5.974; Conger 1980, doi:10.1037/0033-2909.88.2.322; Light 1971,
    doi:10.1037/h0031643; Gwet 2008, doi:10.1348/000711006X126600; Krippendorff 1970,
    doi:10.1177/001316447003000105.

    Examples
    --------
    >>> ratings = [[1, 1, 1], [2, 2, 1], [3, 3, 3], [2, 2, 2], [1, 1, 2], [3, 3, 2], [1, 1, 1]]
    >>> rater_agreement(ratings).estimate.format()
    '0.56 (0.05–1.00)'
    >>> rater_agreement(ratings, coefficient="gwet", weights="quadratic").estimate.format()
    '0.80 (0.54–1.00)'
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.choice(coefficient, tuple(NAMES), name="coefficient")
    notes = refuse_mistaken(ratings, "ratings")
    if labels is None:
        notes += _refuse_counted(ratings)
        notes += refuse_measurements(ratings, "ratings")
    found = agreement_of(ratings, coefficient, weights, labels, cluster, level)
    return replace(found, warnings=(*notes, *found.warnings))


def _refuse_counted(ratings: ArrayLike) -> tuple[str, ...]:
    """The refusal of counts; where one column alone is to blame, of that column."""
    try:
        return refuse_counted(ratings, "ratings")
    except InputError as error:
        if said := other_scale(ratings, "ratings"):
            raise InputError(said) from error
        raise


def agreement_of(
    ratings: ArrayLike,
    coefficient: Coefficient,
    weights: Weights | None,
    labels: Sequence[Any] | None,
    cluster: ArrayLike | None,
    level: float,
) -> RaterAgreement:
    """The agreement of what is known to be ratings."""
    parts = [part for _, part in ratings.items()] if isinstance(ratings, pd.DataFrame) else []
    labels = order_for(labels, parts, weights, "the columns of ratings")
    rated = categories(ratings, labels=labels, weights=weights, missing=coefficient not in COMPLETE)
    patients = _check.clusters(cluster, rated.codes.shape[0])
    ratings_each = (rated.codes >= 0).sum(axis=1)
    kept = ratings_each >= (2 if coefficient == "krippendorff" else 1)
    if (ratings_each >= 2).sum() < 2:
        raise InputError(
            f"ratings holds {int((ratings_each >= 2).sum())} subject(s) with two ratings or more; "
            "agreement needs two subjects that two raters saw."
        )
    codes, q = rated.codes[kept], len(rated.labels)
    units = several(_check.clusters(None if patients is None else patients[kept], codes.shape[0]))
    counted = _counted(codes, q)
    part = _coefficient(coefficient, codes, counted, rated.weights)
    estimate = _interval(part.value, part.influence, units, level)
    unweighted = _coefficient(coefficient, codes, counted, np.eye(q))
    observed, exact = (
        _interval(float(seen.mean()), seen, units, level, bound=True)
        for seen in (_observed(counted, weight) for weight in (rated.weights, np.eye(q)))
    )
    plain = coefficient == "fleiss" and weights is None and units is None
    statistic, pvalue = _tested(part, estimate, counted, units, plain)
    return RaterAgreement(
        n=codes.shape[0],
        n_positive=0,
        n_patients=codes.shape[0] if units is None else int(units.max()) + 1,
        method=estimate.method,
        warnings=(
            *_notes(part, estimate, units, int((~kept).sum())),
            *(
                other_coding(codes, rated.labels, raters_of(ratings, codes.shape[1]))
                or below_chance(estimate)
            ),
        ),
        estimate=estimate,
        coefficient=coefficient,
        weights=weights,
        labels=rated.labels,
        n_raters=codes.shape[1],
        n_omitted=int((~kept).sum()),
        observed=observed,
        expected=part.expected,
        exact=exact,
        unweighted=_interval(unweighted.value, unweighted.influence, units, level),
        statistic=statistic,
        pvalue=pvalue,
        by_category=_by_category(counted, rated.labels, units, level) if plain else (),
    )


def _counted(codes: IntArray, q: int) -> FloatArray:
    """How many raters put each subject into each category: shape (n, q)."""
    return np.stack([(codes == k).sum(axis=1) for k in range(q)], axis=1).astype(np.float64)


def _observed(counted: FloatArray, weights: FloatArray) -> FloatArray:
    """Each subject's share of agreeing pairs, scaled so that the mean is that of subjects with two
    ratings or more."""
    ratings = counted.sum(axis=1)
    pairs = np.maximum(ratings * (ratings - 1), 1)
    agreeing = (counted * (counted @ weights - 1)).sum(axis=1) / pairs
    usable = ratings >= 2
    return np.asarray(np.where(usable, agreeing, 0.0) * ratings.size / usable.sum())


def _coefficient(
    coefficient: str, codes: IntArray, counted: FloatArray, weights: FloatArray
) -> Part:
    """The coefficient with what it is made of."""
    if coefficient == "light":
        return _light(codes, weights)
    if coefficient == "krippendorff":
        return _krippendorff(counted, weights)
    ratings = counted.sum(axis=1)
    shares = counted / ratings[:, None]
    if coefficient == "conger":
        expected, chance = _conger_chance(codes, weights)
    elif coefficient == "fleiss":
        pooled = shares.mean(axis=0)
        expected, chance = float(pooled @ weights @ pooled), 2 * (shares @ (weights @ pooled))
    else:
        pooled, q = shares.mean(axis=0), weights.shape[0]
        factor = weights.sum() / (q * (q - 1)) if q > 1 else np.nan
        expected = float(factor * (pooled * (1 - pooled)).sum())
        chance = 2 * factor * (shares @ (1 - pooled))
    seen = _observed(counted, weights)
    observed = float(seen.mean())
    if np.isnan(expected) or expected >= 1 - SLIVER:
        return Part(np.nan, observed, 1.0, np.full(ratings.size, np.nan))
    value = (observed - expected) / (1 - expected)
    # the expected agreement of subjects with one rating is left out, as Gwet does
    usable = np.where(ratings >= 2, ratings.size / (ratings >= 2).sum(), 0.0)
    own = (seen - usable * expected) / (1 - expected)
    influence = own - (1 - value) * (chance - chance.mean()) / (1 - expected)
    return Part(value, observed, expected, influence)


def _conger_chance(codes: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """Chance agreement of pairs of raters, each with its own habits, and its linearisation."""
    n, k = codes.shape
    own = np.stack([np.bincount(c, minlength=weights.shape[0]) for c in codes.T]) / n
    others = own.sum(axis=0) - own
    toward = others @ weights / (k * (k - 1))
    expected = float((own * toward).sum())
    return expected, np.sum([2 * toward[g][codes[:, g]] for g in range(k)], axis=0)


def _light(codes: IntArray, weights: FloatArray) -> Part:
    """The mean of Cohen's kappa over pairs of raters."""
    pairs = [
        cohen(codes[:, i], codes[:, j], weights) for i, j in combinations(range(codes.shape[1]), 2)
    ]
    return Part(
        float(np.mean([value for value, _, _ in pairs])),
        float(np.mean([parts.observed for _, parts, _ in pairs])),
        float(np.mean([parts.expected for _, parts, _ in pairs])),
        np.mean([influence for _, _, influence in pairs], axis=0),
    )


def _krippendorff(counted: FloatArray, weights: FloatArray) -> Part:
    """Alpha, with its correction for few ratings, and Gwet's linearisation."""
    ratings = counted.sum(axis=1)
    mean = float(ratings.mean())
    few = 1 / ratings.sum()
    agreeing = (counted * (counted @ weights - 1)).sum(axis=1) / (mean * (ratings - 1))
    raw = float(agreeing.mean())
    observed = (1 - few) * raw + few
    pooled = counted.mean(axis=0) / mean
    expected = float(pooled @ weights @ pooled)
    if expected >= 1 - SLIVER:
        return Part(np.nan, observed, 1.0, np.full(ratings.size, np.nan))
    value, before = (observed - expected) / (1 - expected), (raw - expected) / (1 - expected)
    more = (ratings - mean) / mean
    chance = counted @ weights @ pooled / mean - expected * more
    own = (agreeing - observed * more - expected) / (1 - expected)
    influence = own - 2 * (1 - before) * (chance - expected) / (1 - expected)
    return Part(value, observed, expected, influence)


def _interval(
    value: float,
    influence: FloatArray,
    cluster: IntArray | None,
    level: float,
    *,
    bound: bool = False,
) -> Estimate:
    """A t interval with the linearised variance, cut off at -1 (at 0 for a share) and 1."""
    name = "t interval, linearised variance"
    if cluster is not None:
        name += ", clustered by patient"
    if np.isnan(value):
        return Estimate(value, np.nan, np.nan, level, "not estimable")
    se = float(np.sqrt(mean_covariance(influence[:, None], cluster)[0, 0]))
    if not se > SLIVER:
        return Estimate(value, np.nan, np.nan, level, f"{name}: no interval", np.nan)
    arm = float(stdtrit(_df(influence, cluster), 0.5 + level / 2)) * se
    low = max(0.0 if bound else -1.0, value - arm)
    return Estimate(value, low, min(1.0, value + arm), level, name, se)


def _df(influence: FloatArray, cluster: IntArray | None) -> int:
    return influence.size - 1 if cluster is None else int(cluster.max())


def _tested(
    part: Part,
    estimate: Estimate,
    counted: FloatArray,
    cluster: IntArray | None,
    plain: bool,
) -> tuple[float, float]:
    """The statistic of no agreement beyond chance, and its p-value."""
    ratings = counted.sum(axis=1)
    if plain and (ratings == ratings[0]).all():
        null = _null_error(counted)
        z = part.value / null if null > 0 else np.nan
        return z, normal_pvalue(z, "two-sided")
    se = np.nan if estimate.se is None else estimate.se
    statistic = part.value / se
    return statistic, float(2 * stdtr(_df(part.influence, cluster), -abs(statistic)))


def _null_error(counted: FloatArray) -> float:
    """The error of Fleiss' kappa where nobody agrees beyond chance."""
    n, k = counted.shape[0], counted[0].sum()
    p = counted.sum(axis=0) / (n * k)
    spread = p * (1 - p)
    total = spread.sum()
    if total == 0:
        return np.nan
    inner = total**2 - (spread * (1 - 2 * p)).sum()
    return float(np.sqrt(2 * max(0.0, inner) / (n * k * (k - 1))) / total)


def _by_category(
    counted: FloatArray, labels: tuple[Any, ...], cluster: IntArray | None, level: float
) -> tuple[tuple[Any, Estimate, float, float], ...]:
    """Fleiss' kappa of each category against all others."""
    rows = []
    codes = np.empty((counted.shape[0], 0), dtype=np.int64)
    for column, label in zip(counted.T, labels, strict=True):
        two = np.stack([column, counted.sum(axis=1) - column], axis=1)
        part = _coefficient("fleiss", codes, two, np.eye(2))
        estimate = _interval(part.value, part.influence, cluster, level)
        rows.append((label, estimate, *_tested(part, estimate, two, cluster, True)))
    return tuple(rows)


def _notes(
    part: Part, estimate: Estimate, cluster: IntArray | None, omitted: int
) -> tuple[str, ...]:
    """What must be said beside the numbers."""
    notes = []
    if np.isnan(part.value):
        notes.append(NOT_ESTIMABLE)
    elif cluster is not None and cluster.max() == 0:
        notes.append(ONE_PATIENT)
    elif np.isnan(estimate.low):
        notes.append(no_spread(part.value))
    if omitted:
        notes.append(f"{omitted} subject(s) with too few ratings were left out.")
    return tuple(notes)
