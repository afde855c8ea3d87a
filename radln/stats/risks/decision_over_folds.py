"""Net benefit of cross-validated probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from radln._result import frozen
from radln._types import ArrayLike
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.discrimination._fold_design import UNTESTED, fold_design
from radln.stats.discrimination._folds import fold_gate
from radln.stats.risks.decision import DecisionCurve, decision_curve

MEASURES = ("net_benefit", "standardized", "interventions_avoided")


@case_wise(columns=("y_prob", "folds"))
def decision_curve_over_folds(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    folds: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> DecisionCurve:
    """Would acting on risks made in this way do more good than harm?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_prob : shape (n_repeats, n) or (n,), in [0, 1]
        Out-of-fold probabilities.
    folds : shape (n_repeats, n) or (n,)
        In which fold each case was tested; every case in every repeat.
    thresholds, cluster, confidence_level
        As in :func:`decision_curve`.

    Returns
    -------
    DecisionCurve
        Means over the repeats.

    Raises
    ------
    SingleClassError, LeakageError, ShapeError, InputError

    Notes
    -----
    Net benefit is a mean over cases at a fixed threshold, so that the cases of all folds stand
    together. Variances are averaged over the repeats and raised as in :func:`auc_over_folds`: the
    interval speaks of the way of modelling at the folds' training size.

    References
    ----------
    Vickers and Elkin 2006, doi:10.1177/0272989X06295361.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.random.default_rng(0).permutation(np.arange(80) % 2)
    >>> risk = np.where(np.arange(80) % 5 == 0, 1 - y, y) * 0.6 + 0.2
    >>> curve = decision_curve_over_folds(y, risk, np.arange(80) // 16, thresholds=[0.5])
    >>> curve.net_benefit.round(2).tolist()
    [0.3]
    """
    positive, (values,), parts, codes = fold_gate(y_true, {"y_prob": y_prob}, folds, cluster)
    design = fold_design(parts, codes, positive)
    if (parts == UNTESTED).any():
        raise InputError("folds leaves cases untested; net benefit needs a risk of every case.")
    curves = [
        decision_curve(
            positive,
            row,
            thresholds=thresholds,
            cluster=codes,
            confidence_level=confidence_level,
        )
        for row in values
    ]
    wider = np.sqrt(design.factor)
    means = {
        name: np.mean([getattr(curve, name) for curve in curves], axis=0)
        for measure in MEASURES
        for name in (measure, *_limits(measure))
    }
    for measure in MEASURES:
        for name in _limits(measure):
            means[name] = means[measure] + wider * (means[name] - means[measure])
    means["se"] = wider * np.sqrt(np.mean([curve.se**2 for curve in curves], axis=0))
    repeats = f", mean over {len(curves)} repeats" if len(curves) > 1 else ""
    changed: dict[str, Any] = {name: frozen(value) for name, value in means.items()}
    method = f"{curves[0].method}{repeats}; interval {design.speaks_of}"
    return replace(curves[0], method=method, warnings=design.about_risks, **changed)


def _limits(measure: str) -> tuple[str, str]:
    """The fields that hold the interval of a measure."""
    return ("low", "high") if measure == "net_benefit" else (f"{measure}_low", f"{measure}_high")
