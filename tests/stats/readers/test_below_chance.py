"""A reader or model who ranks against the truth is named in every result, with what to do."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln._door import command_line
from radln.stats import combine_reads, u_statistics
from radln.stats.readers.below_chance import findings, rankings_of
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


# --- calls beside scores ----------------------------------------------------------------------

FLIPPED = READS.assign(call=READS["call"].where(READS["reader"] != "R1", 1 - READS["call"]))


@pytest.mark.parametrize("name", ANALYSES)
def test_calls_turned_round_are_named_though_the_scores_are_right(name):
    study = ReaderStudy.from_frame(FLIPPED, TRUTH, MODEL)
    (note,) = told(ANALYSES[name](study).warnings)
    assert note.startswith("reader R1: the calls go against the truth, though the scores do not")
    assert "half of sensitivity plus specificity, 0.1" in note
    assert "Are the calls turned round (the positive one must be 1" in note


def test_all_calls_turned_round_are_named_together():
    study = ReaderStudy.from_frame(READS.assign(call=1 - READS["call"]), TRUTH, MODEL)
    whole, *each = told(study.warnings)
    assert whole.startswith("the calls of all readers go against the truth")
    assert "positive=" in whole
    assert len(each) == 4
    assert all(note.startswith("reader R") for note in each)


def test_scores_turned_round_with_right_calls_are_named_as_scores():
    wrong = TURNED.assign(call=READS["call"])
    (note,) = told(ReaderStudy.from_frame(wrong, TRUTH).warnings)
    assert note.startswith("reader R1: the AUC of 0.0")


def test_calls_of_no_skill_say_nothing():
    rng = np.random.default_rng(3)
    noise = READS.assign(call=rng.integers(0, 2, len(READS)))
    assert told(ReaderStudy.from_frame(noise, TRUTH).warnings) == []


def test_a_model_of_calls_and_one_with_a_strange_cut_off():
    wrong = MODEL.assign(y_prob=(MODEL["y_prob"] < 0.5).astype(int))
    (note,) = told(ReaderStudy.from_frame(READS, TRUTH, wrong).warnings)
    assert note.startswith("model model: the AUC of ")
    assert "Are the calls turned round" in note
    # the middle of three values is the most often diseased: high values are right, the cut is not
    y = np.arange(400) % 2
    rng = np.random.default_rng(0)
    top, low = rng.random(400) < 0.15, rng.random(400) < 0.8
    values = np.where(y == 1, np.where(top & (rng.random(400) < 0.2), 0.9, 0.5), 0.1)
    values = np.where((y == 0) & top, 0.9, np.where((y == 0) & ~low, 0.5, values))
    truth = pd.DataFrame({"case_id": [f"c{i}" for i in range(400)], "y_true": y})
    score = y + rng.normal(size=400)
    reads = truth.assign(reader="R", score=score).drop(columns="y_true")
    study = ReaderStudy.from_frame(reads, truth, truth[["case_id"]].assign(y_prob=values))
    assert told(study.warnings) == []
    assert told(study.performance(cutoffs={"model": 0.4}, n_resamples=20).warnings) == []
    (note,) = told(study.performance(cutoffs={"model": 0.8}, n_resamples=20).warnings)
    assert note.startswith("model model: the calls go against the truth")


def test_calls_in_arrays_are_looked_at_too():
    y = np.arange(60) % 2
    calls = np.stack([[y, 1 - y]]).astype(float)
    found = u_statistics(y, calls, readers=["a", "b"], modalities=["x"], figure="sensitivity")
    (note,) = told(found.warnings)
    assert note.startswith("reader b: the AUC of 0.00")
    assert "calls turned round" in note


def test_a_second_session_that_is_turned_round_is_a_finding():
    rng = np.random.default_rng(4)
    y = np.arange(60) % 2
    parts = []
    for reader in ("Ann", "Bob"):
        for session in (0, 1):
            score = np.clip(np.round(2.2 + 1.8 * y + 0.8 * rng.normal(size=60)), 1, 5)
            if reader == "Bob" and session:
                score = 6 - score
            part = pd.DataFrame({"case_id": range(60), "reader": reader, "y_true": y})
            parts.append(part.assign(score=score, repeat=session))
    study = ReaderStudy.from_frame(pd.concat(parts, ignore_index=True))
    (found,) = findings(rankings_of(study))
    assert found.startswith("reader Bob in session 2: the AUC of 0.")
    assert found in study.warnings
    called = pd.concat(parts, ignore_index=True)
    called["call"] = (called["score"] >= 4) * 1.0
    turned = (called["reader"] == "Ann") & (called["repeat"] == 1)
    called.loc[turned, "call"] = 1 - called.loc[turned, "call"]
    said = findings(rankings_of(ReaderStudy.from_frame(called)))
    assert any(note.startswith("reader Ann in session 2: the calls go against") for note in said)
