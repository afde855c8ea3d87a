"""Figures as the calls that drew them: plain data, from which they are drawn anew at any width."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from importlib import import_module
from typing import Any, ParamSpec

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from radln._draw.fonts import FittedFigure, words_of
from radln._draw.style import INCH_MM

P = ParamSpec("P")
ROOM = __name__.rpartition(".")[0]
FORMAT = "radln-figure-1"


@dataclasses.dataclass(frozen=True, eq=False)
class Drawing:
    """One call of a drawing function: its name within the room, and what it was given."""

    function: str
    arguments: Mapping[str, Any]


def drawing(function: Callable[P, Axes]) -> Callable[P, Axes]:
    """A drawing function whose calls stay with the figure that they drew into."""
    signature = inspect.signature(function)
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Axes:
        ax = function(*args, **kwargs)
        figure = ax.get_figure()
        if isinstance(figure, FittedFigure):
            given = signature.bind(*args, **kwargs).arguments
            figure.drawings[ax] = Drawing(
                name, {key: value for key, value in given.items() if key != "ax"}
            )
        return ax

    return wrapped


def as_data(figure: Figure) -> dict[str, Any] | None:
    """What a figure was drawn from, as JSON holds it; None of one that was drawn otherwise."""
    drawings = figure.drawings if isinstance(figure, FittedFigure) else {}
    if not drawings:
        return None
    return {
        "format": FORMAT,
        "width_mm": figure.get_figwidth() * INCH_MM,
        "height_mm": figure.get_figheight() * INCH_MM,
        "square": any(ax.get_aspect() == 1 for ax in drawings),
        "panels": [
            {
                "place": _place(ax),
                "function": one.function,
                "arguments": {key: _plain(value) for key, value in one.arguments.items()},
            }
            for ax, one in drawings.items()
        ],
    }


def redrawn(data: Mapping[str, Any], width_mm: float) -> FittedFigure:
    """The figure, drawn anew at a width; letters keep their size.

    Raises
    ------
    KeyError, TypeError, ValueError
        The data are not those of a figure.
    """
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']!r}; {FORMAT!r} can be read")
    panels = [
        (panel["place"], _function(panel["function"]), _arguments(panel["arguments"]))
        for panel in data["panels"]
    ]
    first = panels[0][1]
    if len(panels) == 1 and "width_mm" in inspect.signature(first).parameters:
        figure = first(**{**panels[0][2], "width_mm": width_mm}).get_figure()
        if not isinstance(figure, FittedFigure):
            raise TypeError("axes without a figure")
        return figure
    height = data["height_mm"] * (width_mm / data["width_mm"] if data["square"] else 1)
    size = width_mm / INCH_MM, height / INCH_MM
    figure = FittedFigure(figsize=size, dpi=200, layout="constrained")
    for (rows, columns, at), function, arguments in panels:
        function(**arguments, ax=figure.add_subplot(rows, columns, at + 1))
    return figure


def fits(figure: Figure) -> bool:
    """Whether no word is printed over another or beyond the edge."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a layout that found no room says so
        try:
            figure.draw_without_rendering()
        except UserWarning:
            return False
    boxes = [Text.get_window_extent(text) for text in _written(figure)]
    edge = Bbox.from_bounds(-1, -1, figure.bbox.width + 2, figure.bbox.height + 2)
    if any(not (edge.contains(*box.min) and edge.contains(*box.max)) for box in boxes):
        return False
    inner = [box.expanded(1.02, 0.8) for box in boxes]
    return not any(box.overlaps(other) for i, box in enumerate(inner) for other in inner[:i])


def _written(figure: Figure) -> list[Text]:
    """The words that are seen: not the empty ones, and of ticks those within the axes."""
    unseen = {text for ax in figure.axes for text in _beyond(ax)}
    return [
        text
        for text in words_of(figure)
        if text.get_visible() and text.get_text().strip() and text not in unseen
    ]


def _beyond(ax: Axes) -> Iterator[Text]:
    """The words of ticks that are not drawn."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not ax.axison or not low - slack <= tick.get_loc() <= high + slack:
                yield from (tick.label1, tick.label2)


def _place(ax: Axes) -> list[int]:
    """Rows and columns of the grid of panels, and the panel's number in it."""
    spec = ax.get_subplotspec()
    if spec is None:
        return [1, 1, 0]
    rows, columns, first, _ = spec.get_geometry()
    return [int(rows), int(columns), int(first)]


def _function(name: str) -> Callable[..., Axes]:
    module, _, function = str(name).partition(".")
    if not (module.isidentifier() and function.startswith("draw_")):
        raise ValueError(f"{name!r} draws nothing")
    found: Callable[..., Axes] = getattr(import_module(f"{ROOM}.{module}"), function)
    return found


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _given(value) for key, value in given.items()}


def _plain(value: Any) -> Any:
    """A value as JSON holds it: mappings keep their order, arrays their kind."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "kind": value.dtype.name}
    if isinstance(value, np.generic):
        return value.item()
    if dataclasses.is_dataclass(value):
        name = f"{type(value).__module__.rpartition('.')[2]}.{type(value).__name__}"
        return {"made": name, "of": {k: _plain(v) for k, v in vars(value).items()}}
    if isinstance(value, Mapping):
        return {"pairs": [[str(key), _plain(one)] for key, one in value.items()]}
    if isinstance(value, Set):
        return [_plain(one) for one in sorted(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _given(value: Any) -> Any:
    """The inverse of :func:`_plain`; a sequence is a list."""
    if isinstance(value, list):
        return [_given(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.asarray(value["array"], dtype=np.dtype(value["kind"]))
    if "pairs" in value:
        return {key: _given(one) for key, one in value["pairs"]}
    module, _, name = value["made"].partition(".")
    kind = getattr(import_module(f"{ROOM}.{module}"), name)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise ValueError(f"{value['made']!r} is no part of a figure")
    return kind(**_arguments(value["of"]))
