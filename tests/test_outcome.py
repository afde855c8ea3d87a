"""The outcome: labels in, truth, strata, loss and counts out; what is neither value is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from radln.errors import InputError, SingleClassError
from radln.outcome import Binary

GRADE = Binary("malignant", ("benign", "reactive"))


@pytest.mark.parametrize(
    "values", [[1, 0, 1], [1.0, 0.0, 1.0], [True, False, True], ["1", "0", "1"]]
)
def test_codes_are_taken_as_they_come(values):
    assert Binary().take(values).tolist() == [True, False, True]
    assert Binary().coded(Binary().take(values)).tolist() == [1, 0, 1]


def test_several_negative_values_are_one_side():
    truth = GRADE.take(pd.Series(["benign", "malignant", "reactive"]))
    assert truth.tolist() == [False, True, False]
    assert GRADE.mixed(GRADE.take(["benign", "reactive"]), ["p", "p"]) == 0  # not mixed
    assert GRADE.mixed(truth, ["p", "p", "q"]) == 1
    assert Binary("malignant", ()).take(["other", "malignant"]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["malignant", None], "y_true is missing in 1 row"),
        (["malignant", "Benign"], "must hold benign and malignant and reactive only"),
        (["malignant", "unclear"], "Say which code is positive"),
    ],
)
def test_what_is_neither_is_refused(values, said):
    with pytest.raises(InputError, match=said):
        GRADE.take(values)


def test_another_spelling_of_the_positive_value_is_no_negative_one():
    with pytest.raises(InputError, match="holds 'malignant' and 'Malignant '"):
        Binary("malignant").take(["malignant", "Malignant ", "benign"])


def test_one_side_alone_is_refused():
    for truth, word in ((np.ones(4, bool), "positive"), (np.zeros(4, bool), "negative")):
        with pytest.raises(SingleClassError, match=f"all 4 cases are {word}"):
            GRADE.refuse_unusable(truth)
    GRADE.refuse_unusable([True, False])


def test_patients_count_on_both_sides():
    truth, patients = [True, False, False, True], ["a", "a", "b", "c"]
    assert GRADE.counts(truth) == {"positive": 2, "negative": 2}
    assert GRADE.counts(truth, patients) == {"positive": 2, "negative": 2}
    with pytest.raises(InputError, match="there are 2 and 2"):
        GRADE.refuse_few(truth, patients, 3)


def test_the_loss_is_the_mean_log_loss():
    rng = np.random.default_rng(1)
    truth, log_odds = rng.random(50) < 0.4, rng.normal(0, 2, (3, 50))
    theirs = [log_loss(truth, 1 / (1 + np.exp(-row))) for row in log_odds]
    np.testing.assert_allclose(GRADE.loss(truth, log_odds), theirs, rtol=1e-9)
