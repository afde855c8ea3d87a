"""Fitted models as files: JSON beside the learner's own JSON, no pickle.

``NAME.json`` holds what goes in, the coefficients or a reference to ``NAME.LEARNER.json`` (which
``xgboost.Booster`` opens as well), the recalibration and the locked cut-off.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radln.errors import InputError, RadlnWarning, UnreadableFileError
from radln.io.atomic import write_json
from radln.io.strict_json import parse_json
from radln.models.fitted import FittedModel
from radln.models.learners import NAMES, learner
from radln.models.link import said_by
from radln.models.predict import predict_all
from radln.models.settings import in_turn
from radln.models.verify import verify_model

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
            write_json(folder / f"{model.name}.json", told)
            continue
        for name, data in model_files(model).items():
            write_json(folder / name, data)


def model_files(model: FittedModel) -> dict[str, dict[str, Any]]:
    """A model's files as plain data by their names, the one that needs the others the last."""
    data, files = model.to_dict(), dict[str, dict[str, Any]]()
    if learner(model.learner).own_file:
        own = f"{model.name}.{model.learner}.json"
        files[own] = data["core"]
        data["core"] = {"file": own}
    return {**files, f"{model.name}.json": data}


def is_own_file(name: str) -> bool:
    """Whether a file is that of a learner, which other programs open, beside a model's."""
    return name.endswith(tuple(f".{learner}.json" for learner in NAMES))


def own_file(data: Any) -> str | None:
    """The file that a model's core is in, beside it; None where it has none.

    Raises
    ------
    InputError
        It is not called after the model, as after an exchange of files.
    """
    core = data.get("core") if isinstance(data, dict) else None
    if not isinstance(core, dict) or "file" not in core:
        return None
    side = "" if data.get("side") is None else f".class{data['side']}"
    wanted = f"{data.get('source')}{side}.{data.get('learner')}.json"
    if core != {"file": wanted}:
        raise InputError(f"its own file is not called {wanted}")
    return wanted


def model_of(data: Any, own: Any = None) -> FittedModel:
    """The model of plain data, which are looked through first; ``own`` are those of its own file.

    Raises
    ------
    InputError
        Something is missing, unknown, of a wrong length, not finite or out of its range.
    """
    if own_file(data) is not None:
        data = {**data, "core": own}
    verify_model(data)
    return FittedModel.from_dict(data)


def load_models(folder: str | Path) -> tuple[FittedModel, ...]:
    """The models of a run's ``model`` folder, looked through before they are used.

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
        if path.name.startswith(".") or is_own_file(path.name):
            continue  # a draft that a killed process left, or a learner's
        try:
            data = parse_json(path.read_bytes(), path.name)
            if isinstance(data, dict) and "withheld" in data:
                withheld.append(str(data["source"]))
                continue
            name = own_file(data)
            own = None if name is None else parse_json((root / name).read_bytes(), name)
            model = model_of(data, own)
            if f"{model.name}.json" != path.name:
                raise InputError(f"it holds the model {model.name}")
            found.append(model)
        except (OSError, ValueError, KeyError) as error:
            why = (error.strerror or "missing") if isinstance(error, OSError) else str(error)
            raise UnreadableFileError(
                f"model file {path.name} cannot be read ({why.rstrip('.')}); copy the whole model "
                "folder of the run again."
            ) from error
    found = _without(found, withheld)
    if not found:
        raise UnreadableFileError(f"the folder {root.name!r} holds no model of radln.")
    return models_in_turn(found)


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


def models_in_turn(models: Sequence[FittedModel]) -> tuple[FittedModel, ...]:
    """Each model after those whose scores it takes; UnreadableFileError where one is missing."""
    named = {model.name: model for model in models}
    for model in models:
        lacking = sorted(set(model.inputs_from.values()) - set(named))
        if lacking:
            raise UnreadableFileError(
                f"{model.source} needs the model {lacking[0]}, whose file is not there; copy the "
                "whole model folder of the run again."
            )
    needs = {model.name: model.inputs_from.values() for model in models}
    try:
        return tuple(named[name] for name in in_turn(needs))
    except ValueError as error:
        raise UnreadableFileError(
            f"{error}; copy the whole model folder of the run again."
        ) from error


def predict_frame(
    models: Sequence[FittedModel], predictors: pd.DataFrame, classes: Sequence[str] = ("",)
) -> pd.DataFrame:
    """The probability of the positive class by every model, one column a model; of several classes
    one a model and class.

    Parameters
    ----------
    models
        All models of a run: the nomogram's rad-score comes from the radiomics model, before it.
    predictors
        One row a unit; columns as in training (``clinical_age``, ``node_area_mm2`` ...).
    classes
        The classes in their order, where there are several.

    Raises
    ------
    InputError
        A column that a model needs is missing.
    """
    log_odds = predict_all(models, predictors)
    said = {
        f"{source}: {target}" if target else source: probability
        for source, target, _, probability in said_by(models, log_odds, classes)
    }
    return pd.DataFrame(said, index=predictors.index)
