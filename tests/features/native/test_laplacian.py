"""LoG over the box is ITK's of the whole image, to the last bit of single precision or nearly."""

from __future__ import annotations

import numpy as np
import pytest

from radln.features.radiomics import filters
from radln.features.radiomics.native.laplacian import log_images


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [((60, 80), (1.0, 1.0)), ((40, 45), (0.5, 0.7)), ((20, 40, 44), (2.0, 0.8, 0.8))],
)
@pytest.mark.parametrize("where", ["middle", "corner", "all"])
def test_values_are_those_of_itk(shape, spacing, where):
    image = np.random.default_rng(1).integers(0, 255, size=shape).astype(float)
    box = {
        "middle": tuple(slice(n // 3, n // 2) for n in shape),
        "corner": tuple(slice(0, n // 2) for n in shape),
        "all": tuple(slice(0, n) for n in shape),
    }[where]
    sigmas = (0.8, 1.0, 2.5, 3.0)
    mine, theirs = (
        dict(make(image, box, spacing, sigmas)) for make in (log_images, filters.log_images)
    )
    assert list(mine) == list(theirs)
    for name, values in theirs.items():
        assert mine[name].dtype == np.float32
        assert np.mean(mine[name] == values) > 0.95
        assert np.abs(mine[name] - values).max() <= 1e-7 * np.ptp(values)


def test_a_cut_image_has_the_values_of_the_whole_one():
    image = np.random.default_rng(2).normal(size=(400, 420)) * 50 + 100
    box = (slice(200, 230), slice(180, 230))
    ((_, mine),) = log_images(image, box, (1.0, 1.0), (3.0,))  # reads 48 pixels around the box
    ((_, theirs),) = filters.log_images(image, box, (1.0, 1.0), (3.0,))
    assert np.abs(mine - theirs).max() <= 1e-7 * np.ptp(theirs)


def test_what_the_image_cannot_hold_is_left_out():
    image = np.random.default_rng(3).normal(size=(20, 30))
    box = (slice(5, 10), slice(5, 10))
    names = [name for name, _ in log_images(image, box, (1.0, 1.0), (2.0, 25.0))]
    assert names == ["log-sigma-2-0-mm"]
    assert list(log_images(image[:3], box, (1.0, 1.0), (1.0,))) == []


def test_a_linear_image_has_no_laplacian():
    y, x = np.mgrid[:60.0, :60.0]
    ((_, values),) = log_images(3 * y - 2 * x, (slice(28, 32),) * 2, (1.0, 1.0), (1.5,))
    assert np.abs(values).max() < 1e-4
