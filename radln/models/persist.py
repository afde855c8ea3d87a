"""Fitted models as files: JSON beside the learner's own JSON, no pickle.

``NAME.json`` holds what goes in, the coefficients or a reference to ``NAME.LEARNER.json`` (which
``xgboost.Booster`` opens as well), the recalibration and the locked cut-off.
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
from radln.models.learners import NAMES, learner
from radln.models.predict import predict_all
from radln.models.settings import in_turn


def save_models(models: Sequence[FittedModel], folder: Path) -> None:
    """Write every model into ``folder``, each file whole or not at all."""
    for model in models:
        data = model.to_dict()
        if learner(model.learner).own_file:
            own = f"{model.source}.{model.learner}.json"
            write_json(folder / own, data["core"])
            data["core"] = {"file": own}
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
        if path.name.endswith(tuple(f".{name}.json" for name in NAMES)):
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if "file" in data["core"]:
                own = root / Path(data["core"]["file"]).name
                data["core"] = json.loads(own.read_text(encoding="utf-8"))
            found.append(FittedModel.from_dict(data))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFileError(
                f"model file {path.name} cannot be read ({type(error).__name__}: {error}); copy "
                "the whole model folder of the run again."
            ) from error
    if not found:
        raise UnreadableFileError(f"the folder {root.name!r} holds no model of radln.")
    return _in_turn(found)


def _in_turn(models: Sequence[FittedModel]) -> tuple[FittedModel, ...]:
    """Each model after those whose scores it takes."""
    named = {model.source: model for model in models}
    for model in models:
        lacking = sorted(set(model.inputs_from.values()) - set(named))
        if lacking:
            raise UnreadableFileError(
                f"{model.source} needs the model {lacking[0]}, whose file is not there; copy the "
                "whole model folder of the run again."
            )
    needs = {model.source: model.inputs_from.values() for model in models}
    return tuple(named[source] for source in in_turn(needs))


def predict_frame(models: Sequence[FittedModel], predictors: pd.DataFrame) -> pd.DataFrame:
    """The probability of the positive class by every model, one column a model.

    Parameters
    ----------
    models
        All models of a run: the nomogram's rad-score comes from the radiomics model, before it.
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
