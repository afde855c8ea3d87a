"""Whether results equal those of an earlier commit, number by number.

Both versions run the demo, the readers' example and, where a folder of breast ultrasound is named,
a sample of it without deep features; then every table, prediction and coefficient is compared.

    python scripts/unchanged.py --against COMMIT [--images FOLDER --table CSV ...]

Text and counts must be equal, numbers to 1e-12 of their size. Printed are the files that one side
alone has, columns that one side alone has, and the largest difference of every other file; the
exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[1]
TOLERANCE = 1e-12
TABLES = (".csv", ".parquet", ".json")
TIMES = ("extraction_times.csv", "run.json", "study-id.json", "readers.json")  # of the run itself


@dataclass(frozen=True)
class Difference:
    """What differs in one file, in words."""

    file: str
    said: str


def compare_folders(ours: Path, theirs: Path) -> Iterator[Difference]:
    """Every difference between the results of two folders."""
    own, other = ({p.relative_to(f): p for p in _results(f)} for f in (ours, theirs))
    for name in sorted(set(own) ^ set(other)):
        yield Difference(str(name), "only now" if name in own else "only before")
    for name in sorted(set(own) & set(other)):
        yield from (Difference(str(name), said) for said in _compare(own[name], other[name]))


def _results(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in TABLES and path.name not in TIMES and ".radln-cache" not in path.parts:
            yield path


def _compare(ours: Path, theirs: Path) -> Iterator[str]:
    if ours.suffix == ".json":
        yield from _compare_data(json.loads(ours.read_text()), json.loads(theirs.read_text()), "")
        return
    if ours.read_bytes() == theirs.read_bytes():
        return
    read = pd.read_parquet if ours.suffix == ".parquet" else pd.read_csv
    own, other = read(ours), read(theirs)
    for column in own.columns.symmetric_difference(other.columns):
        yield f"column {column}: {'only now' if column in own else 'only before'}"
    if len(own) != len(other):
        yield f"{len(own)} rows, {len(other)} before"
        return
    for column in own.columns.intersection(other.columns):
        yield from _compare_column(own[column], other[column])


def _compare_column(own: pd.Series, other: pd.Series) -> Iterator[str]:
    if not (pd.api.types.is_numeric_dtype(own) and pd.api.types.is_numeric_dtype(other)):
        differing = own.astype(str) != other.astype(str)
        if differing.any():
            k = differing.idxmax()
            cells = f"{own[k]!r}, {other[k]!r} before"
            yield f"column {own.name}: {int(differing.sum())} cells, such as {cells}"
        return
    apart = _apart(own.to_numpy(float), other.to_numpy(float))
    if apart > TOLERANCE:
        yield f"column {own.name}: largest difference {apart:.3g}"


def _compare_data(own: object, other: object, where: str) -> Iterator[str]:
    if isinstance(own, dict) and isinstance(other, dict):
        for key in sorted(set(own) ^ set(other)):
            yield f"{where}/{key}: {'only now' if key in own else 'only before'}"
        for key in sorted(set(own) & set(other)):
            yield from _compare_data(own[key], other[key], f"{where}/{key}")
    elif isinstance(own, list) and isinstance(other, list) and len(own) == len(other):
        for k, (mine, yours) in enumerate(zip(own, other, strict=True)):
            yield from _compare_data(mine, yours, f"{where}/{k}")
    elif isinstance(own, float) and isinstance(other, float):
        if _apart(np.array([own]), np.array([other])) > TOLERANCE:
            yield f"{where}: {own!r}, {other!r} before"
    elif own != other:
        yield f"{where}: {str(own)[:60]!r}, {str(other)[:60]!r} before"


def _apart(own: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two columns, by their size; infinite where one alone is known."""
    if (np.isnan(own) != np.isnan(other)).any():
        return float("inf")
    same = (own == other) | np.isnan(own)
    if same.all():
        return 0.0
    gap, size = np.abs(own - other)[~same], np.maximum(np.abs(own), np.abs(other))[~same]
    return float((gap / np.maximum(size, 1.0)).max())


def run_all(source: Path, folder: Path, args: argparse.Namespace) -> None:
    """Every study with one version of the package."""
    folder.mkdir()
    radln(source, folder, "demo", "demo")
    write_reads(folder / "demo")
    radln(
        source, folder, "readers", "demo/reads.csv", "--threshold", "4", "--resamples", "200",
        "--model", "demo/results/predictions.csv", "--column", "case_id=unit_id",
        "--source", "combined_logistic", "--out", "readers",
    )  # fmt: skip
    if args.images is not None:
        sample(source, folder / "sample", args)


def write_reads(demo: Path) -> None:
    """One row a read of a node, from the readers among the demo's predictions."""
    scores = pd.read_csv(demo / "results" / "predictions.csv")
    reads = scores[scores["fold"].isna()].rename(columns={"source": "reader", "y_score": "score"})
    columns = ["unit_id", "patient_id", "reader", "score", "y_true"]
    reads[columns].to_csv(demo / "reads.csv", index=False)


def sample(source: Path, folder: Path, args: argparse.Namespace) -> None:
    """The first images of a folder, without deep features, in one repeat."""
    folder.mkdir()
    pd.read_csv(args.table, dtype=str).head(args.n).to_csv(folder / "table.csv", index=False)
    radln(
        source, folder, "init", folder, "--images", args.images, "--masks", args.masks,
        "--table", folder / "table.csv", "--case", args.case, "--patient", args.patient,
        "--outcome", args.outcome, "--positive", args.positive, "--reader", args.reader,
    )  # fmt: skip
    file = folder / "study.yaml"
    text = re.sub(r"(?m)^  deep:\n(    .*\n|\n)*", "  deep: null\n", file.read_text())
    file.write_text(text.replace("repeats: 5", "repeats: 1"))
    radln(source, folder, "run", folder)


def radln(source: Path, folder: Path, *command: object) -> None:
    """A command of one version, in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
    told = [sys.executable, "-m", "radln", *map(str, command)]
    done = subprocess.run(told, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}"
        )


def main() -> None:
    """Run both versions and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--against", required=True, help="commit")
    parser.add_argument("--keep", type=Path, help="folder for the results of both (new)")
    parser.add_argument("--before", type=Path, help="results that an earlier run kept")
    parser.add_argument("--images", type=Path)
    parser.add_argument("--masks", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--n", type=int, default=200)
    for name in ("case", "patient", "outcome", "positive", "reader"):
        parser.add_argument(f"--{name}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = args.keep or Path(place)
        folder.mkdir(exist_ok=True)
        before = args.before or folder / "before"
        if args.before is None:
            earlier = Path(place) / "source"
            add = ["git", "-C", REPOSITORY, "worktree", "add", "--detach", earlier, args.against]
            subprocess.run(add, check=True, capture_output=True)
            try:
                run_all(earlier, before, args)
            finally:
                remove = ["git", "-C", REPOSITORY, "worktree", "remove", "--force", earlier]
                subprocess.run(remove, check=True)
        if not (folder / "now").exists():
            run_all(REPOSITORY, folder / "now", args)
        differences = list(compare_folders(folder / "now", before))
        n_files = sum(1 for _ in _results(folder / "now"))
    for one in differences:
        print(f"{one.file}: {one.said}")
    print(f"{n_files} files compared, {len(differences)} difference(s) beyond {TOLERANCE:g}.")
    raise SystemExit(bool(differences))


if __name__ == "__main__":
    main()
