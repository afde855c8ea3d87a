"""Every learner is a file of this folder, named as in study.yaml; it holds a ``LEARNER``."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from radln.models.learners.learner import Learner
from radln.models.options import build

BESIDE = {"learner", "_booster"}  # what is no learner itself
NAMES = tuple(sorted({module.name for module in pkgutil.iter_modules(__path__)} - BESIDE))


def learner(name: str, settings: Mapping[str, Any] | None = None) -> Learner:
    """The learner of that name, set as its model in study.yaml says.

    Raises
    ------
    InputError
        It has no such setting, or one has an impossible value.

    Examples
    --------
    >>> learner("logistic").label
    'logistic'
    """
    found: type[Learner] = import_module(f"{__name__}.{name}").LEARNER
    return build(found, settings or {}, f"the learner {name}")
