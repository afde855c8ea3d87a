"""Crops keep the aspect ratio, continue the edge, and know how much of a cell the node covers."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import EmptyMaskError, InputError
from radln.imaging.preprocess import SquareCrop, largest_slice


def test_crop_is_square_and_centred():
    region = np.zeros((50, 80), bool)
    region[10:20, 30:70] = True
    crop = SquareCrop.around(region, (1.0, 1.0), margin=0.25)
    assert (crop.left, crop.right) == (20, 80)
    assert (crop.top, crop.bottom) == (-15, 45)


def test_crop_is_square_in_millimetres():
    region = np.zeros((50, 80), bool)
    region[10:30, 30:40] = True
    crop = SquareCrop.around(region, (0.1, 0.4), margin=0.0)
    assert (crop.bottom - crop.top) * 0.1 == pytest.approx((crop.right - crop.left) * 0.4)


def test_crop_of_its_own_size_returns_the_pixels():
    image = np.random.default_rng(0).integers(0, 255, (40, 40)).astype(float)
    region = np.zeros((40, 40), bool)
    region[12:22, 8:18] = True
    crop = SquareCrop.around(region, (1.0, 1.0), margin=0.0)
    np.testing.assert_allclose(crop.image(image, (10, 10)), image[12:22, 8:18])
    np.testing.assert_array_equal(crop.coverage(region, (10, 10)), 1)


def test_the_edge_continues_and_the_mask_does_not():
    image = np.tile(np.arange(20.0), (20, 1))
    region = np.zeros((20, 20), bool)
    region[5:15, 0:10] = True
    crop = SquareCrop.around(region, (1.0, 1.0), margin=0.5)
    around = crop.image(image, (20, 20))
    np.testing.assert_array_equal(around[:, :5], 0)
    np.testing.assert_allclose(around[:, 5:], image[:, :15])
    cells = crop.coverage(region, (4, 4))
    np.testing.assert_allclose(cells, np.outer([0, 1, 1, 0], [0, 1, 1, 0]))


def test_coverage_adds_up_to_the_area():
    region = np.random.default_rng(1).random((37, 51)) > 0.6
    crop = SquareCrop.around(region, (1.0, 1.0), margin=0.3)
    cells = crop.coverage(region, (7, 7))
    side = crop.right - crop.left
    assert cells.sum() * (side / 7) ** 2 == pytest.approx(region.sum(), rel=0.02)


def test_largest_slice_and_refusals():
    region = np.zeros((4, 6, 6), bool)
    region[1, 2:4, 2:4] = region[2, 1:5, 1:5] = region[3, 1:5, 1:5] = True
    image = np.arange(144.0).reshape(4, 6, 6)
    plane, inside, spacing = largest_slice(image, region, (3.0, 0.1, 0.2))
    np.testing.assert_array_equal(plane, image[2])
    assert inside.sum() == 16 and spacing == (0.1, 0.2)
    with pytest.raises(EmptyMaskError):
        largest_slice(image, np.zeros_like(region), (1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="dimensions"):
        largest_slice(image[0], region, (1.0, 1.0))
