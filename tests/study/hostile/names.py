"""Names of cases, patients and sites, and tables as files, that are a little wrong."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from openpyxl import Workbook

from tests.study.hostile.registry import spoils
from tests.study.hostile.tables import cell
from tests.study.hostile.world import World

LONG = 12345678901234560  # 17 digits


def numbered(world: World, names: list[str]) -> None:
    """Cases or patients of these names; those that are left over keep their own."""
    if world.rng.random() < 0.5:
        world.rename_cases(dict(zip(world.table["image"], names, strict=False)))
    else:
        patients = world.table["person"].unique()
        world.rename_patients(dict(zip(patients, names, strict=False)))


def workbook(world: World, frame: pd.DataFrame | None = None) -> Workbook:
    """The table as a workbook: numbers as numbers, all else as text."""
    book = Workbook()
    sheet = book.active
    frame = world.table if frame is None else frame
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append([_number(value) for value in row])
    world.data["table"] = "nodes.xlsx"
    world.write_settings()
    return book


def _number(value: object) -> object:
    try:
        return float(value) if "." in str(value) else int(str(value))
    except ValueError:
        return None if value == "" else value


@spoils("names: 1.1 and 1.10")
def _(world: World) -> None:
    numbered(world, ["1.1", "1.10", "1.2", "1.20", "1.3", "1.30"])
    world.write()


@spoils("names: 007 and 7")
def _(world: World) -> None:
    numbered(world, ["007", "7", "07", "8", "008", "9"])
    world.write()


@spoils("names: 1E5 and 100000")
def _(world: World) -> None:
    numbered(world, ["1E5", "100000", "2E3", "2000", "3e2", "300"])
    world.write()


@spoils("names: site 01 and 1")
def _(world: World) -> None:
    sites = {"A": "01", "B": "1"}
    world.table["device"] = world.table["device"].replace(sites)
    world.truth["site"] = world.truth["site"].replace(sites)
    world.write()


@spoils("names: 17 digits beside blank cells")
def _(world: World) -> None:
    numbered(world, [str(LONG + k) for k in range(len(world.table))])
    cell(world, "age", "")
    world.spoilt = {world.names.get(case, case) for case in world.spoilt}
    world.write()


@spoils("names: 17 digits, rounded by Excel or parquet")
def _(world: World) -> None:
    column = world.choose("image", "person")
    world.table[column] = [LONG + k for k in range(len(world.table))]
    if world.rng.random() < 0.5:
        workbook(world).save(world.folder / "nodes.xlsx")
        return
    world.table[column] = world.table[column].astype(float)
    parquet(world)


@spoils("names: dates made by Excel")
def _(world: World) -> None:
    book = workbook(world)
    column = world.choose(1, 2)
    k = world.row() + 2
    book.active.cell(row=k, column=column).value = dt.datetime(2024, 3, 11)
    book.save(world.folder / "nodes.xlsx")


@spoils("names: zeros in front, by Excel's format")
def _(world: World) -> None:
    patients = world.table["person"].unique()
    world.rename_patients({name: f"{k:03d}" for k, name in enumerate(patients)})
    book = workbook(world)
    for row in book.active.iter_rows(min_row=2, min_col=2, max_col=2):
        row[0].value = int(row[0].value)
        row[0].number_format = "000"
    book.save(world.folder / "nodes.xlsx")


@spoils("names: numbers in parquet")
def _(world: World) -> None:
    patients = world.table["person"].unique()
    world.rename_patients({name: str(k) for k, name in enumerate(patients)})
    kind = world.choose("int64", "float64", "Int64", "string", "category")
    world.table["person"] = world.table["person"].astype(int).astype(kind)
    parquet(world)


def parquet(world: World) -> None:
    """The table as parquet, columns of numbers as numbers."""
    frame = world.table.copy()
    for column in ("age", "marker", "pixel"):
        frame[column] = frame[column].astype(float)
    frame.to_parquet(world.folder / "nodes.parquet")
    world.data["table"] = "nodes.parquet"
    world.write_settings()


@spoils("names: a patient in other capitals")
def _(world: World) -> None:
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    held = world.table.loc[k, "person"]
    cell(world, "person", world.choose(held.lower(), f"{held.lower()} "), row=k)
    world.write()


@spoils("names: a patient or node with a sign that nobody sees")
def _(world: World) -> None:
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    odd = world.choose("\u200b", "\u00ad", "\ufeff", "\u200e")
    column = world.choose("person", "node")
    cell(world, column, world.table.loc[k, column] + odd, row=k)
    world.write()


@spoils("names: a node in other capitals")
def _(world: World) -> None:
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    cell(world, "node", world.choose("N1", " N1"), row=k)
    world.write()


@spoils("names: a case without name")
def _(world: World) -> None:
    cell(world, "image", world.choose("", " ", "NA", "\u3000"))
    world.write()


@spoils("names: a patient without name")
def _(world: World) -> None:
    cell(world, "person", world.choose("", " ", "NA", "\u3000", "n/a"))
    world.write()


@spoils("names: a node or site without name")
def _(world: World) -> None:
    cell(world, world.choose("node", "device"), world.choose("", " ", "NA"))
    world.write()


@spoils("names: decimal numbers in Excel")
def _(world: World) -> None:
    patients = world.table["person"].unique()
    world.rename_patients({name: f"{1 + k / 8:g}" for k, name in enumerate(patients)})
    workbook(world).save(world.folder / "nodes.xlsx")


@spoils("names: a case twice")
def _(world: World) -> None:
    first, second = world.rows(2)
    name = world.table.loc[first, "image"]
    cell(world, "image", world.choose(name, f" {name}", f"{name} "), row=second)
    world.write()


@spoils("names: a sign that no file can hold")
def _(world: World) -> None:
    k = world.row()
    column = world.choose("image", "person", "device", "node")
    held = str(world.table.loc[k, column])
    cell(world, column, world.choose(f"{held}\0", f"{held[:2]}\0{held[2:]}", "a\x07"), row=k)
    world.write()


@spoils("names: a case that leaves the folder")
def _(world: World) -> None:
    cell(world, "image", world.choose("../case000", "/etc/passwd", "a/../../case000"))
    world.write()


@spoils("names: a case of another name")
def _(world: World) -> None:
    k = world.row(single=True)
    held = world.table.loc[k, "image"]
    odd = world.choose(held.upper(), held.replace("0", "O"), "x" * 300, f"{held}-1", "case", "*")
    world.table.loc[k, "image"] = odd
    world.names[odd] = held
    world.spoilt.add(held)
    world.write()


@spoils("names: blanks around them")
def _(world: World) -> None:
    for column in ("image", "person", "device", "node"):
        for k in world.rows(4):
            held = world.table.loc[k, column]
            world.table.loc[k, column] = world.choose(f"{held} ", f" {held}", f"{held}\u00a0")
    world.write()


@spoils("names: a sign of formulas in front")
def _(world: World) -> None:
    sign = world.choose("=", "+", "-", "@", "'")
    world.rename_cases({case: f"{sign}{case}" for case in world.table["image"][:5]})
    world.write()


# the table as a file


def changed_line(world: World, change) -> None:  # type: ignore[no-untyped-def]
    """One line below the header, as its fields."""
    k = world.row() + 1

    def spoilt(text: str) -> str:
        lines = text.split("\n")
        lines[k] = change(lines[k])
        return "\n".join(lines)

    world.text(spoilt)


@spoils("csv: a field too many")
def _(world: World) -> None:
    place, odd = int(world.rng.integers(1, 11)), world.choose("x", "", "7")
    fields = world.text

    def change(line: str) -> str:
        held = line.split(",")
        return ",".join([*held[:place], odd, *held[place:]])

    assert fields is not None
    changed_line(world, change)


@spoils("csv: a field too few")
def _(world: World) -> None:
    place = int(world.rng.integers(0, 11))
    changed_line(
        world, lambda line: ",".join(f for j, f in enumerate(line.split(",")) if j != place)
    )


@spoils("csv: a decimal comma without quotes")
def _(world: World) -> None:
    marker = world.table["marker"].tolist()
    k = world.row()
    world.text(lambda text: text.replace(f",{marker[k]},", f",{marker[k].replace('.', ',')},"))


@spoils("csv: an open quote")
def _(world: World) -> None:
    changed_line(world, lambda line: line.replace(",", ',"', 1))


@spoils("csv: blank rows and fields")
def _(world: World) -> None:
    k = world.row() + 1

    def spoilt(text: str) -> str:
        lines = text.rstrip("\n").split("\n")
        lines.insert(k, world.choose("", ",,,,,,,,,,", " "))
        return "\n".join([*lines, ",,,", "", ",,,,,,,,,,,,", ""])

    world.text(spoilt)


@spoils("csv: a title above")
def _(world: World) -> None:
    title = world.choose("Nodes of 2020", "Table 1\n", "Our hospital,,,", "\n\nTable S1")
    world.text(lambda text: f"{title}\n{text}")


@spoils("csv: a title above, named")
def _(world: World) -> None:
    title = world.choose("Nodes of 2020", "Table 1\n2020", 'Table "1"', "a,b,c\nx,y,z")
    world.data["header_row"] = title.count("\n") + 2
    world.text(lambda text: f"{title}\n{text}")


@spoils("csv: a row of units below the names")
def _(world: World) -> None:
    units = world.choose(",,,,years,ng/ml,,,,,mm", "(text),,,,(years),(ng/ml),,,,,(mm)")

    def spoilt(text: str) -> str:
        head, rest = text.split("\n", 1)
        return f"{head}\n{units}\n{rest}"

    world.text(spoilt)


@spoils("csv: a row of sums at the end")
def _(world: World) -> None:
    world.text(
        lambda text: text + world.choose("n = 24\n", "Total,,,12,,,,,,,\n", ",,,,48.5,,,,,,\n")
    )


@spoils("csv: another separator")
def _(world: World) -> None:
    world.write(sep=world.choose(";", "\t"))


@spoils("csv: a separator that is not read")
def _(world: World) -> None:
    world.write(sep=world.choose("|", ":", " "))


@spoils("csv: other ends of lines")
def _(world: World) -> None:
    end = world.choose("\r\n", "\r")
    world.text(lambda text: text.replace("\n", end))


@spoils("csv: UTF-8 with a mark")
def _(world: World) -> None:
    world.write(encoding="utf-8-sig")


@spoils("csv: UTF-16")
def _(world: World) -> None:
    world.write(encoding="utf-16", sep=world.choose(",", "\t"))


def in_words(world: World, words: dict[str, str]) -> None:
    world.table["vessels"] = world.table["vessels"].replace(words)
    world.truth["vessels"] = world.truth["vessels"].replace(words)


@spoils("csv: GB18030")
def _(world: World) -> None:
    in_words(
        world, {"hilar": "淋巴门型", "mixed": "混合型", "peripheral": "周边型", "none": "无血流"}
    )
    world.write(encoding=world.choose("gb18030", "gbk"))


@spoils("csv: a Western encoding")
def _(world: World) -> None:
    in_words(world, {"hilar": "zentral", "mixed": "gemischt für", "peripheral": "périphérique"})
    world.write(encoding=world.choose("latin-1", "cp1252", "mac_roman"))


@spoils("csv: cut off")
def _(world: World) -> None:
    world.text(lambda text: text[: text.rindex(",", 0, len(text) - 30)])


@spoils("csv: cut off after a row")
def _(world: World) -> None:
    k = int(world.rng.integers(20, len(world.table)))
    world.spoilt |= set(world.table["image"].iloc[k:])
    end = world.choose("\n", "")
    world.text(lambda text: "\n".join(text.split("\n")[: k + 1]) + end)


@spoils("csv: UTF-16 without a mark")
def _(world: World) -> None:
    world.write(encoding=world.choose("utf-16-le", "utf-16-be"))


@spoils("csv: the names of columns once more")
def _(world: World) -> None:
    k = world.row() + 1

    def spoilt(text: str) -> str:
        lines = text.split("\n")
        return "\n".join([*lines[:k], lines[0], *lines[k:]])

    world.text(spoilt)


@spoils("csv: a column twice")
def _(world: World) -> None:
    name = world.choose("age", " age", "age ", "person")
    world.text(
        lambda text: "\n".join(
            f"{line},{name if k == 0 else '7'}" for k, line in enumerate(text.rstrip().split("\n"))
        )
    )


@spoils("csv: a column in other capitals")
def _(world: World) -> None:
    column = world.choose("age", "person", "image", "pathology", "device")
    world.table = world.table.rename(columns={column: column.title()})
    world.write()


@spoils("csv: breaks of lines in cells")
def _(world: World) -> None:
    world.table["note"] = "two\nlines, and a comma"
    world.write()


@spoils("xlsx: as it is")
def _(world: World) -> None:
    workbook(world).save(world.folder / "nodes.xlsx")


@spoils("xlsx: numbers as text, blank rows and columns around")
def _(world: World) -> None:
    book = workbook(world)
    for row in book.active.iter_rows(min_row=2, min_col=5, max_col=6):
        for held in row:
            held.value = str(held.value)
    book.active.insert_rows(10)
    book.active.insert_rows(1, amount=int(world.rng.integers(1, 4)))
    book.active.insert_cols(1, amount=int(world.rng.integers(1, 3)))
    book.save(world.folder / "nodes.xlsx")


def in_sheet(world: World, value: object) -> None:
    """A cell of numbers holds something else."""
    book = workbook(world)
    column = list(world.table.columns).index(world.choose("age", "marker")) + 1
    book.active.cell(row=world.row() + 2, column=column).value = value
    book.save(world.folder / "nodes.xlsx")


@spoils("xlsx: a number made a date")
def _(world: World) -> None:
    in_sheet(world, world.choose(dt.datetime(2024, 11, 3), dt.date(2024, 3, 5), dt.time(1, 30)))


@spoils("xlsx: a truth value among numbers")
def _(world: World) -> None:
    in_sheet(world, world.choose(True, False))


@spoils("xlsx: a second sheet")
def _(world: World) -> None:
    book = workbook(world)
    book.create_sheet("Sheet2").append(["image", "age"])
    book.save(world.folder / "nodes.xlsx")


@spoils("xlsx: merged cells of patients")
def _(world: World) -> None:
    book = workbook(world)
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    book.active.merge_cells(start_row=k + 1, end_row=k + 2, start_column=2, end_column=2)
    book.save(world.folder / "nodes.xlsx")


@spoils("xlsx: formulas without values")
def _(world: World) -> None:
    book = workbook(world)
    k = world.row(single=True)
    column = list(world.table.columns).index(world.choose("age", "marker", "sex")) + 1
    book.active.cell(row=k + 2, column=column).value = "=A1"
    world.spoilt.add(str(world.table["image"].iloc[k]))
    book.save(world.folder / "nodes.xlsx")


@spoils("xlsx: hidden rows")
def _(world: World) -> None:
    book = workbook(world)
    for k in world.rows(3):
        book.active.row_dimensions[k + 2].hidden = True
    book.save(world.folder / "nodes.xlsx")


@spoils("parquet: types of every sort")
def _(world: World) -> None:
    frame = world.table.copy()
    frame["age"] = frame["age"].astype(world.choose("int64", "Int64", "float32", "int8"))
    frame["sex"] = frame["sex"].astype(world.choose("category", "string", "object"))
    frame["pathology"] = frame["pathology"].astype(world.choose("category", "string", "object"))
    if world.rng.random() < 0.5:
        frame["smoker"] = frame["smoker"] == "yes"
    if world.rng.random() < 0.5:
        frame = frame.set_index("image")
    for column in ("marker", "pixel"):
        frame[column] = frame[column].astype(float)
    frame.to_parquet(world.folder / "nodes.parquet")
    world.data["table"] = "nodes.parquet"
    world.write_settings()
