"""How the page of a study looks: on a small screen, on paper, and in its tables."""

from __future__ import annotations

from dataclasses import replace

from radln.report.study.page import study_page
from radln.report.study.results import PageOptions
from radln.stats import ReaderStudy
from radln.study.pages import write_page
from radln.study.publish import page_results
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import write_report
from tests.stats.readers.studies import tables
from tests.study.browser import printed_pages, width_at

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


def test_two_banners_stand_above_each_other(result, tmp_path):
    results = page_results(result)
    who = replace(results.cases, simulated=True, image_is_patient=True)
    page = write_page(study_page(replace(results, cases=who), PageOptions()), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.count('<div class="simulated">') == 1
    assert "Simulated data – no patient" in text
    assert "Each image counts as a patient" in text
    assert 'class="below-banner lines-2"' in text
