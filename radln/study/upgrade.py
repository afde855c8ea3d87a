"""A study.yaml of schema 1 as one of schema 2: its models are listed by name."""

from __future__ import annotations

from pathlib import Path

from radln.errors import InputError
from radln.io.atomic import write_text
from radln.io.yaml import dump_commented
from radln.models.recipe import LEARNERS
from radln.settings import ALL_KEYS, EVERYDAY, is_first_schema, read_settings, validated
from radln.study.measured import read_features
from radln.study.model_list import listed_models

OLD = "{stem}.schema-1{suffix}"


def upgrade(path: Path) -> tuple[str, ...]:
    """Convert the file in place; what was there is kept beside it. What was done, as sentences.

    Raises
    ------
    InputError
        The file is of schema 2 already, or the old one was kept before.
    SettingsError
        It holds keys or values that schema 1 did not have either.
    """
    data, lines = read_settings(path)
    if not is_first_schema(data):
        raise InputError(f"{path.name} is of schema 2 already; there is nothing to convert.")
    kept = path.with_name(OLD.format(stem=path.stem, suffix=path.suffix))
    if kept.exists():
        raise InputError(f"{kept.name} is there already; move it away first.")
    models = data.get("models") or {}
    if not isinstance(models, dict):
        raise InputError(f"{path.name}: models must hold keys such as folds: 5.")
    learners = models.get("estimators", list(LEARNERS))
    if not isinstance(learners, list) or not learners or not set(learners) <= set(LEARNERS):
        raise InputError(
            f"{path.name}: models.estimators must be a list of {', '.join(LEARNERS)}; got "
            f"{learners!r}."
        )
    models = {key: value for key, value in models.items() if key != "estimators"}
    settings = validated({**data, "schema": 2, "models": models}, lines, path.name)
    file = settings.data.features
    root = path.resolve().parent
    placed = settings.with_paths(lambda held: root / held)
    measured = None if file is None else read_features(root / file, placed.data)[0]
    fitted = listed_models(settings, measured, learners)
    models["fitted"] = {name: given.model_dump() for name, given in fitted.items()}
    held = validated({**data, "schema": 2, "models": models}, lines, path.name)
    write_text(kept, path.read_text(encoding="utf-8"))
    write_text(path, f"{ALL_KEYS}\n\n{dump_commented(held, EVERYDAY)}")
    return (
        f"{path.name} is of schema 2 now; the old file is {kept.name}.",
        f"models: {', '.join(fitted)} (models.fitted; delete those that you do not need).",
        "keys that have their default are left out; all are in the reference of settings.",
    )
