"""Texture counted by hand on small regions, and what must not change it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radln.errors import InputError
from radln.features.radiomics.native.counts import (
    count_neighbourhoods,
    count_pairs_and_runs,
    find_zones,
)
from radln.features.radiomics.native.grid import Grid, weights_of
from radln.features.radiomics.native.levels import bin_edges
from radln.features.radiomics.native.texture import Levels, Texture
from radln.features.radiomics.settings import RadiomicsSettings

CLASSES = ("glcm", "gldm", "glrlm", "glszm", "ngtdm")


def levels_of(array: np.ndarray) -> tuple[Grid, Levels]:
    """Whole numbers from 1 as grey levels; 0 is outside."""
    array = np.asarray(array)
    grid = Grid(array > 0)
    edges = np.arange(0.5, array.max() + 1)
    return grid, Levels.of(array[array > 0].astype(float), edges, grid)


def steps_of(ndim: int) -> list[tuple[int, ...]]:
    return [step for step in itertools.product((1, 0, -1), repeat=ndim) if step > (0,) * ndim]


def at(array: np.ndarray, place: tuple[int, ...]) -> int:
    inside = all(0 <= p < n for p, n in zip(place, array.shape, strict=True))
    return int(array[place]) if inside else 0


def shifted(place, step, times=1):
    return tuple(p + times * s for p, s in zip(place, step, strict=True))


def pairs_by_hand(array: np.ndarray, step: tuple[int, ...]) -> np.ndarray:
    top = int(array.max()) + 1
    found = np.zeros((top, top), int)
    for place in np.ndindex(array.shape):
        here, there = at(array, place), at(array, shifted(place, step))
        if here and there:
            found[here, there] += 1
    return found


def runs_by_hand(array: np.ndarray, step: tuple[int, ...]) -> np.ndarray:
    """Runs of level a and exactly length r."""
    found = np.zeros((int(array.max()) + 1, max(array.shape) + 1), int)
    for place in np.ndindex(array.shape):
        level = at(array, place)
        if level and at(array, shifted(place, step, -1)) != level:
            length = 1
            while at(array, shifted(place, step, length)) == level:
                length += 1
            found[level, length] += 1
    return found


def zones_by_hand(array: np.ndarray) -> list[tuple[int, int]]:
    from scipy import ndimage

    found = []
    for level in range(1, int(array.max()) + 1):
        parts, n = ndimage.label(array == level, np.ones((3,) * array.ndim))
        found += [(level, int((parts == k).sum())) for k in range(1, n + 1)]
    return sorted(found)


arrays = st.integers(2, 3).flatmap(
    lambda ndim: st.tuples(*[st.integers(1, 6)] * ndim).flatmap(
        lambda shape: st.lists(
            st.integers(0, 3), min_size=math.prod(shape), max_size=math.prod(shape)
        ).map(lambda flat: np.array(flat).reshape(shape))
    )
)


@settings(max_examples=150, derandomize=True)
@given(arrays.filter(lambda array: array.any()))
def test_counts_are_those_made_by_hand(array):
    grid, levels = levels_of(array)
    steps = steps_of(array.ndim)
    top = levels.highest + 1
    flat_steps = grid.steps(np.array(steps))
    pairs = np.zeros((len(steps), top, top), np.uint32)
    runs = np.zeros((len(steps), top, max(array.shape) + 2), np.uint32)
    count_pairs_and_runs(levels.flat, grid.index, flat_steps, pairs, runs)
    for d, step in enumerate(steps):
        np.testing.assert_array_equal(pairs[d, 1:, 1:], pairs_by_hand(array, step)[1:, 1:])
        exactly = runs[d, :, 1:-1].astype(int) - runs[d, :, 2:]
        np.testing.assert_array_equal(exactly[1:], runs_by_hand(array, step)[1:, 1:])
    zones = np.empty((2, grid.index.size), np.int64)
    n = find_zones(levels.flat, grid.index, *grid.joins(), zones)
    assert sorted(map(tuple, zones[:, :n].T.tolist())) == zones_by_hand(array)


@settings(max_examples=100, derandomize=True)
@given(arrays.filter(lambda array: array.any()), st.integers(0, 2))
def test_neighbourhoods_are_those_made_by_hand(array, alpha):
    grid, levels = levels_of(array)
    steps = steps_of(array.ndim)
    steps += [tuple(-s for s in step) for step in steps]
    alike = np.zeros((levels.highest + 1, len(steps) + 1), np.uint32)
    difference = np.zeros(levels.highest + 1)
    first, last = int(grid.index[0]), int(grid.index[-1]) + 1
    flat_steps = grid.steps(np.array(steps))
    count_neighbourhoods(levels.flat, first, last, flat_steps, alpha, alike, difference)
    expected, gaps = np.zeros_like(alike), np.zeros_like(difference)
    for place in np.ndindex(array.shape):
        level = at(array, place)
        around = [at(array, shifted(place, step)) for step in steps]
        seen = [other for other in around if other]
        if level:
            expected[level, sum(abs(other - level) <= alpha for other in seen)] += 1
            gaps[level] += abs(level - np.mean(seen)) if seen else 0.0
    np.testing.assert_array_equal(alike, expected)
    np.testing.assert_allclose(difference, gaps, atol=1e-12)


def test_long_rows_cross_the_stretches_in_which_neighbours_are_summed():
    array = np.tile([1, 2, 2, 3], (3, 400))
    texture = Texture(Grid(array > 0), (1.0, 1.0), RadiomicsSettings(bin_width=1))
    found = texture.features(texture.levels(array.ravel().astype(float)), CLASSES)
    # along a row of 1 2 2 3 the runs are 1, 2, 1; up and slanting ones by hand above
    assert found["gldm"]["DependenceEntropy"] > 0
    by_rows = Texture(Grid((array > 0).T), (1.0, 1.0), RadiomicsSettings(bin_width=1))
    turned = by_rows.features(by_rows.levels(array.T.ravel().astype(float)), CLASSES)
    for kind in CLASSES:
        for name, value in found[kind].items():
            assert turned[kind][name] == pytest.approx(value, rel=1e-9, nan_ok=True), (kind, name)


@pytest.mark.parametrize("shape", [(7, 30, 40), (3, 1700), (60, 70)])
def test_zones_cross_the_stretches_in_which_neighbours_are_compared(shape):
    rng = np.random.default_rng(1)
    array = rng.integers(0, 3, shape)
    array.reshape(-1)[900:2300] = 0  # a gap longer than a stretch
    grid, levels = levels_of(array)
    zones = np.empty((2, grid.index.size), np.int64)
    n = find_zones(levels.flat, grid.index, *grid.joins(), zones)
    assert sorted(map(tuple, zones[:, :n].T.tolist())) == zones_by_hand(array)


@settings(max_examples=60, derandomize=True)
@given(arrays.filter(lambda array: (array > 0).sum() > 3), st.data())
def test_mirrors_and_turns_change_nothing(array, data):
    axes = tuple(data.draw(st.permutations(range(array.ndim))))
    flips = tuple(axis for axis in range(array.ndim) if data.draw(st.booleans()))
    texture = RadiomicsSettings(bin_width=1)

    def measured(values):
        whole = Texture(Grid(values > 0), (1.0,) * values.ndim, texture)
        return whole.features(whole.levels(values[values > 0].astype(float)), CLASSES)

    one, other = measured(array), measured(np.flip(array.transpose(axes), flips).copy())
    for kind in CLASSES:
        for name in one[kind]:
            if name in ("MCC", "Imc1", "Imc2", "Correlation"):
                continue  # on a few voxels, the last bit decides (see the parity tests)
            assert other[kind][name] == pytest.approx(
                one[kind][name], rel=1e-9, abs=1e-12, nan_ok=True
            ), (kind, name)


def test_one_level_has_the_values_that_pyradiomics_gives_it():
    texture = Texture(Grid(np.ones((4, 5), bool)), (1.0, 1.0), RadiomicsSettings())
    found = texture.features(texture.levels(np.full(20, 7.0)), CLASSES)
    assert found["glcm"]["MCC"] == found["glcm"]["Correlation"] == 1
    assert found["glcm"]["Imc1"] == found["glcm"]["Imc2"] == 0
    assert found["ngtdm"]["Coarseness"] == 1e6
    assert found["glszm"]["ZonePercentage"] == 1 / 20


def test_one_voxel_has_no_texture():
    texture = Texture(Grid(np.ones((1, 1), bool)), (1.0, 1.0), RadiomicsSettings())
    found = texture.features(texture.levels(np.array([7.0])), CLASSES)
    assert np.isnan([value for kind in CLASSES for value in found[kind].values()]).all()


@settings(max_examples=200, derandomize=True)
@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=40),
    st.one_of(st.integers(2, 64), st.floats(0.5, 500)),
    st.sampled_from([np.float32, np.float64]),
)
def test_levels_are_those_of_digitize(values, bins, dtype):
    array = np.array(values, dtype=dtype)
    chosen = (
        RadiomicsSettings(bin_count=bins)
        if isinstance(bins, int)
        else RadiomicsSettings(bin_width=bins)
    )
    try:
        edges = bin_edges(array, chosen)
    except InputError as error:
        assert "grey levels" in str(error)
        return
    texture = Texture(Grid(np.ones((1, array.size), bool)), (1.0, 1.0), chosen)
    levels = texture.levels(array)
    found = levels.flat[texture._grid.index]
    if edges is None:
        assert set(found) == {1}
        return
    if chosen.bin_count is not None:
        edges[-1] += 1
    np.testing.assert_array_equal(found, np.digitize(array, edges))
    np.testing.assert_array_equal(levels.counts, np.unique(found, return_counts=True)[1])


def test_too_narrow_bins_are_refused():
    with pytest.raises(InputError, match="2000 grey levels"):
        bin_edges(np.array([0.0, 20.0]), RadiomicsSettings(bin_width=0.01))


def test_values_that_are_no_numbers_are_refused():
    for wrong in (np.nan, np.inf):
        with pytest.raises(InputError, match="no numbers"):
            bin_edges(np.array([0.0, wrong, 3.0]), RadiomicsSettings())


def test_directions_stop_at_the_box_and_at_the_flat_axis():
    assert len(Grid(np.ones((5, 5, 5), bool)).directions((1,))) == 13
    assert len(Grid(np.ones((5, 5, 5), bool)).directions((1, 2))) == 62
    assert len(Grid(np.ones((5, 5, 5), bool), (1,), 0).directions((1,))) == 4
    assert len(Grid(np.ones((1, 5, 5), bool)).directions((1,))) == 4
    assert len(Grid(np.ones((1, 1), bool)).directions((1,))) == 0


def test_lines_that_meet_two_voxels_across_a_gap():
    gap = np.zeros((1, 4), bool)
    gap[0, [0, 3]] = True
    assert Grid(gap).meets(np.array([0, 1]))
    corners = np.eye(3, dtype=bool)[[0, 2]]
    assert not Grid(corners).meets(np.array([0, 1]))


def test_weights_fall_with_distance():
    steps = np.array([[0, 1], [1, 1]])
    for norm, lengths in {
        "manhattan": (2, 5),
        "infinity": (2, 3),
        "euclidean": (2, 13**0.5),
    }.items():
        np.testing.assert_allclose(weights_of(steps, (3.0, 2.0), norm, decaying=False), lengths)
        np.testing.assert_allclose(
            weights_of(steps, (3.0, 2.0), norm, decaying=True), np.exp(-np.square(lengths))
        )
    assert weights_of(steps, (3.0, 2.0), "no_weighting", decaying=True).tolist() == [1, 1]
