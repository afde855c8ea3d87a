"""A proportion with its interval, from independent cases or from patients with several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from radln import _check
from radln._result import Estimate, EstimateResult, estimate_row
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import mean_covariance, quantile, wilson_limits
from radln.stats._patients import tally_of, without_inference

ProportionMethod: TypeAlias = Literal[
    "wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald"
]
METHODS = ("wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald")
ALL_ALIKE = (
    "all cases are alike, so the correlation within patients cannot be estimated; the interval "
    "takes the cases of a patient as one (the most cautious choice)."
)


WALD = "the Wald interval is too narrow for small n and near 0 or 1; use method='wilson'."
DUST = 1e-12
CUT_OFF = "the interval was cut off at 0 and 1; use method='wilson'."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Proportion(EstimateResult):
    """A proportion ``k / n`` with its interval.

    ``design_effect`` is 1 for independent cases; ``n / design_effect`` is the number of independent
    cases that would be as informative.
    """

    k: int
    design_effect: float = 1.0

    def frame(self) -> pd.DataFrame:
        """One row: the estimate, k, n and the design effect."""
        row = estimate_row(self.estimate, k=self.k, n=self.n, design_effect=self.design_effect)
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The proportion in words."""
        return f"{self.estimate.format(1, percent=True)}; {self.k} of {self.n}; {self.method}."


@case_wise()
def proportion(
    k: ArrayLike,
    n: int | None = None,
    *,
    method: ProportionMethod = "wilson",
    confidence_level: float = 0.95,
    cluster: ArrayLike | None = None,
) -> Proportion:
    """Which share of cases is it, and how sure is that?

    Parameters
    ----------
    k : int, or shape (n,) of 0/1
        How many of ``n``; or one 0/1 a case, as needed with ``cluster``.
    n : int, optional
        How many cases; not needed for a vector.
    method
        ``wald`` is offered for comparison with old papers and gives a warning. ``agresti-coull``
        and ``wald`` are cut off at 0 and 1 (R's binom leaves them as they come), and ``warnings``
        says where.
    confidence_level : in (0, 1)
    cluster : shape (n,), optional
        The patient of every case. The interval is then that of ``n / design effect`` cases.

    Returns
    -------
    Proportion
        With ``n = 0`` value and limits are NaN ("not estimable") and ``warnings`` says so.

    Raises
    ------
    InputError
        k outside 0..n, or clusters without a 0/1 vector.

    Notes
    -----
    Design effect: the variance of the ratio of totals over patients, ``I / (I - 1)
    sum_i (k_i - p n_i)^2 / n^2``, divided by ``p (1 - p) / n``, and at least 1 (Rao and Scott
    1992). Where all cases are alike it is ``sum n_i^2 / n``, its value for patients whose cases
    always agree.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Brown, Cai and DasGupta 2001,
    doi:10.1214/ss/1009213286; Rao and Scott 1992, doi:10.2307/2532311.

    Examples
    --------
    >>> proportion(17, 20)
    85.0 % (64.0–94.8); 17 of 20; Wilson.
    >>> proportion([1, 1, 0, 0], cluster=["a", "a", "b", "b"]).design_effect
    4.0
    """
    _check.choice(method, METHODS, name="method")
    events, total, patients, effect, notes = _counted(k, n, cluster)
    name = method.title().replace("-p", "-P").replace("-c", "-C")
    if cluster is not None:
        name += " on n / design effect, clustered by patient"
    estimate, cut = _estimate(events, total, effect, method, name, confidence_level)
    return Proportion(
        n=total,
        n_positive=events,
        n_patients=patients,
        method=name,
        warnings=(*about_method(method), *notes, *((CUT_OFF,) if cut else ())),
        estimate=estimate,
        k=events,
        design_effect=effect,
    )


def share_among(
    hit: BoolArray,
    among: BoolArray,
    cluster: IntArray | None,
    *,
    method: ProportionMethod = "wilson",
    confidence_level: float,
) -> Proportion:
    """The share of hits among the chosen cases, without an interval where their patients are few.

    Not estimable among none. What :func:`about_groups` says of few patients is for the caller.
    """
    patients = None if cluster is None or not among.any() else cluster[among]
    found = proportion(
        hit[among], method=method, cluster=patients, confidence_level=confidence_level
    )
    tally = tally_of(cluster, among)
    return found if tally is None or not tally.withheld else without_inference(found, tally.why)


def about_method(method: ProportionMethod) -> tuple[str, ...]:
    """What must be said of a method, whatever the data."""
    return (WALD,) if method == "wald" else ()


def _counted(
    k: ArrayLike, n: int | None, cluster: ArrayLike | None
) -> tuple[int, int, int, float, tuple[str, ...]]:
    """Events, cases, patients, design effect, and what is to be said."""
    if np.ndim(k) == 0:
        events, total = _whole(k, "k"), _whole(n, "n")
        if cluster is not None:
            raise InputError("with cluster, k must be one 0/1 a case, not a count.")
        if not 0 <= events <= total:
            raise InputError(f"k must lie within 0..n; got k = {events}, n = {total}.")
        return events, total, total, 1.0, () if total else ("no case to count.",)
    values = np.asarray(k)
    if n is not None and _whole(n, "n") != values.size:
        raise InputError(f"k holds {values.size} cases but n is {n}; leave n out.")
    if values.size == 0:
        return 0, 0, 0, 1.0, ("no case to count.",)
    x = _check.outcome(values, name="k", both=False).astype(np.float64)
    codes = _check.clusters(cluster, x.size)
    if codes is None:
        return int(x.sum()), x.size, x.size, 1.0, ()
    effect, notes = _design_effect(x, codes)
    return int(x.sum()), x.size, int(codes.max()) + 1, effect, notes


def _whole(value: object, name: str) -> int:
    """A count."""
    number = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if not _check.is_number(number) or number != int(number):
        raise InputError(f"{name} must be a whole number; got {value!r}.")
    return int(number)


def _design_effect(x: FloatArray, cluster: IntArray) -> tuple[float, tuple[str, ...]]:
    """By how much clustering inflates the variance of a proportion."""
    p, n = float(x.mean()), x.size
    sizes = np.bincount(cluster)
    if sizes.size < 2:
        return np.nan, ("no interval: all cases come from one patient.",)
    if p in (0.0, 1.0):
        effect = float((sizes**2).sum() / n)
        return effect, (ALL_ALIKE,) if effect > 1 else ()
    variance = float(mean_covariance(x[:, None], cluster)[0, 0])
    return max(1.0, variance / (p * (1 - p) / n)), ()


def _estimate(
    events: int, total: int, effect: float, method: str, name: str, confidence_level: float
) -> tuple[Estimate, bool]:
    """The interval of ``events`` of ``total`` cases, worth ``total / effect`` independent ones.

    And whether it was cut off at 0 or 1.
    """
    z = quantile(confidence_level)
    if total == 0:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "not estimable: no case"), False
    p, size = events / total, total / effect
    se = float(np.sqrt(p * (1 - p) / size))
    if np.isnan(effect):
        return Estimate(p, np.nan, np.nan, confidence_level, name, se), False
    count = p * size
    tail = 0.5 - confidence_level / 2
    if method == "wilson":
        limits = wilson_limits(p, size, confidence_level)
    elif method == "agresti-coull":
        centre = (count + z**2 / 2) / (size + z**2)
        arm = z * np.sqrt(centre * (1 - centre) / (size + z**2))
        limits = centre - arm, centre + arm
    elif method == "jeffreys":
        shape = count + 0.5, size - count + 0.5
        limits = betaincinv(*shape, tail), betaincinv(*shape, 1 - tail)
    elif method == "clopper-pearson":
        limits = (
            0.0 if events == 0 else betaincinv(count, size - count + 1, tail),
            1.0 if events == total else betaincinv(count + 1, size - count, 1 - tail),
        )
    else:
        limits = p - z * se, p + z * se
    low, high = (float(limit) for limit in np.clip(limits, 0.0, 1.0))
    cut = min(limits) < -DUST or max(limits) > 1 + DUST
    return Estimate(p, low, high, confidence_level, name, se), cut
