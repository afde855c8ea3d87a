"""Whose an output folder is: what changes numbers counts, where things lie does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from radln.errors import ForeignOutputError
from radln.io.cases import file_digests
from radln.settings import Settings
from radln.study.core import Study
from radln.study.intake import take_in
from radln.study.output import claim, identity, study_id


def held(study):
    settings = Study.from_yaml(study.folder).settings
    intake = take_in(settings.data)
    return identity(settings, intake, [file_digests(source) for source in intake.sources])


def differing(study, change):
    before = held(study)
    change()
    after = held(study)
    assert (study_id(before) == study_id(after)) == (before == after)
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


CHANGES = {
    "name": (lambda s: s.set(name="other"), []),
    "max_failed": (lambda s: s.set(max_failed=0.5), []),
    "seed": (lambda s: s.set(seed=99), ["seed"]),
    "folds": (lambda s: s.set(models__folds=3), ["models.folds"]),
    "margin": (
        lambda s: s.set(evaluation__primary={"margin": 0.1}),
        ["evaluation.primary.margin"],
    ),
    "masks moved": (
        lambda s: (
            (s.folder / "masks").rename(s.folder / "contours"),
            s.set(data__masks="contours"),
        ),
        [],
    ),
    "a pixel": (lambda s: s.image(3).write_bytes(s.image(4).read_bytes()), ["manifest"]),
    "an outcome": (
        lambda s: s.write_table(
            s.table().assign(pathology=s.table()["pathology"].to_numpy()[::-1])
        ),
        ["manifest"],
    ),
    "an age": (lambda s: s.write_table(s.table().assign(age=50)), ["manifest"]),
    "a mask gone": (lambda s: s.mask(3).unlink(), ["manifest"]),
}


@pytest.mark.parametrize("change, keys", CHANGES.values(), ids=CHANGES.keys())
def test_what_counts(study, change, keys):
    assert differing(study, lambda: change(study)) == keys


def test_an_encoder_counts_by_its_content_not_by_its_place(study):
    study.learn_from(3)
    before = held(study)
    for suffix in (".onnx", ".json", ".seen.txt"):
        (study.folder / f"own{suffix}").rename(study.folder / f"other{suffix}")
    study.set(features__deep={"encoder": "other.onnx"})
    assert held(study) == before
    assert str(study.folder) not in str(before)
    seen = study.folder / "other.seen.txt"
    assert differing(study, seen.unlink) == ["features.deep.encoder"]


def test_every_setting_counts_unless_it_is_cosmetic(study):
    kept = held(study)
    for key in Settings.model_fields:
        shown = "schema" if key == "schema_version" else key
        found = any(name == shown or name.startswith(f"{shown}.") for name in kept)
        assert found == (key not in ("name", "noun", "max_failed", "acknowledge")), key


def test_a_claim_without_results_gives_way(tmp_path):
    claim(tmp_path, {"seed": 1})
    (tmp_path / "folds").mkdir()
    claim(tmp_path, {"seed": 2})
    (tmp_path / "folds" / "a.record").touch()
    claim(tmp_path, {"seed": 2})
    with pytest.raises(ForeignOutputError, match="these differ: seed"):
        claim(tmp_path, {"seed": 3})


def test_a_new_folder_is_made(tmp_path):
    claim(tmp_path / "new" / "out", {"seed": 1})
    assert [path.name for path in Path(tmp_path / "new" / "out").iterdir()] == ["study-id.json"]
