"""What stands on the page of a reader study: one interval a quantity, numbers behind shares."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radln._door import command_line
from radln._draw.bars import draw_forest
from radln._draw.readers import draw_readers
from radln._result import Estimate
from radln.stats import ReaderStudy
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import gather
from radln.study.readers.same import Shown, turn
from tests.stats.readers import test_over_folds as folds
from tests.stats.readers.studies import simulated, tables

FEW = ReaderOptions(n_resamples=20)
CUT = replace(FEW, model_threshold=0.5)
COUNTED = re.compile(r"^\d+/\d+ = ")


def without(column, **options):
    reads, truth, model = tables(**options)
    return ReaderStudy.from_frame(reads.drop(columns=column), truth, model)


PAIR = ("with", "without")
STUDIES = {
    "levels": (simulated(readers=7, trainees=3, cases=60, modalities=PAIR), CUT),
    "clustered": (simulated(readers=5, trainees=4, cases=60, per_patient=2), CUT),
    "one level": (simulated(readers=4, cases=60), CUT),
    "no levels": (without("level", readers=5, cases=60, modalities=PAIR), CUT),
    "few readers": (without("level", readers=3, cases=60), CUT),
    "fixed": (simulated(readers=6, trainees=2, cases=60), replace(CUT, readers="fixed")),
    "three": (
        simulated(readers=5, cases=60, modalities=("A", "B", "C")),
        replace(CUT, unaided="A", aided="C"),
    ),
    "primary": (
        simulated(readers=4, cases=60, modalities=("US",)),
        replace(CUT, primary=("R1", "model")),
    ),
    "one": (
        simulated(readers=1, cases=60, modalities=("US",)),
        replace(CUT, primary=("model", "R0")),
    ),
    "scores": (without("call", readers=4, cases=60, modalities=("US",)), FEW),
    "calls": (without("score", readers=4, trainees=2, cases=60), CUT),
    "folds": (ReaderStudy.from_frame(folds.reads(), model=folds.predictions(source="model")), CUT),
    "folds, primary": (
        ReaderStudy.from_frame(folds.reads(), model=folds.predictions(source="model")),
        replace(CUT, primary=("R1", "model")),
    ),
    "holes": (
        ReaderStudy.from_frame(
            tables(readers=4, cases=60)[0].sample(frac=0.8, random_state=1),
            tables(readers=4, cases=60)[1],
        ),
        FEW,
    ),
}


@pytest.fixture(scope="module", params=STUDIES)
def page(request):
    study, options = STUDIES[request.param]
    return study, gather(study, options)


def quantities(study, held):
    """(who, where, what, value) -> the intervals under which it is shown."""
    levels = dict(zip(study.readers, study.levels or study.readers, strict=True))
    everyone = ", ".join(study.readers)
    found = {}

    def add(who, where, what, row):
        key = (who, where, what.removesuffix(" (binary)"), round(row["value"], 9))
        found.setdefault(key, set()).add((round(row["low"], 9), round(row["high"], 9)))

    def of_level(level):
        return ", ".join(r for r in study.readers if levels[r] == level) if level else everyone

    for name, frame in held.frames.items():
        for row in frame.dropna(subset=["low"]).to_dict("records") if "low" in frame else ():
            if name == "performance":
                who = of_level(row["level"]) if row["kind"] == "group" else row["who"]
                add(who, row["modality"], row["metric"], row)
            elif name.startswith("mrmc_") and row["quantity"] == "mean":
                what = name.removeprefix("mrmc_").replace("auc", "AUC")
                add(everyone, row["modality"], what, row)
            elif name.startswith("mrmc_"):
                what = name.removeprefix("mrmc_").replace("auc", "AUC")
                add(row["modality"], row["reader"], what, row)
            elif name == "aided" and row["among"] == "average reader":
                add("C - A", "average", row["figure"], row)
            elif name.startswith("groups_") and row["quantity"] == "mean":
                _, what, where = name.split("_", 2)
                place = next(m for m in study.modalities if m.lower() == where)
                add(of_level(row["group"]), place, what.replace("auc", "AUC"), row)
            elif name.startswith("model_") and name.endswith("_auc"):
                who = {"average reader": everyone}.get(row["quantity"], row["quantity"])
                place = "" if "model" in who else alone(study)
                add(who, place, "AUC", row)
            elif name == "combinations" and row["kind"] == "member":
                place = "" if row["source"] in study.models else alone(study)
                add(row["source"], place, row["metric"].replace("auc", "AUC"), row)
            elif name == "combination_differences":
                add(f"{row['first']} - {row['second']}", "", "AUC", row)
    test = None if held.combined is None else held.combined.primary
    if test is not None:
        gap = test.difference
        sides = {(test.first, test.second): gap, (test.second, test.first): turn(gap)}
        for (first, second), one in sides.items():
            add(f"{first} - {second}", "", "AUC", vars(one))
    return found


def alone(study):
    return "without" if "without" in study.modalities else study.modalities[0]


def test_each_quantity_has_one_interval(page):
    study, held = page
    found = quantities(study, held)
    assert found
    several = {key: ends for key, ends in found.items() if len(ends) > 1}
    assert several == {}


def test_shares_stand_behind_their_numbers(page):
    study, held = page
    shares = ("Sensitivity", "Specificity", "PPV", "NPV", "Accuracy")
    seen = 0
    for section in held.sections:
        for table in section.tables:
            for row in table.rows:
                who = row.get("Who", row.get("Source", ""))
                fitted = section.name == "combinations" and study.call is None
                if who not in (*study.readers, *study.models) or fitted:
                    continue  # the mean over repeats of a cross-fitted call counts nothing
                for cell in (row[head] for head in shares if row.get(head)):
                    if cell != "not estimable" and "no interval" not in cell:
                        seen += 1
                        assert COUNTED.match(cell) or who in study.models, (who, cell)
    assert seen or study.call is None


def test_the_model_stands_in_the_first_table(page):
    study, held = page
    section = next(one for one in held.sections if one.name == "readers")
    first = [row["Who"] for row in section.tables[0].rows]
    assert set(study.models) <= set(first)
    assert all(row.get("AUC") for row in section.tables[0].rows if row["Who"] in study.models)


def test_numbers_are_those_of_the_table():
    study, options = STUDIES["one level"]
    held = gather(study, options)
    section = next(one for one in held.sections if one.name == "readers")
    row = next(row for row in section.tables[1].rows if row["Who"] == "R1")
    calls = study.call[0, 1]
    hits, diseased = int(calls[study.y_true].sum()), int(study.y_true.sum())
    assert row["Sensitivity"].startswith(f"{hits}/{diseased} = {hits / diseased:.2f} (")
    frame = held.frames["performance"]
    own = frame[(frame["who"] == "R1") & (frame["modality"] == "A")].set_index("metric")
    assert own.loc["sensitivity", ["k", "of"]].tolist() == [hits, diseased]
    assert np.isnan(own.loc["f1", "k"])


def test_shares_of_misled_calls_have_their_numbers():
    study, options = STUDIES["levels"]
    held = gather(study, options)
    section = next(one for one in held.sections if one.name == "aided")
    shares = [row for row in section.tables[0].rows if row["Among"] == "all readers"]
    counted = [row["Estimate"] for row in shares if row["Figure"] != "excess"]
    assert len(counted) == 3
    assert all(COUNTED.match(cell) for cell in counted)
    assert re.search(r"\d+/\d+ = \d+\.\d %", section.text[0])


class TestCurves:
    def test_scores_alone_have_the_figure(self):
        study, options = STUDIES["scores"]
        held = gather(study, options)
        section = next(one for one in held.sections if one.name == "readers")
        (figure,) = section.figures
        axes = figure.figure.figure.axes[0]
        labels = [line.get_label() for line in axes.get_lines()]
        shown = [label for label in labels if not label.startswith("_")]
        assert [label.partition(",")[0] for label in shown] == [
            "model", "R0", "R1", "R2", "R3", "average expert",
        ]  # fmt: skip
        assert all(", AUC 0." in label for label in shown[:-1])
        assert "each reader's ROC curve" in figure.caption.replace("E", "e", 1)

    def test_a_reader_s_curve_is_the_empirical_one(self):
        found = without("call", readers=3, cases=60, modalities=("US",)).performance(n_resamples=10)
        fpr, tpr = found.reader_curves["US", "R1"]
        area = found.readers[1].estimates["AUC"].value
        assert np.trapezoid(tpr, fpr) == pytest.approx(area)

    def test_many_readers_share_a_label(self):
        curve = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        lines = {f"R{k}": ("expert", curve) for k in range(12)}
        axes = draw_readers([], [], {}, {"expert": curve}, lines=lines, n=9, n_positive=3)
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert labels == ["expert (n = 12)", "average expert"]


class TestMargin:
    @pytest.mark.parametrize(
        ("alternative", "lines"),
        [("greater", [-0.1]), ("less", [0.1]), ("two-sided", [-0.1, 0.1])],
    )
    def test_lies_where_the_test_is(self, alternative, lines):
        study = simulated(readers=4, cases=60, modalities=("US",))
        options = {"margin": 0.1, "alternative": alternative}
        for axes in (
            study.compare_with_model(**options).plot(),
            study.at_operating_points(n_resamples=20, **options).plot(),
        ):
            dashed = [line for line in axes.get_lines() if line.get_linestyle() == "--"]
            assert [line.get_xdata()[0] for line in dashed] == lines
            assert "dashed: margin" in axes.get_xlabel()
            low, high = axes.get_xlim()
            assert all(low < x < high for x in lines)

    def test_is_not_there_without_need(self):
        axes = simulated(readers=4, cases=60, modalities=("US",)).compare_with_model().plot()
        assert not [line for line in axes.get_lines() if line.get_linestyle() == "--"]
        assert "margin" not in axes.get_xlabel()

    def test_of_u_statistics(self):
        found = simulated(readers=4, cases=60).u_statistics(margin=0.1)
        assert "(dashed: margin, −0.1 and 0.1)" in found.plot().get_xlabel()
        alone = simulated(readers=4, cases=60, modalities=("A",)).u_statistics()
        assert "margin" not in alone.plot().get_xlabel()

    def test_any_forest_may_have_one(self):
        axes = draw_forest(
            ["a"], np.array([0.0]), np.array([-1.0]), np.array([1.0]), xlabel="x", margins=(0.5,)
        )
        assert [line.get_xdata()[0] for line in axes.get_lines() if len(line.get_xdata()) == 2] == [
            0.5
        ]


def test_another_value_is_another_quantity():
    shown = Shown()
    first = shown.same("R0", "US", "AUC", Estimate(0.8, 0.7, 0.9))
    assert shown.same("R0", "US", "AUC", Estimate(0.8, 0.6, 0.95)) == first
    other = Estimate(0.7, 0.6, 0.8)
    assert shown.same("R0", "US", "AUC", other) == other
    gap = shown.gap("model", "R0", "US", Estimate(0.1, 0.0, 0.2))
    assert shown.gap("R0", "model", "US", Estimate(-0.1, -0.3, 0.1)) == turn(gap)
    assert pd.notna(gap.low)


def test_scales_that_overlap_in_part_are_named_beside_the_agreement_on_scores(tmp_path):
    reads, truth, model = tables(readers=3, cases=60, modalities=("US",))
    calls = reads["score"].where(reads["reader"] != "R2", (reads["score"] > 3).astype(int))
    with command_line():
        study = ReaderStudy.from_frame(reads.assign(score=calls), truth, model)
    (section,) = [one for one in gather(study, FEW).sections if one.name == "agreement"]
    (note,) = [note for note in section.notes if "their ranges differ" in note]
    assert "R2 from 0 to 1" in note
    assert "--scale own" in note


def test_what_takes_the_mean_scores_of_a_model_of_folds_says_so_beside_it():
    study, options = STUDIES["folds"]
    sections = {section.name: section for section in gather(study, options).sections}
    first = sections["readers"].tables[0].note
    assert "The AUC of model is a mean within folds, its interval of the way of modelling" in first
    for name, said in (("combinations", "every combination"), ("model-model", "operating points")):
        (note,) = [note for note in sections[name].notes if "out-of-fold scores" in note]
        assert said in note
        assert "what other training patients would have changed" in note
    plain, _ = STUDIES["one level"]
    for section in gather(plain, options).sections:
        assert not any("out-of-fold scores" in note for note in section.notes)


def test_what_is_not_done_has_its_reason():
    reads, truth, model = tables(readers=4, cases=60, modalities=("US",))
    scores = reads.drop(columns="call")
    scores.loc[scores["reader"] == "R0", "score"] = scores["score"].clip(2, 3)
    sections = gather(ReaderStudy.from_frame(scores, truth, model), FEW).sections
    (against,) = [one for one in sections if one.name == "model-model"]
    assert any("Not done: the AUC of the model" in note for note in against.notes)
    own = gather(ReaderStudy.from_frame(scores, truth, model, scale="own"), FEW).sections
    (agreement,) = [one for one in own if one.name == "agreement"]
    assert any("Not done: agreement on the scores" in note for note in agreement.notes)


def test_a_side_without_spread_is_among_the_limits():
    """Readers who separate perfectly: the average has no interval, and says why."""
    reads, truth, model = tables(readers=4, cases=60, modalities=("US",))
    sick = reads["case_id"].map(truth.set_index("case_id")["y_true"])
    perfect = reads.drop(columns=["call", "level"]).assign(score=np.where(sick == 1, 4, 2))
    perfect["score"] += perfect.index // 3 % 2
    held = gather(ReaderStudy.from_frame(perfect, truth, model), FEW)
    said = held.cautions([])
    assert any("one of the two does not vary" in n and "average reader" in n for n in said)
    assert any("no interval for AUC of average reader" in note for note in said)


OF_INTERVALS = re.compile(r"[Ii]ntervals? (are|is) |interval that excludes|with its intervals")


def of_patients(n, **options):
    """Reads with several cases a patient, of so few patients."""
    reads, truth, model = tables(cases=8 * n, readers=4, modalities=PAIR, **options)
    order = dict(zip(truth["case_id"], np.arange(len(truth)) % n, strict=True))
    truth = truth.assign(
        patient_id=truth["case_id"].map(order), y_true=np.arange(len(truth)) // n % 2
    )
    reads = reads.drop(columns="patient_id", errors="ignore")
    return ReaderStudy.from_frame(reads, truth, model.drop(columns="y_true", errors="ignore"))


@pytest.mark.parametrize("trainees", [0, 2])
def test_where_nothing_has_an_interval_nothing_is_said_of_intervals(trainees):
    held = gather(of_patients(3, trainees=trainees), CUT)
    for section in held.sections:
        for text in (*section.text, *(t.note for t in section.tables)):
            assert not OF_INTERVALS.search(text), text
            assert "p-values" not in text and "Wilson" not in text, text
        for figure in section.figures:
            assert not OF_INTERVALS.search(figure.caption), figure.caption
        for table in section.tables:
            assert not any("–" in cell and "(" in cell for r in table.rows for cell in r.values())
    said = held.cautions([])
    assert any("no interval and no p-value: 3 patient(s)" in note for note in said)
    silent = ("is too narrow", "counts as 0", "estimated as negative", "errors are rough")
    assert not any(words in note for note in said for words in silent)


def test_of_enough_patients_all_of_it_is_said():
    held = gather(of_patients(12), CUT)
    notes = [table.note for section in held.sections for table in section.tables]
    assert sum(bool(OF_INTERVALS.search(note)) for note in notes) >= 4
    assert any("not adjusted" in text for section in held.sections for text in section.text)


def test_an_average_without_an_interval_is_no_interval_of_anybody():
    reads, truth, model = tables(readers=4, cases=60, modalities=("US",))
    sick = reads["case_id"].map(truth.set_index("case_id")["y_true"])
    perfect = reads.drop(columns=["call", "level"]).assign(score=np.where(sick == 1, 4, 2))
    perfect["score"] += perfect.index // 3 % 2
    held = gather(ReaderStudy.from_frame(perfect, truth, model), FEW)
    (first,) = (t for t in held.sections[0].tables if t.caption == "Averages and models")
    assert first.note == "The intervals of a model are of the model as it is."
