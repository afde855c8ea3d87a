"""Where labels stand so that none prints over another: widths, sides and places along an axis."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from radln._types import FloatArray

LETTER, WIDE_LETTER = 0.58, 1.05  # of the size of the letters


def width_of(text: str, size: float) -> float:
    """How wide a text is at most, in printer's points.

    Examples
    --------
    >>> width_of("hilar", 10), width_of("淋巴", 10)
    (29.0, 21.0)
    """
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return round(size * (WIDE_LETTER * wide + LETTER * (len(text) - wide)), 3)


def lines_of(text: str, size: float, room: float) -> str:
    """The text on as many lines as the room asks for, in printer's points."""
    letters = int(room * max(1, len(text)) / max(1.0, width_of(text, size)))
    return "\n".join(wrap(text, max(4, letters)))


def spread(wanted: FloatArray, widths: FloatArray, low: float, high: float) -> FloatArray | None:
    """Centres as near to the wanted ones as they can be without overlap, in the same order.

    ``wanted`` ascends; None where the widths do not fit between ``low`` and ``high``.

    Examples
    --------
    >>> spread(np.array([5.0, 5.0, 9.0]), np.array([2.0, 2.0, 2.0]), 0.0, 10.0).tolist()
    [4.0, 6.0, 9.0]
    """
    if widths.sum() > high - low:
        return None
    steps = np.concatenate([[0.0], np.cumsum((widths[1:] + widths[:-1]) / 2)])
    free = _ascending(wanted - steps)
    first, last = low + widths[0] / 2, high - widths[-1] / 2 - steps[-1]
    return np.asarray(np.clip(free, first, last) + steps)


def _ascending(values: FloatArray) -> FloatArray:
    """The ascending numbers nearest to the given ones: neighbours that fall share their mean."""
    means, counts = list[float](), list[int]()
    for value in values:
        means.append(float(value))
        counts.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mean, count = means.pop(), counts.pop()
            total = counts[-1] + count
            means[-1] = (means[-1] * counts[-1] + mean * count) / total
            counts[-1] = total
    return np.repeat(means, counts)


def on_two_sides(
    wanted: FloatArray, widths: FloatArray, low: float, high: float, *, moved: float
) -> tuple[FloatArray, Sequence[bool]] | None:
    """Centres, and which of them stand above: on one side where nothing moves by more than
    ``moved``, otherwise alternating; None where even two sides have no room.
    """
    centres = spread(wanted, widths, low, high)
    if centres is not None and np.abs(centres - wanted).max(initial=0.0) <= moved:
        return centres, [False] * wanted.size
    above = np.arange(wanted.size) % 2 == 1
    centres = np.array(wanted)
    for side in (above, ~above):
        if not side.any():
            continue
        found = spread(wanted[side], widths[side], low, high)
        if found is None:
            return None
        centres[side] = found
    return centres, [bool(up) for up in above]
