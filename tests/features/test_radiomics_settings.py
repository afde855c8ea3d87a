"""The settings of radiomics: what they refuse, and that their lists of names are complete."""

from __future__ import annotations

import pytest
import pywt
from pydantic import ValidationError

from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.settings import ALL_CLASSES, WAVELETS, RadiomicsSettings
from tests.rows import each_row


def test_the_wavelets_are_those_of_pywavelets():
    assert frozenset(pywt.wavelist(kind="discrete")) == WAVELETS


def test_the_features_are_those_of_pyradiomics():
    reference = pytest.importorskip("radiomics") and pytest.importorskip(
        "radln.features.radiomics.reference"
    )
    assert {kind.removesuffix("2D") for kind in FEATURES} == set(ALL_CLASSES)
    for kind, held in reference._feature_classes().items():
        assert FEATURES[kind] == tuple(name for name, old in held.names.items() if not old)


def test_nothing_is_prepared_unless_asked_for():
    plain = RadiomicsSettings()
    assert (plain.normalize, plain.pre_crop, plain.force_2d) == (False, False, False)
    assert plain.resampled_pixel_spacing is plain.resegment_range is plain.features is None
    assert (plain.minimum_roi_dimensions, plain.minimum_roi_size) == (0, None)
    assert (plain.filters, plain.distances, plain.weighting_norm) == ((), (1,), None)


def test_settings_survive_json():
    settings = RadiomicsSettings(
        bin_width=5,
        resampled_pixel_spacing=(0, 1, 1.5),
        resegment_range=(-3, 3),
        filters=("gradient", "square"),
        features=("glcm_Contrast", "shape_MeshVolume", "shape2D_Perimeter"),
    )
    assert RadiomicsSettings.model_validate_json(settings.model_dump_json()) == settings


@each_row(
    ("wrong", "said"),
    [
        ({"normalize_scale": 0}, "greater than 0"),
        ({"remove_outliers": -1}, "greater than 0"),
        ({"resampled_pixel_spacing": (1,)}, "at least 2"),
        ({"resampled_pixel_spacing": (1, 1, 1, 1)}, "at most 3"),
        ({"resampled_pixel_spacing": (1, -1)}, "greater than or equal to 0"),
        ({"interpolator": "sitkLinear"}, "NearestNeighbor"),
        ({"pad_distance": -1}, "greater than or equal to 0"),
        ({"resegment_range": ()}, "at least 1"),
        ({"resegment_range": (1, 2, 3)}, "at most 2"),
        ({"resegment_mode": "percent"}, "absolute"),
        ({"minimum_roi_dimensions": 4}, "less than or equal to 3"),
        ({"minimum_roi_size": 0}, "greater than or equal to 1"),
        ({"distances": ()}, "at least 1"),
        ({"distances": (0,)}, "greater than or equal to 1"),
        ({"distances": (1, 1)}, "twice"),
        ({"weighting_norm": "mean"}, "manhattan"),
        ({"gldm_a": -1}, "greater than or equal to 0"),
        ({"force_2d_dimension": 3}, "less than or equal to 2"),
        ({"filters": ("lbp",)}, "gradient"),
        ({"filters": ("square", "square")}, "twice"),
        ({"wavelet_name": "morl"}, "discrete wavelet"),
        ({"wavelet_level": 0}, "greater than or equal to 1"),
        ({"wavelet_start_level": -1}, "greater than or equal to 0"),
        ({"features": ()}, "at least 1"),
        ({"features": ("Contrast",)}, "class_Feature"),
        ({"features": ("glcm_Contrasts",)}, "class_Feature"),
        ({"features": ("glcm_Contrast", "glcm_Contrast")}, "twice"),
        ({"features": ("glcm_Contrast",), "classes": ("shape",)}, "add it there"),
    ],
)
def test_what_is_refused_is_named(wrong, said):
    with pytest.raises(ValidationError, match=said) as caught:
        RadiomicsSettings(**wrong)
    assert next(iter(wrong)) in str(caught.value)
