"""A difference of which one side does not vary is said to be too narrow, wherever it is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy, stats
from radln.stats import Combination
from radln.stats._widths import ONE_SIDE
from radln.stats.readers._variance import Components
from radln.stats.readers.sampling import negative_components

RNG = np.random.default_rng(0)
N = 60
Y = (np.arange(N) < 24).astype(int)
CASES = [f"N{i}" for i in range(N)]
TRUTH = pd.DataFrame({"case_id": CASES, "y_true": Y})


def reads(perfect, **columns):
    """Four readers who separate perfectly, or not."""
    tables = []
    for reader in "ABCD":
        score = np.clip(np.round(2 + 1.6 * Y + RNG.normal(size=N)), 1, 5)
        score = np.where(Y == 1, 4, 2) + RNG.integers(0, 2, N) if perfect else score
        tables.append(pd.DataFrame({"case_id": CASES, "reader": reader, "score": score}))
    table = pd.concat(tables, ignore_index=True)
    return table.assign(call=(table["score"] >= (4 if perfect else 3)).astype(int), **columns)


def model(perfect, folds=False):
    prob = 0.1 + 0.7 * Y + 0.1 * RNG.random(N)
    prob = prob if perfect else 1 / (1 + np.exp(-(2 * Y - 1 + RNG.normal(size=N))))
    table = pd.DataFrame({"case_id": CASES, "y_prob": prob})
    return table.assign(fold=np.arange(N) % 4) if folds else table


PERFECT, PLAIN = reads(True), reads(False)
BOTH = pd.concat([PERFECT.assign(modality="with"), PLAIN.assign(modality="without")])
BOTH_PLAIN = pd.concat([PLAIN.assign(modality="with"), reads(False, modality="without")])
LEVELS = {"A": "expert", "B": "expert", "C": "trainee", "D": "trainee"}


def of_levels(first, second):
    expert = first[first["reader"].isin(["A", "B"])]
    table = pd.concat([expert, second[second["reader"].isin(["C", "D"])]])
    return table.assign(level=table["reader"].map(LEVELS))


def study(table, **options):
    return ReaderStudy.from_frame(table, TRUTH, **options)


TIME = 1 + 5 * RNG.random(40)
HALF = np.arange(40) % 2
NOISE = 4 * RNG.normal(size=40)
CUT = dict.fromkeys("ABCD", 3.5)
# What is asked, given whether one side is perfect.
ASKED = {
    "compare_with_model": lambda p: study(
        PERFECT if p else PLAIN, model=model(False)
    ).compare_with_model(),
    "perfect model": lambda p: study(PLAIN, model=model(p)).compare_with_model(),
    "perfect model, these readers": lambda p: study(PLAIN, model=model(p)).compare_with_model(
        readers="fixed"
    ),
    "perfect model over folds": lambda p: study(PLAIN, model=model(p, True)).compare_with_model(),
    "mrmc": lambda p: study(BOTH if p else BOTH_PLAIN).mrmc(),
    "mrmc, fixed": lambda p: study(BOTH if p else BOTH_PLAIN).mrmc(readers="fixed"),
    "mrmc, calls": lambda p: study(BOTH if p else BOTH_PLAIN).mrmc(figure="sensitivity"),
    "pseudovalue_anova": lambda p: study(BOTH if p else BOTH_PLAIN).pseudovalue_anova(),
    "u_statistics": lambda p: study(BOTH if p else BOTH_PLAIN).u_statistics(),
    "model_benefit": lambda p: study(BOTH if p else BOTH_PLAIN).model_benefit(),
    "compare_groups": lambda p: study(of_levels(PERFECT if p else PLAIN, PLAIN)).compare_groups(),
    "compare_groups, fixed": lambda p: study(
        of_levels(PERFECT if p else PLAIN, PLAIN)
    ).compare_groups(readers="fixed"),
    "at_operating_points": lambda p: study(
        PLAIN, model=model(p)
    ).at_operating_points(n_resamples=50),
    "combine": lambda p: study(PLAIN, model=model(p)).combine(
        [Combination("or", ("model", "A"))], n_resamples=9
    ),
    "combine over folds": lambda p: study(PLAIN.drop(columns="call"), model=model(p, True)).combine(
        [Combination("mean", ("model", "A"))], cutoffs={"model": 0.5, **CUT}, n_resamples=9
    ),
    "compare_auc_at": lambda p: stats.compare_auc_at(
        TIME, np.ones(40, int), -TIME if p else NOISE - TIME, NOISE, [3]
    ),
    "compare_aucs": lambda p: stats.compare_aucs(
        HALF, {"a": HALF + (0.1 if p else 4) * NOISE / 40 * (1 if p else 10), "b": HALF + NOISE}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_one_side_without_spread_is_named(name):
    told = [note for note in ASKED[name](True).warnings if ONE_SIDE in note]
    assert told, name
    assert not any(ONE_SIDE in note for note in ASKED[name](False).warnings)


def test_both_sides_without_spread_are_another_matter():
    same = pd.concat([PERFECT.assign(modality="with"), PERFECT.assign(modality="without")])
    found = study(same).mrmc(readers="fixed")
    assert not any(ONE_SIDE in note for note in found.warnings)
    assert any(note.startswith("no interval for") for note in found.warnings)


def test_an_average_without_interval_says_why():
    found = study(PERFECT, model=model(False)).performance()
    assert np.isnan(found.groups[0].estimates["AUC"].low)
    assert any("no interval for" in n and "AUC of average reader" in n for n in found.warnings)


@pytest.mark.parametrize(("value", "said"), [(-1.1e-18, 0), (-1e-5, 2)])
def test_rounding_is_no_negative_variance(value, said):
    part = Components(
        n_modalities=2, n_readers=4, ms_modality=0.02, ms_reader=1e-3, ms_interaction=1e-3 + value,
        var_error=1e-3, cov1=0.0, cov2=value, cov3=0.0,
    )  # fmt: skip
    notes = negative_components(part, ("readers", "cases"))
    assert sum("negative" in note for note in notes) == said
