"""Every interval of a probability, an area or a kappa stays within its range, whatever the data."""

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Estimate
from radln.errors import RadlnError
from radln.stats._patients import KEPT
from radln.stats.agreement.rater_agreement import NAMES as COEFFICIENTS
from radln.stats.calls.proportions import METHODS
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


@pytest.mark.parametrize("rare", [False, True])
@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("name", ALL_CALLS)
def test_intervals_stay_within_their_range(name, how, rare):
    for options in OPTIONS.get(name, [{}]):
        for clustered in (False, True):
            call = {**hostile(name, how, rare), **options}
            if not clustered and "cluster" in call and name != "fit_combination":
                call["cluster"] = None
            try:
                found = FUNCTIONS[name](**call)
            except RadlnError:  # such data are refused
                continue
            for field, low, high in intervals(found):
                assert field in RANGES or field in UNBOUNDED or field in ("", "read"), field
                lowest, highest = RANGES.get(field, SHARE if field in ("", "read") else FREE)
                if name in SIGNED_FUNCTIONS and field == "estimate":
                    lowest = -np.inf if name == "icc" else -1.0
                for limit in (low, high):
                    assert np.isnan(limit) or lowest <= limit <= highest, (field, options, limit)


@pytest.mark.parametrize("k", [0, 1, 2, 9, 10])
@pytest.mark.parametrize("method", METHODS)
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
