"""Odds ratios of the clinical columns, and whether there are patients enough for the models."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radln._result import Estimate
from radln.explain.odds_ratios import ALONE, LIMITS, TOGETHER
from radln.report.chapter import Section, ShownTable
from radln.report.study.results import PageOptions, StudyResults
from radln.report.verdict import label

WARNING = (
    "For description, on the patients that the final models learned from. Together, a ratio is "
    "that among patients with the same other columns, and not the effect of one of them; columns "
    "must not be chosen for a model by their ratios alone on the same patients. Ratios are per "
    "unit of the column, of a level against the commonest one; rows with a missing value are left "
    "out, as n says."
)
NEEDED = (
    "Patients that the criteria of Riley and colleagues (2020) ask for a regression without "
    "penalty with all candidate predictors, at this share of positive cases, a Nagelkerke R2 of "
    "0.15 (a cautious guess where nothing is known) and a shrinkage of at most 10 %. Penalties and "
    "choices inside the folds make up for some of what lacks, and never for all; boosted trees "
    "need more."
)
METHOD = (
    "Odds ratios of clinical columns, each alone and all together, are described by logistic "
    "regression without penalty, with intervals robust by patient where patients have several rows."
)


def described(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Nothing without clinical columns and candidates."""
    ratios, needed = results.explained.odds_ratios, results.explained.needed
    tables = []
    if not ratios.empty:
        tables.append(
            ShownTable(
                "Odds ratios of clinical columns",
                _ratio_rows(ratios, results.evaluation.interval),
                WARNING,
            )
        )
    if not needed.empty:
        tables.append(ShownTable("Patients needed, and there", _needed_rows(needed), NEEDED))
    if not tables:
        return
    few = needed[needed["patients"] < needed["patients_needed"]] if not needed.empty else needed
    yield Section(
        "described",
        "Odds ratios and sample size",
        tables=tuple(tables),
        methods=(METHOD,) if not ratios.empty else (),
        limits=(_short(few),) if len(few) else (),
        frames={"odds_ratios": ratios, "patients_needed": needed},
    )


def _short(few: pd.DataFrame) -> str:
    worst = few.sort_values("patients_needed").iloc[-1]
    return (
        f"{len(few)} of the sets of predictors have more candidates than the patients who teach "
        f"can carry without a penalty: up to {int(worst['patients_needed'])} patients would be "
        f"needed, and there are {int(worst['patients'])}."
    )


def _ratio_rows(ratios: pd.DataFrame, interval: str) -> list[dict[str, str]]:
    rows = []
    for row in ratios.to_dict("records"):
        cells = {"Term": str(row["term"])}
        for name in (ALONE, TOGETHER):
            value, low, high = (float(row[f"{name}_{what}"]) for what in LIMITS)
            known = pd.notna(value)
            cells[f"Odds ratio {name} ({interval})"] = (
                Estimate(value, low, high).format() if known else "none: no finite estimate"
            )
            cells[f"n {name}"] = f"{int(row[f'{name}_n'])}" if known else ""
        rows.append(cells)
    return rows


def _needed_rows(needed: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "Predictors": label(f"{row['block']}_logistic").removesuffix(" (logistic)"),
            "Candidates": str(row["candidates"]),
            "Patients needed": str(row["patients_needed"]),
            "of them positive": f"{row['events_needed']:.0f}",
            "Patients there": str(row["patients"]),
        }
        for row in needed.to_dict("records")
    ]
