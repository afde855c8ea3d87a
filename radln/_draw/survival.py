"""Curves over time, with the numbers at risk below them, from finished numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from radln._draw.curves import Band, Curve, Risk, draw_calibration, draw_decision, draw_roc
from radln._draw.drawing import drawing
from radln._draw.style import DASHES, GREY, LABEL, TICK, colour, dress, new_axes
from radln._types import FloatArray, IntArray

Steps: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
ROW_MM, HEIGHT_MM, WIDTH_MM = 4.2, 74.0, 100.0


@drawing
def draw_survival(
    curves: Mapping[str, Steps],
    *,
    censored: Mapping[str, FloatArray],
    at_risk: Mapping[str, FloatArray],
    n: int,
    n_events: int,
    time_label: str,
    ticks: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Survival curves with bands and censoring marks; ``at_risk`` belongs to the curves' times.

    ``curves`` maps a label to (time, survival, low, high).
    """
    ax = new_axes(ax, width_mm=WIDTH_MM, height_mm=HEIGHT_MM + 8 + ROW_MM * len(curves))
    last = max(float(steps[0][-1]) for steps in curves.values())
    _step_curves(ax, curves, start=1.0, last=last)
    for i, (label, (time, survival, _, _)) in enumerate(curves.items()):
        marks = censored[label]
        height = survival[np.searchsorted(time, marks)]
        ax.plot(marks, height, "|", color=colour(i), markersize=4, markeredgewidth=0.6)
    places = _places(ticks, last)
    ax.set(xlim=(0, last * 1.02), ylim=(0, 1.03), xticks=places)
    counted = {
        label: np.r_[at_risk[label], 0.0][np.searchsorted(steps[0], places, side="left")]
        for label, steps in curves.items()
    }
    _risk_table(ax, counted, places)
    if len(curves) > 1:
        ax.legend(loc="best", fontsize=TICK, frameon=False, handlelength=2.6)
    title = f"n = {n} ({n_events} events)"
    return dress(ax, xlabel=time_label, ylabel="Share free of the event", title=title)


@drawing
def draw_incidence(
    curves: Mapping[str, Steps],
    *,
    n: int,
    n_events: int,
    time_label: str,
    ax: Axes | None = None,
) -> Axes:
    """Cumulative incidences with bands; ``curves`` maps a label to (time, value, low, high)."""
    ax = new_axes(ax, width_mm=WIDTH_MM, height_mm=HEIGHT_MM)
    last = max(float(steps[0][-1]) for steps in curves.values())
    _step_curves(ax, curves, start=0.0, last=last)
    ax.set(xlim=(0, last * 1.02), ylim=(0, 1.03))
    ax.legend(loc="best", fontsize=TICK, frameon=False, handlelength=2.6)
    title = f"n = {n} ({n_events} events of any kind)"
    return dress(ax, xlabel=time_label, ylabel="Cumulative incidence", title=title)


@drawing
def draw_over_time(
    curves: Mapping[str, Steps],
    *,
    ylabel: str,
    reference: float | None,
    n: int,
    n_events: int,
    time_label: str,
    ax: Axes | None = None,
) -> Axes:
    """Numbers at chosen times with their intervals; ``reference`` draws a line of no use."""
    ax = new_axes(ax, height_mm=66)
    if reference is not None:
        ax.axhline(reference, color=GREY, linewidth=0.7)
    for i, (label, (time, value, low, high)) in enumerate(curves.items()):
        arms = np.maximum([value - low, high - value], 0)
        ax.errorbar(
            time,
            value,
            yerr=arms,
            color=colour(i),
            linestyle=DASHES[i % len(DASHES)],
            linewidth=1.2,
            marker="os^D"[i % 4],
            markersize=3.5,
            elinewidth=0.8,
            capsize=1.5,
            label=label,
        )
    if any(curves):
        ax.legend(loc="best", fontsize=TICK, frameon=False, handlelength=2.6)
    ax.set_xlim(left=0)
    if reference is None:
        ax.set_ylim(bottom=0)
    title = f"n = {n} ({n_events} events)"
    return dress(ax, xlabel=time_label, ylabel=ylabel, title=title)


@drawing
def draw_calibration_at(
    *,
    curve: Risk,
    groups: Risk,
    histogram: IntArray,
    by: str,
    n: int,
    n_events: int,
    ax: Axes | None = None,
) -> Axes:
    """Observed incidence against predicted risk, above a strip with the risks' distribution."""
    ax = draw_calibration(
        curve=curve, groups=groups, histogram=histogram, n=n, n_positive=n_events, ax=ax
    )
    for text in ax.texts:
        words = {"positive": "event", "negative": "no event"}
        text.set_text(words.get(text.get_text(), text.get_text()))
    ax.set_xlabel(f"Predicted risk by {by}")
    ax.set_ylabel(f"Observed incidence by {by}")
    ax.set_title(f"n = {n} ({n_events} events)", fontsize=LABEL, loc="left")
    return ax


@drawing
def draw_decision_at(
    curves: Mapping[str, Band],
    *,
    thresholds: FloatArray,
    treat_all: FloatArray,
    incidence: float,
    by: str,
    n: int,
    n_events: int,
    ax: Axes | None = None,
) -> Axes:
    """Net benefit by a time over thresholds."""
    ax = draw_decision(
        curves,
        thresholds=thresholds,
        treat_all=treat_all,
        n=n,
        n_positive=n_events,
        ax=ax,
    )
    ax.set_ylim(-0.18 * incidence, 1.12 * max(incidence, 1e-9))
    ax.set_ylabel(f"Net benefit by {by}")
    ax.set_title(f"n = {n} ({n_events} events)", fontsize=LABEL, loc="left")
    return ax


@drawing
def draw_effect(
    time: FloatArray,
    effects: FloatArray,
    smooth: tuple[FloatArray, FloatArray, FloatArray],
    *,
    level: float,
    name: str,
    pvalue: str,
    n: int,
    n_events: int,
    time_label: str,
    ax: Axes | None = None,
) -> Axes:
    """A log hazard ratio at the events' times, its smooth curve with a band, and its mean."""
    ax = new_axes(ax, height_mm=70)
    middle, low, high = smooth
    ax.axhline(level, color=GREY, linewidth=0.8, linestyle=DASHES[1], label="constant effect")
    ax.plot(time, effects, ".", color=GREY, markersize=3, label="events")
    ax.fill_between(time, low, high, color=colour(0), alpha=0.18, linewidth=0)
    ax.plot(time, middle, color=colour(0), linewidth=1.3, label="smooth curve")
    ax.set_xlim(left=0)
    ax.legend(loc="best", fontsize=TICK, frameon=False)
    title = f"n = {n} ({n_events} events); proportional hazards: {pvalue}"
    return dress(ax, xlabel=time_label, ylabel=f"Log hazard ratio of {name}", title=title)


@drawing
def draw_roc_at(
    curves: Mapping[str, Curve], *, n: int, n_events: int, ax: Axes | None = None
) -> Axes:
    """ROC curves at a time; ``curves`` maps a label to (1 - specificity, sensitivity)."""
    ax = draw_roc(curves, n=n, n_positive=n_events, ax=ax)
    ax.set_title(f"n = {n} ({n_events} events)", fontsize=LABEL, loc="left")
    return ax


def _step_curves(ax: Axes, curves: Mapping[str, Steps], *, start: float, last: float) -> None:
    """Steps from ``start`` at time 0; bands where there are at most three curves."""
    for i, (label, (time, value, low, high)) in enumerate(curves.items()):
        x = np.r_[0.0, time]
        ax.step(
            x,
            np.r_[start, value],
            where="post",
            color=colour(i),
            linestyle=DASHES[i % len(DASHES)],
            linewidth=1.3,
            label=label or None,
        )
        if len(curves) <= 3:
            ends = np.r_[start, low], np.r_[start, high]
            ax.fill_between(x, *ends, step="post", color=colour(i), alpha=0.15, linewidth=0)


def _places(ticks: Sequence[float] | None, last: float) -> FloatArray:
    """Given ticks, or round ones within the follow-up."""
    if ticks is not None:
        return np.asarray(ticks, dtype=np.float64)
    found = np.asarray(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 3, 5, 6, 10]).tick_values(0, last))
    return found[(found >= 0) & (found <= last * 1.02)]


def _risk_table(ax: Axes, counted: Mapping[str, FloatArray], places: FloatArray) -> None:
    """The numbers at risk under the axis, one row a group in its curve's colour."""
    rows = len(counted)
    axis = ax.get_xaxis_transform()
    ax.annotate(
        "At risk", (0, 0), (0, -31), xycoords="axes fraction", textcoords="offset points",
        fontsize=TICK, va="top",
    )  # fmt: skip
    for row, (label, numbers) in enumerate(counted.items()):
        down = -31 - (row + 1) * ROW_MM * 72 / 25.4 * 0.8
        tone = colour(row) if rows > 1 else "black"
        ax.annotate(
            label, (0, 0), (-12, down), xycoords="axes fraction", textcoords="offset points",
            fontsize=TICK, va="top", ha="right", color=tone,
        )  # fmt: skip
        for place, number in zip(places, numbers, strict=True):
            ax.annotate(
                f"{number:.0f}", (place, 0), (0, down), xycoords=axis,
                textcoords="offset points", fontsize=TICK, va="top", ha="center", color=tone,
            )  # fmt: skip
