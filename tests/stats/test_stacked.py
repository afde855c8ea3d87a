"""Repeats one below the other are refused over folds and named elsewhere; cases are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError, LeakageError
from radln.stats import (
    auc,
    auc_over_folds,
    calibration_over_folds,
    compare_auc,
    compare_brier,
    compare_over_folds,
    decision_curve_over_folds,
)
from tests.rows import each_row

pytestmark = pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
N, REPEATS = 100, 5
rng = np.random.default_rng(3)
Y = rng.random(N) < 0.4
RANK = 1.2 * Y + rng.normal(size=N)


def repeated():
    """A long table as radln writes it: unit_id, repeat, fold, y_true, y_prob."""
    parts = []
    for repeat in range(REPEATS):
        fold = np.empty(N, dtype=int)
        for kind in (Y, ~Y):
            fold[rng.permutation(np.flatnonzero(kind))] = np.arange(kind.sum()) % 5
        prob = 1 / (1 + np.exp(-(RANK - 0.8 + 0.3 * rng.normal(size=N))))
        frame = pd.DataFrame({"unit_id": range(N), "repeat": repeat, "fold": fold})
        parts.append(frame.assign(y_true=Y.astype(int), y_prob=prob))
    return pd.concat(parts, ignore_index=True)


LONG = repeated()
LAYOUTS = [LONG, LONG.sort_values(["unit_id", "repeat"]).reset_index(drop=True)]


@pytest.mark.parametrize("table", LAYOUTS)
def test_refused_over_folds(table):
    y, p, f = table["y_true"], table["y_prob"], table["fold"]
    for call in (
        lambda: auc_over_folds(y, p, f),
        lambda: calibration_over_folds(y, p, f),
        lambda: decision_curve_over_folds(y, p, f),
        lambda: compare_over_folds(y, rng.normal(size=len(y)), p, f),
    ):
        with pytest.raises(InputError, match=r"looks like 5 repeats of 100 cases.*\(5, 100\)"):
            call()


@pytest.mark.parametrize("table", LAYOUTS)
def test_named_elsewhere(table):
    y, p = table["y_true"], table["y_prob"]
    for found in (auc(y, p), compare_brier(y, p, 1 - p), compare_auc(y, p, -p)):
        assert "look like 5 repeats of 100 cases" in " ".join(found.warnings)
    assert not auc(y, p, cluster=table["unit_id"]).warnings


def test_patients_torn_by_repeats_are_told_of_the_shape():
    with pytest.raises(LeakageError, match=r"5 rows of each are repeats.*\(n_repeats, n\)"):
        auc_over_folds(LONG["y_true"], LONG["y_prob"], LONG["fold"], cluster=LONG["unit_id"])


def test_the_right_shape_passes():
    wide = {c: LONG.pivot(index="repeat", columns="unit_id", values=c) for c in ("y_prob", "fold")}
    found = auc_over_folds(Y, wide["y_prob"].to_numpy(), wide["fold"].to_numpy())
    assert found.n == N
    assert found.warnings == ()


@each_row("seed", range(20))
@each_row("by", [["y", "s"], ["s"], ["s", "y"], ["y"]])
@each_row("n", [40, 60, 100])
def test_a_sorted_list_is_not_taken_for_repeats(seed, by, n):
    r = np.random.default_rng(seed)
    table = pd.DataFrame({"y": np.repeat([0, 1], n // 2), "s": r.normal(size=n)})
    table["s"] += table["y"]
    for ascending in (True, False):
        ordered = table.sort_values(by, ignore_index=True, ascending=ascending)
        assert auc(ordered["y"], ordered["s"]).warnings == ()


@each_row("seed", range(30))
@each_row("outcome", ["alternating", "sorted", "random"])
def test_cases_of_their_own_are_not_taken_for_repeats(seed, outcome):
    """Outcomes that recur by design, with scores of different patients."""
    r = np.random.default_rng(seed)
    y = np.arange(120) % 2
    y = np.sort(y) if outcome == "sorted" else y if outcome == "alternating" else r.permutation(y)
    score = 2 * y + r.normal(size=120)
    assert auc(y, score).warnings == ()
    assert auc_over_folds(y, score, np.arange(120) // 2 % 5).n == 120
