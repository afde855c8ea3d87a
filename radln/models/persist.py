"""Fitted models as files: JSON beside the learner's own JSON, no pickle.

``NAME.json`` holds what goes in, the coefficients or a reference to ``NAME.LEARNER.json`` (which
``xgboost.Booster`` opens as well), the recalibration and the locked cut-off.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from radln.errors import RadlnWarning, UnreadableFileError
from radln.io.atomic import write_json
from radln.models.fitted import FittedModel
from radln.models.learners import NAMES, learner
from radln.models.predict import predict_all
from radln.models.settings import in_turn

WITHHELD = (
    "holds patients' rows, which are in no file of a run. With `keep_patient_rows: true` under "
    "models they are written; another learner needs none."
)


def save_models(
    models: Sequence[FittedModel], folder: Path, *, keep_patient_rows: bool = False
) -> None:
    """Write every model into ``folder``, each file whole or not at all.

    Of a model that holds patients' rows the file says that alone, unless ``keep_patient_rows``.
    """
    for model in models:
        if not (model.core.deployable or keep_patient_rows):
            told = {"source": model.source, "learner": model.learner, "withheld": WITHHELD}
            write_json(folder / f"{model.source}.json", told)
            continue
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

    Warns
    -----
    RadlnWarning
        A model was not written because it holds patients' rows; it is left out, and so is every
        model that takes its score.
    """
    root = Path(folder)
    found, withheld = [], []
    for path in sorted(root.glob("*.json")):
        if path.name.endswith(tuple(f".{name}.json" for name in NAMES)):
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if "withheld" in data:
                withheld.append(str(data["source"]))
                continue
            if "file" in data["core"]:
                own = root / Path(data["core"]["file"]).name
                data["core"] = json.loads(own.read_text(encoding="utf-8"))
            found.append(FittedModel.from_dict(data))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFileError(
                f"model file {path.name} cannot be read ({type(error).__name__}: {error}); copy "
                "the whole model folder of the run again."
            ) from error
    found = _without(found, withheld)
    if not found:
        raise UnreadableFileError(f"the folder {root.name!r} holds no model of radln.")
    return _in_turn(found)


def _without(found: list[FittedModel], withheld: list[str]) -> list[FittedModel]:
    """The models that need none of those that were not written; a warning names the others."""
    gone = list(withheld)
    while more := [
        m.source for m in found if m.source not in gone and set(m.inputs_from.values()) & set(gone)
    ]:
        gone += more
    if gone:
        warnings.warn(
            f"{', '.join(gone)} cannot be used from files: {', '.join(withheld)} {WITHHELD}",
            RadlnWarning,
            stacklevel=3,
        )
    return [model for model in found if model.source not in gone]


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
    log_odds = predict_all(models, predictors)
    said = {
        model.source: model.calibrated(row) for model, row in zip(models, log_odds, strict=True)
    }
    return pd.DataFrame(said, index=predictors.index)
