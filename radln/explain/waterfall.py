"""How single held-out cases came by their prediction: the largest contributions, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radln._types import FloatArray
from radln.cohort.core import Cohort
from radln.explain.attribution import Attribution, telling_units
from radln.features.names import readable

ROWS = 8


@dataclass(frozen=True, eq=False)
class Waterfall:
    """One held-out case: labels, contributions (log-odds) and where they start from."""

    title: str
    labels: tuple[str, ...]
    contributions: FloatArray
    base: float


def waterfalls(cohort: Cohort, attribution: Attribution) -> tuple[Waterfall, ...]:
    """Four telling cases; the smaller contributions are summed."""
    items = []
    for title, unit in telling_units(cohort, attribution):
        at = cohort.units.index.get_loc(unit)
        row = attribution.values[0].to_numpy(np.float64)[at]
        names = list(attribution.values[0].columns)
        order = np.argsort(-np.abs(row), kind="stable")
        top, others = order[: ROWS - 1], order[ROWS - 1 :]
        items.append(
            Waterfall(
                title,
                (*(readable(names[j]) for j in top), "all others"),
                np.append(row[top], row[others].sum()),
                float(attribution.base[0].to_numpy(np.float64)[at]),
            )
        )
    return tuple(items)
