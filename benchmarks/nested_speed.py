"""How long does nested cross-validation take, how much memory, and does it grow in line?

5 repeats of 5 outer folds with 5 inner ones, ridge and XGBoost with selection inside every fold, on
a simulated cohort of 852 patients and 1,500 features; beside it, in the same rounds, a loop that is
written by hand around scikit-learn and XGBoost, makes the same fits and must give the same numbers.
Then repeats and features one by one, a run that is cut off and goes on, and exact SHAP values of
all cases by all fold models.

Usage::

    python benchmarks/nested_speed.py [--rounds 3] [--out nested_speed.svg]
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from radln._random import task_rng
from radln.cohort.core import Cohort
from radln.designs import CrossValidation
from radln.explain.attribution import attribute
from radln.models.cross_fit import cross_fit
from radln.models.learners.logistic import PENALTIES
from radln.models.learners.xgboost import DEPTHS, ROUNDS
from radln.models.recipe import recipes, usual_recipes
from radln.models.settings import ModelSettings
from radln.models.train import table_models
from radln.outcome import Binary

PATIENTS, FEATURES, JOBS, SEED = 852, 1500, 2, 1


def cohort_of(patients: int = PATIENTS, features: int = FEATURES) -> Cohort:
    """A row a patient; features that repeat each other as texture does, a few with signal."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(patients, 60))
    matrix = base[:, rng.integers(0, 60, features)] + 0.6 * rng.normal(size=(patients, features))
    latent = base[:, :4] @ np.array([0.8, -0.6, 0.4, 0.3]) + rng.logistic(size=patients)
    index = pd.Index([f"u{i:04d}" for i in range(patients)], name="unit_id")
    units = pd.DataFrame(
        {"patient_id": index.to_numpy(), "y_true": (latent > 0.5).astype(int), "n_views": 1},
        index=index,
    )
    names = [f"radiomics_{j:04d}" for j in range(features)]
    table = pd.DataFrame(matrix, index=index, columns=names)
    return Cohort(units, table, {"radiomics": tuple(names)}, pd.DataFrame(index=index))


def settings_of(repeats: int) -> ModelSettings:
    fitted = usual_recipes({"radiomics": ["radiomics"]})
    named = {name: fitted[name] for name in ("radiomics_logistic", "radiomics_xgboost")}
    return ModelSettings(folds=5, repeats=repeats, inner_folds=5, fitted=named)


def ours(cohort: Cohort, repeats: int, **more):
    settings = settings_of(repeats)
    found, _ = recipes(cohort.blocks, settings)
    splits = CrossValidation(5, repeats).splits(cohort.units, cohort.outcome, SEED)
    return cross_fit(cohort, splits, table_models(found, settings, SEED), jobs=JOBS, **more)


def by_hand(cohort: Cohort, repeats: int) -> dict[tuple[int, int, str], np.ndarray]:
    """The same fits in a plain loop: the held-out log-odds by split and model."""
    x, y = cohort.predictors.to_numpy(), cohort.y_true
    names = cohort.patient_id
    splits = CrossValidation(5, repeats).splits(cohort.units, cohort.outcome, SEED)
    parts = Parallel(n_jobs=JOBS)(delayed(_one_split)(x, y, names, s) for s in splits)
    return {key: value for part in parts for key, value in part.items()}


def _one_split(x, y, names, split):
    with threadpool_limits(limits=1):
        said = {}
        for model in ("radiomics_logistic", "radiomics_xgboost"):
            key = int(task_rng(SEED, "outer", split.repeat, split.fold, model).integers(2**31))
            inner = CrossValidation(5).of(
                y[split.train],
                names[split.train],
                Binary(),
                int(task_rng(key, "inner").integers(2**31)),
            )
            xt, yt = x[split.train], y[split.train]
            grid = _grid(model)
            held = np.empty((len(grid), yt.size))
            for fold in inner:
                known, tested = _prepared(xt[fold.train], yt[fold.train], xt[fold.test])
                held[:, fold.test] = _fit_grid(model, known, yt[fold.train], tested, key)
            loss = np.logaddexp(0, np.where(yt, -held, held)).mean(axis=1)
            best = grid[int(np.argmin(loss))]
            known, tested = _prepared(xt, yt, x[split.test])
            said[split.repeat, split.fold, model] = _fit(model, best, known, yt, tested, key)
        return said


def _prepared(known, y, tested):
    mean, scale = known.mean(axis=0), known.std(axis=0)
    a, b = (known - mean) / scale, (tested - mean) / scale
    ranks = rankdata(np.ascontiguousarray(a.T), axis=1)
    positive = int(y.sum())
    u = ranks[:, y].sum(axis=1) - positive * (positive + 1) / 2
    order = np.argsort(-np.abs(u / (positive * (y.size - positive)) - 0.5), kind="stable")
    unit = a - a.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=0)
    closest, kept = np.zeros(a.shape[1]), []
    for j in order:
        if closest[j] <= 0.9:
            kept.append(j)
            if len(kept) == 20:
                break
            np.maximum(closest, np.abs(unit.T @ unit[:, j]), out=closest)
    return a[:, kept], b[:, kept]


def _grid(model):
    if model.endswith("logistic"):
        return list(PENALTIES)
    return [(depth, rounds) for depth in DEPTHS for rounds in ROUNDS]


def _ridge(c, known, y):
    return LogisticRegression(C=c, max_iter=2000, tol=1e-6).fit(known, y)


def _boosted(depth, rounds, known, y, key):
    given = {
        "objective": "binary:logistic", "eta": 0.05, "max_depth": depth, "subsample": 0.8,
        "colsample_bytree": 0.8, "min_child_weight": 3.0, "lambda": 3.0, "scale_pos_weight": 1.0,
        "tree_method": "hist", "nthread": 1, "seed": key,
    }  # fmt: skip
    data = xgb.DMatrix(known, label=y.astype(float), nthread=1)
    return xgb.train(given, data, num_boost_round=rounds)


def _fit_grid(model, known, y, tested, key):
    if model.endswith("logistic"):
        fits = [_ridge(c, known, y) for c in PENALTIES]
        return np.stack([fit.decision_function(tested) for fit in fits])
    rows, data = [], xgb.DMatrix(tested, nthread=1)
    for depth in DEPTHS:
        booster = _boosted(depth, max(ROUNDS), known, y, key)
        rows += [
            booster.predict(data, output_margin=True, iteration_range=(0, rounds))
            for rounds in ROUNDS
        ]
    return np.stack(rows)


def _fit(model, best, known, y, tested, key):
    if model.endswith("logistic"):
        return _ridge(best, known, y).decision_function(tested)
    booster = _boosted(int(best[0]), int(best[1]), known, y, key)
    return booster.predict(xgb.DMatrix(tested, nthread=1), output_margin=True)


def seconds(compute):
    start = time.perf_counter()
    found = compute()
    return time.perf_counter() - start, found


def same_numbers(fit, hand) -> float:
    """The largest difference of a held-out log-odds."""
    return max(
        float(np.abs(row - hand[fold.repeat, fold.fold, model.source]).max())
        for fold in fit.folds
        for model, row in zip(fit.folds[0].models, fold.log_odds, strict=True)
    )


def memory_mib() -> tuple[float, float]:
    """Peak of this process, and the largest of its workers, which are ended first."""
    get_reusable_executor().shutdown(wait=True)
    return tuple(
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def growth(out: Path | None) -> None:
    """Seconds by repeats and by features, with a line through them."""
    by_repeats = [(r, seconds(lambda r=r: ours(cohort_of(), r))[0]) for r in (1, 2, 3, 5)]
    by_features = [
        (f, seconds(lambda f=f: ours(cohort_of(features=f), 1))[0]) for f in (375, 750, 1500, 3000)
    ]
    for name, points in (("repeats", by_repeats), ("features", by_features)):
        x, t = np.array(points, dtype=float).T
        slope, start = np.polyfit(x, t, 1)
        told = ", ".join(f"{int(a)}: {b:.1f} s" for a, b in points)
        off = np.abs(t - start - slope * x).max() / t.max()
        print(f"by {name}: {told}; off the line by at most {off:.1%} of the longest")
    if out is not None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.7, 2.6), layout="constrained")
        for ax, (name, points) in zip(
            figure.subplots(1, 2),
            (("Repeats of 5 folds", by_repeats), ("Features", by_features)),
            strict=True,
        ):
            ax.plot(*zip(*points, strict=True), "o-", color="#0072b2")
            ax.set(xlabel=name, ylabel="Seconds", xlim=(0, None), ylim=(0, None))
        figure.savefig(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cohort = cohort_of()
    times = {"radln": [], "by hand": []}
    fit = hand = None
    for _ in range(given.rounds):
        took, fit = seconds(lambda: ours(cohort, 5))
        times["radln"].append(took)
        took, hand = seconds(lambda: by_hand(cohort, 5))
        times["by hand"].append(took)
        print({name: round(took[-1], 1) for name, took in times.items()}, flush=True)
    middle = {name: float(np.median(took)) for name, took in times.items()}
    ratio = np.median(np.array(times["radln"]) / np.array(times["by hand"]))
    print(f"median: {middle}; ratio {ratio:.2f}; largest difference {same_numbers(fit, hand):.2e}")
    print("memory, MiB (this process, largest worker): {:.0f}, {:.0f}".format(*memory_mib()))
    kept = {(fold.repeat, fold.fold): fold for fold in fit.folds[:20]}
    took, again = seconds(lambda: ours(cohort, 5, load=lambda s: kept.get((s.repeat, s.fold))))
    equal = again.predictions.scores.equals(fit.predictions.scores)
    print(f"20 of 25 splits were there: {took:.1f} s; the same numbers: {equal}")
    for source in ("radiomics_xgboost", "radiomics_logistic"):
        took, _ = seconds(lambda source=source: attribute(cohort, fit, source))
        print(f"exact SHAP values of 852 cases by 25 fold models, {source}: {took:.1f} s")
    growth(given.out)


if __name__ == "__main__":
    main()
