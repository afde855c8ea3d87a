"""A font that has the glyphs of every word of a figure, chosen figure by figure.

matplotlib's own font has no Chinese, Japanese and Korean letters; where one that has them is
installed, it stands in for these letters. Nothing global is touched.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text

OWN = "DejaVu Sans"
JAPANESE = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "Source Han Sans", "Hiragino Sans",
    "Yu Gothic", "Meiryo", "MS Gothic", "IPAexGothic", "TakaoPGothic",
)  # fmt: skip
KOREAN = (
    "Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans KR", "Apple SD Gothic Neo",
    "Malgun Gothic", "NanumGothic", "Gulim", "Dotum",
)  # fmt: skip
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "SimHei", "SimSun", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Noto Sans CJK TC", "Microsoft JhengHei", "Heiti TC", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
SCRIPTS = {
    "CJK": "Chinese or Japanese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese",
    "HANGUL": "Korean",
}  # fmt: skip


class FittedFigure(Figure):
    """A figure whose words have a font; ``lacking`` names the scripts that have none.

    ``drawings`` are the calls that drew into its axes (:mod:`radln._draw.drawing`).
    """

    lacking: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drawings: dict[Axes, Any] = {}

    def draw(self, renderer: RendererBase) -> None:
        self.lacking = fit_fonts(self)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
            super().draw(renderer)


def fit_fonts(figure: Figure) -> tuple[str, ...]:
    """Give every word of a figure a font that has its letters; the scripts that no font has."""
    texts = words_of(figure)
    strange = letters_beyond({letter for text in texts for letter in text.get_text()})
    if not strange:
        return ()
    font = font_for(strange)
    if font is None:
        return scripts_of(strange)
    for text in texts:
        text.set_fontfamily([OWN, font])
    return ()


def words_of(figure: Figure) -> list[Text]:
    """Every word that is written, those of ticks among them."""
    for ax in figure.axes:
        ax.get_xticklabels()  # the words of ticks are there once they were asked for
        ax.get_yticklabels()
    return [found for found in figure.findobj(Text) if isinstance(found, Text)]


def letters_beyond(letters: Iterable[str]) -> frozenset[str]:
    """The letters that matplotlib's own font does not have."""
    known = _letters_in(OWN)
    return frozenset(letter for letter in letters if ord(letter) not in known and letter.strip())


def font_for(letters: frozenset[str]) -> str | None:
    """An installed font that has all the letters, in the style of the language that uses them."""
    scripts = {_script(letter) for letter in letters}
    first = JAPANESE if "Japanese" in scripts else KOREAN if "Korean" in scripts else CHINESE
    there = {str(entry.name) for entry in font_manager.fontManager.ttflist}
    names: tuple[str, ...] = (*first, *CHINESE, *JAPANESE, *KOREAN)
    for name in names:
        if name in there and all(ord(letter) in _letters_in(name) for letter in letters):
            return name
    return None


def scripts_of(letters: Iterable[str]) -> tuple[str, ...]:
    """What the letters are called, each script once.

    Examples
    --------
    >>> scripts_of("淋結"), scripts_of("결")
    (('Chinese or Japanese',), ('Korean',))
    """
    found = {_script(letter) for letter in letters}
    if "Japanese" in found:
        found.discard("Chinese or Japanese")
    return tuple(sorted(found))


def _script(letter: str) -> str:
    word = unicodedata.name(letter, "unknown").split()[0]
    return SCRIPTS.get(word, word.capitalize())


@cache
def _letters_in(name: str) -> frozenset[int]:
    """The code points of an installed font."""
    return frozenset(font_manager.get_font(font_manager.findfont(name)).get_charmap())
