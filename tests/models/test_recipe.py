"""Recipes: which models a study fits, what goes into them, and in which order."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from radln.cohort.blocks import all_blocks
from radln.errors import InputError, UnreadableFileError
from radln.models.fitted import FittedModel
from radln.models.persist import load_models, save_models
from radln.models.predict import predict_all
from radln.models.recipe import recipes, usual_recipes, with_and_without
from radln.models.settings import ModelSettings, RecipeSettings
from radln.models.steps.step import Training
from radln.models.train import prepare
from tests.conftest import final_models, recipes_of

QUICK = {"folds": 2, "repeats": 1, "inner_folds": 2, "max_features": 4}


def named(**models):
    return ModelSettings(**QUICK, fitted={k: RecipeSettings(**v) for k, v in models.items()})


def test_usual_models_follow_the_blocks():
    everything = {b: (f"{b}_a", f"{b}_b") for b in ("clinical", "size", "radiomics", "deep")}
    found = usual_recipes(everything, ["logistic"])
    assert list(found) == [
        f"{kind}_logistic"
        for kind in ("size", "clinical", "radiomics", "deep", "combined", "without_deep")
    ] + ["nomogram_logistic"]
    assert found["combined_logistic"].compete == ("size", "radiomics", "deep")
    assert found["nomogram_logistic"].inputs_from == {"rad_score": "radiomics_logistic"}
    only = usual_recipes({"radiomics": ("a",), "long_axis": ("b",)}, ["logistic"])
    assert list(only) == ["radiomics_logistic", "nomogram_logistic"]  # combined would be the same
    assert only["nomogram_logistic"].keep == ("long_axis",)


def test_a_block_that_is_not_there_is_refused(cohort):
    models = named(a_logistic={"learner": "logistic", "keep": ["clinicle"]})
    with pytest.raises(InputError, match=r"models.fitted.a_logistic names the block 'clinicle'"):
        recipes(all_blocks(cohort), models)


def test_a_score_does_not_take_the_name_of_a_column(cohort):
    models = named(
        a_logistic={"learner": "logistic", "compete": ["radiomics"]},
        b_logistic={"learner": "logistic", "inputs_from": {"clinical_age": "a_logistic"}},
    )
    with pytest.raises(InputError, match="calls a score 'clinical_age', as a column"):
        recipes(all_blocks(cohort), models)


def test_what_cannot_be_fitted_is_said(cohort):
    empty = replace(cohort, blocks={**cohort.blocks, "deep": ()})
    models = named(
        clinical_logistic={"learner": "logistic", "keep": ["clinical"]},
        deep_logistic={"learner": "logistic", "compete": ["deep"]},
        score_logistic={"learner": "logistic", "inputs_from": {"s": "deep_logistic"}},
    )
    found, notes = recipes(all_blocks(empty), models)
    assert [recipe.source for recipe in found] == ["clinical_logistic"]
    assert notes == (
        "deep_logistic was not fitted: its blocks have no columns here.",
        "score_logistic was not fitted: needs deep_logistic.",
    )
    with pytest.raises(InputError, match="no model can be fitted"):
        recipes({"deep": ()}, named(d_logistic={"learner": "logistic", "compete": ["deep"]}))


def test_a_model_that_is_another_one_again_is_left_out(cohort):
    models = named(
        combined_logistic={"learner": "logistic", "keep": ["clinical"], "compete": ["radiomics"]},
        without_deep_logistic={
            "learner": "logistic", "keep": ["clinical"], "compete": ["radiomics", "deep"],
        },
        combined_xgboost={"learner": "xgboost", "keep": ["clinical"], "compete": ["radiomics"]},
    )  # fmt: skip
    found, notes = recipes({**all_blocks(cohort), "deep": ()}, models)
    assert [recipe.source for recipe in found] == ["combined_logistic", "combined_xgboost"]
    assert notes == ("without_deep_logistic was not fitted: it would be combined_logistic again.",)


def test_models_are_compared_that_differ_by_columns_alone(cohort):
    rich = {"learner": "lasso", "keep": ["clinical"], "compete": ["radiomics"]}
    models = named(
        a_lasso=rich,
        b_lasso={"learner": "lasso", "keep": ["clinical"]},
        c_lasso={"learner": "lasso", "keep": ["clinical"], "settings": {"rule": "1se"}},
        d_lasso={"learner": "lasso", "keep": ["clinical"], "steps": [{"step": "chained"}]},
    )
    found, _ = recipes(all_blocks(cohort), models)
    radiomics = all_blocks(cohort)["radiomics"]
    assert with_and_without(found, radiomics) == (("a_lasso", "b_lasso"),)


@pytest.mark.parametrize("given", [{"learner": "boost"}, {"learner": "logistic", "blocks": ["a"]}])
def test_settings_of_a_model_are_checked(given):
    with pytest.raises(ValidationError):
        RecipeSettings(**given)


def test_a_model_of_models_goes_to_disk_and_back(cohort, tmp_path):
    models = named(
        a_logistic={"learner": "logistic", "compete": ["radiomics"]},
        z_xgboost={"learner": "xgboost", "keep": ["clinical"], "inputs_from": {"s": "a_logistic"}},
        b_logistic={"learner": "logistic", "inputs_from": {"s": "a_logistic", "t": "z_xgboost"}},
    )
    fits = final_models(cohort, models, seed=1)
    held = [fit.model for fit in fits]
    assert held[2].encoding.columns == ("s", "t")
    save_models(held, tmp_path)
    again = load_models(tmp_path)
    assert [model.source for model in again] == ["a_logistic", "z_xgboost", "b_logistic"]
    np.testing.assert_allclose(
        predict_all(again, cohort.predictors), predict_all(held, cohort.predictors), atol=1e-12
    )
    (tmp_path / "a_logistic.json").unlink()
    with pytest.raises(UnreadableFileError, match="needs the model a_logistic"):
        load_models(tmp_path)


# a step of one's own: one file of radln/models/steps


@dataclass(frozen=True)
class Centred:
    column: str
    means: dict

    def transform(self, frame, site):
        shift = pd.Series(site).map(self.means).fillna(0.0).to_numpy()
        return frame.assign(**{self.column: frame[self.column] - shift})

    def to_dict(self):
        return {"step": "centre", "column": self.column, "means": self.means}

    @classmethod
    def from_dict(cls, data):
        return cls(data["column"], data["means"])


@dataclass(frozen=True)
class Centre:
    label = "centred by site"
    rowwise = True

    def fit(self, training, columns):
        means = training.frame[columns[0]].groupby(training.site).mean()
        return Centred(columns[0], means.to_dict())


@pytest.fixture
def centre(monkeypatch):
    module = ModuleType("radln.models.steps.centre")
    module.STEP, module.FITTED = Centre, Centred
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_a_step_sees_the_site_and_is_kept_as_plain_data(centre, cohort):
    site = np.where(np.arange(len(cohort.units)) % 3 == 0, "A", "B").astype(object)
    there = replace(cohort, units=cohort.units.assign(site=site))
    recipe = next(r for r in recipes_of(there) if r.source == "size_logistic")
    recipe = replace(recipe, steps=({"step": "centre"}, *recipe.steps))
    model = final_models(there, ModelSettings(**QUICK), seed=1, found=[recipe])[0].model
    again = FittedModel.from_dict(model.to_dict())
    frame = cohort.predictors.assign(
        node_long_axis_mm=cohort.predictors["node_long_axis_mm"] + 5.0 * (site == "A")
    )
    np.testing.assert_array_equal(again.log_odds(frame, site), model.log_odds(frame, site))
    shifted = replace(there, predictors=frame)
    moved = final_models(shifted, ModelSettings(**QUICK), seed=1, found=[recipe])[0].model
    np.testing.assert_allclose(  # a shift of one device is taken back
        moved.log_odds(frame, site), model.log_odds(cohort.predictors, site), atol=1e-9
    )
    prepared = prepare(Training(cohort.predictors, cohort.y_true, cohort.patient_id, site), recipe)
    assert len(prepared.changes) == 1
