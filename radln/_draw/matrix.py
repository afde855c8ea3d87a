"""Tables of counts as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from radln._draw.drawing import drawing
from radln._draw.style import LABEL, TICK, dress, new_axes, sample
from radln._types import IntArray


@drawing
def draw_confusion(counts: IntArray, classes: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Counts of true (rows) against called classes; the shade is the share of the true class."""
    k = len(classes)
    ax = new_axes(ax, height_mm=40 + 14 * k, width_mm=89 if k < 6 else 170)
    sizes = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, sizes, out=np.zeros(counts.shape), where=sizes > 0)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        text = f"{count}\n{share:.0%}" if sizes[row, 0] else f"{count}"
        shade = "white" if share > 0.55 else "black"
        ax.text(column, row, text, ha="center", va="center", fontsize=LABEL, color=shade)
    ax.set_xticks(range(k), classes, fontsize=TICK, rotation=30 if k > 4 else 0)
    ax.set_yticks(
        range(k), [f"{name}\nn = {size}" for name, size in zip(classes, sizes[:, 0], strict=True)]
    )
    dress(ax, xlabel="Called class", ylabel="True class", title=sample(int(counts.sum()), None))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax
