"""What a learner or a step is set to: plain data in, an object out, or which key is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from radln.errors import InputError

OPTIONS = ConfigDict(extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)
Made = TypeVar("Made")


def build(kind: Callable[..., Made], given: Mapping[str, Any], where: str) -> Made:
    """The object of these settings; ``where`` says in a message whose they are.

    Raises
    ------
    InputError
        A key that it does not have, one that it needs, or an impossible value.

    Examples
    --------
    >>> from radln.models.steps.select import Select
    >>> try:
    ...     build(Select, {"max_feature": 3}, "the step select")
    ... except InputError as error:
    ...     print(str(error)[:44])
    the step select has no setting 'max_feature'
    """
    try:
        return kind(**given)
    except ValidationError as error:
        item = error.errors()[0]
        key = ".".join(str(part) for part in item["loc"])
        fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        known = ", ".join(field.name for field in fields if field.init) or "none"
        if item["type"] == "unexpected_keyword_argument":
            raise InputError(f"{where} has no setting {key!r}; it has {known}.") from None
        if item["type"] in ("missing", "missing_argument"):
            raise InputError(f"{where} needs the setting {key!r}.") from None
        said = item["msg"].removeprefix("Value error, ")
        said = said[:1].lower() + said[1:]
        raise InputError(f"{where}, {key}: {said}; got {item['input']!r}.") from None
