"""Native wavelet bands: the values of PyWavelets' transform of the whole image."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from radln.features.radiomics.filters import wavelet_bands as by_pywavelets
from radln.features.radiomics.native.wavelet import wavelet_bands

SHORT = ("haar", "db2", "db3", "coif1", "sym4", "bior2.2", "rbio3.1", "dmey", "db30")


@st.composite
def images(draw):
    shape = draw(st.integers(2, 3).flatmap(lambda n: st.tuples(*[st.integers(1, 24)] * n)))
    box = tuple(
        slice(min(ends), max(ends) + 1)
        for ends in (draw(st.tuples(*[st.integers(0, n - 1)] * 2)) for n in shape)
    )
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    image = rng.normal(0, 100, shape)
    return (image.round() if draw(st.booleans()) else image), box


@settings(max_examples=150, derandomize=True, deadline=None)
@given(images(), st.sampled_from(SHORT), st.booleans(), st.sampled_from([(1, 0), (2, 0), (1, 1)]))
def test_bands_are_those_of_pywavelets(given_image, wavelet, flat, levels):
    image, box = given_image
    told = {"wavelet": wavelet, "level": levels[0], "start_level": levels[1]}
    told["across"] = 0 if flat and image.ndim == 3 else None
    found = list(wavelet_bands(image, box, **told))
    expected = list(by_pywavelets(image, box, **told))
    assert [name for name, _ in found] == [name for name, _ in expected]
    for (_, ours), (_, theirs) in zip(found, expected, strict=True):
        assert ours.flags.c_contiguous
        np.testing.assert_array_equal(ours, theirs)


def test_flat_ground_keeps_the_rounding_that_decides_its_bins():
    image = np.full((30, 31), 100.0)
    image[12:18, 9:20] = 131.0
    box = (slice(10, 20), slice(0, 31))
    for (_, ours), (_, theirs) in zip(
        wavelet_bands(image, box), by_pywavelets(image, box), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
