"""Tables of coefficients: as statsmodels and the likelihood have them, or none with a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from radln._draw.paths import draw_path
from radln.errors import InputError
from radln.explain.coefficient_table import coefficient_table, coefficient_tables
from radln.explain.linear import linear_predictor
from radln.explain.penalty import penalty_paths
from radln.models.learners import NAMES
from radln.models.settings import ModelSettings, RecipeSettings
from radln.stats.description.likelihood import maximise, profile
from tests.conftest import final_models, noisy_cohort, recipes_of

FEW = [{"step": "select", "max_features": 2}]


def fitted(cohort, learner, *, keep=("clinical", "size"), **more):
    given = RecipeSettings(learner=learner, keep=keep, **more)
    models = ModelSettings(inner_folds=2, fitted={f"m_{learner}": given})
    found = recipes_of(cohort, models, learners=NAMES)
    return final_models(cohort, models, seed=1, found=found)[-1].model, found[-1]


@pytest.fixture(scope="module")
def single():
    """One row a patient, nothing missing."""
    return noisy_cohort(150, views=1, missing=0.0, n_features=12)


def design(cohort):
    frame = cohort.predictors
    columns = {
        "age": frame["clinical_age"],
        "border": (frame["clinical_border"] == "irregular").astype(float),
        "axis": frame["node_long_axis_mm"],
    }
    return sm.add_constant(pd.DataFrame(columns))


def in_order(table):
    order = ["clinical_age", "clinical_border", "node_long_axis_mm"]
    return table.set_index("predictor").loc[order]


def sign_of_border(table):
    return (
        1.0
        if (table.loc[table["predictor"] == "clinical_border", "level"] == "irregular").all()
        else -1.0
    )


def test_plain_has_the_numbers_of_statsmodels_in_the_units_of_the_table(single):
    found = coefficient_table(*fitted(single, "plain"), single)
    theirs = sm.Logit(single.y_true.astype(float), design(single)).fit(disp=0)
    table = in_order(found.table)
    turn = np.array([1.0, sign_of_border(found.table), 1.0])
    np.testing.assert_allclose(turn * table["coefficient"], theirs.params.iloc[1:], atol=1e-6)
    np.testing.assert_allclose(table["pvalue"], theirs.pvalues.iloc[1:], atol=1e-6)
    limits = np.sort(turn[:, None] * np.log(table[["low", "high"]].to_numpy()), axis=1)
    np.testing.assert_allclose(limits, theirs.conf_int().iloc[1:], atol=1e-6)
    assert found.notes == () and np.allclose(np.exp(table["coefficient"]), table["odds_ratio"])


@pytest.mark.parametrize("learner", ["plain", "firth"])
def test_profiles_are_those_of_the_likelihood_in_those_units(single, learner):
    found = coefficient_table(*fitted(single, learner), single)
    x, firth = design(single).to_numpy(float), learner == "firth"
    top = maximise(x, single.y_true, firth=firth)
    table = in_order(found.table)
    for j in (1, 3):
        one = profile(x, single.y_true, j, top, firth=firth)
        row = table.iloc[j - 1]
        said = np.log(row[["profile_low", "profile_high"]].to_numpy(float))
        np.testing.assert_allclose(said, [one.low, one.high], rtol=1e-4)
        assert row["profile_pvalue"] == pytest.approx(one.pvalue, abs=1e-6)
    assert table["low"].isna().all() == firth


def test_with_several_rows_a_patient_profiles_are_refused_and_errors_are_robust(cohort):
    found = coefficient_table(*fitted(cohort, "plain"), cohort)
    medians = cohort.predictors.median(numeric_only=True)
    full = replace(cohort, predictors=cohort.predictors.fillna(medians))
    binomial = sm.families.Binomial()
    fit = sm.GLM(cohort.y_true.astype(float), design(full), family=binomial).fit(
        cov_type="cluster",
        cov_kwds={"groups": pd.factorize(cohort.patient_id)[0], "use_correction": False},
    )
    table = in_order(found.table)
    width = np.log(table["high"] / table["low"]).to_numpy()
    np.testing.assert_allclose(width / (2 * 1.96) / fit.bse.iloc[1:], 1, atol=0.03)  # t against z
    assert table[["profile_low", "profile_high", "profile_pvalue"]].isna().all(axis=None)
    assert any("robust by patient" in note for note in found.notes)
    firth = coefficient_table(*fitted(cohort, "firth"), cohort)
    assert firth.table.filter(regex="low|high|pvalue").isna().all(axis=None)
    assert "none is given" in firth.notes[-1]


def test_filled_in_values_are_said():
    gappy = noisy_cohort(150, views=1, missing=0.0)
    frame = gappy.predictors.copy()
    frame.iloc[:20, frame.columns.get_loc("clinical_age")] = np.nan
    there = replace(gappy, predictors=frame)
    assert "20 of 150 rows" in coefficient_table(*fitted(there, "plain"), there).notes[0]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"compete": ("radiomics",), "steps": FEW}, "chosen on the same cases"),
        ({"calibrate": "platt"}, "recalibrated"),
    ],
)
def test_no_intervals_where_they_would_flatter(single, more, why):
    found = coefficient_table(*fitted(single, "plain", **more), single)
    assert why in found.notes[0]
    assert found.table.filter(regex="low|high|pvalue").isna().all(axis=None)


def test_no_intervals_beside_another_models_score(single):
    models = ModelSettings(
        inner_folds=2,
        fitted={
            "a_lasso": RecipeSettings(learner="lasso", compete=("radiomics",), steps=()),
            "b_plain": RecipeSettings(
                learner="plain", keep=("clinical",), inputs_from={"s": "a_lasso"}
            ),
        },
    )
    found = recipes_of(single, models, learners=NAMES)
    final = [fit.model for fit in final_models(single, models, seed=1, found=found)]
    first, second = coefficient_tables(final, found, single)
    assert (first.source, second.source) == ("a_lasso", "b_plain")
    assert "score of another one" in second.notes[0] and "shrunk" in first.notes[0]
    (path,) = penalty_paths(final, found, single, balanced=False)
    assert path.source == "a_lasso"


@pytest.mark.parametrize("learner", ["lasso", "elastic_net"])
def test_the_path_passes_through_the_model(single, learner):
    model, recipe = fitted(
        single, learner, keep=("clinical",), compete=("radiomics",), steps=[{"step": "variance"}]
    )
    (path,) = penalty_paths([model], [recipe], single, balanced=False)
    row = path.coefficients.iloc[int(np.argmin(np.abs(path.coefficients.index - path.chosen)))]
    table = coefficient_table(model, recipe, single).table.set_index("term")
    assert set(row.index[row != 0]) == set(table.index)
    scale = {t.name: t.coefficients[-1] for t in linear_predictor(model).terms}
    for term, line in table.iterrows():
        item = next(i for i in model.encoding.inputs if i.column == line["predictor"])
        spread = (
            item.scale if item.number else single.predictors[item.column].eq(item.level).std(ddof=0)
        )
        assert row[term] == pytest.approx(line["coefficient"] * spread, abs=1e-5)
        assert line["coefficient"] == pytest.approx(scale[line["predictor"]])
    assert not path.coefficients.iloc[0].any()
    assert path.frame()["inputs"].iloc[-1] == len(path.coefficients.columns)
    axes = path.plot()
    assert f"{len(table)} of {len(row)} inputs in" in axes.get_xlabel()


def test_a_path_on_which_nothing_is_in_is_drawn_too():
    axes = draw_path(np.array([1.0, 0.5]), np.array([[0.0, 0.1]]), ["a"], chosen=1.0)
    assert axes.get_legend() is None


def test_other_learners_have_no_table(single):
    model, recipe = fitted(single, "forest")
    with pytest.raises(InputError, match="models of plain, firth, lasso, elastic_net have one"):
        coefficient_table(model, recipe, single)
