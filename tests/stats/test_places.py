"""Risk by distance, by place, and from centre to centre."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import t as student

from radln._result import Estimate
from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import auc, between_centres, calibration, location_map, risk_by_position
from radln.stats.description._random_effects import random_effects
from radln.stats.description.pooled import pooled_difference


def distances(n=400, seed=0, slope=-0.25):
    rng = np.random.default_rng(seed)
    x = rng.gamma(2, 4, n)
    return rng.random(n) < expit(1 + slope * x), x, np.arange(n) // 2


# --- along a distance ------------------------------------------------------------------------


def test_the_curve_holds_the_true_risk():
    y, x, patients = distances(n=4000)
    found = risk_by_position(y, x, cluster=patients)
    curve = found.curve
    truth = expit(1 - 0.25 * curve["position"])
    assert np.abs(curve["risk"] - truth).max() < 0.05
    assert found.pvalue < 1e-10
    assert found.pvalue_nonlinear > 0.001
    assert found.bins["n"].sum() == 4000
    assert found.bins["n_positive"].sum() == y.sum()


def test_the_band_holds_the_true_risk_in_most_studies():
    held = []
    for seed in range(200):
        y, x, patients = distances(n=300, seed=seed)
        curve = risk_by_position(y, x, cluster=patients).curve
        low, high = (np.interp([3.0, 8.0], curve["position"], curve[k]) for k in ("low", "high"))
        truth = expit(1 - 0.25 * np.array([3.0, 8.0]))
        held.append((low < truth) & (truth < high))
    # 95 % of 200 with a standard error of 1.5 %
    assert (np.mean(held, axis=0) > 0.90).all()


def test_the_unit_changes_no_risk():
    y, x, patients = distances()
    mm = risk_by_position(y, x, unit="mm", cluster=patients)
    um = risk_by_position(y, x * 1000, unit="um", cluster=patients)
    assert um.curve["risk"].to_numpy() == pytest.approx(mm.curve["risk"].to_numpy(), rel=1e-6)
    assert um.pvalue == pytest.approx(mm.pvalue, rel=1e-6)
    assert "mm" in mm.summary()


def test_no_association_is_rarely_found():
    rng = np.random.default_rng(4)
    found = [
        risk_by_position(rng.random(200) < 0.4, rng.normal(size=200)).pvalue for _ in range(300)
    ]
    # 5 % of 300 is 15
    assert 5 <= np.sum(np.array(found) < 0.05) <= 28


@given(st.integers(0, 10_000))
def test_rows_change_nothing(seed):
    y, x, patients = distances(n=120, seed=seed)
    rows = np.random.default_rng(seed).permutation(120)
    a = risk_by_position(y, x, cluster=patients)
    b = risk_by_position(y[rows], x[rows], cluster=patients[rows])
    assert a.pvalue == pytest.approx(b.pvalue, rel=1e-6, nan_ok=True)
    pd.testing.assert_frame_equal(a.bins, b.bins)


def test_bins_can_be_named_and_equal_values_stay_together():
    y, x, _ = distances()
    found = risk_by_position(y, x, bins=[5.0, 10.0]).bins
    assert found["to"].iloc[:2].tolist() == [5.0, 10.0]
    assert found["n"].iloc[0] == (x <= 5).sum()
    rounded = risk_by_position(y, x.round(0), bins=4).bins
    assert rounded["n"].sum() == 400


def test_perfect_separation_leaves_the_bins():
    x = np.linspace(0, 10, 60)
    found = risk_by_position(x > 5, x)
    assert found.curve.empty
    assert np.isnan(found.pvalue)
    assert any("no smooth curve" in note for note in found.warnings)
    assert len(found.bins) == 5
    found.plot()


def test_reading_the_curve():
    y, x, _ = distances()
    found = risk_by_position(y, x, unit="mm")
    assert found.at(4.0) == pytest.approx(expit(0.0), abs=0.12)
    with pytest.raises(InputError, match=r"position must lie within .* mm"):
        found.at(1000.0)


# --- over a plane ----------------------------------------------------------------------------


def plane(n=500, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.random(n), rng.random(n) ** 2
    return rng.random(n) < 0.2 + 0.6 * x, x, y, np.arange(n) // 2


def test_cells_with_few_patients_are_not_shown():
    y, across, along, patients = plane()
    found = location_map(y, across, along, cluster=patients, min_patients=12)
    table = found.frame()
    assert len(table) == 36
    assert (table.loc[table["shown"], "n_patients"] >= 12).all()
    hidden = table[~table["shown"]]
    assert len(hidden) > 0
    assert hidden[["n", "n_patients", "n_positive", "share", "low", "high"]].isna().all(axis=None)
    everything = location_map(y, across, along, min_patients=2)
    assert everything.cells["n"].sum() + (~everything.cells["shown"]).sum() <= 500


def test_cells_count_every_case_once():
    y, across, along, _ = plane()
    found = location_map(y, across, along, x_edges=2, y_edges=[0, 0.25, 1.0])
    assert found.cells["n"].sum() == 500
    assert found.cells["n_positive"].sum() == y.sum()
    left, right = found.cells.groupby("x_from")["share"].mean()
    assert left < right


def test_cases_outside_are_said():
    y, across, along, _ = plane()
    found = location_map(y, across, along, x_edges=[0.2, 0.6, 0.9], y_edges=1)
    assert "outside" in found.warnings[0]
    assert found.cells["n"].sum() < 500


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_nothing_hidden_is_found_by_subtraction(seed, least):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 200))
    x, along = rng.gamma(1, 5, n), rng.random(n)
    y = rng.random(n) < 0.4
    y[:2] = True, False
    found = location_map(
        y, x, along, x_edges=int(rng.integers(1, 5)), y_edges=2, min_patients=least
    )
    left = n - np.nansum(found.cells["n"])
    assert left == 0 or left >= least or not found.cells["shown"].any()
    for edges, values in ((found.x_edges, x), (found.y_edges, along)):
        assert edges[0] <= values.min() and edges[-1] >= values.max()


def test_a_single_far_case_takes_a_second_cell_with_it():
    rng = np.random.default_rng(0)
    x = np.r_[rng.uniform(0, 10, 60), rng.uniform(11, 24, 40), 37.123]
    y = np.r_[rng.integers(0, 2, 100), 1]
    found = location_map(y, x, rng.random(101), x_edges=[0, 10.5, 25, 40], y_edges=1)
    assert found.cells["shown"].tolist() == [True, False, False]
    assert 37.123 not in location_map(y, x, rng.random(101), x_edges=3).x_edges


def test_a_map_without_a_cell_says_so():
    y, across, along, _ = plane(n=30)
    found = location_map(y, across, along, min_patients=20)
    assert "no cell has 20 patients" in found.summary()
    found.plot()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"min_patients": 1}, "min_patients"),
        ({"x_edges": 0}, "x_edges"),
        ({"y_edges": [1.0, 0.5]}, "y_edges"),
        ({"y_edges": [0.5]}, "y_edges"),
        ({"cluster": [1]}, "cluster"),
    ],
)
def test_maps_refuse(options, message):
    y, across, along, _ = plane()
    with pytest.raises((InputError, ShapeError), match=message):
        location_map(y, across, along, **options)


@pytest.mark.parametrize(
    "given, options, message",
    [
        (lambda y, x: (y, x[:5]), {}, "position has 5"),
        (lambda y, x: (y, np.where(x > 9, np.nan, x)), {}, "position has .* missing"),
        (lambda y, x: (y, x), {"n_knots": 7}, "n_knots"),
        (lambda y, x: (y, x), {"bins": 0}, "bins"),
        (lambda y, x: (y, x), {"bins": [3.0, 2.0]}, "bins"),
        (lambda y, x: (np.ones(400), x), {}, "positive cases only"),
    ],
)
def test_positions_refuse(given, options, message):
    y, x, _ = distances()
    with pytest.raises((InputError, ShapeError, SingleClassError), match=message):
        risk_by_position(*given(y, x), **options)


# --- between centres -------------------------------------------------------------------------


def centres(k=6, n=100, spread=0.0, seed=0):
    rng = np.random.default_rng(seed)
    site = np.repeat([f"centre {i}" for i in range(k)], n)
    shift = np.repeat(rng.normal(0, spread, k), n)
    eta = rng.normal(size=k * n)
    return rng.random(k * n) < expit(eta + shift), expit(eta), site


def test_each_row_is_the_centres_own_estimate():
    y, p, site = centres()
    found = between_centres(y, p, site)
    for name, row in found.centres.set_index("centre").iterrows():
        alone = auc(y[site == name], p[site == name], method="logit")
        assert (row["value"], row["low"]) == pytest.approx((alone.value, alone.low))
    slopes = between_centres(y, p, site, measure="slope").centres["value"]
    first = site == "centre 0"
    assert slopes.iloc[0] == pytest.approx(calibration(y[first], p[first]).slope.value)


def test_spread_is_found_where_there_is_some():
    measure = "calibration_in_the_large"
    near, far = (between_centres(*centres(k=12, spread=s), measure=measure) for s in (0.0, 1.0))
    assert far.tau > 0.5 > near.tau
    assert far.i_squared > 0.7
    assert far.q_pvalue < 0.001 < near.q_pvalue
    width = [r.prediction.high - r.prediction.low for r in (near, far)]
    assert width[1] > 2 * width[0]
    for found in (near, far):
        assert found.prediction.low <= found.estimate.low <= found.estimate.value


def test_the_prediction_interval_holds_new_centres():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(400):
        truth = rng.normal(1, 0.4, 9)
        errors = rng.uniform(0.15, 0.3, 8)
        low, high = random_effects(truth[:8] + rng.normal(0, errors), errors, 0.95).prediction
        held += low <= truth[8] <= high
    assert 0.92 <= held / 400 <= 0.985


@given(st.permutations(range(5)))
def test_order_of_centres_changes_nothing(order):
    values = np.array([0.2, 0.5, 0.9, 0.4, 1.4])
    errors = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    a = random_effects(values, errors, 0.95)
    b = random_effects(values[list(order)], errors[list(order)], 0.95)
    assert (a.mean, a.tau, a.se) == pytest.approx((b.mean, b.tau, b.se), rel=1e-9)


def test_a_centre_that_cannot_be_judged_stays_in_the_table():
    y, p, site = centres(k=4, n=60)
    y[site == "centre 1"] = True
    found = between_centres(y, p, site)
    assert len(found.centres) == 4
    assert np.isnan(found.centres["value"].iloc[1])
    assert any("centre 1 is left out: it holds one class" in note for note in found.warnings)
    assert any("3 centres say little" in note for note in found.warnings)
    found.plot()


def test_two_centres_have_no_prediction():
    found = between_centres(*centres(k=2))
    assert np.isfinite(found.estimate.low)
    assert np.isnan(found.prediction.low)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"centre": np.repeat("a", 600)}, "needs two at least"),
        ({"centre": ["a"]}, "centre has 1"),
        ({"centre": [None] * 600}, "centre has 600 missing"),
        ({"measure": "f1"}, "measure"),
        ({"measure": "slope", "y_score": np.linspace(-1, 2, 600)}, "within"),
    ],
)
def test_centres_refuse(change, message):
    y, p, site = centres()
    given = {"y_true": y, "y_score": p, "centre": site} | change
    first = [given.pop(name) for name in ("y_true", "y_score", "centre")]
    with pytest.raises((InputError, ShapeError), match=message):
        between_centres(*first, **given)


def test_what_is_left_out_is_not_counted():
    y, p, site = centres(k=6, n=60)
    y[site == "centre 4"] = False
    found = between_centres(y, p, site)
    assert "mean of 5 centres" in found.summary()
    assert (found.n, len(found.centres)) == (300, 6)
    assert found.centres["used"].sum() == 5
    assert "no prediction" in between_centres(*centres(k=2)).summary()


def test_clustered_centres_do_not_depend_on_their_order():
    y, p, site = centres(k=3, n=60)
    patients = np.arange(180) // 3
    found = between_centres(y, p, site, measure="observed_expected", cluster=patients)
    for name, row in found.centres.set_index("centre").iterrows():
        at = site == name
        alone = calibration(y[at], p[at], cluster=patients[at], n_resamples=2).observed_expected
        assert (row["low"], row["high"]) == pytest.approx((alone.low, alone.high))


def test_agreement_by_chance_does_not_make_the_mean_certain():
    values, errors = np.array([1.28, 1.29, 1.30]), np.array([0.3, 0.3, 0.3])
    found = random_effects(values, errors, 0.95)
    assert found.se == pytest.approx(0.3 / np.sqrt(3))


def test_a_position_without_a_curve_cannot_be_read():
    x = np.linspace(0, 10, 60)
    found = risk_by_position(x > 5, x)
    with pytest.raises(InputError, match="no smooth curve"):
        found.at(3.0)


# --- centres that learned from each other --------------------------------------------------------


def test_shared_patients_count_the_centres_own_errors_twice():
    y, p, site = centres(k=8)
    alone, shared = (between_centres(y, p, site, shared_training=s) for s in (False, True))
    assert shared.estimate.value == alone.estimate.value
    assert (shared.tau, shared.i_squared) == (alone.tau, alone.i_squared)
    assert "twice" in shared.method
    assert shared.prediction.high > alone.prediction.high
    values, errors = np.array([0.1, 0.2, 0.4]), np.array([0.1, 0.1, 0.1])
    plain, raised = (random_effects(values, errors, 0.95, shared=s) for s in (False, True))
    weights = 1 / (errors**2 + plain.tau**2)
    again = (weights**2 * errors**2).sum() / weights.sum() ** 2
    assert raised.se**2 == pytest.approx(plain.se**2 + again)


def test_a_mean_difference_is_tested_as_the_mean_of_centres_is():
    parts = [Estimate(d, d - 0.1, d + 0.1, se=e) for d, e in ((0.1, 0.05), (0.2, 0.04), (0, 0.06))]
    found = pooled_difference(parts)
    by_hand = random_effects(np.array([0.1, 0.2, 0.0]), np.array([0.05, 0.04, 0.06]), 0.95)
    assert (found.estimate.value, found.estimate.se) == (by_hand.mean, by_hand.se)
    assert (found.estimate.low, found.prediction.high) == (
        by_hand.interval[0],
        min(by_hand.prediction[1], 1.0),
    )
    assert found.pvalue == pytest.approx(2 * student.sf(by_hand.mean / by_hand.se, 2))
    assert pooled_difference(parts, shared_training=True).pvalue > found.pvalue
    with pytest.raises(InputError, match="three or more"):
        pooled_difference(parts[:2])
    with pytest.raises(InputError, match="2 of 3"):
        pooled_difference([*parts[:2], Estimate(0.1, np.nan, np.nan)])
