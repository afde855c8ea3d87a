"""study.yaml: one tree, no hidden defaults, paths from the file's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel

from radln.data_settings import NameRule
from radln.errors import SettingsError
from radln.io.yaml import dump_commented
from radln.settings import Settings, load_settings

DATA = {
    "table": "t.csv",
    "images": "i",
    "masks": "/m",
    "case": "c",
    "patient": "p",
    "outcome": "o",
    "positive": "yes",
}


def written(folder, **tree):
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump({"data": DATA, **tree}))
    return file


def test_paths_are_taken_from_the_files_folder(tmp_path, monkeypatch):
    encoder = {"deep": {"encoder": "nets/a.onnx"}}
    file = written(tmp_path, features=encoder)
    monkeypatch.chdir("/")
    held = load_settings(file)
    assert held.data.table == tmp_path / "t.csv"
    assert held.data.masks == Path("/m")
    assert held.features.deep.encoder == tmp_path / "nets" / "a.onnx"


def test_with_paths_changes_every_path(tmp_path):
    settings = load_settings(written(tmp_path, features={"deep": {"encoder": "a.onnx"}}))
    bare = settings.with_paths(lambda path: Path(path.name))
    assert str(tmp_path) not in bare.model_dump_json()
    own = load_settings(written(tmp_path)).with_paths(lambda path: Path(path.name))
    assert own.features.deep.encoder == "bundled"
    none = load_settings(written(tmp_path, features={"deep": None}))
    assert none.with_paths(lambda path: Path(path.name)).features.deep is None


def every_model(model=Settings):
    """The model and all in it, also as X | None or tuple[X, ...]."""
    found = {model: None}
    for field in model.model_fields.values():
        for kind in kinds_in(field.annotation):
            found |= dict.fromkeys(every_model(kind))
    return list(found)


def kinds_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from kinds_in(part)


def test_models_within_others_are_found():
    names = {model.__name__ for model in every_model()}
    assert {"ReaderSettings", "ClinicalSettings", "RadiomicsSettings", "DeepFeatures"} <= names


@pytest.mark.parametrize("model", every_model(), ids=lambda m: m.__name__)
def test_every_room_refuses_unknown_keys_and_infinite_numbers_and_is_frozen(model):
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["allow_inf_nan"] is False
    assert model.model_config["frozen"] is True


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
@pytest.mark.parametrize(
    "text", ["data: {pixel_size_mm: #}", "data: {readers: [{column: a, cut: #}]}", "max_failed: #"]
)
def test_infinite_and_missing_numbers_are_refused(tmp_path, text, number):
    tree = yaml.safe_load(text.replace("#", number))
    tree["data"] = DATA | tree.get("data", {})
    with pytest.raises(SettingsError, match=r"finite|less than|greater than"):
        load_settings(written(tmp_path, **{**tree, "seed": 1}))


@pytest.mark.parametrize("model", [m for m in every_model() if m.__module__ == "radln.settings"])
def test_every_setting_says_what_it_is(model):
    assert all(field.description for field in model.model_fields.values())


def test_defaults_load_from_what_was_written(tmp_path):
    settings = load_settings(written(tmp_path))
    file = tmp_path / "again.yaml"
    file.write_text(dump_commented(settings))
    assert load_settings(file) == settings


@pytest.mark.parametrize(
    "tree, said",
    [
        ({"evaluation": {"primary": {"full": "x"}}}, "evaluation.primary.full is 'x'"),
        (
            {"models": {"fitted": {"combined_xgboost": {"learner": "xgboost"}}}},
            "primary.full is 'combined_logistic'.*Did you mean 'combined_xgboost'",
        ),
        ({"models": {"fitted": {}}}, "models.fitted"),
        ({"models": {"fitted": {"a": {"learner": "boost"}}}}, "there is no learner 'boost'"),
        ({"models": {"fitted": {"../a": {"learner": "logistic"}}}}, "'../a' becomes the name of"),
        ({"models": {"fitted": {"a.forest": {"learner": "logistic"}}}}, "letters, digits, blanks"),
        (
            {"models": {"fitted": {"a": {"learner": "logistic"}, "A": {"learner": "logistic"}}}},
            r"models\.fitted holds 'A' and 'a'",
        ),
        (
            {"models": {"fitted": {"average_reader": {"learner": "logistic"}}}},
            "'average_reader' is a model under models.fitted and a reader",
        ),
        (
            {"models": {"fitted": {"a": {"learner": "logistic", "inputs_from": {"s": "a"}}}}},
            "the model a takes its own score",
        ),
        (
            {"models": {"fitted": {"a": {"learner": "logistic", "inputs_from": {"s": "b"}}}}},
            "a takes the score of 'b', which is not listed under",
        ),
        ({"features": {"radiomics": {"bin_count": 8, "bin_width": 5}}}, "exactly one"),
        ({"max_failed": 2}, "max_failed"),
        ({"evaluation": {"ladder": ["nomogram_xgboost"]}}, r"ladder\[0\]"),
    ],
)
def test_impossible_values(tmp_path, tree, said):
    with pytest.raises(SettingsError, match=said):
        load_settings(written(tmp_path, **tree))


def test_every_problem_is_named_at_once(tmp_path):
    file = written(tmp_path, seed=-1, modles={}, models={"folds": "many"})
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    said = str(error.value).splitlines()
    assert len(said) == 3
    assert all(line.startswith("study.yaml, line ") for line in said)


def test_a_reader_may_stand_in_the_primary_comparison_and_the_ladder(tmp_path):
    data = {**DATA, "readers": [{"column": "BIRADS", "cut": 4}]}
    tree = {"primary": {"simple": "BIRADS"}, "ladder": ["BIRADS", "combined_logistic"]}
    assert load_settings(written(tmp_path, data=data, evaluation=tree))


@pytest.mark.parametrize(
    "rule, file, words",
    [
        (NameRule(), "bus_1", "same name"),
        (NameRule(suffix="_seg"), "bus_1_seg", "suffix '' -> '_seg'"),
        (NameRule(drop_prefix="bus", prefix="m/mask"), "m/mask_1", "prefix 'bus' -> 'm/mask'"),
        (NameRule(drop_suffix="_1", suffix="-1"), "bus-1", "suffix '_1' -> '-1'"),
    ],
)
def test_name_rules(rule, file, words):
    assert rule.apply("bus_1") == file
    assert rule.describe() == words
    assert (rule.length == 0) == (words == "same name")
