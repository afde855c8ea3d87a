"""A nomogram's axes from finished positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from radln._draw.style import LABEL, TICK, new_axes
from radln._types import FloatArray

WIDTH_MM, ROW_MM = 180.0, 12.0
CHARACTER = 0.0085  # the width of a letter, as a part of the axis
SLOTS = (-4, 4, 12)  # where a label may stand: points below or above its axis


@dataclass(frozen=True, eq=False)
class Scale:
    """One axis: where its ticks and ends lie within [0, 1], and what the ticks say."""

    name: str
    positions: FloatArray
    labels: Sequence[str]
    ends: tuple[float, float] = (0.0, 1.0)


def draw_nomogram(scales: Sequence[Scale], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Parallel axes, the first on top, their names on the left."""
    ax = new_axes(ax, width_mm=WIDTH_MM, height_mm=8 + ROW_MM * len(scales))
    for row, scale in enumerate(scales):
        at = scale.positions
        ax.hlines(row, *scale.ends, color="black", linewidth=0.8)
        ax.text(-0.02, row, scale.name, ha="right", va="center", fontsize=LABEL)
        for x, label, slot in zip(at, scale.labels, _slots(scale), strict=True):
            above = SLOTS[slot] > 0
            ax.vlines(x, row, row + (-0.12 if above else 0.12), color="black", linewidth=0.7)
            ax.annotate(
                label,
                (x, row),
                xytext=(0, SLOTS[slot]),
                textcoords="offset points",
                ha="center",
                va="bottom" if above else "top",
                fontsize=TICK,
            )
    ax.set(xlim=(-0.3, 1.03), ylim=(len(scales) - 0.3, -0.7))
    ax.set_title(title, fontsize=LABEL, loc="left")
    ax.axis("off")
    return ax


def _slots(scale: Scale) -> list[int]:
    """Where each label stands: the first slot in which it meets no other, or the emptiest."""
    ends = [-np.inf] * len(SLOTS)
    slots = [0] * len(scale.labels)
    for i in np.argsort(scale.positions, kind="stable"):
        half = CHARACTER * (len(scale.labels[i]) + 1) / 2
        start = scale.positions[i] - half
        free = [slot for slot, end in enumerate(ends) if end <= start]
        slots[i] = free[0] if free else int(np.argmin(ends))
        ends[slots[i]] = scale.positions[i] + half
    return slots
