"""A small study on disk: 28 patients, drawn nodes, seconds to run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from radln.study.init import Request, propose, write_study

N_PATIENTS = 28


def draw(rng: np.random.Generator, *, large: bool) -> tuple[np.ndarray, np.ndarray]:
    """A dark ellipse on speckle, and its mask (0/255)."""
    y, x = np.mgrid[:64, :80]
    long, short = (18, 11) if large else (17, 10)
    long, short = long * rng.uniform(0.8, 1.2), short * rng.uniform(0.8, 1.2)
    inside = ((x - 40) / long) ** 2 + ((y - 32) / short) ** 2 <= 1
    image = 120 + 30 * rng.standard_normal((64, 80)) - rng.normal(55 if large else 50, 10) * inside
    return np.clip(image, 0, 255).astype(np.uint8), (inside * 255).astype(np.uint8)


def make_table(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for patient in range(N_PATIENTS):
        malignant = patient % 2 == 0
        for view in range(1 + (patient % 3 == 0)):
            rows.append(
                {
                    "image": f"ZQX-{patient:04d}-{view}",
                    "patient": f"PAT-{patient:04d}",
                    "pathology": "malignant" if malignant else "benign",
                    "age": round(50 + 8 * malignant + 10 * rng.standard_normal()),
                    "sex": rng.choice(["f", "m"]),
                    "site": rng.choice(["North", "South"]),
                    "expert": int(np.clip(3 + malignant + rng.integers(-2, 2), 1, 5)),
                }
            )
    return pd.DataFrame(rows)


def edit(study: Path, change: Callable[[dict], None]) -> None:
    """Change study.yaml as plain data."""
    held = yaml.safe_load(study.read_text())
    change(held)
    study.write_text(yaml.safe_dump(held, sort_keys=False))


def quick(held: dict) -> None:
    held["models"] |= {"folds": 2, "repeats": 1, "inner_folds": 2, "max_features": 5}
    held["evaluation"]["n_resamples"] = 100
    held["features"]["radiomics"] |= {"wavelet": False, "log_sigma": []}


@pytest.fixture(scope="session")
def original(tmp_path_factory) -> Path:
    """The untouched study folder; tests work on copies."""
    folder = tmp_path_factory.mktemp("study") / "own"
    rng = np.random.default_rng(20)
    table = make_table(rng)
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for row in table.itertuples():
        image, mask = draw(rng, large=row.pathology == "malignant")
        Image.fromarray(image).save(folder / "images" / f"{row.image}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{row.image}_mask.png")
    table.to_csv(folder / "nodes.csv", index=False)
    request = Request(
        folder / "images", folder / "masks", folder / "nodes.csv", "image", "patient", "pathology",
        clinical=("age", "sex"), site="site", readers=("expert:4",), pixel_size_mm="0.2",
    )  # fmt: skip
    write_study(folder / "study.yaml", propose(request, name="own").settings)
    edit(folder / "study.yaml", quick)
    return folder


@pytest.fixture
def study(original, tmp_path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(original, tmp_path / "own"))


@pytest.fixture(scope="session")
def finished(original, tmp_path_factory) -> Path:
    """The results of an undisturbed run of the untouched study."""
    from radln.study.core import Study

    folder = Path(shutil.copytree(original, tmp_path_factory.mktemp("finished") / "own"))
    Study.from_yaml(folder).run(out=folder / "results")
    return folder
