"""A fitted model changed for other patients: shifted, stretched, or fitted anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.fitted import FittedModel
from radln.models.learners import learner
from radln.models.projected import Projected
from radln.stats.description.likelihood import maximise
from radln.stats.risks.update_test import Update

PER_COEFFICIENT = 10  # rarer outcomes


def why_no_refit(
    model: FittedModel, *, selected: bool, matrix: FloatArray | None, y: BoolArray
) -> str:
    """Why the coefficients of a model cannot be fitted anew; blank where they can.

    Parameters
    ----------
    selected
        Its columns were chosen among others by the data.
    matrix
        What its learner gets of the new rows; None where it takes another model's score.
    y
        Their outcomes.
    """
    if model.learner != "plain":
        return (
            f"it is {learner(model.learner).label}, and only logistic without penalty is refitted"
        )
    if selected:
        return "its columns were selected by the data of its study"
    if matrix is None or model.changes or isinstance(model.core, Projected):
        return "it takes more than the columns themselves"
    events, needed = int(min(y.sum(), (~y).sum())), PER_COEFFICIENT * (matrix.shape[1] + 1)
    if events < needed:
        return (
            f"{events} cases have the rarer outcome, and {matrix.shape[1] + 1} coefficients need "
            f"{needed}"
        )
    if (np.ptp(matrix, axis=0) == 0).any():
        return "a column does not vary here"
    return ""


def shift_of(log_odds: FloatArray, y: BoolArray, kind: Update) -> tuple[float, float]:
    """Intercept and slope that fit a model's log-odds to other outcomes.

    Raises
    ------
    InputError
        The slope is not above 0: the model ranks these cases the wrong way.
    ConvergenceError
        The log-odds separate the classes, or do not vary.
    """
    if kind not in ("intercept", "intercept_slope"):
        return 0.0, 1.0
    if kind == "intercept":
        return _intercept(log_odds, y), 1.0
    middle, spread = float(log_odds.mean()), float(log_odds.std())
    scaled = (log_odds - middle) / (spread or 1.0)
    fit = maximise(np.column_stack([np.ones_like(scaled), scaled]), y, firth=False)
    slope = float(fit.coefficients[1]) / spread
    if not slope > 0:
        raise InputError(
            f"the slope is {slope:.2f}: the model ranks these cases no better than chance, or the "
            "wrong way. Look at the outcome's positive class; no recalibration mends such a model."
        )
    return float(fit.coefficients[0]) - slope * middle, slope


def _intercept(log_odds: FloatArray, y: BoolArray) -> float:
    """The shift at which as many are expected as there were, by Newton's steps from the ratio."""
    shift = 0.0
    for _ in range(200):
        risk = expit(log_odds + shift)
        step = float((y - risk).sum() / (risk * (1 - risk)).sum())
        shift += float(np.clip(step, -1, 1))
        if abs(step) < 1e-12 * (1 + abs(shift)):
            break
    return shift


def shifted(model: FittedModel, intercept: float, slope: float) -> FittedModel:
    """The model with its log-odds times ``slope`` plus ``intercept``, its cut-off moved alike."""
    first, second = model.recalibration
    cut_off = float(expit(intercept + slope * logit(model.cut_off)))
    return replace(
        model, recalibration=(intercept + slope * first, slope * second), cut_off=cut_off
    )


def refitted(model: FittedModel, frame: pd.DataFrame, y: BoolArray) -> FittedModel:
    """The model with its coefficients fitted anew on other rows; its cut-off is the same risk."""
    core = learner(model.learner).fit(model.setting, model.matrix(frame), y, balanced=False, seed=0)
    return replace(model, core=core, recalibration=(0.0, 1.0))


def with_calls(model: FittedModel, risk: FloatArray, called: BoolArray) -> FittedModel:
    """The model with its cut-off clear of rounding: the same rows are called as were."""
    if not called.any():
        return model
    return replace(model, cut_off=min(model.cut_off, float(risk[called].min())))
