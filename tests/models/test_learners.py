"""Every learner: the same after JSON, named, and what each of them must equal."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier

from radln.models.learners import NAMES, forest, learner
from radln.models.settings import ModelSettings, RecipeSettings
from tests.conftest import cross_fitted, recipes_of

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((90, 4))
Y = MATRIX[:, 0] + RNG.standard_normal(90) > 0
NEW = RNG.standard_normal((25, 4))


def fitted(name, *, balanced=False):
    kind = learner(name)
    return kind.fit(kind.grid[0], MATRIX, Y, balanced=balanced, seed=3)


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_is_the_same_after_json(name):
    core = fitted(name)
    again = learner(name).load(json.loads(json.dumps(core.to_dict())))
    np.testing.assert_array_equal(again.log_odds(NEW), core.log_odds(NEW))
    assert learner(name).name == name and learner(name).label and learner(name).sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_finds_the_signal_and_its_grid_is_fitted_in_one_call(name):
    kind = learner(name)
    grid = kind.fit_grid(MATRIX, Y, NEW, balanced=False, seed=3)
    assert grid.shape == (len(kind.grid), len(NEW))
    np.testing.assert_allclose(grid[0], fitted(name).log_odds(NEW), atol=1e-5)
    assert np.corrcoef(grid[0], NEW[:, 0])[0, 1] > 0.5


@pytest.mark.parametrize("balanced", [False, True])
def test_the_forest_is_scikit_learns(balanced):
    kind = learner("forest")
    core = kind.fit((3.0,), MATRIX, Y, balanced=balanced, seed=3)
    theirs = RandomForestClassifier(
        forest.TREES,
        min_samples_leaf=3,
        class_weight="balanced" if balanced else None,
        random_state=3,
    ).fit(MATRIX, Y)
    np.testing.assert_allclose(
        core.probability(NEW), theirs.predict_proba(NEW)[:, 1], rtol=0, atol=1e-12
    )
    clipped = np.clip(core.probability(NEW), forest.CLOSEST, 1 - forest.CLOSEST)
    np.testing.assert_allclose(expit(core.log_odds(NEW)), clipped, atol=1e-12)


def test_a_named_forest_is_fitted_like_the_others(cohort):
    named = {
        "clinical_forest": RecipeSettings(learner="forest", keep=("clinical",)),
        "clinical_logistic": RecipeSettings(learner="logistic", keep=("clinical",)),
    }
    models = ModelSettings(folds=2, inner_folds=2, repeats=1, fitted=named)
    found = recipes_of(cohort, models, learners=NAMES)
    fit = cross_fitted(cohort, models, seed=1, found=found)
    assert fit.predictions.sources == tuple(named)
    assert fit.predictions.scores["y_prob"].between(0, 1).all()
