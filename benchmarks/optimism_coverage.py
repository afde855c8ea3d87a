"""How often do the intervals of a corrected AUC hold the AUC on new patients?

Simulated studies with a logistic model; the truth is the fitted model's AUC on 20,000 new patients.
"shifted" moves the interval of the apparent AUC down by the optimism, "centred" (radln's
location-shifted interval) moves its mean to the corrected value, "two-stage" repeats the whole
correction in resamples. Prints one line a setting: coverage with its Monte Carlo error.

    python benchmarks/optimism_coverage.py --studies 500 --two-stage 100
"""

import argparse
import sys
import warnings

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from radln.stats import auc, optimism_corrected

SETTINGS = ((100, 10, 0.5), (200, 5, 0.7), (500, 10, 0.5))
MODEL = LogisticRegression(C=np.inf, solver="newton-cholesky", max_iter=200)


def study(n, k, signal, seed):
    """Predictors and outcome; the first three predictors matter."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k))
    return X, rng.random(n) < expit(signal * X[:, :3].sum(axis=1) - 0.5)


def one(n, k, signal, seed, two_stage):
    """Which intervals hold the truth, their width and the error of the corrected value."""
    X, y = study(n, k, signal, seed)
    new, outcome = study(20_000, k, signal, 10**6)
    truth = auc(outcome, MODEL.fit(X, y).predict_proba(new)[:, 1]).value
    found = optimism_corrected(MODEL, X, y, n_resamples=150, rng=seed)
    # the refits' mean apparent AUC is their mean on all cases plus the optimism
    on_all = np.mean([auc(y, risks).value for risks in found.refit_risks])
    off = on_all + found.optimism["auc"] - found.apparent["auc"]
    holds = [
        found.auc.low + off <= truth <= found.auc.high + off,
        found.auc.low <= truth <= found.auc.high,
    ]
    if two_stage:
        outer = optimism_corrected(
            MODEL, X, y, n_resamples=40, n_outer=60, interval="two-stage", rng=seed
        )
        holds.append(outer.auc.low <= truth <= outer.auc.high)
    return holds, found.auc.value - truth


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--two-stage", type=int, default=100, help="studies with two stages")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sys.stdout.write("| n | predictors | corrected - truth | shifted | centred | two-stage |\n")
    for n, k, signal in SETTINGS:
        results = [one(n, k, signal, s, s < options.two_stage) for s in range(options.studies)]
        cells = []
        for i in range(3):
            held = np.array([holds[i] for holds, _ in results if len(holds) > i])
            error = np.sqrt(held.mean() * (1 - held.mean()) / held.size)
            cells.append(f"{held.mean():.1%} ± {error:.1%}")
        bias = np.mean([gap for _, gap in results])
        sys.stdout.write(f"| {n} | {k} | {bias:+.3f} | {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
