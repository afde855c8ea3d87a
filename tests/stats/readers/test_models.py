"""Tables of models' values: own predictions, repeats, readers, probabilities."""

import numpy as np
import pandas as pd
import pytest

from radln import Predictions, ReaderStudy
from radln._door import command_line
from radln.errors import InputError
from tests.stats.readers.studies import tables

READS, TRUTH, MODEL = tables(readers=3, cases=20, modalities=("A",))
BARE = READS.drop(columns="patient_id")


def predictions(repeats=2, sources=("net",)):
    """Long form, as a study writes it: models with folds and repeats, then the readers."""
    rng = np.random.default_rng(3)
    truth = TRUTH.rename(columns={"case_id": "unit_id"}).assign(
        patient_id=[f"p{i // 2}" for i in range(len(TRUTH))]
    )
    parts = []
    for source in sources:
        for repeat in range(repeats):
            noise = rng.normal(size=len(truth))
            prob = 1 / (1 + np.exp(-(2 * truth["y_true"] - 1 + noise)))
            parts.append(
                truth.assign(
                    source=source, y_score=np.log(prob / (1 - prob)), y_prob=prob, repeat=repeat,
                    fold=np.arange(len(truth)) % 5,
                )
            )  # fmt: skip
    for reader, rows in READS.groupby("reader"):
        score = rows.set_index("case_id")["score"].reindex(truth["unit_id"]).to_numpy()
        parts.append(truth.assign(source=reader, y_score=score, repeat=0))
    return pd.concat(parts, ignore_index=True)


def test_own_predictions_are_taken_as_they_are():
    table = predictions()
    study = ReaderStudy.from_frame(BARE, None, table)
    assert set(study.models) == {"net"}
    assert study.readers == ("R0", "R1", "R2")
    mean = table[table["source"] == "net"].groupby("unit_id")["y_prob"].mean()
    np.testing.assert_allclose(study.models["net"], mean.reindex(study.case_ids), rtol=1e-12)
    assert study.y_true.sum() == 10
    assert study.cluster is not None
    said = " ".join(study.warnings)
    assert "R0, R1, R2: readers, who stand in model too" in said
    assert "net: the mean of 2 repeats for every case (y_prob)." in said
    assert "out-of-fold predictions of 5 fold models" in said


def test_predictions_serve_with_repeats():
    table = predictions()
    study = ReaderStudy.from_frame(BARE, TRUTH, Predictions.from_frame(table))
    np.testing.assert_allclose(
        study.models["net"], ReaderStudy.from_frame(BARE, TRUTH, table).models["net"]
    )


def test_readers_of_another_study_are_left_out_and_named():
    study = ReaderStudy.from_frame(BARE[BARE["reader"] != "R2"], None, predictions())
    assert set(study.models) == {"net"}
    assert any(note.startswith("R2: without fold and probability") for note in study.warnings)


def test_a_model_without_fold_is_still_a_model():
    table = predictions(repeats=1)
    one = table[table["source"] == "net"].drop(columns="fold")
    study = ReaderStudy.from_frame(BARE, None, one)
    assert set(study.models) == {"net"}
    assert not any("repeats" in note for note in study.warnings)


def test_each_source_has_its_own_column():
    two = pd.concat(
        [MODEL.assign(source="a"), MODEL.rename(columns={"y_prob": "y_score"}).assign(source="b")]
    )
    study = ReaderStudy.from_frame(READS, TRUTH, two)
    np.testing.assert_array_equal(study.models["a"], study.models["b"])


def test_incomplete_repeats_are_refused():
    with pytest.raises(InputError, match=r"net has 2 repeats, but 3 case\(s\) lack some"):
        ReaderStudy.from_frame(BARE, None, predictions().drop(index=range(20, 23)))


@pytest.mark.parametrize(("change", "example"), [(lambda p: 100 * p, "5"), (lambda p: p - 0.9, "")])
def test_probabilities_outside_their_range_are_refused(change, example):
    wrong = MODEL.assign(y_prob=change(MODEL["y_prob"]))
    with pytest.raises(InputError, match=r"y_prob must be a probability .* Divide percent"):
        ReaderStudy.from_frame(READS, TRUTH, wrong)
    ReaderStudy.from_frame(READS, TRUTH, wrong.rename(columns={"y_prob": "y_score"}))
    table = predictions()
    table["y_prob"] = change(table["y_prob"])
    with pytest.raises(InputError, match=r"y_prob must lie within \[0, 1\]"):
        Predictions.from_frame(table)


def test_a_model_whose_truth_is_turned_round_is_refused():
    table = predictions()
    with pytest.raises(InputError, match=r"truth and model give 20 of 20 cases opposite outcomes"):
        ReaderStudy.from_frame(BARE, TRUTH, table.assign(y_true=1 - table["y_true"]))
    other = table["y_true"].where(table["unit_id"] != "c7", 0)
    with pytest.raises(InputError, match=r"differs between the rows of 1 case.*'c7'"):
        ReaderStudy.from_frame(BARE, TRUTH, table.assign(y_true=other))


def test_cases_that_do_not_meet_are_shown():
    wrong = predictions().assign(unit_id=lambda t: "p/" + t["unit_id"])
    with pytest.raises(InputError, match=r"model has 'p/c0' \.\.\., the reads have 'c0'"):
        ReaderStudy.from_frame(READS, TRUTH, wrong)


@pytest.mark.parametrize("spelling", [str.upper, lambda c: f"c0{c[1:]}", lambda c: f"c-{c[1:]}"])
def test_cases_of_another_spelling_are_said_where_the_model_alone_knows_the_patients(spelling):
    wrong = predictions().assign(unit_id=lambda t: t["unit_id"].map(spelling))
    said = rf"20 of 20 cases .* the reads have 'c0', model has '{spelling('c0')}' .* the same way"
    wrong = wrong.drop(columns="y_true")
    with pytest.raises(InputError, match=said):
        ReaderStudy.from_frame(BARE, TRUTH, wrong)
    some = wrong["unit_id"].where(wrong["unit_id"].isin([spelling("c3")]), predictions()["unit_id"])
    with pytest.raises(InputError, match=rf"1 of 20 cases .*'c3', model has '{spelling('c3')}'"):
        ReaderStudy.from_frame(BARE, TRUTH, wrong.assign(unit_id=some))


def test_cases_that_the_model_lacks_are_said_where_it_alone_knows_the_patients():
    short = predictions()
    short = short[~short["unit_id"].isin(["c4", "c7"])]
    with pytest.raises(InputError, match=r"model lacks 2 of 20 cases .*'c4'.*patient_id to truth"):
        ReaderStudy.from_frame(BARE, TRUTH, short)
    with (
        command_line(),
        pytest.raises(InputError, match=r"--model lacks 2 .*patient_id to --truth"),
    ):
        ReaderStudy.from_frame(BARE, TRUTH, short)
    patients = TRUTH.assign(patient_id=[f"p{i // 2}" for i in range(20)])
    study = ReaderStudy.from_frame(BARE, patients, short)
    assert any("net has no value for 2 of 20" in note for note in study.warnings)
    own = BARE.assign(patient_id=BARE["case_id"])
    part = own[~own["case_id"].isin(["c4"])]
    whole = TRUTH.merge(part[["case_id", "patient_id"]].drop_duplicates(), how="inner")
    with pytest.raises(InputError, match=r"patient_id is missing for 1 case\(s\).*'c4'"):
        ReaderStudy.from_frame(BARE.merge(TRUTH), whole.drop(columns="y_true").merge(TRUTH))


class TestCutOffs:
    SCORES = READS.drop(columns="call")

    def test_each_reader_may_have_an_own_one(self):
        study = ReaderStudy.from_frame(self.SCORES, TRUTH, threshold=4, cutoffs={"R1": 3})
        cuts = np.array([4, 3, 4])[None, :, None]
        np.testing.assert_array_equal(study.call, (study.score >= cuts).astype(float))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"cutoffs": {"R9": 3}}, r"R9 is no reader of this study; there are R0, R1, R2"),
            ({"cutoffs": {"R1": 3}}, r"names no cut-off of R0, R2; give each reader one, or thr"),
            ({"cutoffs": {"R1": "3"}, "threshold": 4}, r"cutoffs of R1 must be a number"),
            ({"cutoffs": [3, 4, 5]}, r"cutoffs must be a dict"),
            (
                {"cutoffs": {"R1": 40}, "threshold": 4},
                r"R1 among them, go from 1 to 6, so that none",
            ),
            ({"threshold": 40}, r"scores of any reader go from 1 to \d, so that none reaches"),
            ({"threshold": 1}, r"so that all reach the cut-off of 1"),
        ],
    )
    def test_cut_offs_are_checked(self, options, message):
        with pytest.raises(InputError, match=message):
            ReaderStudy.from_frame(self.SCORES, TRUTH, **options)

    def test_a_reader_may_call_nothing(self):
        high = self.SCORES["score"].max()
        study = ReaderStudy.from_frame(self.SCORES, TRUTH, threshold=4, cutoffs={"R1": high})
        assert study.call[0, 1].mean() < 0.5

    def test_calls_count_where_there_are_some(self):
        with pytest.raises(InputError, match=r"calls of their own; leave cutoffs out"):
            ReaderStudy.from_frame(READS, TRUTH, cutoffs={"R0": 4, "R1": 4, "R2": 4})


class TestScales:
    @staticmethod
    def scored(change):
        return READS.assign(score=READS["score"].where(READS["reader"] != "R0", change))

    def test_whole_numbers_that_overlap_are_one_scale(self):
        table = self.scored(READS["score"] * 4)  # 4 to 24, beside 1 to 6
        study = ReaderStudy.from_frame(table, TRUTH)
        assert not study.own_scales
        assert any("taken to be of one scale" in note for note in study.warnings)
        assert not any(
            "one scale" in note
            for note in ReaderStudy.from_frame(table, TRUTH, scale=(0, 100)).warnings
        )

    @staticmethod
    def three(low_high, n=60, seed=0):
        """Three readers, each with whole scores of an own range."""
        rng = np.random.default_rng(seed)
        rows = [
            (f"c{i}", f"R{r}", rng.integers(low, high + 1), i % 2)
            for r, (low, high) in enumerate(low_high)
            for i in range(n)
        ]
        return pd.DataFrame(rows, columns=["case_id", "reader", "score", "y_true"])

    @pytest.mark.parametrize(
        "ranges",
        [
            [(1, 5), (0, 10), (0, 1)],
            [(1, 5), (1, 5), (0, 1)],
            [(1, 5), (1, 5), (1, 10)],
            [(1, 5), (1, 5), (0, 4)],
        ],
    )
    def test_scales_that_overlap_in_part_are_named(self, ranges):
        table = self.three(ranges)
        study = ReaderStudy.from_frame(table)
        (note,) = [note for note in study.warnings if "scale" in note]
        for r, (low, high) in enumerate(ranges):
            assert f"R{r} from {low} to {high}" in note
        assert "a common cut-off" in note
        assert "quadratic weights have no meaning" in note
        assert 'scale="own"' in note
        assert note in study.agreement(of="score").warnings
        assert not ReaderStudy.from_frame(table, scale=(0, 10)).warnings
        assert not ReaderStudy.from_frame(table, scale="own").warnings

    def test_another_scale_in_another_modality_is_named(self):
        one, other = (self.three([(1, 5), (1, high)], seed=high) for high in (5, 10))
        table = pd.concat([one.assign(modality="US"), other.assign(modality="CT")])
        (note,) = [note for note in ReaderStudy.from_frame(table).warnings if "scale" in note]
        assert "R1 in CT from 1 to 10" in note
        assert "R1 in US from 1 to 5" in note

    def test_readers_who_spare_an_end_of_one_scale_are_not_named(self):
        for ranges in (
            [(1, 5), (1, 5), (1, 4)],
            [(1, 5), (2, 5), (1, 4)],
            [(0, 100), (3, 96)],
            [(0, 5), (1, 5)],
        ):
            assert not ReaderStudy.from_frame(self.three(ranges)).warnings
        few = self.three([(1, 5), (1, 5), (2, 4)], n=6, seed=1)  # chance may have spared them
        assert not [n for n in ReaderStudy.from_frame(few).warnings if "scale" in n]

    @pytest.mark.parametrize("change", [READS["score"] * 14, READS["score"] * 4.5])
    def test_scales_apart_or_with_fractions_are_refused(self, change):
        with pytest.raises(InputError, match="readers seem to score on different scales: R0 from"):
            ReaderStudy.from_frame(self.scored(change), TRUTH)


def test_cut_offs_of_models_are_on_their_scale():
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL)
    calls = (
        lambda: study.performance(cutoffs={"model": 50}),
        lambda: study.compare_with_model(figure="sensitivity", threshold=50),
        lambda: study.combine([], cutoffs={"model": 50}),
    )
    for call in calls:
        with pytest.raises(InputError, match=r"is 50, but the values of model lie within 0 and 1"):
            call()
    with pytest.raises(InputError, match=r"cutoffs names 'net', which is no model; there are mod"):
        study.performance(cutoffs={"net": 0.5})
    found = study.performance(cutoffs={"model": 1.0}, n_resamples=10)
    assert any("model calls no case positive" in note for note in found.warnings)


@pytest.mark.parametrize("column", ["fold", "repeat"])
def test_averaged_folds_and_repeats_are_refused(column):
    table = predictions()
    models = table["source"] == "net"
    table[column] = table[column].astype(float) + np.where(models, 0.5, 0)
    said = rf"{column} must hold whole numbers; got .*averaged over repeats.*radln averages"
    with pytest.raises(InputError, match=f"model: {said}"):
        ReaderStudy.from_frame(BARE, TRUTH, table)
    with pytest.raises(InputError, match=f"predictions: {said}"):
        Predictions.from_frame(table)


def test_sessions_of_readers_have_whole_numbers():
    with pytest.raises(InputError, match=r"reads: repeat must hold whole numbers; got 0\.5"):
        ReaderStudy.from_frame(READS.assign(repeat=0.5), TRUTH)


def test_columns_of_other_names_are_answered():
    other = MODEL.rename(columns={"y_prob": "probability"})
    with pytest.raises(InputError, match=r"found case_id, probability\. Say .*y_prob"):
        ReaderStudy.from_frame(READS, TRUTH, other)
    study = ReaderStudy.from_frame(READS, TRUTH, other, columns={"y_prob": "probability"})
    assert set(study.models) == {"model"}
    with pytest.raises(InputError, match=r"y_score, y_prob, source\. Our name comes") as e:
        ReaderStudy.from_frame(READS, TRUTH, columns={"Reader": "reader"})
    assert 'columns={"reader": "Reader"}' in str(e.value)
    with command_line(), pytest.raises(InputError, match="--column reader=Reader"):
        ReaderStudy.from_frame(READS, TRUTH, columns={"Reader": "reader"})
