"""Does the whole pipeline find nothing where there is nothing?

Simulates cohorts whose features are pure noise, correlated within patients, and whose outcome
belongs to the patient, and runs radln's own cross-fitting on them:

* the mean within-fold AUC must be 0.50;
* the patient-level permutation p-value must reject 5 % of the cohorts;
* for contrast, what two wrong orders of work would have reported.

Run from the project's folder; a run that was stopped goes on where it was::

    python benchmarks/null_pipeline.py --out null.csv
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from radln._random import task_rng
from radln._types import BoolArray
from radln.cohort.core import Cohort
from radln.errors import LeakageError
from radln.io.atomic import write_text
from radln.models.encoding import fit_encoding
from radln.models.settings import ModelSettings
from radln.models.train import RAD_SOURCE, cross_fit, model_specs
from radln.splits import check_folds, grouped_folds
from radln.stats import auc_over_folds, permutation_pvalue, permute_by_patient

SEED = 20260
N_PATIENTS, N_FEATURES, CORRELATION = 93, 851, 0.4
MORE_IMAGES = 5.8  # images a patient: 1 + Poisson(5.8), about 630 in all
N_PERMUTATIONS = 19  # p <= 0.05 exactly where the observed AUC beats all 19
SETTINGS = ModelSettings(folds=5, repeats=1, inner_folds=2, estimators=("logistic",))


def null_cohort(
    rng: np.random.Generator, *, n_patients: int = N_PATIENTS, n_features: int = N_FEATURES
) -> Cohort:
    """Patients with several images each, noise features, and an outcome that is a coin's throw."""
    patient = np.repeat(np.arange(n_patients), 1 + rng.poisson(MORE_IMAGES, n_patients))
    n = patient.size
    features = np.sqrt(CORRELATION) * rng.standard_normal((n_patients, n_features))[
        patient
    ] + np.sqrt(1 - CORRELATION) * rng.standard_normal((n, n_features))
    outcome = (rng.random(n_patients) < 0.5).astype(int)
    index = pd.Index([f"image{i}" for i in range(n)], name="unit_id")
    names = tuple(f"radiomics_noise_{j:04d}" for j in range(n_features))
    units = pd.DataFrame(
        {"patient_id": [f"patient{p}" for p in patient], "y_true": outcome[patient], "n_views": 1},
        index=index,
    )
    predictors = pd.DataFrame(features, index=index, columns=list(names))
    return Cohort(units, predictors, {"radiomics": names}, pd.DataFrame(index=index), unit="image")


def changed(
    cohort: Cohort,
    *,
    y_true: BoolArray | None = None,
    patient_id: np.ndarray | None = None,
    columns: tuple[str, ...] | None = None,
) -> Cohort:
    """The same cohort with another outcome, other patients, or fewer features."""
    units = cohort.units.copy()
    if y_true is not None:
        units["y_true"] = y_true.astype(int)
    if patient_id is not None:
        units["patient_id"] = patient_id
    columns = columns or cohort.blocks["radiomics"]
    predictors = cohort.predictors[list(columns)]
    return Cohort(units, predictors, {"radiomics": columns}, cohort.reads, unit="image")


def pipeline_auc(cohort: Cohort, *, seed: int, settings: ModelSettings = SETTINGS) -> float:
    """The within-fold AUC of radln's radiomics model, everything learned inside the folds."""
    specs = [s for s in model_specs(cohort, settings) if s.source == RAD_SOURCE]
    fit = cross_fit(cohort, specs, settings, seed=seed)
    rows = fit.predictions.select(RAD_SOURCE, repeat=0).set_index("unit_id")
    scores = rows["y_score"].reindex(cohort.units.index)
    result = auc_over_folds(
        cohort.y_true, scores.to_numpy(), fit.fold_of[0], cluster=cohort.patient_id
    )
    return result.estimate.value


def selection_first(cohort: Cohort, *, seed: int, settings: ModelSettings = SETTINGS) -> float:
    """WRONG: the features are chosen on all rows, and only then are the folds made."""
    chosen = fit_encoding(
        cohort.predictors,
        cohort.y_true,
        keep=(),
        candidates=cohort.columns("radiomics"),
        max_features=settings.max_features,
        max_correlation=settings.max_correlation,
    ).columns
    return pipeline_auc(changed(cohort, columns=chosen), seed=seed, settings=settings)


def image_split(cohort: Cohort, *, seed: int, settings: ModelSettings = SETTINGS) -> float:
    """WRONG: every image is passed off as a patient of its own."""
    alone = changed(cohort, patient_id=cohort.units.index.to_numpy())
    return pipeline_auc(alone, seed=seed, settings=settings)


def image_split_is_refused(cohort: Cohort, *, seed: int) -> bool:
    """Whether folds over images raise LeakageError once the true patients are known."""
    folds = grouped_folds(cohort.y_true, cohort.units.index, n_folds=SETTINGS.folds, seed=seed)
    try:
        check_folds(folds, cohort.patient_id)
    except LeakageError:
        return True
    return False


def null_aucs(cohort: Cohort, seed: int, observed: float) -> list[float]:
    """AUCs of the whole pipeline under permuted outcomes, until one reaches the observed.

    From then on p > 0.05 whatever the other permutations give, so that stopping changes no
    decision at 5 % and saves most of the work.
    """
    values: list[float] = []
    for i in range(N_PERMUTATIONS):
        rng = task_rng(SEED, "permutation", seed, i)
        y = permute_by_patient(cohort.y_true, cohort.patient_id, rng)
        values.append(pipeline_auc(changed(cohort, y_true=y), seed=seed))
        if values[-1] >= observed:
            break
    return values


def one_row(i: int) -> dict[str, float | int | bool]:
    """Everything about null cohort number ``i``."""
    start = time.perf_counter()
    cohort = null_cohort(task_rng(SEED, "cohort", i))
    observed = pipeline_auc(cohort, seed=i)
    null = null_aucs(cohort, i, observed)
    return {
        "seed": SEED,
        "cohort": i,
        "n_images": len(cohort.units),
        "positive_patients": int(cohort.units.groupby("patient_id")["y_true"].first().sum()),
        "auc": observed,
        "permutations": len(null),
        "rejected": permutation_pvalue(observed, null) <= 0.05,
        "auc_selection_first": selection_first(cohort, seed=i),
        "auc_image_split": image_split(cohort, seed=i),
        "image_split_refused": image_split_is_refused(cohort, seed=i),
        "seconds": time.perf_counter() - start,
    }


def rows_on_disk(out: Path) -> list[dict[str, float | int | bool]]:
    """What an earlier run has finished."""
    if not out.exists():
        return []
    table = pd.read_csv(out)
    if (table["seed"] != SEED).any():
        raise SystemExit(f"{out} holds rows of another seed; give another --out.")
    return table.to_dict("records")


def summary(table: pd.DataFrame) -> Iterator[str]:
    """The lines of the docs' table, each mean with its Monte Carlo standard error."""
    n = len(table)
    yield f"seed {SEED}; {n} cohorts of {N_PATIENTS} patients and {N_FEATURES} noise features"
    yield f"images a cohort: {table['n_images'].mean():.0f} on average"
    for name in ("auc", "auc_selection_first", "auc_image_split"):
        values = table[name]
        yield (
            f"{name}: mean {values.mean():.4f} (Monte Carlo error {values.sem():.4f}), "
            f"sd {values.std():.4f}, 5th to 95th percentile "
            f"{values.quantile(0.05):.3f} to {values.quantile(0.95):.3f}"
        )
    rate = table["rejected"].mean()
    yield (
        f"patient-level permutation p <= 0.05: {int(table['rejected'].sum())} of {n} = {rate:.3f} "
        f"(Monte Carlo error {np.sqrt(0.05 * 0.95 / n):.4f} at a true 0.05)"
    )
    yield f"pipelines run for the test: {int(table['permutations'].sum()) + n}"
    yield f"image-level folds refused: {int(table['image_split_refused'].sum())} of {n}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="csv of one row a cohort")
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    rows = rows_on_disk(args.out)
    done = {row["cohort"] for row in rows}
    waiting = (delayed(one_row)(i) for i in range(args.cohorts) if i not in done)
    for row in Parallel(n_jobs=args.jobs, return_as="generator_unordered")(waiting):
        rows.append(row)
        table = pd.DataFrame(rows).sort_values("cohort")
        write_text(args.out, table.to_csv(index=False))
    table = pd.DataFrame(rows)
    for line in summary(table[table["cohort"] < args.cohorts]):
        print(line)


if __name__ == "__main__":
    main()
