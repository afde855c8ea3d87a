"""A cohort checks itself, averages views, and refuses what cannot be modelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radln.cohort.core import Cohort, average_views, perfect_predictors
from radln.errors import InputError, LeakageError, SingleClassError
from tests.conftest import noisy_cohort


def with_predictor(cohort, name, values):
    return replace(cohort, predictors=cohort.predictors.assign(**{name: values}))


def test_a_usable_cohort_passes(cohort):
    cohort.check()
    assert cohort.n_patients == 60
    assert cohort.y_true.dtype == bool


def test_columns_of_blocks_each_once_in_order(cohort):
    names = cohort.columns("size", "clinical", "shape", "no such block")
    assert names == ["node_long_axis_mm", "clinical_age", "clinical_border"]


def test_no_method_learns_from_the_data():
    """Scaling, selecting and imputing belong inside the folds."""
    public = {name for name in vars(Cohort) if not name.startswith("_")}
    fields = set(Cohort.__dataclass_fields__)
    assert public - fields == {
        "y_true", "patient_id", "n_patients", "n_mixed", "columns", "check", "at", "truth", "side",
    }  # fmt: skip


def test_some_of_the_rows(cohort):
    some = cohort.at(np.array([2, 0]))
    for name in ("units", "predictors", "reads"):
        assert getattr(some, name).equals(getattr(cohort, name).iloc[[2, 0]])
    assert some.blocks == cohort.blocks


def test_rows_must_agree(cohort):
    with pytest.raises(InputError, match="same rows"):
        replace(cohort, predictors=cohort.predictors.iloc[::-1])
    with pytest.raises(InputError, match="same rows"):
        replace(cohort, reads=cohort.reads.iloc[1:])
    parts = {name: getattr(cohort, name) for name in ("units", "predictors", "reads")}
    twice = {name: part.set_axis(["u"] * len(part)) for name, part in parts.items()}
    with pytest.raises(InputError, match="unique"):
        replace(cohort, **twice)


@pytest.mark.parametrize("only", [0, 1])
def test_one_class(cohort, only):
    spoilt = replace(cohort, units=cohort.units.assign(y_true=only))
    with pytest.raises(SingleClassError, match=["negative", "positive"][only]):
        spoilt.check()


def test_few_patients():
    with pytest.raises(InputError, match="9 patients are too few"):
        noisy_cohort(9, seed=2).check()


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite(cohort, value):
    values = np.zeros(120)
    values[7] = value
    with pytest.raises(InputError, match=r"1 predictor\(s\) hold infinite values: clinical_x"):
        with_predictor(cohort, "clinical_x", values).check()


# columns that tell the outcome


def telling(y):
    rng = np.random.default_rng(0)
    return {
        "the outcome": y.astype(int),
        "turned round": -y.astype(float),
        "apart": np.where(y, 5, 0) + rng.random(y.size),
        "text": np.where(y, "8260/3", "8010/0"),
        "many texts, each pure": np.array([f"{'m' if t else 'b'}{k % 5}" for k, t in enumerate(y)]),
        "a name for every row": np.array([f"n{k}" for k in range(y.size)]),
        "with gaps": np.where(rng.random(y.size) < 0.3, np.nan, y),
        "true or false": y,
    }


@pytest.mark.parametrize("kind", list(telling(np.array([True, False]))))
def test_a_perfect_predictor_is_named(cohort, kind):
    spoilt = with_predictor(cohort, "clinical_code", telling(cohort.y_true)[kind])
    assert perfect_predictors(spoilt.predictors, cohort.y_true) == ["clinical_code"]
    with pytest.raises(LeakageError, match=r"clinical_code.*acknowledge"):
        spoilt.check()
    spoilt.check(acknowledged=["clinical_code"])


def test_what_is_not_perfect(cohort):
    y = cohort.y_true
    one_wrong = y.astype(float)
    one_wrong[0] = 1 - one_wrong[0]
    frame = pd.DataFrame(
        {
            "one wrong": one_wrong,
            "constant": 1.0,
            "empty": np.nan,
            "known in one class only": np.where(y, 3.0, np.nan),
        }
    )
    assert perfect_predictors(frame, y) == []


def test_half_a_percent_of_error_is_still_telling(cohort):
    y = cohort.y_true
    touching = np.where(y, 1.0, 0.0)
    touching[np.flatnonzero(y)[0]] = touching[np.flatnonzero(~y)[0]] = 0.5
    assert perfect_predictors(pd.DataFrame({"touching": touching}), y) == ["touching"]


# views


def test_numbers_are_averaged_and_text_takes_the_commonest():
    frame = pd.DataFrame(
        {
            "x": [1.0, 3.0, 5.0, np.nan, np.nan],
            "sex": ["f", "f", "m", None, None],
            "border": ["a", "b", "b", "c", None],
        }
    )
    averaged, notes = average_views(frame, pd.Series(["v", "v", "u", "u", "w"]))
    assert list(averaged.index) == ["v", "u", "w"]
    assert averaged.index.name == "unit_id"
    assert list(averaged.columns) == list(frame.columns)
    assert averaged["x"].tolist()[:2] == [2.0, 5.0]
    assert averaged["sex"].tolist()[:2] == ["f", "m"]
    assert averaged["border"].tolist()[:2] == ["a", "b"]  # of two as common, the first in order
    assert averaged.loc["w"].isna().all()
    assert notes == (
        "border differs between the views of 2 unit(s); the commonest value was taken.",
    )


def test_one_view_each_changes_nothing():
    frame = noisy_cohort(12).predictors.reset_index(drop=True)
    averaged, notes = average_views(frame, pd.Series([f"u{k}" for k in range(len(frame))]))
    pd.testing.assert_frame_equal(averaged.reset_index(drop=True), frame, check_dtype=False)
    assert notes == ()
