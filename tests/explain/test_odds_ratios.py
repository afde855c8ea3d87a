"""Odds ratios alone and together are those of a logistic regression without penalty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.cohort.core import Cohort
from radln.explain.odds_ratios import odds_ratios
from radln.models.recipe import Recipe
from radln.stats import logistic_regression, size_development_binary
from radln.study.needed import patients_needed


def cohort_of(n=160, several=True):
    rng = np.random.default_rng(4)
    age, sex = rng.normal(60, 9, n), np.where(rng.random(n) < 0.5, "f", "m")
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.06 * (age - 60) + 0.5 * (sex == "m"))))).astype(int)
    index = pd.Index([f"u{i}" for i in range(n)], name="unit_id")
    table = pd.DataFrame({"clinical_age": age, "clinical_sex": sex}, index=index)
    table.loc["u3", "clinical_age"] = np.nan
    who = [f"p{i // 2 if several else i}" for i in range(n)]
    units = pd.DataFrame({"patient_id": who, "y_true": y, "n_views": 1}, index=index)
    blocks = {"clinical": ("clinical_age", "clinical_sex")}
    return Cohort(units, table, blocks, pd.DataFrame(index=index))


@pytest.mark.parametrize("several", [True, False])
def test_ratios_are_those_of_the_regression(several):
    cohort = cohort_of(several=several)
    found = odds_ratios(cohort).set_index("term")
    known = cohort.predictors["clinical_age"].notna().to_numpy()
    commonest = cohort.predictors["clinical_sex"].mode()[0]
    other = "f" if commonest == "m" else "m"
    sex = (cohort.predictors["clinical_sex"] == other).astype(float)
    cluster = cohort.patient_id[known] if several else None
    alone = logistic_regression(
        cohort.y_true[known], cohort.predictors[["clinical_age"]][known], cluster=cluster
    ).odds_ratio("clinical_age")
    row = found.loc["age"]
    assert [row["alone_value"], row["alone_low"], row["alone_high"]] == pytest.approx(
        [alone.value, alone.low, alone.high]
    )
    assert row["alone_n"] == known.sum() == row["together_n"]
    both = pd.DataFrame({"age": cohort.predictors["clinical_age"], "sex": sex})[known]
    together = logistic_regression(cohort.y_true[known], both, cluster=cluster).odds_ratio("sex")
    row = found.loc[f"sex: {other} (against {commonest})"]
    assert [row["together_value"], row["together_low"], row["together_high"]] == pytest.approx(
        [together.value, together.low, together.high]
    )
    assert row["alone_n"] == len(cohort.units)


def test_what_separates_has_no_ratio_and_no_error():
    cohort = cohort_of()
    cohort.predictors["clinical_age"] = cohort.y_true * 10.0
    found = odds_ratios(cohort).set_index("term")
    assert np.isnan(found.loc["age", "alone_value"])
    assert found["together_value"].isna().all()
    assert found["alone_value"].notna().sum() == 1
    nothing = Cohort(cohort.units, cohort.predictors, {}, cohort.reads)
    assert odds_ratios(nothing).empty


def test_patients_needed_counts_candidates_and_patients():
    cohort = cohort_of()
    columns = cohort.blocks["clinical"]
    recipes = (
        Recipe("clinical_logistic", "logistic", columns),
        Recipe("clinical_xgboost", "xgboost", columns),
        Recipe("stacked", "logistic", ("score",), inputs_from={"score": "clinical_logistic"}),
    )
    found = patients_needed(cohort, recipes)
    assert len(found) == 1
    row = found.iloc[0]
    expected = size_development_binary(2, cohort.y_true.mean(), r2_nagelkerke=0.15)
    assert (row["candidates"], row["patients_needed"]) == (2, expected.n)
    assert row["patients"] == 80
