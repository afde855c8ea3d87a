"""Slips of the brush are named with how much they are, and mended only when asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radln.imaging.regions import REPAIRED, drawing_doubts, repaired


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
