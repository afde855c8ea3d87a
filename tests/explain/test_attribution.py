"""SHAP values add up to what the held-out model said; blocks and cases are named rightly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.errors import InputError
from radln.explain.attribution import attribute, block_of, telling_units
from radln.models.settings import ModelSettings
from tests.conftest import cross_fitted, noisy_cohort, recipes_of

MODELS = ModelSettings(folds=3, repeats=2, inner_folds=2, max_features=6, class_weight="balanced")


@pytest.fixture(scope="module")
def fit(cohort):
    found = recipes_of(cohort, MODELS, blocks=("combined", "clinical"))
    return cross_fitted(cohort, MODELS, seed=2, found=found)


@pytest.fixture(scope="module", params=["combined_logistic", "combined_xgboost"])
def attribution(request, cohort, fit):
    return attribute(cohort, fit, request.param)


def test_contributions_add_up_to_the_held_out_log_odds(cohort, fit, attribution):
    for repeat, (values, base) in enumerate(zip(attribution.values, attribution.base, strict=True)):
        said = fit.predictions.select(attribution.source, repeat=repeat).set_index("unit_id")
        total = (values.sum(axis=1) + base).loc[said.index]
        assert_allclose(total, said["y_score"], atol=1e-4 if "xgb" in attribution.source else 1e-10)


def test_columns_that_a_fold_model_did_not_use_contribute_nothing(cohort, fit, attribution):
    for fold in fit.folds:
        model = next(m for m in fold.models if m.source == attribution.source)
        values = attribution.values[fold.repeat]
        unused = values.columns.difference(model.encoding.columns)
        assert (values.iloc[fold.test][unused] == 0).all(axis=None)


def test_importance_is_the_mean_over_repeats(attribution):
    table = attribution.importance.set_index("feature")
    sizes = pd.DataFrame([values.abs().mean() for values in attribution.values])
    assert_allclose(table["mean_abs_shap"], sizes.mean()[table.index])
    assert (table["low"] <= table["mean_abs_shap"]).all()
    assert (table["mean_abs_shap"] <= table["high"]).all()
    assert table["mean_abs_shap"].is_monotonic_decreasing
    assert table["used_in"].between(0, 1).all()
    assert table.loc["clinical_age", "used_in"] == 1


def test_shares_of_blocks_add_up_to_one(attribution):
    assert attribution.blocks["share"].sum() == pytest.approx(1)
    assert set(attribution.blocks["block"]) == {"clinical", "size", "radiomics"}


def test_the_narrowest_block_counts(cohort):
    columns = pd.Index(["node_long_axis_mm", "clinical_age", "nothing"])
    assert block_of(cohort, columns).tolist() == ["size", "clinical", "other"]


def test_telling_units_are_of_their_class_and_extreme(cohort, attribution):
    chosen = telling_units(cohort, attribution)
    log_odds = attribution.values[0].sum(axis=1) + attribution.base[0]
    truth = pd.Series(cohort.y_true, index=cohort.units.index)
    assert [title for title, _ in chosen] == [
        "positive case, surest right",
        "positive case, surest wrong",
        "negative case, surest right",
        "negative case, surest wrong",
    ]
    assert [bool(truth[unit]) for _, unit in chosen] == [True, True, False, False]
    right, wrong = log_odds[chosen[0][1]], log_odds[chosen[1][1]]
    assert right == log_odds[truth].max()
    assert wrong == log_odds[truth].min()
    assert log_odds[chosen[2][1]] == log_odds[~truth].min()
    assert log_odds[chosen[3][1]] == log_odds[~truth].max()


def test_unknown_source(cohort, fit):
    with pytest.raises(InputError, match="no model named 'deep_logistic'"):
        attribute(cohort, fit, "deep_logistic")


def test_xgboost_contributions_equal_the_shap_package(cohort, fit):
    shap = pytest.importorskip("shap", reason="the peer to compare with is not installed")
    fold = fit.folds[0]
    model = next(m for m in fold.models if m.source == "combined_xgboost")
    rows = cohort.predictors.iloc[fold.test]
    peer = shap.TreeExplainer(model.core.booster)
    matrix = model.encoding.transform(rows)
    expected = model.recalibration[1] * peer.shap_values(matrix)
    names = [item.column for item in model.encoding.inputs]
    summed = pd.DataFrame(expected, columns=names).T.groupby(level=0).sum().T
    found, _ = model.contributions(rows)
    assert_allclose(found[summed.columns], summed, atol=1e-4)
    assert np.isfinite(found).all(axis=None)


def test_without_exact_values_two_hundred_cases_are_explained(monkeypatch):
    """Chosen by name alone: the same again, each by a model that did not see it."""
    many = noisy_cohort(30, seed=3)
    models = ModelSettings(folds=2, repeats=1, inner_folds=2, max_features=4)
    usual = recipes_of(many, models, learners=["logistic"], blocks=("clinical",))[0]
    found = (replace(usual, source="clinical_knn", learner="knn"),)
    fit = cross_fitted(many, models, seed=1, found=found)
    monkeypatch.setattr("radln.explain.attribution.MOST_CASES", 20)
    explained = attribute(many, fit, "clinical_knn")
    assert len(explained.values[0]) == len(explained.data) == 20
    assert attribute(many, fit, "clinical_knn").values[0].equals(explained.values[0])
    assert set(explained.values[0].index) < set(many.units.index)
