"""Native shape features: pyradiomics' values, and what must hold without it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from same import assert_equal
from scipy import ndimage

from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.native._cubes import cube_tables
from radln.features.radiomics.native.shape import shape_features

CASES = Path(__file__).parents[3].parent / "shared" / "data" / "pyradiomics-cases"
CORNERS = ((0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0))
LENGTHS = {"MajorAxisLength", "MinorAxisLength", "LeastAxisLength", "Perimeter"}


def pyradiomics_values(region: np.ndarray, spacing: tuple[float, ...]) -> dict[str, float]:
    radiomics = pytest.importorskip("radiomics")
    import SimpleITK as sitk  # noqa: N813
    from radiomics.shape import RadiomicsShape
    from radiomics.shape2D import RadiomicsShape2D

    radiomics.setVerbosity(60)
    mask = sitk.GetImageFromArray(region.astype(np.uint8))
    mask.SetSpacing(spacing[::-1])
    with np.errstate(all="ignore"):
        found = (RadiomicsShape if region.ndim == 3 else RadiomicsShape2D)(mask, mask).execute()
    return {name: float(np.real(value)) for name, value in found.items()}


def corners_inside(code: int) -> np.ndarray:
    region = np.zeros((2, 2, 2), dtype=bool)
    for bit, corner in enumerate(CORNERS):
        region[corner] = code >> bit & 1
    return region


def ellipsoid(shape: tuple[int, ...]) -> np.ndarray:
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return sum(g * g for g in grid) <= 1


@st.composite
def regions(draw: st.DrawFn) -> tuple[np.ndarray, tuple[float, ...]]:
    """A region in its box, and a spacing that is mostly another one along each axis."""
    ndim = draw(st.sampled_from([2, 3]))
    shape = tuple(draw(st.lists(st.integers(1, 14), min_size=ndim, max_size=ndim)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(
        st.sampled_from(["dust", "blobs", "holes", "ellipsoid", "full", "line", "diagonal"])
    )
    noise = rng.normal(size=shape)
    region = np.ones(shape, dtype=bool)
    if kind == "dust":
        region = rng.random(shape) < rng.random()
    elif kind == "blobs":
        smooth = ndimage.gaussian_filter(noise, 1.5)
        region = smooth >= np.quantile(smooth, rng.random())
    elif kind == "holes":
        region = ellipsoid(shape) & (noise < 1)
    elif kind == "ellipsoid":
        region = ellipsoid(shape)
    elif kind == "line":
        region = np.indices(shape)[rng.integers(ndim)] == 0
    elif kind == "diagonal":
        region = np.indices(shape).sum(axis=0) == min(shape) - 1
    if not region.any():
        region[tuple(n // 2 for n in shape)] = True
    spacing = draw(st.sampled_from([(1.0, 1.0, 1.0), (3.3, 0.7, 0.7), (0.35, 2.0, 1.1)]))
    return region[bounding_box(region)], spacing[:ndim]


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.7, 1.3)])
def test_every_configuration_of_a_cube(spacing):
    for code in range(1, 256):
        region = corners_inside(code)
        assert_equal(shape_features(region, spacing), pyradiomics_values(region, spacing))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.7, 1.3)])
def test_the_triangles_of_every_configuration_alone(spacing):
    """pyradiomics' C function takes the one cube of an array that was not padded."""
    pytest.importorskip("radiomics")
    from radiomics import cShape

    volumes, areas, directions = cube_tables()
    size = np.array(spacing)
    lengths = np.linalg.norm(directions * size.prod() / size, axis=1) / 8
    for code in range(256):
        area, volume, _ = cShape.calculate_coefficients(corners_inside(code), size)
        assert areas[code] @ lengths == pytest.approx(area, rel=1e-12)
        assert volumes[code, 0] * size.prod() / 48 == pytest.approx(volume, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.4, 1.3)])
def test_every_outline_of_three_by_three_pixels(spacing):
    for code in range(1, 512):
        region = (code >> np.arange(9) & 1).astype(bool).reshape(3, 3)
        assert_equal(shape_features(region, spacing), pyradiomics_values(region, spacing))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(regions())
def test_random_regions_equal_pyradiomics(case):
    assert_equal(shape_features(*case), pyradiomics_values(*case))


@pytest.mark.parametrize("shape", [(41, 60), (23, 30, 27), (60, 3, 25), (40, 40, 40)])
def test_larger_regions_equal_pyradiomics(shape):
    rng = np.random.default_rng(4)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 3)
    region = ellipsoid(shape) & (smooth > np.quantile(smooth, 0.3))
    region = region[bounding_box(region)]
    spacing = (2.0, 0.8, 0.7)[: len(shape)]
    assert_equal(shape_features(region, spacing), pyradiomics_values(region, spacing))


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/data/pyradiomics-cases is not there")
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("brain1_label", 1),
        ("brain2_label", 1),
        ("breast1_label", 1),
        *((("prostate_phantom_subvolume-label"), label) for label in (1, 7, 8, 9)),
    ],
)
def test_pyradiomics_own_cases(name, label):
    import SimpleITK as sitk  # noqa: N813

    mask = sitk.ReadImage(str(CASES / f"{name}.nrrd"))
    region = sitk.GetArrayFromImage(mask) == label
    region, spacing = region[bounding_box(region)], mask.GetSpacing()[::-1]
    assert_equal(shape_features(region, spacing), pyradiomics_values(region, spacing))
    widest_slice = region[region.sum(axis=(1, 2)).argmax()]
    widest_slice = widest_slice[bounding_box(widest_slice)]
    expected = pyradiomics_values(widest_slice, spacing[1:])
    assert_equal(shape_features(widest_slice, spacing[1:]), expected)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(regions(), st.floats(0.01, 100))
def test_features_follow_the_unit_of_length(case, factor):
    region, spacing = case
    power = dict.fromkeys(shape_features(region, spacing), 0)
    power |= {name: 1 for name in power if "Diameter" in name or name in LENGTHS}
    power |= {name: 2 for name in power if name.endswith(("Surface", "Area"))}
    power |= {name: 3 for name in power if name.endswith("Volume")}
    power |= {name: -1 for name in power if name.endswith("Ratio")}
    scaled = shape_features(region, tuple(size * factor for size in spacing))
    expected = {k: v * factor ** power[k] for k, v in shape_features(region, spacing).items()}
    assert_equal(scaled, expected)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(regions())
def test_mirrors_and_turned_axes(case):
    """The triangles of a volume have a handedness; whatever needs no triangle has none."""
    region, spacing = case
    expected = shape_features(region, spacing)
    planes = {"Slice", "Column", "Row"}
    triangles = {"MeshVolume", "SurfaceArea", "SurfaceVolumeRatio"} | {"Sphericity"}
    free = [k for k in expected if region.ndim == 2 or k not in triangles]
    for axis in range(region.ndim):
        mirrored = shape_features(np.flip(region, axis), spacing)
        assert_equal({k: mirrored[k] for k in free}, {k: expected[k] for k in free})
    free = [k for k in free if not k.endswith(tuple(planes))]
    for axes in permutations(range(region.ndim)):
        turned = shape_features(region.transpose(axes), tuple(spacing[axis] for axis in axes))
        assert_equal({k: turned[k] for k in free}, {k: expected[k] for k in free})


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 7), (3, 1, 4), (5, 6, 7), (2, 20, 3)])
def test_a_box(shape):
    """A box loses a triangle's prism along every edge and most of an eighth at every corner."""
    spacing = (2.0, 0.5, 1.5)
    found = shape_features(np.ones(shape, dtype=bool), spacing)
    voxels = np.prod(shape) - (sum(shape) - 3) / 2 - 5 / 6
    assert found["MeshVolume"] == pytest.approx(voxels * 1.5, rel=1e-12)
    assert found["VoxelVolume"] == np.prod(shape) * 1.5
    sides = np.array(shape) * spacing
    axes = 4 * np.sort(np.sqrt((np.array(shape) ** 2 - 1) / 12) * spacing)
    names = ("LeastAxisLength", "MinorAxisLength", "MajorAxisLength")
    assert [found[name] for name in names] == pytest.approx(axes, abs=1e-12)
    assert np.linalg.norm(sides) >= found["Maximum3DDiameter"] >= sides.max()


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 1.1, 1.3)])
def test_a_surface_with_gaps_may_enclose_nothing(spacing):
    rng = np.random.default_rng(0)
    empty = 0
    for _ in range(2000):
        region = rng.random(rng.integers(1, 6, 3)) < 0.15
        if region.any() and shape_features(region, spacing)["MeshVolume"] == 0:
            empty += 1
            assert_equal(shape_features(region, spacing), pyradiomics_values(region, spacing))
    assert empty


def test_one_voxel_one_pixel():
    found = shape_features(np.ones((1, 1, 1), dtype=bool), (3.0, 1.0, 2.0))
    assert found["Maximum3DDiameter"] == found["Maximum2DDiameterRow"] == 3
    assert found["Maximum2DDiameterSlice"] == 2
    assert found["MeshVolume"] == 1
    assert np.isnan(found["Flatness"])
    assert np.isnan(found["Elongation"])
    found = shape_features(np.ones((1, 1), dtype=bool), (1.0, 2.0))
    assert found["MaximumDiameter"] == 2
    assert found["MajorAxisLength"] == found["MinorAxisLength"] == 0
    assert np.isnan(found["Elongation"])


@pytest.mark.parametrize("seed", range(8))
def test_the_widest_pair_of_many_vertices(seed):
    """Against all pairs of vertices, on a region too large for the other comparisons."""
    rng = np.random.default_rng(seed)
    region = ndimage.gaussian_filter(rng.normal(size=(25, 30, 20)), 2.5) > 0.02
    spacing = np.array((1.7, 0.6, 1.0))
    padded = np.pad(region, 1)
    vertices = []
    for axis in range(3):
        where = np.argwhere(np.diff(padded.astype(np.int8), axis=axis)) * 2
        where[:, axis] += 1
        vertices.append(where * spacing / 2)
    points = np.concatenate(vertices)
    gaps = ((points[:, None] - points) ** 2).sum(axis=2)
    found = shape_features(region, tuple(spacing))
    assert found["Maximum3DDiameter"] == pytest.approx(np.sqrt(gaps.max()), rel=1e-12)
    for axis, name in enumerate(("Slice", "Column", "Row")):
        same = np.isclose(points[:, None, axis], points[:, axis])
        widest = np.sqrt(gaps[same].max())
        assert found[f"Maximum2DDiameter{name}"] == pytest.approx(widest, rel=1e-12)
