"""Planning of reader studies and of agreement: formulas, smallest numbers, limits, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from radln.errors import InputError
from radln.stats import (
    PowerAnalysis,
    assumed_mrmc_variance,
    assumed_standalone_variance,
    icc,
    size_icc,
    size_kappa,
    size_mrmc,
    size_standalone,
)
from radln.stats.sample_size.size_agreement import kappa_variance

PILOT = {
    "var_tr": 2.004e-4,
    "cov1": 3.466e-4,
    "cov2": 3.441e-4,
    "cov3": 2.390e-4,
    "var_error": 8.023e-4,
    "pilot_cases": 114,
    "pilot_positive": 45,
}
ALONE = {
    "var_readers": 2.3e-3,
    "var_error": 1.45e-3,
    "cov2": 7.4e-4,
    "pilot_cases": 200,
    "pilot_positive": 80,
}


# Modalities


def test_random_readers_fixed_cases_and_the_reverse():
    # RJafroc's RRFC and FRRC, written out
    j, k, pilot = 7, 130, PILOT
    scale, shared = 114 / k, pilot["cov2"] - pilot["cov3"]
    own = pilot["var_error"] - pilot["cov1"]
    for options, denominator, df in (
        ({"cases": "fixed"}, pilot["var_tr"] + scale * (own - shared), j - 1),
        ({"readers": "fixed"}, scale * (own + (j - 1) * shared), k - 1),
    ):
        size = size_mrmc(0.04, n_readers=j, n_cases=k, **options, **pilot)
        centre = 0.04**2 * j / 2 / denominator
        critical = scipy_stats.f.isf(0.05, 1, df)
        assert size.values["df"] == df
        assert size.values["noncentrality"] == pytest.approx(centre)
        assert size.power == pytest.approx(scipy_stats.ncf.sf(critical, 1, df, centre))
        assert size.values["se"] == pytest.approx((2 * denominator / j) ** 0.5)


def test_pseudovalue_components_give_the_same_power():
    # Dorfman, Berbaum and Metz's components of the same pilot, as RJafroc's DBM
    reader, case, error = 2.0040252358145778e-4, 0.011975296208435807, 0.03997160319053632
    j, k = 6, 150
    total = reader + (error + j * case) / k
    df = total**2 / ((reader + error / k) ** 2 / (j - 1))
    centre = 0.05**2 * j / 2 / total
    expected = scipy_stats.ncf.sf(scipy_stats.f.isf(0.05, 1, df), 1, df, centre)
    size = size_mrmc(0.05, n_readers=j, n_cases=k, **PILOT)
    assert size.power == pytest.approx(expected, rel=1e-3)


@given(st.integers(3, 30), st.floats(0.03, 0.1), st.floats(0.6, 0.95))
def test_the_smallest_number_of_cases(readers, difference, power):
    try:
        size = size_mrmc(difference, n_readers=readers, power=power, **PILOT)
    except InputError:
        most = size_mrmc(difference, n_readers=readers, n_cases=2**20, **PILOT)
        assert most.power < power
        return
    assert size.power >= power
    again = size_mrmc(difference, n_readers=readers, n_cases=size.n, **PILOT)
    assert again.power == size.power
    if size.n > 3:
        assert size_mrmc(difference, n_readers=readers, n_cases=size.n - 1, **PILOT).power < power


@given(st.floats(0.02, 0.1), st.integers(4, 20), st.integers(50, 500))
def test_more_of_everything_is_more_power(difference, readers, cases):
    def power(**more):
        given = {"n_readers": readers, "n_cases": cases, **PILOT, **more}
        return size_mrmc(difference, **given).power

    assert power(n_readers=readers + 2) > power() - 1e-12
    assert power(n_cases=2 * cases) > power() - 1e-12
    assert power(alpha=0.01) < power() + 1e-12
    assert power(var_tr=1e-3) < power() + 1e-12
    assert power(readers="fixed") > power() - 0.01  # its degrees of freedom are cases - 1
    assert power(alternative="one-sided") > power() - 1e-12
    assert size_mrmc(-difference, n_readers=readers, n_cases=cases, **PILOT).power == power()
    # the same pilot, twice as large, has half the errors from cases
    twice = {
        name: PILOT[name] * (2 if name.startswith("pilot") else 1 if name == "var_tr" else 0.5)
        for name in PILOT
    }
    assert power(**twice) == pytest.approx(power())


def test_non_inferiority_is_a_shifted_one_sided_test():
    options = {"n_readers": 8, "n_cases": 150, "alternative": "one-sided", "alpha": 0.025, **PILOT}
    shifted = size_mrmc(0.01, margin=0.04, **options)
    plain = size_mrmc(0.05, **options)
    assert shifted.power == pytest.approx(plain.power)
    assert "non-inferiority margin of −0.04" in shifted.sentence
    two = size_mrmc(0.05, **{**options, "alternative": "two-sided", "alpha": 0.05})
    assert plain.power == pytest.approx(two.power, abs=1e-3)
    assert size_mrmc(-0.01, margin=0.04, **options).power < shifted.power


def test_a_table_of_readers():
    size = size_mrmc(0.05, n_readers=[6, 3, 8, 10], power=0.8, **PILOT)
    table = size.frame().set_index("n_readers")
    assert isinstance(size, PowerAnalysis)
    assert table.loc[[6, 8, 10], "n"].tolist() == [170, 134, 119]
    assert size.n_positive == table.loc[6, "n_positive"] == 67
    assert (table["power"].dropna() >= 0.8).all()
    assert "6 readers and 170 cases (67 positive)" in size.sentence
    assert "below 4 readers" in size.summary()
    powers = size_mrmc(0.05, n_readers=range(4, 8), n_cases=150, **PILOT).frame()["power"]
    assert (np.diff(powers) > 0).all()


def test_readers_that_never_suffice():
    wide = {**PILOT, "var_tr": 0.01}
    with pytest.raises(InputError, match="4 readers do not reach a power"):
        size_mrmc(0.05, n_readers=4, power=0.8, **wide)
    table = size_mrmc(0.05, n_readers=[100, 4], power=0.8, **wide).frame()
    assert np.isnan(table["n"][1])
    assert np.isnan(table["power"][1])


def test_negative_components_count_as_none_and_are_named():
    size = size_mrmc(0.05, n_readers=6, power=0.8, **{**PILOT, "var_tr": -1e-4})
    none = size_mrmc(0.05, n_readers=6, power=0.8, **{**PILOT, "var_tr": 0})
    assert size.n == none.n
    assert "var_tr is negative" in size.summary()
    turned = {**PILOT, "cov2": PILOT["cov3"], "cov3": PILOT["cov2"]}
    assert "cov2 is below cov3" in size_mrmc(0.05, n_readers=6, power=0.8, **turned).summary()


def test_a_certain_difference():
    assert size_mrmc(0.9, n_readers=50, n_cases=10_000, **PILOT).power == 1
    assert size_mrmc(
        0.9, n_readers=50, n_cases=10_000, alternative="one-sided", **PILOT
    ).power == pytest.approx(1)


# A model


def test_one_modality_is_written_out():
    j, k = 8, 300
    scale, own = 200 / k, ALONE["var_error"] - ALONE["cov2"]
    between = ALONE["var_readers"] - own + scale * own
    total = between + j * scale * ALONE["cov2"]
    df = total**2 / (between**2 / (j - 1))
    centre = 0.07**2 * j / total
    expected = scipy_stats.ncf.sf(scipy_stats.f.isf(0.05, 1, df), 1, df, centre)
    size = size_standalone(0.07, n_readers=j, n_cases=k, **ALONE)
    assert size.power == pytest.approx(expected)
    assert size.values["df"] == pytest.approx(df)
    fixed = size_standalone(0.07, n_readers=j, n_cases=k, cases="fixed", **ALONE)
    assert fixed.values["df"] == j - 1
    assert fixed.values["se"] == pytest.approx((between / j) ** 0.5)


def test_a_model_and_its_pilot_of_the_planned_size():
    # at the pilot's own size the error is that of the pilot's test
    size = size_standalone(0.07, n_readers=8, n_cases=200, **ALONE)
    assert size.values["se"] == pytest.approx((ALONE["var_readers"] / 8 + ALONE["cov2"]) ** 0.5)
    flat = {**ALONE, "var_readers": 1e-4, "cov2": -1e-5}
    said = size_standalone(0.07, n_readers=3, n_cases=200, **flat).summary()
    assert "taken as 0" in said
    assert "cov2 is negative" in said
    assert "below 4 readers" in said


# Assumptions


@given(st.floats(0.6, 0.95), st.floats(0, 0.1), st.floats(0.25, 4))
def test_assumptions_do_not_hang_on_the_nominal_size(area, spread, ratio):
    assumed = assumed_mrmc_variance(
        area,
        sd_readers=spread,
        reader_correlation=0.7,
        same_reader=0.5,
        same_modality=0.4,
        neither=0.3,
        negatives_per_positive=ratio,
    )
    assert assumed["var_tr"] == pytest.approx(0.3 * spread**2)
    assert assumed["cov1"] == pytest.approx(0.5 * assumed["var_error"])
    assert assumed["pilot_positive"] / assumed["pilot_cases"] == pytest.approx(1 / (1 + ratio))
    size = size_mrmc(0.05, n_readers=30, n_cases=200, **assumed)
    assert 0 < size.power <= 1
    assert size.n_positive == pytest.approx(200 / (1 + ratio), abs=1)


def test_assumed_differences_to_a_model():
    assumed = assumed_standalone_variance(0.8, 0.8, sd_readers=0.03, same_case=0.4, with_model=0.4)
    reader = assumed_mrmc_variance(
        0.8, sd_readers=0, reader_correlation=1, same_reader=0, same_modality=0, neither=0
    )["var_error"]
    # differences of two equally good, equally related: twice 1 - r; r of differences one half
    assert assumed["var_error"] == pytest.approx(2 * 0.6 * reader)
    assert assumed["cov2"] == pytest.approx(0.6 * reader)
    assert assumed["var_readers"] == pytest.approx(0.03**2 + 0.6 * reader)


# Agreement


@pytest.mark.parametrize("kappa, share", [(0.8, 0.3), (0.4, 0.1), (0.6, 0.5)])
def test_two_raters_have_bloch_and_kraemers_variance(kappa, share):
    first = (1 - kappa) * (1 - 2 * kappa)
    expected = (1 - kappa) * (first + kappa * (2 - kappa) / (2 * share * (1 - share)))
    assert kappa_variance(kappa, share, 2) == pytest.approx(expected)


@given(st.floats(0.1, 0.9), st.floats(0.05, 0.95), st.integers(2, 6))
def test_kappa_plans_are_symmetric_and_monotone(kappa, share, raters):
    size = size_kappa(kappa, prevalence=share, n_raters=raters, width=0.3)
    turned = size_kappa(kappa, prevalence=1 - share, n_raters=raters, width=0.3)
    assert size.values["exact"] == pytest.approx(turned.values["exact"])
    more = size_kappa(kappa, prevalence=share, n_raters=raters + 1, width=0.3)
    assert more.values["exact"] <= size.values["exact"] * (1 + 1e-9)
    null = kappa / 2
    test = size_kappa(kappa, prevalence=share, n_raters=raters, null=null, power=0.8)
    assert test.power >= 0.8 - 1e-9
    less = size_kappa(kappa, prevalence=share, n_raters=raters, null=null, n=test.exact)
    assert less.power == pytest.approx(0.8)
    easier = size_kappa(kappa, prevalence=share, n_raters=raters + 1, null=null, power=0.8)
    assert easier.exact <= test.exact * (1 + 1e-9)


def test_donner_and_eliasziws_formula():
    low, high, p = 0.4, 0.7, 0.3
    cells = [
        p**2 + p * (1 - p) * low,
        2 * p * (1 - p) * (1 - low),
        (1 - p) ** 2 + p * (1 - p) * low,
    ]
    shift = p * (1 - p) * (high - low)
    each = shift**2 / cells[0] + (2 * shift) ** 2 / cells[1] + shift**2 / cells[2]
    z = scipy_stats.norm.ppf(0.975) + scipy_stats.norm.ppf(0.8)
    found = size_kappa(high, prevalence=p, null=low, power=0.8)
    assert found.exact == pytest.approx(z**2 / each, rel=1e-4)
    assert "differs from 0.4" in found.sentence
    assert "rarer call" in size_kappa(0.9, prevalence=0.02, null=0.1, power=0.8).summary()


@pytest.mark.parametrize("null, value, raters", [(0.6, 0.8, 2), (0.2, 0.8, 2), (0.7, 0.8, 3)])
def test_walters_formula(null, value, raters):
    size = size_icc(value, null=null, n_raters=raters, power=0.8, alternative="one-sided")
    c = (1 + raters * null / (1 - null)) / (1 + raters * value / (1 - value))
    z = scipy_stats.norm.ppf(0.95) + scipy_stats.norm.ppf(0.8)
    assert size.exact == pytest.approx(1 + 2 * z**2 * raters / (np.log(c) ** 2 * (raters - 1)))
    assert size.power == pytest.approx(0.8, abs=0.03)


def test_the_power_of_an_icc_by_simulation():
    rng = np.random.default_rng(1)
    n, raters, value, null = 30, 3, 0.7, 0.5
    size = size_icc(value, null=null, n_raters=raters, n=n, alternative="one-sided")
    subject = value**0.5 * rng.standard_normal((4000, n, 1))
    x = subject + (1 - value) ** 0.5 * rng.standard_normal((4000, n, raters))
    between = raters * x.mean(axis=2).var(axis=1, ddof=1)
    within = x.var(axis=2, ddof=1).mean(axis=1)
    c = 1 + raters * null / (1 - null)
    critical = scipy_stats.f.isf(0.05, n - 1, n * (raters - 1))
    assert (between / within > c * critical).mean() == pytest.approx(size.power, abs=0.03)


def test_the_width_of_an_icc():
    assert size_icc(0.8, width=0.2, n_raters=3).n == 36  # Bonett's formula
    two = size_icc(0.7, width=0.2)
    assert two.values["exact"] == pytest.approx(1 + 8 * 1.96**2 * 0.51**2 / 0.08 + 3.5, rel=1e-3)
    assert "0.95 interval" in two.sentence
    rng = np.random.default_rng(2)
    widths = []
    for _ in range(40):
        subject = 0.8**0.5 * rng.standard_normal((36, 1))
        found = icc(subject + 0.2**0.5 * rng.standard_normal((36, 3)), form="ICC(1,1)")
        widths.append(found.high - found.low)
    assert np.mean(widths) == pytest.approx(0.2, abs=0.03)


# Refusals


@pytest.mark.parametrize(
    "match, given",
    [
        ("difference must not be 0", {"difference": 0}),
        ("difference must lie", {"difference": 5}),
        ("give power or n_cases", {"n_cases": 100}),
        ("give power or n_cases", {"power": None}),
        ("power must lie", {"power": 0.3}),
        ("n_readers must be a whole number", {"n_readers": 1}),
        ("n_readers is empty", {"n_readers": []}),
        ("var_error - cov1", {"cov1": 8e-4}),
        ("var_error", {"var_error": -1}),
        ("cov2 must be a finite", {"cov2": None}),
        ("cov3 must lie within", {"cov3": 1}),
        ("var_tr must lie within", {"var_tr": 3}),
        ("pilot_positive", {"pilot_positive": 114}),
        ("readers must be", {"readers": "both"}),
        ("cannot both be fixed", {"readers": "fixed", "cases": "fixed"}),
        ("margin needs", {"margin": 0.05}),
        ("at or below minus the margin", {"margin": 0.05, "difference": -0.06}),
        ("alpha", {"alpha": 5}),
    ],
)
def test_modalities_refuse(match, given):
    side = {"alternative": "one-sided"} if "difference" in given and "margin" in given else {}
    call = {"difference": 0.05, "n_readers": 6, "power": 0.8, **PILOT, **side, **given}
    with pytest.raises(InputError, match=match):
        size_mrmc(**call)


def test_the_others_refuse():
    with pytest.raises(InputError, match="cov2 must lie within"):
        size_standalone(0.05, n_readers=6, power=0.8, **{**ALONE, "cov2": 1})
    with pytest.raises(InputError, match="neither must not exceed"):
        assumed_mrmc_variance(
            0.8,
            sd_readers=0.05,
            reader_correlation=0.5,
            same_reader=0.4,
            same_modality=0.2,
            neither=0.3,
        )
    with pytest.raises(InputError, match="same_case must be below 1"):
        assumed_standalone_variance(0.8, 0.9, sd_readers=0.05, same_case=1, with_model=0.2)
    for size, options in ((size_kappa, {"prevalence": 0.3}), (size_icc, {})):
        for match, call in (
            ("give width", {}),
            ("give width", {"null": 0.5}),
            ("give width alone", {"width": 0.2, "power": 0.8}),
            ("give width", {"null": 0.5, "power": 0.8, "n": 50}),
            ("null must lie", {"null": 1.5, "power": 0.8}),
            ("null equals", {"null": 0.7, "power": 0.8}),
            ("power must lie", {"null": 0.5, "power": 0.2}),
        ):
            with pytest.raises(InputError, match=match):
                size(0.7, **options, **call)
    with pytest.raises(InputError, match="null must lie below icc"):
        size_icc(0.5, null=0.7, power=0.8)
    with pytest.raises(InputError, match="2 or more"):
        size_icc(0.7, null=0.5, n=1)
