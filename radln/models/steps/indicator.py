"""That a value is missing, as an input beside the median that fills it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options

from radln.models.options import OPTIONS
from radln.models.steps.encode import Input, is_missing
from radln.models.steps.step import CLINICAL, Training


@options(frozen=True, config=OPTIONS)
class Indicator:
    """One more input for every clinical column that is missing in some training rows.

    A model learns from it who was not examined, which may differ in another hospital.
    """

    label: ClassVar[str] = "indicators of missing clinical values"

    def add(self, training: Training, columns: Sequence[str]) -> list[Input]:
        """``1{missing} - mean`` of the columns that have gaps."""
        found = []
        for column in columns:
            if column.startswith(CLINICAL):
                gaps = is_missing(training.frame[column])
                if gaps.any() and not gaps.all():
                    found.append(Input(column, mean=float(np.mean(gaps)), missing=True))
        return found


STEP = Indicator
