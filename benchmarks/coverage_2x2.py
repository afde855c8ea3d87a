"""Do the intervals and tests of 2x2 tables and cut-offs hold what they promise?

Two equally good tests of the same cases, normal scores shifted by 1 in positive cases and
correlated by 0.5, called positive above 0.5; 40 % of the cases are positive. Clustered: three cases
a patient, intraclass correlation 0.4 of the truth's and of both scores' noise. Printed: how often a
nominal 95 % interval holds the true value, and how often a test at 0.05 rejects although nothing
differs. Monte Carlo error: 0.5 points with 2,000 replicates, 1 point with 500.

Usage::

    python benchmarks/coverage_2x2.py --replicates 2000 --bootstraps 500
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict

import numpy as np
from scipy.special import ndtr

from radln._random import task_rng
from radln.errors import RadlnWarning
from radln.stats import choose_cutoff, compare_calls, compare_matched, diagnostic_table, roc_band

SETTINGS = ((30, 1), (100, 1), (1000, 1), (102, 3), (999, 3))
CUT, SHIFT, RESAMPLES = 0.5, 1.0, 400
START = 0.2533471031357997  # a standard normal lies above it in 40 %
CUTS = {0.5: 0.0, 0.8: 0.8416212335729143, 0.9: 1.2815515655446004}  # of each specificity


def draw(rng: np.random.Generator, n: int, size: int):
    """Truth, both scores and patients."""
    shared = 0.4 if size > 1 else 0.0
    patients = rng.standard_normal((3, n // size)).repeat(size, axis=1)
    noise = np.sqrt(shared) * patients + np.sqrt(1 - shared) * rng.standard_normal((3, n))
    y = noise[0] > START
    second = 0.5 * noise[1] + np.sqrt(0.75) * noise[2]
    cluster = np.arange(n // size).repeat(size) if size > 1 else None
    return y, SHIFT * y + noise[1], SHIFT * y + second, cluster


def truths() -> dict[str, float]:
    """The metrics of both tests in endless data."""
    p, se, sp = 0.4, 1 - ndtr(CUT - SHIFT), ndtr(CUT)
    tp, fp, fn, tn = p * se, (1 - p) * (1 - sp), p * (1 - se), (1 - p) * sp
    called = tp + fp
    chance = p * called + (1 - p) * (1 - called)
    margins = np.sqrt(called * p * (1 - p) * (1 - called))
    return {
        "sensitivity": se,
        "specificity": sp,
        "ppv": tp / called,
        "npv": tn / (tn + fn),
        "accuracy": tp + tn,
        "kappa": (tp + tn - chance) / (1 - chance),
        "lr_positive": se / (1 - sp),
        "lr_negative": (1 - se) / sp,
        "diagnostic_odds_ratio": tp * tn / (fp * fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "balanced_accuracy": (se + sp) / 2,
        "mcc": (tp * tn - fp * fn) / margins,
    }


def within(estimate, truth: float) -> float:
    """Whether the interval holds the truth; NaN where there is none."""
    return np.nan if np.isnan(estimate.low) else float(estimate.low <= truth <= estimate.high)


def quick(y, a, b, cluster) -> dict[str, float]:
    """Intervals and tests in closed form."""
    table = diagnostic_table(y, a > CUT, cluster=cluster, n_resamples=2)
    true = list(truths().items())[:9]
    found = {f"{name}: interval": within(getattr(table, name), v) for name, v in true}
    for predictive in ("weighted-score", "score", "relative"):
        if cluster is not None and predictive == "weighted-score":
            continue
        method = "mid-p" if cluster is None else None
        result = compare_calls(
            y, a > CUT, b > CUT, cluster=cluster, predictive=predictive, method=method
        )
        for metric in result.metrics:
            extra = f" ({predictive})" if metric.metric in ("ppv", "npv") else ""
            none = 0.0 if metric.scale == "difference" else 1.0
            name = f"{metric.metric} a against b{extra}"
            found[f"{name}: interval"] = within(metric.contrast, none)
            p = metric.pvalue
            found[f"{name}: rejects"] = np.nan if np.isnan(p) else float(p < 0.05)
    return found


def slow(y, a, b, cluster, seed: int) -> dict[str, float]:
    """Bootstrap intervals and tests."""
    options = {"cluster": cluster, "n_resamples": RESAMPLES, "rng": seed}
    table = diagnostic_table(y, a > CUT, **options)
    true = list(truths().items())[9:]
    found = {f"{name}: interval": within(getattr(table, name), v) for name, v in true}
    choice = choose_cutoff(y, a, **options)
    t = choice.threshold.value
    reached = 1 - ndtr(t - SHIFT), ndtr(t)
    names = ("sensitivity", "specificity", "youden")
    for i, (name, value) in enumerate(zip(names, (*reached, sum(reached) - 1), strict=True)):
        estimate = getattr(choice, name)
        found[f"{name} at the chosen cut-off: interval"] = within(estimate, value)
        found[f"{name} at the chosen cut-off: apparent - true"] = choice.apparent[i] - value
        found[f"{name} at the chosen cut-off: corrected - true"] = estimate.value - value
    band = roc_band(y, a, specificity=[0.5, 0.8, 0.9], **options)
    for sp, low, high in zip(band.at, band.low, band.high, strict=True):
        value = 1 - ndtr(CUTS[float(sp)] - SHIFT)
        found[f"sensitivity at specificity {sp:g}: interval"] = float(low <= value <= high)
    matched = compare_matched(y, a, b, sensitivity=0.8, **options)
    found["specificity at sensitivity 0.8, a against b: interval"] = within(matched.difference, 0)
    found["specificity at sensitivity 0.8, a against b: rejects"] = float(matched.pvalue < 0.05)
    return found


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--bootstraps", type=int, default=500)
    options = parser.parse_args()
    found = defaultdict(dict)
    for n, size in SETTINGS:
        values = defaultdict(list)
        for i in range(options.replicates):
            world = draw(task_rng(0, "coverage", n, size, i), n, size)
            if not 1 < world[0].sum() < n - 1:
                continue
            results = quick(*world)
            if i < options.bootstraps:
                results |= slow(*world, seed=i)
            for name, value in results.items():
                values[name].append(value)
        for name, numbers in values.items():
            known = ~np.isnan(numbers)
            found[name][n, size] = f"{np.nanmean(numbers):.3f}" if known.any() else "-"
    heads = [f"n = {n}" + (f", {size} a patient" if size > 1 else "") for n, size in SETTINGS]
    print("| | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads))
    for name, row in found.items():
        print(f"| {name} | " + " | ".join(row.get(key, "-") for key in SETTINGS) + " |")


if __name__ == "__main__":
    main()
