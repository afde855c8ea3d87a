"""One valid call of every public function that takes cases, survival included."""

import numpy as np

from tests.stats.test_refusals import CALLS, FEW, LEVEL, PATIENT, A, B, N, P, Q, Y

TIME = np.round(1 + 9 * np.random.default_rng(3).random(N), 2)
EVENT = (np.arange(N) % 3 > 0).astype(int)
OUTCOME = {"time": TIME, "event": EVENT}
PATIENTS = {"cluster": PATIENT, **LEVEL}
SURVIVAL = {
    "auc_at": {**OUTCOME, "risk": A, "times": [5.0], **PATIENTS},
    "brier_at": {**OUTCOME, "risk": P, "times": [5.0], **PATIENTS},
    "calibration_at": {**OUTCOME, "risk": P, "at": 5.0, "n_groups": 2, **PATIENTS},
    "compare_auc_at": {**OUTCOME, "risk_a": A, "risk_b": B, "times": [5.0], **PATIENTS},
    "compare_concordance": {**OUTCOME, "risk_a": A, "risk_b": B, **PATIENTS},
    "concordance": {**OUTCOME, "risk": A, **PATIENTS},
    "cox": {**OUTCOME, "X": A[:, None], "strata": Y, **PATIENTS},
    "cox_optimism": {**OUTCOME, "X": A[:, None], **PATIENTS, **FEW, "n_resamples": 20},
    "cumulative_incidence": {**OUTCOME, "group": Y, **PATIENTS},
    "decision_curve_at": {**OUTCOME, "risk": P, "at": 5.0, "thresholds": [0.2], **PATIENTS},
    "kaplan_meier": {**OUTCOME, "group": Y, **PATIENTS},
    "logrank": {**OUTCOME, "group": Y, "strata": np.arange(N) % 4 // 2},
    "reclassification_at": {
        **OUTCOME,
        "risk_a": P,
        "risk_b": Q,
        "at": 5.0,
        "cuts": [0.4],
        **PATIENTS,
        **FEW,
    },
    "roc_curve_at": {**OUTCOME, "risk": A, "at": 5.0},
    "split_marker": {**OUTCOME, "marker": A, **FEW},
}
ALL_CALLS = {**CALLS, **SURVIVAL}
