"""Every interval of a probability, an area or a kappa stays within its range, whatever the data."""

from dataclasses import fields, is_dataclass
from itertools import product

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Estimate
from radln.errors import RadlnError
from radln.stats._patients import KEPT
from radln.stats.agreement.rater_agreement import NAMES as COEFFICIENTS
from radln.stats.calls.proportions import METHODS
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_cases import FUNCTIONS
from tests.stats.test_refusals import N

SHARE, SIGNED, ONE, FREE = (0.0, 1.0), (-1.0, 1.0), (-np.inf, 1.0), (-np.inf, np.inf)
# fmt: off
RANGES = {
    **dict.fromkeys((
        "accuracy", "area_a", "area_b", "areas", "auc", "auc_a", "auc_b", "averages",
        "balanced_accuracy", "bins", "brier", "brier_a", "brier_b", "cells", "centres",
        "concordance", "exact", "concordance_a", "concordance_b", "curve", "curves", "down_event",
        "down_no_event", "estimate", "f1", "figures", "groups", "hand_till", "incidence",
        "integrated", "integrated_null", "macro", "macro_f1", "metrics", "micro", "npv",
        "observed", "one_vs_one", "one_vs_rest", "ppv", "prediction", "proportion_a",
        "proportion_b", "sensitivity", "specificity", "survival", "up_event", "up_no_event",
        "value_a", "value_b", "weighted", "weighted_f1",
    ), SHARE),
    **dict.fromkeys((
        "by_category", "ccc", "unweighted", "idi_event", "idi_nonevent", "kappa", "mcc",
        "nri_continuous_event", "nri_continuous_nonevent", "nri_event", "nri_no_event",
        "nri_nonevent", "per_reader", "youden",
    ), SIGNED),
    **dict.fromkeys((
        "forms", "integrated_scaled", "r2", "scaled_brier",
    ), ONE),
}
UNBOUNDED = {
    "bias", "calibration_in_the_large", "contrast", "diagnostic_odds_ratio", "difference",
    "differences", "e50", "e90", "eci", "emax", "ici", "idi", "intercept_joint",
    "interventions_avoided", "lower_limit", "lr_negative", "lr_positive", "median",
    "net_benefit", "nri", "nri_continuous", "observed_expected", "primary", "rmst", "scaled",
    "slope", "standardized", "threshold", "upper_limit",
}
# fmt: on
SIGNED_FUNCTIONS = {"kappa", "rater_agreement", "icc"}  # whose one estimate is no share
# no extreme data are taken (of update_test: the log-odds must be a sum of the columns)
ALWAYS_REFUSED = {"between_centres", "size_auc_difference_from", "update_test"}
Y = np.arange(N) % 2
STEP = np.arange(N) / N
RARE = (np.arange(N) < 2).astype(int)
HOSTILE = {
    "perfect": lambda y: y,
    "reversed": lambda y: 1 - y,
    "nearly perfect": lambda y: np.where(np.arange(y.size) == 5, 1 - y, y),
    "all alike": lambda y: np.ones_like(y),
}
CALLS_OF = ("y_call", "call_a", "call_b", "a", "b", "k")
PROBS_OF = ("y_prob", "prob_a", "prob_b", "prob_old", "prob_new", "risk", "risk_a", "risk_b")
SCORES_OF = ("y_score", "score_a", "score_b", "score", "scores", "scores_a", "scores_b")
OPTIONS = {
    "proportion": [{"method": method} for method in METHODS],
    "diagnostic_table": [{"method": method} for method in METHODS],
    "confusion_matrix": [{"method": method} for method in METHODS],
    "auc": [{"method": method} for method in ("delong", "logit", "bootstrap", "bca")],
    "compare_auc": [{"method": method} for method in ("delong", "bootstrap")],
    "rater_agreement": [{"coefficient": coefficient} for coefficient in COEFFICIENTS],
    "kaplan_meier": [{"conf_type": kind} for kind in ("log", "log-log", "plain")],
    "between_centres": [{"measure": "auc"}],
}


def hostile(name, how, rare):
    """The call with an outcome and everything that is said of it turned to an extreme."""
    call = dict(ALL_CALLS[name])
    of_three = "classes" in call and np.unique(np.asarray(call["y_true"])).size > 2
    y = RARE if rare else Y
    said = HOSTILE[how](y)
    if of_three:
        call["y_call"] = call["y_true"] if how == "perfect" else np.zeros(N, dtype=int)
        if "y_call" not in ALL_CALLS[name]:
            del call["y_call"]
        return call
    for key in ("y_true", "event"):
        if key in call:
            call[key] = y
    for key in CALLS_OF:
        if key in call and np.ndim(call[key]) == 1:
            call[key] = said if key != "b" else y
    for key in PROBS_OF:
        if key in call:
            call[key] = 0.02 + 0.9 * said + 0.05 * STEP
    for key in SCORES_OF:
        if key in call and np.ndim(call[key]) == 1:
            call[key] = said + (0 if how == "all alike" else 0.001 * STEP)
    if "ratings" in call:
        table = np.stack([y, said, y], axis=1)
        call["ratings"] = table + (0.01 * STEP[:, None] if name == "icc" else 0)
    if "calls" in call:
        call["calls"] = np.stack([y, said, y], axis=1)
    return call


def intervals(found, field=""):
    """(name, lowest, highest) of every interval in a result."""
    if isinstance(found, Estimate):
        yield field, found.low, found.high
    elif isinstance(found, pd.DataFrame):
        if {"low", "high"} <= set(found) and field not in KEPT:
            metrics = "metric" in found and field != "differences"
            names = found["metric"] if metrics else [field] * len(found)
            if field == "per_reader":
                names = ["per_reader" if b else "auc" for b in found["modality_b"]]
            for name, low, high in zip(names, found["low"], found["high"], strict=True):
                yield str(name), low, high
    elif is_dataclass(found):
        names = {f.name for f in fields(found)}
        if {"low", "high"} <= names and np.ndim(found.low) == 1:
            kept = field or next(n for n in OF_ARRAYS if n in names)
            yield kept, np.nanmin(np.r_[found.low, 0.5]), np.nanmax(np.r_[found.high, 0.5])
        for f in fields(found):
            kept = getattr(found, "metric", f.name) if f.name in ("a", "b") else f.name
            if getattr(found, "modality_b", None) is not None:
                kept = "difference"
            yield from intervals(getattr(found, f.name), kept)
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from intervals(value, key if key in RANGES or key in UNBOUNDED else field)
    elif isinstance(found, tuple):
        for value in found:
            yield from intervals(value, field)


OF_ARRAYS = ("net_benefit", "difference", "survival", "incidence", "brier", "auc", "read")


@each_row("k", [0, 1, 2, 9, 10])
@each_row("method", METHODS)
def test_a_share_of_few_cases_stays_within_0_and_1(method, k):
    found = stats.proportion(k, 10, method=method)
    assert 0 <= found.low <= found.high <= 1
    if method != "jeffreys":  # whose interval of 0 or 10 of 10 leaves the value out, as in R
        assert found.low <= found.value <= found.high


def test_wald_is_cut_off_and_says_so():
    with pytest.warns(Warning, match="cut off at 0 and 1"):
        found = stats.proportion(9, 10, method="wald")
    assert found.high == 1.0
    assert found.low == pytest.approx(0.9 - 1.959964 * np.sqrt(0.09 / 10))
    assert any("too narrow" in note for note in found.warnings)
    assert any("cut off" in note for note in found.warnings)
    inside = stats.proportion(50, 100, method="wald")
    assert not any("cut off" in note for note in inside.warnings)
    assert "cut off" in stats.proportion(0, 10, method="agresti-coull").warnings[-1]


def test_tables_say_once_that_wald_is_too_narrow_and_where_it_was_cut():
    y, call = np.repeat([0, 1], 10), np.r_[np.zeros(10, int), np.ones(9, int), 0]
    table = stats.diagnostic_table(y, call, method="wald", n_resamples=10)
    matrix = stats.confusion_matrix(y, call, classes=[0, 1], method="wald", n_resamples=10)
    for found in (table, matrix):
        assert sum("Wald" in note for note in found.warnings) == 1
        assert any("sensitivity" in note and "cut off" in note for note in found.warnings)


# --- no interval without width, and no reason kept back ---------------------------------------

# What a result may say of an interval without width that it gives all the same.
SPOKEN_OF = (
    "the standard error is zero",  # auc(method="delong"), as R's
    "the Wald interval is too narrow",
    "interval has no width",
    "rank all cases alike",
)
# Descriptive numbers that have no interval by design.
WITHOUT = {
    "calibration": ("ici", "e50", "e90", "emax", "eci"),
    "rater_agreement": ("observed", "exact"),
    "cox_optimism": ("slope",),
}


def every_result(name):
    """(label, result) for every option and extreme outcome, with patients and without."""
    for options in OPTIONS.get(name, [{}]):
        for how, rare, clustered in product(HOSTILE, (False, True), (False, True)):
            label = f"{name} {options} {how} {rare} {clustered}"
            call = {**hostile(name, how, rare), **options}
            if not clustered and "cluster" in call and name != "fit_combination":
                call["cluster"] = None
            try:
                yield label, FUNCTIONS[name](**call)
            except RadlnError:  # such data are refused
                continue
            except Exception as error:
                error.add_note(label)
                raise


def limits_of(found, path=()):
    """(path, value or None, low, high) of every interval, also of those in arrays and tables."""
    if isinstance(found, Estimate):
        yield path, found.value, found.low, found.high
    elif isinstance(found, pd.DataFrame) and not KEPT & {*path}:
        yield from limits_in({str(c): found[c].to_numpy() for c in found}, path)
    elif is_dataclass(found):
        parts = {f.name: getattr(found, f.name) for f in fields(found)}
        yield from limits_in(parts, path)
        for name, part in parts.items():
            yield from limits_of(part, (*path, name))
    elif isinstance(found, dict):
        for key, part in found.items():
            yield from limits_of(part, (*path, str(key)))
    elif isinstance(found, tuple):
        for part in found:
            yield from limits_of(part, path)


def limits_in(parts, path):
    for name in parts:
        high = f"{name[:-3]}high"
        if (name == "low" or name.endswith("_low")) and high in parts:
            for one, other in zip(np.ravel(parts[name]), np.ravel(parts[high]), strict=True):
                yield (*path, name), None, one, other


@pytest.mark.parametrize("name", ALL_CALLS)
def test_intervals_are_in_range_and_have_a_width_and_missing_ones_a_reason(name):
    results = [pytest.param(found, id=label) for label, found in every_result(name)]
    assert bool(results) == (name not in ALWAYS_REFUSED)
    if name in ALWAYS_REFUSED:
        return

    @each_row("found", results)
    def sound(found):
        stays_within_its_range(name, found)
        has_a_width_or_its_reason(name, found)

    sound()


def stays_within_its_range(name, found):
    for field, low, high in intervals(found):
        assert field in RANGES or field in UNBOUNDED or field in ("", "read"), field
        lowest, highest = RANGES.get(field, SHARE if field in ("", "read") else FREE)
        if name in SIGNED_FUNCTIONS and field == "estimate":
            lowest = -np.inf if name == "icc" else -1.0
        for limit in (low, high):
            assert np.isnan(limit) or lowest <= limit <= highest, (field, limit)


def has_a_width_or_its_reason(name, found):
    said = " ".join(getattr(found, "warnings", ()))
    for path, value, low, high in limits_of(found):
        if low == high:
            assert any(words in said for words in SPOKEN_OF), path
        by_design = path and path[-1] in WITHOUT.get(name, ())
        if value is not None and np.isfinite(value) and np.isnan(low) and not by_design:
            assert said, path


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda y: stats.decision_curve(y, 0.1 + 0.8 * y, thresholds=[0.5]), "standardized"),
        (lambda y: stats.compare_net_benefit(y, y, y, thresholds=[0.5]), "difference"),
        (lambda y: stats.compare_auc(y, y, 0 * y), "difference"),
        (lambda y: stats.diagnostic_table(y, 0 * y + 1, prevalence=0.3, n_resamples=9), "ppv"),
        (lambda y: stats.partial_auc(y, y, specificity=(0.5, 1), n_resamples=9), "estimate"),
        (
            lambda y: stats.reclassification_at(
                1 + STEP, y, 0.3 + 0 * STEP, 0.3 + 0 * STEP, 1.7, n_resamples=9
            ),
            "nri event",
        ),
        (
            lambda y: stats.compare_matched(y, y, y, sensitivity=0.8, n_resamples=9),
            "difference",
        ),
    ],
)
def test_what_has_no_interval_is_named_with_the_reason(ask, named):
    note = next(n for n in ask(Y).warnings if n.startswith("no interval for"))
    assert named in note
    assert "other patients would differ" in note


def test_thresholds_at_which_everybody_is_treated_are_no_reason_for_a_warning():
    """Ordinary risks, none of them below the lowest thresholds."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    a, b = (1 / (1 + np.exp(-(y - 0.5 + rng.normal(size=200)))) for _ in range(2))
    a, b = np.clip(a, 0.1, 0.9), np.clip(b, 0.1, 0.9)
    cuts = [0.05, 0.3, 0.5]
    for found in (
        stats.decision_curve(y, a, thresholds=cuts),
        stats.decision_curve_over_folds(y, a, np.arange(200) // 2 % 5, thresholds=cuts),
    ):
        assert not any("no interval" in note for note in found.warnings)
        assert np.isnan(found.interventions_avoided_low).tolist() == [True, False, False]
        assert found.interventions_avoided[0] == 0 and (found.low < found.high).all()
    gap = stats.compare_net_benefit(y, a, b, thresholds=[*cuts, 0.95])
    assert not gap.warnings
    assert np.isnan(gap.low).tolist() == [True, False, False, True]
    nobody = stats.decision_curve(y, a, thresholds=[0.3, 0.95])
    assert "no interval for net benefit" in nobody.warnings[0]  # that of treating nobody


def test_where_there_is_a_sound_floor_it_stands():
    perfect = stats.auc_at(1 + STEP, np.ones(N), -STEP, [1.5])
    assert perfect.auc[0] == pytest.approx(1)
    same = stats.auc(STEP <= 0.5, -STEP)  # nobody is censored
    assert (perfect.low[0], perfect.high[0]) == pytest.approx((same.low, same.high))
    assert "Newcombe" in perfect.warnings[0]
    band = stats.roc_band(Y, Y, specificity=[0.5], n_resamples=20)
    share = stats.proportion(int(Y.sum()), int(Y.sum()))
    assert (band.low[0], band.high[0]) == (share.low, share.high)
    patients = stats.roc_band(
        np.repeat(Y, 3), np.repeat(Y, 3), specificity=[0.5], cluster=np.arange(3 * N) // 3
    )
    assert patients.low[0] == share.low  # patients are counted, not cases


def test_a_group_without_an_event_has_a_curve_without_an_interval_and_says_so():
    group = np.repeat(["a", "b"], N // 2)
    event = np.where(group == "a", 0, 1)
    found = stats.kaplan_meier(1 + STEP, event, group=group)
    assert np.isnan(found["a"].low).all() and np.isnan(found["a"].rmst.low)
    assert any("nobody of group 'a' has the event (n = 12)" in note for note in found.warnings)
    assert np.isnan(stats.kaplan_meier(1 + STEP, event).at([1.2])["low"][0])  # before any event
    calibrated = stats.calibration_at(1 + STEP, event, 0.2 + 0.5 * event, 1.9, n_groups=2)
    assert any("of the 2 groups of like risk" in note for note in calibrated.warnings)


@pytest.mark.parametrize(
    "ask",
    [
        lambda y, s, t: stats.compare_auc(y, s, t),
        lambda y, s, t: stats.compare_brier(y, s, np.where(y, 0.6, 0.1) + t / 5),
        lambda y, s, t: stats.compare_partial_auc(y, s, t, specificity=(0.5, 1), n_resamples=50),
        lambda y, s, t: stats.compare_concordance(1 + STEP, y, -STEP, t),
    ],
)
def test_a_difference_of_which_one_side_does_not_vary_is_said_to_be_too_narrow(ask):
    t = np.random.default_rng(0).random(N)
    assert any("one of the two does not vary" in note for note in ask(Y, 1.0 * Y, t).warnings)
    both = stats.compare_auc(Y, t, t[::-1]), stats.compare_auc(Y, Y, Y)
    assert not any("one of the two" in note for found in both for note in found.warnings)
