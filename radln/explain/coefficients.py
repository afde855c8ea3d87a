"""Coefficients of other packages as a linear predictor: statsmodels' logistic models."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from radln._types import FloatArray, LinearPredictor, LinearTerm
from radln.errors import InputError

INTERCEPTS = ("const", "Intercept")
NAME = r"\w[\w .-]*"
FACTOR = re.compile(rf"(?:C\((?P<inner>[^,()]+)(?:,.*)?\)|(?P<plain>{NAME}))\[T\.(?P<level>.+)\]")
ENDS = 0.05, 0.95  # of a variable's values, between which its axis runs


def from_statsmodels(results: Any) -> LinearPredictor:
    """Intercept and terms of a fitted ``Logit``, or ``GLM`` of the binomial family with that link.

    Factors of a formula (``C(border)``, or a column of text) become one term with a coefficient a
    level, 0 for the reference. Axes run from the 5th to the 95th percentile of the fitted values.

    Raises
    ------
    InputError
        Another model, or columns that are no variables by themselves (products, powers, splines).

    Examples
    --------
    >>> import statsmodels.api as sm
    >>> x = np.linspace(20, 80, 40)
    >>> y = (np.arange(40) * 7 % 40 < np.arange(40)).astype(int)
    >>> fit = sm.Logit(y, pd.DataFrame({"const": 1.0, "age": x})).fit(disp=0)
    >>> predictor = from_statsmodels(fit)
    >>> [term.name for term in predictor.terms], predictor.intercept == float(fit.params["const"])
    (['age'], True)
    """
    model = results.model
    _refuse_other_models(model)
    names, values = list(model.exog_names), np.asarray(results.params, dtype=np.float64)
    matrix = np.asarray(model.exog, dtype=np.float64)
    intercept, terms, factors = 0.0, list[LinearTerm](), dict[str, list[tuple[str, float]]]()
    for k, name in enumerate(names):
        level = FACTOR.fullmatch(name)
        if name in INTERCEPTS or (matrix[:, k] == 1).all():
            intercept += float(values[k])
        elif level:
            column = (level["inner"] or level["plain"]).strip()
            factors.setdefault(column, []).append((level["level"], float(values[k])))
        else:
            terms.append(_number(name, float(values[k]), matrix[:, k]))
    terms += [_factor(model, column, levels) for column, levels in factors.items()]
    return LinearPredictor(intercept, tuple(terms))


def is_statsmodels(model: object) -> bool:
    """Whether an object is a fitted model of statsmodels."""
    return type(model).__module__.startswith("statsmodels.") and hasattr(model, "params")


def _refuse_other_models(model: Any) -> None:
    kind, link = type(model).__name__, type(getattr(model, "family", None)).__name__
    logit = kind == "Logit" or (
        kind == "GLM" and link == "Binomial" and type(model.family.link).__name__ == "Logit"
    )
    if not logit:
        raise InputError(
            f"{kind} of statsmodels is no logistic model; give a fitted Logit, or a GLM of the "
            "binomial family with its own link."
        )


def _number(name: str, coefficient: float, values: FloatArray) -> LinearTerm:
    if not re.fullmatch(NAME, name):
        raise InputError(
            f"{name!r} is a product, a power or another function of variables, which has no axis "
            "of its own; fit the model with variables alone (or bring such a column under a name)."
        )
    low, high = (float(end) for end in np.quantile(values, ENDS))
    if not low < high:
        low, high = float(values.min()), float(values.max())
    return LinearTerm(name, (coefficient,), low=low, high=high)


def _factor(model: Any, column: str, levels: list[tuple[str, float]]) -> LinearTerm:
    """A factor with its reference first, which the names of columns leave out."""
    frame, known = getattr(model.data, "frame", None), [level for level, _ in levels]
    if frame is None:
        raise InputError(f"{column!r}: fit the model by a formula, so that its levels are known.")
    others = sorted({str(level) for level in pd.Series(frame[column]).dropna()} - set(known))
    if len(others) != 1:
        raise InputError(
            f"{column!r}: which level the coefficients are measured from cannot be told (of "
            f"{', '.join(others) or 'none'}); fit again on the table as it is now."
        )
    return LinearTerm(column, (0.0, *(beta for _, beta in levels)), (others[0], *known))
