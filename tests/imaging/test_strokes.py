"""Lines, outlines, boxes and arrows are told from speckle, and left out where that is asked."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from radln.cohort.simulate import simulate_cohort
from radln.features.extract import extract_features
from radln.imaging.marks import find_marks
from radln.imaging.strokes import find_drawing
from tests.features.test_extract import FAST
from tests.imaging.test_marks import node, plus, speckle
from tests.rows import each_row

ANGLES = (0, 17, 45, 70, 90, 131)


def painted(draw, *, seed=0, grey=255, quality=None):
    """Speckle with something drawn on it by ``draw(pen, grey)``."""
    image = Image.fromarray(speckle(seed).astype(np.uint8))
    draw(ImageDraw.Draw(image), grey)
    if quality is not None:
        held = io.BytesIO()
        image.save(held, "JPEG", quality=quality)
        image = Image.open(held)
    return np.asarray(image, dtype=np.float64)


def ends(angle, length=100):
    """A line through the node's middle."""
    away = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]) * length / 2
    return tuple(map(float, (120 - away[0], 90 - away[1], 120 + away[0], 90 + away[1])))


def line(angle, width=1):
    return lambda pen, grey: pen.line(ends(angle), fill=grey, width=width)


def dots(angle, step):
    def draw(pen, grey):
        x, y, other_x, other_y = ends(angle)
        n = int(np.hypot(other_x - x, other_y - y) / step)
        for k in range(n + 1):
            pen.point((round(x + (other_x - x) * k / n), round(y + (other_y - y) * k / n)), grey)

    return draw


OUTLINES = {
    "closed": lambda pen, grey: pen.ellipse((57, 48, 183, 132), outline=grey),
    "open": lambda pen, grey: pen.arc((57, 48, 183, 132), 20, 290, fill=grey),
    "thick": lambda pen, grey: pen.ellipse((57, 48, 183, 132), outline=grey, width=3),
    "box": lambda pen, grey: pen.rectangle((50, 40, 190, 140), outline=grey),
    "angular": lambda pen, grey: pen.polygon(
        [(58, 90), (100, 45), (160, 60), (185, 95), (120, 135)], outline=grey
    ),
}
ARROWS = {
    "triangle": lambda pen, grey: pen.polygon([(58, 90), (46, 84), (46, 96)], fill=grey),
    "small": lambda pen, grey: pen.polygon([(58, 90), (51, 86), (51, 94)], fill=grey),
    "steep": lambda pen, grey: pen.polygon([(120, 48), (114, 36), (126, 36)], fill=grey),
    "shaft": lambda pen, grey: (
        pen.polygon([(58, 90), (48, 84), (48, 96)], fill=grey),
        pen.line((36, 90, 48, 90), fill=grey, width=2),
    ),
    "slanting": lambda pen, grey: pen.polygon([(80, 60), (66, 54), (74, 46)], fill=grey),
}


@each_row("angle", ANGLES)
@each_row("grey, width", [(255, 1), (230, 1), (255, 2), (230, 3)])
def test_a_straight_line_at_any_angle(angle, grey, width):
    clean, drawn = speckle(), painted(line(angle, width), grey=grey)
    marks = find_marks(drawn, node())
    assert marks.lines == 1
    assert marks.outlines == marks.arrows == 0
    assert marks.pixels[drawn > clean + 45].mean() > 0.9


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("step", [3, 4, 6])
def test_a_dotted_line_at_any_angle_without_calipers(angle, step):
    clean, drawn = speckle(), painted(dots(angle, step))
    marks = find_marks(drawn, node())
    assert marks.lines == 1
    assert marks.pixels[drawn > clean + 45].mean() > 0.7


@pytest.mark.parametrize("angle", [0, 30, 131])
@pytest.mark.parametrize("draw", [line, lambda angle: dots(angle, 3)], ids=["solid", "dotted"])
def test_a_line_between_calipers_counts_once(angle, draw):
    clean, drawn = speckle(), painted(draw(angle))
    x, y, other_x, other_y = map(round, ends(angle))
    drawn = plus(plus(drawn, y, x), other_y, other_x)
    marks = find_marks(drawn, node())
    assert marks.lines == 1
    assert marks.arrows == 0
    assert marks.pixels[drawn > clean + 45].mean() > 0.7


def dashes(angle, of, size=1):
    """Dashes (or square dots) of so many pixels, with gaps of four."""

    def draw(pen, grey):
        x, y, other_x, other_y = ends(angle)
        along = np.array([other_x - x, other_y - y]) / 100
        for start in range(0, 100, of + 4):
            one = np.rint(np.array([x, y]) + start * along).astype(int)
            if size > 1:
                pen.rectangle((*map(int, one), *map(int, one + size - 1)), fill=grey)
            else:
                other = np.rint(np.array([x, y]) + (start + of - 1) * along).astype(int)
                pen.line((*map(int, one), *map(int, other)), fill=grey)

    return draw


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("of, size", [(3, 1), (5, 1), (2, 2)])
def test_a_dashed_line_at_any_angle(angle, of, size):
    clean, drawn = speckle(), painted(dashes(angle, of, size))
    marks = find_marks(drawn, node())
    assert marks.lines == 1
    assert marks.pixels[drawn > clean + 45].mean() > 0.7


def test_a_short_line_and_a_hollow_arrow():
    marks = find_marks(painted(lambda pen, grey: pen.line((110, 85, 123, 92), fill=grey)), node())
    assert (marks.lines, marks.outlines, marks.arrows) == (1, 0, 0)
    head = [(58, 90), (44, 83), (44, 97)]
    marks = find_marks(painted(lambda pen, grey: pen.polygon(head, outline=grey)), node())
    assert (marks.lines, marks.outlines, marks.arrows) == (0, 0, 1)


@pytest.mark.parametrize("name", OUTLINES)
@pytest.mark.parametrize("grey", [255, 225])
def test_an_outline_or_a_box(name, grey):
    clean, drawn = speckle(), painted(OUTLINES[name], grey=grey)
    marks = find_marks(drawn, node())
    assert marks.outlines >= 1
    assert marks.arrows == 0
    assert marks.pixels[drawn > clean + 45].mean() > 0.9


@pytest.mark.parametrize("name", ARROWS)
@pytest.mark.parametrize("grey", [255, 225])
def test_an_arrow(name, grey):
    clean, drawn = speckle(), painted(ARROWS[name], grey=grey)
    marks = find_marks(drawn, node())
    assert (marks.arrows, marks.outlines) == (1, 0)
    assert marks.pixels[drawn > clean + 45].mean() > 0.7


@pytest.mark.parametrize("draw", [line(17), OUTLINES["closed"], OUTLINES["box"]])
def test_jpeg_hides_no_white_line(draw):
    marks = find_marks(painted(draw, quality=85), node())
    assert marks.lines + marks.outlines >= 1


@each_row("seed", range(6))
@each_row("grain", [0.6, 0.8, 1.2, 2.0, 3.0])
def test_speckle_alone_carries_no_drawing(seed, grain):
    for picture in (speckle(seed, grain), np.clip(3 * speckle(seed, grain) - 150, 0, 255)):
        marks = find_marks(np.rint(picture), node())
        assert (marks.lines, marks.outlines, marks.arrows) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_bright_layers_calcifications_and_enlarged_pixels_are_no_drawing(seed):
    """A blurred line and blurred spots (saturated too), white noise, pixels of 4 x 4."""
    rng = np.random.default_rng(seed)
    layer = np.zeros((200, 260))
    layer[60 + seed, 20:240] = layer[90, 100:104] = layer[80, 150:153] = 700
    blurred = speckle(seed) + ndimage.gaussian_filter(layer, 2.0)
    noise = 120 + 25 * rng.standard_normal((200, 260))
    for picture in (blurred, noise, np.kron(noise[:50, :65], np.ones((4, 4)))):
        marks = find_marks(np.clip(np.rint(picture), 0, 255), node())
        assert (marks.lines, marks.outlines, marks.arrows) == (0, 0, 0)


def test_simulated_pictures_carry_no_drawing():
    for _, image, region in simulate_cohort(40, seed=5).images():
        marks = find_marks(image.astype(float), region)
        assert (marks.lines, marks.outlines, marks.arrows) == (0, 0, 0)


def test_a_bright_even_node_is_not_taken_for_a_drawing():
    y, x = np.mgrid[:200, :260]
    small = np.hypot(y - 90, x - 120) < 9
    picture = np.where(small, 255, speckle())
    marks = find_marks(picture, small)
    assert (marks.lines, marks.outlines, marks.arrows) == (0, 0, 0)


@pytest.mark.parametrize("draw", [line(17), dots(40, 3), OUTLINES["angular"], ARROWS["slanting"]])
def test_what_was_drawn_is_left_out_when_asked(draw):
    clean, drawn = speckle(), painted(draw)
    region = ndimage.binary_dilation(node(), iterations=6)
    settings = FAST.model_copy(update={"ignore": "marks"})
    tables = [extract_features(drawn, region, held) for held in (FAST, settings)]
    maximum = "radiomics_original_firstorder_Maximum"
    spoilt, without = (table.values.loc["node", maximum] for table in tables)
    assert spoilt == 255
    assert without <= clean[region].max()
    assert "marks left out: " in tables[1].status.loc["node", "message"]


@given(st.integers(8, 40), st.integers(0, 10**6), st.sampled_from([2, 3, 256]))
def test_any_picture_has_an_answer(size, seed, levels):
    rng = np.random.default_rng(seed)
    picture = np.floor(rng.random((size + 8, size + 11)) ** rng.integers(1, 30) * levels)
    region = rng.random(picture.shape) < rng.random()
    region.flat[rng.integers(region.size)] = True
    marks = find_marks(picture, region)
    assert min(marks.lines, marks.outlines, marks.arrows) >= 0
    assert marks.pixels.shape == picture.shape


@pytest.mark.parametrize(("step", "size", "dash"), [(5, 1, 0), (6, 2, 0), (10, 2, 0), (0, 1, 5)])
@pytest.mark.parametrize("shape", [(80, 100, 22, 15), (300, 400, 65, 40)])
def test_a_dotted_ellipse_round_the_node(step, size, dash, shape):
    """The area tool of most machines: dots or dashes of one grey along the outline."""
    height, width, long, short = shape
    y, x = np.mgrid[:height, :width]
    node = np.hypot((x - width / 2) / long, (y - height / 2) / short) < 1
    grains = np.random.default_rng(4).rayleigh(60, (height, width))
    picture = np.clip(ndimage.gaussian_filter(grains, 0.8) * (1 - 0.4 * node) + 10, 0, 230)
    assert find_drawing(picture / 255, node, np.zeros_like(node)).outlines == 0
    edge = np.argwhere(node & ~ndimage.binary_erosion(node))
    away = edge - edge.mean(axis=0)
    edge = edge[np.argsort(np.arctan2(away[:, 0], away[:, 1]))]
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(edge, axis=0).T))]
    after = 0.0
    for (row, column), way in zip(edge, along, strict=True):
        if (dash and way % (2 * dash) < dash) or (step and way >= after):
            picture[row : row + size, column : column + size] = 255
            after = way + step
    assert find_drawing(picture / 255, node, np.zeros_like(node)).outlines >= 1
