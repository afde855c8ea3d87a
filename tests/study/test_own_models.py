"""Studies whose models are the user's own: other names, other learners, other blocks."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.study.test_hold_out import frame, started

OK, DATA = 0, 1
CLINICAL = {"learner": "logistic", "keep": ["clinical"]}


@pytest.fixture
def study(radln, tmp_path):
    def run(fitted, full, simple="expert"):
        said = started(radln, tmp_path / "s", frame())
        assert said.code == OK, said.err
        file = tmp_path / "s" / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"folds": 2, "repeats": 1, "fitted": fitted}
        held["evaluation"]["primary"] |= {"full": full, "simple": simple}
        held["evaluation"]["ladder"] = []
        file.write_text(yaml.safe_dump(json.loads(json.dumps(held))))
        said = radln("run", tmp_path / "s")
        page = tmp_path / "s" / "results" / "report.html"
        return said, page.read_text(encoding="utf-8") if page.exists() else ""

    return run


def test_models_under_names_of_their_own(study):
    said, page = study(
        {"my_model": CLINICAL, "trees": CLINICAL | {"learner": "forest"}}, "my_model"
    )
    assert said.code == OK, said.err
    assert (
        "Ridge-penalised logistic regression was fitted to “my model”; Random forest was fitted to "
        "“trees” by 1 × 2-fold"
    ) in page


def test_the_methods_say_which_learner_was_fitted_to_what(study):
    said, page = study(
        {"clinical_logistic": CLINICAL, "clinical_xgboost": CLINICAL | {"learner": "xgboost"}},
        "clinical_logistic",
    )
    assert said.code == OK, said.err
    assert (
        "Ridge-penalised logistic regression and XGBoost were fitted to clinical features by"
    ) in page


def test_a_model_that_takes_a_score_is_not_explained_in_its_place(study):
    stacked = {
        "learner": "xgboost",
        "keep": ["clinical"],
        "inputs_from": {"s": "clinical_logistic"},
    }
    linear = stacked | {"learner": "logistic"}
    said, page = study(
        {"clinical_logistic": CLINICAL, "trees": stacked, "stacked_logistic": linear},
        "stacked_logistic",
    )
    assert said.code == OK, said.err
    assert "XGBoost was fitted to “trees” (with the score of Clinical (logistic))" in page
    assert "SHAP values in Clinical (logistic)" in page
    assert "No nomogram" not in page  # the first of the two has none; the second one's is drawn


def test_the_nomogram_s_model_may_be_the_one_that_is_compared(study):
    own = {"learner": "logistic", "keep": ["clinical"], "inputs_from": {"s": "clinical_logistic"}}
    said, page = study(
        {"clinical_logistic": CLINICAL, "nomogram_logistic": own}, "nomogram_logistic"
    )
    assert said.code == OK, said.err
    assert page.count("Calibration of Nomogram (logistic)") == 1


def test_one_reader_is_compared_by_name(radln, tmp_path):
    said = started(radln, tmp_path / "s", frame())
    assert "primary comparison: clinical_logistic against expert" in said.out


def test_limits_name_models_as_the_page_does(study):
    said, page = study({"clinical_logistic": CLINICAL, "other": CLINICAL}, "clinical_logistic")
    assert said.code == OK, said.err
    assert "other was not fitted: it would be Clinical (logistic) again." in page


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"learner": "logistic", "keep": ["clinicla"]}, "Did you mean 'clinical'?"),
        ({"learner": "logistic"}, "learns from nothing"),
    ],
)
def test_a_model_of_nothing_is_refused_before_the_work(radln, tmp_path, command, model, words):
    started(radln, tmp_path, frame())
    file = tmp_path / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["models"]["fitted"]["odd"] = model
    file.write_text(yaml.safe_dump(held))
    said = radln(command, tmp_path)
    assert said.code == DATA
    assert words in said.err


def test_a_reader_of_two_values_stays_out_of_the_average_where_views_are_averaged(radln, tmp_path):
    table = frame()
    table["caller"] = (table["expert"] >= 4).astype(int)
    table["pathology"] = table.groupby("person")["pathology"].transform("first")
    started(radln, tmp_path, table, "--reader", "caller:1")
    file = tmp_path / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["data"]["unit"] = "patient"
    held["models"] |= {"folds": 2, "repeats": 1}
    held["evaluation"]["primary"]["simple"] = "average_reader"
    file.write_text(yaml.safe_dump(held))
    said = radln("run", tmp_path)
    assert said.code == OK, said.err
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "The average reader is that of expert; caller: two values only" in page
