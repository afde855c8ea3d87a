"""The report's figures: results in, matplotlib figures out; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.bars import draw_forest
from radln._draw.curves import Interval, draw_calibration, draw_decision, draw_roc
from radln._draw.style import CLASSES, PAIR_MM, new_axes
from radln._result import Estimate
from radln.evaluation.result import Evaluation
from radln.report.verdict import label
from radln.stats.risks.calibration import Calibration

SHOWN_AT_LEAST, SHOWN_AT_MOST = 0.3, 0.8  # of the thresholds of a decision curve
HEAD_MM, ROW_MM = 20.0, 5.6


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


def roc_axes(
    evaluation: Evaluation,
    n: int,
    n_positive: int,
    wanted: tuple[str, ...] = (),
    classes: Sequence[str] = CLASSES,
) -> Axes:
    """Curves of the models; readers at their cut and at every other value that they gave."""
    named = _with_area(evaluation)
    curves = {
        named[source]: (evaluation.grid, evaluation.curves[source])
        for source in chosen(evaluation, wanted)
    }
    readers = readers_of(evaluation)
    rates = _rates(evaluation)
    points = {named[reader]: rates[reader] for reader in readers if reader in rates}
    paths = {
        named[reader]: (evaluation.reader_points[reader].fpr, evaluation.reader_points[reader].tpr)
        for reader in readers
        if reader in evaluation.reader_points
    }
    return draw_roc(curves, n=n, n_positive=n_positive, points=points, paths=paths, classes=classes)


def calibration_axes(found: Calibration, classes: Sequence[str]) -> Axes:
    """The smooth curve with its band, the groups and the distribution of the risks."""
    curve, groups = (
        (part.predicted, part.observed, part.low, part.high) for part in (found.curve, found.groups)
    )
    return draw_calibration(
        curve=curve,
        groups=groups,
        histogram=found.histogram,
        n=found.n,
        n_positive=found.n_positive,
        classes=classes,
    )


def _rates(evaluation: Evaluation) -> dict[str, tuple[Interval, Interval]]:
    """Sensitivity and specificity of the sources that have a cut, each with its limits."""
    found: dict[tuple[str, str], Interval] = {}
    for row in evaluation.operating.to_dict("records"):
        limits = float(row["value"]), float(row["low"]), float(row["high"])
        found[row["source"], row["measure"]] = limits
    return {
        source: (limits, found[source, "specificity"])
        for (source, measure), limits in found.items()
        if measure == "sensitivity"
    }


def readers_of(evaluation: Evaluation) -> list[str]:
    """The readers, best first."""
    rows = evaluation.aucs[evaluation.aucs["kind"] == "reader"]
    return list(rows.sort_values("value", ascending=False)["source"])


def _with_area(evaluation: Evaluation) -> dict[str, str]:
    """Every source in words, with its AUC and interval."""
    return {
        row["source"]: f"{label(row['source'])}, AUC "
        + Estimate(float(row["value"]), float(row["low"]), float(row["high"])).format()
        for row in evaluation.aucs.to_dict("records")
    }


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
        others=int((rows["kind"] == "reader").sum()),
        ax=row_axes(len(rows)),
    )


def decision_axes(
    evaluation: Evaluation,
    n: int,
    n_positive: int,
    wanted: tuple[str, ...] = (),
    classes: Sequence[str] = CLASSES,
) -> Axes:
    """Net benefit of the models that have probabilities, and of the calls of readers at their cut.

    Thresholds beyond twice the share of positive cases, or beyond 0.8, are of use to nobody.
    """
    sources = [s for s in chosen(evaluation, wanted) if s in evaluation.decisions]
    first = evaluation.decisions[sources[0]]
    mean = {s: part for s, part in evaluation.net_benefit.groupby("source") if s in sources}
    curves = {
        label(s): tuple(mean[s][c].to_numpy(np.float64) for c in ("net_benefit", "low", "high"))
        for s in sources
    }
    full = evaluation.primary.full if evaluation.primary else sources[-1]
    readers = {
        label(reader): (decision.thresholds, decision.net_benefit)
        for reader in readers_of(evaluation)
        if (decision := evaluation.reader_decisions.get(reader)) is not None
    }
    return draw_decision(
        curves,  # type: ignore[arg-type]
        thresholds=first.thresholds,
        treat_all=first.treat_all,
        n=n,
        n_positive=n_positive,
        banded=None if len(curves) <= 2 else {label(full)},
        readers=readers,
        classes=classes,
        upper=min(SHOWN_AT_MOST, max(SHOWN_AT_LEAST, 2 * n_positive / n)),
    )
