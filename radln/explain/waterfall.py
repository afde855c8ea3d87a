"""How single held-out cases came by their prediction: the largest contributions, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from radln._types import FloatArray
from radln.cohort.core import Cohort
from radln.explain.attribution import Attribution, telling_units
from radln.features.names import readable

ROWS = 8


@dataclass(frozen=True, eq=False)
class Waterfall:
    """One held-out case: features with their values, contributions (log-odds) and their start."""

    title: str
    labels: tuple[str, ...]
    contributions: FloatArray
    base: float

    @property
    def probabilities(self) -> tuple[float, float]:
        """Of the average case and of this one."""
        return float(expit(self.base)), float(expit(self.base + self.contributions.sum()))


def waterfalls(
    cohort: Cohort, attribution: Attribution, *, positive: str, negative: str
) -> tuple[Waterfall, ...]:
    """Four telling cases in the outcome's own words; the smaller contributions are summed."""
    items, words = [], {"positive": positive, "negative": negative}
    for title, unit in telling_units(cohort, attribution):
        at = attribution.values[0].index.get_loc(unit)
        row = attribution.values[0].to_numpy(np.float64)[at]
        names = list(attribution.values[0].columns)
        order = np.argsort(-np.abs(row), kind="stable")
        top, others = order[: ROWS - 1], order[ROWS - 1 :]
        values = attribution.data.loc[unit]
        word, _, rest = title.partition(" ")
        items.append(
            Waterfall(
                f"{words[word]} {rest}",
                (*(_valued(names[j], values[names[j]]) for j in top), "all others"),
                np.append(row[top], row[others].sum()),
                float(attribution.base[0].to_numpy(np.float64)[at]),
            )
        )
    return tuple(items)


def _valued(column: str, value: str | float | None) -> str:
    """A feature and its value, as in ``age = 61``."""
    if pd.isna(value):
        return f"{readable(column)} not known"
    shown = value if isinstance(value, str) else f"{value:.4g}"
    return f"{readable(column)} = {shown}".replace("= -", "= −")
