"""The files of a finished run: complete, private, self-contained, and reloadable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from radln.explain.linear import linear_predictor
from radln.explain.nomogram import Nomogram
from radln.models.persist import load_models
from radln.predictions import Predictions
from radln.stats import auc, auc_over_folds, compare_over_folds


@pytest.fixture(scope="module")
def results(finished):
    return finished / "results"


def test_everything_is_there(results):
    for name in (
        "report.html", "run.json", "predictions.csv", "features.parquet", "tables/auc.csv",
        "tables/case_status.csv", "tables/differences.csv", "figures/roc.svg", "figures/roc.png",
        "figures/nomogram.svg", "figures/waterfalls.png", "model/combined_xgboost.json",
        "model/combined_xgboost.xgboost.json", "model/nomogram_logistic.json",
    ):  # fmt: skip
        assert (results / name).stat().st_size > 0, name
    assert not [path for path in results.rglob("*") if path.suffix in (".pkl", ".joblib", ".npy")]
    assert not list(results.rglob(".radln-*")), "a draft was left behind"


@pytest.mark.parametrize("name", ["report.html", "run.json", "study-id.json", "model", "figures"])
def test_no_identifier_outside_the_tables(results, name):
    place = results / name
    files = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
    for path in files:
        if path.suffix not in (".png", ".csv"):
            text = path.read_text(encoding="utf-8")
            assert "ZQX-" not in text and "PAT-" not in text, path.name


def test_no_folder_of_the_machine(results, finished):
    for name in ("report.html", "run.json", "study-id.json"):
        assert str(finished.parent) not in (results / name).read_text(encoding="utf-8")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            inside = ("#", "data:image/png;base64,")
            if name in ("src", "href", "xlink:href") and not (value or "").startswith(inside):
                self.outside.append(f"{tag} {name}={value}")


def test_the_report_fetches_nothing(results):
    text = (results / "report.html").read_text(encoding="utf-8")
    links = _Links()
    links.feed(text)
    assert links.outside == []
    assert not re.search(r"@import|url\((?!#)", text)


def test_the_report_opens_with_the_verdict_and_names_limits(results):
    text = (results / "report.html").read_text(encoding="utf-8")
    first = re.search(r'<p class="verdict">(.*?)</p>', text, re.S).group(1)
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert record["verdict"] in first.replace("&lt;", "<")
    assert "Deep features were left out" in text
    assert "Simulated data" not in text


def test_simulated_stands_on_the_page(study):
    from whole.conftest import edit

    from radln.study.core import Study

    edit(study / "study.yaml", lambda held: held.update(simulated=True))
    Study.from_yaml(study).run(out=study / "results")
    text = (study / "results" / "report.html").read_text(encoding="utf-8")
    assert text.count("Simulated data") >= 2 and "position: fixed" in text


def test_models_reload_in_a_fresh_process(results, tmp_path):
    code = (
        "import sys, numpy as np, pandas as pd\n"
        "from radln.models.persist import load_models, predict_frame\n"
        "rows = pd.read_parquet(sys.argv[1])\n"
        "predict_frame(load_models(sys.argv[2]), rows).to_csv(sys.argv[3])\n"
    )
    table = pd.read_csv(results / "model" / "predictions_final.csv", index_col=0)
    features = pd.read_parquet(results / "features.parquet").set_index("case_id")
    rows = pd.read_csv(results.parent / "nodes.csv").set_index("image")
    by_patient = pd.concat(
        [rows[["age"]].add_prefix("clinical_"), features.select_dtypes("number")], axis=1
    )
    by_patient = by_patient.groupby(rows["patient"]).mean().loc[table.index]
    sex = rows.groupby("patient")["sex"].agg(lambda s: sorted(s.mode())[0])
    by_patient["clinical_sex"] = sex.loc[table.index]
    by_patient.to_parquet(tmp_path / "rows.parquet")
    subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            tmp_path / "rows.parquet",
            results / "model",
            tmp_path / "p.csv",
        ],
        check=True,
    )
    again = pd.read_csv(tmp_path / "p.csv", index_col=0)
    pd.testing.assert_frame_equal(
        again[table.columns], table, check_exact=False, rtol=0, atol=1e-12, check_names=False
    )


def test_the_nomogram_is_its_model(results):
    model = next(m for m in load_models(results / "model") if m.source == "nomogram_logistic")
    predictor = linear_predictor(model)
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "clinical_age": rng.uniform(30, 80, 20),
            "clinical_sex": rng.choice(["f", "m"], 20),
            "rad_score": rng.normal(0, 1, 20),
        }
    )
    np.testing.assert_allclose(
        Nomogram(predictor).probability(frame), model.probability(frame), rtol=0, atol=1e-12
    )
    labels = {term.name: term.label for term in predictor.terms}
    assert labels["rad_score"] == "rad-score" and labels["clinical_age"] == "age"


def test_numbers_follow_from_predictions_csv(results):
    """The tables can be made again from the predictions by the public functions."""
    held = Predictions(pd.read_csv(results / "predictions.csv"))
    aucs = pd.read_csv(results / "tables" / "auc.csv").set_index("source")
    model = held.select("combined_logistic")
    mine = auc_over_folds(
        model["y_true"], model["y_score"], model["fold"].astype(int), cluster=model["patient_id"]
    )
    assert aucs.loc["combined_logistic", "value"] == pytest.approx(mine.estimate.value, abs=1e-12)
    assert aucs.loc["combined_logistic", "se"] == pytest.approx(mine.estimate.se, abs=1e-12)
    reader = held.select("expert")
    own = auc(reader["y_true"], reader["y_score"], cluster=reader["patient_id"])
    assert aucs.loc["expert", "value"] == pytest.approx(own.value, abs=1e-12)
    simple = held.select("size_logistic")
    both = compare_over_folds(
        model["y_true"], model["y_score"], simple["y_score"], model["fold"].astype(int),
        cluster=model["patient_id"],
    )  # fmt: skip
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    shown = f"{both.difference.value:+.3f}".replace("-", "−")
    assert shown in record["verdict"]


def test_no_pvalue_beside_unnamed_pairs(results):
    assert "pvalue" not in pd.read_csv(results / "tables" / "differences.csv").columns
    ladder = pd.read_csv(results / "tables" / "ladder.csv")
    assert (ladder["pvalue_holm"] >= ladder["pvalue"]).all()
