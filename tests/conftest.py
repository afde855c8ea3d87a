"""Small cohorts that many tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from radln.cohort.blocks import all_blocks, columns_in
from radln.cohort.core import Cohort, Reader
from radln.designs import CrossValidation, Split
from radln.models.cross_fit import cross_fit, fit_all
from radln.models.recipe import LEARNERS, recipes
from radln.models.settings import ModelSettings
from radln.models.train import table_models

settings.register_profile("radln", deadline=None, max_examples=30)  # no test is a timing
settings.register_profile("long", deadline=None, max_examples=300)  # scripts/long/properties.py
settings.load_profile("radln")

MOST_SKIPS = 1  # tests/stats/test_lifelines.py, which has an environment of its own

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


def recipes_of(cohort, models=None, *, learners=LEARNERS, blocks=None):
    """The usual recipes of a cohort, of some learners and blocks alone where they are named."""
    models = models or ModelSettings()
    found, _ = recipes(all_blocks(cohort), models)
    return tuple(
        r for r in found if r.learner in learners and (blocks is None or r.block in blocks)
    )


def cross_fitted(cohort, models, *, seed, found=None, **options):
    """Out-of-fold predictions of the usual recipes (or of ``found``)."""
    splits = CrossValidation(models.folds, models.repeats).splits(
        cohort.units, cohort.outcome, seed
    )
    found = recipes_of(cohort, models) if found is None else found
    return cross_fit(cohort, splits, table_models(found, models, seed), **options)


def final_models(cohort, models, *, seed, found=None):
    """Fits of the usual recipes (or of ``found``) on all rows."""
    whole = Split.whole(len(cohort.units))
    found = recipes_of(cohort, models) if found is None else found
    return fit_all(columns_in(cohort, whole), whole, table_models(found, models, seed))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """More skipped tests than are allowed is a failure; what needs ../shared may be skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = [str(report.longrepr) for report in reporter.stats.get("skipped", ())]
    skipped = [said for said in skipped if "../shared" not in said]
    if len(skipped) > MOST_SKIPS:
        listed = "\n".join(skipped)
        reporter.write(f"\n{len(skipped)} tests were skipped, {MOST_SKIPS} may be:\n{listed}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def noisy_cohort(
    n_patients: int = 60,
    *,
    seed: int = 0,
    n_features: int = 30,
    signal: float = 1.0,
    views: int = 2,
    missing: float = 0.02,
) -> Cohort:
    """Features with a patient effect; the first radiomics one and the size carry signal."""
    rng = np.random.default_rng(seed)
    n = n_patients * views
    patient = np.repeat(np.arange(n_patients), views)
    risk = rng.standard_normal(n_patients)[patient] + 0.5 * rng.standard_normal(n)
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * risk))).astype(int)
    index = pd.Index([f"u{i}" for i in range(n)], name="unit_id")
    frame = pd.DataFrame(
        0.6 * rng.standard_normal((n_patients, n_features))[patient]
        + 0.8 * rng.standard_normal((n, n_features)),
        index=index,
        columns=[f"radiomics_original_glcm_F{j}" for j in range(n_features)],
    )
    frame.iloc[:, 0] += signal * risk
    frame = frame.mask(rng.random(frame.shape) < missing)
    frame["node_long_axis_mm"] = 10 + 2 * signal * risk + rng.standard_normal(n)
    frame["clinical_age"] = 50 + 5 * signal * risk + 8 * rng.standard_normal(n)
    frame["clinical_border"] = np.where(risk + rng.standard_normal(n) > 0.5, "irregular", "smooth")
    units = pd.DataFrame(
        {"patient_id": [f"p{p}" for p in patient], "y_true": y, "n_views": 1}, index=index
    )
    radiomics = tuple(frame.columns[:n_features])
    blocks = {
        "clinical": ("clinical_age", "clinical_border"),
        "size": ("node_long_axis_mm",),
        "shape": ("node_long_axis_mm",),
        "radiomics": radiomics,
        "node": ("node_long_axis_mm",),
    }
    reads = pd.DataFrame(
        {"expert": np.digitize(risk + rng.standard_normal(n), [-1, 0, 1]) + 1.0}, index=index
    )
    return Cohort(units, frame, blocks, reads, (Reader("expert", 3.0),), "node")


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    """60 patients with two nodes each and real signal."""
    return noisy_cohort()
