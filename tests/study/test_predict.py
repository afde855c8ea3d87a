"""``radln predict``: the study's numbers for its own cases, and what is said of others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.io.images import write_png
from radln.io.tables import read_parquet, write_parquet
from radln.models.bundle import Bundle
from radln.models.persist import predict_frame
from radln.study.predict import NewCases, predict_new

SIZE, CLINICAL, BOTH = "size_logistic", "clinical_logistic", "nomogram_logistic"


@pytest.fixture(scope="module")
def bundle(pristine):
    return pristine.out / "bundle"


def table_of(path):
    words = {"reason": object, "notes": object}
    found = pd.read_csv(path, index_col="case_id", dtype=words)
    return found.assign(notes=found["notes"].fillna(""))


def rows_of(result):
    """Every image's own predictors, as the cohort has them before views are averaged."""
    rows, values = result.intake.rows, result.extraction.table.values
    clinical = rows[["age", "border"]].add_prefix("clinical_")
    return pd.concat([clinical, values.loc[clinical.index]], axis=1)


def from_features(radln, pristine, bundle, out, *more, features=None, table=None):
    return radln(
        "predict", bundle,
        "--features", features or pristine.out / "features.parquet",
        "--table", table or pristine.folder / "nodes.csv",
        "--case", "image", "-o", out, *more,
    )  # fmt: skip


def test_features_give_the_models_predictions(radln, pristine, bundle, result, tmp_path):
    done = from_features(radln, pristine, bundle, tmp_path / "p.csv")
    assert done.code == 0, done.err
    found, expected = table_of(tmp_path / "p.csv"), predict_frame(result.final, rows_of(result))
    for model in result.final:
        said = expected[model.source].loc[found.index]
        np.testing.assert_allclose(found[model.source], said, rtol=0, atol=1e-12)
        above = found[f"{model.source}_above_cut_off"].astype(bool)
        assert (above == (said >= model.cut_off)).all()
    assert found["reason"].isna().all()
    assert "Probability of malignant (against benign)" in done.out
    assert "trained on 13 of the 26 patients" in done.out


def test_images_give_the_same_as_the_study(radln, pristine, bundle, result, tmp_path):
    pristine_table = pristine.table().iloc[:6]
    pristine_table.drop(columns=["person", "pathology"]).to_csv(tmp_path / "new.csv", index=False)
    done = radln(
        "predict", bundle,
        "--images", pristine.folder / "images", "--masks", pristine.folder / "masks",
        "--table", tmp_path / "new.csv", "--case", "image", "--pixel-size-mm", "pixel",
        "-o", tmp_path / "p.csv", "--features-out", tmp_path / "f.parquet",
    )  # fmt: skip
    assert done.code == 0, done.err
    found, expected = table_of(tmp_path / "p.csv"), predict_frame(result.final, rows_of(result))
    assert len(found) == 6
    for source in expected:
        said = expected[source].loc[found.index]
        np.testing.assert_allclose(found[source], said, rtol=0, atol=1e-12)
    again = from_features(
        radln, pristine, bundle, tmp_path / "q.csv",
        features=tmp_path / "f.parquet", table=tmp_path / "new.csv",
    )  # fmt: skip
    assert again.code == 0
    assert (tmp_path / "p.csv").read_text() == (tmp_path / "q.csv").read_text()


def test_a_row_alone_is_as_in_the_batch(radln, pristine, bundle, tmp_path):
    from_features(radln, pristine, bundle, tmp_path / "all.csv")
    every = table_of(tmp_path / "all.csv")
    pristine.table().iloc[[7]].to_csv(tmp_path / "one.csv", index=False)
    done = from_features(radln, pristine, bundle, tmp_path / "p.csv", table=tmp_path / "one.csv")
    assert done.code == 0
    alone = table_of(tmp_path / "p.csv")
    pd.testing.assert_frame_equal(alone, every.loc[alone.index], rtol=0, atol=1e-12)


def in_pixels(pristine, path, *, metadata=True):
    """The study's features as a study without pixel sizes names and writes them."""
    frame, specs = read_parquet(pristine.out / "features.parquet")
    size = 0.2
    renamed = {}
    for name in frame.columns:
        if name.endswith(("_mm", "_mm2")):
            power = 2 if name.endswith("2") else 1
            frame[name] = frame[name] / size**power
            renamed[name] = name.replace("_mm", "_px")
    frame = frame.rename(columns=renamed)
    if not metadata:
        frame.to_csv(path, index=False)
        return
    for spec in specs:
        spec["name"] = renamed.get(spec["name"], spec["name"])
        spec["unit"] = spec["unit"].replace("mm", "px")
    write_parquet(path, frame, specs)


@pytest.mark.parametrize(("name", "metadata"), [("f.parquet", True), ("f.csv", False)])
@pytest.mark.parametrize("model", [SIZE, "radiomics_logistic", "combined_xgboost"])
def test_pixels_against_mm_are_refused(radln, pristine, bundle, tmp_path, name, metadata, model):
    in_pixels(pristine, tmp_path / name, metadata=metadata)
    done = from_features(
        radln, pristine, bundle, tmp_path / "p.csv", "--model", model, features=tmp_path / name
    )
    assert done.code == 1
    assert "lengths are in mm, and the table's in px" in done.err
    assert not (tmp_path / "p.csv").exists()


def test_units_in_the_metadata_alone_are_enough(radln, pristine, bundle, tmp_path):
    frame, specs = read_parquet(pristine.out / "features.parquet")
    radiomics = [name for name in frame.columns if not name.startswith("node_")]
    specs = [{**s, "unit": s["unit"].replace("mm", "px")} for s in specs if s["name"] in radiomics]
    write_parquet(tmp_path / "f.parquet", frame[radiomics], specs)
    done = from_features(
        radln, pristine, bundle, tmp_path / "p.csv", "--model", "radiomics_logistic",
        features=tmp_path / "f.parquet",
    )  # fmt: skip
    assert done.code == 1 and "the table's in px" in done.err


def test_an_unknown_unit_is_said(radln, pristine, bundle, tmp_path):
    frame, _ = read_parquet(pristine.out / "features.parquet")
    kept = ["case_id", *(name for name in frame.columns if name.startswith("radiomics_"))]
    frame[kept].to_csv(tmp_path / "f.csv", index=False)
    done = from_features(
        radln, pristine, bundle, tmp_path / "p.csv", "--model", "radiomics_logistic",
        features=tmp_path / "f.csv",
    )  # fmt: skip
    assert done.code == 0
    assert "does not say whether its lengths are in mm or px" in done.out


@pytest.mark.parametrize(("key", "value"), [("algorithm_version", 99), ("engine", "pyradiomics")])
def test_features_of_another_version_are_refused(radln, pristine, bundle, tmp_path, key, value):
    frame, specs = read_parquet(pristine.out / "features.parquet")
    write_parquet(tmp_path / "f.parquet", frame, [{**spec, key: value} for spec in specs])
    done = from_features(
        radln, pristine, bundle, tmp_path / "p.csv", features=tmp_path / "f.parquet"
    )
    assert done.code == 1
    assert "cannot be compared" in done.err


def clinical(radln, bundle, table, tmp_path, *more):
    table.to_csv(tmp_path / "t.csv", index=False)
    return radln(
        "predict", bundle, "--table", tmp_path / "t.csv", "--case", "id",
        "--model", CLINICAL, "-o", tmp_path / "p.csv", *more,
    )  # fmt: skip


def test_doubts_are_said_by_row(radln, bundle, tmp_path):
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "age": [50, 930, 51, np.nan, np.nan, 50],
            "border": ["smooth", "smooth", "spiculated", "smooth", None, "Smooth "],
        }
    )
    done = clinical(radln, bundle, table, tmp_path)
    assert done.code == 3
    found = table_of(tmp_path / "p.csv")
    assert found.loc["a", "notes"] == ""
    assert found.loc["b", "notes"] == "age 930 lies outside training (34 to 72)"
    assert "the level 'spiculated' is not known" in found.loc["c", "notes"]
    assert found.loc["d", "notes"] == "empty, filled in as in training: age"
    assert found.loc["e", "reason"] == f"{CLINICAL}: none of its columns has a value"
    assert found[CLINICAL].isna().tolist() == [False] * 4 + [True, False]
    assert found.loc["f", CLINICAL] == found.loc["a", CLINICAL]
    assert found.loc["f", "notes"] == ""
    assert "1 case(s) lack a probability" in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="age"), "lacks 1 column(s) that the models need: age"),
        (lambda t: t.rename(columns={"age": "Age"}), "Did you mean 'Age'?"),
        (lambda t: t.assign(id="a"), "more than once"),
        (lambda t: t.assign(id=["a", None]), "is empty in 1 row(s)"),
        (lambda t: t.assign(age=["50", "old"]), "holds"),
        (lambda t: t.drop(columns="id"), "has no column 'id'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(radln, bundle, tmp_path, change, said):
    table = pd.DataFrame({"id": ["a", "b"], "age": [50, 60], "border": ["smooth", "smooth"]})
    done = clinical(radln, bundle, change(table), tmp_path)
    assert done.code == 1, done.out
    assert said in done.err
    assert not (tmp_path / "p.csv").exists()


def test_cases_without_files_are_rows_with_a_reason(radln, study, bundle, tmp_path):
    study.keep_images(5)
    study.mask(1).unlink()
    study.image(2).unlink()
    write_png(study.mask(3), np.zeros((64, 80), dtype=np.uint8))
    done = radln(
        "predict", bundle, "--images", study.folder / "images", "--masks", study.folder / "masks",
        "--table", study.folder / "nodes.csv", "--case", "image", "--pixel-size-mm", 0.2,
        "--mask-suffix", "_mask", "--model", BOTH, "-o", tmp_path / "p.csv",
    )  # fmt: skip
    assert done.code == 3, done.err
    found = table_of(tmp_path / "p.csv")
    assert len(found) == 5
    assert found[BOTH].isna().sum() == 3
    assert "no mask named" in found.loc["ZQX-0001", "reason"]
    assert "no image named" in found.loc["ZQX-0002", "reason"]
    assert found.loc["ZQX-0003", "reason"]
    assert found.loc["ZQX-0003", "notes"] == ""


def test_a_case_without_a_row_of_features_has_a_reason(radln, pristine, bundle, tmp_path):
    frame, specs = read_parquet(pristine.out / "features.parquet")
    write_parquet(tmp_path / "f.parquet", frame.iloc[1:], specs)
    done = from_features(
        radln, pristine, bundle, tmp_path / "p.csv", "--model", SIZE,
        features=tmp_path / "f.parquet",
    )  # fmt: skip
    assert done.code == 3
    assert table_of(tmp_path / "p.csv").loc["ZQX-0000", "reason"] == "no row in f.parquet"


def test_a_model_by_name(radln, pristine, bundle, tmp_path):
    done = from_features(radln, pristine, bundle, tmp_path / "p.csv", "--model", BOTH)
    assert done.code == 0
    columns = list(table_of(tmp_path / "p.csv").columns)
    assert columns == [BOTH, f"{BOTH}_above_cut_off", "reason", "notes"]
    done = from_features(radln, pristine, bundle, tmp_path / "p.csv", "--model", "nomogram")
    assert done.code == 1 and "no model 'nomogram'; it has" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--table"),
        (("--features", "f.csv", "--images", "i"), "takes the place"),
        (("--images", "i", "--table", "t.csv"), "--case"),
        (("--features", "f.csv", "--masks", "m"), "--images"),
        (("--features", "p.csv"), "overwritten"),
    ],
)
def test_options_that_do_not_go_together(radln, bundle, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    done = radln("predict", bundle, "-o", "p.csv", *options)
    assert done.code == 2 and said in done.err


def test_a_damaged_bundle_is_a_data_problem(radln, pristine, bundle, tmp_path):
    (tmp_path / "bundle").mkdir()
    done = from_features(radln, pristine, tmp_path / "bundle", tmp_path / "p.csv")
    assert done.code == 1 and "no bundle of radln" in done.err


def test_without_features_there_must_be_models_of_clinical_columns(bundle, pristine):
    held = Bundle.load(bundle)
    asked = NewCases(table=pristine.folder / "nodes.csv", case="image")
    with pytest.raises(InputError, match="features of images"):
        predict_new(held, asked)


def test_an_encoder_of_ones_own_is_found_where_radln_is_called(radln, study, tmp_path, monkeypatch):
    study.learn_from()
    study.set(
        models__fitted={"deep_logistic": {"learner": "logistic", "compete": ["deep"]},
                        "clinical_logistic": {"learner": "logistic", "keep": ["clinical"]}},
        evaluation__primary={"full": "deep_logistic", "simple": "clinical_logistic"},
        evaluation__ladder=[],
    )  # fmt: skip
    assert radln("run", study.folder).code == 0
    final = pd.read_csv(study.out / "model" / "predictions_final.csv")
    study.keep_images(2)
    options = (
        "predict", study.out / "bundle", "--images", study.folder / "images",
        "--masks", study.folder / "masks", "--table", study.folder / "nodes.csv",
        "--case", "image", "--pixel-size-mm", 0.2, "--mask-suffix", "_mask",
        "--model", "deep_logistic", "-o", tmp_path / "p.csv",
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = radln(*options)
    assert done.code == 1
    assert "into the folder from which you call radln" in done.err
    monkeypatch.chdir(study.folder)
    done = radln(*options)
    assert done.code == 0, done.err
    found = table_of(tmp_path / "p.csv")["deep_logistic"]
    assert abs(found["ZQX-0000"] - final["deep_logistic"].iloc[0]) < 1e-12
    (study.folder / "own.seen.txt").write_text("00" * 16)
    done = radln(*options)
    assert done.code == 1


def test_several_nodes_of_an_image_are_rows_with_its_clinical_values(
    radln, study, bundle, tmp_path
):
    study.keep_images(2)
    labels = np.zeros((64, 80), dtype=np.uint8)
    labels[20:36, 10:30], labels[24:44, 48:70] = 1, 2
    write_png(study.mask(0), labels)
    done = radln(
        "predict", bundle, "--images", study.folder / "images", "--masks", study.folder / "masks",
        "--table", study.folder / "nodes.csv", "--case", "image", "--pixel-size-mm", 0.2,
        "--model", BOTH, "-o", tmp_path / "p.csv", "--features-out", tmp_path / "f.csv",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = table_of(tmp_path / "p.csv")
    assert list(found.index) == ["ZQX-0000#1", "ZQX-0000#2", "ZQX-0001"]
    again = from_features(
        radln, study, bundle, tmp_path / "q.csv", "--model", BOTH,
        features=tmp_path / "f.csv", table=study.folder / "nodes.csv",
    )  # fmt: skip
    assert again.code == 0
    assert (tmp_path / "p.csv").read_text() == (tmp_path / "q.csv").read_text()


def test_numbers_beyond_all_limits_have_a_reason_or_a_note(bundle, tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"id": ["a"], "age": [1e308], "border": ["smooth"]}).to_csv(path, index=False)
    asked = NewCases(table=path, case="id", models=(CLINICAL, "clinical_xgboost"))
    found = predict_new(Bundle.load(bundle), asked).table.iloc[0]
    assert 0 <= found["clinical_xgboost"] <= 1
    assert "outside training" in found["notes"]
    assert np.isfinite(found[CLINICAL]) or found["reason"]
