"""A nomogram's axes from finished positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from radln._draw.style import LABEL, TICK, new_axes
from radln._types import FloatArray

WIDTH_MM, ROW_MM = 180.0, 11.0
GAP = 0.026


@dataclass(frozen=True, eq=False)
class Scale:
    """One axis: where its ticks lie within [0, 1] and what they say.

    ``staggered`` labels stand alternately above and below, for levels that may lie close together.
    """

    name: str
    positions: FloatArray
    labels: Sequence[str]
    staggered: bool = False


def draw_nomogram(scales: Sequence[Scale], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Parallel axes, the first on top, their names on the left."""
    ax = new_axes(ax, width_mm=WIDTH_MM, height_mm=8 + ROW_MM * len(scales))
    for row, scale in enumerate(scales):
        at = scale.positions
        ax.hlines(row, at.min(), at.max(), color="black", linewidth=0.8)
        ax.text(-0.02, row, scale.name, ha="right", va="center", fontsize=LABEL)
        below = _sides(scale)
        for x, label, down in zip(at, scale.labels, below, strict=True):
            ax.vlines(x, row, row + (0.12 if down else -0.12), color="black", linewidth=0.7)
            ax.annotate(
                label,
                (x, row),
                xytext=(0, -4 if down else 4),
                textcoords="offset points",
                ha="center",
                va="top" if down else "bottom",
                fontsize=TICK,
            )
    ax.set(xlim=(-0.3, 1.03), ylim=(len(scales) - 0.3, -0.7))
    ax.set_title(title, fontsize=LABEL, loc="left")
    ax.axis("off")
    return ax


def _sides(scale: Scale) -> list[bool]:
    """Which labels stand below: all, or every other one where levels crowd."""
    order = np.argsort(scale.positions, kind="stable")
    gaps = np.diff(scale.positions[order])
    below = np.ones(scale.positions.size, dtype=bool)
    if scale.staggered and (gaps < GAP * max(map(len, scale.labels))).any():
        below[order[1::2]] = False
    return [bool(side) for side in below]
