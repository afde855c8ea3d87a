"""Columns of a regression that are none: categories without order, and the outcome itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from radln.errors import ConvergenceError, InputError
from radln.stats import cox, cox_optimism, logistic_regression, optimism_corrected

rng = np.random.default_rng(1)
N = 120
Y = rng.random(N) < 0.5
TIME, EVENT = rng.exponential(20, N) + 0.1, (rng.random(N) < 0.6).astype(int)
AGE, SIZE = rng.normal(60, 9, N), rng.normal(size=N)


def table(**more):
    return pd.DataFrame({"age": AGE, **more})


@pytest.mark.parametrize(
    "fit",
    [
        lambda X: logistic_regression(Y, X),
        lambda X: cox(TIME, EVENT, X),
        lambda X: cox_optimism(TIME, EVENT, X, n_resamples=20),
    ],
)
def test_numbers_declared_as_categories_are_refused(fit):
    centre = pd.Series(rng.integers(1, 4, N))
    with pytest.raises(InputError, match=r"column 'centre' of X is a Categorical without order"):
        fit(table(centre=centre.astype("category")))
    fit(table(centre=centre))  # a number is a number
    fit(table(centre=(centre == 1).astype(int).astype("category")))  # 0 and 1 are one column
    fit(pd.get_dummies(table(centre=centre), columns=["centre"], drop_first=True, dtype=float))


def test_an_estimator_gets_no_categories_as_numbers():
    X = table(centre=pd.Series(rng.integers(1, 4, N)).astype("category"))
    with pytest.raises(InputError, match=r"column 'centre' of X is a Categorical without order"):
        optimism_corrected(LogisticRegression(), X, Y, n_resamples=20)
    encoded = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["centre"]), remainder="passthrough"),
        StandardScaler(),
        LogisticRegression(),
    )
    optimism_corrected(encoded, X, Y, n_resamples=20)


@pytest.mark.parametrize(("name", "held"), [("time", TIME), ("event", EVENT)])
def test_the_follow_up_among_the_columns_is_refused(name, held):
    X = table(size=SIZE, os=held)
    for call in (lambda: cox(TIME, EVENT, X), lambda: cox_optimism(TIME, EVENT, X)):
        with pytest.raises(InputError, match=f"column 'os' of X is the {name} itself"):
            call()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.filterwarnings("error")
def test_the_column_that_grows_without_end_is_named(first):
    order = {"os": -np.log(TIME), "age": AGE} if first else {"age": AGE, "os": -np.log(TIME)}
    with pytest.raises(ConvergenceError, match="coefficient of 'os' grows without end"):
        cox(TIME, EVENT, pd.DataFrame(order))
