"""Proportions, cut-offs and 2x2 tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln.errors import InputError, RadlnWarning, ShapeError
from radln.stats import auc, diagnostic_table, proportion, roc_curve, youden
from tests.stats.strategies import studies

R_NAMES = {
    "wilson": "wilson",
    "clopper-pearson": "exact",
    "agresti-coull": "agresti-coull",
    "wald": "asymptotic",
}


@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_intervals_equal_r(reference):
    for name, r in reference.results("proportion_ci").items():
        k, n = map(int, name.split("_of_"))
        for method, theirs in R_NAMES.items():
            ours = proportion(k, n, method=method)
            limits = np.clip([r[theirs]["lower"], r[theirs]["upper"]], 0, 1)  # binom cuts nothing
            assert_allclose([ours.low, ours.high], limits, rtol=1e-9, atol=1e-12)
        ours = proportion(k, n, method="jeffreys")
        assert_allclose([ours.low, ours.high], r["jeffreys"], rtol=1e-9)
        for method, key in (("wilson", "wilson90"), ("clopper-pearson", "exact90")):
            ours = proportion(k, n, method=method, confidence_level=0.9)
            assert_allclose([ours.low, ours.high], r[key], rtol=1e-9, atol=1e-12)


def test_design_effects_equal_r(reference):
    cases = (
        ("nodes_sim", "y", "patient", "reader", 4, "clustered_auc_nodes", "sens_spec_reader_ge4"),
        (
            "retinopathy",
            "status",
            "id",
            "score",
            10,
            "clustered_auc_retinopathy",
            "sens_spec_score_ge_10",
        ),
    )
    for file, y, patient, score, cut, name, key in cases:
        data, r = reference.data(file), reference.results(name)[key]
        for label, kind in ((1, "sens"), (0, "spec")):
            part = data[data[y] == label]
            hit = (part[score] >= cut) == bool(label)
            ours = proportion(hit.to_numpy(), cluster=part[patient])
            # R's file gives the share of positive calls among the negative cases as "spec"
            assert_allclose(ours.value if label else 1 - ours.value, r[kind]["est"])
            assert_allclose(ours.design_effect, max(1, r[kind]["deff"]), rtol=1e-9)


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from(list(R_NAMES)[:2]))
def test_failures_mirror_successes(k, extra, method):
    n = k + extra
    there, back = proportion(k, n, method=method), proportion(extra, n, method=method)
    assert_allclose([there.low, there.high], [1 - back.high, 1 - back.low], atol=1e-9)
    assert 0 <= there.low <= there.value <= there.high <= 1


@settings(max_examples=40, deadline=None)
@given(studies(n_scores=1))
def test_a_patient_of_one_case_needs_no_design_effect(study):
    y, _, cluster = study
    plain = proportion(int(y.sum()), y.size)
    alone = proportion(y, cluster=np.arange(y.size))
    # I / (I - 1) is all that remains
    assert 1 <= alone.design_effect <= y.size / (y.size - 1) + 1e-12
    assert plain.value == alone.value == proportion(y, cluster=cluster).value
    assert proportion(y, cluster=cluster).design_effect >= 1


def test_tripled_cases_are_worth_one_each():
    x = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1])
    tripled = proportion(np.repeat(x, 3), cluster=np.repeat(np.arange(10), 3))
    assert tripled.design_effect == pytest.approx(3 * 10 / 9)


def test_all_alike_in_patients_is_cautious():
    result = proportion(np.ones(15), cluster=np.repeat(np.arange(5), 3))
    assert result.low == pytest.approx(proportion(5, 5).low)
    assert "cautious" in result.warnings[-1]
    assert proportion(np.ones(4), cluster=np.arange(4)).warnings == ()


def test_edges_and_refusals_of_a_proportion():
    assert np.isnan(proportion(0, 0).value)
    assert proportion(0, 0).estimate.format() == "not estimable"
    assert np.isnan(proportion([]).value)
    assert np.isnan(proportion([1, 0], cluster=["a", "a"]).low)
    with pytest.warns(RadlnWarning, match="wilson"):
        proportion(1, 5, method="wald")
    for k, n in ((6, 5), (-1, 5), (1.5, 5), (3, None)):
        with pytest.raises(InputError):
            proportion(k, n)
    with pytest.raises(InputError, match="0/1 a case"):
        proportion(3, 5, cluster=[1, 2, 3, 4, 5])
    with pytest.raises(InputError, match="leave n out"):
        proportion([1, 0], 3)
    with pytest.raises(InputError, match="method"):
        proportion(1, 2, method="exact")
    assert len(proportion(1, 2).frame()) == 1


# --- ROC curve and cut-off -------------------------------------------------------------------


def test_curve_and_cutoff_equal_proc(reference):
    data = reference.data("aSAH")
    y = data["outcome"] == "Poor"
    single, coords = (reference.results(f"roc_aSAH_{part}") for part in ("single", "coords"))
    for marker in ("s100b", "ndka", "wfns"):
        curve, r = roc_curve(y, data[marker]), single[marker]["roc"]
        assert_allclose(curve.thresholds[::-1], np.array(r["thresholds"], dtype=float), rtol=1e-12)
        assert_allclose(curve.tpr[::-1], r["sensitivities"], rtol=1e-12)
        assert_allclose(1 - curve.fpr[::-1], r["specificities"], rtol=1e-12, atol=1e-15)
    for marker, r in coords.items():
        best, ours = r["best_youden"], youden(y, data[marker])
        assert_allclose(ours.threshold, max(best["threshold"]))
        assert_allclose(ours.sensitivity, best["sensitivity"][np.argmax(best["threshold"])])


@settings(max_examples=60, deadline=None)
@given(studies(n_scores=1))
def test_curve_area_calls_and_order(study):
    y, (s,), _ = study
    curve = roc_curve(y, s)
    assert np.trapezoid(curve.tpr, curve.fpr) == pytest.approx(auc(y, s).value)
    for threshold, fpr, tpr in zip(curve.thresholds, curve.fpr, curve.tpr, strict=True):
        called = s >= threshold
        assert (called[y].mean(), called[~y].mean()) == pytest.approx((tpr, fpr))
    cut = youden(y, s)
    assert cut.index == pytest.approx((curve.tpr - curve.fpr).max())


def test_neighbouring_floats_and_ties_of_the_index():
    low = 0.1
    high = np.nextafter(low, 1)
    cut = youden([0, 1], [low, high])
    assert low < cut.threshold <= high
    tied = youden([0, 1, 0, 1], [1, 2, 3, 4])
    assert tied.threshold == 3.5
    assert tied.specificity == 1.0
    assert "too good" in tied.summary()
    assert len(tied.frame()) == 1
    assert not roc_curve([0, 1], [1, 2]).fpr.flags.writeable
    assert "AUC 1.000" in roc_curve([0, 1], [1, 2]).summary()


# --- 2x2 -------------------------------------------------------------------------------------


def cases(tp, fp, fn, tn):
    y = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
    return y, np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])


def test_table_equals_r(reference):
    for r in reference.results("diagnostic_2x2").values():
        table = diagnostic_table(*cases(**r["table"]), n_resamples=50)
        plain = r["plain"]
        ours = [table.sensitivity, table.specificity, table.ppv, table.npv, table.accuracy]
        ours += [table.balanced_accuracy, table.f1, table.mcc]
        names = ("sens", "spec", "ppv", "npv", "acc", "bal_acc", "f1", "mcc")
        assert_allclose([e.value for e in ours], [plain[name] for name in names], rtol=1e-12)
        assert {c: getattr(table, c) for c in r["table"]} == r["table"]


def test_nothing_called_positive_is_not_estimable():
    table = diagnostic_table([1, 1, 0, 0], [0, 0, 0, 0], cluster=list("abcd"), n_resamples=100)
    assert np.isnan(table.ppv.value)
    assert np.isnan(table.mcc.value)
    assert table.sensitivity.value == 0
    assert "ppv, mcc" in table.warnings[0]
    assert "not estimable" in table.summary()
    healthy = diagnostic_table([0, 0, 0], [0, 1, 0], n_resamples=100)
    assert np.isnan(healthy.sensitivity.value)
    assert healthy.specificity.value == pytest.approx(2 / 3)


def test_clusters_widen_the_table_and_seeds_repeat_it():
    y, call = (np.repeat(v, 4) for v in cases(12, 5, 4, 15))
    patients = np.repeat(np.arange(36), 4)
    apart, together = diagnostic_table(y, call), diagnostic_table(y, call, cluster=patients)
    for name in ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1", "mcc"):
        a, b = getattr(apart, name), getattr(together, name)
        assert a.value == b.value
        assert b.high - b.low > 1.5 * (a.high - a.low)
    again = diagnostic_table(y, call, cluster=patients)
    assert again.frame().equals(together.frame())


def test_calls_must_fit():
    with pytest.raises(ShapeError, match="y_call"):
        diagnostic_table([0, 1], [0, 1, 1])
    with pytest.raises(InputError, match="y_call"):
        diagnostic_table([0, 1], [0.3, 0.8])
