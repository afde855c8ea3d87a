"""Time and memory of check and extract on thousands of images, one in a hundred of them broken.

    python benchmarks/many_images.py --n 10000 --jobs 2

Prints a line a thousand cases (its seconds, the peak of memory so far), and how many cases failed.
Image k depends on k alone.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import ndimage

from radln.io.images import write_png
from radln.settings import Settings
from radln.study.core import Study

SHAPE = (256, 320)
STEP = 1000
BROKEN = 100  # one in so many


def write_cases(folder: Path, n: int) -> None:
    """Images, masks and table; every hundredth image is cut off in the middle."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    rows = []
    for k in range(n):
        rng = np.random.default_rng(k)
        noise = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.2)
        region = np.hypot((y - 128) / rng.uniform(30, 60), (x - 160) / rng.uniform(40, 80)) <= 1
        grey = np.clip(110 + 60 * noise - 35 * region, 0, 255).astype(np.uint8)
        name = f"c{k:05d}"
        write_png(folder / "images" / f"{name}.png", grey)
        write_png(folder / "masks" / f"{name}.png", region.astype(np.uint8) * 255)
        if k % BROKEN == 0:
            path = folder / "images" / f"{name}.png"
            path.write_bytes(path.read_bytes()[:2000])
        rows.append((name, f"p{k // 2}", ("benign", "malignant")[k % 2]))
    pd.DataFrame(rows, columns=["case", "patient", "path"]).to_csv(folder / "t.csv", index=False)


def study_of(folder: Path) -> Study:
    data = {
        "table": folder / "t.csv", "images": folder / "images", "masks": folder / "masks",
        "case": "case", "patient": "patient", "outcome": "path", "positive": "malignant",
    }  # fmt: skip
    features = {"deep": None, "radiomics": {"wavelet": False, "log_sigma": []}}
    settings = Settings.model_validate({"data": data, "features": features})
    return Study(settings, cache=folder / ".radln-cache")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    marks: dict[str, list[float]] = {}
    started = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        if done % STEP == 0 or done == total:
            marks.setdefault(stage, [started]).append(time.perf_counter())
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            last = marks[stage][-1] - marks[stage][-2]
            print(f"{stage}: {done} of {total}, {last:.1f} s, peak {peak:.0f} MiB", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cases(folder, args.n)
        study = study_of(folder)
        for stage, act in (("check", study.check), ("extract", study.extract)):
            started = time.perf_counter()
            marks.clear()
            found = act(jobs=args.jobs, progress=progress)
            print(f"{stage}: {time.perf_counter() - started:.1f} s in all")
        print(f"{found.table.n_failed} of {args.n} cases failed")


if __name__ == "__main__":
    main()
