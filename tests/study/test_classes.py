"""A study with several classes, from the command line to the page."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.data_settings import DataSettings
from radln.models.persist import load_models, predict_frame
from radln.stats import confusion_matrix, mcnemar, multiclass_auc, multiclass_over_folds

OK, DATA, USAGE = 0, 1, 2
CLASSES = ["reactive", "lymphoma", "metastatic"]
NAMED = ",".join(CLASSES)
PATIENTS = 66


def frame(seed=4):
    rng = np.random.default_rng(seed)
    n = 2 * PATIENTS
    latent = rng.normal(size=(n, 3))
    kind = np.array(CLASSES, dtype=object)
    codes = (1.2 * latent + rng.gumbel(size=(n, 3))).argmax(axis=1)
    read = np.where(rng.random(n) < 0.6, codes, rng.integers(0, 3, n))
    table = pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(n)],
            "person": [f"p{k // 2}" for k in range(n)],
            "kind": kind[codes],
            "age": (60 + 8 * latent[:, 0] + 3 * rng.normal(size=n)).round(),
            "crp": (5 + latent[:, 1] + rng.normal(size=n)).round(2),
            "ldh": (200 + 30 * latent[:, 2] + 10 * rng.normal(size=n)).round(),
            "expert": kind[read],
            "part": np.where(np.repeat(np.arange(PATIENTS), 2) % 3 == 0, "new", "old"),
            "site": np.where(np.repeat(np.arange(PATIENTS), 2) % 2 == 0, "A", "B"),
        }
    )
    table.loc[[3, 8], "expert"] = None
    return table


def started(radln, folder, table, *more, classes=NAMED, learners=("logistic",)):
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "kind", "--classes", classes, "--clinical", "age,crp,ldh",
        "--site", "site", "--reader", "expert", "--force", *more,
    )  # fmt: skip
    if said.code == OK:
        file = folder / "study.yaml"
        held = yaml.safe_load(file.read_text())
        held["models"] |= {"inner_folds": 2, "folds": 3, "repeats": 2}
        held["models"]["fitted"] = {
            f"clinical_{kind}": {"learner": kind, "keep": ["clinical"]} for kind in learners
        }
        held["evaluation"] |= {"n_resamples": 100}
        held["evaluation"]["primary"] |= {
            "full": f"clinical_{learners[-1]}", "simple": f"clinical_{learners[0]}"
        }  # fmt: skip
        file.write_text(yaml.safe_dump(held))
    return said


def ran(radln, folder, table, *more, **options):
    said = started(radln, folder, table, *more, **options)
    assert said.code == OK, said.err
    said = radln("run", folder)
    assert said.code == OK, said.err
    return folder / "results"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("classes") / "s"


@pytest.fixture
def crossed(radln, kept):
    """The results of one run, which the first test makes."""
    if not (kept / "results" / "report.html").exists():
        ran(radln, kept, frame(), learners=("logistic", "multinomial"))
    return kept / "results"


def scores_of(results, source, table):
    rows = pd.read_csv(results / "predictions.csv", dtype={"unit_id": str})
    rows = rows[rows["source"] == source]
    units = table["case"].astype(str)
    shape = [
        rows[rows["repeat"] == repeat]
        .pivot(index="unit_id", columns="target", values="y_score")
        .reindex(index=units, columns=CLASSES)
        .to_numpy()
        for repeat in sorted(rows["repeat"].unique())
    ]
    folds = [
        rows[rows["repeat"] == repeat].drop_duplicates("unit_id").set_index("unit_id")["fold"]
        .reindex(units).to_numpy()
        for repeat in sorted(rows["repeat"].unique())
    ]  # fmt: skip
    return np.stack(shape), np.stack(folds)


def test_areas_and_calls_are_those_of_the_statistics(crossed):
    table = frame()
    for source in ("clinical_logistic", "clinical_multinomial"):
        scores, folds = scores_of(crossed, source, table)
        found = multiclass_over_folds(
            table["kind"], scores, folds, classes=CLASSES, cluster=table["person"]
        )
        areas = pd.read_csv(crossed / "tables" / "auc.csv").fillna({"first": ""})
        own = areas[areas["source"] == source].set_index(["metric", "first"])
        for average, estimate in found.averages.items():
            told = own.loc[(average, ""), ["value", "low", "high"]].astype(float)
            assert list(told) == pytest.approx([estimate.value, estimate.low, estimate.high])
        for name, estimate in found.one_vs_rest.items():
            assert own.loc[("one_vs_rest", name), "value"] == pytest.approx(estimate.value)
        called = np.array(CLASSES)[scores[0].argmax(axis=1)]
        counts = confusion_matrix(table["kind"], called, classes=CLASSES).table()
        told = pd.read_csv(crossed / "tables" / f"confusion_{source}.csv", index_col="true")
        np.testing.assert_array_equal(told.to_numpy(), counts.to_numpy())


def test_the_reader_is_judged_on_the_cases_read(crossed):
    table = frame()
    read = table[table["expert"].notna()]
    counts = pd.read_csv(crossed / "tables" / "confusion_expert.csv", index_col="true")
    assert counts.to_numpy().sum() == len(read) == 2 * PATIENTS - 2
    scores, _ = scores_of(crossed, "clinical_multinomial", table)
    gaps = [
        mcnemar(
            np.array(CLASSES)[row[read.index].argmax(axis=1)] == read["kind"].to_numpy(),
            (read["expert"] == read["kind"]).to_numpy(),
            cluster=read["person"].to_numpy(),
        ).difference.value
        for row in scores
    ]
    told = pd.read_csv(crossed / "tables" / "reader_calls.csv").fillna({"class": ""})
    assert told.loc[told["class"] == "", "value"].iloc[0] == pytest.approx(np.mean(gaps))
    assert set(told["class"]) == {"", *CLASSES}


def test_the_page_speaks_of_the_classes(crossed):
    page = (crossed / "report.html").read_text()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for words in (
        "macro AUC difference",
        "Hand and Till",
        "Calls of lymphoma against the rest",
        "Calibration of metastatic against the rest",
        "against the readers&#39; calls",
        "the classes are reactive, lymphoma, metastatic",
        "multinomial and proportional-odds models were fitted to all classes at once".capitalize(),
    ):
        assert words in text, words
    assert "Youden" not in text and "cut-off of the final model" not in text
    assert "both outcomes" not in text
    frames = [path.stem for path in (crossed / "figures").glob("*.svg")]
    assert {"roc", "auc", "confusion_expert", "decision_class0", "decision_class2"} <= {*frames}
    assert {f"beeswarm_clinical_logistic_class{k}" for k in range(3)} <= {*frames}


def test_final_models_tell_what_their_files_tell(crossed):
    models = load_models(crossed / "model")
    assert len(models) == 6
    told = pd.read_csv(crossed / "model" / "predictions_final.csv", index_col=0)
    table = frame()
    rows = table[["age", "crp", "ldh"]].add_prefix("clinical_").astype(float)
    again = predict_frame(models, rows, CLASSES)
    assert set(told.columns) == {
        f"clinical_{kind}: {name}" for kind in ("logistic", "multinomial") for name in CLASSES
    }
    np.testing.assert_allclose(again[told.columns], told, atol=1e-12)


def test_a_run_that_was_cut_off_goes_on_to_the_same_numbers(radln, crossed):
    before = (crossed / "predictions.csv").read_bytes()
    areas = (crossed / "tables" / "auc.csv").read_bytes()
    next((crossed / "folds").glob("*")).unlink()
    said = radln("run", crossed.parent, "--jobs", "2")
    assert said.code == OK, said.err
    assert (crossed / "predictions.csv").read_bytes() == before
    assert (crossed / "tables" / "auc.csv").read_bytes() == areas


def test_a_test_part_and_ordered_classes(radln, tmp_path):
    table = frame()
    results = ran(
        radln, tmp_path / "s", table, "--design", "fixed:part=new", "--ordered",
        learners=("ordinal", "xgboost"),
    )  # fmt: skip
    tested = table[table["part"] == "new"]
    scores, _ = scores_of(results, "clinical_ordinal", tested)
    found = multiclass_auc(tested["kind"], scores[0], classes=CLASSES, cluster=tested["person"])
    areas = pd.read_csv(results / "tables" / "auc.csv")
    own = areas[(areas["source"] == "clinical_ordinal") & (areas["metric"] == "macro")]
    assert own["value"].iloc[0] == pytest.approx(found.macro.value)
    assert json.loads((results / "run.json").read_text())["split"]
    text = (results / "report.html").read_text()
    assert "reactive &lt; lymphoma &lt; metastatic" in text
    assert "any higher class" in text
    table.loc[table["part"] == "new", "kind"] = np.roll(tested["kind"].to_numpy(), 5)
    other = ran(
        radln, tmp_path / "t", table, "--design", "fixed:part=new", "--ordered",
        learners=("ordinal", "xgboost"),
    )  # fmt: skip
    names = sorted(p.name for p in (results / "model").glob("clinical*"))
    assert names == sorted(p.name for p in (other / "model").glob("clinical*"))
    for name in names:
        assert (results / "model" / name).read_bytes() == (other / "model" / name).read_bytes()


@pytest.mark.parametrize(
    ("change", "classes", "more", "match"),
    [
        (None, "reactive,lymphoma", (), "three or more different classes"),
        (None, "reactive,lymphoma,cyst", (), "--classes names 'cyst', which is not in"),
        (("kind", "Lymphoma"), ",".join(CLASSES), (), "Lymphoma"),
        (("kind", "cyst"), ",".join(CLASSES), (), "holds cyst \\(1\\), which is no class"),
        (("expert", "cyst"), ",".join(CLASSES), (), "holds the call 'cyst' in 1 row"),
        (None, ",".join(CLASSES), ("--positive", "lymphoma"), "leave one out"),
        (None, ",".join(CLASSES), ("--order", "a,b"), "--order is of reads on a scale"),
    ],
)
def test_what_is_a_little_wrong_is_refused(radln, tmp_path, change, classes, more, match):
    table = frame()
    if change:
        table.loc[0, change[0]] = change[1]
    said = started(radln, tmp_path / "s", table, *more, classes=classes)
    if said.code == OK:
        said = radln("check", tmp_path / "s")
    assert said.code != OK
    assert re.search(match, re.sub(r"\s+", " ", said.err)), said.err


def test_a_class_too_rare_for_the_folds_is_refused_with_the_remedy(radln, tmp_path):
    table = frame()
    table = table[(table["kind"] != "lymphoma") | (table["case"].astype(int) < 7)]
    assert started(radln, tmp_path / "s", table).code == OK
    said = radln("run", tmp_path / "s")
    assert said.code == DATA
    assert "Use fewer folds" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("learner", "match"),
    [
        ({"learner": "ordinal"}, "takes the classes as grades"),
        ({"learner": "logistic", "calibrate": "isotonic"}, "isotonic is for two classes"),
        ({"learner": "logistic", "inputs_from": {"s": "clinical_logistic"}}, "is not one score"),
    ],
)
def test_what_classes_cannot_have_is_refused_before_anything_is_read(
    radln, tmp_path, learner, match
):
    assert started(radln, tmp_path / "s", frame()).code == OK
    file = tmp_path / "s" / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["models"]["fitted"]["other"] = {"keep": ["clinical"]} | learner
    file.write_text(yaml.safe_dump(held))
    said = radln("check", tmp_path / "s")
    assert said.code == DATA and match in re.sub(r"\s+", " ", said.err)


def test_views_that_a_reader_called_differently_are_said(radln, tmp_path):
    table = frame()
    table["kind"] = table.groupby("person")["kind"].transform("first")
    table["expert"] = np.where(np.arange(len(table)) % 2, "lymphoma", "reactive")
    results = ran(radln, tmp_path / "s", table, "--unit", "patient", "--design", "hold-out:0.4")
    text = re.sub(r"\s+", " ", (results / "report.html").read_text())
    assert f"expert differs between the views of {PATIENTS} unit(s)" in text
    assert "a bundle for use elsewhere is written for two classes alone" in text
    assert not (results / "bundle").exists()
    said = radln("plan", tmp_path / "s", "--results", results)
    assert said.code == OK and "reactive" in said.out, said.err
    assert "the class with the largest probability; readers: expert" in said.out
    file = tmp_path / "s" / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["data"]["classes"] = CLASSES[::-1]
    file.write_text(yaml.safe_dump(held))
    said = radln("plan", tmp_path / "s", "--results", results)
    assert said.code == DATA and "differs in outcome" in said.err
    said = radln("figures", results, "--format", "svg")
    assert said.code == OK, said.err


def test_settings_know_one_kind_of_outcome():
    given = {"table": "t.csv", "case": "c", "patient": "p", "outcome": "o"}
    for more, match in (
        ({}, "give one of the two"),
        ({"positive": "a", "classes": ["a", "b", "c"]}, "give one of the two"),
        ({"classes": ["a", "b", "c"], "negative": ["b"]}, "data.negative goes with"),
        ({"positive": "a", "ordered": True}, "data.ordered goes with"),
        ({"classes": ["a", "b", "c"], "readers": [{"column": "r", "cut": 1}]}, "has no cut"),
        ({"positive": "a", "readers": [{"column": "r"}]}, "needs a cut"),
    ):
        with pytest.raises(ValidationError, match=match):
            DataSettings.model_validate(given | more)
