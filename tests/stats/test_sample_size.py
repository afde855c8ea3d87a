"""Sample sizes: monotone, consistent with power, checked by simulation; refusals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtri

from radln.errors import InputError, SingleClassError
from radln.stats import (
    auc,
    compare_auc,
    proportion,
    size_auc,
    size_auc_difference,
    size_auc_difference_from,
    size_development_binary,
    size_development_continuous,
    size_development_survival,
    size_diagnostic,
    size_mcnemar,
    size_two_proportions,
    size_validation,
)
from radln.stats.sample_size._linear_predictor import (
    beta_predictor,
    binormal_predictor,
    c_statistic_to_r2,
    calls_above,
    normal_predictor,
)
from radln.stats.sample_size._planning import up

SHARE = st.floats(0.02, 0.98)
C = st.floats(0.55, 0.95)
NAN = float("nan")


# Development


@given(st.integers(1, 200), st.floats(0.02, 0.9), st.floats(0.02, 0.5))
def test_more_candidates_or_a_worse_model_need_more_cases(p, prevalence, share):
    size = size_development_binary(p, prevalence, r2_nagelkerke=share)
    more = size_development_binary(p + 5, prevalence, r2_nagelkerke=share)
    assert more.n >= size.n
    better = size_development_binary(p, prevalence, r2_nagelkerke=share * 1.5)
    first = {row["criterion"]: row["n"] for row in size.criteria}
    second = {row["criterion"]: row["n"] for row in better.criteria}
    assert second["shrinkage"] <= first["shrinkage"]
    assert size.n == max(first.values())
    assert size.values["epp"] * p == pytest.approx(size.values["events"])


@given(st.floats(0.02, 0.98), st.floats(0.05, 0.3))
def test_positive_and_negative_may_be_exchanged(prevalence, r2):
    one = size_development_binary(10, prevalence, r2_nagelkerke=r2)
    two = size_development_binary(10, 1 - prevalence, r2_nagelkerke=r2)
    assert abs(one.n - two.n) <= 1


def test_a_design_effect_multiplies():
    alone = size_development_binary(10, 0.3, r2_cox_snell=0.1)
    nodes = size_development_binary(10, 0.3, r2_cox_snell=0.1, nodes_per_patient=3, icc=0.4)
    assert nodes.design_effect == pytest.approx(1.8)
    assert nodes.n == 1530
    assert nodes.n_patients == 510
    assert nodes.values["epp"] == alone.values["epp"]
    assert "design effect of 1.8" in nodes.sentence


def test_the_sentence_says_what_counts():
    few = size_development_binary(10, 0.3, c_statistic=0.8)
    assert "10 candidate parameters" in few.sentence
    assert "before any selection" in few.summary()
    assert "unpenalised" in few.summary()
    many = size_development_binary(1000, 0.3, c_statistic=0.8)
    assert many.n > 30_000
    assert "no formula rescues" in many.summary()
    assert many.frame()["n"].max() == many.n


def test_a_small_r2_is_not_rounded_as_pmsampsize_does():
    size = size_development_binary(10, 0.01, r2_nagelkerke=0.03)
    assert size.values["r2_cox_snell"] == pytest.approx(0.03 * size.values["r2_max"])
    assert "would round" in size.warnings[0]


@given(C, st.floats(0.05, 0.95))
def test_r2_of_a_c_statistic(c, prevalence):
    r2 = c_statistic_to_r2(c, prevalence)
    assert 0 < r2 < 0.75
    assert r2 == pytest.approx(c_statistic_to_r2(c, 1 - prevalence), rel=1e-6)
    assert c_statistic_to_r2(min(c + 0.02, 0.99), prevalence) > r2


def test_r2_of_a_c_statistic_by_simulation():
    rng = np.random.default_rng(0)
    y = rng.random(400_000) < 0.25
    x = rng.standard_normal(y.size) + y * 2**0.5 * ndtri(0.8)
    mu = 2**0.5 * ndtri(0.8)
    risk = 1 / (1 + np.exp(-(np.log(1 / 3) + mu * x - mu**2 / 2)))
    gain = np.where(y, np.log(risk / 0.25), np.log((1 - risk) / 0.75)).mean()
    assert 1 - np.exp(-2 * gain) == pytest.approx(c_statistic_to_r2(0.8, 0.25), abs=0.003)


def test_survival_and_continuous_count_patients():
    size = size_development_survival(
        10, 0.1, time=5, mean_follow_up=4, r2_nagelkerke=0.15, nodes_per_patient=2, icc=0.5
    )
    assert size.n == 1068
    assert size.n_patients == 534
    assert size.values["risk_low"] < size.values["risk"] < size.values["risk_high"]
    one = size_development_continuous(1, 0.3, intercept=-10, sd=3)
    assert one.n == 235
    assert one.values["mean_low"] < -10 < one.values["mean_high"]
    big = size_development_continuous(2000, 0.05, intercept=10, sd=3)
    assert big.n == max(row["n"] for row in big.criteria)
    kept = big.frame().set_index("criterion")["shrinkage"]
    assert kept["shrinkage"] >= 0.9


def test_a_vague_mean_needs_more_cases():
    size = size_development_continuous(5, 0.2, intercept=0.5, sd=10)
    rows = size.frame().set_index("criterion")["n"]
    assert rows["mean outcome"] > rows["residual SD"]
    assert size.values["mean_margin"] <= 1.1


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: size_development_binary(0, 0.3, r2_cox_snell=0.1), "n_parameters .* at least 1"),
        (lambda: size_development_binary(2.5, 0.3, r2_cox_snell=0.1), "whole number"),
        (lambda: size_development_binary(NAN, 0.3, r2_cox_snell=0.1), "whole number"),
        (lambda: size_development_binary(9, 1, r2_cox_snell=0.1), "prevalence"),
        (lambda: size_development_binary(9, NAN, r2_cox_snell=0.1), "prevalence"),
        (lambda: size_development_binary(9, 0.3), "one of r2_cox_snell"),
        (lambda: size_development_binary(9, 0.3, r2_cox_snell=0.1, c_statistic=0.8), "got 2"),
        (lambda: size_development_binary(9, 0.3, r2_cox_snell=0.8), "largest possible value"),
        (lambda: size_development_binary(9, 0.3, r2_cox_snell=-0.1), "between 0"),
        (lambda: size_development_binary(9, 0.3, r2_cox_snell=0), "between 0"),
        (lambda: size_development_binary(9, 0.3, c_statistic=0.5), "c_statistic"),
        (lambda: size_development_binary(9, 0.3, r2_nagelkerke=1.2), "r2_nagelkerke"),
        (
            lambda: size_development_binary(9, 0.3, r2_cox_snell=0.5, shrinkage=0.4),
            "shrinkage must",
        ),
        (lambda: size_development_binary(9, 0.3, r2_cox_snell=0.1, icc=2), "icc"),
        (
            lambda: size_development_binary(9, 0.3, r2_cox_snell=0.1, nodes_per_patient=0.5),
            "nodes_per_patient",
        ),
        (
            lambda: size_development_survival(9, -1, time=1, mean_follow_up=1, r2_cox_snell=0.1),
            "rate must",
        ),
        (
            lambda: size_development_survival(9, 3, time=1, mean_follow_up=1, r2_cox_snell=0.1),
            "events a person",
        ),
        (lambda: size_development_continuous(9, 1.0, intercept=1, sd=1), "r2"),
        (lambda: size_development_continuous(9, 0.2, intercept=0, sd=1), "intercept"),
        (lambda: size_development_continuous(9, 0.2, intercept=1, sd=0), "sd must"),
    ],
)
def test_development_refuses(call, said):
    with pytest.raises(InputError, match=said):
        call()


# Validation


@given(st.floats(0.05, 0.6), C)
def test_narrower_intervals_need_more_cases(prevalence, c):
    wide, narrow = (
        size_validation(prevalence, c, oe_width=w, slope_width=w, c_width=w / 2, threshold=0.2)
        for w in (0.4, 0.2)
    )
    for row, other in zip(wide.criteria, narrow.criteria, strict=True):
        assert other["n"] >= row["n"]
    assert narrow.warnings == ()


@pytest.mark.parametrize("c, prevalence", [(0.7, 0.3), (0.9, 0.05)])
def test_log_odds_of_a_c_statistic(c, prevalence):
    grid = binormal_predictor(c, prevalence)
    assert grid.prevalence() == pytest.approx(prevalence)
    assert grid.c_statistic() == pytest.approx(c, abs=1e-4)
    assert grid.mean(np.ones_like(grid.at)) == pytest.approx(1)


@pytest.mark.parametrize(
    "grid, draw",
    [
        (normal_predictor(-1, 1.5), lambda rng: rng.normal(-1, 1.5, 200_000)),
        (beta_predictor(0.5, 2), lambda rng: np.log(1 / (1 / rng.beta(0.5, 2, 200_000) - 1))),
    ],
)
def test_the_log_odds_by_simulation(grid, draw):
    rng = np.random.default_rng(1)
    lp = draw(rng)
    risk = 1 / (1 + np.exp(-lp))
    y = rng.random(lp.size) < risk
    assert grid.prevalence() == pytest.approx(risk.mean(), abs=0.004)
    assert grid.c_statistic() == pytest.approx(auc(y, lp).value, abs=0.006)
    weight = risk * (1 - risk)
    drawn = [(weight * lp**k).mean() for k in range(3)]
    assert np.allclose(grid.information(), drawn, rtol=0.02)
    sensitivity, specificity = calls_above(grid, 0.3)
    assert sensitivity == pytest.approx((risk[y] > 0.3).mean(), abs=0.006)
    assert specificity == pytest.approx((risk[~y] <= 0.3).mean(), abs=0.006)


def test_the_slope_is_as_precise_as_planned():
    size = size_validation(0.4, 0.8, lp_normal=(-0.5, 1.3), slope_width=0.4)
    n = size.criteria[1]["n"]
    rng = np.random.default_rng(2)
    slopes = []
    for _ in range(300):
        lp = rng.normal(-0.5, 1.3, n)
        y = rng.random(n) < 1 / (1 + np.exp(-lp))
        beta = np.array([0.0, 1.0])
        design = np.column_stack([np.ones(n), lp])
        for _ in range(8):
            risk = 1 / (1 + np.exp(-design @ beta))
            step = (design * (risk * (1 - risk))[:, None]).T @ design
            beta = beta + np.linalg.solve(step, design.T @ (y - risk))
        slopes.append(beta[1])
    assert np.std(slopes) == pytest.approx(0.4 / 3.92, rel=0.17)


def test_contradicting_log_odds_are_said():
    size = size_validation(0.018, 0.8, lp_normal=(-5, 2.5))
    assert "imply a prevalence of 0.052" in size.warnings[0]
    assert "imply a C-statistic of 0.927" in size.warnings[1]


def test_nobody_above_the_threshold():
    assert calls_above(normal_predictor(-6, 0.1), 0.5) == (0.0, 1.0)
    size = size_validation(0.1, 0.7, threshold=0.3, sensitivity=0, specificity=1)
    assert size.criteria[-1]["n"] == 1


@pytest.mark.parametrize(
    "arguments, options, said",
    [
        ((0, 0.8), {}, "prevalence"),
        ((0.3, 0.5), {}, "c_statistic"),
        ((0.3, NAN), {}, "c_statistic"),
        ((0.3, 0.8), {"oe": 0}, "oe must"),
        ((0.3, 0.8), {"oe_width": -1}, "oe_width"),
        ((0.3, 0.8), {"slope_width": NAN}, "slope_width"),
        ((0.3, 0.8), {"lp_normal": (0, 1), "lp_beta": (1, 1)}, "not both"),
        ((0.3, 0.8), {"lp_normal": (0, 0)}, "SD of lp_normal"),
        ((0.3, 0.8), {"lp_normal": (0, NAN)}, "two finite numbers"),
        ((0.3, 0.8), {"lp_beta": (1,)}, "two finite numbers"),
        ((0.3, 0.8), {"lp_normal": 2}, "two finite numbers"),
        ((0.3, 0.8), {"lp_beta": (-1, 2)}, "lp_beta"),
        ((0.3, 0.8), {"lp_normal": (0, 1e-8)}, "hardly vary"),
        ((0.3, 0.8), {"threshold": 1}, "threshold"),
        ((0.3, 0.8), {"sensitivity": 0.8}, "hold at a threshold"),
        ((0.3, 0.8), {"threshold": 0.2, "sensitivity": 0.8}, "or neither"),
        (
            (0.3, 0.8),
            {"threshold": 0.2, "sensitivity": 1.8, "specificity": 0.5},
            "sensitivity must lie",
        ),
    ],
)
def test_validation_refuses(arguments, options, said):
    with pytest.raises(InputError, match=said):
        size_validation(*arguments, **options)


# Areas


@given(C, st.floats(0.6, 0.99), st.floats(0.3, 4), st.sampled_from(["two-sided", "one-sided"]))
def test_power_and_number_of_an_area_are_inverse(area, power, ratio, alternative):
    options = {"negatives_per_positive": ratio, "alternative": alternative}
    size = size_auc(area, power=power, **options)
    back = size_auc(area, n_positive=size.exact, **options)
    assert back.power == pytest.approx(power)
    assert size.power >= power - 1e-9
    assert size.n_positive == up(size.exact)


@given(C, C, st.floats(0, 0.95), st.floats(0.6, 0.99))
def test_power_and_number_of_two_areas_are_inverse(a, b, correlation, power):
    assume(abs(a - b) > 1e-3)
    size = size_auc_difference(a, b, correlation=correlation, power=power)
    back = size_auc_difference(b, a, correlation=correlation, n_positive=size.exact)
    assert back.power == pytest.approx(power)
    alike = size_auc_difference(a, b, correlation=min(correlation + 0.04, 0.99), power=power)
    assert alike.exact < size.exact


def test_the_variance_of_an_area_is_that_of_its_estimate():
    # one area, no correlation: twice the variance of independent estimates
    rng = np.random.default_rng(3)
    areas = []
    for _ in range(400):
        y = np.repeat([0, 1], 100)
        areas.append(auc(y, rng.standard_normal(200) + y * 2**0.5 * ndtri(0.8)).value)
    size = size_auc_difference(0.8, 0.7, correlation=0, n_positive=100)
    drawn = np.std(areas)
    z = (0.1 / drawn / 2**0.5) - ndtri(0.975)
    assert ndtri(size.power) == pytest.approx(z, abs=0.35)


def test_the_power_of_two_areas_by_simulation():
    size = size_auc_difference(0.85, 0.72, correlation=0.5, power=0.8)
    rng = np.random.default_rng(4)
    n, found = size.n_positive, 0
    y = np.repeat([0, 1], n)
    for _ in range(500):
        z = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 2 * n)
        z[y == 1] += 2**0.5 * ndtri([0.85, 0.72])
        found += compare_auc(y, z[:, 0], z[:, 1]).pvalue < 0.05
    assert found / 500 == pytest.approx(0.8, abs=0.075)


def test_the_sentence_of_a_comparison():
    size = size_auc_difference(0.8, 0.7, correlation=0.5, power=0.8)
    assert size.summary().startswith(f"A study of {size.n} cases")
    assert (
        "areas of 0.8 and 0.7 (correlation of the scores 0.5) differ with a power" in size.sentence
    )
    assert "in each group" in size_auc_difference(0.8, 0.7, correlation=0, power=0.8).sentence
    assert "shares of 0.1 and 0.2" in size_two_proportions(0.1, 0.2, power=0.8).sentence
    assert "same cases" in size_mcnemar(0.1, 0.2, power=0.8).sentence


def test_clustered_cases_and_pilots():
    alone = size_auc(0.7, power=0.9)
    nodes = size_auc(0.7, power=0.9, nodes_per_patient=2, icc=0.5)
    assert nodes.n_positive == up(1.5 * alone.exact)
    assert nodes.n_patients == up(nodes.n / 2)
    back = size_auc(0.7, n_positive=1.5 * alone.exact, nodes_per_patient=2, icc=0.5)
    assert back.power == pytest.approx(0.9)
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 60)
    a, b = y + rng.standard_normal(60), 2 * y + rng.standard_normal(60)
    pilot = size_auc_difference_from(y, a, b)
    assert "restates its p-value" in pilot.warnings[0]
    assert pilot.n == 60
    assert size_auc_difference_from(y, a, b, power=0.9).warnings == ()


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: size_auc(0.5, power=0.8), "auc must"),
        (lambda: size_auc(1, power=0.8), "auc must"),
        (lambda: size_auc(0.8), "give power or n_positive"),
        (lambda: size_auc(0.8, power=0.8, n_positive=20), "give power or n_positive"),
        (lambda: size_auc(0.8, power=0.4), "power must"),
        (lambda: size_auc(0.8, n_positive=-3), "n_positive must"),
        (lambda: size_auc(0.8, power=0.8, alpha=0), "alpha"),
        (lambda: size_auc(0.8, power=0.8, alternative="greater"), "two-sided, one-sided"),
        (lambda: size_auc(0.8, power=0.8, negatives_per_positive=0), "negatives_per_positive"),
        (lambda: size_auc_difference(0.8, 0.8, correlation=0, power=0.8), "must differ"),
        (lambda: size_auc_difference(0.8, 0.7, correlation=1, power=0.8), "correlation"),
        (lambda: size_auc_difference_from([0, 0, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4]), "no diff"),
        (lambda: size_auc_difference_from([0, 0, 1], [1, 3, 2], [1, 2, 3]), "two cases"),
        (
            lambda: size_auc_difference_from([0, 0, 1, 1], [1, 3, 2, 4], [1, NAN, 3, 4]),
            "score_b has 1 missing",
        ),
    ],
)
def test_areas_refuse(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_a_pilot_of_one_class_is_refused():
    with pytest.raises(SingleClassError):
        size_auc_difference_from([1, 1, 1], [1, 2, 3], [3, 2, 1])


# Shares


@given(st.floats(0, 1), st.floats(0.04, 0.4), st.floats(0.05, 0.95))
def test_the_interval_is_as_narrow_as_planned(share, width, prevalence):
    size = size_diagnostic(prevalence, sensitivity=share, width=width)
    needed = size.criteria[0]["needed"]
    z = 1.959963984540054
    arm = z / (needed + z**2) * np.sqrt(needed * share * (1 - share) + z**2 / 4)
    assert 2 * arm <= width
    assert size.n >= needed / prevalence - 1e-6
    if needed > 1:
        fewer = needed - 1
        arm = z / (fewer + z**2) * np.sqrt(fewer * share * (1 - share) + z**2 / 4)
        assert 2 * arm > width


def test_the_interval_is_that_of_proportion():
    needed = size_diagnostic(0.5, sensitivity=0.9, width=0.12).criteria[0]["needed"]
    ours = proportion(round(0.9 * needed), needed)
    assert ours.high - ours.low == pytest.approx(0.12, abs=0.01)


def test_the_rarer_class_decides():
    size = size_diagnostic(0.1, sensitivity=0.8, specificity=0.8)
    rows = size.frame().set_index("criterion")
    assert rows.loc["sensitivity", "needed"] == rows.loc["specificity", "needed"]
    assert size.n == rows.loc["sensitivity", "n"] > rows.loc["specificity", "n"]
    nodes = size_diagnostic(0.1, sensitivity=0.8, nodes_per_patient=3, icc=1)
    assert nodes.criteria[0]["needed"] == 3 * rows.loc["sensitivity", "needed"]


@given(SHARE, SHARE, st.floats(0.6, 0.99), st.floats(0.3, 4))
def test_power_and_number_of_two_shares_are_inverse(a, b, power, ratio):
    assume(abs(a - b) > 0.01)
    size = size_two_proportions(a, b, power=power, b_per_a=ratio)
    assert size_two_proportions(a, b, n=size.exact, b_per_a=ratio).power == pytest.approx(power)
    turned = size_two_proportions(b, a, power=power, b_per_a=1 / ratio)
    assert turned.exact == pytest.approx(size.exact * ratio)
    mirrored = size_two_proportions(1 - a, 1 - b, power=power, b_per_a=ratio)
    assert mirrored.exact == pytest.approx(size.exact)


def test_the_power_of_mcnemar_by_simulation():
    size = size_mcnemar(0.2, 0.08, power=0.9)
    counts = np.random.default_rng(6).multinomial(size.n, [0.2, 0.08, 0.72], 4000)
    b, c = counts[:, 0], counts[:, 1]
    found = (b - c) ** 2 / (b + c) > ndtri(0.975) ** 2
    assert found.mean() == pytest.approx(0.9, abs=0.025)
    assert size_mcnemar(0.2, 0.08, n=size.exact).power == pytest.approx(0.9)
    assert size_mcnemar(0.08, 0.2, power=0.9).n == size.n


def test_mcnemar_without_the_other_kind():
    size = size_mcnemar(0.1, 0, power=0.8)
    assert 0.8 <= size.power < 1
    certain = size_mcnemar(1, 0, n=10)
    assert certain.power == 1


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: size_diagnostic(0.3), "sensitivity, specificity or both"),
        (lambda: size_diagnostic(0.3, sensitivity=1.2), "sensitivity must lie"),
        (lambda: size_diagnostic(0.3, sensitivity=NAN), "sensitivity must lie"),
        (lambda: size_diagnostic(1.3, sensitivity=0.9), "prevalence"),
        (lambda: size_diagnostic(0.3, sensitivity=0.9, width=0), "width"),
        (lambda: size_two_proportions(0.3, 0.3, power=0.8), "must differ"),
        (lambda: size_two_proportions(0.3, 1.3, power=0.8), "proportion_b must lie"),
        (lambda: size_two_proportions(0.3, 0.5, power=0.8, b_per_a=0), "b_per_a"),
        (lambda: size_two_proportions(0.3, 0.5), "give power or n"),
        (lambda: size_mcnemar(0.1, 0.1, power=0.8), "must differ"),
        (lambda: size_mcnemar(0.7, 0.5, power=0.8), "must not exceed 1"),
        (lambda: size_mcnemar(0.7, 0.1, n=0), "n must be"),
    ],
)
def test_shares_refuse(call, said):
    with pytest.raises(InputError, match=said):
        call()
