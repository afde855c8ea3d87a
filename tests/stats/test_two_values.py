"""A yes or no in the place of a score: named, or refused, wherever a curve is read or compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.stats import (
    ReaderStudy,
    compare_auc,
    compare_aucs,
    compare_matched,
    compare_over_folds,
    compare_partial_auc,
    partial_auc,
    roc_band,
)

pytestmark = pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
rng = np.random.default_rng(0)
Y = np.arange(120) % 2
SCORE = 1 / (1 + np.exp(-(2 * Y - 1 + rng.normal(size=120))))
OTHER = SCORE + 0.1 * rng.normal(size=120)
CALL = (SCORE > 0.5).astype(float)
FOLDS = np.arange(120) // 2 % 5
FEW = {"n_resamples": 50}


def rivals(b):
    yield compare_auc(Y, SCORE, b)
    yield compare_aucs(Y, {"a": SCORE, "b": b})
    yield compare_over_folds(Y, SCORE, b, FOLDS)


def curves(b):
    yield compare_matched(Y, SCORE, b, sensitivity=0.9, **FEW)
    yield compare_partial_auc(Y, SCORE, b, specificity=(0.8, 1), **FEW)
    yield partial_auc(Y, b, specificity=(0.8, 1), **FEW)
    yield roc_band(Y, b, **FEW)


def test_areas_of_calls_beside_scores_are_named():
    assert all("no fair rival" in " ".join(found.warnings) for found in rivals(CALL))
    assert not any("no fair rival" in " ".join(found.warnings) for found in rivals(OTHER))
    assert "no fair rival" not in " ".join(compare_auc(Y, CALL, 1 - CALL).warnings)


def test_curves_of_calls_are_named_where_they_are_read():
    assert all("no cut-off" in " ".join(found.warnings) for found in curves(CALL))
    assert not any("no cut-off" in " ".join(found.warnings) for found in curves(OTHER))
    at_b = compare_matched(Y, SCORE, CALL, sensitivity="b", **FEW)
    assert at_b.warnings == ()


def reads():
    return pd.concat(
        [
            pd.DataFrame({"case_id": range(120), "reader": who, "y_true": Y,
                          "call": (Y + rng.normal(size=120) > 0.5).astype(int)})
            for who in "ABC"
        ]
    )  # fmt: skip


@pytest.mark.parametrize("matched_on", ["sensitivity", "specificity"])
def test_a_model_of_calls_has_no_readers_operating_point(matched_on):
    model = pd.DataFrame({"case_id": range(120), "y_prob": CALL})
    study = ReaderStudy.from_frame(reads(), model=model)
    with pytest.raises(InputError, match="cannot be brought to a reader's"):
        study.at_operating_points(matched_on=matched_on, **FEW)
    model["y_prob"] = SCORE
    assert ReaderStudy.from_frame(reads(), model=model).at_operating_points(**FEW).model == "model"
