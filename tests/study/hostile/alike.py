"""What is alike by mistake (copies, names, abbreviations), and numbers of another kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
from openpyxl import load_workbook

from tests.study.hostile.layouts import by_columns, initialised
from tests.study.hostile.registry import spoils
from tests.study.hostile.settings import features, write
from tests.study.hostile.tables import cell
from tests.study.hostile.world import World


@spoils("numbers: points between thousands")
def _(world: World) -> None:
    numbers = pd.Series(700.0 + 40 * np.arange(len(world.table))).to_numpy()
    world.table["age"] = [
        f"{n / 1000:.3f}" if n >= 1000 else f"{n:.0f}" for n in world.rng.permutation(numbers)
    ]
    world.truth["age"] = world.table["age"].astype(float).to_numpy()
    world.write()


@spoils("dates: written without signs")
def _(world: World) -> None:
    days = pd.Timestamp("2019-03-01") + pd.to_timedelta(world.truth["age"] * 9, unit="D")
    world.table["age"] = days.dt.strftime("%Y%m%d").to_numpy()
    world.truth["age"] = (days - days.min()).dt.days.astype(float)
    world.type_of("age")
    world.write()


@spoils("dates: one far from all others")
def _(world: World) -> None:
    days = pd.Timestamp("2019-03-01") + pd.to_timedelta(world.truth["age"] * 9, unit="D")
    world.table["age"] = days.dt.strftime("%Y-%m-%d").to_numpy()
    world.spoilt |= set(world.table["image"])  # the days count from another first one
    k = world.row(single=True)
    world.table.loc[k, "age"] = world.choose("1900-01-01", "1900-01-00", "1970-01-01", "9999-12-31")
    if world.table.loc[k, "age"] == "1900-01-00":
        world.table.loc[k, "age"] = "1899-12-30"
    world.type_of("age")
    world.write()


@spoils("categories: an abbreviation beside the word")
def _(world: World) -> None:
    column, word, short = world.choose(
        ("sex", "Female", "F"), ("sex", "Male", "M"), ("sex", "Male", "man"),
        ("vessels", "none", "no"), ("vessels", "none", "absent"),
    )  # fmt: skip
    for k in world.table.index[world.table[column] == word][:4]:
        cell(world, column, short, row=int(k))
    world.write()


@spoils("categories: a letter that looks like another")
def _(world: World) -> None:
    word = world.choose("Male", "Female")
    k = int(world.table.index[world.table["sex"] == word][0])
    cell(world, "sex", word.replace("a", "\u0430"), row=k)
    world.write()


@spoils("names: a patient with a letter that looks like another")
def _(world: World) -> None:
    several = world.table["person"][world.table["person"].duplicated()]
    held = str(world.choose(*[name for name in several if "0" in name or "1" in name]))
    k = int(several.index[several == held][0])
    odd = held.replace("0", "O", 1) if "0" in held else held.replace("1", "l", 1)
    cell(world, "person", odd, row=k)
    world.write()


@spoils("features: a row that was copied")
def _(world: World) -> None:
    frame = features(world)
    single = np.flatnonzero(~world.table["person"].duplicated(keep=False))
    first, second = (int(k) for k in world.rng.choice(single, 2, replace=False))
    frame.loc[second, frame.columns[1:]] = frame.loc[first, frame.columns[1:]].to_numpy()
    world.spoilt.add(str(world.table["image"].iloc[second]))
    write(world, frame)


@spoils("layout: columns of paths with the folder in them")
def _(world: World) -> None:
    by_columns(world)
    for column, folder in (("picture", "images"), ("drawing", "masks")):
        where = world.choose(
            f"C:\\data\\{folder}\\", f"/mnt/{folder}/", f"{folder}/", f"{folder}\\"
        )
        world.table[column] = where + world.table[column]
    if world.rng.random() < 0.5:
        initialised(world, "--image-column", "picture", "--mask-column", "drawing")
    else:
        world.write()


@spoils("numbers: a sign of percent behind each")
def _(world: World) -> None:
    levels = ["5%", "10%", "20%", "40%"]
    world.table["sex"] = [levels[k % 4] for k in range(len(world.table))]
    world.truth["sex"] = world.table["sex"].to_numpy()
    world.spoilt |= set(world.table["image"])  # views of a node differ now
    world.type_of("sex")
    world.write()


@spoils("names: shortened by a spreadsheet")
def _(world: World) -> None:
    names = world.table["person"].unique()
    base = int(world.rng.integers(2_023_000, 2_024_000)) * 10**5
    world.rename_patients({name: f"{base + 37 * k:.5E}" for k, name in enumerate(names)})
    world.spoilt |= set(world.table["image"])
    world.write()


@spoils("xlsx: percent beside plain numbers")
def _(world: World) -> None:
    numbers = 20.0 + np.arange(len(world.table))
    shown = world.rows(6)
    numbers[shown] /= 100
    world.table["marker"], world.truth["marker"] = numbers, numbers
    world.table["age"] = world.table["age"].astype(float)
    world.data["table"] = "nodes.xlsx"
    world.table.to_excel(world.folder / "nodes.xlsx", index=False)
    book = load_workbook(world.folder / "nodes.xlsx")
    column = list(world.table.columns).index("marker") + 1
    for k in shown:
        book.active.cell(k + 2, column).number_format = "0%"
    book.save(world.folder / "nodes.xlsx")
    world.write_settings()
