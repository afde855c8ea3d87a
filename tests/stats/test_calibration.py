"""Calibration and decision curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit

from radln.errors import ConvergenceError, InputError, ShapeError, SingleClassError
from radln.stats import calibration, decision_curve
from radln.stats._logistic import fit_logistic
from radln.stats._spline import knots_of
from radln.stats.risks._calibration_curve import fit_curve


def study(seed=0, n=300, slope=0.8, shift=0.3):
    rng = np.random.default_rng(seed)
    eta = rng.normal(size=n) * 1.5
    return rng.random(n) < expit(slope * eta + shift), expit(eta)


def limits(estimate):
    return [estimate.value, estimate.low, estimate.high]


@pytest.mark.parametrize("name", ["calcurv", "pbc5y"])
def test_calibration_equals_r(reference, name):
    r = reference.results(f"calibration_{name}")
    data = reference.data(f"pred_{name}")
    ours = calibration(data["y"], data["p_linear"])
    glm = r["glm_recalibration"]
    pairs = {
        "calibration_in_the_large": "calibration_in_the_large",
        "slope": "slope",
        "intercept_joint": "intercept_joint",
        "observed_expected": "OE",
    }
    for field, key in pairs.items():
        theirs = [glm[key][part] for part in ("est", "lo", "hi")]
        # glm takes its standard errors one step before convergence; val.prob.ci.2 does not
        assert_allclose(limits(getattr(ours, field)), theirs, rtol=5e-5, atol=2e-5)
    for field, key in (("calibration_in_the_large", "Intercept"), ("slope", "Slope")):
        theirs = list(r["val_prob_ci2_loess"][key].values())
        assert_allclose(limits(getattr(ours, field)), theirs, rtol=1e-8, atol=1e-10)
    assert_allclose(ours.slope.value, r["val_prob"]["Slope"], rtol=1e-6)
    score = r["score"]["Brier"]
    row = score["model"].index("linear")
    theirs = [score[part][row] for part in ("Brier", "lower", "upper")]
    assert_allclose(limits(ours.brier), theirs, rtol=1e-9)
    assert_allclose(ours.scaled_brier.value, score["IPA"][row], rtol=1e-9)


@pytest.mark.parametrize("n_knots", [3, 5])
def test_spline_curve_equals_rms(reference, n_knots):
    r = reference.results("calibration_calcurv")[f"rcs_curve_nk{n_knots}"]
    data = reference.data("pred_calcurv")
    eta, y = logit(data["p_linear"].to_numpy()), data["y"].to_numpy() == 1
    assert_allclose(knots_of(eta, n_knots), r["knots"], rtol=1e-9)
    curve = fit_curve(data["p_linear"].to_numpy(), y, None, "rcs", n_knots)
    grid = np.array(r["grid_p"])
    for ours, theirs in zip(
        (curve.at(grid), *curve.band(grid, 0.95)), ("fit", "lo", "hi"), strict=True
    ):
        assert_allclose(ours, r[theirs], rtol=1e-6)


def test_groups_equal_r(reference):
    r = reference.results("calibration_calcurv")["brier"]["table"]
    data = reference.data("pred_calcurv")
    ours = calibration(data["y"], data["p_linear"])
    assert ours.group_sizes.tolist() == r["n"]
    assert_allclose(ours.groups.predicted, r["mean_p"], rtol=1e-9)
    assert_allclose(ours.groups.observed, r["obs"], rtol=1e-9)


def test_robust_errors_equal_robcov(reference):
    data = reference.data("retinopathy")
    r = reference.results("gee_retinopathy")["robcov"]
    X = np.column_stack([np.ones(len(data)), data["score"], data["age"]])
    codes = data["id"].factorize()[0].astype(np.int64)
    fit = fit_logistic(X, (data["status"] == 1).to_numpy(), cluster=codes)
    assert_allclose(fit.coefficients, list(r["coef"].values()), rtol=1e-6)
    assert_allclose(np.sqrt(np.diag(fit.covariance)), list(r["se"].values()), rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_recalibrated_risks_are_calibrated(seed):
    y, p = study(seed)
    first = calibration(y, p)
    mended = expit(first.intercept_joint.value + first.slope.value * logit(p))
    second = calibration(y, mended)
    assert second.slope.value == pytest.approx(1, abs=1e-7)
    assert second.calibration_in_the_large.value == pytest.approx(0, abs=1e-7)
    assert second.observed_expected.value == pytest.approx(1, abs=1e-7)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_relabelling_and_order(seed):
    y, p = study(seed, n=120)
    there, back = calibration(y, p), calibration(~y, 1 - p)
    assert back.slope.value == pytest.approx(there.slope.value, abs=1e-8)
    assert back.brier.value == pytest.approx(there.brier.value, abs=1e-12)
    assert back.calibration_in_the_large.value == pytest.approx(
        -there.calibration_in_the_large.value, abs=1e-8
    )
    order = np.random.default_rng(seed).permutation(y.size)
    mixed = calibration(y[order], p[order])
    assert_allclose(mixed.curve.observed, there.curve.observed, rtol=1e-7)
    assert_allclose(mixed.frame()["value"], there.frame()["value"], rtol=1e-7, atol=1e-9)


def test_clusters_leave_values_and_widen_intervals():
    y, p = (np.repeat(part, 4) for part in study(n=150))
    patients = np.repeat(np.arange(150), 4)
    apart, together = calibration(y, p), calibration(y, p, cluster=patients)
    a, b = apart.frame(), together.frame()
    assert_allclose(a["value"], b["value"], rtol=1e-12)
    ratio = (b["high"] - b["low"]) / (a["high"] - a["low"])
    resampled = a["method"].str.contains("resamples")
    assert (ratio[~resampled] > 1.6).all()
    assert (ratio[resampled] > 1.3).all()  # of 200 resamples
    assert ((together.curve.high - together.curve.low).mean()) > 1.6 * (
        apart.curve.high - apart.curve.low
    ).mean()
    assert together.n_patients == 150


def test_perfect_separation_and_constant_risks_are_not_estimable():
    for p in ([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0.4] * 6):
        result = calibration([0, 0, 0, 1, 1, 1], p)
        assert np.isnan(result.slope.value)
        assert result.curve.observed.size == 0
        assert np.isfinite(result.calibration_in_the_large.value)
        assert "not estimable" in result.warnings[0]
        assert "not estimable" in result.summary()
    with pytest.raises(ConvergenceError, match="no finite optimum"):
        X = np.column_stack([np.ones(6), np.arange(6)])
        fit_logistic(X, np.arange(6) > 2)


def test_newton_steps_that_overshoot_are_halved():
    rng = np.random.default_rng(1)
    x = np.r_[rng.normal(size=200), 40.0]
    y = np.r_[rng.random(200) < expit(3 * x[:200]), False]
    X = np.column_stack([np.ones(201), x])
    beta = fit_logistic(X, y, offset=8 * x).coefficients
    assert_allclose(X.T @ (y - expit(X @ beta + 8 * x)), 0, atol=1e-6)


def test_one_patient_has_no_robust_interval():
    y, p = study(n=40)
    curve = decision_curve(y, p, cluster=np.zeros(40), thresholds=[0.3])
    assert np.isnan(curve.se[0])


def test_risks_of_zero_and_one_are_moved_with_a_warning():
    y, p = study()
    p[np.argmin(p)], p[np.argmax(p)] = 0, 1
    result = calibration(y, p)
    assert "2 predicted risk(s)" in result.warnings[0]
    assert np.isfinite(result.slope.value)
    zero = calibration([0, 1, 0, 1], [0.0] * 4)
    assert np.isnan(zero.observed_expected.value)


def test_few_different_risks_get_a_straight_curve():
    y, p = study()
    result = calibration(y, np.round(p))
    assert "straight" in result.method or "no curve" in result.method
    coarse = calibration(y, np.where(p > 0.5, 0.7, 0.3))
    assert "straight" in coarse.method
    assert coarse.group_sizes.sum() == y.size
    assert coarse.histogram.sum() == y.size


def test_refusals():
    y, p = study(n=20)
    with pytest.raises(InputError, match="calibrated first"):
        calibration(y, p * 3)
    with pytest.raises(SingleClassError):
        calibration(np.ones(20), p)
    with pytest.raises(ShapeError):
        calibration(y, p[1:])
    with pytest.raises(InputError, match="thresholds"):
        decision_curve(y, p, thresholds=[0.5, 1.0])
    with pytest.raises(InputError, match="missing"):
        decision_curve(y, np.where(p > 0.5, np.nan, p))


# --- decision curve --------------------------------------------------------------------------


def test_net_benefit_equals_dcurves(reference):
    results = reference.results("dca_binary")
    data, r = reference.data("df_binary"), results["binary"]["dca"]
    variable, benefit = np.array(r["variable"]), np.array(r["net_benefit"], dtype=float)
    t = np.array(results["thresholds"])
    curve = decision_curve(data["cancer"], data["cancerpredmarker"], thresholds=t)
    assert_allclose(curve.net_benefit, benefit[variable == "cancerpredmarker"], atol=1e-12)
    assert_allclose(curve.treat_all, benefit[variable == "all"], atol=1e-12)
    for row in reference.results("dca_nb_ci"):
        ours = decision_curve(data["cancer"], data["cancerpredmarker"], thresholds=[row["t"]])
        assert_allclose([ours.net_benefit[0], ours.se[0]], [row["nb"], row["se_delta"]], rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_net_benefit_counts(seed):
    y, p = study(seed, n=60)
    curve = decision_curve(y, p)
    t = curve.thresholds
    tp = np.array([(y & (p >= x)).mean() for x in t])
    fp = np.array([(~y & (p >= x)).mean() for x in t])
    assert_allclose(curve.net_benefit, tp - fp * t / (1 - t), atol=1e-12)
    everyone = decision_curve(y, np.full(60, 1.0))
    assert_allclose(everyone.net_benefit, everyone.treat_all, atol=1e-12)
    alone = decision_curve(y, p, cluster=np.arange(60))
    assert_allclose(alone.se, curve.se, rtol=1e-9)


def test_decision_result():
    y, p = study()
    curve = decision_curve(y, p)
    assert list(curve.frame()["treat_none"].unique()) == [0.0]
    assert "thresholds, within" in curve.summary()
    useless = decision_curve([0, 1, 0, 1], [0.9, 0.1, 0.8, 0.2])
    assert "no threshold" in useless.summary()
    doubled = decision_curve(np.tile(y, 2), np.tile(p, 2), cluster=np.tile(np.arange(300), 2))
    assert_allclose(doubled.se, curve.se, rtol=1e-9)


@pytest.mark.parametrize("patients", [None, np.arange(6) // 2])
@pytest.mark.parametrize("clip", [True, False])
def test_a_loess_through_every_outcome_is_no_curve(patients, clip):
    """Six cases: each local quadratic runs through its three nearest outcomes."""
    found = calibration.__wrapped__(
        [0, 0, 1, 0, 1, 1],
        [0.2, 0.4, 0.3, 0.6, 0.7, 0.9],
        smoother="loess",
        clip=clip,
        cluster=patients,
        n_resamples=0,
    )
    assert any("no smooth curve: too few cases for a loess" in note for note in found.warnings)
    assert np.isnan(found.ici.value)
    assert found.curve.predicted.size == 0
    assert found.observed_expected.value == pytest.approx(3 / 3.1)
    seven = calibration(
        [0, 0, 1, 0, 1, 1, 0], [0.2, 0.4, 0.3, 0.6, 0.7, 0.9, 0.5], smoother="loess", n_resamples=0
    )
    assert np.isfinite(seven.ici.value)
    assert np.isfinite(seven.curve.low).all()
