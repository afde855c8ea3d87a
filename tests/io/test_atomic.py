"""Whole or not there."""

from __future__ import annotations

import json
import stat

import pytest

from radln.errors import UnwritableFileError
from radln.io.atomic import refuse_unwritable, replacing, write_json, write_text


def test_an_error_leaves_the_old_file_and_no_draft(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(ZeroDivisionError), replacing(target) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_new_file_is_not_there_before_the_end(tmp_path):
    target = tmp_path / "deep" / "folder" / "a.csv"
    with replacing(target) as draft:
        assert draft.suffix == ".csv"
        assert draft.parent == target.parent
        draft.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_json_keeps_every_digit_and_letter(tmp_path):
    data = {"x": 0.1 + 0.2, "name": "Größe", "none": None, "listed": [1, 2]}
    write_json(tmp_path / "a.json", data)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == data
    assert "Größe" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_named_with_its_folder(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    for act in (lambda p: write_text(p, "x"), refuse_unwritable):
        with pytest.raises(UnwritableFileError, match=r"a\.csv cannot be written into the folder"):
            act(file / "a.csv")
        with pytest.raises(UnwritableFileError, match="'file'"):
            act(file / "a.csv")
    with pytest.raises(UnwritableFileError, match="it is a folder"):
        refuse_unwritable(tmp_path)
    refuse_unwritable(tmp_path / "new" / "a.csv")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    with pytest.raises(UnwritableFileError, match="no space left"), replacing(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []
