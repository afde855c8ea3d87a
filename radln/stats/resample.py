"""Resampling and permuting patients, never single images."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from radln import _check
from radln._random import as_generator
from radln._result import Estimate
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import cluster_sums

CHUNK = 2_000_000
ALONE = (
    "a class has one case (or one patient): a bootstrap cannot show how other patients would "
    "differ, and the intervals are too narrow."
)


@case_wise()
def patient_bootstrap(
    statistic: Callable[[IntArray], float | FloatArray],
    n: int,
    cluster: ArrayLike | None = None,
    *,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> FloatArray:
    """How would a number vary over other samples of patients?

    Parameters
    ----------
    statistic
        Takes the row positions of a resample (with repetitions), returns a number or a vector of
        k; NaN where it cannot be computed.
    n
        How many rows there are.
    cluster : shape (n,), optional
        The patient of every row; all rows of a drawn patient come along. Without it every row is
        its own patient.
    n_resamples : at least 1
    rng
        Seed or Generator.

    Returns
    -------
    values : shape (n_resamples,) or (n_resamples, k)

    References
    ----------
    Field and Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> values = patient_bootstrap(lambda rows: x[rows].mean(), 4, n_resamples=500)
    >>> bool(1.5 < np.median(values) < 3.5)
    True
    """
    if not callable(statistic):
        raise InputError(f"statistic must be a function of row positions; got {statistic!r}.")
    at_least_one(n_resamples)
    n = _check.whole(n, name="n")
    generator = as_generator(rng)
    codes = _check.clusters(cluster, n)
    if codes is None:
        return np.array([statistic(generator.integers(n, size=n)) for _ in range(n_resamples)])
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    draws = generator.integers(len(members), size=(n_resamples, len(members)))
    return np.array([statistic(np.concatenate([members[i] for i in draw])) for draw in draws])


def bootstrap_totals(
    columns: FloatArray, cluster: IntArray | None, *, n_resamples: int, rng: Rng
) -> FloatArray:
    """Totals (n_resamples, k) of ``columns`` (n, k) over resampled patients, for functions of sums.

    Far faster than :func:`patient_bootstrap`, since only the totals of patients are resampled.
    """
    at_least_one(n_resamples)
    generator = as_generator(rng)
    units = columns if cluster is None else cluster_sums(columns, cluster)
    n_units = units.shape[0]
    rows = max(1, CHUNK // n_units)
    parts = []
    for start in range(0, n_resamples, rows):
        size = min(rows, n_resamples - start)
        parts.append(units[generator.integers(n_units, size=(size, n_units))].sum(axis=1))
    return np.concatenate(parts)


def resampled_weights(
    positive: BoolArray, cluster: IntArray | None, *, n_resamples: int, rng: Rng
) -> Iterator[IntArray]:
    """How often each case is drawn: blocks (b, n) of a patient bootstrap.

    Patients are drawn within three strata (without, with only, and with both positive and negative
    cases), so that every resample holds both classes. With one case a patient that is pROC's
    stratified bootstrap.
    """
    n_resamples = _check.whole(n_resamples, name="n_resamples", least=2)
    generator = as_generator(rng)
    codes = np.arange(positive.size) if cluster is None else cluster
    n_patients = int(codes.max()) + 1
    kind = (np.bincount(codes, positive) > 0) + 2 * (np.bincount(codes, ~positive) > 0)
    strata = [np.flatnonzero(kind == k) for k in np.unique(kind)]
    rows = max(1, CHUNK // positive.size)
    for start in range(0, n_resamples, rows):
        size = min(rows, n_resamples - start)
        drawn = np.zeros((size, n_patients), dtype=np.int64)
        for members in strata:
            draws = generator.integers(members.size, size=(size, members.size))
            draws += members.size * np.arange(size)[:, None]
            times = np.bincount(draws.ravel(), minlength=size * members.size)
            drawn[:, members] = times.reshape(size, members.size)
        yield drawn[:, codes]


def about_resampling(positive: BoolArray, cluster: IntArray | None) -> tuple[str, ...]:
    """What must be said where a class comes from a single patient."""
    codes = np.arange(positive.size) if cluster is None else cluster
    fewest = min(np.unique(codes[positive]).size, np.unique(codes[~positive]).size)
    return (ALONE,) if fewest < 2 else ()


@case_wise()
def percentile_interval(
    value: float, resampled: FloatArray, *, confidence_level: float = 0.95, method: str = ""
) -> Estimate:
    """``value`` between the percentiles of its bootstrap values, NaN values left out.

    Where more than one resample in ten has no value, no interval is given: those left would not
    stand for the rest. Nor where all resamples are alike: an interval without width would claim
    that other patients cannot differ.
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    if not _check.is_number(value) and not (isinstance(value, float) and np.isnan(value)):
        raise InputError(f"value must be a number, or NaN; got {value!r}.")
    if not isinstance(method, str):
        raise InputError(f"method must be a text; got {method!r}.")
    resampled = _check.vector(resampled, name="resampled")
    known = resampled[~np.isnan(resampled)]
    method = method or f"patient bootstrap, {resampled.size} resamples, percentile"
    if np.isnan(value) or known.size < max(2, 0.9 * resampled.size):
        return Estimate(value, np.nan, np.nan, level, f"{method}: too few usable resamples")
    if (known == known[0]).all():
        return Estimate(value, np.nan, np.nan, level, f"{method}: all resamples are alike", 0.0)
    low, high = np.quantile(known, [0.5 - level / 2, 0.5 + level / 2])
    return Estimate(value, float(low), float(high), level, method, float(known.std(ddof=1)))


@case_wise()
def permute_by_patient(y_true: ArrayLike, cluster: ArrayLike | None, rng: Rng) -> BoolArray:
    """The outcome with its tie to the images broken, but its ties within patients kept.

    Parameters
    ----------
    y_true : shape (n,), 0/1
    cluster : shape (n,), optional
        The patient of every row.
    rng
        Seed or Generator.

    Returns
    -------
    permuted : shape (n,), bool

    Notes
    -----
    Where the outcome is constant within patients, the labels are permuted over the patients, so
    that the number of positive patients stays (the number of positive rows may not). Otherwise the
    whole outcome vectors are exchanged between patients with equally many rows; a patient whose
    number of rows nobody shares keeps its own.

    Examples
    --------
    >>> permute_by_patient([1, 1, 0, 0, 0], ["a", "a", "b", "b", "c"], 0).sum() in (1, 2)
    True
    """
    positive = _check.outcome(y_true)
    codes = _check.clusters(cluster, positive.size)
    return next(permutations_by_patient(positive, codes, as_generator(rng)))


def permutations_by_patient(
    positive: BoolArray, cluster: IntArray | None, generator: np.random.Generator
) -> Iterator[BoolArray]:
    """Endless outcomes as :func:`permute_by_patient` makes them."""
    if cluster is None:
        while True:
            yield generator.permutation(positive)
    sizes = np.bincount(cluster)
    positives = np.bincount(cluster, weights=positive)
    if np.isin(positives / sizes, [0.0, 1.0]).all():
        while True:
            yield np.asarray(generator.permutation(positives > 0)[cluster])
    order = np.argsort(cluster, kind="stable")
    members = np.split(order, np.cumsum(sizes)[:-1])
    groups = [np.stack([m for m in members if m.size == size]) for size in np.unique(sizes)]
    while True:
        permuted = positive.copy()
        for alike in groups:
            permuted[alike] = positive[generator.permutation(alike)]
        yield permuted


@case_wise()
def permutation_pvalue(observed: float, null: ArrayLike) -> float:
    """How often does chance alone reach the observed value? Never 0.

    ``(1 + #{null >= observed}) / (1 + n)``: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> permutation_pvalue(0.9, [0.4, 0.5, 0.6])
    0.25
    """
    values = _check.numbers(null, name="null")
    if values.size == 0:
        raise InputError("null is empty; give the values of the permutations.")
    if not _check.is_number(observed):
        raise InputError(f"observed must be a finite number; got {observed!r}.")
    return float((1 + (values >= observed).sum()) / (1 + values.size))


def at_least_one(n_resamples: int) -> None:
    """Refuse no resamples."""
    _check.whole(n_resamples, name="n_resamples")
