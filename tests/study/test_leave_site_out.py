"""Sites left out: each by models of the others, and means of sites only where there are five."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.data_settings import DataSettings
from radln.design_settings import DesignSettings
from radln.errors import InputError, LeakageError
from radln.io.store import RecordStore
from radln.settings import Settings
from radln.stats import auc, between_centres, calibration, compare_auc
from radln.stats.description.pooled import pooled_difference
from radln.study.parts import refuse_sites
from tests.rows import each_row

OK, DATA = 0, 1
FOUR = {"Bern": 34, "Graz": 30, "Linz": 28, "Ulm": 8}
SIX = {"Bern": 34, "Graz": 30, "Linz": 28, "Rom": 26, "Turin": 32, "Ulm": 28}
FULL, SIMPLE = "clinical_logistic", "expert"


def frame(sizes, seed=4):
    rng = np.random.default_rng(seed)
    site = np.repeat(list(sizes), [2 * n for n in sizes.values()])
    n = site.size
    y = rng.random(n) < 0.45
    return pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(n)],
            "person": [f"p{k // 2}" for k in range(n)],
            "hospital": site,
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60, 9, n).round() + 6 * y,
            "crp": rng.normal(5, 2, n).round(1) + y,
            "expert": np.clip(np.round(3 + y + rng.normal(size=n)), 1, 5).astype(int),
        }
    )


def started(radln, folder, table, *more):
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--clinical", "age,crp", "--reader", "expert:4",
        "--site", "hospital", "--design", "leave-site-out", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"inner_folds": 2}
        held["evaluation"]["n_resamples"] = 100
        file.write_text(yaml.safe_dump(held))
    return said


def ran(radln, folder, table):
    said = started(radln, folder, table)
    assert said.code == OK, said.err
    said = radln("run", folder)
    assert said.code == OK, said.err
    return folder / "results", said.out


@pytest.fixture
def four(radln, tmp_path):
    return ran(radln, tmp_path / "four", frame(FOUR))


def of_source(results, source):
    table = pd.read_csv(results / "predictions.csv", dtype={"unit_id": str})
    return table[table["source"] == source].set_index("unit_id").sort_index()


def test_numbers_of_a_site_are_those_of_its_rows(four):
    results, _ = four
    table = pd.read_csv(results / "tables" / "sites.csv").set_index(["source", "site", "measure"])
    limits = ["value", "low", "high"]
    for source in (FULL, "clinical_xgboost", SIMPLE):
        rows = of_source(results, source)
        for site, part in rows.groupby("site"):
            y, patients = part["y_true"], part["patient_id"]
            alone = auc(y, part["y_score"], cluster=patients).estimate
            found = table.loc[(source, site, "auc")]
            expected = [alone.value, alone.low, alone.high]
            assert found[limits].to_list() == pytest.approx(expected, nan_ok=True)
            assert found["n"] == len(part) and found["n_patients"] == patients.nunique()
            if source == SIMPLE:
                continue
            agreement = calibration(y, part["y_prob"], cluster=patients, n_resamples=0)
            for measure in ("observed_expected", "slope"):
                one = getattr(agreement, measure)
                found = table.loc[(source, site, measure)]
                expected = [one.value, one.low, one.high]
                assert found[limits].to_list() == pytest.approx(expected, nan_ok=True)


def test_four_sites_give_a_range_and_no_p(four):
    results, console = four
    gaps = pd.read_csv(results / "tables" / "site_differences.csv").set_index("site")
    rich, simple = (of_source(results, source) for source in (FULL, SIMPLE))
    for site, part in rich.groupby("site"):
        reads = simple.loc[part.index, "y_score"]
        alone = compare_auc(
            part["y_true"], part["y_score"], reads, cluster=part["patient_id"]
        ).difference
        assert gaps.loc[site, "value"] == pytest.approx(alone.value)
        assert gaps.loc[site, "se"] == pytest.approx(alone.se, nan_ok=True)
    assert gaps["pooled"].to_dict() == {"Bern": True, "Graz": True, "Linz": True, "Ulm": False}
    assert "fewer than 10" in gaps.loc["Ulm", "why"]
    low, high = gaps.loc[gaps["pooled"], "value"].agg(["min", "max"])
    numbers = f"ran from {low:+.3f} to {high:+.3f} in the 3 sites".replace("-", "−")
    page = (results / "report.html").read_text(encoding="utf-8")
    for text in (console, page):
        assert numbers in text
        assert "No p is given: 3 of 4 sites can be pooled" in text
    for words in (
        "Listed and not pooled: Ulm:",
        "The models of two sites share most of their training patients",
        "ROC, calibration and decision curves over all sites are left out on purpose",
        "no site is left to test them",
    ):
        assert words in page
    assert not re.search(r"\bp (=|&lt;) 0", page)
    assert "Mean of sites" not in page
    assert "prediction interval" not in page
    summaries = pd.read_csv(results / "tables" / "site_summaries.csv")
    assert summaries["value"].isna().all()
    assert json.loads((results / "run.json").read_text())["conclusion"] is None
    assert not (results / "figures" / "decision.png").exists()


def test_six_sites_have_means_of_the_statistics_themselves(radln, tmp_path):
    results, console = ran(radln, tmp_path / "six", frame(SIX))
    rich, simple = (of_source(results, source) for source in (FULL, SIMPLE))
    table = pd.read_csv(results / "tables" / "site_summaries.csv").set_index(["source", "measure"])
    for source, rows in ((FULL, rich), (SIMPLE, simple)):
        for measure in ("auc", "observed_expected", "slope"):
            if (source, measure) not in table.index:
                assert source == SIMPLE and measure != "auc"
                continue
            expected = between_centres(
                rows["y_true"],
                rows["y_score" if measure == "auc" else "y_prob"],
                rows["site"],
                measure=measure,
                cluster=rows["patient_id"],
                shared_training=source == FULL,
            )
            found = table.loc[(source, measure)]
            assert [found[k] for k in ("value", "low", "high")] == pytest.approx(
                [expected.estimate.value, expected.estimate.low, expected.estimate.high]
            )
            assert [found["prediction_low"], found["prediction_high"]] == pytest.approx(
                [expected.prediction.low, expected.prediction.high]
            )
    gaps = [
        compare_auc(
            part["y_true"],
            part["y_score"],
            simple.loc[part.index, "y_score"],
            cluster=part["patient_id"],
        ).difference
        for _, part in rich.groupby("site")
    ]
    pooled = pooled_difference(gaps, shared_training=True)
    assert f"p = {pooled.pvalue:.3f}" in console
    assert f"AUC difference {pooled.estimate.value:+.3f}".replace("-", "−") in console
    assert "It is the mean of 6 of 6 sites." in console
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "This speaks of the way of modelling, in a site that it did not learn from." in page
    limits = f"{pooled.prediction.low:+.3f} and {pooled.prediction.high:+.3f}".replace("-", "−")
    assert f"expected between {limits} (prediction interval)" in page
    areas = pd.read_csv(results / "tables" / "auc.csv").set_index("source")
    assert areas.loc[FULL, "value"] == pytest.approx(table.loc[(FULL, "auc"), "value"])


def models_of_folds(results):
    """The models of every fold, as they were kept."""
    store = RecordStore(results / "folds")
    return [store.get(f"repeat000-fold{k:02d}")["models"] for k in range(4)]


def test_outcomes_of_a_site_reach_no_model_that_it_tests(four, radln, tmp_path):
    results, _ = four
    turned = frame(FOUR)
    graz = turned["hospital"] == "Graz"
    other = {"malignant": "benign", "benign": "malignant"}
    turned.loc[graz, "pathology"] = turned.loc[graz, "pathology"].map(other)
    again, _ = ran(radln, tmp_path / "turned", turned)
    before, after = models_of_folds(results), models_of_folds(again)
    same = [a == b for a, b in zip(before, after, strict=True)]
    assert same == [False, True, False, False]  # Graz is the second by name
    scores = [of_source(run, FULL) for run in (results, again)]
    at = scores[0]["site"] == "Graz"
    assert (scores[0].loc[at, "y_score"] == scores[1].loc[at, "y_score"]).all()
    assert (scores[0].loc[~at, "y_score"] != scores[1].loc[~at, "y_score"]).any()


def test_what_is_left_learned_from_everybody_and_predicts(four, radln, tmp_path):
    results, _ = four
    table = frame(FOUR)
    table.drop(columns="pathology").to_csv(tmp_path / "new.csv", index=False)
    said = radln(
        "predict", results / "bundle", "--table", tmp_path / "new.csv", "--case", "case",
        "-o", tmp_path / "out.csv",
    )  # fmt: skip
    assert said.code == OK, said.err
    found = pd.read_csv(tmp_path / "out.csv", dtype={"case_id": str}).set_index("case_id")
    final = pd.read_csv(results / "model" / "predictions_final.csv", dtype={"unit_id": str})
    final = final.set_index("unit_id")
    np.testing.assert_allclose(found[FULL], final.loc[found.index, FULL], atol=1e-12)
    assert len(found) == len(table)


def test_a_patient_of_two_sites_is_refused_by_case(radln, tmp_path):
    table = frame(FOUR)
    assert started(radln, tmp_path / "torn", table).code == OK
    table.loc[0, "hospital"] = "Graz"
    table.to_csv(tmp_path / "torn" / "t.csv", index=False)
    for said in (radln("run", tmp_path / "torn"), started(radln, tmp_path / "new", table)):
        assert said.code == DATA
        assert "1 patient(s) stand in two sites (cases 000, 001)" in said.err
        assert "p0" not in said.err


@each_row(
    ("changed", "error", "words"),
    [
        ({"site": [None, "b", "b", "c"]}, InputError, r"the site is empty in 1 row"),
        ({"patient_id": ["p", "p", "q", "q"], "site": list("abcc")}, LeakageError, "cases 0, 1"),
    ],
)
def test_rows_that_belong_to_no_one_site_are_refused(changed, error, words):
    rows = pd.DataFrame({"patient_id": list("pqrs"), "site": list("abcd")}).assign(**changed)
    with pytest.raises(error, match=words):
        refuse_sites(DesignSettings(name="leave-site-out"), rows)


@each_row(
    ("changed", "words"),
    [
        ({"site": None}, "needs data.site"),
        ({"clinical": ["hospital"]}, "the site that is left out and is listed under"),
    ],
)
def test_settings_that_cannot_leave_sites_out_are_refused(changed, words):
    data = DataSettings(
        table="t.csv", case="case", patient="person", outcome="pathology", positive="malignant",
        site="hospital",
    ).model_dump()  # fmt: skip
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(
            {
                "data": data | changed,
                "design": {"name": "leave-site-out"},
                "features": {"deep": None},
            }
        )


def test_one_site_and_too_few_to_learn_from_are_refused(radln, tmp_path):
    for name, sizes, words in (
        ("one", {"Bern": 40}, "needs two at least"),
        ("few", {"Bern": 40, "Ulm": 1}, "without the site"),
    ):
        started(radln, tmp_path / name, frame(sizes))
        said = radln("run", tmp_path / name)
        assert said.code == DATA
        assert words in said.err, said.err


def test_a_site_without_events_and_one_of_perfect_areas_are_listed(radln, tmp_path):
    table = frame(SIX)
    rom, turin = (table["hospital"] == name for name in ("Rom", "Turin"))
    table.loc[rom, "pathology"] = "benign"
    perfect = table.loc[turin, "pathology"] == "malignant"
    table.loc[turin, "expert"] = np.where(perfect, 5, 1)
    results, console = ran(radln, tmp_path / "odd", table)
    gaps = pd.read_csv(results / "tables" / "site_differences.csv").set_index("site")
    assert gaps.loc["Rom", "why"] == "no event"
    assert gaps.loc["Turin", "why"] == "an AUC of 0 or 1"
    assert "4 of 6 sites can be pooled" in console
    summaries = pd.read_csv(results / "tables" / "site_summaries.csv")
    pooled = summaries.set_index(["source", "measure"])["n_pooled"]
    assert pooled[FULL, "auc"] == 5 and pooled[SIMPLE, "auc"] == 4
