"""Bootstrap, permutation, several areas at once and partial areas, against R and by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import norm
from stats import strategies

from radln.errors import InputError
from radln.stats import auc, compare_auc, compare_aucs, compare_partial_auc, partial_auc, roc_curve
from radln.stats.discrimination.auc_many import global_chi_square
from radln.stats.discrimination.auc_resampling import WeightedAreas, bootstrap_areas


@pytest.fixture(scope="module")
def asah(reference):
    return reference.data("aSAH")


def poor(asah):
    return (asah["outcome"] == "Poor").to_numpy()


def near(found, mean, sd):
    """The reference is random: its mean plus or minus 4 standard deviations, at least 0.01."""
    assert abs(found - mean) <= max(4 * sd, 0.01), (found, mean, sd)


def test_bootstrap_interval_is_in_the_range_of_proc(reference, asah):
    expected = reference.results("roc_bootstrap_ranges_aSAH")["ci_auc_bootstrap2000_stratified"]
    found = auc(poor(asah), asah["s100b"], method="bootstrap")
    for value, mean, sd in zip(
        (found.low, found.high),
        np.take(expected["mean"][0], [0, 2]),
        np.take(expected["sd_over_seeds"][0], [0, 2]),
        strict=True,
    ):
        near(value, mean, sd)
    assert found.value == auc(poor(asah), asah["s100b"]).value
    assert found.se == pytest.approx(auc(poor(asah), asah["s100b"]).se, rel=0.08)


def test_the_global_test_equals_r(reference, asah):
    expected = reference.results("roc_global_test_aSAH")
    scores = {name: asah[name] for name in ("s100b", "wfns", "ndka")}
    found = compare_aucs(poor(asah), scores, named=[("wfns", "s100b"), ("s100b", "ndka")])
    assert found.statistic == pytest.approx(expected["chisq"], rel=1e-9)
    assert (found.df, found.pvalue) == (2, pytest.approx(expected["p"], rel=1e-9))
    tests = reference.results("roc_aSAH_tests")["same_data"]
    rows = found.differences.set_index(["first", "second"])
    pvalue = tests["s100b_vs_ndka"]["paired_two.sided"]["p_value"]
    assert rows.loc[("s100b", "ndka"), "pvalue"] == pytest.approx(pvalue, rel=1e-9)
    assert np.isnan(rows.loc[("wfns", "ndka"), "pvalue"])
    smaller = tests["wfns_vs_s100b"]["paired_two.sided"]["p_value"]
    assert rows.loc[("s100b", "wfns"), "pvalue_holm"] == pytest.approx(2 * smaller, rel=1e-9)
    assert "df" in found.summary() and len(found.areas) == 3


def test_two_scores_make_the_paired_test():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3 == 0
    a, b = rng.normal(size=60) + y, rng.normal(size=60)
    pair = compare_auc(y, a, b)
    found = compare_aucs(y, {"a": a, "b": b})
    assert found.statistic == pytest.approx(pair.statistic**2)
    assert found.pvalue == pytest.approx(pair.pvalue)


def test_scores_that_rank_alike_cost_no_degree_of_freedom():
    rng = np.random.default_rng(1)
    y, a, b = np.arange(40) % 2 == 0, rng.normal(size=40), rng.normal(size=40)
    found = compare_aucs(y, {"a": a, "again": 2 * a + 1, "b": b})
    assert found.df == 1
    assert found.pvalue == pytest.approx(compare_auc(y, a, b).pvalue)
    same = compare_aucs(y, {"a": a, "again": 2 * a})
    assert (same.statistic, same.df, same.pvalue) == (0.0, 0, 1.0)
    assert np.isnan(global_chi_square(np.array([0.6, 0.9]), np.zeros((2, 2)))[0])


@settings(max_examples=40)
@given(strategies.studies())
def test_weights_of_one_give_the_area_and_repetition_is_weight(study):
    y, (score, _), _ = study
    curve = WeightedAreas(y, score)
    assert curve.of(np.ones((1, y.size)))[0] == pytest.approx(auc(y, score).value)
    rng = np.random.default_rng(0)
    weights = rng.integers(1, 4, size=y.size)
    rows = np.repeat(np.arange(y.size), weights)
    assert curve.of(weights[None].astype(float))[0] == pytest.approx(
        auc(y[rows], score[rows]).value
    )


@settings(max_examples=40)
@given(strategies.studies())
def test_the_whole_curve_is_the_area(study):
    y, (score, _), _ = study
    whole = auc(y, score).value
    for part in ({"specificity": (0, 1)}, {"sensitivity": (0, 1)}):
        found = partial_auc(y, score, n_resamples=2, **part).value
        assert found == pytest.approx(whole)
    halves = [
        partial_auc(y, score, specificity=p, n_resamples=2).value for p in ((0, 0.4), (0.4, 1))
    ]
    assert sum(halves) == pytest.approx(whole)


def test_partial_area_of_a_drawn_curve():
    rng = np.random.default_rng(3)
    y, score = np.arange(50) % 2 == 0, rng.normal(size=50).round(1)
    curve = roc_curve(y, score).frame()
    fpr, tpr = 1 - curve["specificity"], curve["sensitivity"]
    grid = np.linspace(0, 0.3, 200_001)
    rising = np.interp(grid, np.sort(fpr), np.sort(tpr))
    expected = 0.3 * (rising[1:] + rising[:-1]).mean() / 2
    found = partial_auc(y, score, specificity=(0.7, 1), n_resamples=2).value
    assert found == pytest.approx(expected, abs=1e-5)


def test_resamples_keep_both_classes_and_patients_together():
    rng = np.random.default_rng(4)
    y = np.r_[np.ones(3, bool), np.zeros(40, bool)]
    score = rng.normal(size=43)
    areas = bootstrap_areas(y, score[None], None, n_resamples=500, rng=1)
    assert np.isfinite(areas).all() and areas.shape == (500, 1)
    patient = np.repeat(np.arange(20), 5)
    labels = np.repeat(rng.integers(2, size=20).astype(bool), 5)
    shared = np.repeat(rng.normal(size=20), 5) + labels
    plain = auc(labels, shared, method="bootstrap")
    clustered = auc(labels, shared, method="bootstrap", cluster=patient)
    assert clustered.se > 1.5 * plain.se
    assert clustered.se == pytest.approx(auc(labels, shared, cluster=patient).se, rel=0.2)
    assert "patients" in clustered.method


def test_accelerated_limits_lie_between_and_follow_the_skew():
    rng = np.random.default_rng(5)
    y = np.arange(60) < 20
    score = rng.normal(size=60) + 2.2 * y
    plain, accelerated = (auc(y, score, method=how, rng=2) for how in ("bootstrap", "bca"))
    assert accelerated.low < plain.low and accelerated.high <= 1
    for how in ("bootstrap", "bca"):
        perfect = auc(y, np.where(y, 1.0, 0.0), method=how)
        assert np.isnan(perfect.low) and "standard error is zero" in perfect.warnings[0]


def test_same_seed_same_numbers():
    rng = np.random.default_rng(6)
    y, a, b = np.arange(50) % 2 == 0, rng.normal(size=50), rng.normal(size=50)
    assert auc(y, a, method="bca", rng=3).low == auc(y, a, method="bca", rng=3).low
    first, second = (compare_auc(y, a, b, method="permutation", rng=3) for _ in range(2))
    assert first.pvalue == second.pvalue


def test_permutation_p_is_never_zero_and_flips_with_the_sign():
    rng = np.random.default_rng(7)
    y = np.arange(80) % 2 == 0
    good, bad = rng.normal(size=80) + 3 * y, rng.normal(size=80)
    found = compare_auc(y, good, bad, method="permutation", n_resamples=200)
    assert found.pvalue == 1 / 201
    turned = compare_auc(y, bad, good, method="permutation", n_resamples=200)
    assert turned.statistic == -found.statistic and turned.pvalue == found.pvalue
    worse = compare_auc(y, bad, good, method="permutation", alternative="greater", n_resamples=200)
    assert worse.pvalue > 0.99
    assert compare_auc(y, good, 5 * good, method="permutation", n_resamples=50).pvalue == 1.0


def test_permutation_holds_its_level_and_agrees_with_delong():
    rejected, pairs = 0, []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        y = np.arange(60) % 3 == 0
        shared = rng.normal(size=60)
        a, b = (shared + rng.normal(size=60) + y for _ in range(2))
        found = compare_auc(y, a, b, method="permutation", n_resamples=199, rng=seed)
        rejected += found.pvalue <= 0.05
        pairs.append((found.pvalue, compare_auc(y, a, b).pvalue))
    assert rejected <= 13  # 120 at 0.05: more than 13 has probability 0.003
    mine, delong = norm.isf(np.array(pairs).T / 2)
    assert np.corrcoef(mine, delong)[0, 1] > 0.95


def test_partial_comparison():
    rng = np.random.default_rng(8)
    y = np.arange(100) % 2 == 0
    a, b = rng.normal(size=100) + 2 * y, rng.normal(size=100) + 0.5 * y
    found = compare_partial_auc(y, a, b, specificity=(0.8, 1), n_resamples=300)
    turned = compare_partial_auc(y, b, a, specificity=(0.8, 1), n_resamples=300)
    assert found.difference.value == -turned.difference.value > 0
    assert found.pvalue == pytest.approx(turned.pvalue) and found.pvalue < 0.05
    same = compare_partial_auc(y, a, 3 * a, specificity=(0.8, 1), n_resamples=50)
    assert same.pvalue == 1.0
    assert "specificity 0.8 to 1" in found.summary() and len(found.frame()) == 3


def test_bad_options_are_refused():
    y, s = [0, 1, 0, 1], [1, 2, 3, 4]
    with pytest.raises(InputError, match="either specificity or sensitivity"):
        partial_auc(y, s)
    with pytest.raises(InputError, match="either specificity or sensitivity"):
        partial_auc(y, s, specificity=(0.9, 1), sensitivity=(0.9, 1))
    with pytest.raises(InputError, match="within 0 to 1"):
        partial_auc(y, s, specificity=(0.9, 1.2))
    with pytest.raises(InputError, match="n_resamples"):
        auc(y, s, method="bootstrap", n_resamples=0)
    with pytest.raises(InputError, match="paired scores"):
        compare_auc(y, s, s, method="permutation", margin=0.1)
    with pytest.raises(InputError, match="paired scores"):
        compare_auc(y, s, s, method="bootstrap", paired=False)
    with pytest.raises(InputError, match="at least two scores"):
        compare_aucs(y, {"a": s})
    with pytest.raises(InputError, match="named holds 'c'"):
        compare_aucs(y, {"a": s, "b": s[::-1]}, named=[("a", "c")])
    with pytest.raises(InputError, match="two different"):
        compare_aucs(y, {"a": s, "b": s[::-1]}, named=[("a", "a")])


def test_a_class_of_one_case_is_said_where_it_is_resampled():
    y, a, b = [1, 0, 0, 0, 0], [5, 1, 2, 3, 6], [4, 1, 2, 3, 5]
    found = (
        auc(y, a, method="bootstrap"),
        auc(y, a, method="bca"),
        compare_auc(y, a, b, method="bootstrap", n_resamples=50),
        partial_auc(y, a, specificity=(0.5, 1), n_resamples=50),
        compare_partial_auc(y, a, b, specificity=(0.5, 1), n_resamples=50),
    )
    assert all(any("too narrow" in warning for warning in one.warnings) for one in found)
