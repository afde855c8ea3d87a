"""Every learner: the same after JSON, named, and what each of them must equal."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from statsmodels.api import Logit

from radln.designs import CrossValidation
from radln.errors import ConvergenceError, InputError, RadlnWarning
from radln.models.estimator import SklearnLearner
from radln.models.learners import NAMES, forest, learner
from radln.models.learners.learner import InnerFold, OfClasses, Rows
from radln.models.learners.logistic import Logistic
from radln.models.persist import load_models, predict_frame, save_models
from radln.models.predict import predict_all
from radln.models.settings import ModelSettings, RecipeSettings
from radln.models.steps.encode import Input
from radln.outcome import Binary
from tests.conftest import cross_fitted, final_models, noisy_cohort, recipes_of

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((90, 4))
MATRIX = (MATRIX - MATRIX.mean(axis=0)) / MATRIX.std(axis=0)
Y = MATRIX[:, 0] + RNG.standard_normal(90) > 0
NEW = RNG.standard_normal((25, 4))
INPUTS = tuple(Input(f"clinical_{j}", 0.0) for j in range(4))
PATIENTS = np.arange(90) // 2
SET = {
    "splines": {"knots": 4},
    "svm": {"kernel": "linear"},
    "elastic_net": {"l1": [0.5], "rule": "1se"},
    "xgboost": {"monotone": {"clinical_0": "rising"}, "early_stopping": 20},
}
TWO = tuple(name for name in NAMES if not isinstance(learner(name), OfClasses))
CASES = [(name, {}) for name in TWO] + list(SET.items())


def tuned(kind, *, matrix=MATRIX, y=Y, balanced=False):
    """What inner folds choose, over patients of two rows."""
    whole = Rows(matrix, y, INPUTS)
    folds = [
        InnerFold(Rows(matrix[s.train], y[s.train], INPUTS), matrix[s.test], s.test)
        for s in CrossValidation(3).of(y, PATIENTS, Binary(), 1)
    ]
    return kind.tune(whole, folds, Binary().loss, balanced=balanced, seed=3)


def fitted(name, settings=None):
    kind = learner(name, settings).of(INPUTS)
    return kind.fit(tuned(kind).setting, MATRIX, Y, balanced=False, seed=3)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_learner_is_the_same_after_json_and_row_by_row(name, settings):
    core = fitted(name, settings)
    again = learner(name).load(json.loads(json.dumps(core.to_dict())))
    np.testing.assert_array_equal(again.log_odds(NEW), core.log_odds(NEW))
    alone = np.concatenate([core.log_odds(NEW[i : i + 1]) for i in range(len(NEW))])
    np.testing.assert_allclose(alone, core.log_odds(NEW), rtol=0, atol=1e-12)
    kind = learner(name)
    assert kind.name == name and kind.label and kind.sentence
    if hasattr(core, "contributions"):
        parts, base = core.contributions(NEW)
        np.testing.assert_allclose(parts.sum(axis=1) + base, core.log_odds(NEW), atol=1e-5)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_learner_finds_the_signal_that_inner_folds_hold_out(name, settings):
    kind = learner(name, settings)
    found = tuned(kind)
    assert np.corrcoef(found.held, MATRIX[:, 0])[0, 1] > 0.4
    assert np.corrcoef(fitted(name, settings).log_odds(NEW), NEW[:, 0])[0, 1] > 0.5
    if kind.grid:
        grid = kind.fit_grid(MATRIX, Y, NEW, balanced=False, seed=3)
        assert grid.shape == (len(kind.grid), len(NEW))
        one = kind.fit(kind.grid[0], MATRIX, Y, balanced=False, seed=3)
        np.testing.assert_allclose(grid[0], one.log_odds(NEW), atol=1e-5)


@pytest.mark.parametrize("name", [name for name in TWO if learner(name).weights])
def test_weighted_classes_move_the_log_odds_to_the_middle(name):
    rare = Y & (np.arange(90) % 3 == 0)
    kind = learner(name)
    said = [
        kind.fit(
            tuned(kind, y=rare).setting, MATRIX, rare, balanced=balanced, seed=3
        ).log_odds(MATRIX).mean()
        for balanced in (False, True)
    ]  # fmt: skip
    assert said[1] > said[0] + 0.1


@pytest.mark.parametrize("name", sorted(set(TWO) - {"forest", "xgboost"}))
def test_the_order_of_the_rows_changes_nothing(name):
    """But to trees, which draw rows by their places."""
    kind = learner(name)
    setting = tuned(kind).setting
    turned = RNG.permutation(90)
    first, second = (
        kind.fit(setting, MATRIX[rows], Y[rows], balanced=False, seed=3).log_odds(NEW)
        for rows in (np.arange(90), turned)
    )
    np.testing.assert_allclose(first, second, atol=2e-3 if name == "svm" else 1e-5)


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
    found = recipes_of(cohort, models, learners=TWO)
    fit = cross_fitted(cohort, models, seed=1, found=found)
    assert fit.predictions.sources == tuple(named)
    assert fit.predictions.scores["y_prob"].between(0, 1).all()


# each learner against what it must equal, and what it refuses


def test_plain_is_maximum_likelihood_and_separation_is_refused():
    core = fitted("plain")
    theirs = Logit(Y.astype(float), np.column_stack([np.ones(90), MATRIX])).fit(disp=0)
    np.testing.assert_allclose([core.intercept, *core.coefficients], theirs.params, atol=1e-8)
    chance = expit(core.log_odds(MATRIX))
    np.testing.assert_allclose(MATRIX.T @ (Y - chance), 0, atol=1e-7)  # the score is 0
    apart, all_but = MATRIX.copy(), MATRIX.copy()
    apart[:, 1] = Y
    all_but[:, 1] = Y & (np.arange(90) % 2 == 0)  # a finding that only positive cases have
    for matrix in (apart, all_but):
        with pytest.raises(ConvergenceError, match="learner: firth"):
            learner("plain").fit((), matrix, Y, balanced=False, seed=1)
        assert np.isfinite(
            learner("firth").fit((), matrix, Y, balanced=False, seed=1).coefficients
        ).all()
    with pytest.raises(ConvergenceError, match="repeat each other"):
        twice = np.column_stack([MATRIX, MATRIX[:, 0]])
        learner("plain").fit((), twice, Y, balanced=False, seed=1)


def test_the_linear_svm_and_the_curved_one_are_scikit_learns():
    for kernel, setting in (("linear", (0.3,)), ("rbf", (3.0, 1.0))):
        core = learner("svm", {"kernel": kernel}).fit(setting, MATRIX, Y, balanced=False, seed=1)
        theirs = SVC(C=setting[0], kernel=kernel, gamma=1 / 4).fit(MATRIX, Y)
        np.testing.assert_allclose(core.log_odds(NEW), theirs.decision_function(NEW), atol=1e-10)
        assert core.deployable == (kernel == "linear")


def test_neighbours_are_scikit_learns_and_ties_all_count():
    core = learner("knn").fit((11.0,), MATRIX, Y, balanced=False, seed=1)
    theirs = KNeighborsClassifier(11, algorithm="brute").fit(MATRIX, Y)
    np.testing.assert_allclose(core.log_odds(NEW), theirs.predict_proba(NEW)[:, 1], atol=1e-12)
    four = np.array([[1.0], [-1.0], [1.0], [9.0]])
    tied = learner("knn").fit((1.0,), four, np.array([1, 0, 0, 1], bool), balanced=False, seed=1)
    assert tied.log_odds(np.zeros((1, 1)))[0] == pytest.approx(1 / 3)
    assert learner("knn").fit((41.0,), four, four[:, 0] > 0, balanced=False, seed=1).log_odds(
        four
    ) == pytest.approx(0.75)  # of fewer rows than neighbours all


def test_splines_bend_where_there_are_values_and_are_straight_beyond():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((600, 2))
    x[:, 1] = x[:, 1] > 0
    y = rng.random(600) < expit(2 * np.abs(x[:, 0]) - 1.5)
    core = learner("splines", {"knots": 5}).fit((3.0,), x, y, balanced=False, seed=1)
    assert [len(bent.knots) for bent in core.bent] == [5, 0]
    ends = core.log_odds(np.column_stack([[-2.0, 0.0, 2.0], [0, 0, 0]]))
    assert ends[0] > ends[1] < ends[2]
    far = core.log_odds(np.column_stack([[4.0, 5.0, 6.0], [0, 0, 0]]))
    assert far[1] - far[0] == pytest.approx(far[2] - far[1])
    tied = np.where(rng.random(600) < 0.9, 0.0, rng.standard_normal(600))[:, None]
    assert learner("splines").fit((1.0,), tied, y, balanced=False, seed=1).bent[0].knots == ()


def test_monotone_trees_rise_and_fall_as_asked():
    kind = learner("xgboost", {"monotone": {"clinical_0": "rising", "clinical_1": "falling"}})
    core = kind.of(INPUTS).fit((3, 100), MATRIX, Y, balanced=False, seed=3)
    for j, sign in ((0, 1), (1, -1)):
        line = np.repeat(NEW[:1], 50, axis=0)
        line[:, j] = np.linspace(-3, 3, 50)
        assert (sign * np.diff(core.log_odds(line)) >= 0).all()
    with pytest.raises(InputError, match="holds categories"):
        kind.of([Input("clinical_0", 0.0, level="yes", reference="no")])


def test_early_stopping_takes_the_number_of_trees_with_the_smallest_held_out_loss():
    found = tuned(learner("xgboost", {"early_stopping": 30}))
    loss = Binary().loss(Y, found.held[None])[0]
    default = tuned(learner("xgboost"))
    assert loss <= Binary().loss(Y, default.held[None])[0] + 1e-9
    assert found.setting[1] % 10 == 0
    depth, rounds = found.setting
    s = CrossValidation(3).of(Y, PATIENTS, Binary(), 1)[0]
    kind = learner("xgboost", {"early_stopping": 30})
    one = kind.fit((depth, rounds), MATRIX[s.train], Y[s.train], balanced=False, seed=3)
    np.testing.assert_allclose(one.log_odds(MATRIX[s.test]), found.held[s.test], atol=1e-5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"learner": "lasso", "settings": {"rul": "min"}}, "no setting 'rul'; it has rule"),
        ({"learner": "lasso", "settings": {"rule": "max"}}, "rule: .*'min' or '1se'"),
        ({"learner": "elastic_net", "settings": {"l1": [0.0]}}, "greater than 0"),
        ({"learner": "splines", "settings": {"knots": 9}}, "knots: .*3, 4 or 5"),
        ({"learner": "svm", "settings": {"kernel": "poly"}}, "'rbf' or 'linear'"),
        ({"learner": "xgboost", "settings": {"monotone": {"a": 2}}}, "'rising' or 'falling'"),
        ({"learner": "xgboost", "settings": {"early_stopping": 3}}, "greater than or equal to 10"),
        ({"learner": "logistic", "settings": {"C": 1}}, "no setting 'C'; it has none"),
        ({"learner": "logistic", "calibrate": "beta"}, "'platt' or 'isotonic'"),
        ({"learner": "logistic", "steps": [{"step": "boruta"}]}, "no step 'boruta'"),
        ({"learner": "logistic", "steps": [{"max_features": 3}]}, "no step None"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused_with_the_key(given, said):
    with pytest.raises(ValidationError, match=said):
        RecipeSettings(keep=("clinical",), **given)


def test_classes_are_not_weighted_where_the_learner_takes_them_as_they_are():
    for name in ("plain", "firth", "knn"):
        with pytest.raises(ValidationError, match="class_weight: none"):
            ModelSettings(
                class_weight="balanced", fitted={"a": RecipeSettings(learner=name, keep=("a",))}
            )


def test_a_column_that_does_not_go_in_is_refused(cohort):
    models = ModelSettings(
        fitted={
            "a_xgboost": RecipeSettings(
                learner="xgboost",
                keep=("clinical",),
                settings={"monotone": {"clinical_aeg": "rising"}},
            )
        }
    )
    with pytest.raises(InputError, match=r"'clinical_aeg'.*mean 'clinical_age'"):
        recipes_of(cohort, models)


def of_study(cohort, name, **more):
    models = ModelSettings(
        folds=3, inner_folds=2, repeats=1,
        fitted={f"m_{name}": RecipeSettings(learner=name, keep=("clinical", "size"), **more)},
    )  # fmt: skip
    return models, recipes_of(cohort, models, learners=TWO)


def test_lasso_keeps_what_has_a_coefficient():
    many = noisy_cohort(120, n_features=60)
    models = ModelSettings(
        inner_folds=3,
        fitted={"r_lasso": RecipeSettings(learner="lasso", compete=("radiomics",), steps=())},
    )
    model = final_models(many, models, seed=1, found=recipes_of(many, models, learners=TWO))[
        0
    ].model
    assert isinstance(model.core, Logistic) and model.core.coefficients.all()
    assert 1 <= len(model.encoding.inputs) < 40
    assert "radiomics_original_glcm_F0" in model.encoding.columns


@pytest.mark.parametrize("name", TWO)
def test_two_workers_give_the_same_bits(cohort, name):
    models, found = of_study(cohort, name)
    one, two = (cross_fitted(cohort, models, seed=3, found=found, jobs=n) for n in (1, 2))
    pd.testing.assert_frame_equal(
        one.predictions.frame(), two.predictions.frame(), check_exact=True
    )
    assert one.predictions.scores["y_prob"].between(0, 1).all()


def test_any_classifier_of_scikit_learn_is_a_learner(cohort, tmp_path):
    own = SklearnLearner(KNeighborsClassifier(), ({"n_neighbors": 3}, {"n_neighbors": 25}))
    models, (recipe,) = of_study(cohort, "logistic")
    recipe = replace(recipe, source="own", learner=own)
    fit = final_models(cohort, models, seed=1, found=[recipe])[0].model
    assert fit.learner == "sklearn" and fit.setting == (1.0,)
    folds = cross_fitted(cohort, models, seed=1, found=[recipe])
    assert folds.predictions.sources == ("own",)
    with pytest.raises(InputError, match="without pickle"):
        fit.to_dict()
    score = SklearnLearner(LinearSVC(random_state=1))
    found = final_models(cohort, models, seed=1, found=[replace(recipe, learner=score)])[0]
    assert score.scores and found.model.recalibration[1] > 0
    for wrong in ({"C": 1}, {"n_neighbors": 1, "x": 2}):
        with pytest.raises(InputError, match="has no parameter"):
            SklearnLearner(KNeighborsClassifier(), (wrong,))
    with pytest.raises(InputError, match="must be a classifier"):
        SklearnLearner(LinearRegression())
    with pytest.raises(InputError, match="classes as they are"):
        own.fit((0.0,), MATRIX, Y, balanced=True, seed=1)


def test_patients_rows_are_in_no_file_unless_asked_for(cohort, tmp_path):
    models = ModelSettings(
        folds=2, inner_folds=2, repeats=1,
        fitted={
            "a_knn": RecipeSettings(learner="knn", keep=("clinical",)),
            "a_svm": RecipeSettings(learner="svm", keep=("clinical",)),
            "a_lasso": RecipeSettings(learner="lasso", keep=("clinical",)),
            "b_lasso": RecipeSettings(learner="lasso", keep=("size",), inputs_from={"s": "a_knn"}),
        },
    )  # fmt: skip
    found = recipes_of(cohort, models, learners=TWO)
    held = [fit.model for fit in final_models(cohort, models, seed=1, found=found)]
    save_models(held, tmp_path / "without")
    for name in ("a_knn", "a_svm"):
        text = (tmp_path / "without" / f"{name}.json").read_text()
        assert "keep_patient_rows" in text and len(text) < 400
    with pytest.warns(RadlnWarning, match="a_knn, a_svm, b_lasso cannot be used"):
        assert [m.source for m in load_models(tmp_path / "without")] == ["a_lasso"]
    save_models(held, tmp_path / "with", keep_patient_rows=True)
    again = load_models(tmp_path / "with")
    assert {m.source for m in again} == {m.source for m in held}
    order = [next(m for m in again if m.source == one.source) for one in held]
    np.testing.assert_array_equal(
        predict_all(order, cohort.predictors), predict_all(held, cohort.predictors)
    )
    frame = predict_frame(again, cohort.predictors)
    assert frame.notna().all(axis=None)


def test_on_noise_every_learner_finds_nothing():
    """Mean of four areas of 150 patients: its standard error is about 0.024."""
    for name, settings in CASES[: len(TWO)]:
        areas = []
        for seed in range(4):
            rng = np.random.default_rng(seed)
            matrix, y = rng.standard_normal((300, 3)), rng.random(300) < 0.4
            kind = learner(name, settings)
            whole, inputs = Rows(matrix[:150], y[:150], INPUTS[:3]), INPUTS[:3]
            folds = [
                InnerFold(Rows(matrix[s.train], y[s.train], inputs), matrix[s.test], s.test)
                for s in CrossValidation(2).of(y[:150], np.arange(150), Binary(), seed)
            ]
            setting = kind.tune(whole, folds, Binary().loss, balanced=False, seed=1).setting
            core = kind.fit(setting, whole.matrix, whole.y, balanced=False, seed=1)
            areas.append(roc_auc_score(y[150:], core.log_odds(matrix[150:])))
        assert abs(np.mean(areas) - 0.5) < 0.09, name
