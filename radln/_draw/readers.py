"""Figures of reader studies: points on the ROC plane, slopes, heat maps, matrices of agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from radln._draw.drawing import drawing
from radln._draw.style import (
    COLUMN_MM,
    DASHES,
    GREY,
    MARKERS,
    TICK,
    colour,
    dress,
    new_axes,
)
from radln._types import FloatArray

Interval = tuple[float, float, float]
Box = tuple[float, float, float, float]
SPELLED = 16  # so many readers have their kappas written into the matrix
NAMED = 8  # so many readers are named beside their points

SIDES = ((1, -1), (1, 1), (-1, -1), (-1, 1))  # of a point, where its name may stand
UNIT = 170.0  # printer's points from 0 to 1 of the ROC plane


@dataclass(frozen=True)
class ReaderPoint:
    """A reader's sensitivity and specificity, each (value, low, high), and the reader's group."""

    label: str
    group: str
    sensitivity: Interval
    specificity: Interval


@drawing
def draw_readers(
    points: Sequence[ReaderPoint],
    averages: Sequence[ReaderPoint],
    curves: Mapping[str, tuple[FloatArray, FloatArray]],
    group_curves: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    lines: Mapping[str, tuple[str, tuple[FloatArray, FloatArray]]] | None = None,
    n: int,
    n_positive: int,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Readers as points coloured by group with error crosses; group averages large; curves.

    ``curves`` (black, of models) and ``group_curves`` (of a group's average reader, in its colour)
    map a label to ``(fpr, tpr)``; ``lines`` a reader's label to the group and the curve.
    """
    lines = lines or {}
    pointed = [point.group for point in (*points, *averages)]
    pointed += [group for group, _ in lines.values()]
    groups = list(dict.fromkeys([*pointed, *group_curves]))
    entries = len(groups) + len(averages) + len(curves)
    entries += len(lines) if len(lines) <= len(DASHES) else len(groups)
    ax = new_axes(ax, height_mm=99 + 3.8 * entries)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.7)
    for i, (label, (fpr, tpr)) in enumerate(curves.items()):
        style = DASHES[i % len(DASHES)]
        ax.plot(fpr, tpr, color="black", linestyle=style, linewidth=1.2, label=label)
    _reader_lines(ax, lines, groups)
    for i, group in enumerate(groups):
        if group in group_curves:
            name = None if averages else f"average {group or 'reader'}"
            width = 2.2 if lines else 0.9
            ax.plot(*group_curves[group], color=colour(i), linewidth=width, alpha=0.8, label=name)
        own = [point for point in points if point.group == group]
        label = f"{group or 'readers'} (n = {len(own)})"
        for k, point in enumerate(own):
            _cross(ax, point, colour(i), MARKERS[i % len(MARKERS)], 3.6, label if k == 0 else "")
        for point in averages:
            if point.group == group:
                _cross(ax, point, colour(i), MARKERS[i % len(MARKERS)], 8, point.label, bold=True)
    if len(points) <= NAMED:
        _name_all(ax, points, averages, groups)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", anchor="N")
    if entries:
        ax.legend(
            loc="upper left", bbox_to_anchor=(0, -0.15), fontsize=TICK, frameon=False,
            handlelength=2.6,
        )  # fmt: skip
    said = f"{title}, " if title else ""
    said += f"n = {n} ({n_positive} diseased)"
    return dress(ax, xlabel="1 − specificity", ylabel="Sensitivity", title=said)


def _reader_lines(
    ax: Axes,
    lines: Mapping[str, tuple[str, tuple[FloatArray, FloatArray]]],
    groups: Sequence[str],
) -> None:
    """Each reader's curve in the group's colour; named one by one while the dashes last."""
    every = len(lines) <= len(DASHES)
    counted = [group for group, _ in lines.values()]
    seen: set[str] = set()
    for k, (label, (group, (fpr, tpr))) in enumerate(lines.items()):
        name = label if every else None
        if not every and group not in seen:
            name = f"{group or 'readers'} (n = {counted.count(group)})"
        seen.add(group)
        style = DASHES[k] if every else "-"
        shade = colour(groups.index(group))
        ax.plot(fpr, tpr, color=shade, linestyle=style, linewidth=0.8, alpha=0.75, label=name)


def _cross(
    ax: Axes, point: ReaderPoint, shade: str, marker: str, size: float, label: str,
    *, bold: bool = False,
) -> None:  # fmt: skip
    """A point with the intervals of both of its numbers."""
    y, y_low, y_high = point.sensitivity
    x, x_low, x_high = 1 - point.specificity[0], 1 - point.specificity[2], 1 - point.specificity[1]
    ax.errorbar(
        [x],
        [y],
        xerr=np.nan_to_num(np.array([[x - x_low], [x_high - x]])),
        yerr=np.nan_to_num(np.array([[y - y_low], [y_high - y]])),
        color=shade,
        marker=marker,
        markersize=size,
        markerfacecolor=shade if bold else "white",
        markeredgecolor="black" if bold else shade,
        markeredgewidth=0.8,
        elinewidth=1.2 if bold else 0.5,
        alpha=1.0 if bold else 0.75,
        linestyle="none",
        zorder=4 if bold else 3,
        label=label or None,
    )


def _name_all(
    ax: Axes, points: Sequence[ReaderPoint], averages: Sequence[ReaderPoint], groups: Sequence[str]
) -> None:
    """Names beside the points, on a side where no other name is, and no marker if possible."""
    taken: list[Box] = []
    markers = [_box(*_place(point), 3, 3) for point in points]
    markers += [_box(*_place(point), 5, 5) for point in averages]
    for point in points:
        x, y = _place(point)
        width = 2 + 3.6 * len(point.label)
        boxes = [
            _box(x + across * (4 + width / 2), y + up * 5, width / 2, 3.5) for across, up in SIDES
        ]
        free = [k for k, box in enumerate(boxes) if not any(_meet(box, other) for other in taken)]
        if not free:
            continue
        best = min(free, key=lambda k: sum(_meet(boxes[k], other) for other in markers))
        taken.append(boxes[best])
        across, up = SIDES[best]
        ax.annotate(
            point.label, (1 - point.specificity[0], point.sensitivity[0]),
            xytext=(4 * across, 5 * up), textcoords="offset points", fontsize=5.5, va="center",
            ha="left" if across > 0 else "right", color=colour(groups.index(point.group)), zorder=5,
        )  # fmt: skip


def _place(point: ReaderPoint) -> tuple[float, float]:
    """Where a point lies, in printer's points."""
    return UNIT * (1 - point.specificity[0]), UNIT * point.sensitivity[0]


def _box(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, x + half_width, y - half_height, y + half_height


def _meet(one: Box, other: Box) -> bool:
    """Whether two boxes overlap."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


@drawing
def draw_slopes(
    conditions: Sequence[str],
    values: FloatArray,
    groups: Sequence[str],
    means: Mapping[str, Sequence[Interval]],
    *,
    ylabel: str,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Each reader's value (m, r) as a line over the conditions, and every group's average.

    ``means`` maps a group to one ``(value, low, high)`` a condition.
    """
    entries = len(set(groups)) + len(means)
    ax = new_axes(ax, width_mm=COLUMN_MM, height_mm=84 + 3.8 * entries)
    at = np.arange(len(conditions))
    order = list(dict.fromkeys(groups))
    for k, (column, group) in enumerate(zip(values.T, groups, strict=True)):
        first = list(groups).index(group) == k
        label = f"{group or 'reader'} (n = {list(groups).count(group)})" if first else None
        shade = colour(order.index(group))
        ax.plot(
            at, column, color=shade, linewidth=0.7, marker="o", markersize=2.5, alpha=0.6,
            label=label,
        )  # fmt: skip
    for i, (group, intervals) in enumerate(means.items()):
        shade = colour(order.index(group)) if group else "black"
        value, low, high = np.array(intervals).T
        place = at + 0.04 * (i - (len(means) - 1) / 2)
        ax.errorbar(
            place,
            value,
            yerr=np.nan_to_num(np.array([value - low, high - value])),
            color=shade,
            marker=MARKERS[i % len(MARKERS)],
            markersize=6,
            linewidth=1.8,
            elinewidth=1.0,
            linestyle=DASHES[i % len(DASHES)],
            label=f"average {group or 'reader'} with its interval",
        )
    ax.set_xticks(at, conditions)
    ax.set_xlim(-0.3, len(conditions) - 0.7)
    ax.legend(
        fontsize=TICK, frameon=False, handlelength=3, loc="upper left", bbox_to_anchor=(0, -0.1)
    )
    return dress(ax, xlabel="", ylabel=ylabel, title=title)


@drawing
def draw_reads(
    correct: FloatArray,
    readers: Sequence[str],
    y_true: FloatArray,
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Readers (rows) by cases (columns): right, wrong or unread; diseased cases first.

    ``correct`` (r, n) holds 1, 0 or NaN. Within each class the cases missed by most come first.
    """
    ax = new_axes(ax, width_mm=180, height_mm=28 + 4.2 * len(readers))
    read = np.maximum((~np.isnan(correct)).sum(axis=0), 1)
    missed = (correct == 0).sum(axis=0) / read
    order = np.lexsort((-missed, ~np.asarray(y_true, dtype=bool)))
    shown = np.where(np.isnan(correct), 2, correct)[:, order]
    ax.imshow(
        shown, aspect="auto", interpolation="nearest", vmin=0, vmax=2,
        cmap=ListedColormap([colour(1), "#B9D5EA", "#FFFFFF"]),
    )  # fmt: skip
    split = int(np.sum(y_true)) - 0.5
    ax.axvline(split, color="black", linewidth=1)
    ax.set_yticks(np.arange(len(readers)), readers)
    ax.set_xticks([split / 2, (split + len(order)) / 2])
    ax.set_xticklabels(
        [f"diseased (n = {int(np.sum(y_true))})", f"non-diseased (n = {int(np.sum(1 - y_true))})"]
    )
    said = f"{title}orange: wrong, blue: right, white: not read"
    return dress(ax, xlabel="cases, those missed by most readers first", title=said)


@drawing
def draw_agreement_matrix(
    values: FloatArray,
    labels: Sequence[str],
    *,
    name: str,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Pairwise agreement (r, r); the diagonal and pairs without common cases (NaN) stay white."""
    r = len(labels)
    side = max(60.0, 22 + 9.0 * r)
    ax = new_axes(ax, width_mm=min(side, 180), height_mm=min(side, 180))
    shown = np.array(values, dtype=np.float64)
    np.fill_diagonal(shown, np.nan)
    image = ax.imshow(shown, cmap="Blues", vmin=0, vmax=1)
    if r > SPELLED:
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.6)
        bar.ax.tick_params(labelsize=TICK)
    else:
        for (i, j), value in np.ndenumerate(shown):
            if not np.isnan(value):
                shade = "white" if value > 0.6 else "black"
                text = f"{value:.2f}".replace("-", "−")
                ax.text(j, i, text, ha="center", va="center", fontsize=TICK - 1, color=shade)
    ax.set_xticks(np.arange(r), labels, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(np.arange(r), labels)
    return dress(ax, xlabel="", ylabel=name, title=title)
