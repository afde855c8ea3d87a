"""Risk along a distance and over a plane, from finished numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.style import COLOURS, GREY, LABEL, TICK, dress, new_axes, sample
from radln._types import FloatArray


@drawing
def draw_position(
    curve: tuple[FloatArray, ...],
    bins: tuple[FloatArray, ...],
    *,
    xlabel: str,
    n: int,
    n_positive: int,
    ax: Axes | None = None,
) -> Axes:
    """Smooth risk with its band, and the shares of bins; both hold position, risk, low, high."""
    ax = new_axes(ax, height_mm=75)
    position, risk, low, high = curve
    if position.size:
        ax.fill_between(position, low, high, color=COLOURS[0], alpha=0.18, linewidth=0)
        ax.plot(position, risk, color=COLOURS[0], linewidth=1.3, label="smooth risk")
    position, risk, low, high = bins
    ax.errorbar(
        position,
        risk,
        yerr=np.maximum([risk - low, high - risk], 0),
        color="black",
        marker="o",
        markersize=3,
        elinewidth=0.7,
        linestyle="none",
        label="share in a bin",
    )
    ax.set(ylim=(-0.02, 1.02))
    ax.legend(loc="best", fontsize=TICK, frameon=False)
    return dress(ax, xlabel=xlabel, ylabel="Risk", title=sample(n, n_positive))


@drawing
def draw_location_map(
    x_edges: FloatArray,
    y_edges: FloatArray,
    shares: FloatArray,
    counts: FloatArray,
    *,
    xlabel: str,
    ylabel: str,
    hidden: str,
    n: int,
    n_positive: int,
    ax: Axes | None = None,
) -> Axes:
    """Shares (rows, columns) as shades with their numbers; NaN cells are hatched."""
    ax = new_axes(ax, height_mm=85)
    ax.set_facecolor("#eeeeee")
    ax.patch.set(hatch="////", edgecolor=GREY, linewidth=0)
    mesh = ax.pcolormesh(
        x_edges, y_edges, np.ma.masked_invalid(shares), cmap="cividis", vmin=0, vmax=1
    )
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.8)
    bar.set_label("Share of positive cases", fontsize=LABEL)
    bar.ax.tick_params(labelsize=TICK)
    crowded = max(shares.shape) > 8
    for (row, column), share in np.ndenumerate(shares):
        if np.isnan(share) or crowded:
            continue
        ax.text(
            (x_edges[column] + x_edges[column + 1]) / 2,
            (y_edges[row] + y_edges[row + 1]) / 2,
            f"{share:.0%}\n{counts[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=TICK - 1,
            color="white" if share < 0.55 else "black",
        )
    title = f"{sample(n, n_positive)}\nhatched: {hidden}"
    return dress(ax, xlabel=xlabel, ylabel=ylabel, title=title)
