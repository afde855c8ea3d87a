"""On noise the library finds nothing; two wrong orders of work find plenty.

The full table stands in ``docs/explanation/null-simulation.md``; it is made by
``benchmarks/null_pipeline.py``, which is kept alive here.
"""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radln.cohort.core import Cohort
from radln.designs import assert_disjoint, check_splits, grouped_folds
from radln.errors import LeakageError
from radln.models.recipe import RAD_SOURCE
from radln.models.settings import ModelSettings
from radln.models.steps.encode import fit_encoding
from radln.models.steps.select import Select
from radln.models.steps.step import Training
from radln.stats import auc_over_folds
from tests.conftest import cross_fitted, recipes_of

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "null_pipeline.py"
SETTINGS = ModelSettings(folds=5, repeats=1, inner_folds=2)
N_PATIENTS, N_IMAGES, N_FEATURES, CORRELATION = 60, 6, 300, 0.4


def null_cohort(seed):
    """Six images a patient, noise that is alike within a patient, a coin's throw as outcome."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(N_PATIENTS), N_IMAGES)
    shared = rng.standard_normal((N_PATIENTS, N_FEATURES))[patient]
    own = rng.standard_normal((patient.size, N_FEATURES))
    index = pd.Index([f"image{i}" for i in range(patient.size)], name="unit_id")
    names = [f"radiomics_noise_{j:03d}" for j in range(N_FEATURES)]
    outcome = rng.permutation(N_PATIENTS) < N_PATIENTS // 2
    units = pd.DataFrame(
        {"patient_id": [f"patient{p}" for p in patient], "y_true": outcome[patient].astype(int)},
        index=index,
    )
    predictors = pd.DataFrame(
        np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own, index=index, columns=names
    )
    blocks = {"radiomics": tuple(names)}
    return Cohort(units, predictors, blocks, pd.DataFrame(index=index), unit="image")


def pipeline_auc(cohort):
    """The within-fold AUC of the radiomics model, everything learned inside the folds."""
    found = [one for one in recipes_of(cohort, SETTINGS) if one.source == RAD_SOURCE]
    fit = cross_fitted(cohort, SETTINGS, seed=1, found=found)
    rows = fit.predictions.select(RAD_SOURCE).set_index("unit_id")
    scores = rows["y_score"].reindex(cohort.units.index).to_numpy()
    result = auc_over_folds(cohort.y_true, scores, fit.fold_of[0], cluster=cohort.patient_id)
    return result.estimate.value


def selected_first(cohort):
    """WRONG: only the features that all rows, test rows included, speak for."""
    chosen = fit_encoding(
        Training(cohort.predictors, cohort.y_true, cohort.patient_id),
        keep=(),
        compete=cohort.columns("radiomics"),
        choices=[Select(SETTINGS.max_features, SETTINGS.max_correlation)],
    ).columns
    return replace(cohort, predictors=cohort.predictors[list(chosen)], blocks={"radiomics": chosen})


def images_as_patients(cohort):
    """WRONG: every image passed off as a patient of its own."""
    return replace(cohort, units=cohort.units.assign(patient_id=cohort.units.index))


@pytest.fixture(scope="module")
def cohorts():
    return [null_cohort(seed) for seed in range(3)]


def mean_auc(cohorts):
    return np.mean([pipeline_auc(cohort) for cohort in cohorts])


def test_cross_fit_finds_nothing(cohorts):
    assert abs(mean_auc(cohorts) - 0.5) < 0.12


def test_selecting_first_finds_plenty(cohorts):
    assert mean_auc([selected_first(cohort) for cohort in cohorts]) > 0.7


def test_splitting_images_finds_plenty(cohorts):
    assert mean_auc([images_as_patients(cohort) for cohort in cohorts]) > 0.7


def test_folds_over_images_are_refused(cohorts):
    cohort = cohorts[0]
    folds = grouped_folds(cohort.y_true, cohort.units.index, n_folds=5, seed=1)
    with pytest.raises(LeakageError, match="Split patients"):
        check_splits(folds, cohort.patient_id)
    with pytest.raises(LeakageError, match="Split patients"):
        assert_disjoint(cohort.patient_id, folds[0].train, folds[0].test)


def test_scores_of_folds_over_images_are_not_judged(cohorts):
    cohort = cohorts[0]
    where = np.arange(cohort.y_true.size) % 5
    with pytest.raises(LeakageError, match="two folds"):
        auc_over_folds(cohort.y_true, np.arange(where.size), where, cluster=cohort.patient_id)


def test_a_cohort_has_nothing_that_learns():
    """Scaling, selecting and imputing have no place to stand outside the folds."""
    public = {name for name in dir(Cohort) if not name.startswith("_")}
    assert {name for name in public if callable(getattr(Cohort, name))} == {
        "at",
        "check",
        "columns",
    }


def test_the_script_of_the_docs_runs_and_goes_on(tmp_path, monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location("null_pipeline", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "FEATURES", 60)
    out = tmp_path / "null.csv"
    for n in ("1", "2"):
        arguments = ["null_pipeline.py", "--cohorts", n, "--permutations", "1", "--out", str(out)]
        monkeypatch.setattr("sys.argv", arguments)
        script.main()
    table = pd.read_csv(out)
    assert table["cohort"].tolist() == [0, 1]
    assert table["image_split_refused"].all()
    assert "2 cohorts" in capsys.readouterr().out
