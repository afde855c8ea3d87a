"""The floors of the house: arrows point down, nothing is hidden, nothing is too large."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

from tests.rows import each_row

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "radln"

# From the ground up; a module may import its own room and anything below, never above.
FLOORS = (
    {"errors", "_jit", "_types", "_random", "_collector", "_door", "_shown"},
    {"_grades", "_numerals", "_refusals", "_placeholders", "_spelling", "_synonyms"},
    {"_check", "_result", "_draw"},
    {"outcome"},
    {"predictions", "designs"},
    {"imaging"},
    {"io"},
    {"stats"},
    {"evaluation"},
    {"features"},
    {"cohort"},
    {"models", "nets"},
    {"explain"},
    {"data_settings", "design_settings", "settings"},
    {"report"},
    {"study"},
    {"cli", "cli_evaluate", "cli_figures", "cli_init", "cli_predict", "cli_readers"}
    | {"cli_validate", "web"},
    {"__init__", "__main__"},
)
HEAVY = {"torch", "monai", "torchvision"}
MAX_MODULE, MAX_FUNCTION = 450, 70


def floor_of(room: str) -> int:
    for level, rooms in enumerate(FLOORS):
        if room in rooms:
            return level
    raise LookupError(f"room {room!r} stands on no floor; add it to FLOORS")


def imports(tree: ast.AST) -> set[str]:
    """Every imported module, inside functions and TYPE_CHECKING blocks too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(module: str) -> str:
    """``radln.stats.auc`` -> ``stats``; ``radln`` itself is its ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def problems(name: str, source: str) -> list[str]:
    """What one module does against the house."""
    tree = ast.parse(source)
    room, found = room_of(name), []
    for module in imports(tree):
        top = module.split(".")[0]
        if top in HEAVY and room != "nets":
            found.append(f"{name} imports {top} outside nets")
        if top != "radln" or module == "radln.__version__":
            continue
        target = room_of(module)
        known = any(target in rooms for rooms in FLOORS)
        if known and floor_of(target) > floor_of(room) and module != "radln":
            found.append(f"{name} imports {module}, which stands above it")
        private = [part for part in module.split(".")[2:] if part.startswith("_")]
        if target != room and private:
            found.append(f"{name} imports {module}, another room's private module")
        if {room, target} == {"models", "nets"}:
            found.append(f"{name} imports {module}: models and nets are siblings")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            found.append(f"{name}:{node.lineno} asserts; raise an error of radln.errors")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > MAX_FUNCTION:
                found.append(f"{name}: {node.name} has {length} lines without its docstring")
    if {"pickle", "dill", "joblib.dump", "joblib.load", "cloudpickle"} & imports(tree):
        found.append(f"{name} reads or writes pickle")
    if source.count("\n") > MAX_MODULE:
        found.append(f"{name} has {source.count(chr(10))} lines")
    return found


@functools.cache
def modules() -> dict[str, str]:
    named = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)
        named[name] = path.read_text(encoding="utf-8")
    return named


@each_row("name", sorted(modules()))
def test_module_keeps_the_house(name):
    assert problems(name, modules()[name]) == []


def test_every_room_stands_on_a_floor():
    for name in modules():
        floor_of(room_of(name))


def test_no_cycles():
    graph = {}
    sources = modules()
    for name, source in sources.items():
        graph[name] = {
            module for module in imports(ast.parse(source)) if module in sources and module != name
        }
    state: dict[str, int] = {}

    def visit(node: str, path: tuple[str, ...]) -> None:
        state[node] = 1
        for below in graph[node]:
            assert state.get(below) != 1, f"cycle: {' -> '.join((*path, node, below))}"
            if below not in state:
                visit(below, (*path, node))
        state[node] = 2

    for name in graph:
        if name not in state:
            visit(name, ())


@pytest.mark.parametrize(
    ("name", "source", "word"),
    [
        ("radln.stats.bad", "from radln.models.train import fit_all", "above"),
        ("radln.io.bad", "def f():\n    import radln.study.core", "above"),
        ("radln.study.bad", "from radln.stats.readers._reads import Reads", "private module"),
        ("radln.models.bad", "import torch", "outside nets"),
        ("radln.models.bad", "from radln.nets.training import fit", "siblings"),
        ("radln.stats.bad", "def f(x):\n    assert x", "asserts"),
        ("radln.models.bad", "import pickle", "pickle"),
        ("radln.stats.bad", "\n" * 500, "lines"),
        ("radln.stats.bad", "def f():\n" + "    x = 1\n" * 90, "f has 90 lines"),
    ],
)
def test_the_test_can_fail(name, source, word):
    assert any(word in problem for problem in problems(name, source))
