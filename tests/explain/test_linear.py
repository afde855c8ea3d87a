"""The linear predictor is the model: its log-odds to 1e-12, for numbers, levels and gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.errors import InputError
from radln.explain.linear import linear_predictor
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.models.steps.step import Training
from radln.models.train import fit_recipe


def fitted(cohort, learner="logistic", class_weight="none"):
    frame = cohort.predictors.assign(
        clinical_level=np.array(["II", "III", "IV"])[np.arange(120) % 3]
    )
    keep = ("clinical_age", "clinical_border", "clinical_level", "node_long_axis_mm")
    recipe = Recipe(f"clinical_{learner}", learner, keep)
    settings = ModelSettings(inner_folds=2, class_weight=class_weight)
    training = Training(frame, cohort.y_true, cohort.patient_id)
    return fit_recipe(training, recipe, settings, cohort.outcome, seed=1).model, frame


def log_odds(linear, frame):
    total = np.full(len(frame), linear.intercept)
    for term in linear.terms:
        if term.levels:
            effects = dict(zip(term.levels, term.coefficients, strict=True))
            total += np.array([effects[level] for level in frame[term.name]])
        else:
            total += term.coefficients[0] * frame[term.name].to_numpy(dtype=float)
    return total


@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_it_equals_the_model(cohort, class_weight):
    model, frame = fitted(cohort, class_weight=class_weight)
    assert (model.recalibration != (0.0, 1.0)) == (class_weight == "balanced")
    assert_allclose(log_odds(linear_predictor(model), frame), model.log_odds(frame), atol=1e-12)


def test_the_reference_level_contributes_nothing(cohort):
    terms = {term.name: term for term in linear_predictor(fitted(cohort)[0]).terms}
    border = terms["clinical_border"]
    assert border.coefficients[0] == 0
    assert set(border.levels) == {"irregular", "smooth"}
    commonest = cohort.predictors["clinical_border"].mode()[0]
    assert border.levels[0] == commonest
    assert terms["clinical_age"].levels == ()


def test_axes_span_what_was_seen(cohort):
    model, frame = fitted(cohort)
    age = next(t for t in linear_predictor(model).terms if t.name == "clinical_age")
    assert (age.low, age.high) == (frame["clinical_age"].min(), frame["clinical_age"].max())


def test_units_of_the_original_scale(cohort):
    """Ten years are ten coefficients, not ten standard deviations."""
    model, frame = fitted(cohort)
    age = next(t for t in linear_predictor(model).terms if t.name == "clinical_age")
    older = frame.assign(clinical_age=frame["clinical_age"] + 10)
    assert_allclose(
        model.log_odds(older) - model.log_odds(frame), 10 * age.coefficients[0], atol=1e-12
    )


def test_a_new_level_counts_as_the_reference(cohort):
    model, frame = fitted(cohort)
    level = next(t for t in linear_predictor(model).terms if t.name == "clinical_level")
    new = pd.concat([frame.iloc[:1]] * 2).assign(clinical_level=["VII", level.levels[0]])
    odds = model.log_odds(new)
    assert odds[0] == odds[1]


def test_trees_are_refused(cohort):
    with pytest.raises(InputError, match="clinical_xgboost is not linear"):
        linear_predictor(fitted(cohort, "xgboost")[0])
