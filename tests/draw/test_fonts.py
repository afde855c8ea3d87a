"""Words in scripts that matplotlib's own font does not have."""

import io
import warnings

import matplotlib as mpl
import numpy as np
import pytest

from radln._draw import fonts
from radln._draw.bars import draw_importance
from radln.report.chapter import Chapter, Section, ShownFigure
from radln.report.html import drawn, render_chapter

WORDS = {
    "淋巴结短径": "Chinese or Japanese",
    "リンパ節": "Japanese",
    "림프절": "Korean",
}


def importance(words):
    one = np.ones(len(words))
    return draw_importance(list(words), one, one, one).figure


def saved(figure):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), format="png")
    return figure


def yields(figure):
    return [label.get_fontfamily() for label in figure.axes[0].get_yticklabels()]


@pytest.mark.parametrize("word", WORDS)
def test_without_a_font_nobody_is_warned_and_the_script_is_named(monkeypatch, word):
    monkeypatch.setattr(fonts, "font_for", lambda letters: None)
    assert WORDS[word] in saved(importance(["age", word])).lacking


@pytest.mark.parametrize("word", WORDS)
def test_an_installed_font_is_taken_for_this_figure_alone(monkeypatch, word):
    before = dict(mpl.rcParams)
    installed = {"Noto Sans CJK SC", "Noto Sans CJK JP", "Malgun Gothic", fonts.OWN}

    class Entry:
        def __init__(self, name):
            self.name = name

    own = fonts._letters_in(fonts.OWN)
    has = {fonts.OWN: own}
    every = frozenset(map(ord, "".join(WORDS)))
    monkeypatch.setattr(fonts, "_letters_in", lambda name: has.get(name, every))
    monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist", list(map(Entry, installed)))
    taken = fonts.font_for(fonts.letters_beyond(word))
    expected = {"Japanese": "Noto Sans CJK JP", "Korean": "Malgun Gothic"}
    assert taken == expected.get(WORDS[word], "Noto Sans CJK SC")
    figure = importance(["age", word])
    assert fonts.fit_fonts(figure) == ()
    assert yields(figure) == [[fonts.OWN, taken]] * 2
    assert before == dict(mpl.rcParams)


def test_words_of_our_own_letters_keep_their_font():
    figure = saved(importance(["Größe", "läng − ≥ µm"]))
    assert figure.lacking == ()
    assert yields(figure) == [["sans-serif"]] * 2


def page_of(words):
    shown = ShownFigure("words", "Words.", importance(words))
    chapter = Chapter("T", (), (Section("s", "S", figures=(shown,)),), (), (), "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return render_chapter(chapter, drawn(chapter))


def test_the_page_says_once_which_font_is_missing(monkeypatch):
    monkeypatch.setattr(fonts, "font_for", lambda letters: None)
    page = page_of(["リンパ節", "age"])
    assert page.count("No font for Japanese letters was found") == 1
    assert "リンパ節" in page  # a browser has fonts of its own
    assert "No font for" not in page_of(["age"])
