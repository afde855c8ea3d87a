"""Would a bootstrap that refits give a better standard error over folds than the variance raised?

Ridge, 5 x 5 folds, 100 patients (:mod:`folds_world`). The bootstrap of Cai and others
(arXiv:2307.00260), as read for areas: patients are drawn with replacement, copies of a patient
stay in one fold, and every resample is cross-validated twice with new folds. A one-way analysis
of variance over resamples separates what the sample does from what the deal of the folds does; the
latter is divided by the five repeats that the estimate averages.

Printed beside the variance that the library raises, of the same studies: the mean standard error
over the true spread, how often the test rejects at 0.05 where the expected areas are equal, how
often the interval holds the expected difference, and the power where a z-test with the true spread
has 0.80. The fitting time is that of all models fitted, as multiples of the 25 of the study.

Usage::

    python benchmarks/over_folds_refit.py --studies 200 --resamples 100
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from folds_world import PENALTY, Design, columns, newton, nodes, study
from over_folds import PAIRS, Z, judged

from radln._random import task_rng
from radln.designs import grouped_folds
from radln.errors import RadlnWarning
from radln.stats.discrimination.delong import placements

SEED, FOLDS, TWICE = 20261130, 5, 2
FITTED = ("a", "b", "noise", "other_noise", "a_and_noise", "weaker")
SHOWN = ("disjoint", "noise", "nested", "weaker")


def areas(x, y, who, seed: int) -> dict[str, float]:
    """Mean areas within the folds of one deal."""
    found = {name: [] for name in FITTED}
    for split in grouped_folds(y, who.astype(str), n_folds=FOLDS, seed=seed):
        for name in FITTED:
            own = np.ascontiguousarray(x[:, columns(name)])
            weights = newton(own[split.train], y[split.train].astype(np.float64), PENALTY)
            score = own[split.test] @ weights[1:]
            found[name].append(placements(y[split.test], score[None])[0][0])
    return {name: float(np.mean(values)) for name, values in found.items()}


def bootstrap(x, y, who, resamples: int, rng) -> dict[str, float]:
    """The standard error of every pair's difference."""
    members = [np.flatnonzero(who == patient) for patient in range(int(who.max()) + 1)]
    gaps = {pair: np.empty((resamples, TWICE)) for pair in SHOWN}
    for b in range(resamples):
        drawn = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        for again in range(TWICE):
            found = areas(x[drawn], y[drawn], who[drawn], int(rng.integers(2**31)))
            for pair in SHOWN:
                first, second = PAIRS[pair]
                gaps[pair][b, again] = found[first] - found[second]
    errors = {}
    for pair, gap in gaps.items():
        deal = gap.var(axis=1, ddof=1).mean()
        sample = max(gap.mean(axis=1).var(ddof=1) - deal / TWICE, 0.0)
        errors[pair] = float(np.sqrt(sample + deal / Design().repeats))
    return errors


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=100)
    parser.add_argument("--patients", type=int, default=100)
    options = parser.parse_args()
    n, rows = options.patients, {pair: [] for pair in SHOWN}
    for number in range(options.studies):
        world = study("ridge", n, 1, Design(), number, FITTED)
        rng = task_rng(SEED, "study", "ridge", n, 1, str(Design()), number)
        x, _, _, who = nodes(rng, n, 1, "ridge")
        errors = bootstrap(x, world.y, who, options.resamples, task_rng(SEED, "boot", number))
        for pair in SHOWN:
            found = judged(world, *PAIRS[pair])
            rows[pair].append(
                (found["gap"], found["true_a"] - found["true_b"], found["se"], errors[pair])
            )
    times = options.resamples * TWICE / Design().repeats
    print(f"{options.studies} studies, {n} patients; {times:g} times the fitting\n")
    print("| pair | error from | se / spread | rejects | holds the difference | power |")
    print("|---|---|---|---|---|---|")
    for pair, found in rows.items():
        gap, own, raised, refit = np.array(found).T
        true, spread = own.mean(), gap.std(ddof=1)
        for name, se in (("variance raised", raised), ("bootstrap, refitted", refit)):
            equal = pair in ("disjoint", "noise")
            rejects = f"{(np.abs(gap) / se > Z).mean():.3f}" if equal else "-"
            holds = (np.abs(gap - true) <= Z * se).mean()
            power = (np.abs(gap - true + 2.8016 * spread) / se > Z).mean()
            print(
                f"| {pair} | {name} | {se.mean() / spread:.3f} | {rejects} | {holds:.3f} | "
                f"{power:.3f} |"
            )


if __name__ == "__main__":
    main()
