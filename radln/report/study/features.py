"""What the models use: importance of features and blocks, and single cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.bars import draw_beeswarm, draw_importance, draw_waterfall
from radln._draw.fonts import FittedFigure
from radln._draw.style import INCH_MM, PAIR_MM
from radln._types import FloatArray
from radln.explain.attribution import MOST_CASES, Attribution
from radln.explain.waterfall import Waterfall
from radln.features.names import readable
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of, row_axes
from radln.report.study.results import PageOptions, StudyResults
from radln.report.verdict import label, signed

TOP = 12
CAUTION = (
    "SHAP values say what moved a model's prediction, not what causes disease; features that "
    "correlate share their importance arbitrarily."
)
TWO_WAYS = (
    "The fall of the AUC within folds where a feature is shuffled among held-out cases (mean of "
    "five shuffles, in brackets the range over repeats). Features that repeat each other stand in "
    "for each other: each falls little though both matter."
)
METHOD = "Single features were described by SHAP values on held-out cases."


def features(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """SHAP values of the richest models."""
    attributions = results.explained.attributions
    frames = {}
    for source, attribution in attributions.items():
        frames[f"shap_importance_{source}"] = attribution.importance
        frames[f"shap_blocks_{source}"] = attribution.blocks
        if source in results.explained.shuffled:
            frames[f"permutation_importance_{source}"] = results.explained.shuffled[source]
    yield Section(
        "features",
        "What the models use",
        figures=tuple(_figures(attributions, results.explained.waterfalls, options)),
        tables=tuple(_two_ways(attributions, results.explained.shuffled)),
        notes=(CAUTION,),
        methods=(METHOD,),
        frames=frames,
    )


def _two_ways(
    attributions: Mapping[str, Attribution], shuffled: Mapping[str, pd.DataFrame]
) -> Iterator[ShownTable]:
    """SHAP values and the fall of the area beside each other, the features that matter most."""
    for source, attribution in attributions.items():
        table = shuffled.get(source)
        if table is None or table.empty:
            continue
        falls = table.set_index("feature")
        rows = []
        for row in attribution.importance.head(TOP).to_dict("records"):
            cells = {
                "Feature": readable(str(row["feature"])),
                "Mean |SHAP value|": f"{row['mean_abs_shap']:.3f}",
                "Fall of the AUC": "",
            }
            if row["feature"] in falls.index:
                fall, low, high = falls.loc[row["feature"], ["fall", "low", "high"]].astype(float)
                cells["Fall of the AUC"] = signed(fall) + (
                    f" ({signed(low)} to {signed(high)})" if low < high else ""
                )
            rows.append(cells)
        yield ShownTable(f"Importance two ways: {label(source)}", rows, TWO_WAYS, folded=True)


def _figures(
    attributions: Mapping[str, Attribution],
    waterfalls: Sequence[Waterfall],
    options: PageOptions,
) -> Iterator[ShownFigure]:
    for source, attribution in attributions.items():
        name = label(source)
        yield ShownFigure(
            f"importance_{source}",
            f"Importance of features in {name}: mean absolute SHAP value on held-out cases; bars "
            "are means, lines the range over repeats.",
            figure_of(importance_axes(attribution, name)),
        )
        yield ShownFigure(
            f"beeswarm_{source}",
            f"SHAP values in {name}, one dot a held-out case (first repeat{sampled(attribution)}).",
            figure_of(beeswarm_axes(attribution, name)),
        )
    for source, attribution in attributions.items():
        name = label(source)
        yield ShownFigure(
            f"blocks_{source}",
            f"Importance by block of features in {name}, with the range over repeats.",
            figure_of(blocks_axes(attribution, name, options)),
        )
    if waterfalls:
        yield ShownFigure(
            "waterfalls",
            "How single held-out cases came by their prediction.",
            waterfall_figure(waterfalls),
        )


def sampled(attribution: Attribution) -> str:
    """Whether some of the cases stand for all."""
    return f"; {MOST_CASES} cases chosen at random" if len(attribution.data) == MOST_CASES else ""


def importance_axes(attribution: Attribution, name: str) -> Axes:
    """The features that matter most."""
    top = attribution.importance.head(TOP)
    return draw_importance(
        [readable(feature) for feature in top["feature"]],
        top["mean_abs_shap"].to_numpy(np.float64),
        top["low"].to_numpy(np.float64),
        top["high"].to_numpy(np.float64),
        xlabel="Mean |SHAP value| (log-odds)",
        title=name,
        ax=row_axes(len(top)),
    )


def blocks_axes(attribution: Attribution, name: str, options: PageOptions) -> Axes:
    """What share of the summed contributions each block has."""
    blocks = attribution.blocks
    return draw_importance(
        [options.said(str(block)) for block in blocks["block"]],
        100 * blocks["share"].to_numpy(np.float64),
        100 * blocks["low"].to_numpy(np.float64),
        100 * blocks["high"].to_numpy(np.float64),
        xlabel="Share of the summed |SHAP| (%)",
        title=name,
        ax=row_axes(len(blocks)),
    )


def beeswarm_axes(attribution: Attribution, name: str) -> Axes:
    """Every case's contribution of the features that matter most."""
    top = attribution.importance["feature"].head(TOP).tolist()
    data = attribution.data.loc[attribution.values[0].index]
    return draw_beeswarm(
        [_levelled(feature, data[feature]) for feature in top],
        attribution.values[0][top].to_numpy(np.float64),
        _numeric(data[top]),
        title=f"{name}, n = {len(data)}",
        ax=row_axes(len(top)),
    )


def _levelled(column: str, values: pd.Series) -> str:
    """A feature's name; of a category also which level counts as high, or that none does."""
    levels = _levels(values)
    if not levels:
        return readable(column)
    said = f"high = {levels[1]}" if len(levels) == 2 else "grey: categories"
    return f"{readable(column)} ({said})"


def _levels(values: pd.Series) -> list[str]:
    """The levels of a category in the alphabet's order; none of a number."""
    if pd.api.types.is_numeric_dtype(values):
        return []
    return sorted(map(str, values.dropna().unique()))


def _numeric(frame: pd.DataFrame) -> FloatArray:
    """Values for colouring: of two levels 0 and 1; more have no order and stay grey."""
    columns = list[pd.Series]()
    for column in frame.columns:
        values, levels = frame[column], _levels(frame[column])
        if pd.api.types.is_numeric_dtype(values):
            columns.append(values)
        elif len(levels) == 2:
            columns.append(values.map(dict(zip(levels, (0.0, 1.0), strict=True))))
        else:
            columns.append(pd.Series(np.nan, values.index))
    return np.column_stack([column.to_numpy(np.float64) for column in columns])


def waterfall_figure(waterfalls: Sequence[Waterfall]) -> Figure:
    """The cases in two columns."""
    rows = -(-len(waterfalls) // 2)
    size = (2 * PAIR_MM / INCH_MM, rows * 74 / INCH_MM)
    figure = FittedFigure(figsize=size, dpi=200, layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False).ravel()
    for panel, item in zip(panels, waterfalls, strict=False):
        draw_waterfall(
            list(item.labels),
            item.contributions,
            base=item.base,
            probabilities=item.probabilities,
            title=item.title,
            ax=panel,
        )
    for panel in panels[len(waterfalls) :]:
        panel.axis("off")
    return figure
