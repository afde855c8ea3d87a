"""Does a whole study say the same with either radiomics engine, and how long does each take?

Runs one study on ultrasound images twice, with ``engine: native`` and ``engine: pyradiomics``, each
into a folder of its own and without anything kept from the other, and compares every prediction.

Usage::

    python benchmarks/engines_study.py --data bus-bra --images 200 --jobs 2
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import radln
from radln.study.result import StudyResult

KEYS = ["unit_id", "source", "repeat", "fold"]


def study_file(data: Path, n_images: int, folder: Path) -> Path:
    """study.yaml over the first images of the table, as ``radln init`` writes it."""
    table = pd.read_csv(data / "bus_data.csv").head(n_images)
    for kind, name in (("images", "{}.png"), ("masks", "mask_{}.png")):
        (folder / kind).mkdir()
        for case in table["ID"]:
            file = name.format(case if kind == "images" else case.removeprefix("bus_"))
            shutil.copy(data / kind / file, folder / kind / file)
    table.to_csv(folder / "table.csv", index=False)
    told = ["--images", folder / "images", "--masks", folder / "masks"]
    told += ["--table", folder / "table.csv", "--case", "ID", "--patient", "Case"]
    told += ["--outcome", "Pathology", "--positive", "malignant", "--site", "Device"]
    command = [sys.executable, "-m", "radln", "init", folder / "study", *told]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return folder / "study" / "study.yaml"


def run(yaml: Path, engine: str, out: Path, jobs: int) -> tuple[StudyResult, float]:
    """The study with that engine and without deep features; its seconds."""
    study = radln.Study.from_yaml(yaml)
    features = study.settings.features
    chosen = features.model_copy(
        update={"radiomics": features.radiomics.model_copy(update={"engine": engine}), "deep": None}
    )
    study = radln.Study(study.settings.model_copy(update={"features": chosen}))
    started = time.perf_counter()
    result = study.run(out=out, jobs=jobs)
    return result, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of BUS-BRA")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    predictions = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        yaml = study_file(args.data, args.images, folder)
        for engine in ("native", "pyradiomics"):
            result, seconds = run(yaml, engine, folder / engine, args.jobs)
            timings = result.extraction.timings
            radiomics = timings.loc[timings["family"] == "radiomics", "seconds"]
            table = result.extraction.table
            engines = {spec.engine for spec in table.specs if spec.block == "radiomics"}
            print(
                f"{engine}: {len(table.values)} images, {len(table.columns('radiomics'))} features "
                f"by {', '.join(engines)}; whole run {seconds:.1f} s, radiomics "
                f"{radiomics.sum():.1f} s, {1000 * radiomics.median():.1f} ms an image"
            )
            predictions[engine] = pd.read_csv(folder / engine / "predictions.csv")
            predictions[engine, "radiomics"] = radiomics.sum()
    keys = [key for key in KEYS if key in predictions["native"]]
    one, other = (predictions[engine].set_index(keys) for engine in ("native", "pyradiomics"))
    numbers = one.select_dtypes("number").columns
    gap = (one[numbers] - other.loc[one.index, numbers]).abs().max()
    print(f"{len(one)} predictions; largest difference {gap.max():.3g}")
    print(gap.to_string())
    ratio = predictions["pyradiomics", "radiomics"] / predictions["native", "radiomics"]
    print(f"radiomics: pyradiomics took {ratio:.1f} times as long")


if __name__ == "__main__":
    main()
