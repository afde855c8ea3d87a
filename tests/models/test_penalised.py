"""Lasso and elastic net: glmnet's file, the conditions of an optimum, and scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from radln.models.learners import learner
from radln.models.learners.learner import InnerFold, Rows
from radln.models.penalised import penalties_of, penalty_path, row_weights
from radln.outcome import Binary
from tests.conftest import SHARED

FOLDER = SHARED / "reference" / "statistics"
needs_file = pytest.mark.skipif(
    not (FOLDER / "glmnet_wdbc.json").exists(), reason="needs ../shared/reference/statistics"
)


@pytest.fixture(scope="module")
def wdbc():
    table = pd.read_csv(FOLDER / "wdbc.csv")
    results = json.loads((FOLDER / "glmnet_wdbc.json").read_text())["results"]
    return table.drop(columns="malignant").to_numpy(float), table["malignant"] == 1, results


def violation(x, y, fit, penalty, l1, weights=None):
    """How far coefficients on the given scale are from the conditions of an optimum."""
    weights = np.ones(len(y)) if weights is None else weights
    mean = np.average(x, axis=0, weights=weights)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights))
    beta = fit[1:] * scale
    slopes = ((x - mean) / scale).T @ (weights * (y - expit(fit[0] + x @ fit[1:]))) / len(y)
    slopes -= penalty * (1 - l1) * beta
    inside = beta != 0
    off = np.abs(slopes[inside] - penalty * l1 * np.sign(beta[inside]))
    return max(off.max(initial=0), (np.abs(slopes[~inside]) - penalty * l1).max(initial=0))


@needs_file
@pytest.mark.parametrize(("key", "l1"), [("lasso_coef", 1.0), ("enet05_coef", 0.5)])
def test_coefficients_equal_glmnet(wdbc, key, l1):
    """To 2e-5 of each: glmnet stops where its conditions hold to 1e-8, ours to 1e-15."""
    x, y, results = wdbc
    path = penalty_path(x, y.to_numpy(), np.array(results["lambda"]), l1=l1)
    mine = np.column_stack([path.intercepts, path.coefficients])
    theirs = np.array(results[key]["values"], dtype=float).T
    np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=1e-5)
    np.testing.assert_array_equal(mine == 0, theirs == 0)
    for fit, reference, penalty in zip(mine, theirs, results["lambda"], strict=True):
        assert violation(x, y, fit, penalty, l1) < 1e-14
        assert 1e-10 < violation(x, y, reference, penalty, l1) < 2e-8


@needs_file
def test_cross_validation_equals_cv_glmnet(wdbc):
    """The path of penalties, the deviance, its standard error, and both chosen penalties."""
    x, y, results = wdbc
    y, given = y.to_numpy(), results["cv_deviance"]
    penalties = penalties_of(x, y, l1=1.0)
    np.testing.assert_allclose(penalties, given["lambda"], rtol=1e-12)
    fold = np.resize(np.arange(10), y.size)
    held = np.empty((penalties.size, y.size))
    for k in range(10):
        out = fold == k
        held[:, out] = penalty_path(x[~out], y[~out], penalties, l1=1.0).log_odds(x[out])
    chance = np.clip(expit(held), 1e-5, 1 - 1e-5)
    deviance = -2 * np.log(np.where(y, chance, 1 - chance))
    mean = deviance.mean(axis=1)
    np.testing.assert_allclose(mean[:60], given["cvm"][:60], atol=5e-4)  # theirs converge to 1e-7
    assert penalties[mean.argmin()] == pytest.approx(given["lambda_min"])
    by_fold = np.stack([deviance[:, fold == k].mean(axis=1) for k in range(10)])
    sizes = np.bincount(fold)
    error = np.sqrt(np.average((by_fold - mean) ** 2, axis=0, weights=sizes) / 9)
    within = np.flatnonzero(mean <= mean.min() + error[mean.argmin()])
    assert penalties[within[0]] == pytest.approx(given["lambda_1se"])


@needs_file
@pytest.mark.parametrize(("rule", "key"), [("min", "lambda_min"), ("1se", "lambda_1se")])
def test_the_learner_chooses_the_penalty_of_cv_glmnet(wdbc, rule, key):
    x, y, results = wdbc
    y, fold = y.to_numpy(), np.resize(np.arange(10), y.size)
    folds = [
        InnerFold(Rows(x[fold != k], y[fold != k], ()), x[fold == k], np.flatnonzero(fold == k))
        for k in range(10)
    ]
    found = learner("lasso", {"rule": rule}).tune(
        Rows(x, y, ()), folds, Binary().loss, balanced=False, seed=1
    )
    assert found.setting == pytest.approx((1.0, results["cv_deviance"][key]))


@given(st.integers(0, 10_000), st.sampled_from([0.2, 0.5, 1.0]), st.booleans())
def test_every_fit_is_an_optimum(seed, l1, balanced):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(20, 120)), int(rng.integers(1, 60))
    x = rng.standard_normal((n, p)) @ np.diag(rng.uniform(0.1, 10, p)) + rng.normal(0, 3, p)
    x[:, 0] = np.round(x[:, 0])
    y = rng.random(n) < expit(x[:, 0] - x[:, 0].mean())
    y[:2] = [True, False]
    if np.ptp(x[:, 0]) == 0:
        x[0, 0] += 1
    penalties = penalties_of(x, y, l1=l1, balanced=balanced)[:70:10]
    path = penalty_path(x, y, penalties, l1=l1, balanced=balanced)
    weights = row_weights(y, balanced=balanced)
    assert not path.coefficients[0].any()
    for k, penalty in enumerate(penalties):
        fit = np.r_[path.intercepts[k], path.coefficients[k]]
        off = violation(x, y, fit, penalty, l1, weights)
        share = expit(path.log_odds(x)[k])
        saturated = np.log(np.where(y, share, 1 - share)).mean() > -1e-2
        assert off < 1e-7 or saturated


def test_the_ridge_end_is_scikit_learns_and_scale_changes_nothing():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 5))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    y = rng.random(200) < expit(x[:, 0])
    mixed = penalty_path(x, y, np.array([0.05]), l1=0.3)
    theirs = LogisticRegression(
        l1_ratio=0.3, C=1 / (200 * 0.05), solver="saga", tol=1e-10, max_iter=100_000
    ).fit(x, y)
    np.testing.assert_allclose(mixed.coefficients[0], theirs.coef_[0], atol=1e-6)
    scaled = penalty_path(x * 100 + 7, y, np.array([0.05]), l1=0.3)
    np.testing.assert_allclose(scaled.coefficients[0] * 100, mixed.coefficients[0], atol=1e-10)


def test_columns_that_repeat_or_do_not_vary_are_taken():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3))
    y = rng.random(60) < expit(x[:, 0])
    both = np.column_stack([x, x[:, 0], np.ones(60)])
    path = penalty_path(both, y, penalties_of(both, y, l1=1.0), l1=1.0)
    alone = penalty_path(x, y, penalties_of(x, y, l1=1.0), l1=1.0)
    np.testing.assert_allclose(path.log_odds(both), alone.log_odds(x), atol=1e-6)
    assert not path.coefficients[:, 4].any()
    assert penalties_of(np.ones((60, 1)), y, l1=1.0).size == 1
