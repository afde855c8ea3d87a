"""Coefficients along a path of penalties, from finished numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.labels import lines_of
from radln._draw.style import DASHES, GREY, PAIR_MM, TICK, colour, dress, new_axes
from radln._types import FloatArray

NAMED = 6  # as many inputs are named; the others are grey
LEGEND_PT = 190.0  # of a line of the legend


@drawing
def draw_path(
    penalties: FloatArray,
    coefficients: FloatArray,
    labels: Sequence[str],
    *,
    chosen: float,
    ax: Axes | None = None,
) -> Axes:
    """Coefficients (inputs, penalties) over the penalty, from the largest penalty on.

    The inputs with the largest coefficients at the chosen penalty (a vertical line) are named.
    """
    at = int(np.argmin(np.abs(np.log(penalties / chosen))))
    sizes = np.abs(coefficients[:, at])
    named = [j for j in np.argsort(-sizes, kind="stable")[:NAMED] if sizes[j] > 0]
    ax = new_axes(ax, width_mm=PAIR_MM, height_mm=66 + 5.0 * len(named))
    for j in np.flatnonzero(np.abs(coefficients).max(axis=1) > 0):
        if j not in named:
            ax.plot(penalties, coefficients[j], color=GREY, linewidth=0.5, alpha=0.6)
    for i, j in enumerate(named):
        said = lines_of(labels[j], TICK, LEGEND_PT)
        dashes = DASHES[i % len(DASHES)]
        ax.plot(
            penalties, coefficients[j], color=colour(i), linestyle=dashes, linewidth=1.3, label=said
        )
    ax.axvline(chosen, color="black", linewidth=0.8, linestyle=":")
    ax.axhline(0, color=GREY, linewidth=0.5)
    ax.set_xscale("log")
    ax.invert_xaxis()
    if named:
        ax.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.01), fontsize=TICK, frameon=False,
            handlelength=2.6,
        )  # fmt: skip
    inside = int((sizes > 0).sum())
    return dress(
        ax,
        xlabel=f"Penalty (dotted: chosen, {inside} of {len(labels)} inputs in)",
        ylabel="Coefficient per standard deviation",
    )
