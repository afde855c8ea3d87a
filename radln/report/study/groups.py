"""The primary model by itself at every site and in every declared subgroup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radln._draw.bars import draw_forest
from radln._result import Estimate
from radln.features.names import readable
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of, row_axes
from radln.report.study.results import PageOptions, StudyResults
from radln.report.tables import group_rows, site_rows
from radln.report.verdict import label

TOGETHER = "Scores of all folds together, so these differ a little from the within-fold AUC above."
MIX = (
    "A difference is that to the largest group, clustered by patient, and is described, not "
    "tested: it mixes how well the model ranks with how hard the cases of a group are (case-mix). "
    "Groups with fewer than 10 patients of either class have no number."
)
METHOD = (
    "By site and in subgroups the AUC of the primary model is given with its interval, and its "
    "difference to the largest group with an interval that allows for patients with cases in both; "
    "these are descriptions without p-values."
)


def groups(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Nothing where there are neither sites nor subgroups."""
    evaluation = results.evaluation
    parts = list(_parts(evaluation.by_site, evaluation.subgroups))
    if not parts:
        return
    full = label(results.asked.primary.full)
    notes = (MIX,) if results.tested.locked else (MIX, TOGETHER)
    shown = any(part["value"].notna().any() for _, part in parts)
    yield Section(
        "groups",
        "By site and subgroup",
        figures=(
            ShownFigure(
                "groups",
                f"AUC of {full} in every group of cases, with {evaluation.interval}; the line is "
                "its AUC in all cases.",
                figure_of(forest_axes(parts, _overall(results))),
            ),
        )
        if shown
        else (),
        tables=tuple(_tables(results, full)),
        notes=notes,
        methods=(METHOD,),
        frames={"auc_by_site": evaluation.by_site, "auc_by_subgroup": evaluation.subgroups},
    )


def _parts(by_site: pd.DataFrame, subgroups: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every way to part the cases, with its groups."""
    if not by_site.empty:
        yield "site", by_site.rename(columns={"site": "group"})
    if not subgroups.empty:
        for name, part in subgroups.groupby("subgroup", sort=False):
            yield str(name), part


def _tables(results: StudyResults, full: str) -> Iterator[ShownTable]:
    evaluation = results.evaluation
    if rows := site_rows(evaluation):
        yield ShownTable(f"By site: {full}", rows)
    for name, part in _parts(pd.DataFrame(), evaluation.subgroups):
        yield ShownTable(f"By {_words(name)}: {full}", group_rows(part, "Group", evaluation))


def _words(name: str) -> str:
    """The column of a subgroup in words."""
    return readable(name.split(" = ")[0].split(" < ")[0])


def _overall(results: StudyResults) -> float:
    aucs = results.evaluation.aucs.set_index("source")["value"]
    return float(aucs.get(results.asked.primary.full, np.nan))


def forest_axes(parts: Sequence[tuple[str, pd.DataFrame]], overall: float) -> Axes:
    """A row a group with an area."""
    known = [
        (f"{_words(name)}: {row['group']}, n = {row['n']}", row)
        for name, part in parts
        for row in part.to_dict("records")
        if pd.notna(row["value"])
    ]
    limits = np.array([[row[c] for c in ("value", "low", "high")] for _, row in known], dtype=float)
    return draw_forest(
        [name for name, _ in known],
        *limits.T,
        xlabel="AUC",
        texts=[Estimate(*row).format() for row in limits.tolist()],
        reference=overall if np.isfinite(overall) else 0.5,
        others=0,
        ax=row_axes(len(known), width_mm=140),
    )
