"""What models ended with is what their folds say, and the formula gives their log-odds."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import InputError
from radln.explain.chosen import chosen_features, formula
from radln.models.settings import ModelSettings
from tests.conftest import cross_fitted, final_models, recipes_of

MODELS = ModelSettings(folds=3, repeats=2, inner_folds=2, max_features=4)


@pytest.fixture(scope="module")
def fitted(cohort):
    found = recipes_of(cohort, MODELS, blocks=("radiomics", "clinical"))
    final = [one.model for one in final_models(cohort, MODELS, seed=2, found=found)]
    return cross_fitted(cohort, MODELS, seed=2, found=found), final


def test_counts_are_those_of_the_fold_models(fitted):
    fit, final = fitted
    table = chosen_features(fit, final)
    assert set(table["source"]) == {model.source for model in final}
    assert (table["fold_models"] == 6).all()
    for _, row in table.iterrows():
        within = [
            row["predictor"] in model.encoding.columns
            for fold in fit.folds
            for model in fold.models
            if model.source == row["source"]
        ]
        assert sum(within) == row["chosen_in"]
    for model in final:
        own = table[(table["source"] == model.source) & table["in_final"]]
        assert set(own["predictor"]) == set(model.encoding.columns)
    assert table.loc[table["source"].str.endswith("xgboost"), "coefficient"].isna().all()


def test_the_formula_gives_the_log_odds(cohort, fitted):
    model = next(m for m in fitted[1] if m.source == "radiomics_logistic")
    intercept, coefficients = formula(model)
    frame = cohort.predictors[list(coefficients.index)]
    complete = frame.notna().all(axis=1)
    by_hand = intercept + (frame[complete] * coefficients).sum(axis=1)
    np.testing.assert_allclose(by_hand, model.log_odds(cohort.predictors[complete]), atol=1e-9)


def test_no_formula_of_trees_or_categories(fitted):
    models = {model.source: model for model in fitted[1]}
    for source in ("radiomics_xgboost", "clinical_logistic"):
        with pytest.raises(InputError, match=source):
            formula(models[source])
