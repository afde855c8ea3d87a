"""Whatever is fitted on a split and predicts log-odds: the seam of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from radln._types import FloatArray
from radln.cohort.blocks import Columns
from radln.designs import Split
from radln.models.fitted import FittedModel


@dataclass(frozen=True, eq=False)
class Fit:
    """A model, and its training rows' log-odds by inner models that did not see them, shape (n,).

    On the latter cut-offs, recalibration and models that take its score are set.
    """

    model: FittedModel
    inner: FloatArray


class Candidate(Protocol):
    """A model to fit: on the training rows of a split, and nothing else."""

    @property
    def source(self) -> str:
        """Its name."""

    def fit(
        self, columns: Columns, split: Split, before: Mapping[str, Fit]
    ) -> Fit | tuple[Fit, ...]:
        """Fit on ``split.train``; ``before`` are the fits of the same split so far, by name. Of
        several classes there is a fit a member.
        """
