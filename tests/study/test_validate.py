"""``radln validate``: a bundle's locked models on another centre's cases."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError, LeakageError
from radln.io.bundle import CHECKSUMS
from radln.io.cases import CaseSource
from radln.models.bundle import Bundle
from radln.models.persist import predict_frame
from radln.models.predict import predict_all
from radln.stats import auc, calibration, diagnostic_table
from radln.study.core import Study
from radln.study.seen import refuse_known, write_pictures
from radln.study.validate import validate
from tests.study.centres import DATA, OK, developed, frame, in_a_process, started

FAILED_ROWS = 3
MODEL = "clinical_logistic"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A finished study; a fixture of a module cannot take that of a function."""
    return developed(in_a_process, tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="module")
def bundle(results):
    return Bundle.load(results / "bundle")


def there(seed=9):
    return frame(seed, patients=60, older=3)


def table_of(out, name="development_validation"):
    return pd.read_csv(out / "tables" / f"{name}.csv")


def test_numbers_are_those_of_the_locked_model(radln, results, bundle, tmp_path):
    table = there()
    study = started(radln, tmp_path / "there", table)
    said = radln("validate", results / "bundle", study, "-o", tmp_path / "v")
    assert said.code == OK, said.err
    rows = table.set_index("case")
    columns = rows[["age", "crp", "border"]].add_prefix("clinical_")
    p = predict_frame(bundle.models, columns)[MODEL].to_numpy()
    y = (rows["pathology"] == "malignant").to_numpy()
    cut = next(m.cut_off for m in bundle.models if m.source == MODEL)
    found = table_of(tmp_path / "v")
    own = found[found["source"] == MODEL].set_index("measure")

    def limits(measure):
        return own.loc[measure, ["here", "here_low", "here_high"]].to_list()

    area = auc(y, p, cluster=rows["person"]).estimate
    assert limits("auc") == pytest.approx([area.value, area.low, area.high])
    risks = calibration(y, p, cluster=rows["person"], n_resamples=0).frame().set_index("metric")
    for measure in ("slope", "observed_expected", "calibration_in_the_large"):
        expected = risks.loc[measure, ["value", "low", "high"]].to_list()
        assert limits(measure) == pytest.approx(expected)
    rates = diagnostic_table(y, p >= cut, cluster=rows["person"], n_resamples=100)
    sensitivity = rates.sensitivity
    expected = [sensitivity.value, sensitivity.low, sensitivity.high]
    assert limits("sensitivity") == pytest.approx(expected)
    log_odds = np.log(p / (1 - p))
    assert own.loc["log_odds_mean", "here"] == pytest.approx(log_odds.mean())
    assert own.loc["log_odds_sd", "here"] == pytest.approx(log_odds.std(ddof=1))


def test_development_stands_beside_it(radln, results, bundle, tmp_path):
    study = started(radln, tmp_path / "there", there())
    found = validate(bundle, Study.from_yaml(study))
    own = found.transfer[found.transfer["source"] == MODEL].set_index("measure")["development"]
    areas = pd.read_csv(results / "tables" / "auc.csv").set_index("source")
    assert own["auc"] == pytest.approx(areas.loc[MODEL, "value"])
    taught = frame(4).set_index("case")[["age", "crp", "border"]].add_prefix("clinical_")
    place = bundle.names.index(MODEL)
    log_odds = predict_all(bundle.models, taught)[place]
    assert own["log_odds_mean"] == pytest.approx(log_odds.mean(), rel=1e-9)
    assert own["log_odds_sd"] == pytest.approx(log_odds.std(ddof=1), rel=1e-9)
    assert own["n"] == len(taught)


def test_nothing_is_dropped_in_silence(radln, results, tmp_path):
    table = there()
    table.loc[3, ["age", "crp", "border"]] = None
    table.loc[5, "border"] = "lobulated"
    table.loc[7, "age"] = 150
    table.loc[9, "pathology"] = None
    study = started(radln, tmp_path / "there", table)
    said = radln("validate", results / "bundle", study, "-o", tmp_path / "v")
    assert said.code == FAILED_ROWS
    assert "1 row(s) or case(s) lack a prediction" in said.err
    words = {"case_or_unit": str}
    left = pd.read_csv(tmp_path / "v" / "tables" / "not_predicted.csv", dtype=words)
    assert dict(zip(left["case_or_unit"], left["what"], strict=True)) == {
        "009": "row",
        "003": "image",
    }
    doubts = table_of(tmp_path / "v", "doubts").set_index("said")["n"]
    assert doubts["a level that training did not have"] == 1
    assert doubts["a value outside the range of training"] >= 1
    by_unit = pd.read_csv(tmp_path / "v" / "tables" / "by_unit.csv", dtype={"unit_id": str})
    notes = by_unit.set_index("unit_id")["notes"]
    assert "'lobulated' is not known" in notes["005"]
    assert "age 150 lies outside training" in notes["007"]
    predictions = pd.read_csv(tmp_path / "v" / "predictions.csv", dtype={"unit_id": str})
    assert not {"003", "009"} & set(predictions["unit_id"])
    record = json.loads((tmp_path / "v" / "run.json").read_text())
    assert (record["n"], record["n_not_predicted"]) == (118, 2)


def test_the_page_says_what_is_locked_and_compares_with_readers(radln, results, tmp_path):
    study = started(radln, tmp_path / "there", there())
    said = radln("validate", results / "bundle", study, "-o", tmp_path / "v")
    assert said.code == OK, said.err
    page = (tmp_path / "v" / "report.html").read_text(encoding="utf-8")
    for words in (
        "Nothing was fitted or chosen on these cases",
        "its design, its models, its clinical columns",
        "Development and here",
        "Against readers on the same cases",
        "By site",
        "north",
        "Decision curves",
        "Every row of the table has a prediction",
    ):
        assert words in page
    assert 'id="rates"' in page
    for name in ("p12", "057"):  # no patient, no case
        assert f">{name}<" not in page


def test_predictions_can_be_judged_again_with_the_same_area(radln, results, tmp_path):
    study = started(radln, tmp_path / "there", there())
    radln("validate", results / "bundle", study, "-o", tmp_path / "v")
    said = radln(
        "evaluate", tmp_path / "v" / "predictions.csv", "--out", tmp_path / "e",
        "--resamples", 100,
    )  # fmt: skip
    assert said.code == OK, said.err
    areas = pd.read_csv(tmp_path / "e" / "tables" / "auc.csv").set_index("source")
    found = table_of(tmp_path / "v", "auc").set_index("source")
    assert areas.loc[MODEL, "value"] == pytest.approx(found.loc[MODEL, "value"])


def test_columns_that_the_study_lists_or_not_do_not_count(radln, bundle, tmp_path):
    """The bundle's own columns are read from the table, whatever study.yaml says of them."""
    study = started(radln, tmp_path / "a", there())

    def fewer(held):
        held["data"]["clinical"] = []
        held["models"] = {"folds": 5, "repeats": 7}

    other = started(radln, tmp_path / "b", there(), change=fewer)
    first, second = (validate(bundle, Study.from_yaml(one)).transfer for one in (study, other))
    pd.testing.assert_frame_equal(first, second)


def test_several_views_are_averaged_as_in_the_study(radln, tmp_path):
    def by_patient(held):
        held["data"]["unit"] = "patient"

    def by_image(held):
        held["data"]["unit"] = "image"

    def truth_of_patients(table):
        first = table.groupby("person")["pathology"].transform("first")
        return table.assign(pathology=first)

    folder = started(radln, tmp_path / "dev", truth_of_patients(frame(4)), change=by_patient)
    assert radln("run", folder).code == OK
    bundle = Bundle.load(folder / "results" / "bundle")
    table = truth_of_patients(there())
    study = started(radln, tmp_path / "there", table, change=by_patient)
    found = validate(bundle, Study.from_yaml(study), models=(MODEL,))
    assert len(found.predictions.units) == 60
    means = table.groupby("person", sort=False)[["age", "crp"]].mean().add_prefix("clinical_")
    modes = table.groupby("person", sort=False)["border"].agg(lambda x: sorted(x.mode())[0])
    expected = predict_frame(bundle.models, means.assign(clinical_border=modes))[MODEL]
    said = found.centre.said.set_index("unit_id")[MODEL]
    np.testing.assert_allclose(said.loc[expected.index], expected, rtol=1e-9)
    other = started(radln, tmp_path / "images", table, change=by_image)
    with pytest.raises(InputError, match="judged by patient, and this one judges by image"):
        validate(bundle, Study.from_yaml(other))


def test_another_outcome_is_refused(radln, bundle, tmp_path):
    def turned(held):
        held["data"] |= {"positive": "benign", "negative": []}

    study = started(radln, tmp_path / "turned", there(), change=turned)
    with pytest.raises(InputError, match="the bundle's negative class"):
        validate(bundle, Study.from_yaml(study))

    def three(held):
        data = held["data"]
        for key in ("positive", "negative", "readers"):
            data.pop(key, None)
        data["classes"] = ["benign", "malignant", "other"]
        del held["evaluation"], held["models"]

    study = started(radln, tmp_path / "classes", there(), change=three)
    with pytest.raises(InputError, match="several classes"):
        validate(bundle, Study.from_yaml(study))


def test_what_the_models_lack_is_refused(radln, bundle, tmp_path):
    def without_age(held):
        held["data"]["clinical"] = ["crp", "border"]

    study = started(radln, tmp_path / "fewer", there(), change=without_age)
    with pytest.raises(InputError, match="no model 'other'"):
        validate(bundle, Study.from_yaml(study), models=("other",))
    there().rename(columns={"age": "Age_years"}).to_csv(study / "t.csv", index=False)
    with pytest.raises(InputError, match="lacks 1 column"):
        validate(bundle, Study.from_yaml(study))


def test_foreign_output_is_refused_and_ones_own_is_not(radln, results, tmp_path):
    study = started(radln, tmp_path / "there", there())
    place = tmp_path / "v"
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    said = radln("validate", results / "bundle", study, "-o", place)
    assert said.code == DATA and "not empty and is not radln's" in said.err
    (place / "thesis.txt").unlink()
    for _ in range(2):
        assert radln("validate", results / "bundle", study, "-o", place).code == OK
    said = radln("validate", results / "bundle", study, "-o", place, "--model", MODEL)
    assert said.code == DATA and "models.asked" in said.err
    said = radln("validate", results / "bundle", study, "-o", results / "bundle" / "x")
    assert said.code == DATA and "lies in the bundle" in said.err


def test_another_name_of_the_positive_class_is_said(radln, bundle, tmp_path):
    table = there()
    table["pathology"] = table["pathology"].map({"malignant": "cancer", "benign": "no cancer"})
    study = started(radln, tmp_path / "there", table, "--positive", "cancer")
    found = validate(bundle, Study.from_yaml(study))
    assert any("here cancer counts as that" in note for note in found.notes)


def test_pictures_of_the_development_study_are_refused(tmp_path):
    cases = [CaseSource(name, tmp_path / "a.png", tmp_path / "a.png") for name in ("a", "b")]
    with pytest.raises(InputError, match="no folder of a run"):
        refuse_known(["x", "y"], cases, tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(Exception, match="does not say which pictures"):
        refuse_known(["x", "y"], cases, tmp_path)
    write_pictures(["0012", "z", "", "z"], tmp_path)
    assert len(pd.read_csv(tmp_path / "tables" / "pictures.csv")) == 2
    assert "None of the 2 pictures" in refuse_known(["x", "y"], cases, tmp_path)
    assert "None of the 2 pictures" in refuse_known(["", "12"], cases, tmp_path)
    with pytest.raises(LeakageError, match=r"1 of the 2 pictures .* case 'b'"):
        refuse_known(["x", "0012"], cases, tmp_path)


def test_a_study_with_images_is_measured_as_the_bundle_was(radln, pristine, tmp_path):
    """The development study itself, as another centre: its numbers, and its pictures refused."""
    own = pristine.copy(tmp_path / "again", results=False)
    bundle = Bundle.load(pristine.out / "bundle")
    found = validate(bundle, Study.from_yaml(own.folder))
    final = pd.read_csv(pristine.out / "model" / "predictions_final.csv").set_index("unit_id")
    for model in bundle.models:
        said = found.centre.said.set_index("unit_id")[model.source]
        np.testing.assert_allclose(said, final.loc[said.index, model.source], rtol=1e-9)
    with pytest.raises(LeakageError, match="were in the study that made the bundle"):
        validate(bundle, Study.from_yaml(own.folder), development=pristine.out)


def test_the_checksum_of_a_bundle_is_that_of_its_files(results, bundle):
    data = (results / "bundle" / CHECKSUMS).read_bytes()
    assert bundle.checksum == hashlib.sha256(data).hexdigest()


def test_the_commands_of_the_guide_run(results, tmp_path):
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "another-centre.md"
    blocks = re.findall(r"```sh\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("radln ")]
    assert len(lines) >= 3
    shutil.copytree(results, tmp_path / "results")
    (tmp_path / "elsewhere").mkdir()
    frame(9, patients=200, older=12).to_csv(tmp_path / "elsewhere" / "nodes.csv", index=False)
    for line in lines:
        done = in_a_process(*shlex.split(line)[1:], cwd=tmp_path)
        assert done.code == OK, (line, done.err)
    assert (tmp_path / "validation" / "report.html").is_file()
    assert (
        Bundle.load(tmp_path / "recalibrated").content.parent
        == Bundle.load(tmp_path / "results" / "bundle").checksum
    )
