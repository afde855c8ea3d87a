"""How often the closed test changes a model that is right: it should in 5 % of the samples.

``python benchmarks/update_level.py --samples 2000`` prints a row a cell.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from scipy.special import expit, ndtr

from radln.errors import ConvergenceError
from radln.stats import update_test

CELLS = (
    # patients, rows a patient, columns
    (150, 1, 3),
    (500, 1, 3),
    (500, 1, 6),
    (60, 3, 3),
    (150, 3, 3),
    (400, 3, 3),
)


def main() -> None:
    """Count what is chosen where the model is right, by refit and by slope as the largest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7179)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print("patients rows columns largest changed no_fit")
    for place, (patients, rows, columns) in enumerate(CELLS):
        rng = np.random.default_rng([given.seed, place])
        changed, without = {"refit": 0, "intercept_slope": 0}, 0
        for _ in range(given.samples):
            y, p, X, who = sample(rng, patients, rows, columns)
            try:
                changed["refit"] += update_test(y, p, X, cluster=who).chosen != "original"
                changed["intercept_slope"] += update_test(y, p, cluster=who).chosen != "original"
            except ConvergenceError:
                without += 1
        for largest, count in changed.items():
            share = count / (given.samples - without)
            print(f"{patients} {rows} {columns} {largest} {share:.4f} {without}", flush=True)


def sample(rng, patients, rows, columns):
    """Cases whose risks are right; within a patient columns and outcomes go together."""
    n = patients * rows
    who = np.repeat(np.arange(patients), rows)
    if rows == 1:
        X = rng.standard_normal((n, columns))
        u = rng.random(n)
    else:
        shared = rng.standard_normal((patients, columns))
        X = np.sqrt(0.5) * (shared[who] + rng.standard_normal((n, columns)))
        z = np.sqrt(0.4) * rng.standard_normal(patients)[who]
        z += np.sqrt(0.6) * rng.standard_normal(n)
        u = ndtr(z)  # uniform, alike within patients
    risk = expit(-0.4 + X @ np.linspace(0.9, -0.6, columns))
    return u < risk, risk, X, who


if __name__ == "__main__":
    main()
