"""Cox models beside those of lifelines, where that package is installed (it needs pandas < 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.stats import concordance, cox, kaplan_meier

lifelines = pytest.importorskip("lifelines", minversion="0.30.3", reason="needs pandas < 3")

rng = np.random.default_rng(3)
N = 200
X = pd.DataFrame({"size": rng.normal(size=N), "age": rng.normal(60, 9, N)})
TIME = rng.exponential(np.exp(-0.6 * X["size"] - 0.02 * (X["age"] - 60))) * 20 + 0.1
EVENT = (rng.random(N) < 0.7).astype(int)


def test_a_cox_model_equals_that_of_lifelines():
    peer = lifelines.CoxPHFitter().fit(X.assign(time=TIME, event=EVENT), "time", "event")
    ours = cox(TIME, EVENT, X)
    assert_allclose(ours.coefficients, peer.params_[list(X)], rtol=1e-5)
    assert_allclose(ours.concordance.value, peer.concordance_index_, rtol=1e-9)


def test_curve_and_index_equal_those_of_lifelines():
    peer = lifelines.KaplanMeierFitter().fit(TIME, EVENT)
    at = [5.0, 10.0, 20.0]
    ours = kaplan_meier(TIME, EVENT).at(at)["survival"]
    assert_allclose(ours, peer.survival_function_at_times(at), rtol=1e-12)
    index = lifelines.utils.concordance_index(TIME, -X["size"], EVENT)
    assert_allclose(concordance(TIME, EVENT, X["size"]).value, index, rtol=1e-12)
