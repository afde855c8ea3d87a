"""Resampling patients, permutations, Holm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln.errors import InputError
from radln.stats import (
    holm,
    patient_bootstrap,
    percentile_interval,
    permutation_pvalue,
    permute_by_patient,
)
from radln.stats.resample import bootstrap_totals


def test_holm_equals_r(reference):
    r = reference.results("p_adjust")
    assert_allclose(holm(r["p"]), r["holm"], rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_holm_is_monotone_and_ignores_the_order(p, random):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    order = list(range(len(p)))
    random.shuffle(order)
    assert_allclose(holm([p[i] for i in order]), adjusted[order])


def test_holm_refuses_what_is_no_p():
    with pytest.raises(InputError, match="pvalues"):
        holm([0.1, 1.2])
    with pytest.raises(InputError, match="missing"):
        holm([0.1, np.nan])


def test_patients_come_whole():
    cluster = np.array(["b", "a", "b", "c", "a", "b"])
    seen = []
    patient_bootstrap(lambda rows: seen.append(rows) or 0.0, 6, cluster, n_resamples=50, rng=1)
    for rows in seen:
        times = np.bincount(rows, minlength=6)
        assert times[0] == times[2] == times[5]
        assert times[1] == times[4]
        assert times[0] + times[1] + times[3] == 3


def test_bootstrap_error_equals_the_clustered_formula():
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(200), 3)
    x = rng.normal(size=200)[cluster] + 0.3 * rng.normal(size=600)
    values = patient_bootstrap(lambda rows: x[rows].mean(), 600, cluster, n_resamples=2000, rng=2)
    expected = x.reshape(200, 3).mean(axis=1).std(ddof=1) / np.sqrt(200)
    assert values.std(ddof=1) == pytest.approx(expected, rel=0.08)
    totals = bootstrap_totals(np.stack([x, np.ones(600)], 1), cluster, n_resamples=2000, rng=3)
    assert (totals[:, 0] / totals[:, 1]).std(ddof=1) == pytest.approx(expected, rel=0.08)


def test_same_seed_same_resamples():
    x = np.arange(10.0)

    def draw():
        return patient_bootstrap(lambda rows: x[rows].sum(), 10, n_resamples=20, rng=8)

    assert (draw() == draw()).all()
    with pytest.raises(InputError, match="n_resamples"):
        patient_bootstrap(lambda rows: 0.0, 10, n_resamples=0)


def test_percentile_interval():
    estimate = percentile_interval(0.5, np.linspace(0, 1, 1001))
    assert (estimate.low, estimate.high) == pytest.approx((0.025, 0.975))
    holes = np.r_[np.full(500, np.nan), np.linspace(0, 1, 501)]
    assert np.isnan(percentile_interval(0.5, holes).low)
    assert np.isnan(percentile_interval(np.nan, np.ones(10)).low)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_permutation_keeps_patients_together(seed, constant):
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(12), rng.integers(1, 4, 12)))
    y = (np.arange(12) % 2 == 0)[cluster]
    if not constant:
        y[np.flatnonzero(cluster == np.argmax(np.bincount(cluster)))[0]] ^= True
    permuted = permute_by_patient(y, cluster, rng)

    def vectors(labels):
        return [tuple(labels[cluster == c]) for c in range(12)]

    if all(len(set(v)) == 1 for v in vectors(y)):
        assert sorted(v[0] for v in vectors(permuted)) == sorted(v[0] for v in vectors(y))
        assert all(len(set(v)) == 1 for v in vectors(permuted))
    else:
        assert sorted(vectors(permuted)) == sorted(vectors(y))


def test_permutation_without_patients_and_its_p():
    y = np.array([0, 0, 1, 1, 1])
    assert permute_by_patient(y, None, 0).sum() == 3
    assert permutation_pvalue(2.0, [0.0] * 99) == 0.01
    assert permutation_pvalue(0.0, [0.0] * 99) == 1.0
    with pytest.raises(InputError, match="observed"):
        permutation_pvalue(np.nan, [1.0])
