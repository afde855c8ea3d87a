"""Descriptors on shapes whose size is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import ndimage

from radln.errors import EmptyMaskError, InputError
from radln.features.nodes import NodeSettings, node_descriptors, node_unit

NAMES = (
    "node_area_mm2",
    "node_long_axis_mm",
    "node_short_axis_mm",
    "node_long_short_ratio",
    "node_roundness",
    "node_contour_irregularity",
    "node_border_sharpness",
    "node_echogenicity_ratio",
    "node_echogenicity_difference",
    "node_homogeneity",
)


def ellipse(a: float, b: float, angle: float = 0.0, size: int = 160, step=(1.0, 1.0)):
    """Half axes in mm, the long one at ``angle`` to the rows."""
    y, x = np.meshgrid(*(np.arange(size) * s for s in step), indexing="ij")
    y, x = y - y.max() / 2, x - x.max() / 2
    u, v = (
        x * math.cos(angle) + y * math.sin(angle),
        y * math.cos(angle) - x * math.sin(angle),
    )
    return (u / a) ** 2 + (v / b) ** 2 <= 1


def describe(region, image=None, step=(1.0, 1.0), **more):
    image = np.where(region, 40.0, 120.0) if image is None else image
    return node_descriptors(image, region, step, **more)


@pytest.mark.parametrize("radius", [10.3, 25.0, 60.7])
def test_disc(radius):
    found = describe(ellipse(radius, radius))
    assert tuple(found) == NAMES
    assert found["node_area_mm2"] == pytest.approx(math.pi * radius**2, rel=0.02)
    assert found["node_long_axis_mm"] == pytest.approx(2 * radius, abs=1.3)
    assert found["node_long_short_ratio"] == pytest.approx(1, abs=0.05)
    assert found["node_roundness"] == pytest.approx(1, abs=0.04)
    assert found["node_contour_irregularity"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("angle", np.linspace(0, math.pi, 9)[:-1])
def test_rotated_ellipse(angle):
    found = describe(ellipse(50, 20, angle))
    assert found["node_long_axis_mm"] == pytest.approx(100, abs=1.5)
    assert found["node_short_axis_mm"] == pytest.approx(40, abs=3)
    assert found["node_long_short_ratio"] == pytest.approx(2.5, rel=0.06)
    h = ((50 - 20) / (50 + 20)) ** 2  # Ramanujan's perimeter
    around = math.pi * 70 * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))
    assert found["node_roundness"] == pytest.approx(4 * math.pi * 1000 * math.pi / around**2, 0.04)


def test_rectangle():
    region = np.zeros((60, 90), bool)
    region[10:30, 20:70] = True
    found = describe(region)
    assert found["node_area_mm2"] == 1000
    assert found["node_long_axis_mm"] == pytest.approx(math.hypot(20, 50), abs=1)
    assert found["node_contour_irregularity"] == 0
    assert found["node_homogeneity"] == 1


def test_anisotropic_pixels_give_the_same_millimetres():
    step = (0.05, 0.12)
    found = describe(ellipse(3.0, 2.0, 0.6, size=170, step=step), step=step)
    assert found["node_area_mm2"] == pytest.approx(6 * math.pi, rel=0.02)
    assert found["node_long_axis_mm"] == pytest.approx(6, abs=0.13)
    assert found["node_short_axis_mm"] == pytest.approx(4, abs=0.2)
    disc = describe(ellipse(3.0, 3.0, size=170, step=step), step=step)
    assert disc["node_roundness"] == pytest.approx(1, abs=0.05)


def test_scaling_the_pixel_scales_lengths_only():
    region = ellipse(31, 17, 0.4)
    one, two = describe(region), describe(region, step=(2.0, 2.0))
    for name in NAMES:
        power = {"node_area_mm2": 2, "node_long_axis_mm": 1, "node_short_axis_mm": 1}.get(name, 0)
        power = -1 if name == "node_border_sharpness" else power
        assert two[name] == pytest.approx(one[name] * 2.0**power, rel=1e-9), name


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), turns=st.integers(0, 3), mirror=st.booleans())
def test_turning_and_mirroring_change_nothing(seed, turns, mirror):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(50, 64)), 5)
    region = ellipse(22, 15, 0.5, size=64)[7:57] & (noise < np.quantile(noise, 0.8))
    image = 100 + 500 * noise
    turned = [np.rot90(a[:, ::-1] if mirror else a, turns).copy() for a in (image, region)]
    before, after = describe(region, image), describe(turned[1], turned[0])
    for name in NAMES:
        if "short" not in name:  # two equal longest diameters may have different widths
            assert after[name] == pytest.approx(before[name], rel=1e-9), name


def test_a_notch_makes_the_contour_irregular_and_less_round():
    smooth = ellipse(30, 30)
    notched = smooth.copy()
    notched[78:83, 60:200] = False
    before, after = describe(smooth), describe(notched)
    expected = 1 - notched.sum() / smooth.sum()
    assert after["node_contour_irregularity"] == pytest.approx(expected, abs=0.02)
    assert after["node_roundness"] < 0.7 * before["node_roundness"]


def test_blur_lowers_sharpness_and_gain_does_not_change_it():
    region = ellipse(30, 22, 0.3)
    image = np.where(region, 40.0, 120.0)
    values = [
        describe(region, ndimage.gaussian_filter(image, sigma))["node_border_sharpness"]
        for sigma in (0.1, 2.0, 5.0)
    ]
    assert values[0] > values[1] > values[2] > 0
    louder = describe(region, 3 * image + 20)["node_border_sharpness"]
    assert louder == pytest.approx(values[0], rel=0.01)


def test_sharpness_of_a_straight_ramp_is_its_slope():
    """Grey rises by 1 a pixel across a long straight border: slope / (P95 - P5)."""
    region = np.zeros((200, 80), bool)
    region[:, :40] = True
    image = np.tile(np.arange(80.0), (200, 1))
    found = describe(region, image, settings=NodeSettings(rim_fraction=0.1))
    rim = math.ceil(0.1 * 2 * math.sqrt(8000 / math.pi))
    spread = np.subtract(*np.percentile(np.tile(np.arange(40.0 + rim - 1), 200), [95, 5]))
    assert found["node_border_sharpness"] == pytest.approx(1 / spread, rel=0.06)


def sharpness_by_scipy(image, region, step) -> float:
    """The definition once more, by scipy's filters."""
    outside = ndimage.distance_transform_edt(~region, sampling=step)
    inside = ndimage.distance_transform_edt(np.pad(region, 1, mode="edge"), sampling=step)
    width = max(0.4 * math.sqrt(region.sum() * step[0] * step[1] / math.pi), 2 * max(step))
    near = (outside <= width + 1e-9) | region
    low, high = np.percentile(image[near], [5, 95])
    signed = ndimage.gaussian_filter(outside - inside[1:-1, 1:-1], 1.0)
    normal = np.stack(np.gradient(signed, *step))
    length = np.hypot(*normal)
    normal = np.where(length > 1e-6, normal / np.where(length > 1e-6, length, 1), 0)
    slope = np.stack(np.gradient(ndimage.gaussian_filter(image, 1.0), *step))
    border = (ndimage.binary_dilation(region) & ~region) | (
        ndimage.binary_dilation(~region) & region
    )
    return float(np.abs((normal * slope).sum(axis=0))[border].mean() / (high - low))


@given(st.integers(0, 10**6), st.sampled_from([(1.0, 1.0), (0.1, 0.1), (0.3, 0.1)]))
def test_sharpness_is_that_of_scipys_filters(seed, step):
    """Small images, where edges, ridges and ties of the rim's width matter."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=rng.integers(2, 30, 2)), rng.uniform(0.3, 3))
    region = smooth > np.quantile(smooth, rng.uniform(0.3, 0.95))
    image = rng.normal(100, 20, region.shape)
    found = describe(region, image, step)["node_border_sharpness"]
    assert found == pytest.approx(sharpness_by_scipy(image, region, step), rel=1e-7)


@pytest.mark.parametrize("column", [3, 11, 20])
def test_a_ridge_has_no_normal(column):
    """Along a line one pixel wide both sides are equally near, up to rounding."""
    region = np.zeros((2, 35), dtype=bool)
    region[:, column] = True
    image = np.random.default_rng(column).normal(100, 20, region.shape)
    found = describe(region, image, (0.1, 0.1))["node_border_sharpness"]
    assert found == pytest.approx(sharpness_by_scipy(image, region, (0.1, 0.1)), rel=1e-9)


def test_echo_against_the_rim():
    found = describe(ellipse(30, 30))
    assert found["node_echogenicity_ratio"] == pytest.approx(1 / 3)
    assert found["node_echogenicity_difference"] == pytest.approx(-80)
    region = ellipse(20, 20)
    far = np.where(ellipse(40, 40), 80.0, 5.0)
    assert describe(region, far)["node_echogenicity_ratio"] == 1
    striped = np.where(np.indices(region.shape)[0] % 2, 60.0, 20.0)
    assert describe(region, striped)["node_homogeneity"] == pytest.approx(1 / 1.5, rel=0.01)


def test_one_pixel_one_row_border_and_whole_image():
    pixel = np.zeros((30, 40), bool)
    pixel[12, 13] = True
    found = describe(pixel)
    assert found["node_area_mm2"] == 1 and found["node_long_axis_mm"] == 1
    assert found["node_long_short_ratio"] == 1
    row = np.zeros((30, 40), bool)
    row[12, 3:23] = True
    found = describe(row)
    assert found["node_long_axis_mm"] == pytest.approx(20)
    assert found["node_short_axis_mm"] == pytest.approx(1)
    corner = np.zeros((30, 40), bool)
    corner[:10, :10] = True
    assert all(np.isfinite(value) for value in describe(corner).values())
    whole = describe(np.ones((30, 40), bool))
    missing = {name for name, value in whole.items() if math.isnan(value)}
    assert missing == {
        "node_border_sharpness",
        "node_echogenicity_ratio",
        "node_echogenicity_difference",
    }
    black = describe(ellipse(9, 9), np.zeros((160, 160)))
    assert black["node_border_sharpness"] == 0
    assert math.isnan(black["node_homogeneity"])


def test_two_pieces_are_measured_together():
    region = np.zeros((30, 60), bool)
    region[10:20, 5:15] = region[10:20, 40:50] = True
    found = describe(region)
    assert found["node_long_axis_mm"] > 45
    assert found["node_contour_irregularity"] > 0.4


def test_a_volume_is_described_on_its_largest_slice():
    flat = ellipse(30, 18, 0.4, size=90)
    region = np.stack([ellipse(10, 9, size=90), flat, np.zeros_like(flat)])
    image = np.where(region, 40.0, 120.0)
    found = node_descriptors(image, region, (3.0, 0.2, 0.2))
    assert found == node_descriptors(image[1], flat, (0.2, 0.2))


def test_units_and_refusals():
    found = describe(ellipse(9, 9), unit="px")
    assert set(found) - set(NAMES) == {"node_area_px2", "node_long_axis_px", "node_short_axis_px"}
    units = {name: node_unit(name, "px") for name in found}
    assert units["node_area_px2"] == "px2" and units["node_long_axis_px"] == "px"
    assert units["node_border_sharpness"] == "1/px" and units["node_roundness"] == ""
    assert units["node_long_short_ratio"] == "" and units["node_homogeneity"] == ""
    with pytest.raises(EmptyMaskError):
        describe(np.zeros((9, 9), bool))
    with pytest.raises(InputError, match="dimensions"):
        node_descriptors(np.zeros((9, 9)), np.ones((9, 9), bool), (1.0, 1.0, 1.0))
    with pytest.raises(ValidationError):
        NodeSettings(rim_fraction=0)
