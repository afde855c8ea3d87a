"""Intraclass correlations, kappas, Bland and Altman: limits, symmetries, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln.errors import InputError, ShapeError
from radln.stats import bland_altman, diagnostic_table, icc, kappa, rater_agreement
from radln.stats.agreement._counted import refuse_counted
from radln.stats.agreement._derived import refuse_sums
from radln.stats.agreement._mistaken import refuse_mistaken
from radln.stats.agreement.icc import FORMS

COEFFICIENTS = ("fleiss", "conger", "light", "gwet", "krippendorff")
NAN = float("nan")


@st.composite
def tables(draw, largest=4, min_raters=2):
    """Ratings 0..largest of n subjects by k raters."""
    n, k = draw(st.integers(4, 12)), draw(st.integers(min_raters, 4))
    assume(n != 5)  # five rows in the order of five ratings look like identifiers
    cells = st.lists(st.integers(0, largest), min_size=n * k, max_size=n * k)
    return np.array(draw(cells)).reshape(n, k)


def ratings_only(x):
    """The table, where nobody could take it for counts or identifiers."""
    try:
        refuse_mistaken(x, "ratings")
        refuse_sums(x, "ratings")
        refuse_counted(x, "ratings")
    except InputError:
        assume(False)
    return x


def numbers(estimate):
    return [estimate.value, estimate.low, estimate.high]


# Intraclass correlation


@given(tables(), st.randoms(use_true_random=False))
def test_order_of_subjects_and_raters_changes_no_icc(x, random):
    rows, columns = list(range(x.shape[0])), list(range(x.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    ratings_only(x), ratings_only(x[rows][:, columns])
    one, two = icc(x).forms, icc(x[rows][:, columns]).forms
    for form in FORMS:
        assert_allclose(numbers(one[form]), numbers(two[form]), rtol=1e-7, atol=1e-9)


@given(tables(), st.integers(1, 50), st.integers(-1000, 1000))
def test_icc_has_no_unit(x, scale, shift):
    ratings_only(x), ratings_only(x * scale + shift)
    one, two = icc(x).forms, icc(x * scale + shift).forms
    for form in FORMS:
        assert_allclose(numbers(one[form]), numbers(two[form]), rtol=1e-7, atol=1e-9)


@given(tables())
def test_icc_lies_within_its_interval(x):
    ratings_only(x)
    for form, estimate in icc(x).forms.items():
        if not np.isnan(estimate.low):
            assert estimate.low <= estimate.value + 1e-9, form
            assert estimate.value <= estimate.high + 1e-9, form
        assert np.isnan(estimate.value) or estimate.value <= 1


@given(tables())
def test_constant_offsets_matter_to_agreement_only(x):
    offset = np.arange(x.shape[1]) * 3.0
    one, two = icc(x), icc(x + offset)
    for form in ("ICC(3,1)", "ICC(3,k)"):
        assert_allclose(one.forms[form].value, two.forms[form].value, rtol=1e-7, atol=1e-9)


def test_mean_ratings_are_spearman_brown():
    x = np.random.default_rng(1).normal(size=(20, 1)) + np.random.default_rng(2).normal(
        size=(20, 3)
    )
    forms = icc(x).forms
    for letter in "123":
        one, many = forms[f"ICC({letter},1)"], forms[f"ICC({letter},k)"]
        for a, b in zip(numbers(one), numbers(many), strict=True):
            assert b == pytest.approx(3 * a / (1 + 2 * a), rel=1e-9)


@pytest.mark.parametrize(
    "given_name, form",
    [
        ("ICC(A,1)", "ICC(2,1)"),
        ("icc(c, 1)", "ICC(3,1)"),
        ("ICC(k)", "ICC(1,k)"),
        ("ICC2k", "ICC(2,k)"),
        ("ICC1", "ICC(1,1)"),
        ("ICC(C,k)", "ICC(3,k)"),
        ("ICC(1)", "ICC(1,1)"),
    ],
)
def test_both_names_of_a_form(given_name, form):
    result = icc([[1, 2], [3, 5], [4, 4], [6, 9]], form=given_name)
    assert result.form == form
    assert result.value == result.forms[form].value
    assert form in result.summary()
    assert FORMS[form][0] in result.summary()


def test_icc_limits():
    perfect = icc([[1, 1], [2, 2], [4, 4]])
    assert numbers(perfect.estimate) == [1, 1, 1]
    assert perfect.statistic == np.inf
    assert "without any error" in perfect.warnings[0]
    shifted = icc([[1, 3], [2, 4], [5, 7]])
    assert shifted.forms["ICC(3,1)"].value == 1
    assert 0 < shifted.value < 1
    assert "constants" in shifted.warnings[0]
    same = icc([[5, 5], [5, 5], [5, 5]])
    assert np.isnan(same.value)
    assert "same number" in same.warnings[0]
    # large numbers that all agree stay in perfect agreement
    assert icc(np.array([[1, 1], [2, 2], [4, 4]]) + 1e6 + 0.1).value == 1


def test_a_negative_icc_stays_negative():
    result = icc([[1, 9], [9, 1], [5, 5], [2, 8], [8, 3]])
    assert result.value < 0
    assert result.pvalue > 0.5
    assert "negative" in result.warnings[0]


def test_icc_of_patients_is_wider_and_one_subject_a_patient_is_none():
    rng = np.random.default_rng(3)
    patient = np.repeat(np.arange(30), 3)
    x = rng.normal(0, 1, 30)[patient][:, None] + rng.normal(0, 0.4, (90, 2))
    plain, clustered = icc(x), icc(x, cluster=patient)
    assert clustered.value == plain.value
    assert clustered.high - clustered.low > 1.2 * (plain.high - plain.low)
    assert 1.5 < clustered.design_effect < 3
    assert clustered.df1 == pytest.approx(90 / clustered.design_effect - 1)
    assert clustered.frame()["df1"][1] == clustered.df1
    assert clustered.n_patients == 30
    alone = icc(x, cluster=np.arange(90))
    assert numbers(alone.estimate) == numbers(plain.estimate)
    single = icc(x, cluster=np.zeros(90))
    assert np.isnan(single.low)
    assert "one patient" in single.warnings[-1]


def test_patients_that_do_not_matter_leave_the_icc_as_it_is():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 1)) + 0.5 * rng.normal(size=(2000, 3))
    plain, clustered = icc(x), icc(x, cluster=np.repeat(np.arange(1000), 2))
    assert clustered.design_effect < 1.1
    assert_allclose(numbers(clustered.estimate), numbers(plain.estimate), atol=0.01)


def test_every_patient_twice_is_every_patient_once():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 1)) + 0.5 * rng.normal(size=(40, 3))
    once, twice = icc(x), icc(np.tile(x, (2, 1)), cluster=np.tile(np.arange(40), 2))
    assert twice.design_effect == pytest.approx(2, rel=0.02)
    for form in ("ICC(1,1)", "ICC(3,1)", "ICC(3,k)"):
        assert_allclose(numbers(twice.forms[form]), numbers(once.forms[form]), atol=0.02)


@pytest.mark.parametrize(
    "ratings, error, said",
    [
        ([[1, 2], [NAN, 3], [4, NAN]], InputError, "2 missing or infinite .* 2 of 3 subjects"),
        ([[1, 2], [np.inf, 3]], InputError, "infinite"),
        ([[1, 2]], ShapeError, "two of each"),
        ([[1], [2]], ShapeError, "two of each"),
        ([], ShapeError, "one row a subject"),
        ([1, 2, 3], ShapeError, "one column a rater"),
        ([["a", "b"], ["c", "d"]], InputError, "numeric"),
    ],
)
def test_icc_refuses(ratings, error, said):
    with pytest.raises(error, match=said):
        icc(ratings)


def test_icc_refuses_options():
    x = [[1, 2], [3, 5], [4, 4]]
    for form in ("ICC(4,1)", "ICC", "", "ICC(2,2)"):
        with pytest.raises(InputError, match=r"form must be one of .*ICC\(A,1\)"):
            icc(x, form=form)
    with pytest.raises(InputError, match="confidence_level"):
        icc(x, confidence_level=1)
    with pytest.raises(ShapeError, match="cluster has 2"):
        icc(x, cluster=[1, 2])


# Kappa


@given(tables(), st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_is_symmetric_and_has_no_order(x, weights):
    a, b = x[:, 0], x[:, 1]
    one, two = kappa(a, b, weights=weights), kappa(b[::-1], a[::-1], weights=weights)
    assert_allclose(numbers(one.estimate), numbers(two.estimate), rtol=1e-9, atol=1e-12)
    assert one.pvalue == pytest.approx(two.pvalue, rel=1e-6, nan_ok=True)


@given(tables(largest=1))
def test_kappa_of_two_categories_is_that_of_the_2x2_table(x):
    a, b = x[:, 0], x[:, 1]
    for weights in (None, "linear", "quadratic"):
        ours = kappa(a, b, weights=weights)
        table = diagnostic_table(a, b, n_resamples=2).kappa
        assert ours.value == pytest.approx(table.value, nan_ok=True)


@given(tables(largest=3))
def test_quadratic_kappa_is_lins_coefficient_without_its_unit(x):
    a, b = x[:, 0], x[:, 1]
    assume(np.ptp(np.r_[a, b]) > 0)
    ours = kappa(a, b, weights="quadratic")
    assert ours.value == pytest.approx(bland_altman(a, b).ccc.value, abs=1e-9)


def test_labels_give_the_distances():
    a, b = [1, 2, 3, 5, 5, 1], [1, 3, 3, 5, 3, 2]
    numeric = kappa(a, b, weights="linear")
    every = kappa(a, b, weights="linear", labels=[1, 2, 3, 4, 5])
    spaced = kappa(a, b, weights="linear", labels=[1, 2, 3, 5])
    assert numeric.value == pytest.approx(every.value)
    assert numeric.value != pytest.approx(spaced.value)
    names = {1: "none", 2: "thin", 3: "thick", 5: "gone"}
    words = kappa(
        [names[i] for i in a],
        [names[i] for i in b],
        weights="linear",
        labels=["none", "thin", "thick", "gone"],
    )
    assert words.value == pytest.approx(spaced.value)
    assert words.table.sum() == 6


def test_an_unused_label_changes_no_plain_kappa():
    a, b = ["x", "y", "x", "y", "y"], ["x", "y", "y", "y", "x"]
    assert kappa(a, b).value == pytest.approx(kappa(a, b, labels=["x", "z", "y"]).value)


def test_kappa_limits():
    perfect = kappa([1, 2, 3, 1], [1, 2, 3, 1])
    assert perfect.value == 1
    assert np.isnan(perfect.low)
    assert perfect.pvalue < 0.05
    assert "never disagree" in perfect.warnings[0]
    one = kappa(["a"] * 4, ["a"] * 4)
    assert np.isnan(one.value)
    assert "one and the same" in one.warnings[0]
    assert one.estimate.format() == "not estimable"
    opposite = kappa([0, 0, 1, 1], [1, 1, 0, 0])
    assert opposite.value == pytest.approx(-1)
    constant = kappa([1, 1, 1, 1], [1, 2, 1, 2])
    assert constant.value == 0
    assert np.isnan(constant.pvalue)
    assert "one category only" in constant.warnings[0]
    assert np.isnan(opposite.low)
    assert opposite.pvalue < 0.05


def test_kappa_of_patients():
    rng = np.random.default_rng(6)
    patient = np.repeat(np.arange(40), 3)
    truth = rng.integers(0, 3, 40)[patient]
    slip = rng.random(40)[patient] < 0.3
    a, b = truth, np.where(slip, (truth + 1) % 3, truth)
    plain, clustered = kappa(a, b), kappa(a, b, cluster=patient)
    assert clustered.value == plain.value
    assert clustered.se > 1.4 * plain.se
    assert clustered.pvalue > plain.pvalue
    assert kappa(a, b, cluster=np.arange(120)).se == plain.se
    single = kappa(a, b, cluster=np.zeros(120))
    assert np.isnan(single.low)
    assert "one patient" in single.warnings[-1]
    # every patient three times over is every patient once
    assert kappa(
        np.tile(a[::3], 3), np.tile(b[::3], 3), cluster=np.tile(np.arange(40), 3)
    ).se == pytest.approx(kappa(a[::3], b[::3]).se * np.sqrt(40 / 39))


@pytest.mark.parametrize(
    "arguments, options, error, said",
    [
        (([1, 2, 3], [1, 2]), {}, ShapeError, "a has 3 values but b has 2"),
        (([], []), {}, ShapeError, "two of each"),
        (([1, NAN, 2], [1, 2, 2]), {}, InputError, "1 missing rating"),
        ((["x", None, "y"], ["x", "y", "y"]), {}, InputError, "1 missing rating"),
        (([1, np.inf, 2], [1, 2, 2]), {}, InputError, "1 infinite"),
        (([[1], [2]], [[1], [2]]), {}, ShapeError, "one-dimensional"),
        ((["x", "y"], ["x", "y"]), {"weights": "linear"}, InputError, "needs the order"),
        (([1, 2], [1, 2]), {"weights": "cubic"}, InputError, "'linear' or 'quadratic'"),
        (([1, 2], [1, 3]), {"labels": [1, 2]}, InputError, r"\[3\], which labels"),
        (([1, 2], [1, 2]), {"labels": [1, 2, 2]}, InputError, "every category once"),
        (([1, 1], [1, 1]), {"labels": [1]}, InputError, "two categories"),
        (([1, "x"], [1, "x"]), {}, InputError, "no common order"),
        (([1, 2], [1, 2]), {"confidence_level": 0}, InputError, "confidence_level"),
        ((np.arange(300) / 7, np.arange(300) / 7), {}, InputError, "300 different values"),
    ],
)
def test_kappa_refuses(arguments, options, error, said):
    with pytest.raises(error, match=said):
        kappa(*arguments, **options)


# Several raters


ON_THE_LIMIT = np.array(  # of what is taken for counts: an intraclass correlation of -1/6
    [
        [1, 2, 4, 4],
        [4, 0, 0, 1],
        [1, 1, 2, 2],
        [0, 1, 3, 4],
        [0, 1, 4, 4],
        [0, 3, 4, 4],
        [4, 0, 1, 4],
    ]
)


@given(tables(), st.sampled_from(COEFFICIENTS), st.sampled_from([None, "quadratic"]))
@example(ON_THE_LIMIT, "fleiss", None)
def test_order_changes_no_agreement(x, coefficient, weights):
    x = ratings_only(x)
    one = rater_agreement(x, coefficient=coefficient, weights=weights)
    two = rater_agreement(x[::-1, ::-1], coefficient=coefficient, weights=weights)
    assert_allclose(numbers(one.estimate), numbers(two.estimate), rtol=1e-9, atol=1e-12)


@given(tables(), st.sampled_from([None, "linear", "quadratic"]))
def test_for_two_raters_conger_and_light_are_cohen(x, weights):
    cohen = kappa(x[:, 0], x[:, 1], weights=weights)
    x = ratings_only(x[:, :2])
    for coefficient in ("conger", "light"):
        ours = rater_agreement(x, coefficient=coefficient, weights=weights)
        assert ours.value == pytest.approx(cohen.value, nan_ok=True)
        if not np.isnan(cohen.low):
            n = x.shape[0]
            assert ours.se == pytest.approx(cohen.se * np.sqrt(n / (n - 1)))


@settings(deadline=None, max_examples=25)
@given(tables(largest=2), st.sampled_from(COEFFICIENTS))
def test_the_error_is_near_the_jackknifes(x, coefficient):
    x = np.concatenate([x] * 8)
    ours = rater_agreement(x, coefficient=coefficient, weights="quadratic", labels=[0, 1, 2])
    assume(not np.isnan(ours.low))
    n = x.shape[0]
    left = [
        rater_agreement(
            np.delete(x, i, axis=0), coefficient=coefficient, weights="quadratic", labels=[0, 1, 2]
        ).value
        for i in range(n)
    ]
    assume(not np.isnan(left).any())
    jackknife = np.sqrt((n - 1) / n * ((left - np.mean(left)) ** 2).sum())
    assert ours.se == pytest.approx(jackknife, rel=0.25, abs=0.003)


@given(tables(largest=3, min_raters=3))
def test_a_rater_who_saw_nothing_changes_nothing(x):
    blind = np.column_stack([ratings_only(x).astype(float), np.full(x.shape[0], NAN)])
    ratings_only(blind)
    for coefficient in ("fleiss", "gwet", "krippendorff"):
        one = rater_agreement(x, coefficient=coefficient).estimate
        two = rater_agreement(blind, coefficient=coefficient).estimate
        assert_allclose(numbers(one), numbers(two), rtol=1e-9)


def test_fleiss_is_the_weighted_mean_of_its_categories():
    x = np.random.default_rng(7).integers(0, 4, (40, 3))
    result = rater_agreement(x)
    share = np.bincount(x.ravel()) / x.size
    weight = share * (1 - share)
    by_category = [estimate.value for _, estimate, _, _ in result.by_category]
    assert np.average(by_category, weights=weight) == pytest.approx(result.value)
    assert result.frame()["quantity"].tolist()[2:] == [f"category {k}" for k in range(4)]


def test_alpha_with_quadratic_weights_is_the_interval_alpha():
    # Krippendorff's definition: 1 - observed / expected squared difference
    x = np.random.default_rng(8).integers(1, 6, (15, 3)).astype(float)
    pairs = (x[:, :, None] - x[:, None, :]) ** 2
    flat = x.ravel()
    expected = ((flat[:, None] - flat) ** 2).sum() / (45 * 44)
    alpha = 1 - pairs.sum() / (15 * 6) / expected
    ours = rater_agreement(x, coefficient="krippendorff", weights="quadratic")
    assert ours.value == pytest.approx(alpha)


def test_a_common_category_sinks_kappa_and_spares_gwet():
    x = np.zeros((100, 2), dtype=int)
    x[0, 0] = x[1, 1] = 1
    assert rater_agreement(x).value < 0
    assert rater_agreement(x, coefficient="gwet").value > 0.95


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_limits_of_agreement_of_raters(coefficient):
    perfect = rater_agreement([[1, 1, 1], [2, 2, 2], [3, 3, 3]], coefficient=coefficient)
    assert perfect.value == pytest.approx(1)
    assert np.isnan(perfect.low)
    assert "never disagree" in perfect.warnings[0]
    one = rater_agreement([[1, 1], [1, 1], [1, 1]], coefficient=coefficient)
    assert np.isnan(one.value)
    assert "one and the same" in one.warnings[0]
    if coefficient == "gwet":
        named = rater_agreement([[1, 1]] * 3, coefficient=coefficient, labels=[1, 2])
        assert named.value == 1


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_raters_of_patients(coefficient):
    rng = np.random.default_rng(9)
    patient = np.repeat(np.arange(40), 3)
    x = (rng.integers(0, 3, 40)[:, None] + (rng.random((40, 3)) < 0.3)).clip(0, 2)[patient]
    plain = rater_agreement(x, coefficient=coefficient)
    clustered = rater_agreement(x, coefficient=coefficient, cluster=patient)
    assert clustered.value == plain.value
    assert clustered.se == pytest.approx(plain.se * np.sqrt(3 * 119 / 117), rel=0.02)
    assert clustered.pvalue > plain.pvalue
    assert clustered.n_patients == 40
    alone = rater_agreement(x, coefficient=coefficient, cluster=np.arange(120))
    assert alone.se == plain.se
    single = rater_agreement(x, coefficient=coefficient, cluster=np.zeros(120))
    assert np.isnan(single.low)
    assert "one patient" in single.warnings[-1]


def test_subjects_with_too_few_ratings_are_counted():
    x = [[1, 1, None], [2, 1, 2], [None, None, None], [3, None, None], [2, 2, 2], [1, 2, 1]]
    gwet = rater_agreement(x, coefficient="gwet")
    assert (gwet.n, gwet.n_omitted) == (5, 1)
    assert "1 subject(s)" in gwet.warnings[-1]
    alpha = rater_agreement(x, coefficient="krippendorff")
    assert (alpha.n, alpha.n_omitted) == (4, 2)


@pytest.mark.parametrize("coefficient", ["conger", "light"])
def test_complete_ratings_are_needed(coefficient):
    with pytest.raises(InputError, match=r"1 missing rating\(s\) in 1 of 3 subjects"):
        rater_agreement([[1, 2], [1, NAN], [2, 2]], coefficient=coefficient)


@pytest.mark.parametrize(
    "ratings, options, said",
    [
        ([[1, NAN], [NAN, 2], [1, 1]], {}, "holds 1 subject"),
        ([[1, 2], [2, 2]], {"coefficient": "scott"}, "coefficient must be one of fleiss"),
        ([["a", "b"], ["b", "b"]], {"weights": "quadratic"}, "needs the order"),
        (np.zeros((3, 2, 2)), {}, "one row a subject"),
        ([1, 2, 2], {}, "one row a subject"),
        ([[1, 2], [1]], {}, "one row a subject"),
    ],
)
def test_rater_agreement_refuses(ratings, options, said):
    with pytest.raises(InputError, match=said):
        rater_agreement(ratings, **options)


def test_a_data_frame_of_text_is_read():
    frame = pd.DataFrame({"r1": ["yes", "no", "no"], "r2": ["yes", "no", "yes"]})
    assert rater_agreement(frame).labels == ("no", "yes")
    assert rater_agreement(frame.astype("category")).labels == ("no", "yes")
    assert rater_agreement([[True, False], [True, True], [False, False]]).labels == (False, True)


# Bland and Altman


@given(tables(largest=9), st.integers(-5, 5), st.integers(1, 9))
def test_bland_altman_swaps_shifts_and_scales(x, shift, scale):
    a, b = x[:, 0].astype(float), x[:, 1].astype(float)
    one, swapped = bland_altman(a, b), bland_altman(b, a)
    assert swapped.bias.value == pytest.approx(-one.bias.value)
    assert_allclose(
        [swapped.lower_limit.low, swapped.lower_limit.value],
        [-one.upper_limit.high, -one.upper_limit.value],
        rtol=1e-9,
        atol=1e-12,
    )
    moved = bland_altman(scale * a + shift, scale * b + shift)
    assert moved.bias.value == pytest.approx(scale * one.bias.value)
    assert moved.sd == pytest.approx(scale * one.sd)
    assert_allclose(numbers(moved.ccc), numbers(one.ccc), rtol=1e-6, atol=1e-9)
    assert_allclose(numbers(moved.slope), numbers(one.slope), rtol=1e-6, atol=1e-9)


def test_a_concordance_of_exactly_zero_has_its_interval():
    a, b = np.array([0.0, 2, 0, 2, 1]), np.array([0.0, 0, 2, 2, 1])
    none = bland_altman(a, b).ccc
    assert none.value == 0
    assert none.low == pytest.approx(-none.high)
    near = bland_altman(a, b + 1e-9 * a).ccc
    assert_allclose(numbers(near), numbers(none), atol=1e-6)


def test_bland_altman_limits():
    a = np.array([1.0, 2.0, 4.0, 7.0])
    constant = bland_altman(a + 0.1, a)
    assert constant.bias.value == constant.lower_limit.value == constant.upper_limit.value
    assert np.isnan(constant.bias.low)
    assert "same amount" in constant.warnings[0]
    flat = bland_altman([1, 2, 3], [3, 2, 1])
    assert np.isnan(flat.slope.value)
    assert any("no slope" in note for note in flat.warnings)
    equal = bland_altman([2, 2, 2], [2, 2, 2])
    assert np.isnan(equal.ccc.value)
    still = bland_altman([1.0, 2.0, 4.0, 3.0], [2.0, 2.0, 2.0, 2.0])
    assert still.ccc.value == 0
    assert np.isnan(still.ccc.low)


def test_a_bias_that_grows_is_said():
    rng = np.random.default_rng(10)
    true = rng.uniform(5, 30, 60)
    result = bland_altman(1.2 * true + rng.normal(0, 0.5, 60), true)
    assert result.slope.low > 0
    assert any("changes with the size" in note for note in result.warnings)


def test_bland_altman_of_patients():
    rng = np.random.default_rng(11)
    patient = np.repeat(np.arange(40), 4)
    true = rng.uniform(5, 30, 160)
    b = true + rng.normal(0, 1, 40)[patient]
    plain, clustered = bland_altman(true, b), bland_altman(true, b, cluster=patient)
    for name in ("bias", "lower_limit", "upper_limit", "ccc"):
        one, two = getattr(plain, name), getattr(clustered, name)
        assert one.value == two.value
        assert two.high - two.low > 1.3 * (one.high - one.low), name
    alone = bland_altman(true, b, cluster=np.arange(160))
    assert numbers(alone.bias) == numbers(plain.bias)
    single = bland_altman(true, b, cluster=np.zeros(160))
    assert np.isnan(single.bias.low)
    assert "one patient" in single.warnings[-1]


def test_clustered_errors_are_near_the_plain_ones_where_patients_do_not_matter():
    rng = np.random.default_rng(12)
    true = rng.normal(20, 5, 2000)
    a, b = true + rng.normal(0, 1, 2000), true + rng.normal(0.3, 1, 2000)
    plain = bland_altman(a, b)
    clustered = bland_altman(a, b, cluster=np.repeat(np.arange(1000), 2))
    for name in ("bias", "lower_limit", "upper_limit", "slope", "ccc"):
        one, two = getattr(plain, name), getattr(clustered, name)
        assert two.se == pytest.approx(one.se, rel=0.1), name


@pytest.mark.parametrize(
    "a, b, error, said",
    [
        ([1, 2, 3], [1, 2], ShapeError, "a has 3 values but b has 2"),
        ([1, 2], [1, 2], ShapeError, "three or more"),
        ([], [], ShapeError, "hold 0 case"),
        ([1, NAN, 3], [1, 2, 3], InputError, "a has 1 missing or infinite"),
        ([1, 2, 3], [1, 2, np.inf], InputError, "b has 1 missing or infinite"),
        (["x", "y", "z"], [1, 2, 3], InputError, "a must be numeric"),
    ],
)
def test_bland_altman_refuses(a, b, error, said):
    with pytest.raises(error, match=said):
        bland_altman(a, b)


def test_the_plot_shows_cases_limits_and_unit():
    result = bland_altman([12.1, 8.4, 15.0, 9.7], [11.5, 8.9, 14.2, 9.9], unit="mm")
    ax = result.plot(names=("caliper", "contour"))
    assert ax.get_ylabel() == "caliper − contour (mm)"
    assert ax.get_title(loc="left") == "n = 4, 4 patients"
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert np.array_equal(dots.get_ydata(), result.difference)
    heights = {float(line.get_ydata()[0]) for line in ax.lines if line is not dots}
    assert {result.bias.value, result.lower_limit.value, result.upper_limit.value} <= heights
    assert result.plot(ax) is ax
    # without an interval the lines stand without bands
    assert not bland_altman([1, 2, 3], [2, 3, 4]).plot().patches


def test_weighted_results_show_exact_agreement_and_the_unweighted_value():
    a, b = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], [2, 3, 4, 5, 5, 1, 1, 2, 3, 4]
    plain, weighted = kappa(a, b), kappa(a, b, weights="quadratic")
    assert weighted.exact == plain.observed == plain.exact == pytest.approx(0.2)
    assert weighted.unweighted == plain.value == plain.unweighted
    assert "observed agreement with quadratic weights" in weighted.summary()
    assert "exact agreement 20.0 % (2/10), unweighted kappa −0.0" in weighted.summary()
    assert "exact agreement" not in plain.summary()
    assert {"exact", "unweighted"} <= set(weighted.frame())
    ratings = np.stack([a, b], axis=1)
    for coefficient in ("fleiss", "conger", "light", "gwet", "krippendorff"):
        plain = rater_agreement(ratings, coefficient=coefficient)
        for weights in ("linear", "quadratic"):
            found = rater_agreement(ratings, coefficient=coefficient, weights=weights)
            assert found.exact == plain.observed
            assert found.unweighted == plain.estimate
            assert f"observed agreement, {weights} weights" in found.summary()
            assert "exact agreement 20.0 %" in found.summary()
            rows = found.frame().set_index("quantity")
            assert rows.loc["exact agreement", "value"] == pytest.approx(0.2)
            assert rows["weights"].notna().all()


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_a_table_of_numbers_weighs_as_its_vectors_do(weights):
    """Nobody gave a 4: 3 and 5 are two steps apart in both."""
    a = np.array([1, 1, 2, 2, 3, 3, 5, 5, 3, 5, 1, 2, 3, 5, 2, 1, 3, 5, 2, 1, 3, 3])
    b = np.array([1, 2, 2, 2, 3, 5, 5, 5, 3, 3, 1, 2, 5, 5, 2, 1, 3, 5, 3, 1, 3, 2])
    table, vectors = (kappa(*given, weights=weights) for given in ((pd.crosstab(a, b),), (a, b)))
    assert_allclose([table.value, table.se], [vectors.value, vectors.se])
    whole = pd.crosstab(a, b).reindex(index=range(1, 6), columns=range(1, 6), fill_value=0)
    assert_allclose(kappa(whole, weights=weights).value, vectors.value)
