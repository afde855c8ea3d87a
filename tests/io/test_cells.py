"""Cells as they stand in the file: nothing is shifted, merged or rounded on the way in."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from openpyxl import Workbook

from radln.errors import InputError, UnreadableFileError
from radln.io.tables import open_table, read_table

IDS = ["007", "7", "1.10", "1.1", "1E5", "100000", "12345678901234567", "0012"]


def book(path, *sheets):
    """An xlsx file of sheets: (name, rows) with cells as values or (value, number format)."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for i, row in enumerate(rows, 1):
            for j, cell in enumerate(row, 1):
                value, shown = cell if isinstance(cell, tuple) else (cell, None)
                sheet.cell(i, j, value)
                if shown:
                    sheet.cell(i, j).number_format = shown
    made.save(path)
    return path


def test_ids_in_csv_are_what_was_written(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("id,age\n" + "".join(f"{name}, 50\n" for name in IDS) + ",51\n")
    table = read_table(file, text=["id"])
    assert table["id"].tolist() == [*IDS, None]
    assert table["age"].tolist() == [50] * len(IDS) + [51]
    assert read_table(file)["id"].nunique() < len(IDS)  # what a guess would make of them


def test_ids_in_excel_are_what_is_shown(tmp_path):
    cells = [(7, "000"), 7, (1.1, "0.00"), 1.1, "1E5", 100000, "0012", 3.0]
    file = book(tmp_path / "t.xlsx", ("Nodes", [["id", "age"], *[[cell, 50] for cell in cells]]))
    shown = ["007", "7", "1.10", "1.1", "1E5", "100000", "0012", "3"]
    assert read_table(file, text=["id"])["id"].tolist() == shown


@pytest.mark.parametrize(
    "cell, said",
    [
        (12345678901234567, "more than 15 digits"),
        (dt.datetime(2026, 11, 3), "holds a date in column 'id'"),
    ],
)
def test_ids_that_excel_has_spoilt_are_refused(tmp_path, cell, said):
    file = book(tmp_path / "t.xlsx", ("Nodes", [["id"], ["a"], [cell]]))
    with pytest.raises(InputError, match=said):
        read_table(file, text=["id"])


def test_ids_in_parquet(tmp_path):
    file = tmp_path / "t.parquet"
    pd.DataFrame({"id": [7.0, None]}).to_parquet(file)
    assert read_table(file, text=["id"])["id"].fillna("").tolist() == ["7", ""]
    pd.DataFrame({"id": [1e17, 2.0]}).to_parquet(file)
    with pytest.raises(InputError, match="more than 15 digits"):
        read_table(file, text=["id"])


@pytest.mark.parametrize(
    "text, line, fields",
    [
        ("id,age\na,1\nb,2,3\n", 3, 3),
        ("id,age\na,1,x\nb,2,x\n", 2, 3),  # every row: names would move by one column
        ("id,age,sex\na,1,f\nb,2\n", 3, 2),
        ('id,age\n"a\nb",1\nc,2,3\n', 4, 3),  # lines of the file, not rows of the table
    ],
)
def test_a_row_of_other_length_is_refused_with_its_line(tmp_path, text, line, fields):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=f"line {line} of table t.csv has {fields} fields"):
        read_table(tmp_path / "t.csv")


def test_blank_rows_and_blank_fields_at_the_end_are_passed_over(tmp_path):
    (tmp_path / "t.csv").write_text("id,age\na,1,\n\n,,\nb,2,,\n,,\n\n")
    assert read_table(tmp_path / "t.csv").to_dict("list") == {"id": ["a", "b"], "age": [1, 2]}
    rows = [["id", "age"], ["a", 1], [None, None], ["b", 2], [None, " "]]
    file = book(tmp_path / "t.xlsx", ("Nodes", rows))
    assert read_table(file).to_dict("list") == {"id": ["a", "b"], "age": [1, 2]}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_title_above_the_names_is_named(tmp_path, suffix):
    rows = [["Lymph nodes 2025"], [], ["id", "age"], ["a", 1]]
    file = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        file.write_text("\n".join(",".join(map(str, row)) for row in rows))
    else:
        book(file, ("Nodes", rows))
    with pytest.raises(InputError, match="'Lymph nodes 2025', which looks like a title"):
        read_table(file)
    assert open_table(file, header_row=3).frame.to_dict("list") == {"id": ["a"], "age": [1]}
    with pytest.raises(InputError, match="that row of table t"):
        open_table(file, header_row=2)


def test_further_sheets_are_named_and_can_be_read(tmp_path):
    nodes, legend = [["id"], ["a"]], [["code"], ["1"]]
    file = book(tmp_path / "t.xlsx", ("Nodes", nodes), ("Legend", legend), ("Empty", [[" "]]))
    first = open_table(file)
    assert first.frame.columns.tolist() == ["id"]
    assert "'Nodes' was read and not 'Legend'" in first.notes[0]
    assert "--sheet" in first.notes[0]
    second = open_table(file, sheet="Legend")
    assert (second.frame.columns.tolist(), second.notes) == (["code"], ())
    with pytest.raises(InputError, match="no sheet 'legend'; it has Nodes, Legend, Empty"):
        open_table(file, sheet="legend")
    (tmp_path / "t.csv").write_text("id\na\n")
    with pytest.raises(InputError, match="has no sheets"):
        open_table(tmp_path / "t.csv", sheet="Nodes")


@pytest.mark.parametrize(
    "encoding, note", [("utf-16", "UTF-16"), ("gb18030", "GB18030"), ("gbk", "GB18030")]
)
def test_chinese_and_utf16_files_are_read_and_said(tmp_path, encoding, note):
    text = "编号,年龄,病理结果,备注\nA1,５３,恶性，转移,左侧\nA2,60,良性,无\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    source = open_table(tmp_path / "t.csv")
    assert source.frame["年龄"].tolist() == [53, 60]
    assert source.frame["病理结果"].tolist() == ["恶性，转移", "良性"]
    assert note in source.notes[0]


@pytest.mark.parametrize("text", ["Größe,n\nMüller,1\n", "Größe\n1\n", "âge,n\né,1\n", "a\nß\n"])
def test_western_letters_of_another_encoding_are_no_chinese(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    with pytest.raises(UnreadableFileError, match="not in UTF-8"):
        read_table(tmp_path / "t.csv")


def test_hidden_rows_are_read_and_said(tmp_path):
    made = Workbook()
    for row in (("id", "age"), ("a", 1), ("b", 2), ("c", 3)):
        made.active.append(row)
    made.save(tmp_path / "t.xlsx")
    assert open_table(tmp_path / "t.xlsx").notes == ()
    for row in (3, 4):
        made.active.row_dimensions[row].hidden = True
    made.save(tmp_path / "t.xlsx")
    source = open_table(tmp_path / "t.xlsx")
    assert source.notes == ("2 row(s) of the table are hidden (by a filter?) and were read too.",)
    assert source.frame["id"].tolist() == ["a", "b", "c"]


def test_decimal_numbers_as_names_in_excel_are_a_doubt(tmp_path):
    file = book(tmp_path / "t.xlsx", ("Nodes", [("id", "age"), (1.1, 5.5), (2, 6.5)]))
    assert open_table(file, text=["age"]).notes[0].startswith("column 'age' holds names as decimal")
    (note,) = open_table(file, text=["id"]).notes
    assert note.startswith("column 'id' holds names as decimal numbers")


def test_lines_of_an_old_macintosh(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"id,age\r007,50\r7,51\r")
    assert read_table(tmp_path / "t.csv", text=["id"])["id"].tolist() == ["007", "7"]


def test_full_width_digits_are_digits(tmp_path):
    (tmp_path / "t.csv").write_text("id,size\nＡ１,７．５\nB2,10²\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv", text=["id"])
    assert table["id"].tolist() == ["A1", "B2"]
    assert table["size"].tolist() == ["7.5", "10²"]  # no 102


def test_types_are_guessed_by_whole_columns(tmp_path):
    text = "a,b,c,d,e\n1,1.5,True,x,None\n2,NA,FALSE,3,4\n"
    (tmp_path / "t.csv").write_text(text)
    table = read_table(tmp_path / "t.csv")
    assert [str(kind) for kind in table.dtypes[:3]] == ["int64", "float64", "bool"]
    assert table["d"].tolist() == ["x", "3"]
    assert table["e"].isna().tolist() == [True, False]


def test_percent_beside_plain_numbers_is_said(tmp_path):
    """Excel keeps 7 % as 0.07; a blank column before moves no format to another one."""
    book = Workbook()
    sheet = book.active
    sheet.append([None, "id", "ki67", "share"])
    for k in range(6):
        sheet.append([None, k, 0.07 if k < 2 else 20 + k, 0.5])
        sheet.cell(k + 2, 2).number_format = "000"
        sheet.cell(k + 2, 4).number_format = "0%"
        if k < 2:
            sheet.cell(k + 2, 3).number_format = "0%"
    book.save(tmp_path / "t.xlsx")
    source = open_table(tmp_path / "t.xlsx", text=("id",))
    assert source.frame["id"].tolist() == [f"00{k}" for k in range(6)]
    (note,) = source.notes
    assert "'ki67' shows 2 of its 6 numbers as percent, and what is shown as 7 % was read" in note


@pytest.mark.parametrize("name", ["2.02301E+11", "2,02301E+11", "1E+15"])
def test_names_that_a_spreadsheet_has_shortened_are_refused(tmp_path, name):
    (tmp_path / "t.csv").write_text(f"id;n\na;1\n{name};2\n")
    with pytest.raises(InputError, match=r"holds .* first in row 3: a spreadsheet"):
        open_table(tmp_path / "t.csv", text=("id",))
    assert len(open_table(tmp_path / "t.csv").frame) == 2  # no name, no refusal
