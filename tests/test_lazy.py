"""Public names load the few modules that they need, and are found where the types say."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from radln import stats
from tests.conftest import REPOSITORY

MOST = 40  # modules of radln behind one area


def typed(path):
    """What the file imports for type checkers: name -> module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    return {a.name: node.module for node in block.body for a in node.names}


def test_every_name_is_at_home_where_the_types_say():
    assert typed(REPOSITORY / "radln" / "stats" / "__init__.py") == stats._HOMES
    assert stats.__all__ == sorted(stats._HOMES)
    assert all(callable(getattr(stats, name)) for name in stats.__all__)
    assert dir(stats) == stats.__all__
    with pytest.raises(AttributeError, match=r"radln.stats has no 'aux'"):
        stats.aux  # noqa: B018


@pytest.mark.parametrize("door", ["radln", "radln.stats"])
def test_an_area_loads_few_modules(door):
    code = (
        f"from {door} import auc; import sys; "
        "print(len([name for name in sys.modules if name.startswith('radln')]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(told.stdout) <= MOST
