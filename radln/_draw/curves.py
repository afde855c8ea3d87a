"""ROC, calibration and decision curves from finished numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.style import (
    CLASSES,
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    TICK,
    colour,
    dress,
    new_axes,
    sample,
)
from radln._types import FloatArray, IntArray

Curve: TypeAlias = tuple[FloatArray, FloatArray]
Interval: TypeAlias = tuple[float, float, float]
Band: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]
Risk: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
STRIP = 0.11
INSIDE = 4  # as many entries of a legend fit below a ROC curve
SEPARATE = 12  # as many operating points of a reader are marked one by one
BELOW = 0.18  # of the height, for what lies below no benefit


@drawing
def draw_roc(
    curves: Mapping[str, Curve],
    *,
    n: int,
    n_positive: int | None,
    points: Mapping[str, tuple[Interval, Interval]] | None = None,
    paths: Mapping[str, Curve] | None = None,
    classes: Sequence[str] = CLASSES,
    ax: Axes | None = None,
) -> Axes:
    """ROC curves of models in colour and, in black, readers.

    ``curves`` maps a label (with its AUC, where that is to be read) to ``(fpr, tpr)``; ``points``
    maps a reader's label to ``(sensitivity, low, high), (specificity, low, high)`` at the cut, a
    cross; ``paths`` maps it to ``(fpr, tpr)`` of every operating point, a small mark each.
    """
    points, paths = points or {}, paths or {}
    readers = list(dict.fromkeys([*points, *paths]))
    entries = len(readers) + sum(bool(label) for label in curves)
    crowded = entries > INSIDE
    ax = new_axes(ax, height_mm=89 + (7 + 3.8 * entries) * crowded)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.7)
    for i, (label, (fpr, tpr)) in enumerate(curves.items()):
        style = DASHES[i % len(DASHES)]
        ax.plot(
            fpr, tpr, color=colour(i), linestyle=style, linewidth=1.3, label=label, clip_on=False
        )
    for i, label in enumerate(readers):
        marker = MARKERS[i % len(MARKERS)]
        if label in paths:
            _path(ax, *paths[label], marker, None if label in points else label)
        if label in points:
            _cross(ax, *points[label], label, marker)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", anchor="N")
    if entries:
        legend = ax.legend(loc="lower right", fontsize=TICK, frameon=False, handlelength=2.6)
        if crowded:
            legend.set_loc("upper left")
            legend.set_bbox_to_anchor((0, -0.15))
    title = sample(n, n_positive, classes[1])
    return dress(ax, xlabel="1 − specificity", ylabel="Sensitivity", title=title)


def _path(ax: Axes, fpr: FloatArray, tpr: FloatArray, marker: str, label: str | None) -> None:
    """A reader's operating points, joined; so many that they are a curve have no marks."""
    inner = np.arange(1, fpr.size - 1)
    ax.plot(
        fpr,
        tpr,
        color="black",
        linewidth=0.5,
        marker=marker if inner.size <= SEPARATE else None,
        markevery=list(inner) if inner.size else None,
        markersize=2.6,
        markerfacecolor="white",
        markeredgewidth=0.5,
        alpha=0.8,
        label=label,
        clip_on=False,
        zorder=2.5,
    )


def _cross(ax: Axes, sensitivity: Interval, specificity: Interval, label: str, marker: str) -> None:
    """A reader's point with the intervals of both of its numbers."""
    y, y_low, y_high = sensitivity
    x, x_low, x_high = 1 - specificity[0], 1 - specificity[2], 1 - specificity[1]
    ax.errorbar(
        [x],
        [y],
        xerr=np.array([[x - x_low], [x_high - x]]),
        yerr=np.array([[y - y_low], [y_high - y]]),
        color="black",
        marker=marker,
        markerfacecolor="black",
        markersize=4.5,
        elinewidth=0.7,
        linestyle="none",
        label=label,
        zorder=3,
    )


@drawing
def draw_calibration(
    *,
    curve: Risk,
    groups: Risk,
    histogram: IntArray,
    n: int,
    n_positive: int,
    classes: Sequence[str] = CLASSES,
    ax: Axes | None = None,
) -> Axes:
    """Observed against predicted risk, above a strip with the distribution of the predictions.

    ``curve`` and ``groups`` hold predicted, observed, low, high; ``histogram`` (2, k) counts
    negative and positive cases in equal bins of [0, 1].
    """
    ax = new_axes(ax, height_mm=98)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, label="ideal")
    predicted, observed, low, high = curve
    if predicted.size:
        ax.fill_between(predicted, low, high, color=COLOURS[0], alpha=0.18, linewidth=0)
        ax.plot(predicted, observed, color=COLOURS[0], linewidth=1.3, label="smooth curve")
    predicted, observed, low, high = groups
    ax.errorbar(
        predicted,
        observed,
        yerr=np.maximum([observed - low, high - observed], 0),
        color="black",
        marker="o",
        markersize=3,
        elinewidth=0.7,
        linestyle="none",
        label="groups of cases",
    )
    _strip(ax, histogram, classes)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.02 - 2.3 * STRIP, 1.02), yticks=np.arange(0, 1.1, 0.2))
    ax.legend(loc="upper left", fontsize=TICK, frameon=False)
    title = sample(n, n_positive, classes[1])
    return dress(ax, xlabel="Predicted risk", ylabel="Observed share", title=title)


def _strip(ax: Axes, histogram: IntArray, classes: Sequence[str]) -> None:
    """Positive cases upwards, negative ones downwards, below the curve."""
    edges = np.linspace(0, 1, histogram.shape[1] + 1)
    height = STRIP * histogram / max(1, histogram.max())
    middle = -0.02 - 1.15 * STRIP
    width = float(edges[1]) * 0.85
    centres = (edges[:-1] + edges[1:]) / 2
    ax.bar(centres, height[1], width, bottom=middle, color=COLOURS[1], linewidth=0)
    ax.bar(centres, -height[0], width, bottom=middle, color=GREY, linewidth=0)
    ax.axhline(middle, color="black", linewidth=0.4)
    ax.text(1.02, middle + 0.015, classes[1], va="bottom", fontsize=TICK - 1)
    ax.text(1.02, middle - 0.015, classes[0], va="top", fontsize=TICK - 1)


@drawing
def draw_decision(
    curves: Mapping[str, Band],
    *,
    thresholds: FloatArray,
    treat_all: FloatArray,
    n: int,
    n_positive: int,
    banded: Collection[str] | None = None,
    readers: Mapping[str, Curve] | None = None,
    upper: float = 1.0,
    classes: Sequence[str] = CLASSES,
    ax: Axes | None = None,
) -> Axes:
    """Net benefit over thresholds up to ``upper``; ``curves`` maps a label to ``(net_benefit, low,
    high)``, ``readers`` a reader's label to the thresholds and the net benefit of the calls.

    Bands are drawn of the ``banded`` curves: unless named, of one or two, as more would hide each
    other.
    """
    if banded is None:
        banded = curves if len(curves) <= 2 else ()
    readers = readers or {}
    entries = len(curves) + len(readers) + 2
    crowded = bool(readers)
    ax = new_axes(ax, height_mm=75 + (7 + 3.8 * entries) * crowded)
    for i, (label, (benefit, low, high)) in enumerate(curves.items()):
        if label in banded:
            ax.fill_between(thresholds, low, high, color=colour(i), alpha=0.15, linewidth=0)
        style = DASHES[i % len(DASHES)]
        ax.plot(thresholds, benefit, color=colour(i), linestyle=style, linewidth=1.3, label=label)
    for i, (label, (at, benefit)) in enumerate(readers.items()):
        ax.plot(
            at, benefit, color="black", linewidth=0.7, label=label, markersize=3,
            marker=MARKERS[i % len(MARKERS)], markevery=max(1, at.size // 8),
            markerfacecolor="white", markeredgewidth=0.6,
        )  # fmt: skip
    ax.plot(thresholds, treat_all, color=GREY, linewidth=0.9, label="treat all")
    ax.axhline(0, color=GREY, linewidth=0.9, linestyle=":", label="treat none")
    top = max(n_positive / n, float(treat_all.max()))
    ax.set(xlim=(0, upper), ylim=(-BELOW * top, 1.12 * top))
    legend = ax.legend(loc="upper right", fontsize=TICK, frameon=False, handlelength=2.6)
    if crowded:
        legend.set_loc("upper left")
        legend.set_bbox_to_anchor((0, -0.19))
    title = sample(n, n_positive, classes[1])
    return dress(ax, xlabel="Threshold risk", ylabel="Net benefit", title=title)


@drawing
def draw_difference(
    x: FloatArray,
    difference: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    xlabel: str,
    ylabel: str,
    n: int,
    n_positive: int,
    ax: Axes | None = None,
) -> Axes:
    """A difference with its band around a line at 0."""
    ax = new_axes(ax, height_mm=70)
    ax.axhline(0, color="black", linewidth=0.9)
    ax.fill_between(x, low, high, color=COLOURS[0], alpha=0.18, linewidth=0)
    ax.plot(x, difference, color=COLOURS[0], linewidth=1.3)
    return dress(ax, xlabel=xlabel, ylabel=ylabel, title=sample(n, n_positive))


@drawing
def draw_corrected(
    predicted: FloatArray,
    apparent: FloatArray,
    corrected: FloatArray,
    *,
    n: int,
    n_positive: int,
    ax: Axes | None = None,
) -> Axes:
    """A calibration curve on the model's own cases and corrected for optimism."""
    ax = new_axes(ax)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, label="ideal")
    for i, (label, values) in enumerate((("apparent", apparent), ("corrected", corrected))):
        ax.plot(predicted, values, color=colour(i), linestyle=DASHES[i], linewidth=1.3, label=label)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    ax.legend(loc="upper left", fontsize=TICK, frameon=False)
    return dress(ax, xlabel="Predicted risk", ylabel="Observed share", title=sample(n, n_positive))


@drawing
def draw_instability(
    risks: FloatArray,
    refits: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    n: int,
    n_positive: int,
    ax: Axes | None = None,
) -> Axes:
    """Risks (b, n) of refitted models against the model's own (n,), with limits of 95 % of them.

    At most 20,000 dots are drawn, evenly from all refits; they are a picture inside the vectors.
    """
    ax = new_axes(ax)
    every = max(1, refits.size // 20_000)
    dots = slice(None, None, every)
    ax.plot(
        np.broadcast_to(risks, refits.shape).ravel()[dots],
        refits.ravel()[dots],
        linestyle="none",
        marker=".",
        markersize=1.2,
        markeredgewidth=0,
        color=GREY,
        alpha=0.5,
        rasterized=True,
        label="refitted models",
    )
    ax.plot([0, 1], [0, 1], color="black", linewidth=0.7)
    ax.plot(risks, low, "_", markersize=3, color=COLOURS[0], label="95 % of refits")
    ax.plot(risks, high, "_", markersize=3, color=COLOURS[0])
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    ax.legend(loc="upper left", fontsize=TICK, frameon=False, markerscale=5)
    return dress(
        ax,
        xlabel="Risk by the model",
        ylabel="Risk by refitted models",
        title=sample(n, n_positive),
    )
