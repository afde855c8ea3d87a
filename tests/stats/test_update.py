"""The closed test of model updates: R's numbers, its level, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from radln.errors import InputError
from radln.stats import update_test

R = json.loads((Path(__file__).parents[1] / "reference" / "update.json").read_text())
Y, P, X = (np.array(R[key]) for key in ("y", "p", "X"))


def test_likelihood_ratios_are_those_of_r():
    found = update_test(Y, P, X)
    assert found.df.tolist() == R["df"]
    np.testing.assert_allclose(found.statistic, R["lr"], rtol=1e-8)
    np.testing.assert_allclose(found.pvalue, R["lr_p"], rtol=1e-7)
    assert found.chosen == "refit"


def test_wald_statistics_by_patient_are_those_of_r():
    found = update_test(Y, P, X, cluster=R["patient"])
    np.testing.assert_allclose(found.statistic, R["wald"], rtol=1e-6)
    np.testing.assert_allclose(found.pvalue, R["wald_p"], rtol=1e-5)


def test_without_columns_intercept_and_slope_are_the_largest():
    found = update_test(Y, P)
    np.testing.assert_allclose(found.statistic, R["slope_lr"], rtol=1e-8)
    np.testing.assert_allclose(found.pvalue, R["slope_p"], rtol=1e-7)
    assert found.largest == "intercept_slope"
    one = update_test(Y, expit(X[:, 0]), X[:, :1])  # a refit of one column is just that
    np.testing.assert_array_equal(one.statistic, update_test(Y, expit(X[:, 0])).statistic)


def test_one_case_a_patient_is_the_likelihood_ratio():
    alone = update_test(Y, P, X, cluster=np.arange(len(Y)))
    np.testing.assert_array_equal(alone.statistic, update_test(Y, P, X).statistic)
    assert alone.method == "likelihood ratio"


def test_scales_and_shifts_of_columns_do_not_count():
    other = update_test(Y, P, X * [1, 1000, 1e-3] + [5, -7, 0])
    np.testing.assert_allclose(other.statistic, update_test(Y, P, X).statistic, rtol=1e-6)


@pytest.mark.parametrize(
    ("shift", "slope", "own", "chosen"),
    [
        (0.0, 1.0, 0.0, "original"),
        (1.0, 1.0, 0.0, "intercept"),
        (0.0, 0.4, 0.0, "intercept_slope"),
        (0.0, 1.0, 1.0, "refit"),
    ],
)
def test_the_update_that_is_needed_is_mostly_chosen(shift, slope, own, chosen):
    rng = np.random.default_rng(11)
    counted = 0
    for _ in range(40):
        columns = rng.standard_normal((600, 3))
        eta = -0.4 + columns @ [1.0, -0.7, 0.5]
        y = rng.random(600) < expit(shift + slope * eta + own * columns[:, 2])
        counted += update_test(y, expit(eta), columns).chosen == chosen
    assert counted >= 33


def test_what_a_refit_does_not_contain_is_refused():
    with pytest.raises(InputError, match="no sum of the columns of X"):
        update_test(Y, P, X[:, :2])
    with pytest.raises(InputError, match="alpha must be"):
        update_test(Y, P, alpha=5)
    with pytest.raises(InputError, match="alpha must be"):
        update_test(Y, P, alpha=True)


def test_few_outcomes_are_said():
    few = update_test(Y[:60], P[:60], X[:60])
    assert any("fewer than 10 each" in note for note in few.warnings)
    assert "Chosen:" in few.summary()
    assert list(few.frame()["df"]) == [4, 3, 2]


def test_nothing_is_chosen_without_a_p_value():
    y, patients = np.arange(24) % 6 == 0, np.arange(24) // 6
    found = update_test(y, np.linspace(0.1, 0.6, 24), cluster=patients)
    assert np.isnan(found.pvalue).all()
    assert found.chosen is None
    assert "Chosen: nothing" in found.summary()
