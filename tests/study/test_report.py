"""The report of a finished run, and the numbers that anyone can make again from its tables."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from radln._result import Estimate
from radln.evaluation.primary import Primary
from radln.features.embeddings import DeepFeatures
from radln.features.radiomics.settings import RadiomicsSettings
from radln.predictions import Predictions
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.study.measuring import binning, image_types, measuring, pooled, preparation
from radln.report.study.opening import deep_adds, opening, simple_models
from radln.report.study.page import SECTIONS, study_page
from radln.report.study.results import EncoderUsed, PageOptions
from radln.report.tables import deep_rows
from radln.report.verdict import label, signed, verdict
from radln.stats import ReaderStudy, auc, auc_over_folds, compare_over_folds
from radln.study.core import Study
from radln.study.pages import write_page
from radln.study.publish import encoder_used, page_results
from radln.study.readers.content import ReaderOptions
from radln.study.readers.report import gather
from tests.stats.readers.studies import tables


def test_every_file_is_there_and_whole(pristine):
    for name in (
        "report.html", "run.json", "predictions.csv", "features.parquet", "tables/auc.csv",
        "tables/case_status.csv", "tables/differences.csv", "figures/roc.svg", "figures/roc.png",
        "figures/nomogram.svg", "figures/waterfalls.png", "model/combined_xgboost.json",
        "model/combined_xgboost.xgboost.json", "model/nomogram_logistic.json",
    ):  # fmt: skip
        assert (pristine.out / name).stat().st_size > 0, name
    files = [path for path in pristine.out.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".pkl", ".joblib", ".npy")]
    assert not [path for path in files if path.name.startswith(".radln-")], "a draft was left"


def test_no_folder_of_the_machine(pristine):
    for name in ("report.html", "run.json", "study-id.json"):
        assert str(pristine.folder.parent) not in (pristine.out / name).read_text(encoding="utf-8")


def test_it_opens_with_the_verdict_and_names_its_limits(pristine):
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    first = re.search(r'<p class="verdict">(.*?)</p>', text, re.S)
    record = json.loads((pristine.out / "run.json").read_text(encoding="utf-8"))
    assert first is not None
    assert record["verdict"] in first.group(1).replace("&lt;", "<")
    assert "Deep features were left out" not in text
    assert "cross-validation was drawn 1 time(s)" in text
    assert "Simulated data" not in text


def test_simulated_stands_on_every_page(study):
    study.set(simulated=True)
    Study.from_yaml(study.folder).run(out=study.out)
    text = (study.out / "report.html").read_text(encoding="utf-8")
    assert text.count("Simulated data") >= 2
    assert "position: fixed" in text  # the banner is repeated on every printed page


def test_the_tables_follow_from_predictions_csv(pristine):
    held = Predictions.from_frame(pd.read_csv(pristine.out / "predictions.csv"))
    aucs = pd.read_csv(pristine.out / "tables" / "auc.csv").set_index("source")
    model, simple = held.select("combined_logistic"), held.select("size_logistic")
    y, folds, patients = model["y_true"], model["fold"].astype(int), model["patient_id"]

    mine = auc_over_folds(y, model["y_score"], folds, cluster=patients).estimate
    assert aucs.loc["combined_logistic", "value"] == pytest.approx(mine.value, abs=1e-12)
    assert aucs.loc["combined_logistic", "se"] == pytest.approx(mine.se, abs=1e-12)

    reader = held.select("expert")
    own = auc(reader["y_true"], reader["y_score"], cluster=reader["patient_id"])
    assert aucs.loc["expert", "value"] == pytest.approx(own.value, abs=1e-12)

    both = compare_over_folds(y, model["y_score"], simple["y_score"], folds, cluster=patients)
    record = json.loads((pristine.out / "run.json").read_text(encoding="utf-8"))
    assert f"{both.difference.value:+.3f}".replace("-", "−") in record["verdict"]


def test_nothing_but_the_named_comparison_is_decided(page):
    primary = page.evaluation.primary
    said = f"{opening(page, PageOptions())} {simple_models(page)} {deep_adds(page)}"
    assert said.count(verdict(primary)) == 1
    assert simple_models(page).endswith("described, not tested.")
    for words in ("ranks better", "does as well", "cannot tell"):
        assert words not in simple_models(page) + deep_adds(page)


# what deep features add


@pytest.fixture(scope="module")
def page(result):
    return page_results(result)


@pytest.mark.parametrize("estimator", ["logistic", "xgboost"])
def test_the_gap_is_the_paired_clustered_comparison(result, estimator):
    held = result.fit.predictions
    full, without = f"combined_{estimator}", f"without_deep_{estimator}"
    rich, simple = held.select(full), held.select(without)
    direct = compare_over_folds(
        rich["y_true"],
        rich["y_score"],
        simple["y_score"],
        rich["fold"].astype(int),
        cluster=rich["patient_id"],
    ).difference
    gap, back = result.evaluation.gap(full, without), result.evaluation.gap(without, full)
    for field in ("value", "low", "high", "se"):
        assert getattr(gap, field) == pytest.approx(getattr(direct, field), abs=1e-12)
    assert (back.value, back.low, back.high) == (-gap.value, -gap.high, -gap.low)
    assert result.evaluation.gap(full, full) is None
    assert result.evaluation.gap(full, "nobody") is None


def test_models_without_deep_features_have_none(result):
    models = [m for fold in result.fit.folds for m in fold.models] + list(result.final)
    used = {
        block: {c.partition("_")[0] for m in models if m.block == block for c in m.encoding.columns}
        for block in ("without_deep", "combined", "deep")
    }
    assert used["deep"] == {"deep"}
    assert "deep" in used["combined"]
    assert used["without_deep"] == used["combined"] - {"deep"}


def test_the_opening_says_what_deep_features_add(pristine, result, page):
    said = deep_adds(page)
    gap = result.evaluation.gap("combined_logistic", "without_deep_logistic")
    n_deep = sum(spec.block == "deep" for spec in result.extraction.table.specs)
    assert f"the {n_deep} deep features (from radln's own encoder)" in said
    assert f"{signed(gap.value)} ({signed(gap.low)} to {signed(gap.high)})" in said
    assert said.endswith("described, not tested.")
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    header = text[text.index("<header>") : text.index("</header>")]
    assert said.replace("'", "&#39;") in header
    assert "What deep features add" in text
    assert "none of its training pictures was recognised in this study" in text
    assert not re.search(r"\bp [=<]", said)


@pytest.mark.parametrize("swapped", [False, True])
def test_the_verdict_is_not_said_twice(page, swapped):
    pair = ["combined_logistic", "without_deep_logistic"]
    full, simple = reversed(pair) if swapped else pair
    primary = Primary(full, simple, 0.05, Estimate(0.0, -0.1, 0.1, se=0.05), 1.0)
    again = replace(page, evaluation=replace(page.evaluation, primary=primary))
    assert deep_adds(again) == ""


def test_the_sentence_is_about_the_primary_estimator(page):
    primary = replace(page.evaluation.primary, full="combined_xgboost")
    again = replace(page, evaluation=replace(page.evaluation, primary=primary))
    assert "Combined (XGBoost) differs" in deep_adds(again)
    primary = replace(primary, full="expert", simple="size_logistic")
    again = replace(page, evaluation=replace(page.evaluation, primary=primary))
    assert "Combined (logistic) differs" in deep_adds(again)


def test_the_table_of_deep_features(result):
    modelled = page_results(result).modelled
    rows = deep_rows(result.evaluation, (*modelled.deep_added, *modelled.deep_alone))
    assert [(row["With"], row["Without"]) for row in rows[:4]] == [
        ("Combined (logistic)", "Combined without deep features (logistic)"),
        ("Combined (XGBoost)", "Combined without deep features (XGBoost)"),
        ("Deep features (logistic)", "Shape only (logistic)"),
        ("Deep features (logistic)", "Radiomics (logistic)"),
    ]
    assert len(rows) == 6
    assert "pvalue" not in result.evaluation.pairs.columns
    assert not result.evaluation.ladder["richer"].str.contains("deep").any()


def test_deep_features_are_explained_as_a_block(result):
    for attribution in result.attributions.values():
        table = attribution.importance
        assert (table["block"] == "deep").any()
        assert ((table["block"] == "deep") == table["feature"].str.startswith("deep_")).all()
        assert "deep" in set(attribution.blocks["block"])
    assert set(result.attributions) == {"combined_logistic", "combined_xgboost"}


def test_how_the_encoder_is_worded(page):
    asked = DeepFeatures(pooling="both", statistic="gem", margin=0.5)
    assert pooled(asked, "node") == "its generalised mean (power 3) over the node and over the crop"
    used = encoder_used(asked)
    assert used == EncoderUsed("radln's own encoder", lists_pictures=True)
    for encoder, words in (
        (used, "another picture of the same patient is not"),
        (replace(used, lists_pictures=False), "carries no list"),
        (None, "features.deep is null"),
    ):
        again = replace(page, measured=replace(page.measured, encoder=encoder))
        assert any(words in line for line in study_page(again, PageOptions()).all_limits)
    features = page.measured.settings.model_copy(update={"deep": asked})
    again = replace(page, measured=replace(page.measured, settings=features))
    assert any("50 % of it at each end" in line for line in measuring(again, PageOptions()))


def test_methods_say_what_was_done_to_the_images_before():
    asked = RadiomicsSettings(
        normalize=True,
        resampled_pixel_spacing=(0, 0.5, 0.5),
        resegment_range=(-3, 3),
        resegment_mode="sigma",
        filters=("squareroot",),
        bin_width=5,
    )
    assert preparation(asked, "mm") == (
        "normalized to mean 0 and one standard deviation and resampled to 0 x 0.5 x 0.5 mm "
        "(0: as it was; BSpline) and cut to grey values of -3 to 3 (sigma)"
    )
    assert image_types(asked, "mm").endswith("3 mm; square root")
    assert binning(asked) == "grey-level bins of width 5"
    assert preparation(RadiomicsSettings(), "px") == ""


def test_methods_name_the_engine(page):
    for engine, words in (("native", "radln's own engine"), ("pyradiomics", "with pyradiomics ")):
        radiomics = page.measured.settings.radiomics.model_copy(update={"engine": engine})
        features = page.measured.settings.model_copy(update={"radiomics": radiomics})
        again = replace(page, measured=replace(page.measured, settings=features))
        assert words in next(measuring(again, PageOptions()))


# sections


def toy(results, options):
    """A section that no module of the package knows."""
    figure = Figure()
    figure.add_subplot().plot([0, 1], [0, results.cases.n])
    yield Section(
        "toy",
        "A toy",
        tables=(ShownTable("Toys", [{"Toy": "ball"}]),),
        figures=(ShownFigure("toy_line", "How many toys.", figure),),
        methods=("Toys were counted by hand.",),
        limits=("A toy is no patient.",),
        frames={"toys": pd.DataFrame({"toy": ["ball"]})},
    )


def test_a_section_is_added_by_one_function(page, tmp_path):
    chapter = study_page(page, PageOptions(), (*SECTIONS, toy))
    text = write_page(chapter, tmp_path).read_text(encoding="utf-8")
    part = text[text.index('<section id="toy">') :]
    part = part[: part.index("</section>")]
    assert "<td>ball</td>" in part
    assert "<figcaption>How many toys.</figcaption>" in part
    assert '<a href="#toy">A toy</a>' in text
    methods, limits = text.index('<section id="methods">'), text.index('<section id="limits">')
    assert methods < text.index("Toys were counted by hand.") < limits
    assert limits < text.index("A toy is no patient.")
    assert (tmp_path / "figures" / "toy_line.svg").is_file()
    assert pd.read_csv(tmp_path / "tables" / "toys.csv")["toy"].tolist() == ["ball"]


def test_the_readers_chapter_stands_in_the_studys_page(page, tmp_path):
    reads, truth, model = tables(readers=3, cases=40, gains={"A": 1.5, "B": 1})
    study = ReaderStudy.from_frame(reads, truth, model)
    held = gather(study, ReaderOptions(n_resamples=20))
    parts = held.finished(study.warnings)
    assert [name for part in parts for name in part.frames] == list(held.frames)
    assert [said for part in parts for said in part.methods] == held.methods
    chapter = study_page(page, PageOptions(), (*SECTIONS, lambda results, options: iter(parts)))
    text = write_page(chapter, tmp_path).read_text(encoding="utf-8")
    for part in parts:
        assert f'<section id="{part.name}">' in text
    assert set(parts[0].methods) <= set(chapter.all_methods)
    assert (tmp_path / "tables" / "performance.csv").is_file()
    assert (tmp_path / "tables" / "auc.csv").is_file()


def test_every_row_of_the_settings_and_checks_is_behind_the_limits(pristine):
    text = (pristine.out / "report.html").read_text(encoding="utf-8")
    assert text.index('<section id="limits">') < text.index('<section id="data">')
    assert text.index('<section id="data">') < text.index('<section id="settings">')


# what went into the models


def test_every_model_says_what_it_ended_with(result):
    page = study_page(page_results(result), PageOptions())
    section = next(part for part in page.sections if part.name == "predictors")
    said = {row["Model"]: row for table in section.tables[:2] for row in table.rows}
    assert len(said) == len(result.final)
    for model in result.final:
        assert said[label(model.source)]["Predictors"] == str(len(model.encoding.columns))
    assert "1 score" in said["Nomogram (logistic)"]["Of which"]
    frame = section.frames["predictors_of_models"]
    assert set(frame.columns) >= {"source", "predictor", "in_final", "chosen_in", "coefficient"}


def test_the_rad_score_has_its_formula(result):
    page = study_page(page_results(result), PageOptions())
    section = next(part for part in page.sections if part.name == "predictors")
    (table,) = [table for table in section.tables if table.caption.startswith("Formula")]
    model = next(m for m in result.final if m.source == "radiomics_logistic")
    assert len(table.rows) == 1 + len(model.encoding.columns)
    assert table.rows[0]["Term"] == "intercept"
    assert "Rad-score = intercept" in table.note
