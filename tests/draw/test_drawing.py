"""Figures as the calls that drew them, and as the same drawn anew."""

from __future__ import annotations

import inspect
import json
import pkgutil
from importlib import import_module

import numpy as np
import pytest
from matplotlib.figure import Figure

import radln._draw
from radln._draw.axes import Scale, draw_nomogram
from radln._draw.bars import draw_beeswarm, draw_forest, draw_waterfall
from radln._draw.curves import draw_decision, draw_roc
from radln._draw.drawing import as_data, fits, redrawn
from radln._draw.fonts import FittedFigure, words_of
from radln._draw.readers import ReaderPoint, draw_readers
from radln.report.document import svg_text

RNG = np.random.default_rng(4)
STAIRS = np.array([0, 0, 0.5, 1]), np.array([0, 0.5, 0.5, 1])
THRESHOLDS = np.linspace(0.01, 0.9, 30)
FLAT = np.full(30, 0.1)
INTERVAL = 0.7, 0.6, 0.8


def waterfalls():
    figure = FittedFigure(figsize=(7, 4), dpi=200, layout="constrained")
    for number in (1, 3):  # two of three panels
        panel = figure.add_subplot(1, 3, number)
        draw_waterfall(["age", "size"], np.array([0.2, -0.5]), base=0.1, title="a", ax=panel)
    return figure


FIGURES = {
    "roc": lambda: draw_roc(
        {"a model": STAIRS}, n=9, n_positive=None, points={"reader": (INTERVAL, INTERVAL)}
    ).figure,
    "decision": lambda: draw_decision(
        {"a": (FLAT, FLAT, np.full(30, np.nan))}, thresholds=THRESHOLDS, treat_all=FLAT, n=9,
        n_positive=4, banded={"a"},
    ).figure,
    "beeswarm": lambda: draw_beeswarm(
        ["age", "size"], RNG.normal(size=(40, 2)), np.column_stack([[np.nan] * 40, range(40)])
    ).figure,
    "nomogram": lambda: draw_nomogram(
        [Scale("Points", np.linspace(0, 1, 11), [str(k) for k in range(11)])] * 3
    ).figure,
    "readers": lambda: draw_readers(
        [ReaderPoint("one", "expert", INTERVAL, INTERVAL)], [], {"model": STAIRS}, {}, n=9,
        n_positive=4,
    ).figure,
    "waterfalls": waterfalls,
}  # fmt: skip


def drawing_functions():
    for module in pkgutil.iter_modules(radln._draw.__path__):
        found = import_module(f"radln._draw.{module.name}")
        for name, function in inspect.getmembers(found, inspect.isfunction):
            if name.startswith("draw_") and function.__module__ == found.__name__:
                yield name, function


def test_every_drawing_function_leaves_what_it_was_given():
    functions = dict(drawing_functions())
    assert len(functions) > 20
    assert [name for name, one in functions.items() if not hasattr(one, "__wrapped__")] == []


@pytest.mark.parametrize("name", FIGURES)
def test_drawn_anew_at_its_width_it_is_the_same(name):
    figure = FIGURES[name]()
    data = json.loads(json.dumps(as_data(figure)))
    again = redrawn(data, data["width_mm"])
    assert svg_text(again, "x") == svg_text(figure, "x")


@pytest.mark.parametrize("name", ["roc", "beeswarm", "nomogram"])
def test_at_another_width_letters_keep_their_size(name):
    figure = FIGURES[name]()
    data = as_data(figure)
    narrow = redrawn(data, 60.0)
    assert narrow.get_figwidth() * 25.4 == pytest.approx(60.0)
    assert {text.get_fontsize() for text in words_of(narrow)} == {
        text.get_fontsize() for text in words_of(figure)
    }


def test_a_square_figure_stays_square():
    data = as_data(FIGURES["roc"]())
    half = redrawn(data, data["width_mm"] / 2)
    assert half.get_figheight() * 25.4 == pytest.approx(data["height_mm"] / 2)


def test_a_figure_of_somebody_else_has_no_data():
    figure = Figure()
    draw_roc({"a": STAIRS}, n=9, n_positive=4, ax=figure.add_subplot())
    assert as_data(figure) is None
    assert as_data(FittedFigure()) is None


def test_words_over_each_other_or_beyond_the_edge_do_not_fit():
    def forest():
        one = np.array([0.7, 0.8])
        texts = ["0.70 (0.60-0.80)", "0.80 (0.70-0.90)"]
        return draw_forest(["a", "b"], one, one - 0.1, one + 0.1, xlabel="AUC", texts=texts)

    assert fits(forest().figure)
    for place in ((0.5, 0.5), (1.0, 1.0)):
        figure = forest().figure
        figure.text(0.5, 0.5, "a word")
        figure.text(*place, "another")
        assert not fits(figure)
    figure = forest().figure
    figure.text(0.5, 0.5, "unseen").set_visible(False)
    figure.text(0.5, 0.5, "  ")
    assert fits(figure)


def changed(panel=(), **top):
    data = json.loads(json.dumps(as_data(FIGURES["roc"]())))
    data["panels"][0] |= dict(panel)
    return data | top


@pytest.mark.parametrize(
    "data",
    [
        {},
        changed(format="radln-figure-9"),
        changed({"function": "os.system"}),
        changed({"function": "style.dress"}),
        changed({"function": "curves.draw_roc.__globals__"}),
        changed({"arguments": {}}),
        changed({"arguments": {"curves": {"made": "style.new_axes", "of": {}}}}),
        changed({"arguments": {"curves": {"made": "style.COLOURS", "of": {}}}}),
    ],
)
def test_what_is_no_figure_is_refused(data):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        redrawn(data, 85.0)
