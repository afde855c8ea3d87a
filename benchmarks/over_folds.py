"""Do intervals and tests over folds hold what they promise?

Studies of :mod:`folds_world`, judged by the library's ``compare_over_folds``. Two ways of modelling
on two disjoint sets of columns that inform equally, or not at all; on a set and the same with ten
columns of noise (nested); on a set and one that informs less; and against readers who inform about
as much, one of whom looks at what the model looks at. Of every cell:

* the way of modelling: the share of tests at 0.05 that reject although the expected areas are equal
  (``rejects``); that claim the richer of the nested models to be better (``claims``, one-sided at
  0.025); that call the worse set as good with a margin equal to the true difference (``as good``);
  how often the intervals of the difference and of both areas hold the expected ones over training
  samples of that size (``holds``); the power where a z-test with the true spread has 0.80 (the
  null moved to 2.80 true standard deviations from the true difference);
* these fold models: how often the same intervals hold the mean true area (or difference) of the
  very models that were fitted, and their mean width over that of the oracle (2 x 1.96 standard
  deviations of estimate minus truth);
* ``se / spread``: the mean standard error over the true spread of the estimate.

Usage::

    python benchmarks/over_folds.py ridge --out ridge.csv
    python benchmarks/over_folds.py xgboost --out xgboost.csv --scores FOLDER
    python benchmarks/over_folds.py designs --out designs.csv
    python benchmarks/over_folds.py designs --out more.csv --design "5 x 10" --pair noise \
        --studies 2000
    python benchmarks/over_folds.py page ridge.csv xgboost.csv designs.csv
"""

from __future__ import annotations

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from folds_world import Design, study

from radln.errors import RadlnWarning
from radln.stats import compare_over_folds

Z = 1.959963984540054
PAIRS = {
    "disjoint": ("a", "b"),
    "noise": ("noise", "other_noise"),
    "nested": ("a_and_noise", "a"),
    "weaker": ("a", "weaker"),
    "reader": ("a", "reader"),
    "near reader": ("a", "near_reader"),
}
SIZES, NODES, STANDARD = (60, 100, 300, 1000), (1, 3), Design()
DESIGNS = (
    Design(5, 1),
    Design(10, 1),
    Design(10, 5),
    Design(3, 5),
    Design(2, 5),
    Design(5, 20),
    Design(5, 10, hold_out=True),
    Design(5, 25, hold_out=True),
    Design(5, 5, positive=0.2),
)
BOOSTED = ("a", "b", "noise", "other_noise", "a_and_noise")


def judged(world, first: str, second: str) -> dict[str, float]:
    """One comparison of one study beside the truth."""
    result = compare_over_folds(
        world.y,
        world.scores[first],
        world.scores[second],
        world.folds,
        cluster=world.patients,
    )
    a, b = (np.mean(world.true[name]) for name in (first, second))
    return {
        "gap": result.difference.value,
        "se": result.difference.se,
        "low": result.difference.low,
        "high": result.difference.high,
        "pvalue": result.pvalue,
        "upper": result.upper_bound,
        "area_low": result.auc_a.low,
        "area_high": result.auc_a.high,
        "area": result.auc_a.value,
        "true_a": a,
        "true_b": b,
    }


def run(learner: str, cells, out: Path, scores: Path | None, only: str | None = None) -> None:
    """Append a row a study and pair; what stands there already is not made again."""
    done = set()
    if out.exists():
        done = set(map(tuple, pd.read_csv(out)[["n", "nodes", "design", "number"]].to_numpy()))
    with out.open("a", newline="") as file:
        writer = None
        for n, nodes, design, studies in cells:
            pairs = PAIRS if only is None else {only: PAIRS[only]}
            names = (
                BOOSTED if learner == "xgboost" else tuple(dict.fromkeys(sum(pairs.values(), ())))
            )
            fitted = tuple(name for name in names if "reader" not in name)
            for number in range(studies):
                if (n, nodes, str(design), number) in done:
                    continue
                kept = None if scores is None else scores / f"{n}_{nodes}_{number}.npz"
                world = study(learner, n, nodes, design, number, fitted, kept)
                for pair, (first, second) in pairs.items():
                    if "weaker" in (first, second) and learner == "xgboost":
                        continue
                    row = {
                        "learner": learner,
                        "n": n,
                        "nodes": nodes,
                        "design": str(design),
                        "number": number,
                        "pair": pair,
                        **judged(world, first, second),
                    }
                    if writer is None:
                        writer = csv.DictWriter(file, list(row))
                        if not done:
                            writer.writeheader()
                            done.add(None)
                    writer.writerow(row)
                file.flush()


def cell(part: pd.DataFrame, pair: str) -> dict[str, float]:
    """Every rate of one cell."""
    part = part[part["se"].notna()]
    own = part["true_a"] - part["true_b"]
    true, true_a = own.mean(), part["true_a"].mean()
    spread = part["gap"].std(ddof=1)
    off = part["gap"] - true
    rates = {
        "studies": len(part),
        "true difference": true,
        "se / spread": part["se"].mean() / spread,
        "holds the difference": ((part["low"] <= true) & (true <= part["high"])).mean(),
        "holds the area": ((part["area_low"] <= true_a) & (true_a <= part["area_high"])).mean(),
        "power": ((off + 2.8016 * spread).abs() / part["se"] > Z).mean(),
        "fold models: difference": ((part["low"] <= own) & (own <= part["high"])).mean(),
        "fold models: area": (
            (part["area_low"] <= part["true_a"]) & (part["true_a"] <= part["area_high"])
        ).mean(),
        "width / oracle": (part["high"] - part["low"]).mean()
        / (2 * Z * (part["gap"] - own).std(ddof=1)),
    }
    if pair in ("disjoint", "noise"):
        rates["rejects"] = (part["pvalue"] < 0.05).mean()
    if pair == "nested":
        rates["claims"] = (part["gap"] / part["se"] > Z).mean()
        rates["as good"] = (-part["low"] < -true).mean()  # the richer, within what it is worse by
    if pair == "weaker":
        rates["as good"] = (part["upper"] < true).mean()
    return rates


def page(files: list[Path]) -> None:
    """All tables in Markdown."""
    table = pd.concat([pd.read_csv(file) for file in files])
    keys = ["learner", "design", "pair", "nodes", "n"]
    rows = [
        dict(zip(keys, key, strict=True)) | cell(part, key[2])
        for key, part in table.groupby(keys, sort=False)
    ]
    found = pd.DataFrame(rows)
    for (learner, design), part in found.groupby(["learner", "design"], sort=False):
        print(f"\n### {learner}, {design}\n")
        show(part.drop(columns=["learner", "design"]))
    pooled = table[table["design"] == str(STANDARD)]
    rows = []
    for (learner, pair, nodes), part in pooled.groupby(["learner", "pair", "nodes"], sort=False):
        cells = [cell(one, pair) | {"weight": len(one)} for _, one in part.groupby("n")]
        frame = pd.DataFrame(cells)
        weights = frame.pop("weight")
        means = frame.mul(weights, axis=0).sum() / weights.sum()
        means["studies"] = weights.sum()
        rows.append({"learner": learner, "pair": pair, "nodes": nodes} | means.to_dict())
    print("\n### Pooled over n\n")
    show(pd.DataFrame(rows).drop(columns=["true difference"]))


def show(table: pd.DataFrame) -> None:
    """One table in Markdown; a rate that does not apply is a dash."""
    names = list(table.columns)
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for _, row in table.iterrows():
        cells = []
        for name in names:
            value = row[name]
            if isinstance(value, str):
                cells.append(value)
            elif pd.isna(value):
                cells.append("-")
            elif name in ("n", "nodes", "studies"):
                cells.append(f"{value:.0f}")
            else:
                cells.append(f"{value:.3f}")
        print("| " + " | ".join(cells) + " |")


def main() -> None:
    warnings.simplefilter("ignore", RadlnWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("ridge", "xgboost", "designs", "page"))
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--studies", type=int)
    parser.add_argument("--design", help="one of the designs, as on the page: '5 x 10'")
    parser.add_argument("--pair", choices=tuple(PAIRS), help="of designs, one pair alone")
    options = parser.parse_args()
    if options.what == "page":
        page(options.files)
    elif options.what == "designs":
        named = [d for d in DESIGNS if options.design in (None, str(d))]
        cells = [(100, nodes, d, options.studies or 500) for d in named for nodes in NODES]
        run("ridge", cells, options.out, None, options.pair)
    else:
        usual = {"ridge": {1000: 1000}, "xgboost": {}}[options.what]
        each = options.studies or {"ridge": 2000, "xgboost": 500}[options.what]
        cells = [
            (n, nodes, STANDARD, min(each, usual.get(n, each))) for n in SIZES for nodes in NODES
        ]
        if options.scores is not None:
            options.scores.mkdir(parents=True, exist_ok=True)
        run(options.what, cells, options.out, options.scores)


if __name__ == "__main__":
    main()
