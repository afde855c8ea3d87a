"""Bad input: one plain message with the remedy, an exit code, and nothing lost."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from study.conftest import edit

from radln.cli import main
from radln.cohort.core import Cohort
from radln.errors import InputError, LeakageError
from radln.models.encoding import fit_encoding


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def radln(*arguments) -> Done:
    """The command line as a user meets it: exit code and what was printed; never a traceback."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        patch.setattr(sys, "argv", ["radln", *map(str, arguments)])
        main()
        raise SystemExit(0)
    done = Done(int(left.value.code or 0), out.getvalue(), err.getvalue())
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def refused(study, *words, command="run", code=1):
    """The command ends with the exit code and a message that holds every word."""
    arguments = [command, study] + (["-o", study / "f.parquet"] if command == "extract" else [])
    done = radln(*arguments)
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr + done.stdout, (word, done.stderr)
    return done


def table(study) -> pd.DataFrame:
    return pd.read_csv(study / "nodes.csv")


def save(study, frame) -> None:
    frame.to_csv(study / "nodes.csv", index=False)


def data(study, **changes) -> None:
    edit(study / "study.yaml", lambda held: held["data"].update(changes))


def case_rows(study) -> pd.DataFrame:
    return pd.read_csv(study / "results" / "tables" / "case_status.csv").set_index("case_id")


@pytest.fixture(scope="module")
def spoiled(original, tmp_path_factory):
    """One run with a case of every kind that fails, and many that do not."""
    import shutil

    study = shutil.copytree(original, tmp_path_factory.mktemp("spoiled") / "own")
    masks, images = study / "masks", study / "images"
    Image.new("L", (80, 64)).save(masks / "ZQX-0000-0_mask.png")
    Image.new("L", (30, 30), 255).save(masks / "ZQX-0001-0_mask.png")
    whole = (images / "ZQX-0002-0.png").read_bytes()
    (images / "ZQX-0002-0.png").write_bytes(whole[: len(whole) // 2])
    (images / "ZQX-0004-0.png").write_text("not an image")
    (images / "ZQX-0005-0.png").unlink()
    done = radln("run", study)
    return study, done


@pytest.mark.parametrize(
    ("case", "code", "word"),
    [
        ("ZQX-0000-0", "empty_mask", "Draw it"),
        ("ZQX-0001-0", "geometry_mismatch", "30 x 30"),
        ("ZQX-0002-0", "unreadable_file", "ZQX-0002-0.png"),
        ("ZQX-0004-0", "unreadable_file", "ZQX-0004-0.png"),
        ("ZQX-0005-0", "unreadable_file", "no image named"),
    ],
)
def test_a_failed_case_is_a_row_with_its_reason(spoiled, case, code, word):
    study, done = spoiled
    assert done.returncode == 3, done.stderr
    row = case_rows(study).loc[case]
    assert row["status"] == "failed" and row["error_code"] == code and word in row["message"]


def test_nothing_is_lost(spoiled):
    study, _ = spoiled
    rows = case_rows(study)
    assert set(rows.index) == set(table(study)["image"])
    assert (rows["status"] == "failed").sum() == 5
    flow = pd.read_csv(study / "results" / "tables" / "flow.csv")
    assert flow["excluded"].iloc[1:].sum() + flow["cases"].iloc[-1] == len(table(study))


def test_extract_keeps_failed_rows_too(spoiled):
    study, _ = spoiled
    refused(study, "failed", command="extract", code=3)
    kept = pd.read_parquet(study / "f.parquet").set_index("case_id")
    assert kept.loc["ZQX-0000-0", "error_code"] == "empty_mask"
    assert kept.loc["ZQX-0000-0"].filter(like="radiomics").isna().all()


def test_check_counts_them(spoiled):
    study, _ = spoiled
    done = refused(
        study, "1 mask(s) are empty", "do not lie on their image's grid", command="check"
    )
    assert "3 case(s) have no image" in done.stdout


def test_too_many_failures_stop_the_run(study):
    for path in sorted((study / "masks").iterdir())[:12]:
        Image.new("L", (80, 64)).save(path)
    refused(study, "max_failed", "radln check")


def test_one_class_only(study):
    frame = table(study)
    save(study, frame.assign(pathology="malignant"))
    refused(study, "all", "positive", "both outcomes are needed")


def test_patient_with_both_outcomes_as_unit(study):
    frame = table(study)
    first = frame.index[frame["patient"] == frame["patient"].iloc[0]]
    frame.loc[first[0], "pathology"] = "benign"
    save(study, frame)
    data(study, unit="patient")
    refused(study, "1 patient(s) carry both outcomes", "data.unit to node or image")


def test_outcome_among_predictors_by_name(study):
    data(study, clinical=["age", "pathology"])
    refused(study, "pathology", "predict the outcome from itself")


def test_column_derived_from_the_outcome_by_name(study):
    frame = table(study)
    frame["histology"] = np.where(frame["pathology"] == "malignant", "carcinoma", "reactive")
    save(study, frame)
    data(study, clinical=["age", "histology"])
    refused(study, "clinical_histology", "acknowledge")


def test_perfect_feature_can_be_acknowledged(study):
    frame = table(study)
    frame["marker"] = (frame["pathology"] == "malignant") + 0.1 * frame.index / len(frame)
    save(study, frame)
    data(study, clinical=["marker"])
    refused(study, "clinical_marker")
    edit(study / "study.yaml", lambda held: held.update(acknowledge=["clinical_marker"]))
    assert radln("run", study).returncode == 0


def test_a_read_is_no_predictor(study):
    data(study, clinical=["expert"])
    refused(study, "both a reader and a clinical predictor")


def test_duplicate_case_ids(study):
    frame = table(study)
    save(study, pd.concat([frame, frame.iloc[:2]]))
    refused(study, "more than once", "its own id")


def test_missing_columns_are_named_with_the_nearest(study):
    frame = table(study)
    save(study, frame.rename(columns={"pathology": "Pathologie", "age": "Alter"}))
    refused(study, "'pathology' (did you mean 'Pathologie'?)", "'age'")


def test_missing_table_and_unknown_format(study):
    (study / "nodes.csv").rename(study / "node.csv")
    refused(study, "nodes.csv was not found", "Did you mean node.csv?")
    (study / "nodes.txt").write_text("x")
    data(study, table="nodes.txt")
    refused(study, ".csv, .xlsx, .parquet")


def test_positive_value_that_does_not_occur(study):
    data(study, positive="cancer")
    refused(study, "'cancer'", "'benign', 'malignant'")


def test_three_patients(study):
    frame = table(study)
    save(study, frame[frame["patient"].isin(frame["patient"].unique()[:3])])
    refused(study, "3 patients are too few")


@pytest.mark.parametrize("case", ["../secret", "/etc/secret", "a/../../secret"])
def test_a_case_id_does_not_leave_the_image_folder(study, case):
    Image.new("L", (80, 64), 9).save(study / "secret.png")
    frame = table(study)
    frame.loc[0, "image"] = case
    save(study, frame)
    refused(study, "leads out of the image folder")


def test_a_link_does_not_leave_the_image_folder(study, tmp_path):
    outside = tmp_path / "outside.png"
    target = study / "images" / "ZQX-0000-0.png"
    target.rename(outside)
    target.symlink_to(outside)
    refused(study, "leads out of the image folder")


@pytest.mark.parametrize(
    ("where", "key", "near"),
    [
        ((), "sede", "seed"),
        (("data",), "pozitive", "positive"),
        (("features", "radiomics"), "bin_widht", "bin_width"),
        (("evaluation", "primary"), "marginn", "margin"),
    ],
)
def test_unknown_key_is_named_with_its_line(study, where, key, near):
    def change(held):
        for part in where:
            held = held[part]
        held[key] = 1

    edit(study / "study.yaml", change)
    text = (study / "study.yaml").read_text().splitlines()
    line = next(n for n, row in enumerate(text, 1) if row.strip().startswith(key))
    refused(study, f"study.yaml, line {line}", ".".join((*where, key)), f"Did you mean '{near}'?")


def test_broken_yaml_and_wrong_values(study):
    whole = (study / "study.yaml").read_text()
    (study / "study.yaml").write_text(whole + "\n  bad: [1, 2")
    refused(study, "study.yaml, line")
    (study / "study.yaml").write_text(whole.replace("folds: 2", "folds: many", 1))
    refused(study, "models.folds")
    (study / "study.yaml").write_text("")
    refused(study, "empty")


def test_unknown_model_in_the_primary_comparison(study):
    edit(study / "study.yaml", lambda h: h["evaluation"]["primary"].update(full="combind_logistic"))
    refused(study, "combind_logistic", "combined_logistic")


def test_out_of_another_study(study):
    assert radln("run", study).returncode == 0
    edit(study / "study.yaml", lambda held: held["models"].update(max_features=4))
    refused(study, "holds another study", "models.max_features", "--out")


def test_out_full_of_foreign_files(study):
    (study / "results").mkdir()
    (study / "results" / "thesis.docx").write_text("mine")
    refused(study, "not empty", "--out")
    assert (study / "results" / "thesis.docx").read_text() == "mine"


def test_missing_folder(study):
    data(study, images="imges")
    refused(study, "'imges' was not found")


def test_usage_errors_exit_with_two(study):
    assert radln("run").returncode == 2
    assert radln("run", study, "--jobs", "0").returncode == 2
    assert radln("nonsense").returncode == 2


def test_no_message_shows_the_folders_of_patients(study):
    frame = table(study)
    frame.loc[0, "image"] = "../secret"
    save(study, frame)
    done = radln("run", study)
    assert str(study.parent) not in done.stderr


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_and_infinite_features(bad):
    y = np.array([0, 0, 0, 1, 1, 1], dtype=bool)
    frame = pd.DataFrame({"a": [1, 2, bad, 4, 5, 7.0], "b": [1.0, 0, 1, 0, 1, 1]})
    encoding = fit_encoding(
        frame, y, keep=(), candidates=["a", "b"], max_features=2, max_correlation=1.0
    )
    assert np.isfinite(encoding.transform(frame)).all()


def test_cohort_refuses_rows_that_do_not_align(cohort):
    with pytest.raises(InputError, match="same rows"):
        Cohort(cohort.units, cohort.predictors.iloc[1:], cohort.blocks, cohort.reads)


def test_perfect_feature_is_leakage(cohort):
    spoiled = cohort.predictors.assign(clinical_code=cohort.y_true.astype(float))
    held = Cohort(cohort.units, spoiled, cohort.blocks, cohort.reads)
    with pytest.raises(LeakageError, match="clinical_code"):
        held.check()
    held.check(acknowledged=["clinical_code"])
