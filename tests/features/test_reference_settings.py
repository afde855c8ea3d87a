"""Every setting, alone and together, gives what pyradiomics' own extractor gives."""

from __future__ import annotations

import numpy as np
import peer
import pytest
from peer import ellipse, speckle

from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.settings import RadiomicsSettings

pytest.importorskip("radiomics")

SPACING = (2.0, 0.8, 0.9)
VOLUME = speckle((13, 40, 37), seed=3)
REGION = ellipse(VOLUME.shape, (6, 20, 18), (4.5, 11, 9))
IMAGE = speckle((64, 71), seed=4)
NODE = ellipse(IMAGE.shape, (30, 33), (12, 19))
ORIGINAL = {"Original": {}}
CLASSES = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")


def both(image, region, spacing, setting, types, chosen, *, kinds=CLASSES):
    """(ours, pyradiomics') with the same request."""
    bins = {} if "binWidth" in setting else {"binCount": 24}
    parameters = {
        "setting": {**bins, **setting},
        "imageType": types,
        "featureClass": dict.fromkeys(kinds),
    }
    expected = peer.extract(image, region, spacing, parameters)
    settings = RadiomicsSettings(
        **{"bin_count": bins.get("binCount"), "wavelet": False, "log_sigma": (), **chosen},
        classes=tuple(kind.removesuffix("2D") for kind in kinds),
    )
    return get_engine("pyradiomics").compute(image, region, spacing, settings), expected


def assert_same(found: dict[str, float], expected: dict[str, float]) -> None:
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name


SETTINGS = {
    "normalize": ({"normalize": True}, {"normalize": True}),
    "normalize, scale, outliers": (
        {"normalize": True, "normalizeScale": 100.0, "removeOutliers": 1.5},
        {"normalize": True, "normalize_scale": 100, "remove_outliers": 1.5},
    ),
    "resampled": (
        {"resampledPixelSpacing": [1.1, 1.3, 1.7]},
        {"resampled_pixel_spacing": (1.7, 1.3, 1.1)},
    ),
    "resampled in plane": (
        {"resampledPixelSpacing": [1.5, 1.5, 0.0], "interpolator": "sitkLinear"},
        {"resampled_pixel_spacing": (0, 1.5, 1.5), "interpolator": "Linear"},
    ),
    "resampled to what it is": (
        {"resampledPixelSpacing": [0.9, 0.8, 2.0], "padDistance": 2},
        {"resampled_pixel_spacing": SPACING, "pad_distance": 2},
    ),
    "upsampled": (
        {"resampledPixelSpacing": [0.5, 0.5, 0.7], "interpolator": "sitkNearestNeighbor"},
        {"resampled_pixel_spacing": (0.7, 0.5, 0.5), "interpolator": "NearestNeighbor"},
    ),
    "pre-cropped": ({"preCrop": True, "padDistance": 3}, {"pre_crop": True, "pad_distance": 3}),
    "resegmented": (
        {"resegmentRange": [90.0, 160.0]},
        {"resegment_range": (90, 160)},
    ),
    "resegmented from below": ({"resegmentRange": [110.0]}, {"resegment_range": (110,)}),
    "resegmented to the corner": ({"resegmentRange": [170.0]}, {"resegment_range": (170,)}),
    "resegmented, relative": (
        {"resegmentRange": [0.4, 0.7], "resegmentMode": "relative"},
        {"resegment_range": (0.7, 0.4), "resegment_mode": "relative"},
    ),
    "resegmented, sigma, shape too": (
        {"resegmentRange": [-1.0, 1.5], "resegmentMode": "sigma", "resegmentShape": True},
        {"resegment_range": (-1, 1.5), "resegment_mode": "sigma", "resegment_shape": True},
    ),
    "distances": ({"distances": [1, 3]}, {"distances": (1, 3)}),
    "one far distance": ({"distances": [2]}, {"distances": (2,)}),
    "manhattan": ({"weightingNorm": "manhattan"}, {"weighting_norm": "manhattan"}),
    "euclidean": ({"weightingNorm": "euclidean"}, {"weighting_norm": "euclidean"}),
    "infinity": ({"weightingNorm": "infinity"}, {"weighting_norm": "infinity"}),
    "no weighting": ({"weightingNorm": "no_weighting"}, {"weighting_norm": "no_weighting"}),
    "one-way glcm": ({"symmetricalGLCM": False}, {"symmetrical_glcm": False}),
    "gldm_a": ({"gldm_a": 2}, {"gldm_a": 2}),
    "shift": ({"voxelArrayShift": 1000}, {"voxel_array_shift": 1000}),
    "bin width": ({"binWidth": 9.0}, {"bin_width": 9}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_a_volume(name):
    setting, chosen = SETTINGS[name]
    assert_same(*both(VOLUME, REGION, SPACING, setting, ORIGINAL, chosen))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_an_image(name):
    """pyradiomics takes a true 2D image as 2D, as long as it is not forced to."""
    setting, chosen = map(dict, SETTINGS[name])
    if "resampledPixelSpacing" in setting:
        setting["resampledPixelSpacing"] = setting["resampledPixelSpacing"][:2]
        chosen["resampled_pixel_spacing"] = chosen["resampled_pixel_spacing"][1:]
    kinds = ("shape2D", *CLASSES[1:])
    assert_same(*both(IMAGE, NODE, SPACING[1:], setting, ORIGINAL, chosen, kinds=kinds))


FILTERED = {
    "wavelet on two levels": (
        {"Wavelet": {"level": 2, "wavelet": "haar"}},
        {"wavelet": True, "wavelet_level": 2, "wavelet_name": "haar"},
    ),
    "wavelet from the second level": (
        {"Wavelet": {"start_level": 1, "level": 2, "wavelet": "bior1.3"}},
        {
            "wavelet": True,
            "wavelet_level": 2,
            "wavelet_start_level": 1,
            "wavelet_name": "bior1.3",
        },
    ),
    "long wavelet": (
        {"Wavelet": {"wavelet": "db20"}},
        {"wavelet": True, "wavelet_name": "db20"},
    ),
    "by pixel": (
        {"Square": {}, "SquareRoot": {}, "Logarithm": {}, "Exponential": {}},
        {"filters": ("square", "squareroot", "logarithm", "exponential")},
    ),
    "gradient": ({"Gradient": {}}, {"filters": ("gradient",)}),
    "gradient per voxel": (
        {"Gradient": {"gradientUseSpacing": False}},
        {"filters": ("gradient",), "gradient_use_spacing": False},
    ),
}


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("name", FILTERED)
def test_a_filter(name, ndim):
    types, chosen = FILTERED[name]
    case = (VOLUME - 90, REGION, SPACING) if ndim == 3 else (IMAGE - 90, NODE, SPACING[1:])
    found, expected = both(*case, {}, ORIGINAL | types, chosen, kinds=("firstorder", "ngtdm"))
    assert_same(found, expected)


@pytest.mark.parametrize("ndim", [2, 3])
def test_the_laplacian_of_a_whole_image_outlives_the_filter(ndim):
    """Where the box is the image, its values were a view into memory that was given back."""
    image = VOLUME if ndim == 3 else IMAGE
    region = np.ones(image.shape, bool)
    types = ORIGINAL | {"LoG": {"sigma": [1.0, 2.0]}}
    chosen = {"log_sigma": (1.0, 2.0)}
    found, expected = both(image, region, (1.0,) * ndim, {}, types, chosen, kinds=("firstorder",))
    assert_same(found, {name.replace("-3D", "-3D" * (ndim - 2)): x for name, x in expected.items()})


TOGETHER = {
    "as for MR": (
        {
            "normalize": True,
            "normalizeScale": 100.0,
            "removeOutliers": 3.0,
            "resampledPixelSpacing": [1.4, 1.4, 1.4],
            "padDistance": 8,
            "resegmentRange": [-2.0, 2.0],
            "resegmentMode": "sigma",
            "distances": [1, 2],
            "weightingNorm": "euclidean",
            "voxelArrayShift": 300,
        },
        {
            "normalize": True,
            "normalize_scale": 100,
            "remove_outliers": 3,
            "resampled_pixel_spacing": (1.4, 1.4, 1.4),
            "pad_distance": 8,
            "resegment_range": (-2, 2),
            "resegment_mode": "sigma",
            "distances": (1, 2),
            "weighting_norm": "euclidean",
            "voxel_array_shift": 300,
        },
    ),
    "cropped slices": (
        {"preCrop": True, "force2D": True, "gldm_a": 1, "symmetricalGLCM": False},
        {"pre_crop": True, "force_2d": True, "gldm_a": 1, "symmetrical_glcm": False},
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_settings_together_with_filters(name):
    setting, chosen = TOGETHER[name]
    types = {**ORIGINAL, "LoG": {"sigma": [2.0]}, "Wavelet": {}, "Gradient": {}}
    chosen = {**chosen, "log_sigma": (2.0,), "wavelet": True, "filters": ("gradient",)}
    assert_same(*both(VOLUME, REGION, SPACING, setting, types, chosen))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_forced_to_two_dimensions(axis):
    """Texture by slices, wavelet bands of two letters, Laplacian and shape still of the volume."""
    setting = {"force2D": True, "force2Ddimension": axis, "distances": [1, 2]}
    chosen = {"force_2d": True, "force_2d_dimension": axis, "distances": (1, 2)}
    types = {**ORIGINAL, "LoG": {"sigma": [1.5]}, "Wavelet": {}}
    chosen |= {"log_sigma": (1.5,), "wavelet": True}
    found, expected = both(VOLUME, REGION, SPACING, setting, types, chosen)
    assert_same(found, expected)
    assert {name.split("_")[1] for name in found} == {
        "original",
        "log-sigma-1-5-mm-3D",
        *(f"wavelet-{band}" for band in ("LL", "LH", "HL", "HH")),
    }


def test_a_region_in_one_slice_forced_to_two_dimensions_has_a_flat_shape():
    region = REGION.copy()
    region[:6] = region[7:] = False
    setting, chosen = {"force2D": True}, {"force_2d": True}
    kinds = ("shape2D", "firstorder", "glcm")
    found, expected = both(VOLUME, region, SPACING, setting, ORIGINAL, chosen, kinds=kinds)
    assert sum("_shape2D_" in name for name in found) == 9
    assert_same(found, expected)


def test_an_image_stays_an_image_when_forced_to_two_dimensions():
    plain = RadiomicsSettings(log_sigma=(1.0,))
    forced = plain.model_copy(update={"force_2d": True, "force_2d_dimension": 1})
    engine = get_engine("pyradiomics")
    expected = engine.compute(IMAGE, NODE, (1.0, 1.0), plain)
    assert_same(engine.compute(IMAGE, NODE, (1.0, 1.0), forced), expected)


def test_a_volume_of_one_slice_is_an_image():
    settings = RadiomicsSettings(log_sigma=(1.0,), filters=("gradient",), classes=CLASSES[:3])
    engine = get_engine("pyradiomics")
    expected = engine.compute(IMAGE, NODE, (0.3, 0.4), settings)
    found = engine.compute(IMAGE[None], NODE[None], (3.0, 0.3, 0.4), settings)
    assert_same(found, expected)


def test_only_the_features_asked_for():
    asked = ("glcm_MCC", "firstorder_10Percentile", "shape2D_Perimeter", "shape_MeshVolume")
    settings = RadiomicsSettings(wavelet=True, log_sigma=(), features=asked)
    whole = RadiomicsSettings(wavelet=True, log_sigma=())
    engine = get_engine("pyradiomics")
    found = engine.compute(IMAGE, NODE, (1.0, 1.0), settings)
    everything = engine.compute(IMAGE, NODE, (1.0, 1.0), whole)
    kept = {name for name in everything if "_".join(name.split("_")[2:]) in asked}
    assert len(kept) == 1 + 2 * 5
    assert_same(found, {name: everything[name] for name in kept})


def test_filters_that_an_image_of_zeros_does_not_define_are_left_out():
    settings = RadiomicsSettings(
        wavelet=False,
        log_sigma=(),
        filters=("square", "squareroot", "logarithm", "exponential", "gradient"),
        classes=("firstorder",),
    )
    found = get_engine("pyradiomics").compute(IMAGE * 0, NODE, (1.0, 1.0), settings)
    assert {name.split("_")[1] for name in found} == {"original", "squareroot", "gradient"}
    assert np.isfinite(found["radiomics_gradient_firstorder_Mean"])
