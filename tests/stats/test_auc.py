"""AUC and its comparisons: R's values, brute force, properties, edges, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import auc, compare_auc
from tests.stats.strategies import studies

# As they are behind the door, which withholds what few patients cannot carry.
inner_auc, inner_compare = auc.__wrapped__, compare_auc.__wrapped__


def close(actual, desired, rtol=1e-9):
    assert_allclose(actual, desired, rtol=rtol, atol=1e-12)


def brute_auc(y, s):
    pairs = np.sign(s[y][:, None] - s[~y][None, :])
    return (pairs + 1).mean() / 2


# --- algebra and brute force -----------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(studies())
def test_area_equals_all_pairs(study):
    y, scores, _ = study
    assert auc(y, scores[0]).value == pytest.approx(brute_auc(y, scores[0]), abs=1e-15)


@settings(max_examples=60, deadline=None)
@given(studies())
def test_clustered_variance_equals_its_definition(study):
    y, (s, _), cluster = study
    ours = inner_auc(y, s, cluster=cluster).se ** 2
    above = (np.sign(s[y][:, None] - s[~y][None, :]) + 1) / 2
    area = above.mean()
    m, n = above.shape
    patients = np.unique(cluster)
    x = np.array([(above.mean(axis=1) - area)[cluster[y] == p].sum() for p in patients])
    z = np.array([(above.mean(axis=0) - area)[cluster[~y] == p].sum() for p in patients])
    i10, i01 = np.unique(cluster[y]).size, np.unique(cluster[~y]).size
    s10 = i10 / ((i10 - 1) * m) * (x**2).sum()
    s01 = i01 / ((i01 - 1) * n) * (z**2).sum()
    s11 = patients.size / (patients.size - 1) * (x * z).sum()
    close(ours, s10 / m + s01 / n + 2 * s11 / (m * n))


@settings(max_examples=60, deadline=None)
@given(studies())
def test_a_patient_of_one_case_is_delong(study):
    y, scores, _ = study
    own = np.arange(y.size)
    close(inner_auc(y, scores[0], cluster=own).se, inner_auc(y, scores[0]).se, 1e-12)
    with_patients = inner_compare(y, *scores, cluster=own)
    close(with_patients.difference.se, inner_compare(y, *scores).difference.se, 1e-12)


@settings(max_examples=60, deadline=None)
@given(studies())
def test_swapping_the_scores_flips_the_sign(study):
    y, (a, b), cluster = study
    for patients in (None, cluster):
        there, back = (
            inner_compare(y, a, b, cluster=patients),
            inner_compare(y, b, a, cluster=patients),
        )
        close(there.difference.value, -back.difference.value)
        close(there.difference.low, -back.difference.high)
        assert_allclose(there.statistic, -back.statistic, rtol=1e-9)
        assert_allclose(there.pvalue, back.pvalue, rtol=1e-9)
        less = inner_compare(y, b, a, cluster=patients, alternative="less")
        greater = inner_compare(y, a, b, cluster=patients, alternative="greater")
        assert_allclose(less.pvalue, greater.pvalue, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(studies(n_scores=1))
def test_monotone_relabelled_and_shuffled(study):
    y, (s,), cluster = study
    plain = inner_auc(y, s, cluster=cluster)
    bent = inner_auc(y, np.exp(s / 3) - 7, cluster=cluster)
    assert (bent.value, bent.se) == (plain.value, plain.se)
    turned = inner_auc(~y, s, cluster=cluster)
    close([turned.value, turned.se], [1 - plain.value, plain.se])
    order = np.random.default_rng(y.size).permutation(y.size)
    shuffled = inner_auc(y[order], s[order], cluster=cluster[order])
    assert shuffled.value == plain.value
    close(shuffled.se, plain.se)
    named = inner_auc(y, s, cluster=[f"patient {c}" for c in cluster])
    assert named.se == plain.se


@settings(max_examples=30, deadline=None)
@given(studies(n_scores=1))
def test_identical_scores_give_p_one(study):
    y, (s,), cluster = study
    for other in (s, 2 * s + 1):
        result = inner_compare(y, s, other, cluster=cluster)
        difference = result.difference
        assert (result.pvalue, result.statistic) == (1.0, 0.0)
        assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_doubling_every_case_leaves_the_clustered_error_alone():
    rng = np.random.default_rng(3)
    y = rng.random(80) < 0.4
    s = rng.normal(size=80) + y
    single = auc(y, s)
    doubled = auc(np.tile(y, 2), np.tile(s, 2), cluster=np.tile(np.arange(80), 2))
    close([doubled.value, doubled.se], [single.value, single.se], 1e-12)


def test_unpaired_clusters_of_one_equal_the_plain_test():
    rng = np.random.default_rng(4)
    y = rng.random(60) < 0.5
    a, b = rng.normal(size=(2, 60)) + y
    plain = compare_auc((y, y), a, b, paired=False)
    patients = (np.arange(60), np.arange(60, 120))
    assert compare_auc((y, y), a, b, paired=False, cluster=patients).pvalue == pytest.approx(
        plain.pvalue, rel=1e-12
    )


# --- edges -----------------------------------------------------------------------------------


def test_perfect_and_constant_scores_say_that_the_interval_is_empty():
    y = [0, 0, 0, 1, 1, 1]
    for score, value in (([1, 2, 3, 4, 5, 6], 1.0), ([6, 5, 4, 3, 2, 1], 0.0), ([2] * 6, 0.5)):
        for method in ("delong", "logit"):
            result = auc(y, score, method=method)
            assert (result.value, result.low, result.high, result.se) == (value, value, value, 0)
            assert "says nothing" in result.warnings[0]


def test_one_case_of_a_class_has_a_value_and_no_interval():
    result = auc([0, 0, 0, 1], [1, 2, 4, 3])
    assert result.value == pytest.approx(2 / 3)
    assert np.isnan(result.low)
    assert "two cases" in result.warnings[0]
    assert np.isnan(compare_auc([0, 0, 0, 1], [1, 2, 4, 3], [1, 2, 3, 4]).pvalue)


def test_positives_of_one_patient_have_no_clustered_interval():
    result = auc([1, 1, 0, 0, 0], [3, 4, 1, 2, 5], cluster=["a", "a", "b", "c", "d"])
    assert np.isnan(result.se)
    assert result.warnings


def test_perfect_against_constant_is_not_tested():
    result = compare_auc([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, 1, 1])
    assert result.difference.value == 0.5
    assert np.isnan(result.pvalue)
    assert "no test" in result.warnings[0]


def test_result_protocol():
    result = compare_auc([0, 1, 0, 1], [1, 2, 3, 4], [4, 2, 1, 3], cluster=[1, 2, 3, 3])
    assert (result.n, result.n_positive, result.n_patients) == (4, 2, 3)
    assert list(result.frame()["quantity"]) == ["auc_a", "auc_b", "difference"]
    assert "Obuchowski" in result.summary()
    single = auc([0, 1, 0, 1], [1, 2, 3, 4])
    assert len(single.frame()) == 1
    assert "<table" in single._repr_html_()


def test_the_summary_says_what_was_tested():
    y, a, b = [0, 1, 0, 1, 1], [1, 2, 3, 4, 5], [4, 2, 1, 3, 5]
    for alternative, margin, words in (
        ("two-sided", None, "differs"),
        ("greater", None, "a > b"),
        ("two-sided", 0.1, "differ by less than 0.1"),
        ("greater", 0.1, "not worse than b"),
        ("less", 0.1, "not better than b"),
    ):
        result = compare_auc(y, a, b, alternative=alternative, margin=margin)
        assert words in result.summary()


def test_unpaired_without_an_error_is_not_tested():
    y, perfect = [0, 0, 1, 1], [1, 2, 3, 4]
    same = compare_auc(y, perfect, perfect, paired=False)
    assert np.isnan([same.pvalue, same.difference.low]).all()  # other patients may differ
    assert "no test is possible" in same.warnings[0]
    assert same.auc_a == auc(y, perfect).estimate and same.auc_a.low < 0.5
    one = compare_auc(([0, 0, 1], y), [1, 3, 2], perfect, paired=False)
    assert np.isnan(one.pvalue)


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "score", "error", "words"),
    [
        ([0, 0, 0], [1, 2, 3], SingleClassError, "y_true"),
        ([0, 1, 1], [1, 2], ShapeError, "y_score"),
        ([0, 1, 1], [1, np.nan, 2], InputError, "missing"),
        ([0, 1, 1], [1, np.inf, 2], InputError, "infinite"),
        (["no", "yes", "yes"], [1, 2, 3], InputError, "positive"),
        ([], [], ShapeError, "empty"),
    ],
)
def test_bad_input_is_refused(y, score, error, words):
    with pytest.raises(error, match=words):
        auc(y, score)


def test_bad_options_are_refused():
    y, a, b = [0, 1, 0, 1], [1, 2, 3, 4], [4, 2, 1, 3]
    with pytest.raises(InputError, match="margin"):
        compare_auc(y, a, b, margin=-0.1)
    with pytest.raises(InputError, match="alternative"):
        compare_auc(y, a, b, alternative="bigger")
    with pytest.raises(InputError, match="cluster_a"):
        compare_auc(y, a, b, paired=False, cluster=[1, 2, 3, 4])
    with pytest.raises(InputError, match="both groups"):
        compare_auc((y, y), a, b, paired=False, cluster=([1, 2, 3, 4], [4, 5, 6, 7]))
    with pytest.raises(InputError, match="paired=False"):
        compare_auc((y, y), a, b)
    with pytest.raises(InputError, match="confidence_level"):
        auc(y, a, confidence_level=95)
    with pytest.raises(InputError, match="missing"):
        auc(y, a, cluster=[1, None, 2, 3])


def test_a_perfect_area_without_an_error_has_no_logit_interval():
    found = auc([0, 0, 1], [1, 2, 3], method="logit")
    assert found.value == 1
    assert np.isnan([found.low, found.high]).all()
    assert found.warnings
