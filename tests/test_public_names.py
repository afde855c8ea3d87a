"""Every public name loads, says what it answers and shows how; importing stays light."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import radln
from tests.conftest import REPOSITORY
from tests.rows import each_row

HEAVY = ("torch", "shap", "matplotlib", "sklearn", "pandas", "numpy")


@each_row("name", radln.__all__)
def test_name_loads_and_has_an_example(name):
    held = getattr(radln, name)
    assert inspect.isclass(held) or inspect.isfunction(held)
    text = inspect.getdoc(held) or ""
    assert text, f"{name} has no docstring"
    assert held.__module__.startswith("radln."), name
    if inspect.isfunction(held):
        assert ">>>" in text, f"{name} has no example"
        for parameter in inspect.signature(held).parameters.values():
            assert parameter.kind is not parameter.VAR_KEYWORD, f"{name} takes **kwargs"


def makers(name):
    """Public functions, and methods of public classes, that return this class."""
    for public in radln.__all__:
        held = getattr(radln, public)
        for made in [held, *(vars(held).values() if inspect.isclass(held) else ())]:
            if inspect.isfunction(made) and name in str(made.__annotations__.get("return")).split(
                " | "
            ):
                yield held


@each_row("name", radln.__all__)
def test_a_class_is_shown_by_itself_or_by_what_makes_it(name):
    held = getattr(radln, name)
    shown = [text for one in (held, *makers(name)) if (text := inspect.getdoc(one))]
    assert any(">>>" in text for text in shown)


def test_all_is_the_dir_and_an_unknown_name_is_named():
    assert sorted(radln.__all__) == dir(radln)
    with pytest.raises(AttributeError, match="no 'aucc'"):
        _ = radln.aucc


def _loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_is_light():
    assert _loaded_after("import radln").isdisjoint(HEAVY)


def test_help_is_light():
    code = "from radln.cli import main\nsys.argv = ['radln', '--help']\n"
    code += "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0"
    assert _loaded_after(code).isdisjoint(HEAVY)


def test_help_names_every_command():
    from radln.cli import app

    said = CliRunner().invoke(app, ["--help"]).stdout
    for command in ("demo", "init", "check", "extract", "run"):
        assert command in said


def test_the_type_checkers_list_is_the_real_one():
    text = Path(radln.__file__).read_text(encoding="utf-8")
    for name in radln.__all__:
        assert f"import {name} as {name}" in text
