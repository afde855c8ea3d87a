"""Write the pages of docs/reference that follow from the code: ``python docs/generate.py``.

A test compares the pages with what this module would write, so that they cannot fall behind.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import radln
import radln.stats
from radln.cli import Exit, app
from radln.settings import Settings
from radln.study.condition import KINDS
from radln.study.conditions import CONDITIONS

FOLDER = Path(__file__).resolve().parent / "reference"
MADE = "<!-- Made by docs/generate.py; change the code, not this page. -->"
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "at least"}
EXITS = {
    Exit.OK: "done",
    Exit.DATA: "the data or the settings do not allow it; the message says what to do",
    Exit.USAGE: "the command was mistyped",
    Exit.FAILED_CASES: "done, but some cases failed (see their status and message), or the two "
    "engines of `radln parity` differ (what rounding decides is no difference)",
}


def pages() -> dict[str, str]:
    """File name -> text."""
    return {
        "settings.md": _page("Settings of study.yaml", settings_page()),
        "checks.md": _page("What `radln check` looks for", checks_page()),
        "command-line.md": _page("Command line", command_page()),
        "python.md": _page("Public Python names", python_page()),
    }


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([MADE, "", f"# {title}", "", *lines]) + "\n"


def settings_page() -> Iterator[str]:
    """Every key, its default, what it may be and what it means."""
    yield "`radln init` writes all of these with the same comments. An unknown key is refused with"
    yield "its line. Paths are taken from the folder of study.yaml. Options of the command line"
    yield "never change a setting: what stands in the file is what was run."
    for prefix, model in _sections(Settings, ""):
        yield ""
        yield f"## {f'`{prefix}`' if prefix else 'Top level'}"
        yield ""
        yield "| Key | Default | Allowed | Meaning |"
        yield "|---|---|---|---|"
        for name, field in model.model_fields.items():
            if _model_of(field.annotation) is None or type(None) in get_args(field.annotation):
                meaning = " ".join((field.description or "").split())
                cells = (f"`{field.alias or name}`", _default(field), _allowed(field), meaning)
                yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _sections(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield prefix, model
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        if inner is not None:
            many = get_origin(field.annotation) is tuple
            yield from _sections(inner, f"{prefix}.{name}".lstrip(".") + "[]" * many)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The settings model inside an annotation such as ``A``, ``A | None`` or ``tuple[A, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_of, get_args(annotation))), None)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its section"
    text = json.dumps(value, ensure_ascii=False)
    return "empty" if text in ('""', "[]") else f"`{text}`"


def _allowed(field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(item, name):g}"
        for item in field.metadata
        for name, sign in SIGNS.items()
        if getattr(item, name, None) is not None
    ]
    return ", ".join([*_kinds(field.annotation), *limits])


def _kinds(annotation: Any) -> list[str]:
    """What a value may be, in words; the first word is the type or the list of choices."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [" / ".join(f"`{choice}`" for choice in inside)]
    if origin in (Union, UnionType):
        words = [word for part in inside for word in _kinds(part)]
        return [" or ".join(dict.fromkeys(words))]
    if origin is tuple:
        return [f"list of {_kinds(inside[0])[0]}"]
    if hasattr(annotation, "__metadata__"):
        return _kinds(inside[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return ["section"]
    names = {str: "text", int: "whole number", float: "number", bool: "true / false", Path: "path"}
    return [names.get(annotation, "null")]


def checks_page() -> Iterator[str]:
    """Every condition with its remedy, gravest first."""
    yield "Four kinds. A **refused study** does not run. A **refused case** is left out and"
    yield "counted, as a failed row with its error code; more than `max_failed` of them stop"
    yield "the run. A **stopping finding** ends `check`, `extract` and `run` until `acknowledge`"
    yield "in study.yaml names it, as `code:column`, or `code:count` for findings of cases: it"
    yield "stops again when the count grows. All that is refused of a stage is said at once. A"
    yield "**finding** is listed, with its count, and the run goes on; the report lists them"
    yield "all. With `--out` the cases behind each are written as csv; a run writes them to"
    yield "`tables/checks_by_case.csv`. `radln check` exits with 1 unless only findings are"
    yield "left. What a table may hold and how it is read: [what is a little wrong](intake.md)."
    for kind in KINDS:
        yield ""
        yield f"## {kind.capitalize()}"
        yield ""
        yield "| Code | What it says | What to do |"
        yield "|---|---|---|"
        for code, condition in CONDITIONS.items():
            if condition.kind == kind:
                text = condition.text.replace("{n}", "N").replace("{names}", "NAMES")
                text = text.replace("{first}", "FIRST")
                yield f"| `{code}` | {text} | {condition.remedy} |"


def command_page() -> Iterator[str]:
    """Every command with its options, and the exit codes."""
    yield "`radln COMMAND --help` prints the same; `python -m radln` works as well as `radln`."
    yield "`radln --version` prints the version."
    root: Any = typer.main.get_command(app)
    for name, command in _commands(root):
        yield ""
        yield f"## `radln {name}`"
        yield ""
        yield " ".join((command.help or "").split())
        params = [item for item in command.params if item.name != "help"]
        if params:
            yield ""
            yield "| Argument or option | Default | Meaning |"
            yield "|---|---|---|"
        for item in params:
            yield f"| {_spelled(item)} | {_option_default(item)} | {item.help or ''} |"
    yield ""
    yield "## Exit codes"
    yield ""
    yield "| Code | Meaning |"
    yield "|---|---|"
    for code, meaning in EXITS.items():
        yield f"| {int(code)} | {meaning} |"


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command, and below a group those of the group."""
    for name, command in group.commands.items():
        yield before + name, command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")


def _spelled(item: Any) -> str:
    if item.param_type_name == "argument":
        return f"`{item.name.upper()}`"
    return ", ".join(f"`{option}`" for option in sorted(item.opts, key=len, reverse=True))


def _option_default(item: Any) -> str:
    if item.required:
        return "needed"
    return "" if item.default in (None, "", False) else f"`{item.default}`"


def python_page() -> Iterator[str]:
    """The names of ``radln`` and of ``radln.stats``, each with its one sentence."""
    yield "Names load when they are first used. Each has its full documentation, formula and source"
    yield "in its docstring: `help(radln.compare_auc)`."
    for module, what in ((radln, "Study, features, statistics"), (radln.stats, "All statistics")):
        yield ""
        yield f"## `{module.__name__}`: {what}"
        yield ""
        yield "| Name | What it is |"
        yield "|---|---|"
        for name in sorted(module.__all__, key=str.casefold):
            sentence = (inspect.getdoc(getattr(module, name)) or "").partition("\n\n")[0]
            yield f"| `{name}` | {' '.join(sentence.split())} |"


if __name__ == "__main__":
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
