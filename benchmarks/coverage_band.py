"""Do the bands of ROC curves, and the test of one area against chance, hold what they promise?

The worlds of coverage_auc.py. Printed: how often the whole true curve lies within the simultaneous
band of `roc_band` and within its pointwise one (from specificity 0.05 to 0.95), the mean width of
both, and how often `auc_against_chance` rejects at 0.05 a score that knows nothing (199
permutations). Monte Carlo error: 1 point with 500 replicates.

Usage::

    python benchmarks/coverage_band.py --replicates 500
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict

import numpy as np
from coverage_auc import SETTINGS, binary, shift, show
from scipy.special import ndtr, ndtri

from radln._random import task_rng
from radln.errors import RadlnWarning
from radln.stats import auc_against_chance, roc_band

RESAMPLES, PERMUTATIONS = 300, 199
MIDDLE = slice(5, 96)  # of the specificities 0, 0.01, ... 1


def once(n: int, area: float, clustered: bool, seed: int) -> dict[str, float]:
    """Both bands, and the test, of one sample."""
    rng = task_rng(0, "coverage of bands", n, str(area), int(clustered), seed)
    y, score, _, _, cluster = binary(rng, n, area, clustered)
    if not 1 < y.sum() < n - 1:
        return {}
    found = {}
    for name, whole in (("simultaneous", True), ("pointwise", False)):
        band = roc_band(
            y, score, simultaneous=whole, cluster=cluster, n_resamples=RESAMPLES, rng=seed
        )
        truth = ndtr(shift(area) + ndtri(1 - band.at))
        inside = (band.low <= truth + 1e-9) & (truth <= band.high + 1e-9)
        found[f"whole curve within the {name} band"] = float(inside[MIDDLE].all())
        found[f"mean width of the {name} band"] = float((band.high - band.low).mean())
    chance = score - shift(area) * y
    test = auc_against_chance(y, chance, cluster=cluster, n_resamples=PERMUTATIONS, rng=seed)
    return {**found, "`auc_against_chance`, no information: rejects": float(test.pvalue <= 0.05)}


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=500)
    replicates = parser.parse_args().replicates
    for title, clustered in (("Independent cases", False), ("Patients of 1 to 4 nodes", True)):
        columns = {}
        for n, area in SETTINGS:
            values = defaultdict(list)
            for seed in range(replicates):
                for name, value in once(n, area, clustered, seed).items():
                    values[name].append(value)
            columns[f"n = {n}, area {area:g}"] = {k: np.mean(v) for k, v in values.items()}
        show(title, columns)


if __name__ == "__main__":
    main()
