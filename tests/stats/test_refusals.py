"""Whatever is wrong with an argument, the error is radln's own and names the argument.

Every argument of every public function is replaced by every bad value. Either a RadlnError comes
whose text names the argument, or ``ACCEPTED`` says that the value is a valid one.
"""

import inspect
import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from radln import stats
from radln._result import Estimate
from radln.errors import RadlnError, RadlnWarning
from tests.rows import each_row

LATER = ("survival",)  # rooms without a row in the table yet

N = 24
RNG = np.random.default_rng(0)
Y = np.arange(N) % 2
A = Y + RNG.standard_normal(N)
B = Y + RNG.standard_normal(N)
P, Q = 1 / (1 + np.exp(-A)), 1 / (1 + np.exp(-B))
PATIENT = np.arange(N) // 2
CALL, SCALE = (B > 0).astype(int), np.digitize(A, [-1, 0, 1, 2]) + 1
THREE = np.arange(N) % 3
S3, T3 = RNG.standard_normal((2, N, 3)) + np.eye(3)[THREE]
READS = A + 0.3 * RNG.standard_normal((2, 3, N))
SIZES = {"nodes_per_patient": 1.5, "icc": 0.3}
FEW = {"n_resamples": 5, "rng": 0}
LEVEL = {"confidence_level": 0.95}
PATIENTS = {"cluster": PATIENT, **LEVEL}
MANY = {**PATIENTS, **FEW}
SCORED = {"y_true": Y, "y_score": A}
RISK = {"y_true": Y, "y_prob": P}
SCORES = {"y_true": Y, "score_a": A, "score_b": B}
RISKS = {"y_true": Y, "prob_a": P, "prob_b": Q}
TABLE = pd.DataFrame({"age": A, "sex": np.where(B > 0, "f", "m")})
POWER = {"power": 0.8, "alpha": 0.05, "alternative": "two-sided"}

CALLS = {
    "adjust_pvalues": {"pvalues": [0.01, 0.2], "method": "holm"},
    "auc": {**SCORED, "method": "bca", **MANY},
    "auc_against_chance": {**SCORED, "alternative": "greater", **MANY},
    "auc_over_folds": {"y_true": Y, "scores": A, "folds": PATIENT % 2, **PATIENTS},
    "between_centres": {
        "y_true": Y,
        "y_score": P,
        "centre": np.repeat([0, 1], 12),
        "measure": "auc",
        **PATIENTS,
        "shared_training": True,
    },
    "bland_altman": {"a": A, "b": B, "unit": "mm", **PATIENTS},
    "calibration": {**RISK, "smoother": "rcs", "n_knots": 3, "clip": True, **MANY},
    "choose_cutoff": {**SCORED, "rule": "youden", "cost": 1.0, "prevalence": 0.5, **MANY},
    "cochran_q": {"calls": S3 > 0, "cluster": PATIENT},
    "combine_reads": {
        "y_true": Y,
        "members": {"model": P, "one": CALL, "two": SCALE, "three": B},
        "combinations": [stats.Combination("or", ("model", "both"))],
        "groups": {"both": ["one", "two"]},
        "kinds": {"model": "probability"},
        "cutoffs": {"two": 4},
        "choose": "youden",
        "primary": ("model or both", "both"),
        "primary_on": "auc",
        "inputs": {"two": ["three"]},
        "n_folds": 3,
        "n_repeats": 1,
        **MANY,
    },
    "compare_auc": {
        **SCORES,
        "paired": True,
        "alternative": "greater",
        "margin": 0.05,
        "method": "bootstrap",
        **MANY,
    },
    "compare_aucs": {"y_true": Y, "scores": {"a": A, "b": B}, "named": [("a", "b")], **PATIENTS},
    "compare_brier": {**RISKS, **PATIENTS},
    "compare_calls": {
        "y_true": Y,
        "call_a": A > 0,
        "call_b": B > 0,
        "method": None,
        "predictive": "score",
        **PATIENTS,
    },
    "compare_groups": {"values": A, "group": Y, "kind": "skewed", "cluster": PATIENT},
    "compare_matched": {**SCORES, "sensitivity": 0.8, "specificity": None, **MANY},
    "compare_multiclass_auc": {
        "y_true": THREE,
        "scores_a": S3,
        "scores_b": T3,
        "classes": [0, 1, 2],
        "average": "macro",
        "alternative": "greater",
        "margin": 0.05,
        **PATIENTS,
    },
    "compare_multiclass_over_folds": {
        "y_true": THREE,
        "scores_a": S3,
        "scores_b": T3,
        "folds": PATIENT % 2,
        "classes": [0, 1, 2],
        "average": "macro",
        "alternative": "greater",
        "margin": 0.05,
        **PATIENTS,
    },
    "compare_net_benefit": {**RISKS, "thresholds": [0.2, 0.5], "prevalence": 0.3, **PATIENTS},
    "decision_curve_over_folds": {
        **RISK,
        "folds": PATIENT % 2,
        "thresholds": [0.2, 0.5],
        **PATIENTS,
    },
    "calibration_over_folds": {**RISK, "folds": PATIENT % 2, **PATIENTS},
    "compare_over_folds": {
        "y_true": Y,
        "scores_a": A,
        "scores_b": B,
        "folds": PATIENT % 2,
        "margin": 0.05,
        "alternative": "greater",
        **PATIENTS,
    },
    "compare_partial_auc": {
        **SCORES,
        "specificity": (0.5, 1),
        "sensitivity": None,
        "alternative": "greater",
        "corrected": False,
        **MANY,
    },
    "confusion_matrix": {
        "y_true": THREE,
        "y_call": S3.argmax(axis=1),
        "classes": [0, 1, 2],
        "method": "wilson",
        **MANY,
    },
    "decision_curve": {
        **RISK,
        "thresholds": [0.2, 0.5],
        "prevalence": 0.3,
        "harm": 0.0,
        **PATIENTS,
    },
    "diagnostic_table": {
        "y_true": Y,
        "y_call": A > 0,
        "method": "wilson",
        "prevalence": 0.3,
        **MANY,
    },
    "ordered_auc": {"y_true": THREE, "score": A, "classes": [0, 1, 2], **PATIENTS},
    "every_combination": {"members": ["a", "b", "c"], "rules": ["or", "max"], "sizes": [2]},
    "fit_combination": {
        "y_true": Y,
        "members": {"model": P, "one": CALL, "two": SCALE},
        "combination": stats.Combination("mean", ("model", "both")),
        "groups": {"both": ["one", "two"]},
        "kinds": {"model": "probability"},
        "cutoffs": {"two": 4},
        "choose": "youden",
        "cluster": PATIENT,
    },
    "holm": {"pvalues": [0.01, 0.2]},
    "hosmer_lemeshow": {**RISK, "predictions": "external", "n_groups": 4},
    "icc": {"ratings": S3, "form": "ICC(2,1)", "exchangeable": False, **PATIENTS},
    "kappa": {"a": THREE, "b": THREE[::-1], "weights": "linear", "labels": [0, 1, 2], **PATIENTS},
    "location_map": {
        "y_true": Y,
        "x": A,
        "y": B,
        "x_edges": 2,
        "y_edges": 2,
        "min_patients": 2,
        **PATIENTS,
    },
    "logistic_regression": {"y_true": Y, "X": np.column_stack([A + 9 * B, B]), **PATIENTS},
    "risk_by_position": {
        "y_true": Y,
        "position": A + 5 * B,
        "name": "depth",
        "unit": "mm",
        "n_knots": 3,
        "bins": 2,
        **PATIENTS,
    },
    "spline_columns": {"x": A, "name": "size", "n_knots": 3, "knots": None},
    "mcnemar": {"a": A > 0, "b": B > 0, "method": None, "alternative": "greater", **PATIENTS},
    "mean_over_repeats": {"estimates": [Estimate(0.8, 0.7, 0.9), Estimate(0.7, 0.6, 0.8)]},
    "multiclass_auc": {"y_true": THREE, "scores": S3, "classes": [0, 1, 2], **PATIENTS},
    "multiclass_over_folds": {
        "y_true": THREE,
        "scores": S3,
        "folds": PATIENT % 2,
        "classes": [0, 1, 2],
        **PATIENTS,
    },
    "optimism_corrected": {
        "estimator": LogisticRegression(),
        "X": S3,
        "y_true": Y,
        "method": "optimism",
        "interval": None,
        **MANY,
        "n_resamples": 20,
        "n_outer": 20,
        "n_jobs": 1,
    },
    "partial_auc": {
        **SCORED,
        "specificity": (0.5, 1),
        "sensitivity": None,
        "corrected": True,
        **MANY,
    },
    "patient_bootstrap": {"statistic": np.mean, "n": N, "cluster": PATIENT, **FEW},
    "percentile_interval": {"value": 0.5, "resampled": P, **LEVEL, "method": "bootstrap"},
    "permutation_pvalue": {"observed": 0.5, "null": P},
    "permute_by_patient": {"y_true": Y, "cluster": PATIENT, "rng": 0},
    "proportion": {"k": Y, "n": N, "method": "wilson", **PATIENTS},
    "rater_agreement": {
        "ratings": (S3 > 0).astype(int),
        "coefficient": "fleiss",
        "weights": None,
        "labels": [0, 1],
        **PATIENTS,
    },
    "recalibration_test": {**RISK, "cluster": PATIENT},
    "reclassification": {
        "y_true": Y,
        "prob_old": P,
        "prob_new": Q,
        "cuts": [0.3],
        "continuous": False,
        **PATIENTS,
    },
    "roc_band": {
        **SCORED,
        "specificity": [0.5],
        "sensitivity": None,
        "simultaneous": False,
        **MANY,
    },
    "roc_curve": SCORED,
    "size_auc": {
        "auc": 0.8,
        **POWER,
        "n_positive": None,
        "negatives_per_positive": 1.0,
        **SIZES,
    },
    "size_auc_difference": {
        "auc_a": 0.8,
        "auc_b": 0.7,
        "correlation": 0.4,
        **POWER,
        "n_positive": None,
        "negatives_per_positive": 1.0,
        **SIZES,
    },
    "size_auc_difference_from": {**SCORES, **POWER, "negatives_per_positive": 1.0},
    "size_development_binary": {
        "n_parameters": 5,
        "prevalence": 0.3,
        "r2_cox_snell": 0.2,
        "r2_nagelkerke": None,
        "c_statistic": None,
        "shrinkage": 0.9,
        **SIZES,
    },
    "size_development_continuous": {
        "n_parameters": 5,
        "r2": 0.3,
        "intercept": 2.0,
        "sd": 1.0,
        "shrinkage": 0.9,
        **SIZES,
    },
    "size_development_survival": {
        "n_parameters": 5,
        "rate": 0.1,
        "time": 2.0,
        "mean_follow_up": 2.0,
        "r2_cox_snell": 0.05,
        "r2_nagelkerke": None,
        "shrinkage": 0.9,
        **SIZES,
    },
    "size_diagnostic": {
        "prevalence": 0.3,
        "sensitivity": 0.9,
        "specificity": 0.8,
        "width": 0.1,
        **LEVEL,
        **SIZES,
    },
    "size_mcnemar": {"only_a": 0.2, "only_b": 0.1, **POWER, "n": None, **SIZES},
    "size_two_proportions": {
        "proportion_a": 0.5,
        "proportion_b": 0.7,
        **POWER,
        "n": None,
        "b_per_a": 1.0,
        **SIZES,
    },
    "assumed_mrmc_variance": {
        "auc": 0.8,
        "sd_readers": 0.05,
        "reader_correlation": 0.7,
        "same_reader": 0.5,
        "same_modality": 0.4,
        "neither": 0.3,
        "negatives_per_positive": 1.0,
    },
    "assumed_standalone_variance": {
        "auc_readers": 0.8,
        "auc_model": 0.85,
        "sd_readers": 0.05,
        "same_case": 0.4,
        "with_model": 0.3,
        "negatives_per_positive": 1.0,
    },
    "size_icc": {
        "icc": 0.8,
        "n_raters": 2,
        "width": None,
        "null": 0.6,
        **POWER,
        "n": None,
    },
    "size_kappa": {
        "kappa": 0.8,
        "prevalence": 0.3,
        "n_raters": 2,
        "width": None,
        "null": 0.6,
        "power": 0.8,
        "n": None,
        "alpha": 0.05,
    },
    "size_mrmc": {
        "difference": 0.05,
        "n_readers": 6,
        "var_tr": 2e-4,
        "cov1": 3.5e-4,
        "cov2": 3.4e-4,
        "cov3": 2.4e-4,
        "var_error": 8e-4,
        "pilot_cases": 114,
        "pilot_positive": 45,
        **POWER,
        "alternative": "one-sided",
        "n_cases": None,
        "readers": "random",
        "cases": "random",
        "margin": 0.02,
    },
    "size_standalone": {
        "difference": 0.07,
        "n_readers": 8,
        "var_readers": 2.3e-3,
        "var_error": 1.45e-3,
        "cov2": 7.4e-4,
        "pilot_cases": 200,
        "pilot_positive": 80,
        **POWER,
        "alternative": "one-sided",
        "n_cases": None,
        "cases": "random",
        "margin": 0.02,
    },
    "u_statistics": {
        "y_true": Y,
        "score": READS,
        "readers": ["a", "b", "c"],
        "modalities": ["old", "new"],
        "figure": "auc",
        "cluster": None,
        "alternative": "greater",
        "margin": 0.1,
        **LEVEL,
    },
    "size_validation": {
        "prevalence": 0.3,
        "c_statistic": 0.8,
        "lp_normal": (-1.0, 1.0),
        "lp_beta": None,
        "oe": 1.0,
        "oe_width": 0.3,
        "slope_width": 0.4,
        "c_width": 0.15,
        "threshold": 0.3,
        "sensitivity": None,
        "specificity": None,
        "net_benefit_width": 0.3,
        **SIZES,
    },
    "spiegelhalter_test": {**RISK, "cluster": PATIENT},
    "table_one": {
        "frame": TABLE,
        "group": Y,
        "order": ["negative", "positive"],
        "normal": ["age"],
        "tests": True,
        "cluster": PATIENT,
    },
    "update_test": {
        **RISK,
        "X": np.column_stack([A, B]),
        "cluster": PATIENT,
        "alpha": 0.05,
    },
    "youden": SCORED,
}

BAD = {
    "text": "many",
    "None": None,
    "nan": np.nan,
    "inf": np.inf,
    "negative": -3,
    "boolean": True,
    "empty": [],
    "short": [0.5, 1.0, 0.5],
    "missing": [None] * N,
    "texts": ["x"] * N,
    "table": np.zeros((2, 3, 2)),
    "thing": object(),
}

# Values that are valid after all: of any argument of that name, or of one function's.
ACCEPTED = {
    "cluster": ["texts"],  # all cases from one patient: no interval, or a named error
    "folds": ["texts"],  # one fold
    "paired": ["boolean"],
    "clip": ["boolean"],
    "corrected": ["boolean"],
    "continuous": ["boolean"],
    "shared_training": ["boolean"],
    "simultaneous": ["boolean"],
    "tests": ["boolean"],
    "pvalues": ["empty", "short"],
    "null": ["short"],
    "observed": ["negative"],
    "intercept": ["negative"],
    "n_jobs": ["None", "negative"],  # one; all processors but so many
    "normal": ["empty"],
    "named": ["empty"],
    "unit": ["text"],
    ("combine_reads", "combinations"): ["empty"],  # members alone
    ("permute_by_patient", "cluster"): ["None"],
    ("risk_by_position", "name"): ["text"],
    ("spline_columns", "name"): ["text"],
    ("roc_band", "specificity"): ["short"],
    ("percentile_interval", "value"): ["nan", "negative"],
    ("percentile_interval", "resampled"): ["empty", "short", "missing"],  # too few, said so
    ("percentile_interval", "method"): ["text"],
}
FUNCTIONS = {
    name: held for name in stats.__all__ if inspect.isfunction(held := getattr(stats, name))
}


def test_every_function_and_argument_is_tried():
    for name, function in FUNCTIONS.items():
        module = function.__module__.removeprefix("radln.stats.").split(".")[0]
        if module not in LATER:
            assert set(CALLS[name]) == set(inspect.signature(function).parameters), name


@each_row("name", CALLS)
def test_the_valid_call_is_valid(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RadlnWarning)
        FUNCTIONS[name](**CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_argument_is_named(name):
    @each_row("argument, kind", product(CALLS[name], BAD))
    def refused(argument, kind):
        named_or_accepted(name, argument, kind)

    refused()


def named_or_accepted(name, argument, kind):
    """A RadlnError names the argument, or the value is a valid one."""
    call = {**CALLS[name], argument: BAD[kind]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RadlnWarning)
        if accepted(name, argument, kind):
            try:
                FUNCTIONS[name](**call)
            except RadlnError as error:  # such as: give one of power and n
                assert argument in str(error)
        else:
            with pytest.raises(RadlnError) as caught:
                FUNCTIONS[name](**call)
            assert argument in str(caught.value)


def accepted(name, argument, kind):
    """Whether the value is a valid one."""
    parameter = inspect.signature(FUNCTIONS[name]).parameters[argument]
    if kind == "None" and parameter.default is None:
        return True
    return kind in ACCEPTED.get(argument, ()) or kind in ACCEPTED.get((name, argument), ())
