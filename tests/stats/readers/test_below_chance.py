"""A reader or model who ranks against the truth is named in every result, with what to do."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln._door import command_line
from radln.stats import combine_reads, u_statistics
from tests.stats.readers.studies import tables

READS, TRUTH, MODEL = tables(readers=4, cases=60, modalities=("A",), gains={"A": 3})
TURNED = READS.assign(
    score=READS["score"].where(READS["reader"] != "R1", 8 - READS["score"]),
    call=READS["call"].where(READS["reader"] != "R1", 1 - READS["call"]),
)
ANALYSES = {
    "performance": lambda study: study.performance(n_resamples=20),
    "agreement": lambda study: study.agreement(of="score"),
    "mrmc": lambda study: study.mrmc(),
    "standalone": lambda study: study.compare_with_model(),
    "points": lambda study: study.at_operating_points(n_resamples=20),
    "u": lambda study: study.u_statistics(),
    "combine": lambda study: study.combine([], n_resamples=20),
}


def told(warnings):
    return [note for note in warnings if "against the truth" in note]


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_names_the_reader_once(name):
    study = ReaderStudy.from_frame(TURNED, TRUTH, MODEL)
    (note,) = told(ANALYSES[name](study).warnings)
    assert note.startswith("reader R1: the AUC of 0.0")
    assert "6 minus the score on a scale from 1 to 5" in note


def test_nobody_is_named_without_need():
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL)
    assert told(study.warnings) == []
    for analysis in ANALYSES.values():
        assert told(analysis(study).warnings) == []


def test_a_model_is_named():
    wrong = MODEL.assign(y_prob=1 - MODEL["y_prob"])
    (note,) = told(ReaderStudy.from_frame(READS, TRUTH, wrong).warnings)
    assert note.startswith("model model: the AUC of 0.")
    assert "1 minus a probability" in note


def test_all_of_them_speak_for_a_truth_turned_round():
    study = ReaderStudy.from_frame(READS, TRUTH.assign(y_true=1 - TRUTH["y_true"]), MODEL)
    whole, *each = told(study.warnings)
    assert whole.startswith("all readers and all models rank against the truth (AUC 0.0")
    assert "the truth is probably turned round" in whole
    assert "positive=" in whole
    assert len(each) == 5
    with command_line():
        study = ReaderStudy.from_frame(READS, TRUTH.assign(y_true=1 - TRUTH["y_true"]), MODEL)
    assert "--positive" in told(study.warnings)[0]


def test_calls_alone_have_their_own_remedy():
    study = ReaderStudy.from_frame(TURNED.drop(columns="score"), TRUTH)
    (note,) = told(study.warnings)
    assert "Are the calls turned round (the positive one must be 1" in note


def test_an_interval_that_reaches_chance_says_nothing():
    rng = np.random.default_rng(0)
    noise = READS.assign(score=rng.integers(1, 6, len(READS)))
    assert told(ReaderStudy.from_frame(noise.drop(columns="call"), TRUTH).warnings) == []


def test_arrays_are_looked_at_too():
    y = np.arange(60) % 2
    rng = np.random.default_rng(1)
    scores = np.stack([[2 * y + rng.normal(size=60), -2 * y + rng.normal(size=60)]])
    found = u_statistics(y, scores, readers=["a", "b"], modalities=["x"])
    (note,) = told(found.warnings)
    assert note.startswith("reader b")
    members = {"model": scores[0, 0], "expert": scores[0, 1]}
    (note,) = told(combine_reads(y, members, n_resamples=20).warnings)
    assert note.startswith("member expert")


def test_several_modalities_say_where():
    other = pd.concat([READS, TURNED.assign(modality="B")])
    (note,) = told(ReaderStudy.from_frame(other, TRUTH).warnings)
    assert note.startswith("reader R1 in B: ")
