"""Rubin's rules, and tables of imputed data: complete data as they are, unbiased where not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from radln.errors import InputError
from radln.explain.imputations import imputed_table, rubin
from radln.stats import logistic_regression


def data(n=300, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.normal(0, 1, n)
    marker = 0.7 * age + rng.normal(0, 1, n)
    side = np.where(rng.random(n) < expit(marker), "left", "right").astype(object)
    y = rng.random(n) < expit(-0.3 + 0.8 * marker + 0.5 * age + 0.6 * (side == "right"))
    return y, pd.DataFrame({"age": age, "marker": marker, "side": side})


def with_gaps(y, frame, seed=1):
    """The marker is missing more often where the outcome is positive; some sides too."""
    rng = np.random.default_rng(seed)
    gone = frame.copy()
    gone.loc[rng.random(len(y)) < np.where(y, 0.5, 0.15), "marker"] = np.nan
    gone.loc[rng.random(len(y)) < 0.1, "side"] = None
    return gone


def coded(frame):
    side = (frame["side"] == frame["side"].value_counts().index[1]).astype(float)
    return frame[["age", "marker"]].assign(side=side)


def test_rubins_rules_by_hand():
    values = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    found = rubin(values, np.array([[0.4, 1.0], [0.5, 1.0], [0.6, 1.0]]), 50.0)
    between = (1 + 1 / 3) * values[:, 0].var(ddof=1)
    share = between / (0.5 + between)
    old, seen = 2 / share**2, 51 / 53 * 50 * (1 - share)
    assert found.value.tolist() == pytest.approx([7 / 3, 0])
    assert found.variance.tolist() == pytest.approx([0.5 + between, 1.0])
    assert found.df.tolist() == pytest.approx([1 / (1 / old + 1 / seen), 51 / 53 * 50])
    assert found.missing_information[1] == 0 < found.missing_information[0] < 1


def test_complete_data_are_those_of_the_regression():
    y, frame = data()
    found = imputed_table(y, frame)
    theirs = logistic_regression(y, coded(frame))
    np.testing.assert_allclose(found.table["coefficient"], theirs.coefficients[1:], atol=1e-9)
    se = np.sqrt(np.diag(theirs.covariance))[1:]
    np.testing.assert_allclose(found.table["se"], se, atol=1e-9)
    assert (found.table["missing_information"] == 0).all() and not found.gaps.any()


def test_the_seed_decides_and_the_index_does_not():
    y, frame = data(120)
    gone = with_gaps(y, frame)
    one, two = (
        imputed_table(y, gone, seed=3),
        imputed_table(y, gone.set_index(gone.index + 7), seed=3),
    )
    pd.testing.assert_frame_equal(one.table, two.table)
    assert not one.table.equals(imputed_table(y, gone, seed=4).table)


def test_coefficients_are_recovered_where_gaps_follow_the_outcome():
    """Twelve cohorts of 500; of the marker 0.8 is true."""
    found = []
    for seed in range(12):
        y, frame = data(500, seed)
        gone = with_gaps(y, frame, seed)
        table = imputed_table(y, gone, seed=seed, rounds=5).table.set_index("term")
        found.append(table.loc["marker", ["coefficient", "low", "high"]])
    found = pd.DataFrame(found)
    error = found["coefficient"].std() / np.sqrt(12)
    assert abs(found["coefficient"].mean() - 0.8) < 3 * error + 0.03
    inside = (np.log(found["low"]) < 0.8) & (np.log(found["high"]) > 0.8)
    assert inside.sum() >= 9
    assert (found["high"] / found["low"] > 1).all()


def test_a_patients_value_is_filled_in_once():
    y, frame = data(200)
    patients = np.arange(200) // 2
    frame["age"] = frame["age"].to_numpy()[2 * patients]
    frame.loc[0, "age"] = np.nan  # the second row of the patient has it
    one = imputed_table(y, frame, cluster=patients)
    full = frame.assign(age=frame["age"].bfill())
    pd.testing.assert_frame_equal(one.table, imputed_table(y, full, cluster=patients).table)
    assert "robust by patient" in one.method and one.n_patients == 100
    frame.loc[1, "age"] = np.nan
    assert imputed_table(y, frame, cluster=patients).table["missing_information"].iloc[0] > 0


def test_what_cannot_be_imputed_is_refused_and_much_is_said():
    y, frame = data(80)
    with pytest.raises(InputError, match="at least 20"):
        imputed_table(y, frame, imputations=5)
    with pytest.raises(InputError, match="'age' has no two different values"):
        imputed_table(y, frame.assign(age=np.nan))
    with pytest.raises(InputError, match="70 rows, y_true 80"):
        imputed_table(y, frame.iloc[:70])
    frame.loc[:49, "marker"] = np.nan
    assert any("marker (50 of 80)" in said for said in imputed_table(y, frame).warnings)
