"""Firth's and the plain likelihood: brute force, known values, and profiles that are symmetric."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2
from statsmodels.api import Logit

from radln.errors import ConvergenceError
from radln.stats.description.likelihood import maximise, profile

RNG = np.random.default_rng(2)
X = np.column_stack([np.ones(60), RNG.standard_normal((60, 2)), RNG.random(60) < 0.2])
Y = RNG.random(60) < expit(X @ [-0.5, 1.0, 0.0, 0.7])
APART = np.column_stack([X[:, :3], Y & (RNG.random(60) < 0.6)])  # only positive cases have it


def penalised(beta, x, y, firth=True):
    eta = x @ beta
    chance = expit(eta)
    value = np.sum(y * eta - np.logaddexp(0, eta))
    information = (x * (chance * (1 - chance))[:, None]).T @ x
    return value + firth * np.linalg.slogdet(information)[1] / 2


def brute(x, y, firth=True, fixed=None):
    free = [j for j in range(x.shape[1]) if fixed is None or j != fixed[0]]

    def loss(part):
        beta = np.zeros(x.shape[1])
        beta[free] = part
        if fixed is not None:
            beta[fixed[0]] = fixed[1]
        return -penalised(beta, x, y, firth)

    found = minimize(loss, np.zeros(len(free)), method="BFGS", options={"gtol": 1e-7})
    found = minimize(
        loss, found.x, method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000},
    )  # fmt: skip
    return found.x, -found.fun


@pytest.mark.parametrize("x", [X, APART])
def test_firth_equals_brute_force(x):
    found = maximise(x, Y, firth=True)
    beta, value = brute(x, Y)
    np.testing.assert_allclose(found.coefficients, beta, atol=1e-5)
    assert found.value >= value - 1e-9


def test_firth_of_a_two_by_two_table_adds_one_half_to_every_cell():
    x = np.repeat([0, 0, 1, 1], [7, 3, 5, 0]).astype(float)
    y = np.repeat([False, True, True, False], [7, 3, 5, 0])
    found = maximise(np.column_stack([np.ones(15), x]), y, firth=True)
    assert found.coefficients[1] == pytest.approx(np.log(5.5 / 0.5) - np.log(3.5 / 7.5))
    assert found.coefficients[0] == pytest.approx(np.log(3.5 / 7.5))


def test_plain_equals_statsmodels_and_separation_is_said():
    theirs = Logit(Y.astype(float), X).fit(disp=0)
    found = maximise(X, Y, firth=False)
    np.testing.assert_allclose(found.coefficients, theirs.params, atol=1e-8)
    assert found.value == pytest.approx(theirs.llf)
    np.testing.assert_allclose(found.covariance, theirs.cov_params(), rtol=1e-6)
    with pytest.raises(ConvergenceError, match="separate the classes"):
        maximise(APART, Y, firth=False)
    with pytest.raises(ConvergenceError, match="repeat each other"):
        maximise(np.column_stack([X, X[:, 1]]), Y, firth=True)


@pytest.mark.parametrize(("x", "firth"), [(X, False), (X, True), (APART, True)])
def test_limits_are_where_the_likelihood_has_fallen(x, firth):
    top = maximise(x, Y, firth=firth)
    for place in range(1, 4):
        found = profile(x, Y, place, top, firth=firth)
        for end in (found.low, found.high):
            _, value = brute(x, Y, firth, fixed=(place, end))
            assert 2 * (top.value - value) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-5)
        _, without = brute(x, Y, firth, fixed=(place, 0.0))
        assert found.pvalue == pytest.approx(chi2.sf(2 * (top.value - without), 1), abs=1e-6)
        assert (found.low > 0 or found.high < 0) == (found.pvalue < 0.05)


@given(st.integers(0, 10_000))
def test_units_and_the_class_called_positive_change_nothing(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.standard_normal((40, 2))])
    y = rng.random(40) < expit(x[:, 1])
    y[:2] = [True, False]
    found = maximise(x, y, firth=True)
    scaled = maximise(x * [1, 100, 0.1], y, firth=True)
    np.testing.assert_allclose(scaled.coefficients * [1, 100, 0.1], found.coefficients, atol=1e-5)
    np.testing.assert_allclose(
        maximise(x, ~y, firth=True).coefficients, -found.coefficients, atol=1e-7
    )
