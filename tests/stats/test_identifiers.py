"""Columns that name the cases, or are the outcome, are no scores, predictors or variables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from radln.errors import InputError
from radln.stats import (
    combine_reads,
    compare_aucs,
    cox,
    logistic_regression,
    optimism_corrected,
    table_one,
)
from tests.rows import each_row

rng = np.random.default_rng(1)
N = 80
Y = np.r_[np.ones(30, int), np.zeros(50, int)]
SIZE = rng.normal(size=N) + 0.5 * Y
TIME = rng.exponential(20, N) + 0.1

NAMES = ["patient_id", "Case ID", "MRN", "id", "Patient No.", "Unnamed: 0"]
MEASURED = ["width", "solid", "node_number", "number", "grid", "lesion", "nr"]
CALLS = [
    lambda X: logistic_regression(Y, X),
    lambda X: cox(TIME, Y, X),
    lambda X: optimism_corrected(LogisticRegression(), X, Y, n_resamples=20),
    lambda X: compare_aucs(Y, X),
    lambda X: combine_reads(Y, X),
    lambda X: table_one(X, Y),
]


@each_row("call", CALLS)
@each_row("name", NAMES)
def test_identifiers_are_refused_by_name(call, name):
    X = pd.DataFrame({"size": SIZE, name: rng.permutation(N).astype(float)})
    with pytest.raises(InputError, match="is named like an identifier of the cases"):
        call(X)


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_measurements_are_not(name):
    X = pd.DataFrame({"size": SIZE, name: rng.normal(size=N)})
    assert logistic_regression(Y, X).names[-1] == name
    assert compare_aucs(Y, X).n == N
    assert table_one(X, Y).n == N


@pytest.mark.parametrize("held", [Y, 1 - Y, np.where(Y == 1, 2, 1)])
@pytest.mark.parametrize("method", ["optimism", ".632+"])
def test_the_outcome_among_the_columns_is_refused(held, method):
    X = pd.DataFrame({"size": SIZE, "malignant": held})
    with pytest.raises(InputError, match="column 'malignant' of X is the outcome itself"):
        optimism_corrected(LogisticRegression(), X, Y, method=method, n_resamples=20)
