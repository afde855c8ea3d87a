"""Kernels of the outline beside scipy's distances and hulls, and beside counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from radln.features._outline import axes, distances, hull_pixels, smoothed

STEPS = st.sampled_from([(1.0, 1.0), (0.1, 0.1), (0.07, 3.3), (2.0, 0.25)])


def blob(seed: int) -> np.ndarray:
    """One or several parts with holes, any size, touching the edge or not."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 40, 2)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), rng.uniform(0.3, 4))
    region = smooth > np.quantile(smooth, rng.uniform(0, 0.98))
    region.flat[rng.integers(region.size)] = True
    return region


@given(st.integers(0, 10**6), STEPS)
def test_distances_are_scipys(seed, step):
    target = blob(seed)
    expected = ndimage.distance_transform_edt(~target, sampling=step)
    np.testing.assert_allclose(distances(target, *step), expected, rtol=1e-14, atol=0)


def test_no_target_is_infinitely_far():
    assert np.isposinf(distances(np.zeros((3, 4), dtype=bool), 1.0, 2.0)).all()


@given(st.integers(0, 10**6), STEPS)
def test_axes_are_those_of_all_pairs_of_outline_points(seed, step):
    region = blob(seed)
    half = np.array([(0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)])
    points = ((np.argwhere(region)[:, None, :] + half).reshape(-1, 2)) * step
    points = points[ConvexHull(points).vertices]
    gaps = points[:, None, :] - points[None, :, :]
    lengths = np.hypot(gaps[..., 0], gaps[..., 1])
    longest = lengths.max()
    widths = [
        float(np.ptp(points @ np.array([-gap[1], gap[0]]))) / longest
        for gap in gaps[lengths > longest * (1 - 1e-12)]
    ]
    long_axis, short_axis = axes(region, *step)
    assert long_axis == pytest.approx(longest, rel=1e-13)
    assert short_axis == pytest.approx(max(widths), rel=1e-11)


@given(st.integers(0, 10**6))
def test_hull_holds_the_pixels_between_its_edges(seed):
    region = blob(seed)
    centres = np.argwhere(region).astype(float)
    try:
        edges = ConvexHull(centres).equations
    except (QhullError, ValueError):  # all pixels on one line: those between its ends
        between = math.gcd(*(centres[-1] - centres[0]).astype(int))
        assert hull_pixels(region) == between + 1
        return
    every = np.argwhere(np.ones_like(region)).astype(float)
    inside = (every @ edges[:, :2].T + edges[:, 2] <= 1e-9).all(axis=1)
    assert hull_pixels(region) == inside.sum()


@pytest.mark.parametrize(
    ("rows", "hull"),
    [
        (["#..#"], 4),
        (["#...", "....", "...#"], 2),
        (["#..", ".#.", "..#"], 3),
        (["#.#", "...", "#.#"], 9),
        ([".#.", "#.#", ".#."], 5),
    ],
)
def test_hull_by_hand(rows, hull):
    region = np.array([[mark == "#" for mark in row] for row in rows])
    assert hull_pixels(region) == hull
    assert hull_pixels(np.ascontiguousarray(region.T)) == hull


@pytest.mark.parametrize("seed", [30, 60, 90])
def test_turning_and_mirroring_change_no_axis(seed):
    """Also where several pairs of points are equally far apart, as in the first of these."""
    region = blob(seed)
    found = {
        tuple(np.round(axes(np.ascontiguousarray(np.rot90(one, k)), 0.1, 0.1), 12))
        for k in range(4)
        for one in (region, region.T)
    }
    assert len(found) == 1


@pytest.mark.parametrize("shape", [(5, 7), (3, 3), (1, 30), (40, 61)])
def test_smoothing_is_scipys(shape):
    values = np.random.default_rng(0).normal(size=shape) * 100
    weights = np.exp(-(np.arange(-4, 5) ** 2) / 2)
    expected = ndimage.gaussian_filter(values, 1.0, mode="reflect", truncate=4.0)
    np.testing.assert_allclose(smoothed(values, weights / weights.sum()), expected, atol=1e-10)
