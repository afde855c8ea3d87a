"""Forest plots, importances, beeswarms and waterfalls from finished numbers."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from radln._draw.drawing import drawing
from radln._draw.style import COLOURS, DASHES, GREY, TICK, dress, new_axes
from radln._types import FloatArray

ROW_MM, HEAD_MM = 6.0, 22.0
FEW_ROWS = 6
SHORT, LINE = 64, 27  # letters of a label, and of one of its lines


@drawing
def draw_forest(
    labels: Sequence[str],
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    xlabel: str,
    texts: Sequence[str] | None = None,
    reference: float | None = None,
    margins: Sequence[float] = (),
    summaries: int = 0,
    others: int = 0,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Estimates with their intervals, the first on top; ``texts`` stand at the right margin.

    A row of NaN limits shows its point only; ``reference`` draws a line (0.5, or no difference),
    ``margins`` dashed ones (of non-inferiority or equivalence). The last ``summaries`` rows
    summarise the others and stand below a line, in black; the ``others`` above them are of another
    kind and have a colour of their own.
    """
    ax = _rows(labels, ax)
    at = np.arange(len(labels))
    if reference is not None:
        ax.axvline(reference, color=GREY, linewidth=0.7)
    for margin in margins:
        ax.axvline(margin, color=COLOURS[1], linewidth=1.0, linestyle=DASHES[1])
    own = len(labels) - summaries
    first = own - others
    for rows, shade, marker in (
        (at < first, COLOURS[0], "s"),
        ((at >= first) & (at < own), COLOURS[1], "o"),
        (at >= own, "black", "D"),
    ):
        ax.hlines(at[rows], low[rows], high[rows], color=shade, linewidth=1.2)
        ax.plot(values[rows], at[rows], marker, color=shade, markersize=4)
    if summaries:
        ax.axhline(own - 0.5, color=GREY, linewidth=0.5)
    for row, text in enumerate(texts or ()):
        place = ax.get_yaxis_transform()
        ax.text(1.02, row, text, transform=place, fontsize=TICK, va="center")
    return dress(ax, xlabel=xlabel, title=title)


@drawing
def draw_ratios(
    names: Sequence[str],
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    texts: Sequence[str],
    *,
    xlabel: str,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Odds or hazard ratios with their intervals on a log scale; 1 is no difference."""
    ax = draw_forest(
        names,
        values,
        low,
        high,
        xlabel=f"{xlabel} (log scale)",
        texts=texts,
        reference=1.0,
        title=title,
        ax=ax,
    )
    ax.set_xscale("log")
    known = np.concatenate([[1.0], values, low, high])
    known = known[np.isfinite(known) & (known > 0)]
    bottom, top = np.log10(known.min()) - 0.05, np.log10(known.max()) + 0.05
    ax.set_xlim(10**bottom, 10**top)
    steps = (0.5, 1, 2) if top - bottom < 2 else (1,)
    powers = np.arange(np.floor(bottom), np.ceil(top) + 1)
    ticks = np.unique([s * 10**p for p in powers for s in steps])
    ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    return ax


@drawing
def draw_importance(
    labels: Sequence[str],
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    xlabel: str = "Mean |SHAP value|",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Bars with their range over repeats, the first on top."""
    ax = _rows(labels, ax)
    at = np.arange(len(labels))
    ax.barh(at, values, height=0.65, color=COLOURS[5], edgecolor=COLOURS[0], linewidth=0.6)
    ax.hlines(at, low, high, color="black", linewidth=1.0)
    ax.set_xlim(left=0)
    return dress(ax, xlabel=xlabel, title=title)


@drawing
def draw_beeswarm(
    labels: Sequence[str],
    contributions: FloatArray,
    values: FloatArray,
    *,
    xlabel: str = "SHAP value (log odds)",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Each case's contribution of each feature, coloured by the feature's rank among the cases.

    ``contributions`` and ``values`` have shape (n, k), in the order of ``labels``; a missing value
    is grey.
    """
    ax = _rows(labels, ax)
    ax.axvline(0, color=GREY, linewidth=0.7)
    span = float(np.ptp(contributions)) or 1.0
    for row in range(len(labels)):
        x, shade = contributions[:, row], _ranks(values[:, row])
        y = row + _spread(x, span)
        missing = np.isnan(shade)
        ax.scatter(x[missing], y[missing], s=4, color="#BBBBBB", linewidths=0)
        dots = ax.scatter(
            x[~missing],
            y[~missing],
            c=shade[~missing],
            s=4,
            cmap="cividis",
            vmin=0,
            vmax=1,
            linewidths=0,
        )
    figure = ax.get_figure()
    if figure is not None:
        bar = figure.colorbar(dots, ax=ax, ticks=[0, 1], pad=0.02, aspect=40)
        if len(labels) < FEW_ROWS:  # too short a bar for its title between the words
            bar.ax.set_yticklabels(["low value", "high value"], fontsize=TICK)
        else:
            bar.ax.set_yticklabels(["low", "high"], fontsize=TICK)
            bar.set_label("Feature value (rank)", fontsize=TICK, labelpad=-6)
        bar.outline.set_visible(False)
    return dress(ax, xlabel=xlabel, title=title)


@drawing
def draw_waterfall(
    labels: Sequence[str],
    contributions: FloatArray,
    *,
    base: float,
    probabilities: tuple[float, float] | None = None,
    xlabel: str = "Log odds",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """How the features lead from the average prediction (``base``) to that of one case.

    ``probabilities`` are those of the start and of the end, where they are to be read.
    """
    ax = _rows(labels, ax)
    ends = base + np.cumsum(contributions)
    starts = np.r_[base, ends[:-1]]
    colours = [COLOURS[1] if change > 0 else COLOURS[0] for change in contributions]
    at = np.arange(len(labels))
    ax.barh(at, contributions, left=starts, height=0.6, color=colours)
    ax.vlines(ends[:-1], at[:-1] + 0.3, at[1:] - 0.3, color=GREY, linewidth=0.6)
    right = np.maximum(starts, ends)
    for row, change in enumerate(contributions):
        ax.annotate(
            f"{change:+.2f}".replace("-", "−"),
            (right[row], row),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=TICK,
        )
    last = len(labels) - 1
    ax.vlines(base, -0.6, -0.3, color=GREY, linewidth=0.9, linestyle=":")
    ax.vlines(float(ends[-1]), last + 0.3, last + 0.6, color="black", linewidth=0.9)
    span = float(np.ptp([*starts, *ends])) or 1.0
    ax.set_xlim(min(*starts, *ends) - 0.05 * span, right.max() + 0.22 * span)
    if probabilities is None:
        start, end = (f"{value:.2f}".replace("-", "−") for value in (base, ends[-1]))
    else:
        start, end = map(_percent, probabilities)
    heading = f"average {start} → this case {end}"
    return dress(ax, xlabel=xlabel, title=f"{title}\n{heading}" if title else heading)


def _percent(share: float) -> str:
    """A probability in whole percent; none is certain."""
    if share > 0.99:
        return "> 99 %"
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _rows(labels: Sequence[str], ax: Axes | None) -> Axes:
    """Axes with one labelled row a feature, the first on top."""
    ax = new_axes(ax, height_mm=HEAD_MM + ROW_MM * len(labels), width_mm=140)
    ax.set_yticks(range(len(labels)), [_short(label) for label in labels], fontsize=TICK)
    for label in ax.get_yticklabels():
        label.set_linespacing(0.95)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    return ax


def _short(label: str) -> str:
    """A name on two lines at most; of a long one the middle is left out, so that block and feature
    both stay readable.
    """
    if len(label) > SHORT:
        label = f"{label[: SHORT // 3]}…{label[-(SHORT - SHORT // 3 - 1) :]}"
    lines = next(
        lines
        for width in range(LINE, SHORT + 1)
        if len(lines := wrap(label, width, break_long_words=False, break_on_hyphens=False)) <= 2
    )
    return "\n".join(lines)


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks within [0, 1], ties averaged; NaN stays, a constant is 0.5."""
    ranks = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    different, inverse = np.unique(values[known], return_inverse=True)
    ranks[known] = inverse / (different.size - 1) if different.size > 1 else 0.5
    return ranks


def _spread(x: FloatArray, span: float) -> FloatArray:
    """Vertical places within +-0.4, so that dots of like value lie beside each other."""
    bins = np.floor(x / span * 60)
    offset = np.zeros(x.size)
    for value in np.unique(bins):
        members = np.flatnonzero(bins == value)
        steps = np.arange(members.size)
        side = np.where(steps % 2, 1, -1) * ((steps + 1) // 2)
        offset[members] = side
    largest = np.abs(offset).max()
    return np.asarray(0.4 * offset / largest if largest > 4 else 0.1 * offset)
