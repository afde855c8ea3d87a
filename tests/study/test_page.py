"""How the page of a study looks: on a small screen, on paper, and in its tables."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from radln.report.chapter import Chapter, Section, ShownTable
from radln.report.document import pdf_bytes, svg_text
from radln.report.study.glossary import glossary
from radln.report.study.page import study_page
from radln.report.study.results import PageOptions
from radln.report.tables import table_one_rows
from radln.report.tidy import tidied
from radln.report.verdict import label
from radln.stats import ReaderStudy
from radln.stats.description.table_one import table_one
from radln.study.output import identity
from radln.study.pages import write_page
from radln.study.publish import page_results
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import write_report
from tests.stats.readers.studies import tables
from tests.study.browser import printed, printed_pages, width_at

PHONE = 390


def test_nothing_is_wider_than_a_phone(pristine, tmp_path):
    assert width_at(pristine.out / "report.html", tmp_path, PHONE) == PHONE


def test_the_page_of_readers_is_no_wider_than_a_phone(tmp_path):
    reads, truth, model = tables(readers=3, cases=40, gains={"A": 1.5, "B": 1})
    study = ReaderStudy.from_frame(reads, truth, model)
    page = write_report(study, tmp_path / "out", ReaderOptions(n_resamples=20))
    assert width_at(page, tmp_path, PHONE) == PHONE


def test_it_is_printed_on_ten_pages(pristine, tmp_path):
    assert printed_pages(pristine.out / "report.html", tmp_path) <= 10


def test_no_row_of_a_table_is_split_over_two_sheets_of_paper(tmp_path):
    rows = [
        {"Row": f"begin{row}", "Words": f"{'many words that need a few lines ' * 9}finish{row}."}
        for row in range(120)
    ]
    table = Section("long", "A long table", tables=(ShownTable("Rows", rows),))
    chapter = Chapter("A page", (), (table,), methods=(), limits=(), version="1")
    page = write_page(chapter, tmp_path / "out")
    assert split_rows(printed(page, tmp_path), len(rows)) == []
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("tr { break-inside: avoid; }", ""), encoding="utf-8")
    assert split_rows(printed(page, tmp_path), len(rows)) != []


def split_rows(sheets, n):
    """The rows that begin on one sheet and end on another."""
    words = [set(re.findall(r"\w+", sheet)) for sheet in sheets]
    assert len(words) > 2
    at = {
        word: sheet
        for sheet, found in enumerate(words)
        for word in found
        if word.startswith(("begin", "finish"))
    }
    return [row for row in range(n) if at[f"begin{row}"] != at[f"finish{row}"]]


def test_two_banners_stand_above_each_other(result, tmp_path):
    results = page_results(result)
    who = replace(results.cases, simulated=True, image_is_patient=True)
    page = write_page(study_page(replace(results, cases=who), PageOptions()), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.count('<div class="simulated">') == 1
    assert "Simulated data – no patient" in text
    assert "Each image counts as a patient" in text
    assert 'class="below-banner lines-2"' in text


def rows_of(text, caption):
    """The first cells of the table below a caption."""
    part = text[text.index(f">{caption}<") :]
    return re.findall(r"<tr><td[^>]*>(.*?)</td>", part[: part.index("</table>")])


def test_twelve_models_are_shown_and_the_others_are_folded(pristine, result):
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    readers = {label(reader.name) for reader in result.cohort.readers}
    for caption in ("Areas under the ROC curve", "At the cut-offs", "Calibration"):
        shown = rows_of(text, caption)
        folded = rows_of(text, f"{caption}: further models")
        models = [who for who in shown if who.removesuffix(" – reader") not in readers]
        assert (len(models), len(folded)) == (12, len(result.final) - 12), caption
        assert f"<details><summary>{caption}: further models</summary>" in text
    named = page_results(result).named
    assert {label(source) for source in named} <= set(rows_of(text, "Areas under the ROC curve"))


def test_no_column_is_empty_or_repeats_one_number(pristine):
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    for table in re.findall(r"<table>.*?</table>", text, re.S):
        rows = [
            re.findall(r"<td[^>]*>(.*?)</td>", row)
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
        ]
        if len(rows) < 2:
            continue
        for column in list(zip(*rows, strict=True))[1:]:
            assert any(column), table[:300]
            assert len(set(column)) > 1 or not column[0].replace(".", "").isdigit(), table[:300]
    assert re.search(r"Cases: \d+ in every row\.", text)


def test_a_table_of_one_row_or_of_repeated_words_stays():
    one = ShownTable("One", [{"Who": "A", "Cases": "9"}])
    words = ShownTable("Words", [{"Who": "A", "With": "deep"}, {"Who": "B", "With": "deep"}])
    assert tidied(one) == one
    assert tidied(words) == words


def test_a_row_that_goes_on_may_be_blank():
    rows = [
        {"Variable": "sex", "Level": "female", "Missing": "0", "Note": ""},
        {"Variable": "", "Level": "male", "Missing": "", "Note": ""},
        {"Variable": "age", "Level": "", "Missing": "0", "Note": ""},
    ]
    shown = tidied(ShownTable("Table 1", rows, "Counts."))
    assert list(shown.rows[0]) == ["Variable", "Level"]
    assert shown.note == "Missing: 0 in every row. Counts."
    rows[2]["Missing"] = ""
    assert "Missing" in tidied(ShownTable("Table 1", rows)).rows[0]


def test_words_of_figures_stay_words(pristine):
    figures = pristine.out / "figures"
    names = {path.stem for path in figures.iterdir()}
    assert {path.name for path in figures.iterdir()} == {
        f"{name}.{ending}" for name in names for ending in ("svg", "png", "pdf", "json")
    }
    for name in names:
        assert "<text" in (figures / f"{name}.svg").read_text(encoding="utf-8"), name
        assert (figures / f"{name}.pdf").read_bytes().startswith(b"%PDF"), name
    page = (pristine.out / "report.html").read_text(encoding="utf-8")
    assert re.search(r"<text[^>]*>Points</text>", page)


def test_no_name_of_a_column_is_on_the_page(pristine):
    page = (pristine.out / "report.html").read_text(encoding="utf-8")
    shown = page[page.index("<body>") : page.index('<section id="data">')]
    words = [html.unescape(text) for text in re.findall(r">([^<>]+)<", shown)]
    raw = [word for word in words if re.search(r"\w_\w", word)]
    assert [word for word in raw if "model/radiomics_logistic.json" not in word] == []
    assert not re.search(r"(?<![\w.–-])-\d", " ".join(words))  # a true minus sign
    assert any(word.startswith("benign (n = ") for word in words)


def test_the_same_figure_gives_the_same_files():
    def figure():
        made = Figure()
        made.add_subplot().plot([0, 1])
        return made

    assert pdf_bytes(figure()) == pdf_bytes(figure())
    assert svg_text(figure(), "a") == svg_text(figure(), "a")


def test_the_study_has_its_own_noun(result):
    results = page_results(result)
    chapter = study_page(results, PageOptions(noun="nodule"))
    assert chapter.opening[0].startswith(f"{results.cases.n} nodules of ")
    figures = {shown.name: shown for part in chapter.sections for shown in part.figures}
    flow = " ".join(text.get_text() for text in figures["flow"].figure.axes[0].texts)
    assert "nodules analysed" in flow
    said = " ".join((*chapter.opening, *chapter.all_methods, *chapter.all_limits, flow))
    assert re.search(r"\bnodules?\b", said)
    assert not re.search(r"\bnodes?\b", said)


def test_the_noun_changes_no_number(result):
    settings = result.settings
    other = settings.model_copy(update={"noun": "tumour"})
    assert identity(other, result.intake) == identity(settings, result.intake)


def test_words_are_explained_where_they_are_used(result, pristine):
    page = (pristine.out / "report.html").read_text(encoding="utf-8")
    assert rows_of(page, "What they mean here") == [
        "block",
        "held-out",
        "margin",
        "rad-score",
        "unit",
    ]
    results = page_results(result)
    parts = [Section("a", "A", notes=("Out-of-fold predictions of the blocks.",))]
    (found,) = glossary(results, PageOptions(), parts)
    assert [row["Word"] for row in found.tables[0].rows] == ["block", "out-of-fold"]
    assert list(glossary(results, PageOptions(), [Section("a", "Unitary marginal notes")])) == []


def test_table_one_has_minus_signs_and_the_outcome_s_own_words(result):
    rng = np.random.default_rng(3)
    values = rng.normal(size=40)
    values[:3] = np.nan
    table = table_one(pd.DataFrame({"score": values}), np.arange(40) % 2 == 1)
    (row,) = table_one_rows(replace(page_results(result).cases, table_one=table))
    shown = " ".join(row.values())
    assert "−0." in shown
    assert "-0." not in shown
    assert row["Missing"] == "3 (benign 2, malignant 1)"


def test_figures_call_the_outcome_by_its_own_words(pristine):
    for name in ("roc", "decision", "calibration_combined_logistic"):
        svg = (pristine.out / "figures" / f"{name}.svg").read_text(encoding="utf-8")
        assert "malignant" in svg
        assert "positive" not in svg
