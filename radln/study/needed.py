"""How many patients the models would need, beside how many there are."""

from __future__ import annotations

import pandas as pd

from radln.cohort.core import Cohort
from radln.models.recipe import Recipe
from radln.stats.sample_size.size_development import size_development_binary

EXPECTED = 0.15  # of the largest R2 that can be, without anything known beforehand


def patients_needed(cohort: Cohort, recipes: tuple[Recipe, ...]) -> pd.DataFrame:
    """A row a set of columns: the candidate parameters, and the patients that Riley's criteria ask
    for a model without penalty, at an R2 (Nagelkerke) of 0.15 and a shrinkage of 0.9.

    ``cohort`` are the units that teach; every patient counts once, whatever the number of rows.
    """
    frame, share = cohort.predictors, float(cohort.y_true.mean())
    rows: dict[frozenset[str], dict[str, object]] = {}
    for recipe in recipes:
        columns = frozenset(c for c in recipe.columns if c in frame.columns)
        if not columns or recipe.inputs_from or columns in rows:
            continue
        candidates = sum(_parameters(frame[column]) for column in columns)
        found = size_development_binary(max(candidates, 1), share, r2_nagelkerke=EXPECTED)
        rows[columns] = {
            "block": recipe.block,
            "candidates": candidates,
            "patients_needed": found.n,
            "events_needed": found.values["events"],
            "patients": cohort.n_patients,
        }
    return pd.DataFrame(list(rows.values()))


def _parameters(values: pd.Series) -> int:
    """One of a number; of a category one a level but the first."""
    if pd.api.types.is_numeric_dtype(values):
        return 1
    return max(int(values.nunique()) - 1, 0)
