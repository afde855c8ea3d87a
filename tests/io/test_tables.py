"""Tables in and out: three formats, ids as text, numbers as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radln.errors import InputError, UnreadableFileError
from radln.io.tables import (
    numeric_column,
    open_table,
    read_parquet,
    read_table,
    require_columns,
    stable_strings,
    write_any,
    write_csv,
    write_excel,
    write_parquet,
)

TABLE = pd.DataFrame({"id": ["a", "b"], "Größe mm": [1.5, None], "n": [1, 2]})


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_every_format_gives_the_same_table(tmp_path, suffix):
    file = tmp_path / f"t.{suffix}"
    if suffix == "xlsx":
        write_excel(file, TABLE)
    else:
        write_any(file, TABLE)
    pd.testing.assert_frame_equal(read_table(file), TABLE, check_dtype=False)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators(tmp_path, separator, encoding):
    TABLE.to_csv(tmp_path / "t.csv", sep=separator, index=False, encoding=encoding)
    assert list(read_table(tmp_path / "t.csv").columns) == list(TABLE.columns)


def test_a_kept_index_is_data_if_it_has_a_name(tmp_path):
    TABLE.set_index("id").to_parquet(tmp_path / "named.parquet")
    assert list(read_table(tmp_path / "named.parquet").columns) == list(TABLE.columns)
    TABLE.iloc[[1]].to_parquet(tmp_path / "cut.parquet")
    cut = read_table(tmp_path / "cut.parquet")
    assert list(cut.columns) == list(TABLE.columns)
    assert list(cut.index) == [0]


def test_blanks_around_column_names_go(tmp_path):
    (tmp_path / "t.csv").write_text("id , age\na,1\n")
    assert list(read_table(tmp_path / "t.csv").columns) == ["id", "age"]


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("t.csv", b"", "cannot be read"),
        ("t.csv", b"id,age\n", "no rows"),
        ("t.csv", b"a,a \n1,2\n", "column 'a' twice"),
        ("t.csv", b"id\n\xff\xfe", "not in UTF-8"),
        ("t.xlsx", b"PK nothing", "cannot be read"),
        ("t.parquet", b"PAR1 nothing", "no whole parquet file"),
        ("t.txt", b"id,age\n1,2\n", ".txt format is not known"),
    ],
)
def test_refused_without_a_folder_in_the_message(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as error:
        read_table(tmp_path / name)
    assert name in str(error.value)
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize("text", ["id\na\nb\n", 'id\n"a"\n"b"\n', "id\r\na\r\nb\r\n"])
def test_one_column_is_a_table(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv")["id"].tolist() == ["a", "b"]


def test_a_separator_inside_quotes_cuts_nothing(tmp_path):
    (tmp_path / "t.csv").write_text('id;"level, side; ";age\na;"II, left";50\n')
    assert list(read_table(tmp_path / "t.csv").columns) == ["id", "level, side;", "age"]


def test_a_missing_table_names_its_neighbour(tmp_path):
    (tmp_path / "nodes.csv").touch()
    with pytest.raises(UnreadableFileError, match=r"Did you mean nodes\.csv"):
        read_table(tmp_path / "node.csv")
    with pytest.raises(UnreadableFileError, match="was not found"):
        read_table(tmp_path / "no" / "folder.csv")


def test_missing_columns_each_with_its_nearest():
    table = pd.DataFrame(columns=["Pathology", "AGE"])
    with pytest.raises(InputError) as error:
        require_columns(table, ["pathology", "age", "pathology", "zzz"], what="table t.csv")
    said = str(error.value)
    assert said.count("did you mean") == 2
    assert "no columns 'pathology' (did you mean 'Pathology'?), 'age'" in said
    assert "It has: Pathology, AGE." in said
    require_columns(table, ["AGE"])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_csv_keeps_every_digit(tmp_path_factory, values):
    file = tmp_path_factory.mktemp("t") / "t.csv"
    write_csv(file, pd.DataFrame({"x": values}))
    assert read_table(file)["x"].tolist() == values


def test_parquet_carries_metadata(tmp_path):
    specs = [{"name": "n", "unit": "mm²"}]
    write_parquet(tmp_path / "t.parquet", TABLE, specs)
    table, held = read_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(table, TABLE, check_dtype=False)
    assert held == specs
    TABLE.to_parquet(tmp_path / "foreign.parquet")
    assert read_parquet(tmp_path / "foreign.parquet")[1] is None
    (tmp_path / "bad.parquet").write_bytes(b"x")
    with pytest.raises(UnreadableFileError, match=r"bad\.parquet"):
        read_parquet(tmp_path / "bad.parquet")


@pytest.mark.parametrize("name", ["t.sav", "t", "t.xlsx"])
def test_unknown_output_format(tmp_path, name):
    with pytest.raises(InputError, match=r"\.parquet or \.csv"):
        write_any(tmp_path / name, TABLE)
    assert list(tmp_path.iterdir()) == []


def test_ids_as_text():
    values = [7, 7.0, "7", " 7 ", 7.5, None, np.nan, "", "  ", "007", True]
    found = stable_strings(values)
    assert found.dropna().tolist() == ["7", "7", "7", "7", "7.5", "007", "True"]
    assert found.isna().tolist() == [False] * 5 + [True] * 4 + [False] * 2


@pytest.mark.parametrize("values", [[1, 2], [1.0, 2.0], ["1", "2"], ["1 ", " 2"]])
def test_numeric_column(values):
    found = numeric_column(pd.DataFrame({"x": values}), "x", what="a read")
    assert found.tolist() == [1.0, 2.0]


def test_blank_cells_are_missing():
    table = pd.DataFrame({"x": ["1", " ", None, np.nan]})
    assert numeric_column(table, "x", what="a read").isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize("cell", ["4a", "1,5", "-", np.inf, "inf"])
def test_a_cell_that_is_no_number(cell):
    table = pd.DataFrame({"x": [1.0, cell, 2.0]}, dtype=object)
    with pytest.raises(InputError, match=r"column 'x' is a read.*1 cell\(s\)"):
        numeric_column(table, "x", what="a read")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_none_is_a_word_among_words_and_a_blank_among_numbers(tmp_path, suffix):
    path = tmp_path / f"nodes{suffix}"
    frame = pd.DataFrame({"doppler": ["None", "central", "NA", ""], "age": [50, "None", 61, 44]})
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_excel(path, index=False)
    table = read_table(path)
    assert table["doppler"].iloc[:2].tolist() == ["None", "central"]
    assert table["doppler"].isna().tolist() == [False, False, True, True]
    assert table["age"].isna().tolist() == [False, True, False, False]
    assert table["age"].dtype.kind == "f"


def test_text_in_csv_is_no_formula(tmp_path):
    table = pd.DataFrame({"name": ["=SUM(A1)", "+x", "-1.5", "@a", "a=b", None], "x": range(6)})
    write_csv(tmp_path / "t.csv", table)
    read = read_table(tmp_path / "t.csv")["name"]
    assert read.tolist()[:5] == ["'=SUM(A1)", "'+x", "-1.5", "'@a", "a=b"]


@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [
        (["900", "1.200", "850", "2.350"], True),
        (["900", "1.200", "850", "2.35"], False),  # decimals of another length
        (["9", "1.200", "8", "2.350"], False),  # no whole number of three digits
        (["0.900", "1.200", "850", "2.350"], False),  # a zero in front parts no thousands
        (["900", "1200", "850", "2350"], False),
    ],
)
def test_points_between_thousands_are_said(tmp_path, cells, doubtful):
    pd.DataFrame({"id": list("abcd"), "ng": cells}).to_csv(tmp_path / "t.csv", index=False)
    source = open_table(tmp_path / "t.csv", text=("id",))
    assert source.frame["ng"].tolist() == [float(cell) for cell in cells]
    assert [note for note in source.notes if "between thousands" in note] == (
        list(source.notes) if doubtful else []
    )
    assert bool(source.notes) == doubtful


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_text_that_would_run_is_written_harmless(tmp_path, sign):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"a": [f"{sign}SUM(A1)"], "n": [-1.5]}))
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == f"a,n\n'{sign}SUM(A1),-1.5\n"
