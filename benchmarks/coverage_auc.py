"""Do the intervals of areas under ROC curves, and the tests beside them, hold what they promise?

Normal scores, shifted in positive cases (40 %) so that the area has the stated value; a second
score, correlated by 0.5, is as good, a third 0.1 worse. Three classes (50, 30 and 20 %): one score
a class, shifted where the case is of that class. Clustered: patients of 1 to 4 nodes, intraclass
correlation 0.4 of the outcome (which varies within patients) and of the scores' noise.
Printed: how often a nominal 95 % interval holds the true value, and how often a test at 0.05
rejects although nothing differs. Monte Carlo error: 0.5 points with 2,000 replicates, 1 point with
500.

Usage::

    python benchmarks/coverage_auc.py --replicates 2000 --bootstraps 500
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from radln._random import task_rng
from radln.errors import RadlnWarning
from radln.stats import auc, compare_auc, compare_multiclass_auc, multiclass_auc, partial_auc

SETTINGS = (
    (30, 0.7),
    (30, 0.9),
    (100, 0.7),
    (100, 0.9),
    (100, 0.95),
    (1000, 0.7),
    (1000, 0.9),
    (1000, 0.95),
)
SHARED, WORSE, PART, RESAMPLES = 0.4, 0.1, (0.8, 1.0), 400
THREEFOLD = 0.9  # the largest area at which three classes are drawn
POSITIVE, CLASSES = 0.4, (0.5, 0.8)  # shares, of classes cumulated


def patients(rng: np.random.Generator, n: int):
    """Patients of 1 to 4 nodes, together n."""
    sizes = rng.integers(1, 5, size=n)
    return np.repeat(np.arange(n), sizes)[:n]


def noise(rng: np.random.Generator, n: int, cluster) -> np.ndarray:
    """Standard normal; patients share 0.4 of the variance."""
    own = rng.standard_normal(n)
    if cluster is None:
        return own
    return np.sqrt(SHARED) * rng.standard_normal(n)[cluster] + np.sqrt(1 - SHARED) * own


def shift(area: float) -> float:
    """How far positive cases lie above negative ones."""
    return float(np.sqrt(2) * ndtri(area))


def partial_truth(area: float) -> float:
    """The area over the chosen specificities."""
    low, high = PART
    return quad(lambda fpr: ndtr(shift(area) + ndtri(fpr)), 1 - high, 1 - low)[0]


def within(estimate, truth: float) -> float:
    """Whether the interval holds the truth; NaN where there is none."""
    return np.nan if np.isnan(estimate.low) else float(estimate.low <= truth <= estimate.high)


def binary(rng: np.random.Generator, n: int, area: float, clustered: bool):
    """Outcome, three scores and patients."""
    cluster = patients(rng, n) if clustered else None
    y = noise(rng, n, cluster) < ndtri(POSITIVE)
    first, other = noise(rng, n, cluster), noise(rng, n, cluster)
    second = 0.5 * first + np.sqrt(0.75) * other
    gap = shift(area)
    return y, gap * y + first, gap * y + second, shift(area - WORSE) * y + second, cluster


def threefold(rng: np.random.Generator, n: int, area: float, clustered: bool):
    """Classes, the scores of two models and patients; every area of both is ``area``."""
    cluster = patients(rng, n) if clustered else None
    y = np.searchsorted(ndtri(CLASSES), noise(rng, n, cluster))
    gain = shift(area) * np.eye(3)[y]
    first, other = (np.stack([noise(rng, n, cluster) for _ in range(3)], axis=1) for _ in "ab")
    return y, gain + first, gain + 0.5 * first + np.sqrt(0.75) * other, cluster


def quick(world, area: float) -> dict[str, float]:
    """Areas and differences in closed form."""
    y, a, b, worse, cluster = world
    found = {}
    given = {"": cluster} if cluster is None else {"": cluster, ", patients ignored": None}
    for name, patient in given.items():
        for method in ("delong", "logit"):
            estimate = auc(y, a, method=method, cluster=patient)
            found[f"`auc`, {method}{name}: interval"] = within(estimate, area)
        difference = compare_auc(y, a, worse, cluster=patient).difference
        found[f"`compare_auc`, true difference 0.1{name}: interval"] = within(difference, WORSE)
        pvalue = compare_auc(y, a, b, cluster=patient).pvalue
        found[f"`compare_auc`, no difference{name}: rejects"] = rejects(pvalue)
    return found


def rejects(pvalue: float) -> float:
    """Whether a test at 0.05 does; NaN where there is none."""
    return np.nan if np.isnan(pvalue) else float(pvalue < 0.05)


def slow(world, area: float, seed: int) -> dict[str, float]:
    """Areas by bootstrap."""
    y, a, _, _, cluster = world
    options = {"cluster": cluster, "n_resamples": RESAMPLES, "rng": seed}
    found = {
        f"`auc`, {method}: interval": within(auc(y, a, method=method, **options), area)
        for method in ("bootstrap", "bca")
    }
    part = partial_auc(y, a, specificity=PART, **options)
    found["`partial_auc`, specificity 0.8 to 1: interval"] = within(part, partial_truth(area))
    return found


def classes(world, area: float) -> dict[str, float]:
    """Three classes in closed form."""
    y, a, b, cluster = world
    options = {"classes": [0, 1, 2], "cluster": cluster}
    areas = multiclass_auc(y, a, **options)
    found = {
        f"`multiclass_auc`, {name}: interval": within(getattr(areas, name), area)
        for name in ("macro", "weighted", "micro", "hand_till")
    }
    result = compare_multiclass_auc(y, a, b, **options)
    found["`compare_multiclass_auc`, macro, no difference: rejects"] = rejects(result.pvalue)
    table = result.frame().set_index("metric").loc["hand_till"]
    found["`compare_multiclass_auc`, hand_till: interval"] = float(table.low <= 0 <= table.high)
    return found


def column(n: int, area: float, clustered: bool, replicates: int, bootstraps: int):
    """The share of each quantity in one setting."""
    values = defaultdict(list)
    for i in range(replicates):
        rng = task_rng(0, "coverage of areas", n, str(area), int(clustered), i)
        world, other = binary(rng, n, area, clustered), threefold(rng, n, area, clustered)
        if min(world[0].sum(), (~world[0]).sum(), *np.bincount(other[0], minlength=3)) < 2:
            continue
        results = quick(world, area)
        if area <= THREEFOLD:
            results |= classes(other, area)
        if i < bootstraps:
            results |= slow(world, area, seed=i)
        for name, value in results.items():
            values[name].append(value)
    known = {name: np.array(v)[~np.isnan(v)] for name, v in values.items()}
    return {name: v.mean() if v.size else np.nan for name, v in known.items()}


def show(title: str, columns: dict[str, dict[str, float]]) -> None:
    """One table in Markdown."""
    names = dict.fromkeys(name for column in columns.values() for name in column)
    print(f"\n{title}\n\n| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name in names:
        cells = [c.get(name, np.nan) for c in columns.values()]
        print(f"| {name} | " + " | ".join("-" if np.isnan(v) else f"{v:.3f}" for v in cells) + " |")


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--bootstraps", type=int, default=500)
    options = parser.parse_args()
    for title, clustered in (("Independent cases", False), ("Patients of 1 to 4 nodes", True)):
        heads = {f"n = {n}, area {area:g}": (n, area) for n, area in SETTINGS}
        columns = {
            head: column(*setting, clustered, options.replicates, options.bootstraps)
            for head, setting in heads.items()
        }
        show(title, columns)


if __name__ == "__main__":
    main()
