"""How fast are paired DeLong and the bootstrap of an area? Ratios to other packages in one run.

Per number of cases, in interleaved rounds, median seconds of each engine and its ratio to radln's:

* paired DeLong test: radln.stats.compare_auc, a bare numpy version without any checks (midranks,
  Sun and Xu 2014), MLstatkit's Delong_test, and R's pROC (roc, roc, roc.test), where these are
  installed; the p-values of radln and pROC are compared;
* stratified bootstrap interval, 2,000 resamples: radln.stats.auc, MLstatkit's Bootstrapping (which
  is not stratified), pROC's ci.auc; and radln's peak memory.

R is timed inside R, without its start. Usage::

    python benchmarks/auc_speed.py --sizes 200 2000 20000 --rounds 5
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from radln._random import task_rng
from radln.stats import auc, compare_auc

RESAMPLES = 2000
R_SCRIPT = """
suppressMessages(library(pROC))
given <- commandArgs(TRUE)
d <- read.csv(given[1]); repeats <- as.integer(given[2]); what <- given[3]
one <- function() {
  a <- roc(d$y, d$a, levels = c(0, 1), direction = "<")
  if (what == "delong") {
    b <- roc(d$y, d$b, levels = c(0, 1), direction = "<")
    return(roc.test(a, b, method = "delong")$p.value)
  }
  ci.auc(a, method = "bootstrap", boot.n = 2000, progress = "none")[1]
}
value <- one()
taken <- sapply(seq_len(repeats), function(k) system.time(one())[["elapsed"]])
cat(sprintf("[%.17g, %.6f]", value, median(taken)))
"""


def cases(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A third positive, two correlated scores."""
    rng = task_rng(1, "cases", n)
    y = np.arange(n) % 3 == 0
    shared = rng.normal(size=n) + y
    return y, shared + rng.normal(size=n), shared + rng.normal(size=n)


def bare(y: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """The p-value by midranks and nothing else."""

    def midranks(x: np.ndarray) -> np.ndarray:
        ordered = np.sort(x)
        first, last = np.searchsorted(ordered, x, "left"), np.searchsorted(ordered, x, "right")
        return 0.5 * (first + last + 1)

    m, n = int(y.sum()), int((~y).sum())
    areas, v10, v01 = [], [], []
    for score in (a, b):
        every, above, below = midranks(score), midranks(score[y]), midranks(score[~y])
        v10.append((every[y] - above) / n)
        v01.append(1 - (every[~y] - below) / m)
        areas.append(v10[-1].mean())
    gap = areas[0] - areas[1]
    variance = np.var(v10[0] - v10[1], ddof=1) / m + np.var(v01[0] - v01[1], ddof=1) / n
    return float(2 * norm.sf(abs(gap) / np.sqrt(variance)))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_r(
    y: np.ndarray, a: np.ndarray, b: np.ndarray, what: str, repeats: int
) -> tuple[float, float]:
    """pROC's value and its median seconds."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "d.csv"), Path(folder, "t.R")
        pd.DataFrame({"y": y.astype(int), "a": a, "b": b}).to_csv(data, index=False)
        script.write_text(R_SCRIPT)
        command = ["Rscript", "--vanilla", str(script), str(data), str(repeats), what]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    value, taken = json.loads(done.stdout)
    return value, taken


def engines(
    y: np.ndarray, a: np.ndarray, b: np.ndarray
) -> dict[str, dict[str, Callable[[], object]]]:
    """Task -> engine -> what is timed."""
    found: dict[str, dict[str, Callable[[], object]]] = {
        "delong": {"radln": lambda: compare_auc(y, a, b), "bare numpy": lambda: bare(y, a, b)},
        "bootstrap": {"radln": lambda: auc(y, a, method="bootstrap", n_resamples=RESAMPLES)},
    }
    if importlib.util.find_spec("MLstatkit"):
        from MLstatkit import Bootstrapping, Delong_test

        labels = y.astype(int)
        found["delong"]["MLstatkit"] = lambda: Delong_test(labels, a, b)
        found["bootstrap"]["MLstatkit"] = lambda: Bootstrapping(
            labels, a, "roc_auc", n_bootstraps=RESAMPLES
        )
    return found


def report(n: int, rounds: int) -> None:
    y, a, b = cases(n)
    for task, works in engines(y, a, b).items():
        times: dict[str, list[float]] = {name: [] for name in works}
        for name, work in works.items():
            if name != "MLstatkit":  # no warm-up of what takes minutes
                work()
        for k in range(rounds):
            for name, work in works.items():
                if name == "MLstatkit" and k and times[name][0] > 2:
                    continue
                times[name].append(seconds(work))
        medians = {name: float(np.median(taken)) for name, taken in times.items()}
        if shutil.which("Rscript"):
            value, medians["pROC"] = in_r(y, a, b, task, rounds)
            if task == "delong":
                ours = compare_auc(y, a, b).pvalue
                print(f"  p: radln {ours:.12g}, pROC {value:.12g}")
        for name, taken in medians.items():
            print(f"  {task}, n = {n}, {name}: {taken:.5f} s ({taken / medians['radln']:.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2000, 20_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for n in given.sizes:
        report(n, given.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
