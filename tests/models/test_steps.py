"""Steps: what each keeps or fills in, that a row needs no other rows, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.linear_model import Ridge

from radln.errors import InputError
from radln.explain.linear import linear_predictor
from radln.models.fitted import FittedModel
from radln.models.learners import NAMES as LEARNERS
from radln.models.settings import ModelSettings, RecipeSettings
from radln.models.steps import NAMES, changed_by, step, steps_of
from radln.models.steps.step import Change, Choice, Training
from tests.conftest import cross_fitted, final_models, noisy_cohort, recipes_of

RNG = np.random.default_rng(4)
N = 160
BASE = RNG.standard_normal((N, 4))
MATRIX = np.column_stack(
    [BASE, BASE[:, 0] + 0.1 * RNG.standard_normal(N), RNG.standard_normal((N, 15))]
)
MATRIX[:, 7] = np.arange(N) == 3
MATRIX = (MATRIX - MATRIX.mean(axis=0)) / MATRIX.std(axis=0)
Y = RNG.random(N) < expit(1.5 * BASE[:, 0] + BASE[:, 1])
TRAINING = Training(pd.DataFrame(MATRIX), Y, (np.arange(N) // 2).astype(object))
CHOICES = [name for name in NAMES if isinstance(step({"step": name}), Choice)]


def chosen(name, matrix=MATRIX, training=TRAINING, **settings):
    return step({"step": name, **settings}).choose(training, matrix)


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_of_places_and_the_order_of_the_rows_changes_nothing(name):
    found = chosen(name)
    assert found and len(set(found)) == len(found) and set(found) <= set(range(20))
    assert all(type(j) is int for j in found)
    assert found == chosen(name)
    if name == "lasso":
        return  # its folds draw patients by their places
    turned = RNG.permutation(N)
    training = Training(TRAINING.frame, Y[turned], TRAINING.patient_id[turned])
    assert found == chosen(name, MATRIX[turned], training)


@pytest.mark.parametrize("name", ["select", "univariate", "mrmr", "lasso", "rfe"])
def test_what_carries_the_outcome_is_chosen(name):
    assert {0, 4} & set(chosen(name, max_features=2))
    assert len(chosen(name, max_features=2)) <= 2
    assert 1 in chosen(name, max_features=4)


@pytest.mark.parametrize("name", ["variance", "correlation"])
def test_some_choices_do_not_see_the_outcome(name):
    assert chosen(name) == chosen(name, training=replace(TRAINING, y=~Y))
    assert chosen(name, training=replace(TRAINING, y=RNG.permutation(Y))) == chosen(name)


def test_variance_is_of_shares_and_leaves_one():
    assert chosen("variance") == [j for j in range(20) if j != 7]
    assert chosen("variance", MATRIX[:, 7:8]) == [0]
    assert chosen("variance", MATRIX * 1000) == chosen("variance")


@given(st.integers(0, 10_000), st.floats(0.2, 0.95))
def test_no_pair_that_stays_correlates_too_much(seed, most):
    rng = np.random.default_rng(seed)
    base = rng.standard_normal((50, 3))
    x = np.hstack([base + rng.uniform(0.1, 1) * rng.standard_normal((50, 3)) for _ in range(4)])
    kept = chosen("correlation", x, max_correlation=most)
    r = np.abs(np.corrcoef(x[:, kept].T)) - np.eye(len(kept))
    assert np.max(r) <= most + 1e-9
    others = set(range(12)) - set(kept)
    every = np.abs(np.corrcoef(x.T))
    assert all(every[j, kept].max() > most for j in others)


def test_univariate_keeps_the_best_where_nothing_passes():
    noise = RNG.standard_normal((N, 3))
    assert len(chosen("univariate", noise, max_p=1e-9)) == 1
    assert chosen("univariate", max_p=1.0, max_features=20) == sorted(
        chosen("univariate", max_p=1.0, max_features=20),
        key=chosen("univariate", max_p=1.0, max_features=20).index,
    )


def test_mrmr_equals_a_plain_account_of_its_formula():
    r = np.corrcoef(np.column_stack([MATRIX, Y]).T)
    information = -0.5 * np.log(1 - np.minimum(r**2, 1 - 1e-12))
    kept = []
    for _ in range(6):
        worth = {
            j: information[j, 20] - (np.mean(information[j, kept]) if kept else 0)
            for j in range(20)
            if j not in kept
        }
        kept.append(max(worth, key=worth.get))
    assert chosen("mrmr", max_features=6) == kept
    assert not {0, 4} <= set(chosen("mrmr", max_features=3))  # each repeats the other


def test_lasso_keeps_one_where_none_has_a_coefficient():
    rng = np.random.default_rng(8)
    for _ in range(3):
        training = replace(TRAINING, y=rng.permutation(Y))
        assert len(chosen("lasso", MATRIX[:, 10:], training, rule="1se")) >= 1


def test_pca_is_scikit_learns_and_has_variance_one():
    weights = step({"step": "pca", "max_components": 5, "variance": 1.0}).project(TRAINING, MATRIX)
    theirs = PCA(5, whiten=True, svd_solver="full").fit(MATRIX)
    mine = MATRIX @ weights
    np.testing.assert_allclose(mine.std(axis=0), 1)
    ratio = np.abs(np.corrcoef(mine.T, theirs.transform(MATRIX).T)[:5, 5:].diagonal())
    np.testing.assert_allclose(ratio, 1)
    assert (weights[np.argmax(np.abs(weights), axis=0), range(5)] > 0).all()
    few = step({"step": "pca", "max_components": 20, "variance": 0.5}).project(TRAINING, MATRIX)
    share = np.cumsum(PCA().fit(MATRIX).explained_variance_ratio_)
    assert few.shape[1] == np.argmax(share >= 0.5) + 1
    twice = np.column_stack([MATRIX, MATRIX])
    assert step({"step": "pca", "max_components": 40, "variance": 1.0}).project(
        TRAINING, twice
    ).shape == (40, 20)


# imputing


def clinical(n=200, seed=0, gaps=0.2):
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 10, n)
    size = 0.5 * age + rng.normal(0, 3, n)
    grade = np.where(size > 27, "high", np.where(size > 22, "middle", "low")).astype(object)
    frame = pd.DataFrame(
        {
            "clinical_age": age,
            "clinical_size": size,
            "clinical_grade": grade,
            "clinical_marker": rng.normal(0, 1, n),
            "radiomics_a": rng.normal(0, 1, n),
        }
    )
    for column in ("clinical_size", "clinical_grade", "radiomics_a"):
        frame.loc[rng.random(n) < gaps, column] = np.nan
    return Training(frame, size + rng.normal(0, 5, n) > 25, np.arange(n).astype(object))


@pytest.fixture
def chain():
    training = clinical()
    return step({"step": "chained", "rounds": 30}).fit(training, list(training.frame))


def test_chained_fills_in_clinical_columns_alone_with_values_that_there_are(chain):
    frame = clinical().frame
    full = chain.transform(frame, None)
    assert full.filter(like="clinical").notna().all(axis=None)
    assert full["radiomics_a"].isna().sum() == frame["radiomics_a"].isna().sum()
    assert set(full["clinical_grade"]) == {"low", "middle", "high"}
    there = frame.notna()
    pd.testing.assert_frame_equal(full.where(there), frame.where(there), check_dtype=False)
    gone = frame["clinical_size"].isna().to_numpy()
    truth = clinical(gaps=0.0).frame
    assert np.corrcoef(full["clinical_size"][gone], truth["clinical_size"][gone])[0, 1] > 0.7
    lost = frame["clinical_grade"].isna().to_numpy()
    assert (full["clinical_grade"][lost] == truth["clinical_grade"][lost]).mean() > 0.55


def test_a_row_alone_is_the_row_in_a_batch_also_after_json(chain):
    frame = clinical(seed=5, gaps=0.4).frame
    frame.loc[3, ["clinical_age", "clinical_marker"]] = np.nan  # never missing in training
    frame.loc[4, [c for c in frame if c.startswith("clinical")]] = np.nan
    frame.loc[5, "clinical_grade"] = "never seen"
    whole = chain.transform(frame, None)
    again = changed_by(json.loads(json.dumps(chain.to_dict())))
    alone = pd.concat([again.transform(frame.iloc[i : i + 1], None) for i in range(len(frame))])
    numbers = ["clinical_age", "clinical_size", "clinical_marker"]
    np.testing.assert_allclose(
        alone[numbers].astype(float), whole[numbers].astype(float), atol=1e-12
    )
    assert alone["clinical_grade"].tolist() == whole["clinical_grade"].tolist()
    assert whole["clinical_age"].notna().all() and whole.loc[5, "clinical_grade"] == "never seen"


def test_chained_does_not_see_the_outcome_or_the_rows_that_it_fills():
    training = clinical()
    first = step({"step": "chained"}).fit(training, list(training.frame))
    second = step({"step": "chained"}).fit(replace(training, y=~training.y), list(training.frame))
    assert first.to_dict() == second.to_dict()


def test_chained_numbers_are_scikit_learns_iterative_imputer():
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal(np.zeros(4), 0.6 + 0.4 * np.eye(4), 150)
    gaps = rng.random(x.shape) < [0.0, 0.1, 0.2, 0.3]
    frame = pd.DataFrame(np.where(gaps, np.nan, x), columns=[f"clinical_{k}" for k in range(4)])
    fit = step({"step": "chained", "rounds": 100}).fit(
        Training(frame, x[:, 0] > 0, None), list(frame)
    )
    mean, scale = frame.mean().to_numpy(), frame.std(ddof=0).to_numpy()
    theirs = IterativeImputer(Ridge(alpha=1.0), max_iter=100, tol=1e-12).fit_transform(
        (frame - mean) / scale
    )
    np.testing.assert_allclose(fit.transform(frame, None), theirs * scale + mean, atol=1e-6)


def test_chained_needs_a_clinical_column():
    frame = pd.DataFrame({"radiomics_a": [1.0, 2.0], "clinical_b": [np.nan, np.nan]})
    with pytest.raises(InputError, match="leave the step out"):
        step({"step": "chained"}).fit(Training(frame, Y[:2], None), list(frame))
    one = pd.DataFrame({"clinical_a": [1.0, np.nan, 4.0]})
    fit = step({"step": "chained"}).fit(Training(one, Y[:3], None), ["clinical_a"])
    assert fit.transform(one, None)["clinical_a"].tolist() == pytest.approx([1, 2.5, 4])
    with pytest.raises(InputError, match="needs the column"):
        fit.transform(frame, None)


# in a model


def study(steps, *, learner="logistic", **more):
    name = f"m_{learner}"
    given = RecipeSettings(
        learner=learner, keep=("clinical",), compete=("radiomics",), steps=steps, **more
    )
    return ModelSettings(folds=2, inner_folds=2, repeats=1, fitted={name: given})


@pytest.fixture(scope="module")
def gappy():
    given = noisy_cohort(80, n_features=8, missing=0.1)
    frame = given.predictors.copy()
    rng = np.random.default_rng(0)
    for column in ("clinical_age", "clinical_border"):
        frame.loc[rng.random(len(frame)) < 0.25, column] = np.nan
    return replace(given, predictors=frame)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_with_a_step_is_the_same_after_json_and_row_by_row(gappy, name):
    models = study([{"step": name}])
    found = recipes_of(gappy, models, learners=LEARNERS)
    model = final_models(gappy, models, seed=1, found=found)[0].model
    again = FittedModel.from_dict(json.loads(json.dumps(model.to_dict())))
    said = model.log_odds(gappy.predictors)
    np.testing.assert_array_equal(again.log_odds(gappy.predictors), said)
    alone = [again.log_odds(gappy.predictors.iloc[i : i + 1])[0] for i in range(30)]
    np.testing.assert_allclose(alone, said[:30], rtol=0, atol=1e-12)
    one, two = (cross_fitted(gappy, models, seed=3, found=found, jobs=n) for n in (1, 2))
    pd.testing.assert_frame_equal(
        one.predictions.frame(), two.predictions.frame(), check_exact=True
    )


@pytest.mark.parametrize("learner", ["logistic", "forest", "xgboost", "lasso", "knn"])
def test_components_stand_before_any_learner(gappy, learner):
    models = study([{"step": "pca", "max_components": 3}], learner=learner)
    found = recipes_of(gappy, models, learners=LEARNERS)
    model = final_models(gappy, models, seed=1, found=found)[0].model
    assert len(model.encoding.inputs) == 10  # features stay the predictors
    again = FittedModel.from_dict(json.loads(json.dumps(model.to_dict())))
    said = model.log_odds(gappy.predictors)
    np.testing.assert_allclose(again.log_odds(gappy.predictors), said, rtol=0, atol=1e-12)
    assert model.core.deployable == (learner != "knn")
    if learner in ("logistic", "lasso"):
        parts, base = model.contributions(gappy.predictors)
        np.testing.assert_allclose(parts.sum(axis=1) + base, said, atol=1e-9)


def test_an_indicator_is_an_input_of_its_column(gappy):
    models = study([{"step": "indicator"}, {"step": "select", "max_features": 2}])
    found = recipes_of(gappy, models, learners=LEARNERS)
    model = final_models(gappy, models, seed=1, found=found)[0].model
    marks = [item.column for item in model.encoding.inputs if item.missing]
    assert marks == ["clinical_age", "clinical_border"]
    frame = gappy.predictors.iloc[:1].assign(clinical_age=[60.0])
    gone = frame.assign(clinical_age=[np.nan])
    place = next(k for k, item in enumerate(model.encoding.inputs) if item.missing)
    matrix = model.matrix(pd.concat([frame, gone]))
    assert matrix[1, place] - matrix[0, place] == pytest.approx(1)
    parts, base = model.contributions(gappy.predictors)
    assert list(parts) == list(model.encoding.columns)
    np.testing.assert_allclose(
        parts.sum(axis=1) + base, model.log_odds(gappy.predictors), atol=1e-9
    )
    with pytest.raises(InputError, match="without that step"):
        linear_predictor(model)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"step": "select"}, {"step": "chained"}], "write it first"),
        ([{"step": "pca"}, {"step": "select"}], "write it first"),
        ([{"step": "chained"}, {"step": "indicator"}], "leave one out"),
        ([{"step": "pca"}, {"step": "pca"}], "twice"),
        ([{"step": "mrmr", "max_features": 0}], "greater than or equal to 1"),
        ([{"step": "correlation", "max_corr": 0.5}], "it has max_correlation"),
        ([{"step": "encode"}], "there is no step 'encode'"),
    ],
)
def test_steps_that_cannot_be_done_are_refused(steps, said):
    with pytest.raises(InputError, match=said):
        steps_of(steps)


def test_every_change_says_whether_a_row_needs_others():
    for name in NAMES:
        one = step({"step": name})
        assert not isinstance(one, Change) or type(one).rowwise in (True, False)
