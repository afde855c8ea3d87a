"""Every attribution as shap's Explanation; learners without exact contributions go through shap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import shap
from numpy.testing import assert_allclose

from radln.errors import InputError
from radln.explain.attribution import attribute
from radln.explain.explanations import contributions
from radln.features.names import readable
from radln.models.settings import ModelSettings
from tests.conftest import cross_fitted, recipes_of

MODELS = ModelSettings(folds=3, repeats=2, inner_folds=2, max_features=6, class_weight="balanced")


@pytest.fixture(scope="module")
def fit(cohort):
    found = recipes_of(cohort, MODELS, blocks=("combined",))
    return cross_fitted(cohort, MODELS, seed=2, found=found)


@pytest.mark.parametrize("source", ["combined_logistic", "combined_xgboost"])
@pytest.mark.parametrize("repeat", [0, 1])
def test_values_base_data_and_names(cohort, fit, source, repeat):
    attribution = attribute(cohort, fit, source)
    found = attribution.explanation(repeat)
    values = attribution.values[repeat]
    assert isinstance(found, shap.Explanation)
    assert_allclose(found.values, values)
    assert_allclose(found.base_values, attribution.base[repeat])
    assert found.feature_names == [readable(column) for column in values.columns]
    for k, column in enumerate(values.columns):
        given = cohort.predictors[column]
        assert list(found.display_data[:, k]) == list(given) or given.isna().any()
        if given.dtype.kind == "f":
            assert_allclose(found.data[:, k], given)
        else:
            levels = sorted(given.dropna().unique())
            assert_allclose(found.data[:, k], given.map({v: j for j, v in enumerate(levels)}))
    with pytest.raises(InputError, match="repeat must be one of 0 to 1; got 2"):
        attribution.explanation(2)


@pytest.mark.parametrize(
    "draw",
    [
        lambda found: shap.plots.beeswarm(found, show=False),
        lambda found: shap.plots.bar(found, show=False),
        lambda found: shap.plots.waterfall(found[0], show=False),
        lambda found: shap.plots.scatter(found[:, 0], show=False),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of the library that draws
def test_plots_of_shap_draw_it(cohort, fit, draw):
    draw(attribute(cohort, fit, "combined_logistic").explanation())
    assert plt.gcf().axes
    plt.close("all")


@dataclass(frozen=True)
class Opaque:
    """A learner that says log-odds and nothing else."""

    inside: object

    def log_odds(self, matrix):
        return self.inside.log_odds(matrix)


def test_without_exact_contributions_shap_gives_them(cohort, fit):
    """Of a linear learner those of shap are its coefficients times the way to the mean."""
    fold = fit.folds[0]
    model = next(m for m in fold.models if m.source == "combined_logistic")
    rows = cohort.predictors.iloc[fold.test]
    background = cohort.predictors.drop(index=rows.index)
    opaque = replace(model, core=Opaque(model.core))
    found, base = contributions(opaque, rows, background, seed=0)
    again, _ = contributions(opaque, rows, background, seed=0)
    assert_allclose(found, again)
    assert_allclose(found.sum(axis=1) + base, model.log_odds(rows), atol=1e-9)
    known = model.encoding.transform(background)
    if len(known) <= 100:
        exact, at = model.contributions(rows)
        shift = model.on_predictors(
            np.tile(known.mean(axis=0) * model.core.coefficients, (len(rows), 1)), 0.0, rows.index
        )[0]
        assert_allclose(found, exact - shift, atol=1e-9)
        assert_allclose(base, at + shift.iloc[0].sum(), atol=1e-9)


def test_exact_contributions_are_kept(cohort, fit):
    fold = fit.folds[0]
    for model in fold.models:
        rows = cohort.predictors.iloc[fold.test]
        found, base = contributions(model, rows, rows, seed=0)
        exact, at = model.contributions(rows)
        assert found.equals(exact)
        assert base == at
