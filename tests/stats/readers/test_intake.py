"""What comes in: arrays that do not depend on the order of rows, and errors that say what to do."""

import numpy as np
import pandas as pd
import pytest

from radln import Predictions, ReaderStudy
from radln.errors import InputError, LeakageError, SingleClassError
from tests.stats.readers.studies import simulated, tables


def change(table, where, **values):
    table = table.copy()
    for column, value in values.items():
        table.loc[where, column] = value
    return table


READS, TRUTH, MODEL = tables(readers=3, cases=20, modalities=("A",))
FIRST = READS["reader"] == "R0"


def test_arrays_hold_what_the_table_said():
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL)
    assert study.readers == ("R0", "R1", "R2")
    assert study.case_ids[:3] == ("c0", "c1", "c2")
    row = READS[(READS["reader"] == "R1") & (READS["case_id"] == "c11")].iloc[0]
    assert study.score[0, 1, 11] == row["score"]
    assert study.call[0, 1, 11] == row["call"]
    assert study.y_true.tolist() == TRUTH["y_true"].astype(bool).tolist()
    assert study.levels == ("expert",) * 3
    assert study.models["model"][4] == MODEL["y_prob"][4]
    assert "3 reader(s), 20 cases (10 diseased)" in repr(study)


def test_the_order_of_rows_changes_nothing():
    one = ReaderStudy.from_frame(READS, TRUTH, MODEL)
    other = ReaderStudy.from_frame(
        READS.sample(frac=1, random_state=1), TRUTH[::-1], MODEL.sample(frac=1, random_state=2)
    )
    assert one.case_ids == other.case_ids
    np.testing.assert_array_equal(one.score, other.score)
    np.testing.assert_array_equal(one.models["model"], other.models["model"])


def test_numbers_from_a_spreadsheet_are_the_same_labels():
    reads = READS.assign(case_id=READS["case_id"].str[1:].astype(float))
    truth = TRUTH.assign(case_id=TRUTH["case_id"].str[1:].astype(int))
    study = ReaderStudy.from_frame(reads, truth)
    assert study.case_ids[:3] == ("0", "1", "2")


def test_words_need_the_positive_one():
    words = TRUTH.assign(y_true=np.where(TRUTH["y_true"], "malignant", "benign"))
    with pytest.raises(InputError, match=r"names the positive one .*; got benign, mali"):
        ReaderStudy.from_frame(READS, words)
    study = ReaderStudy.from_frame(READS, words, positive="malignant")
    assert study.y_true.sum() == 10


def test_modalities_follow_their_categories():
    reads, truth, _ = tables(modalities=("without", "with"))
    reads["modality"] = pd.Categorical(reads["modality"], ["without", "with"])
    assert ReaderStudy.from_frame(reads, truth).modalities == ("without", "with")
    assert ReaderStudy.from_frame(reads.astype({"modality": str}), truth).modalities == (
        "with",
        "without",
    )


def test_predictions_serve_as_the_model():
    table = TRUTH.rename(columns={"case_id": "unit_id"}).assign(
        patient_id=TRUTH["case_id"], source="net", y_score=MODEL["y_prob"]
    )
    study = ReaderStudy.from_frame(READS, TRUTH, Predictions.from_frame(table))
    np.testing.assert_array_equal(study.models["net"], MODEL["y_prob"])


def test_repeats_are_kept_apart():
    again = READS[FIRST].assign(repeat=2)
    study = ReaderStudy.from_frame(pd.concat([READS.assign(repeat=1), again]), TRUTH)
    score, call = study.again[0]
    np.testing.assert_array_equal(score[0, 0], study.score[0, 0])
    assert np.isnan(call[0, 1]).all()


def test_a_threshold_gives_calls():
    study = ReaderStudy.from_frame(READS.drop(columns="call"), TRUTH, threshold=4)
    np.testing.assert_array_equal(study.call, (study.score >= 4).astype(float))


def test_designs_are_read_off_the_table():
    reads, truth, _ = tables(readers=4)
    assert ReaderStudy.from_frame(reads, truth).design == "factorial"
    odd = reads["reader"].isin(["R0", "R1"])
    split = reads[odd == (reads["case_id"].str[1:].astype(int) < 30)]
    assert ReaderStudy.from_frame(split, truth).design == "partly crossed"
    own = reads.assign(case_id=reads["case_id"] + reads["reader"]).merge(
        truth, on="case_id", how="left"
    )
    own["y_true"] = own["case_id"].str.extract(r"c(\d+)")[0].astype(int) % 2
    assert ReaderStudy.from_frame(own.drop(columns="patient_id")).design == (
        "cases nested in readers"
    )
    own["case_id"] = reads["case_id"] + reads["modality"]
    assert ReaderStudy.from_frame(own.drop(columns="patient_id")).design == (
        "cases nested in modalities"
    )
    apart = reads[(reads["modality"] == "A") == odd]
    assert ReaderStudy.from_frame(apart, truth).design == "readers nested in modalities"


def test_missing_reads_are_counted():
    study = ReaderStudy.from_frame(READS.drop(index=[3, 30]), TRUTH)
    assert any("2 of 60 possible reads" in note for note in study.warnings)
    empty = change(READS, [3], score=np.nan, call=np.nan)
    study = ReaderStudy.from_frame(empty, TRUTH)
    assert any("1 row(s) without score and call" in note for note in study.warnings)


def test_patients_with_several_cases_are_said():
    study = simulated(per_patient=3)
    assert study.cluster is not None
    assert any("20 patient(s) have several cases" in note for note in study.warnings)
    assert simulated().cluster is None


BAD = {
    "a reader with one case": (
        lambda: (pd.concat([READS[~FIRST], READS[FIRST][:1]]), TRUTH),
        r"reader R0 read 1 case only in A; leave the reader out",
    ),
    "truth that differs": (
        lambda: (READS, pd.concat([TRUTH, TRUTH[:1].assign(y_true=1)])),
        r"y_true\) differs between the rows of 1 case\(s\), for example 'c0'",
    ),
    "truth in the reads that differs": (
        lambda: (change(READS.merge(TRUTH), 0, y_true=1), None),
        r"differs between the rows of 1 case",
    ),
    "duplicates": (
        lambda: (pd.concat([READS, READS[:2]]), TRUTH),
        r"2 read\(s\) occur twice, for example case 'c0' by R0; delete the doubles",
    ),
    "a reader without level": (
        lambda: (change(READS, FIRST, level=None), TRUTH),
        r"level is unknown for reader\(s\) R0",
    ),
    "two levels": (
        lambda: (change(READS, [0], level="trainee"), TRUTH),
        r"the level differs between the rows of 1 reader\(s\), for example 'R0'",
    ),
    "a level in two spellings": (
        lambda: (change(READS, FIRST, level="Expert"), TRUTH),
        r"level holds '[Ee]xpert' and '[Ee]xpert'.*capitals",
    ),
    "another scale": (
        lambda: (change(READS, FIRST, score=READS["score"] * 14), TRUTH),
        r"different scales: R0 from 14 to 84, R1 from 1 to 6.*scale=",
    ),
    "constant scores": (
        lambda: (change(READS, FIRST, score=3.0), TRUTH),
        r"reader R0 gave all cases the same score in A",
    ),
    "a case without truth": (
        lambda: (READS, TRUTH[1:]),
        r"1 case\(s\) were read but have no truth, for example 'c0'",
    ),
    "a missing truth": (
        lambda: (READS, change(TRUTH, [0], y_true=np.nan)),
        r"y_true is missing for 1 case",
    ),
    "no columns": (lambda: (READS.drop(columns="reader"), TRUTH), r"lacks the column\(s\) reader"),
    "neither score nor call": (
        lambda: (READS.drop(columns=["score", "call"]), TRUTH),
        r"score or call",
    ),
    "no reads": (lambda: (READS[:0], TRUTH), r"reads is empty"),
    "words for scores": (
        lambda: (READS.astype(object).assign(score="sure"), TRUTH),
        r"score must be numeric, with a decimal point; got 'sure' in 60 row",
    ),
    "an infinite score": (lambda: (change(READS, [0], score=np.inf), TRUTH), r"score is infinite"),
    "half calls": (lambda: (change(READS, [0], call=0.5), TRUTH), r"call must be 0 and 1"),
    "no case name": (lambda: (change(READS, [0], case_id=None), TRUTH), r"case_id is empty in 1"),
    "a blank reader": (lambda: (change(READS, [0], reader=" "), TRUTH), r"reader is empty in 1"),
    "a patient for some": (
        lambda: (change(READS, READS["case_id"] == "c0", patient_id=None), TRUTH),
        r"patient_id is empty in 3",
    ),
    "two patients": (
        lambda: (change(READS, [0], patient_id="p9"), TRUTH),
        r"patient_id\) differs between the rows of 1",
    ),
    "an array": (lambda: (READS.to_numpy(), TRUTH), r"reads must be a pandas table"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused(case):
    make, message = BAD[case]
    with pytest.raises(InputError, match=message):
        ReaderStudy.from_frame(*make())


@pytest.mark.parametrize(("value", "word"), [(0, "free of disease"), (1, "diseased")])
def test_one_class_is_refused(value, word):
    with pytest.raises(SingleClassError, match=f"all 20 cases that were read are {word}"):
        ReaderStudy.from_frame(READS, TRUTH.assign(y_true=value))


def test_options_are_checked():
    with pytest.raises(InputError, match="level 'expert' of reader R0 is unknown; levels are sen"):
        ReaderStudy.from_frame(READS, TRUTH, levels=["senior", "junior"])
    with pytest.raises(InputError, match=r"no column level"):
        ReaderStudy.from_frame(READS.drop(columns="level"), TRUTH, levels=["expert"])
    with pytest.raises(InputError, match=r"outside 1 to 5"):
        ReaderStudy.from_frame(READS, TRUTH, scale=(1, 5))
    with pytest.raises(InputError, match=r"scale must be"):
        ReaderStudy.from_frame(READS, TRUTH, scale=(5, 1))
    with pytest.raises(InputError, match=r"calls of their own"):
        ReaderStudy.from_frame(READS, TRUTH, threshold=4)
    with pytest.raises(InputError, match=r"threshold needs a column score"):
        ReaderStudy.from_frame(READS.drop(columns="score"), TRUTH, threshold=4)
    with pytest.raises(InputError, match=r"threshold must be a number"):
        ReaderStudy.from_frame(READS.drop(columns="call"), TRUTH, threshold="high")
    with pytest.raises(InputError, match=r"columns: rater is unknown"):
        ReaderStudy.from_frame(READS, TRUTH, columns={"rater": "reader"})


def test_own_scales_are_allowed_when_said():
    other = change(READS, FIRST, score=READS["score"] * 14)
    assert ReaderStudy.from_frame(other, TRUTH, scale="own").own_scales
    assert not ReaderStudy.from_frame(other, TRUTH, scale=(0, 100)).own_scales


def test_models_are_checked():
    with pytest.raises(InputError, match=r"y_prob \(a probability\) or y_score"):
        ReaderStudy.from_frame(READS, TRUTH, MODEL[["case_id"]])
    with pytest.raises(InputError, match=r"several values for a case"):
        ReaderStudy.from_frame(READS, TRUTH, pd.concat([MODEL, MODEL]))
    with pytest.raises(InputError, match=r"no value for any case"):
        ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(case_id="x" + MODEL["case_id"]))
    with pytest.raises(InputError, match=r"R0 is both a reader and a model"):
        ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(source="R0"))
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL[3:])
    assert any("model has no value for 3 of 20" in note for note in study.warnings)
    with pytest.raises(InputError, match=r"no value for 3 of 20 cases"):
        study.compare_with_model()
    with pytest.raises(InputError, match=r"holds no model"):
        ReaderStudy.from_frame(READS, TRUTH).compare_with_model()
    two = pd.concat([MODEL.assign(source="a"), MODEL.assign(source="b")])
    with pytest.raises(InputError, match=r"model must be one of a, b; got None"):
        ReaderStudy.from_frame(READS, TRUTH, two).compare_with_model()


def test_a_model_that_was_given_the_reads_is_no_rival():
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL, inputs={"model": ["R1"]})
    with pytest.raises(LeakageError, match=r"given the reads of R1 as predictors"):
        study.compare_with_model()
    with pytest.raises(LeakageError, match=r"R1"):
        study.at_operating_points()
    for inputs in ({"net": ["R1"]}, {"model": ["R9"]}):
        with pytest.raises(InputError, match=r"is no (model|reader) of this study"):
            ReaderStudy.from_frame(READS, TRUTH, MODEL, inputs=inputs)


def test_truth_said_twice_must_agree():
    both = READS.merge(TRUTH)
    assert ReaderStudy.from_frame(both, TRUTH).y_true.sum() == 10
    with pytest.raises(InputError, match=r"differs between the rows of 1 case\(s\), for ex.*'c7'"):
        ReaderStudy.from_frame(change(both, both["case_id"] == "c7", y_true=0), TRUTH)
    unknown = change(both, both["case_id"] == "c7", y_true=np.nan)
    assert ReaderStudy.from_frame(unknown, TRUTH).y_true.sum() == 10


def test_patients_said_twice_must_be_the_same():
    place = {case: k for k, case in enumerate(TRUTH["case_id"])}

    def named(table, size, word):
        return table.assign(patient_id=[f"{word}{place[c] // size}" for c in table["case_id"]])

    reads, truth = READS.drop(columns="patient_id"), named(TRUTH, 2, "p")
    other_names = ReaderStudy.from_frame(reads, truth, named(MODEL, 2, "other "))
    assert np.unique(other_names.patient).size == len(place) // 2
    for size in (1, 4):
        with pytest.raises(
            InputError, match="patient_id of model and of the other tables disagree"
        ):
            ReaderStudy.from_frame(reads, truth, named(MODEL, size, "p"))


def test_a_threshold_must_lie_on_every_own_scale():
    reads = READS.drop(columns="call")
    reads.loc[reads["reader"] == "R2", "score"] = reads["score"] / 10
    with pytest.raises(InputError, match="R2, on an own scale, go from"):
        ReaderStudy.from_frame(reads, TRUTH, scale="own", threshold=4)
    found = ReaderStudy.from_frame(reads, TRUTH, scale="own", threshold=4, cutoffs={"R2": 0.4})
    assert found.call is not None


def test_repeats_without_folds_are_named():
    model = pd.concat([MODEL.assign(repeat=k) for k in (0, 1)])
    found = ReaderStudy.from_frame(READS, TRUTH, model)
    assert any("repeats without their folds" in note for note in found.warnings)


def test_a_column_a_reader_is_answered_with_how_to_turn_it():
    wide = READS.pivot_table(index="case_id", columns="reader", values="score").reset_index()
    with pytest.raises(InputError, match=r"one row a read.*melt\(id_vars='case_id'"):
        ReaderStudy.from_frame(wide, TRUTH)


def test_the_positive_label():
    with pytest.raises(InputError, match=r"positive='0' would turn every figure round"):
        ReaderStudy.from_frame(READS, TRUTH, positive="0")
    for one in ("1", 1, 1.0):
        coded = READS.assign(call=np.where(READS["call"] == 1, 1.0, 2.0))
        study = ReaderStudy.from_frame(coded, TRUTH, positive=one)
        np.testing.assert_array_equal(study.call, ReaderStudy.from_frame(READS, TRUTH).call)
    words = TRUTH.assign(y_true=np.where(TRUTH["y_true"], "malignant", "benign"))
    said = READS.assign(call=np.where(READS["call"] == 1, "suspicious", "clear"))
    with pytest.raises(InputError, match=r"give several where truth and calls use different"):
        ReaderStudy.from_frame(said, words, positive="malignant")
    study = ReaderStudy.from_frame(said, words, positive=("malignant", "suspicious"))
    np.testing.assert_array_equal(study.call, ReaderStudy.from_frame(READS, TRUTH).call)
    for odd in (["malignant", None], {"a": 1}, object()):
        with pytest.raises(InputError, match=r"positive must be a label"):
            ReaderStudy.from_frame(said, words, positive=odd)


def test_sessions_are_counted_within_readers():
    first = READS.assign(repeat=np.where(FIRST, 1, 0))
    study = ReaderStudy.from_frame(first, TRUTH)
    assert not np.isnan(study.score).any()
    assert study.again == ()
    words = pd.Categorical(["first"] * 60, ["first", "again"])
    twice = pd.concat([READS.assign(repeat=words), READS[FIRST].assign(repeat="again", score=1.0)])
    twice["repeat"] = pd.Categorical(twice["repeat"], ["first", "again"])
    study = ReaderStudy.from_frame(twice, TRUTH)
    np.testing.assert_array_equal(study.again[0][0][0, 0], 1.0)


def test_blanks_are_missing():
    text = READS.astype({"score": str, "call": str})
    text.loc[[0, 1], ["score", "call"]] = ["", " "]
    study = ReaderStudy.from_frame(text, TRUTH)
    assert np.isnan(study.score[0, 0, :2]).all()
    assert np.isnan(study.call[0, 0, :2]).all()
    assert ReaderStudy.from_frame(READS.assign(call=""), TRUTH).call is None
    with pytest.raises(InputError, match=r"score and call are empty"):
        ReaderStudy.from_frame(READS.assign(call="", score=np.nan), TRUTH)


def test_odd_labels_have_an_order_and_no_bare_errors():
    names = {"R0": "R1²", "R1": "R01b", "R2": "R1"}
    mixed = READS.replace({"reader": names})
    one = ReaderStudy.from_frame(mixed, TRUTH).readers
    assert one == ReaderStudy.from_frame(mixed[::-1], TRUTH).readers
    with pytest.raises(InputError, match=r"columns must be a dict"):
        ReaderStudy.from_frame(READS, TRUTH, columns=["reader"])
    with pytest.raises(InputError, match=r"no table has a column Radiologe; there are call"):
        ReaderStudy.from_frame(READS, TRUTH, columns={"reader": "Radiologe"})
    wild = READS.assign(case_id=np.where(READS.index == 0, np.inf, 1.0))
    with pytest.raises(InputError, match=r"case_id is infinite"):
        ReaderStudy.from_frame(wild, TRUTH)
    number = READS.assign(case_id=READS["case_id"].str[1:].astype(int).astype(object))
    text = TRUTH.assign(case_id=["00" + name[1:] for name in TRUTH["case_id"]])
    with pytest.raises(InputError, match=r"7, 007 and 7.0 as texts are different"):
        ReaderStudy.from_frame(number, text)
    floats = TRUTH.assign(case_id=TRUTH["case_id"].str[1:].astype(float).astype(object))
    assert ReaderStudy.from_frame(number, floats).case_ids[0] == "0"


def test_models_of_many_kinds():
    with pytest.raises(InputError, match=r"model: y_prob must be numeric, with a decimal point"):
        ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(y_prob="0,5"))
    both = MODEL.assign(y_score=MODEL["y_prob"], y_prob=np.nan)
    study = ReaderStudy.from_frame(READS, TRUTH, both)
    np.testing.assert_array_equal(study.models["model"], MODEL["y_prob"])
    with pytest.raises(InputError, match=r"model: source is empty in 20 row"):
        ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(source=np.nan))


class TestTitles:
    """Columns that differ from ours in capitals, blanks and signs only are ours."""

    TITLES = (
        {"case_id": "Case ID", "reader": "Reader", "score": "Score", "call": "CALL"},
        {"case_id": "caseId", "reader": "READER ", "score": "score", "patient_id": "Patient-ID"},
        {"modality": "Modality", "level": "LEVEL", "case_id": "Case_Id"},
    )

    @pytest.mark.parametrize("titles", TITLES)
    def test_they_are_taken(self, titles):
        plain = ReaderStudy.from_frame(READS, TRUTH, MODEL)
        truth = TRUTH.rename(columns={"case_id": "CASE ID", "y_true": "Y True"})
        model = MODEL.rename(columns={"case_id": "Case ID", "y_prob": "Y_Prob"})
        same = ReaderStudy.from_frame(READS.rename(columns=titles), truth, model)
        for name in ("score", "call", "y_true", "patient"):
            np.testing.assert_array_equal(getattr(plain, name), getattr(same, name))
        assert (plain.levels, plain.modalities) == (same.levels, same.modalities)
        np.testing.assert_array_equal(*(next(iter(s.models.values())) for s in (plain, same)))

    def test_two_of_one_kind_are_refused(self):
        both = READS.assign(Score=1).rename(columns={"score": "SCORE"})
        with pytest.raises(InputError, match=r"'SCORE' and 'Score', which are both named like sco"):
            ReaderStudy.from_frame(both, TRUTH)
        chosen = ReaderStudy.from_frame(both, TRUTH, columns={"score": "SCORE"})
        np.testing.assert_array_equal(chosen.score, ReaderStudy.from_frame(READS, TRUTH).score)

    def test_our_own_title_goes_first(self):
        kept = ReaderStudy.from_frame(READS.assign(Score=1), TRUTH)
        np.testing.assert_array_equal(kept.score, ReaderStudy.from_frame(READS, TRUTH).score)

    def test_percentages_of_a_model_have_their_remedy(self):
        percent = MODEL.assign(y_prob=[f"{100 * v:.1f}%" for v in MODEL["y_prob"]])
        with pytest.raises(InputError, match=r"y_prob must be numeric; got .*percent sign and div"):
            ReaderStudy.from_frame(READS, TRUTH, percent)


def test_no_message_speaks_of_a_modality_that_is_not_there():
    rows = [(f"c{i}", r, 1 + (i + k) % 5, i % 2) for i in range(24) for k, r in enumerate("ABC")]
    table = pd.DataFrame(rows, columns=["case_id", "reader", "score", "y_true"])
    first = table["reader"] == "A"
    flat = table.assign(score=table["score"].where(~first, 3))
    one = table[~first | (table["case_id"] == "c0")]
    for spoilt, said in ((flat, "same score; such"), (one, "1 case only; leave")):
        with pytest.raises(InputError, match=said):
            ReaderStudy.from_frame(spoilt)
        with pytest.raises(InputError, match=said.replace(";", " in US;")):
            ReaderStudy.from_frame(spoilt.assign(modality="US"))
    study = ReaderStudy.from_frame(table)
    assert "on the score, 24 cases" in study.agreement(of="score").summary()
    some = table[~first | (table["y_true"] == 1)]
    with pytest.raises(SingleClassError, match="one class only; leave"):
        ReaderStudy.from_frame(some).performance()
