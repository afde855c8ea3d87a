"""Two or more tests of the same cases."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtri

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import adjust_pvalues, cochran_q, compare_calls, compare_matched, holm, mcnemar
from tests.stats.strategies import studies

METHODS = ("exact", "mid-p", "asymptotic", "corrected")


def calls(study):
    y, scores, cluster = study
    return y, scores[0] > 0, scores[1] > 0, cluster


@settings(max_examples=60, deadline=None)
@given(studies(), st.sampled_from(METHODS))
def test_swapping_turns_the_sign_and_keeps_p(study, method):
    _, a, b, _ = calls(study)
    there, back = mcnemar(a, b, method=method), mcnemar(b, a, method=method)
    assert there.difference.value == -back.difference.value
    assert_allclose(
        [there.difference.low, there.difference.high],
        [-back.difference.high, -back.difference.low],
        atol=1e-9,
    )
    assert there.pvalue == pytest.approx(back.pvalue)
    assert 0 < there.pvalue <= 1
    greater = mcnemar(a, b, method=method, alternative="greater").pvalue
    assert greater == pytest.approx(mcnemar(b, a, method=method, alternative="less").pvalue)
    assert -1 <= there.difference.low <= there.difference.value <= there.difference.high <= 1


@settings(max_examples=40, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_patients_do_not_matter(study, random):
    y, a, b, cluster = calls(study)
    rows = np.array(random.sample(range(y.size), y.size))
    for one, other in (
        (mcnemar(a, b, cluster=cluster), mcnemar(a[rows], b[rows], cluster=cluster[rows] + 7)),
        (
            compare_calls(y, a, b, cluster=cluster),
            compare_calls(y[rows], a[rows], b[rows], cluster=cluster[rows].astype(str)),
        ),
    ):
        columns = one.frame().select_dtypes("number")
        assert_allclose(columns, other.frame()[columns.columns], rtol=1e-7, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(studies())
def test_a_patient_of_one_case_is_a_case(study):
    y, a, b, _ = calls(study)
    alone = np.arange(y.size)
    plain = mcnemar(a, b, method="asymptotic")
    clustered = mcnemar.__wrapped__(a, b, cluster=alone)
    assert_allclose(
        [clustered.statistic, clustered.pvalue, clustered.difference.low, clustered.difference.se],
        [plain.statistic, plain.pvalue, plain.difference.low, plain.difference.se],
        atol=1e-12,
    )
    for predictive in ("score", "relative"):
        one = compare_calls.__wrapped__(y, a, b, method="asymptotic", predictive=predictive)
        other = compare_calls.__wrapped__(y, a, b, predictive=predictive, cluster=alone)
        for m in ("ppv", "npv", "lr_positive", "lr_negative", "sensitivity", "specificity"):
            mine, theirs = getattr(one, m), getattr(other, m)
            assert_allclose(mine.pvalue, theirs.pvalue, rtol=1e-9)
            limits = [theirs.contrast.low, theirs.contrast.high]
            assert_allclose([mine.contrast.low, mine.contrast.high], limits, rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(studies(), st.sampled_from(("weighted-score", "score", "relative")))
@example(
    (
        np.array([True, True, False, False, True]),
        np.array([[0.0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]),
        np.arange(5),
    ),
    "relative",
)
@example(
    (
        np.array([True, True, False, False, False, False]),
        np.array([[0.0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0]]),
        np.arange(6),
    ),
    "relative",
)
def test_swapping_two_tests_turns_every_metric(study, predictive):
    y, a, b, _ = calls(study)
    there = compare_calls(y, a, b, predictive=predictive)
    back = compare_calls(y, b, a, predictive=predictive)
    for one, other in zip(there.metrics, back.metrics, strict=True):
        value = np.float64(other.contrast.value)
        with np.errstate(divide="ignore"):
            turned = -value if one.scale == "difference" else 1 / value
        assert_allclose(one.contrast.value, turned, rtol=1e-12, atol=1e-14)
        assert_allclose(one.pvalue, other.pvalue, rtol=1e-7)


def test_repeated_cases_of_a_patient_count_once():
    rng = np.random.default_rng(1)
    a, b = rng.random(60) < 0.7, rng.random(60) < 0.5
    once = mcnemar(a, b, method="asymptotic")
    thrice = mcnemar(*(np.repeat(v, 3) for v in (a, b)), cluster=np.repeat(np.arange(60), 3))
    assert thrice.statistic == pytest.approx(once.statistic)
    assert thrice.difference.se == pytest.approx(once.difference.se, rel=0.01)
    naive = mcnemar(*(np.repeat(v, 3) for v in (a, b)), method="asymptotic")
    assert naive.statistic == pytest.approx(3 * once.statistic)


def test_tests_that_never_disagree():
    a = [1, 0, 1, 1]
    for method in METHODS:
        same = mcnemar(a, a, method=method)
        assert (same.statistic, same.pvalue) == (0, 1)
        assert same.difference.low < 0 < same.difference.high
        assert "never disagree" in same.warnings[0]
    y, call = [1, 0, 1, 0], [1, 0, 0, 1]
    for metric in compare_calls(y, call, call).metrics:
        assert metric.pvalue == 1
    grouped = mcnemar.__wrapped__(a, a, cluster=[1, 1, 2, 2])
    # two patients' worth of cases, so a wider interval
    assert grouped.difference.high > mcnemar(a, a).difference.high
    q = cochran_q([[1, 1, 1], [0, 0, 0]])
    assert (q.statistic, q.pvalue) == (0, 1)


def test_all_discordant_and_a_single_case():
    b = mcnemar([1, 1, 1], [0, 0, 0])
    assert (b.difference.value, b.difference.high) == (1, 1)
    assert b.pvalue == 0.25
    assert mcnemar([1], [0]).pvalue == 1
    alone = mcnemar([1, 1], [0, 1], cluster=["a", "a"])
    assert np.isnan([alone.pvalue, alone.difference.low]).all()
    assert "one patient" in alone.warnings[-1]


def test_cochran_with_two_columns_is_mcnemar():
    rng = np.random.default_rng(3)
    x = rng.random((40, 2)) < [0.3, 0.6]
    q = cochran_q(x)
    assert q.statistic == pytest.approx(mcnemar(*x.T, method="asymptotic").statistic)
    assert "Cochran" in q.summary()


def grouped_calls(seed, n_patients=60, k=4, shares=0.5):
    """Calls of k readers that share the case and the patient, and the patients."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_patients), rng.integers(1, 5, n_patients))
    shared = (
        rng.standard_normal((n_patients, k))[cluster]
        + rng.standard_normal(n_patients)[cluster, None]
    )
    latent = shared + rng.standard_normal((cluster.size, k))
    return latent > np.sqrt(3) * ndtri(1 - np.asarray(shares)), cluster


def test_cochran_with_patients_and_two_columns_is_mcnemar():
    x, cluster = grouped_calls(1, k=2)
    found, theirs = cochran_q(x, cluster=cluster), mcnemar(*x.T, cluster=cluster)
    assert found.statistic == pytest.approx(theirs.statistic)
    assert found.pvalue == pytest.approx(theirs.pvalue)
    assert found.n_patients == 60
    assert "by patient" in found.summary()


def test_cochran_with_one_case_a_patient_is_near_q():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((2000, 1)) + rng.standard_normal((2000, 4)) > [0.4, 0.45, 0.5, 0.5]
    plain, patients = cochran_q(x), cochran_q(x, cluster=np.arange(2000))
    assert patients.statistic == pytest.approx(plain.statistic, rel=0.05)
    assert patients.df == plain.df == 3


def test_cochran_does_not_care_for_the_order_of_cases_readers_or_patients():
    x, cluster = grouped_calls(3, shares=[0.4, 0.5, 0.5, 0.6])
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(cluster.size), rng.permutation(4)
    other = cochran_q(x[rows][:, columns], cluster=(100 - cluster)[rows].astype(str))
    assert other.statistic == pytest.approx(cochran_q(x, cluster=cluster).statistic)


def test_cochran_keeps_its_level_only_with_the_patients():
    """300 samples in which all readers call equally often; 3 standard errors are 3.8 points."""
    both = [grouped_calls(seed) for seed in range(300)]
    level = np.mean([cochran_q(x, cluster=c).pvalue < 0.05 for x, c in both])
    naive = np.mean([cochran_q(x).pvalue < 0.05 for x, _ in both])
    assert level < 0.088
    assert naive > 0.12


def test_cochran_counts_only_what_can_differ():
    x, cluster = grouped_calls(5)
    twice = cochran_q(np.column_stack([x, x[:, 0]]), cluster=cluster)
    assert twice.df == 3
    assert "3 independent" in twice.warnings[0]
    alone = cochran_q([[1, 0, 1], [1, 1, 0]], cluster=["a", "a"])
    assert np.isnan(alone.pvalue)
    assert "one patient" in alone.warnings[-1]
    alike = cochran_q.__wrapped__([[1, 1, 1], [0, 0, 0]], cluster=["a", "a"])
    assert (alike.statistic, alike.df, alike.pvalue) == (0, 2, 1)


def test_what_a_zero_cell_leaves_undefined_is_named():
    y = [1, 1, 1, 0, 0, 0]
    result = compare_calls(y, [1, 1, 0, 0, 0, 0], [0] * 6)
    assert np.isnan(result.ppv.pvalue)
    assert result.lr_positive.a.value == np.inf
    assert "ppv" in result.warnings[0]
    assert "lr_positive" in result.warnings[0]
    assert "not estimable" in result.summary()


def test_refusals_name_argument_and_remedy():
    y, a = [1, 0, 1, 0], [1, 0, 0, 0]
    for arguments, options, error, said in (
        ((a, [1, 0]), {}, ShapeError, "b has 2|2 values|one per case"),
        ((a, ["yes"] * 4), {}, InputError, "b must be 0/1"),
        ((a, [0.2, 0, 1, 1]), {}, InputError, "b must hold 0 and 1"),
        ((a, [1, 0, np.nan, 1]), {}, InputError, "missing"),
        (([], []), {}, ShapeError, "a is empty"),
        ((a, a), {"method": "chi2"}, InputError, "method must be one of"),
        ((a, a), {"alternative": "more"}, InputError, "alternative"),
        ((a, a), {"method": "exact", "cluster": y}, InputError, "leave method out"),
        ((a, a), {"cluster": [1, 2]}, ShapeError, "cluster"),
    ):
        with pytest.raises(error, match=said):
            mcnemar(*arguments, **options)
    for arguments, options, error, said in (
        (([1, 1, 1, 1], a, a), {}, SingleClassError, "both classes"),
        ((y, a, [1, 0]), {}, ShapeError, "call_b has 2"),
        ((y, a, [0.1, 0.2, 0.3, 0.4]), {}, InputError, "call_b"),
        ((y, a, a), {"predictive": "wgs"}, InputError, "predictive must be one of"),
        (
            (y, a, a),
            {"predictive": "weighted-score", "cluster": [1, 1, 2, 2]},
            InputError,
            "'score'",
        ),
    ):
        with pytest.raises(error, match=said):
            compare_calls(*arguments, **options)
    for bad in ([1, 0], [[1], [0]], np.zeros((0, 3)), [[0.5, 1], [1, 0]]):
        with pytest.raises(InputError, match="calls"):
            cochran_q(bad)


# --- matched ---------------------------------------------------------------------------------


def world(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.4
    return y, y + rng.standard_normal(n), 0.5 * y + rng.standard_normal(n)


@pytest.mark.parametrize("level", [{"sensitivity": 0.8}, {"specificity": 0.9}])
def test_matched_difference_turns_and_identical_scores_have_none(level):
    y, a, b = world()
    there, back = (compare_matched(y, *pair, **level, n_resamples=200) for pair in ((a, b), (b, a)))
    assert there.difference.value == -back.difference.value
    assert there.pvalue == pytest.approx(back.pvalue)
    same = compare_matched(y, a, a, **level, n_resamples=50)
    assert (same.difference.value, same.pvalue) == (0, 1)
    assert "same in every resample" in same.warnings[0]
    alone = compare_matched(y, a, b, **level, n_resamples=200, cluster=np.arange(y.size))
    assert alone.frame().equals(there.frame())


@pytest.mark.parametrize("matched", ["sensitivity", "specificity"])
def test_matching_to_a_reader(matched):
    y, a, b = world()
    reader = b > 0.4
    result = compare_matched(y, a, reader, **{matched: "b"}, n_resamples=300)
    share = reader[y].mean() if matched == "sensitivity" else (~reader[~y]).mean()
    assert result.level == pytest.approx(share)
    # a fixed level leaves out that the reader's own point moves
    fixed = compare_matched(y, a, a, **{matched: share}, n_resamples=50)
    assert result.value_a.value == pytest.approx(fixed.value_a.value)
    assert result.difference.low < result.difference.value < result.difference.high
    assert matched in result.summary()


def test_patients_widen_the_matched_difference():
    y, a, b = (np.repeat(v, 4) for v in world())
    rows = compare_matched(y, a, b, sensitivity=0.8, n_resamples=300)
    patients = compare_matched(
        y, a, b, sensitivity=0.8, n_resamples=300, cluster=np.repeat(np.arange(200), 4)
    )
    assert patients.difference.se > 1.4 * rows.difference.se


def test_refusals_of_a_matched_comparison():
    y, a, b = world(20)
    for options, said in (
        ({}, "exactly one"),
        ({"sensitivity": 0.8, "specificity": 0.8}, "exactly one"),
        ({"sensitivity": 1.2}, "sensitivity must lie"),
        ({"specificity": "a"}, "specificity must be a number"),
        ({"sensitivity": "b"}, "score_b"),
        ({"sensitivity": 0.8, "n_resamples": 1}, "n_resamples"),
    ):
        with pytest.raises(InputError, match=said):
            compare_matched(y, a, b, **options)
    with pytest.raises(SingleClassError):
        compare_matched(np.ones(20), a, b, sensitivity=0.8)
    with pytest.raises(InputError, match="score_b has 1 missing"):
        compare_matched(y, a, np.r_[np.nan, b[1:]], sensitivity=0.8)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.sampled_from(
        ["holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"]
    ),
    st.randoms(use_true_random=False),
)
def test_adjusted_p_values(p, method, random):
    p = np.array(p)
    adjusted = adjust_pvalues(p, method=method)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    order = random.sample(range(p.size), p.size)
    assert_allclose(adjust_pvalues(p[order], method=method), adjusted[order])
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_hommel_is_the_closed_test_with_simes(p):
    p = np.array(p)
    sets = [s for k in range(1, p.size + 1) for s in combinations(range(p.size), k)]
    simes = {s: (len(s) * np.sort(p[list(s)]) / np.arange(1, len(s) + 1)).min() for s in sets}
    closed = [max(simes[s] for s in sets if i in s) for i in range(p.size)]
    assert_allclose(adjust_pvalues(p, method="hommel"), np.minimum(closed, 1))


def test_no_and_bad_p_values():
    assert adjust_pvalues([], method="hommel").size == 0
    with pytest.raises(InputError, match="method must be one of"):
        adjust_pvalues([0.1], method="fdr")
    with pytest.raises(InputError, match="pvalues"):
        adjust_pvalues([np.nan], method="hommel")


def test_named_p_values_are_adjusted_in_one_call():
    y, a, b = world()
    pvalues = [metric.pvalue for metric in compare_calls(y, a > 0, b > 0).metrics[:2]]
    assert (holm(pvalues) >= pvalues).all()
