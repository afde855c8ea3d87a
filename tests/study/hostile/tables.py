"""Outcomes, columns of types and leaks that are a little wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.study.hostile.registry import spoils
from tests.study.hostile.world import World

WORDS = ("not available", "unknown", "?", ".", "-", "pending", "ca. 60", "50-60", "n.d.")
BLANK = ("", " ", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null")
TRUE, FALSE = "malignant", "benign"


def cell(world: World, column: str, value: str, *, row: int | None = None) -> str:
    """Put a value into one cell of a node with one image; its case counts as spoilt."""
    k = world.row(single=True) if row is None else row
    world.table.loc[k, column] = value
    case = str(world.table["image"].iloc[k])
    world.spoilt.add(case)
    return case


def coded(world: World, positive: object, negative: object) -> None:
    """The outcome in other words."""
    world.table["pathology"] = np.where(world.table["pathology"] == TRUE, positive, negative)
    world.data["positive"] = str(positive)


@spoils("outcome: spelling with other capitals")
def _(world: World) -> None:
    k = world.row()
    held = world.table.loc[k, "pathology"]
    odd = world.choose(held.upper(), held.title(), f" {held.title()} ", held[:3].upper() + held[3:])
    cell(world, "pathology", odd, row=k)
    if world.rng.random() < 0.5:
        world.data["negative"] = [FALSE]
    world.write()


@spoils("outcome: a third value, not listed")
def _(world: World) -> None:
    odd = world.choose("unknown", "?", "99", "n.a.", "-", "indeterminate", "malignant?", "0", "M")
    for k in world.rows(int(world.rng.integers(1, 4))):
        cell(world, "pathology", odd, row=k)
    world.write()


@spoils("outcome: a third value beside listed ones")
def _(world: World) -> None:
    cell(world, "pathology", world.choose("unknown", "?", "99", "n.a.", "-", "suspicious"))
    world.data["negative"] = [FALSE]
    world.write()


@spoils("outcome: a third value that is listed")
def _(world: World) -> None:
    rows = world.table.index[world.table["pathology"] == FALSE]
    odd = world.choose("normal", "reactive", "0", "n.d.")
    world.table.loc[world.rng.choice(rows, 3, replace=False), "pathology"] = odd
    world.data["negative"] = [FALSE, odd]
    world.write()


@spoils("outcome: positive that never occurs")
def _(world: World) -> None:
    world.data["positive"] = world.choose("Malignant", "metastasis", "1", "malignant ")
    world.write()


@spoils("outcome: blank cells")
def _(world: World) -> None:
    for k in world.rows(2):
        cell(world, "pathology", world.choose(*BLANK, "\u3000", "\u00a0"), row=k)
    world.write()


@spoils("outcome: blanks around it")
def _(world: World) -> None:
    for k in world.rows(6):
        held = world.table.loc[k, "pathology"]
        world.table.loc[k, "pathology"] = world.choose(f"{held} ", f" {held}", f"{held}\u00a0")
    world.write()


@spoils("outcome: a sign that nobody sees")
def _(world: World) -> None:
    k = world.row()
    held = world.table.loc[k, "pathology"]
    cell(world, "pathology", held + world.choose("\u200b", "\u00ad", "\ufeff", "\u200e"), row=k)
    world.write()


@spoils("outcome: full-width letters")
def _(world: World) -> None:
    for k in world.rows(5):
        held = world.table.loc[k, "pathology"]
        world.table.loc[k, "pathology"] = "".join(chr(ord(sign) + 0xFEE0) for sign in held)
    world.write()


@spoils("outcome: coded 1 and 0")
def _(world: World) -> None:
    coded(world, "1", "0")
    world.write()


@spoils("outcome: coded 1.0 and 0.0, some blank")
def _(world: World) -> None:
    coded(world, "1.0", "0.0")
    cell(world, "pathology", world.choose(*BLANK))
    world.data["positive"] = "1"
    world.write()


@spoils("outcome: TRUE and FALSE")
def _(world: World) -> None:
    coded(world, *world.choose(("TRUE", "FALSE"), ("True", "False"), ("true", "false")))
    world.data["positive"] = "True"
    world.write()


@spoils("outcome: different ones in one node")
def _(world: World) -> None:
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    cell(world, "pathology", FALSE if world.table.loc[k, "pathology"] == TRUE else TRUE, row=k)
    world.write()


@spoils("outcome: one class only")
def _(world: World) -> None:
    world.table["pathology"] = TRUE
    world.write()


@spoils("numbers: a word among them")
def _(world: World) -> None:
    cell(world, world.choose("age", "marker"), world.choose(*WORDS))
    world.write()


@spoils("numbers: a declared word among them")
def _(world: World) -> None:
    word = world.choose(*WORDS)
    column = world.choose("age", "marker")
    cell(world, column, word)
    cell(world, column, word.upper())
    world.type_of(column, type="number", missing=[word])
    world.write()


@spoils("numbers: blank cells in many spellings")
def _(world: World) -> None:
    for _ in range(3):
        cell(world, world.choose("age", "marker"), world.choose(*BLANK, "None"))
    world.write()


@spoils("numbers: a unit behind one")
def _(world: World) -> None:
    column = world.choose("age", "marker")
    k = world.row(single=True)
    held = world.table.loc[k, column]
    cell(world, column, held + world.choose(" y", "ng/ml", " %", "a", "*", "?"), row=k)
    world.write()


@spoils("numbers: an error of Excel")
def _(world: World) -> None:
    cell(world, "marker", world.choose("#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "####"))
    world.write()


@spoils("numbers: infinity")
def _(world: World) -> None:
    cell(world, world.choose("age", "marker"), world.choose("inf", "-inf", "Infinity", "1e999"))
    world.write()


@spoils("numbers: another minus sign, or a fraction")
def _(world: World) -> None:
    cell(world, "marker", world.choose("\u22121.5", "\u20131.5", "½", "1/2", "1.5.2", "1 5"))
    world.write()


@spoils("numbers: below a limit")
def _(world: World) -> None:
    cell(world, "marker", world.choose("<0.20", "< 0.5", "<0,20"))
    world.write()


@spoils("numbers: below a limit, declared")
def _(world: World) -> None:
    k = world.row(single=True)
    how = world.choose("value", "half")
    world.table.loc[k, "marker"] = "<0.20"
    world.truth.loc[world.table.loc[k, "image"], "marker"] = 0.2 if how == "value" else 0.1
    world.type_of("marker", type="number", below=how)
    world.write()


@spoils("numbers: decimal commas throughout")
def _(world: World) -> None:
    world.table["marker"] = world.table["marker"].str.replace(".", ",", regex=False)
    world.write(sep=world.choose(",", ";", "\t"))


@spoils("numbers: decimal commas beside points")
def _(world: World) -> None:
    for k in world.rows(int(world.rng.integers(1, 20))):
        world.table.loc[k, "marker"] = world.table.loc[k, "marker"].replace(".", ",")
    world.write(sep=world.choose(",", ";"))


@spoils("numbers: signs of thousands")
def _(world: World) -> None:
    world.table["marker"] = [f"{int(v):,}" for v in world.rng.uniform(1000, 9000, len(world.table))]
    world.write()


@spoils("numbers: decimal commas among whole numbers")
def _(world: World) -> None:
    k = world.row(single=True)
    world.table.loc[k, "age"] = "52,5"
    world.truth.loc[world.table.loc[k, "image"], "age"] = 52.5
    world.write(sep=world.choose(",", ";"))


@spoils("numbers: a declared word that never occurs")
def _(world: World) -> None:
    world.type_of("marker", type="number", missing=[world.choose("not avialable", "unknown", "-1")])
    world.write()


@spoils("numbers: full-width digits")
def _(world: World) -> None:
    for k in world.rows(6):
        held = world.table.loc[k, "marker"]
        world.table.loc[k, "marker"] = "".join(chr(ord(sign) + 0xFEE0) for sign in held)
    world.write()


@spoils("numbers: as powers of ten")
def _(world: World) -> None:
    for k in world.rows(6):
        world.table.loc[k, "marker"] = f"{float(world.table.loc[k, 'marker']):.2e}"
    world.write()


@spoils("numbers: a code for missing (999)")
def _(world: World) -> None:
    column, odd = world.choose(("age", "999"), ("age", "9999"), ("marker", "99"), ("marker", "999"))
    cell(world, column, odd)
    cell(world, column, odd)
    world.write()


@spoils("numbers: a negative code for missing (-1)")
def _(world: World) -> None:
    cell(world, world.choose("age", "marker"), world.choose("-1", "-9", "-99", "-999"))
    world.write()


@spoils("numbers: codes of groups")
def _(world: World) -> None:
    codes = {level: str(k + 1) for k, level in enumerate(["hilar", "mixed", "peripheral", "none"])}
    world.table["vessels"] = world.table["vessels"].map(codes)
    world.truth["vessels"] = world.table["vessels"].astype(float).to_numpy()
    world.type_of("vessels", **world.choose({}, {"type": "number"}))
    world.write()


@spoils("numbers: one value throughout")
def _(world: World) -> None:
    world.table["age"] = "50"
    world.truth["age"] = 50.0
    world.write()


@spoils("numbers: running numbers")
def _(world: World) -> None:
    start = int(world.rng.integers(1, 200))
    world.table["age"] = [str(start + k) for k in range(len(world.table))]
    world.truth["age"] = world.table["age"].astype(float).to_numpy()
    world.write()


@spoils("numbers: different ones in one node")
def _(world: World) -> None:
    column = world.choose("age", "marker")
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    cell(world, column, str(float(world.table.loc[k, column]) + 1), row=k)
    world.write()


@spoils("categories: different ones in one node")
def _(world: World) -> None:
    column = world.choose("sex", "vessels")
    k = int(world.rng.choice(np.flatnonzero(world.table["person"].duplicated())))
    others = world.table[column].unique().tolist()
    others.remove(world.table.loc[k, column])
    cell(world, column, world.choose(*others), row=k)
    world.write()


@spoils("0/1: a third value, declared 0/1")
def _(world: World) -> None:
    cell(world, "smoker", world.choose("2", "9", "former", "unknown", "?"))
    world.type_of("smoker", type="0/1")
    world.write()


@spoils("0/1: a third value, not declared")
def _(world: World) -> None:
    if world.rng.random() < 0.5:
        world.table["smoker"] = world.table["smoker"].map({"yes": "1", "no": "0"})
        cell(world, "smoker", world.choose("2", "9", "-1"))
    else:
        cell(world, "smoker", world.choose("former", "unknown", "2", "9", "?"))
    world.spoilt |= set(world.table["image"])  # the column is read as another type
    world.type_of("smoker")
    world.write()


@spoils("0/1: written in several ways")
def _(world: World) -> None:
    yes, no = ("Yes", "1", "true", "y", "YES "), ("No", "0", "FALSE", "n", " no")
    world.table["smoker"] = [
        world.choose(*(yes if held == "yes" else no)) for held in world.table["smoker"]
    ]
    world.type_of("smoker", type="0/1")
    world.write()


@spoils("dates: as dates")
def _(world: World) -> None:
    days = pd.Timestamp("2019-03-01") + pd.to_timedelta(world.truth["age"] * 9, unit="D")
    world.table["age"] = days.dt.strftime("%Y-%m-%d").to_numpy()
    world.truth["age"] = (days - days.min()).dt.days.astype(float)
    world.type_of("age", **world.choose({}, {"type": "date"}))
    world.write()


@spoils("dates: one that is none, declared")
def _(world: World) -> None:
    days = pd.Timestamp("2019-03-01") + pd.to_timedelta(world.truth["age"], unit="D")
    world.table["age"] = days.dt.strftime("%Y-%m-%d").to_numpy()
    cell(world, "age", world.choose("2019-02-30", "20190230", "43525", "March 2019", "2019"))
    world.type_of("age", type="date")
    world.write()


@spoils("dates: in words of a country")
def _(world: World) -> None:
    days = pd.Timestamp("2019-03-01") + pd.to_timedelta(world.truth["age"] * 9, unit="D")
    form = world.choose("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%y", "%d %b %Y")
    world.table["age"] = days.dt.strftime(form).to_numpy()
    world.type_of("age")
    world.write()


@spoils("categories: spelling with other capitals")
def _(world: World) -> None:
    column = world.choose("sex", "vessels", "device")
    k = world.row(single=True)
    held = world.table.loc[k, column]
    cell(world, column, world.choose(held.swapcase(), f"{held.swapcase()} "), row=k)
    world.write()


@spoils("categories: a level that hardly anyone has")
def _(world: World) -> None:
    column, odd = world.choose(("sex", "Femal"), ("sex", "X"), ("vessels", "perip"), ("sex", "1"))
    cell(world, column, odd)
    world.write()


@spoils("categories: a level that stands for no value")
def _(world: World) -> None:
    column = world.choose("sex", "vessels")
    odd = world.choose("unknown", "not available", "?", "-", "n.a.", "missing", "not done")
    for k in world.rows(5):
        cell(world, column, odd, row=k)
    world.write()


@spoils("categories: too many levels")
def _(world: World) -> None:
    names = [f"type {chr(65 + k // 2)}" for k in range(len(world.table))]
    world.table["vessels"] = names
    world.write()


@spoils("categories: merged levels")
def _(world: World) -> None:
    world.type_of("vessels", type="category", merge={"outside": ["mixed", "Peripheral"]})
    joined = {"mixed": "outside", "peripheral": "outside"}
    world.truth["vessels"] = world.truth["vessels"].replace(joined)
    world.write()


@spoils("categories: merged levels that never occur")
def _(world: World) -> None:
    odd = world.choose("mixd", "avascular", "hilar or mixed")
    world.type_of("vessels", type="category", merge={"outside": [odd, "peripheral"]})
    world.truth["vessels"] = world.truth["vessels"].replace({"peripheral": "outside"})
    world.write()


@spoils("categories: text like a formula")
def _(world: World) -> None:
    odd = world.choose("=1+1", "+cmd", "-A1", "@SUM(A1)")
    world.table["vessels"] = world.table["vessels"].replace({"mixed": odd})
    world.truth["vessels"] = world.truth["vessels"].replace({"mixed": odd})
    world.write()


@spoils("grades: capitals")
def _(world: World) -> None:
    for k in world.rows(12):
        world.table.loc[k, "birads"] = world.table.loc[k, "birads"].upper()
    if world.rng.random() < 0.5:
        world.table["birads"] = "BI-RADS " + world.table["birads"]
    world.write()


@spoils("grades: 4 beside 4a")
def _(world: World) -> None:
    k = world.row(single=True)
    grade, said = world.choose(("4", {}), ("4", {"type": "ordered"}))
    cell(world, "birads", grade, row=k)
    world.spoilt |= set(world.table["image"])  # the ranks above it rise by one
    world.type_of("birads", **said)
    world.write()


@spoils("grades: two scales, declared ordered")
def _(world: World) -> None:
    cell(world, "birads", world.choose("TR4", "C3", "BI-RADS 4a", "high", "4d", "4a/5"))
    world.type_of("birads", type="ordered")
    world.write()


@spoils("grades: a level that the list lacks")
def _(world: World) -> None:
    world.type_of("birads", type="ordered", levels=["3", "4a", "4b", "4c"])
    world.write()


@spoils("leaks: a column of the outcome")
def _(world: World) -> None:
    sick = world.table["pathology"] == TRUE
    if world.rng.random() < 0.5:
        world.table["marker"] = np.where(sick, "8260/3", "8010/0")
        world.type_of("marker")
    else:
        noise = world.rng.random(len(sick)) + 5 * sick
        world.table["marker"] = [f"{value:.3f}" for value in noise]
    world.write()


@spoils("leaks: a column that nearly is")
def _(world: World) -> None:
    sick = (world.table["pathology"] == TRUE).to_numpy()
    values = world.rng.uniform(1, 3, sick.size) + 3 * sick
    k = int(world.rng.choice(np.flatnonzero(sick)))
    values[k] = np.sort(values[~sick])[-3]  # below two of them
    world.table["marker"] = [f"{value:.3f}" for value in values]
    world.truth["marker"] = world.table["marker"].astype(float).to_numpy()
    world.write()


@spoils("leaks: a level with one outcome only")
def _(world: World) -> None:
    alone = (world.table["pathology"] == world.choose(TRUE, FALSE)).to_numpy()
    rows = np.flatnonzero(alone)
    levels = np.resize(["hilar", "mixed"], alone.size).astype(object)
    levels[rows[:-2]] = "peripheral"  # the last two as all others, so that no area is near 1
    levels[rows[-2:]] = ["hilar", "mixed"]
    world.table["vessels"] = world.truth["vessels"] = levels
    world.write()


@spoils("leaks: missing with one outcome only")
def _(world: World) -> None:
    alone = world.table["pathology"] == world.choose(TRUE, FALSE)
    values = world.table.loc[alone, "marker"].astype(float).sort_values()
    middle = values.index[5:7]  # are known, and lie among all others
    for k in values.index.difference(middle):
        cell(world, "marker", "", row=int(k))
    world.write()
