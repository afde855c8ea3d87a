"""MCC and its parts beside all eigenvalues of the matrix that defines it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radln.features.radiomics.native._cooccurrence import (
    EPSILON,
    correlated,
    first_order_change,
    leading,
    probabilities,
)
from radln.features.radiomics.native.glcm import _largest_apart, glcm_features


def random_pairs(seed: int) -> np.ndarray:
    """Counts of a few to 10^8, in which rare levels feel the epsilon below fractions."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    pairs = np.zeros((int(rng.integers(1, 5)), k + 1, k + 1), dtype=np.uint32)
    pairs[:, 1:, 1:] = 10 ** rng.uniform(0, 8, (len(pairs), k, k)) * (
        rng.random((len(pairs), k, k)) < rng.uniform(0.3, 1)
    )
    pairs[:, 1, 1] += 10**8
    pairs[:, range(1, k + 1), range(1, k + 1)] += 2  # every level occurs along every direction
    return pairs


def by_definition(pairs: np.ndarray, symmetrical: bool) -> list[float]:
    """Along each direction: root of the second largest eigenvalue of Q."""
    p = pairs[:, 1:, 1:].astype(float)
    if symmetrical:
        p += p.transpose(0, 2, 1).copy()
    p /= p.sum(axis=(1, 2), keepdims=True)
    found = []
    for one in p:
        both = one.sum(axis=1)[:, None] * one.sum(axis=0)
        q = one / (both + EPSILON) @ one.T
        found.append(float(np.sqrt(np.sort(np.linalg.eigvals(q).real)[-2])))
    return found


@given(st.integers(0, 10**6), st.booleans())
def test_mcc_is_that_of_its_definition(seed, symmetrical):
    pairs = random_pairs(seed)
    found = glcm_features(pairs, np.arange(1, pairs.shape[1]), symmetrical=symmetrical)["MCC"]
    expected = by_definition(pairs, symmetrical)
    if min(expected) > 0.01:  # below, the last bits of a general solver decide
        assert found**2 == pytest.approx(np.mean(expected) ** 2, abs=1e-9)


def nearly_equal_pairs(seed: int) -> np.ndarray:
    """Two halves of some twenty levels, alike but for a few pairs, that hardly meet."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(17, 24))
    half = rng.integers(0, 2000, (k, k)) * (rng.random((k, k)) < 0.3) + np.diag(
        rng.integers(1, 10**5, k)
    )
    pairs = np.zeros((2, 2 * k + 1, 2 * k + 1), dtype=np.uint32)
    pairs[:, 1 : k + 1, 1 : k + 1] = half
    pairs[:, k + 1 :, k + 1 :] = half + (rng.random((k, k)) < 0.05)
    pairs[1, 1, -1] = 3
    return pairs


@given(st.integers(0, 10**6), st.booleans())
def test_mcc_where_eigenvalues_are_nearly_equal(seed, symmetrical):
    pairs = nearly_equal_pairs(seed)
    found = glcm_features(pairs, np.arange(1, pairs.shape[1]), symmetrical=symmetrical)["MCC"]
    assert found == pytest.approx(np.mean(by_definition(pairs, symmetrical)), abs=1e-9)


@given(st.integers(0, 10**6), st.booleans())
def test_the_largest_eigenvalues_apart_from_the_rest(seed, symmetrical):
    pairs = nearly_equal_pairs(seed)
    p = probabilities(pairs, np.arange(1, pairs.shape[1]), symmetrical)
    s, h = np.empty_like(p), np.empty_like(p)
    correlated(p, s, h)
    rng = np.random.default_rng(seed)
    h = rng.normal(size=p.shape)  # a change that shows, up to where none is apart
    h *= 10 ** rng.uniform(-6, -3) / np.linalg.norm(h, axis=(1, 2), keepdims=True)
    for one, change in zip(s, h, strict=True):
        few = _largest_apart(one if symmetrical else one @ one.T, one, change, symmetrical)
        if few is not None:
            whole = np.sort(np.linalg.eigvals((one + change) @ one.T).real)[-2]
            assert np.sort(np.linalg.eigvals(few).real)[-2] == pytest.approx(whole, abs=5e-10)


@given(st.integers(0, 10**6))
def test_parts_of_mcc_are_those_of_numpy(seed):
    pairs = random_pairs(seed)
    p = probabilities(pairs, np.arange(1, pairs.shape[1]), False)
    px, py = p.sum(axis=2)[:, :, None], p.sum(axis=1)[:, None, :]
    s, h = np.empty_like(p), np.empty_like(p)
    correlated(p, s, h)
    np.testing.assert_allclose(s, p / np.sqrt(px * py), rtol=1e-12)
    np.testing.assert_allclose(h, -s * EPSILON / (px * py + EPSILON), rtol=1e-12)
    v = np.random.default_rng(seed).normal(size=(*p.shape[:2], 1))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    right, left = h @ (s.transpose(0, 2, 1) @ v), s @ (h.transpose(0, 2, 1) @ v)
    change, error, reach = first_order_change(s, h, v)
    along = (v * right).sum(axis=(1, 2))
    np.testing.assert_allclose(change, along, rtol=1e-9, atol=1e-25)
    apart = [np.linalg.norm(x - along[:, None, None] * v, axis=1)[:, 0] for x in (right, left)]
    np.testing.assert_allclose(error, apart[0] * apart[1], rtol=1e-6, atol=1e-20)
    np.testing.assert_allclose(reach, np.linalg.norm(h, axis=(1, 2)), rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "squared", "expected"),
    [
        ([-0.9, 0.2, 0.5, 1.0], True, (-0.9, 0.81, 0.19)),
        ([-0.9, 0.2, 0.8, 1.0], True, (-0.9, 0.81, 0.17)),
        ([0.1, 0.7, 1.0], False, (0.7, 0.7, 0.3)),
        ([0.3, 1.0], False, (0.3, 0.3, 0.3)),
    ],
)
def test_leading_eigenvalues_by_hand(values, squared, expected):
    found = leading(np.array([values]), squared)[:, 0]
    assert found == pytest.approx(expected)


def test_a_direction_without_pairs_is_left_out():
    pairs = np.zeros((3, 3, 3), dtype=np.uint32)
    pairs[0, 1:, 1:] = [[2, 1], [0, 1]]
    pairs[2, 1:, 1:] = [[0, 3], [1, 0]]
    for symmetrical in (False, True):
        full = glcm_features(pairs[[0, 2]], np.array([1, 2]), symmetrical=symmetrical)
        assert glcm_features(pairs, np.array([1, 2]), symmetrical=symmetrical) == full
