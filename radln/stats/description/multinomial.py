"""Multinomial logistic regression without a penalty, by statsmodels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from radln._types import FloatArray, IntArray
from radln.errors import ConvergenceError

STEPS = 60
FAR = 30.0  # log-odds of a standardised input, beyond which nothing finite is the optimum


@dataclass(frozen=True, eq=False)
class Multinomial:
    """``coefficients`` (K, p) and ``intercepts`` (K,) of every class; 0 of the first, to which the
    others' are log-odds ratios.

    ``covariance`` is of the coefficients of the other classes, class by class with the intercept
    first; with ``cluster`` it is robust by patient.
    """

    coefficients: FloatArray
    intercepts: FloatArray
    covariance: FloatArray
    log_likelihood: float


def fit_multinomial(
    matrix: FloatArray, codes: IntArray, n_classes: int, *, cluster: IntArray | None = None
) -> Multinomial:
    """Maximum likelihood.

    Parameters
    ----------
    matrix : shape (n, p)
    codes : shape (n,)
        Classes as 0 to ``n_classes`` - 1, each with a row.
    cluster : shape (n,), optional
        The patient of every row.

    Raises
    ------
    ConvergenceError
        Predictors separate the classes or repeat each other, so that there is no optimum.
    """
    from statsmodels.api import MNLogit

    design = np.column_stack([np.ones(codes.size), matrix])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise _refusal("some predictors repeat each other", matrix)
    how = {} if cluster is None else {"cov_type": "cluster", "cov_kwds": {"groups": cluster}}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of perfect separation, and of no convergence
            found = MNLogit(codes, design).fit(method="newton", maxiter=STEPS, disp=0, **how)
    except (Warning, ArithmeticError, np.linalg.LinAlgError, ValueError) as error:
        raise _refusal("predictors separate the classes of these rows", matrix) from error
    params = np.asarray(found.params, dtype=np.float64)  # (1 + p, K - 1)
    if not np.isfinite(params).all() or np.abs(params[1:]).max(initial=0.0) > FAR:
        raise _refusal("predictors separate the classes of these rows", matrix)
    whole = np.column_stack([np.zeros(design.shape[1]), params])
    return Multinomial(
        whole[1:].T, whole[0], np.asarray(found.cov_params(), dtype=np.float64), float(found.llf)
    )


def _refusal(why: str, matrix: FloatArray) -> ConvergenceError:
    return ConvergenceError(
        f"multinomial regression without penalty has no finite optimum here: {why} "
        f"({matrix.shape[0]} rows, {matrix.shape[1]} inputs). Leave the ridge penalty (delete "
        "`penalty: none`), or use fewer predictors."
    )
