"""Reads as a department writes them: grades, words in an order, codes, a column a reader."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln.data_settings import ReaderSettings
from radln.errors import InputError
from radln.study.core import Study
from radln.study.intake import take_in
from radln.study.reader_columns import read_column

OK, DATA = 0, 1
GRADES = ("3", "4a", "4b", "4c", "5")


def reads_of(values, **settings):
    table = pd.DataFrame({"r": pd.Series(values, dtype=object)})
    return read_column(table, ReaderSettings(column="r", **settings))


def test_grades_are_places_in_their_order():
    values, cut = reads_of(["3", "4a", "4B ", "5", None, "4c"], cut="4b")
    assert values.tolist()[:4] == [0.0, 1.0, 2.0, 4.0]
    assert np.isnan(values[4])
    assert cut == 2.0


def test_a_grade_that_nobody_gave_may_be_the_cut():
    values, cut = reads_of(["3", "4a", "4c", "5"], cut="4b")
    assert (values >= cut).tolist() == [False, False, True, True]
    values, cut = reads_of(["3", "4a", "4c", "5"], cut=4)
    assert (values >= cut).tolist() == [False, True, True, True]


def test_words_need_their_order():
    order = ("benign", "unsure", "malignant")
    values, cut = reads_of(["Benign", "malignant", "unsure"], cut="unsure", order=order)
    assert (values.tolist(), cut) == ([0.0, 2.0, 1.0], 1.0)
    with pytest.raises(InputError, match=r"list them from low to high \(order"):
        reads_of(["benign", "malignant"], cut="malignant")
    with pytest.raises(InputError, match="holds the read 'maybe' in 1 row"):
        reads_of(["benign", "maybe"], cut="unsure", order=order)
    with pytest.raises(InputError, match=r"cut-off 'x' .* none of its reads"):
        reads_of(["3", "4a"], cut="x", order=GRADES)


def test_a_grade_beside_its_number_is_a_finding(study, radln):
    table = study.table().astype({"expert": object})
    table.loc[3, "expert"] = "4a"
    study.write_table(table)
    said = radln("check", study.folder)
    assert "column 'expert' holds the read 4 beside 4 with a letter" in said.out


def test_numbers_are_numbers():
    values, cut = reads_of(["1", 5, 2.0], cut="4")
    assert (values.tolist(), cut) == ([1.0, 5.0, 2.0], 4.0)


def regraded(study):
    """The expert's reads 1 to 5 as grades."""
    table = study.table()
    grades = table["expert"].map(dict(zip(range(1, 6), GRADES, strict=True)))
    study.write_table(table.assign(expert=grades))
    study.set(data__readers=[{"column": "expert", "cut": "4c"}, {"column": "trainee", "cut": 3}])


def test_a_study_of_grades_is_the_study_of_their_places(study):
    data = Study.from_yaml(study.folder).settings.data
    before = take_in(data)
    regraded(study)
    after = take_in(Study.from_yaml(study.folder).settings.data)
    np.testing.assert_array_equal(after.rows["expert"], before.rows["expert"] - 1)
    assert before.cuts == {"expert": 4.0, "trainee": 3.0}
    assert after.cuts == {"expert": 3.0, "trainee": 3.0}


def test_init_takes_grades(study, radln):
    regraded(study)
    said = radln(
        "init", study.folder / "new", "--images", study.folder / "images", "--masks",
        study.folder / "masks", "--table", study.folder / "nodes.csv", "--case", "image",
        "--patient", "person", "--node", "node", "--outcome", "pathology", "--reader", "expert:4c",
    )  # fmt: skip
    assert said.code == OK, said.err
    assert Study.from_yaml(study.folder / "new").settings.data.readers[0].cut == "4c"


def test_a_code_for_missing_stops_until_it_is_acknowledged(study, radln):
    table = study.table()
    table.loc[[1, 2], "expert"] = 99
    study.write_table(table)
    said = radln("check", study.folder)
    assert said.code == DATA
    assert "hold a value apart from their scale, such as 0, 9 or 99: expert" in said.out
    assert radln("run", study.folder, "--out", study.out).code == DATA
    study.set(acknowledge=["strange_reads:expert"])
    assert radln("check", study.folder).code == OK


def long_table(seed=0, n=40):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    rows = [
        (f"c{k:02d}", reader, int(np.clip(round(1.3 + 1.6 * y[k] + rng.normal()), 0, 4)), y[k])
        for reader in ("A", "B", "C")
        for k in range(n)
    ]
    return pd.DataFrame(rows, columns=["case_id", "reader", "score", "y_true"])


def as_grades(table):
    return table.assign(score=table["score"].map(dict(enumerate(GRADES))))


def test_a_reader_study_of_grades():
    table = long_table()
    plain = ReaderStudy.from_frame(table, threshold=2, scale=(0, 4))
    graded = ReaderStudy.from_frame(as_grades(table), threshold="4b")
    np.testing.assert_array_equal(plain.score, graded.score)
    np.testing.assert_array_equal(plain.call, graded.call)
    assert any("places: 3 = 0, 4a = 1, 4b = 2" in note for note in graded.warnings)
    ordered = ReaderStudy.from_frame(as_grades(table), threshold="4b", order=GRADES)
    np.testing.assert_array_equal(ordered.score, graded.score)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": ("3", "4a")}, "which order"),
        ({"order": ("3",)}, "two or more different"),
        ({"threshold": "six"}, "cut-off 'six' is none|must be numeric"),
    ],
)
def test_a_reader_study_refuses(options, said):
    with pytest.raises(InputError, match=said):
        ReaderStudy.from_frame(as_grades(long_table()), **options)


@pytest.fixture
def wide(tmp_path):
    table = as_grades(long_table())
    frame = table.pivot(index=["case_id", "y_true"], columns="reader", values="score")
    frame = frame.reset_index().rename(columns={"case_id": "ID"})
    frame["age"] = 50 + np.arange(len(frame))
    frame.to_csv(tmp_path / "wide.csv", index=False)
    table.to_csv(tmp_path / "long.csv", index=False)
    return tmp_path


def test_a_column_a_reader(wide, radln):
    more = ("--threshold", "4b", "--out")
    said = radln("readers", wide / "long.csv", *more, wide / "a")
    assert said.code == OK, said.err
    said = radln(
        "readers", wide / "wide.csv", "--column", "case_id=ID", "--wide", "A,B,C", *more, wide / "b"
    )
    assert said.code == OK, said.err
    assert "3 reader(s), 40 cases" in said.out
    for table in sorted((wide / "a" / "tables").iterdir()):
        assert (wide / "b" / "tables" / table.name).read_text() == table.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--wide A,B,C"),
        (["--wide", "A,B,age"], "no reads of the other columns' scale"),
        (["--wide", "A,Z"], "no column 'Z'"),
        (["--wide", "A,A"], "twice"),
    ],
)
def test_a_wide_table_is_refused(wide, radln, options, said):
    found = radln("readers", wide / "wide.csv", "--column", "case_id=ID", *options)
    assert found.code == DATA
    assert said in found.err


def test_numbers_of_another_scale_are_no_reader(wide, radln):
    frame = pd.DataFrame({"case_id": range(30), "y_true": np.arange(30) % 2})
    frame["A"] = 1 + np.arange(30) % 5
    frame["age"] = 30 + np.arange(30) * 1.5
    frame.to_csv(wide / "n.csv", index=False)
    found = radln("readers", wide / "n.csv", "--wide", "A,age")
    assert found.code == DATA
    assert "column 'age' spans 43.5 where another spans 4" in found.err


def test_names_with_another_prefix_are_explained(wide, radln):
    table = long_table()
    truth = table[["case_id", "y_true"]].drop_duplicates()
    truth["case_id"] = truth["case_id"].str.removeprefix("c").astype(int)
    table.drop(columns="y_true").to_csv(wide / "r.csv", index=False)
    truth.to_csv(wide / "t.csv", index=False)
    found = radln("readers", wide / "r.csv", "--truth", wide / "t.csv")
    assert found.code == DATA
    assert "differ in what stands around the number ('c00' and '0')" in found.err


def test_near_duplicate_readers_are_refused(wide, radln):
    table = long_table()
    table["reader"] = table["reader"].replace({"A": "Dr Jones", "B": "dr  jones"})
    table.to_csv(wide / "r.csv", index=False)
    found = radln("readers", wide / "r.csv")
    assert found.code == DATA
    assert "'Dr Jones' and 'dr  jones'" in found.err


@pytest.mark.parametrize(
    ("one", "other"), [("Dr. Jones", "Dr Jones"), ("R-1", "R01"), ("O1", "01"), ("A", "\u0410")]
)
def test_readers_whose_names_differ_in_signs_only_are_refused(one, other):
    table = long_table()
    table["reader"] = table["reader"].replace({"A": one, "B": other})
    with pytest.raises(InputError, match=f"{one!r} and {other!r}, which differ in (signs|capi)"):
        ReaderStudy.from_frame(table)


def test_what_was_said_of_the_files_is_noted(wide, radln):
    (wide / "u.csv").write_bytes(long_table().to_csv(index=False).encode("utf-16"))
    said = radln("readers", wide / "u.csv", "--scale", "0,4", "--out", wide / "u")
    assert said.code == OK, said.err
    assert "note: table u.csv was read as UTF-16." in said.out
    found = radln("readers", wide / "none.csv", "--truth", wide / "nor.csv")
    assert found.code == DATA
    assert "none.csv was not found" in found.err
    assert "nor.csv was not found" in found.err


def test_everything_that_is_wrong_with_the_tables_is_said_at_once(wide, radln):
    """A reader in two spellings, a score that is a word, and a truth that is no 0 and 1."""
    table = long_table()
    truth = table[["case_id", "y_true"]].drop_duplicates().replace({"y_true": {1: "unclear"}})
    table = table.drop(columns="y_true").astype({"score": object})
    table["reader"] = table["reader"].replace({"A": "Dr Jones", "B": "dr  jones"})
    table.loc[3, "score"] = "many"
    table.to_csv(wide / "r.csv", index=False)
    truth.to_csv(wide / "t.csv", index=False)
    found = radln("readers", wide / "r.csv", "--truth", wide / "t.csv")
    assert found.code == DATA
    assert "3 things must be mended first:" in found.err
    for said in ("'Dr Jones' and 'dr  jones'", "score must be numeric", "--truth: y_true"):
        assert said in found.err


def test_names_are_text(wide, radln):
    table = long_table()
    table["case_id"] = [f"1.{k}" for k in range(1, 41)] * 3
    table.to_csv(wide / "r.csv", index=False)
    said = radln("readers", wide / "r.csv", "--scale", "0,4", "--out", wide / "t")
    assert said.code == OK, said.err
    assert "40 cases" in said.out  # 1.1 and 1.10 are two


@pytest.mark.parametrize("code", ["0", "9"])
def test_codes_beside_grades_are_refused(code):
    with pytest.raises(InputError, match=f"holds the read '{code}' in 2 row"):
        reads_of(["3", "4a", "5", code, code], cut="4a")
    values, _ = reads_of(["3", "4a", code], cut="4a", order=(code, *GRADES))
    assert values[2] == 0
    table = as_grades(long_table()).astype({"score": object})
    table.loc[[2, 5], "score"] = code
    with pytest.raises(InputError, match=f"holds '{code}' in 2 read"):
        ReaderStudy.from_frame(table)


@pytest.mark.parametrize("code", [88, 77, -88])
def test_other_codes_beside_numbers(study, code):
    table = study.table()
    table.loc[[1, 2], "expert"] = code
    study.write_table(table)
    found = {f.code: f for f in Study.from_yaml(study.folder).check().findings}
    assert found["strange_reads"].acknowledge == ("strange_reads:expert",)
