"""Reclassification by a time, and the best division of a marker."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import brier_at, logrank, reclassification_at, split_marker
from tests.stats.test_survival import EVENT, PATIENT, RISK, TIME, N, follow_ups

OTHER = np.random.default_rng(3).random(N)


@settings(max_examples=30, deadline=None)
@given(follow_ups(), st.sampled_from(["km", "ipw"]), st.sampled_from([None, [0.3, 0.6]]))
def test_swapping_the_models_turns_the_sign(study, estimator, cuts):
    time, codes, risks, _ = study
    a, b = (risks + 6) / 12
    how = {"cuts": cuts, "estimator": estimator, "n_resamples": 2}
    there = reclassification_at(time, codes == 1, a, b, 5, **how)
    back = reclassification_at(time, codes == 1, b, a, 5, **how)
    assert there.idi.value == pytest.approx(-back.idi.value, abs=1e-12)
    assert_allclose(there.nri.value, -back.nri.value, atol=1e-12)
    assert_allclose(there.up_event.value, back.down_event.value, atol=1e-12)
    same = reclassification_at(time, codes == 1, a, a, 5, **how)
    assert (same.nri.value, same.idi.value) == (0, 0)


def test_without_censoring_it_is_counting():
    everybody, y = np.ones(N), TIME <= 6
    for estimator in ("km", "ipw"):
        how = {"cuts": [0.3, 0.7], "estimator": estimator, "n_resamples": 20}
        result = reclassification_at(TIME, everybody, RISK, OTHER, 6, **how)
        old, new = np.digitize(RISK, [0.3, 0.7]), np.digitize(OTHER, [0.3, 0.7])
        assert result.up_event.value == pytest.approx((new > old)[y].mean())
        assert result.down_no_event.value == pytest.approx((new < old)[~y].mean())
        gap = OTHER - RISK
        assert result.idi.value == pytest.approx(gap[y].mean() - gap[~y].mean())


def test_intervals_by_patient_and_seed():
    how = {"cuts": [0.5], "n_resamples": 100, "cluster": PATIENT}
    one, other = (reclassification_at(TIME, EVENT, RISK, OTHER, 5, rng=3, **how) for _ in range(2))
    assert one.frame().equals(other.frame())
    assert one.n_patients == N // 3
    assert one.nri.low < one.nri.value < one.nri.high
    assert "100 resamples" in one.summary()


@pytest.mark.parametrize(
    "change, error, said",
    [
        ({"cuts": [0.5, 0.2]}, InputError, "cuts must increase"),
        ({"cuts": [0.0]}, InputError, "cuts must increase"),
        ({"cuts": "high"}, InputError, "cuts must be numeric"),
        ({"estimator": "cox"}, InputError, "estimator"),
        ({"at": -5}, InputError, "at must be"),
        ({"at": 1e6}, InputError, "nobody is followed"),
        ({"risk_a": RISK * 3}, InputError, "risk_a must lie within"),
        ({"risk_b": RISK[:-1]}, ShapeError, "risk_b has"),
        ({"n_resamples": 0}, InputError, "n_resamples"),
        ({"time": -TIME}, InputError, "time must be above 0"),
        ({"event": np.zeros(N)}, SingleClassError, "no event"),
    ],
)
def test_reclassification_refuses(change, error, said):
    given_ = {"time": TIME, "event": EVENT, "risk_a": RISK, "risk_b": OTHER, "at": 5} | change
    with pytest.raises(error, match=said):
        reclassification_at(**given_)


@settings(max_examples=30, deadline=None)
@given(follow_ups(), st.randoms(use_true_random=False))
def test_order_and_scale_do_not_matter_to_the_split(study, random):
    time, codes, (a, _), _ = study
    a = a + np.arange(a.size) * 0.01
    rows = np.array(random.sample(range(time.size), time.size))
    one = split_marker(time, codes == 1, a, n_resamples=2)
    other = split_marker(time[rows], codes[rows] == 1, np.exp(a[rows]), n_resamples=2)
    assert other.cutoff == pytest.approx(np.exp(one.cutoff))
    assert other.statistic == pytest.approx(one.statistic)
    turned = split_marker(time, codes == 1, -a, n_resamples=2)
    assert turned.statistic == pytest.approx(one.statistic)
    assert 0 < one.pvalue <= 1


def test_the_p_value_pays_for_the_search():
    rejected = naive = 0
    for i in range(200):
        rng = np.random.default_rng(i)
        time, marker = rng.exponential(size=60), rng.standard_normal(60)
        event = rng.random(60) < 0.7
        split = split_marker(time, event, marker, n_resamples=99, rng=i)
        rejected += split.pvalue <= 0.05
        naive += logrank(time, event, marker > split.cutoff).pvalue <= 0.05
    assert rejected <= 20
    assert naive >= 40


@pytest.mark.parametrize(
    "change, error, said",
    [
        ({"marker": np.ones(N)}, InputError, "no cut-off"),
        ({"marker": RISK[:-1]}, ShapeError, "marker has"),
        ({"smallest": 0.6}, InputError, "smallest"),
        ({"n_resamples": 0}, InputError, "n_resamples"),
        ({"event": np.zeros(N)}, SingleClassError, "no event"),
    ],
)
def test_split_refuses(change, error, said):
    with pytest.raises(error, match=said):
        split_marker(**({"time": TIME, "event": EVENT, "marker": RISK} | change))


def test_perfect_predictions_have_no_interval_and_no_p():
    found = brier_at([1, 2, 3, 8, 9, 10], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], 5)
    assert found.brier[0] == 0
    assert np.isnan([found.low[0], found.high[0], found.pvalue[0], found.scaled_low[0]]).all()
    assert "none is given there" in found.warnings[0]
