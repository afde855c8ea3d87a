"""What a reviewer's studies showed, each as a test."""

import numpy as np
import pandas as pd
import pytest

from radln.stats import Combination, ReaderStudy, combine_reads
from tests.stats.readers.studies import tables

RENAMED = {f"R{k}": "ZYXWV"[k] for k in range(5)}


def joined(per_patient, names, model):
    reads, truth, probability = tables(
        readers=5, cases=60, modalities=("US",), per_patient=per_patient, trainees=2, seed=4
    )
    study = ReaderStudy.from_frame(
        reads.replace({"reader": names}), truth, probability.assign(source=model)
    )
    first = names.get("R0", "R0")
    rules = [
        Combination(rule, (model, "experts"), name=rule)
        for rule in ("or", "mean", "weighted", "stack", "arbitrate")
    ]
    rules += [
        Combination("majority", (model, first, names.get("R1", "R1"), "trainees"), name="vote"),
        Combination("stack", (first, "trainees", model), name="readers first"),
    ]
    found = study.combine(rules, n_resamples=50, n_repeats=2)
    back = {new: old for old, new in names.items()} | {model: "model"}
    keys = found.frame()["source"].replace(back)
    return found.frame().assign(source=keys).set_index(["source", "metric"]).sort_index()


@pytest.mark.parametrize("per_patient", [1, 2])
@pytest.mark.parametrize("model", ["AI", "model", "~net"])
def test_combinations_know_no_names(per_patient, model):
    one = joined(per_patient, {}, "model")
    other = joined(per_patient, RENAMED, model)
    numbers = ["value", "low", "high", "se"]
    pd.testing.assert_frame_equal(other[numbers], one[numbers], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("clustered", [True, False])
def test_combinations_know_no_names_of_patients_either(clustered):
    rng = np.random.default_rng(0)
    y = rng.random(60) < 0.5
    members = {
        "model": rng.random(60),
        "one": rng.integers(0, 2, 60),  # many cases alike
        "two": rng.integers(0, 2, 60),
    }
    patient = np.arange(60) // 2 if clustered else np.arange(60)
    rule = [Combination("stack", ("model", "one", "two"), name="stack")]
    options = {"n_resamples": 20, "n_repeats": 1}
    one = combine_reads(y, members, rule, cluster=patient, **options)
    swapped = {"a": members["two"], "z": members["one"], "model": members["model"]}
    rule = [Combination("stack", ("a", "model", "z"), name="stack")]
    rows = rng.permutation(60)
    other = combine_reads(
        y[rows],
        {name: values[rows] for name, values in swapped.items()},
        rule,
        cluster=[f"p{99 - code}" for code in patient[rows]],
        **options,
    )
    values = [
        found.frame().query("source == 'stack'")[["value", "low", "high"]] for found in (one, other)
    ]
    np.testing.assert_allclose(*values, rtol=1e-9)
