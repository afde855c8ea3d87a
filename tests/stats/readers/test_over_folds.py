"""A model of out-of-fold predictions beside readers: its folds are used, as in a study's report."""

import numpy as np
import pandas as pd
import pytest

from radln import Predictions, ReaderStudy
from radln.stats import Combination, auc_over_folds, compare_over_folds
from radln.stats.readers.over_folds import LEAVES_OUT, gap_covariance

N, FOLDS, REPEATS = 120, 5, 3
PATIENT = np.arange(N) // 2
Y = np.arange(N) % 3 > 0
RNG = np.random.default_rng(5)
SKILL = RNG.normal(size=N)
READ = np.stack([np.round(3 + Y + 0.5 * SKILL + RNG.normal(size=N)) for _ in range(4)])


def dealt():
    """Folds (n_repeats, n), a patient in one of them, and scores whose level differs by fold."""
    folds = np.stack([RNG.permutation(np.arange(N // 2) % FOLDS)[PATIENT] for _ in range(REPEATS)])
    shift = RNG.normal(size=(REPEATS, FOLDS))
    scores = Y + 0.5 * SKILL + RNG.normal(size=(REPEATS, N))
    return folds, scores + np.take_along_axis(shift, folds, axis=1)


PARTS, SCORES = dealt()
CASES = [f"c{i}" for i in range(N)]


def predictions(scores=SCORES, folds=PARTS, source="net"):
    """As a study writes them."""
    return pd.concat(
        pd.DataFrame(
            {
                "unit_id": CASES,
                "patient_id": [f"p{k}" for k in PATIENT],
                "y_true": Y.astype(int),
                "source": source,
                "repeat": repeat,
                "fold": folds[repeat],
                "y_score": scores[repeat],
            }
        )
        for repeat in range(len(scores))
    )


def reads():
    rows = [
        (case, f"R{r}", READ[r, i], float(READ[r, i] >= 4))
        for r in range(4)
        for i, case in enumerate(CASES)
    ]
    return pd.DataFrame(rows, columns=["case_id", "reader", "score", "call"])


STUDY = ReaderStudy.from_frame(reads(), model=predictions())
AVERAGED = ReaderStudy.from_frame(reads(), model=predictions().drop(columns="fold"))
AREA = auc_over_folds(Y, SCORES, PARTS, cluster=PATIENT)
GAPS = [compare_over_folds(Y, SCORES, row, PARTS, cluster=PATIENT) for row in READ]


def test_the_models_area_is_that_of_a_study():
    (row,) = STUDY.performance(n_resamples=20).model_rows
    found = row.estimates["AUC"]
    assert (found.value, found.low, found.high) == (
        AREA.estimate.value,
        AREA.estimate.low,
        AREA.estimate.high,
    )
    assert "of the way of modelling when trained on 48 of the 60 patients" in found.method
    (plain,) = AVERAGED.performance(n_resamples=20).model_rows
    assert plain.estimates["AUC"].high - plain.estimates["AUC"].low < found.high - found.low
    assert "way of modelling" not in plain.estimates["AUC"].method
    # predictions as an object of the library, and rows in another order
    for given in (
        Predictions.from_frame(predictions()),
        predictions().sample(frac=1, random_state=0),
    ):
        (again,) = (
            ReaderStudy.from_frame(reads(), model=given).performance(n_resamples=20).model_rows
        )
        assert again.estimates["AUC"].value == pytest.approx(found.value)
        assert again.estimates["AUC"].low == pytest.approx(found.low)


def test_the_differences_to_each_reader_are_those_over_folds():
    found = STUDY.compare_with_model()
    for one, gap in zip(found.reader_differences, GAPS, strict=True):
        assert one == gap.difference
    assert found.model_value.value == AREA.estimate.value
    assert found.difference.value == pytest.approx(np.mean([g.difference.value for g in GAPS]))
    assert "means within folds" in found.method


def test_the_sentence_says_what_the_difference_is_taken_from():
    found = STUDY.compare_with_model()
    average = np.mean([gap.auc_b.value for gap in GAPS])
    assert average != pytest.approx(found.reader_average.value, abs=5e-4)  # that of all cases
    assert f"(within folds, where the readers' average is {average:.3f})" in found.summary()
    assert "within folds, where" not in AVERAGED.compare_with_model().summary()


def test_the_variances_of_the_differences_are_those_over_folds():
    spread = gap_covariance(STUDY, "net", READ)
    assert np.sqrt(np.diag(spread)) == pytest.approx([gap.difference.se for gap in GAPS])
    assert (np.linalg.eigvalsh(spread) > 0).all()
    alone = gap_covariance(STUDY, "net", READ[1:2])
    assert alone[0, 0] == pytest.approx(spread[1, 1])


@pytest.mark.parametrize("readers", ["random", "fixed"])
def test_the_average_reader_is_compared_with_the_raised_variance(readers):
    folded, plain = (s.compare_with_model(readers=readers) for s in (STUDY, AVERAGED))
    assert folded.difference.se > 1.1 * plain.difference.se
    assert folded.cov2 > plain.cov2
    fixed = STUDY.compare_with_model(cases="fixed")
    assert any(LEAVES_OUT in note for note in fixed.warnings)


def test_what_takes_the_mean_scores_says_what_it_leaves_out():
    (note,) = [note for note in STUDY.warnings if "out-of-fold" in note]
    assert "of 5 fold models" in note
    assert "of the way of modelling when trained on 48 of the 60 patients" in note
    assert "combinations" in note
    assert "leave out what other training patients would have changed" in note


def test_combinations_show_the_same_area_and_the_same_differences():
    found = STUDY.combine([Combination("mean", ("net", "all readers"))], n_resamples=20)
    own = found.figures.query("source == 'net' and metric == 'auc'").iloc[0]
    assert (own["value"], own["low"]) == (AREA.estimate.value, AREA.estimate.low)
    pairs = found.differences.set_index(["first", "second"])
    for r, gap in enumerate(GAPS):
        row = pairs.loc[(f"R{r}", "net")]
        assert row["value"] == pytest.approx(-gap.difference.value)
        assert row["high"] == pytest.approx(-gap.difference.low)
        assert row["se"] == pytest.approx(gap.difference.se)
    plain = AVERAGED.combine([Combination("mean", ("net", "all readers"))], n_resamples=20)
    untouched = ["R0", "R1"]
    assert (
        pairs.loc[tuple(untouched), "value"]
        == (plain.differences.set_index(["first", "second"]).loc[tuple(untouched), "value"])
    )


@pytest.mark.parametrize("pair", [("net", "R1"), ("R1", "net")])
def test_the_named_comparison_with_a_reader_is_that_over_folds(pair):
    test = STUDY.combine([], primary=pair, n_resamples=20).primary
    sign = 1 if pair[0] == "net" else -1
    assert test.difference.value == pytest.approx(sign * GAPS[1].difference.value)
    assert test.pvalue == GAPS[1].pvalue
    assert "R1 taken as not trained in the folds" in test.method
    assert test.statistic == pytest.approx(sign * GAPS[1].statistic)
    assert {test.value_first, test.value_second} == {GAPS[1].auc_a.value, GAPS[1].auc_b.value}


@pytest.mark.parametrize("on", ["balanced_accuracy", "auc"])
def test_a_named_comparison_that_cannot_take_folds_says_what_it_leaves_out(on):
    mixed = Combination("mean", ("net", "all readers"))
    pair = ("net", "R1") if on != "auc" else (mixed.name, "R1")
    test = STUDY.combine([mixed], primary=pair, primary_on=on, n_resamples=20).primary
    assert any(LEAVES_OUT in note for note in test.warnings)


def test_two_models_on_the_same_folds_are_compared_within_them():
    other = SCORES + np.random.default_rng(1).normal(size=SCORES.shape)
    both = pd.concat([predictions(), predictions(other, source="other")])
    found = ReaderStudy.from_frame(reads(), model=both).combine([], n_resamples=20)
    row = found.differences.set_index(["first", "second"]).loc[("net", "other")]
    gap = compare_over_folds(Y, SCORES, other, PARTS, cluster=PATIENT)
    assert row["value"] == pytest.approx(gap.difference.value)
    assert row["se"] == pytest.approx(gap.difference.se)


def one_class():
    folds = np.tile(np.arange(N), (REPEATS, 1))  # leave one out: no fold has an area
    return predictions(folds=folds).assign(patient_id=CASES * REPEATS)


UNUSABLE = {
    "some cases unread": (reads()[lambda t: t["case_id"] != "c3"], predictions()),
    "one class a fold": (reads(), one_class()),
    "no fold of some": (
        reads(),
        predictions().assign(fold=lambda t: t["fold"].where(t["unit_id"] != "c3")),
    ),
    "a patient in two folds": (
        reads(),
        predictions(folds=np.tile(np.arange(N) % FOLDS, (REPEATS, 1))),
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_folds_that_cannot_be_used_are_named_and_the_rest_is_as_before(name):
    table, model = UNUSABLE[name]
    study = ReaderStudy.from_frame(table, model=model)
    assert not study.folds
    (note,) = [note for note in study.warnings if "out-of-fold" in note]
    assert "as the scores of one finished model and leave out" in note
    plain = ReaderStudy.from_frame(table, model=model.drop(columns="fold"))
    assert study.compare_with_model().difference == plain.compare_with_model().difference


def test_where_reads_are_missing_the_comparison_takes_the_mean_scores():
    holes = reads().drop(index=[3, 7])
    study, plain = (
        ReaderStudy.from_frame(holes, model=model)
        for model in (predictions(), predictions().drop(columns="fold"))
    )
    assert study.compare_with_model().difference == plain.compare_with_model().difference
    assert any("reads that are incomplete" in note for note in study.warnings)
