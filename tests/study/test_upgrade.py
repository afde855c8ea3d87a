"""A study.yaml of schema 1: refused with the command that converts it, and converted."""

from __future__ import annotations

import pytest
import yaml

from radln.cli import app
from radln.errors import InputError, SettingsError
from radln.settings import load_settings
from radln.study.upgrade import upgrade


def first_schema(study, **models):
    held = study.settings()
    held["schema"] = 1
    held["models"] = {**held["models"], **models}
    study.yaml.write_text(yaml.safe_dump(held))
    return held


def test_it_is_refused_with_the_command(study):
    first_schema(study)
    with pytest.raises(SettingsError, match=r"schema 1.*radln init .*study.yaml --upgrade"):
        load_settings(study.yaml)


def test_estimators_give_it_away(study):
    study.set(models__estimators=["logistic"])
    with pytest.raises(SettingsError, match="--upgrade"):
        load_settings(study.yaml)


def test_it_is_converted_in_place_and_the_old_one_kept(study, capsys):
    held = first_schema(study, estimators=["logistic"])
    app(args=["init", str(study.folder), "--upgrade"], standalone_mode=False)
    said = capsys.readouterr().out
    assert "study.schema-1.yaml" in said and "combined_logistic" in said
    assert yaml.safe_load((study.folder / "study.schema-1.yaml").read_text()) == held
    settings = load_settings(study.yaml)
    assert settings.schema_version == 2
    assert list(settings.models.fitted) == [
        f"{kind}_logistic"
        for kind in (
            "size", "clinical", "shape", "radiomics", "deep", "combined", "without_deep",
            "nomogram",
        )
    ]  # fmt: skip
    assert settings.models.folds == held["models"]["folds"]
    assert settings.features.radiomics.classes == tuple(held["features"]["radiomics"]["classes"])
    assert settings.data.clinical_columns == ["age", "border"]


def test_it_is_not_converted_twice(study):
    first_schema(study)
    upgrade(study.yaml)
    with pytest.raises(InputError, match="schema 2 already"):
        upgrade(study.yaml)
    first_schema(study)
    with pytest.raises(InputError, match="is there already"):
        upgrade(study.yaml)


def test_a_key_that_schema_1_did_not_have_is_refused(study):
    first_schema(study, fold=3)
    with pytest.raises(SettingsError, match=r"unknown key 'models\.fold'"):
        upgrade(study.yaml)
    assert not (study.folder / "study.schema-1.yaml").exists()


@pytest.mark.parametrize("estimators", ["logistic", ["svm"], [], 3])
def test_odd_estimators_are_refused(study, estimators):
    first_schema(study, estimators=estimators)
    with pytest.raises(InputError, match=r"models\.estimators must be a list of logistic, xgboost"):
        upgrade(study.yaml)


def test_a_comparison_of_what_is_not_fitted_is_refused(study):
    first_schema(study, estimators=["xgboost"])  # the comparison is combined_logistic's
    with pytest.raises(SettingsError, match=r"primary\.full is 'combined_logistic'"):
        upgrade(study.yaml)
    assert not (study.folder / "study.schema-1.yaml").exists()
