"""What a step is: it sees the training rows of a fold, and plain data remain of it.

A recipe's columns go through its changes (harmonising, or chained imputation), are imputed by
their medians and coded (:mod:`radln.models.steps.encode`), which an addition gives more inputs, and
go through its choices (selecting, for example); a projection may stand last. ``label`` is what the
methods call a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from radln._types import BoolArray, FloatArray

CLINICAL = "clinical_"  # how the names of clinical columns begin
Names = np.ndarray[tuple[int, ...], np.dtype[np.object_]]


@dataclass(frozen=True, eq=False)
class Training:
    """The rows that a step learns on; ``site`` and ``repeats`` where they are known.

    ``repeats`` are the same columns measured anew of some of the rows (by index).
    """

    frame: pd.DataFrame
    y: BoolArray
    patient_id: Names
    site: Names | None = None
    repeats: pd.DataFrame | None = None


class FittedChange(Protocol):
    """What a change has learned."""

    def transform(self, frame: pd.DataFrame, site: Names | None) -> pd.DataFrame:
        """The columns of these rows, changed."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that it must have."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data with the ``step``'s name, from which ``from_dict`` makes it again once
        ``verify`` has not refused them.
        """


@runtime_checkable
class Change(Protocol):
    """Columns in, the same columns out; ``rowwise`` where a row needs no other rows."""

    label: ClassVar[str]
    rowwise: ClassVar[bool]

    def fit(self, training: Training, columns: Sequence[str]) -> FittedChange: ...


@runtime_checkable
class Choice(Protocol):
    """Which of the competing inputs stay, by position and in their new order."""

    label: ClassVar[str]

    def choose(self, training: Training, matrix: FloatArray) -> list[int]: ...


@runtime_checkable
class Addition(Protocol):
    """Further inputs of the columns that are kept."""

    label: ClassVar[str]

    def add(self, training: Training, columns: Sequence[str]) -> list[Any]: ...


@runtime_checkable
class Projection(Protocol):
    """Weights of the competing inputs in those that take their place, shape (inputs, new ones)."""

    label: ClassVar[str]

    def project(self, training: Training, matrix: FloatArray) -> FloatArray: ...


Step = Change | Choice | Addition | Projection
