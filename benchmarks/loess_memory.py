"""Time and peak memory of a calibration curve by loess, whole: band, indices, bootstrap.

``python benchmarks/loess_memory.py --sizes 39451 200000``; every size in a process of its own, so
that each peak is its own. The peak is above that of the process before the call.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

MIB = 1024 if sys.platform != "darwin" else 1024**2


def one(size: int, clustered: bool, n_resamples: int) -> None:
    """One calibration, printed."""
    from radln.stats import calibration

    rng = np.random.default_rng(0)
    p = rng.beta(2, 5, size)
    y = rng.random(size) < p
    cluster = np.arange(size) // 2 if clustered else None
    calibration(y[:200], p[:200], smoother="loess", n_resamples=2)  # everything imported
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    start = time.perf_counter()
    found = calibration(y, p, smoother="loess", cluster=cluster, n_resamples=n_resamples)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    who = "two a patient" if clustered else "independent"
    print(
        f"n = {size}, {who}, {n_resamples} resamples: {seconds:.1f} s, {peak - before:.0f} MiB "
        f"above {before:.0f}; ICI {found.ici.format(4)}"
    )


def main() -> None:
    """Every size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[39_451, 200_000])
    parser.add_argument("--one", type=int)
    parser.add_argument("--clustered", action="store_true")
    parser.add_argument("--resamples", type=int, default=200)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.clustered, given.resamples)
        return
    for size in given.sizes:
        for more in ([], ["--clustered"]):
            command = [sys.executable, __file__, "--one", str(size), *more]
            command += ["--resamples", str(given.resamples)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
