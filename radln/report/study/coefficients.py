"""Coefficients of the models that have them, with their intervals, and paths of penalties."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from radln._result import Estimate, format_p
from radln.explain.coefficient_table import CoefficientTable
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of
from radln.report.study.chosen import number
from radln.report.study.results import PageOptions, StudyResults
from radln.report.verdict import label

LONG = 14  # rows, above which a table is folded
METHODS = {
    "plain": "Odds ratios of models without penalty have Wald's intervals, robust by patient where "
    "patients have several rows, else the profile likelihood's too.",
    "firth": "Odds ratios of Firth's models have intervals by the profile penalised likelihood.",
    "lasso": "The penalty of the lasso was chosen by the deviance on inner folds over patients.",
    "elastic_net": "The penalty of the elastic net, and the lasso's share of it, were chosen by "
    "the deviance on inner folds over patients.",
}


def coefficients(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Nothing where no model has a table."""
    tables, paths = results.explained.coefficients, results.explained.paths
    if not tables:
        return
    frames = {f"coefficients_{one.source}": one.table for one in tables}
    frames |= {f"penalty_path_{one.source}": one.frame() for one in paths}
    yield Section(
        "coefficients",
        "Coefficients",
        tables=tuple(_table(one) for one in tables),
        figures=tuple(
            ShownFigure(
                f"penalty_path_{path.source}",
                f"Coefficients of {label(path.source)} as the penalty falls, on the "
                "cases that it learned from; every line "
                "is a predictor, or a level of one.",
                figure_of(path.plot()),
            )
            for path in paths
        ),
        methods=tuple(METHODS[learner] for learner in dict.fromkeys(t.learner for t in tables)),
        frames=frames,
    )


def _table(one: CoefficientTable) -> ShownTable:
    level = one.confidence_level
    rows = [
        {
            "Term": str(row["term"]),
            "Coefficient": number(float(row["coefficient"])),
            "Odds ratio": _plain(row),
            **_ratio(row, level, "", "Wald"),
            **_ratio(row, level, "profile_", "profile"),
        }
        for _, row in one.table.iterrows()
    ]
    shown = [key for key in rows[0] if any(row[key] for row in rows)]
    return ShownTable(
        f"Coefficients of {label(one.source)} (log-odds per unit)",
        [{key: row[key] for key in shown} for row in rows],
        " ".join(one.notes),
        folded=len(rows) > LONG,
    )


def _ratio(row: pd.Series, level: float, prefix: str, way: str) -> dict[str, str]:
    """An odds ratio with its limits, and its p; blank where these were not computed."""
    low, high, pvalue = (float(row[f"{prefix}{key}"]) for key in ("low", "high", "pvalue"))
    shown, tested = f"Odds ratio ({way})", f"p ({way})"
    if np.isnan(low):
        return {shown: "", tested: ""}
    said = Estimate(float(row["odds_ratio"]), low, high, level).format(2)
    return {shown: said, tested: format_p(pvalue)}


def _plain(row: pd.Series) -> str:
    """An odds ratio alone, where it has no limits."""
    bare = row[["low", "profile_low"]].isna().all()
    return f"{float(row['odds_ratio']):.2f}" if bare else ""
