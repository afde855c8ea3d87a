"""U-statistics of readers: every loop by brute force, permutations, designs, refusals."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import auc, u_statistics

NAMES = {"readers": list("abcd"), "modalities": ["old", "new"]}


def partly_crossed(seed, missing=0.3, readers=4, cases=14, modalities=2):
    """Few reads, ties, every reader with both classes in every modality."""
    rng = np.random.default_rng(seed)
    y = np.arange(cases) % 2
    case = rng.standard_normal(cases)
    reader = rng.standard_normal((readers, 1))
    noise = rng.standard_normal((modalities, readers, cases))
    score = np.round(y * 1.5 + case + reader + noise)
    gone = rng.random(score.shape) < missing
    gone[:, :, :4] = False
    score[gone] = np.nan
    return y, score


def kernels(y, score, figure):
    """(modality, reader, cases of the kernel) -> success, one by one."""
    held = []
    for reads in score:
        found = {}
        for r, one in enumerate(reads):
            if figure == "auc":
                for i, j in product(np.flatnonzero(y == 1), np.flatnonzero(y == 0)):
                    if not np.isnan(one[i]) and not np.isnan(one[j]):
                        found[r, i, j] = float(one[i] > one[j]) + 0.5 * float(one[i] == one[j])
            else:
                wanted = int(figure == "sensitivity")
                for i in np.flatnonzero(y == wanted):
                    if not np.isnan(one[i]):
                        found[r, i] = float(one[i] == wanted)
        held.append(found)
    return held


def brute(first, second):
    """Covariance of two means, from a loop over all pairs of kernels: unbiased and plug-in.

    The mean of products over pairs that share nothing estimates the product of expectations.
    """
    pairs = list(product(first.items(), second.items()))
    everything = np.mean([x * z for (_, x), (_, z) in pairs])
    apart = np.mean(
        [x * z for (p, x), (q, z) in pairs if not any(i == j for i, j in zip(p, q, strict=True))]
    )
    axes = len(next(iter(first)))
    plug_in = 0.0
    for same in product((True, False), repeat=axes):
        # as many pairs as share exactly this; the product over all that share at least this
        exact = at_least = total = 0
        for (p, x), (q, z) in pairs:
            shared = tuple(i == j for i, j in zip(p, q, strict=True))
            exact += shared == same
            if all(have or not want for have, want in zip(shared, same, strict=True)):
                at_least += 1
                total += x * z
        if exact:
            plug_in += exact / len(pairs) * total / at_least
    return everything - apart, plug_in - everything


@pytest.mark.parametrize("figure", ["auc", "sensitivity", "specificity"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_variances_equal_the_loops_over_all_pairs_of_reads(figure, seed):
    y, score = partly_crossed(seed, cases=10 if figure == "auc" else 14)
    if figure != "auc":
        score = np.where(np.isnan(score), np.nan, score > 0.5)
    found = u_statistics(y, score, figure=figure, **NAMES)
    old, new = kernels(y, score, figure)
    sums = {}
    for key, (a, b) in {"old": (old, old), "new": (new, new), "both": (old, new)}.items():
        sums[key] = brute(a, b)
    for i, estimator in enumerate(("unbiased", "v-statistic")):
        for name, held in (("old", old), ("new", new)):
            average = found.average(name, estimator=estimator)
            assert average.estimate.value == pytest.approx(np.mean(list(held.values())))
            assert average.variance == pytest.approx(sums[name][i], abs=1e-14)
        expected = sums["old"][i] + sums["new"][i] - 2 * sums["both"][i]
        difference = found.difference("old", "new", estimator=estimator)
        assert difference.variance == pytest.approx(expected, abs=1e-14)


@given(st.integers(0, 10_000), st.floats(0, 0.6), st.sampled_from(["auc", "sensitivity"]))
def test_no_order_matters(seed, missing, figure):
    y, score = partly_crossed(seed, missing)
    if figure != "auc":
        score = np.where(np.isnan(score), np.nan, score > 0.5)
    rng = np.random.default_rng(seed)
    readers, cases = rng.permutation(4), rng.permutation(14)
    found = u_statistics(y, score, figure=figure, **NAMES)
    turned = u_statistics(
        y[cases],
        score[:, readers][:, :, cases],
        figure=figure,
        readers=[NAMES["readers"][i] for i in readers],
        modalities=NAMES["modalities"],
    )
    assert found.frame().equals(turned.frame())
    assert found.components.equals(turned.components)
    mine, other = (
        one.per_reader.sort_values(["modality_a", "modality_b", "reader"])
        for one in (found, turned)
    )
    assert mine.reset_index(drop=True).equals(other.reset_index(drop=True))


@given(st.integers(0, 10_000), st.floats(0, 0.6))
def test_modalities_may_be_exchanged_and_scores_stretched(seed, missing):
    y, score = partly_crossed(seed, missing)
    found = u_statistics(y, score, **NAMES)
    other = u_statistics(
        y, np.exp(score[::-1]), readers=NAMES["readers"], modalities=["new", "old"]
    )
    one, two = found.difference("old", "new"), other.difference("new", "old")
    assert one.estimate.value == -two.estimate.value
    assert one.variance == pytest.approx(two.variance, rel=1e-12)
    np.testing.assert_allclose(
        [one.estimate.low, one.estimate.high, one.pvalue],
        [-two.estimate.high, -two.estimate.low, two.pvalue],
        rtol=1e-9,
    )
    # a lower score for the healthy is a higher one for the ill
    mirrored = u_statistics(1 - y, -score, **NAMES)
    np.testing.assert_allclose(mirrored.frame()["variance"], found.frame()["variance"], rtol=1e-9)


@given(st.integers(0, 10_000))
def test_components_sum_to_the_variance(seed):
    y, score = partly_crossed(seed)
    found = u_statistics(y, score, **NAMES)
    table = found.components.dropna()
    for estimator in ("unbiased", "v-statistic"):
        mine = table[table["estimator"] == estimator]
        mine = mine[(mine["modality_a"] == "old") & (mine["modality_b"] == "old")]
        for decomposition in ("BDG", "BCK"):
            part = mine[mine["decomposition"] == decomposition]
            total = (part["component"] * part["coefficient"]).sum()
            if decomposition == "BDG" or estimator == "unbiased":
                variance = found.average("old", estimator=estimator).variance
                assert total == pytest.approx(variance, abs=1e-13)


@given(st.integers(0, 10_000))
def test_a_reader_alone_is_an_area_or_a_share(seed):
    y, score = partly_crossed(seed, 0.3)
    row = u_statistics(y, score, **NAMES).per_reader.iloc[1]
    read = ~np.isnan(score[0, 1])
    assume(row["variance"] > 0)
    assert row["value"] == pytest.approx(auc(y[read], score[0, 1, read]).value)
    calls = np.where(np.isnan(score), np.nan, score > 0.5)
    share = u_statistics(y, calls, figure="sensitivity", **NAMES).per_reader.iloc[1]
    read &= y == 1
    expected = calls[0, 1, read].mean()
    assert share["value"] == pytest.approx(expected)
    k = read.sum()
    assert share["variance"] == pytest.approx(expected * (1 - expected) / (k - 1))


@pytest.mark.parametrize("seed", range(5))
def test_fully_crossed_shares_are_areas_against_a_cut(seed):
    # a call against a constant is an area: iMRMC's roc2binary
    y, score = partly_crossed(seed, 0)
    calls = (score > 0.5).astype(float)
    found = u_statistics(y, calls, figure="sensitivity", **NAMES).frame()
    cut = u_statistics(y, np.where(y == 1, calls, 0.5), **NAMES).frame()
    np.testing.assert_allclose(found["value"], cut["value"])
    np.testing.assert_allclose(found["variance"], cut["variance"], atol=1e-15)


def test_the_average_weighs_pairs():
    y, score = partly_crossed(3)
    table = u_statistics(y, score, **NAMES).per_reader
    one = table[(table["modality_a"] == "old") & (table["modality_b"] == "")]
    weight = one["n_positive"] * one["n_negative"]
    found = u_statistics(y, score, **NAMES).average("old").estimate.value
    assert found == pytest.approx((one["value"] * weight).sum() / weight.sum())


def test_readers_of_one_modality_each_are_independent_given_the_cases():
    y, score = partly_crossed(4, 0, readers=6, cases=14)
    score[0, 3:], score[1, :3] = np.nan, np.nan
    found = u_statistics(y, score, readers=list("abcdef"), modalities=["old", "new"])
    both = found.components.query("modality_a == 'old' and modality_b == 'new'")
    readers = both[both["term"].isin(["R", "NR", "DR", "RND", "M1", "M2", "M3", "M4"])]
    plain = readers[readers["estimator"] == "unbiased"]
    assert plain["component"].isna().all()
    assert (plain["coefficient"] == 0).all()
    old, new = kernels(y, score, "auc")
    expected = brute(old, old)[0] + brute(new, new)[0] - 2 * brute(old, new)[0]
    difference = found.difference("old", "new")
    assert difference.variance == pytest.approx(expected)
    assert difference.df >= 1
    assert len(found.per_reader) == 6


def test_cases_of_one_reader_each():
    y, score = partly_crossed(5, 0, readers=3, cases=24)
    for reader in range(3):
        score[:, reader, np.arange(24) // 2 % 3 != reader] = np.nan
    found = u_statistics(y, score, readers=list("abc"), modalities=["old", "new"])
    old, _ = kernels(y, score, "auc")
    assert found.average("old").variance == pytest.approx(brute(old, old)[0])
    assert "not fully crossed: 33.3%" in found.summary()
    assert "3 readers say little" in found.summary()


def test_no_case_in_both_modalities():
    y, score = partly_crossed(6, 0, readers=4, cases=24)
    score[0, :, :12], score[1, :, 12:] = np.nan, np.nan
    found = u_statistics(y, score, **NAMES)
    old, new = kernels(y, score, "auc")
    expected = brute(old, old)[0] + brute(new, new)[0] - 2 * brute(old, new)[0]
    assert found.difference("old", "new").variance == pytest.approx(expected)
    table = found.per_reader
    assert (table.loc[table["modality_b"] != "", "n_positive"] == 0).all()


def negative():
    """Readers who disagree perfectly: the difference varies less than by chance."""
    for seed in range(200):
        y, score = partly_crossed(seed, 0.2, cases=12)
        found = u_statistics(y, score, **NAMES)
        if found.difference("old", "new").variance < 0:
            return found
    raise AssertionError


def test_a_negative_variance_is_shown_and_gives_no_interval():
    found = negative()
    difference = found.difference("old", "new")
    assert difference.variance < 0
    assert np.isnan([difference.estimate.low, difference.estimate.se, difference.pvalue]).all()
    other = found.difference("old", "new", estimator="v-statistic")
    assert other.variance > 0
    assert other.estimate.low < other.estimate.value < other.estimate.high
    assert "is negative" in " ".join(found.warnings)
    assert "v-statistic variance" in found.summary()
    assert "no interval" in found.summary()


def test_both_variances_may_be_negative():
    # far from fully crossed, the V-statistic's is no sum of squares
    for seed in range(400):
        y, score = partly_crossed(seed, 0.6, cases=16)
        found = u_statistics(y, score, **NAMES)
        both = [found.average("old", estimator=e) for e in ("unbiased", "v-statistic")]
        if max(average.variance for average in both) < 0:
            assert all(np.isnan(average.estimate.low) for average in both)
            assert "both variances of old are negative" in found.summary()
            return
    raise AssertionError


def test_perfect_readers_have_no_interval():
    y = np.arange(20) % 2
    score = np.broadcast_to(y, (2, 4, 20)) + np.zeros((2, 4, 20))
    found = u_statistics(y, score, **NAMES)
    assert found.average("old").estimate.value == 1
    assert np.isnan(found.average("old").estimate.low)
    assert "hardly vary" in found.summary()


def test_margins_and_sides():
    y, score = partly_crossed(8, 0.1, cases=60)
    two = u_statistics(y, score, **NAMES).difference("old", "new")
    sides = [
        u_statistics(y, score, alternative=side, **NAMES).difference("old", "new").pvalue
        for side in ("less", "greater")
    ]
    assert 2 * min(sides) == pytest.approx(two.pvalue)
    shifted = u_statistics(y, score, alternative="greater", margin=0.1, **NAMES)
    found = shifted.difference("old", "new")
    assert found.statistic == pytest.approx((two.estimate.value + 0.1) / two.estimate.se)
    assert "not worse than b by 0.1" in shifted.summary()
    assert np.isnan(u_statistics(y, score > 1, figure="sensitivity", **NAMES).averages[0].pvalue)


def test_one_modality_alone():
    y, score = partly_crossed(9)
    found = u_statistics(y, score[:1], readers=NAMES["readers"], modalities=["old"])
    assert len(found.frame()) == 2
    assert "Tested" not in found.summary()
    both = u_statistics(y, score, **NAMES)
    assert found.average("old").variance == both.average("old").variance


def test_idle_and_flat_readers_are_named():
    y, score = partly_crossed(10)
    score[0, 0, y == 1] = np.nan
    score[1, 2] = 3
    said = u_statistics(y, score, **NAMES).summary()
    assert "in old, a read no pair of a positive and a negative case" in said
    assert "in new, c gave every case the same score" in said


def test_the_picture_shows_readers_and_the_average():
    y, score = partly_crossed(12, cases=40)
    found = u_statistics(y, score, **NAMES)
    ax = found.plot()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["a", "b", "c", "d", "average (unbiased)"]
    assert ax.get_xlabel() == "AUC, old − new (95 % interval)"
    alone = u_statistics(y, score[:1], readers=NAMES["readers"], modalities=["old"])
    assert alone.plot().get_xlabel().startswith("AUC, old (")
    assert "average (v-statistic)" in [t.get_text() for t in negative().plot().get_yticklabels()]


def test_level_widens():
    y, score = partly_crossed(11, cases=40)
    narrow, wide = (
        u_statistics(y, score, confidence_level=level, **NAMES).average("old").estimate
        for level in (0.8, 0.99)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def refused(error, match, y=None, score=None, **options):
    own = partly_crossed(0)
    y, score = own[0] if y is None else y, own[1] if score is None else score
    with pytest.raises(error, match=match):
        u_statistics(y, score, **{**NAMES, **options})


def test_refusals():
    y, score = partly_crossed(0)
    few = score.copy()
    few[0, 1:] = np.nan
    lone = score.copy()
    lone[0, :, 2:] = np.nan
    absent = score.copy()
    absent[:, 2] = np.nan
    refused(ShapeError, "must be \\(modalities, readers, cases\\)", score=score[0])
    refused(ShapeError, "14 cases", score=score[:, :, :10])
    refused(InputError, "infinite", score=np.where(score > 1, np.inf, score))
    refused(InputError, "numeric", score=np.full((2, 4, 14), "x"))
    refused(InputError, "calls", figure="sensitivity")
    refused(InputError, "figure", figure="kappa")
    refused(InputError, "alternative", alternative="more")
    refused(InputError, "margin", margin=0)
    refused(InputError, "confidence_level", confidence_level=95)
    refused(ShapeError, "readers names 2", readers=["a", "b"])
    refused(InputError, "more than once", readers=["a", "b", "c", "c"])
    refused(InputError, "a name in modalities", modalities=["old", 1])
    refused(InputError, "patient-level jackknife", cluster=np.arange(14) // 2)
    refused(ShapeError, "cluster", cluster=np.arange(3))
    refused(SingleClassError, "both classes", y=np.ones(14))
    refused(InputError, "1 reader\\(s\\) of 'old'", score=few)
    refused(InputError, "c of readers read nothing", score=absent)
    refused(InputError, "no two readers with different cases", score=lone)
    found = u_statistics(y, score, cluster=np.arange(14), **NAMES)
    assert found.n_patients == 14
    with pytest.raises(InputError, match="there are old, new, old − new"):
        found.average("newer")
    with pytest.raises(InputError, match="estimator"):
        found.average("old", estimator="mle")
