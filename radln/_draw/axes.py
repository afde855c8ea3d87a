"""A nomogram's axes from finished positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.drawing import drawing
from radln._draw.labels import lines_of, on_two_sides, width_of
from radln._draw.style import INCH_MM, LABEL, TICK, new_axes
from radln._types import FloatArray

WIDTH_MM = 180.0
NAMES, RIGHT = 0.33, 1.03  # room for names at least, and the right end, in parts of an axis
MARGIN = 0.03  # between a name and its axis
POINT_MM = INCH_MM / 72
MARK_MM, LEADER_MM, GAP_MM = 1.3, 2.2, 1.8
BESIDE_NAME = -0.12
NEAR = 8.0  # printer's points that a label may move without changing sides


@dataclass(frozen=True, eq=False)
class Scale:
    """One axis: where its ticks and ends lie within [0, 1], and what the ticks say."""

    name: str
    positions: FloatArray
    labels: Sequence[str]
    ends: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class _Row:
    """One axis with its labels laid out: ``centres`` in parts of the axis, heights in mm."""

    scale: Scale
    name: str
    centres: FloatArray
    above: Sequence[bool]
    upright: bool
    leaders: bool

    @property
    def letters(self) -> float:
        """How high the labels are."""
        if not self.upright:
            return TICK * 1.2 * POINT_MM
        return max((width_of(label, TICK) for label in self.scale.labels), default=0.0) * POINT_MM

    def height(self, up: bool) -> float:
        """How far the row reaches above or below its line."""
        name = LABEL * 0.62 * POINT_MM * (self.name.count("\n") + 1)
        stands = MARK_MM + LEADER_MM * self.leaders + self.letters
        return max(name, stands if any(side == up for side in self.above) else MARK_MM)


@drawing
def draw_nomogram(
    scales: Sequence[Scale],
    *,
    title: str = "",
    width_mm: float = WIDTH_MM,
    ax: Axes | None = None,
) -> Axes:
    """Parallel axes, the first on top, their names on the left; without ``ax`` so wide.

    A label that would print over its neighbour moves aside and is joined to its tick by a line, or
    goes above the axis; where words do not fit side by side, they stand upright.
    """
    width = _width(ax, width_mm)
    unit = _unit(scales, width)
    left = RIGHT - width / unit
    rows = [_laid_out(scale, unit, left) for scale in scales]
    height = sum(row.height(True) + row.height(False) + GAP_MM for row in rows)
    ax = new_axes(ax, width_mm=width_mm, height_mm=height + 4 + 5 * bool(title))
    line = 0.0
    for row in rows:
        line += row.height(True) + GAP_MM / 2
        _draw(ax, row, line)
        line += row.height(False) + GAP_MM / 2
    ax.set(xlim=(left, RIGHT), ylim=(line, 0))
    ax.set_title(title, fontsize=LABEL, loc="left")
    ax.axis("off")
    return ax


def _width(ax: Axes | None, width_mm: float) -> float:
    """How wide the drawing is, in printer's points."""
    figure = None if ax is None else ax.get_figure()
    if ax is not None and isinstance(figure, Figure):
        return float(ax.get_position().width * figure.get_figwidth() * 72)
    return width_mm / POINT_MM * 0.97


def _unit(scales: Sequence[Scale], width: float) -> float:
    """The length of an axis: names have room for their longest word, up to half of the width."""
    word = max(
        (width_of(word, LABEL) for scale in scales for word in scale.name.split()), default=0.0
    )
    left = max(width - word, width / 2)
    return min(width / (RIGHT + NAMES), left / (RIGHT + MARGIN))


def _laid_out(scale: Scale, unit: float, left: float) -> _Row:
    """Where the labels of an axis stand."""
    order = np.argsort(scale.positions, kind="stable")
    scale = Scale(scale.name, scale.positions[order], [scale.labels[k] for k in order], scale.ends)
    name = lines_of(scale.name, LABEL, -(left + MARGIN) * unit)
    wanted = scale.positions * unit
    flat = np.array([width_of(label, TICK) + TICK * 0.6 for label in scale.labels])
    upright = np.full(wanted.size, TICK * 1.35)
    low = -0.01 if "\n" in name else BESIDE_NAME  # a label may reach below a name of one line
    room = {"low": low * unit, "high": RIGHT * unit, "moved": NEAR}
    found = on_two_sides(wanted, flat, **room)
    turned = found is None
    if turned:
        found = on_two_sides(wanted, upright, **room)
    centres, above = found if found is not None else (wanted, [False] * wanted.size)
    leaders = bool(np.abs(centres - wanted).max(initial=0.0) > 0.5)
    return _Row(scale, name, centres / unit, above, turned, leaders)


def _draw(ax: Axes, row: _Row, line: float) -> None:
    """An axis at its height, with its name, ticks and labels."""
    scale = row.scale
    ax.hlines(line, *scale.ends, color="black", linewidth=0.8)
    ax.text(-0.02, line, row.name, ha="right", va="center", fontsize=LABEL, linespacing=1.0)
    for x, centre, label, up in zip(
        scale.positions, row.centres, scale.labels, row.above, strict=True
    ):
        sign = -1 if up else 1
        mark = line + sign * MARK_MM
        end = mark + sign * LEADER_MM * row.leaders
        ax.plot([x, x], [line, mark], color="black", linewidth=0.7)
        if row.leaders:
            ax.plot([x, centre], [mark, end], color="black", linewidth=0.4)
        ax.text(
            centre, end + sign * 0.2, label, ha="center", va="bottom" if up else "top",
            fontsize=TICK, rotation=90 if row.upright else 0,
        )  # fmt: skip
