"""A clean small study as files and as what must be read from them; a copy of it is spoilt."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from radln.features.table import FeatureTable
from radln.io.images import write_png
from radln.study.assemble import with_lost
from radln.study.check import CheckReport
from radln.study.core import Study
from radln.study.intake import take_in

SHAPE = (48, 64)
N_PATIENTS, BLOCKY = 16, 4  # patients; images of 8 x 8 blocks at the end, exact as JPEG
COLUMNS = {
    "age": "number",
    "marker": "number",
    "sex": "category",
    "vessels": "category",
    "birads": "ordered",
    "smoker": "0/1",
}
FEATURES: dict[str, Any] = {
    "deep": None,
    "radiomics": {"wavelet": False, "log_sigma": [], "classes": ["shape", "firstorder", "glcm"]},
}
REST: dict[str, Any] = {
    "models": {"folds": 2, "repeats": 1, "inner_folds": 2, "max_features": 4},
    "evaluation": {"n_resamples": 100},
}
SETTINGS: dict[str, Any] = {
    "schema": 2,
    "name": "clean",
    "data": {
        "table": "nodes.csv",
        "images": "images",
        "masks": "masks",
        "mask_name": {"suffix": "_mask"},
        "case": "image",
        "patient": "person",
        "node": "node",
        "outcome": "pathology",
        "positive": "malignant",
        "unit": "node",
        "site": "device",
        "pixel_size_mm": "pixel",
        "clinical": [{"column": name, "type": kind} for name, kind in COLUMNS.items()],
    },
    "features": FEATURES,
    **REST,
}
WITHOUT_IMAGES = {
    **{k: v for k, v in SETTINGS.items() if k != "features"},
    "data": {
        **{k: v for k, v in SETTINGS["data"].items() if k not in ("images", "masks", "mask_name")},
        "features": "features.csv",
        "pixel_size_mm": None,
    },
    "features": {"deep": None},
    "evaluation": {
        **REST["evaluation"],
        "primary": {"full": "combined_logistic", "simple": "clinical_logistic"},
        "ladder": [],
    },
}


def drawn(rng: np.random.Generator, *, blocky: bool) -> tuple[np.ndarray, np.ndarray]:
    """A grey ellipse on speckle, and its mask (0 and 255)."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    centre = np.array(SHAPE) / 2 + rng.uniform(-3, 3, 2)
    long, short = rng.uniform(13, 16), rng.uniform(8, 11)
    region = np.hypot((x - centre[1]) / long, (y - centre[0]) / short) <= 1
    grey = 120 + 25 * rng.standard_normal(SHAPE) - 35 * region
    if blocky:
        grey = np.kron(grey[4::8, 4::8], np.ones((8, 8)))
    return np.clip(grey, 0, 250).astype(np.uint8), region.astype(np.uint8) * 255


def clean_table(rng: np.random.Generator) -> pd.DataFrame:
    """One row an image; every second patient has two views of the node. All cells are text."""
    patients = pd.DataFrame(
        {
            "person": [f"P{p:02d}" for p in range(N_PATIENTS)],
            "node": "n1",
            "pathology": rng.permutation(["malignant", "benign"] * (N_PATIENTS // 2)),
            "age": rng.permutation(np.arange(31, 31 + 3 * N_PATIENTS, 3)).astype(str),
            "marker": [f"{value:.2f}" for value in rng.uniform(0.5, 9.5, N_PATIENTS)],
            "sex": rng.permutation(["Male", "Female"] * (N_PATIENTS // 2)),
            "vessels": rng.permutation(["hilar", "mixed", "peripheral", "none"] * 4),
            "birads": rng.permutation(["3", "4a", "4b", "5"] * 4),
            "smoker": rng.permutation(["yes", "no"] * (N_PATIENTS // 2)),
            "device": rng.permutation(["A", "B"] * (N_PATIENTS // 2)),
            "pixel": "0.25",
        }
    )
    views = patients.loc[np.repeat(np.arange(N_PATIENTS), [2, 1] * (N_PATIENTS // 2))]
    views.insert(0, "image", [f"case{k:03d}" for k in range(len(views))])
    return views.astype(object).reset_index(drop=True)


@dataclass(frozen=True)
class Twin:
    """A clean study: its folder, and what is read of it."""

    folder: Path
    truth: pd.DataFrame
    features: pd.DataFrame
    counts: dict[str, int]


def measured(study: Study) -> FeatureTable:
    """The features, by extraction or from the study's file."""
    if study.settings.data.images is not None:
        return study.extract().table
    intake = take_in(study.settings.data)
    assert intake.measured is not None
    return with_lost(intake.measured, intake.lost)


def counted(report: CheckReport) -> dict[str, int]:
    """How often each condition was met."""
    return {finding.code: finding.count for finding in report.findings}


def make_twin(folder: Path, *, images: bool = True, seed: int = 7) -> Twin:
    """Write a clean study, read it and fill its cache."""
    rng = np.random.default_rng(seed)
    table = clean_table(rng)
    folder.mkdir(parents=True)
    if images:
        for k, name in enumerate(table["image"]):
            image, mask = drawn(rng, blocky=k >= len(table) - BLOCKY)
            write_png(folder / "images" / f"{name}.png", image)
            write_png(folder / "masks" / f"{name}_mask.png", mask)
    else:
        values = rng.normal(10, 3, (len(table), 5)).round(4)
        names = [f"glcm_F{k}" for k in range(4)] + ["node_long_axis_mm"]
        frame = pd.DataFrame(values, columns=names)
        frame.insert(0, "image", table["image"])
        frame.to_csv(folder / "features.csv", index=False)
    table.to_csv(folder / "nodes.csv", index=False)
    held = SETTINGS if images else WITHOUT_IMAGES
    (folder / "study.yaml").write_text(yaml.safe_dump(held, sort_keys=False))
    study = Study.from_yaml(folder)
    report = study.check()
    assert not report.stopped, report.summary()
    rows = take_in(study.settings.data).rows
    truth = rows[["patient_id", "node", "y_true", "site", *COLUMNS]].copy()
    truth["y_true"] = study.settings.data.asked.take(rows["y_true"]).astype(float)
    return Twin(folder, truth, measured(study).values, counted(report))


@dataclass
class World:
    """A copy of a clean study to spoil.

    ``truth`` is what must be read of every case, ``spoilt`` the cases whose numbers may differ,
    ``names`` the twin's case of a case that has another name now, ``options`` what `init` is
    called with (None: study.yaml is there).
    """

    folder: Path
    twin: Twin
    rng: np.random.Generator
    table: pd.DataFrame
    settings: dict[str, Any]
    truth: pd.DataFrame
    spoilt: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    options: list[str] | None = None
    said: str = ""

    @classmethod
    def copy_of(cls, twin: Twin, folder: Path, rng: np.random.Generator) -> World:
        """Files, table and settings as they are."""
        shutil.copytree(twin.folder, folder)
        table = pd.read_csv(folder / "nodes.csv", dtype=object, keep_default_na=False)
        held = yaml.safe_load((folder / "study.yaml").read_text())
        if rng.random() < 0.5:  # types as `init` writes them, or as they seem to be
            held["data"]["clinical"] = list(COLUMNS)
        world = cls(folder, twin, rng, table, held, twin.truth.copy())
        world.write_settings()
        return world

    @property
    def data(self) -> dict[str, Any]:
        """The settings of the data."""
        held: dict[str, Any] = self.settings["data"]
        return held

    @property
    def nodes(self) -> Path:
        """The table's file."""
        return self.folder / str(self.data["table"])

    def choose(self, *options: Any) -> Any:
        """One of these, by chance."""
        return options[int(self.rng.integers(len(options)))]

    def row(self, *, single: bool = False) -> int:
        """Any row of the table; of a patient with one image, where that is asked for."""
        rows = np.arange(len(self.table))
        if single:
            rows = rows[(~self.table["person"].duplicated(keep=False)).to_numpy()]
        return int(self.rng.choice(rows))

    def rows(self, n: int) -> list[int]:
        """Some rows."""
        return [int(k) for k in self.rng.choice(len(self.table), n, replace=False)]

    def case(self, *, blocky: bool = False) -> str:
        """Any case; one whose image is exact as JPEG, where that is asked for."""
        first = len(self.table) - BLOCKY if blocky else 0
        return str(self.table["image"].iloc[int(self.rng.integers(first, len(self.table)))])

    def image(self, case: str) -> Path:
        """Its file."""
        return self.folder / "images" / f"{case}.png"

    def mask(self, case: str) -> Path:
        """Its file."""
        return self.folder / "masks" / f"{case}_mask.png"

    def instead(self, path: Path, ending: str) -> Path:
        """The file's name with another ending; the file itself is gone."""
        path.unlink()
        return path.with_name(path.name.removesuffix(".png") + ending)

    def type_of(self, column: str, **declared: Any) -> None:
        """What data.clinical says of a column; nothing but its name without ``declared``."""
        others = [c for c in self.data["clinical"] if c != column and column not in _named(c)]
        here = {"column": column, **declared} if declared else column
        self.data["clinical"] = [*others, here]

    def write_settings(self) -> None:
        """study.yaml as the settings are."""
        (self.folder / "study.yaml").write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def write(self, **options: Any) -> None:
        """Table and study.yaml as they are."""
        self.table.to_csv(self.folder / "nodes.csv", index=False, **options)
        self.write_settings()

    def text(self, change: Callable[[str], str]) -> None:
        """The csv with its text changed."""
        with (self.folder / "nodes.csv").open("w", newline="") as file:
            file.write(change(self.table.to_csv(index=False, lineterminator="\n")))
        self.write_settings()

    def rename_cases(self, names: dict[str, str]) -> None:
        """Cases and their files under other names; as written, they are other cases."""
        for old, new in names.items():
            for path, ending in ((self.image(old), ""), (self.mask(old), "_mask")):
                if path.exists():
                    path.rename(path.with_name(f"{new}{ending}.png"))
            self.names[new] = old
        self.table["image"] = self.table["image"].replace(names)

    def rename_patients(self, names: dict[str, str]) -> None:
        """Patients under other names."""
        self.table["person"] = self.table["person"].replace(names)
        self.truth["patient_id"] = self.truth["patient_id"].replace(names)


def _named(item: object) -> tuple[str, ...]:
    return (str(item["column"]),) if isinstance(item, dict) else ()


def pixels(path: Path) -> np.ndarray:
    """What a picture holds."""
    with Image.open(path) as picture:
        return np.asarray(picture).copy()


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """What is printed, kept."""
    held = io.StringIO()
    with contextlib.redirect_stdout(held), contextlib.redirect_stderr(held):
        yield held
