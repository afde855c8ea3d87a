"""Input at the edges of what kernels hold, and input that is no image of a node."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import EmptyMaskError, InputError, RadlnError, ShapeError
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.settings import RadiomicsSettings

PLAIN = RadiomicsSettings(wavelet=False, log_sigma=())
IMAGE = np.random.default_rng(0).integers(0, 200, size=(30, 32)).astype(float)
REGION = np.zeros(IMAGE.shape, bool)
REGION[8:20, 9:25] = True


def compute(image, region, spacing=(1.0, 1.0), settings=PLAIN):
    return get_engine("native").compute(image, region, spacing, settings)


def test_runs_longer_than_sixteen_bits():
    """A row of one level: its only run is as long as the row."""
    chosen = RadiomicsSettings(
        wavelet=False, log_sigma=(), classes=("glrlm", "glcm"), bin_width=25, force_2d=False
    )
    long = np.full((2, 70_000), 30.0)
    found = compute(long, np.ones(long.shape, bool), settings=chosen)
    along, others = 70_000.0**2, (4.0 * 69_999 + 2) / (69_999 + 2)
    slanting = others  # pairs of two voxels and two lone corners
    up = 4.0
    expected = (along + up + 2 * slanting) / 4
    assert found["radiomics_original_glrlm_LongRunEmphasis"] == pytest.approx(expected, rel=1e-12)
    long[0, 0] = 0.0
    assert np.isfinite(
        compute(long, np.ones(long.shape, bool), settings=chosen)[
            "radiomics_original_glcm_Contrast"
        ]
    )


def test_a_thousand_levels_keep_their_places():
    image = np.arange(1024.0).reshape(32, 32)
    chosen = RadiomicsSettings(bin_width=1, wavelet=False, log_sigma=(), classes=("glszm", "glrlm"))
    found = compute(image, np.ones(image.shape, bool), settings=chosen)
    assert found["radiomics_original_glszm_ZonePercentage"] == 1
    assert found["radiomics_original_glrlm_RunPercentage"] == 1


def test_many_neighbours_are_counted():
    """All voxels of a cube of 8 within 7 steps of one another are alike."""
    cube = np.ones((8, 8, 8))
    chosen = RadiomicsSettings(
        wavelet=False, log_sigma=(), classes=("gldm",), distances=tuple(range(1, 8))
    )
    found = compute(cube, cube > 0, (1.0,) * 3, chosen)
    assert found["radiomics_original_gldm_LargeDependenceEmphasis"] == 512.0**2
    with pytest.raises(ValueError, match="less than or equal to 15"):
        RadiomicsSettings(distances=(16,))


def test_bins_that_the_grey_values_swallow_are_refused():
    with pytest.raises(InputError, match="lost beside"):
        compute(
            np.full((5, 5), 1e16), np.ones((5, 5), bool), settings=RadiomicsSettings(bin_width=0.25)
        )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", ">i2", "float32", ">f8", "float16"])
def test_the_type_of_the_array_does_not_matter(dtype):
    settings = RadiomicsSettings(filters=("square", "squareroot", "gradient", "logarithm"))
    expected = compute(IMAGE, REGION, settings=settings)
    for region in (REGION, REGION.astype(np.uint8) * 255, np.asfortranarray(REGION)):
        found = compute(IMAGE.astype(dtype), region, settings=settings)
        assert found == expected or all(
            found[name] == pytest.approx(value, rel=1e-12, nan_ok=True)
            for name, value in expected.items()
        )


@pytest.mark.parametrize("engine", ["native", "pyradiomics"])
@pytest.mark.parametrize(
    ("image", "region", "spacing", "error", "said"),
    [
        (IMAGE, REGION[1:], (1.0, 1.0), ShapeError, "same shape"),
        (IMAGE[0], REGION[0], (1.0,), ShapeError, "same shape"),
        (IMAGE, REGION, (1.0,), ShapeError, "spacing must be 2"),
        (IMAGE, REGION, (1.0, 0.0), ShapeError, "above 0"),
        (IMAGE, REGION & False, (1.0, 1.0), EmptyMaskError, "no voxel"),
    ],
)
def test_what_does_not_belong_together_is_refused(engine, image, region, spacing, error, said):
    if engine == "pyradiomics":
        pytest.importorskip("radiomics")
    with pytest.raises(error, match=said):
        get_engine(engine).compute(image, region, spacing, PLAIN)


def test_features_of_another_dimension_are_named():
    asked = RadiomicsSettings(features=("shape_MeshVolume",))
    with pytest.raises(RadlnError, match="shape_MeshVolume"):
        compute(IMAGE, REGION, settings=asked)
