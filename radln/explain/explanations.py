"""Attributions as shap's ``Explanation``, and contributions through shap where none are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._types import FloatArray
from radln.features.names import readable
from radln.models.fitted import FittedModel

if TYPE_CHECKING:
    import shap

MOST_BACKGROUND = 100  # training rows against which a feature is taken away


def as_explanation(values: pd.DataFrame, base: pd.Series, rows: pd.DataFrame) -> shap.Explanation:
    """Contributions with what they are of; shap's plots draw it.

    Parameters
    ----------
    values, base
        Contributions (n, p) on the log-odds and what the model says before any feature speaks (n,).
    rows
        The predictors of the same cases, as they were given; of categories shap draws the place
        among their levels, and ``display_data`` holds the levels themselves.
    """
    import shap

    shown = rows.loc[values.index, values.columns]
    return shap.Explanation(
        values=values.to_numpy(dtype=np.float64),
        base_values=base.loc[values.index].to_numpy(dtype=np.float64),
        data=np.column_stack([_numbers(shown[column]) for column in shown.columns]),
        display_data=shown.to_numpy(dtype=object),
        feature_names=[readable(column) for column in values.columns],
    )


def _numbers(column: pd.Series) -> FloatArray:
    """A column as numbers: of categories their places, NaN where there is no value."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64)
    codes = pd.factorize(column, sort=True)[0].astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def contributions(
    model: FittedModel, rows: pd.DataFrame, background: pd.DataFrame, *, seed: int
) -> tuple[pd.DataFrame, float]:
    """A model's own exact contributions; without any, shap's by permutation of features.

    ``background`` are training rows, of which at most 100 (by ``seed``) stand for a feature that is
    taken away.
    """
    if model.exact is not None:
        return model.contributions(rows)
    import shap

    matrix, known = (model.matrix(part) for part in (rows, background))
    if len(known) > MOST_BACKGROUND:
        chosen = np.random.default_rng(seed).choice(len(known), MOST_BACKGROUND, replace=False)
        known = known[np.sort(chosen)]
    explainer = shap.explainers.Permutation(
        model.core.log_odds, shap.maskers.Independent(known, max_samples=len(known)), seed=seed
    )
    found = explainer(matrix, silent=True)
    base = float(np.asarray(found.base_values).ravel()[0])
    return model.on_predictors(np.asarray(found.values), base, rows.index)
