"""Do the intervals of agreement hold what they promise?

Cases of normal size (variance 1) are measured by three raters with error variance 0.5; for the
intraclass correlations the raters are drawn anew in each study, their offsets having variance 0.1.
For kappas the measurements are cut into three categories at -0.5 and 0.5. Clustered: three cases a
patient, intraclass correlation 0.4 of the sizes and of the errors. Printed: how often a nominal
95 % interval holds the true value, which comes from two million cases. Monte Carlo error: 0.5
points with 2,000 replicates.

Usage::

    python benchmarks/coverage_agreement.py --replicates 2000
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from radln._random import task_rng
from radln.stats import bland_altman, icc, kappa, rater_agreement

SETTINGS = ((30, 1), (100, 1), (1000, 1), (102, 3), (999, 3))
RATERS, ERROR, OFFSETS, SHARED, CUTS = 3, 0.5, 0.1, 0.4, (-0.5, 0.5)
COEFFICIENTS = ("fleiss", "conger", "light", "gwet", "krippendorff")
FORMS = ("ICC(2,1)", "ICC(3,1)", "ICC(2,k)", "ICC(3,k)")


def draw(rng: np.random.Generator, n: int, size: int):
    """Measurements (n, 3) without offsets, and patients."""
    shared = SHARED if size > 1 else 0.0
    patients = rng.standard_normal((1 + RATERS, n // size)).repeat(size, axis=1)
    noise = np.sqrt(shared) * patients + np.sqrt(1 - shared) * rng.standard_normal((1 + RATERS, n))
    cluster = np.arange(n // size).repeat(size) if size > 1 else None
    return (noise[0] + np.sqrt(ERROR) * noise[1:]).T, cluster


def categorical(x, cluster=None) -> dict:
    """Estimates of agreement on three categories."""
    cut = np.digitize(x, CUTS)
    found = {
        f"Cohen, {weights or 'plain'}": kappa(
            cut[:, 0], cut[:, 1], weights=weights, labels=[0, 1, 2], cluster=cluster
        ).estimate
        for weights in (None, "linear", "quadratic")
    }
    for name in COEFFICIENTS:
        for weights in (None, "quadratic"):
            result = rater_agreement(
                cut, coefficient=name, weights=weights, labels=[0, 1, 2], cluster=cluster
            )
            found[f"{name}, {weights or 'plain'}"] = result.estimate
    return found


def truths() -> dict[str, float]:
    """The coefficients in endless data."""
    x, _ = draw(task_rng(0, "truth"), 2_000_000, 1)
    whole = 1 + ERROR
    return {
        **{name: estimate.value for name, estimate in categorical(x).items()},
        "ICC(2,1)": 1 / (whole + OFFSETS),
        "ICC(3,1)": 1 / whole,
        "ICC(2,k)": 1 / (1 + (ERROR + OFFSETS) / RATERS),
        "ICC(3,k)": 1 / (1 + ERROR / RATERS),
        "bias": 0.0,
        "lower_limit": -1.959963984540054 * np.sqrt(2 * ERROR),
        "upper_limit": 1.959963984540054 * np.sqrt(2 * ERROR),
        "slope": 0.0,
        "ccc": 1 / whole,
    }


def study(rng: np.random.Generator, n: int, size: int) -> dict:
    """The estimates of one study."""
    x, cluster = draw(rng, n, size)
    found = categorical(x, cluster)
    result = bland_altman(x[:, 0], x[:, 1], cluster=cluster)
    for name in ("bias", "lower_limit", "upper_limit", "slope", "ccc"):
        found[name] = getattr(result, name)
    offsets = np.sqrt(OFFSETS) * rng.standard_normal(RATERS)
    forms = icc(x + offsets, cluster=cluster).forms
    found |= {form: forms[form] for form in FORMS}
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=2000)
    arguments = parser.parse_args()
    true = truths()
    held: dict[str, dict] = defaultdict(lambda: defaultdict(list))
    for n, size in SETTINGS:
        for i in range(arguments.replicates):
            rng = task_rng(1, n, size, i)
            for name, e in study(rng, n, size).items():
                if not np.isnan(e.low):
                    held[name][n].append(e.low <= true[name] <= e.high)
    columns = [f"n = {n}" + (f", {size} a patient" if size > 1 else "") for n, size in SETTINGS]
    print("| | true value | " + " | ".join(columns) + " |")
    print("|---" * (2 + len(columns)) + "|")
    for name, rows in held.items():
        cells = [f"{np.mean(rows[n]):.3f}" for n, _ in SETTINGS]
        print(f"| {name} | {true[name]:.3f} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
