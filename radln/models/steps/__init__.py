"""What is learned inside a fold before the learner: a file a step, named as in a recipe."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from radln.errors import InputError
from radln.models.options import build
from radln.models.steps.step import Addition, Change, Choice, Step

NAMES = tuple(
    sorted({module.name for module in pkgutil.iter_modules(__path__)} - {"step", "encode"})
)


def step(given: Mapping[str, Any]) -> Step:
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
    found: Step = build(kind, settings, f"the step {name}")
    return found


def steps_of(given: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps of a recipe, in an order in which they can be done.

    Raises
    ------
    InputError
        A step that cannot stand where it does, or twice.
    """
    made = [step(one) for one in given]
    names = [str(one["step"]) for one in given]
    for k in range(1, len(made)):
        if _turn(made[k]) < _turn(made[k - 1]):
            raise InputError(
                f"steps: {names[k]} works on columns before {names[k - 1]} does; write it first."
            )
    if {"chained", "indicator"} <= set(names):
        raise InputError("steps: chained fills in what indicator would mark; leave one out.")
    twice = [n for n in ("chained", "indicator", "pca") if names.count(n) > 1]
    if twice:
        raise InputError(f"steps: {twice[0]} stands there twice; leave one out.")
    return made


def _turn(one: Step) -> int:
    """When a step is done: changes and additions, then choices, then a projection."""
    if isinstance(one, Change | Addition):
        return 0
    return 1 if isinstance(one, Choice) else 2


def changed_by(given: Mapping[str, Any]) -> Any:
    """A fitted change from the plain data that it gave of itself."""
    return change_named(str(given["step"])).from_dict(given)


def change_named(name: str) -> Any:
    """The class of what a change has learned; InputError where the step is no change."""
    try:
        return import_module(f"{__name__}.{name}" if name.isidentifier() else "").FITTED
    except (ModuleNotFoundError, AttributeError, ValueError):
        raise InputError(f"there is no change {name!r} of columns") from None
