"""How long check and extract take together, against an earlier commit, in one interleaved run.

The study: the first images of a folder with `images/`, `masks/` and a table; no deep features, one
job, an empty cache. Each run is a process of its own; the time is that of `Study.check` and
`Study.extract` alone, without the start of Python.

    python benchmarks/check_and_extract.py FOLDER TABLE --case ID --patient Case \
        --outcome Pathology --positive malignant --against e348fa6
"""

from __future__ import annotations

import argparse
import cProfile
import io
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from radln.study.upgrade import upgrade

REPOSITORY = Path(__file__).resolve().parents[1]
TIMED = """
import shutil, sys, time
from radln.study.core import Study
study = Study.from_yaml(sys.argv[1])
shutil.rmtree(study.cache, ignore_errors=True)
started = time.perf_counter()
study.check()
between = time.perf_counter()
study.extract()
print(between - started, time.perf_counter() - between)
"""


def make_study(args: argparse.Namespace, source: Path, folder: Path) -> Path:
    """study.yaml on the first images, written by the earlier commit."""
    table = pd.read_csv(args.table, dtype=str).head(args.n)
    folder.mkdir()
    table.to_csv(folder / "table.csv", index=False)
    command = [
        sys.executable, "-m", "radln", "init", folder, "--images", args.folder / "images",
        "--masks", args.folder / "masks", "--table", folder / "table.csv", "--case", args.case,
        "--patient", args.patient, "--outcome", args.outcome, "--positive", args.positive,
    ]  # fmt: skip
    subprocess.run(
        command, env=environment(source), cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    file = folder / "study.yaml"
    lines, skipped = [], False
    for line in file.read_text(encoding="utf-8").splitlines():
        if line == "  deep:":
            lines.append("  deep: null")
            skipped = True
        elif not skipped or (line and not line.startswith("    ")):
            skipped = False
            lines.append(line)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def converted(file: Path) -> Path:
    """The same study in a folder beside it, as this commit reads it."""
    folder = file.parent.with_name("study-now")
    shutil.copytree(file.parent, folder)
    upgrade(folder / file.name)
    return folder / file.name


def environment(source: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}


def timed(source: Path, study: Path) -> float:
    """Seconds of check and extract together, from an empty cache."""
    done = subprocess.run(
        [sys.executable, "-c", TIMED, str(study)],
        env=environment(source), cwd=study.parent, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return sum(map(float, done.stdout.split()[-2:]))


def profile(study: Path) -> str:
    """Where this commit's time goes."""
    from radln.study.core import Study

    held = Study.from_yaml(study)
    shutil.rmtree(held.cache or "", ignore_errors=True)
    profiler = cProfile.Profile()
    profiler.enable()
    held.check()
    held.extract()
    profiler.disable()
    text = io.StringIO()
    names = "read_case|find_marks|_node_doubts|_look|node_descriptors|_radiomics|put|file_digests"
    pstats.Stats(profiler, stream=text).sort_stats("cumtime").print_stats(rf"\(({names})\)")
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    for name in ("case", "patient", "outcome", "positive", "against"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--n", type=int, default=365)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.folder, args.table = args.folder.resolve(), args.table.resolve()
    with tempfile.TemporaryDirectory() as name:
        old = Path(name) / "old"
        subprocess.run(["git", "clone", "-q", REPOSITORY, old], check=True)
        subprocess.run(["git", "-C", old, "checkout", "-q", args.against], check=True)
        study = make_study(args, old, Path(name) / "study")
        now = converted(study)
        for source, file in ((old, study), (REPOSITORY, now)):  # kernels are compiled
            timed(source, file)
        pairs = [(timed(old, study), timed(REPOSITORY, now)) for _ in range(args.runs)]
        for before, after in pairs:
            print(f"{args.against} {before:.2f} s, now {after:.2f} s, ratio {after / before:.3f}")
        medians = [statistics.median(side) for side in zip(*pairs, strict=True)]
        print(
            f"medians {medians[0]:.2f} s, {medians[1]:.2f} s: ratio {medians[1] / medians[0]:.3f}"
        )
        print(profile(now))


if __name__ == "__main__":
    main()
