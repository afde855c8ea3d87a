"""How often does `.632+` call pure noise good, and how often does `optimism_corrected` say so?

Normal predictors; the outcome is a coin, or depends on a few predictors so strongly that a model
fitted to so many cases has a mean AUC of 0.75 in new patients. One run is one study with the whole
correction, 100 resamples. Printed, a setting a line: the share of runs above 0.60 and their mean;
the share of those that carry a warning, with its Monte Carlo error; how often the warning, and its
stronger form ("no sign"), is given in all runs. Interrupted work goes on where it stopped.

Usage::

    python benchmarks/noise_632.py --runs 500 --fewer 100 --keep noise_632.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from radln.stats import auc
from radln.stats.validation._chance import CLEAR_SIGN, SOME_SIGN, above_chance
from radln.stats.validation._optimism import METRICS, correct
from radln.stats.validation._refits import Sample, refit

AREA, HIGH = METRICS.index("auc"), 0.60
RESAMPLES, NEW, FIRST = 100, 2000, 1000
BOUNDS = (1.5, 1.645, 2.0, 2.326, 2.576, 2.8, 3.0)
MODELS = {
    "XGBoost": XGBClassifier(
        n_estimators=50, max_depth=2, learning_rate=0.1, n_jobs=1, random_state=0
    ),
    "ridge": make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
}


@dataclass(frozen=True)
class Setting:
    """A world and a model; patients have ``rows`` cases of one outcome that share half the noise.

    At this ``strength`` of the first ``informative`` predictors fitted models have a mean true AUC
    of 0.75; 0 is noise.
    """

    model: str
    strength: float = 0.0
    n: int = 100
    p: int = 50
    prevalence: float = 0.5
    rows: int = 1
    informative: int = 5


MAIN = [Setting("XGBoost"), Setting("XGBoost", 2.6), Setting("ridge"), Setting("ridge", 2.1)]
WORLDS = (  # n, p, prevalence, rows, informative; strengths for ridge and for XGBoost
    ((100, 50, 0.3, 1, 5), (2.07, 2.7)),
    ((100, 50, 0.5, 1, 1), (2.15, 1.6)),
    ((60, 50, 0.5, 1, 5), (2.77, 3.95)),
    ((300, 10, 0.5, 3, 5), (2.54, 4.88)),
    ((100, 10, 0.5, 1, 5), (1.29, 1.76)),
    ((60, 10, 0.5, 1, 5), (1.52, 2.62)),
    ((300, 50, 0.5, 1, 5), (1.45, 1.68)),
    ((300, 10, 0.5, 1, 5), (1.21, 1.52)),
)
OTHERS = [
    Setting(model, strength, *world)
    for i, model in enumerate(("ridge", "XGBoost"))
    for world, strengths in WORLDS
    for strength in (0.0, strengths[i])
    if strength or world[-1] > 1
]


def study(setting: Setting, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predictors, outcome and patients of a study of n cases."""
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(n // setting.rows), setting.rows)
    own = rng.normal(size=(n // setting.rows, setting.p))
    score = own[:, : setting.informative].sum(axis=1) / np.sqrt(setting.informative)
    odds = np.log(setting.prevalence / (1 - setting.prevalence))
    y = (rng.random(own.shape[0]) < expit(setting.strength * score + odds))[patients]
    if setting.rows == 1:
        return own, y, patients
    return (own[patients] + rng.normal(size=(n, setting.p))) / np.sqrt(2), y, patients


def truth(setting: Setting, run: int) -> float:
    """The AUC in new patients of the model fitted to a run's study."""
    X, y, _ = study(setting, setting.n, FIRST + run)
    new, outcome, _ = study(setting, NEW * setting.rows, 10**6 + run)
    risks = MODELS[setting.model].fit(X, y.astype(int)).predict_proba(new)[:, 1]
    return auc(outcome, risks, method="delong").value


def one(setting: Setting, run: int) -> dict[str, float]:
    """The .632+ AUC of a study, the area of the cases left out and its distance from chance."""
    X, y, patients = study(setting, setting.n, FIRST + run)
    sample = Sample(X, y, patients, patients)
    model = MODELS[setting.model]
    refits = refit(model, sample, n_resamples=RESAMPLES, rng=np.random.default_rng(run))
    found = correct(refits, y, ".632+")
    left_out = float(found.left_out[AREA])
    z = above_chance(refits, y, patients if setting.rows > 1 else None, left_out)
    value = float(found.values[AREA])
    return {"value": value, "left_out": left_out, "z": z, "true": truth(setting, run)}


def share(hits: np.ndarray) -> str:
    """A percentage with its Monte Carlo error."""
    if not hits.size:
        return "-"
    error = np.sqrt(hits.mean() * (1 - hits.mean()) / hits.size)
    return f"{hits.mean():.1%} ± {error:.1%}"


def line(setting: Setting, runs: list[dict[str, float]]) -> str:
    """One row of the table."""
    value, z, true = (np.array([run[name] for run in runs]) for name in ("value", "z", "true"))
    z = np.where(np.isnan(z), -np.inf, z)
    above = value > HIGH
    world = "noise" if not setting.strength else f"{setting.informative} of {setting.p} matter"
    cells = (
        setting.model,
        world,
        setting.n,
        setting.p,
        setting.prevalence,
        setting.rows,
        f"{len(runs)}",
        f"{true.mean():.3f}",
        f"{value.mean():.3f}",
        share(above),
        f"{share(z[above] < CLEAR_SIGN)} of {above.sum()}",
        share(z < CLEAR_SIGN),
        share(z < SOME_SIGN),
    )
    return "| " + " | ".join(map(str, cells)) + " |\n"


def trade_off(noise: list[dict[str, float]], signal: list[dict[str, float]], model: str) -> str:
    """What other bounds, in standard errors, would catch, and whom they would wrong."""
    caught = np.array([run["z"] for run in noise if run["value"] > HIGH])
    wronged = np.array([run["z"] for run in signal])
    rows = [
        f"| {model} | {bound} | {share(caught < bound)} | {share(wronged < bound)} |\n"
        for bound in BOUNDS
    ]
    return "".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500, help="of n = 100, p = 50")
    parser.add_argument("--fewer", type=int, default=100, help="runs of the other settings")
    parser.add_argument("--keep", type=Path, default=Path("noise_632.jsonl"), help="finished runs")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    done: dict[str, list[dict[str, float]]] = {}
    if options.keep.exists():
        for text in options.keep.read_text().splitlines():
            row = json.loads(text)
            done.setdefault(row.pop("setting"), []).append(row)
    sys.stdout.write(
        "| Model | world | rows | predictors | prevalence | rows a patient | runs | true AUC | "
        "mean .632+ | above 0.60 | of these warned | warned | no sign |\n" + "|---" * 13 + "|\n"
    )
    for settings, number in ((MAIN, options.runs), (OTHERS, options.fewer)):
        for setting in settings:
            name = json.dumps(asdict(setting))
            runs = done.setdefault(name, [])
            for run in range(len(runs), number):
                found = one(setting, run)
                with options.keep.open("a") as kept:
                    kept.write(json.dumps({"setting": name, **found}) + "\n")
                runs.append(found)
            if number:
                sys.stdout.write(line(setting, runs[:number]))
                sys.stdout.flush()
    sys.stdout.write("\n| Model | bound | noise above 0.60 caught | true AUC 0.75 warned |\n")
    sys.stdout.write("|---|---|---|---|\n")
    for noise, signal in zip(MAIN[::2], MAIN[1::2], strict=True):
        kept = [done[json.dumps(asdict(each))][: options.runs] for each in (noise, signal)]
        sys.stdout.write(trade_off(*kept, noise.model))


if __name__ == "__main__":
    main()
