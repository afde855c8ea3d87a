"""Simulated reader studies for the tests."""

import numpy as np
import pandas as pd

from radln.stats import ReaderStudy


def tables(
    *, readers=5, cases=60, modalities=("A", "B"), gains=None, per_patient=1, seed=0, trainees=0
):
    """Reads, truth and a model: latent normals with reader and case effects."""
    rng = np.random.default_rng(seed)
    gains = gains or dict.fromkeys(modalities, 1.5)
    patient = np.arange(cases) // per_patient
    y = np.arange(cases) % 2
    case = rng.normal(size=cases) + 0.7 * rng.normal(size=patient.max() + 1)[patient]
    rows = []
    for r in range(readers):
        skill = 0.2 * rng.normal()
        level = "trainee" if r >= readers - trainees else "expert"
        for name in modalities:
            latent = (gains[name] + skill) * y + case + rng.normal(size=cases)
            score = np.clip(np.round(3 + latent), 1, 7)
            rows += [
                (f"c{i}", f"p{patient[i]}", f"R{r}", level, name, score[i], float(score[i] >= 4))
                for i in range(cases)
            ]
    names = ["case_id", "patient_id", "reader", "level", "modality", "score", "call"]
    truth = pd.DataFrame({"case_id": [f"c{i}" for i in range(cases)], "y_true": y})
    model = truth[["case_id"]].assign(y_prob=1 / (1 + np.exp(-(2 * y - 1 + case))))
    return pd.DataFrame(rows, columns=names), truth, model


def simulated(**options):
    """The study of ``tables``."""
    return ReaderStudy.from_frame(*tables(**options))
