"""Options of ``radln readers``: models chosen, readers fixed, cut-offs; messages in its words."""

import re
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import radln.stats
from radln._door import command_line
from radln.errors import InputError, RadlnError
from radln.stats import ReaderStudy
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import ReaderTables, gather, read_study, write_report
from tests.rows import each_row
from tests.stats.readers.studies import simulated, tables
from tests.stats.readers.test_intake import BAD, MODEL, READS, TRUTH
from tests.stats.readers.test_models import predictions

FEW = ReaderOptions(n_resamples=20)
OPTION = re.compile(r"--[a-z-]+ \S+")
PYTHON = re.compile(r"\b[a-z_]+=|\b[a-z]+_[a-z]+\(|\(\)|\{'|\[['\"]")
NAMES = {"from_frame", "n_folds", "n_repeats", "n_resamples", "primary_on", *dir(ReaderStudy)}
NAMES |= set(radln.stats.__all__)


def plain(message):
    """Whether a message speaks of no argument, function or dict of Python."""
    rest = OPTION.sub("", message)
    words = {word for word in re.findall(r"\w+", rest) if "_" in word}
    return not PYTHON.search(rest) and not words & NAMES


@pytest.fixture
def folder(tmp_path):
    READS.drop(columns="patient_id").to_csv(tmp_path / "reads.csv", index=False)
    TRUTH.to_csv(tmp_path / "truth.csv", index=False)
    return tmp_path


class TestSources:
    def study(self, folder, names, **options):
        predictions(sources=names).to_csv(folder / "predictions.csv", index=False)
        return read_study(
            ReaderTables(folder / "reads.csv", model=folder / "predictions.csv", **options)
        )

    def test_a_few_are_all_compared(self, folder):
        assert set(self.study(folder, ("a", "b", "c")).models) == {"a", "b", "c"}

    def test_of_many_the_one_that_a_study_puts_first(self, folder):
        names = ("size_logistic", "combined_xgboost", "combined_logistic", "a", "b")
        study = self.study(folder, names)
        assert set(study.models) == {"combined_logistic"}
        assert "--model holds 5 models, of which combined_logistic is compared" in study.warnings[0]
        assert "with --source: a, b, combined_xgboost, size_logistic." in study.warnings[0]

    def test_of_many_others_some_must_be_named(self, folder):
        with pytest.raises(
            InputError, match=r"holds 5 sources; .* with --source, .*: a, b, c, d, e"
        ):
            self.study(folder, tuple("abcde"))
        assert set(self.study(folder, tuple("abcde"), sources=["b", "d"]).models) == {"b", "d"}

    def test_a_source_that_is_not_there(self, folder):
        with pytest.raises(InputError, match=r"--source nett is not .* \(did you mean 'net'\?\)"):
            self.study(folder, ("net",), sources=["nett"])
        with pytest.raises(InputError, match="--source names models of --model; give that table"):
            read_study(ReaderTables(folder / "reads.csv", folder / "truth.csv", sources=["net"]))

    def test_the_page_says_how_repeats_were_averaged(self, folder):
        page = write_report(self.study(folder, ("net",)), folder / "out", FEW)
        assert "Net: the mean of 2 repeats for every case" in page.read_text(encoding="utf-8")


class TestFixedReaders:
    def test_every_section_takes_them_as_fixed(self):
        study = simulated(readers=6, trainees=3, cases=40, modalities=("A", "B", "C"))
        fixed = gather(study, ReaderOptions(n_resamples=20, readers="fixed"))
        random = gather(study, FEW)
        for name in ("mrmc_auc", "groups_auc_a", "model_model_auc"):
            assert not fixed.frames[name].equals(random.frames[name])
        notes = [table.note for section in fixed.sections for table in section.tables]
        assert not any("readers like these" in note for note in notes)

    def test_only_two_words_are_known(self):
        with pytest.raises(InputError, match="--readers must be one of random, fixed"):
            gather(simulated(readers=4, cases=40), ReaderOptions(readers="all"))
        with pytest.raises(InputError, match="no sample of readers; use --readers fixed"):
            gather(simulated(readers=1, cases=40), ReaderOptions(readers="random"))


class TestModelThreshold:
    @pytest.mark.parametrize("cut", [50, -1])
    def test_a_cut_off_is_on_the_scale_of_the_values(self, cut):
        with pytest.raises(InputError, match=r"--model-threshold is .* divide a percentage by 100"):
            gather(simulated(readers=4, cases=40), ReaderOptions(model_threshold=cut))

    @pytest.mark.parametrize(("cut", "called"), [(1.0, "no case"), (0.0, "every case")])
    def test_one_that_calls_all_alike_is_named(self, cut, called):
        held = gather(simulated(readers=4, cases=40), replace(FEW, model_threshold=cut))
        assert any(f"model calls {called} positive" in note for note in held.cautions([]))

    def test_it_is_of_one_model(self):
        study = simulated(readers=4, cases=40)
        with pytest.raises(InputError, match="is for one model; give it with --model"):
            gather(study.without_models(), ReaderOptions(model_threshold=0.5))
        two = pd.concat([MODEL.assign(source="a"), MODEL.assign(source="b")])
        with pytest.raises(InputError, match="there are a, b: name one with --source"):
            gather(ReaderStudy.from_frame(READS, TRUTH, two), ReaderOptions(model_threshold=0.5))


class TestWords:
    """At the command line no message names an argument of Python, and none in Python an option."""

    REFUSED: ClassVar = {
        "no truth": lambda: ReaderStudy.from_frame(READS),
        "words": lambda: ReaderStudy.from_frame(READS, TRUTH.replace({"y_true": {0: "b", 1: "m"}})),
        "positive 0": lambda: ReaderStudy.from_frame(READS, TRUTH, positive="0"),
        "two positives": lambda: ReaderStudy.from_frame(
            READS, TRUTH.replace({"y_true": {0: "b", 1: "m"}}), positive="x"
        ),
        "a column": lambda: ReaderStudy.from_frame(READS, TRUTH, columns={"reader": "Arzt"}),
        "an odd column": lambda: ReaderStudy.from_frame(READS, TRUTH, columns={"rater": "reader"}),
        "levels": lambda: ReaderStudy.from_frame(READS, TRUTH, levels=["senior"]),
        "no levels": lambda: ReaderStudy.from_frame(
            READS.drop(columns="level"), TRUTH, levels=["senior"]
        ),
        "scale": lambda: ReaderStudy.from_frame(READS, TRUTH, scale=(5.0, 1.0)),
        "outside": lambda: ReaderStudy.from_frame(READS, TRUTH, scale=(1, 2)),
        "a code": lambda: ReaderStudy.from_frame(
            READS.assign(score=np.where(np.arange(len(READS)) % 20 == 3, 99, 1 + READS.index % 5)),
            TRUTH,
        ),
        "a column a reader": lambda: ReaderStudy.from_frame(
            READS[READS["modality"] == READS["modality"].iloc[0]]
            .pivot(index="case_id", columns="reader", values="score")
            .reset_index(),
            TRUTH,
        ),
        "two titles": lambda: ReaderStudy.from_frame(
            READS.assign(Score=1).rename(columns={"score": "SCORE"}), TRUTH
        ),
        "percentages": lambda: ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(y_prob="7 %")),
        "fold labels": lambda: ReaderStudy.from_frame(
            READS, TRUTH, MODEL.assign(fold=["A", "a"] * (len(MODEL) // 2))
        ),
        "threshold": lambda: ReaderStudy.from_frame(READS, TRUTH, threshold=3),
        "cutoffs": lambda: ReaderStudy.from_frame(READS, TRUTH, cutoffs={"R0": 3}),
        "a cutoff": lambda: ReaderStudy.from_frame(
            READS.drop(columns="call"), TRUTH, cutoffs={"R0": 3}
        ),
        "no such reader": lambda: ReaderStudy.from_frame(
            READS.drop(columns="call"), TRUTH, cutoffs={"R9": 3}
        ),
        "no score to cut": lambda: ReaderStudy.from_frame(
            READS.drop(columns="score"), TRUTH, threshold=4
        ),
        "no value": lambda: ReaderStudy.from_frame(READS, TRUTH, MODEL[["case_id"]]),
        "percent": lambda: ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(y_prob=50.0)),
        "twice": lambda: ReaderStudy.from_frame(READS, TRUTH, pd.concat([MODEL, MODEL])),
        "elsewhere": lambda: ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(case_id="x")),
        "inputs": lambda: ReaderStudy.from_frame(READS, TRUTH, MODEL, inputs={"net": ["R1"]}),
        "no model": lambda: ReaderStudy.from_frame(READS, TRUTH).compare_with_model(),
        "no call": lambda: ReaderStudy.from_frame(READS.drop(columns="call"), TRUTH).needed_call(),
        "no score": lambda: ReaderStudy.from_frame(READS.drop(columns="score"), TRUTH).mrmc(),
        **{
            name: lambda make=make: ReaderStudy.from_frame(*make())
            for name, (make, _) in BAD.items()
        },
    }

    @each_row("name", REFUSED)
    def test_refusals(self, name):
        with command_line(), pytest.raises(RadlnError) as refused:
            self.REFUSED[name]()
        if name != "an array":
            assert plain(str(refused.value)), str(refused.value)
        with pytest.raises(RadlnError) as refused:
            self.REFUSED[name]()
        assert "--" not in str(refused.value)

    @staticmethod
    def studies():
        reads, truth, model = tables(readers=4, trainees=2, cases=60)
        yes_no = (reads["score"] >= 4).astype(float)
        yield "crossed", ReaderStudy.from_frame(reads, truth, model)
        yield "calls", ReaderStudy.from_frame(reads.drop(columns="score"), truth, model)
        yield "scores", ReaderStudy.from_frame(reads.drop(columns="call"), truth, model)
        yield "own", ReaderStudy.from_frame(reads, truth, model, scale="own")
        yield "two values", ReaderStudy.from_frame(reads.assign(score=yes_no), truth, model)
        yield "holes", ReaderStudy.from_frame(reads.sample(frac=0.8, random_state=1), truth, model)
        apart = reads["reader"].isin(["R0", "R1"]) == (reads["modality"] == "A")
        yield "nested", ReaderStudy.from_frame(reads[apart], truth, model)
        only = (reads["reader"] != "R0") | (reads["modality"] == "A")
        yield "one less", ReaderStudy.from_frame(reads[only], truth, model)
        odd = reads.assign(call=np.where(reads.index % 7 == 0, 1 - reads["call"], reads["call"]))
        yield "stray calls", ReaderStudy.from_frame(odd, truth, model)
        yield "a binary model", ReaderStudy.from_frame(reads, truth, model.round())
        given = {"inputs": {"model": ["R1"]}}
        yield "inputs", ReaderStudy.from_frame(reads, truth, model, **given)
        few = truth["case_id"].isin([f"c{i}" for i in range(8)])
        yield (
            "few",
            ReaderStudy.from_frame(
                reads[reads["case_id"].isin(truth.loc[few, "case_id"])], truth[few], model
            ),
        )
        pairs = {"modality": {"A": "without", "B": "with"}}
        yield "aided", ReaderStudy.from_frame(reads.replace(pairs), truth, model)
        yield "alone", simulated(readers=1, cases=40, modalities=("US",))

    def test_notes_on_the_page(self):
        for name, study in self.studies():
            held = gather(study, FEW)
            said = [note for section in held.sections for note in section.notes]
            said += held.cautions(study.warnings)
            for note in said:
                assert plain(note), f"{name}: {note}"

    @pytest.mark.parametrize(
        "options",
        [
            {"primary": "model,experts"},
            {"primary": "model,R1"},
            {"primary": "model,nobody"},
            {"primary_on": "f1"},
            {"margin": 2},
            {"readers": "some"},
            {"model_threshold": 9},
        ],
    )
    def test_options(self, options):
        study = dict(self.studies())["inputs"]
        with pytest.raises(RadlnError) as refused:
            gather(study, ReaderOptions(**options))
        assert plain(str(refused.value)), str(refused.value)
