"""Bad input through the command line: one clear message, the right exit code, nothing lost."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from radln.errors import LeakageError
from radln.features.table import FeatureTable
from radln.io.images import write_png
from radln.io.tables import read_parquet
from radln.study.core import Study
from tests.study.studies import SHAPE, radln_process

OK, DATA, USAGE, FAILED_CASES = 0, 1, 2, 3


def refused(outcome, *words, code=DATA):
    """The command ended with this code and one message that holds these words, and no folder."""
    assert outcome.code == code, outcome
    assert "Traceback" not in outcome.err + outcome.out
    assert "fault in radln" not in outcome.err
    for word in words:
        assert word in outcome.err, outcome.err
    assert not re.search(r"/(tmp|root|home|work)/", outcome.err), outcome.err
    return outcome.err


# one spoilt file: a kept row, and the run goes on


def test_failed_cases_are_kept_by_the_run(study, radln):
    write_png(study.mask(2), np.zeros(SHAPE, np.uint8))
    write_png(study.mask(3), np.ones((40, 40), np.uint8))
    study.mask(4).unlink()
    study.image(5).unlink()
    study.image(5).symlink_to(study.folder / "images" / "gone.png")
    study.image(6).write_bytes(study.image(6).read_bytes()[:600])
    codes = ["empty_mask", "geometry_mismatch", *["unreadable_file"] * 3]
    spoilt = [f"ZQX-000{k}" for k in range(2, 7)]

    out = radln("run", study.folder, "--out", study.out)
    assert out.code == FAILED_CASES, out
    assert "5 case(s) failed; see tables/case_status.csv" in out.err
    assert "Traceback" not in out.err
    status = pd.read_csv(study.out / "tables" / "case_status.csv").set_index("case_id")
    features = read_parquet(study.out / "features.parquet")[0].set_index("case_id")
    for table in (status, features):
        assert sorted(table.index) == sorted(study.table()["image"])
        assert table.loc[spoilt, "error_code"].tolist() == codes
        assert table.loc[spoilt, "message"].str.len().gt(20).all()
        assert sorted(table.index[table["status"] == "failed"]) == spoilt
    numbers = features.drop(columns=["status", "error_code", "message"])
    assert numbers.loc[spoilt].isna().all(axis=None)
    assert numbers.drop(index=spoilt).notna().all(axis=None)
    flow = pd.read_csv(study.out / "tables" / "flow.csv").set_index("label")["excluded"]
    assert flow[["with image and mask", "nodes with features"]].tolist() == [1, 4]
    assert json.loads((study.out / "run.json").read_text())["n_failed_cases"] == 5
    listed = pd.read_csv(study.out / "tables" / "checks_by_case.csv").set_index("case_id")["code"]
    assert listed[spoilt].tolist() == codes


SPOILT = {
    "empty mask": (
        lambda s: write_png(s.mask(3), np.zeros(SHAPE, np.uint8)),
        "empty_mask",
        "no pixel differs from 0",
    ),
    "other size": (
        lambda s: write_png(s.mask(3), np.ones((40, 40), np.uint8)),
        "geometry_mismatch",
        "64 x 80 against 40 x 40",
    ),
    "truncated image": (
        lambda s: s.image(3).write_bytes(s.image(3).read_bytes()[:600]),
        "unreadable_file",
        "truncated",
    ),
    "no image at all in the file": (
        lambda s: s.image(3).write_text("not a picture"),
        "unreadable_file",
        "cannot be decoded",
    ),
    "image missing": (lambda s: s.image(3).unlink(), "unreadable_file", "no image named ZQX-0003"),
    "mask missing": (lambda s: s.mask(3).unlink(), "unreadable_file", "no mask named ZQX-0003"),
    "unknown image format": (
        lambda s: s.image(3).rename(s.image(3).with_suffix(".webp")),
        "unreadable_file",
        "ending such as .png",
    ),
    "a link to nowhere": (
        lambda s: (s.image(3).unlink(), s.image(3).symlink_to(s.folder / "images" / "gone.png")),
        "unreadable_file",
        "there is no file",
    ),
    "a folder named as an image": (
        lambda s: (s.image(3).unlink(), s.image(3).mkdir()),
        "unreadable_file",
        "there is no file",
    ),
}


@pytest.mark.parametrize("spoil, code, said", SPOILT.values(), ids=SPOILT.keys())
def test_spoilt_file_is_a_kept_row_of_the_extraction(study, radln, spoil, code, said):
    spoil(study)
    out = radln("extract", study.folder, "-o", study.folder / "f.parquet")
    assert out.code == FAILED_CASES
    assert "1 case(s) failed; see the columns status and message" in out.err
    table = read_parquet(study.folder / "f.parquet")[0].set_index("case_id")
    assert len(table) == len(study.table())
    assert table.loc["ZQX-0003", "error_code"] == code
    assert said in table.loc["ZQX-0003", "message"]
    assert (table["status"] == "failed").sum() == 1
    assert "Traceback" not in out.err


def test_too_many_failures_stop_the_run(study, radln):
    for k in range(9):  # of 38: more than 20 %
        write_png(study.mask(k), np.zeros(SHAPE, np.uint8))
    said = refused(radln("run", study.folder, "--out", study.out), "9 of 38 cases failed", "20%")
    assert "radln check" in said
    assert "ZQX" not in said


def test_no_file_at_all(study, radln):
    for path in (study.folder / "masks").iterdir():
        path.unlink()
    refused(radln("run", study.folder), "none of the 38 rows", "data.masks")


# the table


def test_duplicate_case_ids(study, radln):
    table = study.table()
    table.loc[5, "image"] = "ZQX-0002"
    study.write_table(table)
    said = refused(radln("check", study.folder), "1 case id(s)", "'image'", "row 7")
    assert "ZQX" not in said


OUTCOMES = {
    "another spelling": ("Malignant ", "'malignant' and 'Malignant'"),
    "not known, in words": ("unknown", "unknown (1)"),
    "not known, as a number": (99, "99 (1)"),
    "not known, as a sign": ("?", "? (1)"),
}


@pytest.mark.parametrize("value, said", OUTCOMES.values(), ids=OUTCOMES.keys())
@pytest.mark.parametrize("command", ["check", "extract", "run"])
def test_a_value_that_is_neither_positive_nor_negative(study, radln, value, said, command):
    table = study.table()
    table["pathology"] = table["pathology"].astype(object)
    table.loc[5, "pathology"] = value
    study.write_table(table)
    given = ["-o", study.folder / "f.csv"] if command == "extract" else []
    refused(radln(command, study.folder, *given), "'pathology'", said)
    study.set(data__negative=["benign"])
    refused(radln(command, study.folder, *given), "'pathology'", said)


def test_several_values_that_are_listed_as_negative(study, radln):
    table = study.table()
    table.loc[table.index[table["pathology"] == "benign"][:3], "pathology"] = "normal"
    study.write_table(table)
    refused(radln("check", study.folder), "normal (3)", "data.negative", "--negative")
    study.set(data__negative=["benign", "normal"])
    assert "Outcome: benign (18), malignant (17), normal (3)." in radln("check", study.folder).out
    study.set(data__negative=["benign", "malignant"])
    refused(radln("check", study.folder), "one or the other")


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda text: text.replace("ZQX-0004,", "ZQX-0004,x,", 1), ["line 6", "wrong columns"]),
        (lambda text: "Our nodes\n" + text, ["'Our nodes'", "--header-row", "data.header_row"]),
    ],
)
def test_a_table_that_is_not_straight(study, radln, spoil, words):
    file = study.folder / "nodes.csv"
    file.write_text(spoil(file.read_text()))
    refused(radln("check", study.folder), "nodes.csv", *words)


def test_names_are_taken_as_written(study, radln):
    """1.1 and 1.10 are two patients, whatever a spreadsheet thinks of them."""
    table = study.table()
    names = {name: f"1.{k}" for k, name in enumerate(table["person"].unique())}
    study.write_table(table.assign(person=table["person"].map(names)))
    out = radln("check", study.folder)
    assert out.code == OK, out
    assert "38 row" not in out.out and "of 26 patients" in out.out
    assert "differs from another one as 007 from 7, 1.10 from 1.1 or P-03" in out.out


def test_missing_columns_are_named_with_the_nearest(study, radln):
    study.write_table(study.table().rename(columns={"pathology": "Pathologie", "age": "AGE"}))
    said = refused(radln("check", study.folder), "'pathology'", "'age'")
    assert "did you mean 'Pathologie'" in said
    assert "did you mean 'AGE'" in said


def test_missing_table(study, radln):
    (study.folder / "nodes.csv").rename(study.folder / "node.csv")
    refused(radln("run", study.folder), "table nodes.csv was not found", "node.csv")


@pytest.mark.parametrize("suffix", [".docx", ".sav", ""])
def test_unknown_table_format(study, radln, suffix):
    (study.folder / "nodes.csv").rename(study.folder / f"nodes{suffix}")
    study.set(data__table=f"nodes{suffix}")
    refused(radln("check", study.folder), "format is not known", ".csv, .xlsx, .parquet")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_damaged_table(study, radln, suffix):
    name = f"broken{suffix}"
    (study.folder / name).write_bytes(b"\x00\xff\xfe broken \x80")
    study.set(data__table=name)
    refused(radln("check", study.folder), name)


def test_positive_that_does_not_occur(study, radln):
    study.set(data__positive="Malignant")
    refused(radln("check", study.folder), "'Malignant'", "benign (21), malignant (17)")


@pytest.mark.parametrize("column", ["person", "pathology", "border", "device"])
def test_a_label_written_in_two_ways(study, radln, column):
    table = study.table()
    table.loc[1, column] = f" {table.loc[0, column].swapcase()}"
    study.write_table(table)
    said = refused(radln("check", study.folder), f"'{column}'", "differ in capitals, blanks")
    assert "Write each in one way" in said
    assert "WPT" not in said.upper()


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\ufeff"])
@pytest.mark.parametrize("column", ["person", "node", "pathology", "border", "device"])
def test_a_sign_that_nobody_sees_makes_no_second_name(study, radln, column, sign):
    table = study.table()
    table.loc[1, column] = f"{table.loc[0, column]}{sign}"
    study.write_table(table)
    refused(radln("check", study.folder), f"'{column}'", "differ in capitals, blanks")


def test_a_node_written_in_two_ways(study, radln):
    """Within a patient only: n0 here and N0 there are no contradiction."""
    table = study.table()
    views = table.index[table.duplicated(["person", "node"])]
    table.loc[table["person"] == table.loc[0, "person"], "node"] = ["N0", "N1"]
    study.write_table(table)
    assert radln("check", study.folder).code == OK
    table.loc[views[0], "node"] = table.loc[views[0], "node"].upper()
    study.write_table(table)
    refused(radln("check", study.folder), "'node'", "differ in capitals, blanks")


@pytest.mark.parametrize("column", ["image", "person", "node", "device"])
def test_a_name_with_a_zero_byte(study, radln, column):
    table = study.table()
    table.loc[3, column] = f"{table.loc[3, column]}\0"
    study.write_table(table)
    refused(radln("run", study.folder), f"'{column}'", "cannot be printed", "row 5")


def test_two_patients_sharing_a_picture(study, radln):
    study.image(12).write_bytes(study.image(2).read_bytes())
    said = refused(radln("run", study.folder), "2 images have the same pixels", "acknowledge")
    assert "ZQX" not in said
    assert "same_picture:2" in said
    assert "same_picture:2" in radln("check", study.folder).out
    study.set(acknowledge=["same_picture:1"])  # of an earlier count
    refused(radln("run", study.folder), "same_picture:2")
    study.set(acknowledge=["same_picture:2"])
    assert radln("check", study.folder).code == OK
    assert radln("run", study.folder).code == OK


def test_one_name_for_several_labels_of_a_mask(study, radln):
    labels = np.zeros(SHAPE, np.uint8)
    labels[10:30, 10:30], labels[40:60, 40:60] = 1, 2
    write_png(study.mask(2), labels)
    refused(radln("run", study.folder), "share a mask", "'node'", "case#label")
    study.set(data__node=None)
    assert radln("run", study.folder, "--out", study.out).code == OK
    cases = pd.read_csv(study.out / "tables" / "case_status.csv")["case_id"]
    assert {"ZQX-0002#1", "ZQX-0002#2"} <= set(cases)


def test_one_class(study, radln):
    study.write_table(study.table().assign(pathology="malignant"))
    refused(radln("run", study.folder), "all 38 cases are positive", "outcome column")
    assert not study.out.exists()


def test_three_patients(study, radln):
    table = study.table()
    few = [*table["person"][table["pathology"] == "malignant"].unique()[:2]]
    few += [*table["person"][table["pathology"] == "benign"].unique()[:1]]
    study.write_table(table[table["person"].isin(few)])
    refused(radln("run", study.folder), "3 patients are too few", "at least 10")
    out = radln("check", study.folder)
    assert out.code == DATA
    assert "only 3 patients" in out.out


def test_too_few_for_the_folds(study, radln):
    study.set(models__folds=20)
    refused(radln("run", study.folder), "the rarer outcome; 20 folds", "fewer folds")


def test_mixed_patient(study, radln):
    study.set(data__unit="patient")
    table = study.table()
    first = table.index[table["person"] == table["person"].iloc[0]]
    table.loc[first, "pathology"] = ["benign", "malignant"]
    study.write_table(table)
    said = refused(
        radln("run", study.folder), "patient(s) carry both outcomes", "node, level or image"
    )
    assert "WPT" not in said


def test_mixed_node(study, radln):
    table = study.table()
    views = table.groupby(["person", "node"])["image"].transform("size") > 1
    where = table.index[views][0]
    other = {"benign": "malignant", "malignant": "benign"}
    table.loc[where, "pathology"] = other[table.loc[where, "pathology"]]
    study.write_table(table)
    refused(radln("run", study.folder), "1 node(s) carry both outcomes", "correct the node")


@pytest.mark.parametrize("cell", ["3,5", "BIRADS 4", "inf"])
def test_read_that_is_no_number(study, radln, cell):
    table = study.table().astype({"expert": object})
    table.loc[3, "expert"] = cell
    study.write_table(table)
    refused(radln("check", study.folder), "'expert'", "1 cell(s)", "decimal point")


def test_pixel_size_that_is_no_number(study, radln):
    study.write_table(study.table().assign(pixel=["0,2"] * 37 + ["0.2"]))
    refused(radln("check", study.folder), "'pixel'", "'0,2'")


def test_pixel_sizes_with_decimal_commas_throughout_are_read(study):
    from radln.study.intake import take_in

    data = Study.from_yaml(study.folder).settings.data
    before = [source.spacing_mm for source in take_in(data).sources]
    table = study.table()
    study.write_table(table.assign(pixel=table["pixel"].astype(str).str.replace(".", ",")))
    assert [source.spacing_mm for source in take_in(data).sources] == before
    assert before[0] is not None


def test_infinite_pixel_size_is_shown_plainly(study, radln):
    study.write_table(study.table().assign(pixel=np.inf))
    refused(radln("check", study.folder), "for example 'inf'")


def test_pixel_size_out_of_range(study, radln):
    study.write_table(study.table().assign(pixel=-0.2))
    refused(radln("check", study.folder), "between 0 and 10 mm")


def test_infinite_clinical_value(study, radln):
    table = study.table()
    table.loc[3, "age"] = np.inf
    study.write_table(table)
    refused(radln("run", study.folder), "column 'age'", "'inf'")


@pytest.mark.parametrize("column", ["image", "person"])
def test_empty_names(study, radln, column):
    table = study.table()
    table.loc[[3, 4], column] = [" ", None]
    study.write_table(table)
    refused(radln("check", study.folder), f"{column!r} is empty in 2 row(s)")


def test_a_patient_column_named_case_id_is_not_overwritten(study):
    """The names that radln gives itself must not change what a user's column of that name means."""
    study.write_table(study.table().rename(columns={"person": "case_id", "device": "patient_id"}))
    study.set(data__patient="case_id", data__site="patient_id")
    from radln.study.intake import take_in

    rows = take_in(Study.from_yaml(study.folder).settings.data).rows
    assert rows["patient_id"].nunique() == 26
    assert rows["patient_id"].str.startswith("WPT").all()
    assert set(rows["site"]) == {"A", "B"}


@pytest.mark.parametrize("own", ["case_id", "patient_id", "y_true", "unit_id", "site"])
def test_a_predictor_of_an_own_name_is_refused(study, radln, own):
    study.write_table(study.table().rename(columns={"age": own}))
    study.set(data__clinical=[own, "border"])
    refused(radln("check", study.folder), repr(own), "rename it")


def test_nan_in_clinical_and_features_is_imputed(study, result):
    table = study.table()
    table.loc[[3, 4], "age"] = np.nan
    study.write_table(table)
    done = Study.from_yaml(study.folder).run()
    assert done.cohort.predictors["clinical_age"].isna().any()
    assert done.fit.predictions.frame()["y_prob"].between(0, 1).all()


def test_infinite_features_count_as_missing(study, monkeypatch):
    spoil_features(monkeypatch, np.inf)
    done = Study.from_yaml(study.folder).run()
    assert any("1 infinite feature value(s) in 1 column(s)" in note for note in done.cohort.notes)
    assert not np.isinf(done.cohort.predictors.select_dtypes("number")).any(axis=None)
    assert np.isfinite(done.fit.predictions.frame()["y_score"]).all()


def test_constant_features_are_passed_over(study):
    study.write_table(study.table().assign(border="smooth"))
    done = Study.from_yaml(study.folder).run()
    model = next(m for m in done.final if m.source == "clinical_logistic")
    assert model.encoding.columns == ("clinical_age",)


def test_a_block_of_constant_columns_alone_is_passed_over(study):
    study.write_table(study.table().assign(border="smooth"))
    study.set(data__clinical=["border"])
    done = Study.from_yaml(study.folder).run()
    assert not any("clinical" in source for source in done.fit.predictions.sources)
    assert any("do not vary" in note and "clinical_border" in note for note in done.cohort.notes)


def test_a_reader_who_read_nothing(study):
    study.write_table(study.table().assign(trainee=np.nan))
    aucs = Study.from_yaml(study.folder).run().evaluation.aucs.set_index("source")
    assert np.isnan(aucs.loc["trainee", "value"])
    assert aucs.loc["trainee", "n"] == 0


def spoil_features(monkeypatch, value):
    """The first radiomics value of the first case becomes ``value``."""
    build = FeatureTable.build.__func__

    def spoilt(cls, rows, specs):
        rows = list(rows)
        if len(rows) > 1:
            name = next(n for n in rows[0][1] if n.startswith("radiomics_original_glcm"))
            rows[0][1][name] = value
        return build(cls, rows, specs)

    monkeypatch.setattr(FeatureTable, "build", classmethod(spoilt))


# leakage


def test_outcome_among_predictors(study, radln):
    study.set(data__clinical=["age", "pathology"])
    refused(radln("check", study.folder), "'pathology'", "predict the outcome from itself")


def test_column_derived_from_the_outcome(study, radln):
    study.set(data__clinical=["age", "histology_code"])
    said = refused(radln("run", study.folder), "clinical_histology_code", "acknowledge")
    assert "without error" in said
    out = radln("check", study.folder)
    assert out.code == DATA
    assert "clinical_histology_code" in out.out


def test_perfect_predictor_and_its_acknowledgement(study, radln):
    table = study.table()
    table["ratio"] = np.where(table["pathology"] == "malignant", 3.0, 1.0) + table["age"] / 1000
    study.write_table(table)
    study.set(data__clinical=["age", "ratio"])
    with pytest.raises(LeakageError, match="clinical_ratio"):
        Study.from_yaml(study.folder).run()
    refused(radln("run", study.folder, "--out", study.out), "clinical_ratio")
    study.set(acknowledge=["clinical_ratio"])
    out = radln("run", study.folder, "--out", study.out)  # the folder was not taken by the refusal
    assert out.code == OK, out.err
    assert "clinical_ratio" not in radln("check", study.folder).out


def test_perfect_image_feature(study, radln, monkeypatch):
    from radln.study import core

    real = core.extract_cases

    def telling(sources, settings, **options):
        extraction = real(sources, settings, **options)
        truth = study.table().set_index("image")["pathology"] == "malignant"
        values = extraction.table.values
        values["node_roundness"] = truth.loc[values.index].astype(float)
        return extraction

    monkeypatch.setattr(core, "extract_cases", telling)
    refused(radln("run", study.folder, "--out", study.out), "node_roundness", "acknowledge")


def test_read_as_predictor(study, radln):
    study.set(data__clinical=["age", "expert"])
    refused(radln("check", study.folder), "expert is both a reader and a clinical predictor")


@pytest.mark.parametrize("column", ["image", "person", "node"])
def test_ids_as_predictors(study, radln, column):
    study.set(data__clinical=["age", column])
    refused(radln("check", study.folder), repr(column), "by heart")


# paths


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_case_that_leaves_the_folder(study, radln, name):
    write_png(study.folder / "outside.png", np.zeros(SHAPE, np.uint8))
    table = study.table()
    table.loc[3, "image"] = name
    study.write_table(table)
    for command in ("check", "run"):
        refused(radln(command, study.folder), "leads out of the image folder", "'..'")


@pytest.mark.parametrize("rule", [{"prefix": "../images/"}, {"prefix": "/"}])
def test_name_rule_that_leaves_the_folder(study, radln, rule):
    study.set(data__mask_name=rule)
    refused(radln("check", study.folder), "leads out of the mask folder")


def test_link_that_leaves_the_folder(study, radln):
    outside = study.folder / "outside.png"
    study.image(3).rename(outside)
    study.image(3).symlink_to(outside)
    refused(radln("run", study.folder), "link that leads out of the image folder", "copy the file")


def test_linked_folder_is_not_followed(study, radln):
    elsewhere = study.folder / "elsewhere"
    (study.folder / "images").rename(elsewhere)
    (study.folder / "images").mkdir()
    (study.folder / "images" / "sub").symlink_to(elsewhere)
    study.set(data__image_name={"prefix": "sub/"})
    refused(radln("check", study.folder), "leads out of the image folder")


def test_missing_folder(study, radln):
    study.set(data__images="pictures")
    refused(radln("check", study.folder), "'pictures' was not found", "data.images")


# study.yaml


YAML = {
    "top": ("seed: 3\n", "seed: 3\nsed: 4\n", "'sed'", "Did you mean 'seed'?"),
    "data": ("  unit: node\n", "  unti: node\n", "'data.unti'", "Did you mean 'unit'?"),
    "rule": ("    suffix: _mask\n", "    sufix: _mask\n", "'data.mask_name.sufix'", "'suffix'"),
    "list": ("  - column: expert\n", "  - colum: expert\n", "'data.readers.0.colum'", "'column'"),
    "features": ("    wavelet: false\n", "    wavlet: false\n", "radiomics.wavlet", "'wavelet'"),
    "deep": (
        "features:\n",
        "features:\n  deep:\n    poling: mask\n",
        "'features.deep.poling'",
        "'pooling'",
    ),
    "evaluation": (
        "  n_resamples: 100\n",
        "  n_resamples: 100\n  primary:\n    ful: size_logistic\n",
        "'evaluation.primary.ful'",
        "'full'",
    ),
}


@pytest.mark.parametrize("old, new, key, near", YAML.values(), ids=YAML.keys())
def test_unknown_key_is_named_with_its_line(study, radln, old, new, key, near):
    text = study.yaml.read_text()
    assert text.count(old) == 1, text
    study.yaml.write_text(text.replace(old, new))
    wrong = key.strip("'").rpartition(".")[2]
    lines = study.yaml.read_text().splitlines()
    line = next(k for k, held in enumerate(lines, 1) if f"{wrong}:" in held)
    refused(radln("check", study.folder), f"study.yaml, line {line}: unknown key", key, near)


def test_repeated_key(study, radln):
    study.yaml.write_text(study.yaml.read_text() + "seed: 4\n")
    refused(radln("check", study.folder), "'seed'", "again", "line 3")


@pytest.mark.parametrize(
    "text, said",
    [
        ("data: [1, 2\n", "line 2"),
        ("", "the file is empty"),
        ("- 1\n", "expected settings"),
        ("name: x\n", "'data' is needed"),
        ("seed: -1\n", "seed"),
        ("schema: 3\n", "schema"),
        ("models: {folds: 1}\n", "models.folds"),
        ("data: {positive: 1}\n", "put quotes around it, as in '1'"),
        ("data: {positive: true}\n", "put quotes around it"),
    ],
)
def test_broken_yaml(study, radln, text, said):
    study.yaml.write_text(text)
    refused(radln("check", study.folder), "study.yaml", said)


def test_no_study_file(study, radln):
    study.yaml.unlink()
    refused(radln("check", study.folder), "study.yaml was not found", "radln init")


def test_study_file_that_is_no_text(study, radln):
    study.yaml.write_bytes(b"\xff\xfe\x00\x81")
    refused(radln("check", study.folder), "study.yaml cannot be read", "UTF-8")


@pytest.mark.parametrize("side", ["full", "simple"])
def test_primary_comparison_of_an_unknown_model(study, radln, side):
    study.set(**{f"evaluation__primary__{side}": "combined_logistc"})
    refused(radln("check", study.folder), f"primary.{side}", "Did you mean 'combined_logistic'?")


def test_ladder_with_an_unknown_step(study, radln):
    study.set(evaluation__ladder=["size_logistic", "combind_logistic"])
    refused(radln("check", study.folder), "ladder[1]", "'combined_logistic'")


def test_primary_comparison_of_a_block_without_columns(study, radln):
    study.set(features__deep=None)
    for full in ("deep_logistic", "without_deep_logistic"):
        study.set(evaluation__primary__full=full)
        refused(radln("run", study.folder), f"evaluation.primary.full is '{full}'", "it has")


# the output folder


def test_out_of_another_study(pristine, tmp_path, radln):
    study = pristine.copy(tmp_path / "study")
    study.set(seed=4, models__max_features=6)
    said = refused(radln("run", study.folder, "--out", study.out), "holds another study")
    assert "models.max_features" in said
    assert "seed" in said
    assert "--out" in said


def test_out_of_the_same_study_with_other_data(pristine, tmp_path, radln):
    study = pristine.copy(tmp_path / "study")
    table = study.table()
    table.loc[3, "age"] += 1
    study.write_table(table)
    refused(radln("run", study.folder, "--out", study.out), "these differ: manifest")


def test_out_with_foreign_files(study, radln):
    study.out.mkdir()
    (study.out / "thesis.docx").write_text("mine")
    refused(radln("run", study.folder, "--out", study.out), "not empty", "--out")
    assert [p.name for p in study.out.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"identity": 3}'])
def test_out_with_a_damaged_record(study, radln, text):
    study.out.mkdir()
    (study.out / "study-id.json").write_text(text)
    (study.out / "report.html").write_text("old")
    refused(radln("run", study.folder, "--out", study.out), "no readable study-id.json")


def test_out_that_is_a_file(study, radln):
    study.out.write_text("a file")
    refused(radln("run", study.folder, "--out", study.out), "'results' is a file")


def test_unknown_output_format_before_the_work(study, radln):
    outcome = radln("extract", study.folder, "-o", study.folder / "features.sav")
    refused(outcome, "features.sav", ".parquet or .csv")
    assert "features: " not in outcome.err  # not one case was measured


# identifiers, and what leaves the house


def test_no_identifier_outside_the_tables(pristine):
    ids = {*pristine.table()["image"], *pristine.table()["person"]}
    assert {name[:3] for name in ids} == {"ZQX", "WPT"}
    seen = 0
    for path in pristine.out.rglob("*"):
        if path.suffix in (".html", ".json", ".svg", ".txt", ".md"):
            seen += 1
            text = path.read_text(encoding="utf-8")
            assert "ZQX" not in text, path
            assert "WPT" not in text, path
            assert str(pristine.folder.parent) not in text, path
    assert seen > 10


def test_every_row_is_in_the_tables(pristine):
    features, _ = read_parquet(pristine.out / "features.parquet")
    assert sorted(features["case_id"]) == sorted(pristine.table()["image"])


def test_the_report_fetches_nothing(pristine):
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    namespaces = r"http://(www\.w3\.org|purl\.org|creativecommons\.org)/[\w./#-]*"
    assert "http" not in re.sub(r"(DOCTYPE|dtd|rdf:\w+)", "", re.sub(namespaces, "", text))
    assert not re.search(r"<(script|iframe|link|object|embed|base)\b[^>]*(src|href)=", text)
    assert not re.search(r"\bsrc=(?!\"data:)", text)
    assert not re.search(r"url\((?!#|'#|\"#|data:)", text)
    assert "@import" not in text


def test_run_json_holds_only_facts(pristine):
    record = json.loads((pristine.out / "run.json").read_text())
    data = record["settings"]["data"]
    assert (data["table"], data["images"], data["masks"]) == ("nodes.csv", "images", "masks")
    assert record["n_patients"] == 26
    assert record["n_failed_cases"] == 0


# as a process: exit codes and stderr as a shell sees them


def test_process_exit_codes(study):
    assert radln_process("--version", cwd=study.folder).returncode == OK
    wrong = radln_process("chek", study.folder, cwd=study.folder)
    assert wrong.returncode == USAGE
    assert "Traceback" not in wrong.stderr
    (study.folder / "nodes.csv").unlink()
    gone = radln_process("check", study.folder, cwd=study.folder)
    assert gone.returncode == DATA
    assert gone.stderr.strip() == "radln: table nodes.csv was not found."


def test_an_unexpected_fault_is_one_line(study, radln, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("radln.study.core.take_in_all", broken)
    out = radln("check", study.folder)
    assert out.code == DATA
    assert "fault in radln" in out.err
    assert "ZeroDivisionError" in out.err
    assert "Traceback" not in out.err


def test_a_picture_of_another_mode_is_read(study):
    """16-bit and palette pictures are no bad input."""
    grey = np.asarray(Image.open(study.image(1)))
    Image.fromarray(grey.astype(np.uint16) * 200).save(study.image(1))
    Image.open(study.mask(1)).convert("P").save(study.mask(1))
    study.keep_images(2)
    assert Study.from_yaml(study.folder).extract().table.n_failed == 0


@pytest.mark.parametrize(
    "text, words",
    [
        ("a: " + "[" * 2000 + "]" * 2000, ["nested more than 20 deep"]),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", ["line 2", "without aliases"]),
    ],
)
def test_odd_yaml(study, radln, text, words):
    study.yaml.write_text(text)
    refused(radln("check", study.folder), "study.yaml", *words)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"data__positive": ["a", "b"]}, ["data.positive", "not a list"]),
        ({"data__clinical": ["age", "age"]}, ["'age' is listed twice"]),
        ({"evaluation__n_resamples": 10**10}, ["n_resamples", "100000"]),
    ],
)
def test_settings_that_would_fail_late(study, radln, change, words):
    study.set(**change)
    refused(radln("run", study.folder), *words)


def few_positive(study, n):
    table = study.table()
    people = table.loc[table["pathology"] == "malignant", "person"].unique()[:n]
    kept = table["person"].isin(people) & (table["pathology"] == "malignant")
    study.write_table(table.assign(pathology=np.where(kept, "malignant", "benign")))


def test_a_rare_outcome_is_reported_as_not_estimable_or_refused_before_the_work(study, radln):
    few_positive(study, 4)
    study.set(models__folds=4)
    out = radln("run", study.folder, "--out", study.out)
    assert out.code == OK, out.err
    assert "no interval: too few patients of a class in some fold; p not estimable" in out.out
    report = (study.out / "report.html").read_text()
    assert not re.search(r"[(+]nan\b|\bnan to|>nan<", report)
    few_positive(study, 3)
    said = refused(
        radln("run", study.folder), "only 3 patients have the rarer outcome", "models.folds"
    )
    assert "features" not in said


@pytest.mark.parametrize("name", ["a$\\foo$", "age\n(years)"])
def test_a_column_name_that_no_figure_can_show(study, radln, name):
    study.write_table(study.table().rename(columns={"age": name}))
    study.set(data__clinical=[name, "border"])
    refused(radln("run", study.folder), "rename it in the table")


@pytest.mark.parametrize(
    "command", [("run", "--out"), ("extract", "--out"), ("check", "--out"), ("check", "--html")]
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(study, radln, command):
    name, option = command
    blocked = study.folder / "nodes.csv" / "a.csv"
    said = radln(name, study.folder, option, blocked)
    assert said.code == DATA
    assert "cannot be written" in said.err
    assert "name a" in said.err
    assert ".radln-" not in said.err
    assert "check: " not in said.err  # nothing was looked at


def test_everything_that_is_refused_in_a_table_is_said_at_once(study, radln):
    table = study.table().astype(object)
    table.loc[1, "age"] = "old"
    table.loc[2, "expert"] = "high"
    table.loc[3, "pathology"] = "unsure"
    table.loc[4, "person"] = None
    table.loc[5, "border"] = "Smooth "
    table.loc[6, "border"] = "smooth"
    study.write_table(table)
    for command in ("check", "run", "extract"):
        more = () if command == "check" else ("--out", study.folder / "f.csv")
        said = radln(command, study.folder, *more)
        assert said.code == DATA
        assert "5 things must be mended first" in said.err
        for word in ("'age'", "'expert'", "unsure", "'person' is empty", "'border'"):
            assert word in said.err, word
        assert "Traceback" not in said.err


def test_init_says_everything_at_once(study, radln):
    table = study.table().astype(object)
    table.loc[1, "age"] = "old"
    table.loc[2, "expert"] = "high"
    study.write_table(table)
    said = radln(
        "init", study.folder / "new", "--images", study.folder / "images", "--masks",
        study.folder / "masks", "--table", study.folder / "nodes.csv", "--case", "image",
        "--patient", "person", "--outcome", "pathology", "--clinical", "age", "--reader",
        "expert:4", "--pixel-size-mm", "wide",
    )  # fmt: skip
    assert said.code == DATA
    assert "3 things must be mended first" in said.err
    for word in ("'age'", "'expert'", "--pixel-size-mm 'wide'"):
        assert word in said.err


@pytest.mark.parametrize(
    "command",
    [
        ("extract", "-o", "nodes.csv"),
        ("check", "-o", "nodes.csv"),
        ("check", "--html", "study.yaml"),
        ("check", "--html", "images/ZQX-0001.png"),
        ("check", "-o", "masks/ZQX-0001_mask.png"),
    ],
)
def test_what_the_study_reads_is_never_written_over(study, radln, command):
    name, option, file = command
    before = (study.folder / file).read_bytes()
    said = radln(name, study.folder, option, study.folder / file)
    assert said.code == DATA
    assert "would be overwritten" in said.err
    assert (study.folder / file).read_bytes() == before


def test_yes_needs_no_quotes(study, radln):
    """`positive: yes` means the word in the table."""
    table = study.table()
    table["pathology"] = table["pathology"].map({"malignant": "yes", "benign": "no"})
    study.write_table(table)
    text = study.yaml.read_text()
    study.yaml.write_text(re.sub(r"(?m)^  positive: .*$", "  positive: yes", text))
    said = radln("check", study.folder)
    assert "yes (" in said.out
    assert said.code == OK, said.err
