"""The area of one reader or model, with the interval that stands wherever it is shown."""

from __future__ import annotations

from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.stats.discrimination.auc import auc


def own_area(
    positive: BoolArray, values: FloatArray, cluster: IntArray | None, level: float = 0.95
) -> Estimate:
    """The AUC of values that are all there, patients as clusters where they are given."""
    found = auc(positive, values, cluster=cluster, confidence_level=level)
    return found.estimate
