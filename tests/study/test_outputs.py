"""What lies in OUT: whole, readable elsewhere, and the same numbers as in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.explain.linear import linear_predictor
from radln.features.table import FeatureSpec
from radln.io.tables import read_parquet
from radln.models.calibrate import Isotonic
from radln.models.persist import load_models
from radln.predictions import Predictions
from radln.study.conclude import _nomogram
from radln.study.judged import with_reads
from radln.study.publish import versions
from tests.study.studies import environment

RELOAD = """
import sys
from pathlib import Path
import pandas as pd
from radln.models.persist import load_models, predict_frame
out = Path(sys.argv[1])
held = pd.read_csv(out / "model" / "predictions_final.csv", index_col="unit_id")
predictors = pd.read_parquet(sys.argv[2]).set_index("unit_id").loc[held.index]
again = predict_frame(load_models(out / "model"), predictors)
print((again[held.columns] - held).abs().to_numpy().max(), again.shape[1])
"""


def test_models_reload_in_a_fresh_process(pristine, result, tmp_path):
    predictors = tmp_path / "predictors.parquet"
    result.cohort.predictors.reset_index().to_parquet(predictors)
    done = subprocess.run(
        [sys.executable, "-c", RELOAD, str(pristine.out), str(predictors)],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    gap, count = done.stdout.split()
    assert float(gap) <= 1e-12
    assert int(count) == len(result.final) == 15


def test_files_hold_what_the_run_found(pristine, result):
    predictions = pd.read_csv(pristine.out / "predictions.csv")
    pd.testing.assert_frame_equal(
        Predictions.from_frame(predictions).frame(),
        with_reads(result.cohort, result.fit).frame(),
        check_dtype=False,
    )
    aucs = pd.read_csv(pristine.out / "tables" / "auc.csv")
    assert_allclose(aucs["value"], result.evaluation.aucs["value"])
    table, specs = read_parquet(pristine.out / "features.parquet")
    assert [FeatureSpec(**spec).name for spec in specs] == list(table.columns[4:])
    record = json.loads((pristine.out / "run.json").read_text())
    assert record["study_id"] == result.study_id
    assert record["verdict"] == result.verdict
    assert record["n"] == len(result.cohort.units) == 33


def test_versions_name_what_the_numbers_stand_on():
    assert {"python", "radln", "numpy", "scikit-learn", "SimpleITK"} <= set(versions())


@pytest.mark.parametrize("source", ["clinical_logistic", "combined_logistic", "nomogram_logistic"])
def test_linear_predictor_equals_the_model(result, source):
    model = next(m for m in result.final if m.source == source)
    frame = result.cohort.predictors.assign(rad_score=np.linspace(-2, 2, 33))
    frame = frame.fillna({"clinical_age": 50.0})
    linear = linear_predictor(model)
    total = np.full(len(frame), linear.intercept)
    for term in linear.terms:
        values = frame[term.name]
        if term.levels:
            effect = dict(zip(term.levels, term.coefficients, strict=True))
            total += values.map(effect).to_numpy(dtype=float)
        else:
            total += term.coefficients[0] * values.to_numpy(dtype=float)
    assert_allclose(total, model.log_odds(frame), atol=1e-12)


def test_nomogram_gives_the_final_models_probability(result):
    model = next(m for m in result.final if m.source == "nomogram_logistic")
    radiomics = next(m for m in result.final if m.source == "radiomics_logistic")
    frame = result.cohort.predictors.assign(rad_score=radiomics.log_odds(result.cohort.predictors))
    nomogram = result.nomogram
    shown = frame[[term.name for term in nomogram.predictor.terms]]
    assert_allclose(nomogram.probability(shown), model.probability(frame), atol=1e-12)


def test_no_nomogram_of_a_model_with_an_isotonic_curve(result):
    curve = Isotonic(np.array([0.0, 1.0]), np.array([0.2, 0.7]))
    models = tuple(replace(m, curve=curve) if m.inputs_from else m for m in result.final)
    found, source, note = _nomogram(models, "malignant")
    assert found is None and source == "" and "isotonic curve" in note


def test_models_are_plain_data(pristine, result):
    kept = {model.source: model.to_dict() for model in load_models(pristine.out / "model")}
    assert kept == {model.source: model.to_dict() for model in result.final}
    trees = json.loads((pristine.out / "model" / "size_xgboost.json").read_text())["core"]
    assert trees == {"file": "size_xgboost.xgboost.json"}
