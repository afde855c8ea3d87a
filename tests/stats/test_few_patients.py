"""Few patients: a warning below ten of the smallest class, no interval and no p below five."""

import inspect
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Estimate, Result
from radln.errors import InputError, RadlnWarning
from radln.stats import compare_groups, roc_band
from radln.stats._patients import KEPT
from tests.rows import each_row
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
OF_THREE_CLASSES = {
    "compare_multiclass_auc", "compare_multiclass_over_folds", "confusion_matrix",
    "multiclass_auc", "multiclass_over_folds", "ordered_auc",
}  # fmt: skip
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
    if name == "between_centres":  # of the same patients, or a centre has too few
        given["y_score"] = 0.3 * A + rng.standard_normal(N)
        given["centre"] = np.arange(N) // 2 % 2
    if "event" in given and ({"at", "times"} & {*given}):  # every patient before and after
        given["time"], given["event"] = (
            np.where(np.arange(N) % 2, 2.0, 8.0) + rng.random(N),
            TIME > 0,
        )
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


@each_row("name", TESTED)
def test_below_five_patients_no_interval_and_no_p(name):
    if name == "between_centres":
        with pytest.raises(InputError, match=r"centre 0 \(4 patient\(s\) with negative cases\)"):
            FUNCTIONS[name](**call(name, 4))
        return
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


@pytest.mark.parametrize("name", [name for name in TESTED if name != "between_centres"])
@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_below_five_patients_no_sentence_speaks_of_an_interval_that_is_not_there(name):
    found = FUNCTIONS[name](**call(name, 4))
    said = found.summary() if isinstance(found, Result) else ""
    for words in ("% interval)", "interval leave out", "interval that excludes", "class alone"):
        assert words not in said


@each_row("name", TESTED)
def test_below_ten_patients_there_is_a_warning(name):
    with pytest.warns(RadlnWarning, match="8 patients .*below 10"):
        found = FUNCTIONS[name](**call(name, 8))
    if isinstance(found, Result):
        assert sum("below 10" in note for note in found.warnings) == 1
        assert not any(note.startswith("errors come from") for note in found.warnings)
    assert any(np.isfinite(value) for _, value in inference(found)), name


@each_row("name", sorted({*TESTED} - OF_THREE_CLASSES))
def test_from_ten_patients_on_the_rule_is_silent(name):
    found = FUNCTIONS[name](**call(name, 12))
    for note in getattr(found, "warnings", ()):
        assert "below 10" not in note
        assert "no interval and no p" not in note


@each_row("name", sorted({*CLUSTERED} - {"fit_combination"}))
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
    found = stats.cumulative_incidence(TIME, event, cluster=patient)
    assert any("6 patients have an event of cause 2" in note for note in found.warnings)
    late = np.where(np.arange(N) < 20, 1.0, 3.0)
    found = stats.decision_curve_at(late, event, P, 2.0, cluster=patient, cause=1)
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


# --- what an estimate really stands on -------------------------------------------------------

AT = {
    "auc_at": {"risk": A, "times": [2.0]},
    "brier_at": {"risk": P, "times": [2.0]},
    "calibration_at": {"risk": P, "at": 2.0, "n_groups": 2},
    "compare_auc_at": {"risk_a": A, "risk_b": B, "times": [2.0]},
    "compare_concordance": {"risk_a": A, "risk_b": B, "tau": 2.0},
    "concordance": {"risk": A, "tau": 2.0},
    "decision_curve_at": {"risk": P, "at": 2.0, "thresholds": [0.4]},
    "reclassification_at": {"risk_a": P, "risk_b": P[::-1], "at": 2.0, "n_resamples": 9},
}


def test_every_function_of_a_time_is_tried():
    of_time = {
        name
        for name in TESTED
        if {"at", "times", "tau"} & {*inspect.signature(FUNCTIONS[name]).parameters}
    }
    assert of_time - {"kaplan_meier"} == set(AT)  # whose limits stand at every time


@pytest.mark.parametrize("name", AT)
@pytest.mark.parametrize("k", [4, 8])
def test_patients_are_counted_by_the_time_that_is_asked_for(name, k):
    """All patients have the event, but few of them by the time, or few are free beyond it."""
    patient = np.minimum(np.arange(N), N - 2)  # one patient has two rows
    early = np.where(patient < k, 1.0, 3.0) + 0.01 * np.arange(N)
    for time, words in (
        (early, "have the event by 2"),
        (np.where(patient < k, 3.0, 1.0) + 0.01 * np.arange(N), "are without the event at 2"),
    ):
        found = FUNCTIONS[name](time, np.ones(N), **AT[name], cluster=patient)
        assert f"{k} patient" in found.warnings[0] and words in found.warnings[0]
        limits = [value for where, value in inference(found) if "instability" not in where]
        if k < 5:
            assert np.isnan(limits).all()
        else:
            assert "below 10" in found.warnings[0]


def test_of_several_times_each_stands_on_its_own_patients():
    rng = np.random.default_rng(1)
    patient = np.arange(80) // 2
    time = np.where(patient < 4, 1.0, 3.0 + 4 * (patient > 24)) + rng.random(80)
    risk = rng.random((80, 2))
    found = stats.auc_at(time, np.ones(80), risk, [2.0, 5.0], cluster=patient)
    assert np.isnan(found.low[0]) and np.isfinite(found.low[1])
    assert "4 patient(s) have the event by 2" in found.warnings[0]
    brier = stats.brier_at(time, np.ones(80), risk, [2.0, 5.0], cluster=patient)
    assert np.isnan(brier.low[0]) and np.isfinite(brier.low[1]) and np.isnan(brier.pvalue[0])
    assert np.isnan(brier.integrated.low)  # which stands on both
    versus = stats.compare_auc_at(time, np.ones(80), risk, risk[::-1], [2.0, 5.0], cluster=patient)
    assert np.isnan(versus.pvalue[0]) and np.isfinite(versus.pvalue[1])
    later = stats.auc_at(time, np.ones(80), risk, [4.5, 5.0], cluster=patient)
    assert not any("no p-value" in note for note in later.warnings)


def test_a_centre_of_few_patients_is_left_out_beside_those_of_many():
    rng = np.random.default_rng(2)
    patient = np.arange(90) // 2
    centre = np.repeat(["a", "b", "small"], [40, 44, 6])
    y = np.arange(90) % 2
    found = stats.between_centres(y, y + 2 * rng.normal(size=90), centre, cluster=patient)
    small = found.centres.set_index("centre").loc["small"]
    assert not small["used"] and np.isnan(small["low"]) and np.isfinite(small["value"])
    assert any("centre small (3 patient(s) with negative cases)" in n for n in found.warnings)
    alone = stats.between_centres(y, y + 2 * rng.normal(size=90), centre)  # one row a patient
    assert alone.centres["used"].all()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (
            lambda y, x, who: stats.diagnostic_table(y, x > 0.96, cluster=who, n_resamples=9),
            "no interval for ppv (4 patient(s) called so)",
        ),
        (
            lambda y, x, who: stats.confusion_matrix(
                y, x > 0.96, classes=[0, 1], cluster=who, n_resamples=9
            ),
            "no interval for calls of 1 (4 patient(s))",
        ),
        (
            lambda y, x, who: stats.compare_calls(y, x > 0.96, x > 0.5, cluster=who),
            "no interval for ppv (4 patient(s) called so)",
        ),
        (
            lambda y, x, who: stats.risk_by_position(y, x, bins=[0.96], cluster=who),
            "no interval for the bin from 0.96 to 1 (4 patient(s))",
        ),
        (
            lambda y, x, who: stats.location_map(
                y, x, x, x_edges=[0, 0.96, 1], y_edges=1, min_patients=2, cluster=who
            ),
            "cell (2, 1) (4 patient(s))",
        ),
        (
            lambda y, x, who: stats.calibration(
                y, np.where(x > 0.9, 0.9, 0.1 + x / 5), cluster=np.where(x > 0.9, who // 9, who)
            ),
            "group of like risk",
        ),
    ],
)
def test_a_group_that_few_patients_are_in_has_no_interval(ask, words):
    rng = np.random.default_rng(3)
    who = np.arange(160) // 2
    x = np.round(who / 79, 4)
    found = ask(rng.random(160) < 0.5, x, who)
    assert any(words in note and "at least 5" in note for note in found.warnings), found.warnings


def test_no_word_on_a_p_that_is_withheld():
    cluster = np.repeat(np.arange(4), 3)
    groups = compare_groups(np.arange(12.0) % 7, ["a"] * 6 + ["b"] * 6, cluster=cluster)
    band = roc_band([0, 1] * 6, np.arange(12) % 2.0, cluster=cluster, n_resamples=50)
    for found in (groups, band):
        assert any("no interval and no p-value" in note for note in found.warnings)
        assert not any("caution" in note or "Wilson" in note for note in found.warnings)
