"""Slips of the brush are named with how much they are, and mended only when asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radln.cohort.simulate import simulate_cohort
from radln.imaging.regions import REPAIRED, drawing_doubts, fills_box, repaired, stray_line
from tests.rows import each_row


def disc(radius, centre=(40, 50), shape=(80, 100)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(y - centre[0], x - centre[1]) <= radius


def with_pixels(region, value, *places):
    changed = region.copy()
    for place in places:
        changed[place] = value
    return changed


NODE = disc(20)
OPEN = NODE & ~disc(18)
OPEN[39:44, 60:] = False  # a gap of five rows on one side


@pytest.mark.parametrize(
    ("region", "found"),
    [
        (NODE, {}),
        (with_pixels(NODE, True, (2, 3)), {"islands": "1 pixel(s) in 1 part(s)"}),
        (with_pixels(NODE, True, (2, 3), (70, 90)), {"islands": "2 pixel(s) in 2 part(s)"}),
        (NODE | disc(10, (40, 85)), {"several_parts": "2 parts"}),
        (NODE & ~disc(4), {"holes": "49 pixel(s)"}),
        (with_pixels(NODE, False, (40, 50)), {}),  # one pixel of 1,257
        (NODE & ~disc(18), {"rim_only": "248 pixel(s) around 1009"}),
        (~NODE, {"inverted": "84% of the image"}),
        (OPEN, {"rim_only": "238 pixel(s), an outline with a gap around 1009"}),
        (disc(3), {}),
        (np.abs(np.subtract.outer(np.arange(80), np.arange(100))) < 2, {}),
    ],
    ids=[
        "clean",
        "stray",
        "strays",
        "parts",
        "hole",
        "dot",
        "rim",
        "inverted",
        "gap",
        "small",
        "line",
    ],
)
def test_doubts(region, found):
    assert dict(drawing_doubts(region)) == found


def test_diagonal_pixels_are_one_part():
    region = np.zeros((40, 40), bool)
    region[np.arange(5, 30), np.arange(5, 30)] = True
    assert "islands" not in dict(drawing_doubts(region))


def test_volumes():
    volume = np.stack([NODE] * 4)
    assert dict(drawing_doubts(volume)) == {}
    volume[0, 2, 2] = True
    assert dict(drawing_doubts(volume)) == {"islands": "1 pixel(s) in 1 part(s)"}
    np.testing.assert_array_equal(repaired(volume, "largest")[0], np.stack([NODE] * 4))


def test_repair_is_the_clean_twin():
    spoilt = with_pixels(NODE & ~disc(4), True, (2, 3))
    mended, said = repaired(spoilt, "all")
    np.testing.assert_array_equal(mended, NODE)
    assert said == f"{REPAIRED}1 pixel(s) apart left out, 49 in holes filled"
    np.testing.assert_array_equal(repaired(spoilt, "fill")[0], with_pixels(NODE, True, (2, 3)))
    np.testing.assert_array_equal(repaired(spoilt, "largest")[0], NODE & ~disc(4))
    np.testing.assert_array_equal(repaired(NODE & ~disc(18), "fill")[0], NODE)


regions = arrays(bool, (9, 11)).filter(np.any)


@given(regions, st.sampled_from(["none", "fill", "largest", "all"]))
def test_repair_changes_nothing_twice_and_says_when_it_changes(region, how):
    mended, said = repaired(region, how)
    assert (said != "") == bool((mended != region).any())
    again, nothing = repaired(mended, how)
    assert nothing == ""
    np.testing.assert_array_equal(again, mended)
    if how == "none":
        np.testing.assert_array_equal(mended, region)


def star(spikes, length=14, width=1):
    """A node with spicules: lines to all sides that leave it."""
    y, x = np.mgrid[:80, :100] - np.array([40, 50])[:, None, None]
    region = np.hypot(y, x) <= 20
    for k in range(spikes):
        angle = 2 * np.pi * (k + 0.3) / spikes
        along, aside = x * np.cos(angle) + y * np.sin(angle), x * np.sin(angle) - y * np.cos(angle)
        region |= (along > 0) & (along < 20 + length) & (np.abs(aside) <= width / 2 + 0.2)
    return region


@each_row("length", [9, 12, 15])
@each_row("angle", range(0, 360, 30))
def test_a_thin_line_that_leaves_the_node_is_found(length, angle):
    region = NODE.copy()
    for step in np.arange(0, 21 + length, 0.5):
        y, x = 40 + step * np.sin(np.radians(angle)), 50 + step * np.cos(np.radians(angle))
        region[round(y), round(x)] = True
    line = stray_line(region)
    assert line is not None
    assert (line & ~region).sum() == 0
    assert (line & NODE).sum() <= 6
    assert line.sum() >= (region & ~NODE).sum() - 4


@pytest.mark.parametrize(
    "region",
    [
        NODE,
        NODE | disc(10, (40, 72)),  # lobulated
        NODE & ~disc(4),
        with_pixels(NODE, True, *[(40, 70 + k) for k in range(4)]),
        NODE | disc(4, (12, 12)),  # an island, said elsewhere
        OPEN,
        star(7),
        star(5, 10, 3),
        star(1, 10, 5),
        np.abs(np.subtract.outer(np.arange(80), np.arange(100))) < 2,
    ],
)
def test_other_regions_have_no_stray_line(region):
    assert stray_line(region) is None


def test_simulated_nodes_have_no_stray_line_and_are_no_boxes():
    for _, _, region in simulate_cohort(60, seed=3).images():
        assert stray_line(region) is None
        assert not fills_box(region)


@given(regions)
def test_any_region_has_an_answer(region):
    line = stray_line(region)
    assert line is None or (line.any() and not (line & ~region).any())
    assert isinstance(fills_box(region), bool)


def test_boxes_and_outlines():
    box = np.zeros((80, 100), bool)
    box[20:50, 30:70] = True
    assert fills_box(box)
    assert fills_box(with_pixels(box, False, (20, 30)))
    assert not fills_box(NODE)
    assert not fills_box(np.hypot(*np.mgrid[-20:21, -30:31]) <= 33)
