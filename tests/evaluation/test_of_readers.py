"""Readers beside the models' curves: operating points, and the net benefit of their calls."""

import numpy as np
import pandas as pd
import pytest

from radln.evaluation.of_readers import operating_points, worth_of_calls
from radln.evaluation.scores import scores_of
from radln.predictions import Predictions


@pytest.fixture
def scores():
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], 30)
    grade = np.clip(np.round(2 + y + rng.normal(0, 1, 60)), 1, 4)
    table = pd.DataFrame(
        {
            "unit_id": [f"u{k}" for k in range(60)],
            "patient_id": [f"p{k}" for k in range(60)],
            "source": "R1",
            "y_true": y,
            "y_score": grade,
        }
    )
    one_class = table.assign(source="R2", y_score=table["y_score"]).query("y_true == 1")
    return scores_of(
        Predictions.from_frame(pd.concat([table, one_class])), {"R1": 3.0, "R2": 3.0}, ["R1", "R2"]
    )


def test_every_value_that_a_reader_gave_is_a_point(scores):
    found = operating_points(scores)
    assert list(found) == ["R1"]  # R2 read one class alone
    grade, y = scores.sources["R1"].score[0], scores.y
    for value in (1.0, 2.0, 3.0, 4.0):
        point = found["R1"].at(threshold=value)
        assert point.sensitivity == pytest.approx((grade >= value)[y].mean())
        assert point.specificity == pytest.approx((grade < value)[~y].mean())


def test_calls_are_worth_the_same_at_every_threshold(scores):
    found = worth_of_calls(scores, 0.95)
    assert list(found) == ["R1"]
    curve, y = found["R1"], scores.y
    call = scores.sources["R1"].score[0] >= 3
    true, false = (call & y).mean(), (call & ~y).mean()
    odds = curve.thresholds / (1 - curve.thresholds)
    assert np.allclose(curve.net_benefit, true - false * odds)
