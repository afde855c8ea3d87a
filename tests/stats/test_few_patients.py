"""Few patients: a warning below ten of the smallest class, no interval and no p below five."""

import inspect
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Estimate, Result
from radln.errors import RadlnWarning
from radln.stats._patients import KEPT
from tests.stats.calls import ALL_CALLS, EVENT, TIME
from tests.stats.test_cases import FUNCTIONS
from tests.stats.test_refusals import A, B, N, P, Y

# What gives no interval and no p of its own, or takes one case a patient alone.
NO_INFERENCE = {
    "fit_combination": "what was fitted, to be judged elsewhere",
    "patient_bootstrap": "the resampled values themselves",
    "permute_by_patient": "a permuted outcome",
    "u_statistics": "refuses patients with several cases",
}
# 24 cases hold eight of each of three classes.
OF_THREE_CLASSES = {"compare_multiclass_auc", "confusion_matrix", "multiclass_auc", "ordered_auc"}
CLUSTERED = [
    name
    for name, function in FUNCTIONS.items()
    if "cluster" in inspect.signature(function).parameters
]
TESTED = [name for name in CLUSTERED if name not in NO_INFERENCE]
NAMES = ("low", "high", "pvalue", "pvalue_holm", "pvalue_nonlinear")
ENDS = ("_low", "_high", "pvalue")


def call(name, n_patients):
    """The call with its 24 cases in so many patients, each in one fold."""
    patient = np.arange(N) * n_patients // N
    given = {**ALL_CALLS[name], "cluster": patient}
    if "folds" in given:
        given["folds"] = patient % 2
    rng = np.random.default_rng(2)
    if name == "cochran_q":  # readers who differ in every patient
        given["calls"] = rng.random((N, 3)) < 0.5
    if name == "kappa":
        given["b"] = rng.integers(0, 3, N)
    if name == "between_centres":
        given["y_score"] = 0.3 * A + rng.standard_normal(N)
    return given


def inference(found, name=""):
    """Every limit and every p, with the way to it."""
    if isinstance(found, Estimate):
        yield f"{name}.low", found.low
        yield f"{name}.high", found.high
    elif isinstance(found, pd.DataFrame):
        for column in found:
            if str(column) in NAMES or str(column).endswith(ENDS):
                yield from ((f"{name}[{column}]", value) for value in found[column])
    elif is_dataclass(found):
        for field in fields(found):
            if field.name not in KEPT:
                yield from inference_of(field.name, getattr(found, field.name), name)
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from inference(value, f"{name}[{key}]")
    elif isinstance(found, tuple):
        for value in found:
            yield from inference(value, name)


def inference_of(field, value, name):
    if (field in NAMES or field.endswith(ENDS)) and np.asarray(value).dtype.kind == "f":
        yield from ((f"{name}.{field}", one) for one in np.ravel(value))
    else:
        yield from inference(value, f"{name}.{field}")


def estimates(found):
    if isinstance(found, Estimate):
        yield found
    elif is_dataclass(found):
        for field in fields(found):
            yield from estimates(getattr(found, field.name))
    elif isinstance(found, dict):
        for value in found.values():
            yield from estimates(value)


def test_what_is_left_out_is_clustered_and_named():
    assert set(NO_INFERENCE) <= set(CLUSTERED)
    assert len(TESTED) > 40


@pytest.mark.parametrize("name", TESTED)
def test_below_five_patients_no_interval_and_no_p(name):
    with pytest.warns(RadlnWarning, match="no interval and no p-value: 4 patient"):
        found = FUNCTIONS[name](**call(name, 4))
    told = [*inference(found)]
    if isinstance(found, Result):
        told += inference(found.frame(), "frame()")
        assert "no interval and no p-value: 4 patient" in found.warnings[0]
    assert told, "nothing was looked at"
    assert [(where, value) for where, value in told if np.isfinite(value)] == []
    for estimate in estimates(found):
        assert "4 patient(s)" in estimate.method
        assert "at least" in estimate.method


@pytest.mark.parametrize("name", TESTED)
def test_below_ten_patients_there_is_a_warning(name):
    with pytest.warns(RadlnWarning, match="8 patients .*below 10"):
        found = FUNCTIONS[name](**call(name, 8))
    if isinstance(found, Result):
        assert sum("below 10" in note for note in found.warnings) == 1
        assert not any(note.startswith("errors come from") for note in found.warnings)
    assert any(np.isfinite(value) for _, value in inference(found)), name


@pytest.mark.parametrize("name", sorted({*TESTED} - OF_THREE_CLASSES))
def test_from_ten_patients_on_the_rule_is_silent(name):
    found = FUNCTIONS[name](**call(name, 12))
    for note in getattr(found, "warnings", ()):
        assert "below 10" not in note
        assert "no interval and no p" not in note


@pytest.mark.parametrize("name", sorted({*CLUSTERED} - {"fit_combination"}))
def test_one_row_a_patient_is_the_unclustered_result(name):
    given = {**ALL_CALLS[name]}
    plain = FUNCTIONS[name](**{**given, "cluster": None})
    alone = FUNCTIONS[name](**{**given, "cluster": [f"p{i}" for i in np.arange(N)[::-1]]})
    if isinstance(plain, Result):
        assert (plain.method, plain.warnings) == (alone.method, alone.warnings)
        pd.testing.assert_frame_equal(plain.frame(), alone.frame())
        assert plain.n_patients == alone.n_patients
    else:
        np.testing.assert_array_equal(np.asarray(plain), np.asarray(alone))


def test_two_patients_of_a_reported_case():
    y, score = np.arange(40) % 2, np.random.default_rng(0).normal(size=40)
    found = stats.auc(y, score, cluster=np.repeat([0, 1], 20))
    assert np.isnan([found.low, found.high, found.se]).all()
    assert np.isnan(stats.compare_auc(y, score, -score, cluster=np.repeat([0, 1], 20)).pvalue)


def test_the_smaller_class_counts_and_a_patient_of_both_counts_in_both():
    patient = np.repeat(np.arange(20), 2)
    y = np.zeros(40, dtype=int)
    y[:8] = 1  # four patients
    score = np.random.default_rng(0).normal(size=40)
    assert np.isnan(stats.auc(y, score, cluster=patient).low)
    y[8] = 1  # a fifth, who has a negative case as well
    found = stats.auc(y, score, cluster=patient)
    assert np.isfinite(found.low)
    assert "5 patients have a case with y_true = 1" in found.warnings[0]
    y[:] = 1
    y[::8] = 0  # five patients with one negative case each, and all have positive ones
    assert (
        "5 patients have a case with y_true = 0" in stats.auc(y, score, cluster=patient).warnings[0]
    )


def test_survival_counts_patients_with_the_event_of_the_cause():
    patient = np.arange(N) // 2
    event = np.where(patient < 4, 1, 0) + 2 * ((patient >= 4) & (patient < 10))
    found = stats.auc_at(TIME, event, A, [5.0], cluster=patient, cause=2)
    assert "6 patients have the event" in found.warnings[0]
    found = stats.decision_curve_at(TIME, event, P, 5.0, cluster=patient, cause=1)
    assert "4 patient(s) have the event" in found.warnings[0]
    assert np.isnan(found.low).all()
    assert stats.kaplan_meier(TIME, EVENT, cluster=patient).warnings == ()


def test_patients_are_counted_over_the_whole_call_never_a_fold():
    patient = np.arange(N) // 2
    found = stats.auc_over_folds(Y, A, patient // 2, cluster=patient)  # two patients a fold
    assert not any("patient(s) have" in note or "below 10" in note for note in found.warnings)
    centres = stats.between_centres(Y, A, np.repeat(["x", "y"], 12), cluster=patient)
    assert np.isfinite(centres.estimate.low)


def test_agreement_and_measurements_count_all_patients():
    calls = (A > 0).astype(int)
    for found in (
        stats.kappa(calls, 1 - calls, cluster=np.arange(N) // 6),
        stats.bland_altman(A, B, cluster=np.arange(N) // 6),
    ):
        assert "4 patient(s) in all" in found.warnings[0]


def test_the_groups_of_a_comparison_need_their_patients():
    patient = np.arange(N) // 2
    found = stats.compare_groups(A, np.where(patient < 4, "a", "b"), cluster=patient)
    assert "4 patient(s) have a case in group a" in found.warnings[0]
    assert np.isnan(found.pvalue)


def test_both_arms_of_an_unpaired_comparison_count():
    y = np.arange(N) % 2
    arms = {"paired": False, "cluster": (np.arange(N) // 6, np.arange(N) // 2 + 100)}
    found = stats.compare_auc((y, y), A, B, **arms)
    assert "4 patient(s)" in found.warnings[0]
    assert np.isnan([found.pvalue, found.difference.low, found.auc_b.low]).all()


def test_what_is_computed_later_has_no_interval_either():
    patient = np.arange(N) // 6
    table = stats.logistic_regression(Y, np.column_stack([A + 9 * B, B]), cluster=patient)
    fit = stats.cox(TIME, EVENT, A[:, None], cluster=patient)
    ratios = table.odds_ratio("x1"), fit.hazard_ratio("x1")
    assert np.isnan([limit for ratio in ratios for limit in (ratio.low, ratio.high)]).all()
    assert all(ratio.method.startswith("no interval") for ratio in ratios)
    assert np.isnan(table.wald(["x1"])[2])
    curve = stats.kaplan_meier(TIME, EVENT, cluster=patient).at([0.5, 5.0])
    assert curve[["low", "high"]].isna().all(axis=None)
    folds = stats.compare_over_folds(Y, A, B, patient % 2, cluster=patient)
    assert np.isnan([folds.lower_bound, folds.upper_bound]).all()


def test_numbers_without_a_result_are_warned_of():
    with pytest.warns(RadlnWarning, match="4 patient"):
        stats.patient_bootstrap(np.mean, N, cluster=np.arange(N) // 6, n_resamples=5)


def test_a_group_of_few_patients_has_no_interval_beside_one_of_many():
    rng = np.random.default_rng(1)
    time = rng.exponential(size=90)
    group = np.repeat(["a", "b"], [80, 10])
    cluster = np.r_[np.repeat(np.arange(40), 2), np.repeat([50, 51], 5)]
    found = stats.kaplan_meier(time, np.ones(90), group=group, cluster=cluster)
    many, few = found.curves
    assert np.isfinite(many.median.low) and np.isfinite(many.low[:5]).all()
    assert np.isnan(few.median.low) and np.isnan(few.low).all()
    assert any("2 patient(s) of group 'b' have the event" in note for note in found.warnings)


def test_a_cause_of_few_patients_has_no_interval_beside_one_of_many():
    time, event = np.repeat(np.arange(1, 101), 2), [1] * 40 + [2] * 4 + [0] * 156
    found = stats.cumulative_incidence(time, event, cluster=np.repeat(np.arange(100), 2))
    many, few = found.curves
    assert np.isfinite(many.low[-1]) and np.isnan(few.low).all()
    assert any("2 patient(s) have an event of cause 2" in note for note in found.warnings)
