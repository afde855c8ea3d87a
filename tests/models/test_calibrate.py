"""Platt scaling and isotonic curves: on rows that were held out, and no more than these bear."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from radln.errors import InputError
from radln.models.calibrate import Isotonic, isotonic, platt
from radln.models.learners import NAMES
from radln.models.settings import ModelSettings, RecipeSettings
from tests.conftest import cross_fitted, final_models, noisy_cohort, recipes_of

RNG = np.random.default_rng(5)
SCORE = RNG.normal(3, 40, 300)
Y = RNG.random(300) < expit(SCORE / 30 - 1)


def test_platt_is_the_minimum_of_its_loss():
    target = np.where(Y, (Y.sum() + 1) / (Y.sum() + 2), 1 / ((~Y).sum() + 2))

    def loss(line):
        eta = line[0] + line[1] * SCORE
        return np.sum(np.logaddexp(0, eta) - target * eta)

    theirs = minimize(
        loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    np.testing.assert_allclose(platt(SCORE, Y), theirs.x, rtol=1e-4)
    a, b = platt(SCORE, Y)
    c, d = platt(1000 * SCORE - 7, Y)
    np.testing.assert_allclose(a + b * SCORE, c + d * (1000 * SCORE - 7), atol=1e-9)


def test_platt_is_finite_where_the_score_separates_and_says_nothing_where_it_misleads():
    a, b = platt(np.where(Y, 2.0, -2.0) + RNG.normal(0, 0.1, 300), Y)
    assert np.isfinite([a, b]).all() and b > 0
    turned = -np.where(Y, 2.0, -2.0) + RNG.normal(0, 1, 300)
    a, b = platt(turned, Y)
    assert b > 0  # the order stays
    np.testing.assert_allclose(expit(a + b * turned), Y.mean(), atol=1e-5)
    for still in (np.zeros(300), np.full(300, 0.1) + 1e-17 * SCORE):
        a, b = platt(still, Y)
        np.testing.assert_allclose(expit(a + b * still), Y.mean(), atol=1e-6)


def study(name, **more):
    return ModelSettings(
        folds=2, inner_folds=2, repeats=1,
        fitted={f"m_{name}": RecipeSettings(learner=name, keep=("clinical", "size"), **more)},
    )  # fmt: skip


def test_isotonic_needs_two_hundred_of_either_class(cohort):
    models = study("xgboost", calibrate="isotonic")
    with pytest.raises(InputError, match=r"200 positive and 200 negative rows.*calibrate: platt"):
        cross_fitted(cohort, models, seed=1, found=recipes_of(cohort, models, learners=NAMES))


@pytest.fixture(scope="module")
def large():
    return noisy_cohort(500, n_features=2)


def test_isotonic_probabilities_rise_with_the_score_before_them(large):
    models = study("forest", calibrate="isotonic")
    found = recipes_of(large, models, learners=NAMES)
    scores = cross_fitted(large, models, seed=1, found=found).predictions.scores
    for _, part in scores.groupby("fold"):
        ordered = part.sort_values("y_score")
        assert (ordered["y_prob"].diff().dropna() >= 0).all()
        assert part["y_prob"].nunique() < part["y_score"].nunique()
    plain = study("forest")
    before = cross_fitted(
        large, plain, seed=1, found=recipes_of(large, plain, learners=NAMES)
    ).predictions.scores
    np.testing.assert_array_equal(scores["y_score"], before["y_score"])  # the area is taken there
    truth = large.y_true
    assert abs(scores["y_prob"].mean() - truth.mean()) < 0.05
    assert roc_auc_score(truth[:500], scores["y_score"][:500]) > 0.5


def test_an_isotonic_model_is_the_same_after_json(large):
    models = study("logistic", calibrate="isotonic")
    found = recipes_of(large, models, learners=NAMES)
    model = final_models(large, models, seed=1, found=found)[0].model
    again = type(model).from_dict(json.loads(json.dumps(model.to_dict())))
    said = again.probability(large.predictors)
    np.testing.assert_array_equal(said, model.probability(large.predictors))
    assert said.min() > 0 and said.max() < 1
    assert model.cut_off in model.curve.probability or 0 < model.cut_off < 1


def test_isotonic_is_straight_between_corners_and_flat_beyond():
    curve = Isotonic(np.array([0.0, 2.0]), np.array([0.2, 0.6]))
    np.testing.assert_allclose(curve.of(np.array([-9.0, 1.0, 9.0])), [0.2, 0.4, 0.6])
    rising = isotonic(np.arange(500.0), np.arange(500) % 2 == 0, source="a")
    assert (np.diff(rising.probability) >= 0).all()


@pytest.mark.parametrize("name", ["knn", "svm", "forest"])
def test_probabilities_by_platt_are_right_in_the_mean(large, name):
    models = study(name, calibrate="platt")
    found = recipes_of(large, models, learners=NAMES)
    fit = final_models(large, models, seed=1, found=found)[0]
    assert abs(expit(fit.inner).mean() - large.y_true.mean()) < 0.01
    said = cross_fitted(large, models, seed=1, found=found).predictions.scores["y_prob"]
    assert abs(said.mean() - large.y_true.mean()) < 0.05
