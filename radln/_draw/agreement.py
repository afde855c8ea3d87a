"""Bland and Altman's plot from finished numbers."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.style import COLOURS, GREY, TICK, dress, new_axes
from radln._types import FloatArray

Line: TypeAlias = tuple[float, float, float]


@drawing
def draw_bland_altman(
    mean: FloatArray,
    difference: FloatArray,
    *,
    bias: Line,
    lower: Line,
    upper: Line,
    xlabel: str,
    ylabel: str,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Differences over means, with bias and limits of agreement as ``(value, low, high)`` lines.

    A line whose interval is NaN has no band.
    """
    ax = new_axes(ax, width_mm=120)
    ax.axhline(0, color=GREY, linewidth=0.6)
    for (value, low, high), name, style, shade in (
        (upper, "upper limit", (0, (5, 1.5)), COLOURS[1]),
        (bias, "bias", "-", COLOURS[0]),
        (lower, "lower limit", (0, (5, 1.5)), COLOURS[1]),
    ):
        if not np.isnan(low):
            ax.axhspan(low, high, color=shade, alpha=0.15, linewidth=0)
        ax.axhline(value, color=shade, linestyle=style, linewidth=1.2)
        text = f"{name} {value:.3g}".replace("-", "−")
        place = ax.get_yaxis_transform()
        ax.text(1.02, value, text, transform=place, fontsize=TICK, va="center", color=shade)
    ax.plot(mean, difference, "o", color="black", markersize=2.5, alpha=0.6, markeredgewidth=0)
    return dress(ax, xlabel=xlabel, ylabel=ylabel, title=title)
