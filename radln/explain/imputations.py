"""A table of odds ratios where values are missing: several imputations, joined by Rubin's rules.

These imputations are drawn, and see the outcome, as they must for unbiased coefficients. They never
feed a prediction: a new patient has no outcome yet (there the step ``chained`` fills in).

References
----------
Rubin 1987, doi:10.1002/9780470316696; van Buuren and Groothuis-Oudshoorn 2011,
doi:10.18637/jss.v045.i03; Barnard and Rubin 1999, doi:10.1093/biomet/86.4.948.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from radln import _check
from radln._random import task_rng
from radln._shown import ShortRepr
from radln._types import ArrayLike, BoolArray, FloatArray
from radln.errors import InputError, RadlnWarning
from radln.models.steps.chained import Column, column_of, others
from radln.models.steps.encode import is_missing
from radln.stats import logistic_regression

FEWEST = 20
DONORS = 5
RIDGE = 1e-5  # of the diagonal, as mice's
MANY = 0.5  # of a column's values missing, above which the table warns


@dataclass(frozen=True, eq=False, repr=False)
class ImputedTable(ShortRepr):
    """One row a term: coefficient, se, odds ratio with limits, p, df, and the share of information
    that is missing (``missing_information``).

    ``gaps`` counts the missing values of every column; ``warnings`` are to be said beside it.
    """

    table: pd.DataFrame
    gaps: pd.Series
    imputations: int
    n: int
    n_patients: int
    method: str
    warnings: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


@dataclass(frozen=True, eq=False)
class Pooled:
    """Joined estimates (k,): value, total variance, degrees of freedom, missing information."""

    value: FloatArray
    variance: FloatArray
    df: FloatArray
    missing_information: FloatArray


def rubin(values: FloatArray, variances: FloatArray, df: float) -> Pooled:
    """Join estimates of several imputations by Rubin's rules.

    Parameters
    ----------
    values, variances
        Of every imputation, shape (m, k).
    df
        Degrees of freedom that complete data would have.

    Examples
    --------
    >>> found = rubin(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 0.5), 100.0)
    >>> float(found.value[0]), round(float(found.variance[0]), 4)  # 0.5 + (1 + 1/3) x 1
    (2.0, 1.8333)
    """
    m = len(values)
    between = (1 + 1 / m) * values.var(axis=0, ddof=1)
    within = variances.mean(axis=0)
    total = within + between
    share = np.where(between > 1e-12 * total, between / total, 0.0)  # else it is rounding
    seen = (df + 1) / (df + 3) * df * (1 - share)
    with np.errstate(divide="ignore"):
        drawn = np.where(share > 0, (m - 1) / share**2, np.inf)
    both = 1 / (1 / drawn + 1 / seen)
    ratio = share / np.maximum(1 - share, 1e-300)
    information = (ratio + 2 / (both + 3)) / (1 + ratio)
    return Pooled(values.mean(axis=0), total, both, np.where(share > 0, information, 0.0))


def imputed_table(
    y_true: ArrayLike,
    predictors: pd.DataFrame,
    *,
    cluster: ArrayLike | None = None,
    imputations: int = FEWEST,
    rounds: int = 10,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> ImputedTable:
    """By how much does each variable raise the odds, where some of its values are missing?

    Parameters
    ----------
    y_true : shape (n,), 0/1
        Complete.
    predictors
        Numbers, and categories as text (their commonest level is the reference).
    cluster : shape (n,), optional
        The patient of every row: errors are robust by patient, and a column that is the same in
        all rows of a patient is filled in once for the patient.
    imputations : at least 20
    rounds
        Times that every column is drawn anew before an imputation is used.
    seed
        The same seed gives the same table.

    Raises
    ------
    InputError, SingleClassError, ConvergenceError

    Notes
    -----
    Values are assumed to be missing at random given the other columns and the outcome. A missing
    value is that of one of the five rows whose prediction is nearest (predictive mean matching,
    with drawn coefficients), so that it is always one that was observed. For variables that were
    named beforehand: after a choice on the same rows p-values are too small.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> age = rng.normal(50, 10, 200)
    >>> y = rng.random(200) < 1 / (1 + np.exp(5 - 0.1 * age))
    >>> age[:30] = np.nan
    >>> found = imputed_table(y, pd.DataFrame({"age": age, "side": ["left", "right"] * 100}))
    >>> found.table["term"].tolist(), int(found.gaps["age"])
    (['age', 'side: right (against left)'], 30)
    """
    positive = _check.outcome(y_true)
    if isinstance(imputations, bool) or imputations < FEWEST:
        raise InputError(f"imputations must be at least {FEWEST}; got {imputations!r}.")
    frame = predictors.reset_index(drop=True)
    if len(frame) != positive.size:
        raise InputError(
            f"predictors have {len(frame)} rows, y_true {positive.size}; they must be the same."
        )
    columns = [_usable(str(name), frame[name]) for name in frame.columns]
    codes = _check.clusters(cluster, positive.size)
    patients = np.arange(positive.size) if codes is None else np.asarray(codes)
    frame, whole = _of_patients(frame, patients, own=codes is not None)
    gaps = pd.Series({c.name: int(is_missing(predictors[c.name]).sum()) for c in columns})
    fits, said = [], list[str]()
    for k in range(imputations):
        rng = task_rng(seed, "imputation", k)
        filled = _draw(frame, columns, positive, patients, whole, rounds, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadlnWarning)  # they are among the table's own
            fits.append(logistic_regression(positive, filled, cluster=cluster))
        said += fits[-1].warnings
    values = np.stack([fit.coefficients[1:] for fit in fits])
    variances = np.stack([np.diag(fit.covariance)[1:] for fit in fits])
    units = positive.size if codes is None else int(patients.max()) + 1
    pooled = rubin(values, variances, float(max(units - values.shape[1] - 1, 1)))
    return ImputedTable(
        _table(list(fits[0].names[1:]), pooled, confidence_level),
        gaps,
        imputations,
        positive.size,
        int(pd.unique(patients).size),
        f"logistic regression on {imputations} imputations with the outcome, Rubin's rules"
        + ", errors robust by patient" * (codes is not None),
        (*dict.fromkeys(said), *_many(gaps, positive.size)),
    )


def _table(names: list[str], pooled: Pooled, confidence_level: float) -> pd.DataFrame:
    se = np.sqrt(pooled.variance)
    arm = stdtrit(pooled.df, 0.5 + confidence_level / 2) * se
    return pd.DataFrame(
        {
            "term": names,
            "coefficient": pooled.value,
            "se": se,
            "odds_ratio": np.exp(pooled.value),
            "low": np.exp(pooled.value - arm),
            "high": np.exp(pooled.value + arm),
            "pvalue": 2 * stdtr(pooled.df, -np.abs(pooled.value / se)),
            "df": pooled.df,
            "missing_information": pooled.missing_information,
        }
    )


def _many(gaps: pd.Series, n: int) -> tuple[str, ...]:
    much = [f"{name} ({count} of {n})" for name, count in gaps.items() if count > MANY * n]
    if not much:
        return ()
    return (f"more than half of the values are missing: {', '.join(much)}; its ratio is a guess.",)


def _usable(name: str, values: pd.Series) -> Column:
    column = column_of(name, values)
    if column is None or values.dropna().nunique() < 2:
        raise InputError(f"the column {name!r} has no two different values; leave it out.")
    return column


def _of_patients(
    frame: pd.DataFrame, patients: np.ndarray[tuple[int, ...], np.dtype[np.int64]], *, own: bool
) -> tuple[pd.DataFrame, set[str]]:
    """The table with a patient's own value where another row of the patient has it, and the columns
    that never differ within a patient.
    """
    if not own:
        return frame, set()
    same = {str(c) for c in frame.columns if frame[c].groupby(patients).nunique().max() <= 1}
    filled = {
        c: frame[c].where(~is_missing(frame[c])).groupby(patients).transform("first") for c in same
    }
    return frame.assign(**filled), same


def _draw(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    positive: BoolArray,
    patients: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    whole: set[str],
    rounds: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One imputation, as the columns of a regression."""
    taken = [column.take(frame) for column in columns]
    seen, missing = [x.copy() for x, _ in taken], [gaps for _, gaps in taken]
    first = pd.Series(np.arange(len(frame))).groupby(patients).transform("first").to_numpy()
    for x, gaps in zip(seen, missing, strict=True):
        x[gaps] = x[rng.choice(np.flatnonzero(~gaps), int(gaps.sum()))]
    outcome = positive.astype(np.float64)[:, None]
    for _ in range(rounds):
        for k in sorted(range(len(columns)), key=lambda k: int(missing[k].sum())):
            gaps = missing[k]
            if gaps.any():
                design = np.column_stack([others(k, seen), outcome])
                seen[k][gaps] = seen[k][_donors(design, seen[k], gaps, rng)]
                if columns[k].name in whole:
                    seen[k][gaps] = seen[k][first[gaps]]
    parts = {}
    for column, x in zip(columns, seen, strict=True):
        if not column.levels:
            parts[column.name] = x[:, 0] * column.scale + column.mean
        for j, level in enumerate(column.levels[1:], start=1):
            parts[f"{column.name}: {level} (against {column.levels[0]})"] = x[:, j]
    return pd.DataFrame(parts)


def _donors(
    design: FloatArray, target: FloatArray, gaps: BoolArray, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """For every row with a gap, one of the observed rows whose predictions are nearest.

    Observed rows are predicted by the estimated, the others by drawn coefficients.
    """
    known = np.flatnonzero(~gaps)
    x, y = design[known], target[known]
    gram = x.T @ x
    inverse = np.linalg.inv(gram + RIDGE * np.diag(np.diag(gram)) + 1e-12 * np.eye(len(gram)))
    weights = inverse @ x.T @ y
    freedom = max(len(known) - x.shape[1], 1)
    residual = ((y - x @ weights) ** 2).sum(axis=0)
    sigma = np.sqrt(residual / rng.chisquare(freedom))
    root = np.linalg.cholesky((inverse + inverse.T) / 2)
    drawn = weights + root @ rng.standard_normal(weights.shape) * sigma
    far = (((design[gaps] @ drawn)[:, None, :] - (x @ weights)[None]) ** 2).sum(axis=2)
    nearest = np.argsort(far, axis=1, kind="stable")[:, :DONORS]
    chosen = nearest[np.arange(len(nearest)), rng.integers(nearest.shape[1], size=len(nearest))]
    return np.asarray(known[chosen])
