"""Doubts about an image: cut-off nodes, empty histograms, caliper marks."""

import numpy as np
import pytest

from radln.imaging.quality import filled_bins, touches_border


def test_border():
    region = np.zeros((20, 30), dtype=bool)
    region[5:10, 5:10] = True
    assert not touches_border(region)
    region[5:10, 29] = True
    assert touches_border(region)


def test_border_of_a_volume_is_in_plane():
    region = np.zeros((4, 20, 20), dtype=bool)
    region[0, 5:9, 5:9] = True
    assert not touches_border(region)


@pytest.mark.parametrize(("width", "bins"), [(25.0, 2), (1.0, 50), (100.0, 1)])
def test_filled_bins(width, bins):
    values = np.arange(100.0).reshape(10, 10)
    region = values < 50
    assert filled_bins(values, region, width) == bins
