"""Bundles: the same numbers elsewhere, and nothing that was tampered with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radln.errors import ForeignOutputError, RadlnError, UnreadableFileError
from radln.io.bundle import read_files, write_files
from radln.models.bundle import Bundle
from radln.models.persist import load_models, predict_frame, save_models
from radln.study.bundled import bundle_of
from radln.study.predict import NewCases, predict_new
from tests.models.bundles import run_study
from tests.models.tampering import KINDS, edit, of
from tests.study.studies import environment

RELOAD = """
import json, sys
import pandas as pd
from radln.models.bundle import Bundle
bundle = Bundle.load(sys.argv[1])
said = bundle.predict(pd.read_parquet(sys.argv[2]))
print(json.dumps(said.to_dict("list")))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = tmp_path_factory.mktemp("bundle") / "study"
        return folder / "results", run_study(folder)


@pytest.fixture
def files(run):
    return read_files(run[0] / "bundle")


@pytest.fixture
def folder(run, tmp_path):
    return shutil.copytree(run[0] / "bundle", tmp_path / "bundle")


def zipped(path, folder, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
    return path


def test_round_trip_in_a_fresh_process(run, tmp_path):
    rows = tmp_path / "rows.parquet"
    predictors = run[1].cohort.predictors
    predictors.to_parquet(rows)
    done = subprocess.run(
        [sys.executable, "-c", RELOAD, str(run[0] / "bundle"), str(rows)],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    again = pd.DataFrame(json.loads(done.stdout), index=predictors.index)
    models = bundle_of(run[1]).models
    assert len(models) == 9  # all but kNN
    pd.testing.assert_frame_equal(
        again, predict_frame(models, predictors)[again.columns], rtol=1e-9
    )


def test_a_zip_is_a_bundle_too(run, folder, tmp_path):
    for inside in ("", "bundle/"):
        bundle = Bundle.load(zipped(tmp_path / "b.zip", folder, inside))
        assert bundle.names == Bundle.load(folder).names
        assert "9 models of malignant against benign" in repr(bundle)


def test_nothing_of_patients_is_in_a_bundle(run, files):
    text = b"".join(files.values()).decode()
    assert "QJX-" not in text and "WPT-" not in text
    assert not any(name.endswith((".pkl", ".joblib")) for name in files)
    rows = {tuple(row) for row in run[1].cohort.predictors.astype(str).to_numpy()}
    content = json.loads(files["bundle.json"])
    names = list(run[1].cohort.predictors.columns)
    for case in content["worked_cases"]:
        assert tuple(str(case["values"].get(name)) for name in names) not in rows


def test_the_content_says_what_is_needed(files):
    content = json.loads(files["bundle.json"])
    columns = {column["name"]: column for column in content["columns"]}
    assert columns["clinical_border"]["levels"] == ["smooth", "irregular"]
    assert columns["clinical_grade"]["written"]["levels"] == ["3", "4a", "4b"]
    assert columns["clinical_age"]["low"] < columns["clinical_age"]["high"]
    performance = content["models"]["rad"]["performance"]
    assert performance["low"] < performance["auc"] < performance["high"]
    assert "way of modelling" in performance["method"]
    assert content["models"]["rad"]["recipe"]["steps"]  # also where study.yaml left them out


def test_there_are_enough_kinds_of_tampering():
    assert len(KINDS) >= 40


@pytest.mark.parametrize("title", sorted(KINDS))
def test_tampering_is_refused(title, files, tmp_path):
    kind, place = KINDS[title], tmp_path / "bundle"
    if kind.resealed:
        kind.change(files)
        write_files(place, files)
    else:
        write_files(place, files)
        raw = {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*.json")}
        kept = dict(raw)
        kind.change(raw)
        for name in kept.keys() - raw.keys():
            (place / name).unlink()
        for name, data in raw.items():
            (place / name).write_bytes(data)
        if title == "checksums_removed":
            (place / "checksums.json").unlink()
    with pytest.raises(UnreadableFileError) as refusal:
        Bundle.load(place)
    assert kind.said in str(refusal.value)


def test_the_same_folder_untouched_is_taken(files, tmp_path):
    write_files(tmp_path / "bundle", files)
    assert Bundle.load(tmp_path / "bundle").names


def test_leftover_drafts_and_system_files_are_passed_over(folder):
    (folder / ".radln-x.json").write_bytes(b"{")
    (folder / "model" / ".radln-y.json").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._a").write_bytes(b"x")
    assert Bundle.load(folder).names


def test_links_are_refused(folder, tmp_path):
    (folder / "model" / "more.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableFileError, match="link"):
        Bundle.load(folder)


@pytest.mark.parametrize("name", ["../out.json", "/out.json", "a/../../out.json", "C:\\out.json"])
def test_a_zip_that_leads_out_is_refused(folder, tmp_path, name):
    path = zipped(tmp_path / "b.zip", folder)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(UnreadableFileError, match="leads out"):
        Bundle.load(path)
    assert not (tmp_path.parent / "out.json").exists()


def test_a_zip_with_a_name_twice_is_refused(folder, tmp_path):
    path = zipped(tmp_path / "b.zip", folder)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("Bundle.json", "{}")
    with pytest.raises(UnreadableFileError, match="twice"):
        Bundle.load(path)


def test_a_zip_of_huge_members_is_refused(folder, tmp_path):
    path = zipped(tmp_path / "b.zip", folder)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/huge.json", bytes(513 << 20))
    with pytest.raises(UnreadableFileError, match="MiB"):
        Bundle.load(path)


@pytest.mark.parametrize("cut", [0, 10, 1000, -30])
def test_a_zip_cut_short_is_refused(folder, tmp_path, cut):
    path = zipped(tmp_path / "b.zip", folder)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableFileError):
        Bundle.load(path)


def test_there_is_no_bundle(tmp_path):
    with pytest.raises(UnreadableFileError, match="no bundle"):
        Bundle.load(tmp_path / "nothing")
    with pytest.raises(UnreadableFileError, match="no bundle of radln"):
        Bundle.load(tmp_path)


def test_writing_is_whole_or_not_at_all(run, tmp_path, monkeypatch):
    bundle = Bundle.load(run[0] / "bundle")
    place = tmp_path / "bundle"
    bundle.save(place)
    bundle.save(place)  # replaced
    before = read_files(place)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("radln.io.bundle.os.fsync", full)
    with pytest.raises(RadlnError, match="no space"):
        bundle.save(place)
    assert read_files(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_foreign_folder_is_not_replaced(run, tmp_path):
    (tmp_path / "thesis.docx").write_bytes(b"x")
    with pytest.raises(ForeignOutputError):
        Bundle.load(run[0] / "bundle").save(tmp_path)


def test_models_of_a_run_are_looked_through_too(run, tmp_path):
    place = shutil.copytree(run[0] / "model", tmp_path / "model")
    (place / ".radln-z.json").write_bytes(b"{")
    with pytest.warns(UserWarning, match="near cannot be used"):
        assert len(load_models(place)) == 9
    files = {of("rad"): (place / "rad.json").read_bytes()}
    edit(files, of("rad"), lambda data: data["core"]["coefficients"].pop())
    (place / "rad.json").write_bytes(files[of("rad")])
    with pytest.raises(UnreadableFileError, match=r"rad.json cannot be read .*items"):
        load_models(place)


@pytest.mark.parametrize(
    "change",
    [
        {"recalibration": (0.1, -0.4)},  # balanced classes, worse than chance on inner folds
        {"inputs_from": {"rad_score": "rad", "left": "clin"}},  # a score whose coefficient is 0
    ],
)
def test_what_training_may_give_is_taken(run, tmp_path, change):
    models = [replace(m, **change) if m.source == "nomo" else m for m in bundle_of(run[1]).models]
    save_models(models, tmp_path)
    assert [m.to_dict() for m in load_models(tmp_path)].count(
        next(m for m in models if m.source == "nomo").to_dict()
    ) == 1


def test_a_row_alone_is_as_in_the_batch(run):
    bundle, rows = Bundle.load(run[0] / "bundle"), run[1].cohort.predictors
    every = bundle.predict(rows)
    alone = pd.concat([bundle.predict(rows.iloc[[k]]) for k in range(0, len(rows), 7)])
    np.testing.assert_allclose(alone, every.loc[alone.index], rtol=0, atol=1e-12)


def test_an_ordered_column_alone_has_its_rank_of_training(run):
    """One row of grade 4a is no first grade, and one that is missing is imputed by the chain."""
    result, bundle = run[1], Bundle.load(run[0] / "bundle")
    table = pd.read_csv(run[0].parent / "nodes.csv", dtype={"grade": object})
    models = [model for model in bundle.models if model.source in ("clin", "bent")]
    expected = predict_frame(models, result.cohort.predictors)
    asked = ("clin", "bent")
    for row in (0, 3, 5, 8):  # 3 has no age, 5 no border
        path = run[0] / "one.csv"
        table.iloc[[row]].to_csv(path, index=False)
        found = predict_new(bundle, NewCases(table=path, case="image", models=asked)).table
        for source in asked:
            told = expected[source].loc[table["image"][row]]
            assert abs(float(found[source][0]) - told) < 1e-12


def test_a_model_that_counts_days_is_in_no_bundle(run):
    types = {**run[1].intake.types, "age": "date"}
    dated = replace(run[1], intake=replace(run[1].intake, types=types))
    assert set(bundle_of(dated).names) == {"rad", "parts"} | {
        model.source
        for model in run[1].final
        if "clinical_age" not in model.columns and model.core.deployable
    }
