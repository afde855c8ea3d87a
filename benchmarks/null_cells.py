"""Does a study find something where there is only noise? Twelve cells: designs, outcomes, learners.

Cohorts of 150 patients (leaving six sites out: 300), some with two rows; 12 columns of noise that
correlate within a patient, and an outcome that is independent of all of them given the site. Where
there are sites (leave-site-out, external, fixed) they differ in size, in the shares of the
outcome and in the level of every column. The study's own path is run: recipes, steps, inner folds,
the splits of the design, predictions, the comparison that was named. Counted is how often the
primary comparison (12 columns against 2) has p < 0.05, how often the interval of the richer model's
area lies wholly on one side of 0.5, and the mean area. A study whose design refuses its data (a
class that misses) is drawn anew.

Rows are appended to a csv as they finish, so that a run that was stopped goes on. Usage::

    python benchmarks/null_cells.py --studies 500 --jobs 2 --out null_cells.csv [--cell lasso]
"""

from __future__ import annotations

import argparse
import csv
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import binomtest

from radln._random import task_rng
from radln.cohort.core import Cohort
from radln.designs import CrossValidation, Design, HoldOut, LeaveSiteOut, Marked
from radln.errors import RadlnError, RadlnWarning
from radln.evaluation.classes import evaluate_classes
from radln.evaluation.evaluate import evaluate
from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.evaluation.sites import evaluate_sites
from radln.models.classes import class_models
from radln.models.cross_fit import cross_fit
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.models.train import table_models
from radln.outcome import Binary, Classes
from radln.study.judged import cut_offs, never_tested, with_reads

SEED, PATIENTS, COLUMNS, WITHIN = 20261201, 150, 12, 0.4
THREE = ("reactive", "lymphoma", "metastatic")
SETTINGS = ModelSettings(folds=5, repeats=1, inner_folds=2, max_features=5)


@dataclass(frozen=True)
class Cell:
    """A design, an outcome (shares of its classes) and a learner."""

    design: Design
    learner: str
    shares: tuple[float, ...]
    several_rows: bool = False
    sites: int = 0
    tested: str = ""  # who is tested where the design does not draw: part or site
    ordered: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


CELLS = {
    "cv-logistic": Cell(CrossValidation(5), "logistic", (0.5, 0.5)),
    "cv-xgboost": Cell(CrossValidation(5), "xgboost", (0.7, 0.3)),
    "cv-lasso-rows": Cell(CrossValidation(5), "lasso", (0.65, 0.35), several_rows=True),
    "cv-knn": Cell(CrossValidation(5), "knn", (0.6, 0.4)),
    "hold-outs-logistic": Cell(HoldOut(0.2, 10), "logistic", (0.65, 0.35)),
    "hold-out-svm": Cell(HoldOut(0.3), "svm", (0.6, 0.4), settings={"kernel": "linear"}),
    "fixed-elastic-net": Cell(
        Marked(), "elastic_net", (0.7, 0.3), several_rows=True, sites=3, tested="site"
    ),
    "temporal-plain": Cell(Marked(), "plain", (0.6, 0.4), tested="part"),
    "external-logistic": Cell(Marked("external"), "logistic", (0.55, 0.45), sites=2, tested="site"),
    "site-out-logistic": Cell(LeaveSiteOut(), "logistic", (0.6, 0.4), sites=6),
    "cv-classes-multinomial": Cell(CrossValidation(5), "multinomial", (0.5, 0.3, 0.2)),
    "hold-out-classes-ordinal": Cell(
        HoldOut(0.3), "ordinal", (0.4, 0.35, 0.25), ordered=True, several_rows=True
    ),
}


def cohort_of(cell: Cell, rng: np.random.Generator) -> Cohort:
    """Noise with the cell's outcome; sites differ in everything but in what tells the outcome."""
    patients = 2 * PATIENTS if cell.sites > 3 else PATIENTS
    rows = 1 + (rng.random(patients) < 0.5) * cell.several_rows
    who = np.repeat(np.arange(patients), rows)
    noise = np.sqrt(WITHIN) * rng.normal(size=(patients, COLUMNS))[who]
    noise += np.sqrt(1 - WITHIN) * rng.normal(size=(who.size, COLUMNS))
    site = np.zeros(patients, dtype=int)
    log_shares = np.log(np.array(cell.shares))[None].repeat(patients, axis=0)
    if cell.sites:
        sizes = rng.dirichlet(np.full(cell.sites, 8.0))
        site = rng.choice(cell.sites, size=patients, p=sizes)
        noise += rng.normal(0, 0.7, (cell.sites, COLUMNS))[site[who]]
        log_shares = log_shares + rng.normal(0, 0.4, (cell.sites, len(cell.shares)))[site]
    drawn = log_shares + rng.gumbel(size=log_shares.shape)
    codes = drawn.argmax(axis=1)[who]  # of a patient's rows alike, the worst case
    index = pd.Index([f"u{i}" for i in range(who.size)], name="unit_id")
    several = len(cell.shares) > 2
    names = THREE if several else ("0", "1")
    units = pd.DataFrame(
        {
            "patient_id": who.astype(str),
            "y_true": np.array(names, dtype=object)[codes],
            "n_views": 1,
            "site": site[who].astype(str),
        },
        index=index,
    )
    if cell.tested:
        late = site == cell.sites - 1 if cell.tested == "site" else np.arange(patients) > 99
        units["tested"] = late[who]
    columns = [f"clinical_{j}" for j in range(COLUMNS)]
    return Cohort(
        units,
        pd.DataFrame(noise, index=index, columns=columns),
        {"clinical": tuple(columns)},
        pd.DataFrame(index=index),
        outcome=Classes(THREE, cell.ordered) if several else Binary(),
    )


def recipes_of(cell: Cell, cohort: Cohort) -> list[Recipe]:
    names = cohort.blocks["clinical"]
    steps = () if cell.learner == "plain" else ({"step": "univariate", "max_features": 6},)
    rich = (names, ()) if cell.learner == "plain" else ((), names)
    return [
        Recipe(f"rich_{cell.learner}", cell.learner, *rich, steps, settings=cell.settings),
        Recipe(f"poor_{cell.learner}", cell.learner, names[:2], settings=cell.settings),
    ]


def one(name: str, number: int) -> dict[str, object]:
    """One study; drawn anew where its data are refused."""
    cell, refused = CELLS[name], 0
    while True:
        rng = task_rng(SEED, name, number, refused)
        try:
            return {"cell": name, "number": number, **judged(cell, rng), "refused": refused}
        except RadlnError as error:
            refused += 1
            if refused > 50:
                raise RuntimeError(f"{name}: refused 50 times, last: {error}") from error


def judged(cell: Cell, rng: np.random.Generator) -> dict[str, float]:
    cohort, seed = cohort_of(cell, rng), int(rng.integers(2**31))
    splits = cell.design.splits(cohort.units, cohort.outcome, seed)
    several = isinstance(cohort.outcome, Classes)
    candidates = (class_models if several else table_models)(
        recipes_of(cell, cohort), SETTINGS, seed
    )
    rich, poor = (candidate.source for candidate in candidates)
    asked = EvaluationSettings(
        primary=PrimarySettings(full=rich, simple=poor), ladder=(), n_resamples=100
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadlnWarning)
        fit = cross_fit(cohort, splits, candidates)
        said, more = with_reads(cohort, fit), {"untested": never_tested(cohort, fit)}
        if several:
            found = evaluate_classes(said, asked, seed=seed, **more)
            areas = found.areas[found.areas["metric"] == "macro"]
            hand_till = found.areas[found.areas["metric"] == "hand_till"]
        elif splits[0].partition == "site":
            found = evaluate_sites(said, cut_offs(cohort, fit), asked, seed=seed)
            areas = hand_till = found.aucs
        else:
            found = evaluate(said, cut_offs(cohort, fit), asked, seed=seed, **more)
            areas = hand_till = found.aucs
    own, other = (table[table["source"] == rich].iloc[0] for table in (areas, hand_till))
    return {
        "p": np.nan if found.primary is None else found.primary.pvalue,
        "auc": own["value"],
        "off": float(own["low"] > 0.5 or own["high"] < 0.5),
        "off_hand_till": float(other["low"] > 0.5 or other["high"] < 0.5),
    }


def rate(hits: pd.Series) -> str:
    n, k = int(hits.notna().sum()), int(hits.sum())
    if not n:
        return "none"
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return f"{100 * k / n:.1f} % of {n} ({100 * low:.1f}–{100 * high:.1f})"


def report(table: pd.DataFrame) -> None:
    print(f"seed {SEED}; {len(table)} studies; shares with their 95 % CI")
    print(
        "| cell | primary p < 0.05 | interval of the AUC off 0.5 | mean AUC (± error) | refused |"
    )
    print("|---|---|---|---|---|")
    tested = (table["p"] < 0.05).where(table["p"].notna())
    for name, part in (*table.groupby("cell", sort=False), ("all cells", table)):
        areas = part["auc"].dropna()
        error = areas.std(ddof=1) / np.sqrt(len(areas))
        print(
            f"| {name} | {rate(tested[part.index])} | {rate(part['off'])} | "
            f"{areas.mean():.3f} ± {error:.3f} | {int(part['refused'].sum())} |"
        )
    classes = table[table["cell"].str.contains("classes")]
    print(f"interval of Hand and Till's mean off 0.5: {rate(classes['off_hand_till'])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("null_cells.csv"))
    parser.add_argument("--cell", choices=list(CELLS), default=None)
    options = parser.parse_args()
    done = set[tuple[str, int]]()
    if options.out.exists():
        known = pd.read_csv(options.out)
        done = set(zip(known["cell"], known["number"], strict=True))
    names = [options.cell] if options.cell else list(CELLS)
    waiting = [(n, k) for k in range(options.studies) for n in names if (n, k) not in done]
    rows = Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
        delayed(one)(name, number) for name, number in waiting
    )
    for row in rows:
        fresh = not options.out.exists()
        with options.out.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
    report(pd.read_csv(options.out))


if __name__ == "__main__":
    main()
