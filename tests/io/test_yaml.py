"""YAML in with lines, out with comments; what goes out comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from radln.errors import SettingsError, UnreadableFileError
from radln.io import yaml


class Inner(BaseModel):
    """A room's own settings."""

    text: str = Field("", description="Words.")
    number: float | None = Field(None, description="A number,\nin two lines of comment.")
    listed: tuple[str, ...] = Field((), description="Words: with a colon.")


class Outer(BaseModel):
    """A tree."""

    model_config = ConfigDict(populate_by_name=True)

    version: int = Field(1, alias="schema", description="Named otherwise in the file.")
    inner: Inner = Field(default_factory=Inner, description="A room.")
    several: tuple[Inner, ...] = Field((), description="Rooms.")
    place: Path = Field(Path("a"), description="A path.")


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
inner = st.builds(
    Inner,
    text=words,
    number=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    listed=st.lists(words, max_size=3).map(tuple),
)


@given(st.builds(Outer, inner=inner, several=st.lists(inner, max_size=2).map(tuple)))
def test_round_trip(tree):
    assert Outer.model_validate(pyyaml.safe_load(yaml.dump_commented(tree))) == tree


@pytest.mark.parametrize(
    "text", ["yes", "1", "1e3", "null", "~", "", " x ", "#x", "a: b", "...", "a\x85b"]
)
def test_text_that_looks_like_something_else(text):
    back = Outer.model_validate(
        pyyaml.safe_load(yaml.dump_commented(Outer(inner=Inner(text=text))))
    )
    assert back.inner.text == text


def test_comments_stand_above_their_key():
    lines = yaml.dump_commented(Outer()).splitlines()
    at = lines.index("  number: null")
    assert lines[at - 2 : at] == ["  # A number,", "  # in two lines of comment."]
    assert "schema: 1" in lines


def test_lines(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\nb:\n  c:\n  - x\n  - d: 2\n")
    data, lines = yaml.load(file)
    assert data == {"a": 1, "b": {"c": ["x", {"d": 2}]}}
    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert lines[("b", "c", 1)] == 5
    assert lines[("b", "c", 1, "d")] == 5


def test_empty_file(tmp_path):
    (tmp_path / "a.yaml").touch()
    assert yaml.load(tmp_path / "a.yaml") == (None, {})


@pytest.mark.parametrize(
    "text, value",
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("010", "010"),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        ("true", True),
        ("False", False),
        ("-7", -7),
        ("0", 0),
        ("2.5", 2.5),
        ("null", None),
    ],
)
def test_values_stay_as_they_are_written(tmp_path, text, value):
    """A table may hold yes, 010 and 1:30; YAML 1.1 would make them True, 8 and 90."""
    (tmp_path / "a.yaml").write_text(f"a: {text}\nb: [{text}]\n")
    data, _ = yaml.load(tmp_path / "a.yaml")
    assert data == {"a": value, "b": [value]}
    assert type(data["a"]) is type(value)


@given(st.builds(Outer, inner=inner, several=st.lists(inner, max_size=2).map(tuple)))
def test_what_is_written_is_read_back(tmp_path_factory, tree):
    file = tmp_path_factory.mktemp("a") / "a.yaml"
    file.write_text(yaml.dump_commented(tree), encoding="utf-8", newline="")
    assert Outer.model_validate(yaml.load(file)[0]) == tree


@pytest.mark.parametrize(
    "text, said",
    [
        ("a: [1", "a.yaml, line 1"),
        ('a: "C:\\Users"', "write / in place of"),
        ("a: 1\n\tb: 2", "a.yaml, line 2"),
        ("a: 1\nb: 2\na: 3\n", r"line 3: the key 'a' stands here again \(first in line 1\)"),
        ("x:\n  a: 1\n  a: 1\n", "line 3: the key 'x.a'"),
        ("a: !!python/object:os.system x", "a.yaml"),
        ("a: 1\n--- \nb: 2", "a.yaml"),
    ],
)
def test_refused(tmp_path, text, said):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        yaml.load(tmp_path / "a.yaml")


def test_no_folder_in_the_message(tmp_path):
    with pytest.raises(UnreadableFileError, match="was not found") as error:
        yaml.load(tmp_path / "gone.yaml")
    assert str(tmp_path) not in str(error.value)
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(UnreadableFileError, match="Is a directory") as error:
        yaml.load(tmp_path / "folder.yaml")
    assert str(tmp_path) not in str(error.value)
