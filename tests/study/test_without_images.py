"""Studies without images: clinical columns and reads, or features that were measured elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from radln.errors import InputError, UnreadableFileError
from radln.io.tables import write_parquet
from radln.settings import load_settings
from radln.study.core import Study
from radln.study.intake import take_in
from radln.study.measured import read_features

OK, DATA = 0, 1


@pytest.fixture
def tables(tmp_path):
    """A table of 60 levels of 30 patients, and features of pyradiomics' form beside it."""
    rng = np.random.default_rng(4)
    y = rng.random(60) < 0.45
    table = pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(60)],
            "person": [f"p{k // 2}" for k in range(60)],
            "station": [("2R", "7")[k % 2] for k in range(60)],
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60, 9, 60).round() + 4 * y,
            "expert": np.clip(np.round(3 + y + rng.normal(size=60)), 1, 5).astype(int),
        }
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    names = [f"original_glcm_F{k}" for k in range(6)]
    features = pd.DataFrame(rng.normal(size=(60, 6)) + 0.4 * y[:, None], columns=names)
    features.insert(0, "case", table["case"])
    features.insert(1, "diagnostics_Versions_PyRadiomics", "3.1.0")
    features.insert(2, "Mask", "somewhere/mask.nrrd")
    features.to_csv(tmp_path / "f.csv", index=False)
    return tmp_path


def started(radln, folder, *more):
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--clinical", "age", "--reader", "expert:4", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"repeats": 1, "folds": 2, "inner_folds": 2}
        held["evaluation"]["n_resamples"] = 100
        file.write_text(yaml.safe_dump(held))
    return said


def test_clinical_columns_and_reads_alone(tables, radln):
    said = started(radln, tables)
    assert said.code == OK, said.err
    assert "images: none; the study rests on clinical columns and reads" in said.out
    assert "clinical_logistic against expert" in said.out
    said = radln("run", tables, "--out", tables / "r")
    assert said.code == OK, said.err
    assert "Deep features were left out" not in said.out
    page = (tables / "r" / "report.html").read_text()
    assert "The study has no images: its predictors are columns of its table." in page
    for word in ("were extracted with", "outlines drawn by people", "Combined (logistic)"):
        assert word not in page
    sources = pd.read_csv(tables / "r" / "tables" / "auc.csv")["source"]
    assert set(sources) == {"clinical_logistic", "clinical_xgboost", "expert"}


def test_features_of_pyradiomics(tables, radln):
    said = started(radln, tables, "--features", tables / "f.csv")
    assert said.code == OK, said.err
    said = radln("check", tables)
    assert "2 column(s) were left out that hold no feature: diagnostics_Versions" in said.out
    said = radln("run", tables, "--out", tables / "r")
    assert said.code == OK, said.err
    page = (tables / "r" / "report.html").read_text()
    assert "6 features were measured elsewhere and read from a file" in page
    kept = pd.read_parquet(tables / "r" / "features.parquet")
    given = pd.read_csv(tables / "f.csv", dtype={"case": str})
    np.testing.assert_array_equal(kept["original_glcm_F3"], given["original_glcm_F3"])
    assert kept["case_id"].tolist() == given["case"].tolist()


def test_other_features_are_another_study(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    assert radln("run", tables, "--out", tables / "r").code == OK
    features = pd.read_csv(tables / "f.csv", dtype={"case": str})
    features.loc[3, "original_glcm_F3"] += 1e-6
    features.to_csv(tables / "f.csv", index=False)
    said = radln("run", tables, "--out", tables / "r")
    assert said.code == DATA
    assert "these differ: manifest" in said.err


def test_what_radln_extracted_keeps_names_blocks_and_units(pristine, tmp_path):
    table = Study.from_yaml(pristine.folder).extract().table
    path = tmp_path / "features.parquet"
    write_parquet(path, table.frame(), table.metadata())
    data = Study.from_yaml(pristine.folder).settings.data
    read, said = read_features(path, data)
    assert said == ()
    assert read.specs == table.specs
    pd.testing.assert_frame_equal(read.values, table.values)
    pd.testing.assert_frame_equal(read.status, table.status)
    without = data.model_copy(update={"images": None, "masks": None, "features": path})
    intake = take_in(without)
    assert list(intake.rows.index) == list(take_in(data).rows.index)
    assert intake.measured.columns("node") == table.columns("node")


def test_a_level_is_the_unit_where_the_outcome_varies_by_level(tables, radln):
    said = started(radln, tables, "--level", "station")
    assert "unit: level (some patients have levels of both outcomes" in said.out
    table = pd.read_csv(tables / "t.csv", dtype=str)
    again = table.assign(case=table["case"] + "b")
    pd.concat([table, again]).to_csv(tables / "t.csv", index=False)
    said = started(radln, tables, "--level", "station")
    assert "unit: level" in said.out
    result = Study.from_yaml(tables).run()
    assert len(result.cohort.units) == 60
    assert result.cohort.units["n_views"].eq(2).all()
    assert result.cohort.unit == "level"


def test_a_level_with_both_outcomes_or_without_a_name_is_refused(tables, radln):
    started(radln, tables, "--level", "station")
    table = pd.read_csv(tables / "t.csv", dtype=str)
    table.loc[4, "station"] = None
    table.to_csv(tables / "t.csv", index=False)
    said = radln("run", tables, "--out", tables / "r")
    assert said.code == DATA
    assert "column 'station' is empty in 1 row(s), but the level is the unit" in said.err
    table.loc[4, "station"] = "2R"
    twin = table.iloc[[4]].assign(case="x")
    twin["pathology"] = {"malignant": "benign", "benign": "malignant"}[table.loc[4, "pathology"]]
    pd.concat([table, twin]).to_csv(tables / "t.csv", index=False)
    said = radln("run", tables, "--out", tables / "r")
    assert said.code == DATA
    assert "1 level(s) carry both outcomes" in said.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--images", "."], "--features takes the place of --images"),
        (["--pixel-size-mm", "0.1"], "--pixel-size-mm needs --images"),
        (["--mask-suffix", "_m"], "--mask-suffix needs --images"),
    ],
)
def test_init_refuses(tables, radln, more, said):
    found = started(radln, tables, "--features", tables / "f.csv", *more)
    assert found.code == DATA
    assert said in found.err


def test_init_refuses_a_file_of_features_that_a_check_would_refuse(tables, radln):
    given = pd.read_csv(tables / "f.csv", dtype=str)
    given.assign(case=[f"x{k}" for k in range(len(given))]).to_csv(tables / "f.csv", index=False)
    said = started(radln, tables, "--features", tables / "f.csv")
    assert (said.code, "has a row in f.csv" in said.err) == (DATA, True)
    twice = given.iloc[:, [*range(given.shape[1]), given.shape[1] - 1]]
    twice.to_csv(tables / "f.csv", index=False)
    said = started(radln, tables, "--features", tables / "f.csv")
    assert (said.code, given.columns[-1] in said.err) == (DATA, True)


def test_nothing_to_learn_from_is_refused(tables, radln):
    said = radln(
        "init", tables, "--table", tables / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology",
    )  # fmt: skip
    assert said.code == DATA
    assert "nothing to learn from; name clinical columns" in said.err


def test_what_needs_a_mask_says_so(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    for command in (["extract", tables, "-o", tables / "x.csv"], ["parity", tables]):
        said = radln(*command)
        assert said.code == DATA
        assert "data.images" in said.err
        assert "Traceback" not in said.err


def spoil(folder, **columns):
    features = pd.read_csv(folder / "f.csv", dtype={"case": str})
    features.assign(**columns).to_csv(folder / "f.csv", index=False)


@pytest.mark.parametrize(
    ("columns", "error", "said"),
    [
        ({"original_glcm_F3": ["n/a?"] + [1.0] * 59}, InputError, "1 cell\\(s\\) do not, for"),
        ({"original_glcm_F3": ["1,5"] * 6 + [1.0] * 54}, InputError, "6 cell"),
        ({"case": ["001"] * 60}, InputError, "names a case twice"),
        ({"clinical_age": 1.0}, InputError, "cannot be named 'clinical_age'"),
        ({"case": [f"x{k}" for k in range(60)]}, UnreadableFileError, "none of the 60 rows"),
    ],
)
def test_files_that_are_a_little_wrong(tables, radln, columns, error, said):
    started(radln, tables, "--features", tables / "f.csv")
    spoil(tables, **columns)
    with pytest.raises(error, match=said):
        take_in(load_settings(tables / "study.yaml").data)


def test_the_outcome_among_the_features_is_left_out_or_refused(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    truth = pd.read_csv(tables / "t.csv")["pathology"]
    spoil(tables, pathology=truth, code=(truth == "malignant") * 2.0)
    said = radln("check", tables)
    assert said.code == DATA
    assert "tell the classes apart (almost) without error: code" in said.out
    intake = take_in(load_settings(tables / "study.yaml").data)
    assert "pathology" not in intake.measured.values.columns
    assert radln("run", tables, "--out", tables / "r").code == DATA


def test_rows_of_no_case_are_named(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    features = pd.read_csv(tables / "f.csv", dtype={"case": str})
    extra = features.iloc[[0]].assign(case="zz")
    pd.concat([features, extra]).to_csv(tables / "f.csv", index=False)
    intake = take_in(load_settings(tables / "study.yaml").data)
    assert intake.unlisted == ("zz",)


def test_the_run_record_names_no_path(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    radln("run", tables, "--out", tables / "r")
    record = json.loads((tables / "r" / "run.json").read_text())
    assert record["settings"]["data"]["features"] in ("f.csv", None)
    assert str(tables) not in json.dumps(record)


def test_infinite_features_are_said(tables, radln):
    features = pd.read_csv(tables / "f.csv", dtype={"case": str})
    features.loc[3, "original_glcm_F1"] = np.inf
    features.to_csv(tables / "f.csv", index=False)
    assert started(radln, tables, "--features", tables / "f.csv").code == OK
    said = radln("check", tables)
    assert "Of f.csv 1 value(s) are infinite and count as missing." in said.out


def test_codes_among_features_are_findings(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    features = pd.read_csv(tables / "f.csv", dtype={"case": str})
    features.loc[4, "original_glcm_F3"] = -9999
    features.to_csv(tables / "f.csv", index=False)
    assert "original_glcm_F3 (-9999)" in radln("check", tables).out


def test_decimal_commas_of_a_whole_column_are_read(tables, radln):
    started(radln, tables, "--features", tables / "f.csv")
    frame = pd.read_csv(tables / "f.csv", dtype={"case": str})
    data = load_settings(tables / "study.yaml").data
    names = [c for c in frame.columns if c.startswith("original")]
    plain, _ = read_features(tables / "f.csv", data)
    german = frame.astype(dict.fromkeys(names, str))
    german[names] = german[names].map(lambda v: v.replace(".", ","))
    german.to_csv(tables / "g.csv", sep=";", index=False)
    found, _ = read_features(tables / "g.csv", data)
    pd.testing.assert_frame_equal(found.values, plain.values)
    german[names[0]] = "1,234"
    german.to_csv(tables / "g.csv", sep=";", index=False)
    with pytest.raises(InputError, match="may be a decimal comma or a sign of thousands"):
        read_features(tables / "g.csv", data)


def test_a_study_of_many_learners_leaves_no_patients_rows(radln, tables):
    """Lasso, Firth, nearest neighbours and others, with steps of their own, from study.yaml."""
    started(radln, tables, "--features", tables / "f.csv")
    file = tables / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["models"]["fitted"] = {
        "clinical_plain": {"learner": "plain", "keep": ["clinical"]},
        "clinical_firth": {"learner": "firth", "keep": ["clinical"]},
        "radiomics_lasso": {"learner": "lasso", "compete": ["radiomics"], "steps": []},
        "radiomics_elastic_net": {
            "learner": "elastic_net",
            "keep": ["clinical"],
            "compete": ["radiomics"],
            "settings": {"rule": "1se"},
            "steps": [{"step": "chained"}, {"step": "correlation", "max_correlation": 0.8}],
        },
        "radiomics_knn": {"learner": "knn", "compete": ["radiomics"]},
        "anything": {"learner": "svm", "compete": ["radiomics"], "calibrate": "platt"},
    }
    held["evaluation"] |= {
        "primary": {"full": "radiomics_lasso", "simple": "clinical_plain"},
        "ladder": [],
    }
    file.write_text(yaml.safe_dump(held))
    said = radln("run", file)
    assert said.code == OK, said.err
    out = next(tables.glob("*/report.html")).parent
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in (
        "Clinical (logistic, no penalty)",
        "Radiomics (elastic net)",
        "robust by patient",
    ):
        assert words in page
    assert (out / "tables" / "coefficients_clinical_plain.csv").exists()
    path = pd.read_csv(out / "tables" / "penalty_path_radiomics_lasso.csv")
    assert path["penalty"].is_monotonic_decreasing
    assert not list((out / "folds").rglob("*.json"))
    for name in ("radiomics_knn", "anything"):
        kept = json.loads((out / "model" / f"{name}.json").read_text())
        assert set(kept) == {"source", "learner", "withheld"}
    scores = pd.read_csv(out / "predictions.csv")
    assert scores.loc[scores["source"] == "radiomics_knn", "y_prob"].between(0, 1).all()
