"""Odds ratios of the clinical columns, each alone and all together, side by side."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from radln.cohort.core import Cohort
from radln.errors import RadlnError, RadlnWarning
from radln.explain.coefficient_table import term_of
from radln.models.steps.encode import Input, fit_encoding
from radln.models.steps.step import Training
from radln.stats import logistic_regression

ALONE, TOGETHER = "alone", "together"
LIMITS = ("value", "low", "high")
MOST = 20  # terms, above which all together say nothing


def odds_ratios(cohort: Cohort, *, confidence_level: float = 0.95) -> pd.DataFrame:
    """Odds ratios without penalty, robust by patient where patients have several rows.

    A row a term: ``term``, and for each of ``alone`` and ``together`` the ratio per unit (of a
    level against the commonest) with its limits and the rows ``n`` that have all that it needs.
    NaN where there is no finite estimate. Empty without clinical columns.

    Notes
    -----
    For description: ratios of columns together are not effects of each of them (Westreich and
    Greenland 2013, doi:10.1093/aje/kws412), and a choice by p-values of columns alone makes models
    worse (Sun et al. 1996, doi:10.1016/0895-4356(96)00025-X).
    """
    columns = cohort.columns("clinical")
    if not columns:
        return pd.DataFrame()
    frame = cohort.predictors[columns]
    training = Training(frame, cohort.y_true, cohort.patient_id)
    inputs = [
        item for item in fit_encoding(training, keep=columns, compete=()).inputs if not item.missing
    ]
    design = pd.DataFrame({_key(item): _raw(frame, item) for item in inputs})
    alone = {
        column: _fitted(cohort, design[[_key(i) for i in own]], confidence_level)
        for column, own in _by_column(inputs)
    }
    together = _fitted(cohort, design, confidence_level) if len(inputs) <= MOST else {}
    rows = []
    for item in inputs:
        key = _key(item)
        row: dict[str, object] = {"term": term_of(item)}
        for name, found in ((ALONE, alone[item.column]), (TOGETHER, together)):
            estimate = found.get(key, (np.nan,) * 4)
            row |= {f"{name}_{what}": part for what, part in zip((*LIMITS, "n"), estimate,
                                                                strict=True)}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def _key(item: Input) -> str:
    return item.column if item.level is None else f"{item.column} {item.level}"


def _raw(frame: pd.DataFrame, item: Input) -> pd.Series:
    """The number itself, or 1 at the level; NaN where nothing is known."""
    values = frame[item.column]
    if item.level is None:
        return values.astype(np.float64).where(np.isfinite(values.astype(np.float64)))
    return (values.astype(str) == item.level).astype(np.float64).where(values.notna())


def _by_column(inputs: list[Input]) -> Iterator[tuple[str, list[Input]]]:
    for column in dict.fromkeys(item.column for item in inputs):
        yield column, [item for item in inputs if item.column == column]


def _fitted(
    cohort: Cohort, design: pd.DataFrame, confidence_level: float
) -> dict[str, tuple[float, float, float, float]]:
    """Ratio, limits and rows of every term; nothing where the model cannot be fitted."""
    known = design.notna().all(axis=1).to_numpy()
    patients = cohort.patient_id[known]
    several = pd.Series(patients).duplicated().any()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadlnWarning)
            found = logistic_regression(
                cohort.y_true[known],
                design[known],
                cluster=patients if several else None,
                confidence_level=confidence_level,
            )
    except RadlnError:
        return {}
    n = float(known.sum())
    ratios = {name: found.odds_ratio(name) for name in design.columns}
    return {name: (one.value, one.low, one.high, n) for name, one in ratios.items()}
