"""Every learner is a file of this folder, named as in study.yaml; it holds a ``LEARNER``."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from radln.models.learners.learner import Learner

NAMES = tuple(sorted({module.name for module in pkgutil.iter_modules(__path__)} - {"learner"}))


def learner(name: str) -> Learner:
    """The learner of that name.

    Examples
    --------
    >>> learner("logistic").label
    'logistic'
    """
    found: Learner = import_module(f"{__name__}.{name}").LEARNER
    return found
