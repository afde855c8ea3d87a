"""Another centre's table: never seen by anything that learns, and read as the study's own is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln._refusals import Refusals
from radln.data_settings import DataSettings
from radln.design_settings import DesignSettings, ExternalSettings
from radln.errors import InputError, LeakageError
from radln.models.persist import load_models, predict_frame
from radln.settings import Settings
from radln.stats import auc, compare_auc
from radln.study.core import Study
from radln.study.init import _design
from radln.study.request import Request
from radln.study.two_tables import take_in_all
from tests.rows import each_row
from tests.study.studies import make_study

OK, DATA = 0, 1


def frame(seed=4, name="a", n=120):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.45
    return pd.DataFrame(
        {
            "case": [f"{name}{k:03d}" for k in range(n)],
            "person": [f"{name}p{k // 2}" for k in range(n)],
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60, 9, n).round() + 5 * y,
            "crp": rng.normal(5, 2, n).round(1) + y,
            "expert": np.clip(np.round(3 + y + rng.normal(size=n)), 1, 5).astype(int),
        }
    )


OWN, OTHER = frame(4, "a"), frame(5, "b", 80)


def started(radln, folder, own, other, *more):
    folder.mkdir(exist_ok=True)
    own.to_csv(folder / "t.csv", index=False)
    other.to_csv(folder / "there.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--clinical", "age,crp", "--reader", "expert:4",
        "--design", f"external:{folder / 'there.csv'}", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"inner_folds": 2}
        held["evaluation"]["n_resamples"] = 100
        file.write_text(yaml.safe_dump(held))
    return said


def ran(radln, folder, own=OWN, other=OTHER):
    said = started(radln, folder, own, other)
    assert said.code == OK, said.err
    said = radln("run", folder)
    assert said.code == OK, said.err
    return folder / "results"


def test_numbers_are_those_of_the_other_centre(radln, tmp_path):
    results = ran(radln, tmp_path / "s")
    there = OTHER.set_index("case")
    predictions = pd.read_csv(results / "predictions.csv")
    assert set(predictions["unit_id"]) == set(there.index)
    assert set(predictions["partition"]) == {"external"}
    by_source = {s: part.set_index("unit_id") for s, part in predictions.groupby("source")}
    areas = pd.read_csv(results / "tables" / "auc.csv").set_index("source")
    for source, part in by_source.items():
        alone = auc(part["y_true"], part["y_score"], cluster=part["patient_id"]).estimate
        found = areas.loc[source, ["value", "low", "high"]].to_list()
        assert found == pytest.approx([alone.value, alone.low, alone.high])
    first, second = (by_source[s].loc[there.index] for s in ("clinical_logistic", "expert"))
    gap = compare_auc(
        first["y_true"], first["y_score"], second["y_score"], cluster=first["patient_id"]
    )
    pairs = pd.read_csv(results / "tables" / "differences.csv")
    row = pairs[(pairs["first"] == "clinical_logistic") & (pairs["second"] == "expert")].iloc[0]
    assert row["value"] == pytest.approx(gap.difference.value)
    models = load_models(results / "model")
    found = predict_frame(models, there[["age", "crp"]].astype(float).add_prefix("clinical_"))
    for model in models:
        own = by_source[model.source]["y_prob"].loc[found.index]
        np.testing.assert_allclose(found[model.source], own, rtol=1e-12)
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in (
        "80 images of 40 patients of another centre were the test",
        "This speaks of the fitted models, in patients like those of the other centre (40",
        "Models learned from 60 patients and were tested once on 40 others",
        "own patients alone",
        "external part",
    ):
        assert words in page, words
    parts = pd.read_csv(results / "tables" / "partitions.csv")
    assert parts["partition"].value_counts().to_dict() == {"training": 120, "external": 80}


def test_nothing_of_the_other_centre_reaches_a_model(radln, tmp_path):
    results = ran(radln, tmp_path / "a")
    spoiled = OTHER.copy()
    other = {"malignant": "benign", "benign": "malignant"}
    spoiled["pathology"] = spoiled["pathology"].map(other)
    spoiled["age"] = spoiled["age"].to_numpy()[::-1] + 40
    again = ran(radln, tmp_path / "b", other=spoiled)
    names = [path.name for path in (results / "model").glob("*_*.json")]
    assert len(names) > 1
    for name in names:  # with their cut-offs
        assert (results / "model" / name).read_text() == (again / "model" / name).read_text()
    content = [json.loads((run / "bundle" / "bundle.json").read_text()) for run in (results, again)]
    for part in ("columns", "worked_cases"):
        assert content[0][part] == content[1][part]
    said = radln(
        "predict", results / "bundle", "--table", tmp_path / "a" / "there.csv", "--case", "case",
        "-o", tmp_path / "out.csv",
    )  # fmt: skip
    assert said.code == OK, said.err
    found = pd.read_csv(tmp_path / "out.csv").set_index("case_id")["clinical_logistic"]
    own = pd.read_csv(results / "predictions.csv")
    own = own[own["source"] == "clinical_logistic"].set_index("unit_id")["y_prob"]
    np.testing.assert_allclose(found, own.loc[found.index], atol=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "error", "words"),
    [
        ("person", "ap3", LeakageError, r"1 patient\(s\) stand in both tables \(cases a006, a007"),
        ("case", "a007", InputError, r"1 case\(s\) of the external table .* \(cases a007\)"),
        ("person", "AP3", InputError, r"Both tables together .*capitals"),
        ("pathology", "unclear", InputError, r"The external table \(design.external\): "),
        ("expert", "good", InputError, r"The external table \(design.external\): "),
    ],
)
def test_what_would_mix_the_centres_is_refused(tmp_path, column, value, error, words):
    other = OTHER.astype({"expert": object})
    other.loc[0, column] = value
    settings = settings_of(tmp_path, OWN, other)
    with pytest.raises(error, match=words):
        take_in_all(settings)


def settings_of(folder, own, other, **more):
    own.to_csv(folder / "own.csv", index=False)
    other.to_csv(folder / "other.csv", index=False)
    data = {
        "table": folder / "own.csv", "case": "case", "patient": "person",
        "outcome": "pathology", "positive": "malignant", "negative": ["benign"],
        "clinical": ["age", "crp"], "readers": [{"column": "expert", "cut": 4}],
    } | more  # fmt: skip
    external = {"name": "external", "external": {"table": folder / "other.csv"}}
    return Settings.model_validate(
        {"data": data, "design": external, "features": {"deep": None},
         "evaluation": {"primary": {"full": "clinical_logistic", "simple": "expert"}}}
    )  # fmt: skip


def test_grades_and_dates_mean_the_same_in_both_tables(tmp_path):
    own, other = OWN.copy(), OTHER.copy()
    own["grade"] = np.where(np.arange(120) % 2, "4a", "3")
    other["grade"] = np.where(np.arange(80) % 2, "4b", "4a")
    own["seen"], other["seen"] = "2023-01-01", "2024-01-01"
    given = {
        "clinical": [{"column": "grade", "type": "ordered"}, {"column": "seen", "type": "date"}]
    }
    rows = take_in_all(settings_of(tmp_path, own, other, **given)).rows
    assert rows.loc["a001", "grade"] == rows.loc["b000", "grade"] == 1  # 4a in 3, 4a, 4b
    assert rows.loc["b001", "grade"] == 2
    assert rows.loc["b000", "seen"] - rows.loc["a000", "seen"] == 365
    assert rows["external_table"].sum() == 80


@each_row(
    ("given", "words"),
    [
        ({"name": "external"}, "needs design.external"),
        ({"name": "fixed", "external": {"table": "t.csv"}}, "no key of the design 'fixed'"),
    ],
)
def test_designs_without_their_table_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        DesignSettings.model_validate(given)


def test_images_here_and_none_there_are_refused():
    data = DataSettings(
        table="t.csv", images="images", masks="masks", case="case", patient="p", outcome="o",
        positive="1",
    )  # fmt: skip
    design = DesignSettings(name="external", external=ExternalSettings(table="there.csv"))
    with pytest.raises(ValidationError, match="go together"):
        Settings(data=data, design=design)


@each_row(
    ("design", "words"),
    [
        ("leave-site-out", "--design leave-site-out needs --site"),
        ("external:t.csv,images,masks", "go together"),
        ("external", "needs design.external"),
        ("external:nowhere.csv", "nowhere.csv"),
    ],
)
def test_commands_that_lack_something_say_what(design, words):
    request = Request(
        table=Path(__file__), case="case", patient="person", outcome="pathology", design=design
    )
    with pytest.raises(InputError, match=words):
        _design(request, OWN, (), Refusals())


# with images


@pytest.fixture(scope="module")
def two_centres(tmp_path_factory):
    """A study's folder, and in ``there`` another centre's with names of its own."""
    folder = tmp_path_factory.mktemp("centres")
    study, other = make_study(folder / "own"), make_study(folder / "other", seed=12)
    place = study.folder / "there"
    place.mkdir()
    for part in ("images", "masks"):
        (place / part).mkdir()
        for path in (other.folder / part).iterdir():
            shutil.copy(path, place / part / path.name.replace("ZQX", "YYY"))
    table = other.table()
    table["image"] = table["image"].str.replace("ZQX", "YYY")
    table["person"] = table["person"].str.replace("WPT", "VVV")
    table.to_csv(place / "nodes.csv", index=False)
    external = {"table": "there/nodes.csv", "images": "there/images", "masks": "there/masks"}
    study.set(design={"name": "external", "external": external}, features__deep=None)
    return study


@pytest.fixture
def centres(two_centres, tmp_path):
    return two_centres.copy(tmp_path / "study", results=False)


def test_another_centres_images_are_measured_and_tested(centres, radln):
    said = radln("run", centres.folder)
    assert said.code == OK, said.err
    predictions = pd.read_csv(centres.out / "predictions.csv")
    assert predictions["unit_id"].str.startswith("VVV").all()
    assert set(predictions["partition"]) == {"external"}
    status = pd.read_csv(centres.out / "tables" / "case_status.csv")
    assert len(status) == 76 and (status["status"] == "ok").all()
    flow = pd.read_csv(centres.out / "tables" / "flow.csv")
    assert flow["cases"].iloc[0] == 76 and flow["patients"].iloc[0] == 52
    again = radln("run", centres.folder)
    assert again.code == OK, again.err


def test_a_picture_of_both_centres_is_refused_by_case(centres):
    shutil.copy(centres.image(3), centres.folder / "there" / "images" / "YYY-0005.png")
    held = Study.from_yaml(centres.folder)
    with pytest.raises(LeakageError, match=r"both the study and the other .*ZQX-0003, YYY-0005"):
        held.run()
    centres.set(acknowledge=["same_picture:2"])
    with pytest.raises(LeakageError, match="tested on what they learned from"):
        Study.from_yaml(centres.folder).run()


@pytest.mark.parametrize(
    ("design", "parts"),
    [
        ({"name": "fixed", "column": "device", "test": ["B"]}, "both training and test part"),
        ({"name": "leave-site-out"}, "two sites"),
    ],
)
def test_a_picture_in_two_parts_of_one_table_is_refused(centres, design, parts):
    table = centres.table()
    first, second = (table.index[table["device"] == name][0] for name in "AB")
    shutil.copy(centres.image(first), centres.image(second))
    centres.set(design=design, acknowledge=["same_picture:2"])
    with pytest.raises(LeakageError, match=f"{parts}.*ZQX-{first:04d}, ZQX-{second:04d}"):
        Study.from_yaml(centres.folder).run()


def test_an_encoder_may_know_the_training_part_and_not_the_test_part(centres, radln):
    table = centres.table()
    learned = [int(k) for k in table.index[table["device"] == "A"][:2]]
    centres.learn_from(*learned)
    fixed = {"name": "fixed", "column": "device", "test": ["B"]}
    centres.set(
        design=fixed,
        models__fitted={"m": {"learner": "logistic", "keep": ["size"]}},
        evaluation__primary={"full": "m", "simple": "expert"},
        evaluation__ladder=[],
    )
    said = radln("run", centres.folder)
    assert said.code == OK, said.err
    page = (centres.out / "report.html").read_text(encoding="utf-8")
    assert "The encoder learned from the pictures of 2 case(s) of the training part" in page
    assert "refused study" not in radln("check", centres.folder).out
    centres.set(design=fixed | {"test": ["A"]})
    with pytest.raises(LeakageError, match="learned from 2 of the 38 images"):
        Study.from_yaml(centres.folder).run()
    for design in (
        {"name": "cross-validation"},
        {"name": "hold-out", "repeats": 2},
        {"name": "leave-site-out"},
    ):
        centres.set(design=design)
        with pytest.raises(LeakageError, match="learned from 2 of the 38 images"):
            Study.from_yaml(centres.folder).run()
