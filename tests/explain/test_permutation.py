"""Shuffling what a model lives on costs area; shuffling what it ignores costs none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.cohort.core import Cohort
from radln.explain.permutation import permutation_importance
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from tests.conftest import cross_fitted

MODELS = ModelSettings(folds=3, repeats=2, inner_folds=2)


def cohort_of(n=240):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 3))
    y = (2 * x[:, 0] + rng.logistic(size=n) > 0).astype(int)
    index = pd.Index([f"u{i}" for i in range(n)], name="unit_id")
    units = pd.DataFrame({"patient_id": index.to_numpy(), "y_true": y, "n_views": 1}, index=index)
    names = ("clinical_telling", "clinical_noise", "clinical_other")
    table = pd.DataFrame(x, index=index, columns=names)
    return Cohort(units, table, {"clinical": names}, pd.DataFrame(index=index))


def test_the_telling_column_falls_to_chance_and_noise_does_not_fall():
    cohort = cohort_of()
    found = (Recipe("clinical_logistic", "logistic", cohort.blocks["clinical"]),)
    fit = cross_fitted(cohort, MODELS, seed=1, found=found)
    table = permutation_importance(cohort, fit, "clinical_logistic").set_index("feature")
    area = np.mean(
        [
            np.mean(
                np.subtract.outer(row[cohort.y_true[fold.test]], row[~cohort.y_true[fold.test]]) > 0
            )
            for fold in fit.folds
            for row in fold.log_odds
        ]
    )
    assert table.index[0] == "clinical_telling"
    assert table.loc["clinical_telling", "fall"] == pytest.approx(area - 0.5, abs=0.05)
    assert table.drop("clinical_telling")["fall"].abs().max() < 0.02
    assert (table["low"] <= table["fall"]).all() and (table["fall"] <= table["high"]).all()
    again = permutation_importance(cohort, fit, "clinical_logistic").set_index("feature")
    pd.testing.assert_frame_equal(again, table)
    assert permutation_importance(cohort, fit, "nobody").empty
