"""Three and more classes: areas, their averages, comparisons and the confusion matrix."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics

from radln.errors import InputError, ShapeError
from radln.stats import (
    auc,
    compare_auc,
    compare_multiclass_auc,
    confusion_matrix,
    multiclass_auc,
    ordered_auc,
)
from tests.stats.strategies import studies

CLASSES = ["benign", "metastasis", "lymphoma"]


def simulated(n=90, seed=0, n_classes=3, signal=1.0):
    """(codes, scores, patients) of cases whose own class tends to score highest."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % n_classes)
    scores = rng.normal(size=(n, n_classes)).round(2)
    scores[np.arange(n), codes] += signal
    return codes, scores, rng.integers(0, n // 2, n)


def probabilities(scores):
    shares = np.exp(scores)
    return shares / shares.sum(axis=1, keepdims=True)


def test_hand_till_of_a_marker_equals_proc(reference):
    data = reference.data("aSAH")
    found = ordered_auc(data["gos6"], data["s100b"], classes=[1, 3, 4, 5])
    assert found.value == pytest.approx(reference.results("roc_multiclass_aSAH")["auc"], rel=1e-12)


def test_the_averages_are_those_of_scikit_learn():
    codes, scores, _ = simulated()
    p = probabilities(scores)
    found = multiclass_auc(codes, p, classes=[0, 1, 2])
    for ours, options in (
        (found.macro, {"multi_class": "ovr"}),
        (found.weighted, {"multi_class": "ovr", "average": "weighted"}),
        (found.micro, {"multi_class": "ovr", "average": "micro"}),
        (found.hand_till, {"multi_class": "ovo"}),
    ):
        assert ours.value == pytest.approx(metrics.roc_auc_score(codes, p, **options), rel=1e-12)


def test_a_class_against_the_rest_is_the_ordinary_area():
    codes, scores, patients = simulated()
    found = multiclass_auc(codes, scores, classes=[0, 1, 2], cluster=patients)
    for code in range(3):
        alone = auc(codes == code, scores[:, code], cluster=patients, method="logit")
        ours = found.one_vs_rest[str(code)]
        assert (ours.value, ours.se) == pytest.approx((alone.value, alone.se), rel=1e-12)
        assert (ours.low, ours.high) == pytest.approx((alone.low, alone.high), rel=1e-12)


@given(studies())
def test_two_classes_are_the_binary_case(study):
    y, (a, b), cluster = study
    two = [np.column_stack([-score, score]) for score in (a, b)]
    for patients in (None, cluster):
        found = multiclass_auc(y.astype(int), two[0], classes=[0, 1], cluster=patients)
        alone = auc(y, a, cluster=patients)
        for average in (found.macro, found.weighted, found.hand_till):
            assert average.value == pytest.approx(alone.value, abs=1e-12)
            assert average.se == pytest.approx(alone.se, rel=1e-7, abs=1e-10, nan_ok=True)
        pair = compare_multiclass_auc(y.astype(int), *two, classes=[0, 1], cluster=patients)
        binary = compare_auc(y, a, b, cluster=patients)
        assert pair.pvalue == pytest.approx(binary.pvalue, rel=1e-6, abs=1e-9, nan_ok=True)


@given(st.integers(0, 10_000), st.permutations(range(3)))
def test_rows_and_class_order_change_nothing(seed, order):
    codes, scores, patients = simulated(n=30, seed=seed)
    labels = np.array(CLASSES)[codes]
    rows = np.random.default_rng(seed).permutation(codes.size)
    table = pd.DataFrame(scores, columns=CLASSES)
    inner = multiclass_auc.__wrapped__  # a class may have four patients
    first = inner(labels, table, cluster=patients)
    second = inner(labels[rows], table.iloc[rows, list(order)], cluster=patients[rows])
    for name in ("macro", "weighted", "micro", "hand_till"):
        ours, theirs = getattr(first, name), getattr(second, name)
        assert ours.value == pytest.approx(theirs.value, abs=1e-12)
        assert ours.se == pytest.approx(theirs.se, rel=1e-8)


def test_standard_errors_are_those_of_resampled_cases():
    codes, scores, _ = simulated(n=150, seed=4)
    found = multiclass_auc(codes, scores, classes=[0, 1, 2])
    rng = np.random.default_rng(1)
    members = [np.flatnonzero(codes == code) for code in range(3)]
    values = []
    for _ in range(400):
        rows = np.concatenate([rng.choice(own, own.size) for own in members])
        again = multiclass_auc(codes[rows], scores[rows], classes=[0, 1, 2])
        values.append([getattr(again, a).value for a in ("macro", "micro", "hand_till")])
    spread = np.std(values, axis=0, ddof=1)
    ours = [found.macro.se, found.micro.se, found.hand_till.se]
    assert np.allclose(ours, spread, rtol=0.12)


def test_patients_widen_the_intervals():
    codes, scores, _ = simulated(n=60)
    twice = np.repeat(np.arange(60), 2)
    once = multiclass_auc(codes, scores, classes=[0, 1, 2])
    doubled = multiclass_auc(codes[twice], scores[twice], classes=[0, 1, 2], cluster=twice)
    # every case written twice is still one patient
    assert doubled.macro.se == pytest.approx(once.macro.se, rel=0.02)
    assert doubled.n_patients == 60


def test_swapping_the_models_flips_the_sign_and_equal_models_give_one():
    codes, scores, patients = simulated()
    _, others, _ = simulated(seed=3)
    options = {"classes": [0, 1, 2], "average": "hand_till", "cluster": patients}
    there = compare_multiclass_auc(codes, scores, others, **options)
    back = compare_multiclass_auc(codes, others, scores, **options)
    assert there.statistic == pytest.approx(-back.statistic)
    assert there.pvalue == pytest.approx(back.pvalue)
    same = compare_multiclass_auc(codes, scores, np.exp(scores), **options)
    assert (same.difference.value, same.pvalue) == (0.0, 1.0)
    frame = there.frame()
    assert frame["metric"].iloc[0] == "hand_till"
    assert frame["pvalue"].notna().sum() == 1


def test_the_two_sided_test_keeps_its_level():
    # 400 null studies: 3.0 to 7.4 % are within two standard errors of 5 %
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(400):
        codes = np.arange(60) % 3
        common = rng.normal(size=(60, 3))
        common[np.arange(60), codes] += 1
        a, b = (common + rng.normal(size=(60, 3)) for _ in range(2))
        rejected += compare_multiclass_auc(codes, a, b, classes=[0, 1, 2]).pvalue < 0.05
    assert 12 <= rejected <= 30


def test_a_margin_and_one_side():
    codes, scores, _ = simulated(n=300)
    found = compare_multiclass_auc(
        codes,
        scores,
        scores + 1e-9 * scores**2,
        classes=[0, 1, 2],
        alternative="greater",
        margin=0.05,
    )
    assert np.isnan(found.pvalue) or found.pvalue < 0.05
    with pytest.raises(InputError, match="margin"):
        compare_multiclass_auc(codes, scores, scores, classes=[0, 1, 2], margin=2)


def test_one_case_of_a_class_gives_areas_without_intervals():
    codes, scores, _ = simulated(n=31)
    codes = np.where(codes == 2, 1, codes)
    codes[0] = 2
    found = multiclass_auc(codes, scores, classes=[0, 1, 2])
    assert np.isnan(found.macro.low)
    assert np.isfinite(found.macro.value)
    assert any("at least two cases" in note for note in found.warnings)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"classes": None}, "classes must name the columns"),
        ({"classes": [0, 1]}, "one column a class"),
        ({"classes": [0, 1, 1]}, "different labels"),
        ({"classes": [0, 1, 3]}, "y_true holds"),
        ({"y_true": [0, 1, None, 2]}, "missing"),
        ({"y_true": [0, 1, 1, 1]}, "no case of class 2"),
        ({"y_true": [[0, 1, 2, 2]], "scores": np.eye(3)[:1]}, "y_true must be one-dim"),
        ({"y_true": [], "scores": np.ones((0, 3))}, "one label a case"),
        ({"scores": np.full((4, 3), np.nan)}, "missing or infinite"),
        ({"scores": np.ones(4)}, "one column a class"),
        ({"scores": pd.DataFrame(np.ones((4, 3)), columns=[0, 1, 5])}, "no column '2'"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, message):
    given = {"y_true": [0, 1, 2, 2], "scores": np.eye(4)[:, :3], "classes": [0, 1, 2]} | change
    with pytest.raises((InputError, ShapeError), match=message):
        multiclass_auc(given.pop("y_true"), given.pop("scores"), **given)


def test_models_that_name_other_classes_are_refused():
    codes, scores, _ = simulated()
    a, b = pd.DataFrame(scores), pd.DataFrame(scores, columns=[0, 1, 5])
    with pytest.raises(InputError, match="no column '2'"):
        compare_multiclass_auc(codes, a, b)


def test_the_confusion_matrix_is_that_of_scikit_learn():
    codes, scores, patients = simulated()
    called = scores.argmax(axis=1)
    found = confusion_matrix(codes, called, classes=[0, 1, 2], cluster=patients)
    assert (found.counts == metrics.confusion_matrix(codes, called)).all()
    assert found.table().loc["0", "1"] == found.counts[0, 1]
    expected = {
        "accuracy": metrics.accuracy_score(codes, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(codes, called),
        "macro_f1": metrics.f1_score(codes, called, average="macro"),
        "weighted_f1": metrics.f1_score(codes, called, average="weighted"),
        "kappa": metrics.cohen_kappa_score(codes, called),
        "mcc": metrics.matthews_corrcoef(codes, called),
    }
    for name, value in expected.items():
        estimate = getattr(found, name)
        assert estimate.value == pytest.approx(value, rel=1e-12)
        assert estimate.low < value < estimate.high
    assert found.per_class["1"]["ppv"].value == pytest.approx(
        metrics.precision_score(codes == 1, called == 1)
    )


def test_a_class_never_called_has_no_ppv_and_is_named():
    found = confusion_matrix(
        ["a", "a", "b", "b"], ["a", "a", "a", "b"], classes=["a", "b", "c"], n_resamples=50
    )
    assert np.isnan(found.per_class["c"]["ppv"].value)
    assert np.isnan(found.balanced_accuracy.value)
    assert "ppv of c" in found.warnings[0]
    assert "balanced_accuracy" in found.warnings[0]


def test_calls_outside_the_classes_are_refused():
    with pytest.raises(InputError, match="y_call holds 'z'"):
        confusion_matrix(["a", "b"], ["a", "z"], classes=["a", "b"])
    with pytest.raises(ShapeError, match="y_call has 1"):
        confusion_matrix(["a", "b"], ["a"], classes=["a", "b"])


def test_an_array_never_borrows_the_order_of_a_table():
    codes, scores, _ = simulated()
    labels = np.array(CLASSES)[codes]
    table = pd.DataFrame(scores, columns=CLASSES)
    turned = table[CLASSES[::-1]]
    same = compare_multiclass_auc(labels, turned, table)
    assert same.difference.value == 0
    with pytest.raises(InputError, match="classes must name"):
        compare_multiclass_auc(labels, turned, scores)
    named = compare_multiclass_auc(labels, turned, scores, classes=CLASSES)
    assert named.difference.value == 0


def test_perfect_scores_are_not_certain():
    codes, _, _ = simulated(n=30)
    found = multiclass_auc(codes, np.eye(3)[codes], classes=[0, 1, 2])
    assert found.macro.value == 1
    assert 0.5 < found.macro.low < found.macro.high == 1
    assert all(e.low < 1 for e in found.one_vs_rest.values())


def test_calls_may_be_booleans():
    found = confusion_matrix([0, 1, 1, 0], [False, True, False, False], classes=[0, 1])
    assert found.counts.tolist() == [[2, 0], [1, 1]]


def test_a_rare_class_that_loses_its_interval_is_said():
    truth = np.r_[np.zeros(20, int), np.ones(20, int), 2]
    found = confusion_matrix(truth, truth, classes=[0, 1, 2])
    assert np.isnan(found.balanced_accuracy.low)
    note = next(n for n in found.warnings if "no interval for balanced accuracy" in n)
    assert "more than one resample in ten has no value" in note


@pytest.mark.parametrize("third", [5, 30, 100])
@pytest.mark.parametrize("nodes", [1, 2])
def test_a_third_class_says_nothing_of_a_pair(third, nodes):
    """Near 1 the limit of a pair is that of its own patients, and of pairs' means the weakest's."""
    rng = np.random.default_rng(0)
    sizes = np.array([5, 5, third]) * nodes
    y = np.repeat(list("abc"), sizes)
    scores = np.eye(3)[np.repeat([0, 1, 2], sizes)] * 0.8 + rng.random((sizes.sum(), 3)) * 0.1
    patient = np.arange(y.size) // nodes
    found = multiclass_auc(y, scores, classes=list("abc"), cluster=patient)
    pair = y != "c"
    alone = auc((y[pair] == "a").astype(int), scores[pair, 0], cluster=patient[pair])
    assert found.one_vs_one["a", "b"].value == 1
    assert_allclose(found.one_vs_one["a", "b"].low, alone.low, atol=1e-12)
    assert_allclose(found.hand_till.low, alone.low, atol=1e-12)
    rest = auc((y == "a").astype(int), scores[:, 0], cluster=patient)
    assert_allclose(found.one_vs_rest["a"].low, rest.low, atol=1e-12)
    order = ordered_auc(y, np.repeat([1.0, 2, 3], sizes), classes=list("abc"), cluster=patient)
    assert_allclose(order.low, alone.low, atol=1e-12)
