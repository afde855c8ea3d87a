"""A whole estimator fitted again to resampled patients: its risks for every case of the study."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radln import _check
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError, InputError
from radln.stats._design import refuse_categories
from radln.stats._identifiers import refuse_identifiers
from radln.stats.validation._inner_folds import with_patient_folds

FEWEST = 0.9  # of the refits must succeed


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a study with their units of resampling and the patients behind them.

    In the study itself both are the patients; in a resample of it every draw is a unit of its own.
    """

    X: Any
    y: BoolArray
    units: IntArray
    patients: IntArray

    def take(self, rows: IntArray, units: IntArray) -> Sample:
        """Some rows, with repetitions, as a sample of their own."""
        X = self.X.iloc[rows] if hasattr(self.X, "iloc") else self.X[rows]
        return Sample(X, self.y[rows], units, self.patients[rows])

    def resample(self, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Rows and units of as many drawn patients; drawn again until both classes are there."""
        order = np.argsort(self.units, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(self.units))[:-1])
        for _ in range(1000):
            drawn = [members[i] for i in rng.integers(len(members), size=len(members))]
            rows = np.concatenate(drawn)
            if 0 < self.y[rows].sum() < rows.size:
                units = np.repeat(np.arange(len(drawn)), [part.size for part in drawn])
                return rows, units
        raise InputError("resamples of these patients hold one class only; collect more patients.")


@dataclass(frozen=True, eq=False)
class Refits:
    """Risks ``apparent`` (n,) of the model fitted to all, ``resampled`` (b, n) of the refits.

    ``counts`` (b, n) says how often each case was drawn. Refits that failed are left out.
    """

    apparent: FloatArray
    resampled: FloatArray
    counts: IntArray
    notes: tuple[str, ...]


def refit(
    estimator: Any,
    sample: Sample,
    *,
    n_resamples: int,
    rng: np.random.Generator,
    n_jobs: int | None = 1,
) -> Refits:
    """Fit once to the sample and once to each resample of its patients."""
    from joblib import Parallel, delayed

    seeds = rng.integers(2**63, size=n_resamples + 1)
    try:
        apparent, notes = _risks(estimator, sample, sample, int(seeds[0]))
    except ConvergenceError:
        raise
    except Exception as error:  # whatever a user's estimator raises is told with its column
        raise InputError(_cannot_fit(sample.X, error)) from error
    found = Parallel(n_jobs=n_jobs)(
        delayed(_one)(estimator, sample, int(seed)) for seed in seeds[1:]
    )
    good = [one for one in found if isinstance(one[0], np.ndarray)]
    failed = [one[0] for one in found if not isinstance(one[0], np.ndarray)]
    if len(good) < FEWEST * n_resamples:
        raise ConvergenceError(
            f"the estimator failed on {len(failed)} of {n_resamples} resamples, for example: "
            f"{failed[0]}. Simplify it, or collect more patients."
        )
    said = Counter(note for one in good for note in set(one[2]))
    told = [f"{times} of {n_resamples} refits warned: {note}" for note, times in said.items()]
    told += [f"{len(failed)} of {n_resamples} refits failed, such as: {e}" for e in failed[:1]]
    return Refits(
        apparent=apparent,
        resampled=np.stack([one[0] for one in good]),
        counts=np.stack([one[1] for one in good]),
        notes=(*[f"the fit to all patients warned: {note}" for note in sorted(set(notes))], *told),
    )


def _one(estimator: Any, sample: Sample, seed: int) -> tuple[FloatArray | str, IntArray, list[str]]:
    """Risks, counts and warnings of one refit; the reason in place of risks where it failed."""
    rows, units = sample.resample(np.random.default_rng(seed))
    counts = np.bincount(rows, minlength=sample.y.size).astype(np.int64)
    try:
        risks, notes = _risks(estimator, sample.take(rows, units), sample, seed)
    except Exception as error:  # whatever a user's estimator raises is counted, with its reason
        return f"{type(error).__name__}: {error}", counts, []
    return risks, counts, notes


def _risks(estimator: Any, train: Sample, test: Sample, seed: int) -> tuple[FloatArray, list[str]]:
    """Fit a copy and predict the risk of the positive class; what it warned of."""
    from sklearn.base import clone

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = with_patient_folds(clone(estimator), train.y, train.patients, seed % 2**32)
        fitted = fitted.fit(train.X, train.y.astype(np.int64))
        risks = np.asarray(fitted.predict_proba(test.X), dtype=np.float64)[:, 1]
    if not np.isfinite(risks).all():
        raise ConvergenceError("the estimator predicted missing or infinite risks.")
    return risks, [f"{w.category.__name__}: {str(w.message).splitlines()[0]}" for w in caught]


def _cannot_fit(X: Any, error: Exception) -> str:
    """Why an estimator could not be fitted to a table, with the columns that are to blame."""
    table = pd.DataFrame(X).infer_objects()
    words = [str(name) for name in table if not _is_number(table[name])]
    gaps = [str(name) for name in table if table[name].isna().any()]
    told = (
        f"the estimator cannot be fitted to X ({type(error).__name__}: {str(error).split('.')[0]})."
    )
    if words:
        return (
            f"{told} Column(s) {', '.join(words)} of X hold text or categories: encode them inside "
            "the estimator, such as make_pipeline(make_column_transformer((OneHotEncoder(), "
            f"{words!r}), remainder='passthrough'), ...), or give 0/1 columns."
        )
    if gaps:
        return (
            f"{told} Column(s) {', '.join(gaps)} of X have missing values: impute them inside the "
            "estimator, such as make_pipeline(SimpleImputer(), ...), or leave those cases out."
        )
    return told


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column))


def _refuse_outcome(table: Any, positive: BoolArray) -> None:
    """Refuse a column that is the outcome itself, as numbers or as two labels."""
    for name, held in pd.DataFrame(table).items():
        codes, levels = pd.factorize(held)
        same = (codes == codes[0]) == (positive == positive[0])
        if len(levels) == 2 and codes.min() >= 0 and same.all():
            raise InputError(
                f"column {name!r} of X is the outcome itself in other words; leave it out."
            )


def _encodes(estimator: Any) -> bool:
    """Whether an estimator may make columns of categories itself: a pipeline, or trees that can."""
    known = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    return bool(
        {"steps", "transformers", "categorical_features", "enable_categorical"} & set(known)
    )


def gate_of(estimator: Any, X: Any, positive: BoolArray, patients: IntArray | None) -> Sample:
    """The study as a sample, after a look at what was given."""
    if isinstance(estimator, type):
        kind = estimator.__name__
        raise InputError(
            f"estimator is the class {kind} itself, not a classifier made of it; write "
            f"{kind}(), with brackets."
        )
    for method in ("fit", "predict_proba", "get_params"):
        if not hasattr(estimator, method):
            raise InputError(
                f"estimator must be a scikit-learn classifier with {method}; got "
                f"{type(estimator).__name__}. A classifier without probabilities can be wrapped "
                "in sklearn.calibration.CalibratedClassifierCV."
            )
    table = X if isinstance(X, pd.DataFrame) else np.asarray(X)
    _check.no_dates(table, name="X")
    if isinstance(table, pd.DataFrame) and not _encodes(estimator):
        for name, held in table.items():
            refuse_categories(held, str(name))
    if table.ndim != 2 or table.shape[0] != positive.size:
        raise InputError(
            f"X must be a table with one row a case, shape ({positive.size}, k); got shape "
            f"{table.shape}."
        )
    if isinstance(table, pd.DataFrame):
        refuse_identifiers(table.columns, "X")
    _refuse_outcome(table, positive)
    units = np.arange(positive.size) if patients is None else patients
    return Sample(table, positive, units, units)
