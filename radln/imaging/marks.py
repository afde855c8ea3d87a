"""What a machine or a physician has drawn into a picture: calipers, lines, text, frames.

Bright, thin strokes are told from speckle by their shape. Nothing is painted over: the caller lists
what was found, or leaves the pixels out where that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray

REACH = 12  # pixels from the outline, inside and outside, in which calipers are looked for
CONTRAST = 30.0 / 255  # of the picture's range, by which a stroke stands out
SMALL = 200  # pixels of a node that is not much larger than a plus sign
OUTSTANDING = 0.985  # of the pixels around the node that stand out less than a stroke
LIKE = 0.75  # correlation with a plus sign from which a spot is one
PLUS = ((3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (5, 1), (6, 1), (7, 1))  # arm, half thickness
RADIUS = 8  # of the largest plus sign with its surroundings
STEEP = 36.0 / 255  # of the picture's range between neighbours, at the edge of a letter
GRAINY = 4.0  # times the usual step between neighbours, where speckle is coarse
CROWDED, THIN = 0.26, 4  # share of such edges among letters; rows that letters have at least
LETTERS, LINE = 25, 9  # pixels side by side that hold some letters; from one line to beside it
FRAME = 0.1  # of the picture that is empty at its edges
DOTTED, BESIDE = 0.4, 5  # more of the way that is bright than so many pixels beside it


@dataclass(frozen=True, eq=False)
class Marks:
    """What was found: centres (row, column) of plus signs near an outline, the number of lines that
    join them, boxes of lines of text, the share of the picture that is an empty frame, and the
    pixels of plus signs and text.
    """

    calipers: tuple[tuple[int, int], ...]
    lines: int
    text: tuple[tuple[slice, slice], ...]
    frame: float
    pixels: BoolArray


def find_marks(values: FloatArray, region: BoolArray) -> Marks:
    """What was drawn into a plain picture; a volume has none.

    Plus signs are correlated with templates of 7 to 15 pixels, one or three pixels thick. Text is
    where steep edges stand side by side, with few above and below.

    Examples
    --------
    >>> picture = np.random.default_rng(0).normal(100, 8, (80, 100)).clip(0, 180)
    >>> region = np.zeros((80, 100), dtype=bool); region[20:60, 30:70] = True
    >>> picture[40, 26:35] = picture[36:45, 30] = 255
    >>> find_marks(picture, region).calipers
    ((40, 30),)
    """
    empty = Marks((), 0, (), 0.0, np.zeros(values.shape, dtype=np.bool_))
    span = float(np.ptp(values)) if values.ndim == 2 else 0.0
    if span == 0 or min(values.shape) < 2 * RADIUS:
        return empty
    scaled = (values - values.min()) / span
    calipers = _calipers(scaled, region)
    text = _text(scaled)
    pixels = empty.pixels
    for row, column in calipers:
        place = (
            slice(max(row - RADIUS, 0), row + RADIUS + 1),
            slice(max(column - RADIUS, 0), column + RADIUS + 1),
        )
        pixels[place] |= _strokes(scaled[place])
    for box in text:
        pixels[box] |= _strokes(scaled[box])
    return Marks(calipers, _lines(scaled, calipers), text, _frame(values), pixels)


def _strokes(patch: FloatArray) -> BoolArray:
    """Thin bright strokes and the pixels beside them."""
    return np.asarray(ndimage.binary_dilation(_hat(patch) > CONTRAST))


def _hat(scaled: FloatArray) -> FloatArray:
    """How far a pixel stands out of what is 9 pixels wide."""
    below = ndimage.maximum_filter(ndimage.minimum_filter(scaled, 9), 9)
    return np.asarray(scaled - below, dtype=np.float64)


def _calipers(scaled: FloatArray, region: BoolArray) -> tuple[tuple[int, int], ...]:
    if region.sum() < SMALL:
        return ()  # the node itself may look like a plus sign
    place = _around(region, REACH + RADIUS)
    picture, inside = scaled[place], region[place]
    above = _above_diagonals(picture)
    least = max(CONTRAST, float(np.quantile(above[::2, ::2], OUTSTANDING)))
    rows, columns = np.nonzero(_near(inside, above >= least))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(picture, 2, mode="edge"), (5, 5))
    highest = picture[rows, columns] >= around[rows, columns].max(axis=(1, 2))
    rows, columns = rows[highest], columns[highest]
    if not rows.size:
        return ()
    likeness, rows, columns = _likeness(picture, rows, columns)
    kept: list[int] = []
    for k in np.argsort(-likeness, kind="stable"):
        apart = [max(abs(rows[k] - rows[j]), abs(columns[k] - columns[j])) for j in kept]
        if likeness[k] >= LIKE and min(apart, default=RADIUS) > RADIUS // 2:
            kept.append(int(k))
    top, left = place[0].start, place[1].start
    return tuple(sorted((int(rows[k]) + top, int(columns[k]) + left) for k in kept))


def _around(region: BoolArray, margin: int) -> tuple[slice, slice]:
    """The box around a region with a margin, as far as the picture goes."""
    box = ndimage.find_objects(region.astype(np.int8))[0]
    rows, columns = (slice(max(side.start - margin, 0), side.stop + margin) for side in box)
    return rows, columns


def _above_diagonals(picture: FloatArray) -> FloatArray:
    """How far a pixel stands above all four that lie three rows and three columns away."""
    above = np.zeros_like(picture)
    four = (picture[:-6, :-6], picture[:-6, 6:], picture[6:, :-6], picture[6:, 6:])
    above[3:-3, 3:-3] = picture[3:-3, 3:-3] - np.maximum.reduce(four)
    return above


def _near(region: BoolArray, candidates: BoolArray) -> BoolArray:
    """The candidates at most so many steps from the outline."""
    if not candidates.any():
        return candidates
    inside = ndimage.distance_transform_cdt(np.pad(region, 1), "taxicab")[1:-1, 1:-1]
    outside = ndimage.distance_transform_cdt(~region, "taxicab")
    return np.asarray(candidates & (inside <= REACH) & (outside <= REACH))


def _likeness(
    picture: FloatArray, rows: np.ndarray, columns: np.ndarray
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """The largest correlation of each spot, or a neighbour of it, with a plus sign, and where."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(picture, RADIUS + 1, mode="edge"), (2 * RADIUS + 1,) * 2
    )
    shifts = np.array([(dy, dx) for dy in range(3) for dx in range(3)])
    patches = windows[rows[:, None] + shifts[:, 0], columns[:, None] + shifts[:, 1]]
    patches = patches.reshape(rows.size, len(shifts), -1)
    signs, insides = _plus_signs()
    n = insides.sum(axis=0)
    spread = np.sqrt(np.maximum(patches**2 @ insides - (patches @ insides) ** 2 / n, 1e-18))
    found = np.where(spread / np.sqrt(n) > CONTRAST / 2, patches @ signs / spread, 0.0).max(axis=2)
    best = found.argmax(axis=1)
    moved = shifts[best] - 1
    return found.max(axis=1), rows + moved[:, 0], columns + moved[:, 1]


@lru_cache(maxsize=1)
def _plus_signs() -> tuple[FloatArray, FloatArray]:
    """Templates as columns, of mean 0 and norm 1, and where each of them is."""
    y, x = np.abs(np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1])
    signs, insides = [], []
    for arm, half in PLUS:
        inside = (x <= arm + 1) & (y <= arm + 1)
        plus = ((x <= half) & (y <= arm)) | ((y <= half) & (x <= arm))
        soft = ndimage.gaussian_filter(plus.astype(np.float64), 0.6)
        soft = np.where(inside, soft - soft[inside].mean(), 0.0)
        signs.append((soft / np.linalg.norm(soft)).ravel())
        insides.append(inside.ravel().astype(np.float64))
    return np.stack(signs, axis=1), np.stack(insides, axis=1)


def _text(scaled: FloatArray) -> tuple[tuple[slice, slice], ...]:
    """Lines of text: many steep edges side by side, with few above and below."""
    edges = np.abs(np.diff(scaled, axis=1))
    steep = edges > max(STEEP, GRAINY * float(np.median(edges[::4, ::4])))
    busy = np.flatnonzero(steep.sum(axis=1) >= LETTERS * CROWDED)
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
    crowded = ndimage.uniform_filter(edges, (5, LETTERS), mode="constant")
    beside = ndimage.uniform_filter(edges, (3, LETTERS), mode="constant")
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


def _lines(scaled: FloatArray, calipers: Sequence[tuple[int, int]]) -> int:
    """How many pairs of plus signs a dotted line joins: bright there, and not beside it."""
    if len(calipers) < 2:
        return 0
    top, left = np.maximum(np.min(calipers, axis=0) - RADIUS, 0)
    bottom, right = np.max(calipers, axis=0) + 1 + RADIUS
    bright = ndimage.maximum_filter(_hat(scaled[top:bottom, left:right]), 3) > 2 * CONTRAST
    count = 0
    for one, other in combinations(np.array(calipers) - (top, left), 2):
        length = int(np.abs(other - one).max())
        if length < 3 * RADIUS:
            continue
        aside = np.array((one[1] - other[1], other[0] - one[0])) * BESIDE / length
        along = np.linspace(RADIUS / length, 1 - RADIUS / length, length)[:, None]
        shares = []
        for shift in (0.0, -1.0, 1.0):
            places = np.rint(one + (other - one) * along + shift * aside).astype(int)
            rows, columns = np.clip(places, 0, np.array(bright.shape) - 1).T
            shares.append(float(bright[rows, columns].mean()))
        count += shares[0] > max(shares[1:]) + DOTTED
    return count


def _frame(values: FloatArray) -> float:
    """The share of the picture in outer rows and columns that hold its darkest value only."""
    filled = values > values.min()
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    within = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return 1 - float(within) / values.size
