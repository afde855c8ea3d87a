"""Blocks of clinical columns: models, the ladder and importance by block."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.data_settings import DataSettings
from radln.models.recipe import usual_recipes
from tests.study.test_subgroups import frame

OK, DATA = 0, 1


def init(radln, folder, *more):
    folder.mkdir(exist_ok=True)
    frame().to_csv(folder / "t.csv", index=False)
    return radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--positive", "malignant", "--clinical", "age,crp,sex",
        "--design", "hold-out:0.5", "--force", *more,
    )  # fmt: skip


def test_a_block_has_a_model_a_step_of_the_ladder_and_its_share(radln, tmp_path):
    said = init(radln, tmp_path / "s", "--block", "laboratory=crp", "--block", "person=age,sex")
    assert said.code == OK, said.err
    file = tmp_path / "s" / "study.yaml"
    held = yaml.safe_load(file.read_text())
    assert held["data"]["blocks"] == {"laboratory": ["crp"], "person": ["age", "sex"]}
    ladder = ["laboratory_logistic", "person_logistic", "clinical_logistic"]
    assert held["evaluation"]["ladder"] == ladder
    held["models"] |= {"inner_folds": 2}
    held["evaluation"]["n_resamples"] = 100
    file.write_text(yaml.safe_dump(held))
    said = radln("run", tmp_path / "s")
    assert said.code == OK, said.err
    tables = tmp_path / "s" / "results" / "tables"
    steps = pd.read_csv(tables / "ladder.csv")
    assert steps["richer"].tolist() == ladder[1:] and steps["simpler"].tolist() == ladder[:2]
    shares = pd.read_csv(tables / "shap_blocks_clinical_logistic.csv")
    assert set(shares["block"]) == {"laboratory", "person"}
    own = pd.read_csv(tables / "predictors_of_models.csv")
    assert set(own.loc[own["source"] == "laboratory_logistic", "predictor"]) == {"clinical_crp"}
    assert "Laboratory (logistic)" in (tmp_path / "s" / "results" / "report.html").read_text()
    falls = pd.read_csv(tables / "permutation_importance_clinical_logistic.csv")
    assert {"clinical_age", "clinical_crp"} <= set(falls["feature"])


@pytest.mark.parametrize("block", ["laboratory=crpp", "laboratory", "=crp", "size=crp", "A b=crp"])
def test_a_block_that_is_a_little_wrong_is_refused(radln, tmp_path, block):
    said = init(radln, tmp_path / "s", "--block", block)
    assert said.code == DATA and "Traceback" not in said.err and "fault" not in said.err


def test_settings_and_recipes_of_blocks():
    base = {
        "table": "t.csv", "case": "c", "patient": "p", "outcome": "o", "positive": "x",
        "clinical": ["age"],
    }  # fmt: skip
    with pytest.raises(ValidationError, match="not listed under data"):
        DataSettings.model_validate(base | {"blocks": {"semantic": ["margin"]}})
    with pytest.raises(ValidationError, match="cannot be the name"):
        DataSettings.model_validate(base | {"blocks": {"size": ["age"]}})
    found = usual_recipes({"semantic": ["clinical_margin"], "clinical": ["clinical_margin", "b"]})
    assert found["semantic_logistic"].keep == ("semantic",)
    assert "combined_logistic" not in found
