"""The native engine against pyradiomics: random cases and settings, real cases, and the ruler."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from parity_cases import FILTERS, cases, ellipse, grey_values, region_of, speckle

from radln.errors import InputError, MissingDependencyError, RadlnError
from radln.features.radiomics import parity as parity_module
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import engine as native
from radln.features.radiomics.parity import Parity, compare_engines
from radln.features.radiomics.scales import AS_SQUARES, SCALES, TOLERANCE, difference
from radln.features.radiomics.settings import ALL_CLASSES, RadiomicsSettings
from tests.rows import each_row

pytest.importorskip("radiomics")

CASES = Path(__file__).parents[3].parent / "shared" / "data" / "pyradiomics-cases"
VOLUME = speckle((13, 40, 37), seed=3)
REGION = ellipse(VOLUME.shape, (6, 20, 18), (4.5, 11, 9))
IMAGE = speckle((64, 71), seed=4)
NODE = ellipse(IMAGE.shape, (30, 33), (12, 19))
SPACING = (2.0, 0.8, 0.9)
PLAIN = RadiomicsSettings(wavelet=False, log_sigma=())


def assert_agree(parity: Parity) -> None:
    wrong = {
        name: (f"{apart:.1e}", parity.found.get(name), parity.expected.get(name))
        for name, apart in parity.differences.items()
        if not apart <= TOLERANCE
    }
    assert not wrong
    assert parity.verdict != "different", parity.images  # what rounding decides is no difference


def compared(ndim: int, asked: RadiomicsSettings) -> Parity:
    if ndim == 3:
        return compare_engines(VOLUME, REGION, SPACING, asked)
    return compare_engines(IMAGE, NODE, SPACING[1:], asked)


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(cases())
def test_random_cases_and_settings(case):
    try:
        parity = compare_engines(*case)
    except RadlnError:  # both engines refuse
        return
    assert_agree(parity)


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("kind", ALL_CLASSES)
def test_each_class_alone(kind, ndim):
    parity = compared(ndim, RadiomicsSettings(classes=(kind,), log_sigma=(1.0,), bin_count=17))
    assert_agree(parity)
    whole = compared(ndim, RadiomicsSettings(log_sigma=(1.0,), bin_count=17))
    kept = {name for name in whole.found if kind in name.split("_")[2]}
    assert parity.differences.keys() == kept
    assert all(parity.found[name] == whole.found[name] for name in kept)


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("bins", [{"bin_width": 25}, {"bin_count": 32}])
def test_every_filter(ndim, bins):
    asked = RadiomicsSettings(log_sigma=(1.0, 2.0, 3.0, 5.0), filters=FILTERS, **bins)
    parity = compared(ndim, asked)
    assert_agree(parity)
    assert len(parity.laplacians) == 4
    assert {name.split("_")[1] for name in parity.differences} >= {"original", *FILTERS}


@each_row("grey", ["flat", "offset", "board", "two"])
@each_row("kind", ["voxel", "line", "diagonal", "full"])
@each_row("shape", [(9, 8), (7, 9, 8)])
def test_regions_and_grey_values_at_the_edge_of_what_is_defined(grey, kind, shape):
    rng = np.random.default_rng(5)
    image, region = grey_values(grey, shape, rng), region_of(kind, shape, rng)
    asked = RadiomicsSettings(log_sigma=(1.0,), filters=FILTERS)
    assert_agree(compare_engines(image, region, SPACING[: len(shape)], asked))


@pytest.mark.parametrize("norm", ["manhattan", "euclidean", "infinity"])
@pytest.mark.parametrize("symmetrical", [True, False])
def test_weights_that_leave_next_to_nothing_of_a_direction(norm, symmetrical):
    """exp(-144) of the pairs along one direction: shares far below pyradiomics' epsilon."""
    rng = np.random.default_rng(2)
    region = rng.random((13, 21)) < 0.4
    asked = PLAIN.model_copy(
        update={"bin_count": 300, "distances": (1, 3), "weighting_norm": norm}
        | {"symmetrical_glcm": symmetrical, "classes": ("glcm", "glrlm")}
    )
    for scale in (1.0, 4.0):
        spacing = (3.3 * scale, 0.7 * scale)
        assert_agree(compare_engines(rng.normal(size=region.shape), region, spacing, asked))


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/data/pyradiomics-cases is not there")
@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("brain2_image", "brain2_label"),
        ("breast1_image", "breast1_label"),
        ("prostate_phantom_subvolume", "prostate_phantom_subvolume-label"),
    ],
)
def test_pyradiomics_own_cases(image, mask):
    import SimpleITK as sitk  # noqa: N813

    picture = sitk.ReadImage(str(CASES / f"{image}.nrrd"))
    values = sitk.GetArrayFromImage(picture).astype(np.float64)
    region = sitk.GetArrayFromImage(sitk.ReadImage(str(CASES / f"{mask}.nrrd"))) == 1
    asked = RadiomicsSettings(bin_width=25, log_sigma=(2.0,), filters=FILTERS)
    parity = compare_engines(values, region, picture.GetSpacing()[::-1], asked)
    assert_agree(parity)
    assert parity.n_rebinned == 0
    assert parity.own_laplacians < 1e-6


def test_both_are_measured_as_their_engines_measure():
    asked = RadiomicsSettings(log_sigma=())
    parity = compared(3, asked)
    assert parity.found == get_engine("native").compute(VOLUME, REGION, SPACING, asked)
    assert parity.expected == get_engine("pyradiomics").compute(VOLUME, REGION, SPACING, asked)
    assert parity.n_voxels == REGION.sum()
    assert set(parity.seconds) == {"native", "pyradiomics"}


def test_only_the_features_asked_for_are_compared():
    asked = ("firstorder_Mean", "glcm_ClusterShade", "shape_LeastAxisLength")
    parity = compared(3, PLAIN.model_copy(update={"features": asked}))
    assert list(parity.differences) == [
        "radiomics_original_shape_LeastAxisLength",
        "radiomics_original_firstorder_Mean",
        "radiomics_original_glcm_ClusterShade",
    ]
    assert_agree(parity)


@pytest.mark.parametrize("across", [0, 1, 2])
def test_a_region_in_one_slice_forced_to_two_dimensions_has_a_flat_shape(across):
    region = np.zeros_like(REGION)
    part = tuple(slice(6, 7) if axis == across else slice(None) for axis in range(3))
    region[part] = REGION[part]
    asked = PLAIN.model_copy(update={"force_2d": True, "force_2d_dimension": across})
    region[tuple(slice(6, 7) if axis == across else slice(4, 9) for axis in range(3))] = True
    parity = compare_engines(VOLUME, region, SPACING, asked)
    assert sum("_shape2D_" in name for name in parity.found) == 9
    assert_agree(parity)


def spoiled(monkeypatch, change) -> None:
    """What the native engine measures, with something done to it."""
    measure = native.measure
    monkeypatch.setattr(native, "measure", lambda *given: change(measure(*given)))


@pytest.mark.parametrize("wrong", [1.0, math.nan, -1e-6])
def test_a_wrong_value_is_seen(monkeypatch, wrong):
    name = "radiomics_original_glcm_Contrast"
    spoiled(monkeypatch, lambda found: found | {name: found[name] + wrong})
    parity = compared(2, PLAIN)
    assert not parity.agree
    assert [one for one, apart in parity.differences.items() if apart > TOLERANCE] == [name]


def test_a_feature_that_one_engine_lacks_is_seen(monkeypatch):
    name = "radiomics_original_glcm_Contrast"
    spoiled(monkeypatch, lambda found: {k: v for k, v in found.items() if k != name})
    parity = compared(2, PLAIN)
    assert parity.differences[name] == math.inf
    assert not parity.agree


def moved_laplacian(monkeypatch, by: float) -> None:
    derived_images = native.derived_images

    def moved(*given):
        for name, values in derived_images(*given):
            yield name, values + np.float32(by) if name.startswith("log") else values

    monkeypatch.setattr(native, "derived_images", moved)


def test_a_laplacian_that_differs_is_reported_and_its_texture_compared_on_the_same(monkeypatch):
    asked = RadiomicsSettings(wavelet=False, log_sigma=(1.0, 2.0), bin_width=1)
    moved_laplacian(monkeypatch, 0.01)
    parity = compared(2, asked)
    assert parity.largest <= TOLERANCE
    assert not parity.agree
    assert all(1e-5 < one.difference < 1e-3 for one in parity.laplacians.values())
    assert 0 < parity.n_rebinned < 0.1 * 2 * NODE.sum()
    assert parity.own_laplacians > 1e-4


def test_a_laplacian_that_hardly_differs_agrees(monkeypatch):
    moved_laplacian(monkeypatch, 1e-4)
    parity = compared(2, RadiomicsSettings(wavelet=False, log_sigma=(1.0,), bin_width=1))
    (laplacian,) = parity.laplacians.values()
    assert 0 < laplacian.difference < 1e-5
    assert_agree(parity)


def test_the_laplacian_of_an_even_image_is_decided_by_rounding():
    image = np.full((20, 20), 7.3)
    asked = RadiomicsSettings(wavelet=False, log_sigma=(1.0,))
    parity = compare_engines(image, np.ones((20, 20), bool), (0.7, 0.7), asked)
    assert parity.verdict == "decided by rounding"
    assert list(parity.decided) == ["log-sigma-1-0-mm"]
    assert not parity.agree
    assert_agree(parity)


def test_what_both_refuse_is_refused_and_what_one_refuses_differs(monkeypatch):
    asked = RadiomicsSettings(bin_width=0.01, wavelet=False, log_sigma=())
    with pytest.raises(InputError, match="grey levels"):
        compared(2, asked)

    def refuse(*given):
        raise InputError("no")

    monkeypatch.setattr(native, "measure", refuse)
    parity = compared(2, PLAIN)
    assert not parity.agree
    assert parity.largest == math.inf


def test_without_pyradiomics_the_command_is_given(monkeypatch):
    parity_module.reference._feature_classes.cache_clear()
    monkeypatch.setitem(sys.modules, "radiomics", None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        compared(2, PLAIN)


def test_scales_are_of_features_that_exist():
    known = {name for names in FEATURES.values() for name in names}
    assert set(SCALES) <= known
    assert set(SCALES) >= AS_SQUARES


def test_differences():
    of = {"Contrast": 2.0, "MCC": 1e-9, "Correlation": 0.0, "Busyness": math.nan}
    assert difference("Contrast", 2 + 4e-9, of) == pytest.approx(2e-9, rel=1e-3)
    assert difference("MCC", 0.0, of) == pytest.approx(1e-18)
    assert difference("Correlation", -1e-10, of) == pytest.approx(1e-10)
    assert difference("Busyness", math.nan, of) == 0
    assert difference("Busyness", 1.0, of) == math.inf
    assert difference("Contrast", math.nan, of) == math.inf
    assert difference("Contrast", 1e-300, {"Contrast": 0.0}) == math.inf


def test_the_scales_of_a_region_grow_with_its_grey_values():
    rng = np.random.default_rng(0)
    image = rng.normal(size=(15, 15))
    region = np.ones(image.shape, bool)
    parity = compare_engines(image, region, (1.0, 1.0), PLAIN)
    again = compare_engines(image * 1e6, region, (1.0, 1.0), PLAIN)
    assert_agree(parity)
    assert_agree(again)
