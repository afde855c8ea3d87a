"""Do the intervals of calibration, net benefit and reclassification hold what they promise?

The outcome has the log odds ``-0.6 + u + v``, u and v normal with standard deviation 0.9. Judged
are the true risks ("right") and those of a model whose log odds are ``0.3 + 1.4`` times the true
ones ("overfitted"); the new model of the reclassification is the right one, the old one knows u
only. Clustered: patients of 1 to 4 nodes, intraclass correlation 0.4 of u, of v, and of the
latent noise of the outcome given its risk.
Printed: how often a nominal 95 % interval holds the true value. Monte Carlo error: 0.5 points with
2,000 replicates, 1 point with 500; with 1,000 cases four in ten bootstraps are run (1.5 points).

Usage::

    python benchmarks/coverage_risks.py --replicates 2000 --bootstraps 500
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict

import numpy as np
from coverage_auc import noise, patients, show, within
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr

from radln._random import task_rng
from radln.errors import RadlnWarning
from radln.stats import calibration, compare_net_benefit, decision_curve, reclassification

SETTINGS = ((100, False), (1000, False), (100, True), (1000, True))
SPREAD, THRESHOLD, CUTS, RESAMPLES = 0.9, 0.2, (0.2, 0.5), 200
LOGISTIC = ("calibration_in_the_large", "slope", "observed_expected", "brier", "scaled_brier")
SMOOTH = ("ici", "e50", "e90")
PARTS = ("nri_event", "nri_nonevent", "nri", "idi_event", "idi_nonevent", "idi")


def risks(u: np.ndarray, v: np.ndarray) -> dict[str, np.ndarray]:
    """The true log odds and what each model says."""
    true = -0.6 + u + v
    return {
        "right": expit(true),
        "overfitted": expit(0.3 + 1.4 * true),
        "old": expit(0.9 * u - 0.5),
    }


def draw(rng: np.random.Generator, n: int, clustered: bool):
    """Outcome, risks and patients."""
    cluster = patients(rng, n) if clustered else None
    u, v, latent = (noise(rng, n, cluster) for _ in range(3))
    said = risks(SPREAD * u, SPREAD * v)
    return ndtr(latent) < said["right"], said, cluster


def truths() -> dict[str, float]:
    """What every interval should hold, from a fine grid of u and v."""
    z = np.linspace(-6, 6, 2001)
    weight = np.exp(-(z**2) / 2)
    w = np.outer(weight, weight) / weight.sum() ** 2
    said = risks(SPREAD * z[:, None], SPREAD * z[None, :])
    p = said["right"]
    share = (w * p).sum()
    found = {}
    for model in ("right", "overfitted"):
        q = said[model]
        odds = logit(q)
        lift = brentq(lambda a, o=odds: (w * expit(a + o)).sum() - share, -2, 2)
        brier = (w * (p * (1 - q) ** 2 + (1 - p) * q**2)).sum()
        gap = np.abs(p - q).ravel()
        order = np.argsort(gap)
        rank = np.cumsum(w.ravel()[order])
        acted = q >= THRESHOLD
        found |= {
            f"{model}, calibration_in_the_large": lift,
            f"{model}, slope": 1.0 if model == "right" else 1 / 1.4,
            f"{model}, observed_expected": share / (w * q).sum(),
            f"{model}, brier": brier,
            f"{model}, scaled_brier": 1 - brier / (share * (1 - share)),
            f"{model}, ici": (w.ravel() * gap).sum(),
            f"{model}, e50": gap[order][np.searchsorted(rank, 0.5)],
            f"{model}, e90": gap[order][np.searchsorted(rank, 0.9)],
            f"{model}, net benefit": benefit(w, p, acted),
        }
    found["net benefit, right less old"] = found["right, net benefit"] - benefit(
        w, p, said["old"] >= THRESHOLD
    )
    categories = (np.searchsorted(CUTS, said[name], side="right") for name in ("right", "old"))
    moves = {"nri": np.sign(np.subtract(*categories)), "idi": p - said["old"]}
    for name, move in moves.items():
        found[f"{name}_event"] = (w * p * move).sum() / share
        found[f"{name}_nonevent"] = -(w * (1 - p) * move).sum() / (1 - share)
        found[name] = found[f"{name}_event"] + found[f"{name}_nonevent"]
    return found


def benefit(w: np.ndarray, p: np.ndarray, acted: np.ndarray) -> float:
    """Net benefit at the threshold."""
    return (w * acted * (p - THRESHOLD / (1 - THRESHOLD) * (1 - p))).sum()


def quick(world, true: dict[str, float]) -> dict[str, float]:
    """Intervals in closed form."""
    y, said, cluster = world
    found = {}
    for model in ("right", "overfitted"):
        result = calibration(y, said[model], cluster=cluster, n_resamples=2)
        for name in LOGISTIC:
            label = f"{model}, {name}"
            found[f"{label}: interval"] = within(getattr(result, name), true[label])
        curve = decision_curve(y, said[model], thresholds=[THRESHOLD], cluster=cluster)
        label = f"{model}, net benefit"
        found[f"{label}: interval"] = float(curve.low[0] <= true[label] <= curve.high[0])
    gap = compare_net_benefit(
        y, said["right"], said["old"], thresholds=[THRESHOLD], cluster=cluster
    )
    label = "net benefit, right less old"
    found[f"{label}: interval"] = float(gap.low[0] <= true[label] <= gap.high[0])
    change = reclassification(y, said["old"], said["right"], cuts=CUTS, cluster=cluster)
    for name in PARTS:
        found[f"{name}: interval"] = within(getattr(change, name), true[name])
    return found


def slow(world, true: dict[str, float], seed: int) -> dict[str, float]:
    """How far the smooth curve runs from the risks, by bootstrap."""
    y, said, cluster = world
    found = {}
    for model, size in (("right", 2), ("overfitted", RESAMPLES)):
        result = calibration(y, said[model], cluster=cluster, n_resamples=size, rng=seed)
        for name in SMOOTH:
            estimate, label = getattr(result, name), f"{model}, {name}"
            if size == RESAMPLES:
                found[f"{label}: interval"] = within(estimate, true[label])
            found[f"{label}: estimate - true"] = estimate.value - true[label]
    return found


def column(n: int, clustered: bool, true: dict[str, float], replicates: int, bootstraps: int):
    """The mean of each quantity in one setting."""
    values = defaultdict(list)
    for i in range(replicates):
        world = draw(task_rng(0, "coverage of risks", n, int(clustered), i), n, clustered)
        results = quick(world, true)
        if i < (bootstraps if n < 1000 else 0.4 * bootstraps):
            results |= slow(world, true, seed=i)
        for name, value in results.items():
            values[name].append(value)
    return {name: np.nanmean(numbers) for name, numbers in values.items()}


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--bootstraps", type=int, default=500)
    options = parser.parse_args()
    true = truths()
    heads = {f"n = {n}{', 1 to 4 a patient' if c else ''}": (n, c) for n, c in SETTINGS}
    columns = {
        head: column(*setting, true, options.replicates, options.bootstraps)
        for head, setting in heads.items()
    }
    print("True values:", ", ".join(f"{name} {value:.4f}" for name, value in true.items()))
    show("Risks", columns)


if __name__ == "__main__":
    main()
