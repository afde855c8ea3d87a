"""Designs with one test part: hold-out, by a column, by a date."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.design_settings import DesignSettings
from radln.errors import InputError, LeakageError
from radln.models.persist import load_models, predict_frame
from radln.stats import auc, compare_auc
from radln.study.parts import marked_rows, parse_design, with_all_values
from tests.rows import each_row

OK, DATA = 0, 1
PATIENTS = 70


def frame(seed=4):
    rng = np.random.default_rng(seed)
    n = 2 * PATIENTS
    y = rng.random(n) < 0.45
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.repeat(np.arange(PATIENTS), 2) * 7, "D")
    return pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(n)],
            "person": [f"p{k // 2}" for k in range(n)],
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60, 9, n).round() + 5 * y,
            "crp": rng.normal(5, 2, n).round(1) + y,
            "expert": np.clip(np.round(3 + y + rng.normal(size=n)), 1, 5).astype(int),
            "part": np.where(np.repeat(np.arange(PATIENTS), 2) % 3 == 0, "new", "old"),
            "day": day.strftime("%Y-%m-%d"),
        }
    )


def started(radln, folder, table, *more):
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--clinical", "age,crp", "--reader", "expert:4", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"inner_folds": 2}
        held["evaluation"]["n_resamples"] = 100
        file.write_text(yaml.safe_dump(held))
    return said


def ran(radln, folder, table, *more):
    said = started(radln, folder, table, *more)
    assert said.code == OK, said.err
    said = radln("run", folder)
    assert said.code == OK, said.err
    return folder / "results"


@pytest.fixture
def fixed(radln, tmp_path):
    return ran(radln, tmp_path / "fixed", frame(), "--design", "fixed:part=new")


def limits(estimate):
    return [estimate.value, estimate.low, estimate.high]


def test_numbers_are_those_of_the_test_part(fixed):
    table = frame().set_index("case")
    tested = table[table["part"] == "new"]
    predictions = pd.read_csv(fixed / "predictions.csv", dtype={"unit_id": str})
    assert set(predictions["unit_id"]) == set(tested.index)
    assert set(predictions["partition"]) == {"test"}
    assert predictions["fold"].isna().all()
    areas = pd.read_csv(fixed / "tables" / "auc.csv").set_index("source")
    by_source = {s: part.set_index("unit_id") for s, part in predictions.groupby("source")}
    for source, part in by_source.items():
        expected = auc(part["y_true"], part["y_score"], cluster=part["patient_id"])
        found = areas.loc[source, ["value", "low", "high", "n"]].to_list()
        assert found == pytest.approx([*limits(expected.estimate), len(tested)])
    first, second = (by_source[s].loc[tested.index] for s in ("clinical_logistic", "expert"))
    gap = compare_auc(
        first["y_true"], first["y_score"], second["y_score"], cluster=first["patient_id"]
    )
    pairs = pd.read_csv(fixed / "tables" / "differences.csv")
    row = pairs[(pairs["first"] == "clinical_logistic") & (pairs["second"] == "expert")].iloc[0]
    assert row[["value", "low", "high"]].to_list() == pytest.approx(limits(gap.difference))
    parts = pd.read_csv(fixed / "tables" / "partitions.csv", dtype={"unit_id": str})
    assert set(parts.loc[parts["partition"] == "test", "unit_id"]) == set(tested.index)
    assert len(json.loads((fixed / "run.json").read_text())["split"]) == 64


def test_the_models_that_are_left_are_those_that_were_tested(fixed):
    table = frame().set_index("case")
    tested = table[table["part"] == "new"]
    models = load_models(fixed / "model")
    found = predict_frame(models, tested[["age", "crp"]].add_prefix("clinical_"))
    predictions = pd.read_csv(fixed / "predictions.csv", dtype={"unit_id": str})
    for model in models:
        own = predictions[predictions["source"] == model.source].set_index("unit_id")["y_prob"]
        np.testing.assert_allclose(found[model.source], own.loc[found.index], rtol=1e-12)


def test_nothing_of_the_test_part_reaches_a_model(fixed, radln, tmp_path):
    spoiled = frame()
    new = spoiled["part"] == "new"
    turned = spoiled.loc[new, "pathology"].map({"malignant": "benign", "benign": "malignant"})
    spoiled.loc[new, "pathology"] = turned
    spoiled.loc[new, "age"] = spoiled.loc[new, "age"].to_numpy()[::-1] + 40
    other = ran(radln, tmp_path / "spoiled", spoiled, "--design", "fixed:part=new")
    names = sorted(path.name for path in (fixed / "model").glob("*_*.json"))
    assert len(names) > 2
    content = [json.loads((run / "bundle" / "bundle.json").read_text()) for run in (fixed, other)]
    for part in ("columns", "worked_cases"):  # ranges and levels are those of training
        assert content[0][part] == content[1][part]
    for name in names:
        assert (fixed / "model" / name).read_text() == (other / "model" / name).read_text()


def test_the_page_says_whom_it_speaks_of(fixed):
    page = (fixed / "report.html").read_text(encoding="utf-8")
    n = 2 * len(range(0, PATIENTS, 3))
    for words in (
        f"{n} images of {n // 2} patients were held out for the test",
        f"This speaks of the fitted models, in patients like those of the test part ({n // 2}",
        f"tested once on the test part ({n // 2} patients: those with new in the column part)",
        "they learned from the training part alone",
        "Training and test part",
        "Locked cut-offs",
    ):
        assert words in page
    for words in ("fold cross-validation", "within-fold", "every fold", "of their own fold"):
        assert words not in page


def test_a_hold_out_says_what_one_split_is_worth(radln, tmp_path):
    results = ran(radln, tmp_path / "s", frame(), "--design", "hold-out:0.3")
    page = (results / "report.html").read_text(encoding="utf-8")
    assert re.search(r"One split at random: with 4\d image\(s\) in the test part", page)
    assert "drawn at random, 30% of the patients, stratified by the outcome" in page
    again = ran(radln, tmp_path / "t", frame(), "--design", "hold-out:0.3")
    for name in ("predictions.csv", "tables/auc.csv", "tables/partitions.csv"):
        assert (results / name).read_text() == (again / name).read_text()


def test_a_date_tells_the_parts_apart(radln, tmp_path):
    results = ran(radln, tmp_path / "s", frame(), "--design", "temporal:day=2024-01-01")
    table = frame().set_index("case")
    parts = pd.read_csv(results / "tables" / "partitions.csv", dtype={"unit_id": str})
    tested = set(parts.loc[parts["partition"] == "test", "unit_id"])
    assert tested == set(table.index[table["day"] >= "2024-01-01"])
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "all cases from 2024-01-01 on, by the column day" in page


def test_a_run_goes_on_where_it_stopped_and_another_design_is_another_study(radln, tmp_path):
    results = ran(radln, tmp_path / "s", frame(), "--design", "fixed:part=new")
    before = (results / "tables" / "auc.csv").read_text()
    said = radln("run", tmp_path / "s")
    assert said.code == OK, said.err
    assert (results / "tables" / "auc.csv").read_text() == before
    started(radln, tmp_path / "s", frame(), "--design", "hold-out")
    said = radln("run", tmp_path / "s")
    assert said.code == DATA
    assert "another study" in said.err


FIXED = DesignSettings(name="fixed", column="part", test=("new",))
TEMPORAL = DesignSettings(name="temporal", column="day", start="2024-01-01")


def rows(**changed):
    return (
        frame()
        .rename(columns={"case": "case_id", "person": "patient_id"})
        .set_index("case_id")
        .assign(**changed)
    )


def test_the_folds_of_cross_validation_mark_nothing():
    assert marked_rows(DesignSettings(), rows()) is None
    assert marked_rows(DesignSettings(name="hold-out"), rows()) is None


def test_dates_as_dates_and_as_text_are_the_same():
    text = marked_rows(TEMPORAL, rows())
    dates = marked_rows(TEMPORAL, rows(day=pd.to_datetime(frame()["day"]).to_numpy()))
    with_time = marked_rows(TEMPORAL, rows(day=[f"{day} 08:30:00" for day in frame()["day"]]))
    assert text.equals(dates)
    assert text.equals(with_time)


@each_row(
    ("design", "changed", "words"),
    [
        (FIXED, {"part": ["new", "old", "older"] * 46 + ["old"] * 2}, "old, older, which the"),
        (FIXED, {"part": ["new", "New"] * PATIENTS}, "differ in capitals"),
        (FIXED, {"part": ["old"] * 2 * PATIENTS}, "never takes"),
        (FIXED, {"part": [None, "new"] * PATIENTS}, "is empty in 70 row"),
        (TEMPORAL, {"day": ["31.01.2024"] * 2 * PATIENTS}, "no date that can be read in one way"),
        (TEMPORAL, {"day": ["01/02/2024"] * 2 * PATIENTS}, "no date that can be read in one way"),
        (TEMPORAL, {"day": np.arange(2 * PATIENTS)}, "no date that can be read in one way"),
        (TEMPORAL, {"day": ["2024-13-01"] * 2 * PATIENTS}, "no date that can be read in one way"),
        (DesignSettings(name="fixed", column="prat", test=("new",)), {}, "part"),
    ],
)
def test_what_tells_the_parts_badly_apart_is_refused(design, changed, words):
    with pytest.raises(InputError, match=words):
        marked_rows(design, rows(**changed))


def test_a_patient_in_both_parts_is_refused_by_case():
    part = frame()["part"].to_numpy().copy()
    part[0] = "old"
    with pytest.raises(LeakageError, match=r"1 patient\(s\) stand in both .* \(cases 000, 001\)"):
        marked_rows(FIXED, rows(part=part))
    whole = with_all_values(FIXED, frame())
    assert whole.train == ("old",)


@each_row(
    ("given", "words"),
    [
        ({"name": "hold-out", "test_share": 0.9}, "less than or equal to 0.5"),
        ({"name": "hold-out", "column": "part"}, "no key of the design 'hold-out'"),
        ({"test_share": 0.3}, "no key of the design 'cross-validation'"),
        ({"name": "fixed", "column": "part"}, "needs design.test"),
        ({"name": "fixed", "test": ["a"]}, "needs design.column"),
        ({"name": "fixed", "column": "p", "test": ["a"], "train": ["a"]}, "keep one"),
        ({"name": "temporal", "column": "day"}, "needs design.start"),
        ({"name": "temporal", "column": "day", "start": "soon"}, "valid date"),
        ({"name": "bootstrap"}, "hold-out"),
    ],
)
def test_designs_that_cannot_be_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        DesignSettings.model_validate(given)


@each_row("text", ["holdout", "hold-out:2", "fixed", "fixed:part", "temporal:day=x", "temporal"])
def test_an_option_that_is_no_design_says_how_to_write_one(text):
    with pytest.raises(InputError, match=r"Write cross-validation, hold-out"):
        parse_design(text)


def test_slips_are_refused_before_the_work(radln, tmp_path):
    table = frame()
    few = table.assign(part=np.where(np.arange(len(table)) < 138, "new", "old"))
    said = started(radln, tmp_path / "few", few, "--design", "fixed:part=new")
    assert said.code == OK, said.err
    said = radln("run", tmp_path / "few")
    assert said.code == DATA
    assert "training part" in said.err
    said = started(
        radln, tmp_path / "c", table, "--design", "fixed:part=new", "--clinical", "age,part"
    )
    assert said.code == DATA
    assert "tells training and test part apart" in said.err


@pytest.mark.parametrize("learner", ["plain", "lasso"])
def test_tables_of_coefficients_are_of_the_training_part(radln, tmp_path, learner):
    table = frame()
    spoiled = table.copy()
    new = spoiled["part"] == "new"
    turned = spoiled.loc[new, "pathology"].map({"malignant": "benign", "benign": "malignant"})
    spoiled.loc[new, "pathology"] = turned
    found = []
    for name, one in (("a", table), ("b", spoiled)):
        started(radln, tmp_path / name, one, "--design", "fixed:part=new")
        file = tmp_path / name / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"]["fitted"]["own"] = {"learner": learner, "keep": ["clinical"]}
        file.write_text(yaml.safe_dump(held))
        said = radln("run", tmp_path / name)
        assert said.code == OK, said.err
        files = sorted((tmp_path / name / "results" / "tables").glob("*_own.csv"))
        found.append({path.name: path.read_text() for path in files})
    assert "coefficients_own.csv" in found[0]
    assert ("penalty_path_own.csv" in found[0]) == (learner == "lasso")
    assert found[0] == found[1]
