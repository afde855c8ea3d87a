"""What rounding decides in a Laplacian of Gaussian has its exact value; the rest is as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flat_ground import flat_disc

from radln import features
from radln.features.radiomics import filters
from radln.features.radiomics.edges import SINGLE
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.itk import one_thread_itk
from radln.features.radiomics.native.laplacian import log_images
from radln.features.radiomics.native.levels import bin_edges
from radln.features.radiomics.native.rounding import (
    exact_laplacian,
    largest_error,
    settled_laplacian,
)
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.settings import FeatureSettings
from tests.rows import each_row

ULTRASOUND = Path(__file__).parents[3].parent / "shared" / "data" / "bus-bra"
WIDTH = RadiomicsSettings(bin_width=25, log_sigma=(1.0,), wavelet=False)
COUNT = RadiomicsSettings(bin_count=32, log_sigma=(1.0,), wavelet=False)


def by_itk(image, box, spacing, sigma):
    with one_thread_itk():
        ((_, values),) = filters.log_images(image, box, spacing, (sigma,))
    return values


def laplacians(image, region, settings, sigma=1.0, spacing=None):
    """As it is measured, how many voxels rounding decides, and as it was filtered."""
    spacing = spacing or (1.0,) * image.ndim
    box = bounding_box(region)
    ((_, raw),) = log_images(image, box, spacing, (sigma,))
    found = settled_laplacian(raw, image, box, spacing, sigma, region[box], settings)
    return *found, raw


def whole(shape):
    return tuple(slice(0, n) for n in shape)


def bins(values, region, settings):
    """The lower edge of each voxel's bin."""
    inside = values[region[bounding_box(region)]]
    edges = bin_edges(inside, settings)
    return edges[np.clip(np.searchsorted(edges, inside, side="right") - 1, 0, edges.size - 2)]


@pytest.mark.parametrize("value", [1.0, 77.0, 255.0])
def test_flat_ground_is_one_grey_level_and_the_rest_is_as_it_was(value):
    image, region = flat_disc(value)
    settled, n, raw = laplacians(image, region, WIDTH)
    inside = region[bounding_box(region)]
    away = np.hypot(*(axis - 72 for axis in np.mgrid[:145, :145]))
    assert np.unique(raw[away < 28]).size > 1
    assert np.count_nonzero(raw[away < 28] < 0) > 1000
    assert not settled[away < 28].any()  # 0, in the bin from 0 on
    assert n == np.count_nonzero((settled == 0) & inside)
    changed = settled != raw
    assert not settled[changed].any()
    assert np.abs(raw[changed]).max() < 1e-13 * value
    assert n > 2500


def test_the_row_says_so():
    image, region = flat_disc()
    asked = FeatureSettings(radiomics=WIDTH, deep=None)
    said = features.extract_features(image, region, asked).status.loc["node", "message"]
    assert "rounding alone would decide the grey level of 4" in said
    assert f"of the region's {region.sum()} pixels in log-sigma-1-0-px" in said
    said = features.extract_features(image, region, asked, spacing_mm=1.0).status
    assert "in log-sigma-1-0-mm" in said.loc["node", "message"]
    image[region] = np.random.default_rng(1).rayleigh(20, region.sum())
    assert features.extract_features(image, region, asked).status.loc["node", "message"] == ""


def test_the_same_flat_ground_on_any_grey_value():
    """Before, the level of each voxel on it hung on the last bit of the grey value."""
    found = [
        get_engine("native").compute(*flat_disc(value), (1.0, 1.0), WIDTH)[
            "radiomics_log-sigma-1-0-mm_ngtdm_Coarseness"
        ]
        for value in (1.0, 1.0 + 2**-40, 1.0 - 2**-40)
    ]
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


@pytest.mark.parametrize("settings", [WIDTH, COUNT, COUNT.model_copy(update={"bin_count": 33})])
@pytest.mark.parametrize("sigma", [1.0, 3.0])
@pytest.mark.parametrize("ground", ["even", "ramp"])
def test_a_filtered_image_of_nothing_but_rounding_is_one_level(ground, sigma, settings):
    y, x = np.mgrid[:140.0, :150.0]
    image = 3 * y - 2 * x + 100 if ground == "ramp" else np.full(x.shape, 7.3)
    region = np.hypot(y - 70, x - 75) < 12
    settled, n, raw = laplacians(image, region, settings, sigma)
    inside = region[bounding_box(region)]
    assert np.abs(raw).max() > 0
    assert not settled[inside].any()
    assert n == np.count_nonzero(raw[inside])
    only = settings.model_copy(update={"log_sigma": (sigma,)})
    found = get_engine("native").compute(image, region, (1.0, 1.0), only)
    name = f"radiomics_log-sigma-{str(sigma).replace('.', '-')}-mm"
    assert found[f"{name}_firstorder_Entropy"] == pytest.approx(0, abs=1e-12)
    assert found[f"{name}_ngtdm_Coarseness"] == 1e6


def test_a_constant_curvature_on_an_edge_other_than_0():
    """Sigma squared times the second derivative of 4 x^2: single precision rounds it to 8."""
    y, x = np.mgrid[:120.0, :120.0]
    image, region = 4 * (x - 60) ** 2, np.hypot(y - 60, x - 60) < 9
    asked = WIDTH.model_copy(update={"bin_width": 4.0})
    settled, n, _ = laplacians(image, region, asked)
    exact, _ = exact_laplacian(image, bounding_box(region), (1.0, 1.0), 1.0)
    inside = region[bounding_box(region)]
    assert (exact[inside] != 8).any()
    assert (settled[inside] == 8).all()
    assert n == 0


def test_terms_that_cancel_where_nothing_is_even():
    """An image and its negative mirrored: 0 on the line between."""
    half = np.random.default_rng(8).integers(0, 256, (90, 40)).astype(float)
    image = np.hstack([-half[:, ::-1], np.zeros((90, 1)), half])
    region = np.zeros(image.shape, bool)
    region[:, 38:43] = True
    settled, n, raw = laplacians(image, region, WIDTH)
    assert 0 < np.abs(raw[:, 2]).max() < 1e-12
    assert not settled[:, 2].any()
    assert n == np.count_nonzero(raw[:, 2])
    np.testing.assert_array_equal(settled[:, [0, 1, 3, 4]], raw[:, [0, 1, 3, 4]])


def test_zero_between_a_bright_and_a_dark_spot_of_one_shape():
    """With an even number of bins 0 is an edge: the flat ground lies on it."""
    y, x = np.mgrid[:200, :200]
    image = np.full((200, 200), 50.0)
    image[90:110, 20:40] += 30
    image[90:110, 160:180] -= 30
    region = (np.abs(y - 100) < 30) & (np.abs(x - 99.5) < 95)
    settled, n, _ = laplacians(image, region, COUNT)
    assert n > 1000
    assert laplacians(image, region, COUNT.model_copy(update={"bin_count": 31}))[1] == 0
    ground = settled[region[bounding_box(region)]] == 0
    assert np.unique(bins(settled, region, COUNT)[ground]).size == 1


@pytest.mark.parametrize("depth", [3, 20, 40])
def test_black_ground_has_itks_ripples_however_far_they_come(depth):
    """Exact 0 has no rounding error: how a response dies away is known to 1e-30 and beyond."""
    image = np.zeros((160, 160))
    image[:30] = np.random.default_rng(0).rayleigh(20, (30, 160))
    region = np.zeros(image.shape, bool)
    region[30 + depth : 60 + depth, 60:100] = True
    settled, n, _ = laplacians(image, region, WIDTH)
    theirs = by_itk(image, bounding_box(region), (1.0, 1.0), 1.0)
    np.testing.assert_array_equal(bins(settled, region, WIDTH), bins(theirs, region, WIDTH))
    assert n == 0


@each_row("shape", [(70, 90), (24, 40, 44)])
@each_row("grey", ["whole", "speckle", "offset", "tails"])
@each_row("sigma", [0.7, 1.0, 3.0])
def test_the_bound_holds_for_both_engines(sigma, grey, shape):
    rng = np.random.default_rng(len(shape))
    image = {
        "whole": lambda: rng.integers(0, 256, shape).astype(float),
        "speckle": lambda: rng.rayleigh(20, shape) + 1,
        "offset": lambda: 5000 + 1e-3 * rng.normal(size=shape),
        "tails": lambda: np.exp(3 * rng.normal(size=shape)),
    }[grey]()
    spacing = (2.0, 0.8, 0.7)[-len(shape) :]
    box = tuple(slice(n // 3, n // 2) for n in shape)
    exact, _ = exact_laplacian(image, box, spacing, sigma)
    _, bound = exact_laplacian(image, box, spacing, sigma, kept=SINGLE)
    ((_, ours),) = log_images(image, box, spacing, (sigma,))
    for values in (ours, by_itk(image, box, spacing, sigma)):
        assert (np.abs(values - exact) <= bound).all()
        assert np.abs(values - exact).max() <= largest_error(image, box, spacing, sigma)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("value", [0.1, 7.3, 255.0, 1000.7])
def test_the_bound_holds_on_even_ground(value, sigma):
    image = np.full((70, 80), value)
    box = whole(image.shape)
    exact, bound = exact_laplacian(image, box, (1.0, 1.0), sigma)
    ((_, ours),) = log_images(image, box, (1.0, 1.0), (sigma,))
    for values in (exact, ours, by_itk(image, box, (1.0, 1.0), sigma)):
        assert (np.abs(values) <= bound).all()
    assert bound.max() < 1e-10 * value


def test_where_no_value_is_near_an_edge_nothing_is_touched():
    image = np.random.default_rng(4).rayleigh(20, (80, 80))
    region = np.hypot(*(axis - 40 for axis in np.mgrid[:80, :80])) < 20
    settled, n, raw = laplacians(image, region, COUNT)
    assert settled is raw
    assert n == 0


@pytest.mark.skipif(not ULTRASOUND.is_dir(), reason="../shared/data/bus-bra is not there")
def test_an_ultrasound_image_with_an_even_patch():
    from radln.imaging.volume import Case
    from radln.io.images import read_image, read_mask

    files = ULTRASOUND / "images" / "bus_0860-l.png", ULTRASOUND / "masks" / "mask_0860-l.png"
    case = Case.from_volume("case", read_image(files[0]), read_mask(files[1]), None)
    image, region = case.image.values, case.region
    settled, n, raw = laplacians(image, region, WIDTH)
    box = bounding_box(region)
    theirs = by_itk(image, box, (1.0, 1.0), 1.0)
    apart = bins(settled, region, WIDTH) != bins(theirs, region, WIDTH)
    assert np.count_nonzero(bins(raw, region, WIDTH) != bins(theirs, region, WIDTH)) == 133
    assert 133 <= n < 2000
    assert not settled[region[box]][apart].any()
