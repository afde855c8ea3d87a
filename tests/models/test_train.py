"""Cross-fitting: patients apart, nothing fitted outside the folds, the same for any worker."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from scipy.special import logit

from radln.cohort.blocks import columns_in
from radln.designs import Split, check_splits, grouped_folds
from radln.errors import InputError, LeakageError, UnreadableFileError
from radln.models.cross_fit import fit_all
from radln.models.fitted import FittedModel
from radln.models.persist import load_models, predict_frame, save_models
from radln.models.predict import predict_all
from radln.models.recipe import LEARNERS, NOMOGRAM_SOURCE
from radln.models.settings import ModelSettings
from radln.models.train import table_models
from radln.stats import auc_over_folds
from tests.conftest import cross_fitted, final_models, noisy_cohort, recipes_of

QUICK = ModelSettings(folds=3, repeats=2, inner_folds=2, max_features=5)


@pytest.fixture(scope="module")
def fitted(cohort):
    return cross_fitted(cohort, QUICK, seed=3)


@pytest.fixture(scope="module")
def models(cohort):
    """Every model, fitted on all rows."""
    found = [recipe for recipe in recipes_of(cohort, QUICK) if not recipe.inputs_from]
    return tuple(fit.model for fit in final_models(cohort, QUICK, seed=5, found=found))


def test_what_deep_features_add_has_a_model_of_its_own(cohort):
    names = ["deep_x_0000", "deep_x_0001"]
    frame = cohort.predictors.assign(**dict.fromkeys(names, cohort.predictors["clinical_age"]))
    deep = replace(cohort, predictors=frame, blocks={**cohort.blocks, "deep": tuple(names)})
    found = {recipe.source: recipe for recipe in recipes_of(deep, QUICK)}
    for learner in LEARNERS:
        full, without = found[f"combined_{learner}"], found[f"without_deep_{learner}"]
        assert full.keep == without.keep
        assert set(full.compete) - set(without.compete) == set(names)
        assert set(without.compete) < set(full.compete)
    assert not [recipe for recipe in recipes_of(cohort, QUICK) if "deep" in recipe.block]
    alone = replace(deep, blocks={"deep": tuple(names)})
    assert {recipe.block for recipe in recipes_of(alone, QUICK)} == {"deep"}


def test_every_unit_is_predicted_once_a_repeat(cohort, fitted):
    counts = fitted.predictions.frame().groupby(["source", "repeat"]).size()
    assert (counts == len(cohort.units)).all()
    assert set(fitted.predictions.sources) >= {"combined_logistic", "size_xgboost", NOMOGRAM_SOURCE}


def test_signal_is_found(cohort, fitted):
    rows = fitted.predictions.select("combined_logistic")
    scores = np.stack(
        [
            rows[rows["repeat"] == r].set_index("unit_id")["y_score"].reindex(cohort.units.index)
            for r in (0, 1)
        ]
    )
    folds = np.stack([fitted.fold_of[r] for r in (0, 1)])
    result = auc_over_folds(cohort.y_true, scores, folds, cluster=cohort.patient_id)
    assert result.estimate.value > 0.7


def test_two_workers_give_the_same_bits(cohort, fitted):
    again = cross_fitted(cohort, QUICK, seed=3, jobs=2)
    pd.testing.assert_frame_equal(
        again.predictions.frame(), fitted.predictions.frame(), check_exact=True
    )


def test_held_out_rows_do_not_touch_their_own_prediction(cohort):
    """Changing a test patient's outcome and features must not move the fold's other predictions."""
    split = grouped_folds(cohort.y_true, cohort.patient_id, n_folds=3, seed=3)[0]
    candidates = table_models(recipes_of(cohort, QUICK), QUICK, seed=1)
    frame, y = cohort.predictors.copy(), cohort.y_true.copy()
    frame.iloc[split.test[0], 0] = 1e6
    y[split.test[0]] = ~y[split.test[0]]
    before = replace(columns_in(cohort, split), frame=cohort.predictors.copy())
    rows = frame.iloc[split.test[1:]]
    first, second = (
        predict_all([fit.model for fit in fit_all(given, split, candidates)], rows)
        for given in (before, replace(before, frame=frame, y=y))
    )
    np.testing.assert_array_equal(first, second)


def test_finished_folds_are_not_fitted_again(cohort, fitted):
    kept = {(f.repeat, f.fold): f for f in fitted.folds}
    saved = []
    again = cross_fitted(
        cohort,
        QUICK,
        seed=3,
        load=lambda fold: kept.get((fold.repeat, fold.fold)),
        save=saved.append,
    )
    assert saved == []
    pd.testing.assert_frame_equal(again.predictions.frame(), fitted.predictions.frame())


def test_image_level_split_is_refused(cohort):
    rows = np.arange(len(cohort.units))
    with pytest.raises(LeakageError, match="patient"):
        check_splits([Split(0, 0, rows[1:], rows[:1])], cohort.patient_id)


def test_too_few_patients_for_the_folds():
    tiny = noisy_cohort(6)
    with pytest.raises(InputError, match="fewer folds"):
        cross_fitted(tiny, ModelSettings(folds=10, inner_folds=2), seed=1)


@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_models_survive_json_in_a_fresh_process(cohort, weight, tmp_path):
    settings = QUICK.model_copy(update={"class_weight": weight})
    models = [fit.model for fit in final_models(cohort, settings, seed=5)]
    expected = predict_all(models, cohort.predictors)
    save_models(models, tmp_path / "model")
    cohort.predictors.to_parquet(tmp_path / "rows.parquet")
    code = (
        "import json, sys, numpy as np, pandas as pd\n"
        "from radln.models.persist import load_models\n"
        "from radln.models.predict import predict_all\n"
        "rows = pd.read_parquet(sys.argv[1] + '/rows.parquet')\n"
        "np.save(sys.argv[1] + '/out.npy', "
        "predict_all(load_models(sys.argv[1] + '/model'), rows))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    order = [model.source for model in load_models(tmp_path / "model")]
    mine = [[model.source for model in models].index(source) for source in order]
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected[mine], rtol=0, atol=1e-12)


def test_balanced_weights_are_recalibrated(cohort):
    """Weighted models overstate the rare class; after recalibration the mean risk is the rate."""
    rare = noisy_cohort(150, seed=4, signal=1.0)
    keep = np.flatnonzero(~rare.y_true | (np.arange(rare.y_true.size) % 4 == 0))
    some = replace(
        rare,
        units=rare.units.iloc[keep],
        predictors=rare.predictors.iloc[keep],
        reads=rare.reads.iloc[keep],
    )
    settings = QUICK.model_copy(update={"class_weight": "balanced"})
    found = [recipe for recipe in recipes_of(some, settings) if not recipe.inputs_from]
    for fit in final_models(some, settings, seed=5, found=found):
        probability = 1 / (1 + np.exp(-fit.inner))
        assert abs(probability.mean() - some.y_true.mean()) < 1e-3


def test_boosted_contributions_add_up(cohort, models):
    for model in models:
        parts, base = model.contributions(cohort.predictors)
        np.testing.assert_allclose(
            parts.sum(axis=1) + base, model.log_odds(cohort.predictors), atol=1e-4
        )
        assert logit(model.probability(cohort.predictors)) == pytest.approx(
            model.log_odds(cohort.predictors), abs=1e-9
        )


def test_contributions_equal_shap(cohort, models):
    shap = pytest.importorskip("shap", reason="shap is a test dependency (extra dev)")
    for model in models:
        matrix = model.encoding.transform(cohort.predictors)
        mine, _ = model.core.contributions(matrix)
        if model.learner == "xgboost":
            theirs = shap.TreeExplainer(model.core.booster).shap_values(matrix)
        else:
            background = matrix - matrix.mean(axis=0) + 0.0
            explainer = shap.LinearExplainer(
                (model.core.coefficients, model.core.intercept), background * 0
            )
            theirs = explainer.shap_values(matrix)
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_model_dict_has_no_case_or_patient_in_it(models):
    text = json.dumps([m.to_dict() for m in models])
    assert '"p1"' not in text and '"u1"' not in text
    assert FittedModel.from_dict(json.loads(text)[0]).source == models[0].source


def test_trees_open_in_xgboost_and_damage_is_named(cohort, models, tmp_path):
    save_models(models, tmp_path)
    xgb.Booster().load_model(tmp_path / "combined_xgboost.xgboost.json")
    table = predict_frame(load_models(tmp_path), cohort.predictors)
    assert ((table > 0) & (table < 1)).all(axis=None)
    (tmp_path / "size_xgboost.xgboost.json").unlink()
    with pytest.raises(UnreadableFileError, match="size_xgboost"):
        load_models(tmp_path)
    with pytest.raises(UnreadableFileError, match="no model"):
        load_models(tmp_path / "elsewhere")
