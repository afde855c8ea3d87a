"""The model's calls minus every reader's: the paired clustered comparison over repeats."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.evaluation.against_calls import against_calls
from radln.evaluation.scores import scores_of
from radln.predictions import Predictions
from radln.stats import mean_over_repeats
from radln.stats.calls.paired_calls import compare_calls

RNG = np.random.default_rng(7)
N = 80
PATIENT = np.array([f"p{k // 2}" for k in range(N)])
Y = np.arange(N) % 4 // 2 == 0
FOLD = np.arange(N) // 2 % 4
RISK = 1 / (1 + np.exp(-(2 * Y - 1 + RNG.normal(0, 1.5, (2, N)))))
CALL = (Y ^ (RNG.random(N) < 0.25)).astype(float)
CUTS = pd.DataFrame(
    [
        {"source": "model", "repeat": r, "fold": f, "cut_off": 0.4 + 0.05 * f}
        for r in (0, 1)
        for f in range(4)
    ]
    + [{"source": "Ann", "cut_off": 1.0}, {"source": "Bob", "cut_off": 1.0}]
)


def scores(known=N):
    names = [f"u{k}" for k in range(N)]
    units = pd.DataFrame({"unit_id": names, "patient_id": PATIENT, "y_true": Y})
    parts = [
        units.assign(source="model", y_score=RISK[r], y_prob=RISK[r], fold=FOLD, repeat=r)
        for r in (0, 1)
    ]
    parts.append(units.assign(source="Ann", y_score=CALL, repeat=0))
    parts.append(units.assign(source="Bob", y_score=CALL, repeat=0).head(known))
    table = pd.concat(parts, ignore_index=True)
    return scores_of(Predictions.from_frame(table), CUTS, ["Ann", "Bob"])


@pytest.mark.parametrize("known", [N, 50])
def test_it_is_the_paired_comparison_over_repeats(known):
    found = against_calls(scores(known), "model", 0.9).set_index(["reader", "measure"])
    for reader, n in (("Ann", N), ("Bob", known)):
        direct = [
            compare_calls(
                Y[:n],
                (RISK[r] >= 0.4 + 0.05 * FOLD)[:n],
                CALL[:n] == 1,
                cluster=PATIENT[:n],
                confidence_level=0.9,
            )
            for r in (0, 1)
        ]
        for measure in ("sensitivity", "specificity"):
            mean = mean_over_repeats([getattr(one, measure).contrast for one in direct])
            row = found.loc[(reader, measure)]
            assert (row["value"], row["low"], row["high"]) == (mean.value, mean.low, mean.high)


def test_without_cut_off_or_model_there_is_nothing_to_compare():
    held = scores()
    assert against_calls(held, "another", 0.95).empty
    bare = scores_of(Predictions.from_frame(pd.DataFrame(
        {"unit_id": ["a", "b"], "patient_id": ["p", "q"], "y_true": [1, 0], "source": "model",
         "y_score": [1.0, 0.0]}
    )), {}, ())  # fmt: skip
    assert against_calls(bare, "model", 0.95).empty
