"""The average reader as comparator: `radln readers`' own numbers, graded reads alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.evaluation.average_reader import against_average
from radln.evaluation.evaluate import evaluate
from radln.evaluation.primary import Primary
from radln.evaluation.scores import scores_of
from radln.evaluation.settings import AVERAGE, EvaluationSettings, PrimarySettings
from radln.predictions import Predictions
from radln.stats import ReaderStudy

RNG = np.random.default_rng(4)
N = 120
PATIENT = np.array([f"p{k // 2}" for k in range(N)])
Y = np.arange(N) % 4 // 2 == 0
FOLD = np.arange(N) // 2 % 5
READERS = ("Ann", "Bob")
SETTINGS = EvaluationSettings(primary=PrimarySettings(full="model", simple=AVERAGE), ladder=())


def table(**reads):
    """One model in five folds and two repeats, readers of five grades, and what is named."""
    units = pd.DataFrame(
        {"unit_id": [f"u{k}" for k in range(N)], "patient_id": PATIENT, "y_true": Y}
    )
    signal = Y + RNG.normal(0, 1, N)
    parts = [
        units.assign(source="model", y_score=signal + RNG.normal(0, 0.2, N), fold=FOLD, repeat=r)
        for r in (0, 1)
    ]
    grades = {name: np.clip(np.round(2 + Y + RNG.normal(0, 1, N)), 1, 5) for name in READERS}
    for name, score in {**grades, **reads}.items():
        parts.append(units.assign(source=name, y_score=score, repeat=0))
    return pd.concat(parts, ignore_index=True).dropna(subset="y_score")


def test_it_is_the_comparison_of_radln_readers():
    long = table()
    found = evaluate(Predictions.from_frame(long), {}, SETTINGS, seed=1, readers=READERS).primary
    reads = long[long["source"].isin(READERS)].rename(
        columns={"unit_id": "case_id", "source": "reader", "y_score": "score"}
    )
    model = long[long["source"] == "model"].rename(columns={"unit_id": "case_id"})
    direct = ReaderStudy.from_frame(
        reads[["case_id", "patient_id", "y_true", "reader", "score"]],
        model=model[["case_id", "source", "repeat", "fold", "y_score"]],
        scale="own",
    ).compare_with_model("model", readers="fixed")
    assert found == Primary("model", AVERAGE, 0.05, direct.difference, direct.pvalue, direct.df)
    assert "way of modelling" in " ".join(direct.warnings)
    assert found.upper_bound == pytest.approx(direct.difference.high, abs=1e-12)


def test_a_read_of_two_values_and_an_incomplete_one_do_not_count():
    call = Y ^ (RNG.random(N) < 0.2)
    gaps = np.where(np.arange(N) < 5, np.nan, Y + RNG.normal(0, 1, N))
    long = table(Caller=call.astype(float), Gaps=gaps)
    readers = [*READERS, "Caller", "Gaps"]
    scores = scores_of(Predictions.from_frame(long), {}, readers)
    assert against_average(scores, "model", 0.95).readers == READERS
    said = evaluate(Predictions.from_frame(long), {}, SETTINGS, seed=1, readers=readers).warnings
    assert any("is that of Ann, Bob; Caller, Gaps: two values only, or not" in one for one in said)
    only = long[~long["source"].isin(READERS)]
    with pytest.raises(InputError, match="no reader gave more than 2 values"):
        against_average(scores_of(Predictions.from_frame(only), {}, readers), "model", 0.95)
    found = evaluate(Predictions.from_frame(only), {}, SETTINGS, seed=1, readers=["Caller", "Gaps"])
    assert found.primary is None
    assert any("The average reader was not compared: no reader" in said for said in found.warnings)
