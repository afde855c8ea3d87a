"""The report's figures: results in, matplotlib figures out; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.bars import draw_beeswarm, draw_forest, draw_importance, draw_waterfall
from radln._draw.curves import draw_decision, draw_roc
from radln._draw.flow import draw_flow
from radln._draw.style import INCH_MM
from radln._result import Estimate
from radln.evaluation.result import Evaluation
from radln.features.names import readable
from radln.report.content import ReportContent
from radln.report.verdict import label

TOP = 12
CURVES = ("size_logistic", "clinical_logistic", "radiomics_logistic", "combined_logistic")
DECISIONS = ("size_logistic", "combined_logistic", "nomogram_logistic")


def figures(content: ReportContent) -> Iterator[tuple[str, str, Figure]]:
    """(file name, caption, figure) of every figure that this study has."""
    evaluation = content.evaluation
    yield "flow", "Flow of cases.", figure_of(_flow(content))
    yield (
        "roc",
        "ROC curves on held-out patients (vertical mean of the within-fold curves); crosses are "
        f"readers at their cut with {evaluation.interval}.",
        figure_of(roc_axes(evaluation, content.n, content.n_positive)),
    )
    yield (
        "auc",
        f"AUC with {evaluation.interval} of every model and reader.",
        figure_of(forest_axes(evaluation)),
    )
    yield from _usefulness(content)
    yield from _attributions(content)
    if content.nomogram is not None:
        yield (
            "nomogram",
            "Nomogram of the clinical + rad-score model: read the points of each line, add them, "
            "and find the risk below the total.",
            figure_of(content.nomogram.plot()),
        )


def figure_of(ax: Axes) -> Figure:
    """The figure that holds the axes."""
    figure = ax.get_figure()
    if not isinstance(figure, Figure):
        raise TypeError("axes without a figure")
    return figure


def _flow(content: ReportContent) -> Axes:
    boxes, exclusions = [], []
    for _, step in content.flow.iterrows():
        boxes.append(f"{step['label']}\nn = {step['cases']} ({step['patients']} patients)")
        out = f"{step['reason']}: {step['excluded']}" if step["excluded"] else ""
        exclusions.append(out)
    return draw_flow(boxes, exclusions)


def _drawn(evaluation: Evaluation, wanted: tuple[str, ...]) -> list[str]:
    """The wanted sources that were fitted; all of them where none was."""
    present = [source for source in wanted if source in evaluation.curves]
    return present or list(evaluation.curves)[:4]


def roc_axes(evaluation: Evaluation, n: int, n_positive: int) -> Axes:
    """Curves of the models, and readers at their cut."""
    value = evaluation.aucs.set_index("source")["value"]
    curves = {
        f"{label(source)}, AUC {value[source]:.2f}": (evaluation.grid, evaluation.curves[source])
        for source in _drawn(evaluation, CURVES)
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
    )


def _usefulness(content: ReportContent) -> Iterator[tuple[str, str, Figure]]:
    evaluation = content.evaluation
    for source in _drawn(evaluation, ("combined_logistic", "nomogram_logistic")):
        result = evaluation.calibrations[source]
        yield (
            f"calibration_{source}",
            f"Calibration of {label(source)} on held-out patients (first repeat): smooth curve "
            "with its band, grouped points, and the distribution of the predicted risks.",
            figure_of(result.plot()),
        )
    ax = decision_axes(evaluation, content.n, content.n_positive)
    yield "decision", "Decision curves on held-out patients (mean over repeats).", figure_of(ax)


def decision_axes(evaluation: Evaluation, n: int, n_positive: int) -> Axes:
    """Net benefit of the models that have probabilities."""
    sources = [s for s in _drawn(evaluation, DECISIONS) if s in evaluation.decisions]
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


def _attributions(content: ReportContent) -> Iterator[tuple[str, str, Figure]]:
    for source, attribution in content.attributions.items():
        name = label(source)
        top = attribution.importance.head(TOP)
        yield (
            f"importance_{source}",
            f"Importance of features in {name}: mean absolute SHAP value on held-out cases; bars "
            "are means, lines the range over repeats.",
            figure_of(
                _importance(top, [readable(f) for f in top["feature"]], "mean_abs_shap", name)
            ),
        )
        blocks = attribution.blocks
        ax = draw_importance(
            [str(block) for block in blocks["block"]],
            100 * blocks["share"].to_numpy(np.float64),
            100 * blocks["low"].to_numpy(np.float64),
            100 * blocks["high"].to_numpy(np.float64),
            xlabel="Share of the summed |SHAP| (%)",
            title=name,
        )
        yield (
            f"blocks_{source}",
            f"Importance by block of features in {name}, with the range over repeats.",
            figure_of(ax),
        )
        features = top["feature"].tolist()
        ax = draw_beeswarm(
            [readable(f) for f in features],
            attribution.values[0][features].to_numpy(np.float64),
            _numeric(content.feature_values, features),
            title=f"{name}, n = {content.n}",
        )
        yield (
            f"beeswarm_{source}",
            f"SHAP values in {name}, one dot a held-out case (first repeat).",
            figure_of(ax),
        )
    if content.waterfalls:
        yield (
            "waterfalls",
            "How single held-out cases came by their prediction.",
            _waterfalls(content),
        )


def _importance(top: pd.DataFrame, labels: list[str], column: str, title: str) -> Axes:
    return draw_importance(
        labels,
        top[column].to_numpy(np.float64),
        top["low"].to_numpy(np.float64),
        top["high"].to_numpy(np.float64),
        xlabel="Mean |SHAP value| (log-odds)",
        title=title,
    )


def _numeric(
    frame: pd.DataFrame, features: list[str]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Values for colouring; text has no order and stays grey."""
    return np.column_stack(
        [
            frame[f].to_numpy(np.float64)
            if pd.api.types.is_numeric_dtype(frame[f])
            else np.full(len(frame), np.nan)
            for f in features
        ]
    )


def _waterfalls(content: ReportContent) -> Figure:
    count = len(content.waterfalls)
    size = (270 / INCH_MM, -(-count // 2) * 75 / INCH_MM)
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    panels = figure.subplots(-(-count // 2), 2, squeeze=False).ravel()
    for panel, item in zip(panels, content.waterfalls, strict=False):
        draw_waterfall(
            list(item.labels), item.contributions, base=item.base, title=item.title, ax=panel
        )
    for panel in panels[count:]:
        panel.axis("off")
    return figure
