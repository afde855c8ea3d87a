"""How long does a reader study take, and how much memory?

VIPER (43 readers, 715 cases, 20,382 reads, partly crossed) from the table to the written report,
and Van Dyke's study (5 readers, 114 cases, 2 modalities) by Obuchowski and Rockette's analysis with
the jackknife. Where R and MRMCaov are installed, its ``mrmc`` and ``summary`` on the same table run
in rounds between ours, and the ratio of the medians is printed.

Usage::

    python benchmarks/readers_speed.py --vandyke VanDyke.csv --viper reads.csv
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from radln.stats import ReaderStudy
from radln.study.readers.report import write_report

VANDYKE = {"case_id": "case", "y_true": "truth", "modality": "treatment", "score": "rating"}
VIPER = {
    "case_id": "caseID",
    "reader": "readerID",
    "modality": "modalityID",
    "call": "recall",
    "y_true": "cancerStatus455",
}
PEER = """
suppressMessages(library(MRMCaov)); data <- read.csv(commandArgs(TRUE)[1])
once <- function() summary(mrmc(empirical_auc(truth, rating), treatment, reader, case, data = data))
invisible(once()); cat(system.time(once())[["elapsed"]])
"""


def seconds(compute) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    compute()
    return time.perf_counter() - start


def peer(path: Path) -> float | None:
    """MRMCaov's seconds within a running R; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(
        ["Rscript", "-e", PEER, str(path)], capture_output=True, text=True, check=False
    )
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--vandyke", type=Path, required=True)
    parser.add_argument("--viper", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.vandyke)
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        ours.append(
            seconds(lambda: ReaderStudy.from_frame(table, columns=VANDYKE).mrmc().summary())
        )
        theirs.append(peer(arguments.vandyke))
    print(f"Van Dyke, table to summary: {np.median(ours):.3f} s")
    if theirs[0] is None:
        print("MRMCaov: not installed here, no ratio")
    else:
        print(
            f"MRMCaov: {np.median(theirs):.3f} s, {np.median(theirs) / np.median(ours):.0f} times"
        )
    if arguments.viper is None:
        return
    reads = pd.read_csv(arguments.viper)
    start = time.perf_counter()
    study = ReaderStudy.from_frame(reads, columns=VIPER, positive="1", scale=(0, 201))
    parts = {
        "u_statistics": study.u_statistics,
        "mrmc": study.mrmc,
        "performance": study.performance,
        "agreement": lambda: [study.agreement(modality=name) for name in study.modalities],
    }
    for name, compute in parts.items():
        print(f"VIPER, {name}: {seconds(compute):.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        print(f"VIPER, whole report: {seconds(lambda: write_report(study, Path(folder))):.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"VIPER, all of it: {time.perf_counter() - start:.1f} s, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
