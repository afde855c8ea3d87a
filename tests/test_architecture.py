"""The floors of the house: arrows point down, and nothing hides behind a lazy import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

# From the roof down. Rooms of one floor never import each other; a room is a file or a folder
# under radln/, and "" is radln/__init__.py, the face that knows every public name's home.
FLOORS = (
    ("", "__main__"),
    ("cli", "web"),
    ("study",),
    ("settings",),
    ("report",),
    ("explain",),
    ("models", "nets"),
    ("cohort",),
    ("features",),
    ("stats",),
    ("io",),
    ("imaging",),
    ("predictions", "splits"),
    ("_result", "_draw", "_check"),
    ("_random",),
    ("errors", "_types"),
)
HEIGHT = {room: len(FLOORS) - k for k, floor in enumerate(FLOORS) for room in floor}
TRAINING_ONLY = ("torch", "torchvision", "monai", "lightning")  # nets alone
PICKLES = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal")
MAX_MODULE_LINES = 450
MAX_FUNCTION_LINES = 80  # without the docstring


@dataclass(frozen=True)
class Module:
    name: str  # dotted, without "radln."; "" for the face
    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


def modules(package: Path) -> dict[str, Module]:
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, path.relative_to(package).as_posix(), text, ast.parse(text))
    return found


def imported(module: Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import, wherever it stands: in functions, under TYPE_CHECKING,
    and through importlib."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = ["radln", *module.name.split(".")] if module.name else ["radln"]
                is_package = module.path.endswith("__init__.py")
                up = here[: len(here) - node.level + (1 if is_package else 0)]
                base = ".".join([*up, *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            named = node.args[0] if node.args else None
            if isinstance(named, ast.JoinedStr):  # f"radiomics.{kind}" at least names its package
                named = named.values[0]
            if isinstance(named, ast.Constant) and str(named.value) != "radln.":
                yield node.lineno, str(named.value)
            elif module.name:  # the face alone may look a module up by a variable
                yield node.lineno, "radln.(a name known only at run time)"


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _own_module(name: str, known: dict[str, Module]) -> str | None:
    """The module of radln that an imported name lives in; None where it is another package's."""
    if name != "radln" and not name.startswith("radln."):
        return None
    parts = name.split(".")[1:]
    while parts and ".".join(parts) not in known:
        parts.pop()
    return ".".join(parts)


def wrong_imports(known: dict[str, Module]) -> Iterator[str]:
    for module in known.values():
        if module.room not in HEIGHT:
            yield f"{module.path}: the room {module.room!r} stands on no floor of FLOORS"
            continue
        for line, name in imported(module):
            at = f"{module.path}:{line}"
            if name.split(".")[0] in TRAINING_ONLY and module.room != "nets":
                yield f"{at}: {name} outside nets"
            if "run time" in name:
                yield f"{at}: an import by a name known only at run time"
            own = _own_module(name, known)
            if own is None or (own == "" and name == "radln.__version__"):
                continue
            room = own.partition(".")[0]
            if room == module.room:
                continue
            if HEIGHT.get(room, 99) > HEIGHT[module.room]:
                yield f"{at}: upward import of {name}"
            elif HEIGHT[room] == HEIGHT[module.room] and module.room != "__main__":
                yield f"{at}: {name} is a sibling of {module.room}"


def cycles(known: dict[str, Module]) -> Iterator[str]:
    graph = {
        module.name: {
            own
            for _, name in imported(module)
            if (own := _own_module(name, known)) is not None and own != module.name
        }
        for module in known.values()
        if module.name
    }
    for needed in graph.values():
        needed.discard("")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"cycle: {' -> '.join(error.args[1])}"


def bad_habits(known: dict[str, Module]) -> Iterator[str]:
    for module in known.values():
        length = len(module.text.splitlines())
        if length > MAX_MODULE_LINES:
            yield f"{module.path}: {length} lines"
        for _, name in imported(module):
            if name.split(".")[0] in PICKLES or name in ("joblib.dump", "joblib.load"):
                yield f"{module.path}: {name}"
        for node in ast.walk(module.tree):
            yield from (f"{module.path}:{node.lineno}: {said}" for said in _habit(node))


def _habit(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assert):
        yield "assert"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        length = _lines_without_docstring(node)
        if length > MAX_FUNCTION_LINES:
            yield f"{node.name} has {length} lines"
    if isinstance(node, ast.Attribute) and node.attr in ("to_pickle", "read_pickle"):
        yield node.attr
    if (
        isinstance(node, ast.Attribute)
        and node.attr in ("dump", "load")
        and isinstance(node.value, ast.Name)
        and node.value.id == "joblib"
    ):
        yield f"joblib.{node.attr}"
    if (
        isinstance(node, ast.keyword)
        and node.arg == "allow_pickle"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ):
        yield "allow_pickle"


def _lines_without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


@pytest.fixture(scope="module")
def house() -> dict[str, Module]:
    return modules(REPOSITORY / "radln")


def test_arrows_point_down(house):
    assert list(wrong_imports(house)) == []


def test_no_cycles(house):
    assert list(cycles(house)) == []


def test_habits(house):
    assert list(bad_habits(house)) == []


def test_every_room_has_one_floor():
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))


BAD_TREES = {
    "upward": ({"stats/auc.py": "from radln.models.train import fit"}, "upward import"),
    "upward, in a function": (
        {"io/tables.py": "def f():\n    from radln.study import core\n"},
        "upward import",
    ),
    "upward, for types only": (
        {
            "features/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from radln.cohort.core import Cohort\n"
        },
        "upward import",
    ),
    "upward, relative": ({"stats/a.py": "from ..cohort import core"}, "upward import"),
    "upward, through importlib": (
        {"stats/a.py": "import importlib\nimportlib.import_module('radln.report')"},
        "upward import",
    ),
    "upward, through the face": ({"stats/a.py": "from radln import Study"}, "upward import"),
    "hidden name": (
        {"stats/a.py": "import importlib\ndef f(n):\n    importlib.import_module(n)"},
        "known only at run time",
    ),
    "hidden in an f-string": (
        {"stats/a.py": "import importlib\ndef f(n):\n    importlib.import_module(f'radln.{n}')"},
        "known only at run time",
    ),
    "siblings": ({"models/a.py": "import radln.nets.b", "nets/b.py": ""}, "sibling"),
    "torch": ({"models/a.py": "def f():\n    import torch.nn as nn\n"}, "outside nets"),
    "unknown room": ({"attic/a.py": ""}, "no floor"),
    "cycle": (
        {
            "stats/a.py": "def f():\n    from radln.stats.b import g\n",
            "stats/b.py": "from radln.stats import a",
        },
        "cycle",
    ),
    "assert": ({"stats/a.py": "def f(x):\n    assert x > 0\n"}, "assert"),
    "pickle": ({"io/a.py": "def f():\n    import pickle\n"}, "pickle"),
    "joblib.dump": ({"io/a.py": "import joblib\njoblib.dump(1, 'a')"}, "joblib.dump"),
    "from joblib": ({"io/a.py": "from joblib import dump"}, "joblib.dump"),
    "np.load": ({"io/a.py": "import numpy as np\nnp.load('a', allow_pickle=True)"}, "allow_pickle"),
    "long module": ({"io/a.py": "x = 1\n" * 451}, "451 lines"),
    "long function": ({"io/a.py": "def f():\n" + "    x = 1\n" * 80}, "81 lines"),
}


@pytest.mark.parametrize("files, said", BAD_TREES.values(), ids=BAD_TREES.keys())
def test_a_bad_tree_is_seen(tmp_path, files, said):
    rooms = {"models", "nets", "report", "study", "cohort", "stats"}
    for room in rooms:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    for name in ("__init__.py", "models/train.py", "study/core.py", "cohort/core.py"):
        (tmp_path / name).touch()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = modules(tmp_path)
    found = [*wrong_imports(tree), *cycles(tree), *bad_habits(tree)]
    assert any(said in line for line in found), found


def test_a_good_tree_passes(tmp_path):
    files = {
        "__init__.py": "from importlib import import_module\ndef f(n): return import_module(n)",
        "errors.py": "",
        "stats/__init__.py": "from radln.stats.auc import auc",
        "stats/auc.py": "from radln import errors\ndef auc():\n    'doc'\n",
        "cli.py": "from radln import __version__\nfrom radln.stats import auc",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = modules(tmp_path)
    assert [*wrong_imports(tree), *cycles(tree), *bad_habits(tree)] == []
