"""Risks against outcomes: tests, Brier scores, loess, net benefit and reclassification."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import kstest

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import (
    calibration,
    compare_brier,
    compare_net_benefit,
    decision_curve,
    hosmer_lemeshow,
    recalibration_test,
    reclassification,
    spiegelhalter_test,
)
from radln.stats.risks._loess import _freedom, fit_loess


def study(seed=0, n=200, slope=1.0):
    """(outcome, calibrated risks, other risks, patients)."""
    rng = np.random.default_rng(seed)
    eta = rng.normal(size=n)
    other = expit(eta + rng.normal(size=n))
    return rng.random(n) < expit(slope * eta), expit(eta), other, rng.integers(0, n // 2, n)


# --- loess -----------------------------------------------------------------------------------


def test_loess_reproduces_a_parabola():
    # the local quadratic is exact at the vertices; cubics between them keep quadratics
    x = np.linspace(0, 1, 80)
    fit = fit_loess(x, np.zeros(80, dtype=bool))
    curve = fit.weights(x) @ (0.2 + x - 0.5 * x**2)
    assert curve == pytest.approx(0.2 + x - 0.5 * x**2, abs=1e-12)


def test_loess_weights_give_the_curve_and_sum_to_one():
    y, p, _, _ = study()
    fit = fit_loess(p, y)
    points = np.linspace(p.min(), p.max(), 33)
    rows = fit.weights(points)
    assert rows.sum(axis=1) == pytest.approx(1)
    assert rows @ y == pytest.approx(fit.at(points))


@pytest.mark.parametrize("digits", [16, 1])
def test_loess_errors_are_those_of_its_weights(digits):
    y, p, _, patients = study(n=300)
    p = p.round(digits)
    fit = fit_loess(p, y)
    points = np.linspace(p.min(), p.max(), 17)
    every, rows = fit.weights(p), fit.weights(points)
    errors, _ = fit.band(points)
    first, _ = _freedom(float(np.trace(every)), p.size)
    scale = ((y - every @ y) ** 2).sum() / first
    assert errors == pytest.approx(np.sqrt(scale * (rows**2).sum(axis=1)), rel=1e-10)
    parts = rows * (y - every @ y)
    summed = [parts[:, patients == one].sum(axis=1) for one in np.unique(patients)]
    robust = np.sqrt((np.array(summed) ** 2).sum(axis=0))
    codes = np.unique(patients, return_inverse=True)[1]
    assert fit.robust_errors(points, codes) == pytest.approx(robust, rel=1e-10)


def test_loess_where_a_neighbourhood_holds_few_values():
    # 0.2 alone lies within the reach of the vertex at 0.2: the shortest solution, within the data
    p = np.repeat([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1, 6, 16, 8, 5, 1, 3])
    y = np.arange(p.size) % 4 == 0
    heights = fit_loess(p, y).at(np.unique(p))
    assert heights[2] == pytest.approx(y[p == 0.2].mean())
    assert (np.abs(heights) < 2).all()


@pytest.mark.parametrize("clustered", [False, True])
def test_loess_needs_no_table_of_cases_by_cases(clustered):
    y, p, _, _ = study(n=40_000)  # cases by cases would be 12,800 MB
    patients = np.arange(p.size) // 2 if clustered else None
    tracemalloc.start()
    calibration(y, p, smoother="loess", cluster=patients, n_resamples=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6


def test_loess_with_ties_and_with_too_few_values():
    y, p, _, _ = study(n=120)
    rounded = p.round(1)
    fit = fit_loess(rounded, y)
    assert np.isfinite(fit.at(np.unique(rounded))).all()
    found = calibration(y, np.where(p > 0.5, 0.7, 0.2), smoother="loess", n_resamples=5)
    assert any("no smooth curve" in note for note in found.warnings)
    assert np.isnan(found.ici.value)


def test_loess_is_cut_off_or_as_r_has_it():
    folder = Path(__file__).parents[1] / "reference"
    given = json.loads((folder / "risks.json").read_text())
    theirs = json.loads((folder / "loess.json").read_text())["risks"]
    y, p = given["y"], given["p"]
    cut = calibration(y, p, smoother="loess", n_resamples=0)
    as_r = calibration(y, p, smoother="loess", n_resamples=0, clip=False)
    for ours, name in (("ici", "Eavg"), ("e50", "E50"), ("emax", "Emax"), ("eci", "ECI")):
        assert getattr(as_r, ours).value == pytest.approx(theirs[name], rel=1e-10)
    assert cut.ici.value < as_r.ici.value
    assert any("leaves 0 to 1 at 6 of 160 cases and is cut off" in note for note in cut.warnings)
    assert any("leaves 0 to 1 at 6 of 160 cases, where it is no risk" in n for n in as_r.warnings)
    assert "not cut off" in as_r.method
    y, p, _, _ = study(n=400)
    middle = (p > 0.3) & (p < 0.7)
    options = {"smoother": "loess", "n_resamples": 0}
    within = [calibration(y[middle], p[middle], clip=clip, **options) for clip in (True, False)]
    assert within[0].ici.value == within[1].ici.value
    assert not any("leaves" in note for found in within for note in found.warnings)


def test_clip_is_for_loess():
    y, p, _, _ = study()
    for options in ({"clip": False}, {"clip": "no", "smoother": "loess"}):
        with pytest.raises(InputError, match="clip must be True, or False with smoother='loess'"):
            calibration(y, p, **options)


def test_patients_widen_the_band_of_loess():
    y, p, _, _ = study(n=150)
    twice = np.repeat(np.arange(150), 3)
    once = calibration(y, p, smoother="loess", cluster=np.arange(150), n_resamples=2)
    thrice = calibration(y[twice], p[twice], smoother="loess", cluster=twice, n_resamples=2)
    plain = calibration(y[twice], p[twice], smoother="loess", n_resamples=2)
    width = [np.median(c.curve.high - c.curve.low) for c in (once, thrice, plain)]
    assert width[1] == pytest.approx(width[0], rel=0.1)
    assert width[2] < 0.7 * width[1]


# --- indices ---------------------------------------------------------------------------------


def test_indices_grow_with_miscalibration():
    y, p, _, _ = study(n=1000, slope=1.0)
    far = expit(3 * np.log(p / (1 - p)))
    for smoother in ("rcs", "loess"):
        near, wrong = (calibration(y, q, smoother=smoother, n_resamples=20) for q in (p, far))
        assert wrong.ici.low > near.ici.high
        for found in (near, wrong):
            assert found.e50.value <= found.e90.value <= found.emax.value
            assert found.ici.low <= found.ici.value
            assert found.eci.value <= 100 * found.emax.value**2 + 1e-12


def test_no_resamples_leave_the_indices_without_intervals():
    y, p, _, _ = study()
    found = calibration(y, p, n_resamples=0)
    assert np.isnan(found.ici.low)
    assert found.ici.value == calibration(y, p, n_resamples=5).ici.value


def test_options_of_the_curve_are_checked():
    y, p, _, _ = study()
    with pytest.raises(InputError, match="smoother"):
        calibration(y, p, smoother="lowess")
    for options in ({"n_knots": 9}, {"smoother": "loess", "n_knots": 3}):
        with pytest.raises(InputError, match="n_knots"):
            calibration(y, p, **options)


# --- tests -----------------------------------------------------------------------------------


def test_pvalues_are_uniform_where_the_risks_are_true():
    rng = np.random.default_rng(3)
    found = {"hl": [], "s": [], "u": []}
    for _ in range(300):
        p = expit(rng.normal(size=400))
        y = rng.random(400) < p
        found["hl"].append(hosmer_lemeshow(y, p, predictions="external").pvalue)
        found["s"].append(spiegelhalter_test(y, p).pvalue)
        found["u"].append(recalibration_test(y, p).pvalue)
    for values in found.values():
        assert kstest(values, "uniform").pvalue > 0.001


def test_hosmer_lemeshow_counts_the_situation():
    y, p, _, _ = study()
    external = hosmer_lemeshow(y, p, predictions="external")
    apparent = hosmer_lemeshow(y, p, predictions="apparent")
    folds = hosmer_lemeshow(y, p, predictions="out-of-fold")
    assert (external.df, apparent.df) == (10, 8)
    assert external.statistic == apparent.statistic == folds.statistic
    assert external.pvalue > apparent.pvalue
    assert np.isnan(folds.pvalue)
    assert "fold" in folds.warnings[0]
    assert "no p-value" in folds.summary()
    groups = external.groups()
    assert groups["n"].sum() == 200
    assert groups["observed"].sum() == y.sum()
    assert groups["expected"].sum() == pytest.approx(p.sum())


def test_small_groups_are_said():
    y, p, _, _ = study(n=12)
    found = hosmer_lemeshow(y, p, predictions="external")
    assert any("too small" in note for note in found.warnings)


def test_hosmer_lemeshow_refuses_what_it_cannot_group():
    y, p, _, _ = study()
    with pytest.raises(InputError, match="too few different"):
        hosmer_lemeshow(y, np.where(p > 0.5, 0.7, 0.2), predictions="external")
    with pytest.raises(InputError, match="n_groups"):
        hosmer_lemeshow(y, p, predictions="external", n_groups=2)
    with pytest.raises(InputError, match="predictions"):
        hosmer_lemeshow(y, p, predictions="train")


def test_patients_change_the_variance_of_spiegelhalter_and_recalibration():
    y, p, _, _ = study(n=100, slope=0.5)
    twice = np.repeat(np.arange(100), 2)
    for test in (spiegelhalter_test, recalibration_test):
        naive = test(y[twice], p[twice])
        alone = test.__wrapped__(y, p, cluster=np.arange(100))
        robust = test(y[twice], p[twice], cluster=twice)
        assert robust.statistic == pytest.approx(alone.statistic)
        assert robust.pvalue > naive.pvalue


def test_no_variance_leaves_no_test():
    found = spiegelhalter_test([0, 1, 0, 1], [0.5] * 4)
    assert np.isnan(found.pvalue)
    assert found.warnings


# --- Brier -----------------------------------------------------------------------------------


@given(st.integers(0, 10_000))
def test_brier_comparison_flips_and_equal_models_give_one(seed):
    y, a, b, patients = study(seed, n=60)
    there = compare_brier(y, a, b, cluster=patients)
    back = compare_brier(y, b, a, cluster=patients)
    assert there.statistic == pytest.approx(-back.statistic)
    assert there.pvalue == pytest.approx(back.pvalue)
    rows = np.random.default_rng(seed).permutation(60)
    moved = compare_brier(y[rows], a[rows], b[rows], cluster=patients[rows])
    assert moved.pvalue == pytest.approx(there.pvalue)
    assert compare_brier(y, a, a).pvalue == 1.0


# --- net benefit -----------------------------------------------------------------------------


@given(st.integers(0, 10_000))
def test_net_benefit_of_two_models(seed):
    y, a, b, patients = study(seed, n=60)
    t = [0.1, 0.5, 0.8]
    found = compare_net_benefit(y, a, b, thresholds=t, cluster=patients)
    alone = decision_curve(y, a, thresholds=t).net_benefit
    assert found.net_benefit_a == pytest.approx(alone)
    swapped = compare_net_benefit(y, b, a, thresholds=t, cluster=patients)
    assert found.low == pytest.approx(-swapped.high, nan_ok=True)
    same = compare_net_benefit(y, a, a, thresholds=t)
    assert (same.se == 0).all()


def test_the_own_prevalence_changes_nothing_but_the_errors():
    y, p, _, _ = study()
    own = decision_curve(y, p)
    stated = decision_curve(y, p, prevalence=float(y.mean()))
    assert stated.net_benefit == pytest.approx(own.net_benefit)
    assert stated.standardized == pytest.approx(own.standardized)
    # with the prevalence known, only sensitivity and specificity vary
    assert (stated.se <= own.se + 1e-12).all()


def test_errors_are_those_of_resampled_cases():
    y, p, _, _ = study(n=400)
    t = [0.2, 0.5]
    rng = np.random.default_rng(2)
    names = ("net_benefit", "standardized", "interventions_avoided")
    for prevalence in (None, 0.1):
        found = decision_curve(y, p, thresholds=t, prevalence=prevalence)
        values = []
        for _ in range(500):
            if prevalence is None:
                rows = rng.integers(0, 400, 400)
            else:  # a case-control sample draws its classes
                parts = (np.flatnonzero(y), np.flatnonzero(~y))
                rows = np.concatenate([rng.choice(part, part.size) for part in parts])
            again = decision_curve(y[rows], p[rows], thresholds=t, prevalence=prevalence)
            values.append([getattr(again, name) for name in names])
        spread = np.std(values, axis=0)
        for name, theirs in zip(names, spread, strict=True):
            low = "low" if name == "net_benefit" else f"{name}_low"
            se = (getattr(found, name) - getattr(found, low)) / 1.959964
            assert se == pytest.approx(theirs, rel=0.12)


def test_harm_is_taken_off():
    y, p, _, _ = study()
    plain, harmed = decision_curve(y, p), decision_curve(y, p, harm=0.02)
    assert harmed.net_benefit == pytest.approx(plain.net_benefit - 0.02)
    assert "harm of 0.02" in harmed.summary()
    with pytest.raises(InputError, match="harm"):
        decision_curve(y, p, harm=-1)


# --- reclassification ------------------------------------------------------------------------


@given(st.integers(0, 10_000))
def test_reclassification_flips_its_sign_and_ignores_order(seed):
    y, a, b, patients = study(seed, n=60)
    options = {"cuts": [0.2, 0.6], "continuous": True}
    there = reclassification(y, a, b, cluster=patients, **options)
    back = reclassification(y, b, a, cluster=patients, **options)
    rows = np.random.default_rng(seed).permutation(60)
    moved = reclassification(y[rows], a[rows], b[rows], cluster=patients[rows], **options)
    for name in ("nri", "nri_event", "idi", "idi_nonevent", "nri_continuous"):
        ours = getattr(there, name)
        assert ours.value == pytest.approx(-getattr(back, name).value)
        assert ours.se == pytest.approx(getattr(moved, name).se)
    alone = reclassification(y, a, b, cluster=np.arange(60), **options)
    plain = reclassification(y, a, b, **options)
    assert alone.nri.se == pytest.approx(plain.nri.se)
    assert (there.events.to_numpy().sum(), there.nonevents.to_numpy().sum()) == (
        y.sum(),
        (~y).sum(),
    )


def test_reclassification_gives_no_p_and_no_continuous_part_unasked():
    y, a, b, _ = study()
    found = reclassification(y, a, b, cuts=[0.3])
    assert not any(column == "p" or "pvalue" in column for column in found.frame())
    assert found.nri_continuous is None
    assert len(found.frame()) == 6
    assert "calibration" in found.warnings[0]


def test_one_positive_case_has_no_interval():
    y = np.arange(20) == 0
    a, b = np.linspace(0.1, 0.9, 20), np.linspace(0.9, 0.1, 20)
    found = reclassification(y, a, b, cuts=[0.3])
    assert np.isnan(found.nri_event.low)
    assert np.isfinite(found.nri_nonevent.low)
    assert np.isnan(found.nri.low)


@pytest.mark.parametrize("cuts", [[], [0.5, 0.2], [0, 0.5], [0.5, 1], [0.3, 0.3]])
def test_cuts_must_rise_within_the_risks(cuts):
    y, a, b, _ = study()
    with pytest.raises(InputError, match="cuts"):
        reclassification(y, a, b, cuts=cuts)


@pytest.mark.parametrize(
    "function",
    [
        lambda y, p: compare_brier(y, p, p),
        lambda y, p: compare_net_benefit(y, p, p),
        lambda y, p: reclassification(y, p, p, cuts=[0.5]),
        lambda y, p: hosmer_lemeshow(y, p, predictions="external"),
        spiegelhalter_test,
        recalibration_test,
    ],
)
def test_bad_input_is_refused(function):
    p = np.linspace(0.1, 0.9, 10)
    y = np.arange(10) % 2
    with pytest.raises(InputError, match=r"within \[0, 1\]"):
        function(y, p * 3)
    with pytest.raises(InputError, match="missing or infinite"):
        function(y, np.where(p > 0.5, np.nan, p))
    with pytest.raises(ShapeError):
        function(y[:5], p)
    with pytest.raises(SingleClassError):
        function(np.ones(10), p)
    with pytest.raises(InputError, match="0/1"):
        function(["yes", "no"] * 5, p)


def test_calls_in_place_of_risks_have_no_recalibration():
    y = np.array([0, 1] * 30)
    calls = np.r_[[0, 1] * 27, [1, 0] * 3].astype(float)
    found = calibration(y, calls, n_resamples=2)
    assert np.isnan(found.calibration_in_the_large.value)
    assert any("risk(s) of 0 or 1" in note for note in found.warnings)


def test_precision_of_storage_moves_nobody_over_a_threshold():
    rng = np.random.default_rng(0)
    p = rng.integers(0, 11, 200) / 10
    y = rng.random(200) < p
    double = decision_curve(y, p, thresholds=[0.3, 0.7]).net_benefit
    single = decision_curve(y, p.astype(np.float32), thresholds=[0.3, 0.7]).net_benefit
    assert single == pytest.approx(double)
    other = rng.integers(0, 11, 200) / 10
    a = reclassification(y, p, other, cuts=[0.3, 0.7])
    b = reclassification(y, p.astype(np.float32), other.astype(np.float32), cuts=[0.3, 0.7])
    assert (a.nri.value, b.nri_event.value) == (b.nri.value, a.nri_event.value)


def test_a_class_that_moves_alike_is_said_and_limits_stay_possible():
    y = np.arange(30) < 6
    old, new = np.full(30, 0.2), np.where(y, 0.8, 0.2)
    new[7:12] = 0.8
    found = reclassification(y, old, new, cuts=[0.5])
    assert any("interval of the sum knows the other class alone" in n for n in found.warnings)
    assert any("no interval for nri event, idi event" in note for note in found.warnings)
    assert np.isnan(found.nri_event.high) and found.nri_nonevent.high <= 1
