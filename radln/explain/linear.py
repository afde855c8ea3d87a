"""A fitted logistic model as a linear predictor in the units that a clinician reads."""

from __future__ import annotations

from radln._types import LinearPredictor, LinearTerm
from radln.errors import InputError
from radln.features.names import readable
from radln.models.fitted import FittedModel
from radln.models.learners.logistic import Logistic


def linear_predictor(model: FittedModel) -> LinearPredictor:
    """Terms and coefficients on the original scales; its log-odds equal the model's.

    Parameters
    ----------
    model
        A logistic model; its recalibration is folded in.

    Raises
    ------
    InputError
        The model is not logistic.
    """
    if not isinstance(model.core, Logistic):
        raise InputError(f"{model.source} is not linear; a nomogram needs a logistic model.")
    if any(item.missing for item in model.encoding.inputs):
        raise InputError(
            f"{model.source} has inputs that say that a value is missing (the step indicator), for "
            "which there is no axis; without that step there is."
        )
    intercept_shift, slope = model.recalibration
    intercept = intercept_shift + slope * model.core.intercept
    terms = []
    inputs = model.encoding.inputs
    for column in model.encoding.columns:
        own = [j for j, item in enumerate(inputs) if item.column == column]
        named = readable(column)
        betas = [slope * float(model.core.coefficients[j]) for j in own]
        if inputs[own[0]].level is None:
            item = inputs[own[0]]
            intercept -= betas[0] * item.mean / item.scale
            slope_here = (betas[0] / item.scale,)
            terms.append(LinearTerm(column, slope_here, (), item.low, item.high, label=named))
        else:
            intercept -= sum(b * inputs[j].mean for b, j in zip(betas, own, strict=True))
            levels = (str(inputs[own[0]].reference), *(str(inputs[j].level) for j in own))
            terms.append(LinearTerm(column, (0.0, *betas), levels, label=named))
    return LinearPredictor(intercept, tuple(terms))
