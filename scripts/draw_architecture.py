"""The floors of the house and the imports between them, as a drawing and as data.

    python scripts/draw_architecture.py

The order of the floors is the one of tests/test_architecture.py. Written are
docs/explanation/architecture.svg and, for the test that compares it with the code,
docs/explanation/architecture.json.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.test_architecture import FLOORS, floor_of, imports, modules, room_of  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = REPOSITORY / "docs" / "explanation"
DATA, DRAWING = FOLDER / "architecture.json", FOLDER / "architecture.svg"
INKS = ("#0072b2", "#d55e00", "#009e73", "#a0568c", "#56748c", "#8a6d00")  # told apart by everyone
BOX, LANE, ROW = 4.2, 0.62, 0.56  # inches: a floor's box, the space for a line, and for a floor

Floors = dict[str, dict[str, int]]


def floors() -> Floors:
    """From the top down: a floor's rooms -> floors below it -> how many of its modules use them."""
    counts: list[Counter[int]] = [Counter() for _ in FLOORS]
    rooms = set().union(*FLOORS)
    for name, source in modules().items():
        used = {room_of(module) for module in imports(ast.parse(source)) if "radln." in module}
        own = floor_of(room_of(name))
        counts[own].update(level for level in {floor_of(r) for r in used & rooms} if level < own)
    names = [" | ".join(sorted(floor, key=lambda room: room.strip("_"))) for floor in FLOORS]
    down = range(len(FLOORS) - 1, -1, -1)
    return {names[i]: {names[j]: counts[i][j] for j in down if counts[i][j]} for i in down}


def as_text(found: Floors) -> str:
    """The data as it is kept: a line for every pair of floors, so that changes are easily read."""
    return json.dumps(found, indent=1) + "\n"


def draw(found: Floors, path: Path) -> None:
    """A row for every floor, and from each a line downwards that meets the floors it uses."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = list(found)
    width, height = BOX + LANE * (len(names) + 0.4), ROW * (len(names) + 1.6)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    rows = {name: ROW * (k + 1.7) for k, name in enumerate(names)}
    lanes = {name: BOX + LANE * (len(names) - k - 0.4) for k, name in enumerate(names)}
    axes.text(
        0.15,
        0.3 * ROW,
        "Follow a floor to its dot, then down: every number is how many of its modules\n"
        "import from the floor in that row. Imports within a floor are not drawn.",
        fontsize=10,
        va="top",
    )
    for k, (name, below) in enumerate(found.items()):
        ink = INKS[k % len(INKS)]
        _floor(axes, name, rows[name], lanes[name] if below else None, ink)
        start = rows[name]
        for other, count in below.items():
            _arrow(axes, lanes[name], start, rows[other], count, ink)
            start = rows[other] + 0.17
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "architecture"}):
        figure.savefig(path, metadata={"Date": None, "Creator": "radln"} if _is_svg(path) else None)


def _is_svg(path: Path) -> bool:
    return path.suffix == ".svg"


def _floor(axes: Axes, name: str, y: float, lane: float | None, ink: str) -> None:
    """The box with the rooms of a floor, and the way from it to its line."""
    axes.axhline(y, color="#e4e4e4", linewidth=0.8, zorder=0)
    if lane is not None:
        axes.plot([0.2, lane], [y, y], color=ink, linewidth=2, zorder=2)
        axes.plot([lane], [y], "o", color=ink, markersize=7, zorder=3)
    words = "\n".join(wrap(name.replace(" | ", "  "), 54))
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": ink, "linewidth": 1.5}
    size = {"fontsize": 10 if "\n" not in words else 8, "family": "monospace"}
    axes.text(0.2, y, words, va="center", bbox=frame, zorder=4, **size)


def _arrow(axes: Axes, x: float, start: float, row: float, count: int, ink: str) -> None:
    """A line downwards to a number."""
    style = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x, row - 0.16), (x, start), arrowprops=style, zorder=2)
    frame = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": ink, "linewidth": 1}
    axes.text(x, row, str(count), ha="center", va="center", fontsize=9, bbox=frame, zorder=3)


def main() -> None:
    """Write the data and the drawing."""
    found = floors()
    DATA.write_text(as_text(found), encoding="utf-8")
    draw(found, DRAWING)
    print(f"{DATA.name} and {DRAWING.name} are written.")


if __name__ == "__main__":
    main()
