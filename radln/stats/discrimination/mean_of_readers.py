"""Models of repeated hold-outs against the mean area of several scores that no draw has trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._result import Estimate
from radln._types import ArrayLike, FloatArray
from radln.stats._intervals import wald
from radln.stats._ztest import difference_test, standard_error
from radln.stats.discrimination._fold_design import fold_design
from radln.stats.discrimination._folds import fold_gate
from radln.stats.discrimination.repeats import over_repeats


@dataclass(frozen=True)
class MeanComparison:
    """The model's area minus the readers' mean area, with its test."""

    difference: Estimate
    pvalue: float


def compare_with_mean_over_folds(
    y_true: ArrayLike,
    scores: ArrayLike,
    reads: FloatArray,
    folds: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> MeanComparison:
    """Does modelling in this way rank unseen patients better than these readers do on average?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    scores : shape (n_repeats, n)
        Scores of the cases that each repeat has tested.
    reads : shape (n_readers, n)
        Of readers, who are fixed: the interval says nothing of others.
    folds : shape (n_repeats, n)
        As in :func:`radln.stats.compare_over_folds`, whose values and variances these are; with one
        reader the two are the same.

    Raises
    ------
    SingleClassError, LeakageError, ShapeError, InputError

    Examples
    --------
    >>> y = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> fold = [[0, 0, 0, 0, np.nan, np.nan, np.nan, np.nan], [np.nan] * 4 + [0, 0, 0, 0]]
    >>> score = [[1, 4, 2, 3, 0, 0, 0, 0], [0, 0, 0, 0, 8, 7, 5, 6]]
    >>> reads = np.array([[2.0, 1, 3, 4, 5, 6, 7, 8], [1, 2, 1, 2, 1, 2, 1, 2]])
    >>> print(compare_with_mean_over_folds(y, score, reads, fold).difference.value)
    -0.0625
    """
    given = {"scores": scores, **{f"reader_{k}": read for k, read in enumerate(reads)}}
    positive, values, parts, codes = fold_gate(y_true, given, folds, cluster)
    design = fold_design(parts, codes, positive)
    contrast = np.array([[1.0, *[-1 / len(reads)] * len(reads)]])
    trained = (True, *[False] * len(reads))
    found = over_repeats(positive, values, parts, codes, contrast, design, trained)
    se = standard_error(found.variance[0])
    tested = difference_test(found.mean[0], se, "two-sided", None)
    method = f"model minus average reader; interval {design.speaks_of}"
    gap = wald(float(found.mean[0]), se, confidence_level, method, bounds=(-1.0, 1.0))
    return MeanComparison(gap, tested.pvalue)
