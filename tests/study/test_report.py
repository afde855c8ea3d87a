"""The report of a finished run, and the numbers that anyone can make again from its tables."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from scipy.stats import norm

from radln._result import Estimate
from radln.predictions import Predictions
from radln.report.verdict import Primary
from radln.report.words import weigh
from radln.stats import auc, auc_over_folds, compare_over_folds
from radln.study.core import Study


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
    assert "Deep features were left out" in text
    assert "cross-validation was drawn 1 time(s)" in text
    assert "Simulated data" not in text


def test_simulated_stands_on_every_page(study):
    study.set(simulated=True)
    Study.from_yaml(study.folder).run(out=study.out)
    text = (study.out / "report.html").read_text(encoding="utf-8")
    assert text.count("Simulated data") >= 2
    assert "position: fixed" in text  # the banner is repeated on every printed page


def test_the_tables_follow_from_predictions_csv(pristine):
    held = Predictions(pd.read_csv(pristine.out / "predictions.csv"))
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


@pytest.mark.parametrize(
    ("gap", "se", "said"),
    [
        (0.03, 0.009, "rich one ranks better, though by less than the margin"),
        (0.12, 0.02, "rich one ranks better"),
        (-0.10, 0.025, "simple one ranks better"),
        (0.0, 0.01, "does as well within the margin"),
        (0.0, 0.03, "cannot tell"),
    ],
)
def test_the_second_sentence_agrees_with_the_verdict(gap, se, said):
    assert said in weigh(gap, se, 0.05)
    pvalue = 2 * norm.sf(abs(gap) / se)
    conclusion = Primary("a", "b", 0.05, Estimate(gap, gap, gap, se=se), pvalue).conclusion
    words = {"better": "rich one ranks better", "worse": "simple one ranks better"}
    words |= {"as_good": "does as well", "undecided": "cannot tell"}
    assert words[conclusion] in weigh(gap, se, 0.05)
