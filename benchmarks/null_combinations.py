"""Do combinations of readers and models find something where there is nothing?

Studies of 60 nodes of about 35 patients, half of them positive; what every member says correlates
within a patient.

* ``noise``: nobody knows the outcome. The cross-fitted area of every combination should be 0.5 on
  average, its interval should hold 0.5 in 95 %, and the named comparison with the reader (or the
  model) alone should reject in 5 %.
* ``equal``: all members know equally much, so that a combination with the model and the same one
  with the regression are equally good. The cut-off of neither is given.
* ``given``: the same, with the cut-offs and bands given beforehand; nothing is fitted for calls.

The intervals are those of ``combine_reads``, without its bootstrap of F1; a rejection is an
interval of the difference without 0, which is the test of the primary comparison.

Usage::

    python benchmarks/null_combinations.py --scenario noise --studies 1000 --repeats 5
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy.special import expit

from radln._random import task_rng
from radln.stats import Combination
from radln.stats.readers.combinations._areas import areas_of, interval
from radln.stats.readers.combinations._cross_fit import cross_fit
from radln.stats.readers.combinations._panel import panel_of
from radln.stats.readers.combinations._rules import check_plan

SEED = 20261121
CASES, WITHIN = 60, 0.4
CUTS = (-1.2, -0.4, 0.4, 1.2)
GROUPS = {"experts": ["expert_1", "expert_2"]}
TWO, OTHER = ("model", "experts"), ("regression", "experts")
RULES = ("or", "and", "arbitrate", "mean", "max", "weighted", "stack")
THREE = ("model", "regression", "experts")
COMBINED = (
    *(Combination(rule, TWO) for rule in RULES),
    *(Combination(rule, OTHER) for rule in RULES),
    Combination("majority", THREE),
    Combination("stack", THREE, name="stack of all three"),
)
ALONE = {one.name: "experts" if one.is_binary else "model" for one in COMBINED}
GIVEN = {"model": 0.5, "regression": 0.5}
SWAPPED = {
    Combination(rule, TWO).name: Combination(rule, OTHER).name  # type: ignore[arg-type]
    for rule in RULES
}


def correlated(patient: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Standard normal values that correlate within a patient."""
    shared = rng.standard_normal(patient.max() + 1)[patient]
    own = rng.standard_normal(patient.size)
    return np.sqrt(WITHIN) * shared + np.sqrt(1 - WITHIN) * own


def study(number: int, signal: float) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Outcome, members and patients of one study."""
    rng = task_rng(SEED, "study", number, str(signal))
    sizes = rng.choice([1, 2, 3], size=CASES, p=[0.5, 0.3, 0.2])
    patient = np.repeat(np.arange(CASES), sizes)[:CASES]
    y = correlated(patient, rng) > 0
    seen = {
        name: signal * y + correlated(patient, rng) for name in ("model", "regression", "1", "2")
    }
    members = {name: expit(seen[name] - signal / 2) for name in ("model", "regression")}
    for reader in ("1", "2"):
        members[f"expert_{reader}"] = np.digitize(seen[reader] - signal / 2, CUTS) + 1
    return y, members, patient


def one(number: int, scenario: str, repeats: int) -> pd.DataFrame | None:
    """Areas and differences of one study; None where five folds cannot be dealt."""
    noise = scenario == "noise"
    y, members, patient = study(number, 0.0 if noise else 1.0)
    counts = [np.unique(patient[part]).size for part in (y, ~y)]
    if min(counts) < 10:
        return None
    combined = [fixed(one) for one in COMBINED] if scenario == "given" else COMBINED
    panel = panel_of(members, GROUPS, None, y.size)
    cutoffs = {"expert_1": 4, "expert_2": 4} | (GIVEN if scenario == "given" else {})
    fit = cross_fit(
        panel,
        y,
        patient.astype(str),
        combined,
        check_plan(cutoffs, "youden", panel, combined),
        n_folds=5,
        n_repeats=repeats,
        seed=0,
    )
    areas = areas_of(fit.sources, y, fit.folds, patient)
    at = {source.name: i for i, source in enumerate(fit.sources)}
    rows = []
    for name in ALONE:
        other = ALONE[name] if noise else SWAPPED.get(name)
        if other is None:
            continue
        i, j = at[name], at[other]
        area = areas.estimate(i, fit.sources[i], y, patient, 0.95, "")
        gap = interval(*areas.difference(i, j), 0.95, "")
        rows.append(
            {
                "study": number,
                "combination": name,
                "against": other,
                "binary": fit.sources[i].score is None,
                "auc": area.value,
                "covered": area.low <= 0.5 <= area.high,
                "difference": gap.value,
                "rejected": gap.low > 0 or gap.high < 0,
            }
        )
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, title: str, noise: bool) -> None:
    n = table["study"].nunique()
    print(f"\n{title}; {n} studies; seed {SEED}\n")
    head = "| combination | against | compared on | mean AUC (error) |"
    head += " interval holds 0.5 |" * noise + " mean difference (error) | rejects |"
    print(head)
    print("|" + "---|" * (head.count("|") - 1))
    for (name, other), part in table.groupby(["combination", "against"], sort=False):
        error = part[["auc", "difference"]].std(ddof=1) / np.sqrt(len(part))
        cells = [str(name), str(other), "calls" if part["binary"].iloc[0] else "scores"]
        cells.append(f"{part['auc'].mean():.3f} ({error['auc']:.3f})")
        if noise:
            cells.append(f"{100 * part['covered'].mean():.1f} %")
        cells.append(f"{part['difference'].mean():+.4f} ({error['difference']:.4f})")
        cells.append(f"{100 * part['rejected'].mean():.1f} %")
        print("| " + " | ".join(cells) + " |", flush=True)


def fixed(one: Combination) -> Combination:
    """The combination with its band given beforehand."""
    if one.rule != "arbitrate":
        return one
    return Combination("arbitrate", one.members, band=(0.35, 0.65))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=("noise", "equal", "given"), default="noise")
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found: list[pd.DataFrame] = []
    number = 0
    while len(found) < options.studies:
        part = one(number, options.scenario, options.repeats)
        number += 1
        if part is not None:
            found.append(part)
    title = f"{options.scenario}, {options.repeats} repeat(s)"
    report(pd.concat(found), title, noise=options.scenario == "noise")


if __name__ == "__main__":
    main()
