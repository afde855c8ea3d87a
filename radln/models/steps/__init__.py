"""What is learned inside a fold before the learner: a file a step, named as in a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from radln.models.steps.step import Change, Choice


def step(given: Mapping[str, Any]) -> Change | Choice:
    """A step from plain data: its name, and what it is set to.

    Examples
    --------
    >>> step({"step": "select", "max_features": 3, "max_correlation": 0.9}).max_features
    3
    """
    settings = {key: value for key, value in given.items() if key != "step"}
    found: Change | Choice = import_module(f"{__name__}.{given['step']}").STEP(**settings)
    return found


def changed_by(given: Mapping[str, Any]) -> Any:
    """A fitted change from the plain data that it gave of itself."""
    return import_module(f"{__name__}.{given['step']}").FITTED.from_dict(given)
