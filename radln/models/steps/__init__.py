"""What is learned inside a fold before the learner: a file a step, named as in a recipe."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from radln.errors import InputError
from radln.models.options import build
from radln.models.steps.step import Change, Choice

NAMES = tuple(
    sorted({module.name for module in pkgutil.iter_modules(__path__)} - {"step", "encode"})
)


def step(given: Mapping[str, Any]) -> Change | Choice:
    """A step from plain data: its name, and what it is set to.

    Raises
    ------
    InputError
        There is no such step, it has no such setting, or one has an impossible value.

    Examples
    --------
    >>> step({"step": "select", "max_features": 3, "max_correlation": 0.9}).max_features
    3
    """
    settings = {key: value for key, value in given.items() if key != "step"}
    name = given.get("step")
    try:
        kind = import_module(f"{__name__}.{name}").STEP
    except (ModuleNotFoundError, AttributeError):
        raise InputError(
            f"steps: there is no step {name!r}; write {{step: NAME, ...}} with one of "
            f"{', '.join(NAMES)}."
        ) from None
    found: Change | Choice = build(kind, settings, f"the step {name}")
    return found


def changed_by(given: Mapping[str, Any]) -> Any:
    """A fitted change from the plain data that it gave of itself."""
    return import_module(f"{__name__}.{given['step']}").FITTED.from_dict(given)
