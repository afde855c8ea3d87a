"""Calibration and net benefit of out-of-fold probabilities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit, logit

from radln.designs import grouped_folds
from radln.errors import InputError
from radln.stats import (
    calibration,
    calibration_over_folds,
    decision_curve,
    decision_curve_over_folds,
)


def study(seed=0, n_patients=80, n_repeats=3, n_folds=4):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_patients), rng.integers(1, 4, n_patients))
    eta = rng.normal(size=n_patients)[cluster] + rng.normal(size=cluster.size)
    y = rng.random(cluster.size) < expit(eta)
    folds = np.empty((n_repeats, cluster.size), dtype=int)
    for fold in grouped_folds(y, cluster, n_folds=n_folds, n_repeats=n_repeats, seed=seed):
        folds[fold.repeat, fold.test] = fold.fold
    risk = expit(0.7 * eta + rng.normal(0, 0.4, folds.shape) + 0.5 * (folds - 1.5))
    return y, risk, folds, cluster


def by_hand(y, risk, folds):
    """The slope by another optimiser, an intercept a fold and repeat."""
    cells = folds + 10 * np.arange(len(folds))[:, None]
    x, part = logit(risk).ravel(), np.unique(cells.ravel(), return_inverse=True)[1]
    truth = np.tile(y, len(folds))

    def loss(beta):
        eta = beta[0] * x + beta[1:][part]
        return np.logaddexp(0, eta).sum() - eta[truth].sum()

    return minimize(loss, np.zeros(part.max() + 2), method="BFGS", options={"gtol": 1e-7}).x[0]


def test_one_recalibration_with_an_intercept_a_fold():
    y, risk, folds, cluster = study()
    result = calibration_over_folds(y, risk, folds, cluster=cluster)
    assert_allclose(result.slope.value, by_hand(y, risk, folds), rtol=1e-5)
    assert (result.n_folds, result.n_repeats, result.n_training) == (4, 3, 60)


def test_a_shift_of_one_folds_risks_changes_nothing():
    y, risk, folds, cluster = study()
    shifted = expit(logit(risk) + np.where(folds == 2, 1.5, 0.0))
    there, back = (
        calibration_over_folds(y, p, folds, cluster=cluster).slope for p in (risk, shifted)
    )
    assert_allclose([there.value, there.se], [back.value, back.se], rtol=1e-6)


def test_one_fold_is_the_plain_slope():
    y, risk, _, cluster = study()
    one = calibration_over_folds(y, risk[0], np.zeros(y.size), cluster=cluster).slope
    plain = calibration(y, risk[0], cluster=cluster, n_resamples=0).slope
    assert_allclose([one.value, one.se], [plain.value, plain.se], rtol=1e-6)


def test_repeats_count_as_no_new_cases():
    y, risk, folds, cluster = study()
    once = calibration_over_folds(y, risk[0], folds[0], cluster=cluster)
    often = calibration_over_folds(
        y, np.tile(risk[0], (6, 1)), np.tile(folds[0], (6, 1)), cluster=cluster
    )
    columns = ["value", "low", "high", "se"]
    assert_allclose(once.frame()[columns], often.frame()[columns], rtol=1e-6)


def test_a_separated_fold_says_so():
    y = np.tile([0, 1], 60)
    risk = np.where(y == 1, 0.9, 0.1)
    result = calibration_over_folds(y, risk, np.arange(120) // 24)
    assert np.isnan(result.slope.value)
    assert "not estimable" in result.warnings[0]


@pytest.mark.parametrize(
    "name", ["calibration_in_the_large", "observed_expected", "brier", "scaled_brier"]
)
def test_other_numbers_are_means_over_repeats_with_their_variance_raised(name):
    y, risk, folds, cluster = study()
    found = getattr(calibration_over_folds(y, risk, folds, cluster=cluster), name)
    plain = [getattr(calibration(y, p, cluster=cluster, n_resamples=0), name) for p in risk]
    factor = 2 * (1 - 1 / 4 + 1 / 12)
    assert_allclose(found.value, np.mean([p.value for p in plain]))
    assert_allclose(found.se**2, factor * np.mean([p.se**2 for p in plain]))
    if name == "observed_expected":
        assert_allclose(np.log(found.high / found.value), 1.959964 * found.se / found.value)
        assert_allclose(found.low * found.high, found.value**2)
    else:
        assert_allclose(
            [found.low, found.high], found.value + np.array([-1, 1]) * 1.959964 * found.se
        )
    assert "of the way of modelling" in found.method


def test_a_case_without_a_turn_is_refused():
    y, risk, folds, cluster = study()
    with pytest.raises(InputError, match="untested"):
        calibration_over_folds(y, risk, np.where(folds == 0, 0.0, np.nan), cluster=cluster)


def test_net_benefit_is_the_mean_over_repeats_with_its_variance_raised():
    y, risk, folds, cluster = study()
    at = [0.2, 0.5]
    found = decision_curve_over_folds(y, risk, folds, thresholds=at, cluster=cluster)
    plain = [decision_curve(y, p, thresholds=at, cluster=cluster) for p in risk]
    factor = 2 * (1 - 1 / 4 + 1 / 12)
    assert_allclose(found.net_benefit, np.mean([p.net_benefit for p in plain], axis=0))
    assert_allclose(found.se**2, factor * np.mean([p.se**2 for p in plain], axis=0))
    for name in ("low", "high"):
        arms = np.mean([getattr(p, name) - p.net_benefit for p in plain], axis=0)
        assert_allclose(getattr(found, name) - found.net_benefit, np.sqrt(factor) * arms)
    assert "of the way of modelling" in found.method
    with pytest.raises(InputError, match="untested"):
        decision_curve_over_folds(y, risk, np.where(folds == 0, 0.0, np.nan), cluster=cluster)


def test_calls_in_the_place_of_risks_are_said_to_decide_alone():
    y, risk, folds, cluster = study()
    found = calibration_over_folds(y, (risk > 0.5).astype(float), folds, cluster=cluster)
    assert any("of 0 or 1 were moved" in note for note in found.warnings)


@pytest.mark.parametrize("judge", [calibration_over_folds, decision_curve_over_folds])
def test_designs_that_were_not_looked_at_are_named(judge):
    y, risk, folds, cluster = study(n_patients=100, n_repeats=5, n_folds=5)
    other = "checked by simulation with 5 repeats of 5 folds"
    assert not any(other in note for note in judge(y, risk, folds, cluster=cluster).warnings)
    few = judge(y, risk[:2], folds[:2], cluster=cluster)
    assert any(other in note for note in few.warnings)


def test_the_slope_of_models_that_may_know_nothing_is_named():
    y, risk, folds, cluster = study(n_patients=100, n_repeats=5, n_folds=5)
    said = "held in 0.87 to 0.93"
    found = calibration_over_folds(y, risk, folds, cluster=cluster)
    assert found.slope.low > 0
    assert not any(said in note for note in found.warnings)
    noise = np.random.default_rng(1).uniform(0.4, 0.6, risk.shape)
    found = calibration_over_folds(y, noise, folds, cluster=cluster)
    assert any(said in note for note in found.warnings)
