"""Even ground that is resampled, values on an edge, thresholds: rounding decides none of them."""

from __future__ import annotations

import numpy as np
import pytest

from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.native.engine import derived_images
from radln.features.radiomics.prepare import prepare, remarks
from radln.features.radiomics.settings import RadiomicsSettings

PLAIN = RadiomicsSettings(bin_width=25, log_sigma=(), wavelet=False)
KEEP_EVEN_GROUND = ("BSpline", "Linear", "Gaussian", "LabelGaussian", "NearestNeighbor")


def ground(shape: tuple[int, ...], value: float, part: slice) -> tuple[np.ndarray, np.ndarray]:
    """Speckle with even ground, and a region well inside that."""
    image = np.rint(np.random.default_rng(0).rayleigh(40, shape))
    image[(part,) * len(shape)] = value
    region = np.zeros(shape, bool)
    inner = slice(0 if part.start == 0 else part.start + 25, part.stop - 25)
    region[(inner,) * len(shape)] = True
    return image, region


def changed(settings: RadiomicsSettings, **new) -> RadiomicsSettings:
    return settings.model_copy(update=new)


@pytest.mark.parametrize("how", KEEP_EVEN_GROUND)
@pytest.mark.parametrize("step", [0.7, 0.5, 1.3])
@pytest.mark.parametrize("value", [0.0, 7.3, 100.0])
@pytest.mark.parametrize("part", [slice(20, 100), slice(0, 80)], ids=["inside", "border"])
def test_even_ground_keeps_its_grey_value(part, value, step, how):
    """ITK's spline leaves 1e-13 of it, and 1e-8 beside the image's border."""
    image, region = ground((120, 120), value, part)
    asked = changed(PLAIN, resampled_pixel_spacing=(step, step), interpolator=how)
    ready = prepare(image, region, (1.0, 1.0), asked)
    assert (ready.image[ready.region] == value).all()


def test_even_ground_of_a_volume():
    image, region = ground((70, 70, 70), 100.0, slice(5, 65))
    asked = changed(PLAIN, resampled_pixel_spacing=(0.9, 0.7, 1.1))
    ready = prepare(image, region, (1.0, 1.0, 1.0), asked)
    assert (ready.image[ready.region] == 100).all()


@pytest.mark.parametrize("bins", [{}, {"bin_width": None, "bin_count": 32}])
def test_a_resampled_even_region_is_one_level_and_the_row_says_so(bins):
    """It was cut into 2 levels of a width, and into 32 of a number of bins."""
    image, region = ground((120, 120), 100.0, slice(20, 100))
    asked = changed(PLAIN, resampled_pixel_spacing=(0.7, 0.7), **bins)
    for engine in ("native", "pyradiomics"):
        pytest.importorskip("radiomics")
        values, said = get_engine(engine).compute_with_message(image, region, (1.0, 1.0), asked)
        assert values["radiomics_original_firstorder_Entropy"] == pytest.approx(0, abs=1e-12)
        assert values["radiomics_original_ngtdm_Coarseness"] == 1e6
        assert "rounding alone would decide the grey level of" in said
        assert said.endswith("in original; these have their exact value")


@pytest.mark.parametrize("name", ["square", "squareroot", "logarithm"])
def test_the_square_root_of_black_ground_is_0(name):
    """Of the 8e-14 that a spline left it made 4e-6, above or below the edge at 0."""
    image, region = ground((120, 120), 0.0, slice(20, 100))
    asked = changed(PLAIN, resampled_pixel_spacing=(0.7, 0.7), filters=(name,), pad_distance=50)
    ready = prepare(image, region, (1.0, 1.0), asked)
    box = bounding_box(ready.region)
    made = dict(derived_images(ready, box, {"glcm": ()}, asked))
    assert not made[name][ready.region[box]].any()


def test_a_value_between_two_voxels_on_the_edge_of_a_bin():
    image = np.repeat([[0.0, 100.0] * 20], 40, axis=0)
    region = np.zeros(image.shape, bool)
    region[10:30, 10:30] = True
    asked = changed(PLAIN, resampled_pixel_spacing=(0.7, 0.7), interpolator="Linear")
    ready = prepare(image, region, (1.0, 1.0), asked)
    values = ready.image[ready.region]
    near = np.abs(values - 25 * np.rint(values / 25)) < 1e-6
    assert near.sum() > 20
    assert (values[near] % 25 == 0).all()
    assert ready.decided > 0


def test_speckle_is_resampled_as_before():
    from radln.features.radiomics.prepare import _on_grid

    image = np.random.default_rng(3).rayleigh(40, (50, 50))
    region = np.zeros(image.shape, bool)
    region[10:30, 10:30] = True
    asked = changed(PLAIN, resampled_pixel_spacing=(0.5, 0.5), pad_distance=100)
    ready = prepare(image, region, (1.0, 1.0), asked)
    old, new = np.ones(2), np.full(2, 0.5)
    plain = _on_grid(image, old, new, -0.5 * new, np.array(ready.image.shape), "BSpline")
    np.testing.assert_array_equal(ready.image, plain)
    assert ready.decided == 0
    assert remarks(ready, {}) == ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [((0.57,), 44), ((0.0, 0.57), 57), ((0.55, 0.57), 3), ((0.29, 0.57), 29), ((0.14, 0.28), 15)],
)
def test_parts_of_the_brightest_pixel(given, kept):
    """0.57 times 100 is 56.99999999999999, and 0.55 times 100 is 55.00000000000001."""
    image = np.arange(1.0, 101.0).reshape(10, 10)
    asked = changed(PLAIN, resegment_range=given, resegment_mode="relative")
    ready = prepare(image, np.ones(image.shape, bool), (1.0, 1.0), asked)
    assert ready.region.sum() == kept


def test_standard_deviations_that_end_on_a_grey_value():
    """Half the pixels one deviation below the mean, half of them one above."""
    kept = []
    for low, high in [(0.1, 0.3), (1.1, 2.3), (7.0, 9.0), (1e3 + 0.1, 1e3 + 0.7)]:
        image = np.where(np.indices((30, 31)).sum(axis=0) % 2, low, high)[:, :30]
        asked = changed(PLAIN, resegment_range=(-1.0, 1.0), resegment_mode="sigma")
        ready = prepare(image, np.ones(image.shape, bool), (1.0, 1.0), asked)
        kept.append(int(ready.region.sum()))
        if ready.on_threshold:
            said = remarks(ready, {})
            assert f"{ready.on_threshold} pixels are on a threshold of resegment_range" in said
    assert kept == [900] * 4


@pytest.mark.parametrize("value", [0.1, 0.7, 1000.1, 7.0])
def test_even_ground_within_no_standard_deviations(value):
    """The mean of equal numbers is not always that number; all of them were left out."""
    image = np.full((37, 41), value)
    asked = changed(PLAIN, resegment_range=(0.0, 0.0), resegment_mode="sigma")
    assert prepare(image, image > 0, (1.0, 1.0), asked).region.all()


def test_thresholds_as_they_are_given_are_exact():
    image = np.array([[99.0, np.nextafter(100, 0), 100.0, 200.0, np.nextafter(200, 300), 300.0]])
    asked = changed(PLAIN, resegment_range=(100.0, 200.0))
    ready = prepare(image, image > 0, (1.0, 1.0), asked)
    assert ready.region.tolist() == [[False, False, True, True, False, False]]
    assert ready.on_threshold == 0


def test_a_threshold_on_even_ground_that_is_resampled():
    image, region = ground((120, 120), 100.0, slice(20, 100))
    asked = changed(PLAIN, resampled_pixel_spacing=(0.7, 0.7), resegment_range=(100.0, 250.0))
    before = prepare(image, region, (1.0, 1.0), changed(asked, resegment_range=None))
    ready = prepare(image, region, (1.0, 1.0), asked)
    np.testing.assert_array_equal(ready.region, before.region)


@pytest.mark.parametrize("seed", range(8))
def test_the_mean_grey_value_of_a_normalized_image_is_0(seed):
    """In one of eight such images it was 1e-16, above or below the edge at 0."""
    rng = np.random.default_rng(seed)
    asked = changed(PLAIN, normalize=True, normalize_scale=100.0)
    for _ in range(8):
        middle, apart = rng.uniform(10, 200), rng.rayleigh(20, (20, 30))
        image = np.vstack([middle + apart, np.full((20, 30), middle), middle - apart])
        ready = prepare(image, np.ones(image.shape, bool), (1.0, 1.0), asked)
        assert not ready.image[20:40].any()
