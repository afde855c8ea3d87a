"""What every model ended with, and how often each of its predictors was chosen over the folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radln.errors import InputError
from radln.explain.linear import linear_predictor
from radln.models.cross_fit import CrossFit
from radln.models.fitted import FittedModel


def chosen_features(fit: CrossFit, final: Sequence[FittedModel]) -> pd.DataFrame:
    """One row a model and predictor: ``in_final``, and ``chosen_in`` of ``fold_models``.

    ``coefficient`` is that of the final linear model in the predictor's own unit (log-odds per
    unit); NaN for other learners and for categories, whose levels have one each.
    """
    rows = []
    for model in final:
        within = [m for fold in fit.folds for m in fold.models if m.source == model.source]
        counts = pd.Series([c for m in within for c in m.encoding.columns]).value_counts()
        kept = set(model.encoding.columns)
        slopes = _slopes(model)
        order = sorted({*counts.index, *kept}, key=lambda c: (c not in kept, -counts.get(c, 0), c))
        rows += [
            {
                "source": model.source,
                "predictor": column,
                "in_final": column in kept,
                "chosen_in": int(counts.get(column, 0)),
                "fold_models": len(within),
                "coefficient": slopes.get(column, np.nan),
            }
            for column in order
        ]
    return pd.DataFrame(rows)


def formula(model: FittedModel) -> tuple[float, pd.Series]:
    """The intercept and the coefficients of a linear model of numbers, in their own units.

    Raises
    ------
    InputError
        The model is not linear, or holds categories.

    Notes
    -----
    Log-odds = intercept + sum of coefficient x value, for complete rows.
    """
    linear = linear_predictor(model)
    if any(term.levels for term in linear.terms):
        raise InputError(f"{model.source} holds categories, whose levels a nomogram shows.")
    terms = {term.name: term.coefficients[0] for term in linear.terms}
    return linear.intercept, pd.Series(terms, dtype=np.float64)


def _slopes(model: FittedModel) -> dict[str, float]:
    try:
        terms = linear_predictor(model).terms
    except InputError:
        return {}
    return {term.name: term.coefficients[0] for term in terms if not term.levels}
