"""Simulated studies whose cross-validated models have known true areas.

Every patient has one node or three. Each of 50 columns and the rest of the latent outcome is
standard normal and shares 0.4 of its variance within a patient; the node is positive where the
latent outcome lies above 0, so that outcomes vary within patients. Columns come in five sets of
ten: ``a`` and ``b`` inform equally, ``weaker`` informs less, ``noise`` and ``other_noise`` not at
all. The models are ridge logistic regression (C = 0.1) and XGBoost (depth 2, 100 rounds, eta 0.1,
one thread), with settings fixed in advance.

The true area of a fitted ridge model follows from its weights: with r its score's correlation with
the latent outcome, ``1/2 + 2 asin(r / sqrt(2)) / pi`` (an orthant probability; by quadrature where
fewer than half of the nodes are positive). That of a boosted model is counted on 20,000 new nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numba
import numpy as np
import xgboost as xgb
from scipy.special import ndtr, ndtri

from radln._random import task_rng
from radln.designs import grouped_folds
from radln.stats.discrimination.delong import placements

SEED, SHARED, WIDTH, PENALTY, NEW = 20261130, 0.4, 10, 0.1, 20_000
# correlation of each set's best score with the latent outcome, so that the area of a model of
# ``a`` alone is 0.70 with 300 patients of one node (240 in training)
SIGNAL = {"ridge": (0.484, 0.34), "xgboost": (0.58, 0.34)}
NAMES = ("a", "b", "noise", "other_noise", "weaker")
READER_NOISE, NEAR = 1.5, 0.5
SETS = {
    "a": (0,),
    "b": (1,),
    "noise": (2,),
    "other_noise": (3,),
    "weaker": (4,),
    "a_and_noise": (0, 2),
}
BOOSTING = {
    "max_depth": 2,
    "eta": 0.1,
    "objective": "binary:logistic",
    "tree_method": "hist",
    "nthread": 1,
    "seed": 0,
}


@dataclass(frozen=True)
class Design:
    """``repeats`` times ``folds``; with ``hold_out`` each repeat tests one fold only.

    ``positive`` is the share of positive nodes.
    """

    folds: int = 5
    repeats: int = 5
    hold_out: bool = False
    positive: float = 0.5

    def __str__(self) -> str:
        what = "hold-outs of 1 in" if self.hold_out else "x"
        rare = "" if self.positive == 0.5 else f", {100 * self.positive:g} % positive"
        return f"{self.repeats} {what} {self.folds}{rare}"


@dataclass(frozen=True, eq=False)
class Study:
    """Outcome, patients, folds (NaN: not tested), two readers, and every set's scores and truth.

    ``reader`` looks at everything with noise, ``near_reader`` at the best score of set ``a`` with a
    little noise, so that it agrees with the model. ``scores`` (repeats, n), ``true`` (repeats,
    folds); of the readers one number.
    """

    y: np.ndarray
    patients: np.ndarray
    folds: np.ndarray
    scores: dict[str, np.ndarray]
    true: dict[str, np.ndarray]


def nodes(rng, patients: int, per_patient: int, learner: str):
    """Columns, latent outcome and patients of new cases."""
    who = np.repeat(np.arange(patients), per_patient)

    def normal(width: int):
        own = rng.standard_normal((who.size, width))
        if per_patient == 1:
            return own
        return (
            np.sqrt(SHARED) * rng.standard_normal((patients, width))[who]
            + np.sqrt(1 - SHARED) * own
        )

    x = normal(WIDTH * len(NAMES))
    signal, weaker = SIGNAL[learner]
    of = {
        name: x[:, WIDTH * i : WIDTH * (i + 1)].sum(axis=1) / np.sqrt(WIDTH)
        for i, name in enumerate(NAMES)
    }
    rest = np.sqrt(1 - 2 * signal**2 - weaker**2)
    noise = normal(2)
    latent = signal * (of["a"] + of["b"]) + weaker * of["weaker"] + rest * noise[:, 0]
    reader = latent + noise[:, 1] * READER_NOISE
    return x, latent, reader, who


def true_area(r, positive: float):
    """The area of a score whose correlation with the latent outcome is r."""
    if positive == 0.5:
        return 0.5 + 2 * np.arcsin(np.asarray(r) / np.sqrt(2)) / np.pi
    return np.interp(r, *_areas(positive))


@cache
def _areas(positive: float):
    """Correlations and the areas that belong to them."""
    cut, nodes_, weights = -ndtri(positive), *np.polynomial.legendre.leggauss(60)
    above, below = (cut + 8) / 2 + (8 - cut) / 2 * nodes_, (cut - 8) / 2 + (cut + 8) / 2 * nodes_
    density = np.outer(
        weights * np.exp(-(above**2) / 2) * (8 - cut), weights * np.exp(-(below**2) / 2) * (cut + 8)
    )
    density /= density.sum()
    r = np.linspace(-0.99, 0.99, 397)
    gap = above[:, None] - below
    return r, [(density * ndtr(q * gap / np.sqrt(2 * (1 - q * q)))).sum() for q in r]


def columns(name: str) -> np.ndarray:
    return np.concatenate([np.arange(WIDTH * i, WIDTH * (i + 1)) for i in SETS[name]])


def study(
    learner: str,
    n: int,
    per_patient: int,
    design: Design,
    number: int,
    names: tuple[str, ...] = tuple(SETS),
    kept: Path | None = None,
) -> Study:
    """One simulated study, all models fitted; ``kept`` is a file of scores fitted before."""
    task = ("study", learner, n, per_patient, str(design), number)
    rng = task_rng(SEED, *task)
    x, latent, reader, who = nodes(rng, n, per_patient, learner)
    y = latent > -ndtri(design.positive)
    splits = grouped_folds(
        y,
        who.astype(str),
        n_folds=design.folds,
        n_repeats=design.repeats,
        seed=int(rng.integers(2**31)),
    )
    splits = [s for s in splits if not design.hold_out or s.fold == 0]
    folds = np.full((design.repeats, y.size), np.nan)
    for split in splits:
        folds[split.repeat, split.test] = split.fold
    if kept is not None and kept.exists():
        with np.load(kept) as held:
            scores = {name: held[f"s_{name}"].astype(np.float64) for name in names}
            true = {name: held[f"t_{name}"] for name in names}
    else:
        scores, true = fitted(learner, x, y, splits, design, names)
    if kept is not None and not kept.exists():
        part = kept.with_name(f"part-{kept.name}")
        np.savez(
            part,
            **{f"s_{name}": score.astype(np.float32) for name, score in scores.items()},
            **{f"t_{name}": area for name, area in true.items()},
        )
        part.rename(kept)
    signal, best = SIGNAL[learner][0], x[:, columns("a")].sum(axis=1) / np.sqrt(WIDTH)
    near = best + NEAR * task_rng(SEED, "near", *task).standard_normal(y.size)
    readers = {"reader": reader, "near_reader": near}
    known = {
        "reader": 1 / np.sqrt(1 + READER_NOISE**2),
        "near_reader": signal / np.sqrt(1 + NEAR**2),
    }
    areas = {name: true_area(r, design.positive) for name, r in known.items()}
    return Study(y, who, folds, scores | readers, true | areas)


def fitted(learner: str, x, y, splits, design: Design, names: tuple[str, ...]):
    """Out-of-fold scores and true areas of every set."""
    width = 1 if design.hold_out else design.folds
    scores = {name: np.zeros((design.repeats, y.size)) for name in names}
    true = {name: np.zeros((design.repeats, width)) for name in names}
    for split in splits:
        for name in names:
            own = x[:, columns(name)]
            if learner == "ridge":
                score, area = ridge(own, y, split.train, split.test, name, design.positive)
            else:
                score, area = boosted(own, y, split.train, split.test, name)
            scores[name][split.repeat, split.test] = score
            true[name][split.repeat, split.fold] = area
    return scores, true


def ridge(x, y, train, test, name, positive):
    """Scores of the held-out nodes, and the true area of the fitted model."""
    weights = newton(np.ascontiguousarray(x[train]), y[train].astype(np.float64), PENALTY)
    slopes = weights[1:]
    signal, weaker = SIGNAL["ridge"]
    share = {"a": signal, "b": signal, "weaker": weaker}
    gain = sum(
        share.get(NAMES[i], 0.0) * slopes[WIDTH * k : WIDTH * (k + 1)].sum() / np.sqrt(WIDTH)
        for k, i in enumerate(SETS[name])
    )
    r = gain / np.sqrt(slopes @ slopes)
    return x[test] @ slopes + weights[0], true_area(r, positive)


@cache
def new_cases():
    """20,000 new nodes, the same for all studies: columns of each set, and the outcome."""
    x, latent, _, _ = nodes(task_rng(SEED, "new"), NEW, 1, "xgboost")
    return {name: xgb.DMatrix(x[:, columns(name)], nthread=1) for name in SETS}, latent > 0


def boosted(x, y, train, test, name):
    """Scores of the held-out nodes, and the area of the fitted model on new ones."""
    booster = xgb.train(BOOSTING, xgb.DMatrix(x[train], y[train], nthread=1), 100)
    matrices, truth = new_cases()
    score = booster.predict(xgb.DMatrix(x[test], nthread=1), output_margin=True)
    later = booster.predict(matrices[name], output_margin=True)
    return score, placements(truth, later[None])[0][0]


@numba.njit(cache=True)
def newton(x, y, c):
    """Ridge logistic regression as scikit-learn's: the intercept first, not penalised."""
    n, p = x.shape
    w = np.zeros(p + 1)
    for _ in range(50):
        gradient = np.zeros(p + 1)
        hessian = np.zeros((p + 1, p + 1))
        for j in range(p):
            gradient[j + 1] = w[j + 1]
            hessian[j + 1, j + 1] = 1.0
        for i in range(n):
            f = w[0]
            for j in range(p):
                f += w[j + 1] * x[i, j]
            q = 1 / (1 + np.exp(-f))
            gradient[0] += c * (q - y[i])
            v = c * q * (1 - q)
            hessian[0, 0] += v
            for j in range(p):
                gradient[j + 1] += c * (q - y[i]) * x[i, j]
                vj = v * x[i, j]
                hessian[j + 1, 0] += vj
                for k in range(j + 1):
                    hessian[j + 1, k + 1] += vj * x[i, k]
        for j in range(p + 1):
            for k in range(j):
                hessian[k, j] = hessian[j, k]
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-9:
            break
    return w
