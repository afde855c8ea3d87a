"""Numbers over folds and repeats."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln import stats
from radln._result import Estimate
from radln.designs import grouped_folds
from radln.errors import InputError, LeakageError, ShapeError, SingleClassError
from radln.stats import auc, auc_over_folds, compare_auc, compare_over_folds, mean_over_repeats
from tests.stats.calls import ALL_CALLS


def study(seed=0, n_patients=60, n_repeats=3, n_folds=4, effect=1.0):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_patients), rng.integers(1, 4, n_patients))
    y = (rng.random(n_patients) < 0.5)[cluster]
    noise = rng.normal(size=(2, n_repeats, cluster.size)) + rng.normal(size=n_patients)[cluster]
    folds = np.empty((n_repeats, cluster.size), dtype=int)
    for fold in grouped_folds(y, cluster, n_folds=n_folds, n_repeats=n_repeats, seed=seed):
        folds[fold.repeat, fold.test] = fold.fold
    return y, noise + effect * y, folds, cluster


def test_value_and_variance_are_built_from_the_folds():
    y, (a, b), folds, cluster = study()
    result = compare_over_folds(y, a, b, folds, cluster=cluster)
    values, variances = [], []
    for r in range(3):
        parts = [
            compare_auc(y[rows], a[r][rows], b[r][rows], cluster=cluster[rows])
            for rows in (folds[r] == k for k in range(4))
        ]
        values.append(np.mean([p.difference.value for p in parts]))
        variances.append(np.sum([p.difference.se**2 for p in parts]) / 16)
    assert_allclose(result.per_repeat, values, rtol=1e-12)
    assert_allclose(result.difference.value, np.mean(values), rtol=1e-12)
    raised = 2 * (1 - 1 / 4 + 1 / 12)  # 4 folds, 3 repeats
    assert_allclose(result.difference.se, np.sqrt(raised * np.mean(variances)), rtol=1e-12)
    assert result.spread == (min(values), max(values))
    assert_allclose(result.upper_bound, result.difference.high, rtol=1e-12)


def test_one_fold_is_the_plain_area():
    y, (a, b), _, cluster = study()
    fold = np.zeros(y.size)
    plain, over = auc(y, a[0], cluster=cluster), auc_over_folds(y, a[0], fold, cluster=cluster)
    assert_allclose([over.estimate.value, over.estimate.se], [plain.value, plain.se], rtol=1e-12)
    both = compare_auc(y, a[0], b[0], cluster=cluster)
    assert_allclose(
        compare_over_folds(y, a[0], b[0], fold, cluster=cluster).pvalue, both.pvalue, rtol=1e-9
    )


def test_repeating_the_same_repeat_buys_nothing():
    y, (a, b), folds, cluster = study()
    once = compare_over_folds(y, a[0], b[0], folds[0], cluster=cluster)
    tenfold = compare_over_folds(
        y,
        np.tile(a[0], (10, 1)),
        np.tile(b[0], (10, 1)),
        np.tile(folds[0], (10, 1)),
        cluster=cluster,
    )
    assert_allclose(tenfold.pvalue, once.pvalue, rtol=1e-12)
    assert_allclose(tenfold.difference.se, once.difference.se, rtol=1e-12)


@pytest.mark.parametrize("near", [False, True])
def test_of_a_fixed_score_only_the_models_variance_is_raised(near):
    y, (a, b), folds, cluster = study()
    factor = 2 * (1 - 1 / 4 + 1 / 12)
    reader = a[0] + 0.01 * b[0] if near else np.random.default_rng(7).normal(size=y.size)
    cells = [(r, folds[r] == k) for r in range(3) for k in range(4)]
    apart = np.mean(
        [
            compare_auc(y[at], a[r][at], reader[at], cluster=cluster[at]).difference.se ** 2
            for r, at in cells
        ]
    )
    own = np.mean([auc(y[at], a[r][at], cluster=cluster[at]).se ** 2 for r, at in cells])
    assert (apart < own) == near
    raised = factor * apart if near else apart + (factor - 1) * own
    result = compare_over_folds(y, a, reader, folds, cluster=cluster)
    assert_allclose(result.difference.se, np.sqrt(raised / 4), rtol=1e-12)


def test_one_vector_is_fixed_where_the_folds_are_a_table():
    y, (a, _), folds, cluster = study()
    reader = np.random.default_rng(7).normal(size=y.size)
    trained = compare_over_folds(y, a[:1], reader[None], folds[:1], cluster=cluster)
    fixed = compare_over_folds(y, a[:1], reader, folds[:1], cluster=cluster)
    assert fixed.difference.se < trained.difference.se
    both = compare_over_folds(y, a[0], reader, folds[0], cluster=cluster)
    assert both.difference.se == trained.difference.se  # one repeat as vectors: taken as trained


def test_more_repeats_or_folds_change_the_factor_as_derived():
    y, (a, _), folds, cluster = study()
    once = auc_over_folds(y, a[0], folds[0], cluster=cluster)
    plain = [
        auc(y[rows], a[0][rows], cluster=cluster[rows]).se ** 2
        for rows in (folds[0] == k for k in range(4))
    ]
    assert_allclose(once.estimate.se**2, 2 * np.sum(plain) / 16, rtol=1e-12)
    assert once.n_training == 45


def test_repeated_hold_outs():
    y, (a, _), folds, cluster = study(n_repeats=12)
    held_out = np.where(folds == 0, 0.0, np.nan)
    scores = np.where(folds == 0, np.resize(a, folds.shape), np.nan)
    result = auc_over_folds(y, scores, held_out, cluster=cluster)
    parts = [
        auc(y[rows], score[rows], cluster=cluster[rows])
        for score, rows in zip(scores, folds == 0, strict=True)
    ]
    f = np.mean([p.n_patients for p in parts]) / 60
    factor = 2 * f * (1 - f) + (1 - 2 * f * (1 - f)) / 12
    assert_allclose(result.estimate.value, np.mean([p.value for p in parts]), rtol=1e-12)
    assert_allclose(result.estimate.se**2, factor * np.mean([p.se**2 for p in parts]), rtol=1e-12)
    assert "hold-outs" in result.method and not result.warnings
    assert "not checked" in auc_over_folds(y, scores[:3], held_out[:3], cluster=cluster).warnings[0]
    torn = held_out.copy()
    torn[0, np.flatnonzero(folds[0] == 0)[0]] = np.nan
    many = np.bincount(cluster)[cluster[np.flatnonzero(folds[0] == 0)[0]]] > 1
    if many:
        with pytest.raises(LeakageError):
            auc_over_folds(y, scores, torn, cluster=cluster)


def test_a_design_that_no_simulation_looked_at_says_so():
    y, (a, _), folds, cluster = study(n_patients=40)
    assert (
        "40 patients) were not checked" in auc_over_folds(y, a, folds, cluster=cluster).warnings[0]
    )
    y, (a, _), folds, cluster = study()
    assert auc_over_folds(y, a, folds, cluster=cluster).warnings == ()


def test_separated_folds_have_an_interval():
    y, _, folds, cluster = study()
    estimate = auc_over_folds(y, 1.0 * y, folds[0], cluster=cluster).estimate
    assert estimate.value == estimate.high == 1.0
    assert 0.8 < estimate.low < 0.97


def test_models_of_different_folds_need_no_common_scale():
    y, (a, _), folds, cluster = study()
    shifted = a + 100 * folds
    same = auc_over_folds(y, shifted, folds, cluster=cluster)
    assert same.estimate == auc_over_folds(y, a, folds, cluster=cluster).estimate


def test_a_reader_serves_all_repeats():
    y, (a, b), folds, cluster = study()
    reader = b[0]
    result = compare_over_folds(y, a, reader, folds, cluster=cluster)
    tiled = compare_over_folds(y, a, np.tile(reader, (3, 1)), folds, cluster=cluster)
    assert result.pvalue == tiled.pvalue
    assert "interval of the way of modelling when trained on 45 of the 60" in result.summary()
    assert {"repeat_min", "upper_bound"} <= set(result.frame().columns)
    assert len(auc_over_folds(y, a, folds).frame()) == 1
    assert "over 3 repeats" in auc_over_folds(y, a, folds).summary()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_swap_shuffle_and_identity(seed):
    y, (a, b), folds, cluster = study(seed, n_patients=40, n_repeats=2, n_folds=2)
    there = compare_over_folds(y, a, b, folds, cluster=cluster)
    back = compare_over_folds(y, b, a, folds, cluster=cluster)
    assert_allclose(there.statistic, -back.statistic, rtol=1e-9)
    assert_allclose(there.lower_bound, -back.upper_bound, rtol=1e-9)
    order = np.random.default_rng(seed).permutation(y.size)
    mixed = compare_over_folds(
        y[order], a[:, order], b[:, order], folds[:, order], cluster=cluster[order]
    )
    assert_allclose(mixed.pvalue, there.pvalue, rtol=1e-9)
    assert compare_over_folds(y, a, np.exp(a), folds, cluster=cluster).pvalue == 1.0


def test_refusals():
    y, (a, b), folds, cluster = study()
    with pytest.raises(SingleClassError, match="fold 0 tests"):
        auc_over_folds(y, a[0], np.where(y, 0, 1))
    with pytest.raises(LeakageError, match="split patients"):
        auc_over_folds(y, a[0], np.arange(y.size) % 2, cluster=cluster)
    with pytest.raises(ShapeError, match="scores"):
        compare_over_folds(y, a[:2], b, folds)
    with pytest.raises(ShapeError, match="folds"):
        auc_over_folds(y, a[0], folds[:, :-1])
    with pytest.raises(InputError, match="untested"):
        auc_over_folds(y, a[0], np.where(np.arange(y.size) == 7, np.nan, folds[0]))
    with pytest.raises(InputError, match="no case is tested"):
        auc_over_folds(y, a[0], np.full(y.size, np.nan))
    with pytest.raises(ShapeError, match="one design"):
        auc_over_folds(y, a, np.where(np.arange(3)[:, None] == 0, folds // 2, folds))


def test_positives_of_one_patient_in_a_fold_leave_no_interval():
    y = [1, 1, 0, 0, 1, 1, 0, 0]
    patients = ["a", "a", "b", "c", "d", "e", "f", "g"]
    result = auc_over_folds(y, [5, 6, 1, 7, 3, 4, 2, 1], [0] * 4 + [1] * 4, cluster=patients)
    assert np.isnan(result.estimate.low)
    assert any("fewer folds" in note for note in result.warnings)


def test_mean_over_repeats():
    same = [Estimate(0.7, 0.6, 0.8, 0.95, "Wilson", 0.05)] * 5
    mean = mean_over_repeats(same)
    assert_allclose([mean.value, mean.low, mean.high, mean.se], [0.7, 0.6, 0.8, 0.05])
    assert "of these fold models and their cut-offs" in mean.method
    unknown = Estimate(np.nan, np.nan, np.nan)
    assert "5 of 6" in mean_over_repeats([*same, unknown]).method
    assert np.isnan(mean_over_repeats([unknown]).value)
    high = mean_over_repeats([Estimate(1.0, 0.8, 1.0), Estimate(0.9, 0.6, 1.0)])
    assert high.high <= 1.0
    assert high.se is None
    with pytest.raises(InputError, match="empty"):
        mean_over_repeats([])


def test_a_partition_under_other_names_is_one_repeat():
    y, (a, b), folds, cluster = study()
    tiled = [np.tile(scores[0], (3, 1)) for scores in (a, b)]
    renamed = np.stack([(folds[0] + r) % 4 for r in range(3)])
    once = compare_over_folds(y, a[0], b[0], folds[0], cluster=cluster)
    often = compare_over_folds(y, *tiled, renamed, cluster=cluster)
    assert_allclose(often.difference.se, once.difference.se, rtol=1e-12)
    words = renamed.astype(str)
    named = compare_over_folds(y, *tiled, np.char.add("fold ", words), cluster=cluster)
    assert_allclose(named.difference.se, once.difference.se, rtol=1e-12)


def by_pairs(folds):
    """The factor by counting: a pair adds to every repeat that has it in two folds."""
    apart = np.mean([part[:, None] != part for part in folds], axis=0)
    return 2 * np.sum(apart**2) / np.sum(apart)


@pytest.mark.parametrize("moved", [0, 4, 8, 15])
def test_repeats_that_deal_nearly_alike_are_less_than_two(moved):
    y, (a, _), folds, _ = study()
    near = folds[:1].repeat(3, axis=0)
    for repeat, rows in zip((1, 2), (slice(0, moved), slice(moved, 2 * moved)), strict=True):
        near[repeat, rows] = np.roll(near[repeat, rows], 1)
    found = auc_over_folds(y, a, near)
    assert_allclose(found.variance_factor, by_pairs(near), rtol=0.01)
    assert any("nearly alike" in note for note in found.warnings) == (moved > 0)
    assert found.variance_factor > 1.15 * auc_over_folds(y, a, folds).variance_factor


def test_a_mean_of_out_of_fold_scores_beside_repeats_is_a_doubt():
    y, (a, b), folds, cluster = study()
    for mean in (b.mean(axis=0), np.tile(b.mean(axis=0), (3, 1))):
        found = compare_over_folds(y, a, mean, folds, cluster=cluster)
        assert any("mean of out-of-fold predictions" in note for note in found.warnings)
    assert any("mean of" in n for n in auc_over_folds(y, a.mean(axis=0), folds).warnings)
    reads = np.clip(np.round(b[0]), -2, 2)
    assert not compare_over_folds(y, a, reads, folds, cluster=cluster).warnings


def test_what_was_taken_as_not_trained_is_said():
    y, (a, b), folds, cluster = study()
    assert "not trained" not in compare_over_folds(y, a, b, folds, cluster=cluster).method
    assert "b taken as not trained" in compare_over_folds(y, a, b[0], folds, cluster=cluster).method
    both = compare_over_folds(y, a.mean(axis=0), b.mean(axis=0), folds, cluster=cluster)
    assert "interval of the scores as they are" in both.method
    assert any("repeat by repeat" in note for note in both.warnings)
    reader = auc_over_folds(y, b[0], folds, cluster=cluster)
    assert "interval of the scores as they are" in reader.method
    assert reader.variance_factor == 1.0


@pytest.mark.parametrize("mark", [-1, "train", "", "nan", True])
def test_marks_are_no_folds(mark):
    y, (a, _), folds, _ = study()
    given = folds[0] == 0 if mark is True else folds[0].astype(object)
    if mark is not True:
        given[:20] = mark
    with pytest.raises(InputError, match="NaN for a case"):
        auc_over_folds(y, a[0], given)


def test_pairs_of_training_and_test_rows_and_tables_on_their_side_are_answered():
    y, (a, _), folds, _ = study()
    pairs = [(np.flatnonzero(folds[0] != k), np.flatnonzero(folds[0] == k)) for k in range(4)]
    with pytest.raises(ShapeError, match="Number the folds"):
        auc_over_folds(y, a[0], pairs)
    with pytest.raises(ShapeError, match=r"folds\.T"):
        auc_over_folds(y, a.T, folds.T)


def test_folds_unlike_those_of_the_simulation_say_so():
    y, (a, _), _, cluster = study(n_patients=90)
    uneven = np.where(cluster < 65, 0, 1)
    note = auc_over_folds(y, a[0], uneven, cluster=cluster).warnings[0]
    assert "folds of 25 to 65 patients" in note
    few = np.arange(120) % 20 == 0
    found = auc_over_folds(few, np.arange(120.0) % 7, np.arange(120) // 60)
    assert "6 patients of a class" in found.warnings[0]


def test_repeats_in_another_order_are_refused():
    y, (a, _), folds, cluster = study()
    names = ["rep1", "rep10", "rep2"]
    scores, dealt = pd.DataFrame(a, index=names), pd.DataFrame(folds, index=names)
    plain = auc_over_folds(y, a, folds, cluster=cluster)
    assert auc_over_folds(y, scores, dealt, cluster=cluster).value == plain.value
    turned = dealt.loc[["rep1", "rep2", "rep10"]]
    for call in (
        lambda: auc_over_folds(y, scores, turned, cluster=cluster),
        lambda: compare_over_folds(y, scores, turned * 0.1, dealt, cluster=cluster),
    ):
        with pytest.raises(InputError, match=r"a repeat each.*\.loc\[scores"):
            call()
    cases = pd.Series(y, index=[f"c{k}" for k in range(y.size)])
    shuffled = pd.DataFrame(a, columns=cases.index[::-1])
    with pytest.raises(InputError, match=r"scores = scores\[y_true.index\]"):
        auc_over_folds(cases, shuffled, pd.DataFrame(folds, columns=cases.index))


def test_a_model_that_tells_nothing_is_named():
    y, _, folds, cluster = study()
    found = auc_over_folds(y, np.full(folds.shape, 0.3), folds, cluster=cluster)
    assert any("the same for all cases" in note for note in found.warnings)
    assert any("the same for all cases" in note for note in auc(y, np.full(y.size, 3.0)).warnings)


@pytest.mark.parametrize("n_repeats", [10, 20])
def test_independent_hold_outs_are_not_alike(n_repeats):
    y = np.arange(100) % 2
    folds = np.full((n_repeats, 100), np.nan)
    rng = np.random.default_rng(1)
    for row in folds:
        for kind in (0, 1):
            row[rng.choice(np.flatnonzero(y == kind), 10, replace=False)] = 0
    scores = y + rng.normal(size=folds.shape)
    found = auc_over_folds(y, scores, folds)
    assert not found.warnings
    share = 2 * 0.2 * 0.8
    assert_allclose(found.variance_factor, share + (1 - share) / n_repeats)


@pytest.mark.parametrize(
    "name", [name for name in ALL_CALLS if "folds" in ALL_CALLS[name] and name.endswith("_folds")]
)
@pytest.mark.parametrize("half", [0.5, "0.5"])
def test_averaged_folds_are_refused(name, half):
    arguments = ALL_CALLS[name]
    folds = np.array([half if fold else 0 for fold in arguments["folds"]], dtype=object)
    for labels in (folds, folds[None], pd.Series(folds), list(folds)):
        with pytest.raises(InputError, match=r"folds must hold whole numbers; got 0\.5.*averaged"):
            getattr(stats, name)(**{**arguments, "folds": labels})
