"""A small study as files: drawn nodes, odd ids that can be searched for, a few seconds a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from radln.imaging.fingerprint import fingerprint
from radln.io.images import read_image, write_png
from tests.conftest import REPOSITORY

SHAPE = (64, 80)
N_PATIENTS = 26
SETTINGS: dict[str, Any] = {
    "schema": 2,
    "name": "small",
    "seed": 3,
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
        "clinical": ["age", "border"],
        "readers": [{"column": "expert", "cut": 4}, {"column": "trainee", "cut": 3}],
    },
    "features": {
        "radiomics": {"wavelet": False, "log_sigma": [], "classes": ["shape", "firstorder", "glcm"]}
    },
    "models": {"folds": 2, "repeats": 1, "inner_folds": 2, "max_features": 5},
    "evaluation": {"n_resamples": 100},
}


def draw_node(rng: np.random.Generator, risk: float) -> tuple[np.ndarray, np.ndarray]:
    """A grey ellipse on speckle; it grows and darkens with the risk."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    long, short = 16 + rng.normal(0, 2), 8 + 1.2 * risk + rng.normal(0, 1)
    centre = np.array(SHAPE) / 2 + rng.uniform(-4, 4, 2)
    radius = np.hypot((x - centre[1]) / long, (y - centre[0]) / max(short, 4))
    region = radius <= 1
    grey = 120 + 25 * rng.standard_normal(SHAPE) - (30 + 6 * risk) * region
    return np.clip(grey, 0, 255).astype(np.uint8), region


def node_table(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """One row an image: every fourth patient has two nodes, every sixth a second view."""
    rows = []
    for p in range(N_PATIENTS):
        for node in range(1 + (p % 4 == 0)):
            for _view in range(1 + (p % 6 == 1)):
                rows.append({"person": f"WPT-{p:03d}", "node": f"n{node}", "p": p})
    table = pd.DataFrame(rows)
    table.insert(0, "image", [f"ZQX-{k:04d}" for k in range(len(table))])
    key = table["person"] + table["node"]
    of_node = pd.Series(rng.standard_normal(key.nunique()), index=key.unique())
    risk = of_node.loc[key].to_numpy()
    truth = (of_node + 0.6 * rng.standard_normal(len(of_node)) > 0).loc[key].to_numpy()
    table["pathology"] = np.where(truth, "malignant", "benign")
    table["histology_code"] = np.where(truth, "8260/3", "8010/0")
    table["age"] = (50 + 5 * risk + rng.normal(0, 10, len(table))).round()
    table["border"] = np.where(risk + rng.normal(0, 1, len(table)) > 0.3, "irregular", "smooth")
    table["device"] = np.where(table["p"] % 2 == 0, "A", "B")
    table["pixel"] = 0.2
    table["expert"] = np.digitize(risk + rng.normal(0, 0.7, len(table)), [-1, -0.3, 0.3, 1]) + 1
    table["trainee"] = np.digitize(risk + rng.normal(0, 2, len(table)), [-1, -0.3, 0.3, 1]) + 1.0
    table.loc[table["p"] == 5, "trainee"] = np.nan
    return table.drop(columns="p"), risk


@dataclass(frozen=True)
class SmallStudy:
    """A study's folder, with ways to spoil it."""

    folder: Path

    @property
    def yaml(self) -> Path:
        return self.folder / "study.yaml"

    @property
    def out(self) -> Path:
        return self.folder / "results"

    def table(self) -> pd.DataFrame:
        file = self.folder / "nodes.csv"
        wide = file.read_bytes().startswith(b"\xff\xfe")
        return pd.read_csv(file, encoding="utf-16" if wide else "utf-8")

    def write_table(self, table: pd.DataFrame) -> None:
        table.to_csv(self.folder / "nodes.csv", index=False)

    def write_utf16(self) -> None:
        """The same table in an encoding that is read, and said."""
        self.table().to_csv(self.folder / "nodes.csv", index=False, encoding="utf-16")

    def settings(self) -> dict[str, Any]:
        held: dict[str, Any] = yaml.safe_load(self.yaml.read_text())
        return held

    def set(self, **changes: object) -> None:
        """``data__positive="x"`` sets data.positive."""
        held = self.settings()
        for key, value in changes.items():
            *path, last = key.split("__")
            at = held
            for part in path:
                at = at.setdefault(part, {})
            at[last] = value
        self.yaml.write_text(yaml.safe_dump(held, sort_keys=False))

    def image(self, k: int) -> Path:
        return self.folder / "images" / f"ZQX-{k:04d}.png"

    def mask(self, k: int) -> Path:
        return self.folder / "masks" / f"ZQX-{k:04d}_mask.png"

    def learn_from(self, *rows: int) -> None:
        """An encoder of the study's own whose list says that it learned from these pictures."""
        bundled = resources.files("radln.features") / "bundled"
        for suffix in (".onnx", ".json"):
            held = (bundled / f"encoder{suffix}").read_bytes()
            other = b"\x32\x03own" if suffix == ".onnx" else b""  # its doc_string, in protobuf
            (self.folder / f"own{suffix}").write_bytes(held + other)
        lines = [fingerprint(read_image(self.image(k)).values).hex() for k in rows]
        (self.folder / "own.seen.txt").write_text("\n".join(lines))
        self.set(features__deep={"encoder": "own.onnx"})

    def keep_images(self, n: int) -> None:
        """Only the first rows of the table, to be quick."""
        self.write_table(self.table().iloc[:n])

    def copy(self, to: Path, *, results: bool = True) -> SmallStudy:
        left_out = None if results else shutil.ignore_patterns(self.out.name)
        shutil.copytree(self.folder, to, ignore=left_out)
        return SmallStudy(to)


def make_study(folder: Path, seed: int = 11) -> SmallStudy:
    """Write images, masks, table and study.yaml."""
    rng = np.random.default_rng(seed)
    table, risk = node_table(rng)
    for name, at in zip(table["image"], risk, strict=True):
        image, region = draw_node(rng, float(at))
        write_png(folder / "images" / f"{name}.png", image)
        write_png(folder / "masks" / f"{name}_mask.png", region.astype(np.uint8) * 255)
    study = SmallStudy(folder)
    study.write_table(table)
    study.yaml.write_text(yaml.safe_dump(SETTINGS, sort_keys=False))
    return study


def environment() -> dict[str, str]:
    """A child process's environment: this package, one thread."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def radln_process(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """``python -m radln ...`` as a user would call it."""
    return subprocess.run(
        [sys.executable, "-m", "radln", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
