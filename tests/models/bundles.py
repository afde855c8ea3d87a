"""A bundle with every kind of model, made by a run without images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from radln.study.core import Study
from radln.study.result import StudyResult

CLINICAL_AND = {"keep": ["clinical"], "compete": ["radiomics"]}
SELECT = {"step": "select", "max_features": 3, "max_correlation": 0.9}
FITTED: dict[str, Any] = {
    "rad": {"learner": "logistic", "compete": ["radiomics"]},
    "clin": {"learner": "logistic", "keep": ["clinical"]},
    "nomo": {"learner": "logistic", "keep": ["clinical"], "inputs_from": {"rad_score": "rad"}},
    "boost": {"learner": "xgboost", **CLINICAL_AND},
    "wood": {"learner": "forest", **CLINICAL_AND},
    "bent": {"learner": "splines", "keep": ["clinical"], "steps": [{"step": "chained"}]},
    "net": {"learner": "elastic_net", **CLINICAL_AND, "steps": []},
    "line": {"learner": "svm", "settings": {"kernel": "linear"}, **CLINICAL_AND},
    "parts": {
        "learner": "forest",
        "compete": ["radiomics"],
        "steps": [{"step": "pca", "max_components": 2}],
    },
    "near": {"learner": "knn", "compete": ["radiomics"]},
}
N = 90


def write_study(folder: Path) -> Path:
    """A table, features and study.yaml; the signal is in all columns."""
    rng = np.random.default_rng(5)
    risk = rng.standard_normal(N)
    noise = rng.standard_normal((N, 7))
    cases = [f"QJX-{k:03d}" for k in range(N)]
    table = pd.DataFrame({"image": cases, "person": [f"WPT-{k // 2:03d}" for k in range(N)]})
    table["pathology"] = np.where(risk + noise[:, 0] > 0, "malignant", "benign")
    table["age"] = (50 + 6 * risk + 8 * noise[:, 1]).round()
    table["border"] = np.where(risk + noise[:, 2] > 0.4, "irregular", "smooth")
    table["grade"] = pd.cut(risk + noise[:, 3], [-9, -0.5, 0.5, 9], labels=["3", "4a", "4b"])
    table.loc[[3, 11, 20], "age"] = np.nan
    table.loc[[5, 30], "border"] = np.nan
    features = pd.DataFrame({"image": cases})
    features["radiomics_original_shape2D_Perimeter"] = 30 + 5 * risk + 4 * noise[:, 4]
    features["radiomics_original_firstorder_Mean"] = 90 - 6 * risk + 9 * noise[:, 5]
    features["radiomics_original_glcm_Contrast"] = np.exp(0.4 * risk + noise[:, 6])
    folder.mkdir(parents=True)
    table.to_csv(folder / "nodes.csv", index=False)
    features.to_csv(folder / "features.csv", index=False)
    settings = {
        "schema": 2,
        "seed": 3,
        "data": {
            "table": "nodes.csv",
            "features": "features.csv",
            "case": "image",
            "patient": "person",
            "outcome": "pathology",
            "positive": "malignant",
            "clinical": ["age", "border", "grade"],
        },
        "features": {"deep": None},
        "models": {"folds": 2, "repeats": 1, "inner_folds": 2, "fitted": FITTED},
        "evaluation": {
            "n_resamples": 100,
            "ladder": [],
            "primary": {"full": "boost", "simple": "clin"},
        },
    }
    (folder / "study.yaml").write_text(
        yaml.safe_dump(json.loads(json.dumps(settings)), sort_keys=False)
    )
    return folder


def run_study(folder: Path) -> StudyResult:
    """Run it into ``results``."""
    return Study.from_yaml(write_study(folder)).run(out=folder / "results")
