"""Values that rounding alone puts on one side of an edge stand on it; everything else stays."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import InputError
from radln.features.radiomics import reference
from radln.features.radiomics.edges import Edges, largest_value, message, settled
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.native.engine import derived_images, double_error
from radln.features.radiomics.native.pointwise import pointwise_error, pointwise_images
from radln.features.radiomics.native.wavelet import wavelet_bands, wavelet_error
from radln.features.radiomics.prepare import prepare
from radln.features.radiomics.settings import RadiomicsSettings

WIDTH = RadiomicsSettings(bin_width=25)
FILTERS = ("square", "squareroot", "logarithm", "exponential", "gradient")
DISC = np.hypot(*(axis - 60 for axis in np.mgrid[:120, :120]))


def speckle(seed: int = 0) -> np.ndarray:
    return np.rint(np.random.default_rng(seed).rayleigh(20, (120, 120))) + 1


def images(image, settings, region=None):
    """Every filtered image in the region's box, and what was counted."""
    region = DISC <= 30 if region is None else region
    ready = prepare(image, region, (1.0, 1.3), settings)
    counts: dict[str, int] = {}
    box = bounding_box(region)
    return dict(derived_images(ready, box, {"glcm": ()}, settings, counts)), counts, region[box]


def test_edges_are_multiples_of_the_width_or_0():
    values = np.array([-8.0, 1.0, 2.0])
    assert Edges.of(values, 1e-9, WIDTH) == Edges(25)
    counts = {n: RadiomicsSettings(bin_count=n) for n in (2, 4, 5, 10)}
    found = {n: Edges.of(values, 1e-9, asked) for n, asked in counts.items()}
    assert found == {2: None, 4: None, 5: Edges(None), 10: Edges(None)}  # 0 is 4/5 of the way
    assert Edges.of(values + 8, 1e-9, counts[5]) is None  # the darkest is in the first bin anyhow
    assert Edges.of(values - 2, 1e-9, counts[5]) is None
    assert Edges.of(values * 1e-12, 1e-9, counts[4]) == Edges(None)  # nothing but rounding
    assert Edges.of(values + 100, 1e-9, counts[4]) is None


def test_only_values_within_the_bound_move_and_only_in_the_region():
    image = np.array([25 - 1e-10, 25 + 1e-10, 25 - 1e-8, 25.0, -1e-10, 31.0])
    inside = np.array([True, True, True, True, False, True])
    found, n = settled(image, inside, 1e-9, WIDTH)
    assert found.tolist() == [25.0, 25.0, 25 - 1e-8, 25.0, -1e-10, 31.0]
    assert n == 2
    one_each = np.array([1e-9, 1e-11, 1e-9, 1e-9, 1e-9, 1e-9])
    assert settled(image, inside, one_each, WIDTH)[1] == 1
    untouched, n = settled(image, inside, 1e-12, WIDTH)
    assert untouched is image
    assert n == 0


def test_nothing_decided_is_nothing_said():
    assert message({"wavelet-LL": 0}, 100) == ""
    assert message({}, 100) == ""
    assert "3 of the region's 100 pixels in wavelet-HH;" in message(
        {"wavelet-LL": 0, "wavelet-HH": 3}, 100
    )


@pytest.mark.parametrize("value", [3.0, 77.0, 100.0])
@pytest.mark.parametrize("wavelet", ["haar", "coif1", "db4"])
def test_wavelets_of_even_ground(wavelet, value):
    image = np.where(DISC <= 50, value, speckle())
    asked = RadiomicsSettings(bin_width=2.0 * value, log_sigma=(), wavelet_name=wavelet)
    found, counts, inside = images(image, asked)
    for name in ("wavelet-LH", "wavelet-HL", "wavelet-HH"):
        assert (found[name][inside] == 0).all()
    assert (found["wavelet-LL"][inside] == 2 * value).all()
    assert max(counts.values()) == inside.sum()


@pytest.mark.parametrize("levels", [(1, 0), (2, 0), (1, 1)])
def test_even_ground_after_several_levels_and_in_volumes(levels):
    level, start = levels
    asked = RadiomicsSettings(
        bin_width=25, log_sigma=(), wavelet_level=level, wavelet_start_level=start
    )
    image = np.full((20, 30, 30), 77.0)
    region = np.zeros(image.shape, bool)
    region[5:12, 8:20, 8:20] = True
    ready = prepare(image, region, (1.0, 1.0, 1.0), asked)
    made = dict(derived_images(ready, bounding_box(region), {"glcm": ()}, asked))
    assert len(made) == 1 + 7 * level + 1
    high = [name for name in made if "H" in name]
    assert not any(made[name].any() for name in high)


@pytest.mark.parametrize("bins", [{"bin_count": 32}, {"bin_width": 25}])
def test_bands_across_an_image_that_is_the_same_in_every_row(bins):
    """By default, 32 bins were cut into nothing but rounding."""
    asked = RadiomicsSettings(log_sigma=(), **bins)
    image = np.repeat(speckle()[:1], 120, axis=0)
    found, counts, inside = images(image, asked)
    for name in ("wavelet-LH", "wavelet-HH"):
        assert not found[name][inside].any()
        assert counts[name] > 0.9 * inside.sum()
    values = get_engine("native").compute(image, DISC <= 30, (1.0, 1.0), asked)
    assert values["radiomics_wavelet-LH_firstorder_Entropy"] == pytest.approx(0, abs=1e-12)


def test_a_haar_band_of_whole_numbers_that_is_0_or_on_another_edge():
    image = speckle()
    asked = RadiomicsSettings(log_sigma=(), bin_width=25, wavelet_name="haar")
    found, counts, inside = images(image, asked)
    shifted = np.roll(image, -1, 1)
    sums = image + shifted + np.roll(image + shifted, -1, 0)
    exact = (sums / 2)[bounding_box(DISC <= 30)]
    on_edge = (exact % 25 == 0) & inside
    raw = dict(wavelet_bands(image, bounding_box(DISC <= 30), wavelet="haar"))["wavelet-LL"]
    assert (raw[on_edge] != exact[on_edge]).any()
    np.testing.assert_array_equal(found["wavelet-LL"][on_edge], exact[on_edge])
    assert counts["wavelet-LL"] == np.count_nonzero(raw[on_edge] != exact[on_edge])


@pytest.mark.parametrize("name", ["square", "squareroot", "logarithm", "exponential", "gradient"])
@pytest.mark.parametrize("value", [0.0, 75.0])
def test_filters_of_even_ground(name, value):
    """75 squared, divided by 225, is 25; the root of 0 is 0."""
    image = np.where(DISC <= 50, value, speckle())
    image[0, 0] = 225
    asked = RadiomicsSettings(bin_width=25, log_sigma=(), wavelet=False, filters=(name,))
    found, counts, inside = images(image, asked)
    flat = found[name][inside]
    assert np.unique(flat).size == 1
    if (name, value) == ("square", 75.0):
        assert flat[0] == 25
    if value == 0:
        assert flat[0] == (1 if name == "exponential" else 0)
        assert not any(counts.values())


def test_the_gradient_is_exact_where_it_is_even():
    """Both of its ends are multiplied by one number, and single precision takes what is left."""
    y, x = np.mgrid[:120.0, :120.0]
    asked = RadiomicsSettings(bin_width=25, log_sigma=(), wavelet=False, filters=("gradient",))
    found, _, inside = images(0.7 * np.full(x.shape, 111.1), asked)
    assert not found["gradient"][inside].any()
    found, _, inside = images(15 * y + 26 * x, asked)  # 15 per mm, and 26 per 1.3 mm
    assert (found["gradient"][inside] == 25).all()


@pytest.mark.parametrize("wavelet", ["haar", "coif1", "db4", "bior2.2"])
def test_the_bound_of_wavelets_holds(wavelet):
    import pywt

    image, filters = np.random.default_rng(1).normal(0, 100, (40, 44)), pywt.Wavelet(wavelet)
    box = (slice(12, 24), slice(14, 28))
    exact = {"": image.astype(np.longdouble)}
    taps = filters.dec_len
    for axis in (1, 0):
        split = {}
        for letters, values in exact.items():
            for letter, weights in (("L", filters.dec_lo), ("H", filters.dec_hi)):
                rolled = [
                    np.longdouble(w) * np.roll(values, j - taps // 2, axis)
                    for j, w in enumerate(weights)
                ]
                split[letters + letter] = np.sum(rolled, axis=0)
        exact = split
    bound = wavelet_error(largest_value(image), wavelet, 2)
    assert bound < 1e-11
    for name, values in wavelet_bands(image, box, wavelet=wavelet):
        apart = np.abs(values - exact[name.removeprefix("wavelet-")][box])
        assert 0 < apart.max() <= bound


@pytest.mark.parametrize("grey", ["whole", "small", "large"])
def test_the_bound_of_filters_holds_for_both_engines(grey):
    pytest.importorskip("radiomics")
    rng = np.random.default_rng(2)
    image = {
        "whole": lambda: rng.integers(-50, 256, (50, 50)).astype(float),
        "small": lambda: rng.uniform(-0.4, 0.3, (50, 50)),
        "large": lambda: rng.normal(0, 3000, (50, 50)),
    }[grey]()
    box, asked = (slice(0, 50),) * 2, RadiomicsSettings(filters=FILTERS[:4])
    x, m = image.astype(np.longdouble), np.longdouble(largest_value(image))
    exact = {
        "square": x**2 / m,
        "squareroot": np.sign(x) * np.sqrt(np.abs(x) * m),
        "logarithm": np.sign(x) * np.log(np.abs(x) + 1) * m / np.log(m + 1),
        "exponential": np.exp(x * np.log(m) / m),
    }
    ready = prepare(image, np.ones(image.shape, bool), (1.0, 1.0), asked)
    with reference.silence():
        theirs = dict(reference._pointwise_images(ready, box, asked))
    for name, values in pointwise_images(image, box, (1.0, 1.0), asked):
        bound = pointwise_error(name, values, float(m))
        for found in (values, theirs[name]):
            assert (np.abs(found - exact[name]) <= bound).all(), name
        assert (bound <= double_error(name, values, float(m), 2, asked)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("made", [{"filters": FILTERS}, {"wavelet": True}, {"log_sigma": (1.0,)}])
@pytest.mark.parametrize("bins", [{"bin_width": 25}, {"bin_count": 32}])
def test_grey_values_that_are_no_numbers_are_refused_in_the_same_words(bins, made, bad):
    image = speckle()
    image[60, 60] = bad
    asked = RadiomicsSettings(**{"wavelet": False, "log_sigma": (), **bins, **made})
    with pytest.raises(InputError, match="are no numbers"):
        get_engine("native").compute(image, DISC <= 30, (1.0, 1.3), asked)
