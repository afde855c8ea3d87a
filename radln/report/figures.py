"""The report's figures: results in, matplotlib figures out; nothing is computed here."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.bars import draw_forest
from radln._draw.curves import draw_decision, draw_roc
from radln._draw.style import PAIR_MM, new_axes
from radln._result import Estimate
from radln.evaluation.result import Evaluation
from radln.report.verdict import label

CURVES = ("size_logistic", "clinical_logistic", "radiomics_logistic", "combined_logistic")
HEAD_MM, ROW_MM = 20.0, 5.6
DECISIONS = ("size_logistic", "combined_logistic", "nomogram_logistic")


def row_axes(rows: int, *, width_mm: float = PAIR_MM) -> Axes:
    """Axes for so many labelled rows, in a figure with a neighbour."""
    return new_axes(None, width_mm=width_mm, height_mm=HEAD_MM + ROW_MM * rows)


def figure_of(ax: Axes) -> Figure:
    """The figure that holds the axes."""
    figure = ax.get_figure()
    if not isinstance(figure, Figure):
        raise TypeError("axes without a figure")
    return figure


def chosen(evaluation: Evaluation, wanted: tuple[str, ...]) -> list[str]:
    """The wanted sources that were fitted; all of them where none was."""
    present = [source for source in wanted if source in evaluation.curves]
    return present or list(evaluation.curves)[:4]


def roc_axes(evaluation: Evaluation, n: int, n_positive: int) -> Axes:
    """Curves of the models, and readers at their cut."""
    value = evaluation.aucs.set_index("source")["value"]
    curves = {
        f"{label(source)}, AUC {value[source]:.2f}": (evaluation.grid, evaluation.curves[source])
        for source in chosen(evaluation, CURVES)
    }
    readers = evaluation.aucs.loc[evaluation.aucs["kind"] == "reader", "source"]
    table = evaluation.operating
    if not table.empty:
        table = table.set_index(["source", "measure"])[["value", "low", "high"]]
    points = {
        reader: tuple(
            tuple(float(x) for x in table.loc[(reader, measure)])
            for measure in ("sensitivity", "specificity")
        )
        for reader in readers
        if (reader, "sensitivity") in table.index
    }
    return draw_roc(curves, n=n, n_positive=n_positive, points=points)  # type: ignore[arg-type]


def forest_axes(evaluation: Evaluation) -> Axes:
    """The AUC of every model and reader."""
    rows = evaluation.aucs.sort_values(["kind", "value"], ascending=[True, False])
    texts = [
        Estimate(*limits).format() for limits in rows[["value", "low", "high"]].to_numpy(float)
    ]
    return draw_forest(
        [label(source) for source in rows["source"]],
        rows["value"].to_numpy(np.float64),
        rows["low"].to_numpy(np.float64),
        rows["high"].to_numpy(np.float64),
        xlabel="AUC",
        texts=texts,
        reference=0.5,
        ax=row_axes(len(rows)),
    )


def decision_axes(evaluation: Evaluation, n: int, n_positive: int) -> Axes:
    """Net benefit of the models that have probabilities."""
    sources = [s for s in chosen(evaluation, DECISIONS) if s in evaluation.decisions]
    first = evaluation.decisions[sources[0]]
    mean = {s: part for s, part in evaluation.net_benefit.groupby("source") if s in sources}
    curves = {
        label(s): tuple(mean[s][c].to_numpy(np.float64) for c in ("net_benefit", "low", "high"))
        for s in sources
    }
    return draw_decision(
        curves,  # type: ignore[arg-type]
        thresholds=first.thresholds,
        treat_all=first.treat_all,
        n=n,
        n_positive=n_positive,
    )
