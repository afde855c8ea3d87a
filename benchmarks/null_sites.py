"""How often does leave-one-site-out find a difference, or an area, where there is only noise?

Sites differ in size, in the share of positive cases and in the level of every feature; features say
nothing of the outcome. Each site is predicted by linear discriminants that learned from the others.
Two discriminants of different features are compared, or one with a fixed score, by the mean of the
sites' differences; the mean area of the first is compared with 0.5. Sites with fewer than 10 of a
class are not pooled, studies with fewer than five sites left are not counted. Printed: the share of
studies with p < 0.05, plain and with ``shared_training``; Monte Carlo error 0.5 points with 2,000.

Usage::

    python benchmarks/null_sites.py --studies 2000
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import t as student

from radln._random import task_rng
from radln.stats import auc, compare_auc
from radln.stats.description._random_effects import random_effects
from radln.stats.description.pooled import pooled_difference

SITES = {
    "5 of 80": [80] * 5,
    "5, unequal": [250, 120, 60, 50, 40],
    "10 of 60": [60] * 10,
    "10, unequal": [400, 200, 100, 80, 60, 50, 50, 40, 40, 40],
    "20 of 50": [50] * 20,
}
LEAST, LEAST_SITES = 10, 5


def direction(features, positive):
    """The linear discriminant of training cases."""
    scatter = np.atleast_2d(np.cov(features, rowvar=False)) + 1e-3 * np.eye(features.shape[1])
    gap = features[positive].mean(axis=0) - features[~positive].mean(axis=0)
    return np.linalg.solve(scatter, gap)


def study(rng, sizes, p, fixed):
    """Whether each of four tests rejects; None where too few sites can be pooled."""
    site = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.random(site.size) < rng.uniform(0.25, 0.6, len(sizes))[site]
    x = rng.normal(size=(site.size, 2 * p)) + rng.normal(0, 0.5, (len(sizes), 2 * p))[site]
    gaps, areas, errors = [], [], []
    for k in range(len(sizes)):
        here, others = site == k, site != k
        if min(y[here].sum(), (~y[here]).sum()) < LEAST:
            continue
        first = x[here, :p] @ direction(x[others, :p], y[others])
        second = x[here, p] if fixed else x[here, p:] @ direction(x[others, p:], y[others])
        gaps.append(compare_auc(y[here], first, second).difference)
        area = auc(y[here], first, method="logit").estimate
        slope = area.value * (1 - area.value)
        areas.append(np.log(area.value / (1 - area.value)))
        errors.append(area.se / slope)
    if len(gaps) < LEAST_SITES:
        return None
    rejected = [pooled_difference(gaps, shared_training=s).pvalue < 0.05 for s in (False, True)]
    for shared in (False, True):
        pooled = random_effects(np.array(areas), np.array(errors), 0.95, shared=shared)
        rejected.append(abs(pooled.mean) > student.ppf(0.975, len(areas) - 1) * pooled.se)
    return rejected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--studies", type=int, default=2000)
    asked = parser.parse_args()
    print("sites, features, against: difference plain/shared, mean area plain/shared (%)")
    for name, sizes in SITES.items():
        for p in (1, 5):
            for fixed in (False, True):
                drawn = (
                    study(task_rng(1, name, p, fixed, k), sizes, p, fixed)
                    for k in range(asked.studies)
                )
                rates = 100 * np.mean([one for one in drawn if one is not None], axis=0)
                against = "fixed" if fixed else "trained"
                print(name, p, against, *(f"{rate:.1f}" for rate in rates), sep="  ", flush=True)


if __name__ == "__main__":
    main()
