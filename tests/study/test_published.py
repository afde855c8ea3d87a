"""Published scores in a study: taken as they are, compared with the models, refused where odd."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.data_settings import DataSettings, ScoreSettings
from radln.errors import InputError
from radln.stats import auc, calibration, compare_auc
from radln.study.published import parse_score, score_of
from tests.study.test_subgroups import frame

OK, DATA = 0, 1
OLD = "old=1 / (1 + exp(-(0.05 * (age - 60) + 0.2 * (crp > 5))))@0.5"


def started(radln, folder, *more, change=None):
    folder.mkdir(exist_ok=True)
    table = frame()
    table["nomogram"] = (table["age"] * 2 + table["crp"]).round(1)
    if change:
        change(table)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--positive", "malignant", "--clinical", "age,crp",
        "--design", "hold-out:0.5", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"inner_folds": 2}
        held["evaluation"]["n_resamples"] = 100
        held["evaluation"]["primary"]["simple"] = "old"
        file.write_text(yaml.safe_dump(held))
    return said, table


def test_a_score_is_judged_as_it_is_on_the_same_cases(radln, tmp_path):
    said, table = started(radln, tmp_path / "s", "--risk", OLD, "--score", "paper=nomogram")
    assert said.code == OK, said.err
    said = radln("run", tmp_path / "s")
    assert said.code == OK, said.err
    results = tmp_path / "s" / "results"
    risk = 1 / (1 + np.exp(-(0.05 * (table["age"] - 60) + 0.2 * (table["crp"] > 5))))
    rows = pd.read_csv(results / "predictions.csv", dtype={"unit_id": str})
    tested = rows[rows["source"] == "clinical_logistic"].set_index("unit_id")
    at = table.set_index("case").loc[tested.index]
    y = (at["pathology"] == "malignant").to_numpy()
    people = at["person"].to_numpy()
    own = risk.to_numpy()[table["case"].isin(tested.index)]
    aucs = pd.read_csv(results / "tables" / "auc.csv").set_index("source")
    own = pd.Series(risk.to_numpy(), index=table["case"]).loc[tested.index].to_numpy()
    assert aucs.loc["old", "value"] == pytest.approx(auc(y, own, cluster=people).value)
    paper = at["nomogram"].to_numpy()
    assert aucs.loc["paper", "value"] == pytest.approx(auc(y, paper, cluster=people).value)
    direct = compare_auc(y, tested["y_score"].to_numpy(), own, cluster=people)
    pairs = pd.read_csv(results / "tables" / "differences.csv").set_index(["first", "second"])
    assert pairs.loc[("clinical_logistic", "old"), "value"] == pytest.approx(
        direct.difference.value
    )
    told = pd.read_csv(results / "tables" / "calibration.csv").set_index(["source", "measure"])
    slope = calibration(y, own, cluster=people, n_resamples=0).slope
    assert told.loc[("old", "slope"), "value"] == pytest.approx(slope.value)
    assert "paper" not in told.index.get_level_values(0)  # no probability
    rates = pd.read_csv(results / "tables" / "operating_points.csv").set_index(
        ["source", "measure"]
    )
    assert rates.loc[("old", "sensitivity"), "value"] == pytest.approx((own[y] >= 0.5).mean())
    text = re.sub(r"<[^>]+>", " ", (results / "report.html").read_text())
    assert "against old" in text or "better than old" in text or "as well as" in text
    assert {"clinical_logistic.json", "clinical_xgboost.json"} <= {
        path.name for path in (results / "model").glob("*.json")
    }
    assert not list((results / "model").glob("old*"))


@pytest.mark.parametrize(
    ("option", "given", "match"),
    [
        ("--risk", "old=age", "is said to be a probability"),
        ("--score", "old=__import__('os')", "cannot stand in a formula"),
        ("--score", "old=age.real + 1", "cannot stand in a formula"),
        ("--score", "old=1 / (age - age)", "is infinite in some row|has no value"),
        ("--score", "old=log(-age) + 0", "has no value"),
        ("--score", "old=aeg + 1", "no column 'aeg'"),
        ("--score", "old=sex + 1", "sex"),
        ("--score", "old=age +", "is no formula"),
        ("--score", "old", "write NAME=COLUMN"),
        ("--score", "old=age@x", "is no number"),
        ("--score", "old=True + age", "cannot stand in a formula"),
    ],
)
def test_a_score_that_is_a_little_wrong_is_refused(radln, tmp_path, option, given, match):
    said, _ = started(radln, tmp_path / "s", option, given)
    assert said.code == DATA
    assert re.search(match, said.err), said.err
    assert "Traceback" not in said.err and "fault in radln" not in said.err


def test_what_is_missing_makes_a_score_missing():
    rows = pd.DataFrame({"age": [50.0, np.nan, 70.0], "crp": [1.0, 2.0, np.nan]})
    given = parse_score("s=age * 2 + 3 * (crp > 1) ** 1", probability=False)
    assert score_of(given, rows).tolist()[:1] == [100.0]
    assert score_of(given, rows).isna().tolist() == [False, True, True]
    with pytest.raises(InputError, match="NAME=FORMULA"):
        parse_score("=age", probability=False)


def test_settings_of_scores():
    base = {"table": "t.csv", "case": "c", "patient": "p", "outcome": "o", "positive": "x"}
    with pytest.raises(ValidationError, match="a column or a formula"):
        ScoreSettings(name="a")
    with pytest.raises(ValidationError, match="between 0 and 1"):
        ScoreSettings(name="a", column="b", probability=True, cut=3)
    with pytest.raises(ValidationError, match="names two scores"):
        DataSettings.model_validate(base | {"scores": [{"name": "a", "column": "b"}] * 2})
