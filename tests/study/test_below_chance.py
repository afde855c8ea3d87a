"""Findings on the page: who ranks against the truth, in a reader study and in a study."""

from dataclasses import replace

import numpy as np
import pandas as pd

from radln._door import command_line
from radln.report.below_chance import below_chance
from radln.stats import ReaderStudy
from radln.study.publish import page_results
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import gather, write_report
from tests.stats.readers.studies import tables
from tests.stats.readers.test_below_chance import FLIPPED, MODEL, READS, TRUTH, TURNED

FEW = ReaderOptions(n_resamples=20)


def test_the_page_begins_with_what_is_wrong(tmp_path):
    study = ReaderStudy.from_frame(TURNED, TRUTH, MODEL)
    page = write_report(study, tmp_path, FEW).read_text(encoding="utf-8")
    assert page.index("Mend this first") < page.index("Who said what")
    assert page.count("Reader R1: the AUC of") == 1  # not among the limits again
    table = pd.read_csv(tmp_path / "tables" / "findings.csv")
    assert table[["who", "kind"]].to_numpy().tolist() == [["R1", "reader"]]
    assert table["high"].item() < 0.5
    assert "6 minus the score" in table["finding"].item()


def test_the_page_begins_with_calls_that_are_turned_round(tmp_path):
    with command_line():
        study = ReaderStudy.from_frame(FLIPPED, TRUTH, MODEL)
    page = write_report(study, tmp_path, FEW).read_text(encoding="utf-8")
    assert page.index("Mend this first") < page.index("Who said what")
    said = "Reader R1: the calls go against the truth, though the scores do not"
    assert page.count(said) == 1
    table = pd.read_csv(tmp_path / "tables" / "findings.csv")
    assert table[["who", "kind"]].to_numpy().tolist() == [["R1", "reader"]]
    assert table["high"].item() < 0.5
    assert "--positive" in table["finding"].item()


def test_a_cut_off_with_which_the_model_goes_against_the_truth_is_on_top(tmp_path):
    y = TRUTH["y_true"].to_numpy()
    high = np.where(y == 1, 0.5, np.where(np.arange(60) % 3 == 0, 0.9, 0.1))  # AUC above 0.5
    study = ReaderStudy.from_frame(READS, TRUTH, MODEL.assign(y_prob=high))
    assert "findings" not in gather(study, replace(FEW, model_threshold=0.4)).frames
    page = write_report(study, tmp_path, replace(FEW, model_threshold=0.8)).read_text("utf-8")
    assert page.count("Model model: the calls go against the truth") == 1


def test_nothing_wrong_is_not_mentioned():
    held = gather(ReaderStudy.from_frame(READS, TRUTH, MODEL), FEW)
    assert "findings" not in [section.name for section in held.sections]
    assert "findings" not in held.frames


def test_a_truth_turned_round_is_said_on_the_page(tmp_path):
    reads, truth, model = tables(readers=4, cases=60, gains={"A": 3, "B": 3})
    study = ReaderStudy.from_frame(reads, truth.assign(y_true=1 - truth["y_true"]), model)
    page = write_report(study, tmp_path, FEW).read_text(encoding="utf-8")
    assert "All readers and all models rank against the truth" in page
    assert "--positive" in page


class TestStudy:
    AUCS = pd.DataFrame(
        {
            "source": ["size_logistic", "expert_1", "expert_2"],
            "kind": ["model", "reader", "reader"],
            "value": [0.7, 0.2, 0.5],
            "low": [0.6, 0.1, 0.3],
            "high": [0.8, 0.3, 0.7],
        }
    )

    def test_one_that_lies_below(self):
        found = below_chance(self.AUCS)
        assert len(found) == 1
        assert "reader expert_1 ranks against the truth: its AUC of 0.20 (0.10–0.30)" in (
            found["message"].item()
        )
        assert "data.positive" in found["remedy"].item()

    def test_all_of_them(self):
        found = below_chance(self.AUCS.assign(high=0.4))
        assert len(found) == 4
        assert "The truth is probably turned round" in found["remedy"][0]

    def test_none(self):
        assert below_chance(self.AUCS[::2]).empty

    def test_the_report_holds_the_finding(self, result):
        aucs = result.evaluation.aucs
        turned = replace(result, evaluation=replace(result.evaluation, aucs=aucs.assign(high=0.4)))
        found = page_results(turned).record.findings
        assert found["code"].iloc[0] == "auc_below_chance"
        assert len(found) > len(aucs)
