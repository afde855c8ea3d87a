"""On noise the library finds nothing; two wrong orders of work find plenty.

Uses the functions of ``benchmarks/null_pipeline.py``, so that the script stays alive; its full
table stands in ``docs/explanation/null-simulation.md``.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radln._random import task_rng
from radln.cohort.core import Cohort
from radln.errors import LeakageError
from radln.splits import assert_disjoint, check_folds, grouped_folds
from radln.stats import auc_over_folds

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "null_pipeline.py"
N_COHORTS = 3


@pytest.fixture(scope="module")
def null():
    spec = importlib.util.spec_from_file_location("null_pipeline", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cohorts(null):
    return [
        null.null_cohort(task_rng(5, "null", i), n_patients=60, n_features=300)
        for i in range(N_COHORTS)
    ]


def mean_auc(function, cohorts):
    return np.mean([function(cohort, seed=i) for i, cohort in enumerate(cohorts)])


def test_cross_fit_finds_nothing(null, cohorts):
    assert abs(mean_auc(null.pipeline_auc, cohorts) - 0.5) < 0.12


def test_selecting_first_finds_plenty(null, cohorts):
    assert mean_auc(null.selection_first, cohorts) > 0.7


def test_splitting_images_finds_plenty(null, cohorts):
    assert mean_auc(null.image_split, cohorts) > 0.7


def test_image_level_folds_raise(null, cohorts):
    cohort = cohorts[0]
    folds = grouped_folds(cohort.y_true, cohort.units.index, n_folds=5, seed=1)
    with pytest.raises(LeakageError, match="Split patients"):
        check_folds(folds, cohort.patient_id)
    with pytest.raises(LeakageError):
        assert_disjoint(cohort.patient_id, folds[0].train, folds[0].test)
    assert null.image_split_is_refused(cohort, seed=1)


def test_scores_of_image_level_folds_are_not_judged(cohorts):
    cohort = cohorts[0]
    where = np.arange(cohort.y_true.size) % 5
    with pytest.raises(LeakageError, match="two folds"):
        auc_over_folds(cohort.y_true, np.arange(where.size), where, cluster=cohort.patient_id)


def test_a_cohort_cannot_learn():
    """Scaling, selecting and imputing have no place to stand outside the folds."""
    public = {name for name in dir(Cohort) if not name.startswith("_")}
    methods = {name for name in public if callable(getattr(Cohort, name))}
    assert methods == {"check", "columns"}


def test_stopping_early_changes_no_decision(null, cohorts, monkeypatch):
    """Any permuted AUC at or above the observed makes p > 0.05, so the rest need not be run."""
    values = iter([0.4, 0.45, 0.7, 0.3])
    monkeypatch.setattr(null, "pipeline_auc", lambda cohort, seed: next(values))
    drawn = null.null_aucs(cohorts[0], 0, observed=0.6)
    assert drawn == [0.4, 0.45, 0.7]
    for rest in ([], [0.1] * 16):
        assert null.permutation_pvalue(0.6, [*drawn, *rest]) > 0.05
    assert null.permutation_pvalue(0.6, [0.1] * null.N_PERMUTATIONS) <= 0.05


def test_a_stopped_simulation_goes_on(null, tmp_path, monkeypatch, capsys):
    asked = []

    def row(i):
        asked.append(i)
        fixed = {"seed": null.SEED, "n_images": 630, "rejected": False, "permutations": 1}
        aucs = {"auc": 0.5 + i / 100, "auc_selection_first": 0.8, "auc_image_split": 0.8}
        return {"cohort": i, **fixed, **aucs, "image_split_refused": True}

    monkeypatch.setattr(null, "one_row", row)
    out = tmp_path / "null.csv"
    for n in (2, 4):
        monkeypatch.setattr(
            "sys.argv", ["null_pipeline.py", "--out", str(out), "--cohorts", str(n)]
        )
        null.main()
    assert asked == [0, 1, 2, 3]
    assert pd.read_csv(out)["cohort"].tolist() == [0, 1, 2, 3]
    assert "4 cohorts" in capsys.readouterr().out
    pd.read_csv(out).assign(seed=1).to_csv(out, index=False)
    with pytest.raises(SystemExit, match="another seed"):
        null.main()
