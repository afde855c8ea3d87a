"""Columns of a cohort, block by block: fixed ones, and those that are learned in a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from radln._types import BoolArray, IntArray
from radln.cohort.core import Cohort
from radln.designs import Split
from radln.errors import InputError
from radln.outcome import Classes, Outcome

Names = np.ndarray[tuple[int, ...], np.dtype[np.object_]]


class LearnedBlock(Protocol):
    """Columns that something was fitted for on ``split.train`` (radiomics of predicted masks, for
    example); the training rows have cross-fitted values, as if they had been held out.
    """

    @property
    def name(self) -> str:
        """What recipes call it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns, the same in every split."""

    def columns(self, cohort: Cohort, split: Split) -> pd.DataFrame:
        """``names`` of every unit of the cohort, index as there."""


@dataclass(frozen=True, eq=False)
class Columns:
    """All columns of a cohort in one split, with what a model learns from."""

    frame: pd.DataFrame
    y: BoolArray | IntArray
    patient_id: Names
    site: Names | None
    outcome: Outcome

    def side(self, name: str) -> Columns:
        """The same for one of several classes against the rest.

        Raises
        ------
        InputError
            The outcome has no such class.
        """
        if not isinstance(self.outcome, Classes) or name not in self.outcome.names:
            raise InputError(f"the outcome has no class {name!r}.")
        y = np.asarray(self.y == self.outcome.names.index(name))
        return replace(self, y=y, outcome=self.outcome.side(name))


def columns_in(cohort: Cohort, split: Split, learned: Sequence[LearnedBlock] = ()) -> Columns:
    """The cohort's columns, and every learned block once for this split.

    Raises
    ------
    InputError
        A learned block has other rows or columns than it says.
    """
    parts = [cohort.predictors]
    for block in learned:
        found = block.columns(cohort, split)
        if not found.index.equals(cohort.units.index) or tuple(found.columns) != block.names:
            raise InputError(f"the block {block.name} must give {block.names} of every unit.")
        parts.append(found)
    site = None
    if "site" in cohort.units.columns:
        site = cohort.units["site"].to_numpy(dtype=object)
    frame = pd.concat(parts, axis=1) if learned else cohort.predictors
    return Columns(frame, cohort.truth, cohort.patient_id, site, cohort.outcome)


def all_blocks(cohort: Cohort, learned: Sequence[LearnedBlock] = ()) -> dict[str, tuple[str, ...]]:
    """Every block with its columns; ``long_axis`` is the part of the size that stands beside a
    score where there are no clinical columns.
    """
    axis = tuple(c for c in cohort.columns("size") if c.startswith("node_long_axis"))
    return {**cohort.blocks, "long_axis": axis, **{block.name: block.names for block in learned}}
