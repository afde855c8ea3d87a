"""The order of rows, and the names of readers, change nothing that any method says."""

import numpy as np
import pandas as pd
import pytest

from radln.stats import Combination, ReaderStudy
from tests.stats.readers.studies import tables

JOINED = [Combination("or", ("model", "experts")), Combination("stack", ("model", "experts"))]
METHODS = {
    "performance": (1, lambda study: study.performance(n_resamples=20)),
    "agreement": (1, lambda study: study.agreement(of="score")),
    "mrmc": (2, lambda study: study.mrmc()),
    "pseudovalue_anova": (2, lambda study: study.pseudovalue_anova()),
    "compare_groups": (1, lambda study: study.compare_groups()),
    "compare_with_model": (1, lambda study: study.compare_with_model()),
    "at_operating_points": (1, lambda study: study.at_operating_points(n_resamples=50)),
    "model_benefit": (2, lambda study: study.model_benefit(threshold=0.5)),
    "combine": (1, lambda study: study.combine(JOINED, n_resamples=20, n_repeats=2)),
}


def made(modalities, per_patient=2):
    names = ("US",) if modalities == 1 else ("with", "without")
    return tables(
        readers=4, trainees=2, cases=60, per_patient=per_patient, modalities=names, seed=3
    )


@pytest.mark.parametrize("name", METHODS)
def test_rows_in_any_order(name):
    modalities, compute = METHODS[name]
    reads, truth, model = made(modalities)
    one = compute(ReaderStudy.from_frame(reads, truth, model)).frame()
    mixed = [table.sample(frac=1, random_state=k) for k, table in enumerate((reads, truth, model))]
    pd.testing.assert_frame_equal(compute(ReaderStudy.from_frame(*mixed)).frame(), one)


@pytest.mark.parametrize("name", METHODS)
def test_readers_of_any_name(name):
    modalities, compute = METHODS[name]
    reads, truth, model = made(modalities)
    names = {"R0": "Zoë", "R1": "a b", "R2": "Ärztin 2", "R3": "R3/x"}
    one = compute(ReaderStudy.from_frame(reads, truth, model)).frame()
    other = compute(ReaderStudy.from_frame(reads.replace({"reader": names}), truth, model)).frame()
    for column in one.select_dtypes("number"):
        np.testing.assert_allclose(
            np.sort(other[column].to_numpy()),
            np.sort(one[column].to_numpy()),
            rtol=1e-9,
            atol=1e-12,
        )


def test_u_statistics_in_any_order():
    reads, truth, model = made(2, per_patient=1)
    study = ReaderStudy.from_frame(reads.sample(frac=0.8, random_state=1), truth, model)
    mixed = reads.sample(frac=0.8, random_state=1).sample(frac=1, random_state=2)
    other = ReaderStudy.from_frame(mixed, truth[::-1], model)
    pd.testing.assert_frame_equal(other.u_statistics().frame(), study.u_statistics().frame())
