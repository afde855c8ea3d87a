"""Names and codes that hang on one kind of study stand in their rooms alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "radln"
OF_MODELS = re.compile(
    r"^(size|shape|clinical|radiomics|deep|combined|without_deep|nomogram)_(logistic|xgboost)$"
)
ROOMS_OF_NAMES = {
    "models/recipe.py",  # the usual models
    "evaluation/settings.py",  # what is compared where nothing is named
}
NAMES = ("NOMOGRAM_SOURCE", "RAD_SOURCE", "RAD_SCORE")
ROOMS_OF_CODES = ("stats/", "_check.py", "outcome.py")
CODES = re.compile(r"""y_true["']?\]?(\.to_numpy\(\))? ?(==|>|!=) ?[01]\b|isin\(\[0, 1\]\)""")


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def texts(source):
    """Every text of a module that is no docstring."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_names_of_models_stand_in_their_rooms():
    found = {
        (name, text)
        for name, source in modules()
        if name not in ROOMS_OF_NAMES
        for text in texts(source)
        if OF_MODELS.match(text)
    }
    assert found == set()


def test_names_of_scores_stand_in_their_room():
    found = {
        (name, word)
        for name, source in modules()
        if not name.startswith("models/")
        for word in NAMES
        if re.search(rf"\b{word}\b", source)
    }
    assert found <= {("settings.py", "NOMOGRAM_SOURCE")}


def test_an_outcome_is_asked_by_its_object():
    found = {
        (name, line.strip())
        for name, source in modules()
        if not name.startswith(ROOMS_OF_CODES)
        for line in source.splitlines()
        if CODES.search(line) and not line.lstrip().startswith((">>>", "#"))
    }
    assert found == set()
