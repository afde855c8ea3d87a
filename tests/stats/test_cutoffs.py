"""Coordinates and bands of ROC curves, chosen cut-offs, ratios of a 2x2 table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri

from radln.errors import InputError, RadlnWarning, SingleClassError
from radln.stats import (
    choose_cutoff,
    compare_matched,
    diagnostic_table,
    proportion,
    roc_band,
    roc_curve,
    youden,
)
from radln.stats._intervals import wilson_limits
from tests.stats.strategies import studies


def world(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.4
    return y, y + rng.standard_normal(n)


# --- coordinates -----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(studies(n_scores=1), st.floats(-6, 6))
def test_a_threshold_is_what_calling_gives(study, cut):
    y, (s,), _ = study
    point, called = roc_curve(y, s).at(threshold=cut), s >= cut
    assert point.sensitivity == pytest.approx(called[y].mean())
    assert point.specificity == pytest.approx((~called[~y]).mean())
    assert point.accuracy == pytest.approx((called == y).mean())
    assert_allclose(point.ppv, y[called].mean() if called.any() else np.nan)
    assert_allclose(point.npv, (~y[~called]).mean() if (~called).any() else np.nan)
    assert point.youden == pytest.approx(point.sensitivity + point.specificity - 1)


@settings(max_examples=60, deadline=None)
@given(studies(n_scores=1), st.floats(0, 1))
def test_coordinates_mirror_and_fall(study, level):
    y, (s,), _ = study
    curve, mirror = roc_curve(y, s), roc_curve(~y, -s)
    there = curve.at(specificity=level).sensitivity
    assert there == pytest.approx(mirror.at(sensitivity=level).specificity)
    lower = curve.at(specificity=level / 2).sensitivity
    assert lower >= there - 1e-12


def test_of_a_vertical_part_the_upper_end_is_read():
    curve = roc_curve([0, 1, 1, 0], [1, 2, 3, 4])
    point = curve.at(specificity=0.5)
    assert (point.sensitivity, point.threshold) == (1, 1.5)
    assert curve.at(sensitivity=0.5).specificity == 0.5
    assert np.isnan(curve.at(sensitivity=0.3).threshold)
    for options, said in (
        ({}, "exactly one"),
        ({"threshold": 1, "sensitivity": 0.4}, "exactly one"),
        ({"sensitivity": "high"}, "a number"),
        ({"sensitivity": 1.1}, "sensitivity must lie"),
        ({"specificity": np.nan}, "specificity must lie"),
        ({"threshold": np.nan}, "threshold"),
    ):
        with pytest.raises(InputError, match=said):
            curve.at(**options)


# --- band ------------------------------------------------------------------------------------


def test_band_holds_the_curve_repeats_and_widens_with_patients():
    y, s = world()
    band = roc_band(y, s, n_resamples=300)
    assert (band.low <= band.value + 1e-12).all()
    assert (band.value <= band.high + 1e-12).all()
    assert (np.diff(band.value) <= 1e-12).all()
    alone = roc_band(y, s, n_resamples=300, cluster=np.arange(y.size))
    assert alone.frame().equals(band.frame())
    y, s, cluster = (np.repeat(v, 4) for v in (y, s, np.arange(y.size)))
    rows, patients = (
        roc_band(y, s, n_resamples=300),
        roc_band(y, s, n_resamples=300, cluster=cluster),
    )
    assert (patients.high - patients.low).mean() > 1.5 * (rows.high - rows.low).mean()


@settings(max_examples=20, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(study, random):
    y, (a, b), cluster = study
    rows = np.array(random.sample(range(y.size), y.size))
    options = {"n_resamples": 5}
    for read in (
        lambda y, a, b, c: roc_curve(y, a).frame().drop(columns="warnings"),
        lambda y, a, b, c: choose_cutoff(y, a, cluster=c, **options).tied,
        lambda y, a, b, c: choose_cutoff(y, a, cluster=c, **options).apparent,
        lambda y, a, b, c: roc_band(y, a, cluster=c, **options).value,
        lambda y, a, b, c: (
            compare_matched(y, a, b, sensitivity=0.7, cluster=c, **options).difference.value
        ),
    ):
        assert_allclose(read(y, a, b, cluster), read(y[rows], a[rows], b[rows], cluster[rows]))


def test_a_class_of_one_patient_is_said():
    y, cluster = [0, 0, 0, 1, 1], ["a", "b", "c", "d", "d"]
    for result in (
        roc_band(y, [1, 2, 3, 4, 2], cluster=cluster, n_resamples=20),
        compare_matched(y, [1, 2, 3, 4, 2], [1, 2, 2, 2, 2], specificity=0.5, cluster=cluster),
    ):
        assert "one patient" in result.warnings[-1]


def test_band_the_other_way_is_the_mirror():
    y, s = world()
    levels = [0.3, 0.9]
    there = roc_band(y, s, sensitivity=levels, n_resamples=300)
    mirror = roc_band(~y, -s, specificity=levels, n_resamples=300)
    assert_allclose(there.value, mirror.value)
    assert_allclose(there.low, mirror.low, atol=0.05)
    assert there.frame().columns.tolist()[:2] == ["sensitivity", "specificity"]
    assert "at sensitivity 0.9" in there.summary()
    for band in (there, mirror):
        assert len(band.plot().collections) == 1


def test_a_band_for_the_whole_curve_holds_it_as_often_as_it_says():
    fpr = 1 - np.linspace(0, 1, 101)
    with np.errstate(divide="ignore"):
        truth = ndtr(1 + ndtri(fpr))
    held = {True: 0, False: 0}
    for seed in range(60):
        y, s = world(80, seed)
        for whole in held:
            band = roc_band(y, s, simultaneous=whole, n_resamples=200, rng=seed)
            inside = (band.low <= truth + 1e-9) & (truth <= band.high + 1e-9)
            held[whole] += inside[5:96].all()
    assert held[True] >= 60 * 0.95 - 3 * 1.7  # three standard errors
    assert held[False] < 45


def test_a_band_for_the_whole_curve_has_one_width_whichever_rate_is_read():
    y, s = world()
    options = {"simultaneous": True, "n_resamples": 300}
    up, across = (
        roc_band(y, s, **{axis: np.linspace(0, 1, 301)}, **options)
        for axis in ("specificity", "sensitivity")
    )
    assert "simultaneous" in up.method and up.simultaneous
    assert (up.low <= up.value).all() and (up.value <= up.high).all()
    assert (np.diff(up.low) <= 1e-12).all() and (np.diff(up.high) <= 1e-12).all()
    # a point on the upper edge read one way lies on the edge read the other way
    middle = (up.high < 0.9) & (up.high > 0.6)
    back = np.interp(up.high[middle], across.at, across.high)
    gap = back - up.at[middle]  # of a flat part its far end is read, hence no gap below a step
    assert gap.min() > -0.02
    assert (gap < 0.02).mean() > 0.15
    mirror = roc_band(~y, -s, specificity=np.linspace(0, 1, 301), **options)
    assert_allclose(across.low, mirror.low, atol=0.05)
    wide = roc_band(y, s, cluster=np.arange(y.size) // 4, **options)
    point = roc_band(y, s, n_resamples=300)
    assert (wide.high - wide.low).mean() > (point.high - point.low).mean()


def test_refusals_of_a_band():
    y, s = world(20)
    for options, said in (
        ({"specificity": [0.5], "sensitivity": [0.5]}, "not both"),
        ({"specificity": [1.5]}, "specificity must lie"),
        ({"sensitivity": [np.nan]}, "sensitivity has 1 missing"),
        ({"specificity": []}, "specificity is empty"),
        ({"n_resamples": 1}, "n_resamples"),
        ({"n_resamples": 99.5}, "n_resamples must be a whole number"),
        ({"confidence_level": 95}, "confidence_level"),
    ):
        with pytest.raises(InputError, match=said):
            roc_band(y, s, **options)
    with pytest.raises(SingleClassError):
        roc_band([1, 1], [1, 2])
    with pytest.raises(InputError, match=r"\(y_true == 'yes'\)"):
        roc_band(["yes", "no"], [1, 2])


# --- choice of a cut-off ---------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(studies(n_scores=1), st.sampled_from(["youden", "closest-topleft"]))
def test_the_choice_is_the_best_and_its_ties_are_all(study, rule):
    y, (s,), cluster = study
    choice = choose_cutoff(y, s, rule=rule, cluster=cluster, n_resamples=20)
    curve = roc_curve(y, s)
    value = curve.tpr - curve.fpr if rule == "youden" else -((1 - curve.tpr) ** 2) - curve.fpr**2
    best = np.isclose(value, value.max(), rtol=0, atol=1e-12)
    assert choice.tied.tolist() == curve.thresholds[best].tolist()
    assert choice.threshold.value == choice.tied[0]
    if rule == "youden":
        assert choice.threshold.value == youden(y, s).threshold
    point = curve.at(threshold=choice.threshold.value)
    assert_allclose(choice.apparent, [point.sensitivity, point.specificity, point.youden])


@settings(max_examples=30, deadline=None)
@given(studies(n_scores=1), st.floats(0.1, 10), st.floats(0.05, 0.95))
def test_costs_move_the_choice_to_the_least_expected_loss(study, cost, prevalence):
    y, (s,), _ = study
    choice = choose_cutoff(y, s, cost=cost, prevalence=prevalence, n_resamples=2)
    curve = roc_curve(y, s)
    loss = cost * prevalence * (1 - curve.tpr) + (1 - prevalence) * curve.fpr
    sensitivity, specificity, _ = choice.apparent
    mine = cost * prevalence * (1 - sensitivity) + (1 - prevalence) * (1 - specificity)
    assert mine == pytest.approx(loss.min())


def test_a_patient_of_one_case_chooses_alike_and_copies_widen():
    y, s = world()
    plain = choose_cutoff(y, s, n_resamples=200)
    assert (
        choose_cutoff(y, s, n_resamples=200, cluster=np.arange(y.size))
        .frame()
        .equals(plain.frame())
    )
    y, s, cluster = (np.repeat(v, 3) for v in (y, s, np.arange(y.size)))
    rows = choose_cutoff(y, s, n_resamples=200)
    patients = choose_cutoff(y, s, n_resamples=200, cluster=cluster)
    for name in ("sensitivity", "specificity", "youden"):
        assert getattr(patients, name).se > 1.4 * getattr(rows, name).se
    assert_allclose(patients.apparent, plain.apparent)


def test_the_correction_takes_off_the_optimism():
    # true Youden index at a cut t for N(0, 1) against N(1.2, 1): Phi(t) - Phi(t - 1.2)
    rng = np.random.default_rng(5)
    gaps = []
    for seed in range(60):
        y = np.arange(60) < 25
        s = 1.2 * y + rng.standard_normal(60)
        choice = choose_cutoff(y, s, n_resamples=100, rng=seed)
        t = choice.threshold.value
        true = ndtr(t) - ndtr(t - 1.2)
        gaps.append((choice.apparent[2] - true, choice.youden.value - true))
    apparent, corrected = np.mean(gaps, axis=0)
    assert apparent > 0.06
    assert abs(corrected) < apparent / 2


def test_cutoff_edges():
    flat = choose_cutoff([0, 1, 0, 1], [3, 3, 3, 3], n_resamples=20)
    assert flat.tied.tolist() == [np.inf, -np.inf]
    assert "no case" in flat.warnings[1]
    alone = choose_cutoff([0, 0, 0, 1], [1, 2, 3, 4], n_resamples=20)
    assert np.isnan(alone.sensitivity.value)
    assert alone.apparent[0] == 1
    assert "one patient" in alone.warnings[0]
    apart = choose_cutoff([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], n_resamples=100)
    assert apart.threshold.value == 3.5
    assert apart.sensitivity.high <= 1
    assert "apparent" in apart.summary()
    for options, said in (
        ({"rule": "best"}, "rule must be one of"),
        ({"cost": "high"}, "cost must be a positive"),
        ({"cost": 0}, "cost must be a positive"),
        ({"cost": np.nan}, "cost must be a positive"),
        ({"prevalence": 1}, "prevalence must lie"),
        ({"n_resamples": 0}, "n_resamples"),
    ):
        with pytest.raises(InputError, match=said):
            choose_cutoff([0, 1], [1, 2], **options)
    with pytest.raises(InputError, match="y_score has 1 missing or infinite"):
        choose_cutoff([0, 1], [np.inf, 2])


# --- ratios of a 2x2 table -------------------------------------------------------------------


def test_odds_ratio_is_woolfs_and_kappa_that_of_fleiss():
    y, call = np.repeat([1, 0, 1, 0], [20, 5, 10, 15]), np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    table = diagnostic_table(y, call, n_resamples=20)
    dor = table.diagnostic_odds_ratio
    assert dor.se == pytest.approx(np.sqrt(1 / 20 + 1 / 5 + 1 / 10 + 1 / 15))
    # large-sample error of Fleiss, Cohen and Everitt (1969), eq. 13, for this table
    p = np.array([[20, 5], [10, 15]]) / 50
    row, column = p.sum(axis=1), p.sum(axis=0)
    observed, chance = np.trace(p), row @ column
    kappa = (observed - chance) / (1 - chance)
    first = sum(p[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    off = p[0, 1] * (column[0] + row[1]) ** 2 + p[1, 0] * (column[1] + row[0]) ** 2
    second = (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2
    assert table.kappa.value == pytest.approx(kappa)
    assert table.kappa.se == pytest.approx(np.sqrt(first + second) / (1 - chance) / np.sqrt(50))


@settings(max_examples=40, deadline=None)
@given(studies(n_scores=1))
def test_ratios_of_patients_with_one_case_are_those_of_cases(study):
    y, (s,), cluster = study
    plain, alone, grouped = (
        diagnostic_table(y, s > 0, cluster=c, n_resamples=10)
        for c in (None, np.arange(y.size), cluster)
    )
    for name in ("kappa", "lr_positive", "lr_negative", "diagnostic_odds_ratio"):
        a, b, c = (getattr(table, name) for table in (plain, alone, grouped))
        assert_allclose([a.value, a.low, a.high], [b.value, b.low, b.high], rtol=1e-9, atol=1e-12)
        assert_allclose(a.value, c.value)


def test_predictive_values_at_a_prevalence():
    y, call = np.repeat([1, 0, 1, 0], [20, 5, 10, 15]), np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    own, low, rare = (
        diagnostic_table(y, call, prevalence=p, n_resamples=10) for p in (None, 0.6, 0.01)
    )
    # 30 of 50 are positive
    assert low.ppv.value == pytest.approx(own.ppv.value)
    assert low.npv.value == pytest.approx(own.npv.value)
    assert rare.ppv.value < low.ppv.value < rare.npv.value
    assert rare.ppv.low < rare.ppv.value < rare.ppv.high
    assert "prevalence of 0.01" in rare.summary()
    perfect = diagnostic_table([1, 1, 0, 0], [1, 1, 0, 0], prevalence=0.1, n_resamples=10)
    assert (perfect.ppv.value, perfect.npv.value) == (1, 1)
    assert perfect.lr_positive.value == np.inf
    assert perfect.lr_negative.value == 0
    assert np.isnan(perfect.kappa.low)
    assert "a cell of the table is zero: lr_positive" in perfect.warnings[0]
    with pytest.raises(InputError, match="prevalence"):
        diagnostic_table(y, call, prevalence=10)


def test_the_interval_of_a_table_is_the_one_asked_for():
    y, call = np.repeat([1, 0], 20), np.tile([1, 0, 1, 1], 10)
    for method in ("wilson", "clopper-pearson", "agresti-coull", "jeffreys"):
        table = diagnostic_table(y, call, method=method, n_resamples=10)
        same = proportion(int(call[y == 1].sum()), 20, method=method)
        assert (table.sensitivity.low, table.sensitivity.high) == (same.low, same.high)
        assert table.method.startswith(same.method)
    with pytest.raises(InputError, match="method must be one of"):
        diagnostic_table(y, call, method="exact")
    with pytest.warns(RadlnWarning, match="wilson"):
        diagnostic_table(y, call, method="wald", n_resamples=10)


def test_counts_that_are_no_numbers_are_refused():
    for k, n in ((np.nan, 5), (1, np.inf), ("yes", 5), (1, -1), (None, 3)):
        with pytest.raises(InputError, match=r"must be|must lie"):
            proportion(k, n)


def test_one_patient_or_one_class_leaves_no_interval():
    one = diagnostic_table([1, 1, 0, 0], [1, 0, 1, 0], cluster=list("aaaa"), n_resamples=10)
    for name in ("kappa", "lr_positive", "diagnostic_odds_ratio", "sensitivity"):
        assert np.isnan(getattr(one, name).low)
    healthy = diagnostic_table([0, 0, 0], [0, 0, 0], n_resamples=10)
    assert np.isnan(healthy.kappa.value)
    assert "kappa" in healthy.warnings[0]


def test_a_perfect_cut_off_is_not_certain():
    found = choose_cutoff([0, 0, 1, 1], range(4), n_resamples=50)
    assert np.isnan([found.sensitivity.low, found.sensitivity.high]).all()
    assert any("nothing about other patients" in note for note in found.warnings)


@pytest.mark.parametrize(("negative", "positive"), [(3, 3), (15, 5), (20, 10), (40, 20)])
@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_rates_of_separated_cases_know_no_more_than_wilson(negative, positive):
    y = np.r_[np.zeros(negative, int), np.ones(positive, int)]
    found = choose_cutoff(y, np.arange(y.size), n_resamples=100)
    for rate, n in ((found.sensitivity, positive), (found.specificity, negative)):
        low, high = wilson_limits(rate.value, n, 0.95)
        assert rate.low <= low
        assert rate.high >= high
    assert found.youden.low <= found.sensitivity.low + found.specificity.high - 1
