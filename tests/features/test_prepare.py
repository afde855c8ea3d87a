"""Preparation costs nothing unless asked for, and refuses what cannot be done in plain words."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from peer import ellipse, speckle

from radln.errors import EmptyMaskError, InputError
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.prepare import prepare
from radln.features.radiomics.settings import RadiomicsSettings

IMAGE = speckle((40, 50))
REGION = ellipse(IMAGE.shape, (18, 22), (9, 12))
SPACING = (0.5, 0.25)


def prepared(image=IMAGE, region=REGION, spacing=SPACING, **settings):
    return prepare(image, region, spacing, RadiomicsSettings(**settings))


def test_nothing_asked_for_is_nothing_done():
    ready = prepared()
    assert ready.image is IMAGE
    assert ready.region is REGION
    assert ready.shape_region is REGION
    assert ready.spacing is SPACING


def test_nothing_asked_for_loads_no_simpleitk():
    script = (
        "import sys, numpy as np\n"
        "from radln.features.radiomics.prepare import prepare\n"
        "from radln.features.radiomics.settings import RadiomicsSettings\n"
        "prepare(np.eye(4), np.eye(4) > 0, (1.0, 1.0), RadiomicsSettings(resegment_range=(1,)))\n"
        "assert 'SimpleITK' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_volume_of_one_slice_becomes_an_image():
    ready = prepared(IMAGE[None], REGION[None], (3.0, *SPACING))
    assert np.shares_memory(ready.image, IMAGE)
    assert (ready.image.ndim, ready.region.ndim, ready.spacing) == (2, 2, SPACING)


def test_normalized_to_a_scale_and_cut_off():
    ready = prepared(normalize=True, normalize_scale=50)
    assert ready.image.mean() == pytest.approx(0, abs=1e-9)
    assert ready.image.std(ddof=1) == pytest.approx(50)
    cut = prepared(normalize=True, normalize_scale=50, remove_outliers=1).image
    assert cut.min() == -50
    assert cut.max() == 50
    with pytest.raises(InputError, match="one grey value"):
        prepared(np.full_like(IMAGE, 7), normalize=True)


def test_a_plane_is_a_plane_on_every_grid():
    """Interpolation reproduces values that are linear in position, at the right places."""
    y, x = np.meshgrid(*(np.arange(n) for n in IMAGE.shape), indexing="ij")
    plane = 100 + 3.0 * y + 2.0 * x
    ready = prepared(plane, resampled_pixel_spacing=(0.4, 0.7), interpolator="Linear")
    assert ready.spacing == (0.4, 0.7)
    centre_y, centre_x = (
        np.average(np.indices(region.shape)[axis], weights=region) * size
        for region, axis, size in ((REGION, 0, 0.5), (REGION, 1, 0.25))
    )
    assert ready.image[ready.region].mean() == pytest.approx(
        100 + 3 * centre_y / 0.5 + 2 * centre_x / 0.25, rel=0.01
    )
    area = ready.region.sum() * 0.4 * 0.7
    assert area == pytest.approx(REGION.sum() * 0.5 * 0.25, rel=0.05)
    box = bounding_box(ready.region)
    steps = np.diff(ready.image[box], axis=0)
    np.testing.assert_allclose(steps, 3 * 0.4 / 0.5)


def test_zero_and_a_single_slice_leave_an_axis_alone():
    assert prepared(resampled_pixel_spacing=(0, 0.5)).spacing == (0.5, 0.5)
    volume = np.stack([IMAGE] * 8)
    region = np.zeros(volume.shape, bool)
    region[3] = REGION
    ready = prepared(volume, region, (3.0, *SPACING), resampled_pixel_spacing=(1, 1, 1))
    assert ready.spacing == (3.0, 1, 1)


@pytest.mark.parametrize("across", [0.0, 0.7])
def test_a_spline_over_two_slices_is_defined(across):
    """SimpleITK alone reads beyond such an axis; between equal slices nothing changes."""
    volume, region = np.stack([IMAGE] * 2), np.stack([REGION] * 2)
    ready = prepared(volume, region, (1.0, *SPACING), resampled_pixel_spacing=(across, 0.4, 0.3))
    plane = prepared(resampled_pixel_spacing=(0.4, 0.3))
    assert len(ready.image) == (3 if across else 2)
    for found in ready.image:
        np.testing.assert_allclose(found, plane.image, rtol=1e-9, atol=1e-9)


def test_an_image_takes_the_last_two_of_three_spacings_and_a_volume_needs_three():
    three = prepared(resampled_pixel_spacing=(9, 0.4, 0.7))
    two = prepared(resampled_pixel_spacing=(0.4, 0.7))
    np.testing.assert_array_equal(three.image, two.image)
    with pytest.raises(InputError, match="give three"):
        prepared(
            np.stack([IMAGE] * 3),
            np.stack([REGION] * 3),
            (1.0, *SPACING),
            resampled_pixel_spacing=(1, 1),
        )


def test_a_region_that_falls_between_the_new_voxels_is_an_error():
    thin = np.zeros_like(REGION)
    thin[7, 5:7] = thin[8, 5] = True
    with pytest.raises(EmptyMaskError, match="resampled_pixel_spacing"):
        prepared(IMAGE, thin, (1.0, 1.0), resampled_pixel_spacing=(9, 9))


def test_pre_crop_keeps_a_margin_and_resampling_comes_before_it():
    ready = prepared(pre_crop=True, pad_distance=3)
    box = bounding_box(REGION)
    around = tuple(slice(part.start - 3, part.stop + 3) for part in box)
    np.testing.assert_array_equal(ready.image, IMAGE[around])
    np.testing.assert_array_equal(ready.region, REGION[around])
    everything = prepared(pre_crop=True, pad_distance=1000)
    np.testing.assert_array_equal(everything.image, IMAGE)
    resampled = prepared(pre_crop=True, pad_distance=3, resampled_pixel_spacing=(0.4, 0.4))
    assert resampled.spacing == (0.4, 0.4)


def test_resegmented_by_hand():
    inside = IMAGE[REGION]
    kept = prepared(resegment_range=(160, 90)).region
    np.testing.assert_array_equal(kept, REGION & (IMAGE >= 90) & (IMAGE <= 160))
    kept = prepared(resegment_range=(0.5,), resegment_mode="relative").region
    np.testing.assert_array_equal(kept, REGION & (0.5 * inside.max() <= IMAGE))
    kept = prepared(resegment_range=(-1, 2), resegment_mode="sigma").region
    low, high = (inside.mean() + times * inside.std() for times in (-1, 2))
    np.testing.assert_array_equal(kept, REGION & (low <= IMAGE) & (high >= IMAGE))


def test_shape_keeps_the_region_inside_the_box_of_what_is_kept():
    ready = prepared(resegment_range=(190,))
    box = bounding_box(ready.region)
    assert box != bounding_box(REGION)
    assert bounding_box(ready.shape_region) == box
    np.testing.assert_array_equal(ready.shape_region[box], REGION[box])
    assert ready.shape_region.sum() == REGION[box].sum()
    both = prepared(resegment_range=(190,), resegment_shape=True)
    assert both.shape_region is both.region
    assert REGION.sum() == 331  # the caller's own region stays as it was


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resegment_range": (1000,)}, "widen the range"),
        ({"resegment_range": (1.0,), "resegment_mode": "relative"}, "leaves 1 of"),
        ({"minimum_roi_dimensions": 3}, "minimum_roi_dimensions"),
        ({"minimum_roi_size": 331}, "minimum_roi_size"),
        ({"minimum_roi_size": 100, "resegment_range": (200,)}, "minimum_roi_size"),
    ],
)
def test_regions_that_are_refused(settings, said):
    assert REGION.sum() == 331
    with pytest.raises(InputError, match=said):
        prepared(**settings)


def test_regions_of_every_size_pass_by_default():
    for where in ((slice(3, 4), slice(3, 4)), (slice(3, 4), slice(3, 9))):
        region = np.zeros_like(REGION)
        region[where] = True
        assert prepared(IMAGE, region).region is region
        with pytest.raises(InputError, match="spans"):
            prepared(IMAGE, region, minimum_roi_dimensions=2)


def test_a_larger_region_passes_its_limits():
    assert prepared(minimum_roi_dimensions=2, minimum_roi_size=330).region is REGION


@pytest.mark.parametrize("seed", range(30))
def test_the_grid_is_that_of_pyradiomics(seed):
    """Random sizes, regions, spacings and margins; also at the image's border."""
    operations = pytest.importorskip("radiomics.imageoperations")
    sitk = pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(seed)
    ndim = 2 + seed % 2
    shape = tuple(int(n) for n in rng.integers(3, 30, ndim))
    low = [int(rng.integers(0, n)) for n in shape]
    region = np.zeros(shape, bool)
    region[
        tuple(slice(a, int(rng.integers(a, n)) + 1) for a, n in zip(low, shape, strict=True))
    ] = 1
    old, new = rng.uniform(0.3, 3, ndim).tolist(), rng.uniform(0.3, 2, ndim).tolist()
    new[0] = 0.0 if seed % 5 == 0 else new[0]
    image, pad = rng.normal(100, 30, shape), int(rng.integers(0, 8))
    how = ("BSpline", "Linear", "NearestNeighbor")[seed % 3]
    picture, mask = sitk.GetImageFromArray(image), sitk.GetImageFromArray(region.astype(np.uint32))
    picture.SetSpacing(old[::-1])
    mask.SetSpacing(old[::-1])
    expected_image, expected_mask = operations.resampleImage(
        picture,
        mask,
        resampledPixelSpacing=new[::-1],
        padDistance=pad,
        interpolator=f"sitk{how}",
    )
    expected_mask = sitk.GetArrayFromImage(expected_mask) == 1
    settings = {"resampled_pixel_spacing": new, "pad_distance": pad, "interpolator": how}
    if not expected_mask.any():
        with pytest.raises(EmptyMaskError):
            prepared(image, region, tuple(old), **settings)
        return
    ready = prepared(image, region, tuple(old), **settings)
    np.testing.assert_array_equal(ready.image, sitk.GetArrayFromImage(expected_image))
    np.testing.assert_array_equal(ready.region, expected_mask)
    assert ready.spacing == expected_image.GetSpacing()[::-1]
