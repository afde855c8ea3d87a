"""Images with the contour of their mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radln._draw.style import COLOURS, INCH_MM, TICK, new_axes
from radln._types import BoolArray, FloatArray


def draw_overlay(
    image: NDArray[np.generic],
    mask: BoolArray,
    *,
    spacing: tuple[float, float] = (1.0, 1.0),
    window: tuple[float, float] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """One grey image (rows, columns) with the contour of its mask.

    ``spacing`` is (row, column) and keeps anatomy in proportion; ``window`` are the grey values
    shown black and white (the whole range where not given).
    """
    ax = new_axes(ax, height_mm=70)
    low, high = window or (float(image.min()), float(image.max()))
    ax.imshow(image, cmap="gray", vmin=low, vmax=high, aspect=spacing[0] / spacing[1])
    if mask.any() and not mask.all():
        edged = np.pad(mask, 1).astype(np.float64)
        rows, columns = (np.arange(-1, size + 1) for size in mask.shape)
        ax.contour(columns, rows, edged, levels=[0.5], colors=[COLOURS[4]], linewidths=0.9)
    ax.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    ax.set_title(title, fontsize=TICK, pad=2)
    ax.axis("off")
    return ax


def draw_contact_sheet(
    images: Sequence[NDArray[np.generic]],
    masks: Sequence[BoolArray],
    titles: Sequence[str],
    *,
    spacings: Sequence[tuple[float, float]] | None = None,
    n_columns: int = 4,
) -> Figure:
    """Many small overlays on one page, 180 mm wide, to be looked through by eye."""
    n_rows = -(-len(images) // n_columns)
    size = (180 / INCH_MM, n_rows * (180 / n_columns * 0.85 + 4) / INCH_MM)
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    panels: FloatArray = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    spacings = spacings or [(1.0, 1.0)] * len(images)
    for panel, image, mask, title, spacing in zip(
        panels, images, masks, titles, spacings, strict=False
    ):
        draw_overlay(image, mask, spacing=spacing, title=title, ax=panel)
    for panel in panels[len(images) :]:
        panel.axis("off")
    return figure
