"""A column of two values that few patients carry, in fits robust by patient: no interval, no p."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.stats import cox, logistic_regression

rng = np.random.default_rng(12)
PATIENT = np.repeat(np.arange(60), 3)
N = PATIENT.size
TIME, EVENT = rng.exponential(10, N) + 0.01, rng.integers(0, 2, N)
SIZE = rng.normal(size=N)


def fits(patients, cluster=PATIENT):
    X = pd.DataFrame({"irradiated": (patients > PATIENT).astype(int), "size": SIZE})
    yield cox(TIME, EVENT, X, cluster=cluster)
    yield logistic_regression(EVENT, X, cluster=cluster)


@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_below_five_there_is_none():
    for fit in fits(3):
        rows = fit.frame().set_index("name")
        assert rows.loc["irradiated", ["low", "high", "pvalue"]].isna().all()
        assert rows.loc["size", ["low", "high", "pvalue"]].notna().all()
        assert (
            "no interval for the coefficient of irradiated = 1 (3 patient(s))" in fit.warnings[-1]
        )
    for fit in fits(57):  # few patients without it
        assert "irradiated = 0 (3 patient(s))" in fit.warnings[-1]


@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_below_ten_there_is_a_warning():
    for fit in fits(7):
        assert fit.frame().set_index("name").loc["irradiated", "pvalue"] > 0
        assert "too narrow for the coefficient of irradiated = 1 (7 patient(s))" in fit.warnings[-1]


@pytest.mark.filterwarnings("error::radln.errors.RadlnWarning")
def test_enough_patients_or_none_with_several_cases_are_as_before():
    for fit in fits(20):
        assert fit.warnings == ()
    for fit in fits(3, cluster=None):
        assert fit.frame().set_index("name").loc["irradiated", "pvalue"] > 0
