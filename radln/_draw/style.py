"""One look for all figures: colours, line styles, sizes, and axes outside pyplot's global state."""

from __future__ import annotations

from matplotlib.axes import Axes

from radln._draw.fonts import FittedFigure

# Okabe and Ito's colours, told apart by colour-blind readers; every curve also has its own dashes
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (1, 3)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#777777"
LABEL, TICK = 8, 7
COLUMN_MM = 89.0
PAIR_MM = 92.0  # of two figures side by side on a page
INCH_MM = 25.4
CLASSES = ("negative", "positive")  # what the two outcomes are called


def colour(index: int) -> str:
    """The colour of the index-th curve."""
    return COLOURS[index % len(COLOURS)]


def new_axes(ax: Axes | None, *, width_mm: float = COLUMN_MM, height_mm: float = 80.0) -> Axes:
    """The given axes, or those of a new figure as wide as a journal's column."""
    if ax is None:
        size = (width_mm / INCH_MM, height_mm / INCH_MM)
        ax = FittedFigure(figsize=size, dpi=200, layout="constrained").add_subplot()
    return ax


def dress(ax: Axes, *, xlabel: str, ylabel: str = "", title: str = "") -> Axes:
    """Labels, tick sizes and only the spines that are read."""
    ax.set_xlabel(xlabel, fontsize=LABEL)
    ax.set_ylabel(ylabel, fontsize=LABEL)
    ax.set_title(title, fontsize=LABEL, loc="left")
    ax.tick_params(labelsize=TICK)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def sample(n: int, n_positive: int | None, positive: str = CLASSES[1]) -> str:
    """How many cases a figure stands on; of which positive, where one class is."""
    return f"n = {n}" if n_positive is None else f"n = {n} ({n_positive} {positive})"
