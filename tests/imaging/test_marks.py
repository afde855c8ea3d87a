"""What was drawn into a picture is told from speckle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from radln.cohort.simulate import simulate_cohort
from radln.imaging.marks import find_marks
from tests.rows import each_row

SHAPE = (200, 260)


def speckle(seed=0, grain=1.2):
    """Grey values as of an ultrasound picture: Rayleigh amplitudes, log-compressed."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.standard_normal((2, *SHAPE)), (0, grain, grain))
    amplitude = np.hypot(*noise)
    return np.clip(80 + 25 * np.log(amplitude / amplitude.mean()), 0, 200)


def node():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot((y - 90) / 40, (x - 120) / 60) <= 1


def plus(picture, row, column, arm=5, half=0, grey=235):
    drawn = picture.copy()
    drawn[row - half : row + half + 1, column - arm : column + arm + 1] = grey
    drawn[row - arm : row + arm + 1, column - half : column + half + 1] = grey
    return drawn


def saltire(picture, row, column, arm=5, half=0, grey=235):
    """A cross on the diagonals: x."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    y, x = np.abs(y - row), np.abs(x - column)
    return np.where((np.abs(y - x) <= half) & (np.maximum(y, x) <= arm), grey, picture)


def written(picture, text, place, grey=230):
    image = Image.fromarray(picture.astype(np.uint8))
    ImageDraw.Draw(image).text(place, text, fill=grey)
    return np.asarray(image, dtype=np.float64)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("grain", [0.8, 1.2, 2.0])
def test_speckle_alone_carries_nothing(seed, grain):
    marks = find_marks(speckle(seed, grain), node())
    assert marks.lines == 0
    assert marks.text == ()
    assert marks.frame == 0
    assert marks.calipers == ()


@pytest.mark.parametrize("arm, half", [(3, 0), (5, 0), (5, 1), (7, 1)])
@pytest.mark.parametrize("place", [(90, 60), (90, 180), (50, 120), (130, 120)])
def test_a_plus_sign_at_the_outline_is_found(arm, half, place):
    marks = find_marks(plus(speckle(), *place, arm, half), node())
    assert len(marks.calipers) == 1
    assert np.abs(np.subtract(marks.calipers[0], place)).max() <= 1
    assert marks.pixels[place]


@each_row("arm, half", [(2, 0), (3, 0), (4, 0), (5, 0), (7, 0), (5, 1), (7, 1)])
@each_row("grey", [255, 235, 200])
@each_row("place", [(90, 60), (90, 180), (50, 120), (130, 120)])
def test_an_x_at_the_outline_is_found(arm, half, grey, place):
    marks = find_marks(saltire(speckle(), *place, arm, half, grey), node())
    assert len(marks.calipers) == 1
    assert np.abs(np.subtract(marks.calipers[0], place)).max() <= 1
    assert marks.pixels[place]


@pytest.mark.parametrize("draw", [plus, saltire])
@pytest.mark.parametrize("larger", [1.3, 1.7])
@pytest.mark.parametrize("half", [0, 1])
def test_a_cross_is_found_in_an_enlarged_picture(draw, larger, half):
    """On the screen of a workstation pictures are enlarged, and strokes lose their one grey."""
    picture = Image.fromarray(draw(speckle(), 90, 60, 5, half).astype(np.uint8))
    size = (round(260 * larger), round(200 * larger))
    region = np.asarray(Image.fromarray(node()).resize(size, Image.Resampling.NEAREST))
    marks = find_marks(np.asarray(picture.resize(size), dtype=np.float64), region)
    assert len(marks.calipers) == 1
    assert np.abs(np.subtract(marks.calipers[0], (90 * larger, 60 * larger))).max() <= 2


@pytest.mark.parametrize("draw", [plus, saltire])
def test_most_crosses_on_simulated_pictures_are_found(draw):
    """Their speckle is as bright as a cross in places."""
    found = []
    for _, image, region in simulate_cohort(20, seed=6).images():
        row = int(np.flatnonzero(region.any(axis=1)).mean())
        column = int(np.flatnonzero(region[row])[0])
        marks = find_marks(draw(image.astype(float), row, column, 4, 0, 255), region)
        found.append(any(np.hypot(y - row, x - column) < 3 for y, x in marks.calipers))
    assert np.mean(found) > 0.9


@pytest.mark.parametrize("draw", [plus, saltire])
def test_a_cross_far_from_the_node_does_not_count(draw):
    assert find_marks(draw(speckle(), 180, 240), node()).calipers == ()


@pytest.mark.parametrize("draw", [plus, saltire])
@pytest.mark.parametrize("step", [2, 3])
@pytest.mark.parametrize("turn", [0, 0.5, -0.9, np.pi / 2])
def test_a_dotted_line_between_two_crosses(draw, step, turn):
    clean = speckle()
    away = np.array([40 * np.sin(turn), 60 * np.cos(turn)])  # from the middle to the outline
    one, other = (np.rint([90, 120] + side * away).astype(int) for side in (-1, 1))
    picture = draw(draw(clean, *one), *other)
    assert find_marks(picture, node()).lines == 0
    dots = int(np.abs(other - one).max() / step)
    rows, columns = np.rint(np.linspace(one, other, dots + 1)).astype(int).T
    picture[rows, columns] = 235
    marks = find_marks(picture, node())
    assert marks.lines == 1
    assert marks.pixels[picture > clean + 45].mean() > 0.8


@pytest.mark.parametrize("text", ["LEFT AXILLA", "Mueller, Anna", "12.4 mm 8.1 mm"])
@pytest.mark.parametrize("place", [(30, 170), (100, 10)])
def test_text_is_found_where_it_is(text, place):
    marks = find_marks(written(speckle(), text, place), node())
    assert marks.text
    rows = [box[0] for box in marks.text]
    columns = [box[1] for box in marks.text]
    assert place[1] - 10 <= min(r.start for r in rows) and max(r.stop for r in rows) < place[1] + 24
    assert min(c.start for c in columns) >= place[0] - 14


@pytest.mark.parametrize("text", ["LEFT AXILLA 12.4 mm"])
def test_the_pixels_of_text_are_most_of_its_strokes(text):
    clean = speckle()
    drawn = written(clean, text, (30, 170))
    strokes = drawn > clean + 60
    assert find_marks(drawn, node()).pixels[strokes].mean() > 0.8


def test_an_empty_frame_has_its_share():
    picture = speckle() + 1
    picture[:, :26] = 0
    assert find_marks(picture, node()).frame == pytest.approx(0.1)


def test_grey_scale_and_offset_change_nothing():
    picture = written(plus(speckle(), 90, 60), "LEFT AXILLA", (30, 170))
    marks, other = find_marks(picture, node()), find_marks(picture * 7.5 - 300, node())
    assert marks.calipers == other.calipers
    assert marks.text == other.text


def test_volumes_constants_and_small_pictures_have_none():
    assert find_marks(np.zeros(SHAPE), node()).calipers == ()
    assert find_marks(np.zeros((3, *SHAPE)), np.stack([node()] * 3)).text == ()
    assert find_marks(np.eye(9), np.eye(9) > 0).calipers == ()


def test_simulated_cohorts_tell_which_images_have_them():
    cohort = simulate_cohort(40, seed=5)
    found = [
        (bool(mark), find_marks(image.astype(float), region))
        for mark, (_, image, region) in zip(cohort.truth["calipers"], cohort.images(), strict=True)
    ]
    truth = np.array([mark for mark, _ in found])
    seen = np.array([bool(marks.calipers) for _, marks in found])
    assert truth.sum() >= 4
    assert seen[truth].mean() > 0.7
    assert seen[~truth].mean() < 0.05
    assert np.mean([bool(marks.text) for _, marks in found]) < 0.05


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.integers(0, 10**6),
    st.sampled_from([2, 3, 256]),
)
def test_any_picture_has_an_answer(shape, seed, levels):
    rng = np.random.default_rng(seed)
    picture = np.floor(rng.random(shape) ** rng.integers(1, 30) * levels)
    region = rng.random(shape) < rng.random()
    region.flat[rng.integers(region.size)] = True
    marks = find_marks(picture, region)
    assert marks.pixels.shape == shape
    assert 0 <= marks.frame < 1
    assert all(0 <= row < shape[0] and 0 <= column < shape[1] for row, column in marks.calipers)


def test_a_node_as_small_as_a_sign_is_none():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    distance = np.hypot(y - 90, x - 120)
    picture = speckle() + 150 * np.exp(-((distance / 3) ** 2))
    assert find_marks(picture, distance < 5).calipers == ()


def test_plus_signs_alone_are_joined_by_no_line():
    cohort = simulate_cohort(40, seed=5)
    assert not any(find_marks(image.astype(float), region).lines
                   for _, image, region in cohort.images())  # fmt: skip
