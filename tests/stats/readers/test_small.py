"""Few cases, no variation, half-read studies: what is said, and what is not said."""

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.stats import ReaderStudy, auc
from radln.stats.readers._inference import bounded, interval, on_logit
from radln.stats.readers._variance import Spread
from tests.stats.readers.studies import simulated, tables


def perfect(readers=4, cases=40):
    reads, truth, model = tables(readers=readers, cases=cases, modalities=("US",))
    y = reads["case_id"].map(truth.set_index("case_id")["y_true"])
    noise = np.arange(len(reads)) % 3
    return reads.assign(score=1 + noise + 4 * y, call=y.astype(float)), truth, model


def test_without_variation_there_is_no_interval():
    study = ReaderStudy.from_frame(*perfect())
    for group in study.performance(n_resamples=5).groups:
        for found in group.estimates.values():
            assert (found.value, np.isnan(found.low)) == (1, True)
    mean = study.mrmc(readers="fixed").means[0]
    assert np.isnan(mean.low)
    assert "no variation, no interval" in mean.method


def test_intervals_stay_on_their_scale():
    wide = Spread(0.25, 2.0)
    found = interval(0.4, wide, 0.95, "difference")
    assert (found.low, found.high) == (-1, 1)
    found = bounded(0.4, wide, 0.95, "figure")
    assert (found.low, found.high) == (0, 1)
    found = on_logit(0.4, wide, 0.95, "figure")
    assert 0 < found.low < 0.4 < found.high < 1


@pytest.mark.parametrize("method", ["mrmc", "compare_groups", "compare_with_model", "performance"])
def test_few_cases_are_said(method):
    reads, truth, model = tables(readers=4, trainees=2, cases=60, modalities=("US",))
    sick = truth.index[truth["y_true"] == 1][8:]
    few = truth.drop(index=sick)
    study = ReaderStudy.from_frame(reads[reads["case_id"].isin(few["case_id"])], few, model)
    found = getattr(study, method)()
    assert any("only 8 diseased case(s)" in note for note in found.warnings)
    patients = simulated(readers=4, trainees=2, cases=60, per_patient=4, modalities=("US",))
    found = getattr(patients, method)()
    assert any("only 15 patient(s) with diseased" in note for note in found.warnings)


def test_a_level_set_by_few_cases_is_not_tested():
    reads, truth, model = tables(readers=4, cases=80, modalities=("US",))
    few = truth.drop(index=truth.index[truth["y_true"] == 1][15:])
    study = ReaderStudy.from_frame(reads[reads["case_id"].isin(few["case_id"])], few, model)
    found = study.at_operating_points(n_resamples=20)
    assert np.isnan([found.pvalue, found.average.low, found.points[0].pvalue]).all()
    assert any("only 15 diseased cases" in note for note in found.warnings)
    other = study.at_operating_points(n_resamples=20, matched_on="specificity")
    assert 0 < other.pvalue <= 1


def test_a_model_is_judged_on_the_cases_of_each_reader():
    reads, truth, model = tables(readers=4, cases=60, modalities=("US",))
    easy = reads["case_id"].str[1:].astype(int) < 30
    half = reads[(reads["reader"] != "R0") | easy]
    study = ReaderStudy.from_frame(half, truth, model)
    found = study.compare_with_model()
    y, score = study.y_true[:30], study.models["model"][:30]
    want = auc(y, score).value - auc(y, study.score[0, 0, :30]).value
    assert found.reader_differences[0].value == pytest.approx(want)
    whole = auc(study.y_true, study.models["model"]).value
    assert found.model_value.value == pytest.approx(whole)
    assert any("on the cases which that reader read" in note for note in found.warnings)


def test_a_binary_model_is_no_rival_of_scores():
    reads, truth, model = tables(readers=4, modalities=("US",))
    yes = model.assign(y_prob=(model["y_prob"] > 0.5).astype(float))
    study = ReaderStudy.from_frame(reads, truth, yes)
    with pytest.raises(InputError, match=r"model has two different values only, a yes or no"):
        study.compare_with_model()
    assert study.compare_with_model(figure="sensitivity").df > 0


def test_scores_of_two_values_are_binary():
    reads, truth, model = tables(readers=4, trainees=2, modalities=("US",))
    study = ReaderStudy.from_frame(reads.assign(score=reads["call"]), truth, model)
    rows = study.performance(n_resamples=5)
    assert all("AUC (binary)" in row.estimates for row in (*rows.readers, *rows.groups))
    for found in (study.mrmc(), study.compare_groups()):
        assert any("a binary one" in note for note in found.warnings)
    assert not any("a binary one" in note for note in study.mrmc(figure="sensitivity").warnings)


def test_readers_alike_beyond_chance_are_said():
    said = [
        note
        for seed in range(20)
        for note in simulated(seed=seed, cases=40).mrmc(figure="sensitivity").warnings
    ]
    assert any("the readers differ less than their errors alone" in note for note in said)
    assert not any(
        "the readers differ less" in note
        for note in simulated(readers=5).mrmc(readers="fixed").warnings
    )


def test_scores_alone_draw_their_curves():
    reads, truth, model = tables(readers=4, modalities=("US",))
    study = ReaderStudy.from_frame(reads.drop(columns="call"), truth, model)
    assert len(study.performance().plot().lines) >= 3


def test_a_study_of_all_cases_missing_for_one_reader_is_refused():
    reads, truth, _ = tables(readers=3, cases=20, modalities=("US",))
    blank = reads.assign(score=reads["score"].where(reads["reader"] != "R0"), call=np.nan)
    study = ReaderStudy.from_frame(pd.DataFrame(blank), truth)
    assert study.readers == ("R1", "R2")
    assert any("20 row(s) without score and call" in note for note in study.warnings)
