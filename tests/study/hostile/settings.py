"""study.yaml, and features that were measured elsewhere, that are a little wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.study.hostile.registry import spoils
from tests.study.hostile.tables import TRUE
from tests.study.hostile.world import World


def setting(world: World, key: str, value: object) -> None:
    """``data.positive`` and the like, written into study.yaml."""
    *path, last = key.split(".")
    place = world.settings
    for part in path:
        place = place.setdefault(part, {})
    place[last] = value
    world.write_settings()


@spoils("settings: a column twice, an id, the outcome")
def _(world: World) -> None:
    odd = world.choose("age", "pathology", "image", "person", "node", "case_id", "y_true")
    if odd in ("case_id", "y_true"):
        world.table[odd] = world.table["age"]
        world.write()
    setting(world, "data.clinical", ["age", odd])


@spoils("settings: a list, a huge number, a word")
def _(world: World) -> None:
    key, value = world.choose(
        ("data.positive", ["malignant", "benign"]),
        ("data.positive", True),
        ("data.case", 3),
        ("data.unit", "lesion"),
        ("data.pixel_size_mm", float("nan")),
        ("data.pixel_size_mm", [0.2]),
        ("evaluation.n_resamples", 10**10),
        ("evaluation.n_resamples", "many"),
        ("models.folds", "two"),
        ("models.folds", -1),
        ("models.folds", 10**9),
        ("seed", -1),
        ("seed", 1.5),
        ("max_failed", float("inf")),
        ("features.radiomics.bin_width", -25),
        ("features.radiomics.classes", ["shape", "texture"]),
        ("data.clinical", "age"),
        ("data.clinical", [{"column": "age", "type": "integer"}]),
        ("data.negative", "benign"),
        ("schema", 3),
    )
    setting(world, key, value)


@spoils("settings: a key unknown or twice")
def _(world: World) -> None:
    path = world.folder / "study.yaml"
    text = path.read_text()
    path.write_text(
        world.choose(
            text + "sed: 4\n",
            text + "schema: 2\n",
            text.replace("  unit: node\n", "  unti: node\n"),
            text.replace("  unit: node\n", "  unit: node\n  unit: image\n"),
            text.replace("  unit: node\n", "  unit:node\n"),
            text.replace("  unit: node\n", "\tunit: node\n"),
            text.replace("  positive: malignant\n", ""),
        )
    )


@spoils("settings: the case as patient")
def _(world: World) -> None:
    world.data["patient"] = "image"
    world.data["unit"] = world.choose("image", "patient")
    world.truth["patient_id"] = world.truth.index
    world.write_settings()


@spoils("settings: nested too deep, aliases")
def _(world: World) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + k)}: &{chr(98 + k)} [*{chr(97 + k)}, *{chr(97 + k)}]\n" for k in range(20)
    )
    deep = "a: " + "[" * 2000 + "]" * 2000
    (world.folder / "study.yaml").write_text(world.choose(bomb, deep, "{a: " * 50 + "1" + "}" * 50))


@spoils("settings: a column that no figure can show")
def _(world: World) -> None:
    name = world.choose("a$\\foo$", "age\n(years)", "age\x07", "$age")
    world.table = world.table.rename(columns={"age": name})
    world.data["clinical"] = [name, "marker"]
    world.write()


@spoils("settings: a path that is not there, or no folder")
def _(world: World) -> None:
    key, value = world.choose(
        ("images", "pictures"),
        ("images", "nodes.csv"),
        ("masks", "study.yaml"),
        ("images", ""),
        ("table", "images"),
        ("table", "case.csv"),
        ("table", "nodes.xls"),
        ("images", "a\0b"),
        ("table", "x" * 300 + ".csv"),
    )
    setting(world, f"data.{key}", value)


@spoils("settings: too rare an outcome")
def _(world: World) -> None:
    kept = world.table.loc[world.table["pathology"] == TRUE, "person"].unique()[:2]
    sick = world.table["person"].isin(kept)
    world.table["pathology"] = np.where(sick, TRUE, "benign")
    world.settings["models"]["folds"] = 3
    world.write()


# features that were measured elsewhere


def features(world: World) -> pd.DataFrame:
    return pd.read_csv(world.folder / "features.csv", dtype=object)


def write(world: World, frame: pd.DataFrame, **options: object) -> None:
    frame.to_csv(world.folder / "features.csv", index=False, **options)  # type: ignore[call-overload]
    world.write()


@spoils("features: a case twice or without name")
def _(world: World) -> None:
    frame = features(world)
    first, second = world.rows(2)
    frame.loc[first, "image"] = world.choose(frame.loc[second, "image"], "", " ")
    write(world, frame)


@spoils("features: a word or a decimal comma")
def _(world: World) -> None:
    frame = features(world)
    column = world.choose(*frame.columns[1:])
    odd = world.choose("n.d.", "failed", "0,5", "1 2", "None or so", "--")
    frame.loc[world.row(), column] = odd
    write(world, frame)


@spoils("features: a case without a row")
def _(world: World) -> None:
    k = world.row(single=True)
    world.spoilt.add(str(world.table["image"].iloc[k]))
    frame = features(world)
    if world.rng.random() < 0.5:
        write(world, frame.drop(index=k))
    else:
        frame.loc[k, "image"] = "x" + frame.loc[k, "image"]
        write(world, frame)


@spoils("features: a row of no case")
def _(world: World) -> None:
    frame = features(world)
    frame.loc[len(frame)] = ["case999", *frame.iloc[0, 1:]]
    write(world, frame)


@spoils("features: infinite values")
def _(world: World) -> None:
    frame = features(world)
    k = world.row()
    world.spoilt.add(str(world.table["image"].iloc[k]))
    frame.loc[k, world.choose(*frame.columns[1:])] = world.choose("inf", "-inf", "1e999")
    write(world, frame)


@spoils("features: running numbers")
def _(world: World) -> None:
    frame = features(world)
    write(world, frame.assign(index=np.arange(len(frame)) + int(world.rng.integers(50))))


@spoils("features: a path, a version, the outcome")
def _(world: World) -> None:
    frame = features(world)
    odd = {
        "diagnostics_Versions_Numpy": "1.26",
        "Image": "C:/images/a.nrrd",
        "pathology": world.table["pathology"],
        "person": np.arange(len(frame)),
        "device": 1,
    }
    name = world.choose(*odd)
    write(world, frame.assign(**{name: odd[name]}))


@spoils("features: one that nearly is the outcome")
def _(world: World) -> None:
    sick = (world.table["pathology"] == TRUE).to_numpy()
    values = world.rng.uniform(1, 3, sick.size) + 3 * sick
    values[int(world.rng.choice(np.flatnonzero(sick)))] = np.sort(values[~sick])[-3]
    write(world, features(world).assign(glcm_F9=values.round(4)))


@spoils("features: one that is the outcome")
def _(world: World) -> None:
    sick = (world.table["pathology"] == TRUE).to_numpy()
    values = world.rng.uniform(1, 3, sick.size) + 3 * sick
    write(world, features(world).assign(glcm_F9=values.round(4)))


@spoils("features: rows in another order, names as written")
def _(world: World) -> None:
    names = [f"{k // 10}.{k % 10}0" if k % 2 else f"00{k}" for k in range(len(world.table))]
    frame = features(world)
    frame["image"] = names
    world.rename_cases(dict(zip(world.table["image"], names, strict=True)))
    frame = frame.iloc[world.rng.permutation(len(frame))]
    write(world, frame, sep=world.choose(",", ";", "\t"))
