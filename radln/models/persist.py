"""Fitted models as files: JSON beside XGBoost's own JSON, no pickle.

``NAME.json`` holds what goes in, the coefficients or a reference to ``NAME.xgboost.json``, the
recalibration and the locked cut-off; the latter file opens with ``xgboost.Booster`` as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from scipy.special import expit

from radln.errors import UnreadableFileError
from radln.io.atomic import write_json
from radln.models.fitted import FittedModel
from radln.models.train import NOMOGRAM_SOURCE, predict_all

TREES = ".xgboost.json"


def save_models(models: Sequence[FittedModel], folder: Path) -> None:
    """Write every model into ``folder``, each file whole or not at all."""
    for model in models:
        data = model.to_dict()
        if model.estimator == "xgboost":
            trees = f"{model.source}{TREES}"
            write_json(folder / trees, data["core"])
            data["core"] = {"file": trees}
        write_json(folder / f"{model.source}.json", data)


def load_models(folder: str | Path) -> tuple[FittedModel, ...]:
    """The models of a run's ``model`` folder.

    Raises
    ------
    UnreadableFileError
        The folder holds no model, or a file is damaged or missing.
    """
    root = Path(folder)
    found = []
    for path in sorted(root.glob("*.json")):
        if path.name.endswith(TREES):
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if "file" in data["core"]:
                trees = root / Path(data["core"]["file"]).name
                data["core"] = json.loads(trees.read_text(encoding="utf-8"))
            found.append(FittedModel.from_dict(data))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFileError(
                f"model file {path.name} cannot be read ({type(error).__name__}: {error}); copy "
                "the whole model folder of the run again."
            ) from error
    if not found:
        raise UnreadableFileError(f"the folder {root.name!r} holds no model of radln.")
    return tuple(sorted(found, key=lambda model: model.source == NOMOGRAM_SOURCE))


def predict_frame(models: Sequence[FittedModel], predictors: pd.DataFrame) -> pd.DataFrame:
    """The probability of the positive class by every model, one column a model.

    Parameters
    ----------
    models
        All models of a run: the nomogram's rad-score comes from the radiomics model.
    predictors
        One row a unit; columns as in training (``clinical_age``, ``node_area_mm2`` ...).

    Raises
    ------
    InputError
        A column that a model needs is missing.
    """
    probabilities = expit(predict_all(models, predictors))
    names = [model.source for model in models]
    return pd.DataFrame(dict(zip(names, probabilities, strict=True)), index=predictors.index)
