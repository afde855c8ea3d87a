"""From tables of reads to a page: everything that can be done is done, the rest says why not."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from radln._draw.readers import ReaderPoint, draw_readers
from radln.errors import InputError
from radln.report.chapter import Chapter, Section, ShownFigure
from radln.report.html import drawn
from radln.stats import ReaderStudy
from radln.study.readers.content import Gathered, ReaderOptions, slugs
from radln.study.readers.named import checked
from radln.study.readers.report import ReaderTables, gather, read_study, write_report
from radln.study.readers.sheet import KEY, collect_sheets, write_sheets
from tests.stats.readers.studies import simulated, tables

WITH_TRUTH = ("--truth", "truth.csv", "--model", "model.csv")
FEW = ReaderOptions(n_resamples=20, model_threshold=0.5)
NO_CUT = ReaderOptions(n_resamples=20)  # several models, or none


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("readers")
    names = ("reads", "truth", "model")
    options = {"readers": 4, "trainees": 2, "modalities": ("with", "without"), "cases": 40}
    for name, table in zip(names, tables(**options), strict=True):
        table.to_csv(out / f"{name}.csv", index=False)
    return out


def test_the_report_holds_every_part(folder):
    study = read_study(
        ReaderTables(folder / "reads.csv", folder / "truth.csv", folder / "model.csv")
    )
    page = write_report(study, folder / "out", FEW).read_text(encoding="utf-8")
    for title in ("Who said what", "Agreement", "Levels of experience", "Model against the"):
        assert title in page
    assert "With against without" in page
    assert "Modalities compared" not in page  # said once, as what the model gives
    assert 'src="http' not in page
    assert 'href="http' not in page
    names = {path.stem for path in (folder / "out" / "tables").glob("*.csv")}
    assert {"performance", "aided", "aided_changes", "model_model_auc"} <= names
    drawn = {path.name for path in (folder / "out" / "figures").iterdir()}
    assert {"aided.svg", "aided.png", "roc_with.svg"} <= drawn


def test_no_case_and_no_patient_is_named(folder):
    study = simulated(readers=4, cases=40, per_patient=2)
    page = write_report(study, folder / "anonymous", FEW).read_text(encoding="utf-8")
    for name in ("c17", "p11"):
        assert f">{name}<" not in page
    for path in (folder / "anonymous" / "tables").glob("*.csv"):
        assert "p11" not in path.read_text(encoding="utf-8")


def test_the_same_study_gives_the_same_page(folder):
    study = simulated(readers=4, cases=40)
    one = write_report(study, folder / "one", FEW).read_bytes()
    assert write_report(study, folder / "two", FEW).read_bytes() == one


def test_names_that_differ_in_signs_have_files_of_their_own(tmp_path):
    study = simulated(readers=4, trainees=2, cases=40, modalities=("CAD-", "CAD+"))
    extra = {"A B": study.models["model"], "A-B": -study.models["model"]}
    write_report(replace(study, models=extra), tmp_path, NO_CUT)
    names = {path.name for path in tmp_path.rglob("*.*")}
    assert {"roc_cad.svg", "roc_cad-2.svg", "reads_cad.svg", "reads_cad-2.svg"} <= names
    assert {"agreement_call_cad.csv", "agreement_call_cad-2.csv", "groups_auc_cad-2.csv"} <= names
    assert {"model_a-b_auc.svg", "model_a-b-2_auc.svg", "model_a-b-2_auc.csv"} <= names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="model-a-b"' in page
    assert 'id="model-a-b-2"' in page
    first, second = ((tmp_path / "figures" / f"roc_{n}.svg").read_bytes() for n in ("cad", "cad-2"))
    assert first != second


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["AI+", "AI−"], ["ai", "ai-2"]),
        (["a-2", "a", "A"], ["a-2", "a", "a-3"]),
        (["a", "A", "a-2"], ["a", "a-3", "a-2"]),
        (["+", "-", "x"], ["x", "x-2", "x-3"]),
        (["m" * 300], ["m" * 60]),
    ],
)
def test_slugs_never_collide(names, found):
    assert list(slugs(names).values()) == found


def test_nothing_held_is_overwritten():
    held = Gathered()
    held.hold("a", pd.DataFrame())
    with pytest.raises(ValueError, match="two tables are named 'a'"):
        held.hold("a", pd.DataFrame())
    figure = ShownFigure("b", "", Figure())
    chapter = Chapter("t", (), (Section("s", "s", figures=(figure, figure)),), (), (), "0")
    with pytest.raises(ValueError, match="two figures are named 'b'"):
        drawn(chapter)


def test_calls_alone_are_enough():
    reads, truth, _ = tables(readers=3, cases=40, modalities=("US",))
    found = gather(ReaderStudy.from_frame(reads.drop(columns=["score", "level"]), truth), NO_CUT)
    assert [section.name for section in found.sections] == ["readers", "agreement"]
    rows = found.sections[0].tables[1].rows
    assert "AUC (binary)" in rows[0]


def test_what_cannot_be_done_says_why():
    reads, truth, model = tables(readers=4, cases=40)
    found = gather(ReaderStudy.from_frame(reads, truth, model[3:]), FEW)
    notes = [note for section in found.sections for note in section.notes]
    assert any("Not done: model model has no value for 3 of 40 cases" in note for note in notes)


def test_a_partly_crossed_study_has_u_statistics():
    reads, truth, _ = tables(readers=4, cases=60)
    study = ReaderStudy.from_frame(reads.sample(frac=0.8, random_state=1), truth)
    names = [section.name for section in gather(study, NO_CUT).sections]
    assert "u-statistics" in names


def test_one_reader_is_described():
    found = gather(simulated(readers=1, cases=40, modalities=("US",)), FEW)
    assert [section.name for section in found.sections] == [
        "readers",
        "model-model",
        "combinations",
    ]


def test_sheets_are_blind_and_come_back(tmp_path):
    cases = [f"c{i}" for i in range(20)]
    key = write_sheets(
        cases, {"Ann": "expert", "Bob": "trainee"}, tmp_path, modality="US", repeats=0.2, seed=4
    )
    ann, bob = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("Ann", "Bob"))
    assert ann.columns.tolist() == ["number", "score", "call", "comment"]
    assert len(ann) == 24
    order = pd.read_csv(key)
    first = order[order["reader"] == "Ann"]["case_id"].tolist()
    assert first[:20] != cases
    assert sorted(first[:20]) == sorted(cases)
    assert first != order[order["reader"] == "Bob"]["case_id"].tolist()
    for name, sheet in (("Ann", ann), ("Bob", bob)):
        own = order[order["reader"] == name].set_index("number")["case_id"].str[1:].astype(int)
        sheet["score"] = sheet["number"].map(own) % 5
        sheet.to_csv(tmp_path / f"{name}.csv", index=False)
    reads = collect_sheets(tmp_path)
    assert set(reads) == {"case_id", "reader", "level", "modality", "repeat", "score"}
    assert (reads["score"] == reads["case_id"].str[1:].astype(int) % 5).all()
    assert reads["repeat"].value_counts().tolist() == [40, 8]


def test_the_same_seed_gives_the_same_order(tmp_path):
    keys = [
        write_sheets(list("abcdef"), ["Ann"], tmp_path / str(i), seed=s).read_text()
        for i, s in enumerate((1, 1, 2))
    ]
    assert keys[0] == keys[1] != keys[2]


def test_excel_sheets_come_back(tmp_path):
    write_sheets(["a", "b"], ["Ann"], tmp_path, excel=True)
    sheet = pd.read_excel(tmp_path / "Ann.xlsx").assign(call=[0, 1])
    sheet.to_excel(tmp_path / "Ann.xlsx", index=False)
    reads = collect_sheets(tmp_path)
    assert sorted(reads["call"]) == [0, 1]
    assert "repeat" not in reads


def test_sheets_are_never_overwritten(tmp_path):
    write_sheets(["a", "b"], ["Ann"], tmp_path)
    with pytest.raises(InputError, match=r"Ann.csv, key.csv exist already"):
        write_sheets(["a", "b"], ["Ann"], tmp_path)


@pytest.mark.parametrize(
    ("cases", "readers", "message"),
    [
        (["a", "a"], ["Ann"], "1 case\\(s\\) are named twice"),
        ([], ["Ann"], "there are no cases"),
        (["a"], [], "name at least one reader"),
        (["a", ""], ["Ann"], "a case has no name"),
        (["a"], ["Ann", "ann"], "'Ann' and 'ann' would share one sheet"),
        (["a"], ["Ann", "Ann"], "'Ann' and 'Ann' would share one sheet"),
        (["a"], {"Ann": "expert", "Ann ": "trainee"}, "would share one sheet"),
        (["a"], ["A/B"], "cannot name a file"),
        (["a"], ["key"], "cannot name a file"),
    ],
)
def test_bad_sheets_are_refused(tmp_path, cases, readers, message):
    with pytest.raises(InputError, match=message):
        write_sheets(cases, readers, tmp_path)


@pytest.mark.parametrize("reader", ["001", "NA", "1.0", "null"])
@pytest.mark.parametrize("excel", [False, True])
def test_names_that_look_like_numbers_or_blanks_come_back(tmp_path, reader, excel):
    write_sheets(["001", "002", "NA"], {reader: "NA"}, tmp_path, excel=excel)
    path = tmp_path / f"{reader}.{'xlsx' if excel else 'csv'}"
    sheet = (pd.read_excel(path) if excel else pd.read_csv(path)).assign(call=[0, 1, 1])
    sheet.to_excel(path, index=False) if excel else sheet.to_csv(path, index=False)
    reads = collect_sheets(tmp_path)
    assert set(reads["reader"]) == {reader}
    assert set(reads["level"]) == {"NA"}
    assert set(reads["case_id"]) == {"001", "002", "NA"}
    assert reads["call"].sum() == 2


def test_a_key_saved_by_a_spreadsheet_is_read(tmp_path):
    key = write_sheets(["a", "b"], ["001"], tmp_path)
    key.write_text("\ufeff" + key.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    sheet = pd.read_csv(tmp_path / "001.csv").assign(call=[0, 1])
    sheet.to_csv(tmp_path / "001.csv", index=False)
    assert collect_sheets(tmp_path)["reader"].tolist() == ["001", "001"]


def test_rows_that_a_spreadsheet_added_do_not_matter(tmp_path):
    write_sheets(["a", "b", "c"], ["Ann"], tmp_path)
    path = tmp_path / "Ann.csv"
    pd.read_csv(path).assign(score=[1, 2, 3]).to_csv(path, index=False)
    path.write_text(path.read_text() + ",,,\n , ,,\n\n")
    assert sorted(collect_sheets(tmp_path)["score"].astype(float)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([1, 2, 7], r"Ann.csv: .* \(missing: 3; not there as written: 7\)"),
        ([1, 2, 2], r"Ann.csv: .* \(missing: 3; there twice: 2\)"),
        ([1, 2, None], r"Ann.csv: .* \(missing: 3; not there as written: \(blank\)\)"),
    ],
)
def test_a_changed_number_is_named(tmp_path, numbers, said):
    write_sheets(["a", "b", "c"], ["Ann"], tmp_path)
    sheet = pd.read_csv(tmp_path / "Ann.csv").assign(number=numbers, score=[1, 2, 3])
    sheet.to_csv(tmp_path / "Ann.csv", index=False)
    with pytest.raises(InputError, match=said):
        collect_sheets(tmp_path)


def test_damaged_sheets_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"there is no key.csv"):
        collect_sheets(tmp_path)
    write_sheets(["a", "b", "c"], ["Ann"], tmp_path)
    with pytest.raises(InputError, match=r"no sheet has been filled in"):
        collect_sheets(tmp_path)
    sheet = pd.read_csv(tmp_path / "Ann.csv").assign(score=np.arange(3))
    sheet[1:].to_csv(tmp_path / "Ann.csv", index=False)
    with pytest.raises(InputError, match=r"must stay as they were written"):
        collect_sheets(tmp_path)
    (tmp_path / "Ann.csv").unlink()
    with pytest.raises(InputError, match=r"the sheet of Ann is not in the folder"):
        collect_sheets(tmp_path)
    assert (tmp_path / KEY).exists()


class TestPage:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls):
        study = simulated(
            readers=7, trainees=3, cases=60, per_patient=2, modalities=("with", "without"), seed=3
        )
        return gather(study, FEW)

    @staticmethod
    def tables_of(found):
        return {table.caption: table for section in found.sections for table in section.tables}

    def test_no_table_shows_p_values(self, found):
        crossed = gather(
            simulated(readers=4, trainees=2, cases=40, modalities=("A", "B", "C")), FEW
        )
        tables = {**self.tables_of(found), **self.tables_of(crossed)}
        assert {
            "Differences",
            "Groups against each other",
            "Differences of the average reader",
        } <= (set(tables))
        for table in tables.values():
            for row in table.rows:
                assert not any(head.startswith("p") for head in row)
                assert not any("p = " in cell or "p < " in cell for cell in row.values())
        assert "pvalue" in found.frames["aided"]

    def test_sections_with_p_values_say_that_they_are_not_adjusted(self, found):
        for section in found.sections:
            if section.name != "combinations" and any(
                "p = " in text or "p < " in text for text in section.text
            ):
                assert "not adjusted for the other comparisons" in section.text[-1]

    def test_limits_say_what_is_tested(self, found, tmp_path):
        study = simulated(readers=4, trainees=2, cases=40)
        page = write_report(study, tmp_path / "a", FEW).read_text(encoding="utf-8")
        assert "No comparison was named as primary (--primary), so none is tested" in page
        named = replace(FEW, primary="model,experts", primary_on="specificity")
        page = write_report(study, tmp_path / "b", named).read_text(encoding="utf-8")
        assert "Primary comparison: model against experts, specificity" in page
        assert "The comparison named as primary is tested" in page

    def test_tables_say_of_whom_their_intervals_speak(self, found):
        tables = self.tables_of(found)
        said = tables["Averages and models"].note
        assert "Average expert in without, average expert in with: average of readers like" in said
        assert "logit" not in said
        assert "average trainee in with: average of these readers: these very readers" in said
        assert "readers like these" in tables["Groups against each other"].note
        assert "readers like these" in tables["Differences"].note
        assert "these very readers" in tables["Members, groups and combinations"].note
        assert all(t.note for name, t in tables.items() if name != "Calls that changed")

    def test_without_the_model_comes_first(self, found):
        averages = self.tables_of(found)["Averages and models"].rows
        assert [row["Modality"] for row in averages] == ["without"] * 2 + ["with"] * 2 + [""]
        figures = [figure.name for section in found.sections for figure in section.figures]
        assert figures.index("roc_without") < figures.index("roc_with")
        levels = next(section for section in found.sections if section.name == "levels")
        assert levels.text[0].startswith("Condition \u201cwithout\u201d: AUC, 60 cases")

    def test_one_modality_is_not_named(self):
        found = gather(simulated(readers=4, trainees=2, cases=40, modalities=("US",)), FEW)
        levels = next(section for section in found.sections if section.name == "levels")
        assert levels.text[0].startswith("AUC, 40 cases")
        tables = self.tables_of(found)
        assert "Agreement on the calls" in tables
        assert "Modality" not in tables["Groups against each other"].rows[0]

    def test_each_warning_says_what_it_is_of(self):
        held = Gathered(limits=[("AUC", "a"), ("rates", "a"), ("AUC", "b 0.1"), ("AUC", "all")])
        assert held.cautions(["all"]) == ["AUC; rates: a", "AUC: b 0.1", "All"]

    def test_warnings_of_figures_are_told_apart(self, found):
        said = [note for note in found.cautions([]) if "negative" in note]
        assert said
        assert not any(note.startswith("With against without: ") for note in said)

    def test_figures_speak_of_diseased_cases_and_their_axis(self, found):
        figures = {one.name: one for section in found.sections for one in section.figures}
        assert "(30 diseased)" in figures["roc_with"].figure.axes[0].get_title(loc="left")
        assert "The axis goes from 0." in figures["aided"].caption

    @pytest.mark.parametrize("out", ["a-file", "a-file/deeper"])
    def test_a_file_is_no_folder(self, tmp_path, out):
        (tmp_path / "a-file").write_text("x")
        with pytest.raises(InputError, match="'a-file' is a file; name a folder with --out"):
            write_report(simulated(readers=2, cases=20), tmp_path / out, FEW)
        with pytest.raises(InputError, match="'a-file' is a file; name a folder with --out"):
            write_sheets(["a"], ["Ann"], tmp_path / out)


def test_names_of_near_points_do_not_lie_on_each_other():
    spots = [(0.8, 0.6), (0.8, 0.6), (0.81, 0.61), (0.8, 0.6), (0.8, 0.6), (0.3, 0.6)]
    points = [
        ReaderPoint(f"R{i}", "", (se, se, se), (sp, sp, sp)) for i, (se, sp) in enumerate(spots)
    ]
    axes = draw_readers(points, [], {}, {}, n=9, n_positive=3)
    texts = [text for text in axes.texts if text.get_text().startswith("R")]
    assert [text.get_text() for text in texts] == [
        "R0",
        "R1",
        "R2",
        "R3",
        "R5",
    ]  # R4 has no side left
    axes.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


class TestNamedBeforehand:
    study = staticmethod(lambda **options: simulated(readers=4, trainees=2, cases=40, **options))

    def test_a_combination_against_a_group(self, tmp_path):
        options = replace(FEW, primary="model or experts,experts", primary_on="balanced_accuracy")
        page = write_report(self.study(), tmp_path, options).read_text(encoding="utf-8")
        assert "model or experts against experts, balanced accuracy" in page

    def test_a_model_against_a_group_on_a_rate(self):
        found = gather(
            self.study(), replace(FEW, primary="model,experts", primary_on="sensitivity")
        )
        assert found.combined.primary.first == "model"

    def test_names_may_hold_commas(self):
        pair = checked(self.study(), replace(FEW, primary="mean of model, experts,model")).primary
        assert pair == ("mean of model, experts", "model")

    def test_groups_need_no_model(self):
        study = self.study().without_models()
        options = replace(NO_CUT, primary=("experts", "trainees"), primary_on="specificity")
        found = gather(study, options)
        assert "Readers and groups" in [section.title for section in found.sections]
        assert not np.isnan(found.combined.primary.pvalue)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"primary": "model,experts"}, "compares the AUC of the score 'model' with"),
            ({"primary": "modell,experts"}, r"'modell' is none of them \(did you mean 'model'\?\)"),
            ({"primary": "model,model"}, "--primary must be two sources"),
            ({"primary": "a,b,c"}, "--primary must be two sources"),
            ({"primary": ("model",)}, "--primary must be two sources"),
            ({"primary_on": "f1"}, "--primary-on must be one of auc"),
            ({"margin": 2}, "--margin must lie strictly between 0 and 1"),
            ({"margin": 0}, "--margin must lie strictly between 0 and 1"),
            ({"unaided": "ohne", "aided": "mit"}, "--unaided: there is no modality 'ohne'"),
            ({"unaided": "A", "aided": "mit"}, "--aided: there is no modality 'mit'"),
            ({"unaided": "A", "aided": "A"}, "are both 'A'"),
        ],
    )
    def test_what_cannot_be_is_refused_before_the_analysis(self, tmp_path, options, message):
        with pytest.raises(InputError, match=message):
            write_report(self.study(), tmp_path / "out", replace(FEW, **options))
        assert not (tmp_path / "out").exists()

    def test_a_margin_without_a_model_is_refused(self):
        with pytest.raises(InputError, match="give --model"):
            gather(self.study().without_models(), replace(NO_CUT, margin=0.05))

    def test_a_primary_without_a_test_does_not_end_well(self, tmp_path):
        study = self.study(modalities=("US",))
        right = np.stack([study.y_true, study.y_true, ~study.y_true, ~study.y_true])
        study = replace(study, call=right[None].astype(float), score=None)  # no error, no spread
        options = replace(FEW, primary="experts,trainees", primary_on="balanced_accuracy")
        with pytest.raises(InputError, match="experts against trainees was named as primary and"):
            write_report(study, tmp_path, options)
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "Model and readers together" in page
        assert "experts against trainees was named as primary and is not tested" in page

    def test_a_level_of_one_reader_stands_for_itself(self):
        found = gather(simulated(readers=3, trainees=1, cases=40), FEW)
        table = next(s for s in found.sections if s.name == "combinations").tables[0]
        sources = {row["Source"] for row in table.rows}
        assert {"experts", "model or experts", "model or R2"} <= sources
        assert "trainees" not in sources

    def test_groups_named_as_readers_are_told_apart(self):
        study = simulated(readers=4, trainees=2, cases=40)
        renamed = replace(study, models={"experts": study.models["model"]})
        table = next(s for s in gather(renamed, FEW).sections if s.name == "combinations").tables[0]
        assert "experts or experts (group)" in {row["Source"] for row in table.rows}

    def test_two_of_three_conditions(self):
        study = self.study(modalities=("A", "B", "C"))
        found = gather(study, replace(FEW, unaided="C", aided="A"))
        assert {"modalities", "aided"} <= {section.name for section in found.sections}


class TestCommandLine:
    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "radln", "readers", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_reads_to_report(self, folder):
        options = ["--truth", folder / "truth.csv", "--model", folder / "model.csv"]
        few = ["--resamples", 20, "--model-threshold", 0.5, "--out", folder / "cli"]
        done = self.run(folder / "reads.csv", *options, *few)
        assert done.returncode == 0, done.stderr
        assert "4 reader(s), 40 cases" in done.stdout
        assert (folder / "cli" / "report.html").exists()

    def test_sheet_and_back(self, folder):
        sheets, reads = folder / "sheets", folder / "collected.csv"
        done = self.run("sheet", folder / "truth.csv", "--reader", "Ann=expert", "--out", sheets)
        assert "keep it away from the readers" in done.stdout
        sheet = pd.read_csv(sheets / "Ann.csv")
        sheet.assign(call=sheet["number"] % 2).to_csv(sheets / "Ann.csv", index=False)
        done = self.run("collect", sheets, "--out", reads)
        assert done.returncode == 0, done.stderr
        assert len(pd.read_csv(reads)) == 40

    def test_case_ids_stay_text(self, tmp_path):
        (tmp_path / "cases.csv").write_text("case_id;size\n001;3\n002;\nNA;4\n;\n")
        done = self.run("sheet", tmp_path / "cases.csv", "--reader", "7", "--out", tmp_path / "s")
        assert done.returncode == 0, done.stderr
        key = pd.read_csv(tmp_path / "s" / KEY, dtype=str, keep_default_na=False)
        assert set(key["case_id"]) == {"001", "002", "NA"}

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nothere.csv"], "nothere.csv was not found"),
            (["reads.csv"], "the truth is missing: give --truth, a table"),
            (["reads.csv", "--column", "reader"], "--column must be like reader=Doctor"),
            (["reads.csv", "--scale", "five"], "--scale must be low,high"),
            (["reads.csv", "--primary", "model"], "--primary must be two sources"),
            (["reads.csv", "--input", "model"], "--input must be like combined=expert_1"),
            (["reads.csv", *WITH_TRUTH, "--primary", "modell,R0"], "'modell' is none of them"),
            (["reads.csv", *WITH_TRUTH, "--margin", "2"], "--margin must lie strictly between"),
            (["reads.csv", *WITH_TRUTH, "--unaided", "ohne"], "there is no modality 'ohne'"),
            (["sheet", "truth.csv", "--reader", "Ann=e", "--reader", "Ann=t"], "share one sheet"),
            (["collect", "."], "there is no key.csv"),
        ],
    )
    def test_problems_are_one_line(self, folder, radln, arguments, said):
        done = radln("readers", *[folder / a if a.endswith(".csv") else a for a in arguments])
        self.one_line(done.code, done.err, said)

    def one_line(self, code, err, said):
        assert code == 1
        assert said in err
        assert "Traceback" not in err
        assert len(err.strip().splitlines()) == 1

    def test_a_problem_of_a_process_is_one_line(self, folder):
        done = self.run(folder / "nothere.csv")
        self.one_line(done.returncode, done.stderr, "nothere.csv was not found")
