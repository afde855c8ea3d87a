"""Coefficients of the linear learners in their own units, with intervals where these are honest."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._shown import ShortRepr
from radln._types import ArrayLike, BoolArray, FloatArray
from radln.cohort.core import Cohort
from radln.errors import ConvergenceError, InputError, RadlnWarning
from radln.features.names import readable
from radln.models.fitted import FittedModel
from radln.models.learners.logistic import Logistic
from radln.models.recipe import Recipe
from radln.models.steps.encode import Input
from radln.stats import logistic_regression
from radln.stats.description.likelihood import maximise, profile

TABLED = ("plain", "firth", "lasso", "elastic_net")
LIMITS = ("low", "high", "pvalue", "profile_low", "profile_high", "profile_pvalue")


@dataclass(frozen=True, eq=False, repr=False)
class CoefficientTable(ShortRepr):
    """One row a term of a final model; ``notes`` say why an interval is missing, or what it means.

    ``table`` has ``term``, ``predictor``, ``level``, ``coefficient`` (log-odds per unit; of a level
    against the reference), ``odds_ratio``, Wald's ``low``, ``high`` and ``pvalue``, and
    ``profile_low``, ``profile_high`` and ``profile_pvalue`` by the profile of the likelihood (of
    Firth's: penalised); limits are those of odds ratios.
    """

    source: str
    learner: str
    table: pd.DataFrame
    notes: tuple[str, ...]
    confidence_level: float = 0.95


def coefficient_table(
    model: FittedModel, recipe: Recipe, cohort: Cohort, *, confidence_level: float = 0.95
) -> CoefficientTable:
    """The coefficients of a model that was fitted on all rows of a cohort.

    Parameters
    ----------
    model
        Of the learner plain, firth, lasso or elastic_net.
    recipe
        What it was fitted by.

    Raises
    ------
    InputError
        The model has no coefficients of its predictors.

    Notes
    -----
    Of plain: Wald's interval (with several rows a patient robust by patient, as
    :func:`radln.stats.logistic_regression`) and the profile likelihood's; of Firth: the profile
    penalised likelihood's. Profiles assume independent rows and are left out with several rows a
    patient. No model has intervals whose predictors were chosen on the same rows, which takes
    another model's score, or whose coefficients are shrunk.

    References
    ----------
    Heinze and Schemper 2002, doi:10.1002/sim.1047; on intervals after a choice: Berk et al. 2013,
    doi:10.1214/12-AOS1077.
    """
    if model.learner not in TABLED or not isinstance(model.core, Logistic):
        raise InputError(
            f"{model.source} has no table of coefficients; models of {', '.join(TABLED)} have one."
        )
    inputs = model.encoding.inputs
    scale = np.array([item.scale if item.number else 1.0 for item in inputs])
    coefficients = model.recalibration[1] * model.core.coefficients / scale
    table = pd.DataFrame(
        {
            "term": [term_of(item) for item in inputs],
            "predictor": [item.column for item in inputs],
            "level": [item.level or "" for item in inputs],
            "coefficient": coefficients,
            "odds_ratio": np.exp(coefficients),
            **dict.fromkeys(LIMITS, np.nan),
        }
    )
    reason = _no_intervals(model, recipe)
    if reason:
        return CoefficientTable(model.source, model.learner, table, (reason,), confidence_level)
    site = cohort.units["site"].to_numpy(dtype=object) if "site" in cohort.units else None
    matrix = model.matrix(cohort.predictors, site)
    several = bool(pd.Series(cohort.patient_id).duplicated().any())
    notes = _gaps(model, cohort)
    if model.learner == "plain":
        named = pd.DataFrame(matrix, columns=table["term"])
        clusters = cohort.patient_id if several else None
        found, more = _wald(cohort.y_true, named, clusters, confidence_level)
        table[["low", "high"]] = np.exp(np.log(found[:, :2]) / scale[:, None])
        table["pvalue"] = found[:, 2]
        notes += more
    if several:
        notes += (_SEVERAL[model.learner],)
    else:
        firth = model.learner == "firth"
        table[list(LIMITS[3:])] = _profiles(cohort.y_true, matrix, scale, firth, confidence_level)
    return CoefficientTable(model.source, model.learner, table, notes, confidence_level)


_SEVERAL = {
    "plain": "Patients have several rows: Wald's intervals are robust by patient; intervals by the "
    "profile of the likelihood assume independent rows and are left out.",
    "firth": "Patients have several rows, and intervals by Firth's likelihood assume independent "
    "ones: none is given. A model of the learner plain has intervals robust by patient.",
}


def term_of(item: Input) -> str:
    """An input in words: a predictor, a level against its reference, or that a value is missing."""
    if item.missing:
        return f"{readable(item.column)}: missing"
    if item.level is not None:
        return f"{readable(item.column)}: {item.level} (against {item.reference})"
    return readable(item.column)


def _no_intervals(model: FittedModel, recipe: Recipe) -> str:
    """Why none can be given; blank where they can."""
    if model.learner in ("lasso", "elastic_net"):
        return (
            "Coefficients are shrunk towards 0 and were chosen by their size; they have no "
            "confidence interval, and a left-out predictor is not one without an effect."
        )
    if recipe.inputs_from:
        return (
            "The model takes the score of another one that was fitted to the same outcomes; "
            "intervals would be too narrow, and none is given."
        )
    if set(model.encoding.columns) & set(recipe.compete):
        return (
            "Predictors were chosen on the same cases; intervals and p-values would be too small, "
            "and none is given. List the blocks under keep for a model that was named beforehand."
        )
    if model.recalibration != (0.0, 1.0):
        return "The log-odds were recalibrated on inner folds; no interval speaks of that."
    return ""


def _gaps(model: FittedModel, cohort: Cohort) -> tuple[str, ...]:
    frame = cohort.predictors[list(model.encoding.columns)]
    rows = int(frame.isna().any(axis=1).sum())
    if not rows:
        return ()
    return (
        f"{rows} of {len(frame)} rows have a missing predictor, which was filled in once as the "
        "model does; the intervals do not know of it and are too narrow.",
    )


def _wald(
    y: BoolArray, named: pd.DataFrame, cluster: ArrayLike | None, confidence_level: float
) -> tuple[FloatArray, tuple[str, ...]]:
    """Limits of odds ratios and p, shape (inputs, 3), and what is said of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadlnWarning)  # they stand among the notes
        try:
            found = logistic_regression(
                y, named, cluster=cluster, confidence_level=confidence_level
            )
        except ConvergenceError as error:
            return np.full((named.shape[1], 3), np.nan), (str(error),)
    table = found.frame().iloc[1:]
    return table[["low", "high", "pvalue"]].to_numpy(dtype=np.float64), found.warnings


def _profiles(
    y: BoolArray, matrix: FloatArray, scale: FloatArray, firth: bool, confidence_level: float
) -> FloatArray:
    """Limits of odds ratios and p by the profile of the likelihood, shape (inputs, 3)."""
    design = np.column_stack([np.ones(y.size), matrix])
    top = maximise(design, y, firth=firth)
    rows = []
    for j, width in enumerate(scale):
        one = profile(design, y, j + 1, top, firth=firth, confidence_level=confidence_level)
        rows.append((np.exp(one.low / width), np.exp(one.high / width), one.pvalue))
    return np.array(rows, dtype=np.float64)


def coefficient_tables(
    models: Sequence[FittedModel], recipes: Sequence[Recipe], cohort: Cohort
) -> tuple[CoefficientTable, ...]:
    """Of the models that have one, in their order."""
    named = {recipe.source: recipe for recipe in recipes}
    return tuple(
        coefficient_table(model, named[model.source], cohort)
        for model in models
        if model.learner in TABLED and isinstance(model.core, Logistic)
    )
