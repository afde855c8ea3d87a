"""YAML in with line numbers, YAML out with a comment for every setting."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from radln.errors import SettingsError, UnreadableFileError

DEEPEST = 20
Lines = dict[tuple[str | int, ...], int]


class _AsWritten(yaml.SafeLoader):
    """Only true and false are truth values, and only plain numbers are numbers.

    yes, no, on and off, 010 (eight) and 1:30 (ninety), and dates stay the text that they are: they
    may be a value of a table.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the class above
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag.rpartition(":")[2] not in ("bool", "int", "timestamp")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
)


def load(path: Path) -> tuple[Any, Lines]:
    """The data of a YAML file, and the line (from 1) of every key and list item."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UnreadableFileError(
            f"{path.name} was not found; write one with `radln init`, or name the file or folder "
            "that holds it."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not text in UTF-8" if isinstance(error, ValueError) else error.strerror
        raise UnreadableFileError(f"{path.name} cannot be read: {reason}.") from error
    try:
        _refuse_odd_structure(text, path.name)
        node = yaml.compose(text, Loader=_AsWritten)
        data = yaml.load(text, Loader=_AsWritten)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        if "escape" in problem:
            problem += "; write / in place of \\ in a path, or put it into single quotes"
        raise SettingsError(f"{path.name}{where}: {problem}.") from error
    lines: Lines = {}
    for key, line in _lines(node, ()) if node is not None else ():
        if key in lines:
            raise SettingsError(
                f"{path.name}, line {line}: the key {'.'.join(map(str, key))!r} stands here again "
                f"(first in line {lines[key]}); keep one of the two."
            )
        lines[key] = line
    return data, lines


def _refuse_odd_structure(text: str, name: str) -> None:
    """Raise SettingsError at aliases, which may stand for gigabytes, and at endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise SettingsError(
                f"{name}, line {line}: settings are written out in full, without aliases (*name); "
                "put quotes around a text that begins with *."
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise SettingsError(
                f"{name}, line {line}: settings are nested more than {DEEPEST} deep; look for "
                "brackets that are not closed."
            )


def _lines(
    node: yaml.Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _lines(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            here = (*path, position)
            yield here, value.start_mark.line + 1
            yield from _lines(value, here)


def dump_commented(model: BaseModel, everyday: Collection[str] | None = None) -> str:
    """A settings tree as YAML, each key under a comment that is its field's description.

    With ``everyday`` (dotted keys) only these, what has no default, and what differs from it.

    Examples
    --------
    >>> from pydantic import Field
    >>> class Small(BaseModel):
    ...     seed: int = Field(1, description="Any whole number; the same seed, the same result.")
    >>> print(dump_commented(Small()), end="")
    # Any whole number; the same seed, the same result.
    seed: 1
    """
    return "\n".join(_commented(model, (), everyday)) + "\n"


def _commented(
    model: BaseModel, path: tuple[str, ...], everyday: Collection[str] | None
) -> Iterator[str]:
    pad = "  " * len(path)
    first = True
    for name, field in type(model).model_fields.items():
        value, key = getattr(model, name), field.alias or name
        here = (*path, key)
        within = list(_commented(value, here, everyday)) if isinstance(value, BaseModel) else []
        usual = not field.is_required() and value == field.get_default(call_default_factory=True)
        if everyday is not None and not within and usual and ".".join(here) not in everyday:
            continue
        if not path and not first:
            yield ""
        first = False
        for line in (field.description or "").splitlines():
            yield f"{pad}# {line}"
        if isinstance(value, BaseModel):
            yield f"{pad}{key}:"
            yield from within
        elif (
            isinstance(value, dict)
            and value
            and all(isinstance(v, BaseModel) for v in value.values())
        ):
            yield f"{pad}{key}:"
            for inner, one in value.items():
                plain = one.model_dump(mode="json", exclude_defaults=True)
                yield f"{pad}  {_inline(inner)}: {_inline(plain)}"
        else:
            plain = model.model_dump(mode="json", by_alias=True)[key]
            yield f"{pad}{key}: {_inline(plain)}"


def _inline(plain: Any) -> str:
    """A value on one line; letters stay readable unless YAML would read them otherwise."""
    for readable in (True, False):
        text = yaml.safe_dump(
            plain, default_flow_style=True, sort_keys=False, allow_unicode=readable, width=10_000
        )
        text = text.strip().removesuffix("...").strip()
        if _reads_as(text, plain):
            break
    return text


def _reads_as(text: str, plain: Any) -> bool:
    try:
        return bool(yaml.safe_load(f"key: {text}") == {"key": plain})
    except yaml.YAMLError:
        return False
