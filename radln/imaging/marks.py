"""What a machine or a physician has drawn into a picture: calipers, lines, text, frames.

Bright, thin strokes are told from speckle by their shape. Nothing is painted over: the caller lists
what was found, or leaves the pixels out where that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import combinations

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray
from radln.imaging.strokes import around, find_drawing, with_beside

REACH = 12  # pixels from the outline, inside and outside, in which calipers are looked for
CONTRAST = 30.0 / 255  # of the picture's range, by which a stroke stands out
SMALL = 200  # pixels of a node that is not much larger than a cross
ABOVE = 15  # of 255 greys, by which arms stand above what is between them
LIKE = 0.6  # correlation with a cross from which a spot is one
LONE, BRIGHT = 0.7, 0.8  # of a lone one, or its centre is as bright: calipers come in pairs
CROSSES = ((3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (5, 1), (6, 1), (7, 1))  # arm, half thickness
RADIUS = 8  # of the largest cross with its surroundings
STEEP = 36.0 / 255  # of the picture's range between neighbours, at the edge of a letter
GRAINY = 4.0  # times the usual step between neighbours, where speckle is coarse
CROWDED, THIN = 0.26, 4  # share of such edges among letters; rows that letters have at least
LETTERS, LINE = 25, 9  # pixels side by side that hold some letters; from one line to beside it
FRAME = 0.1  # of the picture that is empty at its edges
DOTTED, BESIDE = 0.4, 5  # more of the way that is bright than so many pixels beside it


@dataclass(frozen=True, eq=False)
class Marks:
    """What was found: centres (row, column) of crosses near an outline, the number of lines (with
    those that join two crosses), outlines and arrows, boxes of lines of text, the share of the
    picture that is an empty frame, and the pixels of all but the frame.
    """

    calipers: tuple[tuple[int, int], ...]
    lines: int
    text: tuple[tuple[slice, slice], ...]
    frame: float
    pixels: BoolArray
    outlines: int = 0
    arrows: int = 0


def find_marks(values: FloatArray, region: BoolArray) -> Marks:
    """What was drawn into a plain picture; a volume has none.

    Crosses, upright or on the diagonal, are correlated with templates of 7 to 15 pixels, one or
    three pixels thick. Text is where steep edges stand side by side, with few above and below.
    Lines, outlines and arrows are pixels of one grey with sharp edges (:func:`find_drawing`).

    Examples
    --------
    >>> picture = np.random.default_rng(0).normal(100, 8, (80, 100)).clip(0, 180)
    >>> region = np.zeros((80, 100), dtype=bool); region[20:60, 30:70] = True
    >>> picture[40, 26:35] = picture[36:45, 30] = 255
    >>> find_marks(picture, region).calipers
    ((40, 30),)
    """
    pixels = np.zeros(values.shape, dtype=np.bool_)
    darkest = float(values.min()) if values.ndim == 2 else 0.0
    span = float(values.max()) - darkest if values.ndim == 2 else 0.0
    if span == 0 or min(values.shape) < 2 * RADIUS:
        return Marks((), 0, (), 0.0, pixels)
    scaled = (values - darkest) / span
    calipers = _calipers(scaled, region)
    text = _text(scaled)
    for row, column in calipers:
        place = (
            slice(max(row - RADIUS, 0), row + RADIUS + 1),
            slice(max(column - RADIUS, 0), column + RADIUS + 1),
        )
        pixels[place] |= _strokes(scaled[place])
    for box in text:
        pixels[box] |= _strokes(scaled[box])
    drawing = find_drawing(scaled, region, pixels)
    lines = max(_lines(scaled, calipers, pixels), drawing.lines)
    pixels |= drawing.pixels
    frame = _frame(values > darkest)
    return Marks(calipers, lines, text, frame, pixels, drawing.outlines, drawing.arrows)


def _strokes(patch: FloatArray) -> BoolArray:
    """Thin bright strokes and the pixels beside them."""
    return with_beside(_hat(patch) > CONTRAST)


def _hat(scaled: FloatArray) -> FloatArray:
    """How far a pixel stands out of what is 9 pixels wide."""
    below = scaled
    for extreme, beyond in ((np.minimum, np.inf), (np.maximum, -np.inf)):
        wide = np.full([size + 8 for size in scaled.shape], beyond)
        wide[4:-4, 4:-4] = below
        for _ in range(2):
            two = extreme(wide[1:], wide[:-1])
            four = extreme(two[2:], two[:-2])
            eight = extreme(four[4:], four[:-4])
            wide = extreme(eight[1:], eight[:-1]).T
        below = wide
    return np.asarray(scaled - below, dtype=np.float64)


def _calipers(scaled: FloatArray, region: BoolArray) -> tuple[tuple[int, int], ...]:
    if region.sum() < SMALL:
        return ()  # the node itself may look like a cross
    place = around(region, REACH + RADIUS)
    picture = scaled[place]
    near, grey = _near(region[place]), (picture * 255).astype(np.int16)
    found = []
    for upright in (True, False):
        rows, columns = np.nonzero(near & _may_be_cross(grey, upright))
        if rows.size:
            found.append(_likeness(picture, rows, columns, upright))
    if not found:
        return ()
    likeness, rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    kept: list[int] = []
    for k in np.argsort(-likeness, kind="stable"):
        apart = [max(abs(rows[k] - rows[j]), abs(columns[k] - columns[j])) for j in kept]
        if likeness[k] >= LIKE and min(apart, default=RADIUS) > RADIUS // 2:
            kept.append(int(k))
    if len(kept) == 1:
        lone = kept[0]
        if likeness[lone] < LONE and picture[rows[lone], columns[lone]] < BRIGHT:
            return ()
    top, left = place[0].start, place[1].start
    return tuple(sorted((int(rows[k]) + top, int(columns[k]) + left) for k in kept))


def _may_be_cross(grey: np.ndarray, upright: bool) -> BoolArray:
    """Where four pixels on the arms stand above all between them; one may be bright beside an x,
    whose line between calipers seldom lies on an arm.
    """
    found = np.zeros(grey.shape, dtype=np.bool_)
    rows, columns = (size - 8 for size in grey.shape)
    if min(rows, columns) < 1:
        return found

    def four(down: int, right: int) -> list[np.ndarray]:
        turns = ((down, right), (-right, down), (-down, -right), (right, -down))
        return [grey[4 + y : 4 + y + rows, 4 + x : 4 + x + columns] for y, x in turns]

    if upright:
        least, thick = reduce(np.minimum, four(2, 0)), reduce(np.minimum, four(4, 0))
        may_be = least - reduce(np.maximum, four(2, 2)) >= ABOVE
        beside = reduce(np.maximum, four(3, 3) + four(4, 4))  # of an arm of four pixels' width
        may_be |= np.minimum(least, thick) - beside >= 2 * ABOVE
    else:
        least, (a, b, c, d) = reduce(np.minimum, four(2, 2)), four(3, 0)
        second = np.maximum(
            np.minimum(np.maximum(a, b), np.maximum(c, d)),
            np.maximum(np.minimum(a, b), np.minimum(c, d)),
        )
        may_be = least - second >= ABOVE
    found[4:-4, 4:-4] = may_be
    return found


def _near(region: BoolArray) -> BoolArray:
    """The pixels at most so many steps from the outline."""
    wide = np.pad(region, 1)
    edge = np.zeros(wide.shape, dtype=np.bool_)
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        change = wide[one] != wide[other]
        edge[one] |= change
        edge[other] |= change
    distance = ndimage.distance_transform_cdt(~edge, "taxicab")[1:-1, 1:-1]
    return np.asarray(distance < REACH)


def _likeness(
    picture: FloatArray, rows: np.ndarray, columns: np.ndarray, upright: bool
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """The largest correlation of each spot, or a neighbour of it, with a cross, and where."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(picture, RADIUS + 1, mode="edge"), (2 * RADIUS + 1,) * 2
    )
    shifts = np.array([(dy, dx) for dy in range(3) for dx in range(3)])
    patches = windows[rows[:, None] + shifts[:, 0], columns[:, None] + shifts[:, 1]]
    patches = patches.reshape(rows.size, len(shifts), -1)
    signs, insides = _crosses(upright)
    n = insides.sum(axis=0)
    spread = np.sqrt(np.maximum(patches**2 @ insides - (patches @ insides) ** 2 / n, 1e-18))
    found = np.where(spread / np.sqrt(n) > CONTRAST / 2, patches @ signs / spread, 0.0).max(axis=2)
    best = found.argmax(axis=1)
    moved = shifts[best] - 1
    return found.max(axis=1), rows + moved[:, 0], columns + moved[:, 1]


@lru_cache(maxsize=2)
def _crosses(upright: bool) -> tuple[FloatArray, FloatArray]:
    """Templates as columns, of mean 0 and norm 1, and where each of them is."""
    y, x = np.abs(np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1])
    signs, insides = [], []
    for arm, half in CROSSES:
        inside = (x <= arm + 1) & (y <= arm + 1)
        if upright:
            cross = ((x <= half) & (y <= arm)) | ((y <= half) & (x <= arm))
        else:
            cross = (np.abs(x - y) <= half) & (x <= arm) & (y <= arm)
        soft = ndimage.gaussian_filter(cross.astype(np.float64), 0.6)
        soft = np.where(inside, soft - soft[inside].mean(), 0.0)
        signs.append((soft / np.linalg.norm(soft)).ravel())
        insides.append(inside.ravel().astype(np.float64))
    return np.stack(signs, axis=1), np.stack(insides, axis=1)


def _text(scaled: FloatArray) -> tuple[tuple[slice, slice], ...]:
    """Lines of text: many steep edges side by side, with few above and below."""
    edges = np.diff(scaled, axis=1)
    np.abs(edges, out=edges)
    steep = edges > max(STEEP, GRAINY * float(np.median(edges[::4, ::4])))
    busy = np.flatnonzero(np.count_nonzero(steep, axis=1) >= LETTERS * CROWDED)
    if busy.size < THIN:
        return ()
    boxes = []
    for band in np.split(busy, np.flatnonzero(np.diff(busy) > LINE) + 1):
        if band.size >= THIN:
            top = max(int(band[0]) - 2 * LINE, 0)
            boxes += _lines_of_text(steep[top : int(band[-1]) + 2 * LINE], top)
    return tuple(boxes)


def _lines_of_text(steep: BoolArray, top: int) -> list[tuple[slice, slice]]:
    """The same in a band of rows that begins at ``top``."""
    edges = steep.astype(np.float32)
    along = ndimage.uniform_filter1d(edges, LETTERS, axis=1, mode="constant")
    crowded = ndimage.uniform_filter1d(along, 5, axis=0, mode="constant")
    beside = ndimage.uniform_filter1d(along, 3, axis=0, mode="constant")
    quiet = np.maximum(_moved(beside, LINE), _moved(beside, -LINE))
    parts, _ = ndimage.label((crowded > CROWDED) & (quiet < crowded / 2))
    boxes = []
    for rows, columns in ndimage.find_objects(parts):
        width = columns.stop - columns.start
        high = int((edges[rows, columns].sum(axis=1) >= CROWDED * width).sum())
        if width >= LETTERS // 2 and high >= THIN:
            boxes.append((slice(max(rows.start + top - 3, 0), rows.stop + top + 3), columns))
    return boxes


def _moved(values: np.ndarray, down: int) -> np.ndarray:
    """The values so many rows above (or below), 0 beyond the picture."""
    moved = np.zeros_like(values)
    if down > 0:
        moved[down:] = values[:-down]
    else:
        moved[:down] = values[-down:]
    return moved


def _lines(scaled: FloatArray, calipers: Sequence[tuple[int, int]], pixels: BoolArray) -> int:
    """How many pairs of crosses a dotted line joins: bright there, and not beside it. Their pixels
    are added to ``pixels``.
    """
    if len(calipers) < 2:
        return 0
    top, left = np.maximum(np.min(calipers, axis=0) - RADIUS, 0)
    bottom, right = np.max(calipers, axis=0) + 1 + RADIUS
    place = np.s_[top:bottom, left:right]
    hat = _hat(scaled[place])
    bright = ndimage.maximum_filter(hat, 3) > 2 * CONTRAST
    joined = np.zeros(bright.shape, dtype=np.bool_)
    count = 0
    for one, other in combinations(np.array(calipers) - (top, left), 2):
        length = int(np.abs(other - one).max())
        if length < 3 * RADIUS:
            continue
        aside = np.array((one[1] - other[1], other[0] - one[0])) * BESIDE / length
        along = np.linspace(RADIUS / length, 1 - RADIUS / length, length)[:, None]
        ways = []
        for shift in (0.0, -1.0, 1.0):
            places = np.rint(one + (other - one) * along + shift * aside).astype(int)
            ways.append(tuple(np.clip(places, 0, np.array(bright.shape) - 1).T))
        shares = [float(bright[way].mean()) for way in ways]
        if shares[0] > max(shares[1:]) + DOTTED:
            count += 1
            joined[ways[0]] = True
    if count:
        beside = ndimage.binary_dilation(joined, np.ones((5, 5)))
        pixels[place] |= beside & with_beside(hat > CONTRAST)
    return count


def _frame(filled: BoolArray) -> float:
    """The share of the picture in outer rows and columns that hold its darkest value only."""
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    within = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return 1 - float(within) / filled.size
