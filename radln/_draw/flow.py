"""The flow of cases as boxes, from the table's rows to the analysed units."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.style import LABEL, TICK, new_axes


@drawing
def draw_flow(boxes: Sequence[str], exclusions: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Boxes from top to bottom, and between two of them what was left out (blank = nothing)."""
    ax = new_axes(ax, width_mm=120, height_mm=6 + 17 * len(boxes))
    for row, text in enumerate(boxes):
        ax.text(
            0.28, -row, text, ha="center", va="center", fontsize=LABEL,
            bbox={"boxstyle": "round,pad=0.45", "facecolor": "white", "linewidth": 0.8},
        )  # fmt: skip
        if row == 0:
            continue
        ax.annotate(
            "", (0.28, -row + 0.24), (0.28, -row + 0.76),
            arrowprops={"arrowstyle": "->", "linewidth": 0.8},
        )  # fmt: skip
        if exclusions[row]:
            ax.plot([0.28, 0.58], [-row + 0.5, -row + 0.5], color="black", linewidth=0.8)
            ax.text(
                0.59, -row + 0.5, exclusions[row], ha="left", va="center", fontsize=TICK,
                bbox={"boxstyle": "square,pad=0.4", "facecolor": "white", "linewidth": 0.6},
            )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(-len(boxes) + 0.5, 0.5))
    ax.axis("off")
    return ax
