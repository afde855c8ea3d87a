"""Does the pipeline find something where there is nothing?

Simulated null cohorts: 93 patients, 630 images, 851 noise features that correlate 0.4 within a
patient, and an outcome at patient level that no feature knows. For every cohort, with the library's
own functions:

* the mean within-fold AUC of the pipeline (selection and fit inside patient folds);
* the patient-level permutation p of that AUC, each permutation repeating folds, selection and fit;
* the two wrong orders, done by hand because the library refuses them: selection on all rows before
  the folds, and folds over images instead of patients.

Rows are appended to a csv as they finish, so that a run that was stopped goes on. Usage::

    python benchmarks/null_pipeline.py --cohorts 200 --permutations 19 --jobs 2 --out null.csv
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import binomtest

from radln._random import task_rng
from radln.designs import Split, check_splits, grouped_folds
from radln.errors import LeakageError
from radln.models.learners import learner
from radln.models.steps.encode import Encoding, fit_encoding
from radln.models.steps.select import Select
from radln.models.steps.step import Training
from radln.stats import auc_over_folds, permutation_pvalue, permute_by_patient
from radln.stats.discrimination.delong import placements

SEED = 20261121
PATIENTS, IMAGES, FEATURES, CORRELATION = 93, 630, 851, 0.4
FOLDS, MAX_FEATURES, MAX_CORRELATION, PENALTY = 5, 20, 0.9, (0.1,)
COLUMNS = ("cohort", "auc", "p", "auc_selection_first", "auc_image_split", "image_split_refused")


def cohort(number: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features, outcome and patients of one null cohort."""
    rng = task_rng(SEED, "cohort", number)
    sizes = 1 + rng.multinomial(IMAGES - PATIENTS, np.full(PATIENTS, 1 / PATIENTS))
    patient = np.repeat(np.arange(PATIENTS), sizes)
    shared = rng.standard_normal((PATIENTS, FEATURES))[patient]
    own = rng.standard_normal((IMAGES, FEATURES))
    x = np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own
    positive = rng.permutation(PATIENTS) < PATIENTS // 2
    frame = pd.DataFrame(x, columns=[f"radiomics_{j}" for j in range(FEATURES)])
    return frame, positive[patient], patient.astype(str)


def encode(frame: pd.DataFrame, y: np.ndarray) -> Encoding:
    return fit_encoding(
        Training(frame, y, np.arange(y.size).astype(object)),
        keep=(),
        compete=list(frame.columns),
        choices=[Select(MAX_FEATURES, MAX_CORRELATION)],
    )


def pipeline(
    frame: pd.DataFrame,
    y: np.ndarray,
    patient: np.ndarray,
    *,
    seed: int,
    chosen: Encoding | None = None,
) -> float:
    """The mean within-fold AUC; ``chosen`` selects before the folds, which is the wrong order."""
    scores, where = np.empty(y.size), np.empty(y.size, dtype=int)
    for fold in grouped_folds(y, patient, n_folds=FOLDS, seed=seed):
        train, test = frame.iloc[fold.train], frame.iloc[fold.test]
        encoding = chosen or encode(train, y[fold.train])
        core = learner("logistic").fit(
            PENALTY, encoding.transform(train), y[fold.train], balanced=False, seed=0
        )
        scores[fold.test], where[fold.test] = core.log_odds(encoding.transform(test)), fold.fold
    return auc_over_folds(y, scores, where, cluster=patient).estimate.value


def image_split(frame: pd.DataFrame, y: np.ndarray, patient: np.ndarray, seed: int) -> float:
    """The same over images; written out by hand, because the library refuses such folds."""
    where = task_rng(seed, "images").permutation(y.size) % FOLDS
    areas = []
    for k in range(FOLDS):
        train, test = where != k, where == k
        encoding = encode(frame[train], y[train])
        matrix = encoding.transform(frame[train])
        core = learner("logistic").fit(PENALTY, matrix, y[train], balanced=False, seed=0)
        scores = core.log_odds(encoding.transform(frame[test]))
        areas.append(placements(y[test], scores[None])[0][0])
    return float(np.mean(areas))


def refused(y: np.ndarray, patient: np.ndarray, seed: int) -> bool:
    """Whether the library raises LeakageError on folds over images."""
    where = task_rng(seed, "images").permutation(y.size) % FOLDS
    folds = [
        Split(0, k, np.flatnonzero(where != k), np.flatnonzero(where == k)) for k in range(FOLDS)
    ]
    try:
        check_splits(folds, patient)
    except LeakageError:
        return True
    return False


def one(number: int, permutations: int) -> dict[str, object]:
    frame, y, patient = cohort(number)
    seed = int(task_rng(SEED, "folds", number).integers(2**31))
    observed = pipeline(frame, y, patient, seed=seed)
    null = []
    for k in range(permutations):
        shuffled = permute_by_patient(y, patient, task_rng(SEED, "permutation", number, k))
        null.append(pipeline(frame, shuffled, patient, seed=seed + k + 1))
    return {
        "cohort": number,
        "auc": observed,
        "p": permutation_pvalue(observed, null),
        "auc_selection_first": pipeline(frame, y, patient, seed=seed, chosen=encode(frame, y)),
        "auc_image_split": image_split(frame, y, patient, seed),
        "image_split_refused": int(refused(y, patient, seed)),
    }


def report(table: pd.DataFrame, permutations: int) -> None:
    n = len(table)
    print(f"seed {SEED}; {n} cohorts; {permutations} permutations each")
    print("| quantity | mean | Monte Carlo error | smallest | largest |")
    print("|---|---|---|---|---|")
    names = {
        "auc": "within-fold AUC, as the library does it",
        "auc_selection_first": "AUC when features are selected first (wrong)",
        "auc_image_split": "AUC when images are split (wrong)",
    }
    for column, name in names.items():
        x = table[column]
        error = x.std(ddof=1) / np.sqrt(n)
        print(f"| {name} | {x.mean():.3f} | {error:.3f} | {x.min():.3f} | {x.max():.3f} |")
    rejected = int((table["p"] <= 0.05).sum())
    interval = binomtest(rejected, n).proportion_ci(method="wilson")
    print(
        f"permutation p <= 0.05 in {rejected} of {n} cohorts: {100 * rejected / n:.1f} % "
        f"(95 % CI {100 * interval.low:.1f} to {100 * interval.high:.1f}; Monte Carlo error "
        f"{100 * np.sqrt(0.05 * 0.95 / n):.1f} points)"
    )
    print(f"folds over images refused in {int(table['image_split_refused'].sum())} of {n} cohorts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--permutations", type=int, default=19)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("null.csv"))
    options = parser.parse_args()
    done = set(pd.read_csv(options.out)["cohort"]) if options.out.exists() else set()
    waiting = [number for number in range(options.cohorts) if number not in done]
    rows = Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
        delayed(one)(number, options.permutations) for number in waiting
    )
    for row in rows:
        fresh = not options.out.exists()
        with options.out.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if fresh:
                writer.writeheader()
            writer.writerow(row)
    report(pd.read_csv(options.out).sort_values("cohort"), options.permutations)


if __name__ == "__main__":
    main()
