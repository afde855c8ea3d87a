"""Do intervals of rates, net benefit and calibration over folds hold what they say they speak of?

Studies of :mod:`folds_world`: ridge regression on ten columns that inform or do not, 5 x 5 folds,
the cut-off of every fold by Youden's index on five inner folds. Rates are those of
``diagnostic_table`` per repeat and ``mean_over_repeats``, as in a study's report; net benefit that
of ``decision_curve_over_folds`` at 0.35; calibration that of ``calibration_over_folds``. Truth:
every fold's model with its cut-off on 20,000 new nodes; of rates the four cells averaged over the
folds of a repeat.

Printed: how often the 95 % interval holds the truth of the very models that were fitted ("fold
models"), and its expectation over training samples ("way of modelling"); what the library shows is
the one that the last column names. Monte Carlo error of 95 %: 1.0 points with 500 studies.

Usage::

    python benchmarks/rates_over_folds.py
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from folds_world import PENALTY, WIDTH, newton, nodes
from scipy.special import expit, logit

from radln._random import task_rng
from radln.designs import grouped_folds
from radln.errors import RadlnWarning
from radln.stats import (
    calibration_over_folds,
    decision_curve_over_folds,
    diagnostic_table,
    mean_over_repeats,
    youden,
)
from radln.stats._logistic import fit_logistic

SEED, FOLDS, REPEATS, NEW, ACT = 20261130, 5, 5, 20_000, 0.35
RATES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy", "f1")
CALIBRATION = ("calibration_in_the_large", "slope", "observed_expected", "brier")
ABOUT = {
    **dict.fromkeys(RATES, "fold models"),
    **dict.fromkeys((*CALIBRATION, "net benefit"), "way of modelling"),
}


def measures(tp: float, fp: float, fn: float, tn: float) -> dict[str, float]:
    """Rates from the four cells."""
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": tp / (tp + fp) if tp + fp else np.nan,
        "npv": tn / (tn + fn) if tn + fn else np.nan,
        "accuracy": (tp + tn) / (tp + fp + fn + tn),
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "f1": 2 * tp / (2 * tp + fp + fn),
    }


def one(n: int, per_patient: int, informed: bool, number: int, later):
    """Estimates of one study and what they are estimates of."""
    rng = task_rng(SEED, "rates", n, per_patient, int(informed), number)
    x, latent, _, who = nodes(rng, n, per_patient, "ridge")
    y, at = latent > 0, slice(0, WIDTH) if informed else slice(2 * WIDTH, 3 * WIDTH)
    x, new, truth = x[:, at], later[0][:, at], later[1]
    patients = who.astype(str)
    call = np.zeros((REPEATS, y.size), dtype=bool)
    risk, folds = np.zeros(call.shape), np.zeros(call.shape, dtype=int)
    cells = np.zeros((REPEATS, 4))
    later_risk = np.zeros((REPEATS, FOLDS, NEW))
    slopes, benefits = [], []
    seed = int(rng.integers(2**31))
    for split in grouped_folds(y, patients, n_folds=FOLDS, n_repeats=REPEATS, seed=seed):
        train, where = split.train, (split.repeat, split.test)
        weights = fit(x[train], y[train])
        inner = np.zeros(train.size)
        for part in grouped_folds(y[train], patients[train], n_folds=5, seed=1):
            own = fit(x[train[part.train]], y[train[part.train]])
            inner[part.test] = score(x[train[part.test]], own)
        cut = youden(y[train], inner).threshold
        value, future = score(x[split.test], weights), score(new, weights)
        call[where], risk[where], folds[where] = value >= cut, expit(value), split.fold
        said = future >= cut
        cells[split.repeat] += [
            (said & truth).mean(),
            (said & ~truth).mean(),
            (~said & truth).mean(),
            (~said & ~truth).mean(),
        ]
        later_risk[split.repeat, split.fold] = expit(future)
        act = expit(future) >= ACT
        benefits.append((act & truth).mean() - (act & ~truth).mean() * ACT / (1 - ACT))
        slopes.append(fit_logistic(np.column_stack([np.ones(NEW), future]), truth).coefficients[1])
    cluster = who if per_patient > 1 else None
    tables = [diagnostic_table(y, c, cluster=cluster, n_resamples=100) for c in call]
    estimates = {m: mean_over_repeats([getattr(t, m) for t in tables]) for m in RATES}
    given = {"cluster": cluster}
    calibrated = calibration_over_folds(y, risk, folds, **given)
    estimates |= {measure: getattr(calibrated, measure) for measure in CALIBRATION}
    curve = decision_curve_over_folds(y, risk, folds, thresholds=[ACT], **given)
    limits = {name: (e.low, e.high) for name, e in estimates.items()}
    limits["net benefit"] = (curve.low[0], curve.high[0])
    rates = [measures(*row) for row in cells]
    true = {name: float(np.mean([r[name] for r in rates])) for name in RATES}
    true |= {
        "brier": float(np.mean((later_risk - truth) ** 2)),
        "observed_expected": float(np.mean(truth.mean() / later_risk.mean(axis=(1, 2)))),
        "calibration_in_the_large": float(np.mean([in_the_large(r, truth) for r in later_risk])),
        "net benefit": float(np.mean(benefits)),
        "slope": float(np.mean(slopes)),
    }
    return limits, true


def fit(x, y):
    return newton(np.ascontiguousarray(x), y.astype(np.float64), PENALTY)


def score(x, weights):
    return x @ weights[1:] + weights[0]


def in_the_large(risk: np.ndarray, truth: np.ndarray) -> float:
    """The intercept with the slope fixed at 1, over all folds of a repeat."""
    ones = np.ones((risk.size, 1))
    return float(
        fit_logistic(ones, np.tile(truth, FOLDS), offset=logit(risk.ravel())).coefficients[0]
    )


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--sizes", type=int, nargs="+", default=[60, 100, 300, 1000])
    options = parser.parse_args()
    later = nodes(task_rng(SEED, "later"), NEW, 1, "ridge")
    later = later[0], later[1] > 0
    print("| columns | n | nodes | number | fold models | way of modelling | shown as |")
    print("|---|---|---|---|---|---|---|")
    for informed in (True, False):
        for n in options.sizes:
            for per_patient in (1, 3):
                found = [one(n, per_patient, informed, i, later) for i in range(options.studies)]
                for name, about in ABOUT.items():
                    low, high = np.array([limits[name] for limits, _ in found]).T
                    own = np.array([true[name] for _, true in found])
                    known = np.isfinite(low) & np.isfinite(own)
                    low, high, own = low[known], high[known], own[known]
                    held = [((low <= t) & (t <= high)).mean() for t in (own, own.mean())]
                    words = "informed" if informed else "noise"
                    print(
                        f"| {words} | {n} | {per_patient} | {name} | {held[0]:.3f} | "
                        f"{held[1]:.3f} | {about} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
